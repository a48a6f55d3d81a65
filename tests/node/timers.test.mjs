/* Times that setTimeout() does not take: wasm/timers.mjs by itself, and what goes through it.
 * GREENIO_MODULE is the module made of api.c. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { Timer, nodeTimeout } from '../../wasm/timers.mjs';

const LONGEST = 2 ** 31 - 1;
const root = new URL('../../', import.meta.url);

/* For a test: a clock of its own, which checks what it is given. */
function withClock(context) {
  const clock = { now: 0, pending: new Map(), count: 0 };
  context.mock.method(globalThis, 'setTimeout', (run, time) => {
    assert.ok(time >= 0 && time <= LONGEST, `setTimeout(..., ${time})`);
    clock.pending.set(++clock.count, { run, due: clock.now + time });
    return clock.count;
  });
  context.mock.method(globalThis, 'clearTimeout', id => clock.pending.delete(id));
  clock.run = () => {
    const [id, next] = [...clock.pending].sort(([, a], [, b]) => a.due - b.due)[0];
    clock.pending.delete(id);
    clock.now = next.due;
    next.run();
  };
  return clock;
}

test('a timer fires once, at its time, however far that is', context => {
  for (const time of [0, 1, 0.5, 5000, LONGEST, LONGEST + 1, 2 ** 32 - 1, 3_000_000_000, 2 ** 40]) {
    const clock = withClock(context);
    let fired = 0;
    new Timer(() => { fired++; }).set(time);
    while (clock.pending.size) {
      assert.equal(fired, 0);
      clock.run();
    }
    assert.deepEqual([fired, clock.now], [1, time]);
    context.mock.restoreAll();
  }
});

test('a timer that is set anew or cleared in the midst of a long time forgets the rest', context => {
  const clock = withClock(context);
  const fired = [];
  const timer = new Timer(() => fired.push(clock.now));
  timer.set(2 ** 33);
  clock.run();
  timer.set(10);
  clock.run();
  assert.deepEqual([fired, clock.pending.size], [[LONGEST + 10], 0]);
  timer.set(2 ** 33);
  clock.run();
  timer.clear();
  assert.deepEqual([fired.length, clock.pending.size], [1, 0]);
});

test('for timers of Node\'s own, a time that is too long is none', () => {
  assert.deepEqual([0, 1, LONGEST, LONGEST + 1, 2 ** 32 - 1, Infinity].map(nodeTimeout), [0, 1, LONGEST, 0, 0, 0]);
});

test('no other file of greenio\'s makes timers of its own', () => {
  for (const folder of ['wasm', 'web', ...readdirSync(new URL('src', root)).map(name => `src/${name}`).filter(name => !name.endsWith('.h'))]) {
    for (const name of readdirSync(new URL(folder, root)).filter(name => /\.m?js$/.test(name) && name !== 'timers.mjs')) {
      const text = readFileSync(new URL(`${folder}/${name}`, root), 'utf8');
      assert.doesNotMatch(text, /(?<!\.)\bset(Timeout|Interval)\(/, `${folder}/${name}`);
    }
  }
});

test('the longest sleep of C asks for no more than setTimeout() takes, and ends with its signal', async () => {
  const { default: create } = await import(process.env.GREENIO_MODULE);
  const { green } = await create();
  const real = globalThis.setTimeout;
  const asked = [];
  globalThis.setTimeout = /** @type {any} */ ((run, time, ...more) => {
    asked.push(time);
    return real(run, time, ...more);
  });
  try {
    const controller = new AbortController();
    const naps = [-1, LONGEST].map(time => green.call('nap', 'status', ['number'], [time], { signal: controller.signal })); // -1: 2^64 - 1 ms
    for (let i = 0; i < 20; i++) await new Promise(resolve => real(resolve, 1));
    assert.ok(asked.length > 0 && asked.length < 10, `${asked.length} timers`);
    assert.ok(asked.every(time => time >= 0 && time <= LONGEST), asked.join());
    controller.abort('enough');
    assert.deepEqual((await Promise.allSettled(naps)).map(({ reason }) => reason), ['enough', 'enough']);
  } finally {
    globalThis.setTimeout = real;
  }
});
