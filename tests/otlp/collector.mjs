// A small collector of OTLP over HTTP, which takes JSON of the published shape and nothing else: the fields of
// opentelemetry-proto's trace.proto by their JSON names, numbers of traces and spans in hexadecimal, 64 bits as strings of
// digits, enumerations as numbers.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';

function fields(object, needed, allowed = []) {
  assert.equal(typeof object, 'object');
  for (const key of needed) assert.ok(key in object, `no ${key}`);
  for (const key of Object.keys(object)) assert.ok([...needed, ...allowed].includes(key), `an unknown field ${key}`);
}

function checkAttributes(attributes) {
  assert.ok(Array.isArray(attributes));
  for (const attribute of attributes) {
    fields(attribute, ['key', 'value']);
    assert.ok(attribute.key);
    const [[kind, value], ...more] = Object.entries(attribute.value);
    assert.equal(more.length, 0);
    if (kind === 'intValue') assert.match(value, /^-?\d+$/);
    else assert.deepEqual([kind, typeof value], ['stringValue', 'string']);
  }
  assert.equal(new Set(attributes.map(({ key }) => key)).size, attributes.length);
}

function checkSpan(span) {
  fields(span, ['traceId', 'spanId', 'name', 'kind', 'startTimeUnixNano', 'endTimeUnixNano'],
    ['parentSpanId', 'traceState', 'flags', 'attributes', 'status']);
  assert.match(span.traceId, /^(?!0{32})[0-9a-f]{32}$/);
  assert.match(span.spanId, /^(?!0{16})[0-9a-f]{16}$/);
  if ('parentSpanId' in span) assert.match(span.parentSpanId, /^(?!0{16})[0-9a-f]{16}$/);
  assert.ok(span.name);
  assert.ok([1, 2, 3, 4, 5].includes(span.kind));
  for (const time of [span.startTimeUnixNano, span.endTimeUnixNano]) assert.match(time, /^\d{19}$/);
  assert.ok(BigInt(span.startTimeUnixNano) <= BigInt(span.endTimeUnixNano));
  fields(span.status, ['code'], ['message']);
  assert.ok([0, 1, 2].includes(span.status.code));
  checkAttributes(span.attributes);
}

/** All spans of a request's body, each with its service; throws where it is of another shape. */
export function read(body) {
  fields(body, ['resourceSpans']);
  return body.resourceSpans.flatMap(resourceSpans => {
    fields(resourceSpans, ['resource', 'scopeSpans']);
    fields(resourceSpans.resource, ['attributes']);
    checkAttributes(resourceSpans.resource.attributes);
    const service = resourceSpans.resource.attributes.find(({ key }) => key === 'service.name').value.stringValue;
    return resourceSpans.scopeSpans.flatMap(scopeSpans => {
      fields(scopeSpans, ['scope', 'spans']);
      assert.ok(scopeSpans.scope.name);
      assert.ok(scopeSpans.spans.length);
      scopeSpans.spans.forEach(checkSpan);
      return scopeSpans.spans.map(span => ({ ...span, service }));
    });
  });
}

/** { url, spans, errors, refuse: a status for the next requests, silent: they get no answer, until(condition), close() }; pages of that origin may send
 * too. @param {{ origin?: string }} options */
export async function startCollector({ origin = '' } = {}) {
  const collector = { url: '', spans: [], errors: [], headers: [], refuse: 0, silent: false, close: () => { server.close(); server.closeAllConnections(); }, until };
  const waiting = new Set();
  const server = http.createServer(async (request, response) => {
    if (origin) response.setHeader('Access-Control-Allow-Origin', origin);
    if (origin && request.method === 'OPTIONS') {
      response.writeHead(204, { 'Access-Control-Allow-Methods': 'POST', 'Access-Control-Allow-Headers': 'Content-Type' }).end();
      return;
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    collector.headers.push(request.headers);
    try {
      assert.deepEqual([request.method, request.url, request.headers['content-type']], ['POST', '/v1/traces', 'application/json']);
      if (!collector.refuse) collector.spans.push(...read(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))));
    } catch (error) {
      collector.errors.push(error);
    }
    for (const look of waiting) look();
    if (collector.silent) return;
    response.writeHead(collector.refuse || 200, { 'Content-Type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  collector.url = `http://127.0.0.1:${/** @type {any} */ (server.address()).port}/v1/traces`;
  // Until the condition holds, or something was of another shape.
  function until(condition) {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (collector.errors.length) reject(collector.errors[0]);
        else if (condition()) resolve(undefined);
        else return;
        waiting.delete(look);
      };
      waiting.add(look);
      look();
    });
  }
  return collector;
}
