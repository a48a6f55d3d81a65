/* Exchanges between C's applications and hosts that are JavaScript. app_js.h is the C half.
 *
 * An exchange here is a record of the host's, with `piece`, bytes of the request's body that C has not taken,
 * and functions that are called when there is something new, never inside C: answered(), once; output(), for
 * a body in pieces; room(), for `piece`; hinted(), of a host whose requests are RAW, with links that go ahead of the answer;
 * broken(), when the program has ended. `scratch` and `outcome` are
 * memory of C that a call fills and that the next one overwrites.
 */
import { inNode } from '../../wasm/node.mjs';

export const layout = {
  headers: ['app/app_js.h'],
  constants: { GREEN__OUTPUT_READY: 0, GREEN__OUTPUT_LATER: 1, GREEN__OUTPUT_END: 2, GREEN__OUTPUT_BROKEN: 3 },
  records: {
    'struct green__js_outcome': ['exchange', 'answered', 'status', 'head', 'head_size', 'body', 'size', 'pieces', 'bodiless', 'unread', 'taken',
      'output', 'data', 'data_size', 'body_comes', 'hints', 'upgrade'],
  },
};

/* Words of what came of a call. */
const [EXCHANGE, ANSWERED, STATUS, HEAD, HEAD_SIZE, BODY, SIZE, PIECES, BODILESS, UNREAD, TAKEN, OUTPUT, DATA, DATA_SIZE, BODY_COMES, HINTS, UPGRADE] =
  layout.records['struct green__js_outcome'].keys();

export const makeExchanges = ({ host, loop }, app) => {
  let slots = []; /* open exchanges; null: free */
  const free = [];
  let changed = [];
  let scheduled = false;
  let scratch = 0;
  let outcomeWord = 0; /* where the outcome lies, in words */
  let bytes = null; /* a Buffer in Node */
  let words = null;

  /* Memory that grows is another one, or, shared with threads, a longer one. */
  function memory() {
    const heap = host.bytes();
    if (bytes !== null && bytes.length === heap.length) return bytes;
    const buffer = heap.buffer;
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
    const at = memory();
    if (inNode) return void at.latin1Write(text, scratch, text.length);
    for (let i = 0; i < text.length; i++) at[scratch + i] = text.charCodeAt(i);
  }
  function read(pointer, size) {
    const at = memory();
    if (inNode) return at.latin1Slice(pointer, pointer + size);
    let text = '';
    for (let i = 0; i < size; i++) text += String.fromCharCode(at[pointer + i]);
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
    let answer;
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
    const slot = free.length ? free.pop() : slots.length;
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

  let heads = { text: null, list: null }; /* most answers have the head of the one before */
  function headOf() {
    const size = word(HEAD_SIZE);
    if (!size) return [];
    const text = read(word(HEAD), size);
    if (heads.text !== text) heads = { text, list: text.split('\0') };
    return heads.list;
  }
  /* What goes ahead of the answer, if the host can send that; there may be more. */
  function hint(exchange) {
    const pointer = word(HINTS);
    if (!pointer) return;
    self.changed(exchange.slot);
    exchange.hinted(host.text(pointer).trimEnd().split('\n'));
  }
  /* What came of a call: tells the exchange's host of an answer, once, and then of output. */
  function note(exchange) {
    if (exchange.isAnswered) return exchange.output();
    if (!word(ANSWERED)) return hint(exchange);
    exchange.isAnswered = true;
    exchange.answered();
  }

  function look() {
    scheduled = false;
    const due = changed;
    changed = [];
    for (let i = 0; i < due.length; i++) {
      const exchange = slots[due[i]];
      if (!exchange || !exchange.pointer) continue;
      if (!exchange.isAnswered) self.look(exchange);
      else exchange.output();
      if (exchange.slot >= 0) exchange.room();
    }
  }

  loop.onClose.push(() => {
    const open = slots.filter(Boolean);
    slots = [];
    open.forEach((exchange) => {
      exchange.slot = -1;
      exchange.broken();
    });
  });

  const self = {
    /* Of output(): enum green__output. */
    READY: layout.constants.GREEN__OUTPUT_READY,
    LATER: layout.constants.GREEN__OUTPUT_LATER,
    END: layout.constants.GREEN__OUTPUT_END,
    BROKEN: layout.constants.GREEN__OUTPUT_BROKEN,

    /* Begins a request; `head` is a string of bytes. When this returns, answered() may have been called.
     * `flags` are those of app_js.h. False: `refused` and `why` of the exchange say why there is none. */
    begin(exchange, application, head, port, body, flags) {
      exchange.refused = 503;
      exchange.why = 'Service Unavailable';
      if (loop.closed) return false;
      if (!outcomeWord) outcomeWord = app.outcome() >>> 2;
      if (!room(head.length)) return false;
      write(head);
      const slot = slotFor(exchange);
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
    look(exchange) {
      if (enter(app.look, exchange.pointer)) note(exchange);
    },
    /* The names and values of headers for an answer that is none of C's. */
    common(application) {
      if (loop.closed) return [];
      if (!outcomeWord) outcomeWord = app.outcome() >>> 2;
      app.headers(application);
      return headOf();
    },
    /* Of an answer that has just been told of. */
    status() { return word(STATUS); },
    head: headOf,
    size() { return word(SIZE); },
    pieces() { return word(PIECES) !== 0; },
    bodiless() { return word(BODILESS) !== 0; },
    unread() { return word(UNREAD) !== 0; },
    upgrade() { return word(UPGRADE); },
    /* What hands connections over to another protocol (websocket/upgrade.mjs); null: nothing does. */
    upgrades: null,
    at(slot) { return slots[slot]; },
    bodyText() { return read(word(BODY), word(SIZE)); },
    bodyBytes() { return copy(word(BODY), word(SIZE)); },
    bodyInto(buffer) { buffer.set(memory().subarray(word(BODY), word(BODY) + word(SIZE))); },

    /* How many bytes of the piece, from `at`, C has taken; there may be an answer now. */
    push(exchange, piece, at) {
      const size = Math.min(piece.length - at, 65536);
      if (!room(size)) return self.pushEnd(exchange, loop.numberOf('ENOMEM')), piece.length - at;
      memory().set(at || size < piece.length ? piece.subarray(at, at + size) : piece, scratch);
      if (!enter(app.push, exchange.pointer, size)) return 0;
      const taken = word(TAKEN);
      note(exchange);
      return taken;
    },
    pushEnd(exchange, status) {
      if (exchange.slot >= 0 && enter(app.pushEnd, exchange.pointer, status)) note(exchange);
    },
    /* The next bytes, a copy, or END or BROKEN, or LATER. */
    output(exchange) {
      if (!enter(app.output, exchange.pointer)) return self.BROKEN;
      const state = word(OUTPUT);
      if (state !== self.READY) return state;
      const piece = copy(word(DATA), word(DATA_SIZE));
      enter(app.sent, exchange.pointer, piece.length);
      if (exchange.piece) self.changed(exchange.slot); /* there may be room for it now */
      return piece;
    },
    close(exchange, whole) {
      if (exchange.slot < 0) return;
      forget(exchange);
      enter(app.close, exchange.pointer, whole);
    },
    changed(slot) {
      changed.push(slot);
      if (scheduled) return;
      scheduled = true;
      queueMicrotask(look);
    },
  };
  return self;
};
