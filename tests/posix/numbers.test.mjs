// What greenio::posix makes of JavaScript's errors and addresses: errno, and struct sockaddr.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAddress, writeAddress } from '../../src/posix/address.mjs';
import { errnoOf, layout } from '../../src/posix/numbers.mjs';
import { StreamSocket } from '../../src/posix/tcp.mjs';

const { AF_INET, AF_INET6, EBUSY, ECONNREFUSED, EINVAL, EIO } = layout.constants;
const coded = code => errnoOf(Object.assign(new Error(code), { code }));

test('an error that has a number of C has that', () => {
  assert.equal(coded('ECONNREFUSED'), ECONNREFUSED);
  assert.equal(coded('ERR_SOCKET_BAD_PORT'), EINVAL);
});

// A call that got one of these would wait, for ever.
test('no error says that it is not over', () => {
  for (const code of ['EAGAIN', 'EWOULDBLOCK', 'EINPROGRESS', 'EALREADY']) assert.equal(coded(code), EBUSY, code);
});

test('what is no error of C is EIO', () => {
  for (const code of ['POLLIN', 'AF_INET', 'SHUT_RD', 'toString', 'ESOMETHING', undefined, 7]) assert.equal(coded(code), EIO, String(code));
});

const written = (family, address) => {
  const view = new DataView(new ArrayBuffer(64));
  view.setInt32(60, 60, true);
  writeAddress(view, 0, 60, family, address);
  return readAddress(view, 0, view.getInt32(60, true));
};

test('an address is of its socket\'s family', () => {
  assert.deepEqual(written(AF_INET, { host: '127.0.0.1', port: 7 }), { family: AF_INET, host: '127.0.0.1', port: 7 });
  assert.deepEqual(written(AF_INET6, { host: '::1', port: 7 }), { family: AF_INET6, host: '0:0:0:0:0:0:0:1', port: 7 });
  assert.deepEqual(written(AF_INET6, { host: '1.2.3.4', port: 7 }), { family: AF_INET6, host: '0:0:0:0:0:ffff:102:304', port: 7 });
  assert.deepEqual(written(AF_INET, {}), { family: AF_INET, host: '0.0.0.0', port: 0 });
});

// By a gateway, an address stands for a name that may be found under one of the other family.
test('a peer that was found elsewhere has the address that was connected to', () => {
  const below = { connect: () => ({ room: () => 1, noDelay() {}, keepAlive() {} }) };
  const socket = new StreamSocket({ below, changed() {}, bytes() {}, errnoOf }, AF_INET);
  socket.connect({ family: AF_INET, host: '198.18.0.1', port: 5 });
  socket.open({ host: '::1', port: 6 }, { host: '2001:db8::1', port: 5 });
  assert.deepEqual(written(AF_INET, socket.name(true)), { family: AF_INET, host: '198.18.0.1', port: 5 });
  assert.deepEqual(written(AF_INET, socket.name(false)), { family: AF_INET, host: '0.0.0.0', port: 6 });
});
