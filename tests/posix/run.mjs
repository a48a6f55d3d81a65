// Starts a real server on a private socket, or on the loopback, runs a program of this folder against it
// with and without tasks, and ends the server by its process id.
//
//   node run.mjs redis|postgres|curl|ssh PROGRAM
//   node run.mjs psql LIBGREENIO_POSIX PRELOAD
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync,
  writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const tasks = 100;
const [name, ...programs] = process.argv.slice(2);
const folder = mkdtempSync(path.join(os.tmpdir(), 'greenio-posix-'));
chmodSync(folder, 0o755);
const started = [];

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const log = [];
  child.stdout.on('data', (data) => log.push(data));
  child.stderr.on('data', (data) => log.push(data));
  child.ended = new Promise((resolve) => {
    child.on('error', (error) => { log.push(`${error}\n`); resolve(); });
    child.on('exit', resolve);
  });
  child.log = () => log.join('');
  started.push(child);
  return child;
}

async function until(condition, child, what) {
  for (let i = 0; i < 4000; i++) {
    if (await condition()) return;
    if (child.exitCode !== null) break;
    await sleep(25);
  }
  throw new Error(`${what} did not start:\n${child.log()}`);
}

function must(command, args, options) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error ?? stderr ?? status}`);
  return stdout;
}

const answers = (port) => new Promise((resolve) => {
  const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
  socket.on('error', () => resolve(false));
});

const freePort = () => new Promise((resolve) => {
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

async function redis() {
  const socket = path.join(folder, 'redis.sock');
  const child = start('redis-server', ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', folder]);
  await until(() => existsSync(socket), child, 'redis-server');
  return socket;
}

function tool(name) {
  const bin = '/usr/lib/postgresql';
  const versions = readdirSync(bin).sort((a, b) => b - a);
  return path.join(bin, versions[0], 'bin', name);
}

async function postgres() {
  const data = path.join(folder, 'data');
  // it refuses to run as root
  const as = process.getuid() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];
  const command = (tool, ...args) => [...as, tool, ...args];
  mkdirSync(data);
  if (as.length) {
    const [uid, gid] = ['-u', '-g'].map((what) => Number(must('id', [what, 'postgres'])));
    for (const one of [folder, data]) chownSync(one, uid, gid);
  }
  const [first, ...rest] = command(tool('initdb'), '-D', data, '-U', 'postgres', '-A', 'trust', '-N');
  must(first, rest, { cwd: folder });
  const [server, ...args] = command(tool('postgres'), '-D', data, '-k', folder, '-c', 'listen_addresses=',
    '-c', 'fsync=off', '-c', 'max_connections=150');
  const child = start(server, args, { cwd: folder });
  await until(() => existsSync(path.join(folder, '.s.PGSQL.5432')) && /ready to accept/.test(child.log()),
    child, 'postgres');
  child.stop = () => process.kill(Number(readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[0]),
    'SIGINT');
  return `host=${folder} user=postgres dbname=postgres`;
}

async function curl() {
  const waiting = [];
  let most = 0;
  const server = http.createServer((request, response) => {
    if (request.url.startsWith('/alone/')) return response.end(request.url);
    waiting.push({ url: request.url, response });
    const together = waiting.filter(({ url }) => url !== '/most').length;
    most = Math.max(most, together);
    if (waiting.length === tasks + 1) {
      for (const { url, response } of waiting) response.end(url === '/most' ? `${most}` : url);
      waiting.length = 0;
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', 1000, resolve));
  server.unref();
  // by a name, so that it is looked up
  return `http://localhost:${server.address().port}`;
}

async function ssh() {
  const port = await freePort();
  const key = path.join(folder, 'key');
  const hostKey = path.join(folder, 'host');
  const files = path.join(folder, 'files');
  const config = path.join(folder, 'config');
  mkdirSync(files);
  must('mkfifo', ['-m', '644', path.join(files, 'go')]);
  for (const one of [key, hostKey]) must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', one]);
  if (process.getuid() === 0) mkdirSync('/run/sshd', { recursive: true });
  writeFileSync(config, `ListenAddress 127.0.0.1\nPort ${port}\nHostKey ${hostKey}\nStrictModes no
AuthorizedKeysFile ${key}.pub\nPidFile none\nUsePAM no\nPermitRootLogin prohibit-password
MaxStartups 300\nMaxSessions 300\nLoginGraceTime 100\n`);
  const child = start('/usr/sbin/sshd', ['-D', '-e', '-r', '-f', config]); // -r: no new program a connection
  await until(() => answers(port), child, 'sshd');
  return `${port}:${key}:${files}`;
}

function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
    let output = '';
    child.stdout.on('data', (data) => { output += data; });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}

async function library(address) {
  const [program] = programs;
  for (const mode of ['plain', 'tasks']) {
    const { status, output } = await run(program, [mode, address]);
    process.stdout.write(`${mode}: ${output}`);
    if (status !== 0 || !output.endsWith('ok\n')) throw new Error(`${mode}: ended with ${status}`);
    if (mode === 'tasks' && !output.includes(` ${tasks} `)) throw new Error('the server did not see all at once');
  }
}

async function psql(address) {
  const query = ['-At', '-c', 'select pg_sleep(0.2)', '-c', 'select 6 * 7', address];
  const env = { ...process.env, LD_PRELOAD: programs.join(':') };
  const plain = spawnSync(tool('psql'), query, { encoding: 'utf8' });
  const preloaded = spawnSync(tool('psql'), query, { encoding: 'utf8', env });
  process.stdout.write(`${preloaded.stdout}${preloaded.stderr}`);
  if (plain.status !== 0 || preloaded.status !== 0 || preloaded.stdout !== plain.stdout)
    throw new Error(`psql ended with ${plain.status} and ${preloaded.status}`);
  if (!preloaded.stderr.includes('another task ran meanwhile')) throw new Error('psql did not park');
}

const servers = { redis, postgres, curl, ssh, psql: postgres };
try {
  const address = await servers[name]();
  await (name === 'psql' ? psql(address) : library(address));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  for (const child of started) {
    if (child.exitCode === null) {
      if (child.stop) child.stop();
      else child.kill('SIGTERM');
      await child.ended;
    }
  }
  rmSync(folder, { recursive: true, force: true });
}
