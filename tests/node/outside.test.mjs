/* What JavaScript hands in cannot end the program or hang a task: odd errors, thenables, values, arguments and
 * options. GREENIO_MODULE is the module made of outside.c. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

const { default: create } = await import(process.env.GREENIO_MODULE);
const app = await create();
const { green } = app;
const { GreenError } = green;

const raise = () => { throw new Error('thrown by a getter'); };
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable(function target() {}, {});
  revoke();
  return proxy;
};
const hostile = () => new Proxy({}, {
  get: raise, has: raise, getPrototypeOf: raise, ownKeys: raise, getOwnPropertyDescriptor: raise,
});
const own = (error, properties) => Object.defineProperties(error, properties);

/** Each makes what is thrown; a status and a message that C sees. @type {Record<string, any[]>} */
const thrown = {
  'an error whose code throws': [() => own(new Error('my message'), { code: { get: raise } }), 'EEXCEPTION: my message'],
  'an error whose message throws': [() => own(new Error(), { message: { get: raise } }), /^EEXCEPTION: Error$|^EEXCEPTION: an object that cannot be shown$/],
  'an error whose name and stack throw': [() => own(new Error('my message'), { stack: { get: raise }, name: { get: raise } }), 'EEXCEPTION: my message'],
  'an error whose every property throws': [() => own(new Error(), { stack: { get: raise }, name: { get: raise }, message: { get: raise }, code: { get: raise }, toString: { value: raise } }), 'EEXCEPTION: an object that cannot be shown'],
  'an object whose toString throws': [() => ({ toString: raise }), 'EEXCEPTION: an object that cannot be shown'],
  'an object whose Symbol.toPrimitive throws': [() => ({ [Symbol.toPrimitive]: raise }), 'EEXCEPTION: an object that cannot be shown'],
  'an object whose toString gives an object': [() => ({ toString: () => ({}) }), 'EEXCEPTION: an object that cannot be shown'],
  'an object without a prototype': [() => Object.create(null), 'EEXCEPTION: an object that cannot be shown'],
  'a proxy that throws whatever is asked': [hostile, 'EEXCEPTION: an object that cannot be shown'],
  'a revoked proxy': [revoked, 'EEXCEPTION: a function that cannot be shown'],
  'null': [() => null, 'EEXCEPTION: null'],
  'undefined': [() => undefined, 'EEXCEPTION: undefined'],
  'a string': [() => 'my message', 'EEXCEPTION: my message'],
  'a symbol': [() => Symbol('sign'), 'EEXCEPTION: Symbol(sign)'],
  'a BigInt': [() => 12n, 'EEXCEPTION: 12'],
  'a message that is a symbol': [() => own(new Error(), { message: { value: Symbol('sign') } }), 'EEXCEPTION: Symbol(sign)'],
  'a message that throws when it is shown': [() => own(new Error(), { message: { value: { toString: raise } } }), 'EEXCEPTION: an object that cannot be shown'],
  'a message of a million characters': [() => new Error('x'.repeat(1e6)), /^EEXCEPTION: x{200,}$/],
  'a message with half of a character': [() => new Error('a\ud83d, b'), 'EEXCEPTION: a\ufffd, b'],
  'a code that is a number': [() => own(new Error('my message'), { code: { value: 23 } }), 'EEXCEPTION: my message'],
  'a code of no status': [() => own(new Error('my message'), { code: { value: '__proto__' } }), 'EEXCEPTION: my message'],
  'a code that is half of a character': [() => own(new Error('my message'), { code: { value: '\udc00' } }), 'EEXCEPTION: my message'],
  'an error that is its own cause': [() => { const error = new Error('my message'); return Object.assign(error, { cause: error }); }, 'EEXCEPTION: my message'],
};

