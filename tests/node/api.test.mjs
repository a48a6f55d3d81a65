/* module.green as JavaScript uses it. GREENIO_MODULE is the module made of api.c. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

const { default: create } = await import(process.env.GREENIO_MODULE);
const app = await create();
const { green } = app;
const { GreenError } = green;
const quiet = { printErr() {} };
const debug = process.env.GREENIO_DEBUG === '1';
const jspi = green.contexts === 'jspi';

const rejects = (promise, code, message) =>
  assert.rejects(promise, (/** @type {any} */ error) => {
    assert.ok(error instanceof GreenError, String(error?.stack ?? error));
    assert.equal(error instanceof Error, true);
    assert.equal(error.name, 'GreenError');
    assert.equal(error.code, code);
    if (message) assert.match(error.message, message);
    return true;
  });

test('values of every type go in and come out', async () => {
  assert.equal(await green.call('add', 'number', ['number', 'number'], [3, 4]), 7);
  assert.equal(await green.call('half', 'number', ['number'], [5]), 2.5);
  assert.equal(await green.call('is_even', 'boolean', ['number'], [2]), true);
  assert.equal(await green.call('is_even', 'boolean', ['number'], [3]), false);
  assert.equal(await green.call('twice', 'bigint', ['bigint'], [2n ** 61n + 1n]), 2n ** 62n + 2n);
  assert.equal(await green.call('constant', 'string'), 'grün');
  assert.equal(await green.call('nothing', 'string'), null);
  assert.equal(await green.call('greet', 'string!', ['string'], ['wörld 🌍']), 'hello wörld 🌍');
  assert.equal(await green.call('sum', 'number', ['array', 'number'], [new Uint8Array([1, 2, 255]), 3]), 258);
  assert.equal(await green.call('sum', 'number', ['array', 'number'], [[4, 5], 2]), 9);
  assert.equal(await green.call('is_null', 'boolean', ['string'], [null]), true);
  assert.equal(await green.call('touch', null, ['number'], [11]), undefined);
  assert.equal(app._get_touched(), 11);
});

test('many calls are in flight in one module', async () => {
  const greet = green.wrap('greet', 'string!', ['string']);
  const names = Array.from({ length: 500 }, (_, i) => 'n'.repeat(i % 50) + i);
  assert.deepEqual(await Promise.all(names.map(name => greet(name))), names.map(name => 'hello ' + name));
});

/* On a busy machine a turn's time may be spent: then what is ready runs in a macrotask, which is asked for behind the first. */
const twoMacrotasks = async () => {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
};

test('a call begins at once, as an async function does, but never inside C', async () => {
  await new Promise(setImmediate); /* a turn's budget is whole again */
  const promise = green.call('nap', 'status', ['number'], [1], { name: 'begun' });
  assert.deepEqual(green.report().map(({ name, state }) => [name, state]), [['begun', 'parked']]);
  assert.equal(await promise, 0);
  assert.equal(await green.call('touched_inside', 'boolean', ['number'], [12]), false);
  await twoMacrotasks();
  assert.equal(app._get_touched(), 12);
  assert.equal(app._get_insides(), 1, 'a call that makes a call runs once');
  assert.equal(app._touched_inside(13), 0);
  await twoMacrotasks();
  assert.equal(app._get_touched(), 13);
});

test('a call that did not wait leaves nothing to the next one', async () => {
  await new Promise(setImmediate);
  for (let i = 1; i <= 4; i++) {
    assert.equal(await green.call('leave_traces', 'number'), 0);
    assert.equal(await green.call('get_traces_dropped', 'number'), i);
  }
  for (let i = 0; i < 2; i++) assert.equal(await green.call('say_of_success', 'number'), 0);
  assert.equal(await green.call('jump_out', 'number'), 0);
  assert.equal(await green.call('nap', 'status', ['number'], [20]), 0, 'no deadline of the call before');
  assert.equal(await green.call('jump_out', 'number'), 0);
  const nap = green.call('nap', 'status', ['number'], [10000], { signal: AbortSignal.timeout(5) });
  await assert.rejects(nap, { name: 'TimeoutError' }, 'no shield of the call before');
  await green.call('keep_future', 'void');
  assert.equal(await green.call('kept_is_done', 'number'), 1);
});

test('waits that go on in microtasks let the event loop run once their time is spent', async () => {
  const most = 200;
  const burnt = green.call('burn', 'number', ['number'], [most]);
  setImmediate(() => app._stop_burning());
  const times = await burnt;
  assert.ok(times < most, `${times} waits of 0.3 ms before the event loop ran`);
});

