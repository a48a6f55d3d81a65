// What stands behind a request, on one connection: RAW_SERVE is the program of serve.c, RAW_HOST "native" or "node".
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Client, ask, counts, settle, start } from './client.mjs';

const program = process.env.RAW_SERVE;
let server;
before(async () => { server = await start(program, 'idle_timeout=60000'); });
after(async () => {
  await server.stop();
  assert.equal(server.printed.at(-1), 'returned: 0', server.errors);
});

const LINGER = 2000; // ms for which a server goes on to read what it does not want (GREEN__LINGER)
const HOST = 'Host: a\r\n';
const WAIT = `GET /wait?ms=20 HTTP/1.1\r\n${HOST}\r\n`;
const LONG_WAIT = `GET /wait?ms=1500 HTTP/1.1\r\n${HOST}\r\n`;
const HELLO = `GET / HTTP/1.1\r\n${HOST}\r\n`;
const HIDDEN = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n`;
const statuses = client => client.final.map(one => one.status);

/* The second answer's statuses; 0: the connection may as well just end. */
const behind = {
  'bytes that are no request': ['\x01\x02 nonsense\r\n\r\n', [400]],
  'a line that is none': ['GET\r\n\r\n', [400, 0]],
  'a Host that is none': [`GET / HTTP/1.1\r\nHost: a/b\r\n\r\n${HIDDEN}`, [400]],
  'two Hosts': [`GET / HTTP/1.1\r\n${HOST}${HOST}\r\n${HIDDEN}`, [400]],
  'a length and a coding': [`POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, [400]],
  'a chunk that is none': [`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, [400]],
  'a head that is too large': [`GET / HTTP/1.1\r\n${HOST}X: ${'y'.repeat(20000)}\r\n\r\n`, [431, 0]],
  'a TLS hello': ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', [400, 0]],
  'another protocol': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 505, 0]],
};

for (const [name, [bytes, second]] of Object.entries(behind)) {
  test(`behind a request that waits: ${name}`, async () => {
    for (const pieces of [[WAIT + bytes], [WAIT, bytes]]) {
      const client = new Client(server.port);
      for (const piece of pieces) {
        client.write(piece);
        if (pieces.length > 1) await settle(server.port);
      }
      await client.ended();
      const [one, two = 0, ...more] = statuses(client);
      assert.equal(one, 200, client.text);
      assert.equal(client.final[0].body, 'waited');
      assert.ok(/** @type {number[]} */ (second).includes(two), client.text);
      assert.deepEqual(more, []);
    }
    assert.match((await ask(server.port, '/counts')).body, /^0 /);
  });
}

test('behind an answer in the place of 100 that ends the connection nothing is begun', async () => {
  for (const cut of [0, 4]) {
    const hiddenRequests = async () => Number((await ask(server.port, '/counts')).body.split(' ')[0]);
    const before = await hiddenRequests();
    const client = new Client(server.port);
    const bytes = `GET / HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 4\r\n\r\nbody`;
    client.write(bytes.slice(0, bytes.length - cut));
    client.write(bytes.slice(bytes.length - cut) + HIDDEN);
    await client.answered();
    if (/close/.test(client.final[0].headers.connection)) await client.ended();
    else await settle(server.port);
    assert.equal(client.text.split('smuggled').length - 1, await hiddenRequests() - before, client.text);
    client.destroy();
  }
});

test('an answer that ends the connection is whole, whatever is sent behind its request', async () => {
  const client = new Client(server.port);
  const body = 'b'.repeat(1000000);
  client.socket.pause();
  client.write(`POST / HTTP/1.1\r\n${HOST}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}${'nonsense\r\n\r\n'.repeat(100)}`);
  await settle(server.port);
  client.socket.resume();
  await client.ended();
  assert.equal(client.final[0]?.body.length, body.length, client.text.slice(0, 300));
  assert.equal(client.final.length, 1);
});

test('an answer before a large body reaches its client, which has sent all of it when the connection ends', async () => {
  for (const size of [1000000, 3000000]) {
    let client, failure, took;
    for (let tries = 0; tries < 10 && !(took < LINGER); tries++) { // who is held up for longer may be reset
      const since = performance.now();
      failure = null;
      client = new Client(server.port);
      client.socket.on('error', error => { failure = error; });
      client.write(`POST /nowhere HTTP/1.1\r\n${HOST}Content-Length: ${size}\r\n\r\n`);
      client.write('b'.repeat(size) + HIDDEN);
      await client.ended();
      took = performance.now() - since;
    }
    assert.deepEqual(statuses(client), [404], client.text);
    assert.equal(failure, null);
  }
});

test('behind three that wait: each has its answer, in order, and then comes the refusal', async () => {
  const client = new Client(server.port);
  client.write(`${WAIT}${HELLO}${WAIT}nonsense\r\n\r\n`);
  await client.ended();
  assert.deepEqual(client.final.map(one => one.body).slice(0, 3), ['waited', 'hello', 'waited']);
  assert.ok([400, undefined].includes(statuses(client)[3]), client.text);
});

test('a request begins when the one before it is over', async () => {
  const begun = async () => (await counts(server.port)).begun;
  const first = await begun();
  const client = new Client(server.port);
  client.write(LONG_WAIT + WAIT + WAIT);
  while (await begun() === first);
  await settle(server.port);
  const now = await begun();
  await new Promise(setImmediate); // by then it has read what came before that
  assert.ok(now === first + 1 || client.final.length > 0, `${now - first} have begun`);
  await client.answered(3);
  assert.equal(await begun(), first + 3);
  client.destroy();
});

test('bodies of pipelined requests come to their own', async () => {
  const client = new Client(server.port);
  const body = 'b'.repeat(200000);
  client.write(WAIT + `POST / HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n${body}` + WAIT +
    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n` + HELLO);
  await client.answered(5);
  assert.deepEqual(client.final.map(one => one.body), ['waited', body, 'waited', 'abc', 'hello']);
  client.destroy();
});

