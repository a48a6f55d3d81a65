// Measures an echo server: starts it, has the client load it, prints nanoseconds a request.
// Usage: echo.mjs time|cpu CLIENT COUNT SERVER [argument ...]
//
// cpu is the processor time of the server's threads. It says what a server costs where the machine
// does other things as well: then the time depends on who gets a processor when.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const [measure, client, count, server, ...args] = process.argv.slice(2);

function processorTime(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'));
  return times.reduce((sum, time) => sum + Number.parseInt(time, 10), 0);
}

const child = spawn(server, args, { stdio: ['ignore', 'pipe', 'inherit'] });
try {
  const [port] = await once(child.stdout, 'data');
  const before = processorTime(child.pid);
  const { stdout } = await promisify(execFile)(client, [String(port).trim(), count]);
  const requests = Number(count) + Math.floor(Number(count) / 10) + 1;
  if (measure === 'cpu') console.log((processorTime(child.pid) - before) / requests);
  else process.stdout.write(stdout);
} finally {
  child.kill('SIGKILL');
}
