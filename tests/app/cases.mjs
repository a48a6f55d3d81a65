// The one table of application tests: what any host of application.c must answer, asked over HTTP with
// fetch() and, where there are sockets, with bytes. It needs neither Node nor a test runner, so that a
// page can ask a service worker by it:
//
//   import { cases, run } from './cases.mjs';
//   const results = await run({ base: 'http://127.0.0.1:8000' });     // [{ name, error }]
//
// The context: `base`, without a '/' at the end; `fetch`, if not the global one; `connect(bytes)`, a
// function that sends bytes on a socket and gives all that comes back until the server closes, as a
// binary string, where there is one; and what this host cannot do: `lacks`, a list of the names below.
//   cookies    a page cannot set Cookie nor see Set-Cookie
//   no-...     the opposite: the host can
//   latin-1    header values beyond ASCII come as other ones
//   cancel     a client that goes away before its answer has begun is not noticed
//   peer       there is no address
//   files      there is no file system
//   slow-head  fetch() shows the head with the first piece of the body only
import { coded } from './coded.mjs';
import { answers, equal, firstPiece, letters, match } from './expect.mjs';

const total = text => [...text].reduce((sum, c) => sum + c.charCodeAt(0), 0);

async function until(condition) {
  for (let i = 0; i < 1200; i++) {
    if (await condition()) return;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error('it did not happen in 60 s');
}

const inFlight = async ask => Number(/^greenio_http_requests_in_flight (\d+)$/m.exec(await (await ask('/metrics')).text())[1]);

// { name, needs: what the host must not lack, run(ask, context) }; ask is fetch() below the base.
export const cases = [];
const test = (name, run, ...needs) => cases.push({ name, needs, run });

test('a text', async ask => {
  const response = await ask('/hello');
  equal(response.headers.get('content-type'), 'text/plain; charset=utf-8');
  equal(response.headers.get('x-served-by'), 'greenio');
  await answers(response, 200, 'hello');
});
test('many requests, one after the other', async ask => {
  for (let i = 0; i < 50; i++) await answers(await ask('/hello'), 200, 'hello');
});
test('many requests at once', async ask => {
  const all = Array.from({ length: 60 }, () => ask('/slow?ms=5'));
  for (const response of await Promise.all(all)) await answers(response, 200, 'slow');
});
test('more waiting requests than workers', async ask => {
  const all = Array.from({ length: 50 }, (_, i) => ask(`/slow?ms=${i % 7}`));
  for (const response of await Promise.all(all)) await answers(response, 200, 'slow');
});
test('the trace context of the request', async ask => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736', own = /^00-([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-0[0-3] (.*)$/;
  const shown = async headers => own.exec(await (await ask('/trace', { headers })).text());
  const taken = await shown({ traceparent: `00-${trace}-00f067aa0ba902b7-01`, tracestate: 'a=1' });
  equal(taken[1], trace);
  equal(taken[2], 'a=1');
  equal(taken[0].includes('00f067aa0ba902b7'), true); // nobody observes
  for (const headers of [{}, { traceparent: `ff-${trace}-00f067aa0ba902b7-01`, tracestate: 'a=1' }]) {
    const begun = await shown(headers);
    equal(begun[1] === trace, false);
    equal(begun[2], '');
  }
});
test('HEAD is answered by GET', async ask => {
  const response = await ask('/hello', { method: 'HEAD' });
  await answers(response, 200, '');
  equal(response.headers.get('content-type'), 'text/plain; charset=utf-8');
});
test('HEAD of everything', async (ask, { lacks = [] }) => {
  const all = ['/large?size=0', '/large?size=100000', '/stream?pieces=3&size=26', '/stream?pieces=3&size=26&known=1', '/events', '/watch', '/files/digits.txt', '/files/letters.bin', '/tagged', '/metrics', '/redirect', '/cookies/show'];
  const isThere = path => !lacks.includes('files') || !path.startsWith('/files/');
  for (const path of all.filter(isThere)) await answers(await ask(path, { method: 'HEAD' }), 200, '');
  await answers(await ask('/fail', { method: 'HEAD' }), 500, '');
  await answers(await ask('/nothing', { method: 'HEAD' }), 404, '');
  if (isThere('/files/')) await answers(await ask('/files/letters.bin', { method: 'HEAD', headers: { Range: 'bytes=-100000' } }), 200, ''); // which is for GET alone
  await answers(await ask('/hello'), 200, 'hello');
});
test('OPTIONS', async ask => {
  const response = await ask('/notes/7', { method: 'OPTIONS' });
  await answers(response, 204, '');
  equal(response.headers.get('allow'), 'OPTIONS, HEAD, GET, PUT');
});
test('404', async ask => answers(await ask('/nothing/here'), 404, 'Not Found'));
test('405 with Allow', async ask => {
  const response = await ask('/notes/7', { method: 'DELETE' });
  await answers(response, 405);
  equal(response.headers.get('allow'), 'OPTIONS, HEAD, GET, PUT');
});
test('500, and the server goes on', async ask => {
  await answers(await ask('/fail'), 500, 'Internal Server Error');
  await answers(await ask('/hello'), 200, 'hello');
});
test('parameters', async ask => {
  await answers(await ask('/notes/a%20b%C3%A4'), 200, 'note a b\u00e4');
  await answers(await ask('/rest/a/b/c.txt'), 200, 'rest a/b/c.txt');
  await answers(await ask('/rest/'), 200, 'rest ');
});
test('paths that are refused', async ask => {
  for (const path of ['/%00', '/a%2Fb', '/a%5Cb', '/%', '/%zz']) await answers(await ask(path), 400);
});
test('the query and the headers', async ask => {
  const body = await answers(await ask('/show/x%20y?a=1+2&b=%C3%A4&c', { headers: { 'X-One': 'one' } }), 200);
  match(body, /^GET \/show\/x y\n\?a=1 2\n\?b=\u00e4\n\?c=\n/);
  match(body, /^x-one: one$/im);
});
test('methods', async ask => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    match(await answers(await ask('/show', { method }), 200), new RegExp(`^${method} /show\n`));
  }
});

