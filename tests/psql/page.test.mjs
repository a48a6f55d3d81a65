// The page of the example psql in headless Chromium: on PGlite and on a server by the example gateway, by keyboard, in light and
// dark, by axe-core's rules.
//
// GREENIO_PICTURES is a folder for pictures of it; none are taken without.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser } from '../../examples/checklinks/browser.mjs';
import { answer } from '../../examples/checklinks/serve.mjs';
import { foldersOf } from '../../examples/serve.mjs';
import { startProgram } from '../gateway/program.mjs';
import { must, postgresTool, stopAll } from '../posix/servers.mjs';
import { built, dialogue, PASSWORD, sleeps, startServer } from './psql.mjs';

const TOKEN = 'a token';
const KEYS = { '\r': 'Enter', '\u0003': 'Control+c', '\u0004': 'Control+d', '\u007f': 'Backspace' };
const pictures = process.env.GREENIO_PICTURES;
let browser, site, base, axe, server, gateway;
before(async () => {
  axe = await readFile('node_modules/axe-core/axe.min.js', 'utf8');
  const folders = foldersOf('psql');
  site = createServer((request, response) => answer(folders, request, response));
  await new Promise((resolve) => { site.listen(0, '127.0.0.1', resolve); });
  base = `http://127.0.0.1:${site.address().port}`;
  server = await startServer();
  gateway = await startProgram(join(built, 'gateway/gateway.mjs'), {
    token: TOKEN, allow: [`db.example:${server.port}=127.0.0.1:${server.port}`], options: ['--origin', base] });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await gateway?.close();
  site?.closeAllConnections();
  site?.close();
  await stopAll();
});

// What the terminal shows and has scrolled away, of which lines that were too long are one.
function shownIn(page) {
  return page.evaluate(() => {
    const { active } = /** @type {any} */ (window).terminal.buffer;
    let text = '';
    for (let i = 0; i <= active.baseY + active.cursorY; i++) {
      const line = active.getLine(i);
      text += (i && !line.isWrapped ? '\n' : '') + line.translateToString(i < active.baseY + active.cursorY && !active.getLine(i + 1).isWrapped);
    }
    return text;
  });
}

async function open({ colorScheme = 'light', prepare = async (_page) => {} } = {}) {
  const profile = await browser.newContext({ viewport: { width: 1000, height: 1150 }, colorScheme });
  const page = await profile.newPage();
  const complaints = [];
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => complaints.push(String(error)));
  await prepare(page);
  await page.goto(base);
  const type = async (text) => {
    for (const character of text) await page.keyboard.press(KEYS[character] ?? character);
  };
  const state = (text) => page.locator('#state', { hasText: text }).waitFor();
  const problem = (text) => page.locator('#problem', { hasText: text }).waitFor();
  const picture = (name) => pictures && page.screenshot({ path: `${pictures}/${name}-${colorScheme}.png` });
  return { page, complaints, state, problem, picture, close: () => profile.close(), ...dialogue(() => shownIn(page), type, 100) };
}

