// The example `stations`: PostgreSQL in the page, data that outlive it, errors shown, and
// the keyboard.
//
// GREENIO_PICTURES is a folder for pictures of it, to look at; none are taken without.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before } from 'node:test';
import { answer } from '../../examples/checklinks/serve.mjs';
import { foldersOf } from '../../examples/serve.mjs';
import { openBrowser, test } from './browsers.mjs';

const folders = foldersOf('stations');
const pictures = process.env.GREENIO_PICTURES;
const patience = { timeout: 180_000 };

let browser;
let server;
before(async () => {
  server = createServer((request, response) => answer(folders, request, response));
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
});

async function load(page) {
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.getByRole('cell', { name: 'Hottest day' }).waitFor();
}

async function openDatabase(page) {
  await page.getByRole('button', { name: 'Open' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText(/^PostgreSQL \d+/).waitFor(patience);
}

test('twenty queries in flight, a statement, an error, and data that stay', async context => {
  const pages = await browser.newContext({ colorScheme: 'light' });
  const page = await pages.newPage();
  const problems = [];
  page.on('pageerror', error => problems.push(String(error)));
  const picture = name => pictures && page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
  await load(page);

  await context.test('it opens, and answers all twenty', async () => {
    assert.equal(await page.getByRole('button', { name: 'Ask all at once' }).isDisabled(), true);
    await openDatabase(page);
    assert.match(await page.locator('#state').innerText(), /opened for the first time/);
    await page.getByRole('button', { name: 'Ask all at once' }).click();
    await page.getByText(/^20 answers in \d+ ms\.$/).waitFor(patience);
    assert.equal(await page.locator('#questions tr.done').count(), 20);
    await page.getByRole('cell', { name: 'Zugspitze, 2023-12-15, -27.7 °C' }).waitFor();
    await picture('stations-light');
  });

  await context.test('a statement by keyboard; its table', async () => {
    await page.getByLabel('SQL').fill('create table mine (n int, t text); ');
    await page.keyboard.press('Control+Enter');
    await page.getByText(/^CREATE TABLE/).waitFor(patience);
    await page.getByLabel('SQL').fill("insert into mine select 7, null returning n, t, 'x' as more");
    await page.keyboard.press('Control+Enter');
    await page.getByText('INSERT 0 1').waitFor(patience);
    assert.deepEqual(await page.locator('#rows tbody td').allInnerTexts(), ['7', 'null', 'x']);
  });

  await context.test('an error says what and where', async () => {
    await page.getByLabel('SQL').fill('select name\nfrom staton');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByText('relation "staton" does not exist (42P01)').waitFor(patience);
    assert.equal(await page.locator('#failure pre').innerText(), 'from staton\n     ^');
    await page.emulateMedia({ colorScheme: 'dark' });
    await picture('stations-dark');
  });

  await context.test('another page is told that it is open here', async () => {
    const other = await pages.newPage();
    await load(other);
    await other.getByRole('button', { name: 'Open' }).click();
    await other.getByText(/is open elsewhere/).waitFor(patience);
    assert.equal(await other.getByRole('button', { name: 'Run' }).isDisabled(), true);
    await other.close();
  });

  await context.test('what was written is there after a reload', async () => {
    await load(page);
    await openDatabase(page);
    assert.match(await page.locator('#state').innerText(), /opened 2 times since/);
    await page.getByLabel('SQL').fill('select n from mine');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByRole('cell', { name: '7', exact: true }).waitFor(patience);
  });
  assert.deepEqual(problems, []);
});