test('a turn notices that its tasks, which were short for long, take their time', async () => {
  const { green: other } = await create();
  const run = other.wrap('run_four_times', 'status', ['number']);
  for (let i = 0; i < 2000; i++) await run(0);
  await new Promise(resolve => setTimeout(resolve, 10));
  let looped = false;
  const interval = setInterval(() => { looped = true; }, 1);
  let most = 0;
  for (let calls = 0, since = 0; calls < 300; calls++) {
    await run(1000);
    since = looped ? 0 : since + 1;
    looped = false;
    most = Math.max(most, since);
  }
  clearInterval(interval);
  assert.ok(most < 200, `${most} calls of 2 ms before the event loop ran`);
});

test('a call that completed its own future leaves none to the next one', async () => {
  await new Promise(setImmediate);
  await green.call('end_early', 'number');
  await rejects(green.call('failing', 'status', ['string'], ['cat']), 'ENOENT', /^no such cat$/);
  await green.call('end_early', 'number');
  await assert.rejects(green.call('nap', 'status', ['number'], [10000], { signal: AbortSignal.timeout(5) }), { name: 'TimeoutError' });
});

test('plain exports can be called while tasks are parked', async () => {
  const nap = green.call('nap', 'status', ['number'], [10]);
  for (let i = 0; i < 3; i++) {
    assert.equal(app._is_even(4), 7);
    await new Promise(resolve => setTimeout(resolve, 1));
  }
  assert.equal(app._nap(0), -1000, 'a plain export cannot wait: GREEN_EMAIN');
  assert.equal(await nap, 0);
});

test('a status below 0 rejects, others resolve', async () => {
  assert.equal(await green.call('status', 'status', ['number'], [5]), 5);
  await rejects(green.call('status', 'status', ['number'], [-110]), 'ETIMEDOUT', /^timed out$/);
  assert.equal(await green.call('status', 'number', ['number'], [-110]), -110);
});

test('what green_fail gives rejects with its message, whatever the return type', async () => {
  await rejects(green.call('failing', 'status', ['string'], ['cat']), 'ENOENT', /^no such cat$/);
  await rejects(green.call('failing', 'number', ['string'], ['dog']), 'ENOENT', /^no such dog$/);
  await rejects(green.call('failing_text', 'string'), 'EPROTO', /^not a number$/);
});

/* [return type, function, argument types, value, what comes of it]; a status's name: it rejects with that. */
const ENOENT = -2;
const outcomes = [
  ['status', 'handled_int', 'number', 7, 7],
  ['status', 'handled_int', 'number', 0, 0],
  ['status', 'handled_int', 'number', ENOENT, 'ENOENT'],
  ['status', 'handled_int', 'number', -71, 'EPROTO'], // without the message, which is of another status
  ['number', 'handled_int', 'number', 7, 7],
  ['number', 'handled_int', 'number', -71, -71],
  ['number', 'handled_int', 'number', ENOENT, 'ENOENT'],
  ['number', 'handled_double', 'number', -2.5, -2.5],
  ['number', 'handled_double', 'number', NaN, NaN],
  ['number', 'handled_double', 'number', -Infinity, -Infinity],
  ['number', 'handled_double', 'number', -0, -0],
  ['number', 'handled_double', 'number', -(2 ** 32) - 2, -(2 ** 32) - 2], // -2 in 32 bits
  ['number', 'handled_double', 'number', ENOENT, 'ENOENT'],
  ['boolean', 'handled_int', 'number', 1, true],
  ['boolean', 'handled_int', 'number', 0, false],
  ['boolean', 'handled_int', 'number', -71, true],
  ['boolean', 'handled_int', 'number', ENOENT, 'ENOENT'],
  ['bigint', 'handled_int64', 'bigint', 7n, 7n],
  ['bigint', 'handled_int64', 'bigint', -71n, -71n],
  ['bigint', 'handled_int64', 'bigint', -(2n ** 32n) - 2n, -(2n ** 32n) - 2n],
  ['bigint', 'handled_int64', 'bigint', -(2n ** 63n), -(2n ** 63n)],
  ['bigint', 'handled_int64', 'bigint', -2n, 'ENOENT'],
  ['pointer', 'handled_int', 'number', 4096, 4096],
  ['pointer', 'handled_int', 'number', -4, 2 ** 32 - 4],
  ['pointer', 'handled_int', 'number', ENOENT, 2 ** 32 - 2],
  ['pointer', 'handled_int', 'number', 0, 'ENOENT'],
  ['string', 'handled_string', 'number', 1, 'another page'],
  ['string', 'handled_string', 'number', 0, 'ENOENT'],
  ['string!', 'handled_text', 'number', 1, 'another page'],
  ['string!', 'handled_text', 'number', 0, 'ENOENT'],
  ['void', 'handled_void', 'number', 0, undefined],
  [null, 'handled_void', 'number', 0, undefined],
];

