/* An instance, put together: `attach`, which greenio.js calls, gives what the imports of C need, module.green as `api`,
 * and `env`, from which each feature makes what its imports need.
 */
import { makeCalls } from './calls.mjs';
import { countedInstantiate, counters } from './depth.mjs';
import { GreenError } from './error.mjs';
import { makeLoop, settledPromise, watchEnd } from './loop.mjs';
import { makeMain } from './main.mjs';
import { inNode, require } from './node.mjs';
import { checkKind, checkTasks, mostTasks } from './kinds.mjs';
import { seen, wellFormed } from './outside.mjs';
import { makePlain } from './plain.mjs';
import { ofName } from './reasons.mjs';
import { makeStacks } from './stacks.mjs';
import { tellUntraced } from './traced.mjs';
import { makeMemory, octetsOf, StackOverflow, whatIs } from './values.mjs';

/* global greenio$wasm_parks */
/* What C calls here, and what it exports (interface.h): greenio.js has them in the place of its marks. */
export const hostBindings = {
  prefix: 'green__js_',
  imports: {
    open: 'ipppp', wake: 'vi', timer: 'vd', keep: 'vi', step: 'ipi', callName: 'vipp', done: 'viip', signal: 'ipp', signalOff: 'vp',
    reportEntry: 'vipppdpppipipi', abort: 'vp', parking: 'vp', forget: 'vp', calls: 'vppp',
  },
  exports: {
    turn: 'ii', timerFired: 'i', lost: 'iip', stuck: 'i', endDeadlock: 'i', main: 'p', mainLeave: 'p', enter: 'vp', leave: 'iii', hostStack: 'v',
    failed: 'iip', recover: 'i', overrun: 'p', trapped: 'pp', harm: 'ip', running: 'p', call: 'pipi', begin: 'pipi', keepCall: 'vpip', finish: 'iii',
    finishFailed: 'iip', parks: 'i', cancel: 'ip', noContext: 'p', report: 'v', signalled: 'ip', future: 'p', noFuture: 'p', cancellable: 'ip', resolve: 'ip',
    resolveNumber: 'ipd', resolveString: 'ipp', resolveBytes: 'ipp', reject: 'ipip', bytesNew: 'pi', alloc: 'pi', free: 'vp', freeC: 'vp',
    buffer: 'p', status: 'ip', statusName: 'pi',
  },
};
/* C: green__js_*, declared in interface.h; in stack.S, call.c, context.c, loop.c, signal.c and value.c. */

export const layout = {
  headers: ['context.h'],
  constants: { GREEN__HOOK_LIMITS: 1, GREEN__HOOK_EXCEPTIONS: 2, GREEN__HOOK_PARKS: 4 },
};

