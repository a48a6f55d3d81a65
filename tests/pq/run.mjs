// Starts a PostgreSQL, runs a test program against it, and ends the server.
//
//   node run.mjs PROGRAM [ARGUMENT ...]
//
// The program finds the server in GREENIO_PG_ADDRESS and GREENIO_PG_LOOPBACK, in GREENIO_PG_SILENCE the way
// of silence.mjs to it, in GREENIO_PG_VIOLATIONS one that breaks the protocol, and in GREENIO_PG_CONTROL a port of the loopback where it has the server stopped and
// started, and one of its processes ("stop", "start", "freeze PID", "thaw PID"; the answer is "done" or "no").
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { server as violations, stop as stopViolations } from '../pg/violations/server.mjs';
import { closedPort } from '../ports.mjs';
import { must, postgresTool, startPostgres, stopAll } from '../posix/servers.mjs';
import { startSilence } from './silence.mjs';

const [program, ...args] = process.argv.slice(2);

async function obey(server, words) {
  const [what, pid] = words.split(' ');
  if (!pid) return server[what]();
  process.kill(Number(pid), what === 'freeze' ? 'SIGSTOP' : 'SIGCONT');
}

// The conninfo string of a server that answers as the name of the database says.
async function startViolations() {
  violations.listen(0, '127.0.0.1').unref();
  await once(violations, 'listening');
  const { port } = /** @type {net.AddressInfo} */ (violations.address());
  return `host=127.0.0.1 port=${port} user=u password=p sslmode=disable gssencmode=disable`;
}

// The port where the server is told what to do.
async function listenFor(server) {
  const control = net.createServer((client) => {
    client.on('error', () => {});
    client.once('data', (words) => obey(server, `${words}`).then(() => client.end('done'), () => client.end('no')));
  }).listen(0, '127.0.0.1');
  control.unref();
  await once(control, 'listening');
  return `${/** @type {any} */ (control.address()).port}`;
}

try {
  const server = await startPostgres({ loopback: true });
  must(postgresTool('psql'), ['-q', '-c', "create role guarded login password 'secret'", server.address]);
  const silence = await startSilence(server);
  const env = {
    ...process.env, GREENIO_PG_ADDRESS: server.address, GREENIO_PG_LOOPBACK: `${server.onLoopback} sslmode=disable`,
    GREENIO_PG_CLOSED_PORT: `${closedPort}`, GREENIO_PG_PORT: `${server.port}`, GREENIO_PG_FOLDER: server.folder,
    GREENIO_PG_SILENCE: silence, GREENIO_PG_CONTROL: await listenFor(server), GREENIO_PG_VIOLATIONS: await startViolations(),
  };
  const command = program.endsWith('.mjs') ? [process.execPath, program] : [program];
  const given = path.basename(program) === 'pg_tests.mjs' ? ['--pg', server.address, '--silence', silence] : [];
  const child = spawn(command[0], [...command.slice(1), ...given, ...args], { stdio: ['ignore', 'inherit', 'inherit'], env });
  const status = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(signal ?? code));
  });
  if (status !== 0) {
    console.error(`${program} ended with ${status}; the server said\n${server.log().slice(-4000)}`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  stopViolations();
  await stopAll();
}
