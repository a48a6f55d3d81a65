// Measures an HTTP server: starts it, has wrk load it with 64 connections on one thread, and prints the
// nanoseconds that a request took. Usage: http.mjs SERVER [argument ...]
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const [server, ...args] = process.argv.slice(2);
const child = spawn(server, args, { stdio: ['ignore', 'pipe', 'inherit'] });
try {
  const [port] = await once(child.stdout, 'data');
  const load = (seconds) => promisify(execFile)('wrk', ['-t1', '-c64', `-d${seconds}s`, `http://127.0.0.1:${String(port).trim()}/`]);
  await load(1); // compilers at run time have seen it all then
  const { stdout } = await load(2);
  const rate = Number(/^Requests\/sec:\s+([\d.]+)/m.exec(stdout)?.[1]);
  if (!(rate > 0) || /Non-2xx|Socket errors/.test(stdout)) throw new Error(stdout);
  console.log(1e9 / rate);
} finally {
  child.kill('SIGKILL');
}
