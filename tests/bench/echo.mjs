// Measures an echo server: starts it, has the client load it, prints what that printed.
// Usage: echo.mjs CLIENT COUNT SERVER [argument ...]
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const [client, count, server, ...args] = process.argv.slice(2);
const child = spawn(server, args, { stdio: ['ignore', 'pipe', 'inherit'] });
try {
  const [port] = await once(child.stdout, 'data');
  const { stdout } = await promisify(execFile)(client, [String(port).trim(), count]);
  process.stdout.write(stdout);
} finally {
  child.kill('SIGKILL');
}
