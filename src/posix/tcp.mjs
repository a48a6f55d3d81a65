/* A stream socket: what POSIX says of one, over connections that are made below (connections.mjs). Nothing here waits: what
 * would is EAGAIN. Functions return a count, 0, or a negative errno. */
import { gather, Queue } from './memory.mjs';
import { layout } from './numbers.mjs';

const {
  EAFNOSUPPORT, EAGAIN, EALREADY, ECONNRESET, EINPROGRESS, EINVAL, EISCONN, ENOTCONN, EOPNOTSUPP, EPIPE, POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, AF_INET,
  AF_INET6, AF_UNIX, AF_UNSPEC, SHUT_RD, SHUT_WR, S_IFSOCK,
} = layout.constants;
const MOST = 65536; /* bytes that have come and are not read */

export class StreamSocket {
  isSocket = true;
  mode = S_IFSOCK | 0o777;
  state = 'new'; /* connecting, open, listening; failed: until its error has been asked for */
  queue = new Queue();
  isPaused = false;
  ended = false; /* the other side has ended its half */
  finished = false; /* and said so, instead of being cut */
  shutRead = false;
  shutWrite = false;
  dead = false; /* it was cut */
  error = 0; /* SO_ERROR */
  options = { noDelay: false, keepAlive: false, keepIdle: 0, linger: null, ipv6Only: false };
  local = null;
  peer = null;
  asked = null; /* what it was connected to */
  bound = null;
  below = null;
  server = null;
  waiting = []; /* to be accepted, as many as */
  backlog = 0;
  /** @type {number[] | undefined} */
  greenTimeouts; /* src/fd/descriptors.mjs's */

  /* `host`: { below, bytes, changed(socket) } */
  constructor(host, family) {
    this.host = host;
    this.family = family;
  }
  changed() {
    this.host.changed(this);
  }

  /* ---- what the connection below tells */

  open(local, peer) {
    const isOther = this.family === AF_INET && peer.host?.includes(':'); /* what the address stood for, at a gateway */
    Object.assign(this, { state: 'open', local, peer: isOther ? this.asked ?? peer : peer });
    this.apply();
    this.changed();
  }
  data(chunk) {
    if (this.drops()) return;
    this.queue.push(chunk);
    this.cameMore();
  }
  read(bytes, count) {
    if (this.drops()) return;
    this.queue.copy(bytes, count);
    this.cameMore();
  }
  drops() {
    return this.shutRead && this.family === AF_UNIX; /* TCP's is read all the same */
  }
  cameMore() {
    if (this.queue.size >= MOST && !this.isPaused) {
      this.isPaused = true;
      this.below.pause();
    }
    this.changed();
  }
  end() {
    this.ended = this.finished = true;
    this.changed();
  }
  drained() {
    this.changed();
  }
  failed(errno) {
    this.error = errno;
    if (this.state === 'connecting') this.state = 'failed';
    else this.ended = this.dead = true;
    this.changed();
  }

  /* Of a pair: the other end is closed. */
  cut() {
    this.ended = this.dead = true;
    this.changed();
  }

  /* ---- */

  poll() {
    if (this.state === 'new') return POLLOUT | POLLHUP | (this.shutRead ? POLLIN | POLLRDHUP : 0);
    if (this.state === 'connecting') return 0;
    if (this.state === 'listening') return this.waiting.length ? POLLIN : 0;
    if (this.state === 'failed') return POLLIN | POLLOUT | POLLERR | POLLHUP;
    let bits = 0;
    if (this.queue.size || this.ended || this.shutRead) bits |= POLLIN;
    if (this.dead || this.shutWrite || this.below.room() > 0) bits |= POLLOUT;
    if (this.ended || this.shutRead) bits |= POLLRDHUP;
    if (this.dead || ((this.ended || this.shutRead) && this.shutWrite)) bits |= POLLHUP;
    return this.error ? bits | POLLERR : bits;
  }
  takeError() {
    const { error } = this;
    this.error = 0;
    if (this.state === 'failed') this.state = 'new';
    return error;
  }

  /* A reader has no EPIPE: what a write failed with then was a reset. */
  takeReadError() {
    const error = this.takeError();
    return error === EPIPE ? ECONNRESET : error;
  }

  receive(areas, peek) {
    if (this.state === 'connecting') return -EAGAIN;
    if (this.error) if (!this.queue.size) if (!this.finished) return -this.takeReadError();
    if (this.state !== 'open') return this.shutRead ? 0 : -ENOTCONN;
    if (!this.queue.size) return this.ended || this.shutRead ? 0 : -EAGAIN;
    const count = this.queue.take(this.host.bytes(), areas, peek);
    if (this.isPaused && this.queue.size < MOST / 2) {
      this.isPaused = false;
      this.below.resume();
    }
    return count;
  }
  send(areas) {
    if (this.state === 'connecting') return -EAGAIN;
    if (this.error) return -this.takeError();
    if (this.state !== 'open' || this.shutWrite || this.dead) return -EPIPE;
    const room = this.below.room();
    if (room <= 0) return -EAGAIN;
    const bytes = gather(this.host.bytes(), areas, room, this.host.below.newBytes);
    if (bytes.length) this.below.write(bytes);
    return bytes.length;
  }

