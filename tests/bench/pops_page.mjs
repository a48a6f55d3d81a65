// Pops that block all at once (pops.c), in a page of headless Chromium, on a redis-server by the example gateway. Prints what the
// program does; without one what a bare WebSocket takes in its place. Usage: pops_page.mjs GATEWAY HOST:PORT [PROGRAM]
import { once } from 'node:events';
import { createServer } from 'node:http';
import { cpus } from 'node:os';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBrowser } from '../../examples/checklinks/browser.mjs';
import { serveProgram } from '../browser/program.mjs';
import { startProgram } from '../gateway/program.mjs';
import { gatewayPops } from './peers/gateway_pops.mjs';

const [gatewayProgram, address, program] = process.argv.slice(2);
const TOKEN = 'a token of the benchmarks';
const server = createServer(serveProgram(program && dirname(program))).listen(0, '127.0.0.1');
await once(server, 'listening');
const base = `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`;
const gateway = await startProgram(gatewayProgram, { token: TOKEN, allow: [address], options: ['--origin', base] });
const browser = await openBrowser();

// A page, once the processors have been idle for half a second, or half a minute has passed: Chromium loads pages of its own for
// seconds behind its start, on all of them.
async function newPage() {
  const page = await browser.newPage();
  const idleTime = () => cpus().reduce((sum, { times }) => sum + times.idle, 0);
  for (let look = 0, quiet = 0; look < 300 && quiet < 5; look++) {
    const before = idleTime();
    await sleep(100);
    quiet = idleTime() - before > 80 * cpus().length ? quiet + 1 : 0;
  }
  return page;
}

async function runInPage() {
  const page = await newPage();
  const query = { program: basename(program, '.mjs'), gateway: gateway.url, token: TOKEN, argument: address };
  await page.goto(`${base}/program.html?${new URLSearchParams(query)}`);
  await page.waitForFunction(() => window.printed?.length > 0, null, { polling: 100 });
  return (await page.evaluate(() => window.printed)).join('\n');
}

async function runBare() {
  const page = await newPage();
  await page.goto(`${base}/program-run.mjs`); // a page of that origin
  const [host, port] = address.split(':');
  return (await page.evaluate(gatewayPops, { url: gateway.url, token: TOKEN, host, port: Number(port) })).toFixed(1);
}

try {
  console.log(await (program ? runInPage() : runBare()));
} finally {
  await browser.close();
  await gateway.close();
  server.closeAllConnections();
  server.close();
}
