// A small site with every kind of breakage, and servers that hold their answers. Loopback alone.
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';

const html = (body, more = {}) => ({ type: 'text/html; charset=utf-8', body, ...more });
const move = (location, status = 301) => ({ status, headers: { Location: location }, body: '' });
const lines = (...all) => all.join('\n');

const index = lines(
  '<!doctype html>',
  '<title>Index <a href="in-title.html"></title>',
  '<!-- <a href="in-comment.html">not a link</a> -->',
  '<script>document.write(\'<a href="in-script.html">\')</script>',
  '<a href="good.html">good</a> <a href=good.html#one>one</a> <a href="good.html#two">two</a>',
  '<a href="good.html#missing">no such id</a> <a href="good.html#On%65">another case</a>',
  '<a href="good.html#">empty</a> <a href="good.html#top">top</a> <a href="#:~:text=good">text</a>',
  '<a href="#own" id=own>own</a> <a href="#nope">not here</a>',
  '<a',
  '  class="x"',
  '  href="missing.html">missing</a> <a href=missing.html>again</a>',
  '<a href="missing.html">and again</a> <a href="good.html/../missing.html?q">with a query</a>',
  '<a href="moved.html">moved</a> <a href="moved.html#one"></a> <a href="moved.html#missing"></a>',
  '<a href="away.html">leaves the folder</a> <a href="leaves.html">leaves the site</a>',
  '<a href="/outside.html#here">outside</a> <a href="/outside.html#gone">outside, no id</a>',
  '<a href="failing.html">500</a> <a href="gone.html">410</a> <a href="odd.html">599</a>',
  '<a href="loop.html">loop</a> <a href="reset.html">reset</a> <a href="slow.html">slow</a>',
  '<a href="http://other.invalid/x">external</a> <a href="//other.invalid/x#y">external</a>',
  '<a href="mailto:a@b.c">m</a> <a href="javascript:x()">j</a> <a href="data:,x">d</a> <a href=tel:1>t</a>',
  '<a href="http://user:secret@other.invalid/">bad</a> <a href="http://[::1/">bad</a>',
  '<img src="picture.png"> <img src="missing.png" srcset="picture.png 1x, missing-2x.png 2x">',
  '<a href="caf\u00e9.html#th\u00e9">caf\u00e9</a> <a href="caf%c3%a9.html#%C3%A9toile">caf\u00e9</a>',
  '<a href="picture.png#not-checked">a picture has no ids</a> <a href="archive.zip">zip</a>',
  '<a href="plain">text</a> <a href="page.v2">a page with an odd name</a> <a href="packed.html">gz</a>',
  '<a href="sub/based.html">base</a> <a href="x.xhtml#x">xhtml</a> <a href="?a=1&amp;b=2">query</a>',
  '<link rel="preconnect" href="missing-preconnect"><link rel=stylesheet href="missing.css">',
);

const good = lines(
  '<h1 id="one">One</h1><a name=two>Two</a>',
  '<a href="./">up</a> <a href="missing.html">missing</a>',
);

const based = lines('<base href="../">', '<a href="good.html#two">good</a> <a href="lost.html">lost</a>');

const pages = {
  '/docs': move('/docs/'),
  '/docs/': html(index),
  '/docs/?a=1&b=2': html('<a href="good.html">good</a>'),
  '/docs/good.html': html(good),
  '/docs/moved.html': move('good.html', 302),
  '/docs/away.html': move('/outside.html', 308),
  '/docs/failing.html': html('<a href="never.html">', { status: 500 }),
  '/docs/gone.html': html('', { status: 410 }),
  '/docs/odd.html': html('', { status: 599 }),
  '/docs/loop.html': move('loop.html'),
  '/docs/picture.png': { type: 'image/png', body: 'not really' },
  '/docs/caf%C3%A9.html': html('<p id="th\u00e9"><p id="&eacute;toile">'),
  '/docs/archive.zip': { type: 'application/zip', body: 'PK', refuse: 'HEAD' },
  '/docs/plain': { type: 'text/plain', body: '<a href="never.html">' },
  '/docs/page.v2': html('<a href="lost.html#x">lost</a>'),
  '/docs/packed.html': html('<a href="lost.html">lost</a>', { packed: true }),
  '/docs/sub/based.html': html(based),
  '/docs/x.xhtml': { type: 'application/xhtml+xml', body: '<p id="x"/>\n<a href="lost.html"/>' },
  '/outside.html': html('<p id="here"><a href="/never.html">not followed</a>'),
  '/fine/': html('<a href="other.html#x">other</a>'),
  '/fine/other.html': html('<p id="x"><a href="./">back</a><a href="/outside.html">out</a>'),
  '/bare/': { type: 'text/plain', body: 'no page' },
};

function answer(page, request, response) {
  if (page.refuse === request.method) return response.writeHead(405).end();
  const headers = { ...page.headers };
  if (page.type) headers['Content-Type'] = page.type;
  let body = Buffer.from(page.body);
  if (page.packed) {
    body = gzipSync(body);
    headers['Content-Encoding'] = 'gzip';
  }
  headers['Content-Length'] = body.length;
  return response.writeHead(page.status ?? 200, headers).end(body);
}

async function listen(handler) {
  const server = createServer(handler);
  server.keepAliveTimeout = 60_000;
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () =>
      new Promise(resolve => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/** Serves the site; `elsewhere` is where /docs/leaves.html redirects to. */
export function serveSite(elsewhere, more = (_request, _response) => false) {
  return listen((request, response) => {
    if (more(request, response)) return;
    const path = request.url;
    if (path === '/docs/reset.html') request.socket.resetAndDestroy();
    else if (path === '/docs/slow.html') return; // held for ever
    else if (path === '/docs/leaves.html') answer(move(elsewhere), request, response);
    else if (pages[path]) answer(pages[path], request, response);
    else answer(html('<a href="never.html">', { status: 404 }), request, response);
  });
}

/** Another site: /here is there for GET alone, anything else is not; `asked` is what it was asked for. */
export async function serveElsewhere() {
  const asked = [];
  const server = await listen((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url === '/landing') return answer(html('landing'), request, response);
    if (request.url !== '/here') return answer(html('', { status: 404 }), request, response);
    return answer(html('<a href="/never">', { refuse: 'HEAD' }), request, response);
  });
  return { ...server, asked };
}

/** A page and a broken link at once; all other answers are held until the client goes. `held` is done
 * when one is held, `gone` when the client has given it up. */
export async function serveHolding(more = (_request, _response) => false) {
  let hold, leave;
  const held = new Promise(resolve => (hold = resolve));
  const gone = new Promise(resolve => (leave = resolve));
  const page = html('<a href="slow1.html"></a><a href="slow2.html"></a><a href="#no"></a>');
  const server = await listen((request, response) => {
    if (more(request, response)) return undefined;
    if (request.url === '/') return answer(page, request, response);
    response.on('close', leave);
    return hold();
  });
  return { ...server, held, gone };
}
