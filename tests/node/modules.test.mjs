// greenio's JavaScript modules by themselves, as Node imports them; what join.mjs makes of them, and what it refuses.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { GreenError } from '../../wasm/error.mjs';
import { agreement, Broken, collect, dataOf, joinAll, library, parts, strip, transform } from '../../wasm/join.mjs';
import { propertyOf, seen, textOf, wellFormed } from '../../wasm/outside.mjs';
import { codes, features, makeStatusOf, ofCode, ofName, ofWords } from '../../wasm/reasons.mjs';
import { argumentFor, makeMemory, octetsOf, resultOf, thrownOf, whatIs } from '../../wasm/values.mjs';

const root = new URL('../../', import.meta.url);
const read = path => readFileSync(new URL(path, root), 'utf8');

test('each module can be imported by itself, and is a part of a program', async () => {
  const found = Object.values(parts).flatMap(({ modules }) => [...collect(modules, read).keys()]);
  const tools = ['check.mjs', 'instrumented.mjs', 'join.mjs', 'objects.mjs', 'twice.mjs'].map(name => `wasm/${name}`);
  const below = folder => readdirSync(new URL(folder, root)).filter(name => name.endsWith('.mjs')).map(name => `${folder}/${name}`);
  const folders = readdirSync(new URL('src', root), { withFileTypes: true }).filter(entry => entry.isDirectory()).map(({ name }) => `src/${name}`);
  assert.deepEqual(['wasm', ...folders].flatMap(below).filter(path => !tools.includes(path)).sort(), [...new Set(found)].sort());
  for (const path of found) await import(String(new URL(path, root)));
});

test('what a module says of C by itself is what join.mjs reads of it', async () => {
  for (const path of Object.values(parts).flatMap(({ modules }) => [...collect(modules, read).keys()])) {
    const module = await import(String(new URL(path, root)));
    for (const name of ['bindings', 'layout', 'hostBindings']) assert.deepEqual(dataOf(path, read(path), name), module[name] ?? null, `${name} of ${path}`);
  }
});

test('each function that C calls is there', async () => {
  const host = { bytes: () => new Uint8Array(), text: () => '' };
  const env = { Module: {}, host, loop: { onClose: [] }, api: { main: Promise.resolve(0) } };
  const app = (await import('../../src/app/app.mjs')).make(env, {});
  for (const path of ['src/fd/descriptors', 'src/http/http', 'src/net/net', 'src/file/file', 'src/app/app', 'src/process/process', 'src/server/server', 'src/pg/pg']) {
    const { make, bindings } = await import(String(new URL(`${path}.mjs`, root)));
    const made = make(env, {}, { app, FS: null });
    for (const name of Object.keys(bindings.imports)) assert.equal(typeof made[name], 'function', `${name} of ${path}.mjs`);
  }
});

// It takes Node tens of milliseconds, and most programs with sockets speak none.
test('TLS of Node is loaded when a program asks for some', () => {
  const script = `
    const { make } = await import(${JSON.stringify(String(new URL('src/net/net.mjs', root)))});
    make({ Module: {}, host: { bytes: () => new Uint8Array() }, loop: { onClose: [] } }, {});
    const loaded = () => process.moduleLoadList.includes('NativeModule tls');
    console.log(loaded());
    await import('node:tls');
    console.log(loaded());`; // or the list has another name for it
  assert.equal(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }), 'false\ntrue\n');
});

// ---- join.mjs

test('a module becomes a function, and what it exports an object', () => {
  const { text, imports } = transform('src/a/b.mjs', [
    '/* What it is for.', ' * And more. */', "import { one, two as three } from '../c.mjs';", '', '// why', 'export const four = () => {',
    '  return one + three; /* here */', '};', 'const hidden = 5;', 'export class Six {}', ''].join('\n'));
  assert.deepEqual(imports, ['src/c.mjs']);
  assert.equal(text, ['const greenio$a_b = (() => {', 'const { one, two: three } = greenio$c;', 'const four = () => {', 'return one + three; /* here */',
    '};', 'const hidden = 5;', 'class Six {}', 'return { four, Six };', '})();', ''].join('\n'));
});

