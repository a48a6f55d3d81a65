// Our WebSocket client in a page, on its own WebSocket, against npm's ws.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before } from 'node:test';
import { WebSocketServer } from 'ws';
import { openBrowser, test } from './browsers.mjs';
import { serveProgram } from './program.mjs';

let browser;
let server;
let sockets;
let page;
let base;
let received = 0; /* bytes, by /count */
let largeClosed; /* the code that /large was closed with */

function connected(socket, request) {
  const path = new URL(request.url, 'http://localhost').pathname;
  socket.on('error', () => {});
  if (path === '/echo') socket.on('message', (data, binary) => socket.send(data, { binary }));
  if (path === '/close') socket.close(4242, 'gone');
  if (path === '/cut') socket.once('message', () => socket.terminate());
  if (path === '/cut-at-once') setImmediate(() => socket.terminate());
  if (path === '/large') {
    largeClosed = new Promise(resolve => socket.on('close', resolve));
    socket.send('x'.repeat(1001));
  }
  if (path === '/count') socket.on('message', (data) => { received += data.length; });
  if (path === '/stop') socket.pause();
}

// Servers that are bytes: what users of others have met.
const raw = {
  // speaks in the packet of its handshake
  '/first': (socket, answer) => socket.write(Buffer.concat([Buffer.from(answer), Buffer.from('\x81\x05first\x88\x02\x0f\xa0', 'latin1')])),
  // closes, a byte at a time
  async '/pieces'(socket, answer) {
    socket.write(answer);
    for (const byte of Buffer.from('\x81\x02hi\x88\x05\x0f\xa1bye', 'latin1')) {
      await new Promise(resolve => { socket.write(Buffer.from([byte]), resolve); });
      await new Promise(resolve => { setTimeout(resolve, 2); });
    }
  },
  // answers a close with a ping, a message and only then its own
  '/late': (socket, answer) => socket.write(answer, () => socket.once('data', () => {
    socket.write(Buffer.from('\x89\x01p\x81\x04late\x88\x02\x0f\xa2', 'latin1'));
  })),
};
function upgradeRaw(request, socket) {
  const key = request.headers['sec-websocket-key'];
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.on('error', () => {});
  raw[request.url](socket, `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
}

before(async () => {
  const serve = serveProgram('browser');
  server = createServer((request, response) => {
    if (request.url !== '/') return serve(request, response);
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>test</title>');
  });
  sockets = new WebSocketServer({ noServer: true, handleProtocols: protocols => (protocols.has('echo.v1') ? 'echo.v1' : false) });
  server.on('upgrade', (request, socket, head) => {
    if (raw[request.url]) return upgradeRaw(request, socket);
    if (request.url === '/refuse') return void socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    sockets.handleUpgrade(request, socket, head, opened => connected(opened, request));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `ws://127.0.0.1:${server.address().port}`;
  browser = await openBrowser();
  page = await browser.newPage();
  await page.goto(base.replace('ws', 'http'));
  await page.evaluate(async () => {
    const program = '/page_websocket.mjs';
    const { default: create } = await import(program);
    window.instance = await create();
    window.call = async (name, url, milliseconds) => {
      const options = milliseconds ? { signal: AbortSignal.timeout(milliseconds) } : {};
      try {
        return await window.instance.green.call(name, 'status', ['string'], [url], options);
      } catch (error) {
        return error.name === 'TimeoutError' ? error.name : error.code;
      }
    };
  });
});
after(async () => {
  await browser?.close();
  sockets?.clients.forEach(client => client.terminate());
  server?.close();
  server?.closeAllConnections();
});

const call = (name, path, milliseconds) => page.evaluate(args => window.call(...args), [name, base + path, milliseconds]);

test('messages go there and back', async () => assert.equal(await call('talk', '/echo'), 3210));
test('what a page cannot do says so', async () => assert.equal(await call('refusals', '/echo'), 4));
test('the other side closes', async () => assert.equal(await call('receive_all', '/close'), 4242));
test('the other side is cut', async () => assert.equal(await call('send_for_ever', '/cut'), 'ECONNRESET'));
test('the other side is cut as soon as it is there', async () => {
  assert.match(await call('receive_all', '/cut-at-once'), /^(ECONNRESET|ENETWORK)$/); // Firefox does not call it open
});
test('a message above the limit ends it', async () => {
  assert.equal(await call('receive_all', '/large'), 'EMSGSIZE');
  assert.equal(await largeClosed, 4009);
});
test('a handshake that is refused', async () => assert.equal(await call('receive_all', '/refuse'), 'ENETWORK'));
test('a wait is ended from outside', async () => assert.equal(await call('receive_all', '/nothing', 100), 'TimeoutError'));
test('who does not read holds up the sender, and no memory grows', async () => {
  assert.equal(await call('send_for_ever', '/stop', 1000), 'TimeoutError');
  const size = await page.evaluate(() => window.instance.HEAPU8?.length ?? 0);
  assert.ok(size < 64 << 20);
});
test('who reads gets all', async () => {
  for (let limit = 300; received <= 1 << 20 && limit < 60_000; limit *= 2) {
    received = 0;
    assert.equal(await call('send_for_ever', '/count', limit), 'TimeoutError');
  }
  assert.ok(received > 1 << 20);
});
test('a server that speaks in the packet of its handshake is heard', async () => assert.equal(await call('count_all', '/first'), 14000));
test('a close that comes in pieces keeps its code', async () => assert.equal(await call('count_all', '/pieces'), 14001));
test('a ping and a message between the two closes do not hold the close', async () => assert.equal(await call('close_at_once', '/late'), 4002));
test('closes that cross each other are clean', async () => {
  const code = await call('close_at_once', '/close');
  assert.ok([3001, 4242].includes(code), `${code}`); /* its answer, or its own */
});
test('each connection that its server closes at once is told of its end', async () => {
  for (let i = 0; i < 30; i++) assert.equal(await call('count_all', '/close'), 4242);
});
test('receiving again behind the end says the same each time', async () => assert.equal(await call('receive_again', '/close'), 1000));
