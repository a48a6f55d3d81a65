// module.green.app.fetch(): an application in WebAssembly that JavaScript asks, without a server.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, test } from 'node:test';
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

test('the request\'s signal cancels the task, before the answer and amid it', async () => {
  const [, before] = (await get('/counts')).split(' ').map(Number);
  const first = new AbortController();
  const asked = ask('/for-ever', { signal: first.signal });
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

test('a thousand at once', async () => {
  const all = await Promise.all(Array.from({ length: 1000 }, () => get('/wait?ms=5')));
  assert.ok(all.every(text => text === 'waited\n'));
  assert.equal(green.report().filter(({ state }) => state === 'running').length, 0);
});
