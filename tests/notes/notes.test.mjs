// The example `notes` as a program: in Node on PGlite, natively on a PostgreSQL that is started here. NOTES is the
// program.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { startPostgres, stopAll } from '../posix/servers.mjs';
import { check } from './cases.mjs';

const program = process.env.NOTES;
const inNode = program.endsWith('.mjs');
const running = [];

async function startNotes(database) {
  const child = spawn(inNode ? process.execPath : program, [...(inNode ? [program] : []), database, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  const [line] = await once(child.stdout, 'data');
  return String(line).trim().replace(/\/$/, '');
}

async function end(child) {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
}

let database;
before(async () => {
  database = inNode ? 'memory:' : (await startPostgres()).address;
});
after(async () => {
  for (const child of running) if (child.exitCode === null && child.signalCode === null) await end(child);
  await stopAll();
});

test('notes', async context => {
  await check(await startNotes(database), (name, run) => context.test(name, run));
});

test('a client that waits for changes does not hold up the end', async () => {
  const base = await startNotes(database);
  const reader = (await fetch(`${base}/api/changes`)).body.getReader();
  await end(running.at(-1)); // with 0: nothing was cut off
  while (!(await reader.read()).done);
});

test('two programs on one server tell each other', { skip: inNode && 'PGlite is of one program' }, async () => {
  const [one, two] = [await startNotes(database), await startNotes(database)];
  const stop = new AbortController();
  const events = await fetch(`${two}/api/changes`, { signal: stop.signal });
  const reader = events.body.pipeThrough(new TextDecoderStream()).getReader();
  await fetch(`${one}/api/notes`, { method: 'POST', body: '{"title": "Lighthouse"}' });
  do assert.match((await reader.read()).value, /event: changed/);
  while (!(await (await fetch(`${two}/?q=lighthouses`)).text()).includes('Lighthouse</a>'));
  stop.abort();
});
