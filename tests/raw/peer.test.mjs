// Clients that are silent, slow, that stop in mid-message or do not read: each is let go in time, costs no memory, and
// none holds up the end of the server. RAW_SERVE is the program of serve.c.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Client, ask, counts, start } from './client.mjs';

const program = process.env.RAW_SERVE;
const HEAD = 'GET / HTTP/1.1\r\nHost: a\r\n';
const POST = 'POST /swallow HTTP/1.1\r\nHost: a\r\n';
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;
const SIZED = `${POST}Content-Length: 1000000000\r\n\r\n`;

/* What they send at first, what they send again and again (null: nothing more), whether they read. */
const peers = {
  'says nothing': ['', null, true],
  'says half a line': ['GET / HT', null, true],
  'says half a head': [`${HEAD}X-Half`, null, true],
  'sends a line bit by bit': ['GET /', 'a', true],
  'sends a head bit by bit': [`${HEAD}X-Slow: `, 'a', true],
  'sends headers one by one': [HEAD, 'X: y\r\n', true],
  'sends empty lines': ['', '\r\n', true],
  'stops in a body': [`${SIZED}some`, null, true],
  'stops before a body': [SIZED, null, true],
  'stops in a chunk line': [`${CHUNKED}5;ext`, null, true],
  'stops in a chunk': [`${CHUNKED}1000\r\nsome`, null, true],
  'stops behind a chunk': [`${CHUNKED}4\r\nsome`, null, true],
  'stops in a trailer': [`${CHUNKED}4\r\nsome\r\n0\r\nX-Half: `, null, true],
  'is kept, and says nothing more': [`${HEAD}\r\n`, null, true],
  'does not read what has no end': ['GET /endless HTTP/1.1\r\nHost: a\r\n\r\n', null, false],
  'does not read what is large': [`${`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1000000)}`.repeat(12)}`, null, false],
};

/* In these something comes all the time, as it may. */
const steady = {
  'sends a body bit by bit': [SIZED, 'a', true],
  'sends chunks bit by bit': [CHUNKED, '1\r\na\r\n', true],
};

function meet(port, /** @type {any[]} */ [first, again, reads]) {
  const client = new Client(port);
  if (!reads) client.socket.pause();
  client.write(first);
  if (again !== null) {
    const timer = setInterval(() => client.write(again), 20);
    client.socket.on('close', () => clearInterval(timer));
  }
  return client;
}

test('each is let go when it was idle for too long', { concurrency: true }, async context => {
  // The limits of a head are out of reach: nothing but the time may end the slow ones.
  const server = await start(program, 'idle_timeout=400', 'max_head=1000000', 'max_headers=100000');
  const clients = [];
  await Promise.all(Object.entries(peers).map(([name, peer]) => context.test(name, async () => {
    const client = meet(server.port, peer);
    clients.push(client);
    if (!peer[2]) return; // it sees no end: below
    await client.ended();
    const status = client.final.at(-1)?.status;
    assert.ok([undefined, 400, 408, 200].includes(status), client.text);
  })));
  while ((await counts(server.port)).connections !== 1); // the one that asks
  clients.forEach(client => client.destroy());
  await server.stop();
  assert.equal(server.printed.at(-1), 'returned: 0', server.errors);
});

test('the task of a client that does not read is ended', async () => {
  const server = await start(program, 'idle_timeout=400');
  let client;
  for (;;) {
    const { begun, cancelled, connections } = await counts(server.port);
    if (begun === 1 && cancelled === 1) break;
    if (begun !== 0 || connections !== 1) continue;
    client?.destroy(); // it was held up, and closed as idle before it had asked
    client = meet(server.port, peers['does not read what has no end']);
    await once(client.socket, 'connect').catch(() => {}); // from then on it is counted before who asks
  }
  client.destroy();
  await server.stop();
  assert.equal(server.printed.at(-1), 'returned: 0', server.errors);
});

test('none holds up the end of the server', async () => {
  const server = await start(program, 'idle_timeout=3600000', 'drain=300');
  const all = { ...peers, ...steady };
  const clients = Object.values(all).map(peer => meet(server.port, peer));
  while ((await counts(server.port)).begun < 8); // those with a task
  await server.stop(); // the guard of the tests is for this
  assert.match(server.printed.at(-2), /^ended: (0|ETIMEDOUT)$/);
  assert.equal(server.printed.at(-1), 'returned: 0', server.errors);
  clients.forEach(client => client.destroy());
});

test('a hundred of each cost little memory', async context => {
  let used;
  const server = await start(program, 'idle_timeout=3600000', 'drain=0');
  try {
    used = () => Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, 'latin1'))[1]);
    used();
  } catch {
    await server.stop();
    return context.skip('no /proc here');
  }
  const slow = ['says half a head', 'sends a head bit by bit', 'stops in a chunk line', 'stops in a trailer', 'does not read what has no end'];
  const meetAll = () => slow.flatMap(name => Array.from({ length: 100 }, () => meet(server.port, peers[name])));
  const first = meetAll();
  while ((await counts(server.port)).begun < 300);
  const before = used();
  await new Promise(resolve => setTimeout(resolve, 500)); // they go on
  for (let i = 0; i < 20; i++) await ask(server.port, '/');
  const more = used() - before;
  assert.ok(more < 60_000, `${more} KB more are in use`);
  first.forEach(client => client.destroy());
  await server.stop();
  assert.equal(server.printed.at(-1), 'returned: 0', server.errors);
});
