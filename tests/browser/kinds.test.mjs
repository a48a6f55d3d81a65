// A program of both kinds of contexts, in Chromium, which takes JSPI, in Firefox, which has it too and takes Asyncify, and in
// WebKitGTK, which has it not: in a page, in a worker, in a service worker, and which of its files are fetched.
//
// Without GREENIO_BROWSER in Chromium and Firefox both.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { browserName, openBrowser, test } from './browsers.mjs';

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
const words = { Chromium: 'chromium', Firefox: 'firefox', WebKitGTK: 'webkit' };
const all = { Chromium: 'jspi', Firefox: 'asyncify', WebKitGTK: 'asyncify' }; /* the kind that each takes */
const names = process.env.GREENIO_BROWSER ? [browserName] : ['Chromium', 'Firefox'];
const takes = Object.fromEntries(names.map(name => [name, all[name]]));
const refusal = /ENOTSUP: greenContexts: 'jspi' needs an engine with JSPI/;
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
  for (const name of Object.keys(takes)) browsers[name] = await openBrowser(words[name]);
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
  await page.waitForFunction(() => window['tell'] !== undefined);
  asked = [];
  const told = await page.evaluate(([way, contexts]) => window['tell'](way, contexts), [way, contexts]);
  await page.close();
  return { told, fetched: asked.filter(path => path.endsWith('.wasm')) };
}

const wasm = { jspi: '/kinds_both.jspi.wasm', asyncify: '/kinds_both.wasm' };
const stories = new Set();

for (const [name, own] of Object.entries(takes)) {
  const without = name === 'WebKitGTK'; /* JSPI */
  for (const way of ['create', 'load', 'worker', 'single']) {
    test(`${name}, ${way}`, async () => {
      for (const [option, kind] of [[null, own], ['asyncify', 'asyncify'], ['jspi', 'jspi']]) {
        const { told, fetched } = await tell(browsers[name], way, option);
        if (without && option === 'jspi') {
          assert.match(told.error, refusal);
          assert.deepEqual(fetched, []);
          continue;
        }
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
    for (const [query, kind, fetched] of without ? rounds.slice(0, 2) : rounds) {
      const profile = await browsers[name].newContext();
      const page = await profile.newPage();
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
      await profile.close();
    }
  });
}

test('all of them told the same', () => assert.equal(stories.size, 1));
