/* greenio: the part of its JavaScript that emcc never parses, put before the module's factory by
 * --extern-pre-js. It gives
 *   - `WebAssembly`, in the scope of this module alone, whose instances count how many JavaScript frames
 *     lie below, so that C knows where it cannot wait;
 *   - `greenio$attach`, which greenio.js calls for each instance: the event loop, and module.green;
 *   - what Emscripten 3.1.6 misses in an ES module under Node.
 */
const greenio$inNode = typeof process == 'object' && typeof process.versions?.node == 'string';
var require, __filename, __dirname;
if (greenio$inNode) {
  const { createRequire } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:module');
  require = createRequire(import.meta.url);
  __filename = import.meta.url.startsWith('file:') ? require('node:url').fileURLToPath(import.meta.url) : process.cwd() + '/module.mjs';
  __dirname = require('node:path').dirname(__filename);
}

/* ---- the depth of imports -------------------------------------------------------------------------- */

/* Of a Memory: where its instance counts. The counter lies in wasm memory, so that C reads it without
 * a call; until it is bound there, in a memory of its own. A view of a memory that has grown is empty. */
const greenio$counters = new WeakMap();

class greenio$Counter {
  constructor() {
    this.view = new Int32Array(1);
    this.at = 0;
    this.memory = null;
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
  set(depth) {
    (this.view.length ? this.view : this.refresh())[this.at] = depth;
  }
}

/* What may call back into wasm counts. Emscripten's invoke_* do not: the pass knows that they unwind.
 * Nor do greenio's own, which do not call back or begin a stack. */
const greenio$uncounted = /^_?(invoke_|green__)/;

const greenio$counted = (f, counter) => {
  if (greenio$uncounted.test(f.name)) return f;
  const enter = () => { (counter.view.length ? counter.view : counter.refresh())[counter.at]++; };
  const leave = () => { (counter.view.length ? counter.view : counter.refresh())[counter.at]--; };
  const text = Function.prototype.toString.call(f);
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
const greenio$wrap = imports => {
  const counter = new greenio$Counter();
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
        if (typeof value == 'function') Object.defineProperty(to, key, { value: greenio$counted(value, counter) });
      }
      seen.set(from, to);
    }
    wrapped[name] = seen.get(from);
  }
  return { imports: wrapped, counter };
};

const greenio$made = (instance, counter) => {
  const memory = counter.memory ?? Object.values(instance.exports).find(value => value instanceof WebAssembly.Memory);
  if (memory) greenio$counters.set(memory, counter);
};

const WebAssembly = (real => {
  if (!real) return real;
  const async = make => (source, imports) => {
    const { imports: wrapped, counter } = greenio$wrap(imports);
    return make(source, wrapped).then(result => {
      greenio$made(result.instance ?? result, counter);
      return result;
    });
  };
  function Instance(module, imports) {
    const { imports: wrapped, counter } = greenio$wrap(imports);
    const instance = new real.Instance(module, wrapped);
    greenio$made(instance, counter);
    return instance;
  }
  Instance.prototype = real.Instance.prototype;
  return Object.create(real, {
    instantiate: { value: async((source, imports) => real.instantiate(source, imports)) },
    /* Node's fetch() does not know file: URLs, and Emscripten 3.1.6 would try. */
    instantiateStreaming: {
      value: real.instantiateStreaming && !greenio$inNode ? async((source, imports) => real.instantiateStreaming(source, imports)) : undefined,
    },
    Instance: { value: Instance },
  });
})(globalThis.WebAssembly);

/* ---- errors ---------------------------------------------------------------------------------------- */

/* How a call of module.green fails: `code` is the name of a status, as "ETIMEDOUT". */
class GreenError extends Error {
  constructor(code, message, options) {
    super(message, options);
    this.code = code;
  }
  get name() {
    return 'GreenError';
  }
}

const greenio$what = value => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return { undefined: 'nothing', object: 'an object', bigint: 'a BigInt' }[typeof value] ?? 'a ' + typeof value;
};

/* STACK_OVERFLOW_CHECK=2 has found that a C stack is too small. */
class greenio$StackOverflow extends Error {}

/* What was thrown through wasm: whether it closes the module, the status's name, a sentence. */
const greenio$thrown = error => {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof greenio$StackOverflow) return { code: 'EOVERFLOW', text };
  if (error instanceof WebAssembly.RuntimeError) return { trap: true, code: 'ETRAP', text };
  const overflow = (error instanceof RangeError && /call stack/i.test(text)) || /too much recursion/i.test(text);
  if (overflow) return { code: 'EOVERFLOW', text: 'JavaScript\'s own stack overflowed (' + text + '): recursion is too deep' };
  return { code: 'EEXCEPTION', text };
};

