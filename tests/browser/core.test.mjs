// The core's tests in a page.
import { createServer } from 'node:http';
import { after, before } from 'node:test';
import { openBrowser, test } from './browsers.mjs';
import { serveProgram, testProgram } from './program.mjs';

let browser;
let server;
let base;
before(async () => {
  server = createServer(serveProgram());
  await new Promise(listening => server.listen(0, '127.0.0.1', listening));
  base = `http://127.0.0.1:${server.address().port}`;
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  server.close();
});

test('core', context => testProgram(context, browser, base, 'core_tests'));
test('core, each allocation failing once', context =>
  testProgram(context, browser, base, 'core_tests', '--fail-alloc'));
