// The package in the Node that runs this: the examples of the document, loading and its failures, workers.
//
// GREENIO_PROJECT as in package.test.mjs; GREENIO_NODE is the version that is meant, if it is not just any.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { MessageChannel, Worker } from 'node:worker_threads';
import { blocks } from './document.mjs';

const folder = join(process.env.GREENIO_PROJECT, 'build'); // where app.mjs is
const at = name => pathToFileURL(join(folder, name));
const entry = createRequire(at('x.js')).resolve('greenio');
const { compile, connect, GreenError, load, loadInWorker, serve } = await import(pathToFileURL(entry).href);
const { default: create, GreenError: Own } = await import(at('app.mjs').href);

const fails = (promise, code, message) =>
  assert.rejects(promise, (/** @type {any} */ error) => {
    assert.ok(error instanceof GreenError, String(error?.stack ?? error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });

test(`this is Node ${process.versions.node}, and the package's entry for Node`, () => {
  const { GREENIO_NODE: meant } = process.env;
  if (meant) assert.equal(process.versions.node.split('.')[0], meant);
  assert.match(entry, /greenio\/web\/node\.mjs$/);
});

for (const { code, heading, line, prints } of blocks.filter(({ language, code }) => language === 'js' && !code.startsWith('// '))) {
  test(`the example at line ${line}, ${heading}`, async () => {
    assert.ok(prints, 'it does not say what it prints');
    const file = join(folder, `example-${line}.mjs`);
    await writeFile(file, code);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file]);
    assert.equal(stdout, prints);
    assert.equal(stderr, '');
  });
}

// ---- loading