/* ---- values ---------------------------------------------------------------------------------------- */

const greenio$argumentTypes = new Set(['number', 'pointer', 'boolean', 'bigint', 'string', 'array']);
const greenio$returnTypes = new Set(['number', 'pointer', 'boolean', 'bigint', 'string', 'string!', 'status', 'void', null, undefined]);

const greenio$octets = value => {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (typeof SharedArrayBuffer == 'function' && value instanceof SharedArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return null;
};

/* Strings and bytes in memory of greenio's. */
const greenio$memory = host => {
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
const greenio$argument = (memory, type, value, owned) => {
  switch (type) {
    case 'number':
    case 'pointer':
      if (typeof value == 'number' || typeof value == 'boolean') return Number(value);
      break;
    case 'boolean': return value ? 1 : 0;
    case 'bigint':
      if (typeof value == 'bigint') return value;
      if (Number.isSafeInteger(value)) return BigInt(value);
      break;
    case 'string':
      if (value === null || value === undefined) return 0;
      if (typeof value == 'string') return owned[owned.push(memory.putText(value)) - 1];
      break;
    case 'array': {
      const bytes = Array.isArray(value) ? Uint8Array.from(value) : greenio$octets(value);
      if (bytes) return owned[owned.push(memory.putBytes(bytes)) - 1];
      break;
    }
  }
  throw new GreenError('ETYPE', 'expected ' + (type === 'array' ? 'an array of bytes' : 'a ' + type) + ', got ' + greenio$what(value));
};

const greenio$result = (host, type, value) => {
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

/* ---- Node: the end of the process ------------------------------------------------------------------- */

/* Every instance that lives, weakly. */
const greenio$instances = new Set();
const greenio$living = () => [...greenio$instances].flatMap(reference => {
  const core = reference.deref();
  if (!core) greenio$instances.delete(reference);
  return core ?? [];
});
if (greenio$inNode && typeof process.on == 'function') {
  process.on('beforeExit', () => greenio$living().forEach(core => core.beforeExit()));
  process.on('exit', () => greenio$living().forEach(core => core.processExit()));
}

/* After the host has looked for other events. */
const greenio$macrotask = run => {
  if (typeof setImmediate == 'function') return () => { setImmediate(run); };
  if (typeof MessageChannel == 'function') {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = run;
    port1.unref?.();
    return () => port2.postMessage(0);
  }
  return () => { setTimeout(run, 0); };
};

/* ---- an instance ------------------------------------------------------------------------------------ */

const greenio$attach = (Module, host) => {
  const LOST = 2; /* enum green__left */
  const PARKED = 0;
  const RESUME_MAIN = 1; /* enum green__answer */
  const NOBODY = 2;
  const BUFFER = 1024; /* bytes */
  const calls = new Map(); /* of green.call, by context */
  const memory = greenio$memory(host);
  let closed = null; /* a GreenError */
  let counter = null;
  let held = false; /* Emscripten's runtime is kept alive by us */
  let main = null;  /* { context, call, argc, argv } */
  let leavingMain = false;
  let ending = false; /* it is Node that ends the program */
  let mainStatus = 0;
  let endMain, failMain;
  const mainEnded = new Promise((resolve, reject) => { endMain = resolve; failMain = reject; });
  mainEnded.catch(() => {});

  const hold = () => { if (!held) { held = true; host.hold(); } };
  const release = () => { if (held) { held = false; host.release(); } };
  /* Gives C a name or a message, cut to what fits, in memory that is always there. */
  const withText = (text, use) => {
    const buffer = host.buffer();
    host.putText(text, buffer, BUFFER);
    return use(buffer);
  };
  const numbers = new Map();
  const numberOf = code => {
    const known = numbers.get(code);
    if (known) return known;
    const number = withText(code, pointer => host.status(pointer));
    if (number) numbers.set(code, number);
    return number;
  };

  /* ---- the end of it all */

  const close = error => {
    if (closed) return;
    closed = error;
    stopTimer();
    core.keep(false);
    for (const name of watches.values()) process.off(name.signal, name.listener);
    watches.clear();
    for (const call of calls.values()) settle(call, () => call.reject(error));
    calls.clear();
  };

  const exited = status => {
    close(new GreenError('ECLOSED', 'the program has ended: exit(' + status + ')'));
    endMain(status);
  };

  const die = (code, text, cause) => {
    const error = new GreenError(code, text, { cause });
    host.print('greenio: ' + text + '\n' + (cause?.stack ?? ''));
    host.abort();
    close(error);
    failMain(error);
  };

  /* ---- entries from the event loop, on the host's own stack */

  /* What was thrown has thrown away the frames of wasm. */
  const recover = (error, sp) => {
    if (host.isExit(error)) return exited(error.status), 0;
    host.hostLimits();
    host.setSp(sp);
    counter?.set(0);
    const { trap, code, text } = greenio$thrown(error);
    const overran = host.recover();
    if (overran || error instanceof greenio$StackOverflow) return host.lost(numberOf('EOVERFLOW'), host.overrun());
    if (trap) {
      die('ETRAP', 'a trap closed the module: ' + text, error);
      return 0;
    }
    const status = numberOf(code);
    return withText(text, pointer => host.lost(status, pointer));
  };

  let inside = false;
  const enter = (step, a, b, c) => {
    if (closed) return;
    if (inside) return void step(a, b, c); /* JavaScript that C has called */
    const sp = host.sp();
    release();
    inside = true;
    let answer, thrown;
    try {
      answer = step(a, b, c);
    } catch (error) {
      thrown = error; /* by a callback: it is for those who catch what nobody caught */
      answer = recover(error, sp);
    }
    inside = false;
    if (closed) return;
    if (answer === RESUME_MAIN) return resumeMain();
    hold();
    if (answer === NOBODY) throw thrown;
  };

  const turn = () => enter(host.turn, 0);
  const laterTurn = () => enter(host.turn, 1);
  const settled = Promise.resolve();
  let macrotask = null;

  let timer;
  const stopTimer = () => {
    if (timer !== undefined) clearTimeout(timer);
    timer = undefined;
  };
  const timerFired = () => {
    timer = undefined;
    enter(host.timerFired);
  };

  let keeper;
  const watches = new Map(); /* of signals, by the watch in C */

  /* ---- main */

  const mainReturned = status => {
    mainStatus = status;
    if (Module.greenProgram) return;
    /* Loaded by JavaScript, the module stays: its exports and green.call can be used. */
    hold();
    host.flush();
    endMain(status);
  };

  const runMain = () => {
    const status = main.call(main.argc, main.argv);
    const sp = host.mainLeave();
    if (sp) {
      host.setSp(sp);
      hold();
      return false;
    }
    mainReturned(status);
    return true;
  };

  /* Called by Emscripten in the place of main. */
  const startMain = (call, argc, argv) => {
    main = { context: host.main(), call, argc, argv };
    release();
    let over;
    try {
      over = runMain();
    } catch (error) {
      if (!host.isExit(error)) {
        const { code, text } = greenio$thrown(error);
        die(code, 'main: ' + text, error);
      }
      throw error;
    }
    leavingMain = true;
    return over ? mainStatus : 0;
  };

  const resumeMain = () => {
    try {
      host.setSp(host.enter(main.context));
      if (runMain() && Module.greenProgram) core.exit(mainStatus);
    } catch (error) {
      if (host.isExit(error)) return exited(error.status);
      const { code, text } = greenio$thrown(error);
      die(code, 'main: ' + text, error);
    }
  };

  /* Emscripten's quit: it never ends the program that has loaded the module. */
  const userQuit = Object.getOwnPropertyDescriptor(Module, 'quit')?.value; /* a debug build's getter aborts */
  const quit = (status, error) => {
    if (host.isExit(error)) {
      const implicit = leavingMain; /* main has returned, or is parked */
      leavingMain = false;
      if (!host.held()) exited(status);
      else if (!implicit) {
        /* exit() by an export that JavaScript called. */
        held = false;
        host.exit(status);
      }
      if (!implicit && Module.greenProgram && !ending) process.exit(status);
    }
    if (userQuit && closed) userQuit(status, error);
    throw error;
  };

  /* ---- green.call */

  const settle = (call, how) => {
    for (const pointer of call.owned) host.free(pointer);
    call.signal?.removeEventListener('abort', call.onAbort);
    how();
  };

  const exported = name => {
    const f = Module['_' + name];
    if (typeof f != 'function') {
      throw new GreenError('EINVAL', 'no exported C function is called ' + name + '(): is it EMSCRIPTEN_KEEPALIVE or in EXPORTED_FUNCTIONS?');
    }
    return f;
  };

  const check = (name, returnType, argTypes) => {
    exported(name);
    if (!greenio$returnTypes.has(returnType)) throw new GreenError('EINVAL', name + '(): unknown return type ' + JSON.stringify(returnType));
    for (const type of argTypes ?? []) {
      if (!greenio$argumentTypes.has(type)) throw new GreenError('EINVAL', name + '(): unknown argument type ' + JSON.stringify(type));
    }
  };

  const convert = (name, argTypes, args, owned) => {
    if (args.length !== argTypes.length) {
      throw new GreenError('EINVAL', name + '() takes ' + argTypes.length + ' argument' + (argTypes.length === 1 ? '' : 's') + ', got ' + args.length);
    }
    return argTypes.map((type, i) => {
      try {
        return greenio$argument(memory, type, args[i], owned);
      } catch (error) {
        error.message = 'argument ' + (i + 1) + ' of ' + name + '(): ' + error.message;
        throw error;
      }
    });
  };

  const none = [];
  const start = (name, returnType, argTypes, args, options) => new Promise((resolve, reject) => {
    if (closed) throw closed;
    const { signal, stackSize = 0, name: label } = options;
    signal?.throwIfAborted();
    const owned = argTypes.length ? [] : none;
    let context = 0;
    try {
      const converted = convert(name, argTypes, args, owned);
      if (!(stackSize >= 0 && stackSize <= 2 ** 30)) throw new GreenError('EINVAL', name + '(): stackSize must be from 0 to 2**30');
      context = label ? withText(label, pointer => host.call(stackSize, pointer)) : host.call(stackSize, 0);
      if (!context) throw new GreenError('ENOMEM', 'out of memory');
      const call = { f: exported(name), returnType, args: converted, owned, signal, onAbort: null, resolve, reject, value: undefined, cause: undefined };
      calls.set(context, call);
      if (signal) {
        call.onAbort = () => enter(host.cancel, context);
        signal.addEventListener('abort', call.onAbort, { once: true });
      }
    } catch (error) {
      if (!context) for (const pointer of owned) host.free(pointer);
      throw error;
    }
  });

  const queues = new Map(); /* of {serial: true}, by name: the last call */
  const inTurn = (name, run) => {
    const before = queues.get(name) ?? settled;
    const mine = before.then(run);
    const quiet = mine.catch(() => {}).then(() => { if (queues.get(name) === quiet) queues.delete(name); });
    queues.set(name, quiet);
    return mine;
  };

  const launch = (name, returnType, argTypes, args, options) =>
    options.serial ? inTurn(name, () => start(name, returnType, argTypes, args, options)) : start(name, returnType, argTypes, args, options);

  const noOptions = {};
  const api = {
    GreenError,
    /* The status that main returned, once it has, or that exit() was given. */
    main: mainEnded,
    call(name, returnType, argTypes = none, args = none, options = noOptions) {
      try {
        check(name, returnType, argTypes);
      } catch (error) {
        return Promise.reject(error);
      }
      return launch(name, returnType, argTypes, args, options ?? noOptions);
    },
    wrap(name, returnType, argTypes = none, options = noOptions) {
      check(name, returnType, argTypes);
      const fixed = options ?? noOptions;
      return (...args) => {
        const more = args.length === argTypes.length + 1 ? args.pop() : null;
        return launch(name, returnType, argTypes, args, more ? { ...fixed, ...more } : fixed);
      };
    },
    report() {
      reported = [];
      if (!closed) host.report();
      return reported;
    },
    /* For GREEN_JS: a future in C of what the asynchronous function gives. */
    future(body) {
      const future = host.future();
      if (!future) return host.noFuture();
      body().then(value => resolveFuture(future, value), error => rejectFuture(future, error));
      return future;
    },
  };
  let reported = [];

  /* ---- futures of promises */

  const resolveFuture = (future, value) => {
    if (closed) return;
    if (typeof value == 'number') return enter(host.resolveNumber, future, value);
    if (value === undefined || value === null) return enter(host.resolve, future);
    if (typeof value == 'boolean') return enter(host.resolveNumber, future, Number(value));
    try {
      if (typeof value == 'string') return enter(host.resolveString, future, memory.putText(value));
      const bytes = greenio$octets(value);
      if (!bytes) throw new GreenError('ETYPE', 'a promise gave ' + greenio$what(value) + '; a number, a string or bytes can be passed');
      const pointer = host.newBytes(bytes.length);
      if (!pointer) throw new GreenError('ENOMEM', 'out of memory');
      host.bytes().set(bytes, pointer);
      enter(host.resolveBytes, future, pointer);
    } catch (error) {
      rejectFuture(future, error);
    }
  };

  const rejectFuture = (future, error) => {
    if (closed) return;
    const known = typeof error?.code == 'string' ? numberOf(error.code) : 0;
    const status = known || numberOf(error?.name === 'AbortError' ? 'ECANCELED' : 'EEXCEPTION');
    withText(String(error?.message ?? error), pointer => enter(host.reject, future, status, pointer));
  };

  /* ---- what C calls */

  const core = {
    api,
    open(depth) {
      if (counter) return;
      counter = greenio$counters.get(host.memory());
      counter?.bind(host.memory(), depth);
    },
    wake(afterLoop) {
      if (!afterLoop) return void settled.then(turn);
      macrotask ??= greenio$macrotask(laterTurn);
      macrotask();
    },
    timer(milliseconds) {
      stopTimer();
      if (milliseconds >= 0) timer = setTimeout(timerFired, milliseconds);
    },
    keep(keep) {
      clearInterval(keeper);
      keeper = keep && greenio$inNode ? setInterval(() => {}, 2 ** 30) : undefined;
    },
    /* Runs the bottom function of a call until it parks or returns. */
    step(context) {
      const call = calls.get(context);
      const sp = host.sp();
      const depth = counter?.view.length ? counter.view[counter.at] : 0;
      let value;
      try {
        const own = host.enter(context);
        host.nextLimits();
        host.setSp(own);
        value = call.f.apply(null, call.args);
        host.hostLimits();
        host.setSp(sp);
        const left = host.leave(context);
        if (left === PARKED || left === LOST) return left;
        call.value = greenio$result(host, call.returnType, value);
        host.returned(context, call.returnType === 'status' ? 1 : 0, call.returnType === 'status' ? value : 0);
        return left;
      } catch (error) {
        const { trap, code, text } = greenio$thrown(error);
        if (host.isExit(error) || trap) throw error;
        host.hostLimits();
        host.setSp(sp);
        counter?.set(depth);
        host.recover();
        if (error instanceof greenio$StackOverflow) return host.failed(context, numberOf(code), host.overrun());
        call.cause = error;
        const status = numberOf(code);
        return withText(text, pointer => host.failed(context, status, pointer));
      }
    },
    done(context, status, message) {
      const call = calls.get(context);
      if (!call) return;
      calls.delete(context);
      settle(call, () => {
        if (call.signal?.aborted) call.reject(call.signal.reason);
        else if (status >= 0) call.resolve(call.value);
        else call.reject(new GreenError(host.text(host.statusName(status)), host.text(message), { cause: call.cause }));
      });
    },
    signal(name, watch) {
      if (typeof process != 'object' || typeof process.on != 'function') return 0;
      const signal = host.text(name);
      const listener = () => enter(host.signalled, watch);
      watches.set(watch, { signal, listener });
      process.on(signal, listener);
      return 1;
    },
    signalOff(watch) {
      const { signal, listener } = watches.get(watch);
      watches.delete(watch);
      process.off(signal, listener);
    },
    reportEntry(id, name, state, waitsFor, since, stackUsed, stackSize) {
      reported.push({ id, name: host.text(name), state: host.text(state), waitsFor: host.text(waitsFor), since, stackUsed, stackSize });
    },
    stackOverflow() {
      throw new greenio$StackOverflow('a C stack overflowed');
    },
    beforeExit() {
      if (closed) return;
      let stuck = 0;
      enter(() => { stuck = host.stuck(); host.flush(); });
      if (stuck && !closed) {
        process.exitCode = 13;
        core.exit(13);
      }
    },
    processExit() {
      if (!closed) core.exit(mainStatus);
    },
    exit(status) {
      release();
      ending = true;
      try {
        host.exit(status);
      } catch (error) {
        if (!host.isExit(error)) throw error;
      }
    },
  };

  /* ---- the start of the instance */

  host.wasmFile(url => (greenio$inNode ? require('node:url').fileURLToPath(url) : url));
  host.onQuit(quit);
  if (Module.instantiateWasm) {
    const user = Module.instantiateWasm;
    Module.instantiateWasm = (imports, done) => {
      const { imports: wrapped, counter: made } = greenio$wrap(imports);
      return user(wrapped, (instance, module) => {
        greenio$made(instance, made);
        return done(instance, module);
      });
    };
  }
  Module.preRun = [].concat(Module.preRun ?? [], () => {
    hold();
    host.wrapMain(startMain);
    greenio$instances.add(new WeakRef(core));
  });
  return core;
};
