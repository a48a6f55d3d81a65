// The room: the example `chat`, which is a server, in a worker of the page. The page's clients reach it by ports.
//
// A browser gives a worker no WebSocket server. The program takes a connection from its host, by what Deno calls
// Deno.upgradeWebSocket(request); here this file is that host, and a connection's wire is a port.
import create from './chat.mjs';

/* The server's end, as a WebSocket. */
class Connection extends EventTarget {
  binaryType = 'arraybuffer';
  bufferedAmount = 0;
  protocol = '';
  readyState = 0;

  constructor(port) {
    super();
    this.port = port;
    port.onmessage = ({ data }) => {
      if (data.close) this.#end(data.close);
      else this.dispatchEvent(new MessageEvent('message', { data: data.message }));
    };
    queueMicrotask(() => { // when who asked for it listens
      this.readyState = 1;
      port.postMessage({ open: true });
      this.dispatchEvent(new Event('open'));
    });
  }
  #end({ code, reason }) {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.port.close();
    this.dispatchEvent(new CloseEvent('close', { code, reason, wasClean: true }));
  }
  send(message) {
    if (this.readyState === 1) this.port.postMessage({ message });
  }
  close(code = 1000, reason = '') {
    this.port.postMessage({ close: { code, reason } });
    this.#end({ code, reason });
  }
}

const ports = new Map(); // of requests that are not answered yet, by a header of theirs
const HEADER = 'x-connection';
let count = 0;

async function start() {
  const { green } = await create();
  Object.assign(globalThis, {
    Deno: {
      upgradeWebSocket(request) {
        const name = request.headers.get(HEADER);
        const socket = new Connection(ports.get(name));
        ports.delete(name);
        return { socket, response: new Response(null) };
      },
    },
  });
  await green.app.ready;
  return green.app;
}

const starting = start();
const handshake = [['upgrade', 'websocket'], ['connection', 'Upgrade'], ['sec-websocket-version', '13'], ['sec-websocket-key', btoa('the page itself!')]];

onmessage = async ({ data: port }) => {
  const name = String(++count);
  let reason;
  ports.set(name, port);
  try {
    const app = await starting;
    const response = await app.fetch('http://localhost/room', { headers: { [HEADER]: name } }, handshake);
    reason = `refused: ${response.status} ${await response.text()}`;
  } catch (error) {
    reason = `the room could not be opened: ${error.message}`;
  }
  if (ports.delete(name)) port.postMessage({ close: { code: 1011, reason } });
};