let server;
let base;
const answers = new Map([
  ['/good.wasm', async response => response.writeHead(200, { 'content-type': 'application/wasm' }).end(await readFile(at('app.wasm')))],
  ['/sized.wasm', async response => {
    const bytes = await readFile(at('app.wasm'));
    response.writeHead(200, { 'content-type': 'application/wasm', 'content-length': bytes.length });
    response.write(bytes.subarray(0, 1000));
    response.end(bytes.subarray(1000));
  }],
  ['/text.wasm', response => response.writeHead(200, { 'content-type': 'text/plain' }).end('x')],
  ['/page.wasm', response => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html>')],
  ['/untyped.wasm', response => response.writeHead(200).end('x')],
  ['/rubbish.wasm', response => response.writeHead(200, { 'content-type': 'application/wasm' }).end('rubbish')],
  ['/broken.wasm', response => response.writeHead(500).end()],
  ['/cut.wasm', response => {
    response.writeHead(200, { 'content-type': 'application/wasm', 'content-length': 100 });
    response.write(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0), () => response.destroy());
  }],
  ['/hangs.wasm', () => {}],
  ['/stalls.wasm', response => {
    response.writeHead(200, { 'content-type': 'application/wasm' });
    response.write(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  }],
]);
before(async () => {
  server = createServer((request, response) => (answers.get(request.url) ?? (r => r.writeHead(404).end()))(response));
  await new Promise(listening => server.listen(0, '127.0.0.1', listening));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const works = async app => assert.equal(await app.green.call('nap', 'status', ['number'], [1]), 1);

test('a module is loaded by URL, factory, namespace, and promises of them', async () => {
  for (const source of [at('app.mjs'), at('app.mjs').href, create, { default: create }, import(at('app.mjs').href), Promise.resolve(create)]) {
    await works(await load(source));
  }
});

test('the .wasm may be a URL, a response, bytes, a module, and promises of them', async () => {
  const bytes = await readFile(at('app.wasm'));
  const module = await WebAssembly.compile(bytes);
  const { buffer } = new Uint8Array(bytes);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  for (const wasm of [at('app.wasm'), `${base}/good.wasm`, await fetch(`${base}/good.wasm`), fetch(`${base}/good.wasm`), bytes, buffer, shared, shared.buffer, module, Promise.resolve(module), null]) {
    await works(await load(create, { wasm }));
  }
});

test('progress counts the bytes that arrive', async () => {
  const size = (await readFile(at('app.wasm'))).length;
  const seen = [];
  await works(await load(create, { wasm: `${base}/sized.wasm`, onProgress: progress => seen.push(progress) }));
  assert.deepEqual(seen[0], { loaded: 0, total: size });
  assert.deepEqual(seen.at(-1), { loaded: size, total: size });
  assert.ok(seen.every(({ loaded }, i) => i === 0 || loaded > seen[i - 1].loaded));
  const unknown = [];
  await compile(`${base}/good.wasm`, { onProgress: progress => unknown.push(progress) });
  assert.deepEqual(unknown.at(-1), { loaded: size, total: null });
  await fails(load(create, { onProgress() {} }), 'EINVAL', /onProgress needs to know where the \.wasm is/);
});

test('what cannot be loaded says why', async () => {
  await fails(compile(`${base}/none.wasm`), 'ENOENT', /none\.wasm: the server answered 404 Not Found$/);
  await fails(compile(`${base}/broken.wasm`), 'EIO', /answered 500/);
  await fails(compile(`${base}/text.wasm`), 'ETYPE', /is served as text\/plain, not as application\/wasm: set the server's MIME types$/);
  await fails(compile(`${base}/page.wasm`), 'ETYPE', /is its page for what is missing/);
  await fails(compile(`${base}/untyped.wasm`), 'ETYPE', /without a MIME type/);
  await fails(compile(`${base}/rubbish.wasm`), 'EPROTO', /rubbish\.wasm is not a WebAssembly module/);
  await fails(compile(`${base}/cut.wasm`), 'ENETWORK', /cut\.wasm: ./);
  await fails(compile(at('../app.c')), 'EPROTO', /app\.c is not a WebAssembly module/);
  await fails(compile(at('none.wasm')), 'ENOENT', /none\.wasm/);
  await fails(compile(new Uint8Array(3)), 'EPROTO', /wasm is not a WebAssembly module/);
  await fails(compile(5), 'EINVAL', /must be a URL/);
  const used = await fetch(`${base}/good.wasm`);
  await compile(used);
  await fails(compile(used), 'EINVAL', /good\.wasm: this Response has been read already; give its clone\(\)/);
  await fails(compile('http://127.0.0.1:1/x.wasm'), 'ENETWORK', /^http:\/\/127\.0\.0\.1:1\/x\.wasm: ./);
  await fails(load('app.mjs'), 'EINVAL', /not an absolute URL; write new URL\('app\.mjs', import\.meta\.url\)/);
  await fails(load(at('none.mjs')), 'ENOENT', /none\.mjs: no such file/);
  await fails(load({}), 'EINVAL', /has no factory/);
  await fails(load(async () => ({})), 'EINVAL', /without greenio: link it with/);
  const empty = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  const alien = load(create, { wasm: empty, module: { printErr() {} } });
  await assert.rejects(alien);
  const wanting = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 120, 1, 121, 0, 0));
  await fails(load(create, { wasm: wanting }), 'EPROTO', /does not belong to the \.mjs/);
});

test('what the .mjs throws comes through', async () => {
  await writeFile(at('throws.mjs'), "throw new RangeError('mine');");
  await assert.rejects(load(at('throws.mjs')), { name: 'RangeError', message: 'mine' });
  await assert.rejects(load(() => Promise.reject(new RangeError('mine too'))), { message: 'mine too' });
});

test('a signal ends the loading, wherever that is', async () => {
  const reason = new Error('enough');
  const never = new Promise(() => {});
  await writeFile(at('waits.mjs'), 'await new Promise(() => {});');
  for (const [name, start] of Object.entries({
    'an aborted one': signal => load(create, { signal }),
    'no answer': signal => load(create, { wasm: `${base}/hangs.wasm`, signal }),
    'half an answer': signal => compile(`${base}/stalls.wasm`, { signal }),
    'a response that stalls': async signal => compile(await fetch(`${base}/stalls.wasm`), { signal }),
    'the same, counted': async signal => compile(await fetch(`${base}/stalls.wasm`), { signal, onProgress() {} }),
    'a promise of a response': signal => load(create, { wasm: fetch(`${base}/hangs.wasm`), signal }),
    'a promise of a module': signal => compile(never, { signal }),
    'import()': signal => load(at('waits.mjs'), { wasm: null, signal }),
    'a promise of a factory': signal => load(never, { signal }),
    'a factory': signal => load(() => never, { signal }),
  })) {
    const controller = new AbortController();
    const { signal } = controller;
    if (name === 'an aborted one') controller.abort(reason);
    const loading = start(signal);
    setTimeout(() => controller.abort(reason), 20);
    assert.equal(await loading.catch(thrown => thrown), reason, name);
    assert.equal(getEventListeners(signal, 'abort').length, 0, name);
  }
  const { signal } = new AbortController();
  await works(await load(create, { wasm: at('app.wasm'), signal }));
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('instanceof is true across modules, and a subclass is a class of its own', async () => {
  const { default: again, GreenError: Again } = await import(`${at('app.mjs')}?again`);
  const { green } = await again({ printErr() {} });
  const error = await green.call('find', 'status', ['string'], ['x']).catch(reason => reason);
  assert.notEqual(Own, Again);
  for (const Class of [GreenError, Own, Again, green.GreenError, Error]) assert.ok(error instanceof Class);
  const Mine = /** @type {any} */ (class extends GreenError {});
  assert.ok(!(error instanceof Mine));
  assert.ok(new Mine('EIO', 'x') instanceof Mine);
  assert.ok(new Mine('EIO', 'x') instanceof Own);
  for (const other of [null, 5, new Error('x'), { code: 'EIO', name: 'GreenError' }]) assert.ok(!(other instanceof GreenError));
});

// ---- workers

test('a module in a worker: values, failures, aborts, queues, reports', async t => {
  const lines = [];
  const { green, terminate } = await loadInWorker(at('app.mjs'), { module: { arguments: ['x'] }, print: line => lines.push(line), name: 'tester' });
  t.after(terminate);
  assert.equal(await green.main, 7);
  assert.deepEqual(lines, ['argument: x']);
  const greet = green.wrap('greet', 'string!', ['string']);
  for (const one of [0, false, 5]) await fails(greet('a', one), 'EINVAL', /^greet\(\): options must be an object, not a (number|boolean)$/);
  assert.deepEqual(await Promise.all(['a', 'ü', ''].map(name => greet(name))), ['hello, a', 'hello, ü', 'hello, ']);
  await fails(green.call('find', 'status', ['string'], ['roc']), 'ENOENT', /^there is no roc$/);
  await fails(green.call('none', 'number'), 'EINVAL', /no exported C function is called none\(\)/);
  await fails(green.call('nap', 'int'), 'EINVAL', /unknown return type "int"/);
  await fails(green.call('greet', 'string!', ['string'], [5]), 'ETYPE', /expected a string, got a number/);

  const reason = new Error('enough');
  const controller = new AbortController();
  const nap = green.call('nap', 'status', ['number'], [1e6], { signal: controller.signal, name: 'long' });
  assert.deepEqual((await green.report()).map(({ name, state }) => [name, state]), [['long', 'parked']]);
  controller.abort(reason);
  assert.equal(await nap.catch(thrown => thrown), reason);
  assert.deepEqual(await green.report(), []);
  await assert.rejects(greet('x', { signal: AbortSignal.abort(reason) }), reason);

  const order = [];
  const queued = green.wrap('nap', 'status', ['number'], { serial: true });
  await Promise.all([5, 1].map(ms => queued(ms).then(() => order.push(ms))));
  assert.deepEqual(order, [5, 1]);
});

test('buffers are copied, moved or shared with a worker, as asked', async t => {
  const { green, terminate } = await loadInWorker(at('app.mjs'));
  t.after(terminate);
  const sum = green.wrap('sum', 'number', ['array', 'number']);
  const bytes = new Uint8Array([1, 2, 3]);
  assert.equal(await sum(bytes, 3), 6);
  assert.equal(await sum(bytes, 3, { transfer: [bytes.buffer] }), 6);
  assert.equal(bytes.length, 0);
  const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(4);
  assert.equal(await sum(shared, 2), 8);
  await assert.rejects(sum(() => {}, 2), { name: 'DataCloneError' });
  await works({ green });
});

test('one compiled module for several workers', async t => {
  const wasm = await compile(at('app.wasm'));
  const workers = await Promise.all([1, 2].map(() => loadInWorker(at('app.mjs'), { wasm })));
  for (const worker of workers) {
    t.after(worker.terminate);
    await works(worker);
  }
});

test('a worker that fails, or is ended, says so', async () => {
  await fails(loadInWorker(at('none.mjs')), 'ENOENT', /none\.mjs/);
  await fails(loadInWorker(at('app.mjs'), { module: { print() {} } }), 'EINVAL', /module\.print is a function.*give the option print/);
  await assert.rejects(loadInWorker(at('throws.mjs')), { name: 'RangeError', message: 'mine' });
  await fails(connect(new Worker("throw new Error('at once')", { eval: true })), 'ECLOSED', /the worker failed: at once/);
  await fails(connect(new Worker('throw null', { eval: true })), 'ECLOSED', /the worker failed: null/);
  await fails(connect({}), 'EINVAL', /takes a Worker/);
  const { green, terminate } = await loadInWorker(at('app.mjs'));
  const cut = fails(green.call('nap', 'status', ['number'], [1e6]), 'ECLOSED', /terminated/);
  await terminate();
  await cut;
  await fails(green.call('nap', 'status', ['number'], [1]), 'ECLOSED', /terminated/);
  const reason = new Error('enough');
  await assert.rejects(loadInWorker(at('app.mjs'), { signal: AbortSignal.timeout(0) }), { name: 'TimeoutError' });
  await assert.rejects(loadInWorker(at('app.mjs'), { signal: AbortSignal.abort(reason) }), reason);
});

test('connecting with a signal that is aborted, or comes to be, ends the worker', async () => {
  const reason = new Error('enough');
  const idle = () => new Worker("require('node:worker_threads').parentPort.on('message', () => {})", { eval: true });
  const aborted = idle();
  const gone = once(aborted, 'exit');
  await assert.rejects(connect(aborted, { signal: AbortSignal.abort(reason) }), reason);
  await gone;
  const waiting = idle();
  const goes = once(waiting, 'exit');
  await assert.rejects(connect(waiting, { signal: AbortSignal.timeout(10) }), { name: 'TimeoutError' });
  await goes;
});

test('serve and connect over the ends of a channel, whoever listens first', async () => {
  for (const connectFirst of [true, false]) {
    const { port1, port2 } = new MessageChannel();
    const early = connectFirst ? connect(port1) : null;
    const module = await serve(create, {}, port2);
    const { green, terminate } = await (early ?? connect(port1));
    await works({ green });
    await works(module);
    assert.equal(await green.main, 7);
    terminate();
  }
  const { port1, port2 } = new MessageChannel();
  const refused = assert.rejects(connect(port1), { message: 'not today' });
  await assert.rejects(serve(Promise.reject(new Error('not today')), {}, port2));
  await refused;
  port1.close();
  await fails(serve(create), 'EINVAL', /for workers/);
});
