// Streams in a page and in workers, on sockets by a gateway: the program that Node runs too. The
// gateway is that of the tests, and natively examples/gateway.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before } from 'node:test';
import { startPeers } from '../gateway/peers.mjs';
import { startFor, TOKEN } from '../gateway/run.mjs';
import { openBrowser, test } from './browsers.mjs';
import { serveProgram, testProgram } from './program.mjs';

const program = `${process.env.GREENIO_BUILD ?? 'build'}/browser-native/examples/gateway/gateway`;
const skip = existsSync(program) ? false : `there is no ${program}`;

let browser, server, peers, made, native, base;
before(async () => {
  server = createServer(serveProgram('gateway')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`;
  peers = await startPeers();
  made = await startFor(peers.ports);
  if (!skip) native = await startFor(peers.ports, program, ['--origin', base]);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  made?.close();
  await native?.close();
  peers?.close();
  server?.close();
});

const given = more => Object.entries({ ...peers.ports, ...more }).flatMap(([name, port]) => ['--peer', `${name}=${port}`]);
const ours = (context, more) => testProgram(context, browser, base, ['sockets_tests', { gateway: made.url, token: TOKEN, ...more }],
  ...given({ never: 1 }), '--sockets', 'gateway');
const natives = (context, more) => testProgram(context, browser, base, ['sockets_tests', { gateway: native.url, token: TOKEN, ...more }],
  ...given(), '--sockets', 'gateway');

test('in a page', context => ours(context));

test('in a worker', context => ours(context, { worker: '' }));

test('in a worker of loadInWorker()', context => ours(context, { worker: 'loaded' }));

test('in a page, by the native program', { skip }, context => natives(context));

test('in a worker of loadInWorker(), by the native program', { skip }, context => natives(context, { worker: 'loaded' }));

test('a page of another origin does not get past the native program', { skip }, async () => {
  const page = await browser.newPage();
  await page.goto(`${base.replace('127.0.0.1', 'localhost')}/program.html?program=none`).catch(() => {});
  const outcome = await page.evaluate(url => new Promise(resolve => {
    const socket = new WebSocket(url, 'greenio-gateway-1');
    socket.onopen = () => resolve('open');
    socket.onclose = ({ code }) => resolve(code);
  }), native.url);
  await page.close();
  assert.equal(outcome, 1006);
});

test('in a page that is given none', context => testProgram(context, browser, base, 'sockets_tests', '--sockets', 'none'));
