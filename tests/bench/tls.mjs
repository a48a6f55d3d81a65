// Measures a TLS server: the processor time of an answer of 1 KiB, in nanoseconds, or the resident bytes of
// a connection that idles. Usage: tls.mjs cpu|idle CONNECTIONS ROUNDS CLIENT SERVER [argument ...]
// The server gets the file of its certificate and key as its last argument, and prints its port.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [measure, connections, rounds, client, server, ...args] = process.argv.slice(2);

function processorTime(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'));
  return times.reduce((sum, time) => sum + Number.parseInt(time, 10), 0);
}
const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
const figure = measure === 'cpu' ? processorTime : resident;

const folder = mkdtempSync(join(tmpdir(), 'greenio-bench-'));
const file = join(folder, 'both.pem');
execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost',
  '-keyout', join(folder, 'key'), '-out', join(folder, 'crt')], { stdio: 'ignore' });
execFileSync('sh', ['-c', `cat "${folder}/crt" "${folder}/key" >"${file}"`]);

const child = spawn(server, [...args, file], { stdio: ['ignore', 'pipe', 'inherit'] });
let load;
try {
  const [port] = await once(child.stdout, 'data');
  const first = figure(child.pid);
  load = spawn(client, [String(port).trim(), connections, rounds], { stdio: ['pipe', 'pipe', 'inherit'] });
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
  rmSync(folder, { recursive: true });
}
