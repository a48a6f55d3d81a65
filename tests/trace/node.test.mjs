// The trace that the environment asks for in Node, of a program that links traces.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';

const folder = mkdtempSync(join(tmpdir(), 'greenio-'));
after(() => rmSync(folder, { recursive: true }));
const untraced = pathToFileURL(/** @type {string} */ (process.env.UNTRACED)).href;
const program = pathToFileURL(/** @type {string} */ (process.env.PROGRAM)).href;

/** @param {string} source @param {string} name @param {object} env */
const run = (source, name, env = {}) => {
  const path = join(folder, name);
  const options = { env: { ...process.env, GREENIO_TRACE: path, ...env }, encoding: /** @type {const} */ ('utf8'), timeout: 60_000 };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], options);
  assert.equal(status, 0, stderr);
  return { path, stdout, stderr };
};
const whole = `import create from '${program}'; const { green } = await create(); await green.main;`;
const titles = path => JSON.parse(readFileSync(path, 'utf8')).traceEvents.filter(({ name }) => name === 'thread_name').map(({ args }) => args.name);
const has = (path, name) => titles(path).some(title => title.endsWith(name));

test('it is written when the process ends, in the place of an older one', () => {
  writeFileSync(join(folder, 'whole.json'), 'an older trace, which is longer than nothing\n'.repeat(1000));
  const { path, stderr } = run(whole, 'whole.json');
  assert.equal(stderr, '');
  for (const name of ['loop', 'first', 'second']) assert.ok(has(path, name), name);
});

test('also when process.exit() ends it while tasks wait', () => {
  const { path } = run(`import create from '${program}';
    const { green } = await create();
    const look = () => (green.report().some(({ name }) => name === 'first') ? process.exit(0) : setImmediate(look));
    look();
    green.main.then(() => process.exit(0)); // the machine stood still while they waited`, 'exit.json');
  assert.ok(has(path, 'first'));
});

test('of two programs in one process the first is traced, and programs that it starts are not', () => {
  const child = `const { execFileSync } = process.getBuiltinModule('node:child_process');
    console.log(execFileSync(process.execPath, ['-p', 'process.env.GREENIO_TRACE'], { encoding: 'utf8' }).trim());`;
  const two = `import create from '${program}'; for (const n of [1, 2]) { const { green } = await create(); await green.main; }`;
  const { path, stdout, stderr } = run(two + child, 'two.json');
  assert.equal(stdout, 'undefined\n');
  assert.equal(stderr, '');
  assert.equal(titles(path).filter(title => title.endsWith('first')).length, 1);
});

test('%p is the number of the process', () => {
  run(whole, 'each-%p.json');
  assert.equal(readdirSync(folder).filter(name => /^each-\d+\.json$/.test(name)).length, 1);
});

test('what cannot be is said, and the program runs', () => {
  assert.match(run(whole, 'no/file.json').stderr, /^greenio: GREENIO_TRACE=.*no\/file\.json: there is no trace: .*ENOENT/);
  assert.match(run(whole, 'size.json', { GREENIO_TRACE_SIZE: '8M' }).stderr, /^greenio: GREENIO_TRACE_SIZE=8M: there is no trace, since this is no number of bytes\n$/);
  assert.match(run(whole, 'size.json', { GREENIO_TRACE_SIZE: '1000' }).stderr, /^greenio: GREENIO_TRACE=.*: there is no trace: .*65536 at least/);
});

test('a program that links no traces says so, once', () => {
  const { path, stderr } = run(`import create from '${untraced}'; for (const n of [1, 2]) { const { green } = await create(); await green.main; }`, 'none.json');
  assert.match(stderr, /^greenio: GREENIO_TRACE=.*none\.json: there is no trace of this program: it is linked without -Wl,-u,green_trace_start\n$/);
  assert.equal(existsSync(path), false);
});

test('and does not keep one that does from being traced', () => {
  const { path, stderr } = run(`import untraced from '${untraced}'; import traced from '${program}';
    for (const create of [untraced, traced, untraced]) { const { green } = await create(); await green.main; }`, 'second.json');
  assert.match(stderr, /^greenio: GREENIO_TRACE=.*: there is no trace of this program: .*\n$/);
  assert.ok(has(path, 'first'));
});
