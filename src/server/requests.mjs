/* The requests of a server of Node's, and its connections. */
import { nodeTimeout, Timer } from '../../wasm/timers.mjs';

export const layout = {
  headers: ['app/app_js.h', 'app/server.h'],
  constants: { GREEN__JS_SECURE: 1, GREEN__JS_RAW: 4, GREEN__LINGER: 2000 },
};
const { GREEN__JS_SECURE: SECURE, GREEN__JS_RAW: RAW, GREEN__LINGER: LINGER } = layout.constants;

export const makeRequests = ({ loop }, exchanges) => {
  const SMALL = 16384; /* bytes of a body that goes out in one string with its head */
  const DROPPED = 262144; /* bytes of a body that nobody wants are read, then the connection is closed */
  const AGAIN = 6; /* requests of a connection that are parsed once more, then it is closed */

  /* For larger bodies, used again when Node has written them: to allocate and collect costs more than the rest. */
  const BUFFER = 131072;
  const MOST_BUFFERS = 64;
  const buffers = [];
  function endWithBytes(response) {
    const size = exchanges.size();
    if (size > BUFFER) return void response.end(exchanges.bodyBytes());
    const buffer = buffers.length ? buffers.pop() : Buffer.allocUnsafeSlow(BUFFER);
    const bytes = buffer.subarray(0, size);
    exchanges.bodyInto(bytes);
    response.end(bytes, () => { if (buffers.length < MOST_BUFFERS && response.writableFinished) buffers.push(buffer); });
  }

  class Incoming {
    constructor(server, request, response) {
      this.slot = -1; /* exchanges.mjs sets it, and what follows */
      this.isAnswered = false;
      this.begins = false; /* its turn is not over */
      this.fault = 0; /* of its body, found meanwhile */
      this.bodyComes = false;
      this.refused = 0;
      this.why = '';
      this.server = server;
      this.request = request;
      this.response = response;
      this.piece = null; /* that C has not taken */
      this.at = 0;
      this.taken = 0; /* bytes of the body, by C */
      this.more = true; /* Node takes more */
      this.receives = false;
      this.waits = false; /* listeners are set */
      this.upgradable = false; /* the client asks for another protocol, and the socket is this request's alone */
      this.upgrade = 0; /* what the connection has become */
    }
    end(whole) {
      exchanges.close(this, whole);
      if (this.request.socket.greenExchange === this) over(this.request.socket);
    }
    /* What was written before, which Node may hold until its next tick, goes out; then the connection ends. */
    broken() {
      const socket = this.request.socket;
      if (this.upgrade) return void (this.slot >= 0 && this.end(false));
      socket.greenStop = true;
      this.setIdleTimeout(this.server.idle);
      setImmediate(() => { socket.destroySoon(); });
      if (this.slot >= 0) this.end(false);
    }
    /* There is no answer yet, or not all of it. */
    wait() {
      const exchange = this;
      if (exchange.waits) return;
      exchange.waits = true;
      exchange.request.socket.greenExchange = exchange;
      exchange.response.on('close', () => { if (exchange.slot >= 0) exchange.end(false); });
      exchange.response.on('drain', () => {
        exchange.more = true;
        exchange.output();
      });
    }

    /* ---- the answer */
    /* Behind an answer that ends the connection nothing is begun: Node says so too where a client was to wait for
     * 100 and has its answer instead. */
    writeHead(status, head) {
      const socket = this.request.socket;
      this.response.writeHead(status, head);
      if (!this.response.shouldKeepAlive && !socket.greenFault) socket.greenStop = true;
    }
    hinted(links) {
      if (this.request.httpVersion !== '1.0' && !this.response.headersSent) this.response.writeEarlyHints({ link: links });
    }
    answered() {
      const response = this.response;
      const status = exchanges.status();
      let head = exchanges.head();
      if (exchanges.upgrade()) return this.handOver(exchanges.upgrade(), head);
      const bodiless = exchanges.bodiless();
      if (this.server.draining) {
        head = head.concat('Connection', 'close');
        this.request.socket.greenStop = true;
      }
      const unread = exchanges.unread();
      const ends = unread && this.isTooMuch();
      if (ends) head = head.concat('Connection', 'close');
      this.writeHead(status, head);
      if (ends) {
        this.request.socket.greenStop = true;
        response._last = false; /* Node would cut the connection at once, and the client lose the answer */
      }
      if (exchanges.pieces()) {
        this.wait();
        this.output();
        if (this.slot >= 0 && !response._headerSent) response.flushHeaders();
        return;
      }
      if (bodiless) {
        response.end();
      } else if (exchanges.size() <= SMALL) {
        const text = exchanges.bodyText();
        response.end(text, 'latin1');
      } else {
        endWithBytes(response);
      }
      if (unread) this.dropRest(ends);
      else if (this.request.socket.writableLength) this.setIdleTimeout(this.server.idle); /* for who does not read it */
      this.end(true);
    }
    /* Not inside of the call that has told of it. */
    handOver(upgrade, head) {
      const { request, response, server } = this;
      const socket = request.socket;
      this.upgrade = upgrade;
      const over = () => {
        server.upgraded.delete(this);
        if (this.slot >= 0) this.end(true);
      };
      queueMicrotask(() => {
        if (this.slot < 0) return;
        response.detachSocket(socket);
        socket.greenLetGo();
        this.setIdleTimeout(0);
        server.upgraded.add(this);
        socket.greenUpgraded = true;
        if (!exchanges.upgrades.begin(upgrade, { request, socket, behind: request.greenBehind, head }, over)) {
          socket.destroy();
          over();
        } else if (server.draining) exchanges.upgrades.leave(upgrade, false);
      });
    }
    output() {
      const response = this.response;
      if (this.upgrade) return;
      while (this.slot >= 0 && this.isAnswered && this.more) {
        const piece = exchanges.output(this);
        if (piece === exchanges.LATER) return this.setIdleTimeout(0);
        if (piece === exchanges.BROKEN) return this.broken();
        if (piece === exchanges.END) {
          response.end();
          this.setIdleTimeout(this.server.idle);
          if (this.receives) this.dropRest();
          if (this.server.draining) this.closeAfter();
          return this.end(true);
        }
        this.more = response.write(piece);
      }
      if (this.slot >= 0 && this.isAnswered) this.setIdleTimeout(this.server.idle);
    }
    /* Its head said that the connection is kept. */
    closeAfter() {
      const socket = this.request.socket;
      socket.greenStop = true;
      this.response.on('finish', () => { socket.destroySoon(); });
    }
    /* For how long nothing may come or go; 0: for ever. */
    setIdleTimeout(milliseconds) {
      const socket = this.request.socket;
      if (socket && !socket.destroyed) socket.setTimeout(nodeTimeout(milliseconds));
    }
    idleTimeout() {
      if (!this.isAnswered && this.receives) exchanges.pushEnd(this, loop.numberOf('ETIMEDOUT'));
      else {
        this.broken();
        this.request.socket.destroy(); /* what was written goes nowhere */
      }
    }

    /* ---- the body */
    receive() {
      const exchange = this;
      const request = exchange.request;
      exchange.receives = true;
      exchange.setIdleTimeout(exchange.server.idle);
      request.on('data', (piece) => {
        if (exchange.slot < 0) return;
        exchange.piece = piece;
        exchange.at = 0;
        exchange.room();
      });
      request.on('end', () => {
        exchange.receives = false;
        exchange.setIdleTimeout(0);
        exchanges.pushEnd(exchange, 0);
      });
      request.on('error', () => {}); /* the response's close tells */
    }
    room() {
      if (!this.piece) return;
      while (this.slot >= 0 && this.at < this.piece.length) {
        const taken = exchanges.push(this, this.piece, this.at);
        if (!taken) break;
        this.at += taken;
        this.taken += taken;
      }
      const left = this.slot >= 0 && this.at < this.piece.length;
      if (!left) this.piece = null;
      if (left === this.request.isPaused()) return;
      if (left) this.request.pause();
      else this.request.resume();
      this.setIdleTimeout(left ? 0 : this.server.idle);
    }
    /* Its own body is: the application learns of it, and says what the client gets. */
    malformed(status) {
      if (this.begins) return void (this.fault = status);
      const receives = this.receives;
      this.request.socket.greenFault = [400]; /* there is no answer but its own */
      this.receives = false;
      this.piece = null;
      this.setIdleTimeout(this.isAnswered ? this.server.idle : 0);
      if (!this.response.headersSent) this.response.shouldKeepAlive = false;
      if (receives) exchanges.pushEnd(this, loop.numberOf(status === 408 ? 'ETIMEDOUT' : 'EPROTO'));
    }
    /* Whether more is known to come than is read and dropped. */
    isTooMuch() {
      return Number(this.request.headers['content-length']) - this.taken > DROPPED;
    }
    /* What is left of the body is read and dropped, up to a limit; then, or with the body if that was said, the
     * connection ends behind the answer. */
    dropRest(ends) {
      let dropped = 0;
      const response = this.response;
      const socket = this.request.socket;
      const request = this.request;
      if (request.complete) return;
      if (!this.receives) request.on('error', () => {});
      this.receives = false;
      this.piece = null;
      function end() {
        if (socket.greenEnds) return;
        socket.greenStop = socket.greenEnds = true;
        request.pause(); /* for as long as its client does not take the answer */
        behind(response, () => {
          request.resume();
          endSocket(socket);
        });
      }
      request.on('data', (piece) => {
        dropped += piece.length;
        if (dropped > DROPPED) end();
      });
      if (ends) request.on('end', end);
      request.resume();
    }
  }

  /* ---- the connection: one request after the other, as they came
   *
   * Node begins requests that are pipelined at once, and lets its parser's error end the connection of one that
   * waits. Here a request begins when the one before it is over, and an error is answered behind the last.
   * Of a socket: `greenExchange`, the one that is not over; `greenLine`, those behind it; `greenLast`, the response
   * that was begun last; `greenStop`, no other one is to begin; `greenFault`, why nothing more can come: a status, and
   * what else that answer has, unless there is none; `greenEnds`, its end is on its way. */

  /* By the parser's codes; others that begin with HPE_ are 400 as well. */
  const faults = {
    HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'a head that is too large\n'],
    HPE_CLOSED_CONNECTION: [0],
    HPE_INVALID_EOF_STATE: null,
    ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'the request did not come in time\n'],
  };
  function faultOf(code) {
    if (faults[code] !== undefined) return faults[code];
    return code && code.indexOf('HPE_') === 0 ? [400, 'Bad Request', 'a malformed request\n'] : null;
  }

  function refuse(server, response, status, text) {
    response.req.socket.greenStop = true;
    const head = ['Connection', 'close', 'Content-Type', 'text/plain', 'Content-Length', String(text.length)];
    response.writeHead(status, head.concat(exchanges.common(server.application))).end(text);
  }
  function notePeer(socket) {
    socket.greenPeer = socket.remoteAddress || '';
    socket.greenPort = socket.remotePort || 0;
  }
  function isBusy(socket) {
    return Boolean(socket.greenExchange || (socket.greenLine && socket.greenLine.length));
  }
  function begin(server, request, response, expects) {
    const raw = request.rawHeaders;
    const socket = request.socket;
    socket.greenLast = response;
    if (!response.shouldKeepAlive) socket.greenStop = true;
    if (raw.length > 2 * server.maxHeaders) return refuse(server, response, 431, 'more than ' + server.maxHeaders + ' headers\n');
    if (socket.greenPeer === undefined) notePeer(socket);
    let head = request.method + '\0' + request.url + '\0HTTP/' + request.httpVersion + '\0' + socket.greenPeer + '\0';
    if (raw.length) head += raw.join('\0') + '\0';
    const exchange = new Incoming(server, request, response);
    exchange.upgradable = request.greenBehind !== undefined;
    if (!exchanges.begin(exchange, server.application, head, socket.greenPort, 0, RAW | (server.secure ? SECURE : 0))) {
      return refuse(server, response, exchange.refused, exchange.why + '\n');
    }
    if (exchange.slot < 0) return;
    exchange.wait();
    exchange.begins = true;
    loop.behindTurn((late) => {
      exchange.begins = false;
      if (late && exchange.slot >= 0 && !exchange.isAnswered) exchanges.look(exchange);
      if (exchange.fault && exchange.slot < 0) socket.greenFault = [400]; /* in what is left of a body: it has its answer */
      if (exchange.slot < 0) return;
      if (expects && !exchange.isAnswered) response.writeContinue();
      if (exchange.bodyComes) exchange.receive();
      if (exchange.fault) exchange.malformed(exchange.fault);
    });
  }
  /* What was read already is parsed; more stays with the client. Not sooner: behind each message Node reads on. */
  function holdBack(socket) {
    if (socket.greenLine.length && !socket.isPaused()) socket.pause();
  }
  function over(socket) {
    socket.greenExchange = null;
    if ((socket.greenLine && socket.greenLine.length) || socket.greenFault) setImmediate(goOn, socket);
  }
  function goOn(socket) {
    const line = socket.greenLine;
    if (socket.destroyed || socket.greenExchange) return;
    while (line && line.length && !socket.greenExchange && !socket.greenStop) {
      const next = line.shift();
      begin(next.server, next.request, next.response, next.expects);
    }
    if (line && !line.length && socket.isPaused() && !socket._paused) socket.resume();
    if (!isBusy(socket)) endByFault(socket);
  }
  function answerOf(fault, server) {
    const common = exchanges.common(server.application);
    let head = 'HTTP/1.1 ' + fault[0] + ' ' + fault[1] + '\r\nDate: ' + new Date().toUTCString() +
      '\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ' + fault[2].length + '\r\n';
    for (let i = 0; i < common.length; i += 2) head += common[i] + ': ' + common[i + 1] + '\r\n';
    return Buffer.from(head + '\r\n' + fault[2], 'latin1');
  }
  /* Once all before it has been sent. */
  function endByFault(socket) {
    const fault = socket.greenFault;
    const last = socket.greenLast;
    if (!fault || !fault[0] || socket.greenStop || socket.greenEnds) return;
    socket.greenEnds = true;
    behind(last, () => { endSocket(socket, fault[1] === undefined ? undefined : answerOf(fault, socket.greenServer)); });
  }
  /* When that response has gone; null: at once. */
  function behind(response, run) {
    if (response && !response.writableFinished && !response.destroyed) response.on('close', run);
    else run();
  }
  /* What a client still sends is read for a while: with that unread its system would throw away the answer. */
  function endSocket(socket, answer) {
    if (socket.destroyed || !socket.writable) return;
    const linger = new Timer(() => { socket.destroy(); });
    linger.set(LINGER);
    socket.on('close', () => { linger.clear(); });
    socket.end(answer);
  }

  /* ---- another protocol: Node has taken its parser from the socket of a request that asks for one, and what stands behind
   * the request's head is `rest` */

  function asksForWebSocket(request) {
    return request.method === 'GET' && /(^|,)\s*websocket\s*($|,)/i.test(request.headers.upgrade || '');
  }
  /* Newer Nodes ask. They lose what stands behind a request that is none, and the body of one that is: so one that has a
   * body is none, and asIfNotAsked() sees to the others. */
  function isUpgrade(request) {
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    return asksForWebSocket(request) || !(coding || Number(length) > 0);
  }
  /* Any other protocol is not spoken here, and so the request is one as any other (RFC 9110, 7.8): it is parsed once more,
   * without the header. */
  function asIfNotAsked(server, request, socket, rest) {
    const raw = request.rawHeaders;
    let head = request.method + ' ' + request.url + ' HTTP/' + request.httpVersion + '\r\n';
    socket.greenAgain = (socket.greenAgain || 0) + 1; /* Node leaves listeners behind each time */
    const left = socket.greenAgain < AGAIN ? ['upgrade'] : ['upgrade', 'connection'];
    for (let i = 0; i < raw.length; i += 2) {
      if (!left.includes(raw[i].toLowerCase())) head += raw[i] + ': ' + raw[i + 1] + '\r\n';
    }
    if (left.length > 1) head += 'Connection: close\r\n';
    socket.greenLetGo();
    socket.unshift(Buffer.concat([Buffer.from(head + '\r\n', 'latin1'), rest]));
    server.node.emit(server.secure ? 'secureConnection' : 'connection', socket);
  }
  /* Node has taken its own listeners from the socket as well, also for answers before this one: what it does by them is
   * done here, until the socket is handed over or given back. */
  function standIn(socket) {
    if (socket.greenLetGo) return;
    const drained = () => { if (socket._httpMessage) socket._httpMessage.emit('drain'); };
    const timeout = () => { timedOut(socket); };
    if (!socket.greenHeard) socket.on('error', () => {});
    socket.greenHeard = true;
    socket.on('drain', drained).on('timeout', timeout);
    socket.greenLetGo = () => {
      socket.off('drain', drained).off('timeout', timeout);
      socket.greenLetGo = null;
    };
  }
  function answerTo(request, socket) {
    const response = new (require('node:http').ServerResponse)(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on('finish', () => {
      if (socket._httpMessage === response) response.detachSocket(socket);
      endSocket(socket);
    });
    return response;
  }
  /* Behind the requests before it, which a client may have pipelined. */
  function cameUpgrade(server, request, socket, rest) {
    const last = socket._httpMessage || (socket.greenExchange && socket.greenExchange.response);
    standIn(socket);
    if (socket.greenStop || socket.greenFault || socket.destroyed) return;
    if (last || isBusy(socket)) return behind(last, () => { setImmediate(cameUpgrade, server, request, socket, rest); });
    if (!asksForWebSocket(request)) return asIfNotAsked(server, request, socket, rest);
    request.greenBehind = rest;
    begin(server, request, answerTo(request, socket), false);
  }

  function timedOut(socket) {
    if (socket.greenExchange) socket.greenExchange.idleTimeout();
    else socket.destroy();
  }

  return {
    cameUpgrade,
    isUpgrade,
    timedOut,
    came(server, request, response, expects) {
      const socket = request.socket;
      if (socket.greenStop || socket.greenFault) return;
      if (!isBusy(socket)) return begin(server, request, response, expects);
      if (!socket.greenLine) socket.greenLine = [];
      socket.greenLine.push({ server, request, response, expects });
      process.nextTick(holdBack, socket);
    },
    /* Node's parser refuses what came, or too little came. */
    failed(server, error, socket) {
      const line = socket.greenLine;
      const exchange = socket.greenExchange;
      const fault = faultOf(error.code);
      if (!fault || socket.destroyed) return void socket.destroy();
      if (socket.greenFault) {
        socket.greenDropped = (socket.greenDropped || 0) + (error.rawPacket ? error.rawPacket.length : 0);
        if (socket.greenDropped > DROPPED) socket.pause();
        return;
      }
      socket.greenFault = fault;
      socket.greenServer = server;
      if (line && line.length && !line[line.length - 1].request.complete) {
        line.pop();
      } else if (exchange && !exchange.request.complete) {
        exchange.malformed(fault[0]);
      } else if (socket.greenStop || !socket.writable) {
        return; /* the answer that is on its way ends the connection */
      } else if (!isBusy(socket) && socket.greenLast && !socket.greenLast.req.complete) {
        socket.greenFault = [400]; /* in what was left of a body: it has its answer */
      }
      if (!isBusy(socket)) endByFault(socket);
    },
  };
};
