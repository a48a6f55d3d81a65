// The page, in headless Chromium: what it says, start, the growing table, stop, and what is enabled when.
//
// CHECKLINKS_PAGE is the folder that the WebAssembly build made, CHROMIUM the browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from '../../examples/checklinks/browser.mjs';
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
  browser = await openBrowser();
  elsewhere = await serveElsewhere();
  site = await serveSite(`${elsewhere.url}landing`, withPage);
});
after(async () => {
  await browser.close();
  await site.close();
  await elsewhere.close();
});

async function open(t, server, options = {}) {
  const page = await browser.newPage(options);
  t.after(() => page.close());
  page.problems = [];
  page.on('pageerror', error => page.problems.push(String(error)));
  await page.goto(`${server.url}checklinks/`);
  return page;
}

async function start(page, url, seconds = '20') {
  await page.getByLabel('Address').fill(url);
  await page.getByLabel('Seconds for each').fill(seconds);
  await page.getByRole('button', { name: 'Check' }).click();
}

const finished = page => page.getByText(/^(Done|Stopped|Failed)/).waitFor();

const report = page =>
  page.evaluate(async () => (await fetch(document.getElementById('download').href)).json());

test('before it starts it says what a browser cannot check', async t => {
  const page = await open(t, site);
  const note = page.getByRole('region', { name: 'What a browser cannot check' });
  assert.ok((await note.innerText()).includes(new URL(site.url).origin));
  await page.getByLabel('Address').fill('https://other.invalid/');
  await page.getByText('https://other.invalid is another origin').waitFor();
  await page.getByLabel('Address').fill(`${site.url}docs/`);
  assert.equal(await page.locator('#hint').innerText(), '');
  assert.equal(await page.getByRole('button', { name: 'Check' }).isEnabled(), true);
  assert.equal(await page.getByRole('button', { name: 'Stop' }).isEnabled(), false);
});

test('it finds what the program finds, but for what the browser hides', async t => {
  const page = await open(t, site);
  await start(page, `${site.url}docs/`, '10'); // it waits for slow.html as long
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
});

test('the table grows while it works, and Stop ends it with the report so far', async t => {
  const holding = await serveHolding(withPage);
  t.after(holding.close);
  const page = await open(t, holding);
  await start(page, holding.url, '600');
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
});

test('it can be used again, and by keyboard alone', async t => {
  const page = await open(t, site);
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
});

test('an address that is no web address is refused with a reason', async t => {
  const page = await open(t, site);
  await start(page, 'ftp://127.0.0.1/');
  assert.match(await page.getByRole('alert').innerText(), /not an http: or https: URL/);
  assert.equal(await page.getByRole('button', { name: 'Check' }).isEnabled(), true);
});

test('light and dark differ, and both can be read', async t => {
  const contrast = {};
  for (const colorScheme of ['light', 'dark']) {
    const page = await open(t, site, { colorScheme });
    contrast[colorScheme] = await page.evaluate(() => {
      const brightness = colour => colour.match(/\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0);
      const { color, backgroundColor } = getComputedStyle(document.body);
      return brightness(backgroundColor) - brightness(color);
    });
  }
  assert.ok(contrast.light > 600, 'dark text on light');
  assert.ok(contrast.dark < -600, 'light text on dark');
});
