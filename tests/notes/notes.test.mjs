// The example `notes` as a program: in Node on PGlite, natively on a PostgreSQL that is started here. NOTES is the
// program.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { freePort } from '../ports.mjs';
import { startPostgres, stopAll } from '../posix/servers.mjs';
import { attack } from './attacks.mjs';
import { check } from './cases.mjs';

const program = process.env.NOTES;
const inNode = program.endsWith('.mjs');
const running = [];

// The address of the site; with --metrics, that of the metrics too.
async function startNotes(database, ...options) {
  const child = spawn(inNode ? process.execPath : program, [...(inNode ? [program] : []), ...options, database, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  const addresses = [];
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  while (addresses.length < (options.includes('--metrics') ? 2 : 1)) addresses.push((await lines.next()).value.replace(/\/$/, ''));
  return addresses.length === 1 ? addresses[0] : addresses;
}

// A socket that sends these bytes: see attacks.mjs.
function open(base, text) {
  const { port, hostname } = new URL(base);
  const socket = connect(Number(port), hostname, () => socket.write(text, 'latin1'));
  let got = '';
  socket.on('error', () => {});
  socket.on('data', piece => { got += piece.toString('latin1'); });
  const over = new Promise(resolve => socket.on('close', () => resolve(got)));
  const has = async pattern => {
    while (!pattern.test(got)) {
      if (socket.destroyed) throw new Error(`the connection has ended after ${JSON.stringify(got)}`);
      await Promise.race([once(socket, 'data').catch(() => {}), over]);
    }
  };
  return { over, has, destroy: () => socket.destroy() };
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
  const port = await freePort();
  const [base, metrics] = await startNotes(database, '--metrics', String(port), '--host', '127.0.0.1', '--host', 'localhost');
  const test = (name, run) => context.test(name, run);
  await check(base, test);
  await attack(base, test, text => open(base, text));
  await test('metrics have a port of their own', async () => {
    assert.equal((await fetch(`${base}/metrics`)).status, 404);
    assert.match(await (await fetch(`${metrics}/metrics`)).text(), /^greenio_http_requests_total\{method="GET",class="4xx"\} \d+$/m);
    assert.match(await open(metrics, 'GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n').over, /^HTTP\/1\.1 421 /);
  });
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
