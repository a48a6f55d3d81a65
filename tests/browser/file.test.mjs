// The tests of files on the page's own file system, and what streams, datagrams and TLS say in a page, in headless Chromium.
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { openBrowser } from '../../examples/checklinks/browser.mjs';
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
test('streams', async context => testProgram(context, browser, await serve('stream'), 'stream_tests', '--browser'));
test('TLS', async context => testProgram(context, browser, await serve('tls'), 'tls_tests', '--without'));