const outcomeOf = async (promise, status) => {
  if (status !== 'EPROTO' && status !== 'ENOENT') return assert.deepEqual(await promise, status);
  await rejects(promise, status, status === 'ENOENT' ? /^no such page$/ : /^protocol error$/);
};

test('a call\'s outcome is what its function returned, not a failure that it has handled', async () => {
  for (const [type, name, argument, value, expected] of outcomes) {
    const call = (waits, options) => green.call(name, type, ['number', argument], [waits, value], options);
    try {
      await new Promise(setImmediate); // a turn's budget is whole again: it begins at once
      await outcomeOf(call(0), expected);
      await outcomeOf(call(2), expected);
      await outcomeOf(call(2, { name: 'named', stackSize: 8192 }), expected);
      await Promise.all([call(2), call(0), call(1)].map(promise => outcomeOf(promise, expected))); // others are ready: it queues
    } catch (error) {
      error.message = `${name}(${value}) as ${type}: ${error.message}`;
      throw error;
    }
  }
  assert.equal(await green.call('leave_traces', 'number') & 8, 0, 'no message is left for the next call');
});

test('the failure that a function ends with rejects, not one before it', async () => {
  for (const type of ['status', 'number', 'boolean']) {
    for (const waits of [0, 2]) await rejects(green.call('fails_later', type, ['number'], [waits]), 'EPROTO', /^an odd page$/);
  }
  for (const waits of [0, 2]) assert.equal(await green.call('forgets_failure', 'string', ['number'], [waits]), null);
});

test('a call that C has cancelled gives what its function returned; one that a signal has, the signal\'s reason', async () => {
  for (const type of ['status', 'number']) assert.equal(await green.call('outlives_cancel', type, ['number'], [3]), 3);
  assert.equal(await green.call('outlives_cancel', 'boolean', ['number'], [0]), false);
  assert.equal(await green.call('outlives_cancel', 'pointer', ['number'], [16]), 16);
  assert.equal(await green.call('outlives_cancel_void', 'void'), undefined);
  const controller = new AbortController();
  const nap = green.call('shrugs', 'number', ['number'], [3], { signal: controller.signal });
  controller.abort('enough');
  await assert.rejects(nap, reason => reason === 'enough');
});

test('an AbortSignal cancels the task, and its reason comes when the task has ended', async () => {
  const clean = green.wrap('nap_and_clean', 'status', []);
  const controller = new AbortController();
  const before = app._get_stopped();
  const promise = clean({ signal: controller.signal });
  setTimeout(() => controller.abort(new Error('enough')), 2);
  await assert.rejects(promise, /^Error: enough$/);
  assert.equal(app._get_stopped(), before + 100);
  await assert.rejects(clean({ signal: AbortSignal.abort('early') }), reason => reason === 'early');
  assert.equal(app._get_stopped(), before + 100, 'it did not start');
  await assert.rejects(green.call('nap', 'number', ['number'], [1e6], { signal: AbortSignal.timeout(3) }), { name: 'TimeoutError' });
});

test('serial calls of a function queue', async () => {
  const nap = green.wrap('nap', 'status', ['number'], { serial: true });
  const order = [];
  await Promise.all([5, 1, 3].map(ms => nap(ms).then(() => order.push(ms))));
  assert.deepEqual(order, [5, 1, 3]);
  const failing = green.wrap('failing', 'status', ['string'], { serial: true });
  const results = await Promise.allSettled([failing('a'), failing('b')]);
  assert.deepEqual(results.map(result => result.reason.message), ['no such a', 'no such b']);
});

test('green_cancel() aborts the signal of the body of a GREEN_JS, which then ends by itself', async () => {
  const heard = [];
  app.heard = (signal, again) => heard.push([signal, again]);
  for (const how of [0, 1, 2, 3]) {
    await rejects(green.call('hear', 'status', ['number'], [how]), 'ECANCELED', /abort/i);
    await rejects(green.call('hear', 'status', ['number'], [how | 16]), 'ECANCELED', /abort/i);
    await rejects(green.call('hear', 'status', ['number'], [how | 4]), 'ETIMEDOUT');
  }
  assert.equal(heard.length, 12);
  for (const [signal, again] of heard) {
    assert.ok(signal.aborted && signal.reason.name === 'AbortError');
    assert.equal(again(), signal);
  }
});

test('a body that asks for its signal when it is too late has one that is aborted', async () => {
  let signal;
  app.heard = asked => { signal = asked; };
  await rejects(green.call('hear', 'status', ['number'], [3 | 8]), 'EALREADY'); /* it was done at once */
  await new Promise(resolve => setTimeout(resolve, 5));
  assert.ok(signal.aborted);
});

