// The HTTP client's tests in a page, against the server that misbehaves on request, which also
// serves the page: so all of it is one origin.
import { after, before } from 'node:test';
import { startServer } from '../http/server.mjs';
import { openBrowser, test } from './browsers.mjs';
import { serveProgram, testProgram } from './program.mjs';

let browser;
let server;
before(async () => {
  server = await startServer({ fallback: serveProgram('http') });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test('http', context =>
  testProgram(context, browser, server.base, 'http_tests', '--server', server.base, '--browser'));
