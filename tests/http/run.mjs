// Runs HTTP test programs against a server of their own:
//
//   node run.mjs PROGRAM [ARGUMENT ...]
//
// PROGRAM is native, one for Windows, which Wine runs, or an ES module for Node. It gets --server URL and the arguments; its exit
// status is this one's.
import { spawn } from 'node:child_process';
import { startServer } from './server.mjs';

const [program, ...options] = process.argv.slice(2);
if (!program) {
  console.error('usage: node run.mjs PROGRAM [ARGUMENT ...]');
  process.exit(2);
}
const server = await startServer();
// Node's own limits, which are not to hold for greenio, are as short as can be.
const limits = new URL('short_limits.mjs', import.meta.url).href;
const inNode = /\.m?js$/.test(program);
const forWindows = program.endsWith('.exe');
const command = inNode ? [process.execPath, '--import', limits, program] : forWindows ? ['wine', program] : [program];
// Node's fetch() speaks HTTP/2, and dies of it: see http_test.h.
if (inNode && Number(process.versions.node.split('.')[0]) >= 23) command.push('--http1');
if (forWindows) command.push('--windows');
const environment = { ...process.env };
for (const name of Object.keys(environment))
  if (/^(https?|all)_proxy$/i.test(name)) delete environment[name];
const child = spawn(command[0], [...command.slice(1), '--server', server.base, ...options], {
  stdio: 'inherit',
  env: {
    ...environment,
    SSL_CERT_FILE: server.certificate,
    NODE_EXTRA_CA_CERTS: server.certificate,
  },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(/** @type {NodeJS.Signals} */ (signal)));
child.on('error', async (error) => {
  console.error(`${program}: ${error.message}`);
  await server.close();
  process.exitCode = 1;
});
child.on('exit', async (status, signal) => {
  if (signal) console.error(`${program}: ended by ${signal}`);
  await server.close();
  process.exitCode = status ?? 1;
});
