// A server that begins as PostgreSQL does, and then answers as answers.mjs has it: the name of the database says
// with what.
import net from 'node:net';
import { answers, begin as begun, commits, copies, start, starts, values } from './answers.mjs';

// The messages of a stream; the first has no type.
class Messages {
  constructor(take) {
    this.take = take;
    this.then = null; // makes the answer to a password's proof
    this.bytes = Buffer.alloc(0);
    this.started = false;
  }
  add(piece) {
    this.bytes = Buffer.concat([this.bytes, piece]);
    for (;;) {
      const head = this.started ? 1 : 0;
      if (this.bytes.length < head + 4) return;
      const end = head + this.bytes.readUInt32BE(head);
      if (this.bytes.length < end) return;
      const type = this.started ? String.fromCharCode(this.bytes[0]) : 'start';
      const body = this.bytes.subarray(head + 4, end);
      this.bytes = this.bytes.subarray(end);
      this.take(type, body);
    }
  }
}

// Without the messages that a plain statement does not have.
function plain(bytes) {
  let at = 0;
  while (bytes[at] === 0x31 || bytes[at] === 0x32) at += 5;
  return bytes.subarray(at);
}

function answer(socket, name, simple) {
  const [bytes, , how] = answers[name];
  const sent = simple ? plain(bytes) : bytes;
  const send = () => {
    if (how === 'again' && !socket.destroyed) socket.write(sent, () => setImmediate(send));
  };
  if (how === 'again') send();
  else if (how === 'end') socket.end(sent);
  else socket.write(sent);
}

const stops = new Map(); // what is done when it is asked to stop, by the process that is named then
let processes = 0;

// Of a connection that begins and commits.
function transact(socket, messages, name, command) {
  const [first, then, , how] = commits[name];
  if (command.startsWith('begin')) return void socket.write(begun);
  if (then === true) return void socket.end(first);
  socket.write(first);
  stops.set(messages.process, () => {
    if (then && how !== 'end') socket.write(then);
    else socket.end(then ?? Buffer.alloc(0));
  });
}

// Of a connection that begins a COPY; the server may be asked to stop more than once.
function copy(socket, messages, name) {
  stops.set(messages.process, () => {
    stops.delete(messages.process);
    socket.write(copies[name][0]);
  });
}

function begin(socket, messages, body) {
  const code = body.readUInt32BE(0);
  if (code === 80877103 || code === 80877104) return void socket.write('N');
  if (code === 80877102) { // a request to cancel
    stops.get(body.readUInt32BE(4))?.();
    return void socket.end();
  }
  messages.started = true;
  const words = body.subarray(4).toString('latin1').split('\0');
  const name = words[words.indexOf('database') + 1];
  const said = starts[name];
  messages.process = ++processes;
  if (!said) socket.write(start(messages.process));
  else if (Array.isArray(said)) [, messages.then] = said;
  if (said) socket.write(Array.isArray(said) ? said[0] : said);
  if (name === 'start_closed' || name === 'start_error_without_end') socket.end();
  return name;
}

const sockets = new Set();

export const server = net.createServer((socket) => {
  let name;
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
  const messages = new Messages((type, body) => {
    if (type === 'start') name = begin(socket, messages, body);
    else if (type === 'p' && messages.then) socket.write(messages.then(/r=(.*)/s.exec(body.toString('latin1'))[1]));
    else if (type === 'Q' && commits[name]) transact(socket, messages, name, body.toString('latin1'));
    else if (type === 'Q' && copies[name]) copy(socket, messages, name);
    else if (type === 'f' && copies[name]) socket.write(copies[name][1]);
    else if (type === 'S' && copies[name]) answer(socket, 'good', false);
    else if (type === 'S' && values[name]) socket.write(values[name]);
    else if ('QSH'.includes(type) && answers[name]) answer(socket, name, type === 'Q');
  });
  socket.on('data', (piece) => messages.add(piece));
  socket.on('error', () => {});
});

export function stop() {
  server.close();
  for (const socket of sockets) socket.destroy();
}
