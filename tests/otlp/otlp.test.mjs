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

test('times are those of the clock', async () => {
  const before = Date.now();
  const { traceparent } = await ask(collector.url, `${base}/none`);
  const mine = () => collector.spans.filter(span => traceparent.includes(span.traceId));
  await collector.until(() => mine().length === 2);
  const second = 1000; // the machine's may be set by little steps
  for (const { startTimeUnixNano, endTimeUnixNano } of mine()) {
    assert.ok(Number(startTimeUnixNano) / 1e6 > before - second, startTimeUnixNano);
    assert.ok(Number(endTimeUnixNano) / 1e6 < Date.now() + second, endTimeUnixNano);
  }
});

test('what is huge is cut', async () => {
  const trace = '6bf92f3577b34da6a3ce929d0e0e4736';
  await fetch(`${base}/${'%E2%82%AC'.repeat(300)}`, { headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` } });
  await collector.until(() => collector.spans.some(span => span.traceId === trace));
  const path = attribute(collector.spans.find(span => span.traceId === trace), 'url.path');
  assert.match(path, /^\/\u20ac{84}\ufffd{0,2}$/);
});

test('a collector that does not answer holds nobody up', async () => {
  const silent = await startCollector();
  silent.silent = true;
  const { child, base: other, output, closed } = await startServer(program, silent.url);
  const headers = { traceparent: '00-7bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
  const one = async () => { const response = await fetch(`${other}/none`, { headers }); await response.text(); return response.status; };
  for (let i = 0; i < 30; i++) assert.deepEqual(new Set(await Promise.all(Array.from({ length: 50 }, one))), new Set([404]));
  await silent.until(() => silent.spans.length > 0);
  child.kill('SIGTERM');
  const [status] = await closed;
  silent.close();
  assert.equal(status, 0, output.stderr);
  const lost = [...output.stderr.matchAll(/^otlp: (\d+) spans were lost$/mg)].reduce((sum, [, count]) => sum + Number(count), 0);
  assert.equal(lost, 1500);
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
