/* Errors, and values between JavaScript and C. */
import { GreenError } from './error.mjs';
import { isA, isArray, propertyOf, seen, textOf } from './outside.mjs';

/* ---- errors ---------------------------------------------------------------------------------------- */

export const whatIs = value => {
  if (value === null) return 'null';
  if (isArray(value)) return 'an array';
  return { undefined: 'nothing', object: 'an object', bigint: 'a BigInt' }[typeof value] ?? 'a ' + typeof value;
};

/* STACK_OVERFLOW_CHECK=2 has found that a C stack is too small. */
export class StackOverflow extends Error {}

const uncatchable = host => {
  const ofJspi = host.contexts === 'jspi' ? ' (-fwasm-exceptions, if it is for JSPI alone)' : '';
  return ', which nothing can catch, as the program was built without -fexceptions: compile and link it with that' + ofJspi;
};

/* For C++ and longjmp() Emscripten throws numbers, or objects of its own that may have no message. */
const sentenceOf = (host, error) => {
  if (error === Infinity) return 'a longjmp() to a function that has returned';
  if (typeof WebAssembly.Exception == 'function' && isA(error, WebAssembly.Exception)) { /* -fwasm-exceptions, -sSUPPORT_LONGJMP=wasm */
    return host.catches ? 'a C++ exception that nobody has caught, or a longjmp() to a function that has returned' : 'a longjmp() to a function that has returned';
  }
  const { name, message } = seen(error);
  if (typeof error == 'number' || propertyOf(error, 'excPtr') !== undefined) {
    const what = typeof error == 'number' || !message ? '' : ': ' + name + ': ' + message;
    return host.catches ? 'a C++ exception that nobody has caught' + what : 'a C++ exception' + what + uncatchable(host);
  }
  if (typeof error == 'string' && !host.catches && error.includes('Exception catching is disabled')) return 'a C++ exception' + uncatchable(host);
  return isA(error, Error) ? message || name : message;
};

/* JavaScriptCore adds which of our own lines it was at. */
const withoutPlace = text => text.replace(/ \(evaluating '.*'\)$/, '');

/* What was thrown through wasm: whether it closes the module, the status's name, a sentence. */
export const thrownOf = (host, error) => {
  const text = sentenceOf(host, error);
  if (isA(error, StackOverflow)) return { code: 'EOVERFLOW', text };
  if (isA(error, WebAssembly.RuntimeError)) {
    const thrown = !host.catches && /cxa_throw/.test(seen(error).stack); /* by newer ones it aborts */
    return { trap: true, code: 'EEXCEPTION', text: thrown ? text + ': a C++ exception' + uncatchable(host) : withoutPlace(text) };
  }
  const overflow = (isA(error, RangeError) && /call stack/i.test(text)) || /too much recursion/i.test(text);
  if (overflow) return { code: 'EOVERFLOW', text: 'JavaScript\'s own stack overflowed (' + text + '): recursion is too deep' };
  return { code: 'EEXCEPTION', text };
};

/* ---- values ---------------------------------------------------------------------------------------- */

export const argumentTypes = new Set(['number', 'pointer', 'boolean', 'bigint', 'string', 'array']);
export const returnTypes = new Set(['number', 'pointer', 'boolean', 'bigint', 'string', 'string!', 'status', 'void', null, undefined]);

/* Of a length that stays, though the memory may grow meanwhile. */
export const octetsOf = value => {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const shared = typeof SharedArrayBuffer == 'function' && isA(value, SharedArrayBuffer);
  if (shared || isA(value, ArrayBuffer)) return new Uint8Array(value, 0, value.byteLength);
  return null;
};

/* Of an array of numbers, each of which is a byte. */
const octetsOfList = list => {
  const isByte = value => Number.isInteger(value) && value >= -128 && value <= 255;
  return Uint8Array.from(list, value => {
    if (isByte(value)) return value;
    throw new GreenError('ETYPE', 'expected an array of bytes, got ' + textOf(value) + ' in it');
  });
};

/* Strings and bytes in memory of greenio's. */
export const makeMemory = host => {
  const alloc = size => {
    const pointer = host.alloc(size);
    if (!pointer) throw new GreenError('ENOMEM', 'out of memory');
    return pointer;
  };
  return {
    putText(text) {
      const size = host.textLength(text) + 1;
      const pointer = alloc(size);
      host.putText(text, pointer, size);
      return pointer;
    },
    putBytes(bytes) {
      const pointer = alloc(bytes.length || 1);
      host.bytes().set(bytes, pointer);
      return pointer;
    },
  };
};

/* One argument as wasm takes it; what it allocates goes into `owned`. */
export const argumentFor = (memory, type, value, owned) => {
  switch (type) {
    case 'number':
      if (typeof value == 'number' || typeof value == 'boolean') return Number(value);
      break;
    case 'pointer':
      if (typeof value == 'boolean' || (Number.isInteger(value) && Math.abs(value) < 2 ** 32)) return Number(value);
      break;
    case 'boolean': return value ? 1 : 0;
    case 'bigint':
      if (typeof value == 'bigint' && (BigInt.asIntN(64, value) === value || BigInt.asUintN(64, value) === value)) return value;
      if (Number.isSafeInteger(value)) return BigInt(value);
      break;
    case 'string':
      if (value === null || value === undefined) return 0;
      if (typeof value == 'string') return owned[owned.push(memory.putText(value)) - 1];
      break;
    case 'array': {
      const bytes = isArray(value) ? octetsOfList(value) : octetsOf(value);
      if (bytes) return owned[owned.push(memory.putBytes(bytes)) - 1];
      break;
    }
  }
  const wanted = { array: 'an array of bytes', bigint: 'a BigInt of 64 bits', pointer: 'an address' }[type] ?? 'a ' + type;
  throw new GreenError('ETYPE', 'expected ' + wanted + ', got ' + (typeof value == 'number' && type !== 'string' ? 'the number ' + value : whatIs(value)));
};

export const resultOf = (host, type, value) => {
  switch (type) {
    case 'boolean': return Boolean(value);
    case 'bigint': return BigInt(value);
    case 'pointer': return value >>> 0;
    case 'string': return value ? host.text(value) : null;
    case 'string!': {
      if (!value) return null;
      const text = host.text(value);
      host.freeC(value);
      return text;
    }
    case 'number':
    case 'status': return value;
    default: return undefined;
  }
};

/* The options of wrap() and those of one call of what it made; what is no object is refused as the call's. */
export const bothOptions = (options, more) => {
  if (more === undefined || more === null) return options;
  return typeof more == 'object' ? { ...options, ...more } : more;
};
