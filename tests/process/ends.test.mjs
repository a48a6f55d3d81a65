// What becomes of processes when the instance that has begun them ends in a way that C does not see, and of a start that
// fails when nobody is left to hear of it. GREENIO_PROGRAM is the program made of ends.c.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';

const program = process.env.GREENIO_PROGRAM;
const runs = id => {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
};

/* Ends when the program has, and whoever has its standard streams: [its code, the numbers that it has written]. */
const run = async how => {
  const child = spawn(process.execPath, [program, how], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '', errors = '';
  child.stdout.on('data', data => { output += data; });
  child.stderr.on('data', data => { errors += data; });
  const numbers = () => output.split('\n').filter(Boolean).map(Number);
  /* A failure leaves nothing running, be it that the program itself does not end. */
  let stayed = false;
  const late = setTimeout(() => {
    stayed = true;
    for (const id of [...numbers(), -numbers()[1], child.pid]) {
      try {
        process.kill(id, 'SIGKILL');
      } catch { /* it has ended */ }
    }
  }, 60_000);
  const code = await new Promise(resolve => child.on('close', resolve));
  clearTimeout(late);
  assert.ok(!stayed, `something of it ran on: ${errors}`);
  return { code, numbers: numbers(), errors };
};

for (const [how, expected] of /** @type {[string, RegExp][]} */ ([['exit', /^3$/], ['abort', /^[1-9]/], ['trap', /^[1-9]/], ['return', /^0$/]])) {
  test(`what was begun ends with an instance that ends by ${how}, but for what survives`, async () => {
    const { code, numbers, errors } = await run(how);
    const survived = numbers.length === 3 && runs(numbers[2]);
    if (survived) process.kill(numbers[2], 'SIGKILL');
    assert.match(String(code), expected, errors);
    assert.ok(survived, errors);
  });
}

test('a start that fails when the stack of its task is lost damages nothing', { skip: process.env.GREENIO_CONTEXTS === 'asyncify' ? false : 'only by Asyncify does a wait need room on the stack' }, async () => {
  const { code, errors } = await run('lost');
  assert.equal(code, 0, errors);
});
