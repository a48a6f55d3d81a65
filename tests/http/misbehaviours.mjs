// What the test server does wrong, at /bad/NAME, and what must come of it on each host.
//
// An entry: `serve(socket, request, response)`, and the outcomes: `all`, or `native`, `node`, `browser`; a
// status's name, or "OK" and what the body then is; several are separated by "|" (Node's differ by version).
// A browser gives ENETWORK for every failure, unless `browser` says otherwise; Chromium
// forgives much, and what others do is below. Names that begin with "stalls" are asked for by a client with an idle timeout, if that is a way to end.
import { gzipSync } from 'node:zlib';

const OK = 'HTTP/1.1 200 OK\r\nConnection: close\r\n';
const say = (text) => (socket) => socket.end(text, 'latin1');
const bodyOf = (headers, body) => say(`${OK}${headers}\r\n${body}`);

/** Writes pieces one turn of the loop after the other, as long as the client takes them. */
function drip(socket, pieces, pause = 2) {
  const timer = setInterval(() => {
    const { done, value } = pieces.next();
    if (!done && !socket.destroyed) return void socket.write(value);
    clearInterval(timer);
    socket.end();
  }, pause);
}

function* endless(piece) {
  for (;;) yield piece;
}

const length = (value) => bodyOf(`Content-Length: ${value}\r\n`, 'hello');
const coding = (value) => bodyOf(`Transfer-Encoding: ${value}\r\n`, '5\r\nhello\r\n0\r\n\r\n');

const stays = (status, header) => (socket) => {
  socket.write(`HTTP/1.1 ${status}\r\n${header}\r\n\r\n`);
  socket.once('data', () => socket.destroy());
};

/** A redirect with these Location headers, as bytes. HERE stands for the server. */
const redirect = (...locations) => (socket, request) => {
  const lines = locations.map((each) => `Location: ${each.replace('HERE', request.headers.host)}\r\n`).join('');
  socket.end(`HTTP/1.1 302 Found\r\nConnection: close\r\n${lines}Content-Length: 0\r\n\r\n`, 'latin1');
};

const packed = (...parts) => bodyOf(`Content-Encoding: gzip\r\nContent-Length: ${Buffer.concat(parts).length}\r\n`, Buffer.concat(parts).toString('latin1'));

const zeros = gzipSync(Buffer.alloc(4 << 20));
const hello = gzipSync('hello hello hello hello hello');
const answeredOnce = new WeakSet();

