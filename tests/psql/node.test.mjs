// The example psql in Node, on a real server: by scripts, beside Debian's own psql on the same server, and at a terminal.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { start } from '../posix/servers.mjs';
import { atTerminal, env, folder, otherVersion, prepare, program, run, same, server, stop } from './node.mjs';
import { PASSWORD, sleeps } from './psql.mjs';

before(prepare);
after(stop);

test('a command, its output and its status as of Debian\'s own', () => {
  assert.equal(same(['-c', 'select 6 * 7 as answer']).stdout, ' answer \n--------\n     42\n(1 row)\n\n');
  same(['-At', '-c', 'select \'gr\u00fc\u00df dich\', null, now() is null', '-c', 'select repeat(\'x\', 100000)']);
  same(['-c', 'select nope']);
  same(['-v', 'ON_ERROR_STOP=1', '-f', '-'], { input: 'select 1;\nselect nope;\nselect 2;\n' });
  same(['--csv', '-c', 'select g, md5(g::text) from generate_series(1, 50000) g']);
});

test('a script of meta-commands, and a script that comes by a pipe', { skip: otherVersion() }, () => {
  const script = join(folder, 'script.sql');
  writeFileSync(script, `create table thing (id int primary key, name text not null default 'none', made timestamptz);
create index on thing (name);
comment on table thing is 'of a test';
\\d thing
\\d+ thing
\\dt
\\di+ thing*
\\df pg_sleep
\\l postgres
\\du guarded
\\dn
insert into thing values (1, 'one', '2026-01-02 03:04:05Z') returning *;
\\x
select * from thing;
\\x
\\set name 'it''s'
select :'name' as name \\gset got_
\\echo :got_name
\\if true
\\echo yes
\\else
\\echo no
\\endif
select 1 as a, 2 as b \\gdesc
\\crosstabview
\\o out.txt
select 'to a file';
\\o
drop table thing;
`);
  same(['-f', script]);
  assert.match(readFileSync(join(folder, 'out.txt'), 'utf8'), /to a file/);
  same([], { input: 'select 1;\n\\echo done\n' });
  same(['-f', 'missing.sql']);
});

test('\\copy from and to files, and by standard input and output', () => {
  writeFileSync(join(folder, 'in.csv'), Array.from({ length: 20_000 }, (_, i) => `${i},name ${i}\n`).join(''));
  const table = ['-v', 'ON_ERROR_STOP=1', '-c', 'create temp table copied (id int, name text)'];
  const all = (...commands) => [...table, ...commands.flatMap((command) => ['-c', command])];
  same(all('\\copy copied from in.csv csv', '\\copy (select * from copied order by id) to out.csv csv'));
  assert.equal(readFileSync(join(folder, 'out.csv'), 'utf8'), readFileSync(join(folder, 'in.csv'), 'utf8'));
  same(all('copy copied from stdin', '\\copy copied to stdout'), { input: '1\tone\n2\ttwo\n' });
  same(all('\\copy copied from in.csv csv', '\\copy copied to stdout'));
  same(all('\\copy copied from missing.csv csv'));
  same(all('\\copy copied from in.csv')); // it is not that format
});

test('what goes wrong before a session is said, with status 2', () => {
  const wrong = run(['-c', 'select 1'], { env: { ...env, PGPASSWORD: 'wrong' } });
  assert.match(wrong.stderr, /FATAL: {2}password authentication failed for user "guarded"/);
  assert.equal(wrong.status, 2);
  const nobody = run(['-p', '1', '-c', 'select 1']);
  assert.match(nobody.stderr, /connection to server at "127\.0\.0\.1", port 1 failed: Connection refused/);
  assert.equal(nobody.status, 2);
  const unknown = run(['-h', 'no-such-host.invalid', '-c', 'select 1']);
  assert.match(unknown.stderr, /could not translate host name "no-such-host\.invalid" to address/);
  assert.equal(unknown.status, 2);
  assert.equal(run(['--nonsense']).status, 1);
});

test('TLS is not there: prefer goes on without, require is refused by name', () => {
  assert.equal(run(['-c', 'select 1'], { env: { ...env, PGSSLMODE: 'prefer' } }).status, 0);
  const refused = run(['-c', 'select 1'], { env: { ...env, PGSSLMODE: 'require' } });
  assert.match(refused.stderr, /sslmode value "require" invalid when SSL support is not compiled in/);
  assert.equal(refused.status, 2);
});

