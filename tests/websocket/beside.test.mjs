// Handshakes beside ordinary requests, by bytes of their own on one connection. PEER is the program.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';

const command = process.env.PEER.endsWith('.mjs') ? [process.execPath, process.env.PEER] : [process.env.PEER];
const running = [];

async function start(...args) {
  const child = spawn(command[0], [...command.slice(1), 'serve', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  const [port] = await once(child.stdout, 'data');
  return { child, port: Number(String(port)) };
}

const get = (path, ...headers) => ['GET ' + path + ' HTTP/1.1', 'Host: a', ...headers, '', ''].join('\r\n');
const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
const other = ['Connection: Upgrade', 'Upgrade: h2c'];
const handshake = get('/', ...upgrade);
const plain = get('/plain');

/* Sends, and reads until `enough` of it. */
async function talk(port, text, enough) {
  const socket = connect(port, '127.0.0.1');
  let got = '';
  socket.setEncoding('latin1').on('data', piece => { got += piece; });
  socket.write(text);
  while (!enough(got)) await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => assert.fail('it has hung up behind: ' + got))]);
  socket.destroy();
  return got;
}
const statuses = text => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
const seen = (...expected) => text => statuses(text).length >= expected.length && /\r\n\r\n/.test(text.slice(text.lastIndexOf('HTTP/1.1')));

let server;
before(async () => { server = await start(); });
after(() => { running.forEach(child => child.kill('SIGKILL')); });

for (const [what, text, expected] of [
  ['a request before it', plain + handshake, ['200', '101']],
  ['three before it', plain + plain + plain + handshake, ['200', '200', '200', '101']],
  ['one that asks for what nobody speaks', plain + get('/plain', ...other) + plain, ['200', '200', '200']],
  ['all of that', plain + get('/plain', ...other) + plain + handshake, ['200', '200', '200', '101']],
]) {
  test(`in one packet: ${what}`, async () => {
    for (let i = 0; i < 5; i++) assert.deepEqual(statuses(await talk(server.port, text, seen(...expected))), expected);
    assert.equal(server.child.exitCode, null);
  });
}

test('a long answer, and a handshake behind it', async () => {
  const got = await talk(server.port, get('/much') + handshake, text => text.includes('HTTP/1.1 101'));
  assert.ok(got.length > 4 << 20);
});

test('a route that knows nothing of WebSocket answers at length who asks for it', async () => {
  const got = await talk(server.port, get('/much', ...upgrade), text => text.length > 4 << 20);
  assert.deepEqual(statuses(got), ['200']);
});

test('who asks for another protocol again and again is one connection', async () => {
  const { port } = await start('1');
  const expected = Array(6).fill('200');
  assert.deepEqual(statuses(await talk(port, get('/plain', ...other).repeat(12), seen(...expected))).slice(0, 6), expected);
});
