// src/posix/connections.mjs by itself: what `onread` of a socket gives, on hosts that read into the buffer and on others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeReading } from '../../src/posix/connections.mjs';

test('what was read is taken from where the host says that it is, and stays what it is', () => {
  const heard = [];
  const { buffer, callback } = makeReading()((chunk) => heard.push(chunk));
  buffer.write('first');
  assert.equal(callback(5, buffer), true);
  buffer.write('other');
  callback(6, new TextEncoder().encode('second, of which that is a part'));
  assert.deepEqual(heard.map(String), ['first', 'second']);
});
