// The whole program, wherever it is built.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const path = name => fileURLToPath(new URL(`../build/${name}`, import.meta.url));
const hosts = [
  ['natively', path(`native/{{name}}${process.platform === 'win32' ? '.exe' : ''}`)],
  ['in Node', process.execPath, path('wasm/{{name}}.mjs')],
].filter(command => existsSync(command.at(-1)));

test('something is built', () => assert.ok(hosts.length, 'npm run build, or npm run build:wasm, comes first'));

for (const [host, program, ...first] of hosts) {
  const run = (...args) => spawnSync(program, [...first, ...args], { encoding: 'utf8' });

  test(`${host}: all run, and all have a place`, () => {
    const { status, stdout } = run('hare:1', 'tortoise:2');
    assert.equal(status, 0);
    for (const name of ['hare', 'tortoise']) {
      for (const lap of [1, 2, 3]) assert.match(stdout, new RegExp(`^${name}: lap ${lap}$`, 'm'));
      assert.match(stdout, new RegExp(`^[12]\\. ${name}$`, 'm'));
    }
  });

  test(`${host}: what is no runner is refused`, () => {
    const { status, stderr } = run('hare');
    assert.equal(status, 2);
    assert.match(stderr, /hare is not NAME:MILLISECONDS/);
  });
}
