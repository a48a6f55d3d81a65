// greenio/gateway by itself, without C: the WebSocket that carries the connections, and what may go wrong with it. The other
// end is gateway.mjs, or the program GREENIO_GATEWAY.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { text } from 'node:stream/consumers';
import WebSocket, { WebSocketServer } from 'ws';
import { gateway } from '../../web/gateway.mjs';
import { startGateway } from './gateway.mjs';
import { startPeers } from './peers.mjs';
import { startProgram } from './program.mjs';

const program = process.env.GREENIO_GATEWAY;
const inside = { skip: program ? 'it looks into gateway.mjs' : false };

let peers;
const started = [];
before(async () => { peers = await startPeers(); });
after(async () => {
  await Promise.all(started.reverse().map(one => one.close()));
  peers.close();
});

const anything = (host, port) => ({ host, port });
async function start(settings = {}) {
  const allow = Object.values(peers.ports).map(port => `127.0.0.1:${port}`);
  const made = await (program ? startProgram(program, { allow, token: settings.token }) : startGateway({ allow: anything, ...settings }));
  started.push(made);
  return made;
}
const by = (made, options = {}) => {
  const sockets = gateway(made.url, { WebSocket, ...options });
  started.push(sockets);
  return sockets;
};
const to = (sockets, peer, hostname = '127.0.0.1') => sockets.connect({ hostname, port: peers.ports[peer] });
const bytes = text => new TextEncoder().encode(text);

// Sockets by a gateway that sends just these messages, behind HELLO and OPEN.
async function byScript(messages, options = {}) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'greenio-gateway-1' });
  await once(server, 'listening');
  started.push(server);
  server.on('connection', socket => socket.once('message', () => {
    socket.once('message', () => messages.forEach(message => socket.send(typeof message == 'string' ? message : Buffer.from(message))));
  }));
  return by({ url: `ws://127.0.0.1:${/** @type {any} */ (server.address()).port}` }, options);
}

async function write(socket, data) {
  const writer = socket.writable.getWriter();
  await writer.write(typeof data == 'string' ? bytes(data) : data);
  writer.releaseLock();
}
async function readOnce(socket) {
  const reader = socket.readable.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return new TextDecoder().decode(value);
}
const exchange = async (socket, word) => {
  await write(socket, word);
  assert.equal(await readOnce(socket), word);
};
const failure = promise => promise.then(() => assert.fail('it did not fail'), error => error);

test('a connection tells its addresses, echoes, and ends by halves', async () => {
  const sockets = by(await start());
  const socket = to(sockets, 'echo');
  const { remoteAddress, localAddress } = await socket.opened;
  assert.equal(remoteAddress, `127.0.0.1:${peers.ports.echo}`);
  assert.match(localAddress, /^127\.0\.0\.1:\d+$/);
  await exchange(socket, 'hello');
  await socket.writable.close();
  assert.equal(await text(socket.readable), '');
  await socket.closed;
  assert.equal(sockets.connections, 0);
});

test('what is written before it is open waits', async () => {
  const socket = to(by(await start()), 'answer');
  await write(socket, 'early');
  await socket.writable.close();
  assert.equal(await text(socket.readable), 'you sent 5\n');
});

test('a thousand connections are one WebSocket', async () => {
  const made = await start();
  const sockets = by(made);
  const all = Array.from({ length: 1000 }, () => to(sockets, 'echo'));
  await Promise.all(all.map(socket => socket.opened));
  assert.equal(sockets.connections, 1000);
  await Promise.all(all.map((socket, i) => exchange(socket, `number ${i}`)));
  await Promise.all(all.map(socket => socket.close()));
  assert.equal(sockets.connections, 0);
  if (!program) assert.equal(made.opened, 1);
});

test('what nobody reads stays with the gateway, and holds no other', inside, async () => {
  const made = await start();
  const sockets = by(made, { window: 50000 });
  const slow = to(sockets, 'source');
  await slow.opened;
  await write(slow, '10000000\n');
  const other = to(sockets, 'echo');
  for (let i = 0; i < 50; i++) await exchange(other, 'hello');
  const [connection] = [...made.sessions][0].connections.values();
  assert.equal(connection.sent, 50000);
  const reader = slow.readable.getReader();
  let count = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    assert.ok(connection.sent <= count + 50000 + piece.value.length);
    count += piece.value.length;
  }
  assert.equal(count, 10000000);
});

test('what a peer does not read stays with its writer, and holds no other', async () => {
  const sockets = by(await start());
  const [slow, other] = [to(sockets, 'silent'), to(sockets, 'echo')];
  const writer = slow.writable.getWriter();
  let written = 0;
  const flood = (async () => {
    for (;;) {
      await writer.write(new Uint8Array(100000));
      written += 100000;
    }
  })();
  flood.catch(() => {});
  for (let before = -1; before !== written;) {
    before = written;
    for (let i = 0; i < 20; i++) await exchange(other, 'hello');
  }
  assert.ok(written < 50e6, `${written} bytes`);
  slow.abort();
  assert.equal((await failure(flood)).code, 'ECONNABORTED');
  await exchange(other, 'hello');
});

