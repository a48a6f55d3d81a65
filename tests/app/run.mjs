// Runs the cases against a program: node run.mjs PROGRAM [LACKS ...]
// The program is started with a folder of its own, and says its address on its first line.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './cases.mjs';

const [program, ...lacks] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'greenio-app-'));
const command = program.endsWith('.mjs') ? [process.execPath, program] : [program];
const child = spawn(command[0], [...command.slice(1), join(folder, 'files')], { stdio: ['ignore', 'pipe', 'inherit'] });
const ended = new Promise(resolve => child.on('exit', (code, signal) => resolve(code ?? signal)));

function firstLine() {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', data => {
      text += data;
      if (text.includes('\n')) resolve(text.split('\n')[0]);
    });
    ended.then(code => reject(new Error(`the program ended with ${code}`)));
  });
}

// Sends bytes, and gives all that comes back.
function exchange(url, bytes) {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(url.port, url.hostname, () => socket.write(bytes, 'latin1'));
    socket.setEncoding('latin1');
    socket.on('data', data => { text += data; });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

let failed = 0;
try {
  const base = await firstLine();
  const url = new URL(base);
  const results = await run({ base, lacks, connect: bytes => exchange(url, bytes) });
  for (const { name, error, skipped } of results) {
    if (skipped) console.log(`${name}: left out, since this host lacks: ${skipped}`);
    if (error) console.log(`${name}: FAILED: ${error.cause ?? error.stack}`);
  }
  failed = results.filter(({ error }) => error).length;
  const left = results.filter(({ skipped }) => skipped).length;
  console.log(`${results.length - failed - left} passed, ${failed} failed`);
} finally {
  child.kill('SIGTERM');
  const code = await ended;
  rmSync(folder, { recursive: true });
  if (code !== 0) console.log(`the program ended with ${code}`);
  process.exitCode = failed || code !== 0 ? 1 : 0;
}
