/* Builds with GREENIO_STACKS, as Debug ones are: reports name the C functions on each parked stack.
 * GREENIO_MODULE is the module made of api.c. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

const { default: create } = await import(process.env.GREENIO_MODULE);
const app = await create();
const { green } = app;
const pause = () => new Promise(resolve => setImmediate(resolve));
const callsOf = name => green.report().find(task => task.name === name).calls;

/* Once it has parked. */
const parkedCalls = async name => {
  for (;;) {
    const calls = callsOf(name);
    if (calls.length) return calls;
    await pause();
  }
};

/* Its line is known where the program is compiled with GREENIO_PLACES, as Debug builds are. */
const made = process.env.GREENIO_PLACES ? ' +made at .*api_stack\\.c:\\d+\n' : '';

test('a task that C has spawned, down to its function; none before it begins', async () => {
  app._start_sleeper();
  try {
    assert.deepEqual(callsOf('sleeper'), []);
    assert.deepEqual(await parkedCalls('sleeper'), ['green_sleep', 'inner_function', 'outer_function']);
    const text = await green.call('report_text', 'string!', [], [], { name: 'reporter' });
    assert.match(text, new RegExp(`sleeper .*\n${made} +in green_sleep\n +in inner_function\n +in outer_function\n`));
    assert.match(text, /reporter +running .*\n$/, 'what runs has no parked stack');
  } finally {
    app._end_sleeper(); /* which would keep Node */
  }
  while (green.report().length) await pause();
});

test('calls by JavaScript, each with its own', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const nap = green.call('nap', 'status', ['number'], [1e6], { name: 'nap', signal });
  const wait = green.call('wait_for_ever', 'status', [], [], { name: 'wait', signal });
  assert.deepEqual(await parkedCalls('nap'), ['green_sleep', 'nap']);
  assert.deepEqual((await parkedCalls('wait')).slice(-2), ['green_wait', 'wait_for_ever']);
  controller.abort('enough');
  assert.deepEqual((await Promise.allSettled([nap, wait])).map(({ reason }) => reason), ['enough', 'enough']);
});

test('frames of setjmp-protected calls are skipped', async () => {
  const jump = green.call('jump', 'number', ['number'], [3], { name: 'jump' });
  const calls = await parkedCalls('jump');
  /* A sleep of no time is a yield, which a build without inlining shows as a call of its own. */
  assert.match(calls.join(), /^green_(yield|sleep|yield,green_sleep),(jump_back,)*jump$/);
  assert.equal(await jump, 12);
});
