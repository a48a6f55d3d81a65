// The example's programs, and the trace of what one asks the other.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export function start(program, ...args) {
  const command = /\.m?js$/.test(program) ? [process.execPath, program] : [program];
  const child = spawn(command[0], [...command.slice(1), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', data => { output.stdout += data; });
  child.stderr.on('data', data => { output.stderr += data; });
  return { child, output, closed: once(child, 'close') };
}

/** The server, and its address. @param {string} program @param {string[]} args */
export async function startServer(program, ...args) {
  const server = start(program, 'serve', ...args);
  while (!server.output.stdout.includes('\n')) {
    const ended = await Promise.race([once(server.child.stdout, 'data').then(() => false), server.closed]);
    assert.ok(!ended, `the server ended: ${server.output.stderr}`);
  }
  return { ...server, base: server.output.stdout.trim() };
}

/** What `otlp ask` has printed. @param {string} stdout */
export function read(stdout) {
  const [traceparent, ...rest] = stdout.split('\n');
  return { traceparent, body: rest.join('\n').trim() };
}

export const attribute = (span, key) => Object.values(span.attributes.find(one => one.key === key)?.value ?? {})[0];

// Waits for the spans of that trace, each of which is in another's, and which end at the statement.
export async function checkTrace(collector, { traceparent, body }) {
  const [, trace] = /^00-([0-9a-f]{32})-[0-9a-f]{16}-0[13]$/.exec(traceparent);
  const [, asked, inDatabase] = /^select current_query\(\) \/\*traceparent='00-([0-9a-f]{32})-([0-9a-f]{16})-0[13]'\*\/$/.exec(body);
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
}