test('a body', async ask => {
  for (const size of [0, 1, 1000, 65536, 100000]) {
    const body = letters(size);
    await answers(await ask('/body', { method: 'POST', body }), 200, body);
  }
});
test('a binary body', async ask => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const response = await ask('/body', { method: 'PUT', body: bytes });
  equal(new Uint8Array(await response.arrayBuffer()).join(), bytes.join());
});
test('a body over the limit is 413', async ask => {
  await answers(await ask('/body', { method: 'POST', body: letters(100001) }), 413, 'Content Too Large');
  await answers(await ask('/hello'), 200, 'hello');
});
test('a large body in pieces', async ask => {
  const body = letters(1000000);
  await answers(await ask('/sum', { method: 'POST', body }), 200, `1000000 ${total(body)}`);
});
test('a body that is not read', async ask => {
  await answers(await ask('/deaf', { method: 'POST', body: letters(1000) }), 403);
  await answers(await ask('/hello'), 200, 'hello');
});
test('a form', async ask => {
  const body = new URLSearchParams([['name', 'a b\u00e4'], ['text', 'x=1&y'], ['name', 'again']]);
  await answers(await ask('/form', { method: 'POST', body }), 200, '3 name=a b\u00e4 text=x=1&y');
});
test('a multipart form', async ask => {
  const body = new FormData();
  body.append('name', 'a\u00e4');
  body.append('text', 'one\r\ntwo');
  await answers(await ask('/form', { method: 'POST', body }), 200, '2 name=a\u00e4 text=one\r\ntwo');
});
test('a body that is no form is 400', async ask => {
  await answers(await ask('/form', { method: 'POST', body: 'a=1' }), 400);
  const headers = { 'Content-Type': 'multipart/form-data; boundary=b' };
  await answers(await ask('/form', { method: 'POST', headers, body: '--b\r\nno' }), 400);
});
test('an upload', async ask => {
  const body = new FormData();
  const content = letters(200000);
  body.append('title', 'mine');
  body.append('file', new Blob([content], { type: 'image/png' }), 'a b.png');
  const text = await answers(await ask('/upload', { method: 'POST', body }), 200);
  equal(text, `title - - 4 ${total('mine')}\nfile a b.png image/png 200000 ${total(content)}\n`);
});
test('a body and an answer at once', async ask => {
  const body = letters(300000);
  await answers(await ask('/pipe', { method: 'POST', body }), 200, body);
});

test('statuses', async ask => {
  for (const status of [200, 201, 404, 418, 503]) match(await answers(await ask(`/status/${status}`), status), /^\d{3} /);
  await answers(await ask('/status/204'), 204, '');
  await answers(await ask('/status/999'), 500);
});

