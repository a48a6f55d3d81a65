/* Terminals in Node, by node:tty: each is a socket to net.mjs, whose chunks are what one read of the terminal has given,
 * and an empty one its end for now (Ctrl-D). terminal_js.c has the other side.
 *
 * It is read while somebody waits for it alone: what is typed meanwhile is for whoever has the terminal then, as a program
 * that this one has started.
 */
import { inNode, require } from '../../wasm/node.mjs';
import { makeStatusOf } from '../../wasm/reasons.mjs';
import { beginRaw, deviceOf, endRaw } from './raw.mjs';
import { openTty } from './tty.mjs';

export const bindings = {
  name: 'terminal',
  imports: { open: 'ipp', raw: 'ipi', size: 'dp' },
  exports: {},
  needs: { net: 'greenNet' },
};
/* C: green__js_terminal_*, in terminal_js.c. */

const MOST = 65536; /* bytes of one read */
const OWN = '/dev/tty';
const END = new Uint8Array(0);

/* What net.mjs takes for a socket, and more: watch(), unwatch(), setRaw(on), size(). */
class Terminal {
  isRaw = false;
  isOver = false;
  input = null;
  listeners = new Map();

  /* Throws. */
  constructor(path) {
    const { isatty, ReadStream, WriteStream } = require('node:tty');
    const { closeSync, constants, openSync } = require('node:fs');
    const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    const isTerminal = isatty(fd);
    closeSync(fd);
    if (!isTerminal) throw Object.assign(new Error('is no terminal'), { code: 'EINVAL' });
    this.path = path;
    this.device = deviceOf(path);
    this.streams = { ReadStream, WriteStream };
    this.output = openTty(WriteStream, path);
    this.output._handle?.setBlocking?.(false); /* or the process would wait with a terminal that takes nothing */
    this.output.on('drain', () => this.tell('drain'));
    this.output.on('error', error => this.fail(error));
  }
  on(event, listener) {
    this.listeners.set(event, listener);
  }
  tell(event, value) {
    if (!this.isOver) this.listeners.get(event)?.(value);
  }
  fail(error) {
    this.tell('error', error);
  }

  /* ---- reading */

  openInput() {
    const take = (count, bytes) => {
      this.tell('data', Uint8Array.prototype.slice.call(bytes, 0, count));
      return false; /* that was one read */
    };
    const input = openTty(this.streams.ReadStream, this.path, { allowHalfOpen: true, onread: { buffer: new Uint8Array(MOST), callback: take } });
    input.on('data', bytes => { /* where there is no `onread` */
      input.pause();
      take(bytes.length, bytes);
    });
    input.pause();
    input.on('error', error => this.fail(error));
    input.once('end', () => this.ended(input));
    this.input = input;
  }
  /* Of the stream: behind it the terminal may have more, unless it has hung up. */
  ended(input) {
    if (this.isOver) return;
    input.destroy();
    try {
      this.openInput();
    } catch {
      return this.fail(Object.assign(new Error('the terminal has hung up'), { code: 'EIO' }));
    }
    this.tell('data', END);
  }
  watch() {
    try {
      if (!this.input) this.openInput();
      this.input.resume();
    } catch (error) {
      Promise.resolve().then(() => this.fail(error)); /* who waits does not do so yet */
    }
  }
  unwatch() {
    this.input?.pause();
  }
  pause() {}
  resume() {}

  /* ---- writing, and the end */

  get writableLength() {
    return this.output.writableLength;
  }
  write(bytes) {
    return this.output.write(bytes);
  }
  end() {}
  close(output) {
    if (this.isOver) return;
    this.isOver = true;
    if (this.isRaw) endRaw(this.device);
    this.isRaw = false;
    this.input?.destroy();
    output();
  }
  destroySoon() {
    this.close(() => this.output.end(() => this.output.destroy()));
  }
  destroy() {
    this.close(() => this.output.destroy());
  }

  /* ---- the mode, and the window */

  setRaw(on) {
    if (on) beginRaw(this.path, this.device, this.isRaw);
    else if (this.isRaw) endRaw(this.device);
    this.isRaw = on;
  }
  size() {
    this.output._refreshSize?.(); /* Node looks by itself at process.stdout's alone */
    return [this.output.columns ?? 0, this.output.rows ?? 0];
  }
}

export const make = ({ host, loop }, _, { net }) => {
  const terminals = new Map(); /* by endpoint */
  const statusOf = makeStatusOf(loop, 'terminal');
  const tried = action => {
    try {
      return action();
    } catch (error) {
      return statusOf(error);
    }
  };

  /* The instance ends in whatever way, and the process may go on. */
  loop.onClose.push(() => terminals.forEach(terminal => terminal.destroy()));

  return {
    /* `name`: its path, "": the program's own. */
    open: (endpoint, name) => tried(() => {
      const isThere = inNode && require('node:worker_threads').isMainThread; /* elsewhere no signals arrive */
      if (!isThere) return loop.numberOf('ENOTSUP');
      const terminal = new Terminal(host.text(name) || OWN);
      terminals.set(endpoint, terminal);
      net.adoptTerminal(endpoint, terminal, () => terminals.delete(endpoint));
      return 0;
    }),
    raw: (endpoint, on) => tried(() => {
      terminals.get(endpoint).setRaw(on !== 0);
      return 0;
    }),
    /* Columns times 65536, and rows; or a status. */
    size: endpoint => tried(() => {
      const [columns, rows] = terminals.get(endpoint).size();
      return columns * 65536 + rows;
    }),
  };
};