export const misbehaviours = {
  // stages of a connection
  'closed-at-once': { all: 'ECONNRESET', serve: (socket) => socket.end() },
  'reset-at-once': { all: 'ECONNRESET', serve: (socket) => socket.resetAndDestroy() },
  'closed-in-status-line': { all: 'ECONNRESET|EPROTO', browser: 'OK', serve: say('HTTP/1.1 20') },
  'closed-in-headers': { all: 'ECONNRESET|EPROTO', browser: 'OK', serve: say(`${OK}Content-Le`) },
  'reset-in-headers': {
    all: 'ECONNRESET',
    serve: (socket) => socket.write(`${OK}Content-Type: text`, () => socket.resetAndDestroy()),
  },
  'reset-in-body': {
    all: 'ECONNRESET',
    serve: (socket) =>
      socket.write(`${OK}Content-Length: 100\r\n\r\nsome`, () => socket.resetAndDestroy()),
  },
  // status lines
  'no-status-line': { all: 'EPROTO', serve: say('what?\r\n\r\n') },
  'unknown-version': { all: 'EPROTO', browser: 'OK', serve: say('HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n') },
  'status-of-letters': { all: 'EPROTO', browser: 'OK', serve: say('HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n') },
  // headers
  'header-without-colon': { all: 'EPROTO', browser: 'OK', serve: bodyOf('no colon here\r\nContent-Length: 0\r\n', '') },
  'header-with-zero-byte': { all: 'EPROTO', serve: bodyOf('X-A: a\0b\r\nContent-Length: 0\r\n', '') },
  'header-of-a-megabyte': { all: 'EPROTO', serve: bodyOf(`X-A: ${'a'.repeat(1 << 20)}\r\n`, '') },
  'headers-without-end': {
    all: 'EPROTO|ECONNRESET',
    serve: (socket) => {
      socket.write(OK);
      drip(socket, endless(`X-A: ${'a'.repeat(8192)}\r\n`.repeat(16)), 1);
    },
  },
  'bare-line-feeds': { all: 'OK hello|EPROTO', browser: 'OK hello', serve: say('HTTP/1.1 200 OK\nConnection: close\nContent-Length: 5\n\nhello') },
  // lengths: some Nodes say that the connection ended when their parser refuses one
  'shorter-than-its-length': { all: 'ECONNRESET', serve: bodyOf('Content-Length: 100\r\n', 'short') },
  'longer-than-its-length': { all: 'OK hello', serve: bodyOf('Content-Length: 5\r\n', 'hello and more') },
  'two-lengths': { all: 'EPROTO', node: 'EPROTO|ECONNRESET', serve: bodyOf('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello') },
  'negative-length': { all: 'EPROTO', browser: 'OK hello', serve: bodyOf('Content-Length: -5\r\n', 'hello') },
  'length-of-letters': { all: 'EPROTO', browser: 'OK hello', serve: bodyOf('Content-Length: five\r\n', 'hello') },
  'length-too-large': { all: 'EPROTO', node: 'EPROTO|ECONNRESET', browser: 'OK hello|ENETWORK', serve: bodyOf('Content-Length: 99999999999999999999\r\n', 'hello') },
  'length-and-chunks': {
    all: 'EPROTO',
    node: 'EPROTO|ECONNRESET',
    browser: 'OK hello',
    serve: bodyOf('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n\r\n'),
  },
  'two-lengths-alike': { all: 'EPROTO', node: 'EPROTO|ECONNRESET', browser: 'OK hello', serve: bodyOf('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello') },
  'length-list': { all: 'EPROTO', node: 'EPROTO|ECONNRESET', browser: 'OK hello|ENETWORK', serve: length('5, 5') },
  'length-list-of-two': { all: 'EPROTO', node: 'EPROTO|ECONNRESET', browser: 'OK hello|ENETWORK', serve: length('5, 6') },
  'length-with-plus': { all: 'EPROTO', node: 'EPROTO|ECONNRESET', browser: 'OK hello', serve: length('+5') },
  'length-of-two-numbers': { all: 'EPROTO', node: 'EPROTO|ECONNRESET', browser: 'OK hello', serve: length('5 5') },
  'length-in-hex': { all: 'EPROTO', node: 'EPROTO|ECONNRESET', browser: 'OK hello', serve: length('0x5') },
  'length-with-fraction': { all: 'EPROTO', node: 'EPROTO|ECONNRESET', browser: 'OK hello', serve: length('5.0') },
  'length-empty': { all: 'EPROTO', node: 'EPROTO|ECONNRESET', browser: 'OK hello', serve: length('') },
  'length-with-zeros': { all: 'OK hello', serve: length('0005') },
  // they are no part of the value, but Node's parser does not know those behind it
  'length-with-blanks': { all: 'OK hello', node: 'OK hello|EPROTO|ECONNRESET', serve: length(' \t 5 \t ') },
  'coding-unknown-to-the-connection': { all: 'EPROTO', browser: 'OK hello', serve: bodyOf('Transfer-Encoding: xchunked\r\n', 'hello') },
  'coding-chunked-twice': { all: 'EPROTO', browser: 'OK hello', serve: coding('chunked, chunked') },
  'coding-identity': { all: 'EPROTO', browser: 'OK hello', serve: bodyOf('Transfer-Encoding: identity\r\n', 'hello') },
  'coding-in-capitals': { all: 'OK hello', serve: coding('CHUNKED') },
  // chunks
  'stalls-in-trailers-without-end': {
    all: 'EPROTO',
    browser: 'ENETWORK|ETIMEDOUT',
    serve: (socket) => {
      socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n`);
      drip(socket, endless(`X-A: ${'a'.repeat(1024)}\r\n`.repeat(16)), 1);
    },
  },
  'stalls-in-a-trailer-without-end': {
    all: 'EPROTO',
    native: 'ECONNRESET|EPROTO', // libcurl's word for it
    browser: 'ENETWORK|ETIMEDOUT',
    serve: (socket) => {
      socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-A: `);
      drip(socket, endless('a'.repeat(65536)), 1);
    },
  },
  'stalls-in-a-chunk-extension-without-end': {
    all: 'ETIMEDOUT',
    browser: 'ENETWORK|ETIMEDOUT',
    serve: (socket) => {
      socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n5;`);
      drip(socket, endless('a'.repeat(1024)), 5);
    },
  },
  'chunk-size-of-letters': { native: 'ECONNRESET', node: 'EPROTO', browser: 'ENETWORK', serve: bodyOf('Transfer-Encoding: chunked\r\n', 'zz\r\nhello\r\n0\r\n\r\n') },
  'chunk-size-too-large': { native: 'ECONNRESET', node: 'EPROTO', browser: 'ENETWORK', serve: bodyOf('Transfer-Encoding: chunked\r\n', `${'f'.repeat(20)}\r\nhello`) },
  'chunk-longer-than-its-size': { native: 'ECONNRESET', node: 'EPROTO', browser: 'ENETWORK', serve: bodyOf('Transfer-Encoding: chunked\r\n', '3\r\nhello\r\n0\r\n\r\n') },
  // undici takes it for whole when the server had announced to close
  'closed-between-chunks': { native: 'ECONNRESET', node: 'OK hello|ECONNRESET|EPROTO', browser: 'ENETWORK', serve: bodyOf('Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n') },
  // codings
  'gzip-that-is-none': { all: 'EPROTO', serve: bodyOf('Content-Encoding: gzip\r\nContent-Length: 5\r\n', 'hello') },
  'gzip-cut-off': {
    // nobody looks at the end of a gzip stream whose length is right
    all: 'OK hello |ECONNRESET|EPROTO',
    browser: 'OK hello |ENETWORK',
    serve: (socket) =>
      socket.end(Buffer.concat([Buffer.from(`${OK}Content-Encoding: gzip\r\nContent-Length: ${hello.length - 12}\r\n\r\n`), hello.subarray(0, -12)])),
  },
  // a body that goes on behind its gzip data: Node reads more members, and refuses what is none
  'gzip-of-two-members': { native: 'EPROTO', node: 'OK hello world', browser: 'OK hello |OK hello world|ENETWORK', serve: packed(gzipSync('hello '), gzipSync('world')) },
  'gzip-with-more-behind-it': { native: 'EPROTO', node: 'OK hello|EPROTO', browser: 'OK hello|ENETWORK', serve: packed(gzipSync('hello'), Buffer.from('more')) },
  'gzip-of-four-megabytes': {
    all: 'EMSGSIZE',
    browser: 'EMSGSIZE',
    serve: (socket) =>
      socket.end(Buffer.concat([Buffer.from(`${OK}Content-Encoding: gzip\r\nContent-Length: ${zeros.length}\r\n\r\n`), zeros])),
  },
  'coding-unknown': {
    native: 'EPROTO',
    node: 'OK hello',
    browser: 'OK hello',
    serve: bodyOf('Content-Encoding: rot13\r\nContent-Length: 5\r\n', 'hello'),
  },
  // answers that are not the answer
  'many-interim-answers': { all: 'OK hello', serve: say('HTTP/1.1 103 Early Hints\r\nX-A: b\r\n\r\n'.repeat(500) + `${OK}Content-Length: 5\r\n\r\nhello`) },
  'two-answers': { all: 'OK hello', serve: say(`${OK}Content-Length: 5\r\n\r\nhello`.repeat(2)) },
  // what has no body, and speaks of one, on a connection that stays until it is used again: a program's end does not wait
  'no-content-in-chunks': { all: 'OK', serve: stays('204 No Content', 'Transfer-Encoding: chunked') },
  'not-modified-with-a-length': { all: 'OK', serve: stays('304 Not Modified', 'Content-Length: 5') },
  'no-content-with-a-body': { all: 'OK', serve: say('HTTP/1.1 204 No Content\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello') },
  'stalls-behind-interim-answers': {
    native: 'EPROTO',
    node: 'ETIMEDOUT|EPROTO',
    browser: 'ENETWORK|ETIMEDOUT',
    serve: (socket) => drip(socket, endless(`HTTP/1.1 103 Early Hints\r\nX-A: ${'a'.repeat(2048)}\r\n\r\n`.repeat(8)), 1),
  },
  // redirects
  landed: { all: 'OK /bad/landed', serve: (socket, request, response) => response.end(request.url) },
  'location-twice-the-same': { all: 'OK /bad/landed', serve: redirect('/bad/landed', '/bad/landed') },
  'locations-that-differ': { all: 'EPROTO', serve: redirect('/bad/landed', '/bad/landed?2') },
  'location-empty': { all: 'OK', serve: redirect('') },
  'location-relative': { all: 'OK /bad/landed', serve: redirect('landed') },
  'location-with-dots': { all: 'OK /bad/landed', serve: redirect('x/y/../../.././bad/%2E/landed') },
  'location-with-another-authority': { all: 'OK /bad/landed', serve: redirect('//HERE/bad/landed') },
  'location-with-a-fragment': { all: 'OK /bad/landed', serve: redirect('/bad/landed#part') },
  'location-with-blanks': { all: 'OK /bad/landed?a%20b', serve: redirect('/bad/landed?a b') },
  'location-with-a-tab': { all: 'EPROTO', browser: 'OK /bad/landed', serve: redirect('/bad/lan\tded') },
  'location-with-backslashes': { all: 'OK /bad/landed', serve: redirect('/bad\\landed') },
  'location-in-utf-8': { all: 'OK /bad/landed?gr%C3%BCn', serve: redirect('/bad/landed?gr\xc3\xbcn') },
  'location-in-latin-1': { all: 'OK /bad/landed?gr%FCn', browser: 'OK /bad/landed?gr%FCn|OK /bad/landed?gr%C3%BCn', serve: redirect('/bad/landed?gr\xfcn') },
  'location-with-a-host-in-utf-8': { all: 'EPROTO', serve: redirect('http://gr\xc3\xbcn.invalid/') },
  'location-with-a-user': { all: 'EPROTO', browser: 'OK /bad/landed|ENETWORK', serve: redirect('http://user:word@HERE/bad/landed') },
  'location-without-slashes': { all: 'EPROTO', browser: 'OK /bad/landed', serve: redirect('http:/bad/landed') },
  'location-with-a-short-address': { all: 'OK /bad/landed', browser: 'OK /bad/landed|ENETWORK', serve: (socket, request) => redirect(`http://127.1:${request.headers.host.split(':')[1]}/bad/landed`)(socket, request) },
  'location-with-an-address-too-large': { all: 'EPROTO', serve: redirect('http://256.1.1.1/') },
  'location-of-a-body-cut-off': {
    all: 'OK /bad/landed',
    serve: say('HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: /bad/landed\r\nContent-Length: 100\r\n\r\nshort'),
  },
  'location-with-a-large-body': {
    all: 'OK /bad/landed',
    serve: say(`HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: /bad/landed\r\n\r\n${'x'.repeat(1 << 20)}`),
  },
  'redirect-to-itself': { all: 'ELOOP', serve: say('HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: /bad/redirect-to-itself\r\nContent-Length: 0\r\n\r\n') },
  'redirect-to-nowhere': { all: 'OK', serve: say('HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n') },
  'redirect-to-no-address': { all: 'EPROTO', serve: say('HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n') },
  // time
  'byte-by-byte': { all: 'OK hello', serve: (socket) => drip(socket, `${OK}Content-Length: 5\r\n\r\nhello`[Symbol.iterator]()) },
  'stalls-before-the-answer': { all: 'ETIMEDOUT', browser: 'ETIMEDOUT', serve: () => {} },
  'stalls-in-headers': { all: 'ETIMEDOUT', browser: 'ETIMEDOUT', serve: (socket) => socket.write(`${OK}Content-`) },
  'stalls-in-body': { all: 'ETIMEDOUT', browser: 'ETIMEDOUT', serve: (socket) => socket.write(`${OK}Content-Length: 9\r\n\r\nhell`) },
  'stalls-in-a-chunk-size': { all: 'ETIMEDOUT', browser: 'ETIMEDOUT', serve: (socket) => socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1`) },
  'stalls-in-a-chunk': { all: 'ETIMEDOUT', browser: 'ETIMEDOUT', serve: (socket) => socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhel`) },
  'stalls-in-trailers': { all: 'ETIMEDOUT', browser: 'ETIMEDOUT', serve: (socket) => socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-A: `) },
  'stalls-in-a-redirect': {
    all: 'ETIMEDOUT',
    browser: 'OK /bad/landed|ETIMEDOUT',
    serve: (socket) => socket.write('HTTP/1.1 302 Found\r\nLocation: /bad/landed\r\nContent-Length: 100\r\n\r\nhalf'),
  },
  // connections that are kept
  'closed-when-used-again': {
    all: 'OK hello',
    node: 'OK hello|ECONNRESET',
    serve(socket, request, response) {
      if (answeredOnce.has(socket)) return void socket.destroy();
      answeredOnce.add(socket);
      response.writeHead(200, { 'Content-Length': 5, Connection: 'keep-alive' }).end('hello');
    },
  },
  'closed-though-kept-alive': {
    all: 'OK hello',
    node: 'OK hello|ECONNRESET',
    serve: say('HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello'),
  },
};

/* What other browsers do than Chromium, whose outcomes stand above. WebKitGTK cannot tell a body that was cut off from a whole
 * one, but by its Content-Length. */
const others = {
  Firefox: {
    'no-status-line': 'OK what?', 'unknown-version': 'OK HTTP/9.9 200 OK', 'status-of-letters': 'ENETWORK', 'location-empty': 'ENETWORK', 'location-with-a-tab': 'ENETWORK',
  },
  WebKit: {
    'closed-in-status-line': 'ENETWORK', 'closed-in-headers': 'ENETWORK', 'unknown-version': 'ENETWORK', 'status-of-letters': 'ENETWORK', 'two-lengths': 'OK hello',
    'negative-length': 'OK', 'length-of-letters': 'ENETWORK', 'length-of-two-numbers': 'ENETWORK', 'length-in-hex': 'ENETWORK', 'length-with-fraction': 'ENETWORK',
    'length-empty': 'OK', 'coding-unknown-to-the-connection': 'ENETWORK', 'coding-chunked-twice': 'ENETWORK', 'stalls-in-trailers-without-end': 'OK hello',
    'stalls-in-a-trailer-without-end': 'OK hello', 'chunk-size-of-letters': 'OK', 'chunk-size-too-large': 'OK', 'chunk-longer-than-its-size': 'OK hel',
    'closed-between-chunks': 'OK hello', 'gzip-that-is-none': 'OK hello', 'location-twice-the-same': 'ENETWORK', 'location-empty': 'ENETWORK',
    'location-in-utf-8': 'OK /bad/landed?gr%C3%83%C2%BCn', 'location-in-latin-1': 'OK /bad/landed?gr%C3%AF%C2%BF%C2%BDn',
  },
};
const otherOf = userAgent => (/Firefox\//.test(userAgent) ? others.Firefox : /WebKit\//.test(userAgent) && !/Chrome\//.test(userAgent) ? others.WebKit : {});

/** One line for each: NAME OUTCOME, for a host: native, node or browser; a browser's by its User-Agent. */
export function outcomes(host, userAgent = '') {
  const other = host === 'browser' ? otherOf(userAgent) : {};
  return Object.entries(misbehaviours)
    .map(([name, entry]) => {
      if (other[name]) return `${name} ${other[name]}\n`;
      const outcome = entry[host] ?? entry.all;
      const hidden = host === 'browser' && !entry.browser && !outcome.startsWith('OK');
      return `${name} ${hidden ? 'ENETWORK' : outcome}\n`;
    })
    .join('');
}
