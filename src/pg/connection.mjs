/* A connection of C's, as JavaScript has it: bytes that have come and bytes that are to go; and how one fails. */
import { propertyOf, seen, textOf } from '../../wasm/outside.mjs';
import { ofCode, ofWords } from '../../wasm/reasons.mjs';

export const pgError = (code, message, cause) => Object.assign(new Error(message, { cause }), { code });

export class Connection {
  constructor(tell) {
    this.tell = tell;
    this.started = null; /* a promise */
    this.open = false;
    this.failure = null;
    this.pieces = []; /* that have come */
    this.at = 0; /* in the first one */
    this.coming = 0; /* bytes in them */
    this.going = []; /* of a message that is not whole */
  }
  opened() {
    this.open = true;
    this.tell();
  }
  arrived(pieces) {
    for (const piece of pieces) {
      this.coming += piece.length;
      this.pieces.push(piece);
    }
    this.tell();
  }
  failed(error) {
    this.failure ??= failureOf(error);
    this.tell();
  }
  /* 0: there is nothing. */
  take(memory, to, size) {
    const [piece] = this.pieces;
    if (!piece) return 0;
    const count = Math.min(size, piece.length - this.at);
    memory.set(piece.subarray(this.at, this.at + count), to);
    this.at += count;
    this.coming -= count;
    if (this.at === piece.length) {
      this.pieces.shift();
      this.at = 0;
    }
    return count;
  }
  /* What is to be sent, all of it, or nothing as there is more. */
  gather(bytes, more) {
    this.going.push(bytes);
    if (more) return null;
    const parts = this.going;
    this.going = [];
    if (parts.length === 1) return bytes;
    const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

/* ---- what went wrong ----------------------------------------------------------------------------------- */

/* What is kept of an error of a package's, or of whatever was thrown: strings. */
const failureOf = error => {
  const { code, message } = seen(error);
  const first = propertyOf(propertyOf(error, 'errors'), 0);
  const fields = ['severity', 'detail', 'hint', 'where', 'file', 'line', 'routine'].map(name => [name, propertyOf(error, name)]);
  return {
    code,
    message: message || (first ? seen(first).message : '') || textOf(error),
    ...Object.fromEntries(fields.filter(([, value]) => typeof value == 'string')),
  };
};

/* As the fields of an ErrorResponse. */
export const fieldsOf = ({ message, severity, code, detail, hint, where, file, line, routine }) => {
  if (severity === undefined) return [['M', message]];
  return Object.entries({ V: severity, C: code, M: message, D: detail, H: hint, W: where, F: file, L: line, R: routine }).filter(([, value]) => value);
};

/* The name of the status. */
export const codeOf = error => {
  const { code, message } = seen(error);
  return ofCode('pg', code) || ofWords('pg', message) || 'EIO';
};
