// What users of psql and of consoles like it have met at their terminals, in public threads: each is done with psql in Node and
// with Debian's own, in the same words.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { must, postgresTool, sleep } from '../posix/servers.mjs';
import { atTerminal, debian, folder, otherVersion, ours, prepare, run, same, server, stop, theirs } from './node.mjs';
import { sleeps } from './psql.mjs';

before(prepare);
after(stop);

const READY = 'postgres=# ';

// The same dialogue with either; `more` are variables of the environment.
function both(name, talk, more = {}) {
  for (const [whose, command] of /** @type {[string, string[]][]} */ ([['Debian\'s', theirs], ['ours', ours]])) {
    test(`${name}: ${whose}`, async () => {
      const terminal = atTerminal(more, command);
      await terminal.until(READY);
      await talk(terminal, whose === 'ours');
      await terminal.say('\\q\r');
      assert.equal(await terminal.ended, 0);
    });
  }
}
const other = (query) => must(postgresTool('psql'), ['-X', '-At', '-c', query, server.address]);
const endBackends = () => other('select pg_terminate_backend(pid) from pg_stat_activity where usename = \'guarded\'');

// dbcli/pgcli #564: the program froze
both('a COPY is pasted with its data', async ({ say }) => {
  await say('create temp table pasted (a int, b text);\r', 'CREATE TABLE', READY);
  await say('copy pasted (a, b) from stdin delimiter \',\';\r1,a\r2,b\\, c\r\\.\rselect sum(a) as total from pasted;\r', 'COPY 2', 'total', '     3', READY);
});

// dbcli/pgcli #221, #389, #845: lines were joined, statements were left out
both('many lines are pasted: a function with an empty line, and 300 statements', async ({ say, until, shown }) => {
  await say('create or replace function pasted_lines() returns text as\r$$\rbegin\r\r  return \'one\r\rtwo\';\rend\r$$ language plpgsql;\r', 'CREATE FUNCTION', READY);
  await say('select length(pasted_lines());\r', '      8', READY);
  const from = shown().length;
  await say(Array.from({ length: 300 }, (_, i) => `select ${i}\r  as n, 'row ${i}.';\r`).join(''));
  await until('row 299.\n(1 row)');
  const rows = [...shown().slice(from).matchAll(/ \| row (\d+)\.\n/g)].map(([, number]) => Number(number));
  assert.deepEqual(rows, Array.from({ length: 300 }, (_, i) => i));
});

both('Ctrl+C in the middle of a COPY that is typed drops it, and the session goes on', async ({ say }) => {
  await say('create temp table half (a int);\r', 'CREATE TABLE', READY);
  await say('copy half from stdin;\r', '>> ');
  await say('1\r2\r\u0003', 'ERROR:  COPY from stdin failed: canceled by user', READY);
  await say('select count(*) as kept from half;\r', 'kept', '    0', READY);
});

both('Ctrl+C in the middle of a COPY of many rows to a file, and to the terminal', async ({ say }) => {
  await say('\\copy (select generate_series(1, 1000000000), repeat(\'x\', 100)) to /dev/null\r', '/dev/null\n');
  await sleeps(server, 'COPY');
  await say('\u0003', 'ERROR:  canceling statement due to user request', READY);
  await say('copy (select generate_series(1, 1000000000), repeat(\'x\', 60)) to stdout;\r', 'xxxxxxxx\n');
  await say('\u0003', 'ERROR:  canceling statement due to user request', READY);
  await say('select 6 * 7 as answer;\r', '     42', READY);
});

// psql itself shows no new prompt where the key comes just behind the prompt: then it is the next line that has one.
both('Ctrl+C at an empty prompt, more than once, in a transaction too', async ({ say }) => {
  await say('\u0003', '^C');
  await say('\r', READY);
  await say('\u0003', '^C');
  await say('\r', READY);
  await say('begin;\r', 'BEGIN', 'postgres=*# ');
  await say('\u0003', '^C');
  await say('\r', 'postgres=*# ');
  await say('rollback;\r', 'ROLLBACK', READY);
});

both('Ctrl+C ends \\watch while its statement runs', async ({ say }) => {
  await say('select pg_sleep(1000) \\watch 1\r', 'watch 1\n');
  await sleeps(server);
  await say('\u0003', 'canceling statement due to user request', READY);
});

