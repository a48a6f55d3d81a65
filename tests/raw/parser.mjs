// The same bytes to the native server's reading (read.c) and to the HTTP server of the Node that runs this: what Node
// refuses must be refused, and what is taken must be what Node takes it for. The rows of table.mjs and more.mjs, and
// COUNT changed ones of each SEED:
//
//   node parser.mjs PROGRAM [COUNT [SEED]]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Duplex } from 'node:stream';
import { more } from './more.mjs';
import { table } from './table.mjs';

const [, , program, count = '6000', seed = '1'] = process.argv;
const MOST = 20000; // bytes of a case

// What is taken though Node refuses it: what is said of both, what it is about in the bytes, and why.
/** @type {[RegExp, RegExp, string][]} */
const named = [
  [/ HPE_INVALID_METHOD$/, /(?:)/, 'RFC 9110 9.1: a method is any token, and an application says that it has none such; the parser of Node has a list'],
  [/ HPE_INVALID_TRANSFER_ENCODING$/, /chunked[ \t]*\t[ \t]*\r\n/i, 'RFC 9110 5.5: a tab behind a value is no part of it; llhttp 876'],
];

const isRequest = line => line && !/^\d{3} /.test(line);

/* ---- cases */

let state = Number(seed);
function random(below) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state >>> 8) / 0x1000000 * below);
}

const pieces = ['\r', '\n', '\r\n', '\r\n\r\n', ' ', '\t', '\0', '\x7f', '\x80', ':', ';', '=', '"', '\\', ',', '0', '1', 'a', 'A', '-', '+', '/', '*', '#', '%', '?', '@', '[', ']', '(', '_', '.', '\x0b', '\x01',
  'Host: b\r\n', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', 'chunked', 'close', 'keep-alive', 'Connection: ', 'HTTP/1.0', 'HTTP/1.1', '0\r\n\r\n', '3\r\nabc\r\n', '\r\n ', 'identity', 'Expect: 100-continue\r\n', 'Upgrade: x\r\n', 'Trailer: x\r\n'];

function changed(text) {
  for (let times = 1 + random(3); times; times--) {
    const at = random(text.length + 1);
    const piece = pieces[random(pieces.length)];
    const size = random(4) ? 1 : random(12);
    const how = random(5);
    if (how === 0) text = text.slice(0, at) + text.slice(at + size);
    else if (how === 1) text = text.slice(0, at) + piece + text.slice(at);
    else if (how === 2) text = text.slice(0, at) + piece + text.slice(at + size);
    else if (how === 3) text = text.slice(0, at) + text.slice(at, at + size) + text.slice(at);
    else text = text.slice(0, at) + String.fromCharCode(random(256)) + text.slice(at + 1);
  }
  return text;
}

const rows = [...table, ...more].map(row => String(row[2])).filter(text => text.length <= MOST);
const cases = [...rows, ...Array.from({ length: Number(count) }, () => changed(rows[random(rows.length)]))];

/* ---- ours */

async function ours() {
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('latin1').on('data', piece => { text += piece; });
  for (const one of cases) {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(one.length);
    child.stdin.write(Buffer.concat([size, Buffer.from(one, 'latin1')]));
  }
  child.stdin.end();
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return text.split('--\n').slice(0, -1).map(one => one.split('\n').slice(0, -1));
}

/* ---- Node's */

class Connection extends Duplex {
  constructor() { super(); this.text = ''; }
  _read() {}
  _write(piece, encoding, done) { this.text += piece.toString('latin1'); done(); }
  setTimeout() { return this; }
  setNoDelay() { return this; }
  setKeepAlive() { return this; }
}

function hashOf(text) {
  let hash = 0;
  for (const c of text) hash = (Math.imul(hash, 31) + c.charCodeAt(0)) >>> 0;
  return hash;
}

// The requests that it takes, each when its body is whole; then why it takes no more, or nothing. It is given what ours
// takes for a request at once, and then the rest: it reads ahead, and forgets what it has when it refuses.
async function nodes(server, bytes, own) {
  const connection = new Connection();
  seen = [];
  server.emit('connection', connection);
  connection.on('error', () => {});
  let at = 0;
  for (const line of [...own.filter(isRequest), '']) {
    const end = line ? at + Number(line.split(' ').at(-1)) : bytes.length;
    if (end > at) connection.push(Buffer.from(bytes.slice(at, end), 'latin1'));
    at = end;
    for (let i = 0; i < 6; i++) await new Promise(resolve => setImmediate(resolve));
  }
  connection.destroy();
  await new Promise(resolve => setImmediate(resolve));
  return seen;
}

let seen = []; // of the present case

function nodeServer() {
  const server = createServer({ insecureHTTPParser: false, maxHeaderSize: 16384 }, (request, response) => {
    const mine = seen;
    let body = '';
    request.on('data', piece => { body += piece.toString('latin1'); });
    request.on('error', () => {});
    request.on('end', () => {
      mine.push(`${request.method} ${request.url} ${body.length} ${hashOf(body)}`);
      response.end();
    });
  });
  server.on('clientError', (/** @type {any} */ error, socket) => {
    seen.push(`400 ${error.code}`);
    socket.destroy();
  });
  for (const event of ['connect', 'upgrade']) server.on(event, (request, socket) => { seen.push(`400 ${event}`); socket.destroy(); });
  server.removeAllListeners('upgrade');
  server.on('checkExpectation', (request, response) => { seen.push('417 expectation'); response.writeHead(417); response.end(); });
  return server;
}

/* ---- both */

// How ours takes what Node does not; null: it does not.
function difference(own, node) {
  for (const [i, line] of own.entries()) {
    if (!isRequest(line)) return null;
    if (line.slice(0, line.lastIndexOf(' ')) !== node[i]) return `taken: ${line}; Node: ${node[i] ?? 'waits for more, or answers by itself'}`;
  }
  return null;
}

const own = await ours();
const server = nodeServer();
let [wrong, refused, both, stricter] = [0, 0, 0, 0];
for (const [i, bytes] of cases.entries()) {
  const node = await nodes(server, bytes, own[i]);
  const found = difference(own[i], node);
  if (node.some(line => !isRequest(line))) refused++;
  if (own[i].some(line => !isRequest(line))) both++;
  if (own[i].some(line => !isRequest(line)) && node.every(isRequest)) stricter++;
  if (!found || named.some(([pattern, about]) => pattern.test(found) && about.test(bytes))) continue;
  if (++wrong <= 40) console.log(`${JSON.stringify(bytes.slice(0, 400))}\n  ${found}`);
}
console.log(`Node ${process.versions.node}: ${cases.length} cases, of which Node refuses ${refused}, the native server ${both}, ${stricter} of these alone`);
console.log(`${cases.length - wrong} passed, ${wrong} failed`);
process.exitCode = wrong ? 1 : 0;
