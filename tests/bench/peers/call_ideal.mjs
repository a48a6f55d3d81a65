// The floor of wasm.call: a call that is a task of its own, as call_ideal.c has it, checked as a call from JavaScript must
// be, with what each type of result is, and a failure that is told; what it returns is a promise, made at once if it has
// not waited. One that the budget does not let begin waits for the event loop.
// Usage: call_ideal.mjs CALL_IDEAL.WASM COUNT. Prints nanoseconds a call.
import { readFile } from 'node:fs/promises';
import { clock } from '../clock.mjs';

const [file, count] = [process.argv[2], Number(process.argv[3])];
const { instance } = await WebAssembly.instantiate(await readFile(file), { env: { answer: () => 7, now: () => performance.now() } });
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
let closed = null;
let running = ''; // for reports, and for what is told of failures
let view = new Int32Array(c.memory.buffer);
const depthAt = c.depth_address() >> 2;
const depth = () => (view.length > 0 ? view : (view = new Int32Array(c.memory.buffer)))[depthAt];
const noOptions = {};

const textAt = (address) => {
  const bytes = new Uint8Array(c.memory.buffer);
  return new TextDecoder().decode(bytes.subarray(address, bytes.indexOf(0, address)));
};
const resultOf = (type, value) => {
  switch (type) {
    case 'number': return value;
    case 'boolean': return Boolean(value);
    case 'bigint': return BigInt(value);
    case 'string': return value ? textAt(value) : null;
    case null: return undefined;
    default: throw new Error(`unknown return type ${type}`);
  }
};

let spent = false;
function later(name, returnType, types, args) {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      if (spent) c.renew();
      spent = false;
      call(name, returnType, types, args).then(resolve, reject);
    });
  });
}

function call(name, returnType, types, args, options = noOptions) {
  try {
    const f = exported(name);
    if (closed !== null) throw closed;
    if (options !== noOptions || !allNumbers(types, args)) throw new Error(`${name}() takes numbers`);
    if (inside || depth() !== 0 || spent) return later(name, returnType, types, args);
    inside = true;
    running = name;
    let value, left;
    try {
      if (!callBegin()) throw new Error('it would have to queue');
      value = f(...args);
      if (state() !== 0) throw new Error('it waits, and its frames would have to be kept');
      left = callEnd(value < 0 ? value : 0);
    } finally {
      inside = false;
    }
    if (left < 0) throw new Error(`${running}() has overflowed its stack`);
    if (left === 1) spent = true;
    if (value < 0 && c.message() !== 0) throw new Error(textAt(c.message()));
    return Promise.resolve(resultOf(returnType, value));
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
