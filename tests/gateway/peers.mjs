// TCP servers for the tests of given sockets, each on a port of its own:
//
//   echo     sends back what comes
//   answer   reads to the end, then says how many bytes that were
//   last     sends 300,000 bytes and closes at once
//   cut      cuts the connection when something comes
//   late     sends 20,000 bytes when something comes, and cuts the connection when something comes again
//   silent   never reads, nor sends
//   source   sends as many bytes as the first line says
//   sink     reads, and remembers
//   told     says what the last connection to sink that has ended was: "7 bytes, ended" or "7 bytes, cut"
//   closed   nobody listens there
//   redis    redis-server, if there is one
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closedPort, freePort } from '../ports.mjs';

// What stands at a place of all that is sent in large.
export const pattern = size => {
  const bytes = made.get(size) ?? Buffer.alloc(size);
  if (made.has(size)) return bytes;
  for (let i = 0; i < size; i++) bytes[i] = (Math.imul(i, 2654435761) >>> 13) & 255;
  made.set(size, bytes);
  return bytes;
};
const made = new Map(); /* by size */

const serve = {
  echo: socket => socket.pipe(socket),
  answer(socket) {
    let count = 0;
    socket.on('data', data => { count += data.length; });
    socket.on('end', () => socket.end(`you sent ${count}\n`));
  },
  last: socket => socket.end(pattern(300000)) && socket.destroySoon(),
  cut: socket => socket.once('data', () => socket.resetAndDestroy()),
  late: socket => socket.once('data', () => {
    socket.write(pattern(20000));
    socket.once('data', () => socket.resetAndDestroy());
  }),
  silent: socket => socket.pause(),
  source: socket => socket.once('data', line => socket.end(pattern(Number(line)))),
};

// null: there is none.
async function startRedis() {
  const folder = mkdtempSync(join(tmpdir(), 'greenio-redis-'));
  const port = await freePort();
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--daemonize', 'no'], { stdio: 'ignore' });
  const close = () => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  const failed = once(child, 'error').then(() => null);
  const look = async () => {
    for (;;) {
      const socket = net.connect(port, '127.0.0.1');
      const there = await Promise.race([once(socket, 'connect').then(() => true, () => false), failed]);
      socket.destroy();
      if (there !== false) return there;
      await new Promise(resolve => { setTimeout(resolve, 20); });
    }
  };
  if (await look()) return { port, close };
  close();
  return null;
}

export async function startPeers() {
  const sockets = new Set();
  const servers = [];
  const listen = async handle => {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, socket => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => {});
      handle(socket);
    }).listen(0, '127.0.0.1', 511);
    await once(server, 'listening');
    servers.push(server);
    return /** @type {net.AddressInfo} */ (server.address()).port;
  };
  let tell; // what sink has seen
  const next = () => new Promise(resolve => { tell = resolve; });
  let told = next();
  const ports = { closed: closedPort };
  for (const [name, handle] of Object.entries(serve)) ports[name] = await listen(handle);
  ports.sink = await listen(socket => {
    let count = 0;
    let how = 'cut';
    socket.on('data', data => { count += data.length; });
    socket.on('end', () => {
      how = 'ended';
      socket.end();
    });
    socket.on('close', () => tell(`${count} bytes, ${how}\n`));
  });
  ports.told = await listen(async socket => {
    const text = await told;
    told = next();
    socket.end(text);
  });
  const redis = await startRedis();
  if (redis) ports.redis = redis.port;
  return {
    ports,
    close() {
      redis?.close();
      for (const socket of sockets) socket.destroy();
      for (const server of servers) server.close();
    },
  };
}
