// Peers that are not greenio's, each a server on a port of its own:
//
//   node       node:tls, which sends back what comes
//   node12     the same with TLS 1.2 alone
//   openssl    openssl s_server -rev, which sends back each line, reversed
//   cut        node:tls, which sends "half" and ends the connection without saying so
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { freePort } from '../ports.mjs';

const listen = (server) => new Promise((resolve, reject) => {
  server.on('error', reject);
  server.listen(0, '127.0.0.1', () => resolve(server.address().port));
});

const startOpenssl = (folder, port) => new Promise((resolve, reject) => {
  const file = join(folder, 'good.pem');
  const child = spawn('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, '-cert', file, '-key', file, '-rev', '-quiet', '-naccept', '1000000'],
    { stdio: ['pipe', 'ignore', 'ignore'] });
  child.on('error', reject);
  const look = () => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(child);
    });
    socket.on('error', () => setTimeout(look, 20));
  };
  look();
});

export async function startPeers(folder) {
  const pem = readFileSync(join(folder, 'good.pem'));
  const sockets = new Set();
  const servers = [];
  const start = (options, serve) => {
    const server = tls.createServer({ key: pem, cert: pem, allowHalfOpen: true, ...options }, serve);
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server.on('tlsClientError', () => {});
    servers.push(server);
    return listen(server);
  };
  const echo = (socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  };
  const ports = {
    node: await start({}, echo),
    node12: await start({ maxVersion: 'TLSv1.2' }, echo),
    openssl: await freePort(), // s_server says its own only from OpenSSL 3.2 on when it is asked for 0
  };
  const openssl = await startOpenssl(folder, ports.openssl);
  // TLS's own end never comes: the plain socket is ended behind its back.
  const plain = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const wire = new Duplex({ read() {}, write: (chunk, _, done) => void socket.write(chunk, done), final: (done) => done() });
    socket.on('data', (chunk) => wire.push(chunk));
    const secured = new tls.TLSSocket(wire, { isServer: true, secureContext: tls.createSecureContext({ key: pem, cert: pem }) });
    secured.on('error', () => {});
    secured.on('secure', () => secured.write('half', () => socket.end()));
  });
  servers.push(plain);
  ports.cut = await listen(plain);
  return {
    ports,
    async close() {
      openssl.kill();
      for (const socket of sockets) socket.destroy();
      for (const server of servers) server.close();
    },
  };
}
