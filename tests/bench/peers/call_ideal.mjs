// The floor of wasm.call: a call that is a task of its own, as call_ideal.c has it, checked as a call from JavaScript must
// be; what it returns is a promise, made at once if it has not waited.
// Usage: call_ideal.mjs CALL_IDEAL.WASM COUNT. Prints nanoseconds a call.
import { readFile } from 'node:fs/promises';
import { clock } from '../clock.mjs';

const [file, count] = [process.argv[2], Number(process.argv[3])];
const { instance } = await WebAssembly.instantiate(await readFile(file), { env: { answer: () => 7 } });
const c = /** @type {any} */ (instance.exports);
c._initialize?.();
const { call_begin: callBegin, call_end: callEnd, asyncify_get_state: state } = c;

const functions = new Map();
const exported = (name) => {
  const known = functions.get(name);
  if (known) return known;
  const f = c[name];
  if (typeof f != 'function') throw new Error(`no exported C function is called ${name}()`);
  functions.set(name, f);
  return f;
};

const allNumbers = (types, args) => {
  for (let i = 0; i < args.length; i++) {
    if (types[i] !== 'number' || typeof args[i] != 'number') return false;
  }
  return args.length === types.length;
};

let inside = false;

function call(name, returnType, types, args) {
  try {
    const f = exported(name);
    if (returnType !== 'number' || !allNumbers(types, args)) throw new Error(`${name}() takes numbers`);
    if (inside) throw new Error('it would have to queue');
    inside = true;
    if (!callBegin()) throw new Error('it would have to queue');
    const value = f(...args);
    if (state() !== 0) throw new Error('it waits, and its frames would have to be kept');
    const left = callEnd(value < 0 ? value : 0);
    inside = false;
    if (left !== 0) throw new Error('its stack has overflowed, or others are ready');
    return Promise.resolve(value);
  } catch (error) {
    return Promise.reject(error);
  }
}

async function callTimes(times) {
  let sum = 0;
  for (let n = 0; n < times; n++) {
    sum += await call('add', 'number', ['number', 'number'], [n, 1]);
  }
  return sum;
}

await callTimes(Math.ceil(count / 10));
const start = clock();
const sum = await callTimes(count);
const elapsed = clock() - start;
if (sum !== (count * (count + 1)) / 2) throw new Error(`the sum is ${sum}`);
console.log((elapsed * 1e6) / count);
