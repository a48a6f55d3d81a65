// src/posix/connections.mjs and memory.mjs by themselves: what `onread` of a socket gives, on hosts that read into the buffer and on
// others, and what becomes of it until C reads it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Writable } from 'node:stream';
import { roomIn } from '../../src/net/sockets.mjs';
import { makeReading } from '../../src/posix/connections.mjs';
import { gather, newBytes, Queue } from '../../src/posix/memory.mjs';

const text = (bytes) => Buffer.from(bytes).toString();
const some = (count, first) => Buffer.from(Array.from({ length: count }, (_, i) => (first + i) & 255));

// Reads into an area of that size in the middle of C's memory.
function take(queue, size, peek = false) {
  const memory = new Uint8Array(size + 20);
  const count = queue.take(memory, [10, size], peek);
  assert.deepEqual([...memory.subarray(0, 10), ...memory.subarray(10 + count)], Array(size + 20 - count).fill(0), 'nothing beside it');
  return memory.slice(10, 10 + count);
}

test('what was read is taken from where the host says that it is, and stays what it is', () => {
  const queues = [];
  const { buffer, callback } = makeReading()((bytes, count) => {
    const queue = new Queue();
    queue.copy(bytes, count);
    queues.push(queue);
  });
  buffer.write('first');
  assert.equal(callback(5, buffer), true);
  buffer.write('other');
  callback(6, new TextEncoder().encode('second, of which that is a part'));
  buffer.fill(1);
  callback(3000, buffer);
  buffer.fill(2);
  assert.deepEqual(queues.slice(0, 2).map((queue) => text(take(queue, 100))), ['first', 'second']);
  assert.deepEqual(take(queues[2], 4000), new Uint8Array(3000).fill(1));
});

test('short and long messages, taken whole, in parts, and looked at: in their order, each byte once', () => {
  for (const sizes of [[7], [64], [65], [512], [513], [7, 7, 7], [7, 3000, 5], [3000, 7, 600], [512, 512], [1, 64, 65, 512, 513]]) {
    for (const step of [1, 7, 64, 511, 512, 10_000]) {
      const queue = new Queue();
      for (let round = 0; round < 2; round++) { // what was used is used again
        let sent = round;
        for (const size of sizes) {
          const bytes = some(size, sent);
          queue.copy(bytes, size);
          bytes.fill(0);
          sent += size;
        }
        const all = some(sent - round, round);
        assert.equal(queue.size, all.length);
        let at = 0;
        while (queue.size) {
          assert.deepEqual(Buffer.from(take(queue, step, true)), all.subarray(at, at + step));
          assert.deepEqual(Buffer.from(take(queue, step)), all.subarray(at, at + step));
          at += step;
        }
        assert.equal(take(queue, step).length, 0);
      }
    }
  }
});

test('a stream has room until it will say that it has room again', () => {
  for (const highWaterMark of [1, 16384, 65536, 1 << 20]) {
    const stream = new Writable({ highWaterMark, write() {} });
    while (roomIn(stream) > 0) stream.write(Buffer.alloc(Math.min(roomIn(stream), 4096)));
    assert.ok(stream.writableNeedDrain, `of ${highWaterMark}`);
  }
});

test('what is sent is gathered from areas, and ends where memory does', () => {
  const memory = some(1000, 0);
  for (const areas of [[3, 7], [0, 64, 100, 65, 200, 1], [10, 0, 20, 5], [0, 1000]]) {
    const all = areas.flatMap((at, i) => (i % 2 ? [] : [...memory.subarray(at, at + areas[i + 1])]));
    assert.deepEqual([...gather(memory, areas, 5000, newBytes)], all);
    assert.deepEqual([...gather(memory, areas, 6, newBytes)], all.slice(0, 6));
  }
  assert.deepEqual([...gather(memory, [990, 20], 5000, newBytes)], [...memory.subarray(990)]);
  assert.deepEqual([...gather(memory, [900, 300], 5000, newBytes)], [...memory.subarray(900)]);
});
