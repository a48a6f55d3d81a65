/* What connections stand on, in one place: `socketsOf(Module)`.
 *
 * In Node it is node:net. Elsewhere, and in Node too where the program says so, it is what the factory's option
 * greenSockets has: an object with the connect() of WinterTC's Sockets API, of which workerd's and those of
 * greenio/gateway are two (docs/gateway.md says what greenio asks of it, web/greenio.d.ts has the types).
 *
 * Whoever connects gets what has the part of a node:net socket that is listed at asSocket(), whichever it is: in Node
 * the socket itself, so that nothing stands between. Whoever reads pauses it when MOST bytes are
 * here, whoever writes looks at roomIn().
 *
 * A name is not looked up where the sockets are given: it stands behind an address of its own, of 198.18.0.0/15, which
 * belongs to nobody (RFC 2544), and connect() gives the name.
 */
import { GreenError } from '../../wasm/error.mjs';
import { inNode, require } from '../../wasm/node.mjs';
import { propertyOf, seen, textOf } from '../../wasm/outside.mjs';
import { ofWords } from '../../wasm/reasons.mjs';
import { soon } from '../../wasm/timers.mjs';
import { octetsOf } from '../../wasm/values.mjs';

export const MOST = 65536; /* bytes */
/* How much a stream takes: until it has so much, it would not say when it is empty again. */
export const roomIn = ({ writableLength, writableHighWaterMark = 0 }) => Math.max(MOST, writableHighWaterMark) - writableLength;
const MOST_LATE = 1 << 24; /* bytes that are read behind a failure of writing */

/* Which sockets there are. */
export const layout = {
  headers: ['net/net_js.h'],
  constants: { GREEN__NO_SOCKETS: 0, GREEN__NODE_SOCKETS: 1, GREEN__GIVEN_SOCKETS: 2 },
};

const quietly = promise => void Promise.resolve(promise).catch(() => {});
const tried = action => {
  try {
    quietly(action());
  } catch { /* it is over */ }
};

/* ---- names ------------------------------------------------------------------------------------------------ */

const FIRST = 0xc6120001; /* 198.18.0.1 */
const LAST = 0xc613fffe;
const quad = number => [24, 16, 8, 0].map(shift => (number >>> shift) & 255).join('.');

const makeNames = () => {
  const names = new Map(); /* by address */
  const addresses = new Map();
  return {
    /* The address that stands for a name; '': there are no more. */
    addressFor(name) {
      const known = addresses.get(name);
      if (known || FIRST + addresses.size > LAST) return known ?? '';
      const address = quad(FIRST + addresses.size);
      addresses.set(name, address);
      names.set(address, name);
      return address;
    },
    /* What is to be connected to: the name that an address stands for, or the address. */
    nameOf: address => names.get(address) ?? address,
  };
};

/* ---- a connection ----------------------------------------------------------------------------------------- */

const LONGEST = 100; /* characters of an address */

/* "127.0.0.1:80", "[::1]:80". What names no address says nothing. */
const addressIn = text => {
  const [, host, port] = /^\[?([\d.]+|[\da-f:.]*:[\da-f:.]*(?:%[^\]]+)?)\]?:(\d+)$/i.exec(String(text ?? '').slice(0, LONGEST)) ?? [];
  return host ? { address: host, port: Number(port) } : {};
};

/* With the code of a status, if there is any. */
const failureOf = (error, open) => {
  const { code, message } = seen(error);
  return Object.assign(new Error(message), { code: code || ofWords('net', message) || (open ? 'ECONNRESET' : '') });
};

/* Of a connection as a provider gives it:
 *   on(event, listener)   connect, data, end, drain, error, one listener each
 *   write(bytes)          which are not changed any more; writableLength, of what was not taken yet
 *   end()                 ends this half, behind what was written
 *   pause(), resume()     the reading
 *   destroySoon()         delivers what was written, and closes
 *   destroy()             cuts it; so does resetAndDestroy()
 *   remoteAddress, remotePort, address()  undefined where the provider does not tell
 *   setNoDelay(), setKeepAlive()          are the provider's own matter
 * Behind destroy() and destroySoon() nothing is told any more. */