/* What a call rejects with when that was thrown through C, where a number is a C++ exception. */
const throughC = (made, expected) => error => {
  assert.ok(error instanceof GreenError);
  const said = `${error.code}: ${error.message}`;
  if (expected instanceof RegExp) assert.match(said, expected);
  else assert.equal(said, expected);
  assert.equal(error.cause, made);
  return true;
};
const equal = (text, expected, where) => (expected instanceof RegExp ? assert.match(text, expected, where) : assert.equal(text, expected, where));
const works = async () => assert.equal(await green.call('sum', 'number', ['array', 'number'], [[1, 2], 2]), 3);

for (const [what, [make, expected]] of Object.entries(thrown)) {
  test(`thrown: ${what}`, async () => {
    let made;
    app.given = () => { throw (made = make()); };
    for (const name of ['future_in_body', 'future_behind_await', 'future_in_plain_function']) {
      equal(await green.call(name, 'string!'), expected, name);
    }
    app.given = () => Promise.reject(made = make());
    for (const name of ['future_in_body', 'future_in_plain_function']) equal(await green.call(name, 'string!'), expected, name);
    app.given = () => { throw (made = make()); };
    for (const yields of [0, 2]) {
      await green.call('throw_through', 'status', ['number'], [yields]).then(
        () => assert.fail('it has resolved'), error => throughC(made, expected)(error));
      equal(await green.call('spawned_thrower', 'string!', ['number'], [yields]), expected, 'in a task');
    }
    await works();
  });
}

/* Each gives what a body returns; what C sees. */
const given = {
  'a thenable whose then throws': [() => ({ get then() { return raise(); } }), 'EEXCEPTION: thrown by a getter'],
  'a thenable that throws in then': [() => ({ then: raise }), 'EEXCEPTION: thrown by a getter'],
  'a thenable that resolves and rejects': [() => ({ then(resolve, reject) { resolve(7); reject(new Error('late')); resolve(8); } }), 'number: 7'],
  'a thenable that rejects and resolves': [() => ({ then(resolve, reject) { reject(new Error('first')); resolve(8); } }), 'EEXCEPTION: first'],
  'a thenable that resolves, then throws': [() => ({ then(resolve) { resolve('first'); raise(); } }), 'string: first'],
  'a promise whose then was replaced': [() => Object.assign(Promise.resolve(1), { then(resolve, reject) { resolve(2); resolve(3); reject(4); } }), /^number: [12]$/],
  'a promise whose constructor throws': [() => own(Promise.resolve(5), { constructor: { get: raise } }), /^number: 5$|^EEXCEPTION: thrown by a getter$/],
  'NaN': [() => NaN, /^number: -?nan$/],
  '-0': [() => -0, 'number: -0'],
  '2**53': [() => 2 ** 53, 'number: 9007199254740992'],
  '2**53 + 2': [() => 2 ** 53 + 2, 'number: 9007199254740994'],
  'Infinity': [() => -Infinity, 'number: -inf'],
  'true': [() => true, 'number: 1'],
  'nothing': [() => undefined, 'number: 0'],
  'a BigInt': [() => 5n, /^ETYPE: a promise gave a BigInt;/],
  'a symbol': [() => Symbol('sign'), /^ETYPE: a promise gave a symbol;/],
  'an array': [() => [1, 2], /^ETYPE: a promise gave an array;/],
  'a function': [() => () => {}, /^ETYPE: a promise gave a function;/],
  'an object': [() => ({}), /^ETYPE: a promise gave an object;/],
  'a Date': [() => new Date(0), /^ETYPE: a promise gave an object;/],
  'a boxed string': [() => new String('x'), /^ETYPE: a promise gave an object;/],
  'a proxy that throws whatever is asked': [hostile, 'EEXCEPTION: thrown by a getter'],
  'a revoked proxy': [revoked, /^EEXCEPTION: .*revoked/],
  'a view that lies about its buffer': [() => own(new Uint8Array(2), { buffer: { get: raise } }), /^EEXCEPTION: thrown by a getter$|^2 bytes, 0 first$/],
  'bytes that were moved away': [() => { const bytes = new Uint8Array(8); structuredClone(bytes, { transfer: [bytes.buffer] }); return bytes; }, /^EEXCEPTION: .*detached|^0 bytes, -1 first$/],
  'no bytes': [() => new Uint8Array(0), '0 bytes, -1 first'],
  'words': [() => Uint16Array.of(0x0201), '2 bytes, 1 first'],
  'a DataView': [() => new DataView(Uint8Array.of(1, 2, 3).buffer, 1), '2 bytes, 2 first'],
  'shared bytes': [() => new Uint8Array(new SharedArrayBuffer(3)).fill(9).buffer, '3 bytes, 9 first'],
  'a string with halves of characters': [() => '\ud83d\u4e00\udc00', 'string: \ufffd\u4e00\ufffd'],
};

