// Pops that block all at once: 100 tasks of one program connect to a redis-server and wait in BLPOP; when a watcher has seen
// all of them blocked, it pushes what they wait for. Prints milliseconds, from the first task's start to the last one's end.
//
// Usage: pops.mjs node|page PROGRAM PORT [GATEWAY]
// node runs the program here, page in headless Chromium, through the gateway of that program (examples/gateway).
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { basename, dirname, join } from 'node:path';
import { openBrowser } from '../../examples/checklinks/browser.mjs';
import { serveProgram } from '../browser/program.mjs';
import { startProgram } from '../gateway/program.mjs';

const [where, program, port, gatewayProgram] = process.argv.slice(2);
const TOKEN = 'a token of the benchmarks';
const address = `127.0.0.1:${port}`;

const inNode = () => {
  const load = join(import.meta.dirname, 'load.mjs');
  return execFileSync(process.execPath, [load, program, 'green', address], { encoding: 'utf8' }).split('\n');
};

async function inPage() {
  const server = createServer(serveProgram(dirname(program))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`;
  const gateway = await startProgram(gatewayProgram, { token: TOKEN, allow: [address], options: ['--origin', base] });
  const browser = await openBrowser();
  try {
    const query = new URLSearchParams({ program: basename(program, '.mjs'), gateway: gateway.url, token: TOKEN });
    for (const argument of ['green', address]) query.append('argument', argument);
    const page = await browser.newPage();
    await page.goto(`${base}/program.html?${query}`);
    await page.waitForFunction(() => window.printed?.at(-1) === 'ok', null, { polling: 100 });
    return await page.evaluate(() => window.printed);
  } finally {
    await browser.close();
    await gateway.close();
    server.closeAllConnections();
    server.close();
  }
}

const lines = await (where === 'page' ? inPage() : inNode());
const [seen, took] = [/sees (\d+) clients blocked/, /tasks took ([\d.]+) ms/].map((pattern) => pattern.exec(lines.join('\n'))?.[1]);
if (seen !== '100') throw new Error(`not all were blocked at once: ${lines.join(' | ')}`);
console.log(took);
