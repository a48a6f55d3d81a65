// The example `notes` served by a service worker with PGlite: its pages by keyboard, in
// light and dark, by axe-core's rules, kept up to date, and offline.
//
// GREENIO_PICTURES is a folder for pictures of it; none are taken without.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { after, before } from 'node:test';
import { answer } from '../../examples/checklinks/serve.mjs';
import { foldersOf } from '../../examples/serve.mjs';
import { attackNotes } from './app-site.mjs';
import { colorSchemes, expected, openBrowser, test } from './browsers.mjs';

const folders = { ...foldersOf('notes'), '/tests/': resolve('tests/notes') };
const pictures = process.env.GREENIO_PICTURES;

let browser;
let server;
let base;
let axe;
let profile;
let page;
const complaints = []; // of the browser's console
before(async () => {
  axe = await readFile('node_modules/axe-core/axe.min.js', 'utf8');
  server = createServer((request, response) => answer(folders, request, response));
  await new Promise(listening => server.listen(0, '127.0.0.1', listening));
  base = `http://127.0.0.1:${server.address().port}`;
  browser = await openBrowser();
  profile = await browser.newContext({ viewport: { width: 800, height: 720 } });
  page = await profile.newPage();
  page.setDefaultTimeout(240_000);
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(base);
  await page.getByRole('heading', { name: 'All notes' }).waitFor({ timeout: 600_000 });
});
after(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
});

async function accessible(name) {
  for (const colorScheme of colorSchemes) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' ')}`), [], `${name}, ${colorScheme}`);
    if (pictures) await page.screenshot({ path: `${pictures}/${name}-${colorScheme}.png` });
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

const list = () => page.locator('#notes a').allInnerTexts();

test('by keyboard alone: a note is added, found, changed and deleted', async () => {
  const focusOn = async name => {
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(wanted => /** @type {any} */ (document.activeElement)?.labels?.[0]?.textContent === wanted || document.activeElement?.textContent === wanted, name)) return;
    }
    assert.fail(`Tab does not reach ${name}`);
  };
  for (const [title, text] of [['Shopping', 'bread, apples, coffee'], ['Trains to Lisbon', 'The night train leaves at 21:25; book a window seat.']]) {
    await focusOn('Title');
    await page.keyboard.type(title);
    await focusOn('Text');
    await page.keyboard.type(text);
    await focusOn('Add');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: title }).waitFor();
    await page.goto(base);
  }
  await focusOn('Search');
  await page.keyboard.type('trains');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Notes found' }).waitFor();
  assert.deepEqual(await list(), ['Trains to Lisbon']);
  await accessible('notes-found');
  await focusOn('Trains to Lisbon');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Trains to Lisbon' }).waitFor();
  await focusOn('Text');
  await page.keyboard.press('End');
  await page.keyboard.type(' Ask for coach 7.');
  await focusOn('Save');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('textarea')?.defaultValue.includes('coach 7'));
  await accessible('notes-note');
  await page.goto(base);
  assert.deepEqual(await list(), ['Trains to Lisbon', 'Shopping']);
  await accessible('notes');
  assert.deepEqual(complaints, []);
});

test('a refusal is a page too', async () => {
  await page.goto(`${base}/notes/99999`);
  await page.getByRole('heading', { name: 'There is no such note' }).waitFor();
  await accessible('notes-none');
  await page.goto(base);
});

test('another tab\'s change is seen without a reload, and spoken of', async () => {
  const other = await profile.newPage();
  await other.goto(base);
  await page.evaluate(() => fetch('/api/notes', { method: 'POST', body: '{"title": "From elsewhere"}' }));
  await other.getByRole('link', { name: 'From elsewhere' }).waitFor();
  assert.equal(await other.getByRole('status').innerText(), '3 notes');
  await other.close();
});

test('a form of another site changes nothing', async () => {
  const evil = createServer((_request, response) => response.writeHead(200, { 'content-type': 'text/html' })
    .end(`<form method="post" action="${base}/notes"><input name="title" value="Forged"><input name="body"><button>Go</button></form>`));
  await new Promise(listening => evil.listen(0, '127.0.0.1', listening));
  const foreign = await profile.newPage();
  await foreign.goto(`http://localhost:${evil.address().port}/`);
  await foreign.getByRole('button').click();
  await foreign.getByText('from their own pages alone').waitFor();
  await foreign.close();
  evil.closeAllConnections();
  evil.close();
  await page.reload();
  assert.deepEqual(await list(), ['From elsewhere', 'Trains to Lisbon', 'Shopping']);
});

test('attacks', async context => {
  const attacker = await profile.newPage();
  await attacker.goto(base);
  for (const { name, error } of await attacker.evaluate(attackNotes)) await context.test(name, expected(name, () => assert.equal(error, undefined)));
  await attacker.close();
});

test('offline, everything is still there', async () => {
  server.closeAllConnections();
  server.close();
  await profile.setOffline(true);
  await page.reload();
  assert.deepEqual(await list(), ['From elsewhere', 'Trains to Lisbon', 'Shopping']);
  await page.getByLabel('Title').fill('Offline');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByRole('heading', { name: 'Offline' }).waitFor();
});
