/* Reading and writing a terminal in Bun, whose own streams of one do neither as Node's:
 *   - its ReadStream has a thread read, which says EAGAIN where nothing has been typed yet, and goes on behind a pause();
 *   - its WriteStream makes the descriptor blocking and writes in the program's own thread, which stops with Ctrl-S.
 */
import { require } from '../../wasm/node.mjs';

/* A read of a terminal gives one line. */
const linesOf = bytes => {
  const lines = [];
  for (let from = 0, end; from < bytes.length; from = end) {
    end = bytes.indexOf(10, from) + 1 || bytes.length;
    lines.push(bytes.subarray(from, end));
  }
  return lines;
};

const MOST = 65536; /* bytes of one read */

/* It reads by itself what has been typed, and has one of Bun's files wait for more, whose streams read as much as there is
 * then: that may be several lines, and the end behind them. */
export const openInputOfBun = fd => {
  const { EventEmitter } = require('node:events');
  const { closeSync, readSync } = require('node:fs');
  const buffer = new Uint8Array(MOST);
  let isOpen = true;
  let reading = null; /* from a resume() to a pause() */
  const stop = () => {
    clearImmediate(reading?.next);
    reading?.reader?.cancel().catch(() => {});
    reading = null;
  };
  const end = (event, error) => {
    stop();
    stream.emit(event, error);
  };
  const give = (own, parts) => {
    try {
      for (const part of parts) stream.emit('data', part); /* also behind a pause: it has been read */
    } finally {
      if (own === reading) goOn(own);
    }
  };
  const take = own => {
    let count;
    try {
      count = readSync(fd, buffer);
    } catch (error) {
      return error.code === 'EAGAIN' ? wait(own) : end('error', error);
    }
    if (count === 0) return end('end');
    give(own, [buffer.slice(0, count)]);
  };
  const goOn = own => { own.next = setImmediate(take, own); };
  const wait = own => {
    const reader = own.reader = globalThis.Bun.file(fd).stream().getReader();
    let isOver = false; /* by itself: a reader that is given up is the own one no more */
    reader.closed.then(() => { isOver = own.reader === reader && own === reading; }, () => {});
    const got = ({ value }) => {
      const wasOver = isOver || (own === reading && !value);
      if (own === reading && !wasOver) reader.cancel().catch(() => {});
      own.reader = null;
      if (value) give(own, linesOf(value));
      if (wasOver) end('end'); /* of which the terminal says nothing any more, paused or not */
    };
    const failed = error => {
      if (own === reading) end('error', error);
    };
    const later = process.nextTick; /* what throws there is no promise's failure, but the process's */
    reader.read().then(result => later(got, result), error => later(failed, error));
  };
  const stream = Object.assign(new EventEmitter(), {
    resume() {
      if (reading || !isOpen) return;
      reading = { next: null, reader: null };
      goOn(reading);
    },
    pause: stop,
    ref() {},
    destroy() {
      stop();
      if (!isOpen) return;
      isOpen = false;
      closeSync(fd);
    },
  });
  return stream;
};

/* What there is room for is written at once, and for the rest a thread of Bun's pool waits. `open` opens the terminal.
 * Throws. */
export const openOutputOfBun = open => {
  const { closeSync, write, writeSync } = require('node:fs');
  const { Writable } = require('node:stream');
  const { WriteStream } = require('node:tty');
  const opened = [];
  const closeAll = () => opened.splice(0).forEach(fd => closeSync(fd));
  let window; /* knows the size; makes its descriptor a blocking one, and leaves it open */
  try {
    opened.push(open());
    opened.push(open());
    window = new WriteStream(opened[1]);
  } catch (error) {
    closeAll();
    throw error;
  }
  const [atOnce, blocking] = opened;
  let isWriting = false; /* in the pool, where the number is not to become another file's */
  const writeNow = bytes => {
    try {
      return writeSync(atOnce, bytes);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      return 0;
    }
  };
  const put = (bytes, done) => {
    isWriting = true;
    write(blocking, bytes, 0, bytes.length, null, (error, count) => {
      isWriting = false;
      if (output.destroyed) closeAll();
      if (error || output.destroyed || count === bytes.length) done(error);
      else put(bytes.subarray(count), done);
    });
  };
  const output = new Writable({
    write(bytes, _, done) {
      try {
        const count = writeNow(bytes);
        if (count === bytes.length) done();
        else put(bytes.subarray(count), done);
      } catch (error) {
        done(error);
      }
    },
    destroy(error, done) {
      window.destroy();
      if (!isWriting) closeAll();
      done(error);
    },
  });
  window.on('error', error => output.emit('error', error));
  return Object.defineProperties(output, {
    columns: { get: () => window.columns },
    rows: { get: () => window.rows },
    _refreshSize: {
      value() {
        closeSync(open()); /* of one that has hung up the size is told for ever */
        window._refreshSize();
      },
    },
    destroySoon: { value: () => output.end(() => output.destroy()) },
  });
};
