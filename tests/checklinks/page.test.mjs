// The page, in headless Chromium: what it says, start, the growing table, stop, and what is enabled when.
//
// CHECKLINKS_PAGE is the folder that the WebAssembly build made, CHROMIUM the browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { answer } from '../../examples/checklinks/serve.mjs';
import { serveElsewhere, serveHolding, serveSite } from './fixture.mjs';

const build = process.env.GREENIO_BUILD ?? 'build';
const folder = process.env.CHECKLINKS_PAGE ?? `${build}/wasm-release/examples/checklinks`;

// The page lies on each of the sites that it checks.
function withPage(request, response) {
  if (!request.url.startsWith('/checklinks/')) return false;
  answer({ '/checklinks/': folder }, request, response);
  return true;
}

let browser;
let elsewhere;
let site;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  elsewhere = await serveElsewhere();
  site = await serveSite(`${elsewhere.url}landing`, withPage);
});
after(async () => {
  await browser.close();
  await site.close();
  await elsewhere.close();
});

async function open(server, options = {}) {
  const page = await browser.newPage(options);
  page.problems = [];
  page.on('pageerror', error => page.problems.push(String(error)));
  await page.goto(`${server.url}checklinks/`);
  return page;
}

async function start(page, url) {
  await page.getByLabel('Address').fill(url);
  await page.getByLabel('Seconds for each').fill('3');
  await page.getByRole('button', { name: 'Check' }).click();
}

const finished = page => page.getByText(/^(Done|Stopped|Failed)/).waitFor();

const report = page =>
  page.evaluate(async () => (await fetch(document.getElementById('download').href)).json());

test('before it starts it says what a browser cannot check', async () => {
  const page = await open(site);
  const note = page.getByRole('region', { name: 'What a browser cannot check' });
  assert.ok((await note.innerText()).includes(new URL(site.url).origin));
  await page.getByLabel('Address').fill('https://other.invalid/');
  await page.getByText('https://other.invalid is another origin').waitFor();
  await page.getByLabel('Address').fill(`${site.url}docs/`);
  assert.equal(await page.locator('#hint').innerText(), '');
  assert.equal(await page.getByRole('button', { name: 'Check' }).isEnabled(), true);
  assert.equal(await page.getByRole('button', { name: 'Stop' }).isEnabled(), false);
  await page.close();
});

test('it finds what the program finds, but for what the browser hides', async () => {
  const page = await open(site);
  await start(page, `${site.url}docs/`);
  await finished(page);
  const { broken, summary } = await report(page);
  const why = new Map(broken.map(row => [row.link.replace(site.url, '/'), row.why]));
  assert.equal(why.get('/docs/missing.html'), '404 Not Found');
  assert.equal(why.get('/docs/good.html#missing'), 'the page has no such id');
  assert.equal(why.get('/docs/slow.html'), 'timed out');
  const hidden = 'network failure; the browser does not tell the reason';
  assert.equal(why.get('/docs/reset.html'), hidden);
  assert.equal(why.get('/docs/leaves.html'), hidden); // another origin
  assert.equal(summary.broken, 21);
  assert.equal(summary.pages, 8);

  const rows = page.locator('#broken tbody tr');
  assert.equal(await rows.count(), 21);
  assert.deepEqual(
    await rows.locator('td:first-child a').evaluateAll(all => all.map(a => a.title)),
    broken.map(row => row.link).filter(link => URL.canParse(link)),
  );
  const missing = page.getByRole('row', { name: /^missing\.html 404/ });
  assert.match(await missing.innerText(), /\.\/: 11, 12\s+good\.html: 2/);
  assert.equal(await page.getByText('Done: 21 broken links.').count(), 1);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('the table grows while it works, and Stop ends it with the report so far', async () => {
  const holding = await serveHolding(withPage);
  const page = await open(holding);
  await start(page, holding.url);
  await page.getByRole('row', { name: /^\.\/#no the page has no such id/ }).waitFor();
  assert.equal(await page.getByText('Checking …').count(), 1);
  for (const name of ['Address', 'Requests at once', 'Seconds for each', 'Ask for links'])
    assert.equal(await page.getByLabel(name).isDisabled(), true, name);
  assert.equal(await page.getByRole('button', { name: 'Check' }).isDisabled(), true);
  const stop = page.getByRole('button', { name: 'Stop' });
  assert.equal(await stop.evaluate(button => button === document.activeElement), true);
  await holding.held;

  await page.keyboard.press('Enter');
  await page.getByText('Stopped: 1 broken link until then.').waitFor();
  await holding.gone; // the transfers were stopped
  assert.equal((await report(page)).summary.interrupted, true);
  assert.equal(await stop.isDisabled(), true);
  assert.equal(await page.getByRole('button', { name: 'Check' }).isEnabled(), true);
  assert.deepEqual(page.problems, []);
  await page.close();
  await holding.close();
});

test('it can be used again, and by keyboard alone', async () => {
  const page = await open(site);
  await start(page, `${site.url}nothing/`);
  await page.getByText('Done: 1 broken link.').waitFor();
  assert.match(await page.locator('#broken tbody').innerText(), /404 Not Found\s+\(the address given\)/);

  await page.getByLabel('Address').focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.type(`${site.url}fine/`);
  await page.keyboard.press('Enter');
  await page.getByText('Done: 0 broken links.').waitFor();
  assert.equal(await page.locator('#broken tbody tr').count(), 0);
  assert.equal(await page.getByRole('table').count(), 0);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('an address that is no web address is refused with a reason', async () => {
  const page = await open(site);
  await start(page, 'ftp://127.0.0.1/');
  assert.match(await page.getByRole('alert').innerText(), /not an http: or https: URL/);
  assert.equal(await page.getByRole('button', { name: 'Check' }).isEnabled(), true);
  await page.close();
});

test('light and dark differ, and both can be read', async () => {
  const colours = {};
  for (const colorScheme of ['light', 'dark']) {
    const page = await open(site, { colorScheme });
    colours[colorScheme] = await page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.body);
      return { color, backgroundColor };
    });
    await page.close();
  }
  assert.equal(colours.light.color, colours.dark.backgroundColor.replace('18, 18, 18', '0, 0, 0'));
  assert.notDeepEqual(colours.light, colours.dark);
});
