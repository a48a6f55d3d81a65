// One trace through a client, a server and PostgreSQL, and what the exporter makes of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startPostgres, stopAll } from '../posix/servers.mjs';
import { startCollector } from './collector.mjs';
import { attribute, checkTrace, read, start, startServer } from './trace.mjs';

const program = /** @type {string} */ (process.env.OTLP);

async function ask(...args) {
  const { output, closed } = start(program, 'ask', ...args);
  const [status] = await closed;
  assert.equal(status, 0, output.stderr);
  return { ...read(output.stdout), stderr: output.stderr };
}

let collector, server, base;

before(async () => {
  collector = await startCollector();
  server = await startServer(program, collector.url, (await startPostgres()).address);
  base = server.base;
});

after(async () => {
  server?.child.kill('SIGTERM');
  await server?.closed;
  collector?.close();
  await stopAll();
});

test('one trace through a client, a server and PostgreSQL', async () => {
  await checkTrace(collector, await ask(collector.url, `${base}/`));
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