/* For GREEN_JS: futures in C of what asynchronous functions give. */
const makeFutures = (host, loop) => {
  const memory = makeMemory(host);

  const resolveNumber = (future, number) => {
    if (!loop.arrive()) return host.resolveNumber(future, number);
    let answer;
    try {
      answer = host.resolveNumber(future, number);
    } catch (error) {
      answer = loop.threw(error);
    }
    loop.leave(answer);
  };

  const resolve = (future, value) => {
    if (loop.closed) return;
    if (typeof value == 'number') return resolveNumber(future, value);
    if (typeof value == 'boolean') return resolveNumber(future, Number(value));
    if (value === undefined || value === null) return loop.enter(host.resolve, future);
    let pointer;
    try {
      pointer = typeof value == 'string' ? memory.putText(value) : putBytes(value);
    } catch (error) {
      return reject(future, error);
    }
    loop.enter(typeof value == 'string' ? host.resolveString : host.resolveBytes, future, pointer);
  };

  const putBytes = value => {
    const bytes = octetsOf(value);
    if (!bytes) throw new GreenError('ETYPE', 'a promise gave ' + whatIs(value) + '; a number, a string or bytes can be passed');
    const pointer = host.bytesNew(bytes.length);
    if (!pointer) throw new GreenError('ENOMEM', 'out of memory');
    host.bytes().set(bytes, pointer);
    return pointer;
  };

  const reject = (future, error) => {
    if (loop.closed) return;
    const { code, name, message } = seen(error);
    const known = code ? loop.numberOf(code) : 0;
    const status = known || loop.numberOf(ofName('future', name) || 'EEXCEPTION');
    loop.withText(message, pointer => loop.enter((f, p) => host.reject(f, status, p), future, pointer));
  };

  /* One of the language's own, which settles once, whatever the body gives. */
  const Own = Promise;

  /* What a body is given. Whoever asks for the signal has green_cancel() abort it, and the future end with the body. */
  const controllers = new Map(); /* by their futures */
  const signals = new WeakMap(); /* of those that have asked */
  const ask = (body, pair, hasEnded) => {
    const controller = new AbortController();
    signals.set(body, controller.signal);
    if (hasEnded) return controller.signal;
    if (loop.closed || !host.cancellable(pair.future)) {
      controller.abort();
    } else {
      controllers.set(pair.future, controller);
      pair.asked = true;
    }
    return controller.signal;
  };
  class Body {
    #pair;
    #turn; /* of the pair, which is another body's later; a pair that held its body would be slower to collect */
    constructor(pair) {
      this.#pair = pair;
      this.#turn = pair.turn;
    }
    get signal() {
      return signals.get(this) ?? ask(this, this.#pair, this.#pair.turn !== this.#turn);
    }
  }
  /* For those who catch what nobody caught: below may be C, and others have to hear of it too. */
  const aborted = controller => {
    try {
      controller.abort();
    } catch (error) { /* of a listener, where the host does not keep it, as in workerd */
      Own.reject(error);
    }
  };
  let counter = null;
  /* Called by C: the listeners count as the call of a body does, since C lies below them. */
  const abort = future => {
    counter ??= counters.get(host.memory());
    counter.enter();
    aborted(controllers.get(future));
    counter.leave();
  };
  /* No C may be below, which has ended. */
  loop.onClose.push(() => settledPromise.then(() => controllers.forEach(aborted)));

  /* The two reactions to a promise, kept for another one when it has settled. */
  const idle = [];
  const reactions = () => {
    const pair = {
      future: 0,
      turn: 0,
      asked: false,
      resolved(value) {
        ended(pair);
        resolve(pair.future, value);
      },
      rejected(error) {
        ended(pair);
        reject(pair.future, error);
      },
    };
    return pair;
  };
  const ended = pair => {
    pair.turn = (pair.turn + 1) & 0x3fffffff;
    if (pair.asked) controllers.delete(pair.future);
    pair.asked = false;
    idle.push(pair);
  };

  const then = Own.prototype.then;
  const promiseOf = (body, given) => {
    try {
      return Own.resolve(body(given));
    } catch (error) {
      return Own.reject(error);
    }
  };

  const pairFor = future => {
    const pair = idle.length > 0 ? idle.pop() : reactions();
    pair.future = future;
    return pair;
  };
  const futureOf = body => {
    const future = host.future();
    if (!future) return host.noFuture();
    const pair = pairFor(future);
    then.call(promiseOf(body, new Body(pair)), pair.resolved, pair.rejected);
    return future;
  };

  /* Called by C, whose call nobody has counted (depth.mjs), for a body that is an async function: the fastest way to its
   * promise, unless somebody has replaced what promises do. */
  const futureOfCall = body => {
    const future = host.future();
    if (!future) return host.noFuture();
    const pair = pairFor(future);
    counter ??= counters.get(host.memory());
    let promise;
    counter.enter();
    try {
      promise = body.call(new Body(pair));
    } catch (error) { /* the end of JavaScript's stack: an async function throws nothing else */
      promise = Own.reject(error);
    } finally {
      counter.leave();
    }
    if (promise.then === then) promise.then(pair.resolved, pair.rejected);
    else then.call(Own.resolve(promise), pair.resolved, pair.rejected);
    return future;
  };
  return { futureOf, futureOfCall, abort };
};

/* For green_signal(): listeners by the watch in C. */
const makeSignals = (host, loop) => {
  const watches = new Map();
  const off = watch => {
    const { signal, listener } = watches.get(watch);
    watches.delete(watch);
    process.off(signal, listener);
  };
  loop.onClose.push(() => [...watches.keys()].forEach(off));
  return {
    on(name, watch) {
      if (typeof process != 'object' || typeof process.on != 'function') return 0;
      if (inNode && !require('node:worker_threads').isMainThread) return 0; /* none arrive there */
      const signal = host.text(name);
      const listener = () => loop.enter(host.signalled, watch);
      watches.set(watch, { signal, listener });
      process.on(signal, listener);
      return 1;
    },
    off,
  };
};

/* Strings go to C well-formed, whoever hands them over. */
const guardText = host => {
  const { textLength, putText } = host;
  host.textLength = text => textLength(wellFormed(text));
  host.putText = (text, pointer, size) => putText(wellFormed(text), pointer, size);
};

/* Tasks under those that made their groups, or else spawned them, as green_report_json() has them. */
const treeOf = tasks => {
  const nodes = new Map(tasks.map(task => [task.id, { ...task, tasks: [] }]));
  const roots = [];
  for (const node of nodes.values()) {
    const above = nodes.get(node.groupMadeBy) ?? nodes.get(node.spawnedBy);
    (above ? above.tasks : roots).push(node);
  }
  return roots;
};

export const attach = (Module, host) => {
  checkKind(host.contexts, Module.greenContexts);
  checkTasks(Module.greenTasks);
  guardText(host);
  const loop = makeLoop(host);
  const main = (loop.main = makeMain(Module, host, loop));
  const plain = makePlain(Module, loop);
  const calls = makeCalls(Module, host, loop, plain);
  const signals = makeSignals(host, loop);
  const stacks = makeStacks(host);
  let reported = [];
  let hinted = false; /* once */
  const futures = makeFutures(host, loop);

  const api = {
    GreenError,
    main: main.ended, /* the status that main returned, or that exit() was given */
    call: calls.call,
    wrap: calls.wrap,
    contexts: host.contexts,
    report({ tree = false } = {}) {
      reported = [];
      if (!loop.closed) host.report();
      if (host.debug && !hinted && !stacks.seen() && reported.some(({ state }) => state === 'parked')) {
        hinted = true;
        loop.tell('greenio: the program is a debug build and greenio itself is none, so that reports name no C functions (calls): build greenio as Debug, or with -DGREENIO_STACKS=ON');
      }
      return tree ? treeOf(reported) : reported;
    },
    future: futures.futureOf,
  };
  /* Not in the literal: V8 would keep an object with an accessor there as a table, and look up `call` in it each time. */
  Object.defineProperty(api, 'mostTasks', { get: () => mostTasks(host.contexts, Module.greenTasks), enumerable: true, configurable: true });

  const { GREEN__HOOK_LIMITS, GREEN__HOOK_EXCEPTIONS, GREEN__HOOK_PARKS } = layout.constants;
  const core = {
    api,
    env: { Module, host, loop, api },
    open(depth, base, end, heap) {
      loop.open(depth, { base, end, heap });
      if (!api.trace) tellUntraced(loop.tell);
      const checksParks = host.contexts === 'asyncify' && typeof greenio$wasm_parks == 'object'; /* parks.mjs */
      return (host.debug ? GREEN__HOOK_LIMITS : 0) | (host.catches ? GREEN__HOOK_EXCEPTIONS : 0) | (checksParks ? GREEN__HOOK_PARKS : 0);
    },
    future: futures.futureOfCall,
    abort: futures.abort,
    wake: loop.wake,
    timer: loop.timer,
    keep: loop.keep,
    step: calls.step,
    done: calls.done,
    callName: calls.name,
    signal: signals.on,
    signalOff: signals.off,
    parking: stacks.parking,
    forget: stacks.forget,
    calls: stacks.calls,
    reportEntry(id, name, state, waitsFor, since, stackUsed, stackSize, calls, spawnedBy, group, groupMadeBy, madeIn, madeAt) {
      const functions = host.text(calls);
      const file = host.text(madeIn);
      reported.push({
        id, name: host.text(name), state: host.text(state), waitsFor: host.text(waitsFor), since, stackUsed, stackSize,
        calls: functions ? functions.split('\n') : [], spawnedBy, group: host.text(group), groupMadeBy,
        madeAt: file && `${file}:${madeAt}`,
      });
    },
    stackOverflow() {
      throw new StackOverflow('a C stack overflowed');
    },
    beforeExit: main.beforeExit,
    processExit: main.processExit,
  };

  host.wasmFile(
    url => (inNode ? require('node:url').fileURLToPath(url) : url),
    data => Uint8Array.from(atob(data.slice(data.indexOf(',') + 1)), character => character.charCodeAt(0)),
  );
  if (Module.instantiateWasm) Module.instantiateWasm = countedInstantiate(Module.instantiateWasm);
  Module.preRun = [].concat(Module.preRun ?? [], () => {
    loop.hold();
    host.wrapMain(main.start);
    plain.watch();
    watchEnd(core);
  });
  return core;
};
