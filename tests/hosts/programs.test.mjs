// The test programs in C that need no server but the HTTP client's, as Node runs them, on Deno and Bun; and those of the core
// on workerd, in a Durable Object. What a host fails in stands in known.mjs: any other failure is one, and so is what passes by now.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, test } from 'node:test';
import { startServer } from '../http/server.mjs';
import { hosts, runners, stopAll } from './hosts.mjs';
import { known, unrunnable } from './known.mjs';

const folder = `${process.env.GREENIO_BUILD ?? 'build'}/${process.env.GREENIO_WASM ?? 'wasm-release'}/tests`;
const programs = ['core_tests', 'file/file_tests', 'process/process_tests', 'stream/stream_tests', 'terminal/terminal_tests', 'app/app_tests'];
process.env.GREENIO_PTY = `${import.meta.dirname}/../terminal/node/pairs.py`;

const run = (command, args, env = process.env) => new Promise(done => execFile(command, args, { env, timeout: 240_000, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
  done({ output: stdout + stderr, ended: error ? error.code ?? error.signal : 0 })));

function check(host, program, { output, ended }) {
  const failed = [...output.matchAll(/^(\w+).* ?FAILED: (.*)$/gm)].map(([, name, what]) => [name, what]);
  const expected = known[host][program] ?? {};
  assert.match(output, /^\d+ passed, \d+ failed/m, `it ended with ${ended}:\n${output.slice(-3000)}`);
  assert.deepEqual(failed.filter(([name]) => !(name in expected)), []);
  const passing = Object.keys(expected).filter(name => !/^sometimes/.test(expected[name]) && !failed.some(([other]) => other === name));
  assert.deepEqual(passing, [], 'these pass now, and are to go from the table');
}

after(stopAll);

/* The arguments without what that host cannot run of the program. */
function without(host, program) {
  const [left, why] = unrunnable[host]?.[program] ?? [];
  if (left) test(`${left} of ${program} on ${host}`, { skip: why }, () => {});
  return left ? ['--except', left] : [];
}

for (const [host, commandFor] of Object.entries(runners)) {
  for (const program of programs) {
    const left = without(host, program);
    test(`${program} on ${host}`, { timeout: 300_000 }, async () => {
      check(host, program, await run(...commandFor(`${folder}/${program}.mjs`, ...left)));
    });
  }
}

for (const [host, commandFor] of Object.entries(runners)) {
  const program = 'http/http_tests';
  const left = without(host, program);
  test(`${program} on ${host}`, { timeout: 300_000 }, async () => {
    const server = await startServer();
    const env = { ...process.env, SSL_CERT_FILE: server.certificate, NODE_EXTRA_CA_CERTS: server.certificate, DENO_CERT: server.certificate, no_proxy: '*', NO_PROXY: '*' };
    try {
      check(host, program, await run(...commandFor(`${folder}/${program}.mjs`, '--server', server.base, ...left), env));
    } finally {
      await server.close();
    }
  });
}

for (const [name, { start }] of Object.entries(hosts)) {
  if (!name.startsWith('workerd')) continue;
  test(`core_tests on ${name}`, { timeout: 300_000 }, async () => {
    const { base } = await start(`${folder}/core_tests.mjs`);
    const response = await fetch(`${base}/main`);
    check('workerd', 'core_tests', { output: await response.text(), ended: response.status });
  });
}
