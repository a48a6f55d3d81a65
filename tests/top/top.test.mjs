// The example top: its own tasks, those of another program, and a terminal, which is script(1)'s.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

const top = /** @type {string} */ (process.env.TOP);
const token = 'a token of some length';

async function run(args, env = {}) {
  const child = spawn(top, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '', stderr = '';
  child.stdout.on('data', data => { stdout += data; });
  child.stderr.on('data', data => { stderr += data; });
  const [status] = await once(child, 'close');
  return { status, stdout, stderr };
}

test('once, into a pipe', async () => {
  const { status, stdout } = await run(['-b']);
  assert.equal(status, 0);
  assert.match(stdout, /^tasks: \d+, \d+ parked, \d+ ready, 1 running$/m);
  assert.match(stdout, /^pool: {2}pictures, 3 workers, /m);
  assert.match(stdout, /^ +\d+ +1 {2}printer 1 in demo /m);
  assert.match(stdout, /^ +\d+ +1 {2}idle client in demo .* sleep$/m);
  assert.ok(!stdout.includes('\x1b'));
});

test('help, and what it does not understand', async () => {
  const { status, stdout } = await run(['--help']);
  assert.equal(status, 0);
  assert.match(stdout, /^usage: top /);
  assert.equal((await run(['--nothing'])).status, 2);
  assert.equal((await run(['-s', 'x'])).status, 2);
  assert.match((await run(['http://127.0.0.1:1/'], { GREENIO_TOP_TOKEN: undefined })).stderr, /GREENIO_TOP_TOKEN/);
});

test('of another program, with its token alone', async () => {
  const other = spawn(top, ['--serve', '0'], { env: { ...process.env, GREENIO_TOP_TOKEN: token }, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = await once(other.stdout, 'data');
    const url = String(line).trim();
    const { status, stdout } = await run(['-b', '-n', '2', '-d', '0.2', url], { GREENIO_TOP_TOKEN: token });
    assert.equal(status, 0);
    assert.match(stdout, /^loop: {2}\d+ turns\/s, [\d.]+% busy, longest hold /m);
    assert.match(stdout, /idle client in demo/);
    for (const wrong of ['another token of some length', token + token, token.slice(1)]) {
      const refused = await run(['-b', url], { GREENIO_TOP_TOKEN: wrong });
      assert.equal(refused.status, 1);
      assert.match(refused.stderr, /answers with 404: is GREENIO_TOP_TOKEN the program's token\?/);
    }
    assert.equal((await fetch(url)).status, 404);
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
  } finally {
    other.kill('SIGKILL');
  }
});

test('a short token is refused', async () => {
  const { status, stderr } = await run(['--serve', '0'], { GREENIO_TOP_TOKEN: 'short' });
  assert.equal(status, 1);
  assert.match(stderr, /16 characters or more/);
});

test('from a terminal that cannot be read, as in the background, it ends', async () => {
  const command = `trap '' TTIN TTOU; set -m; ${top} -d 0.2 & wait; echo it has ended`;
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, TERM: 'xterm', SHELL: '/bin/sh' }, stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '';
  child.stdout.on('data', data => { shown += data; });
  while (!/keys: /.test(shown)) await once(child.stdout, 'data');
  child.stdin.write('x');
  while (!/it has ended/.test(shown)) await once(child.stdout, 'data');
  const [status] = await once(child, 'close');
  assert.equal(status, 0);
});

test('in a terminal, with keys', async () => {
  const child = spawn('script', ['-qec', `${top} -d 0.2`, '/dev/null'], { env: { ...process.env, TERM: 'xterm' }, stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '';
  const see = async pattern => { while (!pattern.test(shown)) await once(child.stdout, 'data'); };
  child.stdout.on('data', data => { shown += data; });
  await see(/by time; keys: .*/);
  child.stdin.write('n');
  await see(/by name; keys: /);
  child.stdin.write('q');
  const [status] = await once(child, 'close');
  assert.equal(status, 0);
  assert.ok(shown.startsWith('\x1b[?1049h') || shown.includes('\x1b[?1049h'));
  assert.ok(shown.includes('\x1b[?1049l'));
});
