// What wasm_output.c writes into pipes, of which one has no reader any more.
//
//   node output.mjs PROGRAM
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const [program] = process.argv.slice(2);
const run = (...args) => {
  const child = spawn(process.execPath, [program, ...args], { stdio: 'pipe' });
  const heard = ['', ''];
  [child.stdout, child.stderr].forEach((stream, i) => stream.setEncoding('utf8').on('data', (text) => { heard[i] += text; }));
  return { child, heard };
};

{
  const { child, heard } = run();
  while (heard[0] !== 'main prompt: ') await once(child.stdout, 'data');
  child.stdin.end('answer\n');
  assert.deepEqual(await once(child, 'close'), [7, null]);
  assert.deepEqual(heard, ['main prompt: answer 0 0', 'error: ']);
}
{
  const { child, heard } = run('breaks');
  await once(child.stdout, 'data');
  child.stdout.destroy();
  assert.deepEqual(await once(child, 'close'), [0, null]);
  assert.equal(heard[1], 'EPIPE\n');
}
