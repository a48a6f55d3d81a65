// For the tests of this folder: starts a server, and talks to it in bytes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const GUARD = 120000; // against a test that would hang: nothing that is right comes near it

// The program of serve.c with options NAME=VALUE. `line` is the first that it printed; `port`, if it listens.
export async function start(program, ...options) {
  const command = program.endsWith('.mjs') ? [process.execPath, program] : [program];
  const child = spawn(command[0], [...command.slice(1), ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const server = { child, printed: [], errors: '', ended: once(child, 'close') };
  child.stderr.on('data', text => { server.errors += text; });
  const lines = createInterface({ input: child.stdout });
  lines.on('line', line => server.printed.push(line));
  await Promise.race([once(lines, 'line'), server.ended]);
  server.line = server.printed[0];
  server.port = Number(/^listening on .*:(\d+)$/.exec(server.line)?.[1]);
  server.stop = async () => {
    child.kill('SIGTERM');
    await server.ended;
  };
  return server;
}

// Reads one answer from the beginning of a text. Null: it is not whole. `rest` is what stands behind it.
function parse(text, toHead, closed) {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [line, ...fields] = text.slice(0, end).split('\r\n');
  const answer = { line, status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(line)?.[1]), fields, headers: {} };
  for (const field of fields) {
    const [, name, value] = /^([^:]*): *(.*?) *$/.exec(field) ?? [field, field, ''];
    const known = answer.headers[name.toLowerCase()];
    answer.headers[name.toLowerCase()] = known === undefined ? value : `${known}, ${value}`;
  }
  return body(answer, text.slice(end + 4), toHead, closed);
}

function body(answer, rest, toHead, closed) {
  const { status, headers } = answer;
  const size = headers['content-length'];
  if (toHead || status < 200 || status === 204 || status === 304) return { ...answer, body: '', rest };
  if (headers['transfer-encoding']?.toLowerCase() === 'chunked') {
    const whole = /^(?:[0-9a-f]+\r\n[^]*?\r\n)*?0\r\n\r\n/i.exec(rest);
    if (!whole) return null;
    return { ...answer, body: unchunk(whole[0]), rest: rest.slice(whole[0].length) };
  }
  if (size === undefined) return closed ? { ...answer, body: rest, rest: '' } : null;
  if (rest.length < Number(size)) return null;
  return { ...answer, body: rest.slice(0, Number(size)), rest: rest.slice(Number(size)) };
}

function unchunk(text) {
  let all = '';
  for (let at = 0; ;) {
    const end = text.indexOf('\r\n', at);
    const size = parseInt(text.slice(at, end), 16);
    if (!size) return all;
    all += text.slice(end + 2, end + 2 + size);
    at = end + 4 + size;
  }
}

// The answers in a text, and what is left of it.
export function answers(text, { head = false, closed = false } = {}) {
  const list = [];
  for (let rest = text; ;) {
    const one = rest && parse(rest, head, closed);
    if (!one) return { list, rest };
    list.push(one);
    rest = one.rest;
  }
}

// A connection that collects what it gets.
export class Client {
  constructor(port, head = false) {
    this.head = head;
    this.text = '';
    this.closed = false;
    this.changed = () => {};
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', piece => { this.text += piece.toString('latin1'); this.changed(); });
    this.socket.on('error', () => {});
    this.socket.on('end', () => { this.closed = true; this.changed(); });
    this.socket.on('close', () => { this.closed = true; this.changed(); });
  }

  write(text) { if (!this.socket.destroyed) this.socket.write(text, 'latin1'); return this; }
  get answers() { return answers(this.text, this).list; }
  get final() { return this.answers.filter(one => !(one.status < 200)); }

  // Until that is true of it; says what it saw if it never is.
  async until(wanted, what = 'what was waited for') {
    const guard = setTimeout(() => { this.late = true; this.changed(); }, GUARD);
    while (!wanted(this) && !this.late) await new Promise(resolve => { this.changed = resolve; });
    clearTimeout(guard);
    if (!wanted(this)) throw new Error(`${what} has not come; there is ${JSON.stringify(this.text.slice(0, 2000))}${this.closed ? ', and the end' : ''}`);
    return this;
  }

  answered(count = 1) { return this.until(() => this.final.length >= count || this.closed, 'an answer'); }
  ended() { return this.until(() => this.closed, 'the end of the connection'); }
  destroy() { this.socket.destroy(); }
}

// One request on a connection of its own: the answer.
export async function ask(port, path, method = 'GET') {
  const client = new Client(port, method === 'HEAD');
  client.write(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  await client.ended();
  return client.final[0] ?? { status: 0, body: '' };
}

// What it has counted; undefined, if it closed that connection without an answer.
export async function counts(port) {
  const [, begun, cancelled, , connections] = (await ask(port, '/counts')).body.split(' ').map(Number);
  return { begun, cancelled, connections };
}

// Whatever a server had been sent before, it has read when this is over.
export async function settle(port) {
  for (let i = 0; i < 2; i++) await ask(port, '/');
}
