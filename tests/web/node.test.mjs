// An application in WebAssembly behind node:http: what the server of a JavaScript host owes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startAtFreePort } from '../ports.mjs';
import { raw, start, until } from './program.mjs';

let server;
before(async () => { server = await start('port=0'); });
after(async () => {
  await server.stop();
  assert.equal(server.printed.at(-1), 'ended: 0');
});

const text = response => new Promise(resolve => {
  let all = '';
  response.setEncoding('latin1').on('data', piece => { all += piece; }).on('end', () => resolve(all));
});

test('answers, with the connection kept', async () => {
  const socket = raw(server, 'GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /wait HTTP/1.1\r\nHost: a\r\n\r\n');
  const all = await socket.has(/waited\n$/);
  assert.match(all, /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain\r\nContent-Length: 6\r\nDate: [^\r]+\r\nConnection: keep-alive\r\n/);
  assert.match(all, /\r\n\r\nhello\nHTTP\/1\.1 200 OK\r\n/);
  socket.destroy();
});

test('each Set-Cookie has a line', async () => {
  assert.deepEqual((await fetch(`${server.base}/cookies`)).headers.getSetCookie(), ['a=1', 'b=2']);
});

test('HEAD has the length and no body; 204 has neither', async () => {
  const head = raw(server, 'HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  assert.match(await head.over, /Content-Length: 6\r\n(.*\r\n)*\r\n$/);
  const none = raw(server, 'GET /no-content HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  const all = await none.over;
  assert.match(all, /^HTTP\/1\.1 204 No Content\r\n(.*\r\n)*\r\n$/);
  assert.doesNotMatch(all, /Content-Length|Transfer-Encoding/i);
});

test('the client\'s address', async () => {
  assert.equal(await server.get('/peer'), '4 127.0.0.1 1 0');
});

test('64 KiB at once', async () => {
  assert.equal(await server.get('/body'), 'b'.repeat(65536));
});

test('bodies go both ways at once, and in any pieces', async () => {
  const bytes = randomBytes(300_000);
  const response = await fetch(`${server.base}/echo`, { method: 'POST', body: bytes });
  assert.ok(bytes.equals(Buffer.from(await response.arrayBuffer())));
  const chunked = await fetch(`${server.base}/echo`, /** @type {object} */ ({
    method: 'POST',
    duplex: 'half',
    body: new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 7001) controller.enqueue(bytes.subarray(at, at + 7001));
        controller.close();
      },
    }),
  }));
  assert.ok(bytes.equals(Buffer.from(await chunked.arrayBuffer())));
});

test('a body larger than the limit: 413', async () => {
  const response = await fetch(`${server.base}/measure`, { method: 'POST', body: Buffer.alloc(1 << 21) });
  assert.equal(response.status, 413);
});

test('an answer before the body: what is left is dropped, and then the connection goes on', async () => {
  const socket = raw(server, 'POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n');
  await socket.has(/403 Forbidden/);
  socket.write('x'.repeat(5000) + 'GET /hello HTTP/1.1\r\nHost: a\r\n\r\n');
  await socket.has(/hello\n$/);
  socket.destroy();
});

test('an answer before a body that is too large: the connection ends', async () => {
  const socket = raw(server, 'POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n');
  await socket.has(/403 Forbidden/);
  socket.write('x'.repeat(1 << 20));
  await socket.over;
});