for (const [what, [make, expected]] of Object.entries(given)) {
  test(`given: ${what}`, async () => {
    app.given = make;
    for (const name of ['future_in_body', 'future_behind_await', 'future_in_plain_function']) {
      equal(await green.call(name, 'string!'), expected, name);
    }
    await works();
  });
}

test('a promise that settles again and again settles its future once, and no other one', async () => {
  const again = [];
  app.given = () => ({ then(resolve, reject) { again.push(resolve, reject); resolve('mine'); } });
  assert.equal(await green.call('future_in_plain_function', 'string!'), 'string: mine');
  app.given = () => new Promise(resolve => setTimeout(resolve, 5, 'the next'));
  const next = Promise.all([1, 2, 3].map(() => green.call('future_in_plain_function', 'string!')));
  for (const settle of again) settle('of another');
  assert.deepEqual(await next, Array(3).fill('string: the next'));
});

test('strings reach C as UTF-8, with U+FFFD for halves of characters', async () => {
  const utf8 = text => Buffer.from(text).toString('hex'); // which replaces them too
  for (const text of ['', 'grün', '\u4e00\u{1f30d}', '\ud800', '\udfff', 'a\ud800', '\udc00b', '\ud800\u4e00', '\ud800\ud800\udc00x', '\udc00\ud800', 'x'.repeat(100) + '\ud83d', '\ud83d'.repeat(500)]) {
    assert.equal(await green.call('hex', 'string!', ['string'], [text]), utf8(text));
    app.given = () => text;
    assert.equal(await green.call('hex_of_given', 'string!'), utf8(text));
  }
  assert.equal(await green.call('own_name', 'string!', [], [], { name: 'n\ud800' }), 'n\ufffd');
});

const rejects = (promise, code, message) => assert.rejects(promise, (/** @type {any} */ error) => {
  assert.ok(error instanceof GreenError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, message);
  return true;
});

test('numbers go in and out as they are, or are refused', async () => {
  for (const number of [NaN, -0, 2 ** 53, -(2 ** 53) - 2, Infinity, 5e-324]) {
    assert.deepEqual(await green.call('same', 'number', ['number'], [number]), number);
  }
  for (const number of [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]) assert.equal(await green.call('same64', 'bigint', ['bigint'], [number]), number);
  assert.equal(await green.call('same64', 'bigint', ['bigint'], [2n ** 64n - 1n]), -1n, 'a uint64_t');
  assert.equal(await green.call('same64', 'bigint', ['bigint'], [-0]), 0n);
  for (const number of [2n ** 64n, -(2n ** 63n) - 1n, 2 ** 53, NaN, 0.5, Infinity]) {
    await rejects(green.call('same64', 'bigint', ['bigint'], [number]), 'ETYPE', /^argument 1 of same64\(\): expected a BigInt of 64 bits, got /);
  }
  assert.equal(await green.call('address', 'pointer', ['pointer'], [2 ** 32 - 8]), 2 ** 32 - 8);
  for (const number of [NaN, 0.5, 2 ** 32, Infinity]) await rejects(green.call('address', 'pointer', ['pointer'], [number]), 'ETYPE', /expected an address, got the number/);
});

