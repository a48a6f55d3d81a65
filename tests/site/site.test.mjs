// The site in headless Chromium, under a path of a server as it lies anywhere: each link and anchor of it, each live
// example, each kind of page by axe-core's rules in light and dark, without JavaScript, and no request to elsewhere.
//
// GREENIO_SITE is the folder that ./dev site has made.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser } from '../../examples/checklinks/browser.mjs';
import { serve } from '../../examples/checklinks/serve.mjs';
import { programs } from '../../site/programs.mjs';

const site = resolve(process.env.GREENIO_SITE ?? 'build/site');
const at = '/some/where/';
const files = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter(name => statSync(join(site, name)).isFile());
const pages = files.filter(name => name.endsWith('.html'));

let browser, server, base, axe, empty;
before(async () => {
  axe = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');
  empty = mkdtempSync(join(tmpdir(), 'greenio-site-'));
  server = await serve({ '/': empty, [at]: site });
  base = new URL(at, server.url).href;
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.close();
  rmSync(empty, { recursive: true, force: true });
});

async function open(t, path, options = {}) {
  const profile = await browser.newContext({ viewport: { width: 1000, height: 900 }, ...options });
  t.after(() => profile.close());
  const page = await profile.newPage();
  page.setDefaultTimeout(120_000);
  const seen = { complaints: [], elsewhere: [] };
  page.on('pageerror', error => seen.complaints.push(String(error)));
  page.on('console', message => message.type() === 'error' && seen.complaints.push(message.text()));
  profile.on('request', request => /^https?:/.test(request.url()) && !request.url().startsWith(base) && seen.elsewhere.push(request.url()));
  await page.goto(base + path);
  return { page, profile, ...seen };
}

async function accessible(page, name) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    for (const frame of page.frames()) {
      await frame.evaluate(axe);
      const { violations } = await frame.evaluate(() => /** @type {any} */ (globalThis).axe.run({ exclude: [['iframe']] }));
      assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(node => node.html).join(' ')}`), [], `${name}, ${colorScheme}`);
    }
  }
}

const unescape = text => text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&amp;/g, '&');

test('each internal link and anchor leads somewhere, and each is relative', () => {
  const texts = new Map(pages.map(name => [name, readFileSync(join(site, name), 'utf8')]));
  const anchors = new Map([...texts].map(([name, text]) => [name, new Set([...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => unescape(id)))]));
  const wrong = [];
  let count = 0;
  for (const [name, text] of texts) {
    for (const [, attribute, value] of text.replace(/<pre[^]*?<\/pre>/g, pre => pre.replace(/&quot;/g, '')).matchAll(/\s(href|src|srcset)="([^"]*)"/g)) {
      const link = unescape(value);
      if (/^(https?:|mailto:|data:)/.test(link)) {
        if (attribute !== 'href') wrong.push(`${name}: ${link} is fetched from elsewhere`);
        continue;
      }
      count++;
      const [path, anchor] = link.split('#');
      const target = path ? posix.join(posix.dirname(name), path) : name;
      const file = target.endsWith('/') || target === '.' ? posix.join(target, 'index.html') : target;
      if (path.startsWith('/') || !files.includes(file)) wrong.push(`${name}: ${link} leads nowhere`);
      else if (anchor && texts.has(file) && !anchors.get(file).has(decodeURIComponent(anchor))) wrong.push(`${name}: ${link} has no such anchor`);
    }
  }
  assert.ok(count > 2000, `${count} links`);
  assert.deepEqual(wrong, []);
});

test('no page has an id twice, or no title', () => {
  const wrong = pages.flatMap(name => {
    const text = readFileSync(join(site, name), 'utf8');
    const ids = [...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
    return [...twice.map(id => `${name}: id ${id}`), ...(/<title>[^<]+<\/title>/.test(text) ? [] : [`${name}: no title`])];
  });
  assert.deepEqual(wrong, []);
});

const kinds = ['index.html', 'guide/index.html', 'guide/waiting.html', 'guide/postgresql.html', 'guide/hosts.html', 'guide/changelog.html', 'reference/index.html',
  'reference/task_8h.html', 'reference/structgreen__spawn__options.html', 'reference/globals_func.html', 'reference/annotated.html', 'reference/files.html',
  'reference/source_task.html', 'figures.html', 'download/index.html', 'live/index.html', 'live/notes.html', 'live/programs/index.html', 'live/chat/index.html',
  'live/checklinks/index.html', 'live/psql/index.html'];
for (const kind of kinds) {
  test(`${kind} by axe-core's rules, in light and dark`, async t => {
    const { page, complaints, elsewhere } = await open(t, kind);
    await accessible(page, kind);
    assert.deepEqual([...complaints, ...elsewhere], []);
  });
}

test('pages can be read without JavaScript, and their line of links be followed by keyboard', async t => {
  const { page, elsewhere } = await open(t, 'index.html', { javaScriptEnabled: false });
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  for (let i = 0; i < 3; i++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Live examples' }).waitFor();
  for (const [path, text] of [['guide/waiting.html', 'Futures'], ['reference/task_8h.html', 'green_spawn'], ['figures.html', 'All figures'], ['live/programs/index.html', 'hare: lap 1'],
    ['guide/hosts.html', 'Chromium'], ['download/index.html', 'To begin']]) {
    await page.goto(base + path);
    assert.ok((await page.locator('main').innerText()).includes(text), path);
    assert.ok(await page.locator('main').isVisible());
  }
  await page.goto(`${base}figures.html`);
  assert.ok(await page.locator('figure svg rect').count() > 10);
  assert.deepEqual(elsewhere, []);
});

test('nothing is wider than a narrow window', async t => {
  const { page } = await open(t, 'index.html', { viewport: { width: 360, height: 700 } });
  for (const path of ['index.html', 'guide/waiting.html', 'guide/hosts.html', 'reference/task_8h.html', 'figures.html', 'live/index.html', 'download/index.html']) {
    await page.goto(base + path);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), path);
  }
});