async function accessible(page, when) {
  await page.evaluate(axe);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(() => /** @type {any} */ (globalThis).axe.run());
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`), [], `${when}, ${colorScheme}`);
  }
}

// By keyboard alone.
async function start({ page }, fields) {
  await page.keyboard.press('Tab');
  if (fields) await page.keyboard.press('ArrowDown');
  for (const [label, value] of Object.entries(fields ?? {})) {
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.id), label);
    await page.keyboard.press('Control+a');
    await page.keyboard.type(value);
  }
  if (!fields) await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
}
const onServer = (more) => ({ gateway: gateway.url, token: TOKEN, host: 'db.example', port: `${server.port}`, user: 'guarded', database: 'postgres', ...more });

for (const colorScheme of ['light', 'dark']) {
  test(`on PGlite, ${colorScheme}`, async () => {
    const session = await open({ colorScheme });
    const { page, say, until, state } = session;
    await accessible(page, 'before');
    await page.emulateMedia({ colorScheme });
    await start(session);
    await until('Type "help" for help.');
    await until('postgres=# ');
    await state('Running.');
    await say('select 6 * 8\u007f7 as answer;\r', '     42', 'postgres=# ');
    await say('create table tree (name text primary key, height int);\r', 'CREATE TABLE', 'postgres=# ');
    await page.locator('#choose').setInputFiles({ name: 'trees.csv', mimeType: 'text/csv', buffer: Buffer.from('oak,30\nfir,60\n"larch, old",45\n') });
    await page.getByRole('link', { name: 'trees.csv' }).waitFor();
    await page.locator('#terminal textarea').focus();
    await say('\\copy tree from trees.csv csv\r', 'COPY 3', 'postgres=# ');
    await say('\\d tree\r', 'Table "public.tree"', '"tree_pkey" PRIMARY KEY, btree (name)', 'postgres=# ');
    await say('table tree order by height desc;\r', 'larch, old |     45', 'postgres=# ');
    await session.picture('psql');
    await say('\\copy (table tree order by name) to sorted.csv csv\r', 'COPY 3', 'postgres=# ');
    const link = page.getByRole('link', { name: 'sorted.csv' });
    const whole = 'sorted.csv 30 bytes'; // it may be listed while it is being written
    await page.locator('#list li', { hasText: whole }).waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    assert.equal(await readFile(await download.path(), 'utf8'), 'fir,60\n"larch, old",45\noak,30\n');
    const first = await link.getAttribute('href');
    await page.locator('#terminal textarea').focus();
    await say("\\copy (select replace(name, 'fir', 'elm'), height from tree order by name) to sorted.csv csv\r", 'COPY 3', 'postgres=# '); // as long
    await page.waitForFunction(([text, href]) => [...document.querySelectorAll('#list a')].some((one) => one.parentElement.textContent === text && one.getAttribute('href') !== href), [whole, first]);
    const [second] = await Promise.all([page.waitForEvent('download'), link.click()]);
    assert.equal(await readFile(await second.path(), 'utf8'), 'elm,60\n"larch, old",45\noak,30\n');
    await page.locator('#terminal textarea').focus();
    await say('copy tree from stdin csv;\r', '>> ');
    await say('birch,25\r\u0004', 'COPY 1', 'postgres=# ');
    await say('copy nothing from stdin;\r', '>> ');
    await say('\u0004', 'ERROR:  relation "nothing" does not exist', 'postgres=# ');
    await say('select 1 \\; copy tree from stdin;\r', '>> '); // in one message
    await say('\u0004', 'has to be a statement of its own', 'postgres=# ');
    await say('select nope;\r', 'ERROR:  column "nope" does not exist', '^', 'postgres=# ');
    await say('select 40 + 2 as often \\watch 0.2\r', 'every 0.2s', ' 42', 'every 0.2s', ' 42');
    await say('\u0003', '^C', 'postgres=# ');
    await say('\\c\r', 'PGlite serves one session at a time', 'Previous connection kept', 'postgres=# ');
    await say('begin;\r', 'BEGIN', 'postgres=*# ');
    await accessible(page, 'in a session');
    await page.emulateMedia({ colorScheme });
    await say('\u0004', '\\q');
    await state('psql has ended with status 0.');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'start');
    await page.keyboard.press('Enter'); // the next session, on the same data
    await until('postgres=# ');
    await say('select count(*) from tree;\r', '     4', 'postgres=# ');
    await page.keyboard.press('Tab'); // out of the terminal
    assert.equal(await page.evaluate(() => document.activeElement.closest('#terminal')), null);
    assert.deepEqual(session.complaints, []);
    await session.close();
  });
}

test('a statement on PGlite that does not end: Ctrl+C is told what it cannot do, and the button ends it', async () => {
  const session = await open();
  const { page, say, until, state } = session;
  await start(session);
  await until('postgres=# ');
  await say('select pg_sleep(1000);\r', '1000);\n');
  await say('\u0003', '^CCancel request sent');
  await state('PGlite cannot be stopped in a statement');
  await page.getByRole('button', { name: 'End' }).focus();
  await page.keyboard.press('Enter');
  await state(/psql has ended with status/);
  await page.keyboard.press('Enter');
  await until('Type "help"');
  await until('postgres=# ');
  assert.deepEqual(session.complaints, []);
  await session.close();
});

for (const what of ['pglite.wasm', 'index.js']) {
  test(`PGlite that cannot be loaded (${what})`, async () => {
    const session = await open({ prepare: (page) => page.context().route(`**/pglite/${what}`, (route) => route.abort()) });
    await start(session);
    await session.problem(/^PGlite could not be loaded: ./);
    await accessible(session.page, 'a problem');
    assert.ok(await session.page.getByRole('button', { name: 'Start' }).isEnabled());
    await session.close();
  });
}

test('psql that cannot be loaded', async () => {
  const session = await open({ prepare: (page) => page.route('**/psql.mjs', (route) => route.abort()) });
  await start(session);
  await session.problem(/^psql could not be loaded: ./);
  await session.close();
});

test('on a server, by the gateway', async () => {
  const session = await open();
  const { page, say, until, state } = session;
  await start(session, onServer());
  await until('Password for user guarded: ');
  await say(`${PASSWORD}\r`, 'Type "help" for help.', 'postgres=# ');
  assert.ok(!(await shownIn(page)).includes('secret'));
  await say('select pg_sleep(1000);\r', '1000);\n');
  await sleeps(server);
  await say('\u0003', '^CCancel request sent', 'ERROR:  canceling statement due to user request', 'postgres=# ');
  await say('select 40 + 2 as often \\watch 0.2\r', 'every 0.2s', ' 42', 'every 0.2s', ' 42');
  await say('\u0003', '^C', 'postgres=# ');
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Array.from({ length: 20_000 }, (_, i) => `${i},name ${i}\n`).join('')], 'many.csv'));
    document.getElementById('files').dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
  });
  await page.getByRole('link', { name: 'many.csv' }).waitFor();
  await say('create temp table many (id int, name text);\r', 'CREATE TABLE', 'postgres=# ');
  await say('\\copy many from many.csv csv\r', 'COPY 20000', 'postgres=# ');
  await say('\\copy many to again.csv csv\r', 'COPY 20000', 'postgres=# ');
  await page.locator('li', { hasText: 'again.csv 317,780 bytes' }).waitFor();
  await say('table many;\r', '(20000 rows)', 'postgres=# '); // more than the terminal takes at once
  await page.evaluate(() => /** @type {any} */ (window).terminal.clear()); // more than it keeps, too
  await say('\\d many\r', 'Table "pg_temp', 'postgres=# ');
  await say('\\x auto\r', 'postgres=# ');
  await say('select repeat($$x$$, 60) as a, 1 as b;\r', '\n---', 'postgres=# ');
  await page.setViewportSize({ width: 500, height: 1150 });
  await page.waitForFunction(() => /** @type {any} */ (window).terminal.cols < 60);
  await say('select repeat($$x$$, 60) as a, 1 as b;\r', '-[ RECORD 1 ]', 'postgres=# ');
  await say('\\q\r');
  await state('psql has ended with status 0.');
  assert.deepEqual(session.complaints, []);
  await session.close();
});

// What users of consoles have met (field.test.mjs).
test('pasted lines, Ctrl+C in a COPY, a notification, a session that the server ends', async () => {
  const session = await open();
  const { page, say, until } = session;
  const paste = (text) => page.evaluate((pasted) => /** @type {any} */ (window).terminal.paste(pasted), text);
  const other = (query) => must(postgresTool('psql'), ['-X', '-At', '-c', query, server.address]);
  await start(session, onServer());
  await until('Password for user guarded: ');
  await paste(`${PASSWORD}\n`);
  await until('postgres=# ');
  assert.ok(!(await shownIn(page)).includes('secret'));
  await paste('create temp table pasted (a int, b text);\ncopy pasted from stdin delimiter \',\';\n1,\u6771\u4eac\n2,b\n\\.\n\nselect sum(a) as total from pasted;\n');
  for (const text of ['COPY 2', 'total', '     3', 'postgres=# ']) await until(text);
  await paste(Array.from({ length: 60 }, (_, i) => `select ${i}\n  as n, 'row ${i}.';\n`).join(''));
  await until(' | row 59.');
  const rows = [...(await shownIn(page)).matchAll(/ \| row (\d+)\./g)].map(([, number]) => Number(number));
  assert.deepEqual(rows, Array.from({ length: 60 }, (_, i) => i));
  await say('', 'postgres=# ');
  await paste(`select length('${'x'.repeat(20_000)}') as much;\n`); // a line, as of JSON
  for (const text of ['much', ' 20000', 'postgres=# ']) await until(text);
  await say('table pasted;\r', '\u6771\u4eac', 'postgres=# ');
  await say('copy pasted from stdin;\r', '>> ');
  await say('3\u0003', 'ERROR:  COPY from stdin failed: canceled by user', 'postgres=# ');
  await say('copy (select generate_series(1, 1000000000), repeat($$x$$, 60)) to stdout;\r', 'xxxxxxxx');
  await say('\u0003', 'ERROR:  canceling statement due to user request', 'postgres=# ');
  await page.evaluate(() => /** @type {any} */ (window).terminal.clear()); // more than it keeps
  await say('listen news;\r', 'LISTEN', 'postgres=# ');
  other('notify news, \'hello\'');
  await say('select 1 as one;\r', '(1 row)', 'Asynchronous notification "news" with payload "hello"', 'postgres=# ');
  await say('\u0003', '^C');
  await say('\r', 'postgres=# ');
  other('select pg_terminate_backend(pid) from pg_stat_activity where usename = \'guarded\'');
  await say('select 2 as two;\r', 'terminating connection due to administrator command', 'Attempting reset: Succeeded.', 'postgres=# ');
  await say('select 6 * 7 as answer;\r', '     42', 'postgres=# ');
  await say('\\! ls\r', '\\!: failed', 'postgres=# ');
  await say('\\q\r');
  await session.state('psql has ended with status 0.');
  assert.deepEqual(session.complaints, []);
  await session.close();
});

test('what goes wrong on the way to a server is told', async (context) => {
  const session = await open();
  await accessible(session.page, 'before');
  await session.page.getByLabel('a server, by a gateway').check();
  await accessible(session.page, 'the form of a server');
  const attempt = async (fields) => {
    for (const [id, value] of Object.entries(onServer(fields))) await session.page.locator(`#${id}`).fill(value);
    await session.page.getByRole('button', { name: 'Start' }).press('Enter');
  };
  await context.test('no gateway', async () => {
    await attempt({ gateway: 'ws://127.0.0.1:1/' });
    await session.problem(`There is no gateway at ws://127.0.0.1:1/, or it does not let this page in: is it running, with --origin ${base}?`);
    await session.state('psql has ended with status 2.');
  });
  await context.test('a wrong token', async () => {
    await attempt({ token: 'wrong' });
    await session.problem('The gateway refuses: the token is wrong');
    await session.state('psql has ended with status 2.');
  });
  await context.test('a host that is not on its list', async () => {
    await attempt({ host: 'other.example' });
    await session.problem(`or other.example:${server.port} is not on its list (--allow).`);
    await session.state('psql has ended with status 2.');
  });
  await context.test('a wrong password', async () => {
    await attempt();
    await session.until('Password for user guarded: ');
    await session.say('wrong\r', 'FATAL:  password authentication failed');
    await session.state('psql has ended with status 2.');
    assert.ok(await session.page.locator('#problem').isHidden());
  });
  await context.test('a server that dies', async () => {
    await attempt();
    await session.until('Password for user guarded: ');
    await session.say(`${PASSWORD}\r`, 'postgres=# ');
    await session.say('select pg_sleep(1000);\r', '1000);\n');
    await sleeps(server);
    await server.stop();
    await session.until('The connection to the server was lost. Attempting reset: Failed.');
    await session.until('!?> ');
    await server.start();
    await session.page.getByRole('button', { name: 'End' }).press('Enter');
    await session.state(/psql has ended with status/);
  });
  assert.deepEqual(session.complaints, []);
  await session.close();
});
