// Measures a WebSocket server: the processor time of an echo, in nanoseconds, or the resident bytes of a connection
// that idles behind its handshake. Usage: ws.mjs cpu|idle CONNECTIONS ROUNDS SIZE CLIENT SERVER [argument ...]
// The server prints its port.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

const [measure, connections, rounds, size, client, server, ...args] = process.argv.slice(2);

function processorTime(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'));
  return times.reduce((sum, time) => sum + Number.parseInt(time, 10), 0);
}
const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
const figure = measure === 'cpu' ? processorTime : resident;

const child = spawn(server, args, { stdio: ['ignore', 'pipe', 'inherit'] });
let load;
try {
  const [port] = await once(child.stdout, 'data');
  const first = figure(child.pid);
  load = spawn(client, [String(port).trim(), connections, rounds, size], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(load.stdout, 'data');
  const ready = figure(child.pid);
  if (measure === 'idle') {
    console.log((ready - first) / Number(connections));
  } else {
    load.stdin.write('\n');
    await once(load.stdout, 'data');
    console.log((figure(child.pid) - ready) / (Number(connections) * Number(rounds)));
  }
} finally {
  load?.kill();
  child.kill('SIGKILL');
}
