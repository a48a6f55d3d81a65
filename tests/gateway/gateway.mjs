// A gateway in JavaScript, on npm's `ws`, for tests: the other end of greenio/gateway, by docs/gateway.md. What it is told to
// allow it connects to; it has none of the guards that one on a network needs.
import { once } from 'node:events';
import { createServer } from 'node:http';
import net from 'node:net';
import { WebSocketServer } from 'ws';

const PROTOCOL = 'greenio-gateway-1';
const [HELLO, OPEN, OPENED, DATA, CREDIT, END, RESET, CLOSE, PING, PONG] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const HEAD = 5;

const message = (what, number, content = Buffer.alloc(0)) => {
  const head = Buffer.alloc(HEAD);
  head[0] = what;
  head.writeUInt32BE(number, 1);
  return Buffer.concat([head, content]);
};
const number32 = number => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
};
const addressText = (address, port) => (address?.includes(':') ? `[${address}]:${port}` : `${address}:${port}`);

// One connection, from OPEN on. `session` is its WebSocket's.
class Connection {
  open = false;
  ended = false; /* the peer's half */
  sentEnd = false;
  gotEnd = false;
  over = false;
  sent = 0; /* bytes to the client */
  taken = 0; /* bytes that went on to the peer, for which no credit was given yet */

  constructor(session, number, credit, where) {
    this.session = session;
    this.number = number;
    this.credit = credit;
    this.allowed = session.settings.window;
    this.socket = net.connect({ ...where, allowHalfOpen: true, noDelay: true });
    this.socket.pause();
    this.socket.on('connect', () => {
      const { remoteAddress, remotePort, localAddress, localPort } = this.socket;
      const text = `${addressText(remoteAddress, remotePort)} ${addressText(localAddress, localPort)}`;
      session.send(OPENED, number, Buffer.concat([number32(this.allowed), Buffer.from(text)]));
      this.open = true;
    });
    this.socket.on('readable', () => this.pass());
    this.socket.on('end', () => {
      this.ended = true;
      this.pass();
    });
    this.socket.on('error', error => this.fail(error));
  }
  // Reads what there is credit for.
  pass() {
    if (this.over || !this.open) return;
    while (this.credit > 0 && this.socket.readableLength) {
      const bytes = this.socket.read(Math.min(this.credit, this.socket.readableLength, 65536));
      this.credit -= bytes.length;
      this.sent += bytes.length;
      this.session.send(DATA, this.number, bytes);
    }
    if (!this.socket.readableLength) this.socket.read(0);
    if (!this.ended || this.sentEnd || this.socket.readableLength) return;
    this.sentEnd = true;
    this.session.send(END, this.number);
    this.finishWhenBothEnded();
  }
  // False: it may not be.
  data(bytes) {
    this.allowed -= bytes.length;
    if (!this.open || this.gotEnd || this.allowed < 0) return false;
    this.socket.write(bytes, () => {
      this.taken += bytes.length;
      if (this.over || this.gotEnd || this.taken < this.session.settings.window / 2) return;
      this.allowed += this.taken;
      this.session.send(CREDIT, this.number, number32(this.taken));
      this.taken = 0;
    });
    return true;
  }
  end() {
    this.gotEnd = true;
    this.socket.end();
    this.finishWhenBothEnded();
  }
  finishWhenBothEnded() {
    if (this.sentEnd && this.gotEnd) this.forget();
  }
  fail(error) {
    if (this.over) return;
    this.session.send(RESET, this.number, Buffer.from(`${error.code} ${error.message}`));
    this.forget();
  }
  close() {
    this.forget();
    this.socket.resume();
    this.socket.destroySoon();
  }
  cut() {
    this.forget();
    const { socket } = this; /* Node would leave one open that is reset while its half is being ended */
    if (this.open && socket.writableEnded === socket.writableFinished) socket.resetAndDestroy();
    else socket.destroy();
  }
  forget() {
    this.over = true;
    this.session.connections.delete(this.number);
  }
}

// One WebSocket.
class Session {
  connections = new Map();
  last = 0;
  hello = false;

  constructor(socket, settings) {
    this.socket = socket;
    this.settings = settings;
    socket.on('message', (data, isBinary) => {
      if (!isBinary || !this.receive(data)) this.end(4400, 'that is not the protocol');
    });
    socket.on('close', () => [...this.connections.values()].forEach(connection => connection.cut()));
    socket.on('error', () => {});
  }
  end(code, reason) {
    this.socket.close(code, reason);
  }
  send(what, number, content) {
    this.socket.send(message(what, number, content));
  }
  receive(data) {
    if (data.length < HEAD) return false;
    const [what, number, content] = [data[0], data.readUInt32BE(1), data.subarray(HEAD)];
    if (!this.hello) {
      if (what !== HELLO || number !== 0) return false;
      this.hello = true;
      this.settings.tokens.push(content.toString());
      if (this.settings.token !== undefined && content.toString() !== this.settings.token) this.end(4401, 'the token is wrong');
      return true;
    }
    if (what === PING && number === 0) {
      if (!this.settings.deaf) this.send(PONG, 0, content);
      return true;
    }
    if (what === PONG && number === 0) return true;
    if (what === OPEN) return this.open(number, content);
    const connection = this.connections.get(number);
    if (!connection) return number > 0 && number <= this.last && what >= DATA && what <= CLOSE;
    switch (what) {
      case DATA: return content.length > 0 && connection.data(content);
      case CREDIT:
        if (content.length !== 4) return false;
        connection.credit += content.readUInt32BE(0);
        connection.pass();
        return true;
      case END: return connection.open && !connection.gotEnd && (connection.end(), true);
      case RESET: return connection.cut(), true;
      case CLOSE: return connection.close(), true;
    }
    return false;
  }
  open(number, content) {
    if (number !== this.last + 1 || content.length < 7) return false;
    this.last = number;
    const [credit, port, host] = [content.readUInt32BE(0), content.readUInt16BE(4), content.subarray(6).toString()];
    const target = this.settings.allow(host, port);
    if (!target) this.send(RESET, number, Buffer.from(`EACCES ${addressText(host, port)} is not allowed`));
    else if (target !== 'never') this.connections.set(number, new Connection(this, number, credit, target));
    return true;
  }
}

/* `allow(host, port)` gives what is connected to, { host, port }, or null, or 'never': nothing is ever answered. In `tokens`
 * are those that came. */
export async function startGateway({ allow, token = undefined, window = 131072, deaf = false }) {
  const settings = { allow, token, window, deaf, tokens: [] };
  const server = createServer((request, response) => response.writeHead(426).end());
  const webSockets = new WebSocketServer({ server, perMessageDeflate: false, handleProtocols: offered => (offered.has(PROTOCOL) ? PROTOCOL : false) });
  const sessions = new Set();
  let opened = 0;
  webSockets.on('connection', socket => {
    const session = new Session(socket, settings);
    opened++;
    sessions.add(session);
    socket.on('close', () => sessions.delete(session));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${/** @type {net.AddressInfo} */ (server.address()).port}/`,
    settings,
    sessions,
    /* How many WebSockets there ever were. */
    get opened() {
      return opened;
    },
    /* Ends all WebSockets without a word. */
    breakAll() {
      for (const { socket } of sessions) socket.terminate();
    },
    close() {
      this.breakAll();
      server.close();
    },
  };
}
