// What a trace holds, as the engine of Chrome's performance panel reads it, and as its format has it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceOf } from './events.mjs';

const { json, ended } = await traceOf(process.env.PROGRAM);
const { traceEvents, otherData } = JSON.parse(json);
const titles = new Map(traceEvents.filter(({ name }) => name === 'thread_name').map(({ tid, args }) => [tid, args.name]));
const tidOf = title => [...titles].find(([, name]) => name.replace(/^task \d+ ?/, '') === title)?.[0];
const slicesOf = tid => traceEvents.filter(event => event.tid === tid && event.ph === 'X');

test('nothing is lost', () => assert.equal(otherData.lost, 0));

test('a track a task, with its name, and one for the loop', () => {
  for (const title of ['loop', 'first', 'second', 'worker']) assert.ok(tidOf(title), title);
  assert.equal(titles.get(1), 'loop');
});

test('tracks say what tasks wait for', () => {
  const sleep = slicesOf(tidOf('first')).find(({ name }) => name === 'waits: sleep');
  assert.ok(sleep.dur >= 1900, `${sleep.dur}`); // of 2 ms, in microseconds
  const waits = slicesOf(tidOf('second')).find(({ name }) => name === 'waits: lock');
  assert.ok(waits.dur > 0 && waits.ts + waits.dur + 0.001 >= sleep.ts + sleep.dur, JSON.stringify({ sleep, waits })); // its owner sleeps
});

test('who holds a lock wakes who waits for it', () => {
  const waits = slicesOf(tidOf('second')).find(({ name }) => name === 'waits: lock');
  const ends = traceEvents.filter(({ ph, tid }) => ph === 'f' && tid === tidOf('second'));
  const arrow = ends.find(({ ts }) => ts >= waits.ts + waits.dur);
  const start = traceEvents.find(({ ph, id }) => ph === 's' && id === arrow.id);
  assert.equal(start.tid, tidOf('first'));
});

test('each arrow that ends has begun', () => {
  const begun = new Set(traceEvents.filter(({ ph }) => ph === 's').map(({ id }) => id));
  const over = traceEvents.filter(({ ph }) => ph === 'f');
  assert.ok(over.length > 4);
  assert.deepEqual(over.filter(({ id }) => !begun.has(id)), []);
});

test('a job stands on its worker, and its span in it', () => {
  const spans = traceEvents.filter(({ ph, tid }) => ph === 'B' && tid === tidOf('worker'));
  assert.deepEqual(spans.map(({ name }) => name), ['job errand', 'work of a job']);
  assert.equal(traceEvents.filter(({ ph, tid }) => ph === 'E' && tid === tidOf('worker')).length, 2);
});

test('slices of a track are nested', () => {
  for (const tid of titles.keys()) {
    const on = traceEvents.filter(event => event.tid === tid && 'XBE'.includes(event.ph))
      .map((event, at) => ({ ...event, at })).sort((a, b) => a.ts - b.ts || a.at - b.at);
    const open = [];
    for (const { ph, ts, dur, name } of on) {
      while (open.length && open.at(-1) !== null && open.at(-1) <= ts + 0.0005) open.pop();
      if (ph === 'X') {
        assert.ok(!open.length || open.at(-1) === null || ts + dur <= open.at(-1) + 0.0005, `${titles.get(tid)}: ${name} at ${ts}`);
        open.push(ts + dur);
      } else if (ph === 'B') {
        assert.ok(!open.length || open.at(-1) === null, `${titles.get(tid)}: ${name} begins in a slice`);
        open.push(null);
      } else {
        assert.equal(open.pop(), null, `${titles.get(tid)}: a span ends in a slice`);
      }
    }
    assert.deepEqual(open.filter(end => end === null), []);
  }
});

test('the engine of Chrome\'s performance panel reads it', async () => {
  Reflect.set(globalThis, 'DOMRect', class {}); // which it names and does not use here
  const { Processor } = await import('@paulirish/trace_engine');
  const engine = Processor.TraceProcessor.createWithAllHandlers();
  await engine.parse(traceEvents, { isFreshRecording: false, isCPUProfile: false });
  const { Meta, Renderer } = engine.data;
  const [pid] = Meta.threadsInProcess.keys();
  assert.equal(Meta.traceIsGeneric, true);
  assert.deepEqual(new Set([...Meta.threadsInProcess.get(pid).values()].map(({ args }) => args.name)), new Set(titles.values()));
  const thread = Renderer.processes.get(pid).threads.get(tidOf('worker'));
  assert.ok(thread.entries.some(({ name }) => name === 'work of a job'));
  assert.ok(thread.entries.some(({ name }) => name === 'waits: sleep'));
});

test('entries of the performance timeline', { skip: ended ? false : 'natively there is none' }, () => {
  performance.clearMeasures();
  const count = ended.measure({ group: 'ours' });
  const measures = /** @type {PerformanceMeasure[]} */ (performance.getEntriesByType('measure'));
  assert.equal(measures.length, count);
  const sleep = measures.find(({ name, detail }) => name === 'waits: sleep' && detail.devtools.track.endsWith('first'));
  assert.equal(sleep.detail.devtools.trackGroup, 'ours');
  assert.ok(sleep.duration >= 1.9, `${sleep.duration}`); // in milliseconds
  const wait = measures.find(({ name, detail }) => name === 'waits: lock' && detail.devtools.track.endsWith('second'));
  assert.ok(wait.startTime <= performance.now());
  assert.ok(wait.startTime + wait.duration + 0.001 >= sleep.startTime + sleep.duration, JSON.stringify({ sleep, wait }));
  assert.throws(() => ended.constructor.prototype.stop(), TypeError);
});
