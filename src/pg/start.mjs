/* A server that cannot be trusted: what it sends until it is ready.
 *
 * That goes through `pg`, in handlers of its stream. There a message of an impossible length, or without its end, is an
 * endless loop, and what is thrown ends the program.
 */
import { pgError } from './connection.mjs';
import { secureOf } from './socket.mjs';

const violation = (reason, cause) => pgError('PG_PROTOCOL', `the server's answer makes no sense: ${reason}`, cause);

/* Where a text ends behind `at`: behind its 0 byte; 0 if it has none. */
const textEnd = (body, at) => body.indexOf(0, at) + 1;

/* Whether texts, each behind so many other bytes, fill a body up to its last byte, which is 0. */
const isList = (body, before) => {
  let at = 0;
  while (at < body.length - 1) {
    at = body[at] && textEnd(body, at + before);
    if (!at) return false;
  }
  return at === body.length - 1 && body[at] === 0;
};

/* Whether a message of the start is as it must be. */
const isStart = {
  R(body) {
    const code = body.length < 4 ? -1 : body.readInt32BE(0);
    if (code === 10) return isList(body.subarray(4), 0);
    return code === 5 ? body.length === 8 : code >= 0;
  },
  E: body => isList(body, 1),
  N: body => isList(body, 1),
  S(body) {
    const name = textEnd(body, 0);
    return name > 0 && textEnd(body, name) === body.length;
  },
  K: body => body.length >= 8,
  Z: body => body.length === 1,
};

/* The messages of the start, cut anywhere. */
export class Start {
  constructor() {
    this.held = Buffer.alloc(0); /* a part of a message, and at last what is behind ReadyForQuery */
    this.over = false;
  }
  /* Those that are whole. */
  take(piece) {
    const MOST = 65536;
    const bytes = Buffer.concat([this.held, piece]);
    let at = 0;
    while (!this.over && bytes.length - at >= 5) {
      const type = String.fromCharCode(bytes[at]);
      const end = at + 1 + bytes.readUInt32BE(at + 1);
      if (end < at + 5 || end > at + MOST) throw violation('a message of an impossible length');
      if (!isStart[type]) throw violation('a message that may not come there');
      if (end > bytes.length) break;
      if (!isStart[type](bytes.subarray(at + 5, end))) throw violation('a message without its end');
      this.over = type === 'Z';
      at = end;
    }
    this.held = bytes.subarray(at);
    return bytes.subarray(0, at);
  }
}

/* What `pg` has thrown at a message. */
const thrownBy = error => {
  const kinds = { 2: 'Kerberos', 7: 'GSSAPI', 8: 'GSSAPI', 9: 'SSPI' };
  const kind = kinds[/authenticationOk message type (\d+)/.exec(error?.message)?.[1]];
  if (error?.code === 'PG_PROTOCOL') return error;
  if (kind) return pgError('EIO', `the server asks for ${kind}, which the npm package pg cannot do`, error);
  return violation(error?.message ?? error, error);
};

const guardStream = (stream, start) => {
  const { emit } = stream;
  stream.emit = function(name, ...args) {
    if (name !== 'data') return emit.call(this, name, ...args);
    try {
      const piece = start ? start.take(args[0]) : args[0];
      return piece.length > 0 && emit.call(this, name, piece);
    } catch (error) {
      this.destroy(thrownBy(error));
      return true;
    }
  };
};

/* A client of `pg`'s before it connects; with TLS the messages come by a second stream. */
export const guard = client => {
  const { connection } = client;
  const { attachListeners } = connection;
  guardStream(connection.stream, null);
  connection.attachListeners = given => {
    const stream = secureOf(given);
    connection.stream = stream;
    delete stream.emit;
    connection.greenStart = new Start();
    guardStream(stream, connection.greenStart);
    return attachListeners.call(connection, stream);
  };
  return client;
};

/* `pg` has done its part: what has come behind that. */
export const unguard = connection => {
  delete connection.stream.emit;
  return connection.greenStart.held;
};

