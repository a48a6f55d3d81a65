
/* greenio: looks at what comes from outside. See depth.mjs for what these files are; this one is used by the npm
 * package too.
 *
 * What a program's JavaScript, or a package, throws or hands over may do anything when it is looked at: getters,
 * proxies and conversions throw, an error may be null, its message a symbol. So such values are looked at here
 * alone, and nothing here throws.
 */

/* undefined, if it cannot be had. */
const greenio$property = (value, name) => {
  try {
    return value?.[name];
  } catch {
    return undefined;
  }
};

const greenio$isA = (value, type) => {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
};

const greenio$isArray = value => {
  try {
    return Array.isArray(value);
  } catch { /* a proxy that was revoked */
    return false;
  }
};

const greenio$text = value => {
  try {
    return String(value);
  } catch {
    return typeof value == 'function' ? 'a function that cannot be shown' : 'an object that cannot be shown';
  }
};

const greenio$string = (value, name) => {
  const found = greenio$property(value, name);
  return typeof found == 'string' ? found : '';
};

/* What was thrown: `name`, `code` and `stack` are strings, maybe empty ones, `message` is what there is to say. */
const greenio$seen = error => {
  const [name, code, stack] = ['name', 'code', 'stack'].map(property => greenio$string(error, property));
  const message = greenio$property(error, 'message');
  return { name, code, stack, message: message === undefined || message === null ? greenio$text(error) : greenio$text(message) };
};

/* The same string with U+FFFD in the place of what UTF-8 has no bytes for, halves of characters; Emscripten
 * would write, or count, others. */
const greenio$wellFormed = text => {
  if (typeof text.isWellFormed == 'function') return text.isWellFormed() ? text : text.toWellFormed();
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
};

export { greenio$isA, greenio$property, greenio$seen, greenio$text };
