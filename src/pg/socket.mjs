/* The socket of a connection to a server, where `pg` would take another one.
 *
 * On workerd it takes that of the package pg-cloudflare, which neither waits for a reader that is slow nor says how much it
 * holds, and counts an error of a write as none. workerd has Node's Socket too, on the same connect().
 */
import { pgError } from './connection.mjs';
import { builtin, inWorkerd } from '../../wasm/node.mjs';

const secured = new WeakMap(); /* TLS, by the socket that it goes over */
const begun = new WeakSet(); /* of TLS: those whose handshake is not over */

const make = () => {
  const socket = new (builtin('node:net').Socket)();
  socket.startTls = options => { /* pg calls it */
    const secure = builtin('node:tls').connect({ ...options, socket });
    begun.add(secure);
    secure.once('secureConnect', () => void begun.delete(secure));
    secured.set(socket, secure);
  };
  return socket;
};

/* What goes into a config of pg's. */
export const socketFor = () => {
  if (!inWorkerd) return {};
  if (!builtin('node:net')) {
    throw pgError('ENOTSUP', 'a server needs what workerd has of Node: a date of compatibility from 2026-08-04 on, or the flag nodejs_compat with one from 2024-09-23 on');
  }
  return { stream: make };
};

/* What TLS has made of a socket; without it the socket itself. */
export const secureOf = socket => secured.get(socket) ?? socket;

/* Why a connection by this socket was not made. workerd does not say that it is TLS. */
export const reasonOf = (socket, error) => (begun.has(socket) && !error.severity
  ? pgError('ETLS', `TLS did not come about (${error.message}); workerd wants a certificate that it trusts, for the server's name`, error)
  : error);
