/* Programs made of waits.c that differ in what Asyncify instruments, and the command that tells.
 * GREENIO_MODULES is their folder, GREENIO_TOOL the command, GREENIO_REPORT what was printed for "wide",
 * GREENIO_DEBUG 1 for a debug build. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { decode } from '../../wasm/decode.mjs';
import { load as loadModule } from '../../web/node.mjs';

const folder = process.env.GREENIO_MODULES;
const path = (program, suffix = '.mjs') => join(folder, `asyncify_${program}${suffix}`);
const load = async (program) => (await import(path(program))).default({ printErr() {} });

const run = (file, ...args) => new Promise((resolve) => {
  execFile(process.execPath, [file, ...args], (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stdout, stderr }));
});
const tool = (...args) => run(process.env.GREENIO_TOOL, ...args);
const analyse = async (module) => JSON.parse((await tool(module, '--json')).stdout);

/* The module without its custom sections. */
const withoutNames = (bytes) => {
  const kept = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length; ) {
    let size = 0;
    let next = at + 1;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[next++];
      size |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if (bytes[at] !== 0) kept.push(bytes.subarray(at, next + size));
    at = next + size;
  }
  return Buffer.concat(kept);
};

/* ---- narrowed rightly */

for (const program of ['wide', 'narrow', 'narrow_checked', 'removed']) {
  test(`${program}: every way to wait works`, async () => {
    for (const [way, result] of Object.entries({ pointer: 12, yield: 12, setjmp: 112, pool: 1002, lent: 1002 })) {
      assert.deepEqual(await run(path(program), way), { status: 0, stdout: `${result}\n`, stderr: '' }, way);
    }
  });

  test(`${program}: calls from JavaScript wait, many at once`, async () => {
    const { green } = await load(program);
    const byPointer = green.wrap('by_pointer', 'number', ['number', 'number']);
    const calls = Array.from({ length: 60 }, (_, i) => byPointer(i % 4, i));
    const expected = Array.from({ length: 60 }, (_, i) => [i + 1, i + 1, 2 * i, 3 * i][i % 4] + 10);
    assert.deepEqual(await Promise.all(calls), expected);
  });
}

test('a narrowed program is smaller, and keeps no names if it is no debug build', async () => {
  const [wide, narrow] = await Promise.all([path('wide', '.wasm'), path('narrow', '.wasm')].map(analyse));
  assert.ok(narrow.totals.instrumented < wide.totals.instrumented / 2, `${narrow.totals.instrumented} of ${wide.totals.instrumented}`);
  assert.ok(narrow.totals.bytes.code < wide.totals.bytes.code);
  assert.ok(narrow.named, 'from the file of --emit-symbol-map');
  const module = await WebAssembly.compile(await readFile(path('narrow', '.wasm')));
  if (process.env.GREENIO_DEBUG === '0') assert.equal(WebAssembly.Module.customSections(module, 'name').length, 0);
});

/* ---- narrowed too far */

const names = (text) => /a task parks below (.*?), which Asyncify was told to leave out/.exec(text)?.[1].split(', ');

test('a park below a function that is left out stops at once and names it', async () => {
  for (const [way, first] of [['pointer', 'by_pointer'], ['yield', 'by_pointer'], ['setjmp', 'by_pointer']]) {
    const { status, stdout, stderr } = await run(path('wrong'), way);
    assert.deepEqual([status, stdout], [1, ''], way);
    assert.equal(names(stderr)?.[0], first, stderr);
    assert.match(stderr, /GREENIO_ASYNCIFY_ADD of the program.*by_pointer/);
  }
});

test('also in a call from JavaScript, which is rejected; and the frame above an invoke_ is not blamed', async () => {
  for (const [name, args] of [['by_pointer', [0, 1]], ['in_setjmp', [1, 1]], ['by_pointer', [2, 1]]]) {
    const { green } = await load('wrong');
    await assert.rejects(green.call(name, 'number', ['number', 'number'], args), (/** @type {any} */ error) => {
      assert.equal(error.code, 'ETRAP');
      assert.deepEqual(names(error.message), ['by_pointer'], error.message);
      return true;
    });
  }
});

