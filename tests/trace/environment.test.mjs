// Traces that the environment asks for, natively: sizes, names, and what is left however the program ends.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const folder = mkdtempSync(join(tmpdir(), 'greenio-'));
after(() => rmSync(folder, { recursive: true }));

/** @param {string} how @param {string} name @param {object} env */
function run(how, name, env = {}) {
  const path = join(folder, name);
  const { status, stdout, stderr } = spawnSync(/** @type {string} */ (process.env.ENDS), [how], { env: { ...process.env, GREENIO_TRACE: path, ...env }, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return { path, stdout, stderr };
}
const older = 'an older trace, which is longer than nothing\n'.repeat(1000);
const isWhole = path => assert.equal(JSON.parse(readFileSync(path, 'utf8')).otherData.lost, 0);

test('exit() on its own thread writes it, in the place of an older one', () => {
  writeFileSync(join(folder, 'exit.json'), older);
  const { path, stderr } = run('exit', 'exit.json');
  isWhole(path);
  assert.equal(stderr, '');
});

test('_exit() leaves the older one', () => {
  writeFileSync(join(folder, 'quit.json'), older);
  const { path } = run('quit', 'quit.json');
  assert.equal(readFileSync(path, 'utf8'), older);
});

test('exit() on another thread leaves the older one, and says so', () => {
  writeFileSync(join(folder, 'thread.json'), older);
  const { path, stderr } = run('thread', 'thread.json');
  assert.match(stderr, /^greenio: GREENIO_TRACE: nothing is written, since exit\(\) was called by another thread /);
  assert.equal(readFileSync(path, 'utf8'), older);
});

test('a child of fork() that ends by exit() leaves it to its parent', () => {
  const { path, stderr } = run('fork', 'fork.json');
  isWhole(path);
  assert.equal(stderr, '');
});

test('a program that the traced one starts is not traced', () => {
  const { path, stdout } = run('child', 'child.json');
  assert.equal(stdout, 'asks for none\n');
  isWhole(path);
});

test('with %p in the name each process has one', () => {
  const { stdout } = run('child', 'each-%p.json');
  assert.equal(stdout, 'asks for a trace\n');
  const names = readdirSync(folder).filter(name => name.startsWith('each-'));
  assert.equal(names.length, 2);
  for (const name of names) {
    assert.match(name, /^each-\d+\.json$/);
    isWhole(join(folder, name));
  }
});

for (const size of ['8M', 'abc', '-65536', '0', '99999999999999999999999', '65536 ']) {
  test(`a size of "${size}" is refused`, () => {
    const { stderr } = run('inner', 'size.json', { GREENIO_TRACE_SIZE: size });
    assert.equal(stderr, `greenio: GREENIO_TRACE_SIZE=${size}: there is no trace, since this is no number of bytes\n`);
    assert.ok(!readdirSync(folder).includes('size.json'));
  });
}

test('a size that is too small is refused, and a file that cannot be', () => {
  assert.match(run('inner', 'size.json', { GREENIO_TRACE_SIZE: '1000' }).stderr, /^greenio: GREENIO_TRACE=.*: there is no trace: green_trace_start: its ring has 64 KiB or more\n$/);
  assert.match(run('inner', 'no/file.json').stderr, /^greenio: GREENIO_TRACE=.*: there is no trace: green_trace_start: .*no\/file.json: /);
});

test('a size and an empty one', () => {
  for (const size of ['65536', '']) isWhole(run('inner', 'right.json', { GREENIO_TRACE_SIZE: size }).path);
});

test('what is no file is written to as it is', () => {
  const { stdout } = spawnSync('sh', ['-c', '"$ENDS" inner | cat'], { env: { ...process.env, GREENIO_TRACE: '/dev/stdout' }, encoding: 'utf8' });
  assert.equal(JSON.parse(stdout.replace(/^asks for .*\n/m, '')).otherData.lost, 0);
});
