// Starts a PostgreSQL, runs a test program against it, and ends the server.
//
//   node run.mjs PROGRAM [ARGUMENT ...]
//
// The program finds the server in GREENIO_PG_ADDRESS and GREENIO_PG_LOOPBACK, and in GREENIO_PG_SILENCE the way
// of silence.mjs to it; through its descriptor 3 it has the server stopped and started ("stop", "start"; the
// answer is "done").
import { spawn } from 'node:child_process';
import { freePort, must, postgresTool, startPostgres, stopAll } from '../posix/servers.mjs';
import { startSilence } from './silence.mjs';

const [program, ...args] = process.argv.slice(2);
try {
  const server = await startPostgres({ loopback: true });
  must(postgresTool('psql'), ['-q', '-c', "create role guarded login password 'secret'", server.address]);
  const silence = await startSilence(server);
  const env = {
    ...process.env, GREENIO_PG_ADDRESS: server.address, GREENIO_PG_LOOPBACK: `${server.onLoopback} sslmode=disable`,
    GREENIO_PG_CLOSED_PORT: `${await freePort()}`, GREENIO_PG_PORT: `${server.port}`, GREENIO_PG_FOLDER: server.folder,
    GREENIO_PG_SILENCE: silence,
  };
  // in WebAssembly, where the environment is not the process's
  const command = program.endsWith('.mjs') ? [process.execPath, program, '--pg', server.address, '--silence', silence] : [program];
  /** @type {any} */
  const child = spawn(command[0], [...command.slice(1), ...args], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'], env });
  child.stdio[3].on('data', async (word) => {
    await server[`${word}`]();
    child.stdio[3].write('done');
  });
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
  await stopAll();
}
