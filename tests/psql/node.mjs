// psql in Node for its tests, beside Debian's own on the same server: by scripts, and at a terminal.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { postgresTool, stopAll, temporaryFolder } from '../posix/servers.mjs';
import { built, dialogue, PASSWORD, startServer } from './psql.mjs';

export const program = join(import.meta.dirname, '../..', built, 'psql/psql.mjs');
/** @type {any} */
export let server;
export let folder = '';
/** @type {NodeJS.ProcessEnv} */
export let env = {};

export async function prepare() {
  server = await startServer();
  folder = temporaryFolder('psql');
  env = { ...process.env, PGHOST: '127.0.0.1', PGPORT: `${server.port}`, PGUSER: 'guarded', PGDATABASE: 'postgres', PGPASSWORD: PASSWORD, PGSSLMODE: 'disable',
    PSQLRC: '/dev/null', LC_ALL: 'C.UTF-8', PGTZ: 'UTC', TZ: 'UTC' };
}

const ended = ({ status, stdout, stderr }) => ({ status, stdout, stderr });
const options = (more) => /** @type {const} */ ({ cwd: folder, env, encoding: 'utf8', maxBuffer: 1 << 28, ...more });

export const run = (args, more = {}) => ended(spawnSync(process.execPath, [program, ...args], options(more)));
export const debian = (args, more = {}) => ended(spawnSync(postgresTool('psql'), args, { ...options(more), env: { ...env, PGAPPNAME: 'psql' } }));

// Why what Debian's own prints is not what ours does, or false.
export function otherVersion() {
  const [, major] = /\(PostgreSQL\) (\d+)/.exec(spawnSync(postgresTool('psql'), ['--version'], { encoding: 'utf8' }).stdout);
  return major !== '15' && `psql ${major} is here, which asks and prints otherwise; ours is of PostgreSQL 15`;
}

// Ours, which does what Debian's own does.
export function same(args, more) {
  const own = run(args, more);
  assert.deepEqual(own, debian(args, more));
  return own;
}

export const ours = [process.execPath, program];
export const theirs = [postgresTool('psql'), '-n']; // as ours: without readline

// Those that a failed test has left are ended, or Node would wait for them for ever.
const terminals = new Set();
export async function stop() {
  for (const child of terminals) child.kill('SIGKILL');
  await stopAll();
}

// One of them at a terminal.
export function atTerminal(more = {}, command = ours, args = []) {
  const child = spawn('python3', [join(import.meta.dirname, '../posix/at_terminal.py'), '80', '25', ...command, ...args], {
    cwd: folder, env: { ...env, TERM: 'xterm', ...more }, stdio: ['pipe', 'pipe', 'inherit'] });
  terminals.add(child);
  child.on('close', () => terminals.delete(child));
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text) => { shown += text.replaceAll('\r', ''); });
  const over = new Promise((resolve) => { child.on('close', resolve); });
  return { child, ended: over, shown: () => shown, resize: (columns, rows) => child.stdin.write(`\0${columns} ${rows}\n`),
    ...dialogue(() => shown, (text) => child.stdin.write(text)) };
}
