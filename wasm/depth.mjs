/* How many JavaScript frames lie below: calls of a module's imports are counted, so that C knows where it cannot wait.
 *
 * For Emscripten's code around it, and for that alone, a program's `WebAssembly` is `counting`, whose instances count.
 * It also sees whether a module is of the kind of contexts that its JavaScript is for.
 */
import { GreenError } from './error.mjs';
import { kindOf } from './kinds.mjs';
import { inNode } from './node.mjs';
import { isA, seen } from './outside.mjs';

/* Of a Memory: where its instance counts. The counter lies in wasm memory, so that C reads it without
 * a call; until it is bound there, in a memory of its own. A view of a memory that has grown is empty. */
export const counters = new WeakMap();

const nothing = {};

class Counter {
  constructor() {
    this.view = new Int32Array(1);
    this.at = 0;
    this.memory = null;
    this.exports = null;
    this.kind = 'asyncify'; /* of contexts, which the imports are for */
    this.leftExit = nothing; /* what has left exit(), which then is half over */
  }
  bind(memory, address) {
    const depth = this.view[0];
    this.memory = memory;
    this.at = address >> 2;
    this.refresh()[this.at] = depth;
  }
  refresh() {
    return (this.view = new Int32Array(this.memory.buffer));
  }
  enter() {
    (this.view.length ? this.view : this.refresh())[this.at]++;
  }
  leave() {
    (this.view.length ? this.view : this.refresh())[this.at]--;
  }
  get() {
    return (this.view.length ? this.view : this.refresh())[this.at];
  }
  set(depth) {
    (this.view.length ? this.view : this.refresh())[this.at] = depth;
  }
}

/* What may call back into wasm counts. Emscripten's invoke_* do not: the pass knows that they unwind.
 * Nor do greenio's own, which do not call back or begin a stack, and functions of WebAssembly, whose name is a number. */
const uncounted = /^_?(invoke_|green__)|^\d+$/;

/* An invoke_* without that name: var sp = stackSave(); try { ... } catch (e) { ... throw e; setThrew(1, 0); }, and then
 * maybe return BigInt(0). */
const invokes = /^function [\w$]*\([\w$, ]*\)\s*\{\s*(?:var|let|const) [\w$]+\s*=\s*[\w$.]+\(\);\s*try\s*\{[^{}]*\}\s*catch\s*\(([\w$]+)\)\s*\{[^{}]*\bthrow \1;[^{}]*\(1,\s*0\)(?:[;,]\s*(?:return\s+)?(?:0n|BigInt\(0\)))?;?\s*\}\s*\}$/;

/* GREEN_JS's (js.h): what counts is the call of its body (instance.mjs). A function of JavaScript around it, which many
 * share, would be a good part of what such a call costs. */