test('refused, unknown and not allowed say so', async () => {
  const sockets = by(await start({ allow: (host, port) => (host === '192.0.2.1' ? null : { host, port }) }));
  assert.equal((await failure(to(sockets, 'closed').opened)).code, 'ECONNREFUSED');
  const unlisted = await failure(to(sockets, 'echo', '192.0.2.1').opened);
  assert.equal(unlisted.code, 'EACCES');
  assert.match(unlisted.message, /192\.0\.2\.1.* is not allowed/);
  const socket = to(sockets, 'closed');
  assert.equal((await failure(socket.closed)).code, 'ECONNREFUSED');
  assert.equal((await failure(socket.readable.getReader().read())).code, 'ECONNREFUSED');
  assert.equal((await failure(write(socket, 'x'))).code, 'ECONNREFUSED');
});

test('a cut connection: what came before it is read first', async () => {
  const sockets = await byScript([[2, 0, 0, 0, 1, 0, 0, 0, 9], [3, 0, 0, 0, 1, 65, 66], [3, 0, 0, 0, 1, 67], [6, 0, 0, 0, 1, ...Buffer.from('EHOSTUNREACH it is far')]]);
  const socket = to(sockets, 'echo');
  assert.equal((await failure(socket.closed)).code, 'EHOSTUNREACH');
  assert.equal(await readOnce(socket), 'AB');
  assert.equal(await readOnce(socket), 'C');
  const error = await failure(socket.readable.getReader().read());
  assert.deepEqual([error.code, error.message], ['EHOSTUNREACH', 'it is far']);
  assert.equal((await failure(write(socket, 'x'))).code, 'EHOSTUNREACH');
});

test('close() delivers what was written', async () => {
  const sockets = by(await start());
  const socket = to(sockets, 'sink');
  const writer = socket.writable.getWriter();
  for (let i = 0; i < 10; i++) writer.write(new Uint8Array(30000)).catch(() => {});
  await socket.close();
  assert.equal(await text(to(sockets, 'told').readable), '300000 bytes, ended\n');
  assert.equal((await failure(writer.write(bytes('x')))).code, 'EPIPE');
});

test('close() before it is open lets it go', inside, async () => {
  const made = await start({ allow: () => 'never' });
  const sockets = by(made);
  const socket = to(sockets, 'echo');
  await socket.close();
  assert.equal((await failure(socket.opened)).code, 'EPIPE');
  assert.equal(sockets.connections, 0);
});

test('abort() cuts it', async () => {
  const sockets = by(await start());
  const socket = to(sockets, 'sink');
  await socket.opened;
  socket.abort();
  assert.equal((await failure(socket.closed)).code, 'ECONNABORTED');
  assert.equal(await text(to(sockets, 'told').readable), '0 bytes, cut\n');
});

test('a reader that cancels lets the other side go on', async () => {
  const socket = to(by(await start(), { window: 10000 }), 'source');
  await write(socket, '1000000\n');
  await socket.readable.cancel();
  await socket.writable.close();
  await socket.closed;
});

test('a WebSocket that breaks cuts its connections with a reason, and the next one opens another', inside, async () => {
  const made = await start();
  const sockets = by(made);
  const all = [to(sockets, 'echo'), to(sockets, 'silent')];
  await Promise.all(all.map(socket => socket.opened));
  made.breakAll();
  for (const socket of all) {
    const error = await failure(socket.closed);
    assert.equal(error.code, 'ECONNRESET');
    assert.match(error.message, /ws:\/\/127\.0\.0\.1:\d+\/ was lost/);
    assert.equal((await failure(socket.readable.getReader().read())).code, 'ECONNRESET');
  }
  await exchange(to(sockets, 'echo'), 'again');
  assert.equal(made.opened, 2);
});

test('one that does not answer any more counts as gone', inside, async () => {
  const sockets = by(await start({ deaf: true }), { heartbeat: 20 });
  const error = await failure(to(sockets, 'silent').closed);
  assert.equal(error.code, 'ECONNRESET');
  assert.match(error.message, /does not answer any more/);
});

test('one that answers stays', async () => {
  const sockets = by(await start(), { heartbeat: 3000 });
  const socket = to(sockets, 'echo');
  await socket.opened;
  await new Promise(resolve => { setTimeout(resolve, 7000); }); /* two heartbeats */
  await exchange(socket, 'still here');
});

test('it is closed when there is no connection any more', inside, async () => {
  const made = await start();
  const sockets = by(made, { idle: 0 });
  const socket = to(sockets, 'echo');
  await socket.opened;
  const [{ socket: webSocket }] = made.sessions;
  const ended = once(webSocket, 'close');
  await socket.close();
  assert.equal((await ended)[0], 1000);
  await exchange(to(sockets, 'echo'), 'again');
});

