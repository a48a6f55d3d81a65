// What features get of given sockets (src/net/sockets.mjs), by itself: providers of all kinds, well made and not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST, socketsOf } from '../../src/net/sockets.mjs';

const turn = () => new Promise(resolve => { setImmediate(resolve); });

/* A provider whose one connection the test has in its hands. */
function provider(more = {}) {
  const given = { asked: null, closed: 0, aborted: 0, cancelled: 0, written: [], ended: 0, release: null, held: false };
  const readable = new ReadableStream({ start: controller => { given.reader = controller; }, cancel: () => void given.cancelled++ }, { highWaterMark: 0 });
  const writable = new WritableStream({
    start: controller => { given.writer = controller; },
    write(chunk) {
      given.written.push(chunk);
      return given.held ? new Promise(resolve => { given.release = resolve; }) : undefined;
    },
    close: () => void given.ended++,
  });
  const opened = new Promise((resolve, reject) => Object.assign(given, { open: resolve, refuse: reject }));
  const socket = { readable, writable, opened, close: () => void given.closed++, abort: () => void given.aborted++, ...more };
  const connect = (address, options) => {
    given.asked = { ...address, ...options };
    return socket;
  };
  return { given, sockets: socketsOf({ greenSockets: { connect } }) };
}

/* Connects, and notes what is told. */
function connect(sockets, where = { host: '192.0.2.1', port: 80 }) {
  const socket = sockets.connect(where);
  const told = [];
  for (const event of ['connect', 'data', 'end', 'drain', 'error', 'close']) {
    socket.on(event, value => told.push(event === 'data' ? `data ${Buffer.from(value)}` : event === 'error' ? `error ${value.code} ${value.message}` : event));
  }
  return { socket, told };
}

test('a connection: its addresses, bytes both ways, its two ends', async () => {
  const { given, sockets } = provider();
  const { socket, told } = connect(sockets);
  assert.deepEqual(given.asked, { hostname: '192.0.2.1', port: 80, secureTransport: 'off', allowHalfOpen: true });
  await turn();
  assert.deepEqual(told, []);
  given.open({ remoteAddress: '[2001:db8::1]:80', localAddress: '192.0.2.9:12345' });
  await turn();
  assert.deepEqual([socket.remoteAddress, socket.remotePort, socket.address()], ['2001:db8::1', 80, { address: '192.0.2.9', port: 12345 }]);
  given.reader.enqueue(Buffer.from('hello'));
  given.reader.enqueue(new Uint8Array(0));
  given.reader.enqueue(new Uint8Array([65, 66]).buffer);
  given.reader.close();
  socket.write(Buffer.from('there'));
  socket.end();
  socket.end();
  await turn();
  assert.deepEqual(told, ['connect', 'data hello', 'data AB', 'end']);
  assert.deepEqual([String(given.written[0]), given.ended, socket.writableLength], ['there', 1, 0]);
});

for (const [text, expected] of Object.entries({
  '192.0.2.1:443': ['192.0.2.1', 443], '[::1]:80': ['::1', 80], '::1:80': ['::1', 80], '[fe80::1%eth0]:80': ['fe80::1%eth0', 80],
  '[::ffff:192.0.2.1]:80': ['::ffff:192.0.2.1', 80], 'example.org:443': [undefined, undefined], '192.0.2.1': [undefined, undefined], '': [undefined, undefined],
})) {
  test(`the address "${text}"`, async () => {
    const { given, sockets } = provider();
    const { socket } = connect(sockets);
    given.open({ remoteAddress: text });
    await turn();
    assert.deepEqual([socket.remoteAddress, socket.remotePort], expected);
    assert.deepEqual(socket.address(), {});
  });
}

test('a provider that does not say when it is open', async () => {
  const { sockets } = provider({ opened: undefined });
  const { told } = connect(sockets);
  await turn();
  assert.deepEqual(told, ['connect']);
});

