/* Terminals in Node, by node:tty: each is a socket to net.mjs, whose chunks are what one read of the terminal has given,
 * and an empty one its end for now (Ctrl-D). terminal_js.c has the other side.
 *
 * It is read while somebody waits for it alone: what is typed meanwhile is for whoever has the terminal then, as a program
 * that this one has started.
 */
import { inNode, require } from '../../wasm/node.mjs';
import { makeStatusOf } from '../../wasm/reasons.mjs';
import { beginRaw, deviceOf, endRaw } from './raw.mjs';
import { openDescriptor, openTtyInput, openTtyOutput } from './tty.mjs';

export const bindings = {
  name: 'terminal',
  imports: { open: 'ipp', raw: 'ipi', size: 'dp' },
  exports: {},
  needs: { net: 'green__js_net' },
};
/* C: green__js_terminal_*, in terminal_js.c. */

const MOST = 65536; /* bytes of one read */
const END = new Uint8Array(0);

const hungUp = () => Object.assign(new Error('the terminal has hung up'), { code: 'EIO' });

/* Its name for later, wherever the program goes meanwhile. */
const realNameOf = path => {
  const { realpathSync } = require('node:fs');
  try {
    return realpathSync(path);
  } catch {
    return require('node:path').resolve(path); /* of a descriptor, whose name is another file system's */
  }
};

/* What net.mjs takes for a socket, and more: watch(), unwatch(), setRaw(on), size(). */
class Terminal {
  isRaw = false;
  isOver = false;
  waits = false; /* somebody does, for input */
  input = null;
  asked = null; /* hears of a failure while a size is asked for */
  listeners = new Map();

  /* Throws. */
  constructor(path) {
    const { isatty } = require('node:tty');
    const fd = openDescriptor(path);
    try {
      if (!isatty(fd)) throw Object.assign(new Error('is no terminal'), { code: 'EINVAL' });
      this.path = realNameOf(path);
      this.device = deviceOf(fd);
      this.openOutput();
      this.openInput();
    } catch (error) {
      this.output?.destroy();
      throw error;
    } finally {
      require('node:fs').closeSync(fd); /* behind the others: a serial line hangs up with the last */
    }
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

  /* Nothing is read yet: Node reads when it is resumed, or gets a listener without having been paused; and also behind a
   * pause() that comes at once. */
  openInput() {
    const take = (count, bytes) => {
      this.waits = false; /* that was one read; unless who is told of it, and goes on at once, waits again */
      this.tell('data', Uint8Array.prototype.slice.call(bytes, 0, count));
      return this.waits;
    };
    const input = openTtyInput(this.path, { allowHalfOpen: true, onread: { buffer: new Uint8Array(MOST), callback: take } });
    input.pause();
    input.on('resume', () => {
      if (!this.waits) input.pause();
    });
    input.on('data', bytes => { /* where there is no `onread` */
      input.pause();
      take(bytes.length, bytes);
    });
    input.on('error', error => this.fail(error));
    input.once('end', () => this.ended(input));
    this.input = input;
  }
  /* Of the stream: behind it the terminal may have more, unless it has hung up. */
  ended(input) {
    if (this.isOver) return;
    input.destroy();
    this.waits = false;
    try {
      this.openInput();
    } catch {
      return this.fail(hungUp());
    }
    this.tell('data', END);
  }
  watch() {
    this.waits = true;
    this.input.resume();
  }
  unwatch() {
    this.waits = false;
    this.input.pause();
  }
  pause() {}
  resume() {}

  /* ---- writing, and the end */

  openOutput() {
    const output = openTtyOutput(this.path);
    output._handle?.setBlocking?.(false); /* or the process would wait with a terminal that takes nothing */
    output.on('drain', () => this.tell('drain'));
    output.on('error', error => (this.asked ? this.asked(error) : this.fail(error)));
    this.output = output;
  }
  get writableLength() {
    return this.output.writableLength;
  }
  write(bytes) {
    return this.output.write(bytes);
  }
  end() {}
  /* `finish` ends the output. */
  close(finish) {
    if (this.isOver) return;
    this.isOver = true;
    if (this.isRaw) endRaw(this.device);
    this.isRaw = false;
    this.input.destroy();
    finish();
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
  /* Throws. Node tells of a failure by an event, at once, and leaves the size as it was; what is for Bun throws. */
  size() {
    let failure = this.output.destroyed ? hungUp() : null;
    this.asked = error => { failure = error; };
    try {
      if (!failure) this.output._refreshSize?.(); /* Node looks by itself at process.stdout's alone */
    } catch (error) {
      failure = ['EMFILE', 'ENFILE'].includes(error.code) ? error : hungUp();
    } finally {
      this.asked = null;
    }
    if (failure) throw failure;
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
    open: (endpoint, name) => tried(() => {
      const isThere = inNode && require('node:worker_threads').isMainThread; /* elsewhere no signals arrive */
      if (!isThere) return loop.numberOf('ENOTSUP');
      const terminal = new Terminal(host.text(name));
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
