// A server of greenio's and clients that are not: node:tls and openssl s_client.
// Usage: node --test peers.test.mjs, with GREENIO_PROGRAM the path of tls_server
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { makeCertificates } from './certificates.mjs';

const program = process.env.GREENIO_PROGRAM;
const folder = mkdtempSync(join(tmpdir(), 'greenio-tls-'));
const file = (name) => join(folder, name);
const servers = [];
let ca;

// A server, whose lines are given one by one.
async function start(...args) {
  const command = /\.m?js$/.test(program) ? [process.execPath, program] : [program];
  const child = spawn(command[0], [...command.slice(1), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  servers.push(child);
  const lines = [];
  const waiting = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop();
    for (const line of parts) (waiting.shift() ?? ((found) => lines.push(found)))(line);
  });
  const line = () => (lines.length ? Promise.resolve(lines.shift()) : new Promise((resolve) => { waiting.push(resolve); }));
  return { port: Number(await line()), line };
}

const connect = (port, options = {}) => tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ...options });

let plain, asking;
before(async () => {
  makeCertificates(folder);
  ca = readFileSync(file('root.pem'));
  plain = await start(file('good.pem'));
  asking = await start(file('good.pem'), file('root.pem'));
});
after(() => {
  for (const child of servers) child.kill();
  rmSync(folder, { recursive: true });
});

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  test(`node:tls with ${version}`, async () => {
    const socket = connect(plain.port, { minVersion: version, maxVersion: version, ALPNProtocols: ['http/1.1', 'echo'] });
    await once(socket, 'secureConnect');
    assert.equal(socket.alpnProtocol, 'echo');
    assert.equal(await plain.line(), `begun|OK|${version}|echo||`);
    const sent = Buffer.alloc(300000, 'abc');
    const got = [];
    socket.on('data', (piece) => got.push(piece));
    socket.end(sent);
    await once(socket, 'end');
    assert.ok(Buffer.concat(got).equals(sent));
    assert.equal(await plain.line(), `ended|OK|${version}|echo||`);
  });
}

test('a client that has nothing in common', async () => {
  const socket = connect(plain.port, { ALPNProtocols: ['other'] });
  const [error] = await once(socket, 'error');
  assert.match(error.code, /NO_APPLICATION_PROTOCOL/);
  assert.match(await plain.line(), /^begun\|ETLS\|.*: no common protocol: /);
});

test('a client of TLS 1.1', async () => {
  const socket = connect(plain.port, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' });
  await once(socket, 'error');
  assert.match(await plain.line(), /^begun\|ETLS\|.*: no common version: /);
});

test('a client that is cut in the middle', async () => {
  const below = net.connect(plain.port, '127.0.0.1');
  const socket = tls.connect({ socket: below, servername: 'localhost', ca });
  await once(socket, 'secureConnect');
  assert.match(await plain.line(), /^begun\|OK/);
  below.destroy();
  assert.match(await plain.line(), /^ended\|(ETLS\|.*: truncated: |ECONNRESET)/);
  socket.on('error', () => {});
});

test('clients with certificates', async () => {
  const pem = readFileSync(file('client.pem'));
  const socket = connect(asking.port, { cert: pem, key: pem });
  await once(socket, 'secureConnect');
  assert.match(await asking.line(), /^begun\|OK\|TLSv1.3\|\|CN=Ada Lövelace, O=Acme\\, Inc\., C=DE\|$/);
  socket.end();
  socket.resume();
  assert.match(await asking.line(), /^ended\|OK/);
  const bad = readFileSync(file('client_expired.pem'));
  const refused = connect(asking.port, { cert: bad, key: bad });
  refused.on('error', () => {});
  refused.resume();
  assert.match(await asking.line(), /^begun\|ETLS\|.*: expired: /);
  const none = connect(asking.port);
  none.on('error', () => {});
  none.resume();
  assert.match(await asking.line(), /^begun\|ETLS\|.*: no certificate: /);
});

// Speaks with the server by s_client, which takes some lines as commands: Q ends, K and k update the keys, R asks for a
// renegotiation. Each line waits until what it brings is seen, or s_client would take two for one.
async function client(version, input) {
  const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${plain.port}`, '-CAfile', file('root.pem'), '-verify_return_error',
    '-servername', 'localhost', `-${version}`], { stdio: ['pipe', 'pipe', 'pipe'] });
  let seen = '';
  let look = () => {};
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (piece) => {
      seen += piece;
      look();
    });
  }
  const until = (pattern) => new Promise((resolve) => {
    look = () => pattern.test(seen) && resolve();
    look();
  });
  await until(/Verify return code: 0/);
  for (const [line, pattern] of input) {
    seen = '';
    child.stdin.write(`${line}\n`);
    await until(pattern);
  }
  return child;
}

test('openssl s_client', async () => {
  const child = await client('tls1_3', [['one', /one\n/], ['K', /KEYUPDATE/], ['two', /two\n/], ['k', /KEYUPDATE/], ['three', /three\n/]]);
  assert.equal(await plain.line(), 'begun|OK|TLSv1.3|||');
  child.stdin.write('Q\n');
  assert.match(await plain.line(), /^ended\|OK/);
});

test('openssl s_client that asks for a renegotiation', async () => {
  const child = await client('tls1_2', [['one', /one\n/], ['R', /RENEGOTIATING/]]);
  assert.equal(await plain.line(), 'begun|OK|TLSv1.2|||');
  assert.match(await plain.line(), /^ended\|ETLS\|.*: refused: /);
  child.kill();
});

test('sessions are resumed', async () => {
  const first = connect(plain.port);
  const [session] = await once(first, 'session');
  await new Promise((resolve) => { setImmediate(resolve); }); // from inside of the event Node does not say the end
  first.end();
  first.resume();
  assert.match(await plain.line(), /^begun\|OK/);
  assert.match(await plain.line(), /^ended\|OK/);
  const second = connect(plain.port, { session });
  await once(second, 'secureConnect');
  assert.equal(second.isSessionReused(), true);
  assert.match(await plain.line(), /^begun\|OK/);
  second.end();
  second.resume();
  assert.match(await plain.line(), /^ended\|OK/);
});
