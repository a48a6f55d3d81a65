// Starts the program of host.c, and asks it: for the tests of this folder.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

export const program = process.env.WEB_HOST;

// A server with the options NAME=VALUE. `line` is the first that it printed; `base` and `port`, if it listens.
export async function start(...options) {
  const child = spawn(process.execPath, [program, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const server = { child, printed: [], errors: '', ended: once(child, 'close') };
  child.stderr.on('data', text => { server.errors += text; });
  const lines = createInterface({ input: child.stdout });
  lines.on('line', line => server.printed.push(line));
  await Promise.race([once(lines, 'line'), server.ended]);
  server.line = server.printed[0];
  const [, address, port] = /^listening on (.*:(\d+))$/.exec(server.line) ?? [];
  Object.assign(server, { address, base: `http://${address}`, port: Number(port) });
  server.get = async path => (await fetch(server.base + path)).text();
  server.stop = async () => {
    child.kill('SIGTERM');
    await server.ended;
  };
  return server;
}

// Asks until the text of that path is as wanted.
export async function until(server, path, wanted) {
  for (;;) {
    const text = await server.get(path);
    if (wanted(text)) return text;
  }
}

// A socket that collects what it gets: `text`, and `closed`, a promise of all of it.
export function raw(server, ...texts) {
  const socket = /** @type {any} */ (connect(server.port, '127.0.0.1'));
  socket.text = '';
  socket.on('data', piece => { socket.text += piece.toString('latin1'); });
  socket.on('error', () => {});
  socket.over = new Promise(resolve => socket.on('close', () => resolve(socket.text)));
  socket.has = async wanted => {
    while (!wanted.test(socket.text)) {
      if (socket.destroyed) throw new Error(`the connection has ended after ${JSON.stringify(socket.text)}`);
      await Promise.race([once(socket, 'data').catch(() => {}), socket.over]);
    }
    return socket.text;
  };
  for (const text of texts) socket.write(text);
  return socket;
}
