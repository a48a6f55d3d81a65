/* A trap in a task fails that task alone; elsewhere, and abort(), it closes the instance. GREENIO_MODULE is the module
 * made of traps.c. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

const { default: create } = await import(process.env.GREENIO_MODULE);

/* An instance, and the lines that it has printed. */
const make = async () => {
  const lines = [];
  const app = await create({ printErr: line => lines.push(String(line)) });
  return { app, lines, call: (name, ...args) => app.green.call(name, 'status', args.map(() => 'number'), args), text: (name, ...args) => app.green.call(name, 'string!', args.map(() => 'number'), args) };
};
const works = async ({ app, call }) => {
  assert.equal(await call('add', 1, 2), 3);
  assert.equal(await call('nap', 1), 0);
  assert.deepEqual(app.green.report(), []);
};

const words = [/^a trap: unreachable( executed)?$/, /^a trap: .*out of bounds.*$/, /^a trap: .*divi.* by zero$|^a trap: .*overflow.*$/i, /^a trap: .+$/];
for (const waits of [0, 1, 3]) {
  for (const [how, message] of words.entries()) {
    test(`a trap (${['unreachable', 'out of bounds', 'a division by 0', 'a function of another type'][how]}) in a call, after ${waits} waits, fails that alone`, async () => {
      const one = await make();
      const naps = [1, 2, 30].map(milliseconds => one.call('nap', milliseconds));
      const error = await one.call('trap_behind', waits, how).then(() => null, reason => reason);
      assert.equal(error?.name, 'GreenError', String(error));
      assert.equal(error.code, 'EEXCEPTION');
      assert.match(error.message, message);
      assert.ok(error.cause instanceof WebAssembly.RuntimeError, String(error.cause));
      assert.deepEqual(await Promise.all(naps), [0, 0, 0]);
      await works(one);
      assert.match(one.lines.join('\n'), /^greenio: a trap ended trap_behind: /);
      assert.equal(one.lines.length, 1);
    });
  }

  test(`a trap in a task of C's, after ${waits} waits, is its failure, which others wait for`, async () => {
    const one = await make();
    const nap = one.call('nap', 20);
    assert.match(await one.text('trap_in_task', waits), /^EEXCEPTION: a trap: unreachable( executed)?$/);
    assert.match(one.lines.join('\n'), /^greenio: a trap ended victim: unreachable/);
    assert.match(await one.text('trap_in_job', waits), /^EEXCEPTION: a trap: unreachable( executed)?, then OK: $/);
    assert.match(await one.text('trap_in_group', waits + 1), /^EEXCEPTION: a trap: unreachable( executed)?$/);
    assert.equal(await one.call('trap_of_owner', waits), 1, 'its lock is abandoned, its local destroyed, its value dropped');
    assert.equal(await nap, 0);
    await works(one);
  });
}

test('calls that queue behind one that traps go on', async () => {
  const one = await make();
  const all = await Promise.allSettled(Array.from({ length: 60 }, (_, i) => (i % 3 ? one.call('add', i, 1) : one.call('trap_behind', i % 4, 0))));
  assert.deepEqual(all.map(({ status }) => status), all.map((_, i) => (i % 3 ? 'fulfilled' : 'rejected')));
  await works(one);
});

test('hundreds of traps damage nobody\'s stack, and leave nothing', async () => {
  const one = await make();
  for (let round = 0; round < 10; round++) assert.equal(await one.call('trap_among', 90), 0);
  await works(one);
});

for (const waits of [0, 2]) {
  test(`a trap in an observer, on the stack of a task that has waited ${waits} times, fails that task, and observers go on`, async () => {
    const one = await make();
    assert.equal(await one.call('observer_begins'), 0);
    const error = await one.call('observer_traps_in_span', waits).then(() => null, reason => reason);
    assert.equal(error?.code, 'EEXCEPTION', String(error));
    assert.equal(await one.call('observer_ends'), 1);
    await works(one);
  });

  test(`a trap in an observer that is told of a park behind ${waits} waits closes the instance, and is no overflow`, async () => {
    const one = await make();
    assert.equal(await one.call('observer_begins'), 0);
    const error = await one.call('observer_traps_in_park', waits).then(() => null, reason => reason);
    assert.equal(error?.code, 'ETRAP', String(error));
    assert.match(error.message, /^a trap closed the module: /);
    assert.doesNotMatch(error.message, /overflow/);
  });
}

const ends = [
  ['abort()', 'abort_behind', [0]], ['abort() behind a wait', 'abort_behind', [1]], ['a trap in a callback', 'callback_traps', []],
  ['a trap in a destructor', 'destructor_traps', [0]], ['a trap in a destructor behind a wait', 'destructor_traps', [2]],
  ['a trap where a list is half changed', 'links_are_damaged', [3]], ['a trap where the task\'s own records are overwritten', 'future_is_damaged', [1]],
  ['the same in a task that has not waited', 'future_is_damaged', [0]],
  ['a trap in a handler of exit()', 'exit_fails', [0, 0]], ['the same behind a wait', 'exit_fails', [1, 0]], // emscripten 26838
  ['an exception in a handler of exit()', 'exit_fails', [0, 1]], ['an exception in one behind a wait', 'exit_fails', [1, 1]],
];
for (const [what, name, args] of /** @type {[string, string, number[]][]} */ (ends)) {
  test(`${what} closes the instance`, async () => {
    const one = await make();
    const reason = promise => promise.then(() => null, error => error);
    const nap = reason(one.call('nap', 1e6));
    const error = await reason(one.call(name, ...args));
    assert.equal(error?.code, 'ETRAP', String(error));
    const start = name !== 'exit_fails' ? 'a trap' : `${args[1] ? 'an exception' : 'a trap'} in a handler of exit()`;
    assert.ok(error.message.startsWith(`${start} closed the module: `), error.message);
    assert.equal(await nap, error);
    assert.equal(await reason(one.call('add', 1, 2)), error);
    const other = await make();
    await works(other);
  });
}

test('a trap in a plain export that JavaScript calls goes to its caller', async () => {
  const one = await make();
  assert.throws(() => one.app._trap_behind(0, 0), WebAssembly.RuntimeError);
});