test('a body that has ended has a signal that says nothing, also of the next body', async () => {
  const given = await new Promise(resolve => { green.future(async body => resolve(body)); });
  await new Promise(resolve => setTimeout(resolve, 1));
  const late = [];
  app.heard = () => late.push(given.signal);
  await rejects(green.call('hear', 'status', ['number'], [0]), 'ECANCELED', /abort/i);
  assert.deepEqual(late.map(({ aborted }) => aborted), [false]);
});

test('what listens to a signal runs below C: it cannot wait there, and what it throws does not go through C', async context => {
  const uncaught = [];
  const { abort } = AbortController.prototype;
  const runners = process.listeners('unhandledRejection');
  context.after(() => {
    AbortController.prototype.abort = abort;
    for (const listener of runners) process.on('unhandledRejection', listener);
  });
  let nested;
  app.heard = signal => signal.addEventListener('abort', () => { nested = app._nap(1); });
  await rejects(green.call('hear', 'status', ['number'], [0]), 'ECANCELED', /abort/i);
  assert.equal(nested, -1002, 'GREEN_ENESTED');
  app.heard = () => {};
  process.removeAllListeners('unhandledRejection');
  process.once('unhandledRejection', error => uncaught.push(error));
  AbortController.prototype.abort = function() { /* as in workerd, whose abort() throws what a listener has thrown */
    abort.call(this);
    throw new Error('of a listener');
  };
  await rejects(green.call('hear', 'status', ['number'], [0]), 'ECANCELED', /abort/i);
  await new Promise(resolve => setTimeout(resolve, 1));
  assert.deepEqual(uncaught.map(({ message }) => message), ['of a listener']);
});

test('the signals of a module that closes are aborted, and a later one is', async () => {
  const other = await create({ ...quiet });
  const bodies = [];
  other.heard = (signal, again) => bodies.push({ signal, again });
  const given = await new Promise(resolve => { other.green.future(async body => { resolve(body); await new Promise(() => {}); }); });
  const hears = other.green.call('hear_for_ever', 'status').catch(({ code }) => code);
  await new Promise(resolve => setTimeout(resolve, 1));
  assert.equal(bodies[0].signal.aborted, false);
  await rejects(other.green.call('aborting', 'number'), 'ETRAP', /trap closed the module/);
  assert.equal(await hears, 'ETRAP');
  assert.equal(bodies[0].signal.aborted, true);
  assert.equal(given.signal.aborted, true);
});

test('misuse is told clearly', async () => {
  await rejects(green.call('no_such', 'number'), 'EINVAL', /no exported C function is called no_such\(\)/);
  await rejects(green.call('_nap', 'number'), 'EINVAL', /called _nap\(\): write nap/);
  assert.throws(() => green.wrap('no_such', 'number'), GreenError);
  assert.throws(() => green.wrap('add', 'int', ['number', 'number']), { code: 'EINVAL', message: /unknown return type "int"/ });
  assert.throws(() => green.wrap('add', 'number', ['number', 'i32']), { code: 'EINVAL', message: /unknown argument type "i32"/ });
  const add = green.wrap('add', 'number', ['number', 'number']);
  await rejects(add(1), 'EINVAL', /add\(\) takes 2 arguments, got 1/);
  await rejects(add(1, 2, {}, 4), 'EINVAL', /got 4/);
  for (const one of [0, '', false, 5]) await rejects(add(1, 2, one), 'EINVAL', /^add\(\): options must be an object, not /);
  for (const one of [undefined, null]) assert.equal(await add(1, 2, one), 3);
  for (const call of [() => green.call('add', 'number', ['number'], [1]), async () => green.wrap('add', 'number', ['number'])]) {
    await rejects(call(), 'EINVAL', /^add\(\) takes 2 arguments in C, and argTypes names 1 type$/);
  }
  await rejects(green.call('nap', 'status', ['number', 'number'], [1, 2]), 'EINVAL', /^nap\(\) takes 1 argument in C, and argTypes names 2 types$/);
  await rejects(green.call('add', 'number'), 'EINVAL', /^add\(\) takes 2 arguments in C, and argTypes names 0 types$/);
  await rejects(green.call('add', 'number', 'number', [1]), 'EINVAL', /^add\(\): argTypes must be an array, not a string$/);
  await rejects(add(1, 'x'), 'ETYPE', /argument 2 of add\(\): expected a number, got a string/);
  await rejects(green.call('greet', 'string!', ['string'], [5]), 'ETYPE', /expected a string, got a number/);
  await rejects(green.call('twice', 'bigint', ['bigint'], [0.5]), 'ETYPE');
  await rejects(add(1, 2, { stackSize: -1 }), 'EINVAL', /stackSize/);
  await rejects(add(1, 2, { timeout: 5 }), 'EINVAL', /there is no option "timeout"; there are signal/);
});