test('a reader that has gone ends nothing but the output', async () => {
  const child = spawn(process.execPath, [program, '-At', '-c', 'select g from generate_series(1, 300000) g'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
  await new Promise((resolve) => { child.stdout.once('data', resolve); });
  child.stdout.destroy();
  const status = await new Promise((resolve) => { child.on('close', resolve); });
  assert.ok(status === 0 || status === 1, `${status}: ${stderr}`);
  assert.doesNotMatch(stderr, /^ +at |node:|EPIPE|Aborted/m, 'it has not crashed');
});

// ---- at a terminal ---------------------------------------------------------------------------------

test('a password is asked for and not shown', async () => {
  const { ended, shown, say, until: wait } = atTerminal({ PGPASSWORD: '' });
  await wait('Password for user guarded: ');
  await say(`wrong\u0015${PASSWORD}\r`, 'Type "help" for help.', 'postgres=# ');
  assert.ok(!/wrong|secret/.test(shown()));
  await say('\u0004', '\\q');
  assert.equal(await ended, 0);
});

test('a wrong password', async () => {
  const { ended, say, until: wait } = atTerminal({ PGPASSWORD: '' });
  await wait('Password for user guarded: ');
  await say('wrong\r', 'password authentication failed');
  assert.equal(await ended, 2);
});

test('Ctrl+C cancels a statement, ends \\watch, and drops what was begun', async () => {
  const { ended, say, until: wait } = atTerminal();
  await wait('postgres=# ');
  await say('select pg_sleep(1000);\r', '1000);\n');
  await sleeps(server);
  await say('\u0003', '^CCancel request sent', 'ERROR:  canceling statement due to user request', 'postgres=# ');
  await say('select 40 + 2 as answer \\watch 0.1\r', 'every 0.1s', ' 42', 'every 0.1s', ' 42', 'every 0.1s');
  await say('\u0003', '^C', 'postgres=# ');
  await say('select\r', 'postgres-# ');
  await say('\u0003', '^C', 'postgres=# ');
  await say('select 6 * 7;\r', ' 42', 'postgres=# ');
  await say('\\prompt "what? " x\r', 'what? ');
  await say('\u0003', 'postgres=# ');
  await say('\\q\r');
  assert.equal(await ended, 0);
});

test('lines are edited, a COPY is typed, the window has a width', async () => {
  const { ended, say, resize, until: wait } = atTerminal();
  await wait('postgres=# ');
  await say('selecx\u007ft 6 * 8\u007f7 as ans\u00e9\u007fwer;\r', ' answer ', '     42', 'postgres=# ');
  await say('create temp table typed (a int); copy typed from stdin;\r', 'End with a backslash', '>> ');
  await say('1\r2\r\u0004', 'COPY 2', 'postgres=# ');
  await say('select sum(a) from typed;\r', '   3', 'postgres=# ');
  await say('\\x auto\r', 'postgres=# ');
  await say('select repeat(\'x\', 70) as a, 1 as b;\r', '\n---', 'postgres=# ');
  resize(60, 20);
  await say('select repeat(\'x\', 70) as a, 1 as b;\r', '-[ RECORD 1 ]', 'postgres=# ');
  await say('\\password\r', 'Enter new password for user "guarded": ');
  await say(`${PASSWORD}\r`, 'Enter it again: ');
  await say(`${PASSWORD}\r`, 'postgres=# ');
  await say('\\q\r');
  assert.equal(await ended, 0);
});

test('a server that dies in a statement', async () => {
  const { ended, say, until: wait } = atTerminal();
  await wait('postgres=# ');
  await say('select pg_sleep(1000);\r', '1000);\n');
  await sleeps(server);
  await server.stop();
  await wait('The connection to the server was lost. Attempting reset: Failed.');
  await wait('!?> ');
  await server.start();
  await say(`\\c "host=127.0.0.1 port=${server.port} user=guarded dbname=postgres"\r`, 'You are now connected', 'postgres=# ');
  await say('\\q\r');
  assert.equal(await ended, 0);
});

test('a server that dies under a script', async () => {
  const child = start(process.execPath, [program, '-c', 'select pg_sleep(1000)'], { cwd: folder, env });
  await sleeps(server);
  await server.stop();
  assert.equal(await child.ended, 2);
  assert.match(child.log(), /terminating connection|server closed the connection unexpectedly/);
  await server.start();
});