// Each status of an answer, made in each way: there is a body where the status has one, and the connection's
// next answer is right.
const bodiless = [204, 205, 304];
const made = { whole: 'whole', given: 'given', pieces: 'pieces', known: 'pieces' };
const each = [200, 201, 202, 203, 204, 205, 206, 207, 226, 299, 300, 304, 305, 306, 400, 401, 404, 405, 411, 413, 416, 418, 421, 499, 500, 503, 511, 599];
for (const how of Object.keys(made)) {
  test(`every status, ${how}`, async ask => {
    for (const status of each) {
      const path = `/status/${status}?how=${how}`;
      await answers(await ask(path, { cache: 'no-store' }), status, bodiless.includes(status) ? '' : made[how]);
      await answers(await ask(path, { method: 'HEAD', cache: 'no-store' }), status, '');
    }
    await answers(await ask('/hello'), 200, 'hello');
  });
}
test('statuses that cannot be are 500', async ask => {
  for (const status of [0, 100, 101, 103, 199, 600, 999, 1204, -204]) {
    for (const how of Object.keys(made)) await answers(await ask(`/status/${status}?how=${how}`), 500);
  }
});
test('a response that response middleware replaces, by one without a body and by one in pieces', async ask => {
  for (const how of Object.keys(made)) {
    for (const status of bodiless) {
      await answers(await ask(`/status/200?how=${how}&instead=${status}`, { cache: 'no-store' }), status, '');
      await answers(await ask(`/status/${status}?how=${how}&instead=200`), 200, 'instead');
      await answers(await ask(`/status/200?how=${how}&instead=${status}&by=pieces`, { cache: 'no-store' }), status, '');
    }
    await answers(await ask(`/status/204?how=${how}&instead=200&by=pieces`), 200, 'pieces');
  }
  await answers(await ask('/hello'), 200, 'hello');
});
test('a large answer', async ask => answers(await ask('/large?size=1000000'), 200, letters(1000000)));
test('an empty answer', async ask => answers(await ask('/large?size=0'), 200, ''));
test('an answer in pieces', async ask => {
  await answers(await ask('/stream?pieces=50&size=26'), 200, letters(26).repeat(50));
  await answers(await ask('/stream?pieces=30&size=26000'), 200, letters(26000).repeat(30));
  await answers(await ask('/stream?pieces=5&size=26&wait=5'), 200, letters(26).repeat(5));
  await answers(await ask('/stream?pieces=0&size=0'), 200, '');
});
test('an answer in pieces of a known size', async ask => {
  const response = await ask('/stream?pieces=20&size=26000&known=1');
  await answers(response, 200, letters(26000).repeat(20));
});
test('an answer that fails on its way is broken off', async ask => {
  let broken = false;
  try {
    await (await ask('/stream?pieces=2&size=26&wait=5&fail=1')).text();
  } catch {
    broken = true;
  }
  equal(broken, true, 'broken');
  await answers(await ask('/hello'), 200, 'hello');
});
test('an answer comes as it is written', async ask => firstPiece(letters(26), async () => {
  const response = await ask('/stream?pieces=2&size=26&wait=300');
  const reader = response.body.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return new TextDecoder().decode(value);
}));

test('events', async ask => {
  const response = await ask('/events');
  equal(response.headers.get('content-type'), 'text/event-stream');
  equal(response.headers.get('cache-control'), 'no-cache');
  const event = (id, ...lines) => `event: count\nid: ${id}\n${lines.map(line => `data: ${line}\n`).join('')}\n`;
  await answers(response, 200, event(1, 'a line') + event(2, 'two', 'lines') + event(3, 'a line'));
});
test('events from the last one on', async ask => {
  await answers(await ask('/events', { headers: { 'Last-Event-ID': '2' } }), 200,
    'event: count\nid: 3\ndata: a line\n\n');
});
test('heartbeats', async ask => {
  match(await answers(await ask('/events?wait=400', { headers: { 'Last-Event-ID': '3' } }), 200), /^(:\n\n)+$/);
});

test('more events than workers, and more than may be', async ask => {
  const open = [];
  const before = await inFlight(ask);
  for (let i = 0; i < 30; i++) { // of 20 workers
    const response = await ask('/watch');
    equal(response.status, 200);
    const reader = response.body.getReader();
    open.push(reader);
    // heartbeats may have come by the time that it is read
    if (i === 0) match(new TextDecoder().decode((await reader.read()).value), /^retry: 7\ndata: begun\n\n(?::\n\n)*$/);
  }
  await answers(await ask('/hello'), 200, 'hello');
  await answers(await ask('/watch'), 503, 'Service Unavailable');
  await Promise.all(open.map(reader => reader.cancel()));
  const gone = async () => (await inFlight(ask)) === before;
  await until(gone);
  const again = await ask('/watch');
  equal(again.status, 200);
  await again.body.cancel();
  await until(gone);
});