both('Ctrl+C in a script of \\i ends the script', async ({ say, shown }) => {
  writeFileSync(join(folder, 'slow.sql'), 'select \'begun\' as s;\nselect pg_sleep(1000);\nselect \'not\' || \'reached\' as s;\n');
  await say('\\i slow.sql\r', 'begun');
  await sleeps(server);
  await say('\u0003', 'ERROR:  canceling statement due to user request', READY);
  await say('select 40 + 2 as answer;\r', '     42', READY);
  assert.ok(!shown().includes('notreached'));
});

// kamilogorek/pglite-server #1 and many others: the session was lost
both('a server that ends the session at a prompt: the next statement tells it, and there is a new session', async ({ say }) => {
  await say('select 1 as one;\r', '(1 row)', READY);
  endBackends();
  await say('select 2 as two;\r', 'terminating connection due to administrator command', 'Attempting reset: Succeeded.', READY);
  await say('select 3 as three;\r', '     3', READY);
});

both('a notification is shown with the next statement', async ({ say }) => {
  await say('listen news;\r', 'LISTEN', READY);
  other('notify news, \'gr\u00fc\u00df dich\'');
  await say('select 1 as one;\r', '(1 row)', 'Asynchronous notification "news" with payload "gr\u00fc\u00df dich" received from server process with PID ', READY);
});

// dbcli/pgcli #24: rows were not shown, the prompt was spoilt
both('characters of more than a byte: typed, taken back, in columns, in the prompt', async ({ say }) => {
  await say('select \'\u00e9\u65e5\u672c\u{1f44d}\u007f\' as "\u00fcber";\r', ' \u00fcber  \n', ' \u00e9\u65e5\u672c\n', READY);
  await say('\\pset linestyle unicode\r\\pset border 2\r', 'Border style is 2.', READY);
  await say('select \'\u6771\u4eac\' as a, \'e\u0301\' as b;\r', '\u250c\u2500\u2500\u2500\u2500\u2500\u2500\u252c\u2500\u2500\u2500\u2510', '\u2502 \u6771\u4eac \u2502 e\u0301 \u2502', READY);
  await say('\\set PROMPT1 \'%/ \u2192 \'\r', 'postgres \u2192 ');
  await say('select 1;\r', '(1 row)', 'postgres \u2192 ');
});

test('characters of more than a byte, in every format, as Debian\'s own', { skip: otherVersion() }, () => {
  const query = 'select \'\u6771\u4eac\' as "\u90fd\u5e02", \'e\u0301\u200b\' as combined, \'\u{1f44d}\u{1f3fd}\' as thumb, E\'a\\tb\\nc\' as lines, \'\u0627\u0644\u0639\u0631\u0628\u064a\u0629\' as rtl union all select \'x\', null, \'\', \'y\', \'z\'';
  for (const format of ['aligned', 'wrapped', 'unaligned', 'html', 'csv', 'asciidoc', 'latex']) {
    same(['-P', `format=${format}`, '-P', 'columns=40', '-P', 'linestyle=unicode', '-P', 'border=2', '-c', query]);
  }
});

test('\\i and \\ir of files in folders, what is wrong in them told by file and line', () => {
  mkdirSync(join(folder, 'sub'), { recursive: true });
  writeFileSync(join(folder, 'outer.sql'), '\\echo outer\n\\i sub/middle.sql\nselect 1 as after;\n\\i sub/none.sql\n');
  writeFileSync(join(folder, 'sub/middle.sql'), '\\ir inner.sql\n\nselect nope;\n');
  writeFileSync(join(folder, 'sub/inner.sql'), '\\echo inner\nselect 2 as deep;\n');
  const { stderr } = same(['-f', 'outer.sql']);
  assert.match(stderr, /^psql:sub\/middle\.sql:3: ERROR:/m);
  same(['-v', 'ON_ERROR_STOP=1', '-f', 'outer.sql']);
  same(['-c', '\\i outer.sql']);
  same(['-1', '-v', 'ON_ERROR_STOP=1', '-f', 'sub/inner.sql', '-f', 'sub/none.sql']);
});

