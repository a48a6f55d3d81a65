// An application in WebAssembly that answers a page from a service worker, with the server there and without.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openBrowser } from '../../examples/checklinks/browser.mjs';

const built = `${process.env.GREENIO_BUILD ?? 'build'}/wasm-release/tests`;
const root = fileURLToPath(new URL('../..', import.meta.url));
const types = { '.html': 'text/html', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

// web/ and wasm/ are greenio's own folders, as a server of unbundled packages has them.
function fileOf(path) {
  if (/^\/(web|wasm)\/[\w-]+\.mjs$/.test(path)) return join(root, path);
  if (/^\/web_host\./.test(path)) return join(built, 'web', path);
  if (/^\/app_serve\./.test(path)) return join(built, 'app', path);
  return join(root, path === '/cases.mjs' ? 'tests/app' : 'tests/browser', path);
}

let asked = [];
async function serve(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  asked.push(pathname);
  const content = types[extname(pathname)] && (await readFile(fileOf(pathname)).catch(() => null));
  if (!content) return response.writeHead(404).end('not here');
  response.writeHead(200, { 'content-type': types[extname(pathname)] }).end(content);
}

let browser;
let server;
let page;

// A page whose worker is that script, in a profile of its own.
async function open(worker) {
  const opened = await (await browser.newContext()).newPage();
  await opened.goto(`http://127.0.0.1:${server.address().port}/app.html?worker=${worker}`);
  await opened.waitForFunction(() => document.getElementById('state').textContent !== 'loading', null, { timeout: 60_000 });
  assert.equal(await opened.locator('#state').textContent(), 'ready');
  return opened;
}

before(async () => {
  server = createServer(serve);
  await new Promise(listening => server.listen(0, '127.0.0.1', listening));
  browser = await openBrowser();
  page = await open('app-worker.mjs');
  asked = [];
});
after(async () => {
  await browser?.close();
  server.close();
});

const get = path => page.evaluate(async path => {
  const response = await fetch(path);
  return [response.status, await response.text()];
}, path);

test('the worker answers, and the server is not asked', async () => {
  assert.deepEqual(await get('/hello'), [200, 'hello\n']);
  assert.deepEqual(await get('/wait?ms=5'), [200, 'waited\n']);
  assert.deepEqual(await get('/nothing'), [404, 'Not Found']);
  assert.deepEqual(await get('/peer'), [200, '0  0 0']);
  assert.equal((await get('/body'))[1].length, 65536);
  assert.deepEqual(asked, []);
});

test('a request\'s body comes whole', async () => {
  const size = await page.evaluate(async () => (await fetch('/measure', { method: 'POST', body: new Uint8Array(300_000) })).text());
  assert.equal(size, '300000');
});

test('events reach an EventSource', async () => {
  const events = await page.evaluate(() => new Promise(resolve => {
    const got = [];
    const source = new EventSource('/events');
    source.addEventListener('count', ({ data }) => {
      if (got.push(data) < 3) return;
      source.close();
      resolve(got);
    });
  }));
  assert.deepEqual(events, ['0', '1', '2']);
});

test('an answer that is not read holds the task back, and its cancel ends it', async () => {
  const [much, cancelled] = await page.evaluate(async () => {
    const counts = async () => (await (await fetch('/counts')).text()).split(' ').map(Number);
    const much = async () => Number(await (await fetch('/how-much')).text());
    const [, before] = await counts();
    const reader = (await fetch('/endless')).body.getReader();
    await reader.read();
    let last; /* how much the browser itself takes ahead is its own affair: tens of megabytes */
    do last = await much(); while (last !== await much());
    await reader.cancel();
    let [, now] = await counts();
    while (now === before) [, now] = await counts();
    return [last, now - before];
  });
  assert.ok(much > 0);
  assert.equal(cancelled, 1);
});

// Chromium tells a worker of a client that goes away once the answer streams alone (tested above).
test('the table of application tests', async context => {
  const asking = await open('cases-worker.mjs');
  const results = await asking.evaluate(async () => {
    const { run } = await import('/cases.mjs');
    const all = await run({ base: location.origin, lacks: ['cookies', 'cancel'] });
    return all.map(({ name, error, skipped }) => ({ name, skipped, error: error && String(error.stack) }));
  });
  for (const { name, error, skipped } of results) {
    await context.test(name, { skip: skipped && `a page lacks: ${skipped}` }, () => assert.equal(error, undefined));
  }
  await asking.context().close();
  asked = [];
});

test('options of a server that nothing can honour here are refused by their names', async () => {
  const bare = await (await browser.newContext()).newPage();
  await bare.goto(`http://127.0.0.1:${server.address().port}/no-page`);
  const given = ['path=/x', 'share_port=1', 'max_connections=5', 'max_connections_per_address=5', 'max_head=5000', 'max_headers=5', 'idle_timeout=5', 'certificate=/x', 'key=/x'];
  const printed = await bare.evaluate(async given => {
    const { default: create } = await import('/web_host.mjs');
    const lines = [];
    for (const option of given) {
      await new Promise(resolve => create({ arguments: [option], printErr: () => {}, print: line => { lines.push(line); resolve(); } }));
    }
    return lines;
  }, given);
  given.forEach((option, i) => {
    const [name] = option.split('=');
    assert.equal(printed[i], `failed: ENOTSUP: ${name}: nothing listens here, where fetch() alone is answered`);
  });
  asked = [];
});

test('offline, the page and its application load again', async () => {
  server.close();
  server.closeAllConnections();
  await page.context().setOffline(true);
  await page.goto(page.url().split('?')[0]);
  await page.waitForFunction(() => document.getElementById('state').textContent !== 'loading');
  assert.equal(await page.locator('#state').textContent(), 'ready');
  assert.deepEqual(await get('/hello'), [200, 'hello\n']);
  assert.deepEqual(asked, []);
});
