// Attacks on the example `notes`, wherever it is served: attack(base, test, connect). `connect(...texts)` opens a
// socket and sends bytes, as { over, has, destroy }: over is a promise of all that came back, has(pattern) one of
// that; without it, in a page, what takes a socket is left out. After each attack the site goes on.
import assert from './assert.mjs';

const latin1 = text => Uint8Array.from(text, character => character.charCodeAt(0));

export async function attack(base, test, connect) {
  const ask = (path, options) => fetch(base + path, { redirect: 'manual', ...options });
  const post = (body, path = '/api/notes', headers = {}) => ask(path, { method: 'POST', body, headers });
  const put = (path, body, headers = {}) => ask(path, { method: 'PUT', body, headers });
  const host = new URL(base).host;
  const ids = async () => (await (await ask('/api/notes')).json()).map(({ id }) => id);

  // Refused with one of the statuses, and nothing was added; then a note is added, read and deleted.
  const refused = async (statuses, asked, what = '') => {
    const response = await asked;
    await response.text();
    assert.ok(statuses.includes(response.status), `${what}: ${response.status}`);
  };
  const works = async before => {
    assert.deepEqual(await ids(), before);
    const added = await post('{"title": "Still here"}');
    assert.equal(added.status, 201);
    const path = added.headers.get('location');
    assert.equal((await (await ask(path)).json()).title, 'Still here');
    assert.equal((await ask(path, { method: 'DELETE' })).status, 204);
  };
  const attacking = (name, run) => test(name, async () => {
    const before = await ids();
    await run();
    await works(before);
  });

  await attacking('JSON that nests', async () => {
    const nests = [
      '['.repeat(100_000) + ']'.repeat(100_000),
      '{"title":'.repeat(20_000) + '1' + '}'.repeat(20_000),
      `{"title": "x", "body": ${'['.repeat(6000)}${']'.repeat(6000)}}`,
      `{"title": "x", "more": ${'{"a":['.repeat(3000)}1${']}'.repeat(3000)}}`,
      '['.repeat(300_000),
      `{"title": "\\"", "a": ${'['.repeat(50_000)}`,
    ];
    for (const body of nests) await refused([400], post(body));
    for (const body of nests) await refused([400], put('/api/notes/1', body));
    const harmless = await post(JSON.stringify({ title: '[['.repeat(50), body: '{"\\'.repeat(1000), more: [[[[1]]]] }));
    assert.equal(harmless.status, 201);
    await ask(harmless.headers.get('location'), { method: 'DELETE' });
  });

  await attacking('JSON whose numbers grow: a text of them would be gigabytes', async () => {
    const many = Array.from({ length: 60_000 }, () => '1e131071').join();
    for (const value of [`[${many}]`, '1e131071', '1e9999999', '-0', 'true', 'null', '{}', '[]']) {
      await refused([400, 422], post(`{"title": "x", "body": ${value}}`), value.slice(0, 20));
      await refused([400, 422], post(`{"title": ${value}}`), value.slice(0, 20));
    }
  });

  await attacking('texts that are none', async () => {
    for (const json of ['{"title": "\\ud800"}', '{"title": "\\udc00x"}', '{"title": "\\u0000"}', '{"title": "x", "body": "a\\u0000b"}', '{"title": "x\xff"}',
      '{"title": "\xc0\xaf"}', '{"title": "\xed\xa0\x80"}', '{"title": "a\0b"}', '\xef\xbb\xbf{"title": "x"}', '', ' ', '{', 'nul', '"', '{"title": "x"} x', '{"title" "x"}']) {
      await refused([400], post(latin1(json)), JSON.stringify(json));
    }
    for (const json of ['[]', '7', '"x"', 'null', '{}', '{"title": ""}']) await refused([422], post(json), json);
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const form of ['title=%ff&body=', 'title=%c0%af&body=', 'title=%ed%a0%80&body=', 'title=a\0b&body=', 'title=x', '', '&&&', '=x']) {
      await refused([400], post(latin1(form), '/notes', type), form);
    }
    for (const query of ['%ff', '%c0%af', '%ed%a0%80']) await refused([400], ask(`/?q=${query}`), query);
    for (const query of ['%ff', '%ed%a0%80']) await refused([400], ask(`/api/notes?q=${query}`), query);
    for (const query of ['%00', '%', '%zz', '', '"', '\'', '-', 'or', '-or-', '"a" "b', encodeURIComponent('!&|<->:*()\\'), '%F0%9F%92%A9']) await refused([200], ask(`/?q=${query}`), query);
    await refused([400], ask(`/?q=${'a'.repeat(5000)}`));
    await refused([400], ask(`/api/notes?q=${'a+or+'.repeat(1000)}b`));
  });

  await attacking('multipart forms that are none', async () => {
    const part = (name, value, more = '') => `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
    const whole = part('title', 'x') + part('body', 'y');
    const send = (body, type = 'multipart/form-data; boundary=b') => post(latin1(body), '/notes', { 'content-type': type });
    const bad = {
      'no end': whole,
      'no parts': '',
      'no line ends': '--b--',
      'a file': `${part('title', 'x', '; filename="a"')}${part('body', 'y')}--b--\r\n`,
      'a NUL': `${part('title', 'a\0b')}${part('body', '')}--b--\r\n`,
      'a NUL in a name': `${part('ti\0tle', 'a')}${part('body', '')}--b--\r\n`,
      'no name': `--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n`,
      'no disposition': `--b\r\n\r\nx\r\n--b--\r\n`,
      'a long name': `${part('t'.repeat(300), 'x')}--b--\r\n`,
      'long headers': `--b\r\nX: ${'y'.repeat(20_000)}\r\n\r\nx\r\n--b--\r\n`,
      'too many parts': `${part('a', '').repeat(1001)}--b--\r\n`,
      'not text': `${part('title', '\xff')}${part('body', '')}--b--\r\n`,
    };
    for (const [what, body] of Object.entries(bad)) await refused([400], send(body), what);
    for (const type of ['multipart/form-data', 'multipart/form-data; boundary=', `multipart/form-data; boundary=${'b'.repeat(71)}`, 'multipart/mixed; boundary=b', 'text/plain', 'application/json']) {
      await refused([400], send(`${whole}--b--\r\n`, type), type);
    }
    await refused([413], send(part('title', 'x'.repeat(2_000_000))));
  });

  await attacking('ids that are none, and paths that lead out', async () => {
    for (const id of ['99999999999999999999', '9223372036854775808', '-1', '0', '1e0', '0x1', '1.0', '+1', '%201', '1%20', '%D9%A1', '%FF', '1;drop', '1%0d%0aSet-Cookie:x']) {
      await refused([404], ask(`/notes/${id}`), id);
      await refused([404], ask(`/api/notes/${id}`), id);
      await refused([404], ask(`/api/notes/${id}`, { method: 'DELETE' }), id);
      await refused([404], put(`/api/notes/${id}`, '{"title": "x"}'), id);
      await refused([404], post(new URLSearchParams({ title: 'x', body: '' }), `/notes/${id}`), id);
    }
    for (const path of ['/notes/%00', '/%2e%2e%2fetc/passwd', '/notes/%2F', '/notes/..%5Cx', '/%', '/style.css%00.html']) await refused([400], ask(path), path);
    for (const path of ['/style.css/', '//style.css', '/style.css/x', '/page/style.css', '/notes', '/metrics', '/.git/config', '/etc/passwd']) await refused([404, 405], ask(path), path);
  });

  await attacking('SQL and HTML stay texts', async () => {
    const texts = ['\'; drop table note; --', '$1', '%s%n%1000000d', '\\\'', '</textarea><script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '&lt;script&gt;', '\u0002<b>\u0003', '${7*7}{{7*7}}', '\u202e\u0000'.slice(0, 1)];
    for (const text of texts) {
      const added = await post(JSON.stringify({ title: text, body: text }));
      assert.equal(added.status, 201, text);
      const path = added.headers.get('location');
      const { title, body, id } = await (await ask(path)).json();
      assert.deepEqual([title, body], [text, text]);
      for (const page of [`/notes/${id}`, '/', `/?q=${encodeURIComponent(text)}`]) {
        const html = await (await ask(page)).text();
        assert.ok(!/<script>alert|<img|<b>/.test(html), `${page}: ${text}`);
      }
      await ask(path, { method: 'DELETE' });
    }
  });

  await test('two who change one note at once: the second is told, and loses nothing', async () => {
    const path = (await post('{"title": "Both", "body": "first"}')).headers.get('location');
    const page = path.replace('/api', '');
    const version = async () => /name="version" value="(\d+)"/.exec(await (await ask(page)).text())[1];
    const save = (body, seen) => post(new URLSearchParams({ title: 'Both', body, version: seen }), page);
    const seen = await version();
    await refused([303, 0], save('by one', seen)); // 0: a page is not shown where it is sent
    const conflict = await save('by <two>', seen);
    assert.equal(conflict.status, 409);
    const html = await conflict.text();
    for (const text of ['<pre>by one</pre>', '\nby &lt;two&gt;</textarea>', `value="${await version()}"`]) assert.ok(html.includes(text), text);
    assert.equal((await (await ask(path)).json()).body, 'by one');
    for (const other of ['-1', 'x', '99999999999999999999', `${seen} or 1=1`]) await refused([409], save('no', other), other);
    await refused([303, 0], save('by two', await version()));
    const tag = (await ask(path)).headers.get('etag');
    assert.equal((await put(path, '{"body": "three"}', { 'if-match': tag })).status, 200);
    for (const other of [tag, '"7"', 'x', '"x"', `W/${tag}`]) await refused([412], put(path, '{"body": "four"}', { 'if-match': other }), other);
    const long = (await post(JSON.stringify({ title: 'Long', body: 'words '.repeat(1000) }))).headers.get('location'); // compressed, so its tag is weak
    const weak = (await ask(long)).headers.get('etag');
    assert.equal((await put(long, '{"body": "short"}', { 'if-match': weak })).status, 200);
    await refused([412], put(long, '{"body": "none"}', { 'if-match': weak }), weak);
    const all = await Promise.all(Array.from({ length: 20 }, async () => put(path, '{"body": "five"}', { 'if-match': (await ask(path)).headers.get('etag') })));
    for (const response of all) assert.ok([200, 412].includes(response.status), String(response.status));
    for (const each of [path, long]) assert.equal((await ask(each, { method: 'DELETE' })).status, 204);
    await refused([404], save('gone', seen));
  });

  await test('every answer says what a browser may do', async () => {
    for (const [path, options] of /** @type {[string, object?][]} */ ([['/'], ['/notes/0'], ['/%'], ['/no'], ['/style.css'], ['/api/notes'], ['/api/notes/0'], ['/api/notes', { method: 'PATCH' }], ['/api/notes', { method: 'POST', body: 'x'.repeat(1 << 21) }]])) {
      const { headers } = await ask(path, options);
      assert.match(headers.get('content-security-policy'), /default-src 'self'.*frame-ancestors 'none'/, path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin', path);
      assert.match(headers.get('cache-control'), /no-cache/, path);
    }
  });

  if (!connect) return;
  const request = (line, headers = [], body = '') => `${line} HTTP/1.1\r\nConnection: close\r\n${[...headers, ...(body && [`Content-Length: ${body.length}`])].map(header => `${header}\r\n`).join('')}\r\n${body}`;
  const raw = async (...args) => {
    const answer = await connect(request(...args)).over;
    assert.match(answer, /^HTTP\/1\.1 \d{3} /, JSON.stringify(args));
    return Number(answer.slice(9, 12));
  };

  await attacking('other names that lead here', async () => {
    const [name, port] = host.split(':');
    for (const evil of ['evil.example', `evil.example:${port}`, 'localhost.evil.example', `127.0.0.1.nip.io:${port}`, '127.1', '0.0.0.0', '[::1]', '0x7f.1', 'localhost.']) {
      for (const line of ['GET /', 'GET /api/notes', 'GET /nothing', 'GET /api/changes', 'OPTIONS *']) assert.equal(await raw(line, [`Host: ${evil}`]), 421, `${evil}, ${line}`);
      assert.equal(await raw('POST /api/notes', [`Host: ${evil}`, `Origin: http://${evil}`, 'Sec-Fetch-Site: same-origin'], '{"title": "Rebound"}'), 421, evil);
    }
    assert.equal(await raw('GET http://evil.example/', [`Host: ${host}`]), 421);
    const answer = await connect(request('GET /', ['Host: evil.example'])).over;
    assert.match(answer, /\r\nContent-Security-Policy: [^]*\r\nX-Content-Type-Options: nosniff\r\n/);
    for (const own of [host, name, `localhost:${port}`, 'LOCALHOST']) assert.equal(await raw('GET /', [`Host: ${own}`]), 200, own);
  });

  await attacking('changes that other sites\' pages ask for', async () => {
    const title = '{"title": "Forged"}';
    const foreign = [
      ['Origin: null'], ['Origin: https://evil.example'], [`Origin: http://${host}.evil.example`], ['Origin: '], [`Origin: ${host}`], [`Origin: http://evil.example/http://${host}`],
      [`Origin: http://user@${host}`], [`Origin: http://${host}`, 'Origin: https://evil.example'], ['Origin: https://evil.example', `Origin: http://${host}`],
      [`Origin: http://${host}, https://evil.example`], ['Sec-Fetch-Site: cross-site'], ['Sec-Fetch-Site: same-site'], ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: cross-site'],
      ['Sec-Fetch-Site: '], [`Origin: http://${host}`, 'Sec-Fetch-Site: cross-site'], ['Referer: https://evil.example/'], [`Referer: http://${host}.evil.example/`], [`Referer: http://evil.example/?http://${host}/`],
    ];
    for (const headers of foreign) {
      for (const type of ['text/plain', 'application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=b']) {
        assert.equal(await raw('POST /api/notes', [`Host: ${host}`, 'Cookie: a=b', `Content-Type: ${type}`, ...headers], title), 403, headers.join());
      }
      assert.equal(await raw('DELETE /api/notes/1', [`Host: ${host}`, ...headers]), 403, headers.join());
      assert.equal(await raw('POST /notes/1/delete', [`Host: ${host}`, ...headers]), 403, headers.join());
      assert.equal(await raw('GET /api/changes', [`Host: ${host}`, ...headers]), 403, headers.join());
    }
    for (const headers of [[`Origin: http://${host}`], ['Sec-Fetch-Site: none'], [`Referer: http://${host}/notes/1`], []]) {
      assert.equal(await raw('DELETE /api/notes/0', [`Host: ${host}`, ...headers]), 404, headers.join());
    }
  });

  await attacking('more streams and more slow bodies than there are workers', async () => {
    const head = `POST /api/notes HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100\r\n\r\n{"title": "Slow`;
    const streams = Array.from({ length: 220 }, () => connect(`GET /api/changes HTTP/1.1\r\nHost: ${host}\r\n\r\n`));
    const bodies = Array.from({ length: 220 }, () => connect(head));
    await Promise.all(streams.map(stream => stream.has(/ 200 OK\r\n/)));
    assert.equal((await ask('/')).status, 200);
    for (const socket of [...streams, ...bodies]) socket.destroy();
  });

  await attacking('paths that lead out, as they are', async () => {
    for (const path of ['/../etc/passwd', '/./', '/a/../../etc/passwd', '/%2e%2e/etc/passwd', '/style.css/..', '/\\..\\x', '/\xff', '/#x']) {
      assert.equal(await raw(`GET ${path}`, [`Host: ${host}`]), 400, path);
    }
  });
}
