// The JavaScript interface, and applications that are asked by fetch(), with all their cases: the tests that Node has of them, by
// Deno's and Bun's own test runners.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { testers } from './hosts.mjs';
import { known } from './known.mjs';

const built = resolve(process.env.GREENIO_BUILD ?? 'build', process.env.GREENIO_WASM ?? 'wasm-release', 'tests');
const { NODE_TEST_CONTEXT, ...outer } = process.env; // that is of the test runner that runs this
const env = {
  ...outer, NO_COLOR: '1', GREENIO_MODULE: `${built}/node/node_api.mjs`, WEB_HOST: `${built}/web/web_host.mjs`, APP_SERVE: `${built}/app/app_serve.mjs`,
};

const run = (command, args) => new Promise(done => execFile(command, args, { env, timeout: 240_000, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
  done({ output: stdout + stderr, ended: error ? error.code ?? error.signal : 0 })));

/* "(fail) NAME [TIME]" is Bun's, "NAME ... FAILED (TIME)" Deno's. */
const failedIn = output => new Set([...output.matchAll(/^\(fail\) (.*?)(?: \[[\d.]+m?s\])?$|^(\S.*?) \.\.\. FAILED/gm)].map(([, first, second]) => first ?? second));

for (const [host, commandFor] of Object.entries(testers)) {
  for (const name of ['node/api.test.mjs', 'web/fetch.test.mjs', 'web/cases.test.mjs']) {
    test(`${name} on ${host}`, { timeout: 300_000 }, async () => {
      const { output, ended } = await run(...commandFor(resolve('tests', name)));
      const expected = Object.keys(known[host][name] ?? {});
      const failed = failedIn(output);
      assert.match(output, /\b[1-9]\d* pass/, `nothing has passed; it ended with ${ended}:\n${output.slice(-3000)}`);
      assert.deepEqual([...failed].filter(one => !expected.includes(one)), [], output.slice(-3000));
      assert.deepEqual(expected.filter(one => !failed.has(one)), [], 'these pass now, and are to go from known.mjs');
      if (!failed.size) assert.equal(ended, 0, output.slice(-3000));
    });
  }
}
