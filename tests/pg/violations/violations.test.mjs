// green_pg and a server that breaks PostgreSQL's protocol: every such answer is a failure in time with a sentence,
// and the connection is not used any more. VIOLATIONS is the program, violations.c.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { answers, commits, copies, starts } from './answers.mjs';
import { server, stop } from './server.mjs';

const program = process.env.VIOLATIONS;
const host = program.endsWith('.mjs') ? 'node' : 'native';
const MODES = ['query', 'prepared', 'rows', 'run', 'copy_out', 'copy_in'];

before(() => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve)));
after(stop);

/* ---- the program ---- */

async function run(cases) {
  const conninfo = `host=127.0.0.1 port=${server.address().port} user=u password=p sslmode=disable`;
  const args = host === 'node' ? [process.execPath, program] : [program];
  const child = spawn(args[0], [...args.slice(1), conninfo, ...cases], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '', err = '';
  child.stdout.on('data', (piece) => { out += piece; });
  child.stderr.on('data', (piece) => { err += piece; });
  const guard = setTimeout(() => child.kill('SIGKILL'), 240000);
  const ended = await new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
  clearTimeout(guard);
  assert.equal(ended, 0, `the program ended with ${ended} after\n${out.slice(-1000)}\n${err.slice(-4000)}`);
  assert.equal(err, '');
  return new Map(out.trim().split('\n').map((line) => {
    const [what, status, state, ...words] = line.split(' ');
    return [what, { status, state, message: words.join(' ').trim() }];
  }));
}

const outcome = ({ status, state }) => ({
  '0 alive': 'fine', 'ESQL alive': 'refused', 'EPROTO lost': 'protocol', 'ECONNRESET lost': 'reset', 'ETIMEDOUT lost': 'late',
  '0 lost': 'found',
})[`${status} ${state}`] ?? `${status} ${state}`;

// What may come of it in a mode on this host.
function wanted(expected, mode) {
  const one = typeof expected === 'string' || Array.isArray(expected) ? expected : expected[mode] ?? expected[host];
  return [one].flat();
}

test('answers that are none', async (context) => {
  const modes = MODES.slice(0, 4);
  const cases = Object.keys(answers).flatMap((name) => (name.startsWith('endless') ? ['query', 'rows'] : modes).map((mode) => `${mode}:${name}`))
    .filter((one) => host === 'node' || one !== 'prepared:without_an_end'); // there libpq forgets a result's memory
  const results = await run(cases);
  for (const one of cases) {
    const [mode, name] = one.split(':');
    await context.test(one, () => {
      const result = results.get(one);
      assert.ok(result, 'there is no line of it');
      const allowed = wanted(answers[name][1], mode);
      assert.ok(allowed.includes(outcome(result)), `${outcome(result)} (${result.message}), not ${allowed.join(' or ')}`);
      if (result.status !== '0') assert.notEqual(result.message, '');
    });
  }
});

test('COPY from such a server', async (context) => {
  const cases = Object.keys(answers).filter((name) => !name.startsWith('endless')).flatMap((name) => MODES.slice(4).map((mode) => `${mode}:${name}`));
  const results = await run(cases);
  for (const one of cases) {
    await context.test(one, () => {
      const { status, state, message: words } = results.get(one);
      assert.ok(['EPROTO lost', 'ECONNRESET lost', 'ESQL alive', 'EINVAL alive', 'EINVAL lost'].includes(`${status} ${state}`), `${status} ${state} ${words}`);
    });
  }
});

test('commits whose answer comes in pieces', async (context) => {
  const results = await run(Object.keys(commits).map((name) => `commit:${name}`));
  for (const name of Object.keys(commits)) {
    await context.test(name, () => {
      const { status, state, message: words } = results.get(`commit:${name}`);
      const code = /\((\w{5})\)$/.exec(words), unknown = words.includes('(outcome unknown)');
      assert.equal([status, state, ...(code ? [code[1]] : []), ...(unknown ? ['unknown'] : [])].join(' '), commits[name][2], words);
    });
  }
});

test('copies that begin after their deadline', async (context) => {
  const results = await run(Object.keys(copies).map((name) => `late:${name}`));
  for (const name of Object.keys(copies)) {
    await context.test(name, () => {
      const { status, state, message: words } = results.get(`late:${name}`);
      assert.equal(`${status} ${state}`, '0 alive', words);
    });
  }
});

test('starts that are none', async (context) => {
  const results = await run(Object.keys(starts).map((name) => `query:${name}`));
  for (const name of Object.keys(starts)) {
    await context.test(name, () => {
      const { status, state, message: words } = results.get(`query:${name}`);
      assert.equal(state, 'none');
      assert.ok(['EIO', 'EPROTO', 'ECONNRESET', 'EACCES', 'ECONNREFUSED'].includes(status), `${status} ${words}`);
      assert.notEqual(words, '');
    });
  }
});
