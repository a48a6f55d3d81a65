/* Node's streams of a terminal, each on a descriptor of its own, and what stands for them in Bun. */
import { require } from '../../wasm/node.mjs';
import { openInputOfBun, openOutputOfBun } from './bun.mjs';

export const openDescriptor = path => {
  const { constants, openSync } = require('node:fs');
  return openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
};

/* `Stream`: ReadStream or WriteStream of node:tty. They take the descriptor that they are given, or open the terminal once
 * more and leave that to us. */
export const openTty = (Stream, path, options = {}) => {
  const { closeSync } = require('node:fs');
  const fd = openDescriptor(path);
  try {
    const stream = new Stream(fd, options);
    if (stream._handle && stream._handle.fd !== fd) stream.once('close', () => closeSync(fd));
    return stream;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
};

/* What is typed, by a stream's events, or by `options.onread` where the host has that. */
export const openTtyInput = (path, options) =>
  (globalThis.Bun ? openInputOfBun(openDescriptor(path)) : openTty(require('node:tty').ReadStream, path, options));

export const openTtyOutput = path =>
  (globalThis.Bun ? openOutputOfBun(() => openDescriptor(path)) : openTty(require('node:tty').WriteStream, path));