test('Expect: 100-continue is granted to who waits for the body alone', async () => {
  const head = path => `POST ${path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n`;
  const wanted = raw(server, head('/measure'));
  await wanted.has(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  wanted.write('abc');
  await wanted.has(/200 OK\r\n(.*\r\n)*\r\n3$/);
  wanted.destroy();
  const refused = raw(server, head('/refuse'));
  assert.match(await refused.over, /^HTTP\/1\.1 403 /);
});

test('events come one by one', async () => {
  assert.equal(await server.get('/events'), [0, 1, 2].map(i => `event: count\ndata: ${i}\n\n`).join(''));
});

test('a body that fails is broken off', async () => {
  const response = await fetch(`${server.base}/broken`);
  assert.equal(response.status, 200);
  await assert.rejects(response.text());
});

test('a JavaScript exception in a request is its 500, before and after a wait', async () => {
  for (const path of ['/throws', '/throws?later=1', '/throws']) {
    assert.equal((await fetch(server.base + path)).status, 500);
  }
  assert.match(server.errors, /GET \/throws: EEXCEPTION: thrown by JavaScript/);
  assert.equal(await server.get('/hello'), 'hello\n');
});

test('a client that goes away cancels its task', async () => {
  const [begun, cancelled] = (await server.get('/counts')).split(' ').map(Number);
  const socket = raw(server, 'GET /for-ever HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(server, '/counts', counts => counts === `${begun + 1} ${cancelled}`);
  socket.destroy();
  await until(server, '/counts', counts => counts === `${begun + 1} ${cancelled + 1}`);
});

test('a client that does not read holds the task back', async () => {
  const socket = raw(server, 'GET /endless HTTP/1.1\r\nHost: a\r\n\r\n');
  await socket.has(/200 OK/);
  socket.pause();
  let last = -1;
  await until(server, '/how-much', much => {
    const same = Number(much) === last;
    last = Number(much);
    return same && last > 0;
  });
  assert.ok(last < 64 << 20, `${last} bytes were written for nobody`);
  const cancelled = Number((await server.get('/counts')).split(' ')[1]);
  socket.destroy();
  await until(server, '/counts', counts => Number(counts.split(' ')[1]) === cancelled + 1);
});

test('malformed requests get 400, and the server goes on', async () => {
  for (const bad of ['nonsense\r\n\r\n', 'GET /hello HTTP/1.1\r\nHost : a\r\n\r\n', 'GET /hello HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    'GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 'GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n']) {
    assert.match(await raw(server, bad).over, /^HTTP\/1\.1 400 /, JSON.stringify(bad));
  }
  /* What Node takes, and the native server does not; the request behind it is not answered. */
  const alone = async (bad, status, why) => {
    const answer = await raw(server, `${bad}\r\n\r\n0\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n`).over;
    assert.equal(answer.split('HTTP/1.1 ').length, 2, answer);
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} [^]*${why}`));
  };
  await alone('GET /hello HTTP/1.1\r\nHost: a\r\nHost: b', 400, 'more than one Host');
  await alone('POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked', 501, 'but chunked');
  assert.equal(await server.get('/hello'), 'hello\n');
});

test('limits: headers, their bytes, connections of an address, slow heads and bodies', async () => {
  const heads = await start('port=0', 'max_headers=5', 'max_head=1000');
  const headers = count => Array.from({ length: count }, (_, i) => `X-${i}: y\r\n`).join('');
  assert.match(await raw(heads, `GET /hello HTTP/1.1\r\nHost: a\r\n${headers(5)}\r\n`).over, /^HTTP\/1\.1 431 /);
  assert.match(await raw(heads, `GET /hello HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(2000)}\r\n\r\n`).over, /^HTTP\/1\.1 431 /);
  await heads.stop();
  const usual = await start('port=0');
  assert.match(await raw(usual, `GET /hello HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(9000)}\r\n\r\n`).over, /^HTTP\/1\.1 431 /);
  await usual.stop();
  const small = await start('port=0', 'max_connections_per_address=3', 'idle_timeout=300');
  assert.match(await raw(small, 'GET /hello HTTP/1.1\r\nHost').over, /^HTTP\/1\.1 408 |^$/);
  let slow = '';
  for (let tries = 0; tries < 10 && slow === ''; tries++) { /* again if it was closed before it had asked */
    slow = await raw(small, 'POST /measure HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx').over;
  }
  assert.match(slow, /^HTTP\/1\.1 408 /);
  const three = [];
  while (three.length < 3) { /* the ones before may still be counted */
    const socket = raw(small, 'GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /wait?ms=600000 HTTP/1.1\r\nHost: a\r\n\r\n');
    if (await socket.has(/hello\n/).catch(() => null)) three.push(socket);
  }
  assert.equal(await raw(small, 'GET /hello HTTP/1.1\r\nHost: a\r\n\r\n').over, '');
  three.forEach(socket => socket.destroy());
  await small.stop();
});

test('SIGTERM: requests under way end, idle connections are closed, nobody is let in', async () => {
  const ending = await start('port=0', 'drain=30000');
  const idle = raw(ending, 'GET /hello HTTP/1.1\r\nHost: a\r\n\r\n');
  await idle.has(/hello\n/);
  const busy = raw(ending, 'GET /wait?ms=1000 HTTP/1.1\r\nHost: a\r\n\r\n');
  const other = raw(ending, 'POST /measure HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
  await other.has(/100 Continue/);
  await until(ending, '/counts', counts => counts === '1 0');
  ending.child.kill('SIGTERM');
  await idle.over;
  await assert.rejects(fetch(`${ending.base}/hello`));
  other.write('abc');
  assert.match(await other.over, /Connection: close\r\n(.*\r\n)*\r\n3$/);
  assert.match(await busy.over, /^HTTP\/1\.1 200 OK[^]*waited\n$/);
  assert.deepEqual((await ending.ended)[0], 0);
  assert.equal(ending.printed.at(-1), 'ended: 0');
});

for (const ms of ['4294967295', '18446744073709551615']) test(`times of weeks: a drain, and an idle timeout, of ${ms} ms`, async () => {
  const ending = await start('port=0', `drain=${ms}`, `idle_timeout=${ms}`);
  const idle = raw(ending, 'GET /hello HTTP/1.1\r\nHost: a\r\n\r\n');
  await idle.has(/hello\n/);
  const slow = raw(ending, 'POST /measure HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab');
  const busy = raw(ending, 'GET /wait?ms=300 HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(ending, '/counts', counts => counts === '1 0');
  for (let i = 0; i < 20; i++) await ending.get('/wait?ms=1');
  idle.write('GET /hello HTTP/1.1\r\nHost: a\r\n\r\n');
  await idle.has(/hello\n[^]*hello\n/);
  const ended = raw(ending, 'GET /wait?ms=300 HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(ending, '/counts', counts => parseInt(counts) >= 22);
  ending.child.kill('SIGTERM');
  await idle.over;
  slow.write('c');
  for (const socket of [busy, ended]) assert.match(await socket.over, /^HTTP\/1\.1 200 OK[^]*waited\n$/);
  assert.match(await slow.over, /\r\n\r\n3$/);
  await ending.ended;
  assert.equal(ending.printed.at(-1), 'ended: 0');
  assert.equal(ending.errors, '');
});

test('SIGTERM: what does not end is cut off', async () => {
  const ending = await start('port=0', 'drain=50');
  const busy = raw(ending, 'GET /endless HTTP/1.1\r\nHost: a\r\n\r\n');
  await busy.has(/200 OK/);
  busy.pause();
  const waiting = raw(ending, 'GET /for-ever HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(ending, '/counts', counts => counts === '2 0');
  ending.child.kill('SIGTERM');
  assert.equal(await waiting.over, '');
  await ending.ended;
  assert.equal(ending.printed.at(-1), 'ended: ETIMEDOUT: requests were cut off when the server ended');
});

test('a Unix-domain socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'greenio-web-'));
  const socketPath = join(folder, 'socket');
  const local = await start(`path=${socketPath}`);
  const [response] = await once(httpGet({ socketPath, path: '/hello' }), 'response');
  assert.equal(await text(response), 'hello\n');
  await local.stop();
  assert.ok(!existsSync(socketPath));
  rmSync(folder, { recursive: true });
});

test('TLS, by the certificate given', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'greenio-web-'));
  const [key, certificate] = ['key', 'certificate'].map(name => join(folder, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  const secure = await start('port=0', `certificate=${certificate}`, `key=${key}`);
  const [response] = await once(httpsGet({ host: '127.0.0.1', port: secure.port, path: '/peer', rejectUnauthorized: false, agent: false }), 'response');
  assert.equal(await text(response), '4 127.0.0.1 1 1');
  await secure.stop();
  writeFileSync(key, 'no key');
  assert.match((await start('port=0', `certificate=${certificate}`, `key=${key}`)).line, /^failed: ETLS: \/.*certificate is not a certificate with its key: [^\n]+$/);
  rmSync(folder, { recursive: true });
  assert.match((await start('port=0', `certificate=${certificate}`)).line, /^failed: ENOENT: certificate: \/[^:]*\/certificate: no such file or directory$/);
});

test('what cannot be is refused', async () => {
  const line = async (...options) => (await start(...options)).line;
  assert.match(await line(`port=${server.port}`), /^failed: EADDRINUSE: listen on 127\.0\.0\.1:\d+: address in use$/);
  assert.match(await line('host=192.0.2.7', 'port=0'), /^failed: EADDRNOTAVAIL: listen on 192\.0\.2\.7:0: address not available here$/);
  assert.match(await line('path=/no/such/folder/socket'), /^failed: ENOENT: listen on \/no\/such\/folder\/socket: no such file or directory$/);
  assert.match(await line('port=70000'), /^failed: EINVAL: a port is at most 65535/);
  assert.match(await line('port=0', 'share_port=1'), /^failed: EINVAL: a port that is to be shared/);
  assert.match(await line('host=no.such.host.invalid', 'port=0'), /^failed: ENOHOST: no\.such\.host\.invalid: /);
});

test('several processes on one port, where Node can do that', async () => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const first = await startAtFreePort(port => start(`port=${port}`, 'share_port=1'));
  if (major < 22 || (major === 22 && minor < 12)) {
    assert.equal(first.line, 'failed: ENOTSUP: to share a port takes Node 22.12 or newer');
    return;
  }
  const second = await start(`port=${first.port}`, 'share_port=1');
  for (const one of [first, second]) assert.equal(await one.get('/hello'), 'hello\n');
  await Promise.all([first.stop(), second.stop()]);
});
