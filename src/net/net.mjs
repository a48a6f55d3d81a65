/* Streams and names by the sockets that there are (sockets.mjs): Node's, or given ones. net.h says what each function
 * owes; `c.ready` is C's green__endpoint_ready().
 *
 * An endpoint of C has an entry here from when it is opened until C closes it; then nothing is called for
 * it any more. A socket reads ahead up to MOST bytes, then it is paused; it is written to while it has
 * room, as roomIn() says.
 */
import { settledPromise } from '../../wasm/loop.mjs';
import { inNode, require } from '../../wasm/node.mjs';
import { seen } from '../../wasm/outside.mjs';
import { makeStatusOf } from '../../wasm/reasons.mjs';
import { makeMemory } from '../../wasm/values.mjs';
import { lacksFolder } from './local.mjs';
import { layout as socketLayout, MOST, roomIn, socketsOf } from './sockets.mjs';
import { makeTls } from './tls.mjs';
import { makeUdp } from './udp.mjs';

export const bindings = {
  name: 'net',
  imports: {
    sockets: 'i', why: 'vppi',
    listen: 'ipipiii', accept: 'ipp', connect: 'ipipi', opened: 'ip', read: 'ippi', write: 'ippi', shutdown: 'ip', close: 'vpi', watch: 'vp', unwatch: 'vp',
    address: 'ipipi', noDelay: 'vpi', keepAlive: 'ipi', lookup: 'ipp', lookupDrop: 'ip',
    udpOpen: 'ipipiii', udpConnect: 'ippi', udpSend: 'ippipi', udpDone: 'ip', udpReceive: 'ippipi', udpDropped: 'dp', udpSet: 'ipii',
    udpInterface: 'ipip', udpMember: 'ipippi',
    tlsContext: 'ip', tlsMessage: 'vpi', tlsForget: 'vi', tlsBegin: 'ipipii', tlsWhy: 'vppi', tlsFact: 'ipipi',
  },
  exports: { ready: 'ipi' },
};
/* C: green__js_net_*, in socket_js.c, names_js.c, tls_js.c and udp_js.c. */

export const layout = {
  headers: ['<greenio/status.h>', 'net/net.h', 'net/tls_js.h'],
  constants: { GREEN_EAGAIN: -11, GREEN__INPUT: 0, GREEN__OUTPUT: 1 },
  records: {
    'struct green__js_tls': ['certificate', 'certificate_pem', 'key', 'key_pem', 'ca', 'ca_pem', 'crl', 'crl_pem', 'alpn', 'ciphers',
      'insecure', 'only_1_3', 'clients'],
  },
};