const counts = /^function [\w$]*\([^()]*\)\s*\{\s*return greenCore\.future\(async function\(/;

/* The one import that suspends the stack that calls it (jspi.mjs). */
const suspends = /^_?green__js_jspi_suspend$/;

/* exit(), whose handlers run below it: of a program that goes on, what one of them has thrown is kept. */
const isExit = /^_?(exit(JS)?|emscripten_force_exit)$/;
const countedExit = (exit, status, counter) => {
  counter.enter();
  try {
    exit(status);
  } catch (error) {
    if (error !== 'unwind' && seen(error).name !== 'ExitStatus') counter.leftExit = error;
    throw error;
  } finally {
    counter.leave();
  }
};

/* A bundler shortens the names of functions, not those that Emscripten imports them by, which are short at -O3 already;
 * greenio's own say theirs (join.mjs), and so does exit() (greenio.js). */
const nameOf = (f, key) => {
  if (typeof f.green == 'string') return f.green;
  return isExit.test(key) || uncounted.test(key) ? key : f.name;
};

const suspending = f => new globalThis.WebAssembly.Suspending(f);

const countedFunction = (f, name, counter) => {
  if (suspends.test(name)) return suspending(f);
  if (uncounted.test(name)) return f;
  const text = Function.prototype.toString.call(f);
  if (counts.test(text) || invokes.test(text)) return f;
  if (isExit.test(name)) return status => countedExit(f, status, counter);
  const enter = () => { counter.enter(); };
  const leave = () => { counter.leave(); };
  const head = text.slice(0, text.indexOf(')') + 1 || text.length);
  const count = /\barguments\b|\[native code\]/.test(text) || /\.\.\.|=[^>]/.test(head) ? -1 : f.length;
  switch (count) {
    case 0: return () => { enter(); try { return f(); } finally { leave(); } };
    case 1: return a => { enter(); try { return f(a); } finally { leave(); } };
    case 2: return (a, b) => { enter(); try { return f(a, b); } finally { leave(); } };
    case 3: return (a, b, c) => { enter(); try { return f(a, b, c); } finally { leave(); } };
    case 4: return (a, b, c, d) => { enter(); try { return f(a, b, c, d); } finally { leave(); } };
    default: return (...all) => { enter(); try { return f(...all); } finally { leave(); } };
  }
};

/* The imports with their functions counted; made once for one and the same object. */
const wrapImports = imports => {
  const counter = new Counter();
  const seen = new Map();
  const wrapped = {};
  for (const name of Object.keys(imports ?? {})) {
    const from = imports[name];
    if (name.startsWith('GOT.') || name === 'asyncify') {
      wrapped[name] = from;
      continue;
    }
    if (!seen.has(from)) {
      const to = Object.create(from);
      for (const key of Object.keys(from)) {
        const value = from[key];
        if (value instanceof WebAssembly.Memory) counter.memory = value;
        if (typeof value != 'function') continue;
        const known = nameOf(value, key);
        if (suspends.test(known)) counter.kind = 'jspi';
        Object.defineProperty(to, key, { value: countedFunction(value, known, counter) });
      }
      seen.set(from, to);
    }
    wrapped[name] = seen.get(from);
  }
  return { imports: wrapped, counter };
};

/* Of a program of both kinds, the other's file would be linked with imports that only have the same names. */
const checkModule = (module, { kind }) => {
  const found = isA(module, globalThis.WebAssembly.Module) ? kindOf(module) : kind;
  if (found === undefined || found === kind) return;
  throw new GreenError('EINVAL', `the .wasm is the one for ${found}, and its JavaScript was taken for ${kind}: locateFile(name) must keep the two names apart, and wasmBinary or instantiateWasm() go with the option greenContexts`);
};

const noteInstance = (instance, counter) => {
  const memory = counter.memory ?? Object.values(instance.exports).find(value => value instanceof WebAssembly.Memory);
  counter.exports = instance.exports;
  if (memory) counters.set(memory, counter);
};

/* A program's own Module.instantiateWasm, with the imports counted. */
export const countedInstantiate = instantiate => (imports, done) => {
  const { imports: wrapped, counter } = wrapImports(imports);
  return instantiate(wrapped, (instance, module) => {
    checkModule(module, counter);
    noteInstance(instance, counter);
    return done(instance, module);
  });
};

/* global greenio$wasm_parks */
/* What looks at the bytes of a narrowed program, if it is linked (parks.mjs). */
const look = source => (typeof greenio$wasm_parks == 'object' ? greenio$wasm_parks.decodeSource(source) : null);

export const counting = (real => {
  if (!real) return real;
  const moduleOf = async source => {
    if (isA(source, real.Module)) return source;
    try {
      return await real.compile(source);
    } catch { /* a response, which is read already */
      return null;
    }
  };
  const async = make => (source, imports) => {
    const { imports: wrapped, counter } = wrapImports(imports);
    const looked = look(source);
    const made = looked ? looked.then(seen => make(seen, wrapped)) : make(source, wrapped);
    return made.catch(async error => {
      if (isA(error, real.LinkError) || isA(error, TypeError)) checkModule(await moduleOf(source), counter);
      throw error;
    }).then(result => {
      checkModule(result.module ?? source, counter);
      noteInstance(result.instance ?? result, counter);
      return result;
    });
  };
  function Instance(module, imports) {
    const { imports: wrapped, counter } = wrapImports(imports);
    checkModule(module, counter);
    const instance = new real.Instance(module, wrapped);
    noteInstance(instance, counter);
    return instance;
  }
  Instance.prototype = real.Instance.prototype;
  return Object.create(real, {
    instantiate: { value: async((source, imports) => real.instantiate(source, imports)) },
    /* Node's fetch() does not know file: URLs, and Emscripten 3.1.6 would try. */
    instantiateStreaming: {
      value: real.instantiateStreaming && !inNode ? async((source, imports) => real.instantiateStreaming(source, imports)) : undefined,
    },
    Instance: { value: Instance },
  });
})(globalThis.WebAssembly);
