// WebSocket where module.green.app.fetch() alone is asked: real Deno and real workerd, with clients of npm's `ws` and bytes of
// our own.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test as testInTime } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { hosts, stopAll } from './hosts.mjs';

const buildFolder = `${process.env.GREENIO_BUILD ?? 'build'}/${process.env.GREENIO_WASM ?? 'wasm-release'}`;
const program = buildFolder + '/tests/hosts/hosts_websocket.mjs';
const test = (name, body) => testInTime(name, { timeout: 600_000 }, body);
const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const handshake = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': key };

after(stopAll);

/* A client of ws: `opened` and `closed` are promises, message() gives one of the next one. */
function client(url, protocols = [], options = {}) {
  const socket = /** @type {any} */ (new WebSocket(url, protocols, options));
  const came = [];
  let more = () => {};
  socket.on('upgrade', response => { socket.answer = response; });
  socket.on('message', (data, binary) => {
    came.push(binary ? data : String(data));
    more();
  });
  socket.on('error', () => {}); // its close is looked at
  socket.opened = once(socket, 'open');
  socket.closed = new Promise(resolve => socket.on('close', (code, reason) => {
    resolve([code, String(reason)]);
    more();
  }));
  socket.message = async () => {
    while (!came.length && socket.readyState !== WebSocket.CLOSED) await new Promise((resolve) => { more = resolve; });
    assert.ok(came.length, 'the connection has ended');
    return came.shift();
  };
  return socket;
}
async function open(...args) {
  const socket = client(...args);
  await socket.opened;
  return socket;
}
/* The answer to a request as it is: { status, text }. */
async function ask(port, path, headers, method = 'GET', body = '') {
  const socket = connect(port, '127.0.0.1');
  const lines = Object.entries({ Host: `127.0.0.1:${port}`, ...headers }).filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.setEncoding('latin1').write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  let text = '';
  for await (const piece of socket) {
    text += piece;
    if (text.includes('\r\n\r\n')) break;
  }
  socket.destroy();
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text };
}

