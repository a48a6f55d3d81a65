// module.green.app.fetch(): an application in WebAssembly that JavaScript asks, without a server.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { program } from './program.mjs';

let app;
let green;
before(async () => {
  const { default: create } = await import(program);
  ({ green } = await create({ arguments: ['fetch'], printErr: () => {} }));
  assert.equal(await green.main, 0);
  app = green.app;
});
const ask = (path, options) => app.fetch(new Request(`https://host.example${path}`, options));
const get = async path => (await ask(path)).text();
async function until(wanted) {
  for (;;) {
    const counts = (await get('/counts')).split(' ').map(Number);
    if (wanted(...counts)) return;
    await new Promise(resolve => setTimeout(resolve, 1));
  }
}

test('a request gives a response', async () => {
  const response = await ask('/hello');
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/plain');
  assert.equal(await response.text(), 'hello\n');
  assert.equal(await (await app.fetch('http://a/hello')).text(), 'hello\n');
  assert.equal(await (await app.named('other').fetch('http://a/wait')).text(), 'waited\n');
  assert.equal((await ask('/nothing')).status, 404);
  await assert.rejects(app.named('nobody').fetch('http://a/'), { code: 'ECLOSED' });
  await assert.rejects(app.fetch('no URL'), TypeError);
});

test('there is no address; the URL tells of TLS', async () => {
  assert.equal(await get('/peer'), '0  0 1');
});

test('nothing goes ahead of a Response', async () => {
  assert.equal(await get('/hint'), 'ENOTSUP');
});

test('each Set-Cookie is one', async () => {
  assert.deepEqual((await ask('/cookies')).headers.getSetCookie(), ['a=1', 'b=2']);
});

test('HEAD has the length and no body; 204 has neither', async () => {
  const head = await ask('/hello', { method: 'HEAD' });
  assert.equal(head.headers.get('content-length'), '6');
  assert.equal(head.body, null);
  const none = await ask('/no-content');
  assert.deepEqual([none.status, none.body, none.headers.get('content-length')], [204, null, null]);
});

test('bodies go both ways, whole and in pieces', async () => {
  const bytes = randomBytes(300_000);
  assert.equal(await (await ask('/measure', { method: 'POST', body: bytes })).text(), '300000');
  const response = await ask('/echo', { method: 'POST', body: bytes });
  assert.ok(bytes.equals(Buffer.from(await response.arrayBuffer())));
  assert.equal((await ask('/measure', { method: 'POST', body: Buffer.alloc(1 << 21) })).status, 413);
});

test('nothing is read or written that nobody takes', async () => {
  let pulled = 0;
  const body = new ReadableStream({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(65536));
    },
  }, { highWaterMark: 0 });
  const response = await ask('/echo', { method: 'POST', duplex: 'half', body });
  const reader = response.body.getReader();
  let read = 0;
  while (read < 1 << 20) read += (await reader.read()).value.length;
  assert.ok(pulled >= 16 && pulled < 24, `${pulled} pieces were pulled for 1 MiB`);
  await reader.cancel();

  const endless = (await ask('/endless')).body.getReader();
  await endless.read();
  assert.ok(Number(await get('/how-much')) <= 4 * 65536);
  await endless.cancel();
});

test('a cancelled body cancels the task', async () => {
  const [, before] = (await get('/counts')).split(' ').map(Number);
  const reader = (await ask('/endless')).body.getReader();
  await reader.read();
  await reader.cancel();
  await until((_, cancelled) => cancelled === before + 1);
});

// Deno cancels a body that has come to its Content-Length.
test('an abort behind the whole answer, or a cancel of it, leaves the task alone', async () => {
  const [begun, cancelled] = (await get('/counts')).split(' ').map(Number);
  for (const giveUp of [(controller, reader) => controller.abort() ?? reader.read(), (_, reader) => reader.cancel()]) {
    const controller = new AbortController();
    const reader = (await ask('/lingers', { signal: controller.signal })).body.getReader();
    assert.equal(Buffer.from((await reader.read()).value).toString(), 'whole\n');
    const end = await giveUp(controller, reader);
    assert.ok(end === undefined || end.done);
  }
  await until(now => now === begun + 2);
  assert.equal(await get('/counts'), `${begun + 2} ${cancelled}`);
});