  /* ---- connections */

  bind(address) {
    if (this.bound || this.state !== 'new') return -EINVAL;
    if (this.family === AF_UNIX) return -EOPNOTSUPP;
    if (!address) return -EINVAL;
    if (address.family !== this.family) return -EAFNOSUPPORT;
    const bound = this.host.below.bind(address, this.options.ipv6Only);
    if (typeof bound == 'number') return bound;
    this.bound = bound;
    this.local = bound.address;
    return 0;
  }
  listen(backlog) {
    if (this.family === AF_UNIX) return -EOPNOTSUPP;
    if (this.state !== 'listening' && this.state !== 'new') return -EINVAL;
    this.backlog = Math.max(backlog, 1);
    if (this.state === 'listening') return 0;
    if (!this.bound) {
      const failed = this.bind({ family: this.family, host: this.family === AF_INET6 ? '::' : '0.0.0.0', port: 0 });
      if (failed < 0) return failed;
    }
    const server = this.host.below.listen(this.bound, this.backlog, one => this.arrived(one));
    if (typeof server == 'number') return server;
    Object.assign(this, { server, state: 'listening' });
    return 0;
  }
  arrived(one) {
    if (this.waiting.length >= this.backlog) this.waiting = this.waiting.filter(other => !other.gone());
    if (this.state !== 'listening' || this.waiting.length >= this.backlog) return one.reset();
    this.waiting.push(one);
    this.changed();
  }
  /* A connected socket, or a negative errno. */
  accept() {
    if (this.state !== 'listening') return -EINVAL;
    let one;
    do one = this.waiting.shift(); while (one?.gone());
    if (!one) return -EAGAIN;
    const socket = new StreamSocket(this.host, this.family);
    socket.below = one.adopt(socket);
    Object.assign(socket.options, this.options);
    if (this.greenTimeouts) socket.greenTimeouts = [...this.greenTimeouts];
    socket.open(...one.places);
    return socket;
  }
  /* -EINPROGRESS: it has begun. */
  connect(address) {
    if (address?.family === AF_UNSPEC) return this.disconnect();
    if (this.state === 'connecting') return -EALREADY;
    if (this.state === 'open') return -EISCONN;
    if (this.state === 'failed') return -this.takeError() || -EINVAL;
    if (this.state === 'listening') return -EISCONN;
    if (!address) return -EINVAL;
    if (address.family !== this.family) return -EAFNOSUPPORT;
    const where = address.host === '0.0.0.0' ? { ...address, host: '127.0.0.1' } : address;
    Object.assign(this, { state: 'connecting', asked: address, ended: false, finished: false, dead: false, shutRead: false, shutWrite: false, error: 0 });
    try {
      this.below = this.host.below.connect(where, this.bound, this);
    } catch (error) {
      this.state = 'new';
      return -this.host.errnoOf(error);
    }
    this.bound = null;
    return -EINPROGRESS;
  }
  /* A connection is reset, and the socket as good as new. */
  disconnect() {
    if (this.family === AF_UNIX) return -EINVAL;
    const { state } = this;
    if (state === 'listening') this.stopListening();
    this.below?.reset();
    const isNew = { state: 'new', ended: false, finished: false, dead: false, shutRead: false, shutWrite: false, isPaused: false };
    const error = state === 'open' || state === 'connecting' ? ECONNRESET : 0;
    if (!this.bound) this.local = null; /* an address that it was bound to stays */
    Object.assign(this, isNew, { below: null, peer: null, asked: null, error, queue: new Queue() });
    this.changed();
    return 0;
  }
  shutdown(how) {
    if (this.state === 'listening' && how !== SHUT_WR) {
      this.stopListening();
      this.changed();
      return 0;
    }
    if (how !== SHUT_WR && this.state !== 'connecting') this.shutRead = true;
    if (this.state !== 'open') return -ENOTCONN;
    if (how !== SHUT_WR) this.below.refuse?.();
    if (how !== SHUT_RD && !this.shutWrite) {
      this.shutWrite = true;
      this.below.end();
    }
    this.changed();
    return 0;
  }
  name(peer) {
    if (!peer) return this.local ?? {};
    return this.state === 'open' ? this.peer : -ENOTCONN;
  }

  /* Hands the options down, those that were set before too. */
  apply() {
    if (!this.below || this.family === AF_UNIX) return;
    this.below.noDelay(this.options.noDelay);
    this.below.keepAlive(this.options.keepAlive, this.options.keepIdle * 1000);
  }

  stopListening() {
    for (const one of this.waiting.splice(0)) one.reset();
    this.server?.close();
    this.server = this.bound = null; /* which the server had */
    this.state = 'new';
  }
  close() {
    if (this.state === 'listening') return this.stopListening();
    this.bound?.close();
    const { linger } = this.options;
    if (this.state === 'open' && linger?.on && linger.seconds === 0) this.below.reset();
    else this.below?.close(this.state === 'open');
    this.bound = this.below = null;
    this.state = 'new';
  }
}

export const isStreamFamily = family => family === AF_INET || family === AF_INET6 || family === AF_UNIX;