export const make = ({ Module, host, loop }, c) => {
  const { GREEN_EAGAIN: EAGAIN, GREEN__INPUT: INPUT, GREEN__OUTPUT: OUTPUT } = layout.constants;
  const { GREEN__GIVEN_SOCKETS: GIVEN } = socketLayout.constants;
  const sockets = socketsOf(Module);
  const { kind } = sockets;
  const memory = makeMemory(host);
  const entries = new Map();
  const lookups = new Map(); /* in order, by the future, whose address may be another's once it is dropped */
  const number = code => loop.numberOf(code);
  const statusOf = makeStatusOf(loop, 'net');

  const tell = (entry, side) => {
    if (entries.get(entry.endpoint) === entry) loop.enter(c.ready, entry.endpoint, side);
  };
  const fail = (entry, status) => {
    entry.failure ||= status;
    tell(entry, INPUT);
    tell(entry, OUTPUT);
  };

  /* ---- a connection */

  /* What happens on a plain socket; tls.mjs has another table. */
  const plain = entry => ({
    data(chunk) {
      if (!chunk.length && !entry.isChunkwise) return; /* it is no end */
      entry.chunks.push(chunk);
      entry.queued += chunk.length;
      if (entry.queued >= MOST) { /* also where Node has resumed it by itself, as it does when a child ends */
        entry.paused = true;
        entry.socket.pause();
      }
      if (entry.queued === chunk.length) tell(entry, INPUT);
    },
    end() {
      entry.ended = true;
      tell(entry, INPUT);
    },
    connect() {
      entry.open = true;
      tell(entry, OUTPUT);
    },
    drain: () => tell(entry, OUTPUT),
    error(error) {
      entry.words ||= kind === GIVEN ? seen(error).message : ''; /* Node's say what the status says */
      fail(entry, statusOf(error));
    },
    close() {
      if (!entry.failure && !entry.ended) fail(entry, number(entry.gone));
    },
  });
  const adopt = (endpoint, socket, open, paths, deaf = []) => {
    const entry = { endpoint, socket, open, paths, failure: 0, chunks: [], at: 0, queued: 0, paused: false, ended: false, isChunkwise: false, below: null, words: '', gone: 'ECONNRESET', closed: null };
    entries.set(endpoint, entry);
    entry.heard = plain(entry);
    for (const [event, hear] of Object.entries(entry.heard)) if (!deaf.includes(event)) socket.on(event, hear);
    return 0;
  };
  /* A child's standard stream. What is only read has nothing to deliver; what is no socket of node:net's has no destroySoon(). */
  const adoptPipe = (endpoint, pipe, reads) => {
    if (reads) pipe.destroySoon = pipe.destroy;
    else pipe.destroySoon ??= pipe.end;
    adopt(endpoint, pipe, true, ['', ''], reads ? [] : ['data', 'end']); /* or Deno would read what is only written */
    entries.get(endpoint).gone = 'EPIPE';
  };
  /* A terminal, of which each read gets what one of the terminal's own has given. `closed` is called when C closes it. */
  const adoptTerminal = (endpoint, terminal, closed) => {
    adopt(endpoint, terminal, true, ['', ''], ['connect', 'end', 'close']);
    Object.assign(entries.get(endpoint), { isChunkwise: true, closed });
  };
  /* The plain socket, of one with TLS the one below. */
  const socketOf = entry => entry.below || entry.socket;

  const take = (entry, data, size) => {
    const memory = host.bytes();
    let done = 0;
    while (done < size && entry.chunks.length > 0) {
      const chunk = entry.chunks[0];
      const count = Math.min(size - done, chunk.length - entry.at);
      memory.set(entry.at || count < chunk.length ? chunk.subarray(entry.at, entry.at + count) : chunk, data + done);
      done += count;
      entry.at += count;
      if (entry.at < chunk.length) break;
      entry.chunks.shift();
      entry.at = 0;
      if (entry.isChunkwise) break;
    }
    entry.queued -= done;
    if (entry.paused && entry.queued < MOST / 2) {
      entry.paused = false;
      entry.socket.resume();
    }
    return done;
  };

  const forget = socket => {
    socket.on('error', () => {});
    /* A Unix-domain socket cannot be reset, nor can one whose half is just being ended: Node would leave it open. */
    if (socket.remoteAddress && socket.resetAndDestroy && socket.writableEnded === socket.writableFinished) socket.resetAndDestroy();
    else socket.destroy();
  };

  /* ---- names: Node hands them to a pool of threads, which cannot be told to stop, and of which half may be
   * for names. So it gets no more than that at a time, and what nobody wants any more leaves the queue. */

  const names = { atOnce: inNode ? Math.ceil((Number(process.env.UV_THREADPOOL_SIZE) || 4) / 2) : 0, underWay: 0 };

  const found = (future, text) => {
    let pointer;
    try {
      pointer = memory.putText(text);
    } catch {
      return loop.enter(f => host.reject(f, number('ENOMEM'), 0), future);
    }
    loop.enter(host.resolveString, future, pointer);
  };
  const notFound = (future, text) => {
    const status = number('ENOHOST'); /* before: it uses the same buffer */
    loop.withText(text, pointer => loop.enter((f, p) => host.reject(f, status, p), future, pointer));
  };
  const lookUp = (future, entry) => {
    const settle = (finish, text) => {
      names.underWay--;
      if (lookups.get(future) === entry) {
        lookups.delete(future);
        finish(future, text);
      }
      lookUpSome();
    };
    names.underWay++;
    entry.waits = false;
    require('node:dns').promises.lookup(entry.name, { all: true, verbatim: true }).then(
      all => all.map(({ address }) => address + '\n').join('')).then(
      text => settle(found, text),
      error => settle(notFound, entry.name + ': ' + seen(error).message));
  };
  /* Where the sockets are given, whoever connects looks it up. */
  const lookUpLater = async (future, entry) => {
    await settledPromise;
    if (lookups.get(future) !== entry) return;
    lookups.delete(future);
    const address = sockets.addressFor(entry.name);
    if (address) found(future, address + '\n');
    else notFound(future, entry.name + ': too many names for one module, which may connect to 131,070');
  };
  const lookUpSome = () => {
    for (const [future, entry] of lookups) {
      if (names.underWay >= names.atOnce) return;
      if (entry.waits) lookUp(future, entry);
    }
  };

  return {
    adoptPipe, /* for process.mjs */
    adoptTerminal, /* for terminal.mjs */
    /* Which there are. */
    sockets: () => kind,
    /* What there is to say of a connection that failed. */
    why(endpoint, text, size) {
      host.putText(entries.get(endpoint)?.words ?? '', text, size);
    },
    connect(endpoint, local, name, port) {
      const where = host.text(name);
      try {
        return adopt(endpoint, sockets.connect(local ? { path: where } : { host: where, port }), false, ['', where]);
      } catch (error) {
        return statusOf(error);
      }
    },
    /* Of a connection or a listener: 0, EAGAIN, why not. */
    opened(endpoint) {
      const entry = entries.get(endpoint);
      return entry.failure || (entry.open ? 0 : EAGAIN);
    },
    read(endpoint, data, size) {
      const entry = entries.get(endpoint);
      if (entry.chunks.length > 0) return take(entry, data, size);
      return entry.ended ? 0 : entry.failure || EAGAIN; /* what failed behind the end was a write */
    },
    write(endpoint, data, size) {
      const { socket, failure } = entries.get(endpoint);
      if (failure) return failure;
      const room = roomIn(socket);
      if (room <= 0) return EAGAIN;
      const count = Math.min(size, room);
      socket.write(sockets.copy(host.bytes().subarray(data, data + count)));
      return count;
    },
    shutdown(endpoint) {
      const { socket, failure } = entries.get(endpoint);
      if (failure) return failure;
      socket.end();
      return 0;
    },
    close(endpoint, reset) {
      const entry = entries.get(endpoint);
      if (!entries.delete(endpoint)) return;
      entry.closed?.();
      if ('udp' in entry) {
        entry.udp?.close();
      } else if (entry.server) {
        entry.waiting.forEach(forget);
        entry.server.close();
      } else if (reset) {
        if (entry.below) entry.socket.destroy();
        forget(socketOf(entry));
      } else if (entry.open) {
        entry.socket.destroySoon();
      } else {
        entry.socket.destroy();
      }
    },
    /* Of a terminal: somebody waits for input, or nobody does. */
    watch(endpoint) {
      entries.get(endpoint).socket.watch();
    },
    unwatch(endpoint) {
      entries.get(endpoint).socket.unwatch();
    },
    noDelay(endpoint, on) {
      socketOf(entries.get(endpoint)).setNoDelay(on !== 0);
    },
    /* Nobody else can ask the other side of a connection that is made elsewhere. */
    keepAlive(endpoint, seconds) {
      if (kind === GIVEN) return seconds > 0 ? number('ENOTSUP') : 0;
      socketOf(entries.get(endpoint)).setKeepAlive(seconds > 0, seconds * 1000);
      return 0;
    },

    /* ---- a listener */

    listen(endpoint, local, name, port, backlog, ipv6Only) {
      const path = host.text(name);
      const server = require('node:net').createServer({ allowHalfOpen: true, pauseOnConnect: true });
      const entry = { endpoint, server, waiting: [], path, open: false, failure: 0 };
      entries.set(endpoint, entry);
      server.on('listening', () => {
        entry.open = true;
        tell(entry, OUTPUT);
      });
      server.on('error', error => {
        if (!entry.open) fail(entry, local && lacksFolder(path, error) ? loop.numberOf('ENOENT') : statusOf(error));
      });
      server.on('connection', socket => {
        if (entries.get(endpoint) !== entry || entry.waiting.length >= backlog) return forget(socket);
        entry.waiting.push(socket);
        tell(entry, INPUT);
      });
      const where = local ? { path } : { host: path, port, ipv6Only: ipv6Only !== 0 };
      try {
        server.listen({ ...where, backlog });
      } catch (error) {
        entries.delete(endpoint);
        return statusOf(error);
      }
      return 0;
    },
    accept(listener, endpoint) {
      const { waiting, path } = entries.get(listener);
      for (;;) {
        const socket = waiting.shift();
        if (!socket) return EAGAIN;
        if (socket.destroyed) continue;
        adopt(endpoint, socket, true, [path, '']);
        socket.resume();
        return 0;
      }
    },
    /* Writes the numeric host or the path; the port, or a status: not every provider of sockets tells. */
    address(endpoint, peer, text, size) {
      const entry = entries.get(endpoint);
      const socket = entry.udp || socketOf(entry);
      if (entry.failure) return number('ENOTCONN');
      const found = entry.server ? entry.server.address() : peer ? { address: socket.remoteAddress, port: socket.remotePort } : socket.address();
      const path = entry.server ? entry.path : entry.paths[peer];
      const tcp = typeof found?.address == 'string';
      if (kind === GIVEN && !tcp) return number('ENOTSUP');
      host.putText(tcp ? found.address : path, text, size);
      return tcp ? found.port : 0;
    },

    /* ---- names: lines of addresses for a future of C, which gives a reference to it */
    lookup(name, future) {
      const entry = { name: host.text(name), waits: true };
      lookups.set(future, entry);
      if (kind === GIVEN) lookUpLater(future, entry);
      else lookUpSome();
      return 0;
    },
    /* True: it is no more, and the reference is C's again. */
    lookupDrop: future => lookups.delete(future),

    ...makeUdp({ host, loop, again: EAGAIN, entries, tellInput: entry => tell(entry, INPUT), tellOutput: entry => tell(entry, OUTPUT) }),
    ...makeTls({ host, loop, fields: layout.records['struct green__js_tls'], entries, plain, tell: entry => tell(entry, INPUT), fail }),
  };
};