test('\\copy of a file of 30 MB, there and back; a wrong line near its end is told by its number', () => {
  const line = (i) => `${i}\tname ${i}\t${'x'.repeat(80)}\n`;
  writeFileSync(join(folder, 'large.txt'), Array.from({ length: 300_000 }, (_, i) => line(i)).join(''));
  const table = ['-v', 'ON_ERROR_STOP=1', '-c', 'create temp table large (a int, b text, c text)'];
  const { stdout } = same([...table, '-c', '\\copy large from large.txt', '-c', '\\copy (table large order by a) to back.txt', '-c', 'select count(*) from large']);
  assert.match(stdout, /COPY 300000\nCOPY 300000\n/);
  assert.ok(readFileSync(join(folder, 'back.txt')).equals(readFileSync(join(folder, 'large.txt'))));
  writeFileSync(join(folder, 'wrong.txt'), `${Array.from({ length: 200_000 }, (_, i) => line(i)).join('')}no number\n`);
  const { stderr, status } = same([...table, '-c', '\\copy large from wrong.txt']);
  assert.match(stderr, /large, line 200001/);
  assert.equal(status, 1);
});

// system() is Emscripten's, which has Node run a shell; a pipe to another process there is not, and each that wants one says so.
test('a shell, as in Debian\'s own; what would be a pipe says that there is none, and the session goes on', () => {
  same(['-c', '\\! echo shell; echo more >&2', '-c', '\\! exit 3']);
  same(['-f', '-'], { input: 'select 1;\n\\! cat sub/inner.sql\nselect 2;\n' });
  const script = [
    '\\echo [`echo backtick`]', '\\o |cat', 'select 1 as still;', '\\o', 'select 1 \\g |cat', '\\copy (select 1) to program \'cat\'', 'create temp table t (a int);',
    '\\copy t from program \'echo 1\'', '\\echo the end',
  ];
  const { stdout, stderr, status } = run(['-f', '-'], { input: script.map((one) => `${one}\n`).join('') });
  assert.equal(status, 0);
  assert.match(stdout, /still[^]*the end\n$/);
  const told = 'Function not implemented';
  assert.deepEqual(stderr.trim().split('\n'), [[1, 'echo backtick'], [2, '|cat'], [5, '|cat'], [6, 'could not execute command "cat"'],
    [8, 'could not execute command "echo 1"']].map(([line, what]) => `psql:<stdin>:${line}: error: ${what}: ${told}`));
});

test('Ctrl+C while a server that says nothing is connected to ends psql', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = /** @type {any} */ (silent.address());
  const statuses = [];
  for (const command of [theirs, ours]) {
    const connected = once(silent, 'connection');
    const terminal = atTerminal({ PGPORT: `${port}` }, command);
    const [socket] = await connected;
    await once(socket, 'data'); // it has asked
    await terminal.say('\u0003');
    statuses.push(await terminal.ended);
    socket.destroy();
  }
  silent.close();
  assert.ok(statuses.every((status) => status === 130 || status === 254), `by SIGINT: ${statuses}`); // 254: killed by it
});

// A terminal that stays without an echo is what users of any console complain of.
test('Ctrl+C at the prompt for a password ends psql, and the terminal echoes again', async () => {
  const shell = ['sh', '-c', 'trap : INT; "$@"; echo "status $?"; stty -a | tr " " "\\n" | grep -x -e "-\\?echo;\\?"', 'sh'];
  const { ended, say, until, shown } = atTerminal({ PGPASSWORD: '' }, [...shell, ...ours]);
  await until('Password for user guarded: ');
  await say('sec\u0003', 'status 130', 'echo');
  assert.equal(await ended, 0);
  assert.ok(!/sec|-echo/.test(shown().split('Password')[1]), shown());
});

test('a terminal that is closed ends psql', async () => {
  const { child, ended, until } = atTerminal();
  await until(READY);
  const pid = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim());
  assert.ok(pid > 0);
  child.kill('SIGKILL'); // whose terminal it is
  await ended;
  for (let tries = 0; ; tries++) {
    let state = '';
    try {
      state = /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
    } catch { /* it is gone */ }
    if (!state || state === 'Z') break;
    assert.ok(tries < 1500, 'it goes on');
    await sleep(20);
  }
  assert.equal(debian(['-At', '-c', 'select 1']).stdout, '1\n');
});

test('a server that is stopped at a prompt, and comes back', async () => {
  const { ended, say, until } = atTerminal();
  await until(READY);
  await server.stop();
  await say('select 1;\r', 'The connection to the server was lost. Attempting reset: Failed.', '!?> ');
  await server.start();
  await say(`\\c "host=127.0.0.1 port=${server.port} user=guarded dbname=postgres"\r`, 'You are now connected', READY);
  await say('select 6 * 7 as answer;\r', '     42', READY);
  await say('\u0004', '\\q');
  assert.equal(await ended, 0);
});
