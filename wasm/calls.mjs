
/* greenio: module.green.call and wrap. See depth.mjs for what these files are.
 *
 * A call is a record in a slot, whose number C keeps in the call's task: it asks for a step when the task
 * is to run, and says when the task has ended.
 */
const greenio$calls = (Module, host, loop) => {
  const PARKED = 0; /* enum green__left */
  const LOST = 2;
  const memory = greenio$memory(host);
  const none = Object.freeze([]);
  const calls = []; /* by slot; null: it is free */
  const free = [];
  const symbols = new Map(); /* by the function's name */
  const queues = new Map(); /* of {serial: true}, by name: the last call */

  const exported = name => {
    let symbol = symbols.get(name);
    if (symbol) return Module[symbol];
    symbol = '_' + name;
    const f = Module[symbol];
    if (typeof f != 'function') {
      throw new GreenError('EINVAL', 'no exported C function is called ' + name + '(): is it EMSCRIPTEN_KEEPALIVE or in EXPORTED_FUNCTIONS?');
    }
    symbols.set(name, symbol);
    return f;
  };

  const check = (name, returnType, argTypes) => {
    exported(name);
    if (!greenio$returnTypes.has(returnType)) throw new GreenError('EINVAL', name + '(): unknown return type ' + JSON.stringify(returnType));
    for (const type of argTypes) {
      if (!greenio$argumentTypes.has(type)) throw new GreenError('EINVAL', name + '(): unknown argument type ' + JSON.stringify(type));
    }
  };

  const checkOptions = (name, { signal, stackSize = 0 }) => {
    if (signal !== undefined && typeof signal?.addEventListener != 'function') throw new GreenError('EINVAL', name + '(): signal must be an AbortSignal');
    if (!(stackSize >= 0 && stackSize <= 2 ** 30)) throw new GreenError('EINVAL', name + '(): stackSize must be from 0 to 2**30');
  };

  const convert = (name, argTypes, args, owned) => {
    const count = argTypes.length;
    if (args.length !== count) {
      throw new GreenError('EINVAL', name + '() takes ' + count + ' argument' + (count === 1 ? '' : 's') + ', got ' + args.length);
    }
    const converted = new Array(count);
    for (let i = 0; i < count; i++) {
      if (argTypes[i] === 'number' && typeof args[i] == 'number') {
        converted[i] = args[i];
        continue;
      }
      try {
        converted[i] = greenio$argument(memory, argTypes[i], args[i], owned);
      } catch (error) {
        error.message = 'argument ' + (i + 1) + ' of ' + name + '(): ' + error.message;
        throw error;
      }
    }
    return converted;
  };

  const settle = call => {
    for (const pointer of call.owned) host.free(pointer);
    call.signal?.removeEventListener('abort', call.onAbort);
  };

  /* Hands the call to a new task. When no C function runs, it begins at once, as async functions do. */
  const adopt = (call, { stackSize = 0, name }) => {
    const slot = free.length ? free.pop() : calls.length;
    calls[slot] = call;
    const atOnce = loop.nothingBelow();
    call.context = name ? loop.withText(String(name), pointer => host.call(stackSize, pointer, slot, atOnce)) : host.call(stackSize, 0, slot, atOnce);
    if (!call.context) {
      calls[slot] = null;
      free.push(slot);
      throw new GreenError('ENOMEM', 'out of memory');
    }
    if (atOnce) loop.enter(host.left);
  };

  const start = (name, returnType, argTypes, args, options) => new Promise((resolve, reject) => {
    if (loop.closed) throw loop.closed;
    checkOptions(name, options);
    const signal = options.signal;
    signal?.throwIfAborted();
    const call = { f: exported(name), returnType, args: none, owned: argTypes.length ? [] : none, signal, onAbort: null, context: 0, resolve, reject, value: undefined, cause: undefined };
    try {
      call.args = convert(name, argTypes, args, call.owned);
      if (signal) {
        call.onAbort = () => loop.enter(host.cancel, call.context);
        signal.addEventListener('abort', call.onAbort, { once: true });
      }
      adopt(call, options);
    } catch (error) {
      if (!call.context) settle(call);
      throw error;
    }
  });

  const inTurn = (name, run) => {
    const before = queues.get(name) ?? greenio$settled;
    const mine = before.then(run);
    const quiet = mine.catch(() => {}).then(() => { if (queues.get(name) === quiet) queues.delete(name); });
    queues.set(name, quiet);
    return mine;
  };

  const launch = (name, returnType, argTypes, args, options) =>
    options.serial ? inTurn(name, () => start(name, returnType, argTypes, args, options)) : start(name, returnType, argTypes, args, options);

  /* A JavaScript exception in a call throws away the frames of its task alone. */
  const threw = (call, error, sp, depth) => {
    const { trap, code, text } = greenio$thrown(error);
    if (host.isExit(error) || trap) throw error;
    host.hostLimits();
    host.setSp(sp);
    loop.setDepth(depth);
    host.recover();
    const status = loop.numberOf(code);
    if (error instanceof greenio$StackOverflow) return host.failed(call.context, status, host.overrun());
    call.cause = error;
    return loop.withText(text, pointer => host.failed(call.context, status, pointer));
  };

  loop.onClose.push(error => {
    for (const call of calls) {
      if (!call) continue;
      settle(call);
      call.reject(error);
    }
    calls.length = free.length = 0;
  });

  const noOptions = Object.freeze({});
  return {
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
    /* Runs the bottom function of a call until it parks or returns: enum green__left. */
    step(context, slot) {
      const call = calls[slot];
      const sp = host.sp();
      const depth = loop.depth();
      call.context = context;
      try {
        const own = host.enter(context);
        host.nextLimits();
        host.setSp(own);
        const value = call.f.apply(null, call.args);
        host.hostLimits();
        host.setSp(sp);
        const left = call.returnType === 'status' ? host.leave(context, 1, value) : host.leave(context, 0, 0);
        if (left !== PARKED && left !== LOST) call.value = call.returnType === 'number' ? value : greenio$result(host, call.returnType, value);
        return left;
      } catch (error) {
        return threw(call, error, sp, depth);
      }
    },
    done(slot, status, message) {
      const call = calls[slot];
      if (!call) return;
      calls[slot] = null;
      free.push(slot);
      settle(call);
      if (call.signal?.aborted) call.reject(call.signal.reason);
      else if (status >= 0) call.resolve(call.value);
      else call.reject(new GreenError(host.text(host.statusName(status)), host.text(message), { cause: call.cause }));
    },
  };
};