test('a call that waits for a group; the report is a tree', async () => {
  assert.equal(await green.call('nap_together', 'status', ['number', 'number'], [3, 1]), 0);
  const controller = new AbortController();
  const nap = green.call('nap_together', 'status', ['number', 'number'], [2, 1e6], { name: 'together', signal: controller.signal });
  let report, tries = 0; /* once all three have had their first turn */
  do {
    await new Promise(resolve => setTimeout(resolve, 1));
    report = green.report();
  } while (++tries < 10_000 && (report.length < 3 || report.some(({ state }) => state === 'ready')));
  const [maker, ...members] = report;
  assert.deepEqual([maker.name, maker.waitsFor, maker.spawnedBy, maker.group, maker.groupMadeBy], ['together', 'group naps', 0, '', 0]);
  assert.equal(maker.madeAt, '');
  for (const { madeAt } of members) assert.match(madeAt, /^(.*api\.c:\d+)?$/);
  assert.deepEqual(members.map(({ group, spawnedBy, groupMadeBy }) => [group, spawnedBy, groupMadeBy]), [1, 2].map(() => ['naps', maker.id, maker.id]));
  const [root, ...others] = green.report({ tree: true });
  assert.deepEqual(others, []);
  assert.deepEqual(root.tasks.map(({ id, tasks }) => [id, tasks]), members.map(({ id }) => [id, []]));
  const shape = ({ since, stackUsed, stackSize, calls, tasks, ...rest }) => ({ ...rest, tasks: tasks.map(shape) });
  const [other, reporter] = JSON.parse(await green.call('report_json', 'string!', [], [], { name: 'reporter' }));
  assert.deepEqual(shape(other), shape(root));
  assert.deepEqual(Object.keys(other).sort(), Object.keys(root).sort());
  assert.equal(reporter.name, 'reporter');
  controller.abort('enough');
  await assert.rejects(nap, error => error === 'enough');
  assert.deepEqual(green.report({ tree: true }), []);
});

test('who makes a task beyond the number of greenTasks is told so', { skip: !jspi && 'Asyncify has no such number' }, async () => {
  const other = await create({ greenTasks: 1500 });
  for (const way of [0, 1, 2, 3]) {
    assert.match(await other.green.call('refused_by', 'string!', ['number'], [way]), /^out of stacks: .*; \d+ tasks of this module are alive, and those of others/, `${way}`);
  }
  assert.deepEqual(other.green.report(), []);
  await rejects(other.green.call('leave', 'number', ['number'], [0]), 'ECLOSED');
});

test('report lists the tasks', async () => {
  const controller = new AbortController();
  const promises = [1, 2].map(i => green.call('nap', 'status', ['number'], [1e6], { name: 'nap ' + i, stackSize: 4096, signal: controller.signal }));
  let report; /* once both have had their first turn: on a busy machine the second waits for the next round */
  do {
    await new Promise(resolve => setTimeout(resolve, 1));
    report = green.report();
  } while (report.some(({ state }) => state === 'ready'));
  assert.deepEqual(report.map(({ name, state, waitsFor }) => [name, state, waitsFor]), [['nap 1', 'parked', 'sleep'], ['nap 2', 'parked', 'sleep']]);
  for (const task of report) {
    assert.ok(task.id > 0 && task.since >= 0);
    assert.ok(task.stackSize >= 4096 && task.stackUsed < task.stackSize);
    assert.ok(task.stackUsed > 0 || jspi, 'by JSPI it is of the C stack alone');
  }
  controller.abort('enough');
  assert.deepEqual((await Promise.allSettled(promises)).map(({ reason }) => reason), ['enough', 'enough']);
  assert.deepEqual(green.report(), []);
});

test('a wait below a JavaScript frame fails', async () => {
  await assert.rejects(green.call('nested', 'status'), { code: 'ENESTED' });
  await assert.rejects(green.call('nap_in_body', 'status'), { code: 'ENESTED' }, 'in the body of GREEN_JS, before its first await');
});

test('a JavaScript exception fails its task alone', async () => {
  const others = [1, 2, 3].map(i => green.call('add', 'number', ['number', 'number'], [i, i]));
  for (const yields of [0, 1, 3]) {
    await assert.rejects(green.call('throwing', 'status', ['number'], [yields]), (/** @type {any} */ error) => error.code === 'EEXCEPTION' && error.message === 'boom' && error.cause.message === 'boom');
  }
  assert.equal(await green.call('message_of_throwing_task', 'string!'), 'EEXCEPTION: boom');
  assert.deepEqual(await Promise.all(others), [2, 4, 6]);
});

