/* module.green.trace(), in programs that have traces: C writes one in pieces, which are put together here. */
import { GreenError } from '../../wasm/error.mjs';
import { require } from '../../wasm/node.mjs';
import { noteTraced, traceAsked } from '../../wasm/traced.mjs';

export const bindings = {
  name: 'trace',
  imports: { take: 'vpp', opened: 'v' },
  exports: { start: 'ip', stop: 'i', now: 'd' },
};
/* C: green__js_trace_*, in file_js.c. */

/* The color that Chrome's performance panel gives an entry, by the category of an event. */
const colors = { run: 'primary', wait: 'tertiary-light', ready: 'warning', loop: 'secondary', span: 'secondary-dark' };

/* Spans begin and end by events of their own, the inner ones first: [{ tid, name, cat, start, end }], in milliseconds. */
const entriesOf = events => {
  const open = new Map();
  const entries = [];
  for (const { ph, tid, name, cat, ts, dur } of events) {
    if (ph === 'X') entries.push({ tid, name, cat, start: ts / 1000, end: (ts + dur) / 1000 });
    if (ph === 'B') open.set(tid, [...(open.get(tid) ?? []), { tid, name, cat, start: ts / 1000 }]);
    const span = ph === 'E' ? open.get(tid)?.pop() : undefined;
    if (span) entries.push({ ...span, end: ts / 1000 });
  }
  return entries;
};

class Trace {
  #ahead;

  constructor(bytes, ahead) {
    this.bytes = bytes;
    this.#ahead = ahead;
  }

  get blob() {
    return new Blob([this.bytes], { type: 'application/json' });
  }

  get events() {
    return JSON.parse(new TextDecoder().decode(this.bytes)).traceEvents;
  }

  measure({ group = 'greenio' } = {}) {
    const events = this.events;
    const tracks = new Map(events.filter(({ name }) => name === 'thread_name').map(({ tid, args }) => [tid, args.name]));
    const entries = entriesOf(events);
    for (const { tid, name, cat, start, end } of entries) {
      const devtools = { dataType: 'track-entry', track: tracks.get(tid) ?? `task ${tid - 1}`, trackGroup: group, color: colors[cat] };
      performance.measure(name, { start: Math.max(0, start + this.#ahead), end: Math.max(0, end + this.#ahead), detail: { devtools } });
    }
    return entries.length;
  }
}

/* GREENIO_TRACE=FILE in Node, as natively: of the first runtime of the process, from its beginning on. */
const sizeAsked = text => {
  if (!text) return 0;
  if (!(/^[0-9]+$/.test(text) && Number(text) > 0 && Number(text) < 2 ** 32)) return null;
  return Number(text);
};

/* Begins it and has it written at the process's end; `begin` gives a running trace. */
const traceProcess = (begin, tell) => {
  const { env, pid } = process;
  const asked = env.GREENIO_TRACE;
  const path = asked.replace('%p', String(pid));
  noteTraced();
  if (!asked.includes('%p')) delete env.GREENIO_TRACE; /* programs that this one starts would write over it */
  const size = sizeAsked(env.GREENIO_TRACE_SIZE);
  if (size === null) return tell(`greenio: GREENIO_TRACE_SIZE=${env.GREENIO_TRACE_SIZE}: there is no trace, since this is no number of bytes`);
  const { closeSync, openSync, writeFileSync } = require('node:fs');
  let running;
  try {
    closeSync(openSync(path, 'a'));
    running = begin(size);
  } catch ({ message }) {
    return tell(`greenio: GREENIO_TRACE=${path}: there is no trace: ${message}`);
  }
  process.prependOnceListener('exit', () => { /* before the module is closed by it */
    try {
      writeFileSync(path, running.stop().bytes);
    } catch ({ message }) {
      tell(`greenio: GREENIO_TRACE=${path}: nothing is written: ${message}`);
    }
  });
};

export const make = ({ host, loop, api }, c) => {
  let pieces = null;
  const check = (status, what) => {
    if (status < 0) throw new GreenError(host.text(host.statusName(status)), what);
  };
  api.trace = ({ size = 0 } = {}) => {
    if (loop.closed) throw new GreenError('ECLOSED', 'the module is closed');
    if (!(Number.isInteger(size) && (size === 0 || size >= 65536))) throw new GreenError('EINVAL', 'size is a number of bytes, 65536 at least');
    check(c.start(size), 'a trace could not begin');
    pieces = [];
    const ahead = performance.now() - c.now();
    return {
      stop() {
        if (!pieces) throw new GreenError('EINVAL', 'this trace has ended');
        const taken = pieces;
        const over = taken.length > 0; /* it has ended with the program */
        if (!over && loop.closed) throw new GreenError('ECLOSED', 'the module is closed');
        const status = over ? 0 : c.stop();
        pieces = null;
        check(status, 'the trace could not be written');
        const bytes = new Uint8Array(taken.reduce((sum, piece) => sum + piece.length, 0));
        taken.reduce((at, piece) => { bytes.set(piece, at); return at + piece.length; }, 0);
        return new Trace(bytes, ahead);
      },
    };
  };
  return {
    take(data, size) {
      pieces?.push(host.bytes().slice(data, data + size));
    },
    opened() {
      if (traceAsked()) traceProcess(size => api.trace({ size }), loop.tell);
    },
  };
};
