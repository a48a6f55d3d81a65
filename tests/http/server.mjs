// The server of the HTTP tests: it answers, and misbehaves on request. Loopback alone.
//
//   node server.mjs          serves until it is stopped, and prints one line of JSON:
//                            {"base": "http://127.0.0.1:PORT", "certificate": "FILE"}
//
// A test needs the base alone; the other servers' addresses are the bodies of /where/NAME. The file
// is the certificate to trust, for SSL_CERT_FILE and NODE_EXTRA_CA_CERTS.
//
// What a client does is seen through requests that wait: /started/ID answers when /slow/ID has
// come, /aborted/ID when the client has closed it. So no test needs to guess a time.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { takenPort } from '../ports.mjs';
import { misbehaviours, outcomes } from './misbehaviours.mjs';

const LANDED = 'landed\n';

function pattern(size) {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 7) & 255;
  return bytes;
}

/** What is known of one ID: promises that /started and /aborted wait for. */
class Watched {
  constructor() {
    this.seen = false;
    this.started = new Promise((resolve) => (this.start = resolve));
    this.aborted = new Promise((resolve) => (this.abort = resolve));
  }
}

class TestServer {
  folder = ''; // of the certificates
  constructor(fallback) {
    this.fallback = fallback;
    this.watched = new Map();
    this.gathering = new Map();
    this.where = /** @type {Record<string, string>} */ ({});
    this.servers = [];
    this.sockets = new Set();
    this.socketCount = 0;
    this.limited = new Map();
    this.floods = new Map();
    this.flaky = new Map();
    this.arrivals = new Map();
  }

  /** Answers the first request of each connection, and takes the second one without an answer. */
  dying() {
    const counts = new WeakMap(); // of requests, by socket
    return http.createServer({ keepAliveTimeout: 60000 }, async (request, response) => {
      const [, id] = request.url.split('/');
      await readAll(request);
      this.arrivals.set(id, (this.arrivals.get(id) ?? 0) + 1);
      const answered = (counts.get(request.socket) ?? 0) + 1;
      counts.set(request.socket, answered);
      if (answered > 1) request.socket.destroy();
      else response.end('alive');
    });
  }

  /**
   * Tells each connection, behind its first answer, that it has waited too long, and keeps it or closes it; then /started/ID answers.
   * Each answer is the number of requests on its connection, and the request's path.
   */
  telling(create, closes) {
    const counts = new WeakMap(); // of requests, by socket
    return create(async (request, response) => {
      const { socket, url } = request;
      await readAll(request);
      const count = (counts.get(socket) ?? 0) + 1;
      counts.set(socket, count);
      response.end(`${count} ${url}`);
      setTimeout(() => {
        socket.write('HTTP/1.1 408 Request Timeout\r\nContent-Length: 4\r\n\r\nlate', () => this.watch(url.slice(1)).start());
        if (closes) socket.end();
      }, 5);
    });
  }

  watch(id) {
    if (!this.watched.has(id)) this.watched.set(id, new Watched());
    return this.watched.get(id);
  }

  begin(id, response) {
    const watched = this.watch(id);
    watched.seen = true;
    response.on('close', () => watched.abort());
    watched.start();
  }

  async handle(request, response) {
    const url = new URL(request.url, 'http://localhost');
    const [, name, argument] = url.pathname.split('/');
    const route = routes[name];
    if (route) return await route.call(this, request, response, argument, url);
    if (this.fallback) return await this.fallback(request, response);
    response.writeHead(404).end('nothing here\n');
  }

