/* What a terminal stands on (terminal.mjs): one that the program's JavaScript gives, or Node's. */
import { inNode, require } from '../../wasm/node.mjs';
import { octetsOf } from '../../wasm/values.mjs';

const MOST = 65536; /* bytes on their way to it */
const sizeIn = (columns, rows) => [columns > 0 ? columns : 80, rows > 0 ? rows : 24];

/* greenTerminal: { readable, writable, columns, rows }; `readable` gives what is typed, and { columns, rows } when its
 * window has another size. */
export const givenLine = ({ readable, writable, columns, rows }) => {
  const reader = readable.getReader();
  const writer = writable.getWriter();
  let size = sizeIn(columns, rows);
  let pending = 0;
  let pause = null; /* or what ends it, with a promise of that */
  let to;
  writer.closed.catch(() => {});

  const take = value => {
    const bytes = typeof value == 'string' ? new TextEncoder().encode(value) : octetsOf(value);
    if (bytes) return void (bytes.length && to.data(bytes));
    if (typeof value?.columns != 'number') return;
    size = sizeIn(value.columns, value.rows);
    to.resized();
  };
  const pump = async () => {
    try {
      for (;;) {
        if (pause) await pause.over;
        const { value, done } = await reader.read();
        if (done) break;
        take(value);
      }
    } catch { /* it has gone */ }
    to.end();
  };
  return {
    isCooked: false,
    bind(terminal) {
      to = terminal;
    },
    start: pump,
    pause() {
      let go;
      pause = { over: new Promise(resolve => { go = resolve; }), go: () => go() };
    },
    resume() {
      pause?.go();
      pause = null;
    },
    stop() {
      reader.cancel().catch(() => {});
      writer.close().catch(() => {});
    },
    room: () => MOST - pending,
    write(bytes) {
      const wasFull = () => pending >= MOST;
      pending += bytes.length;
      const went = () => {
        const full = wasFull();
        pending -= bytes.length;
        if (full && !wasFull()) to.drained();
      };
      writer.write(bytes).then(went, went);
    },
    size: () => size,
    setRaw() {},
  };
};

/* Of the process: reads descriptor `input`, and writes to `output`, which are a terminal. */
export const nodeLine = (input, output) => {
  const { ReadStream } = require('node:tty');
  let stream = null;
  let to;
  let isRaw = false;
  const open = () => {
    stream = input === 0 && !process.stdin.readableEnded ? process.stdin : new ReadStream(input);
    stream.setRawMode(isRaw);
    stream.on('data', chunk => to.data(chunk));
    stream.on('error', () => {});
    stream.once('end', () => { /* Ctrl+D; what is typed behind it is read by another */
      stream = null;
      to.end();
    });
  };
  output.on('error', () => {});
  output.on('drain', () => to.drained());
  return {
    isCooked: true,
    bind(terminal) {
      to = terminal;
    },
    /* Behind an end it is asked for more, too. */
    start() {
      if (!stream) open();
    },
    pause: () => stream?.pause(),
    resume: () => stream?.resume(),
    stop() {
      if (!stream) return;
      if (isRaw) stream.setRawMode(false);
      stream.removeAllListeners('data');
      stream.pause();
      stream.unref();
    },
    room: () => MOST - output.writableLength,
    write(bytes) {
      output.write(bytes);
    },
    size: () => sizeIn(output.columns, output.rows),
    setRaw(on) {
      isRaw = on;
      stream?.setRawMode(on);
    },
  };
};

/* The terminal that the process belongs to, as /dev/tty has it; null: it has none. */
export const controllingLine = () => {
  if (!inNode) return null;
  const { openSync } = require('node:fs');
  const { WriteStream } = require('node:tty');
  try {
    const fd = openSync('/dev/tty', 'r+');
    return nodeLine(fd, new WriteStream(fd));
  } catch {
    return null;
  }
};
