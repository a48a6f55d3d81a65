// Sends SIGINT to wasm_signals.c each time it asks for one.
//
//   node signals.mjs PROGRAM
import { spawn } from 'node:child_process';

const child = spawn(process.execPath, process.argv.slice(2), { stdio: ['ignore', 'pipe', 'inherit'] });
let output = '';
child.stdout.on('data', data => {
  output += data;
  for (const line of String(data).split('\n')) if (line === 'now') child.kill('SIGINT');
});
child.on('close', (status, signal) => {
  if (status === 0 && output.endsWith('ok\n')) return;
  console.error(`ended with ${status ?? signal}:\n${output}`);
  process.exitCode = 1;
});
