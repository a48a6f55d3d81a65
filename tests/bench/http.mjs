// Measures an HTTP server: starts it, has wrk load it with 64 connections on one thread, and prints the nanoseconds that
// a request took: of time, or of the server's processors. Usage: http.mjs time|cpu PIPELINED SERVER [argument ...]
//
// By cpu, server and load share one processor, so that neither waits for the other one's to wake up. PIPELINED: how many
// requests are sent at once. A SERVER of the name "nginx" is Debian's, with one process and `return 200`.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../ports.mjs';

const [measure, atOnce, server, ...args] = process.argv.slice(2);
const pipelined = Number(atOnce);
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'greenio-bench-'));
const pinned = measure === 'cpu' ? ['taskset', '-c', '0'] : [];

function start(...command) {
  const [program, ...rest] = [...pinned, ...command];
  return spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
}

async function listens(port) {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const up = await once(socket, 'connect').then(() => true, () => false);
    socket.destroy();
    if (up) return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

async function startNginx(text) {
  const port = await freePort();
  writeFileSync(join(folder, 'conf'), `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/errors;
events { worker_connections 1000; }
http {
  access_log off; keepalive_requests 100000000; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen 127.0.0.1:${port}; location / { default_type text/plain; return 200 "${text}"; } }
}
`);
  const child = start('nginx', '-p', folder, '-c', join(folder, 'conf'), '-e', join(folder, 'errors'));
  await listens(port);
  return { child, port };
}

async function startPlain() {
  const child = start(server, ...args);
  const [line] = await once(child.stdout, 'data');
  return { child, port: String(line).trim() };
}

// Nanoseconds that a process and its children have run.
function cpuOf(pid) {
  let all = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    all += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0]);
    const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').trim();
    for (const child of children ? children.split(' ') : []) all += cpuOf(child);
  }
  return all;
}

writeFileSync(join(folder, 'pipelined.lua'), `
local all
init = function() all = string.rep(wrk.format(nil, "/"), ${pipelined}) end
request = function() return all end
`);
const { child, port } = server === 'nginx' ? await startNginx(args[0]) : await startPlain();
try {
  const load = async (seconds) => {
    const [program, ...rest] = [...pinned, 'wrk', '-t1', '-c64', `-d${seconds}s`, ...(pipelined > 1 ? ['-s', join(folder, 'pipelined.lua')] : []), `http://127.0.0.1:${port}/`];
    const { stdout } = await run(program, rest);
    const count = Number(/(\d+) requests in/.exec(stdout)?.[1]);
    const rate = Number(/^Requests\/sec:\s+([\d.]+)/m.exec(stdout)?.[1]);
    if (!(rate > 0) || /Non-2xx|Socket errors/.test(stdout)) throw new Error(stdout);
    return { count, rate };
  };
  await load(1); // compilers at run time have seen it all then
  const before = cpuOf(child.pid);
  const { count, rate } = await load(2);
  console.log(measure === 'cpu' ? (cpuOf(child.pid) - before) / count : 1e9 / rate);
} finally {
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
