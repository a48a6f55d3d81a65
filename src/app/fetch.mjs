/* module.green.app: a request of fetch()'s becomes an exchange, and its answer a Response. */
import { soon } from '../../wasm/timers.mjs';

export const layout = {
  headers: ['app/app_js.h'],
  constants: { GREEN__JS_SECURE: 1, GREEN__JS_NO_COOKIES: 2 },
};
const { GREEN__JS_SECURE: SECURE, GREEN__JS_NO_COOKIES: NO_COOKIES } = layout.constants;

/* Gives what answers a request: an entry of app.mjs's, and headers to set in it. */
export const makeFetch = exchanges => {
  /* A browser's Response drops Set-Cookie. */
  let cookies = null;
  function hasCookies() {
    if (cookies === null) cookies = new Response(null, { headers: [['set-cookie', 'a=1']] }).headers.has('set-cookie');
    return cookies;
  }

  /* Each of them is of one request, until its answer is whole. It holds the Request, since in Node the signal of one
   * that is garbage is never aborted. */
  class Fetched {
    constructor(entry, request, resolve, reject) {
      this.slot = -1; /* exchanges.mjs sets it */
      this.fetched = true; /* the host has made a request of it, and no socket is here */
      this.upgradable = true; /* if the host can */
      this.upgrade = 0; /* what the connection has become */
      this.entry = entry;
      this.request = request;
      this.signal = request.signal;
      this.resolve = resolve;
      this.reject = reject;
      this.reader = null; /* of the request's body */
      this.piece = null; /* that C has not taken */
      this.at = 0;
      this.controller = null; /* of the answer's body */
      this.pulled = null;
      this.rest = -1; /* of the answer's body, what the host has not taken; -1: it is not known */
      this.stop = null; /* the listener for the request's signal */
    }
    begin(head, size, flags, body) {
      const exchange = this;
      exchange.entry.open.add(exchange);
      if (!exchanges.begin(exchange, exchange.entry.application, head, 0, size, flags)) {
        exchange.left();
        if (body) drop(body);
        return exchange.resolve(new Response('Service Unavailable\n', { status: 503, headers: headersOf(exchanges.common(exchange.entry.application)) }));
      }
      if (exchange.slot < 0) return void (body && drop(body));
      exchange.stop = function() {
        if (!exchange.rest) exchange.over();
        else exchange.broken(exchange.signal.reason);
      };
      if (exchange.signal) exchange.signal.addEventListener('abort', exchange.stop);
      if (!body) return;
      exchange.reader = body;
      exchange.receive();
    }
    left() {
      this.entry.open.delete(this);
      if (this.entry.left) this.entry.left();
    }
    end(whole) {
      if (this.slot < 0) return;
      exchanges.close(this, whole);
      if (this.stop && this.signal) this.signal.removeEventListener('abort', this.stop);
      if (this.reader) drop(this.reader);
      this.left();
    }
    /* The client has all of the answer, whatever the task still does. */
    over() {
      if (this.slot < 0) return;
      this.controller.close();
      this.supplied();
      this.end(true);
    }
    broken(error) {
      const why = error || new TypeError('the program has ended');
      if (this.controller) this.controller.error(why);
      this.reject(why); /* which the answer has settled, if there was one */
      this.supplied();
      this.end(false);
    }

    /* ---- the answer */
    /* What a Response does not take is the end of this exchange alone. */
    answered() {
      let response;
      if (exchanges.upgrade()) return this.handOver(exchanges.upgrade(), exchanges.head());
      try {
        response = this.made();
      } catch (error) {
        return this.broken(error);
      }
      if (!this.controller) this.end(true);
      this.resolve(response);
    }
    /* The host makes a connection of the request. Not inside of the call that has told of it. */
    handOver(upgrade, head) {
      queueMicrotask(() => {
        if (this.slot < 0) return;
        try {
          this.signal?.removeEventListener('abort', this.stop); /* Deno aborts it by the upgrade; the connection tells */
          this.resolve(exchanges.upgrades.answer(upgrade, this, head));
        } catch (error) {
          this.broken(error);
        }
      });
    }
    upgraded(upgrade) {
      this.upgrade = upgrade;
      if (this.entry.draining) exchanges.upgrades.leave(upgrade, false);
    }
    made() {
      const head = exchanges.head();
      const headers = headersOf(head);
      let body = null;
      if (exchanges.pieces()) {
        if (head[head.length - 2] === 'Content-Length') this.rest = Number(head[head.length - 1]);
        body = this.stream();
      } else if (!exchanges.bodiless()) body = exchanges.bodyBytes();
      return new Response(body, { status: exchanges.status(), headers });
    }
    stream() {
      const exchange = this;
      return new ReadableStream({
        start(controller) { exchange.controller = controller; },
        pull() {
          return new Promise((resolve) => {
            exchange.pulled = resolve;
            exchange.output();
          });
        },
        cancel() { exchange.end(exchange.rest === 0); }, /* Deno cancels what has come to its Content-Length */
      }, { highWaterMark: 0 });
    }
    supplied() {
      const pulled = this.pulled;
      this.pulled = null;
      if (pulled) pulled();
    }
    output() {
      if (!this.pulled || this.slot < 0) return;
      const piece = exchanges.output(this);
      if (piece === exchanges.LATER) return;
      if (piece === exchanges.BROKEN) return this.broken(new TypeError('the answer was broken off'));
      if (piece === exchanges.END) {
        this.controller.close();
        this.end(true);
      } else {
        this.controller.enqueue(piece);
        if (this.rest > 0) this.rest -= piece.length;
      }
      this.supplied();
    }

    /* ---- the request's body */
    receive() {
      const exchange = this;
      if (exchange.slot < 0) return;
      exchange.reader.read().then((result) => {
        if (exchange.slot < 0) return;
        if (result.done) return void exchanges.pushEnd(exchange, 0);
        const piece = bytesOf(result.value);
        if (!piece) return exchange.broken(new TypeError('the body of the request has a piece that is not bytes'));
        if (!piece.length) return soon(() => { exchange.receive(); }); /* of which there may be no end */
        exchange.piece = piece;
        exchange.at = 0;
        exchange.room();
      }, (error) => {
        if (exchange.slot >= 0) exchange.broken(new TypeError('the body of the request broke off', { cause: error }));
      });
    }
    /* What is left of a piece waits for C to ask. */
    room() {
      while (this.piece && this.slot >= 0) {
        const taken = exchanges.push(this, this.piece, this.at);
        if (!taken) return;
        this.at += taken;
        if (this.at < this.piece.length) continue;
        this.piece = null;
        this.receive();
      }
    }
  }

  function headersOf(head) {
    const headers = new Headers();
    for (let i = 0; i < head.length; i += 2) headers.append(head[i], head[i + 1]);
    return headers;
  }
  function bytesOf(piece) {
    return ArrayBuffer.isView(piece) ? new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength) : null;
  }
  function drop(reader) {
    reader.cancel().catch(() => {});
  }

  /* ---- what a request says */

  /* Texts of which each character is a byte, and none is the one that ends a text. */
  function headOf(request, more) {
    const url = new URL(request.url);
    const head = [request.method, url.pathname + url.search, 'HTTP/1.1', ''];
    function add(value, name) { head.push(name, value); }
    if (!request.headers.has('host') && !more.has('host')) add(url.host, 'host');
    request.headers.forEach((value, name) => { if (!more.has(name)) add(value, name); });
    more.forEach(add);
    for (let i = 0; i < head.length; i++) {
      /* eslint-disable-next-line no-control-regex */
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
    let reader = null;
    return {
      read() {
        if (reader) return reader.read();
        return request.blob().then((blob) => {
          reader = blob.stream().getReader();
          return reader.read();
        });
      },
      cancel() { return reader ? reader.cancel() : Promise.resolve(); },
    };
  }
  function sizeOf(request, body) {
    if (!body) return 0;
    const length = request.headers.get('content-length');
    return length !== null && /^\d{1,15}$/.test(length) ? Number(length) : -1;
  }

  /* Throws what makes the request one that cannot be. */
  function ask(entry, request, more, resolve, reject) {
    const signal = request.signal;
    if (signal && signal.aborted) return reject(signal.reason);
    const head = headOf(request, new Headers(more));
    const flags = (request.url.indexOf('https:') === 0 ? SECURE : 0) | (hasCookies() ? 0 : NO_COOKIES);
    const body = bodyOf(request);
    new Fetched(entry, request, resolve, reject).begin(head, sizeOf(request, body), flags, body);
  }

  return function(entry, request, more) {
    return new Promise((resolve, reject) => { ask(entry, request, more, resolve, reject); });
  };
};