test('a request that only the program has still is aborted', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const controller = new AbortController();
  const asked = ask('/for-ever', { signal: controller.signal });
  await new Promise((resolve) => { setTimeout(resolve, 1); }); // what a task of the engine's holds, it holds no more
  collect();
  controller.abort();
  await assert.rejects(asked, { name: 'AbortError' });
});

test('a request that is aborted by its own task, inside of a call about it, is over', async () => {
  const [begun] = (await get('/counts')).split(' ').map(Number);
  const own = globalThis.Response;
  const controller = new AbortController();
  let made = 0, source;
  globalThis.abortNow = () => {};
  await (await app.named('aborted').fetch('http://a/')).text(); // a worker is there from here on, and runs at once
  globalThis.abortNow = () => { controller.abort(); };
  globalThis.Response = class extends own {
    constructor(...all) {
      super(...all);
      made++;
    }
  };
  try {
    const body = new ReadableStream({ start(given) { source = given; } });
    const options = { method: 'POST', body, duplex: 'half', signal: controller.signal };
    const asked = app.named('aborted').fetch(new Request('http://a/', options));
    setTimeout(() => source.close(), 1);
    await assert.rejects(asked, { name: 'AbortError' });
    await new Promise(resolve => setTimeout(resolve, 1));
    assert.equal(made, 0, 'responses');
  } finally {
    globalThis.Response = own;
    delete globalThis.abortNow;
  }
  await until(count => count === begun + 2);
});

test('the request\'s signal cancels the task, before the answer and amid it', async () => {
  const [begun, before] = (await get('/counts')).split(' ').map(Number);
  const first = new AbortController();
  const asked = ask('/for-ever', { signal: first.signal });
  await until(count => count === begun + 1); /* a task that has not begun is not cancelled, it is none */
  first.abort();
  await assert.rejects(asked, { name: 'AbortError' });
  await until((_, cancelled) => cancelled === before + 1);

  const second = new AbortController();
  const response = await ask('/endless', { signal: second.signal });
  const reader = response.body.getReader();
  await reader.read();
  second.abort();
  await assert.rejects(async () => { for (;;) await reader.read(); }, { name: 'AbortError' });
  await until((_, cancelled) => cancelled === before + 2);
  await assert.rejects(ask('/hello', { signal: AbortSignal.abort() }), { name: 'AbortError' });
});

test('a body that fails errors the stream', async () => {
  const response = await ask('/broken');
  assert.equal(response.status, 200);
  await assert.rejects(response.text(), TypeError);
});

test('a JavaScript exception in a request is its 500', async () => {
  assert.equal((await ask('/throws')).status, 500);
  assert.equal((await ask('/throws?later=1')).status, 500);
  assert.equal(await get('/hello'), 'hello\n');
});

const post = (body, path = '/measure', more = {}) => ask(path, { method: 'POST', duplex: 'half', body, ...more });
const stream = source => new ReadableStream(source, { highWaterMark: 0 });

test('a request that cannot be rejects, and nothing is left of it', async () => {
  class Odd extends Request {
    constructor(odd) {
      super('http://a/hello');
      for (const [name, get] of Object.entries(odd)) Object.defineProperty(this, name, { get });
    }
  }
  const used = new Request('http://a/measure', { method: 'POST', body: 'abc' });
  await used.text();
  const locked = new Request('http://a/measure', { method: 'POST', body: 'abc' });
  locked.body.getReader();
  const cases = {
    'a body that was read': used,
    'a body that somebody reads': locked,
    'a method with the end of a text': new Odd({ method: () => 'GET\0/hello' }),
    'a method that is none': new Odd({ method: () => 7 }),
    'headers that throw': new Odd({ headers: () => { throw new TypeError('no headers'); } }),
    'a URL that throws': new Odd({ url: () => { throw new TypeError('no URL'); } }),
    'headers with what is not Latin-1': new Odd({ headers: () => new Map([['x', '\u0100host\u0100evil']]) }),
  };
  for (const [what, request] of Object.entries(cases)) await assert.rejects(app.fetch(request), TypeError, what);
  const more = [[['x', '\u0100host\u0100evil']], [['x\0y', 'z']], [['x', 'a\r\nb: c']], [['one']], 7];
  for (const headers of more) await assert.rejects(app.fetch('http://a/hello', undefined, headers), TypeError, String(headers));
  assert.equal((await app.fetch('data:text/plain,hello')).status, 400);
  assert.equal(await get('/hello'), 'hello\n');
});

