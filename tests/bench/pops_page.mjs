// Pops that block all at once (pops.c), in a page of headless Chromium, on a redis-server by the example gateway. Prints what the
// program does. Usage: pops_page.mjs PROGRAM HOST:PORT GATEWAY
import { once } from 'node:events';
import { createServer } from 'node:http';
import { basename, dirname } from 'node:path';
import { openBrowser } from '../../examples/checklinks/browser.mjs';
import { serveProgram } from '../browser/program.mjs';
import { startProgram } from '../gateway/program.mjs';

const [program, address, gatewayProgram] = process.argv.slice(2);
const TOKEN = 'a token of the benchmarks';
const server = createServer(serveProgram(dirname(program))).listen(0, '127.0.0.1');
await once(server, 'listening');
const base = `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`;
const gateway = await startProgram(gatewayProgram, { token: TOKEN, allow: [address], options: ['--origin', base] });
const browser = await openBrowser();
try {
  const page = await browser.newPage();
  const query = { program: basename(program, '.mjs'), gateway: gateway.url, token: TOKEN, argument: address };
  await page.goto(`${base}/program.html?${new URLSearchParams(query)}`);
  await page.waitForFunction(() => window.printed?.length > 0, null, { polling: 100 });
  console.log((await page.evaluate(() => window.printed)).join('\n'));
} finally {
  await browser.close();
  await gateway.close();
  server.closeAllConnections();
  server.close();
}
