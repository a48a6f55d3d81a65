// One trace through a client, a server and PostgreSQL, and what the exporter makes of it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { startPostgres, stopAll } from '../posix/servers.mjs';
import { startCollector } from './collector.mjs';

const program = /** @type {string} */ (process.env.OTLP);

function start(...args) {
  const command = /\.m?js$/.test(program) ? [process.execPath, program] : [program];
  const child = spawn(command[0], [...command.slice(1), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', data => { output.stdout += data; });
  child.stderr.on('data', data => { output.stderr += data; });
  return { child, output, closed: once(child, 'close') };
}

async function ask(...args) {
  const { output, closed } = start('ask', ...args);
  const [status] = await closed;
  assert.equal(status, 0, output.stderr);
  const [traceparent, ...rest] = output.stdout.split('\n');
  return { traceparent, body: rest.join('\n').trim(), stderr: output.stderr };
}

const attribute = (span, key) => Object.values(span.attributes.find(one => one.key === key)?.value ?? {})[0];

let collector, server, base;

before(async () => {
  collector = await startCollector();
  server = start('serve', collector.url, (await startPostgres()).address);
  while (!server.output.stdout.includes('\n')) {
    const ended = await Promise.race([once(server.child.stdout, 'data').then(() => false), server.closed]);
    assert.ok(!ended, `the server ended: ${server.output.stderr}`);
  }
  base = server.output.stdout.trim();
});

after(async () => {
  server?.child.kill('SIGTERM');
  await server?.closed;
  collector?.close();
  await stopAll();
});

test('one trace through a client, a server and PostgreSQL', async () => {
  const { traceparent, body } = await ask(collector.url, `${base}/`);
  const [, trace] = /^00-([0-9a-f]{32})-[0-9a-f]{16}-01$/.exec(traceparent);
  const [, asked, inDatabase] = /^select current_query\(\) \/\*traceparent='00-([0-9a-f]{32})-([0-9a-f]{16})-01'\*\/$/.exec(body);
  assert.equal(asked, trace);
  const mine = () => collector.spans.filter(span => span.traceId === trace);
  await collector.until(() => mine().length === 5);
  const names = [];
  let parent;
  for (let i = 0; i < 5; i++) {
    const [span, ...others] = mine().filter(one => one.parentSpanId === parent);
    assert.equal(others.length, 0);
    names.push(`${span.service}: ${span.name} ${span.kind}`);
    parent = span.spanId;
    if (span.kind === 2) assert.equal(attribute(span, 'http.response.status_code'), '200');
  }
  assert.deepEqual(names, ['client: HTTP GET 3', 'server: GET 2', 'server: HTTP GET 3', 'server: GET 2', 'server: SQL 3']);
  assert.equal(parent, inDatabase);
  assert.equal(attribute(mine().find(span => span.name === 'SQL'), 'db.query.text'), 'select current_query()');
});

test('a trace of others goes on, with its state, and the path may be anything', async () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01`, tracestate: 'congo=t61rcWkgMzE' };
  const response = await fetch(`${base}/%22%FF%C3%A4%0A%ED%A0%80`, { headers });
  assert.equal(response.status, 404);
  await collector.until(() => collector.spans.some(span => span.traceId === trace));
  const [span, ...others] = collector.spans.filter(one => one.traceId === trace);
  assert.equal(others.length, 0);
  assert.equal(span.parentSpanId, '00f067aa0ba902b7');
  assert.equal(span.traceState, 'congo=t61rcWkgMzE');
  assert.equal(attribute(span, 'url.path'), '/"\ufffd\u00e4\n\ufffd\ufffd\ufffd');
});

test('what is not sampled is not sent, and what is sent is no span', async () => {
  const trace = '5bf92f3577b34da6a3ce929d0e0e4736';
  await fetch(`${base}/none`, { headers: { traceparent: `00-${trace}-00f067aa0ba902b7-00` } });
  const own = await ask(collector.url, `${base}/`);
  await collector.until(() => collector.spans.filter(span => own.traceparent.includes(span.traceId)).length === 5);
  assert.ok(!collector.spans.some(span => span.traceId === trace));
  assert.ok(!collector.spans.some(span => attribute(span, 'url.full')?.includes('/v1/traces')));
  assert.ok(collector.headers.every(headers => !('traceparent' in headers)));
});

test('what no collector takes is told', async () => {
  const deaf = await startCollector();
  deaf.refuse = 400;
  const { stderr } = await ask(deaf.url, `${base}/none`);
  deaf.close();
  assert.match(stderr, /^otlp: 1 spans were lost$/m);
  assert.equal(deaf.spans.length, 0);
});
