/* What a new user provokes gives a sentence that names the task or the call, and says what to do. GREENIO_MODULE is
 * the module made of messages.cpp, without -fexceptions; the table is also gone through in Chromium
 * (tests/browser). */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { load } from '../../web/node.mjs';
import { cases, provoke } from './messages.mjs';

const path = process.env.GREENIO_MODULE;
const { default: create } = await import(path);

for (const each of cases) {
  test(each.what, async () => {
    const { said, lines } = await provoke(create, each);
    if (each.rejects) assert.match(said, each.rejects);
    if (each.prints) assert.match(lines.join('\n'), each.prints);
    for (const line of each.silent ? lines : []) assert.fail(`it said ${line}`);
  });
}

/* Those that end a process, or come when it has nothing left to do. */
const run = text => new Promise(resolve => {
  const source = `import create from ${JSON.stringify(path)}; const { green, ...app } = await create(); ${text}`;
  execFile(process.execPath, ['--input-type=module', '-e', source], (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stdout, stderr }));
});

test('a deadlock', async () => {
  const { status, stdout, stderr } = await run('await green.call("wait_for_ever", "status", ["number"], [0]).catch(error => console.log(`${error}`));');
  assert.equal(status, 0);
  assert.match(stderr, /^greenio: deadlock: nothing is left that could wake these tasks\n.*wait_for_ever +parked +future of godot/);
  assert.equal(stdout, 'GreenError: deadlock: nothing was left that could wake wait_for_ever\n');
});

test('a pool that was not shut down', async () => {
  const { status, stderr } = await run('await green.call("forget_pool", "status", ["number"], [0]);');
  assert.equal(status, 13);
  assert.match(stderr, /^greenio: deadlock: nothing is left that could wake these tasks\n.*idle worker +parked/);
  assert.match(stderr, /nobody waits for these tasks, so the process will end with status 13/);
});

test('a failed future that nobody looks at', async () => {
  const { stderr } = await run('await green.call("forget_failure", "status", ["number"], [0]);');
  assert.match(stderr, /^greenio: nobody looked at a failed future of forgotten: EPROTO: an odd answer$/m);
});

test('a program that fails before it can be called', async () => {
  const start = constructorDoes => load(create, { module: { constructorDoes, printErr() {} } });
  const fails = (how, code, message) => assert.rejects(start(how), (/** @type {any} */ error) => error.code === code && message.test(error.message) && error.cause !== undefined);
  await fails(1, 'ETRAP', /^what was given to load\(\) has not started: a trap in a constructor or in main: unreachable( executed)?$/);
  await assert.rejects(start(2), ({ name, message }) => name === 'GreenError' && /^what was given to load\(\) has not started: a C\+\+ exception in a constructor or in main/.test(message));
  await assert.rejects(start(3), { name: 'TypeError', message: 'thrown at the start' });
  const { said, lines } = await provoke(options => create({ ...options, constructorDoes: 4 }), { act() {} });
  assert.deepEqual([said, lines], ['', ['the constructor\'s wait: EMAIN']]);
});
