// src/posix/lines.mjs with a stream in the place of Node's terminal: what is told when it ends and fails, and what is closed.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { nodeLine } from '../../src/posix/lines.mjs';

class Stream extends EventEmitter {
  isDestroyed = false;
  isFlowing = false;
  pause() { this.isFlowing = false; }
  resume() { this.isFlowing = true; }
  ref() {}
  unref() {}
  destroy() { this.isDestroyed = true; }
  destroySoon() { this.isDestroyed = true; }
}

function lineOf({ isOwn = true, fails = /** @type {() => boolean} */ (() => false), mode = { begin() {}, end() {} } } = {}) {
  const inputs = [], told = [];
  const output = new Stream();
  const line = nodeLine(() => {
    if (fails()) throw new Error('EIO');
    inputs.push(new Stream());
    return [inputs.at(-1), isOwn];
  }, output, isOwn, mode);
  line.bind({ data: (chunk) => told.push(String(chunk)), end: () => told.push('end'), drained() {} });
  return { line, inputs, output, told };
}

test('a terminal that fails has ended, once', () => {
  const { line, inputs, told } = lineOf();
  line.start();
  inputs[0].emit('data', 'typed');
  inputs[0].emit('error', new Error('EIO'));
  inputs[0].emit('end');
  inputs[0].emit('error', new Error('EIO'));
  assert.deepEqual(told, ['typed', 'end']);
  assert.ok(inputs[0].isDestroyed);
});

test('one that fails again ends again, and one that cannot be opened, too', () => {
  let failing = false;
  const { line, inputs, told } = lineOf({ fails: () => failing });
  line.start();
  inputs[0].emit('error', new Error('EIO'));
  line.start();
  inputs[1].emit('error', new Error('EIO'));
  failing = true;
  line.start();
  assert.deepEqual(told, ['end', 'end', 'end']);
});

test('one whose modes cannot be set has ended', () => {
  const { line, inputs, told } = lineOf({ mode: { begin() { throw new Error('EIO'); }, end() {} } });
  line.start();
  line.setRaw(true);
  assert.deepEqual(told, ['end']);
  assert.ok(inputs[0].isDestroyed);
});

test('the mode is given back once, whether somebody reads or not', () => {
  let raw = 0;
  const { line } = lineOf({ mode: { begin() { raw++; }, end() { raw--; } } });
  line.setRaw(true);
  line.setRaw(true);
  assert.equal(raw, 1);
  line.stop();
  line.stop();
  assert.equal(raw, 0);
});

test('behind Ctrl+D another stream is read', () => {
  const { line, inputs, told } = lineOf();
  line.start();
  inputs[0].emit('end');
  line.start();
  inputs[1].emit('data', 'more');
  assert.deepEqual(told, ['end', 'more']);
});

test('the process\'s own stream is read though somebody has paused it, and in whichever encoding; who else hears it goes on', () => {
  const { line, inputs, told } = lineOf({ isOwn: false });
  line.start();
  const heard = [];
  inputs[0].on('data', (chunk) => heard.push(chunk));
  assert.ok(inputs[0].isFlowing);
  inputs[0].readableEncoding = 'latin1';
  inputs[0].emit('data', 'é');
  line.stop();
  assert.ok(inputs[0].isFlowing);
  inputs[0].emit('data', 'more');
  inputs[0].emit('error', new Error('EIO')); // nobody else hears that
  assert.deepEqual(told, [String(Buffer.from([0xe9]))]);
  assert.deepEqual(heard, ['é', 'more']);
  assert.deepEqual(['data', 'end', 'error'].map((event) => inputs[0].listenerCount(event)), [1, 0, 1]);
});

for (const isOwn of [true, false]) {
  test(isOwn ? 'what it has opened it closes' : 'the process\'s own streams stay open', () => {
    const { line, inputs, output } = lineOf({ isOwn });
    line.start();
    line.stop();
    line.stop();
    assert.equal(inputs[0].isDestroyed, isOwn);
    assert.equal(output.isDestroyed, isOwn);
  });
}
