// Exchanges between C's applications and hosts that are JavaScript, and module.green.app. It is in programs
// alone that use them; plain for Emscripten 3.1.6, as wasm/greenio.js. src/app/app_js.h is the C half.
//
// An exchange here is a record of the host's, with `piece`, bytes of the request's body that C has not taken,
// and functions that are called when there is something new, never inside C: answered(), once; output(), for
// a body in pieces; room(), for `piece`; broken(), when the program has ended. `scratch` and `outcome` are
// memory of C that a call fills and that the next one overwrites.

mergeInto(LibraryManager.library, {
  $greenAppHost: {
    begin: function(app, slot, size, port, body, flags) { return _green__js_app_begin(app, slot, size, port, body, flags); },
    headers: function(app) { return _green__js_app_headers(app); },
    look: function(exchange) { return _green__js_app_look(exchange); },
    push: function(exchange, size) { return _green__js_app_push(exchange, size); },
    pushEnd: function(exchange, status) { return _green__js_app_push_end(exchange, status); },
    output: function(exchange) { return _green__js_app_output(exchange); },
    sent: function(exchange, size) { return _green__js_app_sent(exchange, size); },
    close: function(exchange, whole) { return _green__js_app_close(exchange, whole); },
    thrown: function() { return _green__js_app_thrown(); },
    scratch: function(size) { return _green__js_app_scratch(size) >>> 0; },
    outcome: function() { return _green__js_app_outcome() >>> 0; },
  },

  $greenMakeExchanges: function(host, core, app) {
    var loop = core.loop;
    var inNode = greenio$inNode;
    var slots = []; /* open exchanges; null: free */
    var free = [];
    var changed = [];
    var scheduled = false;
    var scratch = 0;
    var outcomeWord = 0; /* where the outcome lies, in words */
    var bytes = null; /* a Buffer in Node */
    var words = null;

    /* Words of struct green__js_outcome. */
    var EXCHANGE = 0, ANSWERED = 1, STATUS = 2, HEAD = 3, HEAD_SIZE = 4, BODY = 5, SIZE = 6, PIECES = 7, BODILESS = 8, UNREAD = 9;
    var TAKEN = 10, OUTPUT = 11, DATA = 12, DATA_SIZE = 13, BODY_COMES = 14;

    /* Memory that grows is another one, or, shared with threads, a longer one. */
    function memory() {
      var heap = host.bytes();
      if (bytes !== null && bytes.length === heap.length) return bytes;
      var buffer = heap.buffer;
      words = new Uint32Array(buffer);
      return (bytes = inNode ? Buffer.from(buffer) : new Uint8Array(buffer));
    }
    function word(index) {
      memory();
      return words[outcomeWord + index];
    }
    function room(size) {
      scratch = app.scratch(size);
      return scratch !== 0;
    }
    /* Strings of which each character is a byte. */
    function write(text) {
      var at = memory();
      if (inNode) return void at.latin1Write(text, scratch, text.length);
      for (var i = 0; i < text.length; i++) at[scratch + i] = text.charCodeAt(i);
    }
    function read(pointer, size) {
      var at = memory();
      if (inNode) return at.latin1Slice(pointer, pointer + size);
      var text = '';
      for (var i = 0; i < size; i++) text += String.fromCharCode(at[pointer + i]);
      return text;
    }
    function copy(pointer, size) {
      return Uint8Array.prototype.slice.call(memory(), pointer, pointer + size); /* never shared, as a Response wants it */
    }

    /* Calls C as from the event loop, or, called by C, beneath it. False: the program has ended. */
    function enter(f, a, b, c, d, e, g) {
      if (loop.closed) return false;
      if (!loop.arrive()) {
        f(a, b, c, d, e, g);
        return true;
      }
      var answer;
      try {
        answer = f(a, b, c, d, e, g);
      } catch (error) {
        answer = loop.threw(error);
        if (!loop.closed) app.thrown();
      }
      loop.leave(answer);
      return !loop.closed;
    }

    function slotFor(exchange) {
      var slot = free.length ? free.pop() : slots.length;
      slots[slot] = exchange;
      exchange.slot = slot;
      exchange.pointer = 0;
      exchange.isAnswered = false;
      return slot;
    }
    function forget(exchange) {
      if (exchange.slot < 0) return;
      slots[exchange.slot] = null;
      free.push(exchange.slot);
      exchange.slot = -1;
    }

    var heads = { text: null, list: null }; /* most answers have the head of the one before */
    function headOf() {
      var size = word(HEAD_SIZE);
      if (!size) return [];
      var text = read(word(HEAD), size);
      if (heads.text !== text) heads = { text: text, list: text.split('\0') };
      return heads.list;
    }
    /* What came of a call: tells the exchange's host of an answer, once, and then of output. */
    function note(exchange) {
      if (exchange.isAnswered) return exchange.output();
      if (!word(ANSWERED)) return;
      exchange.isAnswered = true;
      exchange.answered();
    }

    function look() {
      scheduled = false;
      var due = changed;
      changed = [];
      for (var i = 0; i < due.length; i++) {
        var exchange = slots[due[i]];
        if (!exchange || !exchange.pointer) continue;
        if (!exchange.isAnswered) self.look(exchange);
        else exchange.output();
        if (exchange.slot >= 0) exchange.room();
      }
    }

    loop.onClose.push(function() {
      var open = slots.filter(Boolean);
      slots = [];
      open.forEach(function(exchange) {
        exchange.slot = -1;
        exchange.broken();
      });
    });

    var self = {
      /* By green__output of src/app/server.h. */
      READY: 0, LATER: 1, END: 2, BROKEN: 3,

      /* Begins a request; `head` is a string of bytes. When this returns, answered() may have been called.
       * `flags` are those of app_js.h. False: `refused` and `why` of the exchange say why there is none. */
      begin: function(exchange, application, head, port, body, flags) {
        exchange.refused = 503;
        exchange.why = 'Service Unavailable';
        if (loop.closed) return false;
        if (!outcomeWord) outcomeWord = app.outcome() >>> 2;
        if (!room(head.length)) return false;
        write(head);
        var slot = slotFor(exchange);
        if (!enter(app.begin, application, slot, head.length, port, body, flags)) return forget(exchange), false;
        exchange.pointer = word(EXCHANGE);
        if (!exchange.pointer) {
          exchange.refused = word(STATUS);
          exchange.why = read(word(HEAD), word(HEAD_SIZE));
          return forget(exchange), false;
        }
        exchange.bodyComes = word(BODY_COMES) !== 0;
        note(exchange);
        return true;
      },
      look: function(exchange) {
        if (enter(app.look, exchange.pointer)) note(exchange);
      },
      /* The names and values of headers for an answer that is none of C's. */
      common: function(application) {
        if (loop.closed) return [];
        if (!outcomeWord) outcomeWord = app.outcome() >>> 2;
        app.headers(application);
        return headOf();
      },
      /* Of an answer that has just been told of. */
      status: function() { return word(STATUS); },
      head: headOf,
      size: function() { return word(SIZE); },
      pieces: function() { return word(PIECES) !== 0; },
      bodiless: function() { return word(BODILESS) !== 0; },
      unread: function() { return word(UNREAD) !== 0; },
      bodyText: function() { return read(word(BODY), word(SIZE)); },
      bodyBytes: function() { return copy(word(BODY), word(SIZE)); },
      bodyInto: function(buffer) { buffer.set(memory().subarray(word(BODY), word(BODY) + word(SIZE))); },

      /* How many bytes of the piece, from `at`, C has taken; there may be an answer now. */
      push: function(exchange, piece, at) {
        var size = Math.min(piece.length - at, 65536);
        if (!room(size)) return self.pushEnd(exchange, loop.numberOf('ENOMEM')), piece.length - at;
        memory().set(at || size < piece.length ? piece.subarray(at, at + size) : piece, scratch);
        if (!enter(app.push, exchange.pointer, size)) return 0;
        var taken = word(TAKEN);
        note(exchange);
        return taken;
      },
      pushEnd: function(exchange, status) {
        if (exchange.slot >= 0 && enter(app.pushEnd, exchange.pointer, status)) note(exchange);
      },
      /* The next bytes, a copy, or END or BROKEN, or LATER. */
      output: function(exchange) {
        if (!enter(app.output, exchange.pointer)) return self.BROKEN;
        var state = word(OUTPUT);
        if (state !== self.READY) return state;
        var piece = copy(word(DATA), word(DATA_SIZE));
        enter(app.sent, exchange.pointer, piece.length);
        if (exchange.piece) self.changed(exchange.slot); /* there may be room for it now */
        return piece;
      },
      close: function(exchange, whole) {
        if (exchange.slot < 0) return;
        forget(exchange);
        enter(app.close, exchange.pointer, whole);
      },
      changed: function(slot) {
        changed.push(slot);
        if (scheduled) return;
        scheduled = true;
        queueMicrotask(look);
      },
    };
    return self;
  },

  $greenExchanges__deps: ['$greenHost', '$greenCore', '$greenAppHost', '$greenMakeExchanges'],
  $greenExchanges: '(greenMakeExchanges(greenHost, greenCore, greenAppHost))',

  green__js_app_changed__deps: ['$greenExchanges'],
  green__js_app_changed__sig: 'vp',
  green__js_app_changed: function(slot) { greenExchanges.changed(slot); },

  // ---- module.green.app: the fetch form

  $greenMakeFetch: function(exchanges) {
    var SECURE = 1, NO_COOKIES = 2;

    /* A browser's Response drops Set-Cookie. */
    var cookies = null;
    function hasCookies() {
      if (cookies === null) cookies = new Response(null, { headers: [['set-cookie', 'a=1']] }).headers.has('set-cookie');
      return cookies;
    }

    /* Each of them is of one request, until its answer is whole. `signal`: the request's. */
    function Fetched(entry, signal, resolve, reject) {
      this.entry = entry;
      this.signal = signal;
      this.resolve = resolve;
      this.reject = reject;
      this.reader = null; /* of the request's body */
      this.piece = null; /* that C has not taken */
      this.at = 0;
      this.controller = null; /* of the answer's body */
      this.pulled = null;
      this.stop = null; /* the listener for the request's signal */
    }
    Fetched.prototype = {
      begin: function(head, size, flags, body) {
        var exchange = this;
        exchange.entry.open.add(exchange);
        if (!exchanges.begin(exchange, exchange.entry.application, head, 0, size, flags)) {
          exchange.left();
          if (body) drop(body);
          return exchange.resolve(new Response('Service Unavailable\n', { status: 503, headers: headersOf(exchanges.common(exchange.entry.application)) }));
        }
        if (exchange.slot < 0) return void (body && drop(body));
        exchange.stop = function() { exchange.broken(exchange.signal.reason); };
        if (exchange.signal) exchange.signal.addEventListener('abort', exchange.stop);
        if (!body) return;
        exchange.reader = body;
        exchange.receive();
      },
      left: function() {
        this.entry.open.delete(this);
        if (this.entry.left) this.entry.left();
      },
      end: function(whole) {
        if (this.slot < 0) return;
        exchanges.close(this, whole);
        if (this.stop && this.signal) this.signal.removeEventListener('abort', this.stop);
        if (this.reader) drop(this.reader);
        this.left();
      },
      broken: function(error) {
        var why = error || new TypeError('the program has ended');
        if (this.controller) this.controller.error(why);
        this.reject(why); /* which the answer has settled, if there was one */
        this.supplied();
        this.end(false);
      },

      /* ---- the answer */
      /* What a Response does not take is the end of this exchange alone. */
      answered: function() {
        var response;
        try {
          response = this.made();
        } catch (error) {
          return this.broken(error);
        }
        if (!this.controller) this.end(true);
        this.resolve(response);
      },
      made: function() {
        var headers = headersOf(exchanges.head());
        var body = null;
        if (exchanges.pieces()) body = this.stream();
        else if (!exchanges.bodiless()) body = exchanges.bodyBytes();
        return new Response(body, { status: exchanges.status(), headers: headers });
      },
      stream: function() {
        var exchange = this;
        return new ReadableStream({
          start: function(controller) { exchange.controller = controller; },
          pull: function() {
            return new Promise(function(resolve) {
              exchange.pulled = resolve;
              exchange.output();
            });
          },
          cancel: function() { exchange.end(false); },
        }, { highWaterMark: 0 });
      },
      supplied: function() {
        var pulled = this.pulled;
        this.pulled = null;
        if (pulled) pulled();
      },
      output: function() {
        if (!this.pulled || this.slot < 0) return;
        var piece = exchanges.output(this);
        if (piece === exchanges.LATER) return;
        if (piece === exchanges.BROKEN) return this.broken(new TypeError('the answer was broken off'));
        if (piece === exchanges.END) {
          this.controller.close();
          this.end(true);
        } else {
          this.controller.enqueue(piece);
        }
        this.supplied();
      },

      /* ---- the request's body */
      receive: function() {
        var exchange = this;
        if (exchange.slot < 0) return;
        exchange.reader.read().then(function(result) {
          if (exchange.slot < 0) return;
          if (result.done) return void exchanges.pushEnd(exchange, 0);
          var piece = bytesOf(result.value);
          if (!piece) return exchange.broken(new TypeError('the body of the request has a piece that is not bytes'));
          if (!piece.length) return greenio$soon(function() { exchange.receive(); }); /* of which there may be no end */
          exchange.piece = piece;
          exchange.at = 0;
          exchange.room();
        }, function(error) {
          if (exchange.slot >= 0) exchange.broken(new TypeError('the body of the request broke off', { cause: error }));
        });
      },
      /* What is left of a piece waits for C to ask. */
      room: function() {
        while (this.piece && this.slot >= 0) {
          var taken = exchanges.push(this, this.piece, this.at);
          if (!taken) return;
          this.at += taken;
          if (this.at < this.piece.length) continue;
          this.piece = null;
          this.receive();
        }
      },
    };

    function headersOf(head) {
      var headers = new Headers();
      for (var i = 0; i < head.length; i += 2) headers.append(head[i], head[i + 1]);
      return headers;
    }
    function bytesOf(piece) {
      return ArrayBuffer.isView(piece) ? new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength) : null;
    }
    function drop(reader) {
      reader.cancel().catch(function() {});
    }

    /* ---- what a request says */

    /* Texts of which each character is a byte, and none is the one that ends a text. */
    function headOf(request, more) {
      var url = new URL(request.url);
      var head = [request.method, url.pathname + url.search, 'HTTP/1.1', ''];
      function add(value, name) { head.push(name, value); }
      if (!request.headers.has('host') && !more.has('host')) add(url.host, 'host');
      request.headers.forEach(function(value, name) { if (!more.has(name)) add(value, name); });
      more.forEach(add);
      for (var i = 0; i < head.length; i++) {
        if (typeof head[i] != 'string' || /[^\x01-\xff]/.test(head[i])) throw new TypeError('a request with characters that HTTP does not have');
      }
      return head.join('\0') + '\0';
    }
    /* Null: it has none. Firefox's requests do not tell, and their body comes as a whole; a Blob lies where the
     * browser wants it, and is taken piece by piece as any other. */
    function bodyOf(request) {
      if (request.bodyUsed) throw new TypeError('the body of the request has been used already');
      if (request.body) return request.body.getReader();
      if (request.body === null || request.method === 'GET' || request.method === 'HEAD') return null;
      var reader = null;
      return {
        read: function() {
          if (reader) return reader.read();
          return request.blob().then(function(blob) {
            reader = blob.stream().getReader();
            return reader.read();
          });
        },
        cancel: function() { return reader ? reader.cancel() : Promise.resolve(); },
      };
    }
    function sizeOf(request, body) {
      if (!body) return 0;
      var length = request.headers.get('content-length');
      return length !== null && /^\d{1,15}$/.test(length) ? Number(length) : -1;
    }

    /* Throws what makes the request one that cannot be. */
    function ask(entry, request, more, resolve, reject) {
      var signal = request.signal;
      if (signal && signal.aborted) return reject(signal.reason);
      var head = headOf(request, new Headers(more));
      var flags = (request.url.indexOf('https:') === 0 ? SECURE : 0) | (hasCookies() ? 0 : NO_COOKIES);
      var body = bodyOf(request);
      new Fetched(entry, signal, resolve, reject).begin(head, sizeOf(request, body), flags, body);
    }

    return function(entry, request, more) {
      return new Promise(function(resolve, reject) { ask(entry, request, more, resolve, reject); });
    };
  },

  /* Which application answers what. An entry: `application`; `open`, its exchanges; left(), if it is there, is
   * called when there is one less. */
  $greenMakeServed: function(core, answer) {
    var served = new Map(); /* by name; '': fetch() itself */
    var ready;
    var never;
    var promise = new Promise(function(resolve, reject) { ready = resolve; never = reject; });
    promise.catch(function() {});
    core.api.main.then(function(status) {
      if (status) never(new core.api.GreenError('ECLOSED', 'the program has ended with status ' + status + ' before it served'));
    }, never);
    function fetchAs(name) {
      return function(request, init, more) {
        var entry = served.get(name);
        if (!entry) return Promise.reject(new core.api.GreenError('ECLOSED', 'no application answers here: C has not called green_server_open() or green_js_serve(), or has taken it back'));
        try {
          return answer(entry, request instanceof Request && init === undefined ? request : new Request(request, init), more);
        } catch (error) {
          return Promise.reject(error);
        }
      };
    }
    core.api.app = {
      ready: promise,
      fetch: fetchAs(''),
      named: function(name) { return { fetch: fetchAs(String(name)) }; },
    };
    core.loop.onClose.push(function(error) {
      served.clear();
      never(error);
    });
    return {
      add: function(name, application) {
        var entry = { application: application, open: new Set(), left: null };
        served.set(name, entry);
        core.loop.served = true;
        if (name === '') ready();
        return entry;
      },
      remove: function(name, entry) {
        if (!entry || served.get(name) === entry) served.delete(name);
        core.loop.served = served.size > 0;
      },
    };
  },
  $greenServed__deps: ['$greenCore', '$greenExchanges', '$greenMakeFetch', '$greenMakeServed'],
  $greenServed: '(greenMakeServed(greenCore, greenMakeFetch(greenExchanges)))',

  green__js_app_serve__deps: ['$greenServed', '$greenHost'],
  green__js_app_serve__sig: 'vpp',
  green__js_app_serve: function(app, name) {
    var text = name ? greenHost.text(name) : '';
    if (app) greenServed.add(text, app);
    else greenServed.remove(text, null);
  },
});
