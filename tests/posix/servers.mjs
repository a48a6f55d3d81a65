// Real servers for tests: started on a private socket or on the loopback, and ended by their process ids.
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync,
  rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../ports.mjs';

const started = [];
const folders = [];

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// A folder that is gone with the servers; others may look into it.
export function temporaryFolder(name) {
  const folder = mkdtempSync(path.join(os.tmpdir(), `greenio-${name}-`));
  chmodSync(folder, 0o755);
  folders.push(folder);
  return folder;
}

export function start(command, args, options = {}) {
  const child = /** @type {any} */ (spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options }));
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

export async function until(condition, child, what) {
  for (let i = 0; i < 4000; i++) {
    if (await condition()) return;
    if (child.exitCode !== null) break;
    await sleep(25);
  }
  throw new Error(`${what} did not start:\n${child.log()}`);
}

export function must(command, args, options) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error ?? stderr ?? status}`);
  return stdout;
}

export const answers = (port) => new Promise((resolve) => {
  const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
  socket.on('error', () => resolve(false));
});

export async function stopAll() {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    if (child.stop) child.stop();
    else child.kill('SIGTERM');
    await child.ended;
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, async () => { await stopAll(); process.exit(1); });

// A program of the newest PostgreSQL here.
export function postgresTool(name) {
  const bin = '/usr/lib/postgresql';
  const versions = readdirSync(bin).sort((a, b) => Number(b) - Number(a));
  return path.join(bin, versions[0], 'bin', name);
}

// A PostgreSQL of its own. Its user is postgres, without a password on the socket; on the loopback, where
// it listens if `loopback` is true, every user needs one (SCRAM), and may use TLS.
//   address, onLoopback   conninfo strings
//   stop(), start()       ends it at once, as a crash would; and again with the same data
export async function startPostgres({ loopback = false, settings: more = [] } = {}) {
  const settings = [...more];
  const folder = temporaryFolder('postgres');
  const data = path.join(folder, 'data');
  let port = await freePort();
  // it refuses to run as root
  const as = process.getuid() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];
  const command = (tool, ...args) => [...as, tool, ...args];
  mkdirSync(data);
  if (as.length) {
    const [uid, gid] = ['-u', '-g'].map((what) => Number(must('id', [what, 'postgres'])));
    for (const one of [folder, data]) chownSync(one, uid, gid);
  }
  if (loopback) {
    const [key, certificate] = ['key', 'crt'].map((end) => path.join(folder, `server.${end}`));
    const [openssl, ...args] = command('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
      'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost', '-keyout', key, '-out', certificate);
    must(openssl, args, { cwd: folder });
    settings.push('ssl = on', `ssl_key_file = '${key}'`, `ssl_cert_file = '${certificate}'`);
  }
  const [first, ...rest] = command(postgresTool('initdb'), '-D', data, '-U', 'postgres', '-A', 'trust', '-N');
  must(first, rest, { cwd: folder });
  writeFileSync(path.join(data, 'pg_hba.conf'), 'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n');
  const lines = ['fsync = off', 'max_connections = 150', `port = ${port}`, `unix_socket_directories = '${folder}'`,
    `listen_addresses = '${loopback ? '127.0.0.1' : ''}'`, ...settings];
  appendFileSync(path.join(data, 'postgresql.conf'), `${lines.join('\n')}\n`);

  const quit = () => {
    const file = path.join(data, 'postmaster.pid'); // gone, if it is ending already
    if (existsSync(file)) process.kill(Number(readFileSync(file, 'utf8').split('\n')[0]), 'SIGQUIT');
  };
  let child;
  async function startServer() {
    const [server, ...args] = command(postgresTool('postgres'), '-D', data);
    child = start(server, args, { cwd: folder });
    child.stop = quit; // its data are not kept
    await until(() => existsSync(path.join(folder, `.s.PGSQL.${port}`)) && /ready to accept/.test(child.log()),
      child, 'postgres');
  }
  for (let tries = 3; ; tries--) {
    try {
      await startServer();
      break;
    } catch (error) { // somebody else may have taken the port
      if (tries === 1 || !/could not bind/.test(error.message)) throw error;
      port = await freePort();
      appendFileSync(path.join(data, 'postgresql.conf'), `port = ${port}\n`);
    }
  }
  return {
    address: `host=${folder} port=${port} user=postgres dbname=postgres`,
    onLoopback: `host=localhost port=${port} dbname=postgres`,
    folder,
    port,
    log: () => child.log(),
    start: startServer,
    async stop() {
      quit();
      await child.ended;
    },
  };
}
