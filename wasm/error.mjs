/* How greenio's calls fail: every module exports this, and the npm package too. */
const brand = Symbol.for('greenio.GreenError');

/* `code` is the name of a status, as "ETIMEDOUT". Each module has a class of its own, and `instanceof` any of
 * them is true for the errors of all. */
export class GreenError extends Error {
  constructor(code, message, options) {
    super(message, options);
    this.code = code;
  }
  get name() {
    return 'GreenError';
  }
  get [brand]() {
    return true;
  }
  static [Symbol.hasInstance](value) {
    if (!Object.hasOwn(this, Symbol.hasInstance)) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value == 'object' && value !== null && value[brand] === true;
  }
}

