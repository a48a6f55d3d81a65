// A server and the load on it, as two programs: what one cost.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

function processorTime(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'));
  return times.reduce((sum, time) => sum + Number.parseInt(time, 10), 0);
}
const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;

// Starts the server, which prints its port, and the client: `client` PORT CONNECTIONS ROUNDS `more`, which says when it
// has connected, and when it is done. cpu: the server's nanoseconds a round; idle: its resident bytes a connection.
export async function measurePair(measure, { connections, rounds, server, client, more = [] }) {
  const figure = measure === 'cpu' ? processorTime : resident;
  const child = spawn(server[0], server.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  let load;
  try {
    const [port] = await once(child.stdout, 'data');
    const first = figure(child.pid);
    load = spawn(client, [String(port).trim(), connections, rounds, ...more], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(load.stdout, 'data');
    const ready = figure(child.pid);
    if (measure === 'idle') return (ready - first) / Number(connections);
    load.stdin.write('\n');
    await once(load.stdout, 'data');
    return (figure(child.pid) - ready) / (Number(connections) * Number(rounds));
  } finally {
    load?.kill();
    child.kill('SIGKILL');
  }
}