test('a module that breaks the rules is refused, by its name', () => {
  for (const [source, why] of /** @type {[string, RegExp][]} */ ([
    ['export default 1;', /"export default 1;" is none of the forms/],
    ['export let a = 1;', /"export let a = 1;" is none of the forms/],
    ["export * from './b.mjs';", /none of the forms/],
    ["import b from './b.mjs';", /none of the forms/],
    ["import { b } from 'package';", /imports package, which is no module of greenio's/],
    ['const a = `\n`;', /a\.mjs:1: a template literal must end on its line/],
    ['/* a\n */ b();', /a\.mjs:2: code behind a comment of several lines/],
    ["const a = 'b\\\n';", /a\.mjs:1: a line must not end with a backslash/],
    ['a(); /* b\n// c\n d(); */', /a\.mjs:1: a comment behind code must end on its line/],
    ['/* a\n */ b(); /* c */', /a\.mjs:2: code behind a comment of several lines/],
    ['export const a = 1, b = 2;', /a\.mjs: "export const a" declares another one behind it/],
    ['export const a = c => ({ d: [c, 1] }),\n  b = 2;', /a\.mjs: "export const a" declares another one/],
    ['export function a() {}\nexport function a() {}', /a\.mjs: exports a twice/],
  ])) assert.throws(() => transform('a.mjs', source), why, source);
  const circle = { 'a.mjs': "import { b } from './b.mjs';", 'b.mjs': "import { a } from './a.mjs';" };
  assert.throws(() => collect(['a.mjs'], path => circle[path]), /in a circle: a\.mjs, b\.mjs, a\.mjs/);
  const missing = { 'a.mjs': "import { b, c as d } from './b.mjs';", 'b.mjs': 'export const b = 1;' };
  assert.throws(() => collect(['a.mjs'], path => missing[path]), /a\.mjs: imports c, which b\.mjs does not export/);
  assert.throws(() => dataOf('a.mjs', 'export const bindings = {\n  name: other,\n};', 'bindings'), /a\.mjs: bindings must be data alone/);
  assert.throws(() => library('a.mjs', { name: 'a', imports: { b: 'x' }, exports: {} }), /a\.mjs: b has the signature "x"/);
});

test('what looks like another declaration, or like a comment, is taken', () => {
  for (const source of [
    'export const a = (b, c) => ({ b, c }) /* d, e */;',
    "export const a = /[,/*]/g; const b = 1, c = ',';",
    "export const a = b.replace(/'/g, ','); // it's",
    'export const a = `${b ? `,` : 1}`; // c',
    "export const a = 'b, /* c';",
    'export const a = 1\nconst b = 2, c = 3',
  ]) assert.match(transform('a.mjs', source).text, /return \{ a \};/, source);
});

/* greenio's modules, one of them changed. */
const changed = (path, from, to) => name => {
  if (name !== path) return read(name);
  assert.ok(read(name).includes(from));
  return read(name).replace(from, to);
};

test('a module that does not parse fails each time, by its name, and leaves nothing behind', context => {
  const folder = mkdtempSync(join(tmpdir(), 'greenio-join-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (let i = 0; i < 2; i++) {
    assert.throws(() => joinAll(folder, changed('src/net/net.mjs', 'const entries', 'const const')), error => {
      assert.ok(error instanceof Broken);
      assert.match(error.message, /^src\/net\/net\.mjs: SyntaxError: .* in "const const/);
      return true;
    });
    assert.deepEqual(readdirSync(folder), []);
  }
});

test('two functions of one C name are refused', context => {
  const folder = mkdtempSync(join(tmpdir(), 'greenio-join-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const [source, why] of /** @type {[(path: string) => string, RegExp][]} */ ([
    [changed('src/net/net.mjs', "name: 'net'", "name: 'file'"), /file\.mjs: \$green__js_file is there already, by src\/net\/net\.mjs/],
    [changed('src/net/net.mjs', "name: 'net'", "name: 'net', prefix: 'green__js_'"), /net\.mjs: green__js_\w+ is there already, by /],
    [changed('src/net/net.mjs', "ready: 'ipi'", "read: 'ipi'"), /net\.mjs: green__js_net_read is there already, by src\/net\/net\.mjs/],
  ])) assert.throws(() => joinAll(folder, source), why);
});

test('comments and indentation go, strings that look like them stay', () => {
  assert.equal(strip('a.mjs', "/* a */\n  b('/* c');\n  // d\n    e(`${f} // g`); // h\n"), "b('/* c');\ne(`${f} // g`); // h\n");
});

test('of a table become the functions that C imports, and those that it exports', () => {
  const text = library('src/a/a.mjs', { name: 'a', imports: { doIt: 'ipd' }, exports: { done: 'pi', over: 'v' }, needs: { FS: 'greenFS' } });
  const added = {};
  new Function('LibraryManager', 'mergeInto', text)({ library: added }, Object.assign);
  assert.deepEqual(Object.keys(added), ['$green__js_a_c', '$green__js_a__deps', '$green__js_a', 'green__js_a_do_it__deps', 'green__js_a_do_it__sig', 'green__js_a_do_it__postset', 'green__js_a_do_it']);
  assert.equal(added.green__js_a_do_it__postset, '_green__js_a_do_it.green = "green__js_a_do_it";');
  assert.equal(added.$green__js_a, '(greenio$a_a.make(greenCore.env, green__js_a_c, { FS: greenFS }))');
  assert.deepEqual(added.$green__js_a__deps, ['$greenCore', '$green__js_a_c', '$greenFS']);
  assert.equal(String(added.$green__js_a_c.done), 'function(a) { return _green__js_a_done(a) >>> 0; }');
  assert.equal(String(added.$green__js_a_c.over), 'function() { _green__js_a_over(); }');
  assert.equal(String(added.green__js_a_do_it), 'function(a, b) { return green__js_a.doIt(a, b); }');
});

test('numbers and records become assertions of C', () => {
  assert.equal(agreement('a.mjs', { headers: ['<b.h>', 'c.h'], constants: { D: 1 }, records: { 'struct e': ['f', 'g'] } }), [
    '#include <b.h>', '#include "c.h"', '_Static_assert((D) == 1, "a.mjs says that D is 1");',
    '_Static_assert((offsetof(struct e, f)) == 0, "a.mjs says that offsetof(struct e, f) is 0");',
    '_Static_assert((offsetof(struct e, g)) == 4, "a.mjs says that offsetof(struct e, g) is 4");', ''].join('\n'));
});

test('what is made parses, and is made the same again', context => {
  const folder = mkdtempSync(join(tmpdir(), 'greenio-join-'));
  context.after(() => rmSync(folder, { recursive: true }));
  joinAll(folder);
  const files = () => Object.fromEntries(readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')]));
  const first = files();
  for (const name of Object.keys(first).filter(one => one.endsWith('.mjs'))) execFileSync(process.execPath, ['--check', join(folder, name)]);
  joinAll(folder);
  assert.deepEqual(files(), first);
  assert.doesNotMatch(first['greenio.mjs'], /greenio\$pg_/); /* in programs alone that link it */
});

test('the parts work in any order', async context => {
  const folder = mkdtempSync(join(tmpdir(), 'greenio-join-'));
  context.after(() => rmSync(folder, { recursive: true }));
  joinAll(folder);
  const text = ['greenio_pg', 'greenio_posix', 'greenio_check', 'greenio'].map(name => readFileSync(join(folder, `${name}.mjs`), 'utf8')).join('');
  writeFileSync(join(folder, 'all.mjs'), `${text}export const made = greenio$pg_pg.make({ Module: {}, host: {}, loop: {} }, {});\n`);
  const { made, GreenError: own } = await import(String(pathToFileURL(join(folder, 'all.mjs'))));
  assert.equal(made.where(), 0);
  assert.equal(own.name, 'GreenError');
});

// ---- modules

/* Memory of C's as a host gives it. */
const host = () => {
  const heap = new Uint8Array(64);
  let end = 8;
  return {
    heap,
    alloc: size => (end + size <= heap.length ? (end += size) - size : 0),
    bytes: () => heap,
    textLength: text => Buffer.byteLength(text),
    putText: (text, pointer, size) => heap.set(Buffer.from(`${text}\0`).subarray(0, size), pointer),
    text: pointer => Buffer.from(heap.subarray(pointer, heap.indexOf(0, pointer))).toString(),
  };
};

test('values.mjs: arguments as wasm takes them', () => {
  const c = host();
  const owned = [];
  const convert = (type, value) => argumentFor(makeMemory(c), type, value, owned);
  assert.deepEqual([convert('number', 1.5), convert('boolean', 'x'), convert('bigint', 7), convert('string', null)], [1.5, 1, 7n, 0]);
  assert.equal(c.text(convert('string', 'grün')), 'grün');
  const at = convert('array', [1, 255, -1]);
  assert.deepEqual([...c.heap.subarray(at, at + 3)], [1, 255, 255]);
  assert.equal(owned.length, 2);
  for (const [type, value] of [['number', 'x'], ['pointer', 0.5], ['bigint', 2n ** 64n], ['string', 1], ['array', [256]], ['array', 'x']]) {
    assert.throws(() => convert(type, value), { name: 'GreenError', code: 'ETYPE' }, `${type} ${value}`);
  }
  assert.throws(() => convert('string', 'x'.repeat(100)), { code: 'ENOMEM' });
});

test('values.mjs: results, and what there is to say of values', () => {
  const c = host();
  c.putText('text', 16, 5);
  assert.deepEqual([resultOf(c, 'boolean', 2), resultOf(c, 'pointer', -1), resultOf(c, 'string', 16), resultOf(c, 'string', 0), resultOf(c, 'void', 3)],
    [true, 4294967295, 'text', null, undefined]);
  assert.deepEqual([null, [], undefined, {}, 1n, 'x'].map(whatIs), ['null', 'an array', 'nothing', 'an object', 'a BigInt', 'a string']);
  assert.equal(octetsOf('x'), null);
  assert.deepEqual([...octetsOf(new Uint16Array([258]))], [2, 1]);
});

test('values.mjs: what was thrown through wasm', () => {
  assert.deepEqual(thrownOf({ catches: 0 }, new Error('no')), { code: 'EEXCEPTION', text: 'no' });
  assert.equal(thrownOf({ catches: 0 }, new WebAssembly.RuntimeError('unreachable')).trap, true);
  assert.equal(thrownOf({ catches: 0 }, new WebAssembly.RuntimeError("Unreachable code should not be executed (evaluating 'invoke(f, args)')")).text, 'Unreachable code should not be executed');
  assert.equal(thrownOf({ catches: 0 }, new RangeError('Maximum call stack size exceeded')).code, 'EOVERFLOW');
  assert.match(thrownOf({ catches: 0 }, 5240).text, /a C\+\+ exception, which nothing can catch/);
});

test('outside.mjs: nothing of what it looks at throws', () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  for (const value of [null, undefined, Symbol('a'), revoked.proxy, { get message() { throw new Error('no'); } }, Object.create(null)]) {
    assert.equal(typeof textOf(value), 'string');
    assert.equal(typeof seen(value).message, 'string');
    propertyOf(value, 'message');
  }
  assert.equal(wellFormed('a\ud800b'), 'a\ufffdb');
});

test('reasons.mjs: what stands in it are statuses of C, and no line hides another', () => {
  const statuses = new Set([...read('include/greenio/status.h').matchAll(/^ {2}X\((E\w+), -/gm)].map(([, name]) => name));
  assert.ok(statuses.has('ENOHOST') && statuses.size > 50);
  const own = Object.values(features).flatMap(({ codes = {}, names = {}, words = [] }) => [...Object.values(codes), ...Object.values(names), ...words.map(([, status]) => status)]);
  for (const status of [...Object.values(codes), ...own]) assert.ok(statuses.has(status), status);
  const starts = Object.keys(codes).filter(code => code.endsWith('_'));
  for (const start of starts) assert.deepEqual(starts.filter(other => start.startsWith(other)), [start]);
  for (const [feature, { codes: own = {} }] of Object.entries(features)) {
    for (const [code, status] of Object.entries({ ...codes, ...own })) assert.equal(ofCode(feature, code), status, `${code} in ${feature}`);
    for (const [code, status] of Object.entries(own)) assert.notEqual(status, codes[code], `${code} of ${feature} is no difference`);
  }
});

test('reasons.mjs: a code means the same everywhere', () => {
  for (const feature of Object.keys(features)) {
    for (const [code, status] of Object.entries({
      EACCES: 'EACCES', ECONNREFUSED: 'ECONNREFUSED', ENFILE: 'EMFILE', ENOTFOUND: 'ENOHOST', EAI_AGAIN: 'ENOHOST', EAI_FAIL: 'ENOHOST',
      ERR_INVALID_URL: 'EINVAL', ERR_INVALID_ARG_VALUE: 'EINVAL', ERR_INVALID_STATE: 'EIO', ERR_SOCKET_BAD_PORT: 'EINVAL',
      HPE_INVALID_CONSTANT: 'EPROTO', HPE_CLOSED_CONNECTION: 'ECONNRESET', Z_DATA_ERROR: 'EPROTO', Z_BUF_ERROR: 'ECONNRESET',
      ERR__ERROR_FORMAT_PADDING_1: 'EPROTO', ERR_TLS_CERT_ALTNAME_INVALID: 'ETLS', ERR_SSL_WRONG_VERSION_NUMBER: 'ETLS',
      ERR_OSSL_PEM_NO_START_LINE: 'ETLS', CERT_HAS_EXPIRED: 'ETLS', DEPTH_ZERO_SELF_SIGNED_CERT: 'ETLS', INVALID_PURPOSE: 'ETLS',
      PATH_LENGTH_EXCEEDED: 'ETLS', CERTIFICATE_VERIFY_FAILED: 'ETLS', '28P01': '', ERR_SOMETHING: '', '': '', toString: '',
    })) assert.equal(ofCode(feature, code), status, `${code} in ${feature}`);
  }
});

test('reasons.mjs: what a code means in one feature alone', () => {
  const row = code => Object.keys(features).map(feature => ofCode(feature, code));
  assert.deepEqual(Object.keys(features), ['future', 'net', 'server', 'terminal', 'process', 'file', 'http', 'pg']);
  assert.deepEqual(row('EPROTO'), ['EPROTO', 'EPROTO', 'EPROTO', 'EPROTO', 'EPROTO', 'EPROTO', 'ETLS', 'ETLS']);
  assert.deepEqual(row('EPIPE'), ['EPIPE', 'EPIPE', 'EPIPE', 'EPIPE', 'EPIPE', 'EPIPE', 'ECONNRESET', 'EPIPE']);
  assert.deepEqual(row('ERR_STREAM_DESTROYED'), row('EPIPE'));
  assert.deepEqual(row('ENOENT'), ['ENOENT', 'ENOENT', 'ENOENT', 'ENOENT', 'ENOENT', 'ENOENT', 'ENOENT', 'ECONNREFUSED']);
  assert.deepEqual(row('ENOBUFS'), ['ENOBUFS', 'ENOMEM', 'ENOBUFS', 'ENOBUFS', 'ENOBUFS', 'ENOBUFS', 'ENOBUFS', 'ENOBUFS']);
  assert.deepEqual(row('EAGAIN'), ['EBUSY', 'EBUSY', 'EBUSY', 'EBUSY', 'EAGAIN', 'EAGAIN', 'EBUSY', 'EBUSY']);
  assert.deepEqual(row('PG_PROTOCOL'), ['', '', '', '', '', '', '', 'EPROTO']);
  assert.deepEqual([ofName('file', 'NotFoundError'), ofName('future', 'NotFoundError'), ofName('future', 'AbortError')], ['ENOENT', '', 'ECANCELED']);
  assert.deepEqual([ofWords('http', 'os error: Connection refused'), ofWords('pg', 'Connection refused')], ['ECONNREFUSED', '']);
  const numberOf = code => ({ EIO: -5, ENOMEM: -12 })[code] ?? 0;
  assert.deepEqual([{ code: 'ENOBUFS' }, { code: 'EUNKNOWN' }, { code: 5 }, null].map(makeStatusOf({ numberOf }, 'net')), [-12, -5, -5, -5]);
});

test('a process has ended by a code or a signal, of which not each has a name here', async () => {
  const { outcomeOf } = await import('../../src/process/process.mjs');
  assert.deepEqual([[0, null], [255, null], [null, 'SIGHUP'], [null, 'SIGKILL'], [null, 'SIGSYS'], [null, 'SIGINFO'], [null, '']].map(end => outcomeOf(...end)),
    [[0, 0], [255, 0], [-1, 1], [-1, 9], [-1, 31], [-1, -1], [-1, -1]]);
});

test('pg/connection.mjs: the package pg has codes, or words alone', async () => {
  const { codeOf } = await import('../../src/pg/connection.mjs');
  assert.deepEqual([{ code: 'EAGAIN' }, { code: 'CERT_HAS_EXPIRED' }, { message: 'The server does not support SSL connections' },
    { code: '28P01', message: 'password authentication failed' }, { message: 'Invalid URL' }, new Error('no'), null].map(codeOf),
  ['EBUSY', 'ETLS', 'ETLS', 'EACCES', 'EINVAL', 'EIO', 'EIO']);
});

test('error.mjs: an error of one module is one of every other', async () => {
  const other = (await import(String(new URL('wasm/error.mjs?other', root)))).GreenError;
  const error = new other('ETIMEDOUT', 'late');
  assert.ok(other !== GreenError && error instanceof GreenError && error instanceof Error);
  assert.deepEqual([error.name, error.code, error.message], ['GreenError', 'ETIMEDOUT', 'late']);
  assert.ok(!(new Error('x') instanceof GreenError) && !(/** @type {any} */ (null) instanceof GreenError));
});

test('pg/settings.mjs: what a connection string asks for', async () => {
  const { planOf } = await import('../../src/pg/settings.mjs');
  const { tries: [config], where, seconds } = planOf("host=/run user='a b' password=c\\ d connect_timeout=1 keepalives=0");
  assert.deepEqual([config.user, config.password, config.keepAlive, config.ssl, where, seconds], ['a b', 'c d', false, false, '/run', 2]);
  assert.equal(planOf('postgres://u:p%40@[::1]:5433/d').tries[0].password, 'p@');
  assert.throws(() => planOf('hosts=a'), { code: 'EINVAL', message: /"hosts" is not known here/ });
  assert.throws(() => planOf('postgres://%zz@a'), { code: 'EINVAL', message: /hexadecimal/ });
});

test('pg/start.mjs: messages of the start that no server may send', async () => {
  const { Start } = await import('../../src/pg/start.mjs');
  const message = (type, ...bytes) => Buffer.from([type.charCodeAt(0), 0, 0, 0, bytes.length + 4, ...bytes]);
  const start = new Start();
  const ready = message('Z', 0x49);
  assert.equal(start.take(ready.subarray(0, 3)).length, 0); /* cut anywhere */
  assert.deepEqual(start.take(Buffer.concat([ready.subarray(3), Buffer.from('more')])), ready);
  assert.deepEqual([start.over, start.held.toString()], [true, 'more']);
  for (const bytes of [message('D', 0), message('S', 0x61), Buffer.from([0x52, 0, 0, 0, 1]), Buffer.from([0x52, 0x7f, 0xff, 0xff, 0xff])]) {
    assert.throws(() => new Start().take(bytes), { code: 'PG_PROTOCOL' });
  }
});
