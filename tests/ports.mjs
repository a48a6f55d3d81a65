// Ports of 127.0.0.1 for the tests.
import { once } from 'node:events';
import { createServer } from 'node:net';

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
