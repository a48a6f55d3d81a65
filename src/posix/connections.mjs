/* What stream sockets stand on: connections of src/net/sockets.mjs, Node's or given ones; and listening, which is Node's
 * alone. For bind(2), which answers at once, it is what node:net itself stands on, where that does not offer it.
 *
 * A connection below is { room(), write(), end(), pause(), resume(), noDelay(), keepAlive(), reset(), close() }, and of a pair
 * in the module (pipe.mjs) refuse(); `to` is
 * told by open(), data(chunk), read(bytes, count), which takes a copy, end(), drained(), failed(errno).
 */
import { require } from '../../wasm/node.mjs';
import { layout as socketLayout, MOST, roomIn, socketsOf } from '../net/sockets.mjs';
import { newBytes } from './memory.mjs';
import { errnoOf, layout } from './numbers.mjs';

const { EADDRINUSE, ECONNRESET, EOPNOTSUPP } = layout.constants;

const reset = socket => {
  if (socket.remoteAddress && socket.resetAndDestroy) socket.resetAndDestroy();
  else socket.destroy(); /* a Unix-domain socket cannot be reset */
};

/* Node's sockets read into memory that is all theirs, which costs a third of a short answer; else each read makes 64 KiB
 * of its own. Others that know `onread` may have read into something else, which the callback is given. heard(bytes, count) has to
 * take a copy. Of a connection that is made here: those that come in do not have it. */
export const makeReading = () => {
  const buffer = Buffer.allocUnsafeSlow(MOST);
  return heard => ({
    buffer,
    callback(count, bytes) {
      heard(bytes, count);
      return true;
    },
  });
};

/* `make(read)` gives the socket; read(bytes, count): of bytes that are not ours. */
const connectionOf = (make, to) => {
  let ended = false;
  let over = false; /* it was closed here, or has failed: nothing more is told */
  const socket = make((bytes, count) => {
    if (!over) to.read(bytes, count);
  });
  const fail = errno => {
    if (!over) to.failed(errno);
    over = true;
  };
  socket.on('data', chunk => {
    if (!over) to.data(chunk);
  });
  socket.on('end', () => {
    ended = true;
    if (!over) to.end();
  });
  socket.on('drain', () => {
    if (!over) to.drained();
  });
  socket.on('error', error => fail(errnoOf(error)));
  socket.on('close', () => {
    if (!ended) fail(ECONNRESET);
  });
  return {
    room: () => roomIn(socket),
    write(bytes) {
      socket.write(bytes);
    },
    end() {
      socket.end();
    },
    pause() {
      socket.pause();
    },
    resume() {
      socket.resume();
    },
    noDelay(on) {
      socket.setNoDelay(on);
    },
    keepAlive(on, milliseconds) {
      socket.setKeepAlive(on, milliseconds);
    },
    reset() {
      over = true;
      reset(socket);
    },
    /* What was written is still delivered. */
    close(isOpen) {
      over = true;
      if (isOpen) socket.destroySoon();
      else socket.destroy();
    },
  };
};

/* Of this end and of the other. */
const placesOf = socket => {
  const { address, port } = socket.address() ?? {};
  return [{ host: address, port }, { host: socket.remoteAddress, port: socket.remotePort }];
};

const errnoOfCode = code => errnoOf({ code: require('node:util').getSystemErrorName(code) });

/* { handle, address, close() }, or a negative errno. */
const bindBy = (net, { host, port }, ipv6Only) => {
  try {
    const handle = new net.BoundSocket({ host, port, ipv6Only });
    const { address, port: got } = handle.address();
    return { handle, address: { host: address, port: got }, close: () => handle.close() };
  } catch (error) {
    return -errnoOf(error);
  }
};
const bindByHandle = ({ host, port }, ipv6Only) => {
  const { TCP, constants } = /** @type {any} */ (process).binding('tcp_wrap');
  const handle = new TCP(constants.SOCKET);
  const name = /** @type {any} */ ({});
  const failed = (host.includes(':') ? handle.bind6(host, port, ipv6Only ? constants.UV_TCP_IPV6ONLY : 0) : handle.bind(host, port)) || handle.getsockname(name);
  if (!failed) return { handle, address: { host: name.address, port: name.port }, close: () => handle.close() };
  handle.close();
  return -errnoOfCode(failed);
};

export const makeConnections = Module => {
  const sockets = socketsOf(Module);
  const isNode = sockets.kind === socketLayout.constants.GREEN__NODE_SOCKETS;
  const reading = isNode ? makeReading() : null;

  /* From the address that it was bound to. */
  const connectBound = ({ host, port }, { handle }) => {
    const { Socket } = /** @type {any} */ (require('node:net'));
    const socket = new Socket({ handle, pauseOnCreate: true, allowHalfOpen: true });
    socket.on('connect', () => socket.resume());
    return socket.connect({ host, port, autoSelectFamily: false });
  };

  return {
    areThere: sockets.kind !== socketLayout.constants.GREEN__NO_SOCKETS,
    hasPaths: isNode, /* Unix-domain sockets */
    /* Node's sockets take its own kind as they are, and while they are few they are part of a larger piece. */
    newBytes: isNode ? size => Buffer.allocUnsafe(size) : newBytes,

    bind(address, ipv6Only) {
      if (!isNode) return -EOPNOTSUPP;
      const net = /** @type {any} */ (require('node:net'));
      if (net.BoundSocket) return bindBy(net, address, ipv6Only);
      if (typeof (/** @type {any} */ (process).binding) != 'function') return -EOPNOTSUPP;
      return bindByHandle(address, ipv6Only);
    },

    /* `bound`: what bind() gave, or null. Throws what Node throws. */
    connect(where, bound, to) {
      const { host, port, path } = where;
      return connectionOf(read => {
        const socket = bound ? connectBound(where, bound) : sockets.connect(path === undefined ? { host, port } : { path }, reading?.(read));
        socket.on('connect', () => to.open(...(path === undefined ? placesOf(socket) : [{ path: '' }, where])));
        return socket;
      }, to);
    },

    /* { close() }; `arrived` is called with who connects: { places, gone(), adopt(to), reset() }. A negative errno. */
    listen(bound, backlog, arrived) {
      const { Server } = require('node:net');
      const server = new Server({ allowHalfOpen: true, pauseOnConnect: true });
      server.on('error', () => {});
      server.on('connection', socket => {
        socket.on('error', () => {});
        arrived({
          places: placesOf(socket),
          gone: () => socket.destroyed,
          adopt(to) {
            const connection = connectionOf(() => socket, to);
            socket.resume();
            return connection;
          },
          reset: () => reset(socket),
        });
      });
      try {
        server.listen(bound.handle, backlog);
      } catch (error) {
        return -errnoOf(error);
      }
      return server.listening ? { close: () => server.close() } : -EADDRINUSE;
    },
  };
};