test('a file', async ask => {
  const response = await ask('/files/digits.txt');
  equal(response.headers.get('content-type'), 'text/plain; charset=utf-8');
  equal(response.headers.get('accept-ranges'), 'bytes');
  await answers(response, 200, '0123456789');
}, 'files');
test('the index of a folder', async ask => answers(await ask('/files/'), 200, '<p>index'), 'files');
test('a large file', async ask => answers(await ask('/files/letters.bin'), 200, letters(300000)), 'files');
test('a part of a file', async ask => {
  const response = await ask('/files/digits.txt', { headers: { Range: 'bytes=2-4' } });
  equal(response.headers.get('content-range'), 'bytes 2-4/10');
  await answers(response, 206, '234');
  await answers(await ask('/files/letters.bin', { headers: { Range: 'bytes=-100000' } }), 206,
    letters(300000).slice(-100000));
  await answers(await ask('/files/digits.txt', { headers: { Range: 'bytes=10-' } }), 416);
}, 'files');
test('a file that the client has', async ask => {
  const first = await ask('/files/digits.txt');
  await answers(first, 200);
  const headers = { 'If-None-Match': first.headers.get('etag') };
  await answers(await ask('/files/digits.txt', { headers, cache: 'no-store' }), 304, '');
}, 'files');
test('files that are not there', async ask => {
  for (const path of ['no', '.hidden', 'digits.txt/', 'digits.txt/x', '/digits.txt', '...', '..%5Cx']) {
    const { status } = await ask(`/files/${path}`);
    equal(status === 404 || status === 400, true, `${path}: ${status}`);
  }
}, 'files');
test('a tag of the program', async ask => {
  const response = await ask('/tagged');
  equal(response.headers.get('etag'), '"v1"');
  await answers(response, 200, 'tagged');
  await answers(await ask('/tagged', { headers: { 'If-None-Match': '"v1"' }, cache: 'no-store' }), 304, '');
});
test('a redirect', async ask => answers(await ask('/redirect'), 200, 'hello'));
test('a header beyond ASCII', async ask => {
  equal((await ask('/inject?value=%C3%A4%FF')).headers.get('x-value'), '\u00c3\u00a4\u00ff');
}, 'latin-1');
test('an empty header, and one with a blank', async ask => {
  equal((await ask('/inject?value=')).headers.get('x-value'), '');
  equal((await ask('/inject?value=a%09b')).headers.get('x-value'), 'a\tb');
});
test('the headers that every answer has', async ask => {
  const asked = [['/hello'], ['/nothing'], ['/notes/7', 'DELETE'], ['/notes/7', 'OPTIONS'], ['/%zz'], ['/fail'], ['/status/304'], ['/stream?pieces=1&size=2'], ['/body', 'POST', letters(100001)]];
  for (const [path, method = 'GET', body] of asked) {
    const response = await ask(path, { method, body, cache: 'no-store' });
    equal(response.headers.get('x-content-type-options'), 'nosniff', path);
    await response.text();
  }
});
test('a header that would be two', async ask => {
  await answers(await ask('/inject?value=a%0D%0AX-Evil:%201'), 400, 'refused');
  const response = await ask('/inject?value=fine');
  equal(response.headers.get('x-value'), 'fine');
  equal(response.headers.get('x-evil'), null);
  await answers(response, 200, 'set');
});
test('cookies that cannot be set fail', async ask => answers(await ask('/cookies/set'), 500), 'no-cookies');
test('cookies that are set', async ask => {
  const response = await ask('/cookies/set');
  await answers(response, 200, 'set');
  equal(response.headers.getSetCookie().join('\n'),
    'a=1; Path=/; SameSite=Lax; HttpOnly\nb=2; Path=/; Max-Age=60; SameSite=Lax; HttpOnly');
}, 'cookies');
test('cookies that are sent', async ask => {
  await answers(await ask('/cookies/show', { headers: { Cookie: 'b=2; a="x y"' } }), 200, 'a=x y b=2');
}, 'cookies');
test('metrics', async ask => {
  const body = await answers(await ask('/metrics'), 200);
  match(body, /^greenio_http_requests_total\{method="GET",class="2xx"\} \d+$/m);
  match(body, /^greenio_http_requests_in_flight 1$/m);
});

