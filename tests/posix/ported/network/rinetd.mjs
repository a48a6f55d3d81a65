// rinetd, compiled for WebAssembly, in front of a redis-server: rinetd.mjs RINETD REDIS, the latter the program of redis.c.
// 100 blocked clients through it, a server that is killed under 20 of them, other rules at SIGHUP, the end at SIGTERM.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { freePort } from '../../../ports.mjs';
import { answers, must, start, stopAll, temporaryFolder, until } from '../../servers.mjs';

const [program, clients] = process.argv.slice(2);
const folder = temporaryFolder('rinetd');
process.env.GREENIO_FOLDER = folder; // host_folder.c
const rules = path.join(folder, 'rinetd.conf');
const forward = (from, to) => writeFileSync(rules, `127.0.0.1 ${from} 127.0.0.1 ${to}\n`);

async function startRedis() {
  const port = await freePort();
  const child = start('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder]);
  await until(() => answers(port), child, 'redis-server');
  return { port, child };
}

function expect(condition, what) {
  if (!condition) throw new Error(what);
}

// Blocked in a pop, as the server's list shows.
async function block(port) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('BLPOP never 0\r\n');
  return socket;
}
const blocked = (port) => must('redis-cli', ['-p', `${port}`, 'client', 'list']).split('cmd=blpop').length - 1;

try {
  const redis = await startRedis();
  const port = await freePort();
  forward(port, redis.port);
  const rinetd = start(process.execPath, [program, '-f', '-c', rules]);
  await until(() => answers(port), rinetd, 'rinetd');

  const child = spawn(process.execPath, [clients, 'green', `127.0.0.1:${port}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (data) => { output += data; });
  const [status] = await once(child, 'close');
  process.stdout.write(output);
  expect(status === 0 && output.includes(' 100 ') && output.endsWith('ok\n'), `the clients ended with ${status}`);

  const sockets = await Promise.all(Array.from({ length: 20 }, () => block(port)));
  await until(() => blocked(redis.port) === 20, rinetd, 'a blocked client');
  redis.child.kill('SIGKILL');
  const said = await Promise.all(sockets.map(async (socket) => {
    let text = '';
    for await (const chunk of socket) text += chunk;
    return text;
  }));
  expect(said.every((text) => text === ''), `clients of a server that died got ${said}`);

  const [other, moved] = [await startRedis(), await freePort()];
  forward(moved, other.port);
  rinetd.kill('SIGHUP');
  await until(() => answers(moved), rinetd, 'rinetd with other rules');
  expect(!(await answers(port)), 'the old port is still open');
  expect(must('redis-cli', ['-p', `${moved}`, 'ping']) === 'PONG\n', 'the other server was not reached');

  rinetd.kill('SIGTERM');
  const ended = await rinetd.ended;
  expect(ended === 0, `rinetd ended with ${ended}: ${rinetd.log()}`);
  console.log('ok');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await stopAll();
}
