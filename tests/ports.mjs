// Ports of 127.0.0.1 for the tests.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

// Nobody listens there (tcpmux), and no server that asks for any port is given it.
export const closedPort = 1;

// One that was free a moment ago, for a program that cannot say which it has taken. Another may take it first.
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

// One where nobody listens, nor can until this process ends: a connection goes out by it. For fetch(), which asks no server at
// closedPort.
export async function takenPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const out = connect(port, '127.0.0.1');
  const [[into]] = await Promise.all([once(server, 'connection'), once(out, 'connect')]);
  for (const one of [server, into, out]) one.unref();
  return out.localPort;
}

// What `start(port)` gives, a server whose first line is `line`: with another port while somebody has taken that one.
export async function startAtFreePort(start) {
  for (let tries = 10; ; tries--) {
    const server = await start(await freePort());
    if (tries === 1 || !/EADDRINUSE/.test(server.line)) return server;
  }
}