test('each program of the guide runs in its page and prints what the guide says', async t => {
  const { page, complaints, elsewhere } = await open(t, 'live/programs/index.html');
  assert.ok(programs().length >= 8);
  for (const { name, output } of programs()) {
    await page.locator(`button[data-program=${name}]`).press('Enter');
    const shown = page.locator(`#${name}-output`);
    await shown.getByText('— ended with status').waitFor();
    assert.equal(await shown.textContent(), `${output}— ended with status 0\n`, name);
  }
  await accessible(page, 'programs that have run');
  assert.deepEqual([...complaints, ...elsewhere], []);
});

test('checklinks finds nothing broken on the site', async t => {
  const { page, complaints, elsewhere } = await open(t, 'live/checklinks/');
  assert.equal(await page.getByLabel('Address').inputValue(), base);
  await page.getByRole('button', { name: 'Check' }).press('Enter');
  await page.getByText(/^(Done|Stopped|Failed)/).waitFor();
  const report = await page.evaluate(async () => (await fetch(/** @type {any} */ (document.getElementById('download')).href)).json());
  assert.deepEqual(report.broken, []);
  assert.ok(report.summary.pages > pages.length * 0.9, `${report.summary.pages} of ${pages.length} pages`);
  assert.deepEqual([...complaints, ...elsewhere], []);
});

test('two talk in the chat, and the room is in the page', async t => {
  const { page, complaints, elsewhere } = await open(t, 'live/chat/');
  const [ada, bob] = ['One member of the room', 'Another member of the room'].map(title => page.frameLocator(`iframe[title="${title}"]`));
  const enter = async (frame, name) => {
    await frame.getByLabel('Your name').fill(name);
    await frame.getByLabel('Your name').press('Enter');
    await frame.getByText('In the room', { exact: true }).waitFor();
  };
  await enter(ada, 'Ada');
  await enter(bob, 'Bob');
  await ada.getByText('Bob has come').waitFor();
  await ada.getByLabel('Say').fill('Hello <b>Bob</b>');
  await ada.getByLabel('Say').press('Enter');
  await bob.getByText('Ada: Hello <b>Bob</b>').waitFor();
  await bob.getByLabel('Say').fill('Hello');
  await bob.getByLabel('Say').press('Enter');
  await ada.getByText('Bob: Hello').waitFor();
  await accessible(page, 'chat');
  await page.evaluate(() => { document.querySelectorAll('iframe')[1].src = 'about:blank'; });
  await ada.getByText('Bob has gone').waitFor();
  assert.deepEqual([...complaints, ...elsewhere], []);
});

test('psql asks the PostgreSQL of its page', async t => {
  const { page, complaints, elsewhere } = await open(t, 'live/psql/');
  await page.getByRole('button', { name: 'Start' }).press('Enter');
  await page.getByText('Running.').waitFor();
  const shows = text => page.waitForFunction(wanted => {
    const { active } = /** @type {any} */ (window).terminal.buffer;
    let all = '';
    for (let i = 0; i <= active.baseY + active.cursorY; i++) all += `${active.getLine(i).translateToString(true)}\n`;
    return all.includes(wanted);
  }, text);
  await shows('postgres=#');
  await page.keyboard.type('select 6 * 7 as answer;\n');
  await shows('     42');
  assert.deepEqual([...complaints, ...elsewhere], []);
});

test('notes are served by a service worker below a path, and without the network', async t => {
  const { page, profile, complaints, elsewhere } = await open(t, 'live/notes.html');
  await page.getByRole('link', { name: 'Open notes' }).press('Enter');
  await page.getByRole('heading', { name: 'All notes' }).waitFor({ timeout: 240_000 });
  assert.equal(page.url(), `${base}live/notes/`);
  await page.getByLabel('Title').fill('Shopping');
  await page.getByLabel('Text').fill('bread, apples');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByRole('heading', { name: 'Shopping' }).waitFor();
  assert.match(page.url(), /\/some\/where\/live\/notes\/notes\/\d+$/);
  await page.getByLabel('Text').fill('bread, apples, coffee');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForFunction(() => document.querySelector('textarea')?.defaultValue.includes('coffee'));
  await accessible(page, 'a note');
  await page.getByRole('link', { name: 'Notes' }).click();
  await page.getByRole('link', { name: 'Shopping' }).waitFor();
  const other = await profile.newPage();
  await other.goto(`${base}live/notes/`);
  await other.evaluate(() => fetch('api/notes', { method: 'POST', body: '{"title": "From elsewhere"}' }));
  await page.getByRole('link', { name: 'From elsewhere' }).waitFor(); // told by an event
  await other.close();
  await profile.setOffline(true);
  await page.reload();
  await page.getByRole('link', { name: 'Shopping' }).click();
  await page.getByRole('button', { name: 'Delete this note' }).click();
  await page.getByRole('heading', { name: 'All notes' }).waitFor();
  assert.equal(page.url(), `${base}live/notes/`);
  await page.goto(`${base}live/notes/notes/99999`).catch(() => {});
  await page.getByRole('heading', { name: 'There is no such note' }).waitFor();
  assert.deepEqual(elsewhere, []);
  assert.deepEqual(complaints.filter(text => !text.includes('404')), []);
});
