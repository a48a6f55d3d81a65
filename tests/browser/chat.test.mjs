// The page of the example `chat`: by keyboard alone, in light and dark, by axe-core's rules; the
// room is the program in Node.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { colorSchemes, openBrowser, test } from './browsers.mjs';

const buildFolder = `${process.env.GREENIO_BUILD ?? 'build'}/${process.env.GREENIO_WASM ?? 'wasm-release'}`;

let browser;
let child;
let base;
let axe;
before(async () => {
  axe = await readFile('node_modules/axe-core/axe.min.js', 'utf8');
  child = spawn(process.execPath, [join(buildFolder, 'examples/chat/chat.mjs'), '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  base = String(line).trim();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  child?.kill('SIGKILL');
});

async function open() {
  const profile = await browser.newContext({ viewport: { width: 800, height: 720 } });
  const page = await profile.newPage();
  const complaints = [];
  page.setDefaultTimeout(60_000);
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', error => complaints.push(String(error)));
  await page.goto(base);
  return { page, complaints };
}
async function accessible(page, name) {
  for (const colorScheme of colorSchemes) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' ')}`), [], `${name}, ${colorScheme}`);
  }
}
async function enter(page, name) {
  await page.keyboard.press('Tab');
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
  await page.getByText('In the room', { exact: true }).waitFor();
}

test('two people talk by keyboard alone', async () => {
  const [ada, bob] = [await open(), await open()];
  await accessible(ada.page, 'before');
  await enter(ada.page, 'Ada');
  await enter(bob.page, 'Bob');
  await ada.page.getByText('Bob has come').waitFor();
  await ada.page.keyboard.type('Hello <b>Bob</b>');
  await ada.page.keyboard.press('Enter');
  await bob.page.getByText('Ada: Hello <b>Bob</b>').waitFor();
  await bob.page.keyboard.type('Hello');
  await bob.page.keyboard.press('Enter');
  await ada.page.getByText('Bob: Hello').waitFor();
  await accessible(ada.page, 'in the room');
  await bob.page.close();
  await ada.page.getByText('Bob has gone').waitFor();
  assert.deepEqual([...ada.complaints, ...bob.complaints], []);
});