  async listen(server, scheme, host = '127.0.0.1') {
    server.on('connection', (socket) => {
      this.socketCount++;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => {});
    });
    await new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    this.servers.push(server);
    return `${scheme}://${host}:${server.address().port}`;
  }

  async close() {
    for (const server of this.servers) server.close();
    for (const socket of this.sockets) socket.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function readAll(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Called with the server as `this`. @type {Record<string, (this: TestServer, request: any, response: any, ...more: any[]) => any>} */
const routes = {
  hello(request, response) {
    response.writeHead(200, { 'Content-Type': 'text/plain' }).end('hello\n');
  },
  // method, path and headers come back as headers, the body as the body
  async echo(request, response) {
    const body = await readAll(request);
    response.setHeader('Got-Method', request.method);
    response.setHeader('Got-Path', request.url);
    for (const [name, value] of Object.entries(request.headers))
      response.setHeader('Got-' + name, value);
    response.end(body);
  },
  status(request, response, code) {
    response.writeHead(Number(code)).end(`status ${code}\n`);
  },
  headers(request, response) {
    response.writeHead(200, [
      'X-Twice', 'one', 'Zoo', 'last', 'X-Twice', 'two', 'X-Empty', '', 'X-CaSe', 'Value',
      'X-Bytes', Buffer.from('gr\u00fcn').toString('latin1'),
    ]).end();
  },
  // two interim answers before the one that counts
  interim(request, response) {
    response.writeProcessing();
    response.writeEarlyHints({ link: '</style.css>; rel=preload', 'x-interim': 'yes' });
    response.writeHead(200, { 'X-Final': 'yes' }).end('final');
  },
  // headers after the body
  trailers(request, response) {
    response.writeHead(200, { Trailer: 'X-Late', 'X-Early': 'yes' });
    response.addTrailers({ 'X-Late': 'yes' });
    response.end('body');
  },
  redirect(request, response, left) {
    if (left === '0') return void response.end(LANDED);
    response.writeHead(302, { Location: `/redirect/${left - 1}`, 'X-Redirect': left }).end('moved');
  },
  async 'redirect-as'(request, response, code, url) {
    if (url.searchParams.has('read')) await readAll(request);
    request.resume();
    if (url.searchParams.has('interim')) response.writeProcessing();
    response.writeHead(Number(code), { Location: '/echo' }).end();
  },
  'redirect-to'(request, response, argument, url) {
    response.writeHead(302, { Location: url.searchParams.get('to') }).end();
  },
  // to this server under another name: another origin
  'redirect-away'(request, response) {
    const away = this.where.base.replace('127.0.0.1', 'localhost');
    response.writeHead(302, { Location: away + '/echo' }).end();
  },
  loop(request, response) {
    response.writeHead(302, { Location: '/loop' }).end();
  },
  empty(request, response) {
    response.writeHead(200, { 'Content-Length': 0 }).end();
  },
  nothing(request, response) {
    response.writeHead(204).end();
  },
  bytes(request, response, size) {
    response.writeHead(200, { 'Content-Length': size }).end(pattern(Number(size)));
  },
  chunked(request, response, size) {
    const bytes = pattern(Number(size));
    for (let at = 0; at < bytes.length; at += 1000) response.write(bytes.subarray(at, at + 1000));
    response.end();
  },
  gzip(request, response, size) {
    const packed = gzipSync(pattern(Number(size)));
    response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': packed.length, 'Access-Control-Allow-Origin': '*' });
    response.end(packed);
  },
  'gzip-broken'(request, response) {
    response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('this is not gzip at all');
  },
  reset(request, response) {
    response.writeHead(200, { 'Content-Length': 100000 });
    response.write('some of it', () => request.socket.resetAndDestroy());
  },
  cut(request, response) {
    response.writeHead(200, { 'Content-Length': 100000 });
    response.write('some of it', () => request.socket.end());
  },
  'cut-chunk'(request, response) {
    response.writeHead(200);
    response.write('a chunk', () => request.socket.end('ff\r\nhalf of a chunk'));
  },
  silent(request) {
    request.socket.end();
  },
  slow(request, response, id) {
    this.begin(id, response);
  },
  'slow-body'(request, response, id) {
    response.writeHead(200);
    response.write('the beginning', () => this.begin(id, response));
  },
  seen(request, response, id) {
    response.end(this.watch(id).seen ? 'yes' : 'no');
  },
  async started(request, response, id) {
    await this.watch(id).started;
    response.end('started');
  },
  async aborted(request, response, id) {
    await this.watch(id).aborted;
    response.end('aborted');
  },
  // how many connections there have been so far
  connections(request, response) {
    response.end(String(this.socketCount));
  },
  // answers when COUNT requests of one ID are here at the same time: /gather/ID?count=COUNT
  gather(request, response, id, url) {
    const here = this.gathering.get(id) ?? [];
    this.gathering.set(id, here);
    here.push(response);
    response.on('close', () => here.splice(here.indexOf(response) >>> 0, 1));
    if (here.length < Number(url.searchParams.get('count'))) return;
    for (const each of here.splice(0)) each.end('gathered');
  },
  // the most requests of one ID that were here at the same time
  limited(request, response, id) {
    const count = this.limited.get(id) ?? { now: 0, most: 0 };
    this.limited.set(id, count);
    count.most = Math.max(count.most, ++count.now);
    setTimeout(() => {
      count.now--;
      response.end(String(count.most));
    }, 5);
  },
  brotli(request, response, size) {
    response.writeHead(200, { 'Content-Encoding': 'br' });
    response.end(brotliCompressSync(pattern(Number(size))));
  },
  // SIZE bytes as fast as the client takes them: /flood/SIZE?id=ID; /flooded/ID says, when nothing moves
  // any more, whether the client has taken them all
  async flood(request, response, size, url) {
    const flood = { moved: 0, all: false };
    this.floods.set(url.searchParams.get('id'), flood);
    const bytes = pattern(Number(size));
    let moveOn;
    for (const event of ['drain', 'close']) response.on(event, () => moveOn?.());
    response.writeHead(200, { 'Content-Length': size });
    for (let sent = 0; sent < bytes.length && !response.destroyed; sent += 65536) {
      const more = response.write(bytes.subarray(sent, sent + 65536));
      if (!more) await new Promise((resolve) => (moveOn = resolve));
      flood.moved = Date.now();
    }
    flood.all = true;
    response.end();
  },
  async flooded(request, response, id) {
    const flood = this.floods.get(id);
    while (!flood.all && !(flood.moved && Date.now() - flood.moved > 300))
      await new Promise((resolve) => setTimeout(resolve, 20));
    response.end(flood.all ? 'all' : 'stalled');
  },
  // how many bytes came, whether they are the pattern's, and by which framing
  async weigh(request, response) {
    const body = await readAll(request);
    const framing = request.headers['content-length'] ? 'length' : request.headers['transfer-encoding'];
    response.end(`${body.length} ${body.equals(pattern(body.length)) ? 'whole' : 'broken'} ${framing}`);
  },
  // an answer before the request has been read, of which nothing more is
  early(request, response) {
    response.writeHead(413, { Connection: 'close' }).end('too much', () => request.socket.end());
  },
  // the answer's headers, and the body when /release/ID has come
  async held(request, response, id) {
    response.writeHead(200, { 'Content-Length': 5 }).flushHeaders();
    await this.watch(id).started;
    response.end('hello');
  },
  release(request, response, id) {
    this.watch(id).start();
    response.end();
  },
  // Set-Cookie: each `c`
  'cookie-set'(request, response, argument, url) {
    response.setHeader('Set-Cookie', url.searchParams.getAll('c'));
    response.end();
  },
  // fails `times` times with `status`, then says how many requests there were
  flaky(request, response, id, url) {
    const { times, status, after } = Object.fromEntries(url.searchParams);
    const count = (this.flaky.get(id) ?? 0) + 1;
    this.flaky.set(id, count);
    if (count > Number(times)) return void response.end(String(count));
    if (status === 'reset') return void request.socket.resetAndDestroy();
    if (after) response.setHeader('Retry-After', after);
    response.writeHead(Number(status)).end('failed');
  },
  // the bytes given in hex, with a Content-Type
  text(request, response, hex, url) {
    response.setHeader('Content-Type', url.searchParams.get('type') ?? 'text/plain');
    response.end(Buffer.from(hex, 'hex'));
  },
  // over HTTP/2 alone
  version(request, response) {
    response.end(request.httpVersion);
  },
  'h2-reset'(request, response) {
    response.writeHead(200);
    response.write('some', () => response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
  },
  'h2-refused'(request, response) {
    response.stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
  },
  'h2-goaway'(request, response) {
    response.stream.session.goaway(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
    response.stream.session.destroy();
  },
  // /bad/NAME misbehaves; /misbehaviours/HOST is the table
  bad(request, response, name) {
    misbehaviours[name].serve(request.socket, request, response);
  },
  misbehaviours(request, response, host) {
    response.end(outcomes(host, request.headers['user-agent']));
  },
  // what came of a header: its values, a line each, as the bytes on the wire say
  header(request, response, name) {
    const { rawHeaders } = request;
    const values = rawHeaders.filter((each, i) => i % 2 && rawHeaders[i - 1].toLowerCase() === name.toLowerCase());
    response.end(values.join('\n'));
  },
  // how a request came: its method, the headers that say of its body, and the body
  async wire(request, response) {
    const body = await readAll(request);
    const told = [];
    for (let i = 0; i < request.rawHeaders.length; i += 2)
      if (/^(content-|transfer-|expect|te$|trailer)/i.test(request.rawHeaders[i]))
        told.push(`${request.rawHeaders[i].toLowerCase()}: ${request.rawHeaders[i + 1]};`);
    response.setHeader('X-Wire', `${request.method};${told.join('')}${body}`);
    response.end();
  },
  // a head that takes a while, and a body that does
  late(request, response, milliseconds) {
    setTimeout(() => {
      response.writeHead(200).write('late');
      setTimeout(() => response.end(' but whole'), Number(milliseconds));
    }, Number(milliseconds));
  },
  // a byte now and then, for ever
  drip(request, response) {
    const timer = setInterval(() => response.write('.'), 100);
    response.on('close', () => clearInterval(timer));
  },
  // nothing is read of the request's body
  deaf() {},
  // how many requests of an ID came to the server that is dying
  arrived(request, response, id) {
    response.end(String(this.arrivals.get(id) ?? 0));
  },
  // a line for each option of a client in the table of docs/http.md: NAME yes|no
  documented(request, response, host) {
    response.end(documentedOptions(host));
  },
  where(request, response, name) {
    response.end(this.where[name] ?? '');
  },
};

/** The table of docs/http.md that says which options of a client a host heeds. */
function documentedOptions(host) {
  const text = readFileSync(new URL('../../docs/http.md', import.meta.url), 'utf8');
  const [head, , ...rows] = text.slice(text.indexOf('| option |')).split('\n\n')[0].split('\n')
    .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
  const column = head.findIndex((title) => title.toLowerCase() === host);
  return rows.flatMap((row) => [...row[0].matchAll(/`(\w+)`/g)].map(([, name]) =>
    `${name} ${/^no\b/.test(row[column]) ? 'no' : 'yes'}\n`)).join('');
}

function makeCertificate(folder, name, subject) {
  const key = join(folder, name + '.key'), certificate = join(folder, name + '.pem');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
    'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=greenio test',
    '-addext', `subjectAltName=${subject}`, '-addext', 'basicConstraints=critical,CA:FALSE', // a server that is a CA is refused by Deno
    '-keyout', key, '-out', certificate],
    { stdio: 'ignore' });
  return { key: readFileSync(key), cert: readFileSync(certificate), file: certificate };
}

/** A server that gives the same bytes to everybody. */
function answering(bytes) {
  return net.createServer((socket) => socket.on('data', () => socket.end(bytes)));
}

/**
 * Starts it. `fallback(request, response)` gets what no test route takes, for a page of the same
 * origin. Gives {base, certificate, close()}.
 */
export async function startServer({ fallback = undefined } = {}) {
  const server = new TestServer(fallback);
  const handle = (request, response) =>
    server.handle(request, response).catch((error) => response.destroy(error));
  server.folder = mkdtempSync(join(tmpdir(), 'greenio-http-'));
  const trusted = makeCertificate(server.folder, 'trusted', 'DNS:localhost');
  const untrusted = makeCertificate(server.folder, 'untrusted', 'DNS:localhost,IP:127.0.0.1');

  server.where.base = await server.listen(
    http.createServer({ keepAliveTimeout: 60000 }, handle), 'http');
  server.where.trusted = await server.listen(
    https.createServer(trusted, handle), 'https', 'localhost');
  server.where.misnamed = server.where.trusted.replace('localhost', '127.0.0.1');
  server.where.untrusted = await server.listen(https.createServer(untrusted, handle), 'https');
  server.where.http2 = await server.listen(
    http2.createSecureServer({ ...trusted, allowHTTP1: true }, handle), 'https', 'localhost');
  server.where.dying = await server.listen(server.dying(), 'http');
  for (const closes of [false, true]) {
    const name = closes ? 'telling-and-closing' : 'telling';
    server.where[name] = await server.listen(
      server.telling((each) => http.createServer({ keepAliveTimeout: 60000 }, each), closes), 'http');
    server.where[`${name}-tls`] = await server.listen(
      server.telling((each) => https.createServer({ ...trusted, keepAliveTimeout: 60000 }, each), closes), 'https', 'localhost');
  }
  server.where.folded = await server.listen(answering('HTTP/1.1 200 OK\r\n' +
    'X-Folded: one,\r\n two\r\nContent-Length: 0\r\n\r\n'), 'http');
  server.where.garbage = await server.listen(answering('this is not HTTP\r\n\r\n'), 'http');
  server.where.plain = server.where.garbage.replace('http:', 'https:');
  server.where.hanging = (await server.listen(net.createServer(), 'https'));
  server.where['half-hello'] = await server.listen(
    net.createServer((socket) => socket.write(Buffer.from('160303007a0200', 'hex'))), 'https');
  server.where.proxy = await server.listen(
    http.createServer((request, response) => response.end(`proxied ${request.url}`)), 'http');
  const known = makeCertificate(server.folder, 'known', 'DNS:client');
  server.where.mutual = await server.listen(
    https.createServer({ ...trusted, requestCert: true, ca: [known.cert] }, handle), 'https', 'localhost');
  server.where['untrusted-file'] = untrusted.file;
  server.where['known-file'] = known.file;
  server.where['known-key'] = known.file.replace('.pem', '.key');
  server.where.refused = `http://127.0.0.1:${await takenPort()}`;
  return {
    base: server.where.base,
    certificate: trusted.file,
    close: () => server.close(),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { base, certificate, close } = await startServer();
  console.log(JSON.stringify({ base, certificate }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, close);
}