test('a destructor that throws fails its task, once, and nothing of it stays', async () => {
  const boom = error => error.code === 'EEXCEPTION' && error.message === 'boom';
  const heir = () => green.call('inherits_lock', 'number');
  const before = app._get_destroyed();
  for (const status of [0, -2]) {
    const call = green.call('with_locals', 'status', ['number'], [status]);
    const next = new Promise(resolve => setTimeout(resolve, 0)).then(heir);
    await assert.rejects(call, boom);
    assert.ok([0, -130].includes(await next));
    assert.equal(await heir(), 0, 'the lock is free');
    assert.equal(await green.call('spawned_with_locals', 'string!', ['number'], [status]), 'EEXCEPTION: boom');
  }
  assert.equal(app._get_destroyed(), before + 8, 'each once');
  await assert.rejects(green.call('with_value', 'status', ['number'], [-2]), boom);
  assert.equal(await green.call('spawned_with_value', 'string!', ['number'], [-2]), 'EEXCEPTION: boom');
  assert.equal(app._get_destroyed(), before + 10);
  assert.equal(await green.call('job_with_locals', 'string!'), 'EEXCEPTION: boom');
  assert.equal(app._get_destroyed(), before + 12);
  assert.deepEqual(green.report(), []);
  assert.equal(await green.call('add', 'number', ['number', 'number'], [1, 2]), 3);
});

test('an overflow fails its task alone, and says the size to ask for', async () => {
  const others = [1, 2, 3].map(i => green.call('add', 'number', ['number', 'number'], [i, i]));
  const text = await green.call('message_of_recursing_task', 'string!', ['number'], [300]);
  assert.match(text, /^EOVERFLOW: digger overflowed its stack of \d+ bytes; ask for (at least )?\d+ \(stack_size\)$/);
  if (jspi && !debug) { /* these frames are the engine's */
    assert.equal(await green.call('deep', 'number', ['number'], [1000], { stackSize: 4096 }), 1000);
    return assert.deepEqual(await Promise.all(others), [2, 4, 6]);
  }
  const deep = green.wrap('deep', 'number', ['number'], { stackSize: 4096, name: 'well' });
  let needed = 0;
  await assert.rejects(deep(1000), (/** @type {any} */ error) => {
    const match = /^well overflowed its stack of \d+ bytes; ask for (?:at least )?(\d+)/.exec(error.message);
    needed = Number(match?.[1]);
    return error.code === 'EOVERFLOW' && needed > 4096;
  });
  assert.equal(await deep(2), 2);
  for (let tries = 0, depth; depth !== 1000; tries++, needed *= 2) {
    assert.ok(tries < 8);
    depth = await deep(1000, { stackSize: needed }).catch(error => error.code);
  }
  assert.deepEqual(await Promise.all(others), [2, 4, 6]);
});

const framesAreKept = jspi && !debug ? 'by JSPI, frames are the engine\'s' : false;
test('frames by the thousand fail their task alone, with the size that they take', { skip: framesAreKept }, async () => {
  const other = green.call('add', 'number', ['number', 'number'], [1, 1]);
  const deep = green.wrap('deep', 'number', ['number']);
  await assert.rejects(deep(4000, { stackSize: 4096 }), ({ code, message }) => code === 'EOVERFLOW' && /^deep overflowed its stack of \d+ bytes; ask for (at least )?\d+ \(stack_size\)$/.test(message));
  assert.equal(await other, 2);
});