test('half a head behind a request that waits longer than a head may take', async () => {
  const short = await start(program, 'idle_timeout=300');
  let client;
  for (let tries = 0; tries < 10; tries++) {
    client = new Client(short.port);
    client.write(`${LONG_WAIT}GET / HTTP/1.1\r\nHos`);
    await client.ended();
    // or else it was held up, and closed as idle before it had asked
    if (client.final[0]?.body === 'waited' || (await counts(short.port)).begun) break;
  }
  assert.equal(client.final[0]?.body, 'waited', client.text);
  assert.ok([408, undefined].includes(statuses(client)[1]), client.text);
  await short.stop();
});

test('a body that is malformed while its own request waits for it', async () => {
  const client = new Client(server.port);
  client.write(`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`);
  await settle(server.port);
  client.write(`oops\r\n\r\n${HIDDEN}`);
  await client.ended();
  assert.deepEqual(statuses(client), [400]);
});

/* 40 MB of requests, of which the first waits: who is to read them all has to keep them somewhere. */
test('hints go ahead of an answer that is not made yet', async () => {
  const client = new Client(server.port).write(`GET /hints HTTP/1.1\r\n${HOST}\r\n${HELLO}`);
  await client.until(() => client.answers.length > 0, 'a hint');
  assert.equal(client.answers[0].line, 'HTTP/1.1 103 Early Hints');
  assert.equal(client.answers[0].headers.link, '</style.css>; rel=preload; as=style, <https://x.example/a?b=1>;rel="preconnect"');
  assert.equal(client.answers.length, 1);
  assert.equal((await ask(server.port, '/go')).body, '1');
  await client.until(() => client.answers.length > 1, 'another one');
  assert.equal((await ask(server.port, '/go')).body, '1');
  await client.answered(2);
  assert.deepEqual(client.answers.map(one => one.status), [103, 103, 200, 200]);
  assert.equal(client.answers[1].headers.link, '</more.js>; rel=preload; as=script; crossorigin');
  assert.deepEqual(client.final.map(one => one.body), ['hinted', 'hello']);
  client.destroy();
});

test('clients of HTTP/1.0 get no hints, and HEAD as GET', async () => {
  const expected = { 'GET /hints HTTP/1.0\r\n\r\n': [200], [`HEAD /hints HTTP/1.1\r\n${HOST}\r\n`]: [103, 103, 200] };
  for (const [bytes, statuses] of Object.entries(expected)) {
    const client = new Client(server.port, bytes.startsWith('HEAD')).write(bytes);
    for (let went = 0; went < 2;) went += Number((await ask(server.port, '/go')).body);
    await client.answered();
    assert.deepEqual(client.answers.map(one => one.status), statuses, client.text);
    client.destroy();
  }
});

test('requests that pile up behind one that waits stay with their client', async context => {
  const status = () => readFileSync(`/proc/${server.child.pid}/status`, 'latin1');
  let used;
  try { used = () => Number(/VmRSS:\s*(\d+)/.exec(status())[1]); used(); } catch { return context.skip('no /proc here'); }
  await settle(server.port);
  const before = used();
  const client = new Client(server.port);
  client.write(`GET /wait?ms=600000 HTTP/1.1\r\n${HOST}\r\n`);
  const many = HELLO.repeat(25000);
  for (let i = 0; i < 40; i++) client.write(many);
  await settle(server.port);
  await new Promise(resolve => setTimeout(resolve, 300)); // for a server that would go on reading
  await settle(server.port);
  const more = used() - before;
  assert.ok(client.socket.writableLength > 1 << 20, 'all of them were read');
  assert.ok(more < 100_000, `${more} KB more are in use`);
  client.destroy();
});
