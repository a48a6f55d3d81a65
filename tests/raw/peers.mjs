// The rows against nginx and plain node:http, for comparison: nothing is expected of them, what does not pass is printed.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../ports.mjs';

const runner = fileURLToPath(new URL('run.mjs', import.meta.url));

async function show(name, port) {
  const child = spawn(process.execPath, [runner, 'peer', name, String(port)], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exitCode = 1;
}

// As serve.c answers, as far as that goes.
function answer(request, response) {
  const body = [];
  request.on('data', piece => body.push(piece)).on('end', () => {
    const allowed = ['GET', 'HEAD', 'POST', 'OPTIONS'];
    if (request.url === '/smuggled') return response.end('smuggled');
    if (request.url === '/no-content') return response.writeHead(204).end();
    if (request.url === '/headers') return response.end(Object.entries(request.headers).map(pair => `${pair.join(':')}\n`).join(''));
    if (!allowed.includes(request.method)) return response.writeHead(405, { Allow: allowed.join(', ') }).end();
    if (request.method === 'OPTIONS') return response.writeHead(204, { Allow: allowed.join(', ') }).end();
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    response.end(request.method === 'POST' ? Buffer.concat(body) : 'hello');
  });
}

async function plainNode() {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await show(`node:http of ${process.version}`, server.address().port);
  server.closeAllConnections();
  server.close();
}

async function listens(port) {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const up = await Promise.race([once(socket, 'connect').then(() => true, () => false)]);
    socket.destroy();
    if (up) return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

// Behind it stands a plain node:http, so that bodies come back.
async function nginx() {
  const { stderr, error } = spawnSync('nginx', ['-v'], { encoding: 'utf8' });
  if (error) return console.log('nginx is not here');
  const backend = createServer(answer).listen(0, '127.0.0.1');
  await once(backend, 'listening');
  const folder = mkdtempSync(join(tmpdir(), 'greenio-raw-'));
  const port = await freePort();
  mkdirSync(join(folder, 'logs'));
  writeFileSync(join(folder, 'nginx.conf'), `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/errors;
events {}
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${backend.address().port}; proxy_http_version 1.1; } }
}
`);
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'errors')], { stdio: 'inherit' });
  const ended = once(child, 'exit');
  await Promise.race([listens(port), ended.then(() => { throw new Error('nginx has not begun'); })]);
  await show(stderr.trim().replace('nginx version: ', ''), port);
  child.kill('SIGTERM');
  await ended;
  backend.closeAllConnections();
  backend.close();
  rmSync(folder, { recursive: true });
}

await plainNode();
await nginx();