test('close() of all of them', async () => {
  const sockets = by(await start());
  const socket = to(sockets, 'silent');
  await socket.opened;
  sockets.close();
  assert.equal((await failure(socket.closed)).code, 'ECONNABORTED');
  await exchange(to(sockets, 'echo'), 'again');
});

test('the token is sent, by whatever it is, and a wrong one is told', async () => {
  const made = await start({ token: 'right' });
  let asked = 0;
  const token = async () => (asked++ ? 'right' : 'wröng');
  const sockets = by(made, { token });
  const error = await failure(to(sockets, 'echo').opened);
  assert.equal(error.code, 'EACCES');
  assert.match(error.message, /the token is wrong/);
  await exchange(to(sockets, 'echo'), 'hello');
  await exchange(to(by(made, { token: Promise.resolve('right') }), 'echo'), 'hello');
  if (!program) assert.deepEqual(made.settings.tokens, ['wröng', 'right', 'right']);
  const thrown = await failure(to(by(made, { token: () => Promise.reject(new Error('no token today')) }), 'echo').opened);
  assert.equal(thrown.message, 'no token today');
});

test('a gateway that is not there, and what is none', async () => {
  const nowhere = gateway(`ws://127.0.0.1:${peers.ports.closed}`, { WebSocket });
  const error = await failure(to(nowhere, 'echo').opened);
  assert.equal(error.code, 'ENETWORK');
  assert.match(error.message, /cannot be reached/);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  new WebSocketServer({ server, handleProtocols: () => false });
  const other = gateway(`http://127.0.0.1:${/** @type {any} */ (server.address()).port}`, { WebSocket });
  assert.ok(['ENETWORK', 'EPROTO'].includes((await failure(to(other, 'echo').opened)).code));
  server.close();
});

// What a gateway may not send.
const wrong = {
  'what is no message': [[2, 0]],
  'a kind that there is not': [[42, 0, 0, 0, 1]],
  'a connection that nobody opened': [[3, 0, 0, 0, 2, 65]],
  'data before it is open': [[3, 0, 0, 0, 1, 65]],
  'no data': [[2, 0, 0, 0, 1, 0, 0, 0, 9], [3, 0, 0, 0, 1]],
  'more than there is credit for': [[2, 0, 0, 0, 1, 0, 0, 0, 9], [3, 0, 0, 0, 1, ...Buffer.alloc(101)]],
  'data behind the end': [[2, 0, 0, 0, 1, 0, 0, 0, 9], [5, 0, 0, 0, 1], [3, 0, 0, 0, 1, 65]],
  'credit before it is open': [[4, 0, 0, 0, 1, 0, 0, 0, 9]],
  'an end before it is open': [[5, 0, 0, 0, 1]],
  'two ends': [[2, 0, 0, 0, 1, 0, 0, 0, 9], [5, 0, 0, 0, 1], [5, 0, 0, 0, 1]],
  'twice that it is open': [[2, 0, 0, 0, 1, 0, 0, 0, 9], [2, 0, 0, 0, 1, 0, 0, 0, 9]],
  'an address without end': [[2, 0, 0, 0, 1, 0, 0, 0, 9, ...Buffer.alloc(2000, ':')]],
  'a ping without end': [[8, 0, 0, 0, 0, ...Buffer.alloc(2000)]],
  'a credit that is none': [[2, 0, 0, 0, 1, 0, 0, 0, 9], [4, 0, 0, 0, 1, 65]],
  'text': ['hello'],
};
for (const [what, messages] of Object.entries(wrong)) {
  test(`a gateway that sends ${what}`, async () => {
    const sockets = await byScript(messages, { window: 100 });
    assert.equal((await failure(to(sockets, 'echo').closed)).code, 'EPROTO');
  });
}

test('what cannot be connected to is told at once', async () => {
  const sockets = by(await start());
  const cases = /** @type {any[][]} */ ([
    [{ hostname: '', port: 1 }, 'EINVAL'], [{ hostname: 'x', port: 0 }, 'EINVAL'], [{ hostname: 'x', port: 65536 }, 'EINVAL'], [undefined, 'EINVAL'],
  ]);
  for (const [address, code] of cases) assert.throws(() => sockets.connect(address), { code });
  assert.throws(() => sockets.connect({ hostname: 'x', port: 1 }, /** @type {any} */ ({ secureTransport: 'on' })), { code: 'ENOTSUP' });
  assert.throws(() => gateway('nowhere', { WebSocket }), { code: 'EINVAL' });
  assert.throws(() => gateway('ftp://nowhere', { WebSocket }), { code: 'EINVAL' });
  assert.throws(() => gateway('ws://nowhere', { WebSocket, window: 0 }), { code: 'EINVAL' });
  assert.throws(() => gateway('ws://nowhere', { WebSocket: /** @type {any} */ (null) }), { code: 'ENOTSUP' });
});
