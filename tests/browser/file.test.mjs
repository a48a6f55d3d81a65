// The tests of files on the page's own file system, and what streams, datagrams and TLS say in a page.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before } from 'node:test';
import { openBrowser, test } from './browsers.mjs';
import { serveProgram, testProgram } from './program.mjs';

let browser;
const servers = [];
before(async () => {
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  for (const server of servers) server.close();
});

async function serve(below) {
  const server = createServer(serveProgram(below));
  servers.push(server);
  await new Promise(listening => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${server.address().port}`;
}

test('files', async context => testProgram(context, browser, await serve('file'), 'file_tests'));
// rjmunro in vits-web, theia 16107, happy-opfs 2: Safari had files that could be made and read, but not written.
test('a browser that writes no files of a page says so', async () => {
  const page = await browser.newPage();
  await page.goto(`${await serve('file')}/program.html?program=file_tests&argument=--filter&argument=file_gap_and_size&without=createWritable`);
  await page.waitForFunction(() => window['printed']?.length > 1);
  assert.match((await page.evaluate(() => window['printed'])).join('\n'), /FAILED: .* gave ENOTSUP/);
  await page.close();
});
test('streams', async context => testProgram(context, browser, await serve('stream'), 'stream_tests', '--browser'));
test('there is no terminal', async context => testProgram(context, browser, await serve('terminal'), 'terminal_none_tests'));
test('TLS', async context => testProgram(context, browser, await serve('tls'), 'tls_tests', '--without'));
