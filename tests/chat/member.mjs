// Somebody in a room of the example `chat`, by npm's `ws`; hears() waits for a line.
import { once } from 'node:events';
import { WebSocket } from 'ws';

export async function member(room, name) {
  const socket = new WebSocket(room);
  const heard = [];
  let more = () => {};
  socket.on('message', (data) => {
    heard.push(String(data));
    more();
  });
  await once(socket, 'open');
  socket.send(name);
  const hears = async (line) => {
    while (!heard.includes(line)) await new Promise((resolve) => { more = resolve; });
  };
  return { socket, heard, hears };
}
