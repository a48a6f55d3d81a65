/* How many stacks of JSPI's all instances of a thread have together. GREENIO_MODULE is the module made of api.c. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

/* Each call of what promising() gives is a stack, until its promise is settled; of which this hears a microtask later, when
 * a call of each of two instances may have begun. */
const LATE = 2;
let stacks = 0;
let mostStacks = 0;
const { promising } = WebAssembly;
/** @type {any} */ (WebAssembly).promising = f => {
  const begin = promising(f);
  return (...args) => {
    mostStacks = Math.max(mostStacks, ++stacks);
    const end = begin(...args);
    end.then(() => { stacks--; }, () => { stacks--; });
    return end;
  };
};
const { default: create } = await import(process.env.GREENIO_MODULE);

const MOST = 100;
const make = () => create({ greenTasks: MOST });
/* So many tasks, and the call itself: how they end. */
const nap = (app, count, milliseconds = 1, options = {}) =>
  app.green.call('nap_together', 'number', ['number', 'number'], [count, milliseconds], options).catch(error => error.code ?? error);

test('instances whose tasks have ended leave their stacks to the others', async () => {
  const apps = [];
  for (let i = 0; i < 6; i++) apps.push(await make());
  for (const app of apps) assert.equal(await nap(app, 40), 0);
  for (const app of [apps[0], apps[5], await make()]) {
    assert.equal(await nap(app, MOST - 1), 0);
    assert.equal(await nap(app, MOST), 'ENOMEM');
  }
  assert.ok(mostStacks <= MOST + LATE, `${mostStacks} at once`);
  assert.ok(stacks <= MOST + LATE, `${stacks} are left`);
});

test('what an instance needs it keeps', async () => {
  const [busy, other] = [await make(), await make()];
  const controller = new AbortController();
  const long = nap(busy, 59, 1e6, { signal: controller.signal });
  assert.equal(await nap(other, 39), 0);
  assert.equal(await nap(other, 40), 'ENOMEM');
  assert.equal(await nap(other, 39), 0);
  controller.abort('enough');
  assert.equal(await long, 'enough');
  assert.equal(await nap(other, MOST - 1), 0);
  assert.ok(mostStacks <= MOST + LATE, `${mostStacks} at once`);
});

test('tasks come and go at the limit', async () => {
  const apps = [await make(), await make()];
  for (let i = 0; i < 30; i++) {
    const [one, two] = await Promise.all([nap(apps[0], 60), nap(apps[1], 38)]);
    assert.deepEqual([one, two], [0, 0]);
    assert.equal(await nap(apps[i % 2], MOST - 1), 0);
  }
  assert.ok(mostStacks <= MOST + LATE, `${mostStacks} at once`);
});

test('an instance that has ended has no stacks, nor has one that abort() has closed', async () => {
  for (const [name, code] of [['leave', 'ECLOSED'], ['aborting', 'ETRAP']]) {
    const other = await create({ greenTasks: MOST, printErr() {} });
    const lost = nap(other, 59, 1e6);
    const end = other.green.call(name, 'number', name === 'leave' ? ['number'] : [], name === 'leave' ? [0] : []);
    await assert.rejects(end, { code });
    assert.equal(await lost, code);
    assert.equal(await nap(await make(), MOST - 1), 0);
  }
});
