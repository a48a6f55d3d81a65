// Where greenio can be loaded in a browser: a module worker, a page with a strict content security policy;
// and a page in which 100,000 tasks, by JSPI 5,000, are parked and resumed, and which still answers.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, extname, join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cases } from '../node/messages.mjs';
import { openBrowser, test } from './browsers.mjs';

const built = `${process.env.GREENIO_BUILD ?? 'build'}/${process.env.GREENIO_WASM ?? 'wasm-release'}/tests/browser`;
const types = { '.html': 'text/html', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

let policy; // the header for the page that is asked for next
async function serve(request, response) {
  const name = basename(new URL(request.url, 'http://localhost').pathname);
  if (name === 'ten-bytes') return response.writeHead(200, { 'content-type': 'text/plain' }).end('0123456789');
  const here = fileURLToPath(new URL(name, import.meta.url));
  const shared = fileURLToPath(new URL(`../node/${name}`, import.meta.url));
  const content = await readFile(join(built, name)).catch(() => readFile(here)).catch(() => readFile(shared)).catch(() => null);
  const type = types[extname(name)];
  if (!content || !type) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': type, ...(policy && { 'content-security-policy': policy }) }).end(content);
}

let browser;
let server;
let base;
before(async () => {
  server = createServer(serve);
  await new Promise(listening => server.listen(0, '127.0.0.1', listening));
  base = `http://127.0.0.1:${server.address().port}`;
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  server.close();
});

// Opens the page with the query, has `act` done with it, and gives its result.
async function open(query, act = (/** @type {any} */ _page) => {}) {
  const page = await browser.newPage();
  await page.goto(`${base}/page.html?${new URLSearchParams(query)}`);
  await act(page);
  const output = page.locator('#output[data-result]');
  await output.waitFor({ state: 'attached' });
  const result = JSON.parse(await output.getAttribute('data-result'));
  await page.close();
  return result;
}

const exercised = { sums: 380, asked: 'wörker!', jobs: 100, fetched: 10, left: 0 };

test('a module worker loads greenio', async () => {
  policy = undefined;
  assert.deepEqual(await open({ part: 'worker' }), exercised);
});

const strict = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";

test('a strict policy: a module in one file needs nothing but wasm-unsafe-eval', async () => {
  policy = strict;
  const result = await open({ part: 'policy', program: 'page_single' });
  const { fetched, ...rest } = exercised;
  assert.deepEqual(result, { ...rest, violations: [], evaluated: false });
});

test('a strict policy: beside its .wasm file, a module needs connect-src to fetch it', async () => {
  policy = `${strict}; connect-src 'self'`;
  const result = await open({ part: 'policy', program: 'page', fetch: 'yes' });
  assert.deepEqual(result, { ...exercised, violations: [], evaluated: false });
});

test('what a new user provokes is told in a page as in Node', async context => {
  policy = undefined;
  const results = await open({ part: 'messages' });
  assert.equal(results.length, cases.length);
  for (const [i, { what, rejects, prints, silent }] of cases.entries()) {
    await context.test(what, () => {
      const { said, lines } = results[i];
      if (rejects) assert.match(said, rejects);
      if (prints) assert.match(lines.join('\n'), prints);
      if (silent) assert.deepEqual(lines, []);
    });
  }
});

/* By JSPI there can be 8,000 (limits.md). */
const count = process.env.GREENIO_WASM === 'wasm-jspi' ? 5000 : 100_000;
test(`${count} tasks are parked, then resumed for ever, and the page answers`, async context => {
  policy = undefined;
  const result = await open({ part: 'crowd', count }, async page => {
    await page.locator('#output[data-ready]').waitFor({ state: 'attached' });
    await page.locator('#button').click();
  });
  const { bytes, ticks, resumedAtClick, ...rest } = result;
  assert.deepEqual(rest, { gathered: count, parked: count, left: 0 });
  assert.ok(ticks > 0 && resumedAtClick > 0, `timers ran ${ticks} times, ${resumedAtClick} resumes before the click`);
  assert.ok(bytes > 0);
  context.diagnostic(`${(bytes / 2 ** 20).toFixed(0)} MiB of wasm memory, ${Math.round(bytes / count)} bytes a task; ${resumedAtClick} resumes and ${ticks} timer ticks before the click's handler`);
});
