// hiredis and libpq in headless Chromium, compiled as they are, hiredis also behind epolls, libpq made green too: 100 tasks in one
// module, each blocked in a call, on real servers through a gateway, in a page and in a worker. The programs are found as
// tests/browser/program.mjs says.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { openBrowser } from '../../../examples/checklinks/browser.mjs';
import { serveProgram } from '../../browser/program.mjs';
import { startGateway } from '../../gateway/gateway.mjs';
import { freePort } from '../../ports.mjs';
import { answers, must, postgresTool, sleep, start, startPostgres, stopAll, temporaryFolder, until } from '../servers.mjs';

const TOKEN = 'a token of the tests';
const addresses = {};
let browser, server, made;

before(async () => {
  const port = await freePort();
  const redis = start('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', temporaryFolder('page')]);
  await until(() => answers(port), redis, 'redis-server');
  const postgres = await startPostgres({ loopback: true });
  must(postgresTool('psql'), ['-q', '-c', "create role guarded login password 'secret'", postgres.address]);
  addresses.redis = addresses.redis_epoll = `localhost:${port}`;
  addresses.postgres = addresses.pq = `${postgres.onLoopback} user=guarded password=secret sslmode=disable`;
  made = await startGateway({
    token: TOKEN,
    // the page looks no names up
    allow: (host, asked) => (host === 'localhost' && [port, postgres.port].includes(asked) ? { host: '127.0.0.1', port: asked } : null),
  });
  server = createServer(serveProgram('posix/ported')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  made?.close();
  server?.close();
  await stopAll();
});

async function run(context, name, more) {
  const query = new URLSearchParams({ program: `ported_${name}`, gateway: made.url, token: TOKEN, ...more });
  for (const argument of ['green', addresses[name]]) query.append('argument', argument);
  const page = await browser.newPage();
  const problems = [];
  page.on('pageerror', error => problems.push(String(error)));
  page.on('console', message => problems.push(message.text()));
  const { port } = /** @type {any} */ (server.address());
  await page.goto(`http://127.0.0.1:${port}/program.html?${query}`);
  await page.waitForFunction(() => window.printed?.at(-1) === 'ok', null, { polling: 100 }).catch(error => {
    throw new Error(`${error.message}; ${problems.join(' ')}`);
  });
  const lines = await page.evaluate(() => window.printed);
  await page.close();
  assert.match(lines[0], /sees 100 /);
  context.diagnostic(lines[1]);
}

test('without sockets the program is told so', async () => {
  const page = await browser.newPage();
  const said = [];
  page.on('console', message => said.push(message.text()));
  const { port } = /** @type {any} */ (server.address());
  await page.goto(`http://127.0.0.1:${port}/program.html?program=ported_redis&argument=green&argument=localhost:1`);
  for (let tries = 0; tries < 1000 && !said.some(text => /failed/.test(text)); tries++) await sleep(10);
  assert.match(said.join('\n'), /failed: .*not supported/);
  await page.close();
});

for (const name of ['redis', 'redis_epoll', 'postgres', 'pq']) {
  test(`${name}, in a page`, (context) => run(context, name, {}));
  test(`${name}, in a worker`, (context) => run(context, name, { worker: '' }));
}

test('all connections of a module go through one WebSocket', () => assert.equal(made.opened, 8));
