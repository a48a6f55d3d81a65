// How answers are framed: the same on every host, as RFC 9110 and 9112 say. RAW_SERVE is the program of serve.c.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, start } from './client.mjs';

let server;
before(async () => { server = await start(process.env.RAW_SERVE); });
after(async () => {
  await server.stop();
  assert.equal(server.printed.at(-1), 'returned: 0', server.errors);
});

const SIZE = 'content-length';
const CODING = 'transfer-encoding';
/** Request line, more of its head or body; status, Content-Length ("": none), whether it is chunked, body, whether the
 * connection ends behind it. @type {any[][]} */
const cases = [
  ['GET /sends?size=3 HTTP/1.1', '', 200, '3', false, 'xxx', false],
  ['GET /sends?size=0 HTTP/1.1', '', 200, '0', false, '', false],
  ['HEAD /sends?size=3 HTTP/1.1', '', 200, '3', false, '', false],
  ['HEAD /sends?size=0 HTTP/1.1', '', 200, '0', false, '', false],
  ['GET /pieces HTTP/1.1', '', 200, '', true, 'xxxyyy', false],
  ['GET /pieces?sized=1 HTTP/1.1', '', 200, '6', false, 'xxxyyy', false],
  ['HEAD /pieces?sized=1 HTTP/1.1', '', 200, '6', false, '', false],
  ['HEAD /pieces HTTP/1.1', '', 200, '', 'any', '', 'any'],
  ['GET /no-content HTTP/1.1', '', 204, '', false, '', false],
  ['HEAD /no-content HTTP/1.1', '', 204, '', false, '', false],
  ['GET /sends?status=204&size=3 HTTP/1.1', '', 204, '', false, '', false],
  ['GET /pieces?status=204 HTTP/1.1', '', 204, '', false, '', false],
  ['GET /sends?status=304&size=3 HTTP/1.1', '', 304, '', false, '', false],
  ['GET /pieces?status=304 HTTP/1.1', '', 304, '', false, '', false],
  ['GET /sends?status=404&size=3 HTTP/1.1', '', 404, '3', false, 'xxx', false],
  ['POST /sends?size=3 HTTP/1.1', 'Content-Length: 5\r\n\r\nhello', 200, '3', false, 'xxx', false],
  ['POST /sends?size=3 HTTP/1.1', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n', 200, '3', false, 'xxx', false],
  ['POST /pieces HTTP/1.1', 'Content-Length: 0\r\n\r\n', 200, '', true, 'xxxyyy', false],
  ['OPTIONS /sends HTTP/1.1', '', 200, '3', false, 'xxx', false],
  ['OPTIONS * HTTP/1.1', '', 204, '', false, '', false],
  ['DELETE / HTTP/1.1', '', 405, 'any', false, 'any', false],
  ['GET /nowhere HTTP/1.1', '', 404, '9', false, 'Not Found', false],
  ['HEAD /nowhere HTTP/1.1', '', 404, '9', false, '', false],
  ['GET /sends?size=3 HTTP/1.1', 'Connection: close\r\n\r\n', 200, '3', false, 'xxx', true],
  ['GET /sends?size=3 HTTP/1.1', 'Connection: X, cLoSe\r\n\r\n', 200, '3', false, 'xxx', true],
  ['GET /pieces HTTP/1.1', 'Connection: close\r\n\r\n', 200, '', 'any', 'xxxyyy', true],
  ['GET /no-content HTTP/1.1', 'Connection: close\r\n\r\n', 204, '', false, '', true],
  ['GET /sends?size=3 HTTP/1.0', '', 200, '3', false, 'xxx', true],
  ['GET /sends?size=3 HTTP/1.0', 'Connection: keep-alive\r\n\r\n', 200, '3', false, 'xxx', false],
  ['HEAD /sends?size=3 HTTP/1.0', '', 200, '3', false, '', true],
  ['GET /pieces HTTP/1.0', '', 200, '', false, 'xxxyyy', true],
  ['GET /pieces HTTP/1.0', 'Connection: keep-alive\r\n\r\n', 200, '', false, 'xxxyyy', true],
  /* what no application can answer with */
  ['GET /status?status=100 HTTP/1.1', '', 500, '21', false, 'Internal Server Error', false],
  ['GET /status?status=101 HTTP/1.1', '', 500, '21', false, 'Internal Server Error', false],
  ['GET /pieces?status=103 HTTP/1.1', '', 500, '21', false, 'Internal Server Error', false],
  ['GET /sends?status=999 HTTP/1.1', '', 500, '21', false, 'Internal Server Error', false],
  /* refused by the server itself */
  ['GET /sends HTTP/1.1', 'Host: b\r\n\r\n', 400, 'any', false, 'any', true],
  ['GET /sends HTTP/1.1', 'Expect: more\r\n\r\n', 417, 'any', false, 'any', true],
  ['POST /sends HTTP/1.1', 'Transfer-Encoding: gzip\r\n\r\n', 501, 'any', false, 'any', true],
];

const only = (answer, name) => assert.equal(answer.fields.filter(field => field.toLowerCase().startsWith(`${name}:`)).length, 1, `${name} once: ${answer.fields}`);

function check(answer, /** @type {any[]} */ [, , status, size, chunked, body, ends], client, isOld) {
  assert.equal(answer.status, status);
  if (size !== 'any') assert.equal(answer.headers[SIZE] ?? '', size);
  if (chunked !== 'any') assert.equal(answer.headers[CODING] ?? '', chunked ? 'chunked' : '');
  if (body !== 'any') assert.equal(answer.body, body);
  assert.ok(!(answer.headers[SIZE] && answer.headers[CODING]), 'a size beside a coding');
  only(answer, 'date');
  assert.match(answer.headers.date, /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/);
  for (const name of new Set(answer.fields.map(field => field.split(':')[0].toLowerCase()))) only(answer, name);
  if (answer.body) only(answer, 'content-type');
  const says = /close/i.test(answer.headers.connection ?? '');
  if (ends === true && !isOld) assert.ok(says, 'Connection: close');
  if (ends === false) assert.ok(!says, 'Connection: close for one that is kept');
  if (ends === false && isOld) assert.match(answer.headers.connection, /keep-alive/i);
  assert.ok(answer.line.startsWith('HTTP/1.1 ') || answer.line.startsWith('HTTP/1.0 '), answer.line);
}

for (const one of cases) {
  const [line, rest, , , , , ends] = one;
  test(`${line}${rest && `, ${JSON.stringify(rest)}`}`, async () => {
    const client = new Client(server.port, line.startsWith('HEAD'));
    client.write(`${line}\r\nHost: a\r\n${rest || '\r\n'}`);
    if (ends === true) await client.ended();
    else await client.answered();
    const [answer] = client.final;
    assert.ok(answer, `no answer: ${client.text}`);
    check(answer, one, client, line.endsWith('1.0'));
    assert.equal(client.text.split('HTTP/1.').length, 2, client.text);
    if (ends === false) { // the next one has its answer
      client.head = false;
      client.text = '';
      client.write(`GET / HTTP/1.1\r\nHost: a\r\n\r\n`);
      await client.answered();
      assert.equal(client.final[0]?.body, 'hello', client.text);
    }
    client.destroy();
  });
}

/* 100 (Continue): to 1.1 alone, once, and not where the answer is there already. */
for (const [version, path, expected] of [['1.1', '/', [100, 200]], ['1.0', '/', [200]], ['1.1', '/sends', [200]]]) {
  test(`Expect: 100-continue with HTTP/${version} for ${path}`, async () => {
    const client = new Client(server.port);
    client.write(`POST ${path} HTTP/${version}\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n`);
    if (version === '1.1') await client.until(() => client.answers.length > 0 || client.closed, '100 or an answer');
    client.write('abc');
    await client.answered();
    assert.deepEqual(client.answers.map(answer => answer.status), expected);
    client.destroy();
  });
}