for (const [name, { start, isDeno }] of Object.entries(hosts)) describe(name, () => {
  let base;
  let site;
  before(async () => {
    site = await start(program);
    base = site.base.replace('http', 'ws');
  });
  const state = async () => (await fetch(`${site.base}/state`)).json();
  /* Until so many handlers have begun, and all that have begun have ended. */
  async function settled(least = 0) {
    for (;;) {
      const now = await state();
      if (now.begun >= least && now.begun === now.ended) return now;
    }
  }

  test('messages of many sizes come back, whole and in order', async () => {
    const socket = await open(`${base}/echo`);
    const sizes = [0, 1, 125, 126, 65535, 65536, 200000, 1 << 20];
    for (const size of sizes) socket.send(Buffer.alloc(size, size & 255));
    socket.send('gr\u00fc\u00df dich \u{1f600}');
    for (const size of sizes) {
      assert.ok(Buffer.alloc(size, size & 255).equals(await socket.message()), `of ${size} bytes`);
    }
    assert.equal(await socket.message(), 'gr\u00fc\u00df dich \u{1f600}');
    socket.close(3210, 'that was all');
    assert.equal((await socket.closed)[0], 3210); // with the reason, or not
    const { outcome, code, reason } = await settled();
    assert.deepEqual([outcome, code, reason], ['', 3210, 'that was all']);
  });

  test('fragments make one message, with a ping between them', async () => {
    const socket = await open(`${base}/echo`, [], { perMessageDeflate: false });
    const bytes = Buffer.from('gr\u00fc\u00df');
    socket.send(bytes.subarray(0, 3), { fin: false, binary: false }); // within a character
    socket.ping('between');
    socket.send(bytes.subarray(3), { fin: true, binary: false });
    const [[pong], text] = await Promise.all([once(socket, 'pong'), socket.message()]);
    assert.deepEqual([String(pong), text], ['between', 'gr\u00fc\u00df']);
    for (let i = 0; i < 2000; i++) socket.send('x', { fin: i === 1999 });
    assert.equal((await socket.message()).length, 2000);
    socket.close();
    assert.equal((await socket.closed)[0], 1005);
    assert.equal((await settled()).code, 1005);
  });

  test('a message is read in pieces', async () => {
    const socket = await open(`${base}/count`);
    socket.send(Buffer.alloc(2500));
    assert.equal(await socket.message(), '2500 in 3');
    socket.send('');
    assert.equal(await socket.message(), '0 in 1');
    socket.close();
    await socket.closed;
  });

  test('a hundred at once', async () => {
    await Promise.all(Array.from({ length: 100 }, async (_, i) => {
      const socket = await open(`${base}/echo`);
      socket.send(`number ${i}`);
      assert.equal(await socket.message(), `number ${i}`);
      socket.close(1000);
      assert.equal((await socket.closed)[0], 1000);
    }));
    assert.equal((await settled()).outcome, '');
  });

  test('a subprotocol is agreed on, and what is set is sent', async () => {
    for (const [asked, agreed] of [[['other', 'echo.v1'], 'echo.v1'], [['echo.v1', 'echo.v2'], 'echo.v1'], [[], '']]) {
      const socket = await open(`${base}/echo`, asked);
      assert.equal(socket.protocol, agreed);
      assert.equal(socket.answer.headers['x-mine'], isDeno ? undefined : 'yes'); // Deno sends its own alone
      socket.close();
      await socket.closed;
    }
    const { status, text: head } = await ask(site.port, '/echo', { ...handshake, 'Sec-WebSocket-Protocol': 'other,echo.v2' }); // without a space
    assert.equal(status, 101);
    assert.match(head, /sec-websocket-protocol: echo\.v2\r\n/i);
    assert.doesNotMatch(head, /sec-websocket-protocol: other/i);
    await settled();
  });

  test('pages of another site do not get in', async () => {
    for (const [path, origin, good] of [
      ['echo', site.base, true], ['echo', 'https://evil.example', false], ['origins', 'https://friend.example', true], ['origins', site.base, false],
    ]) {
      const { status } = await ask(site.port, `/${path}`, { ...handshake, Origin: origin });
      assert.equal(status, good ? 101 : 403, `${path} from ${origin}`);
    }
    await settled();
  });

  test('what is no handshake is refused', async () => {
    for (const { what, headers, expected } of [
      { what: 'nothing of it', headers: { Connection: null, Upgrade: null, 'Sec-WebSocket-Version': null, 'Sec-WebSocket-Key': null }, expected: 426 },
      { what: 'another version', headers: { 'Sec-WebSocket-Version': '8' }, expected: 426 },
      { what: 'no key', headers: { 'Sec-WebSocket-Key': null }, expected: 400 },
      { what: 'a key that is none', headers: { 'Sec-WebSocket-Key': 'abc' }, expected: 400 },
    ]) {
      const { status } = await ask(site.port, '/echo', { ...handshake, ...headers });
      assert.equal(status, expected, what);
    }
    assert.equal((await ask(site.port, '/echo', { ...handshake, Connection: 'keep-alive, Upgrade' })).status, 101);
    await settled();
  });

  test('the server closes with every code that can be sent', async () => {
    for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1011, 3000, 4999]) {
      const socket = client(`${base}/close?code=${code}&reason=so`);
      assert.deepEqual(await socket.closed, [code, 'so']);
      const { outcome, code: theirs } = await settled();
      assert.deepEqual([outcome, theirs], ['', code]);
    }
    await client(`${base}/close?code=1005`).closed;
    assert.equal((await settled()).outcome, 'EINVAL');
    assert.equal((await client(`${base}/fail`).closed)[0], 1011);
  });

  test('a client that leaves cancels the task, and one that is received from is told', async () => {
    const { begun, cancelled } = await state();
    const waiting = await open(`${base}/wait`);
    waiting.close();
    await waiting.closed;
    assert.equal((await settled(begun + 1)).cancelled, cancelled + 1);
    const cut = await open(`${base}/wait`);
    cut.terminate();
    assert.equal((await settled(begun + 2)).cancelled, cancelled + 2);
    const received = await open(`${base}/echo`);
    received.terminate();
    const { outcome, code } = await settled(begun + 3);
    assert.deepEqual([outcome, code], ['ECONNRESET', 1006]);
  });

  test('who does not read holds up the sender, and then gets all', async () => {
    const socket = await open(`${base}/push`, [], { perMessageDeflate: false });
    socket.pause();
    let sent = 0;
    for (let last = -1; sent !== last; await new Promise(resolve => setTimeout(resolve, 300))) [last, sent] = [sent, (await state()).sent];
    assert.ok(sent < 400, `${sent} messages`);
    let size = 0;
    socket.on('message', data => { size += data.length; });
    socket.resume();
    assert.equal((await socket.closed)[0], 1000);
    assert.equal(size, 400 << 16);
    assert.equal((await settled()).outcome, '');
  });

  test('what is not received is kept, up to a bound, behind which the client is refused', async () => {
    const kept = await open(`${base}/later?ms=300`, [], { perMessageDeflate: false });
    for (let i = 0; i < 10_000; i++) kept.send(Buffer.alloc(1000)); // 10 MB
    kept.send('go');
    assert.equal(await kept.message(), '10000');
    await kept.closed;
    for (const size of [20, 1000, 1 << 20]) {
      const { begun, cancelled } = await state();
      const socket = await open(`${base}/wait`, [], { perMessageDeflate: false });
      const message = Buffer.alloc(size);
      for (let sent = 0; socket.readyState === WebSocket.OPEN && sent < 100 << 20;) {
        for (let i = 0; i < 1000 && socket.bufferedAmount < 1 << 20; i++, sent += size + 64) socket.send(message);
        await new Promise(resolve => { setImmediate(resolve); });
      }
      const [code] = await socket.closed;
      assert.ok(code === 1008 || (isDeno && code === 1006), `${code} of ${size} bytes`); // on Deno what is sent behind the close ends it
      assert.equal((await settled(begun + 1)).cancelled, cancelled + 1);
    }
  });

  test('each connection that its server closes at once is told of its end', async () => {
    const { begun } = await state();
    for (let i = 0; i < 20; i++) {
      const socket = client(`${base}/close?code=4003`);
      assert.equal((await socket.closed)[0], 4003);
    }
    assert.equal((await settled(begun + 20)).code, 4003);
  });

  test('a message above the limit is told', async () => {
    const socket = await open(`${base}/echo?max=100`);
    socket.send(Buffer.alloc(100));
    assert.equal((await socket.message()).length, 100);
    socket.send(Buffer.alloc(101));
    assert.equal((await socket.closed)[0], 1009);
    assert.equal((await settled()).outcome, 'EMSGSIZE');
  });

  test('what goes against the protocol ends the connection', async () => {
    for (const { what, bytes } of [
      { what: 'an opcode that is none', bytes: [0x83, 0x80, 0, 0, 0, 0] },
      { what: 'a continuation of nothing', bytes: [0x80, 0x80, 0, 0, 0, 0] },
    ]) {
      const socket = await open(`${base}/echo`);
      socket._socket.write(Buffer.from(bytes));
      await socket.closed;
      assert.equal((await settled()).outcome, 'EPROTO', what);
    }
  });

  test('a text that is not UTF-8 is seen by Deno, and changed by workerd', async () => {
    const socket = await open(`${base}/echo`);
    socket._socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]));
    if (isDeno) {
      await socket.closed;
      assert.equal((await settled()).outcome, 'EPROTO');
    } else {
      assert.equal(await socket.message(), '\ufffd\ufffd');
      socket.close();
      await socket.closed;
    }
  });

  test('a ping cannot be sent', async () => {
    assert.deepEqual(await client(`${base}/ping`).closed, [1000, 'ENOTSUP']);
  });

  test('keep_alive is the host\'s, or is not', async () => {
    if (!isDeno) {
      const { status, text } = await ask(site.port, '/echo?keep=50', handshake);
      assert.equal(status, 501);
      assert.match(text, /ENOTSUP: keep_alive/);
      return;
    }
    const alive = await open(`${base}/echo?keep=1000`);
    await once(alive, 'ping');
    await once(alive, 'ping'); // the first was answered
    alive.close();
    await alive.closed;
    const dead = await open(`${base}/echo?keep=50`, [], { autoPong: false });
    await dead.closed;
    assert.equal((await settled()).outcome, 'ETIMEDOUT');
  });

  test('a client that does not wait for the answer to its handshake leaves nothing', async () => {
    const socket = connect(site.port, '127.0.0.1');
    const lines = Object.entries({ Host: 'a', ...handshake }).map(([header, value]) => `${header}: ${value}\r\n`);
    socket.write(`GET /echo?late=100 HTTP/1.1\r\n${lines.join('')}\r\n`);
    await once(socket, 'connect');
    await new Promise(resolve => setTimeout(resolve, 30)); // on its way; whatever it was, nothing may stay
    socket.destroy();
    await new Promise(resolve => setTimeout(resolve, 200));
    await settled();
  });

  test('our client talks to another server', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'echo.v1' });
    await once(server, 'listening');
    server.on('connection', socket => socket.on('message', (data, binary) => socket.send(data, { binary })));
    try {
      const url = `ws://127.0.0.1:${server.address().port}/`;
      assert.equal(await (await fetch(`${site.base}/talk?url=${encodeURIComponent(url)}`)).text(), 'all was right');
    } finally {
      server.close();
      server.clients.forEach(client => client.terminate());
    }
    const refused = await fetch(`${site.base}/talk?url=${encodeURIComponent('ws://127.0.0.1:1/')}`);
    assert.match(await refused.text(), /^ENETWORK/);
  });

  if (!isDeno) test('an instance a request', async () => {
    const socket = await open(`${base}/each/echo`);
    for (let i = 0; i < 10; i++) {
      socket.send(`number ${i}`);
      assert.equal(await socket.message(), `number ${i}`);
    }
    socket.close(3000);
    assert.equal((await socket.closed)[0], 3000);
  });

  // workerd 1138, cloudflare-docs 23103: an object that nobody has asked for 10 s is put away, with all that it has in memory.
  if (name === 'workerd of today') test('an object is kept while a connection is open, and begun anew when it is asked again', async () => {
    const socket = await open(`${base}/echo`);
    const { begun } = await state();
    assert.ok(begun > 0);
    await new Promise(resolve => { setTimeout(resolve, 15_000); });
    socket.send('still here');
    assert.equal(await socket.message(), 'still here');
    assert.equal((await state()).begun, begun);
    socket.close();
    await socket.closed;
    await settled();
    await new Promise(resolve => { setTimeout(resolve, 30_000); });
    assert.equal((await state()).begun, 0);
  });

  if (!isDeno) test('a server that is shut down closes with 1001', async () => {
    const own = await start(program, 'server');
    const socket = await open(`${own.base.replace('http', 'ws')}/echo`);
    assert.equal(await (await fetch(`${own.base}/stop`)).text(), 'stopping');
    assert.equal((await socket.closed)[0], 1001);
  });
});
