// green_pg's tests in a browser, on PGlite: in a page in memory and in IndexedDB, and some in a worker,
// in the origin private file system.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before } from 'node:test';
import { answer } from '../../examples/checklinks/serve.mjs';
import { openBrowser, test } from './browsers.mjs';
import { serveProgram, testProgram } from './program.mjs';

const serve = serveProgram('pg');
const worker = `
import create from './pg_tests.mjs';
const given = new URL(location).searchParams.getAll('argument');
create({ arguments: given, print: postMessage, printErr: postMessage, greenPg: { pglite: '/pglite/index.js' } });`;

let browser;
let server;
let base;
before(async () => {
  server = createServer((request, response) => {
    if (request.url.startsWith('/pglite/')) return answer({ '/pglite/': 'node_modules/@electric-sql/pglite/dist' }, request, response);
    if (!request.url.startsWith('/worker.mjs')) return serve(request, response);
    return response.writeHead(200, { 'content-type': 'text/javascript' }).end(worker);
  });
  await new Promise(listening => server.listen(0, '127.0.0.1', listening));
  base = `http://127.0.0.1:${server.address().port}`;
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  server.closeAllConnections();
  server.close();
});

test('green_pg in memory', context => testProgram(context, browser, base, 'pg_tests', '--pg', 'memory:'));

test('green_pg in IndexedDB', context =>
  testProgram(context, browser, base, 'pg_tests', '--pg', 'idb:tests', '--filter', 'a_block_is_committed'));

// Runs the tests with that in their names in a worker; the last line.
async function inWorker(page, database, filter) {
  return page.evaluate(
    ([address, name]) =>
      new Promise((resolve, reject) => {
        const query = new URLSearchParams(['--pg', address, '--filter', name].map(argument => ['argument', argument]));
        const worker = new Worker(`/worker.mjs?${query}`, { type: 'module' });
        const lines = [];
        worker.onerror = event => reject(new Error(event.message));
        worker.onmessage = ({ data }) => {
          lines.push(data);
          if (/passed, \d+ failed/.test(data)) resolve(lines.join('\n'));
        };
      }),
    [database, filter],
  );
}

test('green_pg in the origin private file system', async () => {
  const page = await browser.newPage();
  await page.goto(`${base}/pglite/index.js`); // the origin
  assert.match(await inWorker(page, 'opfs:tests', 'a_block_is_committed'), /^1 passed, 0 failed/m);
  await page.close();
});
