// Our server and client against the npm package ws, Python's websockets, and our own build for another host, if
// OTHER is one. PEER is the program.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { commandOf, whyNot } from './other.mjs';

const ours = commandOf(process.env.PEER);
const python = ['/usr/bin/python3', join(import.meta.dirname, 'echo.py')];
const hasPython = spawnSync('/usr/bin/python3', ['-c', 'import websockets']).status === 0;
const running = [];

async function start(command) {
  const child = spawn(command[0], [...command.slice(1), 'serve'], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  const [port] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  assert.equal(child.exitCode, null, `${command.join(' ')} has ended`);
  return `ws://127.0.0.1:${String(port).trim()}/`;
}
async function talk(command, url) {
  const child = spawn(command[0], [...command.slice(1), 'talk', url], { stdio: ['ignore', 'inherit', 'inherit'] });
  assert.deepEqual(await once(child, 'exit'), [0, null]);
}

let base;
before(async () => { base = await start(ours); });
after(() => { running.forEach(child => child.kill('SIGKILL')); });

test('our client and a server of ws', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'echo.v1', perMessageDeflate: true });
  await once(server, 'listening');
  server.on('connection', socket => socket.on('message', (data, binary) => socket.send(data, { binary })));
  try {
    await talk(ours, `ws://127.0.0.1:${server.address().port}/`);
  } finally {
    server.close();
  }
});

test('a client of ws and our server', async () => {
  const socket = new WebSocket(base, ['other', 'echo.v1']); // it offers permessage-deflate, which is not agreed to
  await once(socket, 'open');
  assert.equal(socket.protocol, 'echo.v1');
  assert.equal(socket.extensions, '');
  for (const size of [0, 1, 125, 126, 65535, 65536, 200000]) {
    const bytes = Buffer.alloc(size, 'y');
    socket.send(bytes);
    const [back, binary] = await once(socket, 'message');
    assert.ok(binary && back.equals(bytes));
  }
  socket.send('gr', { fin: false });
  socket.ping('between');
  socket.send('\u00fc\u00df', { fin: true });
  const [[pong], [text, binary]] = await Promise.all([once(socket, 'pong'), once(socket, 'message')]);
  assert.deepEqual([String(pong), String(text), binary], ['between', 'gr\u00fc\u00df', false]);
  socket.close(3210, 'that was all');
  assert.equal((await once(socket, 'close'))[0], 3210);
});

test('a hundred clients of ws at once', async () => {
  const sockets = Array.from({ length: 100 }, () => new WebSocket(base));
  await Promise.all(sockets.map(async (socket, i) => {
    await once(socket, 'open');
    socket.send(`number ${i}`);
    assert.equal(String((await once(socket, 'message'))[0]), `number ${i}`);
    socket.close();
    await once(socket, 'close');
  }));
});

const skip = hasPython ? false : 'python3-websockets is not installed';
test('our client and a server of Python\'s websockets', { skip }, async () => talk(ours, await start(python)));
test('a client of Python\'s websockets and our server', { skip }, () => talk(python, base));

const other = process.env.OTHER;
const noOther = whyNot(other);
test('our client, and our server on another host', { skip: noOther }, async () => talk(ours, await start(commandOf(other))));
test('our server, and our client on another host', { skip: noOther }, () => talk(commandOf(other), base));