const asSocket = ({ readable, writable, opened, closed, close, abort }) => {
  const reader = readable.getReader();
  const writer = writable.getWriter();
  const listeners = new Map();
  const info = { local: {}, remote: {} };
  let state = 'opening'; /* open, closing (what was written is delivered), over */
  let flowing = true, pumping = false, full = false, held = 0, reads = 0, late = 0;
  let unwritable = null; /* why nothing can be written any more */
  let ending = null; /* a promise, once this half is ended */
  const tell = (event, value) => {
    if (state === 'opening' || state === 'open') listeners.get(event)?.(value);
  };
  const fail = error => {
    const wasOpen = state === 'open';
    tell('error', failureOf(error, wasOpen));
    if (wasOpen || state === 'opening') state = 'over';
  };
  const read = async () => {
    const { value, done } = await reader.read();
    reads++;
    if (done) {
      tell('end');
      if (unwritable) fail(unwritable);
      return false;
    }
    const bytes = octetsOf(value);
    if (!bytes) throw new GreenError('EPROTO', 'greenSockets: its readable gave what are no bytes');
    if (unwritable) late += bytes.length;
    if (bytes.length) tell('data', bytes);
    return true;
  };
  const wants = () => ((flowing || unwritable) && state === 'open') || state === 'closing'; /* then it is let go by */
  const pump = async () => {
    if (pumping) return;
    pumping = true;
    try {
      while (wants() && (await read()));
      if (wants()) return; /* at its end, for good */
      pumping = false;
    } catch (error) {
      fail(error);
    }
  };
  /* What has come before that is read all the same, whether C wants it now or not; then it has failed. */
  const failBehindReads = () => {
    const before = reads;
    pump();
    soon(() => (reads === before || late > MOST_LATE ? fail(unwritable) : failBehindReads()));
  };
  const writerFailed = error => {
    if (state !== 'open' || unwritable) return;
    unwritable = error;
    failBehindReads();
  };
  const end = () => (ending ??= writer.close().catch(() => {})); /* writer.closed tells */
  const cut = () => {
    state = 'over';
    if (abort) return tried(abort);
    tried(() => reader.cancel());
    tried(() => writer.abort());
    tried(close);
  };
  Promise.resolve(opened).then(found => {
    if (state !== 'opening') return;
    info.local = addressIn(propertyOf(found, 'localAddress'));
    info.remote = addressIn(propertyOf(found, 'remoteAddress'));
    state = 'open';
    tell('connect');
    reader.closed.catch(fail);
    writer.closed.catch(writerFailed);
    return pump();
  }).catch(fail);
  /* Of one that is open, the streams say more: workerd's rejects, with nothing, also behind a good end. */
  const unopened = error => soon(() => { /* `opened` may be about to say more */
    if (state === 'opening') fail(error);
  });
  for (const promise of [closed, reader.closed, writer.closed]) Promise.resolve(promise).catch(unopened);
  if (closed) Promise.resolve(closed).then(() => unopened(new GreenError('ECONNRESET', 'the connection was closed before it was open')), () => {});
  return {
    on: (event, listener) => void listeners.set(event, listener),
    write(bytes) {
      held += bytes.length;
      full ||= held >= MOST;
      quietly(writer.write(bytes).then(() => {
        held -= bytes.length;
        if (!full || held >= MOST / 2) return;
        full = false;
        tell('drain');
      }));
      return !full;
    },
    get writableLength() {
      return held;
    },
    end: () => void end(),
    pause() {
      flowing = false;
    },
    resume() {
      flowing = true;
      pump();
    },
    destroySoon() {
      if (state !== 'open') return cut();
      state = 'closing';
      pump();
      quietly(end().then(() => {
        state = 'over';
        return close();
      }));
    },
    destroy: cut,
    resetAndDestroy: cut,
    get remoteAddress() {
      return info.remote.address;
    },
    get remotePort() {
      return info.remote.port;
    },
    address: () => info.local,
    setNoDelay() {},
    setKeepAlive() {},
  };
};

const begin = (provider, { host, port }) => {
  const socket = provider.connect({ hostname: host, port }, { secureTransport: 'off', allowHalfOpen: true });
  const lacks = ['readable', 'writable', 'close'].find(name => !propertyOf(socket, name));
  if (lacks) throw new GreenError('EINVAL', 'greenSockets: connect() gave what has no ' + lacks);
  const { readable, writable, opened, closed } = socket;
  const abort = typeof socket.abort == 'function' ? () => socket.abort() : undefined;
  return asSocket({ readable, writable, opened, closed, close: () => socket.close(), abort });
};
/* What cannot even begin fails as what has begun. */
const failed = error => asSocket({
  readable: new ReadableStream(), writable: new WritableStream(), opened: Promise.reject(error), closed: undefined, close() {}, abort: undefined,
});
const provided = provider => where => {
  try {
    return begin(provider, where);
  } catch (error) {
    return failed(error);
  }
};

const byNode = (where, onread) => require('node:net').connect({ ...where, onread, allowHalfOpen: true, autoSelectFamily: false });

/* ---- of an instance --------------------------------------------------------------------------------------- */

const make = Module => {
  const { GREEN__NO_SOCKETS, GREEN__NODE_SOCKETS, GREEN__GIVEN_SOCKETS } = layout.constants;
  const given = Module.greenSockets ?? null;
  if (given && typeof propertyOf(given, 'connect') != 'function') {
    throw new GreenError('EINVAL', 'greenSockets has no function connect(): ' + textOf(given) + '; give what gateway() of greenio/gateway makes, or another of that kind');
  }
  const kind = given ? GREEN__GIVEN_SOCKETS : inNode ? GREEN__NODE_SOCKETS : GREEN__NO_SOCKETS;
  const names = makeNames();
  const connectGiven = given && provided(given);
  return {
    kind,
    ...names,
    /* To { host, port }, or in Node to { path }. Node's throws what it does not take for an address, and takes node:net's
     * `onread` if there is one; others tell data() all the same. */
    connect: given ? where => connectGiven({ ...where, host: names.nameOf(where.host) }) : byNode,
    /* Of bytes in memory of C's those that may be written: pieces of Node's pool are for Node alone. */
    copy: given ? view => view.slice() : view => Buffer.from(view),
  };
};

const made = new WeakMap();

/* The same for all features of an instance. */
export const socketsOf = Module => {
  if (!made.has(Module)) made.set(Module, make(Module));
  return made.get(Module);
};
