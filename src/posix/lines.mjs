/* What a terminal stands on (terminal.mjs): one that the program's JavaScript gives, or Node's. */
import { inNode, require } from '../../wasm/node.mjs';
import { beginRaw, deviceOf, endRaw } from '../terminal/raw.mjs';
import { openTtyInput, openTtyOutput } from '../terminal/tty.mjs';
import { roomIn } from '../net/sockets.mjs';
import { bytesFrom, bytesOf, letGo } from './memory.mjs';

const MOST = 65536; /* bytes on their way to it */
const CONTROLLING = '/dev/tty';
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
    const bytes = bytesOf(value);
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

const harmless = () => {};
const ignoreErrors = stream => {
  if (!stream.listeners('error').includes(harmless)) stream.on('error', harmless);
};

/* Of Node. `input()` gives a stream to read and whether it is the line's own, which closes it; so is `output` with
 * `ownsOutput`. `mode` has begin(), which throws, and end(). */
export const nodeLine = (input, output, ownsOutput, mode) => {
  let stream = null;
  let isOwn = false;
  let heard = {};
  let to;
  let isRaw = false;
  /* It may be the program's own, which goes on with it. */
  const leave = () => {
    const left = stream;
    stream = null;
    for (const [event, hear] of Object.entries(heard)) left.off(event, hear);
    ignoreErrors(left);
    return left;
  };
  /* Ctrl+D, behind which another stream reads what is typed; or the terminal has gone. */
  const over = which => {
    if (which !== stream) return;
    leave();
    if (isOwn) which.destroy();
    to.end();
  };
  const open = () => {
    try {
      [stream, isOwn] = input();
    } catch {
      return to.end();
    }
    const opened = stream;
    heard = { error: () => over(opened), end: () => over(opened), data: chunk => to.data(bytesFrom(opened, chunk)) };
    for (const [event, hear] of Object.entries(heard)) opened.on(event, hear);
    opened.ref();
    opened.resume(); /* somebody may have paused it before */
  };
  const drained = () => to.drained();
  ignoreErrors(output);
  output.on('drain', drained);
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
      if (stream) {
        const last = leave();
        if (isOwn) last.destroy();
        else letGo(last);
      }
      if (isRaw) mode.end();
      isRaw = false;
      output.off('drain', drained);
      if (ownsOutput) output.destroySoon();
    },
    room: () => roomIn(output),
    write(bytes) {
      output.write(bytes);
    },
    size: () => sizeIn(output.columns, output.rows),
    setRaw(on) {
      if (on === isRaw) return;
      try {
        if (on) mode.begin();
        else mode.end();
      } catch {
        return stream ? over(stream) : to.end();
      }
      isRaw = on;
      if (on && !stream) open(); /* Ctrl+C is to be heard, whether C reads or not */
    },
  };
};

/* Its mode, by a name: that of a terminal as a stream, which may be the same one. */
const modeOf = (path, device) => ({
  begin: () => beginRaw(path, device, false),
  end: () => endRaw(device),
});

/* The process's own: reads descriptor `number`, and writes to `output`, which are a terminal. */
export const processLine = (number, output) => {
  const { ReadStream } = require('node:tty');
  return nodeLine(() => (number === 0 && !process.stdin.readableEnded && !process.stdin.destroyed ? [process.stdin, false] : [new ReadStream(number), true]), output, false, modeOf(`/dev/fd/${number}`, deviceOf(number)));
};

/* The terminal that the process belongs to, as /dev/tty has it; null: it has none. */
export const controllingLine = () => {
  if (!inNode) return null;
  try {
    const output = openTtyOutput(CONTROLLING);
    return nodeLine(() => [openTtyInput(CONTROLLING), true], output, true, modeOf(CONTROLLING, deviceOf(CONTROLLING)));
  } catch {
    return null;
  }
};