/* A debug build, and one with Emscripten's own checks, finds an overflow where it happens, and fails that task alone. */
const checks = debug || ['assertions', 'overflow_check_2'].includes(process.env.GREENIO_VARIANT);
const whose = /** @type {any[][]} */ ([
  ['a call', 'dig_and_trap', 40, {}, /\bdig_and_trap overflowed its stack of \d+ bytes; ask for (at least )?\d+ \(stack_size\)$/],
  ['a call with a name', 'dig_and_trap', 40, { name: 'well' }, /well overflowed its stack of \d+ bytes; ask for (at least )?\d+ \(stack_size\)$/],
  ['a task', 'spawn_digger', 140, {}, /digger overflowed its stack of \d+ bytes; ask for (at least )?\d+ \(stack_size\)$/],
  ['a task that writes over everything below it', 'spawn_digger', 1e6, {}, /(digger overflowed its stack of \d+ bytes; ask for (at least )?\d+|a C stack overflowed, and all below it is overwritten; ask for a larger one) \(stack_size\)$/],
  ['a callback', 'dig_on_host_stack', 1e6, {}, /overflowed, (which main and callbacks have; link with a larger one|and all below it is overwritten; ask for a larger one)/],
]);
for (const [what, name, depth, options, expected] of whose) {
  const skip = (checks && name === 'dig_on_host_stack' && 'it is uncaught where overflows are found at once') ||
    (process.env.GREENIO_VARIANT === 'pthread' && what === 'a task' && 'with -pthread what the thread keeps lies in the heap, and this one writes over it');
  test(`an overflow that ends in a trap names whose stack it was: ${what}`, { skip }, async () => {
    const lines = [];
    const other = await create({ printErr: line => lines.push(line) });
    const controller = new AbortController();
    const nap = other.green.call('nap', 'status', ['number'], [1e6], { signal: controller.signal }).catch(error => error);
    const error = await other.green.call(name, 'status', ['number'], [depth], options).catch(reason => reason);
    if (error.code !== 'ETRAP') {
      controller.abort('enough');
      assert.equal(await nap, 'enough');
      assert.equal(error.code, 'EOVERFLOW');
      return assert.match(error.message, expected);
    }
    assert.equal(error.code, 'ETRAP', String(error));
    assert.match(error.message, /^a trap closed the module: /);
    assert.match(error.message, expected);
    assert.equal(await nap, error);
    /* What printErr is given is not known to a program of Emscripten's that is built with -sSTRICT. */
    if (process.env.GREENIO_VARIANT !== 'strict') {
      assert.ok(lines.some(line => line.includes(error.message)), lines.join('\n'));
    }
  });
}

/* An overflow that a release build finds when the task next parks has written over what lies below, perhaps over the
 * task's own future: then the module ends, and says of whom and why. */
for (const depth of [10, 15, 16, 17, 18, 20, 22, 25, 40, 80]) {
  test(`an overflow by ordinary frames is told as what it is: ${depth} of them`, async () => {
    const other = await create({ ...quiet });
    const error = await other.green.call('spawn_piler', 'status', ['number'], [depth]).then(() => null, reason => reason);
    if (depth <= 10) return assert.equal(error, null);
    if (depth <= 16 && !error) return;
    assert.ok(['EOVERFLOW', 'ETRAP'].includes(error?.code), String(error));
    /* Of the most of them nothing may be left that names the task, as the toolchain lays memory out. */
    const nameless = error.code === 'ETRAP' && depth >= 80 && /a C stack overflowed, and all below it is overwritten; ask for a larger one \(stack_size\)$/.test(error.message);
    if (!nameless) assert.match(error.message, /(piler|task \d+) overflowed its stack of \d+ bytes; ask for (at least )?\d+ \(stack_size\)$/);
    if (error.code === 'EOVERFLOW') assert.match(error.message, /^piler /);
    const asked = Number(/ask for (?:at least )?(\d+)/.exec(error.message)?.[1] ?? 0);
    assert.ok(asked < 2.5e5, `${asked} bytes for ${depth} frames of 2,000: ${error.message}`);
  });
}

for (const [what, name, args] of /** @type {any[][]} */ ([['', 'dig_and_trap', [5]], [', before the first wait,', 'trap_at_once', []]])) {
  test('a trap without an overflow' + what + ' says nothing of one', async () => {
    const other = await create({ ...quiet });
    await rejects(other.green.call(name, 'number', args.map(() => 'number'), args), 'EEXCEPTION', /^a trap: unreachable(?: executed| code should not be executed)?$/i); // V8's and JavaScriptCore's words
  });
}

test('an overflow before the first wait fails that call, and leaves nothing to the next', async () => {
  await new Promise(setImmediate);
  let stackSize = 200 << 10, outcome;
  do { /* a stack of each size is made anew, where memory is free */
    app._lay_cushion();
    stackSize += 4 << 10;
    const options = { stackSize, name: 'digger' };
    outcome = await green.call('recurse_at_once', 'number', ['number', 'number'], [300, stackSize], options).catch(error => error);
  } while (outcome === 1000 && stackSize < 300 << 10);
  assert.equal(outcome.code, 'EOVERFLOW');
  assert.match(outcome.message, /^digger overflowed its stack of \d+ bytes/);
  assert.equal(await green.call('is_even', 'number', ['number'], [2]), 7);
  assert.deepEqual(green.report(), []);
});

test('an overflow of JavaScript\'s own stack fails its task alone', async () => {
  const other = green.call('add', 'number', ['number', 'number'], [1, 1]);
  await assert.rejects(green.call('recurse_for_ever', 'number', [], [], { stackSize: 2 ** 24 }), { code: 'EOVERFLOW' });
  assert.equal(await other, 2);
  assert.equal(await green.call('add', 'number', ['number', 'number'], [1, 2]), 3);
});

