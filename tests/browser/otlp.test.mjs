// One trace through a page of Chromium, a native server, which the page is from, and PostgreSQL, as a collector of another
// origin gets it from both.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openBrowser } from '../../examples/checklinks/browser.mjs';
import { startCollector } from '../otlp/collector.mjs';
import { checkTrace, read, startServer } from '../otlp/trace.mjs';
import { startPostgres, stopAll, temporaryFolder } from '../posix/servers.mjs';

const build = process.env.GREENIO_BUILD ?? 'build';
const program = `${build}/browser-native/examples/otlp/otlp`;
const built = `${build}/${process.env.GREENIO_WASM ?? 'wasm-release'}/examples/otlp`;
const skip = existsSync(program) ? false : `there is no ${program}`;

let browser, collector, server;
before(async () => {
  if (skip) return;
  const folder = temporaryFolder('page');
  for (const name of ['otlp.mjs', 'otlp.wasm']) copyFileSync(join(built, name), join(folder, name));
  copyFileSync(fileURLToPath(new URL('otlp.html', import.meta.url)), join(folder, 'otlp.html'));
  collector = await startCollector({ origin: '*' });
  server = await startServer(program, collector.url, (await startPostgres()).address, folder);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  server?.child.kill('SIGTERM');
  await server?.closed;
  collector?.close();
  await stopAll();
});

test('one trace through a page, a native server and PostgreSQL', { skip }, async () => {
  const page = await browser.newPage();
  const problems = [];
  page.on('pageerror', error => problems.push(String(error)));
  await page.goto(`${server.base}/page/otlp.html?collector=${encodeURIComponent(collector.url)}`);
  await page.waitForFunction(() => Reflect.get(window, 'ended') !== undefined, null, { polling: 100 });
  const { ended, printed } = await page.evaluate(() => ({ ended: Reflect.get(window, 'ended'), printed: Reflect.get(window, 'printed') }));
  await page.close();
  assert.deepEqual(problems, []);
  assert.equal(ended, 0, printed.join('\n'));
  await checkTrace(collector, read(printed.join('\n')));
});
