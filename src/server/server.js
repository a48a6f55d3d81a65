// The HTTP server of JavaScript hosts, behind src/server/server_js.c: in Node by node:http and node:https,
// elsewhere module.green.app.fetch() alone. It is in programs alone that use it; plain for Emscripten 3.1.6, as
// greenio.js. See app.js for exchanges.

mergeInto(LibraryManager.library, {
  $greenServerHost: {
    opened: function(server, status, message) { return _green__js_server_opened(server, status, message); },
    closed: function(server, cut) { return _green__js_server_closed(server, cut); },
  },

  /* The requests of a server of Node's. */
  $greenMakeRequests: function(exchanges, core) {
    var SMALL = 16384; /* bytes of a body that goes out in one string with its head */
    var DROPPED = 262144; /* bytes of a body that nobody wants are read, then the connection is closed */

    /* For larger bodies, used again when Node has written them: to allocate and collect costs more than the rest. */
    var BUFFER = 131072;
    var MOST_BUFFERS = 64;
    var buffers = [];
    function endWithBytes(response) {
      var size = exchanges.size();
      if (size > BUFFER) return void response.end(exchanges.bodyBytes());
      var buffer = buffers.length ? buffers.pop() : Buffer.allocUnsafeSlow(BUFFER);
      var bytes = buffer.subarray(0, size);
      exchanges.bodyInto(bytes);
      response.end(bytes, function() { if (buffers.length < MOST_BUFFERS && response.writableFinished) buffers.push(buffer); });
    }

    function Incoming(server, request, response) {
      this.server = server;
      this.request = request;
      this.response = response;
      this.piece = null; /* that C has not taken */
      this.at = 0;
      this.taken = 0; /* bytes of the body, by C */
      this.more = true; /* Node takes more */
      this.receives = false;
      this.waits = false; /* listeners are set */
    }
    Incoming.prototype = {
      end: function(whole) {
        exchanges.close(this, whole);
        if (this.request.socket.greenExchange === this) over(this.request.socket);
      },
      /* What was written before, which Node may hold until its next tick, goes out; then the connection ends. */
      broken: function() {
        var socket = this.request.socket;
        socket.greenStop = true;
        this.patience(this.server.idle);
        setImmediate(function() { socket.destroySoon(); });
        if (this.slot >= 0) this.end(false);
      },
      /* There is no answer yet, or not all of it. */
      wait: function() {
        var exchange = this;
        if (exchange.waits) return;
        exchange.waits = true;
        exchange.request.socket.greenExchange = exchange;
        exchange.response.on('close', function() { if (exchange.slot >= 0) exchange.end(false); });
        exchange.response.on('drain', function() {
          exchange.more = true;
          exchange.output();
        });
      },

      /* ---- the answer */
      /* Behind an answer that ends the connection nothing is begun: Node says so too where a client was to wait for
       * 100 and has its answer instead. */
      writeHead: function(status, head) {
        var socket = this.request.socket;
        this.response.writeHead(status, head);
        if (!this.response.shouldKeepAlive && !socket.greenFault) socket.greenStop = true;
      },
      answered: function() {
        var response = this.response;
        var status = exchanges.status();
        var head = exchanges.head();
        var bodiless = exchanges.bodiless();
        if (this.server.draining) {
          head = head.concat('Connection', 'close');
          this.request.socket.greenStop = true;
        }
        var unread = exchanges.unread();
        var ends = unread && this.isTooMuch();
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
          var text = exchanges.bodyText();
          response.end(text, 'latin1');
        } else {
          endWithBytes(response);
        }
        if (unread) this.dropRest(ends);
        else if (this.request.socket.writableLength) this.patience(this.server.idle); /* for who does not read it */
        this.end(true);
      },
      output: function() {
        var response = this.response;
        while (this.slot >= 0 && this.isAnswered && this.more) {
          var piece = exchanges.output(this);
          if (piece === exchanges.LATER) return this.patience(0);
          if (piece === exchanges.BROKEN) return this.broken();
          if (piece === exchanges.END) {
            response.end();
            this.patience(this.server.idle);
            if (this.receives) this.dropRest();
            if (this.server.draining) this.closeAfter();
            return this.end(true);
          }
          this.more = response.write(piece);
        }
        if (this.slot >= 0 && this.isAnswered) this.patience(this.server.idle);
      },
      /* Its head said that the connection is kept. */
      closeAfter: function() {
        var socket = this.request.socket;
        socket.greenStop = true;
        this.response.on('finish', function() { socket.destroySoon(); });
      },
      /* For how long nothing may come or go; 0: for ever. */
      patience: function(milliseconds) {
        var socket = this.request.socket;
        if (socket && !socket.destroyed) socket.setTimeout(greenio$nodeTimeout(milliseconds));
      },
      late: function() {
        if (!this.isAnswered && this.receives) exchanges.pushEnd(this, core.loop.numberOf('ETIMEDOUT'));
        else {
          this.broken();
          this.request.socket.destroy(); /* what was written goes nowhere */
        }
      },

      /* ---- the body */
      receive: function() {
        var exchange = this;
        var request = exchange.request;
        exchange.receives = true;
        exchange.patience(exchange.server.idle);
        request.on('data', function(piece) {
          if (exchange.slot < 0) return;
          exchange.piece = piece;
          exchange.at = 0;
          exchange.room();
        });
        request.on('end', function() {
          exchange.receives = false;
          exchange.patience(0);
          exchanges.pushEnd(exchange, 0);
        });
        request.on('error', function() {}); /* the response's close tells */
      },
      room: function() {
        if (!this.piece) return;
        while (this.slot >= 0 && this.at < this.piece.length) {
          var taken = exchanges.push(this, this.piece, this.at);
          if (!taken) break;
          this.at += taken;
        this.taken += taken;
        }
        var left = this.slot >= 0 && this.at < this.piece.length;
        if (!left) this.piece = null;
        if (left === this.request.isPaused()) return;
        if (left) this.request.pause();
        else this.request.resume();
        this.patience(left ? 0 : this.server.idle);
      },
      /* Its own body is: the application learns of it, and says what the client gets. */
      malformed: function(status) {
        var receives = this.receives;
        this.request.socket.greenFault = [400]; /* there is no answer but its own */
        this.receives = false;
        this.piece = null;
        this.patience(this.isAnswered ? this.server.idle : 0);
        if (!this.response.headersSent) this.response.shouldKeepAlive = false;
        if (receives) exchanges.pushEnd(this, core.loop.numberOf(status === 408 ? 'ETIMEDOUT' : 'EPROTO'));
      },
      /* Whether more is known to come than is read and dropped. */
      isTooMuch: function() {
        return Number(this.request.headers['content-length']) - this.taken > DROPPED;
      },
      /* What is left of the body is read and dropped, up to a limit; then, or with the body if that was said, the
       * connection ends behind the answer. */
      dropRest: function(ends) {
        var dropped = 0;
        var response = this.response;
        var socket = this.request.socket;
        var request = this.request;
        if (request.complete) return;
        if (!this.receives) request.on('error', function() {});
        this.receives = false;
        this.piece = null;
        function end() {
          if (socket.greenEnds) return;
          socket.greenStop = socket.greenEnds = true;
          request.pause(); /* for as long as its client does not take the answer */
          behind(response, function() {
            request.resume();
            endSocket(socket);
          });
        }
        request.on('data', function(piece) {
          dropped += piece.length;
          if (dropped > DROPPED) end();
        });
        if (ends) request.on('end', end);
        request.resume();
      },
    };

    /* ---- the connection: one request after the other, as they came
     *
     * Node begins requests that are pipelined at once, and lets its parser's error end the connection of one that
     * waits. Here a request begins when the one before it is over, and an error is answered behind the last.
     * Of a socket: `greenExchange`, the one that is not over; `greenLine`, those behind it; `greenLast`, the response
     * that was begun last; `greenStop`, no other one is to begin; `greenFault`, why nothing more can come: a status, and
     * what else that answer has, unless there is none; `greenEnds`, its end is on its way. */

    var LINGER = 2000; /* ms in which a client may still send, behind the end */
    /* By the parser's codes; others that begin with HPE_ are 400 as well. */
    var faults = {
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
      var head = ['Connection', 'close', 'Content-Type', 'text/plain', 'Content-Length', String(text.length)];
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
      var raw = request.rawHeaders;
      var socket = request.socket;
      socket.greenLast = response;
      if (!response.shouldKeepAlive) socket.greenStop = true;
      if (raw.length > 2 * server.maxHeaders) return refuse(server, response, 431, 'more than ' + server.maxHeaders + ' headers\n');
      if (socket.greenPeer === undefined) notePeer(socket);
      var head = request.method + '\0' + request.url + '\0HTTP/' + request.httpVersion + '\0' + socket.greenPeer + '\0';
      if (raw.length) head += raw.join('\0') + '\0';
      var exchange = new Incoming(server, request, response);
      if (!exchanges.begin(exchange, server.application, head, socket.greenPort, 0, server.secure ? 5 : 4)) {
        return refuse(server, response, exchange.refused, exchange.why + '\n');
      }
      if (exchange.slot < 0) return;
      exchange.wait();
      if (expects && !exchange.isAnswered) response.writeContinue();
      if (exchange.bodyComes) exchange.receive();
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
      var line = socket.greenLine;
      if (socket.destroyed || socket.greenExchange) return;
      while (line && line.length && !socket.greenExchange && !socket.greenStop) {
        var next = line.shift();
        begin(next.server, next.request, next.response, next.expects);
      }
      if (line && !line.length && socket.isPaused() && !socket._paused) socket.resume();
      if (!isBusy(socket)) endByFault(socket);
    }
    function answerOf(fault, server) {
      var common = exchanges.common(server.application);
      var head = 'HTTP/1.1 ' + fault[0] + ' ' + fault[1] + '\r\nDate: ' + new Date().toUTCString() +
        '\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ' + fault[2].length + '\r\n';
      for (var i = 0; i < common.length; i += 2) head += common[i] + ': ' + common[i + 1] + '\r\n';
      return Buffer.from(head + '\r\n' + fault[2], 'latin1');
    }
    /* Once all before it has been sent. */
    function endByFault(socket) {
      var fault = socket.greenFault;
      var last = socket.greenLast;
      if (!fault || !fault[0] || socket.greenStop || socket.greenEnds) return;
      socket.greenEnds = true;
      behind(last, function() { endSocket(socket, fault[1] === undefined ? undefined : answerOf(fault, socket.greenServer)); });
    }
    /* When that response has gone; null: at once. */
    function behind(response, run) {
      if (response && !response.writableFinished && !response.destroyed) response.on('close', run);
      else run();
    }
    /* What a client still sends is read for a while: with that unread its system would throw away the answer. */
    function endSocket(socket, answer) {
      if (socket.destroyed || !socket.writable) return;
      var linger = new greenio$Timer(function() { socket.destroy(); });
      linger.set(LINGER);
      socket.on('close', function() { linger.clear(); });
      socket.end(answer);
    }

    return {
      came: function(server, request, response, expects) {
        var socket = request.socket;
        if (socket.greenStop || socket.greenFault) return;
        if (!isBusy(socket)) return begin(server, request, response, expects);
        if (!socket.greenLine) socket.greenLine = [];
        socket.greenLine.push({ server: server, request: request, response: response, expects: expects });
        process.nextTick(holdBack, socket);
      },
      /* Node's parser refuses what came, or too little came. */
      failed: function(server, error, socket) {
        var line = socket.greenLine;
        var exchange = socket.greenExchange;
        var fault = faultOf(error.code);
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
  },
  $greenRequests__deps: ['$greenExchanges', '$greenCore', '$greenMakeRequests'],
  $greenRequests: '(greenMakeRequests(greenExchanges, greenCore))',

  $greenMakeServers: function(host, core, served, requests, c) {
    var loop = core.loop;
    var servers = new Map(); /* by the address in C */
    var others = { ENOTFOUND: 'ENOHOST', EAI_AGAIN: 'ENOHOST', ERR_SOCKET_BAD_PORT: 'EINVAL' };
    function statusOf(error) {
      var code = greenio$seen(error).code;
      if (code.indexOf('ERR_OSSL') === 0 || code.indexOf('ERR_TLS') === 0 || code.indexOf('ERR_SSL') === 0) code = 'ETLS';
      return loop.numberOf(others[code] || code) || loop.numberOf('EIO');
    }
    function tell(server, status, message) {
      loop.withText(message, function(text) {
        loop.enter(function() { return c.opened(server.pointer, status, text); });
      });
    }

    /* ---- connections */

    function limitAddress(server, most) {
      var counts = new Map();
      server.node.on('connection', function(socket) {
        var address = socket.remoteAddress;
        var count = (counts.get(address) || 0) + 1;
        if (count > most) return void socket.destroy();
        counts.set(address, count);
        socket.on('close', function() {
          var left = counts.get(address) - 1;
          if (left) counts.set(address, left);
          else counts.delete(address);
        });
      });
    }
    function noteConnections(server) {
      server.node.on(server.secure ? 'secureConnection' : 'connection', function(socket) {
        server.sockets.add(socket);
        socket.on('close', function() { server.sockets.delete(socket); });
      });
    }
    /* Those without a request; Node's own function passes over those that never had one. */
    function closeIdle(server) {
      server.sockets.forEach(function(socket) {
        if (!socket._httpMessage) socket.destroy();
      });
    }

    /* ---- a server of Node's */

    function create(server, settings, certificate, key) {
      var options = {
        maxHeaderSize: settings.maxHead,
        headersTimeout: greenio$nodeTimeout(settings.idle),
        requestTimeout: 0, /* a body may take long, as long as it comes */
        keepAliveTimeout: greenio$nodeTimeout(settings.idle),
        connectionsCheckingInterval: Math.max(20, Math.min(1000, Math.floor(settings.idle / 4))),
        insecureHTTPParser: false, /* whatever the program was started with */
        noDelay: true,
      };
      if (server.secure) Object.assign(options, { cert: certificate, key: key });
      var node = require(server.secure ? 'node:https' : 'node:http').createServer(options);
      node.maxHeadersCount = settings.maxHeaders + 1;
      node.maxConnections = settings.maxConnections;
      node.on('request', function(request, response) { requests.came(server, request, response, false); });
      node.on('checkContinue', function(request, response) { requests.came(server, request, response, true); });
      node.on('checkExpectation', function(request, response) { requests.came(server, request, response, false); });
      node.on('clientError', function(error, socket) { requests.failed(server, error, socket); });
      node.on('timeout', function(socket) {
        if (socket.greenExchange) socket.greenExchange.late();
        else socket.destroy();
      });
      node.timeout = 0;
      return node;
    }
    function listen(server, settings) {
      var node = server.node;
      node.on('error', function(error) {
        if (server.open || server.closed) return;
        servers.delete(server.pointer);
        tell(server, statusOf(error), error.message);
      });
      node.on('listening', function() {
        if (server.closed) return void node.close(); /* it was dropped while its host's name was looked up */
        server.open = true;
        server.entry = served.add('', server.application);
        tell(server, 0, '');
      });
      noteConnections(server);
      if (settings.perAddress) limitAddress(server, settings.perAddress);
      var where = settings.path ? { path: settings.path } : { port: settings.port, host: settings.host || undefined };
      where.backlog = settings.backlog;
      where.exclusive = true;
      if (settings.share) where.reusePort = true;
      node.listen(where);
    }
    function start(server, settings) {
      try {
        var fs = require('node:fs');
        var certificate = settings.certificate ? fs.readFileSync(settings.certificate) : undefined;
        var key = settings.certificate ? fs.readFileSync(settings.key) : undefined;
        server.node = create(server, settings, certificate, key);
      } catch (error) {
        var unread = error.syscall === 'open' || error.syscall === 'read';
        return fail(server, unread ? statusOf(error) : loop.numberOf('ETLS'), error.message);
      }
      try {
        listen(server, settings);
      } catch (error) {
        fail(server, statusOf(error), error.message);
      }
    }
    /* Not inside of the call. */
    function fail(server, status, message) {
      servers.delete(server.pointer);
      greenio$soon(function() { tell(server, status, message); });
    }
    /* Node 22.12 and 23.1 can share a port. */
    function canShare() {
      var version = process.versions.node.split('.').map(Number);
      return version[0] > 23 || (version[0] === 23 && version[1] >= 1) || (version[0] === 22 && version[1] >= 12);
    }

    /* ---- the end */

    function over(server) {
      if (server.closed) return;
      server.closed = true;
      server.deadline.clear();
      servers.delete(server.pointer);
      loop.enter(function() { return c.closed(server.pointer, server.cut); });
    }
    function cut(server) {
      if (server.entry) {
        server.entry.open.forEach(function(exchange) {
          server.cut = true;
          exchange.broken(new TypeError('the server has been shut down'));
        });
      }
      if (!server.node) return;
      if (server.sockets.size) server.cut = true;
      server.node.closeAllConnections();
    }
    function drain(server) {
      server.draining = true;
      served.remove('', server.entry);
      server.entry.left = function() { settle(server); };
      if (server.node) {
        server.node.close(function() {
          server.gone = true;
          settle(server);
        });
        closeIdle(server);
      }
      greenio$soon(function() { settle(server); });
    }
    function settle(server) {
      if ((!server.node || server.gone) && !server.entry.open.size) over(server);
    }
    function drop(server) {
      server.closed = true;
      server.deadline.clear();
      servers.delete(server.pointer);
      if (server.entry) served.remove('', server.entry);
      if (!server.node) return;
      server.node.close();
      server.node.closeAllConnections();
    }
    loop.onClose.push(function() { servers.forEach(drop); });

    return {
      /* 0: C is told when it is open. */
      open: function(pointer, application, settings) {
        var server = {
          pointer: pointer, application: application, node: null, entry: null, open: false, gone: false, closed: false, draining: false,
          cut: false, sockets: new Set(), idle: settings.idle, maxHeaders: settings.maxHeaders, secure: Boolean(settings.certificate), deadline: null,
        };
        server.deadline = new greenio$Timer(function() { cut(server); });
        if (greenio$inNode && settings.share && !canShare()) return loop.numberOf('ENOTSUP');
        servers.set(pointer, server);
        if (greenio$inNode) {
          start(server, settings);
        } else {
          server.entry = served.add('', application);
          greenio$soon(function() { tell(server, 0, ''); });
        }
        return 0;
      },
      address: function(pointer, text, size) {
        var server = servers.get(pointer);
        if (!server || server.draining) return loop.numberOf('ECLOSED');
        if (!server.node) return loop.numberOf('ENOTSUP');
        var found = server.node.address();
        host.putText(typeof found == 'string' ? found : found.address, text, size);
        return typeof found == 'string' ? 0 : found.port;
      },
      connections: function(pointer) {
        var server = servers.get(pointer);
        if (!server) return 0;
        return server.node ? server.sockets.size : server.entry.open.size;
      },
      shutdown: function(pointer, milliseconds) {
        var server = servers.get(pointer);
        if (!server) return;
        if (!server.draining) drain(server);
        server.deadline.set(milliseconds);
      },
      drop: function(pointer) {
        if (servers.has(pointer)) drop(servers.get(pointer));
      },
    };
  },
  $greenServers__deps: ['$greenHost', '$greenCore', '$greenServed', '$greenRequests', '$greenServerHost', '$greenMakeServers'],
  $greenServers: '(greenMakeServers(greenHost, greenCore, greenServed, greenRequests, greenServerHost))',

  green__js_server_listens__deps: ['$greenCore'],
  green__js_server_listens__sig: 'i',
  green__js_server_listens: function() { return greenio$inNode; },
  green__js_server_open__deps: ['$greenServers', '$greenHost'],
  green__js_server_open__sig: 'ippp',
  green__js_server_open: function(server, app, options) {
    var words = new Uint32Array(greenHost.bytes().buffer, options, 14);
    function text(pointer) { return pointer ? greenHost.text(pointer) : ''; }
    return greenServers.open(server, app, {
      host: text(words[0]), port: words[1], path: text(words[2]), share: (words[3] & 255) !== 0, backlog: words[4],
      maxConnections: words[5], perAddress: words[6], maxHead: words[7], maxHeaders: words[8],
      idle: Math.min(words[10] + words[11] * 4294967296, Number.MAX_SAFE_INTEGER), /* behind a word of padding */
      certificate: text(words[12]), key: text(words[13]),
    });
  },
  green__js_server_address__deps: ['$greenServers'],
  green__js_server_address__sig: 'ippi',
  green__js_server_address: function(server, text, size) { return greenServers.address(server, text, size); },
  green__js_server_connections__deps: ['$greenServers'],
  green__js_server_connections__sig: 'ip',
  green__js_server_connections: function(server) { return greenServers.connections(server); },
  green__js_server_shutdown__deps: ['$greenServers'],
  green__js_server_shutdown__sig: 'vpd',
  green__js_server_shutdown: function(server, milliseconds) { greenServers.shutdown(server, milliseconds); },
  green__js_server_drop__deps: ['$greenServers'],
  green__js_server_drop__sig: 'vp',
  green__js_server_drop: function(server) { greenServers.drop(server); },
});
