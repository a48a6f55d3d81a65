// The whole program, wherever it is built: started, asked, and ended.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const path = name => fileURLToPath(new URL(`../build/${name}`, import.meta.url));
const hosts = [
  ['natively', path(`native/{{name}}${process.platform === 'win32' ? '.exe' : ''}`)],
  ['in Node', process.execPath, path('wasm/{{name}}.mjs')],
].filter(command => existsSync(command.at(-1)));

test('something is built', () => assert.ok(hosts.length, 'npm run build, or npm run build:wasm, comes first'));

for (const [host, program, ...first] of hosts) {
  test(`${host}: it answers, and ends when it is told to`, async t => {
    const child = spawn(program, [...first, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => child.kill('SIGKILL'));
    const exit = once(child, 'exit');
    const [site] = await Promise.race([once(createInterface(child.stdout), 'line'), exit]);
    assert.match(`${site}`, /^http:/);

    const slow = fetch(`${site}wait/50`).then(response => response.text());
    assert.equal(await (await fetch(`${site}hello/Grace`)).text(), 'hello, Grace\n'); // while the other waits
    assert.equal(await slow, '50 ms\n');
    assert.match(await (await fetch(site)).text(), /<h1>{{name}}<\/h1>/);

    child.kill('SIGTERM');
    if (process.platform !== 'win32') assert.deepEqual(await exit, [0, null]);
  });
}
