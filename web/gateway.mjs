/* Sockets by a gateway: what a module's factory takes as greenSockets, in a page, in a worker, or wherever there is a
 * WebSocket:
 *
 *   import { gateway } from 'greenio/gateway';
 *   const app = await load('app.mjs', { module: { greenSockets: gateway('wss://example.org/tcp', { token }) } });
 *
 * All connections go through one WebSocket, which is opened with the first of them and closed behind the last. Its
 * bytes are described in docs/gateway.md, where what a connection owes stands, too.
 */
import { GreenError } from '../wasm/error.mjs';
import { Timer } from '../wasm/timers.mjs';
import { octetsOf } from '../wasm/values.mjs';

const PROTOCOL = 'greenio-gateway-1';
const [HELLO, OPEN, OPENED, DATA, CREDIT, END, RESET, CLOSE, PING, PONG] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const HEAD = 5; /* bytes: what it is, and of which connection */
const PIECE = 32768; /* of bytes, the most in one message, so that many take turns */
const AHEAD = 1 << 20; /* bytes that the WebSocket may hold; it does not tell of room */
const FLOOD = 16 << 20; /* bytes that a gateway does not read, at which its pings are not answered any more */
const LOOK_AGAIN = 5; /* ms, when it holds more */
const LINGER = 60000; /* ms without progress, until a connection that is to be closed is cut */
const MOST_DATA = 65536; /* bytes of a message */
const MOST_WORDS = 1024; /* bytes of addresses, and of a ping */
const OPEN_STATE = 1; /* WebSocket.OPEN, which not all have */

/* Why a WebSocket that the gateway closed has ended. */
const reasons = { 4400: 'EPROTO', 4401: 'EACCES', 4403: 'EACCES', 4408: 'ETIMEDOUT', 4429: 'EMFILE' };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const message = (what, number, content = new Uint8Array()) => {
  const bytes = new Uint8Array(HEAD + content.length);
  bytes[0] = what;
  new DataView(bytes.buffer).setUint32(1, number);
  bytes.set(content, HEAD);
  return bytes;
};
const numbers = (...list) => {
  const bytes = new Uint8Array(4 * list.length);
  list.forEach((number, i) => new DataView(bytes.buffer).setUint32(4 * i, number));
  return bytes;
};
const openContent = (credit, port, host) => {
  const name = encoder.encode(host);
  const bytes = new Uint8Array(6 + name.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, credit);
  view.setUint16(4, port);
  bytes.set(name, 6);
  return bytes;
};

/* A promise with its two ends, whose failure nobody needs to look at. */
const deferred = () => {
  let resolve, reject;
  const promise = new Promise((yes, no) => { [resolve, reject] = [yes, no]; });
  promise.catch(() => {});
  return { promise, resolve, reject };
};

/* ---- one connection --------------------------------------------------------------------------------------- */

/* What is received is kept here until somebody reads it, at most `window` bytes: the gateway sends no more before these
 * were taken. What is written waits for the gateway's credit, and for room in the WebSocket. */
class Connection {
  #link;
  #window;
  #opened = deferred();
  #closed = deferred();
  #isOpen = false;
  #over = false;
  #reader; /* controllers */
  #writer;
  #received = []; /* nobody has read it yet */
  #granted; /* bytes that may still come */
  #taken = 0; /* bytes that were read, and for which no credit was given yet */
  #wanted = false; /* somebody waits for more */
  #discards = false; /* nobody will read */
  #ended = false; /* the other side's half */
  #failure = null;
  #credit = 0; /* bytes that may still be sent */
  #unwritten = 0; /* pieces that were written, and are not with the WebSocket */
  #piece = null; /* of these, the one that is being sent */
  #shut = false; /* this half */
  #closing = false;
  #linger = new Timer(() => this.abort());