test('what does not go through it still waits', async () => {
  const { green } = await load('wrong');
  assert.equal(await green.call('directly', 'number', ['number'], [1]), 1002);
  assert.equal(await green.call('asks_javascript', 'number', ['number'], [4]), 8);
  assert.equal(await green.call('in_pool', 'number', ['number'], [1]), 1002);
  assert.equal(await green.call('by_pointer', 'number', ['number', 'number'], [3, 1]), 13);
});

test('a function in the list to remove is named', async () => {
  const { green } = await load('removed_wrong');
  await assert.rejects(green.call('directly', 'number', ['number'], [1]), (/** @type {any} */ error) => {
    assert.equal(names(error.message)?.[0], 'waits', error.message);
    return true;
  });
});

/* What is written to stderr while an instance that `create` makes parks twice. */
const saidBy = async (create) => {
  const said = [];
  const print = console.error;
  console.error = (text) => said.push(text);
  try {
    const { green } = await create();
    for (let i = 0; i < 2; i++) assert.equal(await green.call('directly', 'number', ['number'], [1]), 1002);
  } finally {
    console.error = print;
  }
  return said;
};

/* A copy of a program, so that it has a state of its own, with `find` in its JavaScript replaced. */
const altered = async (context, program, find, replacement) => {
  const temporary = await mkdtemp(join(tmpdir(), 'greenio-'));
  context.after(() => rm(temporary, { recursive: true }));
  const script = await readFile(path(program), 'utf8');
  assert.ok(script.includes(find), find);
  await writeFile(join(temporary, `asyncify_${program}.mjs`), script.replace(find, () => replacement));
  await copyFile(path(program, '.wasm'), join(temporary, `asyncify_${program}.wasm`));
  return join(temporary, `asyncify_${program}.mjs`);
};