test('who does not read holds the readable, who writes is told of room', async () => {
  const { given, sockets } = provider();
  const { socket, told } = connect(sockets);
  given.open({});
  await turn();
  socket.pause();
  given.reader.enqueue(Buffer.from('one')); /* for the read that is under way */
  given.reader.enqueue(Buffer.from('two'));
  await turn();
  assert.deepEqual(told, ['connect', 'data one']);
  socket.resume();
  socket.resume();
  await turn();
  assert.deepEqual(told, ['connect', 'data one', 'data two']);
  given.held = true;
  assert.equal(socket.write(new Uint8Array(MOST - 1)), true);
  assert.equal(socket.write(new Uint8Array(1)), false);
  assert.equal(socket.writableLength, MOST);
  await turn();
  given.release();
  await turn();
  assert.equal(told.at(-1), 'drain');
  assert.equal(socket.writableLength, 1);
});

test('refused, by a code, by words, by nothing', async () => {
  const cases = [
    [Object.assign(new Error('nobody there'), { code: 'EHOSTUNREACH' }), 'error EHOSTUNREACH nobody there'],
    [new Error('proxy request failed, cannot connect to the specified address'), 'error ECONNREFUSED proxy request failed, cannot connect to the specified address'],
    [new Error('what?'), 'error  what?'],
    [undefined, 'error  undefined'],
  ];
  for (const [reason, expected] of cases) {
    const { given, sockets } = provider();
    const { told } = connect(sockets);
    given.refuse(reason);
    await turn();
    assert.deepEqual(told, [expected]);
  }
});

test('an error that `closed` alone tells, while it is not open', async () => {
  const { sockets } = provider({ opened: new Promise(() => {}), closed: Promise.reject(new Error('connection refused')) });
  const { told } = connect(sockets);
  while (!told.length) await turn();
  assert.deepEqual(told, ['error ECONNREFUSED connection refused']);
});

test('a `closed` that rejects of one that is open says nothing', async () => {
  let close;
  const { given, sockets } = provider({ closed: new Promise((_, reject) => { close = reject; }) });
  const { told } = connect(sockets);
  given.open({});
  await turn();
  close(undefined);
  given.reader.enqueue(Buffer.from('last'));
  await turn();
  assert.deepEqual(told, ['connect', 'data last']);
});

test('cut while it is open, by either stream', async () => {
  for (const side of ['reader', 'writer']) {
    const { given, sockets } = provider();
    const { socket, told } = connect(sockets);
    given.open({});
    await turn();
    given[side].error(new Error('gone'));
    while (told.length < 2) await turn();
    assert.deepEqual(told, ['connect', 'error ECONNRESET gone']);
    socket.write(new Uint8Array(1)); /* nobody is told twice, and nothing is thrown */
    await turn();
    assert.equal(told.length, 2);
  }
});

test('a readable that gives what are no bytes', async () => {
  const { given, sockets } = provider();
  const { told } = connect(sockets);
  given.open({});
  await turn();
  given.reader.enqueue('text');
  await turn();
  assert.match(told[1], /^error EPROTO .*no bytes/);
});

test('destroySoon() delivers what was written, lets what comes go by, and closes', async () => {
  const { given, sockets } = provider();
  const { socket, told } = connect(sockets);
  given.open({});
  await turn();
  socket.pause();
  given.held = true;
  socket.write(Buffer.from('last words'));
  await turn();
  socket.destroySoon();
  for (let i = 0; i < 5; i++) given.reader.enqueue(new Uint8Array(1000));
  await turn();
  assert.deepEqual([given.ended, given.closed, given.aborted], [0, 0, 0]);
  assert.ok(given.reader.desiredSize >= 0, 'what came was taken');
  given.release();
  await turn();
  assert.deepEqual([given.ended, given.closed, given.aborted, told], [1, 1, 0, ['connect']]);
});

test('destroySoon() behind end()', async () => {
  const { given, sockets } = provider();
  const { socket } = connect(sockets);
  given.open({});
  await turn();
  given.held = true;
  socket.write(Buffer.from('last words'));
  socket.end();
  await turn();
  socket.destroySoon();
  await turn();
  assert.equal(given.closed, 0);
  given.release();
  await turn();
  assert.deepEqual([given.ended, given.closed], [1, 1]);
});