test('headers beside the request take the place of the request\'s', async () => {
  const request = new Request('http://a/hosts', { headers: { 'x-one': 'request' } });
  const answer = async (...more) => (await app.fetch(request, undefined, ...more)).text();
  assert.equal(await answer(), 'a request');
  assert.equal(await answer([['host', 'b:80'], ['X-One', 'more']]), 'b:80 more');
  assert.equal(await answer({ host: 'c' }), 'c request');
});

test('a body that throws, or is none of bytes, rejects', async () => {
  await assert.rejects(post(stream({ pull() { throw new Error('boom'); } })), ({ name, cause }) => name === 'TypeError' && cause.message === 'boom');
  await assert.rejects(post(stream({ start: controller => controller.error(null) })), TypeError);
  await assert.rejects(post(stream({ pull: controller => controller.enqueue({ length: 3 }) })), TypeError);
  await assert.rejects(post(stream({ pull: controller => controller.enqueue('abc') })), TypeError);
  assert.equal(await get('/hello'), 'hello\n');
});

test('a body with pieces of nothing', async () => {
  const pieces = [0, 3, 0, 0, 4, 0].map(size => new Uint8Array(size));
  const body = stream({ pull: controller => (pieces.length ? controller.enqueue(pieces.shift()) : controller.close()) });
  assert.equal(await (await post(body)).text(), '7');
});

test('a body that never ends, of nothing or of much, holds up nobody', async () => {
  for (const size of [0, 1000, 100_000]) {
    const controller = new AbortController();
    const asked = post(stream({ pull: body => body.enqueue(new Uint8Array(size)) }), size ? '/echo' : '/measure', { signal: controller.signal });
    const reader = size && (await asked).body.getReader();
    const reading = reader ? (async () => { for (;;) await reader.read(); })() : asked;
    setTimeout(() => controller.abort(), 50); // which would never be called
    await assert.rejects(reading, { name: 'AbortError' });
  }
});

test('a body that is not a stream, as in Firefox, comes whole', async () => {
  const firefox = (path, body) => {
    const request = new Request(`http://a${path}`, { method: 'POST', body });
    Object.defineProperty(request, 'body', { value: undefined });
    return request;
  };
  assert.equal(await (await app.fetch(firefox('/measure', new Uint8Array(300_000)))).text(), '300000');
  assert.equal(await (await app.fetch(firefox('/measure'))).text(), '0');
  assert.equal((await app.fetch(firefox('/measure', new Uint8Array(1 << 21)))).status, 413);
  assert.equal((await app.fetch(firefox('/refuse', new Uint8Array(1 << 21)))).status, 403);
});

test('ready rejects where the program ends before it serves', async () => {
  const { default: create } = await import(program);
  const start = async (...args) => (await create({ arguments: args, print: () => {}, printErr: () => {} })).green.app;
  await assert.rejects((await start('share_port=1')).ready, ({ code, message }) => code === 'ECLOSED' && /status 1 before it served/.test(message));
  await assert.rejects((await start('throw')).ready, Error);
  await assert.rejects((await start('exit')).ready, { code: 'ECLOSED' });
});

test('a stream whose task is lost is none of max_streams any more', async () => {
  for (let i = 0; i < 1010; i++) {
    const response = await ask('/events-throw');
    assert.equal(response.status, 200, `request ${i}`);
    await assert.rejects(response.text(), TypeError);
  }
});

test('a thousand at once', async () => {
  const all = await Promise.all(Array.from({ length: 1000 }, () => get('/wait?ms=5')));
  assert.ok(all.every(text => text === 'waited\n'));
  assert.equal(green.report().filter(({ state }) => state === 'running').length, 0);
});
