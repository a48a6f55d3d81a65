/* Modules in a thread of Node's. GREENIO_API and GREENIO_HOST are the modules made of api.c and host.c. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

const start = park => new Worker(new URL('worker.mjs', import.meta.url), { workerData: { api: process.env.GREENIO_API, host: process.env.GREENIO_HOST, park } });

test('calls, promises and main in a worker thread, which ends by itself', async () => {
  const worker = start(false);
  const ended = once(worker, 'exit');
  const [result] = await once(worker, 'message');
  assert.deepEqual(result, { sums: 380, asked: 'x ü, {x}', main: 4, last: 'a local of main: 3 3 x', signal: -95 });
  assert.deepEqual(await ended, [0]);
});

test('a worker thread can be terminated while tasks are parked in it', async () => {
  const worker = start(true);
  assert.deepEqual(await once(worker, 'message'), ['parked']);
  assert.equal(await worker.terminate(), 1);
});
