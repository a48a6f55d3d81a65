// Sockets as workerd's connect() gives them, on node:net: without an abort, with errors that have no code, and a `closed` that
// rejects with nothing behind a good end, too. (workerd itself is a program of a hundred megabytes, and not what is tested.)
import net from 'node:net';

const lost = error => new Error('Network connection lost.', { cause: error });

export function connect({ hostname, port }, { secureTransport, allowHalfOpen }) {
  if (secureTransport !== 'off' || !allowHalfOpen) throw new TypeError('the test expects another call');
  const socket = net.connect({ host: hostname, port, allowHalfOpen, noDelay: true }).pause();
  const opened = new Promise((resolve, reject) => {
    socket.once('connect', () => resolve({ remoteAddress: `${hostname}:${port}`, localAddress: null }));
    socket.once('error', cause => reject(new Error('proxy request failed, cannot connect to the specified address', { cause })));
  });
  const closed = new Promise((_, reject) => socket.once('close', () => reject(undefined)));
  closed.catch(() => {});
  const readable = new ReadableStream({
    start(controller) {
      socket.on('data', chunk => {
        controller.enqueue(new Uint8Array(chunk));
        if (controller.desiredSize <= 0) socket.pause();
      });
      socket.on('end', () => controller.close());
      socket.on('error', error => controller.error(lost(error)));
    },
    pull: () => void socket.resume(),
    cancel: () => void socket.resume().removeAllListeners('data').removeAllListeners('end').on('data', () => {}),
  }, { highWaterMark: 1 });
  const writable = new WritableStream({
    start: controller => controller.signal.addEventListener('abort', () => socket.destroy()), /* also while a write is under way */
    write: chunk => new Promise((resolve, reject) => { socket.write(chunk, error => (error ? reject(lost(error)) : resolve())); }),
    close: () => void socket.end(),
  });
  return {
    readable,
    writable,
    opened,
    closed,
    async close() {
      socket.destroySoon();
      return closed.catch(() => {});
    },
  };
}
