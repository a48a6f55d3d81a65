// Firefox's service workers: applications in them, by the table of application tests, and the example `notes`. Its
// requests have no `body` there.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { answer } from '../../examples/checklinks/serve.mjs';
import { foldersOf } from '../../examples/serve.mjs';
import { lacksOf } from '../app/faces.mjs';
import { attackNotes, goTo, openSite, runCases } from './app-site.mjs';
import { openFirefox } from './firefox.mjs';

let browser;
const sites = [];
before(async () => { browser = await openFirefox(); });
after(async () => {
  await browser?.close();
  for (const site of sites) site.close();
});

// A page whose worker is that script, of an origin of its own.
async function open(worker) {
  const site = await openSite();
  sites.push(site);
  const page = await browser.newPage();
  await goTo(page, site, worker);
  return page;
}

test('a request\'s body comes whole, within max_body', async () => {
  const page = await open('app-worker.mjs');
  assert.equal(await page.evaluate(() => 'body' in Request.prototype), false, 'else this test is of nothing new');
  const post = (path, size) => page.evaluate(async (path, size) => {
    const response = await fetch(path, { method: 'POST', body: new Uint8Array(size) });
    return [response.status, (await response.bytes?.() ?? new Uint8Array(await response.arrayBuffer())).length];
  }, path, size);
  for (const size of [300_000, 0, 1, 65_536, 5_000_000]) /* the first begins the program, and waits for that */ assert.deepEqual(await post('/echo', size), [200, size]);
  assert.equal((await post('/measure', 2_000_000))[0], 413);
  assert.equal((await post('/refuse', 2_000_000))[0], 403);
  assert.equal(await page.evaluate(async () => (await fetch('/hello')).text()), 'hello\n');
  await page.close();
});

test('the table of application tests', async context => {
  const page = await open('cases-worker.mjs');
  for (const { name, error, skipped } of await runCases(page, lacksOf('Firefox'))) {
    await context.test(name, { skip: skipped && `a page lacks: ${skipped}` }, () => assert.equal(error, undefined));
  }
  await page.close();
});

test('notes: by its forms, found, kept up to date, attacked', async context => {
  const folders = { ...foldersOf('notes'), '/tests/': resolve('tests/notes') };
  const server = createServer((request, response) => answer(folders, request, response));
  await new Promise(listening => server.listen(0, '127.0.0.1', listening));
  try {
    const base = `http://127.0.0.1:${server.address().port}`;
    const page = await browser.newPage();
    const heading = text => page.waitForFunction(text => document.querySelector('h1')?.textContent === text, {}, text);
    const titles = () => page.evaluate(() => [...document.querySelectorAll('#notes a')].map(link => link.textContent));
    await page.goto(base);
    await heading('All notes');
    await page.type('#title', 'Trains to Lisbon');
    await page.type('#body', 'The night train leaves at 21:25.');
    await page.click('.note button');
    await heading('Trains to Lisbon');
    await page.type('#body', 'Book a seat. ');
    await page.click('.note button');
    await page.waitForFunction(() => document.querySelector('textarea')?.defaultValue.includes('Book a seat.'));
    await page.goto(`${base}/?q=seats`);
    await heading('Notes found');
    assert.deepEqual(await titles(), ['Trains to Lisbon']);
    await page.goto(base);
    await page.evaluate(() => fetch('/api/notes', { method: 'POST', body: '{"title": "From elsewhere"}' }));
    await page.waitForFunction(() => document.querySelector('#notes a').textContent === 'From elsewhere');
    for (const { name, error } of await page.evaluate(attackNotes)) await context.test(name, () => assert.equal(error, undefined));
    await page.close();
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