  constructor(link, number, window) {
    this.#link = link;
    this.number = number;
    this.#window = this.#granted = window;
    this.readable = new ReadableStream({
      start: controller => { this.#reader = controller; },
      pull: () => {
        this.#wanted = true;
        this.#hand();
      },
      cancel: () => this.#discard(),
    }, { highWaterMark: 0 });
    this.writable = new WritableStream({
      start: controller => { this.#writer = controller; },
      write: chunk => this.#write(chunk),
      close: () => this.#shutdown(),
      abort: () => this.abort(),
    }, {
      highWaterMark: PIECE,
      size: chunk => {
        this.#unwritten++;
        return chunk?.byteLength ?? 0;
      },
    });
  }

  /* ---- for who has it */

  get opened() {
    return this.#opened.promise;
  }
  get closed() {
    return this.#closed.promise;
  }
  /* Delivers what was written, and closes. */
  close() {
    if (!this.#over && !this.#closing) {
      this.#closing = true;
      this.#discard();
      this.#linger.set(LINGER);
      this.#closeWhenWritten();
    }
    return this.#closed.promise.catch(() => {});
  }
  /* Cuts the connection. */
  abort(reason = undefined) {
    if (this.#over) return;
    this.#link.send(message(RESET, this.number));
    this.#fail(reason instanceof Error ? reason : new GreenError('ECONNABORTED', 'the connection was cut by this side'));
  }

  /* ---- for the link: what the gateway says. False: it may not be. */

  onOpened(credit, addresses) {
    if (this.#isOpen) return false;
    const [remoteAddress, localAddress] = addresses.split(' ');
    this.#isOpen = true;
    this.#credit = credit;
    this.#opened.resolve({ remoteAddress, localAddress });
    this.#wants();
    if (this.#shut) this.#link.send(message(END, this.number));
    if (this.#closing) this.#closeWhenWritten();
    return true;
  }
  onData(bytes) {
    this.#granted -= bytes.length;
    if (!this.#isOpen || this.#ended || this.#granted < 0) return false;
    if (this.#discards) {
      this.#take(bytes.length);
    } else {
      this.#received.push(bytes);
      this.#hand();
    }
    return true;
  }
  onCredit(bytes) {
    if (!this.#isOpen) return false;
    this.#credit += bytes;
    this.#wants();
    return true;
  }
  onEnd() {
    if (!this.#isOpen || this.#ended) return false;
    this.#ended = true;
    this.#hand();
    this.#finishWhenBothEnded();
    return true;
  }
  /* It is over: not by a message to the gateway. */
  onFailure(error) {
    this.#fail(error);
  }
  get wantsToSend() {
    return this.#piece !== null && this.#credit > 0 && !this.#over;
  }
  /* Sends the next message with data. */
  sendNext(send) {
    const piece = this.#piece;
    const count = Math.min(this.#credit, PIECE, piece.bytes.length - piece.at);
    this.#credit -= count;
    send(message(DATA, this.number, piece.bytes.subarray(piece.at, piece.at + count)));
    piece.at += count;
    if (this.#closing) this.#linger.set(LINGER);
    if (piece.at < piece.bytes.length) return;
    this.#piece = null;
    piece.sent.resolve();
    this.#written();
  }

  /* ---- receiving */

  #hand() {
    if (!this.#wanted || this.#discards) return;
    const bytes = this.#received.shift();
    if (bytes) {
      this.#wanted = false;
      this.#reader.enqueue(bytes);
      this.#take(bytes.length);
    } else if (this.#failure) {
      this.#discards = true;
      this.#reader.error(this.#failure);
      this.#writer.error(this.#failure);
    } else if (this.#ended) {
      this.#discards = true;
      this.#reader.close();
    }
  }
  #take(count) {
    this.#taken += count;
    if (this.#over || this.#ended || this.#taken < this.#window / 2) return;
    this.#granted += this.#taken;
    this.#link.send(message(CREDIT, this.number, numbers(this.#taken)));
    this.#taken = 0;
  }
  #discard() {
    if (this.#discards) return;
    this.#discards = true;
    try {
      this.#reader.close();
    } catch { /* it was cancelled */ }
    this.#received.splice(0).forEach(bytes => this.#take(bytes.length));
  }

  /* ---- sending */

  #write(chunk) {
    const bytes = octetsOf(chunk);
    if (!bytes) throw new GreenError('EINVAL', 'only bytes can be written to a connection');
    if (this.#failure || this.#over) throw this.#failure ?? new GreenError('EPIPE', 'the connection is closed');
    if (!bytes.length) return void this.#written();
    this.#piece = { bytes, at: 0, sent: deferred() };
    this.#wants();
    return this.#piece?.sent.promise;
  }
  #wants() {
    if (this.wantsToSend) this.#link.wants(this);
  }
  #written() {
    this.#unwritten--;
    if (this.#closing) this.#closeWhenWritten();
  }
  #shutdown() {
    if (this.#over) return;
    this.#shut = true;
    if (this.#isOpen) this.#link.send(message(END, this.number));
    this.#finishWhenBothEnded();
  }

  /* ---- the end */

  #closeWhenWritten() {
    if (this.#over || this.#unwritten || (!this.#isOpen && this.#shut)) return;
    this.#link.send(this.#isOpen ? message(CLOSE, this.number) : message(RESET, this.number));
    const error = new GreenError('EPIPE', 'the connection is closed');
    this.#writer.error(error);
    this.#opened.reject(error);
    this.#finish();
  }
  #finishWhenBothEnded() {
    if (this.#shut && this.#ended && this.#isOpen) this.#finish();
  }
  #finish() {
    if (this.#over) return;
    this.#over = true;
    this.#linger.clear();
    this.#link.forget(this);
    this.#closed.resolve();
  }
  #fail(error) {
    if (this.#over) return;
    this.#over = true;
    this.#failure = error;
    this.#linger.clear();
    this.#link.forget(this);
    this.#opened.reject(error);
    this.#closed.reject(error);
    this.#piece?.sent.reject(error);
    this.#piece = null;
    if (!this.#received.length) this.#writer.error(error); /* or else when that has been read, or more is written */
    this.#hand();
  }
}

/* ---- one WebSocket ---------------------------------------------------------------------------------------- */

/* `settings` as gateway() has them; ended() is called once. */
class Link {
  #settings;
  #ended;
  #socket = null;
  #connections = new Map();
  #last = 0;
  #waiting = []; /* messages, until it is open */
  #senders = new Set(); /* connections that have something to send, in turn */
  #isOver = false;
  #wasOpen = false;
  #waitsForRoom = false;
  #later = new Timer(() => this.#sendSome());
  #idle = new Timer(() => this.#end());
  #beat = new Timer(() => this.#look());
  #heard = false;
  #pinged = false;

  constructor(settings, ended) {
    this.#settings = settings;
    this.#ended = ended;
    this.#open().catch(error => this.#break(error));
  }

  get connections() {
    return this.#connections.size;
  }
  connect(hostname, port) {
    this.#idle.clear();
    const { window } = this.#settings;
    const connection = new Connection(this, ++this.#last, window);
    this.#connections.set(connection.number, connection);
    this.send(message(OPEN, connection.number, openContent(window, port, hostname)));
    return connection;
  }
  close() {
    this.#break(new GreenError('ECONNABORTED', 'the sockets by the gateway were closed'));
  }

  /* ---- for its connections */

  send(bytes) {
    if (this.#isOver) return;
    if (this.#socket?.readyState === OPEN_STATE) this.#socket.send(bytes);
    else this.#waiting.push(bytes);
  }
  wants(connection) {
    this.#senders.add(connection);
    if (!this.#waitsForRoom) this.#sendSome();
  }
  forget(connection) {
    this.#connections.delete(connection.number);
    if (this.#connections.size || this.#isOver) return;
    this.#idle.set(this.#settings.idle);
  }

  /* ---- */

  async #open() {
    const { url, WebSocket, token } = this.#settings;
    const hello = encoder.encode(String((typeof token == 'function' ? await token() : await token) ?? ''));
    if (this.#isOver) return;
    const socket = (this.#socket = new WebSocket(url, [PROTOCOL]));
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      if (socket.protocol !== PROTOCOL) return this.#break(new GreenError('EPROTO', `${url} is no gateway: it does not speak ${PROTOCOL}`));
      socket.send(message(HELLO, 0, hello));
      this.#waiting.splice(0).forEach(bytes => socket.send(bytes));
      this.#wasOpen = true;
      this.#beat.set(this.#settings.heartbeat);
      this.#sendSome();
    };
    socket.onmessage = ({ data }) => {
      this.#heard = true;
      if (!this.#isOver && !this.#receive(data)) this.#break(new GreenError('EPROTO', `the gateway ${url} has sent what it may not`));
    };
    socket.onerror = () => {}; /* it is closed, too */
    socket.onclose = ({ code, reason }) => this.#break(this.#gone(code, reason));
  }
  #gone(code, reason) {
    const { url } = this.#settings;
    const said = reason ? `: ${reason}` : '';
    if (reasons[code]) return new GreenError(reasons[code], `the gateway ${url} has hung up${said}`);
    if (!this.#wasOpen) return new GreenError('ENETWORK', `the gateway ${url} cannot be reached`);
    return new GreenError('ECONNRESET', `the connection to the gateway ${url} was lost (${code})${said}`);
  }

  /* False: it is none of the protocol's. */
  #receive(data) {
    if (!(data instanceof ArrayBuffer) || data.byteLength < HEAD) return false;
    const view = new DataView(data);
    const [what, number] = [view.getUint8(0), view.getUint32(1)];
    const content = new Uint8Array(data, HEAD);
    if (what === PING) {
      if (content.length > MOST_WORDS || this.#socket.bufferedAmount > FLOOD) return false;
      this.send(message(PONG, 0, content));
      return true;
    }
    if (what === PONG) return true;
    if (what > RESET || number > this.#last || number === 0) return false;
    const connection = this.#connections.get(number);
    if (!connection) return true; /* it was let go of here meanwhile */
    switch (what) {
      case OPENED:
        return content.length >= 4 && content.length <= MOST_WORDS &&
          connection.onOpened(view.getUint32(HEAD), decoder.decode(content.subarray(4)));
      case DATA:
        return content.length > 0 && content.length <= MOST_DATA && connection.onData(content);
      case CREDIT:
        return content.length === 4 && connection.onCredit(view.getUint32(HEAD));
      case END:
        return connection.onEnd();
      case RESET: {
        const [, code, words] = /^(E[A-Z0-9]+)? ?([^]*)$/.exec(decoder.decode(content));
        connection.onFailure(new GreenError(code || 'ECONNRESET', words || 'the connection was cut'));
        return true;
      }
      default:
        return false;
    }
  }

  #sendSome() {
    this.#waitsForRoom = false;
    if (this.#socket?.readyState !== OPEN_STATE) return;
    for (const connection of this.#senders) { /* one that is added again comes again */
      if (this.#socket.bufferedAmount > AHEAD) {
        this.#waitsForRoom = true;
        this.#later.set(LOOK_AGAIN);
        return;
      }
      this.#senders.delete(connection);
      if (!connection.wantsToSend) continue;
      connection.sendNext(bytes => this.#socket.send(bytes));
      if (connection.wantsToSend) this.#senders.add(connection);
    }
  }

  /* A WebSocket whose other end has vanished may not tell for many minutes. */
  #look() {
    if (this.#heard || !this.#connections.size) {
      this.#heard = this.#pinged = false;
    } else if (this.#pinged) {
      this.#break(new GreenError('ECONNRESET', `the gateway ${this.#settings.url} does not answer any more`));
    } else {
      this.#pinged = true;
      this.send(message(PING, 0));
    }
    if (!this.#isOver) this.#beat.set(this.#settings.heartbeat);
  }

  #end() {
    this.#isOver = true;
    for (const timer of [this.#later, this.#idle, this.#beat]) timer.clear();
    try {
      this.#socket?.close(1000);
    } catch { /* it has not begun */ }
    this.#ended(this);
  }
  /* All of its connections have failed. */
  #break(error) {
    if (this.#isOver) return;
    this.#end();
    for (const connection of [...this.#connections.values()]) connection.onFailure(error);
  }
}

/* ---- public ----------------------------------------------------------------------------------------------- */

const addressOf = given => {
  const base = globalThis.location?.href;
  let url;
  try {
    url = new URL(given, base);
  } catch {
    throw new GreenError('EINVAL', `gateway(): ${given} is no URL`);
  }
  const protocol = { 'http:': 'ws:', 'https:': 'wss:' }[url.protocol] ?? url.protocol;
  if (!/^wss?:$/.test(protocol)) throw new GreenError('EINVAL', `gateway(): ${given} is no URL of a WebSocket: it begins with wss: or ws:`);
  return url.href.replace(/^[a-z]+:/, protocol).replace(/#.*$/, '');
};

const checkConnect = ({ hostname, port } = /** @type {any} */ ({}), { secureTransport = 'off' } = /** @type {any} */ ({})) => {
  if (typeof hostname != 'string' || !hostname) throw new GreenError('EINVAL', 'connect(): hostname is missing');
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new GreenError('EINVAL', `connect(): port is ${port}, and not 1 to 65535`);
  if (secureTransport !== 'off') throw new GreenError('ENOTSUP', 'connect(): there is no TLS by the gateway, in which it would end; the program brings its own');
};

export const gateway = (given, options) => {
  const { token, window = 262144, idle = 1000, heartbeat = 30000, WebSocket = globalThis.WebSocket } = options ?? {};
  if (typeof WebSocket != 'function') throw new GreenError('ENOTSUP', 'gateway(): there is no WebSocket here: give one as the option WebSocket, for instance that of the npm package ws');
  if (!Number.isInteger(window) || window < 1 || window > 2 ** 30) throw new GreenError('EINVAL', `gateway(): window is ${window}, and not 1 to 1,073,741,824 bytes`);
  const settings = { url: addressOf(given), token, window, idle, heartbeat, WebSocket };
  let link = null;
  const ended = one => {
    if (link === one) link = null;
  };
  return {
    connect(address, how) {
      checkConnect(address, how);
      link ??= new Link(settings, ended);
      return link.connect(address.hostname, address.port);
    },
    get connections() {
      return link?.connections ?? 0;
    },
    close() {
      link?.close();
    },
  };
};
