// A program at a terminal, on Deno and Bun: what becomes of the terminal, by the tests of Node (tests/terminal/node).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { runners } from './hosts.mjs';
import { known } from './known.mjs';

const program = resolve(process.env.GREENIO_BUILD ?? 'build', process.env.GREENIO_WASM ?? 'wasm-release', 'tests/terminal/terminal_ends.mjs');
const file = join(import.meta.dirname, '../terminal/node/ends.test.mjs');
const { NODE_TEST_CONTEXT, ...environment } = process.env; // or the runner would take itself for a part of this one

for (const [host, commandFor] of Object.entries(runners)) {
  test(`a program at a terminal on ${host}`, { timeout: 1_800_000 }, async () => {
    const [command, args] = commandFor(program);
    const env = { ...environment, GREENIO_PROGRAM: program, GREENIO_RUNNER: JSON.stringify([command, ...args.slice(0, -1)]) };
    const output = await new Promise(done => execFile(process.execPath, ['--test', '--test-reporter=tap', file], { env, maxBuffer: 1 << 26 }, (_, stdout, stderr) => done(stdout + stderr)));
    const results = [...output.matchAll(/^(not ok|ok) \d+ - (.*?)(?: # .*)?$/gm)];
    const planned = Number(/^1\.\.(\d+)$/m.exec(output)?.[1]); // none of a run that broke off
    assert.ok(planned > 20, output.slice(-3000));
    assert.equal(results.length, planned, output.slice(-3000));
    const expected = known[host]['terminal/ends.test.mjs'] ?? {};
    assert.deepEqual(results.filter(([, outcome, name]) => outcome === 'not ok' && !(name in expected)).map(([, , name]) => name), [], output);
    const passing = results.filter(([, outcome, name]) => outcome === 'ok' && name in expected && !/^sometimes/.test(expected[name]));
    assert.deepEqual(passing.map(([, , name]) => name), [], 'these pass now, and are to go from the table');
  });
}
