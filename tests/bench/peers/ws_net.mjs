// wasm.ws.echo's floor: node:net and the smallest framing that answers the load, as ws_epoll.c natively: no mask but one of
// zeros, no frame in parts, and no WebAssembly to be entered and left for each message. Prints its port.
import { createServer } from 'node:net';

const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
  + 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'; // the load asks with the key of RFC 6455's example

// A binary frame of 126 to 65,535 bytes, whole: its answer stands in the same bytes.
function answer(frame) {
  const length = frame.readUInt16BE(2);
  if (frame[0] !== 0x82 || frame[1] !== (0x80 | 126) || frame.length !== 8 + length || frame.readUInt32BE(4)) return null;
  frame.writeUInt32BE(((0x82 << 24) | (126 << 16) | length) >>> 0, 4);
  return frame.subarray(4);
}

const server = createServer({ noDelay: true }, (socket) => {
  socket.once('data', () => {
    socket.write(upgrade);
    socket.on('data', (frame) => {
      const bytes = answer(frame);
      if (bytes) socket.write(bytes);
      else socket.destroy();
    });
  });
  socket.on('error', () => {});
});
server.listen(0, '127.0.0.1', () => console.log(/** @type {any} */ (server.address()).port));