test('longjmp goes across parks, in each task for itself', async () => {
  const seeds = Array.from({ length: 50 }, (_, i) => i);
  const sums = await Promise.all(seeds.map(seed => green.call('jump', 'number', ['number'], [seed])));
  assert.deepEqual(sums, seeds.map(seed => 3 * (seed + 1)));
});

test('memory grows while tasks are parked', { skip: process.env.GREENIO_VARIANT === 'fixed_memory' && 'the memory is fixed' }, async () => {
  const greetings = ['a', 'b'].map(name => green.call('greet', 'string!', ['string'], [name]));
  await null;
  assert.equal(await green.call('grow', 'number'), 1);
  assert.deepEqual(await Promise.all(greetings), ['hello a', 'hello b']);
  await assert.rejects(green.call('nested', 'status'), { code: 'ENESTED' }, 'the depth is counted in the grown memory');
});

test('a promise\'s number, string and bytes reach C', async () => {
  assert.equal(await green.call('wait_number', 'number', ['number', 'number'], [1.5, 2]), 3.5);
  assert.equal(await green.call('wait_at_once', 'number', ['number'], [100]), 4950);
  assert.equal(await green.call('wait_text', 'string!', ['string'], ['€uro']), '€uro ü, {x}');
  assert.equal(await green.call('wait_bytes', 'number', ['number'], [300]), 1);
  assert.equal(await green.call('wait_big', 'number'), 123);
});

test('a promise\'s failure is a status and a message', async () => {
  const outcome = green.wrap('wait_outcome', 'string!', ['string']);
  assert.equal(await outcome('nothing'), 'OK: ');
  assert.match(await outcome('object'), /^ETYPE: .*an object/);
  assert.equal(await outcome('ECONNREFUSED'), 'ECONNREFUSED: told to');
  assert.equal(await outcome('EWHATEVER'), 'EEXCEPTION: told to');
  assert.equal(await outcome('abort'), 'ECANCELED: stopped');
  assert.equal(await green.call('wait_deadline', 'number'), 1);
});

test('while thousands of tasks yield for ever, a macrotask of the page gets in', async () => {
  const other = await create();
  other._start_yielders(jspi ? 5000 : 10000);
  while (other._most_resumes() < 3) {
    const before = other._most_resumes();
    await new Promise(resolve => setImmediate(resolve));
    assert.ok(other._most_resumes() - before <= 512);
  }
  other._end_yielders();
});

test('while calls that do not wait follow each other for ever, a macrotask of the page gets in', async () => {
  let calls = 0;
  let gotIn = false;
  setImmediate(() => { gotIn = true; });
  while (!gotIn && calls < 100_000) {
    assert.equal(await green.call('is_even', 'number', ['number'], [calls++]), calls % 2 ? 7 : 0);
  }
  assert.ok(gotIn, `not in ${calls} calls`);
});

test('exit() in a call closes the module', async () => {
  const other = await create();
  const nap = other.green.call('nap', 'status', ['number'], [1e6]);
  await rejects(other.green.call('leave', 'number', ['number'], [3]), 'ECLOSED', /exit\(3\)/);
  await rejects(nap, 'ECLOSED');
  await rejects(other.green.call('add', 'number', ['number', 'number'], [1, 2]), 'ECLOSED');
  assert.equal(await other.green.main, 3);
});

const ends = /** @type {[string, string, number[]][]} */ ([
  ['abort()', 'aborting', []],
  ['abort() in a task that C has spawned', 'spawn_and_wait', []],
]);
for (const [what, name, args] of ends) {
  test(what + ' rejects every pending call and closes the module', async () => {
    const other = await create({ ...quiet });
    const reason = promise => promise.catch(error => error);
    const pending = ['nap', 'nap_and_clean', 'wait_for_ever'].map(waits => reason(other.green.call(waits, 'number', waits === 'nap' ? ['number'] : [], waits === 'nap' ? [1e6] : [])));
    const end = other.green.call(name, 'number', args.map(() => 'number'), args);
    const behind = reason(other.green.call('nap', 'status', ['number'], [1e6]));
    await rejects(end, 'ETRAP', /trap closed the module/);
    const why = await reason(end);
    assert.deepEqual((await Promise.all([...pending, behind])).map(error => error === why), [true, true, true, true]);
    assert.equal(await reason(other.green.call('add', 'number', ['number', 'number'], [1, 2])), why);
    assert.deepEqual(other.green.report(), []);
    assert.equal(await green.call('add', 'number', ['number', 'number'], [1, 2]), 3, 'other instances live');
  });
}