test('arguments that throw when they are looked at reject the call', async () => {
  const array = [1, 2];
  Object.defineProperty(array, 0, { get: raise });
  const call = (type, value) => green.call('sum', 'number', [type, 'number'], [value, 1]);
  await rejects(call('array', array), 'EEXCEPTION', /^argument 1 of sum\(\): thrown by a getter$/);
  await rejects(call('array', new Proxy([1], { get: raise })), 'EEXCEPTION', /^argument 1 of sum\(\): thrown by a getter$/);
  await rejects(call('array', [{ toString: raise }]), 'ETYPE', /got an object that cannot be shown in it/);
  await rejects(call('array', [Symbol('sign')]), 'ETYPE', /got Symbol\(sign\) in it/);
  for (const odd of [[256], [-129], [1.5], [NaN], ['1'], [null], Array(1)]) await rejects(call('array', odd), 'ETYPE', /expected an array of bytes, got /);
  assert.equal(await call('array', [-1]), 255);
  for (const odd of [hostile(), revoked(), {}, 'text', 5, new Map()]) await rejects(call('array', odd), 'ETYPE', /expected an array of bytes, got /);
  for (const odd of [hostile(), revoked(), Symbol('sign'), 5n, null, undefined, '5', {}]) {
    await rejects(green.call('same', 'number', ['number'], [odd]), 'ETYPE', /^argument 1 of same\(\): expected a number, got /);
    await rejects(green.call('address', 'pointer', ['pointer'], [odd]), 'ETYPE', /expected an address, got /);
  }
  for (const odd of [hostile(), Symbol('sign'), 5, {}]) await rejects(green.call('hex', 'string!', ['string'], [odd]), 'ETYPE', /expected a string, got /);
  await works();
});

test('options that throw, or are odd, reject the call', async () => {
  const nap = options => green.call('nap', 'status', ['number'], [1], options);
  const wrapped = green.wrap('nap', 'status', ['number']);
  for (const option of ['signal', 'serial', 'stackSize', 'name']) {
    const options = () => Object.defineProperty({}, option, { get: raise, enumerable: true });
    await assert.rejects(nap(options()), /thrown by a getter/);
    await assert.rejects(wrapped(1, options()), /thrown by a getter/);
  }
  await assert.rejects(nap(hostile()), /thrown by a getter/);
  await assert.rejects(nap({ name: { toString: raise } }), /thrown by a getter/);
  await assert.rejects(nap({ stackSize: { valueOf: raise } }), /thrown by a getter/);
  await rejects(nap({ signal: {} }), 'EINVAL', /signal must be an AbortSignal/);
  await rejects(nap({ signal: null }), 'EINVAL', /signal must be an AbortSignal/);
  await rejects(nap(5), 'EINVAL', /options must be an object, not a number/);
  await rejects(nap('x'), 'EINVAL', /options must be an object, not a string/);
  assert.equal(await nap(null), 0);
  assert.equal(await green.call('nap', 'status', ['number'], [1], undefined), 0);
  await works();
});

/* One of a library's, which throws at odd times. */
const oddSignal = properties => {
  const listeners = [];
  return Object.defineProperties({
    listeners, addEventListener: (_, listener) => { listeners.push(listener); }, removeEventListener: raise, throwIfAborted() {},
  }, properties ?? {});
};

test('a signal that throws neither hangs its call nor reaches another one', async () => {
  const nap = (ms, signal) => green.call('nap', 'status', ['number'], [ms], { signal });
  for (const ms of [0, 1]) {
    assert.equal(await nap(ms, oddSignal()), 0);
    assert.equal(await nap(ms, oddSignal({ aborted: { get: raise } })), 0);
  }
  const late = oddSignal();
  assert.equal(await nap(1, late), 0);
  const next = green.call('nap', 'status', ['number'], [5]);
  for (const listener of late.listeners) listener(); // the call has ended
  assert.equal(await next, 0);
  const signal = oddSignal({ aborted: { value: true }, reason: { get: raise } });
  const waits = nap(100000, signal);
  for (const listener of signal.listeners) listener();
  await rejects(waits, 'ECANCELED', /^the call of nap\(\) was cancelled$/);
  const thrower = oddSignal({ throwIfAborted: { value() { throw undefined; } } });
  assert.equal(await nap(1, thrower).then(() => 'done', () => 'rejected'), 'rejected');
  await works();
});

