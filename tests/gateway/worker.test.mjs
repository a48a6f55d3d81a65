// Sockets for loadInWorker(), which is given a gateway's address and no functions. What its worker then does a page shows,
// and in Node, from 22 on, the end of this file.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gateway } from '../../web/gateway.mjs';
import { loadInWorker } from '../../web/node.mjs';
import { startPeers } from './peers.mjs';
import { startFor, TOKEN } from './run.mjs';

const nowhere = new URL('none.mjs', import.meta.url);

test('sockets that have functions are refused, with what to give', async () => {
  class Socket {}
  const module = { greenSockets: gateway('ws://127.0.0.1:1/', { WebSocket: Socket }) };
  await assert.rejects(loadInWorker(nowhere, { module }), {
    code: 'EINVAL',
    message: 'module.greenSockets has functions, which cannot be sent to a worker: give the option gateway, the address of one; '
      + 'for other sockets write a worker of your own with serve(), which makes them there',
  });
});

test('a gateway\'s options that are functions are refused by name', async () => {
  for (const name of ['token', 'WebSocket']) {
    await assert.rejects(loadInWorker(nowhere, { gateway: { url: 'ws://127.0.0.1:1/', [name]() {} } }), {
      code: 'EINVAL',
      message: `gateway.${name} is a function, which cannot be sent to a worker; write a worker of your own with serve(), which makes its sockets there`,
    });
  }
});

test('an address that is none', async () => {
  await assert.rejects(loadInWorker(nowhere, { gateway: { token: 'x' } }), { code: 'EINVAL', message: 'gateway: its url is missing' });
  await assert.rejects(loadInWorker(nowhere, { gateway: '/tcp' }), { code: 'EINVAL', message: /^\/tcp: not an absolute URL/ });
  const text = globalThis.WebSocket ? /no URL of a WebSocket: it begins with wss: or ws:/ : /there is no WebSocket here/;
  await assert.rejects(loadInWorker(nowhere, { gateway: 'ftp://127.0.0.1/' }), { name: 'GreenError', message: text });
});

const program = process.env.SOCKETS_TESTS;
const skip = (!globalThis.WebSocket && 'this Node has no WebSocket of its own') || (!program && 'SOCKETS_TESTS names no program');
test('a worker connects by the gateway whose address it was given', { skip }, async () => {
  const peers = await startPeers();
  const made = await startFor(peers.ports);
  const ports = Object.entries({ ...peers.ports, never: 1 }).flatMap(([name, port]) => ['--peer', `${name}=${port}`]);
  const lines = [];
  const token = Promise.resolve(TOKEN);
  const worker = await loadInWorker(pathToFileURL(program), {
    module: { arguments: [...ports, '--sockets', 'gateway', '--filter', 'echo'] },
    gateway: { url: made.url, token },
    print: line => lines.push(line),
  });
  assert.equal(await worker.green.main, 0);
  await worker.terminate();
  made.close();
  peers.close();
  assert.match(lines.at(-1), /^[1-9]\d* passed, 0 failed/);
});
