/* module.green.call and wrap.
 *
 * A call is a record in a slot, whose number C keeps in the call's task. When no C function runs and no
 * task is ready, it begins at once, as JavaScript's async functions do (`begin`); a task of a call that
 * waits, or waits for its turn, asks for a step, and says when it has ended.
 */
import { GreenError } from './error.mjs';
import { rawOf } from './exports.mjs';
import { settledPromise } from './loop.mjs';
import { isA, propertyOf, seen } from './outside.mjs';
import { argumentFor, argumentTypes, bothOptions, makeMemory, resultOf, returnTypes, thrownOf, whatIs } from './values.mjs';

export const layout = {
  headers: ['interface.h'],
  constants: { GREEN__CALL_PARKED: 4, GREEN__UNDER_WAY: 8, GREEN__RETURNED: 0, GREEN__RETURNED_STATUS: 1, GREEN__RETURNED_NUMBER: 2, GREEN__RETURNED_NULL: 3 },
};

export const makeCalls = (Module, host, loop, plain) => {
  const NO_SLOT = -1;
  const { GREEN__CALL_PARKED: CALL_PARKED, GREEN__UNDER_WAY: UNDER_WAY, GREEN__RETURNED: RETURNED, GREEN__RETURNED_STATUS: STATUS, GREEN__RETURNED_NUMBER: NUMBER, GREEN__RETURNED_NULL: NULL } = layout.constants;
  const memory = makeMemory(host);
  const none = Object.freeze([]);
  const noOptions = Object.freeze({ signal: undefined, serial: false, stackSize: 0, label: '' });
  const calls = []; /* by slot; null: it is free */
  const free = [];
  const functions = new Map(); /* by name: exports of C */
  const queues = new Map(); /* of {serial: true}, by name: the last call */
  let latestName = /** @type {any} */ (Symbol('none')), latestFunction = null, latestCount = -1; /* of those that are settled */
  /* Of the call that is about to begin, or has just begun; taken from here before another one may begin. `failure`,
   * {status, message}, and what was thrown are also of a call that has ended later, for as long as that is told. */
  const latestCall = {
    name: '', /* of its function */
    hasBegun: false,
    answer: 0, /* for the loop: enum green__entry_answer */
    parked: null, /* its record, if it goes on later */
    value: undefined, /* what its function has returned, if not */
    failure: null,
    cause: undefined,
    returnType: undefined, /* by JSPI; whether it has returned */
    ended: false,
  };

  /* ---- checks */

  /* How many arguments it takes in WebAssembly is told too: JavaScript's rules would pass zeros for those that are missing. */
  const checkCount = (name, count, argTypes) => {
    const { length } = argTypes;
    if (length === count || count < 0) return;
    if (!Array.isArray(argTypes)) throw new GreenError('EINVAL', name + '(): argTypes must be an array, not ' + whatIs(argTypes));
    const times = (number, what) => number + ' ' + what + (number === 1 ? '' : 's');
    throw new GreenError('EINVAL', name + '() takes ' + times(count, 'argument') + ' in C, and argTypes names ' + times(length, 'type'));
  };

  /* Emscripten 3.1.6 exports something else until a function has been called. */
  const exported = (name, argTypes) => {
    if (name === latestName) {
      checkCount(name, latestCount, argTypes);
      return latestFunction;
    }
    const known = functions.get(name);
    if (known?.settled) {
      latestName = name;
      latestFunction = known.f;
      latestCount = known.count;
      checkCount(name, latestCount, argTypes);
      return latestFunction;
    }
    if (typeof name != 'string') throw new GreenError('EINVAL', 'a C function is called by its name, not by ' + whatIs(name));
    const f = plain.real(Module['_' + name]);
    if (typeof f != 'function') {
      const isThere = name[0] === '_' && typeof Module[name] == 'function';
      throw new GreenError('EINVAL', 'no exported C function is called ' + name + '(): ' +
        (isThere ? 'write ' + name.slice(1) + ', as it is called in C' : 'is it EMSCRIPTEN_KEEPALIVE or in EXPORTED_FUNCTIONS, and in C++ extern "C"?'));
    }
    const count = rawOf(host.memory(), name, f)?.length ?? -1;
    functions.set(name, { f, count, settled: f === known?.f });
    checkCount(name, count, argTypes);
    return f;
  };

  const checkReturn = (name, type) => {
    if (type !== 'number' && !returnTypes.has(type)) throw new GreenError('EINVAL', name + '(): unknown return type ' + JSON.stringify(type));
  };

  const checkArgument = (name, type) => {
    if (!argumentTypes.has(type)) throw new GreenError('EINVAL', name + '(): unknown argument type ' + JSON.stringify(type));
  };

  const known = new Set(['signal', 'stackSize', 'name', 'serial']);
  /* The options of a call, read once. */
  const settings = (name, options) => {
    if (options === undefined || options === null) return noOptions;
    if (typeof options != 'object') throw new GreenError('EINVAL', name + '(): options must be an object, not ' + whatIs(options));
    for (const key of Object.keys(options)) {
      if (!known.has(key)) throw new GreenError('EINVAL', name + '(): there is no option ' + JSON.stringify(key) + '; there are ' + [...known].join(', '));
    }
    const { signal, serial, stackSize = 0, name: label } = options;
    if (signal !== undefined && (typeof signal?.addEventListener != 'function' || typeof signal.throwIfAborted != 'function')) {
      throw new GreenError('EINVAL', name + '(): signal must be an AbortSignal');
    }
    if (!(stackSize >= 0 && stackSize <= 2 ** 30)) throw new GreenError('EINVAL', name + '(): stackSize must be from 0 to 2**30');
    return { signal, serial: Boolean(serial), stackSize: Number(stackSize), label: label ? String(label) : '' };
  };

  const isAborted = call => call?.abort !== undefined && call.abort !== null && propertyOf(call.abort.signal, 'aborted') === true;
  const reasonOf = call => {
    const reason = propertyOf(call.abort.signal, 'reason');
    return reason === undefined ? new GreenError('ECANCELED', 'the call of ' + call.name + '() was cancelled') : reason;
  };

  const allNumbers = (argTypes, args) => {
    for (let i = 0; i < args.length; i++) {
      if (argTypes[i] !== 'number' || typeof args[i] != 'number') return false;
    }
    return args.length === argTypes.length;
  };

  /* The arguments as wasm takes them; what they allocate goes into `owned`. */
  const convert = (name, argTypes, args, owned) => {
    const count = argTypes.length;
    if (args.length !== count) {
      throw new GreenError('EINVAL', name + '() takes ' + count + ' argument' + (count === 1 ? '' : 's') + ', got ' + args.length);
    }
    return argTypes.map((type, i) => {
      checkArgument(name, type);
      try {
        return argumentFor(memory, type, args[i], owned);
      } catch (error) { /* or what the argument itself has thrown */
        const { code, message } = seen(error);
        throw new GreenError((isA(error, GreenError) && code) || 'EEXCEPTION', 'argument ' + (i + 1) + ' of ' + name + '(): ' + message, { cause: error });
      }
    });
  };

  /* ---- how calls end: before their promise is made, or through it */

  const release = call => {
    if (call.slot !== NO_SLOT) {
      calls[call.slot] = null;
      free.push(call.slot);
    }
    if (!loop.closed) call.owned.forEach(host.free);
    call.abort?.stop();
  };

  const fail = (call, error) => {
    release(call);
    call.ended = call.failed = true;
    call.error = error;
    call.promised?.reject(error);
  };

  const succeed = call => {
    if (isAborted(call)) return fail(call, reasonOf(call));
    release(call);
    call.ended = true;
    call.promised?.resolve(call.value);
  };

  const promiseOf = call => {
    if (!call.ended) return new Promise((resolve, reject) => { call.promised = { resolve, reject }; });
    return call.failed ? Promise.reject(call.error) : Promise.resolve(call.value);
  };

  /* ---- how they begin */

  const record = (name, f, returnType, args) => ({ name, f, returnType, args, owned: none, abort: null, context: 0, slot: NO_SLOT, ended: false, failed: false, deadlocked: false, value: undefined, error: undefined, promised: null });

  const keep = call => {
    call.slot = free.length ? free.pop() : calls.length;
    calls[call.slot] = call;
  };

  const invoke = (f, args) => {
    switch (args.length) {
      case 0: return f();
      case 1: return f(args[0]);
      case 2: return f(args[0], args[1]);
      case 3: return f(args[0], args[1], args[2]);
      default: return f.apply(null, args);
    }
  };

  /* Tells C, by `leave` or `finish`, what the bottom function has returned: enum green__returned. The call ends
   * as that says, whatever has failed and was handled on the way. */
  const LEAST = -(2 ** 31);
  const report = (end, returnType, value) => {
    switch (returnType) {
      case 'status': return end(STATUS, value);
      case 'number':
      case 'boolean':
        return value < 0 && value >= LEAST && Number.isInteger(value) ? end(NUMBER, value) : end(RETURNED, 0);
      case 'bigint': return value < 0 && value >= LEAST ? end(NUMBER, Number(value)) : end(RETURNED, 0);
      case 'pointer':
      case 'string':
      case 'string!':
        return value === 0 ? end(NULL, 0) : end(RETURNED, 0);
      default: return end(RETURNED, 0);
    }
  };

  /* What the bottom function has returned, while the memory that it may point to is there; of one that
   * parks, nothing. */
  const result = (returnType, value) => {
    if (returnType === 'number' || returnType === 'status') return value;
    return host.parks() ? undefined : resultOf(host, returnType, value);
  };

  const contextFor = ({ stackSize, label }) => (label ? loop.withText(label, pointer => host.begin(stackSize, pointer, NO_SLOT)) : host.begin(stackSize, 0, NO_SLOT));

  /* It goes on later: its record. */
  const goesOn = (call, context, name, f, returnType, args) => {
    const parked = call ?? record(name, f, returnType, args.slice());
    latestCall.parked = parked;
    parked.context = context;
    keep(parked);
    loop.withText(name, pointer => host.keepCall(context, parked.slot, pointer));
  };

  /* Begins the call inside an entry from the event loop, and runs its bottom function until that parks or
   * returns: whether it has returned well, and there is nothing to tell but latestCall.value. */
  const begin = (call, name, f, returnType, args, options) => {
    latestCall.name = name;
    let inBody = false;
    try {
      const context = options === noOptions ? host.begin(0, 0, NO_SLOT) : contextFor(options);
      if (context === 0) return false;
      if (call !== null) call.context = context;
      inBody = true;
      const value = invoke(f, args);
      latestCall.value = returnType === 'number' ? value : result(returnType, value);
      inBody = false;
      const answer = returnType === 'number' && value >= 0 ? host.finish(RETURNED, 0) : report(host.finish, returnType, value);
      if (answer === 0 && latestCall.failure === null) return true;
      finished(answer, call, context, name, f, returnType, args);
    } catch (error) { /* a destructor that throws is no part of the body */
      thrownOut(error, inBody);
    }
    return false;
  };

  const finished = (answer, call, context, name, f, returnType, args) => {
    latestCall.hasBegun = true;
    latestCall.answer = answer & ~CALL_PARKED;
    if (answer & CALL_PARKED) goesOn(call, context, name, f, returnType, args);
  };

  const thrownOut = (error, ofBody) => {
    latestCall.hasBegun = true;
    try {
      if (!ofBody) throw error;
      latestCall.answer = threw(error, host.finishFailed);
    } catch (beyond) {
      latestCall.cause = beyond;
      latestCall.parked = null;
      latestCall.answer = loop.threw(beyond);
    }
  };

  /* ---- by JSPI: a call has a stack of the engine's, which hands over what its function returns */

  const returned = value => {
    const slot = loop.jspi.entered();
    if (slot !== NO_SLOT) {
      const call = calls[slot];
      call.value = result(call.returnType, value);
      loop.jspi.ended(report(host.leave, call.returnType, value));
      return;
    }
    latestCall.ended = true;
    latestCall.value = result(latestCall.returnType, value);
    try {
      latestCall.answer = report(host.finish, latestCall.returnType, value);
    } catch (error) { /* by a destructor */
      latestCall.cause = error;
      latestCall.answer = loop.threw(error);
    }
  };

  const promised = (name, f, args) => {
    try {
      return loop.jspi.call(name, f, args, returned);
    } catch (error) {
      return Promise.reject(error);
    }
  };

  const lost = (error, at) => {
    latestCall.cause = error;
    loop.lost(error, at);
  };

  /* In the place of begin(). One that an exception has left is not over before the next microtask, which has that;
   * one whose C stack has overflowed before it parked is, and its promise is never settled. */
  const beginPromised = (call, name, f, returnType, args, options) => {
    latestCall.name = name;
    const context = contextFor(options);
    if (!context) return;
    latestCall.hasBegun = true;
    latestCall.returnType = returnType;
    latestCall.ended = false;
    if (call !== null) call.context = context;
    const promise = promised(name, f, args);
    if (latestCall.ended) return;
    let leftAt;
    promise.then(undefined, error => lost(error, leftAt));
    if (loop.closed) return; /* by exit(): no function may be called any more */
    leftAt = host.sp();
    host.hostStack();
    const answer = loop.jspi.callLeft();
    if (answer !== UNDER_WAY) leftAt = undefined; /* an exception that comes later leaves it elsewhere */
    latestCall.answer = answer;
    if (latestCall.failure === null) goesOn(call, context, name, f, returnType, args);
  };

  loop.beginLater = (context, slot) => {
    const call = calls[slot];
    call.context = context;
    loop.jspi.callEnters(context);
    host.enter(context);
    promised(call.name, call.f, call.args).then(undefined, error => lost(error));
  };

  /* As begin(); what else there is to tell is in latestCall. */
  const attempt = (call, name, f, returnType, args, options) => {
    latestCall.hasBegun = false;
    latestCall.parked = null;
    latestCall.failure = null;
    latestCall.cause = undefined;
    if (loop.jspi === null) return begin(call, name, f, returnType, args, options);
    latestCall.answer = 0;
    latestCall.value = undefined;
    try {
      beginPromised(call, name, f, returnType, args, options);
    } catch (error) {
      thrownOut(error, false);
    }
    return false;
  };

  /* A task that waits for its turn. */
  const queue = (call, { stackSize, label }) => {
    keep(call);
    call.context = loop.withText(label || call.name, pointer => host.call(stackSize, pointer, call.slot));
    if (!call.context) throw new GreenError('ENOMEM', host.text(host.noContext()) || 'out of memory');
  };

  const watch = (call, signal) => {
    const listener = () => {
      if (call.context && !call.ended) loop.enter(host.cancel, call.context);
    };
    const stop = () => {
      try {
        signal.removeEventListener('abort', listener);
      } catch { /* it is not a browser's or Node's own, and heard in vain */ }
    };
    signal.addEventListener('abort', listener, { once: true });
    call.abort = { signal, stop };
  };

  /* A call of numbers without options has no record unless it goes on after this function. */
  const start = (name, returnType, argTypes, args, options) => {
    let call = null;
    try {
      if (returnType !== 'number') checkReturn(name, returnType);
      const f = exported(name, argTypes);
      if (loop.closed) throw loop.closed;
      if (options !== noOptions || !allNumbers(argTypes, args)) {
        options.signal?.throwIfAborted();
        call = record(name, f, returnType, none);
        call.args = convert(name, argTypes, args, call.owned = []);
        if (options.signal) watch(call, options.signal);
      }
      /* At once, as JavaScript's async functions begin, unless C is running or tasks wait for their turn.
       * What it has left in `latestCall` is taken before other calls may begin. */
      let hasBegun = false;
      let hasParked = false;
      let value, error;
      if (loop.arriveAtBottom()) {
        if (attempt(call, name, f, returnType, call === null ? args : call.args, options)) {
          value = latestCall.value;
          hasBegun = true;
          loop.leave(0);
        } else {
          hasBegun = latestCall.hasBegun;
          value = latestCall.value;
          hasParked = latestCall.parked !== null;
          if (hasParked) call = latestCall.parked;
          else if (latestCall.failure !== null) error = failed(call);
          loop.leave(hasBegun ? latestCall.answer : undefined);
        }
      }
      if (loop.closed) throw loop.closed;
      if (!hasBegun) {
        queue(call ??= record(name, f, returnType, args.slice()), options);
      } else if (!hasParked) {
        if (error !== undefined) throw error;
        if (call === null) return Promise.resolve(value);
        call.value = value;
        succeed(call);
      }
    } catch (error) {
      if (call === null) return Promise.reject(error);
      if (!call.ended) fail(call, error);
    }
    return promiseOf(call);
  };

  const inTurn = (name, run) => {
    const before = queues.get(name) ?? settledPromise;
    const mine = before.then(run);
    const quiet = mine.catch(() => {}).then(() => { if (queues.get(name) === quiet) queues.delete(name); });
    queues.set(name, quiet);
    return mine;
  };

  const launch = (name, returnType, argTypes, args, options) =>
    options.serial ? inTurn(name, () => start(name, returnType, argTypes, args, options)) : start(name, returnType, argTypes, args, options);

  /* The same, with options that `given` gives and nobody has looked at. */
  const launchWith = (name, returnType, argTypes, args, given) => {
    let options;
    try {
      options = settings(name, given());
    } catch (error) {
      return Promise.reject(error);
    }
    return launch(name, returnType, argTypes, args, options);
  };

  /* A JavaScript exception in a call throws away the frames of its task alone. `tell` tells C. How far a trap or an
   * overflow reaches, loop.threw() sees. */
  const threw = (error, tell) => {
    const { trap, code, text } = thrownOf(host, error);
    latestCall.cause = error;
    if (host.isExit(error) || trap || code === 'EOVERFLOW' || loop.leftExit(error)) throw error;
    host.hostStack();
    host.recover();
    const status = loop.numberOf(code);
    return loop.withText(text, pointer => tell(status, pointer));
  };

  /* The error of the call that has just failed. */
  const failed = call => {
    const { failure: { status, message }, cause } = latestCall;
    let error;
    if (isAborted(call)) error = reasonOf(call);
    else if (call?.deadlocked && (status === 'ECANCELED' || status === 'EDEADLK')) error = new GreenError('EDEADLK', 'deadlock: nothing was left that could wake ' + call.name);
    else error = new GreenError(status, message, { cause });
    latestCall.failure = null;
    latestCall.cause = undefined;
    return error;
  };

  /* Each is cancelled: one that fails of that says why. */
  loop.deadlocked = () => {
    const waiting = calls.filter(Boolean);
    for (const call of waiting) call.deadlocked = true;
    return waiting.length;
  };

  loop.onClose.push(error => {
    for (const call of calls) {
      if (call) fail(call, error);
    }
    calls.length = free.length = 0;
  });

  return {
    call(name, returnType, argTypes = none, args = none, options = noOptions) {
      if (options === noOptions || options === null) return start(name, returnType, argTypes ?? none, args ?? none, noOptions);
      return launchWith(name, returnType, argTypes ?? none, args ?? none, () => options);
    },
    wrap(name, returnType, types, options) {
      const argTypes = types ?? none;
      checkReturn(name, returnType);
      exported(name, argTypes);
      for (const type of argTypes) checkArgument(name, type);
      const fixed = settings(name, options);
      return (...args) => {
        const more = args.length === argTypes.length + 1 ? args.pop() : undefined;
        if (more === undefined || more === null) return launch(name, returnType, argTypes, args, fixed);
        return launchWith(name, returnType, argTypes, args, () => bothOptions(options, more));
      };
    },
    /* Runs the bottom function of a call until it parks or returns: enum green__left. */
    step(context, slot) {
      const call = calls[slot];
      call.context = context;
      try {
        host.enter(context);
        const value = invoke(call.f, call.args);
        call.value = result(call.returnType, value);
        return report(host.leave, call.returnType, value);
      } catch (error) {
        return threw(error, host.failed);
      }
    },
    name(slot, buffer, size) {
      host.putText(slot === NO_SLOT ? latestCall.name : calls[slot].name, buffer, size);
    },
    /* Its task has ended: of a call that has a slot, or of the one that is beginning, if it failed. */
    done(slot, status, text) {
      if (status < 0) latestCall.failure = { status: host.text(host.statusName(status)), message: host.text(text) };
      if (slot === NO_SLOT) return;
      const call = calls[slot];
      if (status < 0) fail(call, failed(call));
      else succeed(call);
    },
  };
};
