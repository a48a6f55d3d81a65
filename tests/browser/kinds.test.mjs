// A program of both kinds of contexts, in Chromium, which takes JSPI, and in Firefox, which has it too and takes Asyncify:
// in a page, in a worker, in a service worker, and which of its files are fetched.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openBrowser } from '../../examples/checklinks/browser.mjs';
import { openFirefox } from './firefox.mjs';

const built = `${process.env.GREENIO_BUILD ?? 'build'}/wasm-release/tests/kinds`;
const root = fileURLToPath(new URL('../..', import.meta.url));
const types = { '.html': 'text/html', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

function fileOf(path) {
  if (/^\/(web|wasm)\/[\w-]+\.mjs$/.test(path)) return join(root, path);
  if (path.startsWith('/kinds_')) return join(built, path);
  return join(root, 'tests/browser', path);
}

let asked; // the paths that were
let server;
let base;
const browsers = {};
before(async () => {
  server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    asked?.push(pathname);
    const content = types[extname(pathname)] && (await readFile(fileOf(pathname)).catch(() => null));
    if (!content) return response.writeHead(404).end('not here');
    response.writeHead(200, { 'content-type': types[extname(pathname)] }).end(content);
  });
  await new Promise(listening => server.listen(0, '127.0.0.1', listening));
  base = `http://127.0.0.1:${server.address().port}`;
  browsers.Chromium = await openBrowser();
  browsers.Firefox = await openFirefox();
});
after(async () => {
  await Promise.all(Object.values(browsers).map(browser => browser.close()));
  server.closeAllConnections();
  server.close();
});

/* What a page tells of the program, loaded in that way with that option; and the .wasm that were fetched. */
async function tell(browser, way, contexts) {
  const page = await browser.newPage();
  await page.goto(`${base}/kinds.html`);
  asked = [];
  const told = await page.evaluate(([way, contexts]) => window['tell'](way, contexts), [way, contexts]);
  await page.close();
  return { told, fetched: asked.filter(path => path.endsWith('.wasm')) };
}

const wasm = { jspi: '/kinds_both.jspi.wasm', asyncify: '/kinds_both.wasm' };
const stories = new Set();

for (const [name, own] of [['Chromium', 'jspi'], ['Firefox', 'asyncify']]) {
  for (const way of ['create', 'load', 'worker', 'single']) {
    test(`${name}, ${way}`, async () => {
      for (const [option, kind] of [[null, own], ['asyncify', 'asyncify'], ['jspi', 'jspi']]) {
        const { told, fetched } = await tell(browsers[name], way, option);
        assert.deepEqual({ option, kind: told.kind, error: told.error }, { option, kind, error: undefined });
        assert.deepEqual(fetched, way === 'single' ? [] : [wasm[kind]], 'one of the two is fetched, once');
        stories.add(told.story);
      }
    });
  }

  test(`${name}, a service worker`, async () => {
    const served = { jspi: '/kinds_served.jspi.wasm', asyncify: '/kinds_served.wasm' };
    const other = own === 'jspi' ? 'asyncify' : 'jspi';
    const rounds = [['', own, own], ['?contexts=asyncify', 'asyncify', 'asyncify'], ['?contexts=jspi', 'jspi', 'jspi'], [`?late&contexts=${other}`, other, own]];
    for (const [query, kind, fetched] of rounds) {
      const page = await browsers[name].newPage();
      asked = [];
      await page.goto(`${base}/app.html?worker=${encodeURIComponent(`kinds-worker.mjs${query}`)}`);
      const answer = await page.evaluate(async () => {
        const state = document.getElementById('state');
        while (state.textContent === 'loading') await new Promise(resolve => { setTimeout(resolve, 20); });
        const response = await fetch('/contexts');
        const text = await response.text();
        for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
        return [state.textContent, response.status, text];
      });
      assert.deepEqual(answer, ['ready', 200, `${kind}\n`]);
      /* What is told late is not known when files are kept: it comes behind, unless a round before has kept it. */
      const wasms = asked.filter(path => path.endsWith('.wasm'));
      assert.deepEqual(query.startsWith('?late') ? wasms.slice(0, 1) : wasms, [served[fetched]]);
      await page.close();
    }
  });
}

test('all of them told the same', () => assert.equal(stories.size, 1));
