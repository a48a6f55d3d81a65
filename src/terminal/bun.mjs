/* Reading and writing a terminal in Bun, whose own streams of one do neither as Node's:
 *   - its ReadStream has a thread read, which says EAGAIN where nothing has been typed yet, and goes on behind a pause();
 *   - its WriteStream makes the descriptor blocking and writes in the program's own thread, which stops with Ctrl-S.
 */
import { require } from '../../wasm/node.mjs';

/* Bun's files wait by its loop. They read ahead, and so are given up with each pause. */
export const openInputOfBun = fd => {
  const { EventEmitter } = require('node:events');
  const { closeSync } = require('node:fs');
  let isOpen = true;
  let reader = null;
  const stop = () => {
    reader?.cancel().catch(() => {});
    reader = null;
  };
  const read = own => {
    const got = ({ value, done }) => {
      if (value) stream.emit('data', value); /* also behind a pause: it has been read */
      if (own !== reader) return;
      if (!done) return read(own);
      reader = null;
      stream.emit('end');
    };
    const failed = error => {
      if (own !== reader) return;
      reader = null;
      stream.emit('error', error);
    };
    const later = process.nextTick; /* what throws there is no promise's failure, but the process's */
    own.read().then(result => later(got, result), error => later(failed, error));
  };
  const stream = Object.assign(new EventEmitter(), {
    resume() {
      if (reader || !isOpen) return;
      reader = globalThis.Bun.file(fd).stream().getReader();
      read(reader);
    },
    pause: stop,
    ref() {},
    destroy() {
      stop();
      if (isOpen) closeSync(fd);
      isOpen = false;
    },
  });
  return stream;
};

/* A thread of its pool waits for room. `window`: the WriteStream, which knows the size. */
export const openOutputOfBun = (path, window) => {
  const { close, constants, openSync, write } = require('node:fs');
  const { Writable } = require('node:stream');
  const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  const put = (bytes, done) => write(fd, bytes, 0, bytes.length, null, (error, count) => {
    if (error || count === bytes.length) done(error);
    else put(bytes.subarray(count), done);
  });
  const output = new Writable({
    write: (bytes, _, done) => put(bytes, done),
    destroy(error, done) {
      window.destroy();
      close(fd, () => done(error));
    },
  });
  window.on('error', error => output.emit('error', error));
  return Object.defineProperties(output, {
    columns: { get: () => window.columns },
    rows: { get: () => window.rows },
    _refreshSize: { value: () => window._refreshSize() },
    destroySoon: { value: () => output.end(() => output.destroy()) },
  });
};
