/* C++ exceptions beside waits. GREENIO_MODULE is the module made of exceptions.cpp with -fexceptions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

const { default: create } = await import(process.env.GREENIO_MODULE);
const app = await create();
const { green } = app;
const handled = green.wrap('handled', 'number', ['number']);
const RIGHT = 7; /* steps */

test('parks in try, in catch, in a destructor, nested and thrown again, in many calls at once', async () => {
  const results = await Promise.all(Array.from({ length: 60 }, (_, i) => handled(i)));
  assert.deepEqual(results, results.map(() => RIGHT));
});

test('and in many tasks that C has spawned, with calls between them', async () => {
  const [tasks, ...calls] = await Promise.all([green.call('handled_in_tasks', 'number', ['number'], [60]), handled(1), handled(2), handled(3)]);
  assert.deepEqual([tasks, ...calls], [60, RIGHT, RIGHT, RIGHT]);
});

test('an exception that nobody catches fails its task alone', async () => {
  const others = [1, 2, 3].map(seed => handled(seed));
  await assert.rejects(green.call('uncaught', 'number', ['number'], [5]), { code: 'EEXCEPTION' });
  assert.match(await green.call('uncaught_in_a_task', 'string!'), /^EEXCEPTION: /);
  assert.deepEqual(await Promise.all(others), [RIGHT, RIGHT, RIGHT]);
  assert.equal(await green.call('uncaught', 'number', ['number'], [0]), 0);
  assert.equal(await handled(4), RIGHT, 'nothing of it is left');
});

test('a cancel reaches a task that is handling an exception', async () => {
  const others = [5, 6].map(seed => handled(seed));
  const cancelled = green.call('cancelled_in_catch', 'status', [], [], { signal: AbortSignal.timeout(5) });
  await assert.rejects(cancelled, { name: 'TimeoutError' });
  assert.deepEqual(await Promise.all(others), [RIGHT, RIGHT]);
  assert.deepEqual(green.report(), []);
});
