// Starts a real server on a private socket, or on the loopback, runs a program of this folder against it
// with and without tasks, and ends the server by its process id.
//
//   node run.mjs redis|postgres|curl|tls|ssh PROGRAM [TASKS]  a .mjs is run by this Node
//   node run.mjs NAME_ends PROGRAM                            the server ends when the program says so
//   node run.mjs psql LIBRARY PRELOAD
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { freePort } from '../ports.mjs';
import { answers, must, postgresTool, start, startPostgres, stopAll, temporaryFolder, until } from './servers.mjs';

const [name, ...programs] = process.argv.slice(2);
const tasks = Number(programs[1]) || 100;
const folder = temporaryFolder('posix');
process.env.GREENIO_FOLDER = folder; // ported/network/host_folder.c
let end = () => {}; // of the server, as a crash would

async function redis() {
  const socket = path.join(folder, 'redis.sock');
  const child = start('redis-server', ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', folder]);
  await until(() => existsSync(socket), child, 'redis-server');
  end = () => child.kill('SIGKILL');
  return socket;
}

async function postgres() {
  const server = await startPostgres();
  end = () => server.stop();
  return server.address;
}

// By a name, so that it is looked up.
async function web(...files) {
  const child = start(process.execPath, [path.join(import.meta.dirname, 'web_server.mjs'), `${tasks}`, ...files]);
  await until(() => child.log().endsWith('\n'), child, 'the HTTP server');
  end = () => child.kill('SIGKILL');
  return `localhost:${child.log().trim()}`;
}
const curl = async () => `http://${await web()}`;

async function tls() {
  const [key, certificate] = ['key', 'crt'].map((kind) => path.join(folder, `server.${kind}`));
  must('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', certificate]);
  return `https://${await web(key, certificate)} ${certificate}`;
}

// Ends a process and those that it has started; some may end meanwhile.
function killTree(pid) {
  let children = [];
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
  }
  for (const child of children) killTree(Number(child));
}

async function ssh() {
  const port = await freePort();
  const key = path.join(folder, 'key');
  const hostKey = path.join(folder, 'host');
  const files = path.join(folder, 'files');
  const config = path.join(folder, 'config');
  mkdirSync(files);
  must('mkfifo', ['-m', '644', path.join(files, 'go')]);
  for (const one of [key, hostKey]) must('ssh-keygen', ['-q', '-t', 'ecdsa', '-m', 'PEM', '-N', '', '-f', one]);
  if (process.getuid() === 0) mkdirSync('/run/sshd', { recursive: true });
  writeFileSync(config, `ListenAddress 127.0.0.1\nPort ${port}\nHostKey ${hostKey}\nStrictModes no
AuthorizedKeysFile ${key}.pub\nPidFile none\nUsePAM no\nPermitRootLogin prohibit-password
MaxStartups 300\nMaxSessions 300\nLoginGraceTime 100\nSetEnv HOME=${folder}\n`); // without the user's .bashrc
  const child = start('/usr/sbin/sshd', ['-D', '-e', '-r', '-f', config]); // -r: no new program a connection
  await until(() => answers(port), child, 'sshd');
  end = () => killTree(child.pid); // it has one a connection
  return `${port}:${userInfo().username}:${key}:${files}`;
}

function run(command, args, options, heard = (_said) => {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
    let output = '';
    child.stdout.on('data', (data) => { output += data; heard(String(data)); });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}

const commandOf = (program, ...args) => (program.endsWith('.mjs') ? [process.execPath, [program, ...args]] : [program, args]);

async function library(address) {
  const [program] = programs;
  for (const mode of program.endsWith('.mjs') ? ['green'] : ['plain', 'tasks']) {
    const { status, output } = await run(...commandOf(program, mode, address));
    process.stdout.write(`${mode}: ${output}`);
    if (status !== 0 || !output.endsWith('ok\n')) throw new Error(`${mode}: ended with ${status}`);
    if (mode !== 'plain' && !output.includes(` ${tasks} `)) throw new Error('the server did not see all at once');
  }
}

async function ends(address) {
  const [command, args] = commandOf(programs[0], address);
  const { status, output } = await run(command, args, {}, (said) => said.includes('now\n') && end());
  process.stdout.write(output);
  if (status !== 0 || !output.endsWith('ok\n')) throw new Error(`ended with ${status}`);
}

// A program of Debian's, in a task beside another one. Its output; `parks`: it has to have let that run.
function preloaded(tool, args, parks) {
  const env = { ...process.env, LD_PRELOAD: programs.join(':') };
  const { status, stdout, stderr } = spawnSync(postgresTool(tool), args, { encoding: 'utf8', maxBuffer: 64 << 20, env });
  if (status !== 0) throw new Error(`${tool} ended with ${status}: ${stdout.slice(-1000)}${stderr}`);
  if (parks && !stderr.includes('another task ran meanwhile')) throw new Error(`${tool} did not park`);
  return stdout;
}

async function psql(address) {
  const query = ['-At', '-c', 'select pg_sleep(1)', '-c', 'select 6 * 7', address];
  const plain = must(postgresTool('psql'), query);
  const green = preloaded('psql', query, true);
  process.stdout.write(green);
  if (green !== plain) throw new Error(`psql said ${green}, and without tasks ${plain}`);

  preloaded('pgbench', ['-q', '-i', address]); // COPY in
  const report = preloaded('pgbench', ['-n', '-S', '-c', '4', '-j', '2', '-t', '200', address], true);
  process.stdout.write(report);
  if (!report.includes('actually processed: 800/800')) throw new Error('pgbench did not do its work');
  const copied = preloaded('psql', ['-c', '\\copy pgbench_accounts to stdout', address]); // COPY out
  if (copied.split('\n').length !== 100_001) throw new Error('psql did not copy all rows');
}

const servers = { redis, postgres, curl, tls, ssh, psql: postgres };
const uses = { psql };
try {
  const address = await servers[name.replace(/_ends$/, '')]();
  await (name.endsWith('_ends') ? ends : uses[name] ?? library)(address);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await stopAll();
}
