/* Node's streams of a terminal, each on a descriptor of its own. */
import { require } from '../../wasm/node.mjs';

/* `Stream`: ReadStream or WriteStream of node:tty. They take the descriptor that they are given, or open the terminal once
 * more and leave that to us. */
export const openTty = (Stream, path, options = {}) => {
  const { closeSync, constants, openSync } = require('node:fs');
  const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  try {
    const stream = new Stream(fd, options);
    if (stream._handle && stream._handle.fd !== fd) stream.once('close', () => closeSync(fd));
    return stream;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
};
