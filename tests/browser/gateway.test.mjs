// Streams in headless Chromium, in a page and in a worker, on sockets by a gateway: the program that Node runs too.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { openBrowser } from '../../examples/checklinks/browser.mjs';
import { startPeers } from '../gateway/peers.mjs';
import { startFor, TOKEN } from '../gateway/run.mjs';
import { serveProgram, testProgram } from './program.mjs';

let browser, server, peers, made, base;
before(async () => {
  server = createServer(serveProgram('gateway')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`;
  peers = await startPeers();
  made = await startFor(peers.ports);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  made?.close();
  peers?.close();
  server?.close();
});

const given = () => Object.entries({ ...peers.ports, never: 1 }).flatMap(([name, port]) => ['--peer', `${name}=${port}`]);
const by = more => ['sockets_tests', { gateway: made.url, token: TOKEN, ...more }];

test('in a page', context => testProgram(context, browser, base, by(), ...given(), '--sockets', 'gateway'));

test('in a worker', context => testProgram(context, browser, base, by({ worker: '' }), ...given(), '--sockets', 'gateway'));

test('in a page that is given none', context => testProgram(context, browser, base, 'sockets_tests', '--sockets', 'none'));
