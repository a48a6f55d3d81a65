// Standard input of wasm_input.c: a pipe whose lines come one by one, each behind the answer to the last, a file, and a
// stream that the program's JavaScript gives.
//
//   node input.mjs PROGRAM
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const [program] = process.argv.slice(2);
const EXPECTED = 'no tty\nfgets here\nfgets there\nread and\nread here\nend ok\n';

async function byPipe() {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = child.stdout[Symbol.asyncIterator]();
  let output = '';
  const until = async text => {
    while (!output.endsWith(text)) {
      const { value, done } = await answers.next();
      assert.ok(!done, `it ended without "${text}": ${output}`);
      output += value;
    }
  };
  await until('no tty\n');
  await sleep(50); // it waits, and the other task goes on
  for (const [line, answer] of [['here\n', 'fgets'], ['there\n', 'fgets'], ['and\n', 'read'], ['here\n', 'read']]) {
    child.stdin.write(line);
    await until(`${answer} ${line}`);
  }
  child.stdin.end();
  await until('end ok\n');
  assert.equal(output, EXPECTED);
  assert.equal(child.exitCode ?? (await new Promise(resolve => { child.on('exit', resolve); })), 0);
}

function byFile() {
  const file = join(tmpdir(), `greenio-input-${process.pid}`);
  writeFileSync(file, 'here\nthere\nand\nhere\n');
  const stdin = openSync(file, 'r');
  const { status, stdout } = spawnSync(process.execPath, [program], { stdio: [stdin, 'pipe', 'inherit'], encoding: 'utf8' });
  closeSync(stdin);
  rmSync(file);
  assert.equal(status, 0);
  // stdio has read ahead of read()
  assert.match(stdout, /^no tty\nfgets here\nfgets there\n/);
}

async function byStream() {
  const lines = ['here\n', 'there\n', new TextEncoder().encode('and\n'), 'here\n'];
  const greenStdin = new ReadableStream({
    async pull(controller) {
      await sleep(20);
      if (lines.length) controller.enqueue(lines.shift());
      else controller.close();
    },
  }, { highWaterMark: 0 });
  const output = [];
  const { default: create } = await import(pathToFileURL(program).href);
  const { green } = await create({ greenStdin, print: line => output.push(`${line}\n`) });
  assert.equal(await green.main, 0);
  assert.equal(output.join(''), EXPECTED);
}

await byPipe();
byFile();
await byStream();
