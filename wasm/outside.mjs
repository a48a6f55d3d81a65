/* Looks at what comes from outside; the npm package uses it too.
 *
 * What a program's JavaScript, or a package, throws or hands over may do anything when it is looked at: getters,
 * proxies and conversions throw, an error may be null, its message a symbol. So such values are looked at here
 * alone, and nothing here throws.
 */
/* undefined, if it cannot be had. */
export const propertyOf = (value, name) => {
  try {
    return value?.[name];
  } catch {
    return undefined;
  }
};

export const isA = (value, type) => {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
};

export const isArray = value => {
  try {
    return Array.isArray(value);
  } catch { /* a proxy that was revoked */
    return false;
  }
};

export const textOf = value => {
  try {
    return String(value);
  } catch {
    return typeof value == 'function' ? 'a function that cannot be shown' : 'an object that cannot be shown';
  }
};

const stringOf = (value, name) => {
  const found = propertyOf(value, name);
  return typeof found == 'string' ? found : '';
};

/* What was thrown: `name`, `code` and `stack` are strings, maybe empty ones, `message` is what there is to say. */
export const seen = error => {
  const [name, code, stack] = ['name', 'code', 'stack'].map(property => stringOf(error, property));
  const message = propertyOf(error, 'message');
  return { name, code, stack, message: message === undefined || message === null ? textOf(error) : textOf(message) };
};

/* The same string with U+FFFD in the place of what UTF-8 has no bytes for, halves of characters; Emscripten
 * would write, or count, others. */
export const wellFormed = text => {
  if (typeof text.isWellFormed == 'function') return text.isWellFormed() ? text : text.toWellFormed();
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
};