test('a module that was not loaded from its bytes says that its parks are not checked, and what to do', async () => {
  const said = await saidBy(() => loadModule(`${pathToFileURL(path('narrow_checked'))}?unseen`));
  assert.equal(said.length, 1);
  assert.match(said[0], /parks are not checked.*not a WebAssembly\.Module; with greenio's load\(\) by the option wasm: null/);
});

test('load() with the option wasm: null has its parks checked', async () => {
  const { green } = await loadModule(pathToFileURL(path('wrong')), { wasm: null, module: { printErr() {} } });
  await assert.rejects(green.call('by_pointer', 'number', ['number', 'number'], [0, 1]), { code: 'ETRAP', message: /a task parks below by_pointer/ });
});

test('a module that the check cannot read, or whose shape it does not know, runs unchecked and says so', async (context) => {
  for (const [find, replacement, reason] of /** @type {any[][]} */ ([
    ['const decode = bytes => {', 'const decode = bytes => { throw new Error("instruction 0xff is not known here");', /the module could not be read: instruction 0xff/],
    ['findRuntime(module);', '', /has a shape that is not known here/],
  ])) {
    const file = await altered(context, 'narrow_checked', find, replacement);
    const said = await saidBy(async () => (await import(file)).default());
    assert.equal(said.length, 1, said.join('\n'));
    assert.match(said[0], /^greenio: parks are not checked, since /);
    assert.match(said[0], reason);
  }
});

/* ---- the command */

test('the target that reports compares with a link without the pass', async () => {
  const report = await readFile(process.env.GREENIO_REPORT, 'utf8');
  assert.match(report, /\d+ of \d+ functions are instrumented/);
  assert.match(report, /without the pass [\d,]+, so \+\d+%/);
  assert.match(report, /^printf_core: [\d,]+ bytes, \+[\d,]+\n {2}printf_core > \(an indirect call\)/m);
});

test('chains lead from a function to the park, the import or the indirect call', async () => {
  const module = path('wide', '.instrumented/with.wasm');
  const { functions } = await analyse(module);
  const why = (name) => functions.find((f) => f.name === name).why.map((chain) => chain.join(' > '));
  assert.ok(why('directly').some((chain) => /^directly > waits > (green_sleep > )?green_(_context_park|yield) \(parks\)$/.test(chain)), why('directly'));
  assert.ok(why('by_pointer').includes('by_pointer > (an indirect call)'));
  /* at -O3, -Os and -Oz emcc has minified the names of imports: a.k */
  assert.ok(why('in_setjmp').some((chain) => /^in_setjmp > (env\.invoke_iii?|\w\.\w+) \(an import\)$/.test(chain)), why('in_setjmp'));
  assert.equal(functions.find((f) => f.name === 'never_waits'), undefined);
  for (const f of functions) assert.ok(f.why.length > 0, `${f.name} is instrumented for no reason`);
});

test('what it prints for one function', async () => {
  const module = path('wide', '.instrumented/with.wasm');
  const { status, stdout } = await tool(module, '--function', 'by_p*');
  assert.equal(status, 0);
  assert.match(stdout, /^\nby_pointer: [\d,]+ bytes, \+\d+\n {2}by_pointer > \(an indirect call\)\n$/);
  const not = await tool(module, '--function', 'never_waits');
  assert.deepEqual([not.status, not.stderr], [2, 'instrumented: never_waits is not instrumented\n']);
  const none = await tool(module, '--function', 'nonsense');
  assert.equal(none.status, 2);
  assert.match(none.stderr, /there is no function nonsense in .*: was it inlined\?/);
});

test('what it cannot read is refused in a sentence', async () => {
  const none = await tool('/nonexistent.wasm');
  assert.deepEqual([none.status, none.stderr], [2, 'instrumented: there is no file /nonexistent.wasm\n']);
  const script = await tool(path('wide'));
  assert.deepEqual([script.status, script.stderr], [2, `instrumented: ${path('wide')} cannot be read: it is no WebAssembly module\n`]);
  const plain = await tool(path('wide', '.instrumented/without.wasm'));
  assert.equal(plain.status, 2);
  assert.match(plain.stderr, /has not been through Asyncify/);
  assert.equal((await tool()).status, 2);
  assert.equal((await tool('--nonsense')).status, 2);
});

test('all names, also of what is not instrumented', async () => {
  const { stdout } = await tool(path('wide', '.instrumented/with.wasm'), '--names');
  const names = stdout.trim().split('\n');
  for (const name of ['never_waits', 'waits', 'green__context_park']) assert.ok(names.includes(name), name);
});

test('the target that reports is linked as the program is, LINK_FLAGS included', async () => {
  const { stdout } = await tool(path('wide', '.instrumented/with.wasm'), '--names');
  for (const name of ['exported_by_flag', 'exported_by_configuration']) assert.match(stdout, new RegExp(`^${name}$`, 'm'));
});

test('a symbol file of another link is not read', async (context) => {
  const temporary = await mkdtemp(join(tmpdir(), 'greenio-'));
  context.after(() => rm(temporary, { recursive: true }));
  const [module, file, list] = ['app.wasm', 'app.mjs.symbols', 'list'].map((name) => join(temporary, name));
  const bytes = await readFile(path('wide', '.wasm'));
  const { functions } = JSON.parse((await tool(path('wide', '.wasm'), '--all', '--json')).stdout);
  const count = decode(bytes).functions.length;
  await writeFile(module, withoutNames(bytes));
  await writeFile(list, 'f1');
  const asked = async (size, age) => {
    await writeFile(file, Array.from({ length: size }, (_, i) => `${i}:f${i}\n`).join(''));
    const { mtime } = await stat(module);
    await utimes(file, mtime, new Date(mtime.getTime() - age));
    const { stdout, stderr } = await tool(module, '--all', '--json');
    const lists = await tool(module, '--list', list);
    const result = JSON.parse(stdout);
    assert.equal(result.functions.length, functions.length);
    assert.equal(lists.status, result.named ? 0 : 2, lists.stderr);
    assert.equal(/is of another link/.test(stderr), !result.named);
    return result.named;
  };
  assert.equal(await asked(count, 0), true);
  assert.equal(await asked(count, 1000), true, 'written before the module by the same link');
  assert.equal(await asked(count - 1, 0), false);
  assert.equal(await asked(count + 1, 0), false);
  assert.equal(await asked(count, 3_600_000), false);
});

test('lists: a pattern that matches nothing is named, C++ names with commas are whole', async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'greenio-'));
  try {
    const list = join(temporary, 'list');
    await writeFile(list, 'by_pointer,wai*,no(such, thing),absent');
    const { status, stderr } = await tool(path('wide', '.instrumented/with.wasm'), '--list', list);
    assert.equal(status, 1);
    assert.deepEqual([...stderr.matchAll(/"(.*?)" in list matches no function/g)].map(([, name]) => name), ['no(such, thing)', 'absent']);
  } finally {
    await rm(temporary, { recursive: true });
  }
});