test('destroy() aborts; and what has no abort is ended by its streams', async () => {
  const one = provider();
  connect(one.sockets).socket.destroy();
  assert.equal(one.given.aborted, 1);
  const other = provider({ abort: undefined });
  const { socket, told } = connect(other.sockets);
  other.given.open({});
  await turn();
  socket.resetAndDestroy();
  await turn();
  assert.deepEqual([other.given.cancelled, other.given.closed, told], [1, 1, ['connect']]);
});

test('destroySoon() of what is not open is a cut', async () => {
  const { given, sockets } = provider();
  const { socket, told } = connect(sockets);
  socket.destroySoon();
  given.open({});
  await turn();
  assert.deepEqual([given.aborted, told], [1, []]);
});

test('a provider that throws, or gives what is no connection', async () => {
  const cases = /** @type {[Function, RegExp][]} */ ([
    [() => { throw Object.assign(new Error('no more'), { code: 'EMFILE' }); }, /^error EMFILE no more/],
    [() => undefined, /^error EINVAL .*gave what has no readable/],
    [() => ({ readable: new ReadableStream(), close() {} }), /no writable/],
    [() => ({ readable: 1, writable: 2, close() {} }), /^error /],
    [() => ({ get readable() { throw new Error('a getter'); } }), /no readable/],
  ]);
  for (const [make, expected] of cases) {
    const { told } = connect(socketsOf({ greenSockets: { connect: make } }));
    await turn();
    assert.match(told.join(), expected);
  }
});

test('an option that is none', () => {
  for (const wrong of [{}, { connect: 1 }, 'ws://here', () => {}]) {
    assert.throws(() => socketsOf({ greenSockets: wrong }), { code: 'EINVAL', message: /greenSockets has no function connect/ });
  }
});

test('one for each instance; without the option, Node\'s', () => {
  const Module = {};
  assert.equal(socketsOf(Module), socketsOf(Module));
  assert.equal(socketsOf(Module).kind, 1);
  assert.equal(socketsOf({ greenSockets: null }).kind, 1);
  assert.equal(provider().sockets.kind, 2);
});

test('names stand behind addresses of their own, until there are no more', () => {
  const { given, sockets } = provider();
  const address = sockets.addressFor('db.example');
  assert.equal(address, '198.18.0.1');
  assert.equal(sockets.addressFor('db.example'), address);
  assert.equal(sockets.addressFor('other.example'), '198.18.0.2');
  connect(sockets, { host: address, port: 5432 });
  assert.equal(given.asked.hostname, 'db.example');
  assert.equal(sockets.nameOf('198.18.0.3'), '198.18.0.3');
  let last = '';
  for (let i = 3; i <= 131070; i++) last = sockets.addressFor(`name${i}`);
  assert.equal(last, '198.19.255.254');
  assert.equal(sockets.addressFor('one more'), '');
  assert.equal(sockets.addressFor('db.example'), address);
});

test('what came before writing failed is read, also by who has paused; then it has failed', async () => {
  const { given, sockets } = provider();
  const { socket, told } = connect(sockets);
  given.open({});
  await turn();
  socket.pause();
  for (const text of ['a', 'b', 'c']) given.reader.enqueue(Buffer.from(text));
  given.writer.error(Object.assign(new Error('cut'), { code: 'ECONNRESET' }));
  while (!told.some(event => event.startsWith('error'))) await turn();
  assert.deepEqual(told, ['connect', 'data a', 'data b', 'data c', 'error ECONNRESET cut']);
});

for (const [what, more, act] of /** @type {[string, object, (given: any) => void][]} */ ([
  ['is closed', { closed: Promise.resolve() }, () => {}],
  ['cannot be read any more', {}, given => given.reader.error(new Error('broken'))],
  ['cannot be written to any more', {}, given => given.writer.error(new Error('broken'))],
])) {
  test(`a connection that ${what} before it was open has failed`, async () => {
    const { given, sockets } = provider(more);
    const { told } = connect(sockets);
    act(given);
    while (!told.length) await turn();
    assert.equal(told.length, 1);
    assert.match(told[0], /^error /);
  });
}

test('an address of a million characters costs no time', async () => {
  const { given, sockets } = provider();
  const { socket, told } = connect(sockets);
  given.open({ remoteAddress: ':'.repeat(1e6) });
  await turn();
  assert.deepEqual([told, socket.remoteAddress], [['connect'], undefined]);
});
