/* Pipes, and connected pairs of sockets, inside the module: what is written is there to be read at once. */
import { gather, newBytes, Queue } from './memory.mjs';
import { layout } from './numbers.mjs';
import { StreamSocket } from './tcp.mjs';

const { AF_UNIX, EAGAIN, EBADF, EPIPE, O_RDONLY, O_WRONLY, PIPE_BUF, POLLERR, POLLHUP, POLLIN, POLLOUT, S_IFIFO } = layout.constants;
const MOST = 65536;

class Reader {
  mode = S_IFIFO | 0o600;
  access = O_RDONLY;
  queue = new Queue();
  closed = false;
  writer = null;

  constructor(host) {
    this.host = host;
  }
  poll() {
    return (this.queue.size ? POLLIN : 0) | (this.writer.closed ? POLLHUP : 0);
  }
  receive(areas, peek) {
    if (!this.queue.size) return this.writer.closed ? 0 : -EAGAIN;
    const count = this.queue.take(this.host.bytes(), areas, peek);
    this.host.changed(this.writer);
    return count;
  }
  send = () => -EBADF;
  close() {
    this.closed = true;
    this.host.changed(this.writer);
  }
}

class Writer {
  mode = S_IFIFO | 0o600;
  access = O_WRONLY;
  closed = false;

  constructor(host, reader) {
    this.host = host;
    this.reader = reader;
  }
  room() {
    return MOST - this.reader.queue.size;
  }
  poll() {
    if (this.reader.closed) return POLLOUT | POLLERR;
    return this.room() >= PIPE_BUF ? POLLOUT : 0;
  }
  receive = () => -EBADF;
  /* Up to PIPE_BUF bytes go whole or not at all. */
  send(areas) {
    if (this.reader.closed) return -EPIPE;
    const bytes = gather(this.host.bytes(), areas, MOST, newBytes);
    const room = this.room();
    if (bytes.length > room && (room === 0 || bytes.length <= PIPE_BUF)) return -EAGAIN;
    const taken = bytes.subarray(0, room);
    this.reader.queue.push(taken);
    this.host.changed(this.reader);
    return taken.length;
  }
  close() {
    this.closed = true;
    this.host.changed(this.reader);
  }
}

/* [the end that is read, the end that is written] */
export const makePipe = host => {
  const reader = new Reader(host);
  reader.writer = new Writer(host, reader);
  return [reader, reader.writer];
};

/* What stands below a socket whose other end is one of the module's too. */
const towards = other => ({
  room: () => (other.isPaused ? 0 : MOST - other.queue.size),
  write(bytes) {
    other.data(bytes);
  },
  end() {
    other.end();
  },
  /* Nothing is read here any more, so that nothing can be written there. */
  refuse() {
    other.shutWrite = true;
    other.changed();
  },
  pause() {},
  resume() {
    other.drained();
  },
  reset() {
    other.cut();
  },
  close() {
    other.cut();
  },
});

export const makePair = host => {
  const pair = [new StreamSocket(host, AF_UNIX), new StreamSocket(host, AF_UNIX)];
  const [a, b] = pair;
  a.below = towards(b);
  b.below = towards(a);
  for (const socket of pair) socket.open({ path: '' }, { path: '' });
  return pair;
};
