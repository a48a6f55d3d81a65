// Sends SIGINT and SIGTERM to wasm_signals.c each time it asks for one.
//
//   node signals.mjs PROGRAM
import { spawn } from 'node:child_process';

const asked = { now: 'SIGINT', end: 'SIGTERM' };

async function run(args, expected, pattern) {
  const child = spawn(process.execPath, [...process.argv.slice(2), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '', rest = '';
  child.stdout.setEncoding('utf8').on('data', (data) => {
    output += data;
    const lines = (rest + data).split('\n');
    rest = lines.pop();
    for (const line of lines) if (asked[line]) child.kill(asked[line]);
  });
  const [status, signal] = await new Promise((resolve) => { child.on('close', (...how) => resolve(how)); });
  if (status === expected && pattern.test(output)) return;
  console.error(`${args} ended with ${status ?? signal}:\n${output}`);
  process.exitCode = 1;
}

await run([], 0, /\nok\n$/);
await run(['mask'], 130, /^now\n$/);
await run(['wait'], 130, /^now\n$/);
