// green_pg through Debian's PgBouncer, in its transaction mode, before a real PostgreSQL: the right rows or an
// error, whatever session answers. POOLER is the program, pooler.c; three of it run at once.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { freePort } from '../../ports.mjs';
import { answers, must, start, startPostgres, stopAll, temporaryFolder, until } from '../../posix/servers.mjs';

const program = process.env.POOLER;
const PROCESSES = 3;
const CONNECTIONS = 4; // of each, as in pooler.c
const SESSIONS = 3;

// On the loopback, without passwords; its own, whatever service the package has brought.
async function startPooler(server) {
  const folder = path.join(temporaryFolder('pgbouncer'), 'run');
  const port = await freePort();
  const settings = path.join(folder, 'pgbouncer.ini');
  mkdirSync(folder);
  writeFileSync(settings, `[databases]
* = host=${server.folder} port=${server.port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${SESSIONS}
`);
  const root = process.getuid() === 0; // as which it does not run
  if (root) for (const one of [folder, settings]) chownSync(one, Number(must('id', ['-u', 'postgres'])), Number(must('id', ['-g', 'postgres'])));
  const [command, ...args] = [...(root ? ['runuser', '-u', 'postgres', '--'] : []), '/usr/sbin/pgbouncer', settings];
  const child = start(command, args, { cwd: folder });
  await until(() => answers(port), child, 'pgbouncer');
  return `host=127.0.0.1 port=${port} user=postgres dbname=postgres sslmode=disable`;
}

let address;
before(async () => {
  address = await startPooler(await startPostgres());
});
after(stopAll);

async function runOne(number, mode) {
  const command = program.endsWith('.mjs') ? [process.execPath, program] : [program];
  const child = spawn(command[0], [...command.slice(1), address, `${number}`, mode], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '', err = '';
  child.stdout.on('data', (piece) => { out += piece; });
  child.stderr.on('data', (piece) => { err += piece; });
  const status = await new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
  assert.equal(`${status} ${err}`, '0 ');
  const [, right, wrong, unknown, other, message] = /^right (\d+) wrong (\d+) unknown (\d+) other (\d+) (.*)/.exec(out);
  return { right: Number(right), wrong: Number(wrong), unknown: Number(unknown), other: Number(other), message };
}

// Of all processes together.
async function run(mode) {
  const all = await Promise.all(Array.from({ length: PROCESSES }, (_, i) => runOne(i, mode)));
  const sum = (name) => all.reduce((number, one) => number + one[name], 0);
  for (const { wrong, other, message } of all) {
    assert.equal(wrong, 0, 'rows of another statement');
    assert.equal(other, 0, message);
  }
  return { right: sum('right'), unknown: sum('unknown') };
}

const CALLS = PROCESSES * CONNECTIONS * 60;

test('a call is answered with its own rows, and none fails', async () => {
  assert.deepEqual(await run('calls'), { right: CALLS, unknown: 0 });
});

test('in transactions too; a connection that meets another session fails one of them, and prepares no more', async () => {
  const { right, unknown } = await run('transactions');
  assert.ok(unknown <= PROCESSES * CONNECTIONS, `${unknown} transactions failed`);
  assert.ok(right > CALLS, `${right} calls were answered`);
});

test('a connection that prepares nothing has no such failures', async () => {
  assert.deepEqual(await run('unprepared'), { right: 2 * CALLS, unknown: 0 });
});

test('of a pool, what one connection has met the others know', async () => {
  const { right, unknown } = await run('pool');
  assert.ok(unknown <= PROCESSES * CONNECTIONS, `${unknown} transactions failed`);
  assert.ok(right > CALLS, `${right} calls were answered`);
});

test('statements that the program deallocates, perhaps in a session of others', async () => {
  assert.deepEqual(await run('deallocating'), { right: CALLS, unknown: 0 });
});