test('a client that goes away cancels its task', async ask => {
  const count = async () => Number(await (await ask('/cancelled')).text());
  const before = await count();
  const controller = new AbortController();
  const response = ask('/wait', { signal: controller.signal }).then(() => 'an answer', () => 'gone');
  await answers(await ask('/slow?ms=50'), 200);
  controller.abort();
  equal(await response, 'gone');
  await until(async () => await count() === before + 1);
}, 'cancel');
test('a client that goes away from a stream', async ask => {
  const before = await inFlight(ask);
  const response = await ask('/stream?pieces=1000000&size=2600');
  const reader = response.body.getReader();
  await reader.read();
  await reader.cancel();
  await until(async () => (await inFlight(ask)) === before);
});
test('the client\'s address', async ask => answers(await ask('/peer'), 200, '4 127.0.0.1'), 'peer');
test('no address of a client', async ask => answers(await ask('/peer'), 200, '0 '), 'no-peer');
test('a request over a socket', async (ask, { connect }) => {
  const answer = await connect('GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  match(answer, /\r\nContent-Length: 5\r\n/i);
  match(answer, /\r\nDate: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r\n/i);
  match(answer, /\r\n\r\nhello$/);
}, 'sockets');
test('a chunked body over a socket', async (ask, { connect }) => {
  const answer = await connect('POST /body HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' +
    'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n');
  match(answer, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nabcde$/);
}, 'sockets');
test('HEAD over a socket has a length and no body', async (ask, { connect }) => {
  const answer = await connect('HEAD /large?size=77 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  match(answer, /^HTTP\/1\.1 200 OK\r\n[^]*Content-Length: 77\r\n/i);
  equal(answer.indexOf('\r\n\r\n'), answer.length - 4, 'the end of the head');
}, 'sockets');
test('statuses without a body over a socket: the next answer begins behind the head', async (ask, { connect }) => {
  for (const status of bodiless) {
    for (const how of Object.keys(made)) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await connect(`${method} /status/${status}?how=${how} HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
        match(answer, new RegExp(`^HTTP/1\\.1 ${status} [^\r]+\r\n([^\r]+\r\n)+\r\nHTTP/1\\.1 200 OK\r\n[^]*\r\n\r\nhello$`));
        const [head] = answer.split('\r\n\r\n');
        equal(/\r\nTransfer-Encoding:/i.test(head), false, `${status} ${how} ${method}: chunks`);
        const length = /\r\nContent-Length: (\d+)/i.exec(head)?.[1] ?? 'none';
        match(length, { 204: /^none$/, 205: /^0$/, 304: /^(none|0)$/ }[status]);
      }
    }
  }
}, 'sockets');
test('hosts over a socket', async (ask, { connect }) => {
  const get = (host, target = '/hello') => connect(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  for (const host of ['x', 'X:80', 'localhost:8080', '[::1]:99']) match(await get(host), /^HTTP\/1\.1 200 /);
  match(await get('x', 'http://app.example/hello'), /^HTTP\/1\.1 200 /);
  for (const answer of [await get('evil.example'), await get('x.evil.example'), await get('x', 'http://evil.example/nothing'), await get('x', 'http://evil.example/hello'), await get('evil.example', '/nothing')]) {
    match(answer, /^HTTP\/1\.1 421 [^]*\r\nX-Content-Type-Options: nosniff\r\n[^]*\r\n\r\nMisdirected Request$/);
  }
}, 'sockets');
test('the headers that every answer has over a socket, also where the server refuses by itself', async (ask, { connect }) => {
  const refused = [
    [400, 'GET /hello HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n'],
    [501, 'POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    [431, `GET /hello HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(200)}\r\n`],
  ];
  // Newer Nodes count headers themselves, and say no more than the status.
  const own = /^HTTP\/1\.1 431 [^\r]+\r\nConnection: close\r\n\r\n$/;
  for (const [status, bytes] of refused) {
    const answer = await connect(bytes);
    if (!own.test(answer)) match(answer, new RegExp(`^HTTP/1\\.1 ${status} [^]*\r\nX-Content-Type-Options: nosniff\r\n`));
  }
}, 'sockets');
test('dot segments over a socket', async (ask, { connect }) => {
  for (const target of ['/files/../files/digits.txt', '/files/%2e%2e/x', '/./hello', '//../x']) {
    match(await connect(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`), /^HTTP\/1\.1 400 /);
  }
}, 'sockets');

cases.push(...coded);

// Runs the cases that the host can do, one after the other: [{ name, error }], error undefined if it passed;
// those it cannot do have `skipped`.
export async function run(context) {
  const { base, fetch = globalThis.fetch, connect, lacks = [] } = context;
  const missing = connect ? lacks : [...lacks, 'sockets'];
  const ask = (path, init) => fetch(base + path, init);
  const results = [];
  for (const { name, needs, run: body } of cases) {
    const skipped = needs.find(need => missing.includes(need));
    let error;
    if (!skipped) await body(ask, context).catch(reason => { error = reason; });
    results.push({ name, error, skipped });
  }
  return results;
}
