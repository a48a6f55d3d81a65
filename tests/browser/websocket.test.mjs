// Our WebSocket client in headless Chromium, on the page's own WebSocket, against npm's ws.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { WebSocketServer } from 'ws';
import { openBrowser } from '../../examples/checklinks/browser.mjs';
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
  if (path === '/cut') setImmediate(() => socket.terminate());
  if (path === '/large') {
    largeClosed = new Promise(resolve => socket.on('close', resolve));
    socket.send('x'.repeat(1001));
  }
  if (path === '/count') socket.on('message', (data) => { received += data.length; });
  if (path === '/stop') socket.pause();
}

before(async () => {
  const serve = serveProgram('browser');
  server = createServer((request, response) => {
    if (request.url !== '/') return serve(request, response);
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>test</title>');
  });
  sockets = new WebSocketServer({ noServer: true, handleProtocols: protocols => (protocols.has('echo.v1') ? 'echo.v1' : false) });
  server.on('upgrade', (request, socket, head) => {
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
test('the other side is cut', async () => assert.equal(await call('receive_all', '/cut'), 'ECONNRESET'));
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
  assert.equal(await call('send_for_ever', '/count', 300), 'TimeoutError');
  assert.ok(received > 1 << 20);
});