test('what is no name of a function rejects the call', async () => {
  for (const odd of [{ toString: () => 'same' }, new String('same'), hostile(), Symbol('same'), 5, null, undefined, ['same']])
    await rejects(green.call(odd, 'number', ['number'], [1]), 'EINVAL', /^a C function is called by its name, not by /);
  await works();
});

/* As pages have it whose fetch() a library has replaced. */
const withFetch = async (fetch, run) => {
  const real = globalThis.fetch;
  globalThis.fetch = fetch;
  try {
    return await run();
  } finally {
    globalThis.fetch = real;
  }
};
const get = () => green.call('get_text', 'string!', ['string'], ['http://host.example/']);

test('a fetch() that rejects with whatever there is fails its request alone', async () => {
  for (const [what, [make]] of Object.entries(thrown)) {
    assert.match(await withFetch(async () => { throw make(); }, get), /^EIO: /, what);
    assert.match(await withFetch(() => { throw make(); }, get), /^EIO: /, what);
  }
  const nested = cause => async () => { throw Object.assign(new TypeError('fetch failed'), { cause }); };
  assert.match(await withFetch(nested(Object.assign(new Error('no'), { code: 'ECONNREFUSED' })), get), /^ECONNREFUSED: /);
  assert.match(await withFetch(nested({ errors: [Object.assign(new Error('no'), { code: 'ECONNREFUSED' })] }), get), /^ECONNREFUSED: /);
  assert.match(await withFetch(nested(hostile()), get), /^EIO: .*fetch failed/);
  assert.match(await withFetch(nested({ get errors() { return raise(); } }), get), /^EIO: .*fetch failed/);
  await works();
});

test('a fetch() that gives what is no Response fails its request alone', async () => {
  const answer = body => ({ status: 200, url: 'http://host.example/', type: 'basic', headers: new Headers(), body });
  const reading = read => answer({ getReader: () => ({ read }) });
  const odd = [undefined, null, 5, {}, hostile(), answer({}), answer({ getReader: raise }), reading(raise), reading(async () => raise()),
    reading(async () => undefined), reading(async () => ({ done: false, value: undefined })), { ...answer(null), headers: null },
    { ...answer(null), get url() { return raise(); } }, { ...answer(null), get status() { return raise(); } }, { ...answer(null), headers: { get: () => null, getSetCookie: raise, forEach: raise } }];
  for (const response of odd) assert.match(await withFetch(async () => response, get), /^E[A-Z]+: /);
  assert.equal(await withFetch(async () => new Response('real'), get), '200 real');
  await works();
});

test('a printErr() that throws does not keep a trap from its call, nor from rejecting what is pending where it closes the module', async t => {
  const lines = t.mock.method(console, 'error', () => {});
  const other = await create({ printErr: raise });
  other.given = () => { throw new WebAssembly.RuntimeError('unreachable'); };
  const nap = other.green.call('nap', 'status', ['number'], [100000]);
  await rejects(other.green.call('throw_through', 'status', ['number'], [1]), 'EEXCEPTION', /^a trap: unreachable$/);
  assert.match(String(lines.mock.calls[0].arguments[0]), /a trap ended throw_through/);
  await rejects(other.green.call('throw_below_callback', 'status'), 'ETRAP', /trap closed the module/);
  await rejects(nap, 'ETRAP', /trap closed the module/);
  assert.match(String(lines.mock.calls[1].arguments[0]), /trap closed the module/);
});
