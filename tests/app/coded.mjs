// Cases of the table in cases.mjs: answers that are compressed, and tags.
import { answers, equal, firstPiece, letters, match } from './expect.mjs';

export const coded = [];
const test = (name, run, ...needs) => coded.push({ name, needs, run });

const latin1 = text => Uint8Array.from(text, c => c.charCodeAt(0));
const inflate = async text => new Response(new Blob([latin1(text)]).stream().pipeThrough(new DecompressionStream('gzip'))).text();

function unchunk(text) {
  let body = '';
  for (let at = 0; ;) {
    const end = text.indexOf('\r\n', at);
    const size = parseInt(text.slice(at, end), 16);
    if (!size) return body;
    body += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

/* { status, headers: by name in lower case, body } of what came on a socket. */
async function bare({ connect }, path, headers = {}, method = 'GET') {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const text = await connect(`${method} ${path} HTTP/1.1\r\nHost: x\r\n${lines}Connection: close\r\n\r\n`);
  const end = text.indexOf('\r\n\r\n');
  const [first, ...rest] = text.slice(0, end).split('\r\n');
  const found = {};
  for (const line of rest) {
    const [, name, value] = /^([^:]+): ?(.*)$/.exec(line);
    found[name.toLowerCase()] = name.toLowerCase() in found ? `${found[name.toLowerCase()]}, ${value}` : value;
  }
  const body = text.slice(end + 4);
  return { status: Number(first.split(' ')[1]), headers: found, body: found['transfer-encoding'] === 'chunked' && method !== 'HEAD' ? unchunk(body) : body };
}

test('what is compressed on the way reads as it was written', async (ask, { lacks = [] }) => {
  await answers(await ask('/coded/large?size=5000'), 200, letters(5000));
  await answers(await ask('/coded/stream?pieces=30&size=2600'), 200, letters(78000));
  if (!lacks.includes('files')) await answers(await ask('/coded/files/letters.txt'), 200, letters(300000));
  await answers(await ask('/coded/hello'), 200, 'hello');
  await answers(await ask('/coded/nothing'), 404);
});
test('a whole body by gzip', async (ask, context) => {
  const got = await bare(context, '/coded/large?size=5000', { 'Accept-Encoding': 'gzip, deflate' });
  equal(got.status, 200);
  equal(got.headers['content-encoding'], 'gzip');
  equal(got.headers.vary, 'Accept-Encoding');
  equal(got.headers['content-length'], String(got.body.length));
  equal(got.body.length < 1000, true, 'it is smaller');
  match(got.headers.etag, /^W\/"1388-[0-9a-f]{16}"$/);
  equal(await inflate(got.body), letters(5000));
  const head = await bare(context, '/coded/large?size=5000', { 'Accept-Encoding': 'gzip, deflate' }, 'HEAD');
  for (const name of ['content-encoding', 'vary', 'content-length', 'etag']) equal(head.headers[name], got.headers[name], name);
  equal(head.body, '');
}, 'sockets');
test('the coding is what the client likes best and the server has', async (ask, context) => {
  const expected = {
    'gzip': 'gzip', 'GZIP;q=1.0': 'gzip', '*': 'any', 'gzip;q=0.5, identity;q=0.1': 'gzip', 'identity;q=0, gzip;q=0.001': 'gzip',
    'br;q=0.1, gzip;q=0.9': 'gzip', 'br;q=0, *': 'gzip', '': undefined, 'identity': undefined, 'gzip;q=0': undefined, '*;q=0': undefined,
    'gzip;q=0, *;q=0': undefined, 'gzip;q=0.5, identity': undefined, 'deflate, zstd': undefined, 'gzip;q=2': undefined, 'gzip;q=x': undefined,
    'xgzip, gzipx': undefined,
  };
  for (const [accept, coding] of Object.entries(expected)) {
    const got = await bare(context, '/coded/large?size=5000', { 'Accept-Encoding': accept });
    if (coding === 'any') match(got.headers['content-encoding'], /^(gzip|br)$/);
    else equal(got.headers['content-encoding'], coding, accept);
    equal(got.headers.vary, 'Accept-Encoding', accept);
    match(got.headers.etag, coding ? /^W\/"/ : /^"/);
    if (!coding) equal(got.body, letters(5000), accept);
  }
  const without = await bare(context, '/coded/large?size=5000');
  equal(without.body, letters(5000));
}, 'sockets');
test('a body in pieces by gzip, each of which can be read when it has come', async (ask, context) => {
  const got = await bare(context, '/coded/stream?pieces=3&size=26000&known=1', { 'Accept-Encoding': 'br, gzip' });
  equal(got.headers['content-encoding'], 'gzip');
  equal(got.headers['content-length'], undefined, 'Content-Length');
  equal(await inflate(got.body), letters(78000));
  await firstPiece(2600, async () => {
    const response = await ask('/coded/stream?pieces=2&size=2600&wait=500', { headers: { 'Accept-Encoding': 'gzip' } });
    const reader = response.body.getReader();
    let size = 0;
    while (size < 2600) size += (await reader.read()).value.length;
    while (!(await reader.read()).done);
    return size;
  });
  const head = await bare(context, '/coded/stream?pieces=3&size=26&known=1', { 'Accept-Encoding': 'gzip' }, 'HEAD');
  equal(head.headers['content-length'], '78', 'too small');
}, 'sockets');
test('what is left as it is', async (ask, context) => {
  const accept = { 'Accept-Encoding': 'gzip, br' };
  for (const path of ['/coded/hello', '/coded/events', '/coded/files/letters.bin', '/coded/kept?size=5000&cache=no-transform', '/coded/kept?size=5000&cache=max-age=9,%20No-Transform', '/large?size=5000']) {
    const got = await bare(context, path, accept);
    equal(got.status, 200);
    equal(got.headers['content-encoding'], undefined, path);
    equal(got.headers.vary, undefined, path);
  }
}, 'sockets');
test('a body that breaks off is not ended as gzip either', async (ask, context) => {
  const got = await bare(context, '/coded/stream?pieces=3&size=2600&fail=1', { 'Accept-Encoding': 'gzip' }).catch(() => ({ body: '' }));
  let error;
  await inflate(got.body).catch(reason => { error = reason; });
  equal(error !== undefined, true, 'it is whole');
}, 'sockets');
test('tags of whole bodies', async (ask, context) => {
  const path = '/coded/large?size=5000';
  for (const accept of ['', 'gzip']) {
    const headers = { 'Accept-Encoding': accept };
    const first = await bare(context, path, headers);
    const { etag } = first.headers;
    for (const tags of [etag, `"x", ${etag}`, '*', etag.replace('W/', ''), `W/${etag.replace('W/', '')}`]) {
      for (const method of ['GET', 'HEAD']) {
        const got = await bare(context, path, { ...headers, 'If-None-Match': tags }, method);
        equal(got.status, 304, tags);
        equal(got.headers.etag, etag);
        equal(got.headers.vary, 'Accept-Encoding');
        equal(got.headers['content-type'], undefined);
        equal(got.headers['content-encoding'], undefined);
        equal(got.body, '');
      }
    }
    equal((await bare(context, path, { ...headers, 'If-None-Match': '"x", W/"y"' })).status, 200);
    equal((await bare(context, '/coded/large?size=5001', { ...headers, 'If-None-Match': etag })).status, 200);
  }
  equal((await bare(context, '/coded/hello')).headers.etag, (await bare(context, '/coded/hello')).headers.etag);
  equal((await bare(context, '/coded/kept?size=50&cache=no-store')).headers.etag, undefined);
  equal((await bare(context, '/coded/nothing')).headers.etag, undefined);
  equal((await bare(context, '/coded/stream?pieces=1&size=50')).headers.etag, undefined);
}, 'sockets');
test('tags of the program, and its 304', async (ask, context) => {
  equal((await bare(context, '/coded/tagged')).headers.etag, '"v1"');
  const strong = await bare(context, '/coded/tagged', { 'If-None-Match': '"v1"' });
  const weak = await bare(context, '/coded/tagged', { 'If-None-Match': 'W/"v1"', 'Accept-Encoding': 'gzip' });
  equal(`${strong.status} ${strong.headers.etag} ${strong.headers.vary}`, '304 "v1" Accept-Encoding');
  equal(`${weak.status} ${weak.headers.etag} ${weak.headers.vary}`, '304 W/"v1" Accept-Encoding');
}, 'sockets');
test('files: compressed whole, and in part as they are', async (ask, context) => {
  const path = '/coded/files/letters.txt';
  const accept = { 'Accept-Encoding': 'gzip' };
  const plain = await bare(context, path);
  const coded = await bare(context, path, accept);
  equal(plain.headers['accept-ranges'], 'bytes');
  equal(coded.headers['accept-ranges'], undefined);
  equal(coded.headers['content-encoding'], 'gzip');
  equal(coded.headers.etag, `W/${plain.headers.etag}`);
  equal(await inflate(coded.body), letters(300000));
  const part = await bare(context, path, { ...accept, Range: 'bytes=1-3' });
  equal(`${part.status} ${part.body} ${part.headers['content-encoding']} ${part.headers.etag}`, `206 bcd undefined ${plain.headers.etag}`);
  equal((await bare(context, path, { ...accept, Range: 'bytes=1-3', 'If-Range': coded.headers.etag })).status, 200);
  equal((await bare(context, path, { ...accept, Range: 'bytes=1-3', 'If-Range': plain.headers.etag })).status, 206);
  const again = await bare(context, path, { ...accept, 'If-None-Match': coded.headers.etag });
  equal(`${again.status} ${again.headers.etag}`, `304 ${coded.headers.etag}`);
  const beyond = await bare(context, path, { ...accept, Range: 'bytes=400000-' });
  equal(`${beyond.status} ${beyond.headers['content-encoding']}`, '416 undefined');
}, 'sockets');

// ---- what users of other servers that compress and tag have met, as their public reports tell -------

// fastify/fastify-compress 187, 85, 26; koajs/compress 232; tkoenig89/express-static-gzip 37; netty/netty 172: lists that
// were read wrongly.
test('lists of codings that others have read wrongly', async (ask, context) => {
  const expected = {
    '*;q=0, *': 'any', '*, *;q=0': undefined, 'identity;q=1, *;q=0': undefined, 'identity; q=1 , * ; q=0': undefined,
    ' GzIp , br;q=0': 'gzip', 'Invalid': undefined, 'Invalid, gzip': 'gzip', 'gzip ; q=1 , br ; q=0': 'gzip', 'gzip;q=1.000,br;q=0.000': 'gzip',
    ',, gzip ,,': 'gzip', 'gzip;level=9;q=0': undefined, 'x-gzip': undefined,
  };
  for (const [accept, coding] of Object.entries(expected)) {
    const { status, headers } = await bare(context, '/coded/large?size=5000', { 'Accept-Encoding': accept });
    equal(status, 200, accept);
    if (coding === 'any') match(headers['content-encoding'], /^(gzip|br)$/);
    else equal(headers['content-encoding'], coding, accept);
  }
  const two = await bare(context, '/coded/large?size=5000', { 'Accept-Encoding': 'br;q=0', 'accept-encoding': 'gzip' });
  equal(two.headers['content-encoding'], 'gzip', 'of two lines');
}, 'sockets');
// tokio-rs/axum 3035, tower-rs/tower-http 48; expressjs/compression 6: lengths that were lost, or wrong.
test('lengths are said where they are known, and are right', async (ask, context) => {
  const pieces = '/coded/stream?pieces=3&size=26000&known=1';
  equal((await bare(context, '/coded/large?size=5000')).headers['content-length'], '5000');
  equal((await bare(context, '/coded/large?size=5000', { 'Accept-Encoding': 'br;q=0, identity' })).headers['content-length'], '5000');
  equal((await bare(context, pieces)).headers['content-length'], '78000');
  const coded = await bare(context, pieces, { 'Accept-Encoding': 'gzip' });
  equal(coded.headers['content-length'], undefined);
  equal(coded.headers['transfer-encoding'], 'chunked');
  for (const size of [1023, 1024, 1025]) {
    const got = await bare(context, `/coded/large?size=${size}`, { 'Accept-Encoding': 'gzip' });
    equal(got.headers['content-length'], String(got.body.length));
    equal(got.headers['content-encoding'], size < 1024 ? undefined : 'gzip', String(size));
    equal(size < 1024 ? got.body : await inflate(got.body), letters(size));
  }
}, 'sockets');
// gofiber/fiber 3745, colour-science/flask-compress 67: a tag was weakened, or another one, though nothing was compressed.
test('a strong tag stays strong where nothing is compressed', async (ask, context) => {
  const accept = { 'Accept-Encoding': 'gzip' };
  equal((await bare(context, '/coded/tagged', accept)).headers.etag, '"v1"');
  match((await bare(context, '/coded/hello', accept)).headers.etag, /^"/);
  match((await bare(context, '/coded/large?size=1023', accept)).headers.etag, /^"/);
  const file = '/coded/files/letters.bin';
  equal((await bare(context, file, accept)).headers.etag, (await bare(context, file)).headers.etag);
}, 'sockets');
// hapijs/hapi 4201, hapijs/inert 7: one strong tag stood for two rows of bytes.
test('no strong tag is of two bodies', async (ask, context) => {
  const tags = {};
  for (const path of ['/coded/large?size=5000', '/coded/files/letters.txt']) {
    for (const accept of ['', 'gzip', 'br', 'identity;q=0.5, gzip']) {
      const { headers, body } = await bare(context, path, { 'Accept-Encoding': accept });
      if (!headers.etag.startsWith('W/')) equal(tags[headers.etag] ??= body, body, `${path} ${accept}`);
    }
  }
}, 'sockets');
// ujeenet/rustango 1258: a 304 without what the 200 says about caching.
test('a 304 says of caching what the 200 says', async (ask, context) => {
  const path = '/coded/kept?size=5000&cache=max-age=60';
  for (const accept of ['', 'gzip']) {
    const full = await bare(context, path, { 'Accept-Encoding': accept });
    equal(full.headers['cache-control'], 'max-age=60');
    const fresh = await bare(context, path, { 'Accept-Encoding': accept, 'If-None-Match': full.headers.etag });
    equal(fresh.status, 304);
    for (const name of ['cache-control', 'vary', 'etag']) equal(fresh.headers[name], full.headers[name], name);
    equal(fresh.headers['content-length'], undefined);
  }
}, 'sockets');
// supabase/storage 1424, h3js/h3 1396, Shopify/response_bank 65: lists of tags that were compared as one text.
test('lists of tags that others have read wrongly', async (ask, context) => {
  const { etag } = (await bare(context, '/coded/large?size=5000')).headers;
  const bareTag = etag.slice(1, -1);
  const expected = {
    [`W/"a,b" , ${etag}`]: 304, [`"a","b",W/${etag}`]: 304, [`,, ${etag},`]: 304, [bareTag]: 200, [`"${bareTag}`]: 200, [`w/${etag}`]: 200,
    [`"x${bareTag}"`]: 200, [`"${bareTag}x"`]: 200, '"*"': 200, '': 200,
  };
  for (const [tags, status] of Object.entries(expected)) equal((await bare(context, '/coded/large?size=5000', { 'If-None-Match': tags })).status, status, tags);
}, 'sockets');
// expressjs/compression 53: a word that ends in no-transform is another one.
test('what only looks like no-transform', async (ask, context) => {
  for (const cache of ['foo-no-transform', 'no-transform-at-all', 'max-age=1']) {
    const got = await bare(context, `/coded/kept?size=5000&cache=${cache}`, { 'Accept-Encoding': 'gzip' });
    equal(got.headers['content-encoding'], 'gzip', cache);
  }
}, 'sockets');
// koajs/compress 75, koajs/koa 1180: what compressed for clients that had gone was kept.
test('clients that leave in the middle of what is compressed', async ask => {
  for (let i = 0; i < 5; i++) {
    const leaving = new AbortController();
    const response = await ask('/coded/stream?pieces=1000&size=26000', { headers: { 'Accept-Encoding': 'gzip' }, signal: leaving.signal });
    const reader = response.body.getReader();
    equal((await reader.read()).done, false);
    leaving.abort();
    await reader.read().then(() => {}, () => {});
  }
  await answers(await ask('/coded/large?size=5000'), 200, letters(5000));
});
