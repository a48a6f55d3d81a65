
/* greenio: an instance, put together: `greenio$attach`, which greenio.js calls, gives what the imports of
 * C need, and module.green as `api`. See depth.mjs for what these files are.
 */

/* For GREEN_JS: futures in C of what asynchronous functions give. */
const greenio$futures = (host, loop) => {
  const memory = greenio$memory(host);

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
    const bytes = greenio$octets(value);
    if (!bytes) throw new GreenError('ETYPE', 'a promise gave ' + greenio$what(value) + '; a number, a string or bytes can be passed');
    const pointer = host.newBytes(bytes.length);
    if (!pointer) throw new GreenError('ENOMEM', 'out of memory');
    host.bytes().set(bytes, pointer);
    return pointer;
  };

  const reject = (future, error) => {
    if (loop.closed) return;
    const { code, name, message } = greenio$seen(error);
    const known = code ? loop.numberOf(code) : 0;
    const status = known || loop.numberOf(name === 'AbortError' ? 'ECANCELED' : 'EEXCEPTION');
    loop.withText(message, pointer => loop.enter((f, p) => host.reject(f, status, p), future, pointer));
  };

  /* The two reactions to a promise, kept for another one when it has settled. */
  const idle = [];
  const reactions = () => {
    const pair = {
      future: 0,
      resolved(value) {
        idle.push(pair);
        resolve(pair.future, value);
      },
      rejected(error) {
        idle.push(pair);
        reject(pair.future, error);
      },
    };
    return pair;
  };

  /* One of the language's own, which settles once, whatever the body gives. */
  const Own = Promise;
  const then = Own.prototype.then;
  const promiseOf = body => {
    try {
      return Own.resolve(body());
    } catch (error) {
      return Own.reject(error);
    }
  };

  return body => {
    const future = host.future();
    if (!future) return host.noFuture();
    const pair = idle.length ? idle.pop() : reactions();
    pair.future = future;
    then.call(promiseOf(body), pair.resolved, pair.rejected);
    return future;
  };
};

/* For green_signal(): listeners by the watch in C. */
const greenio$signals = (host, loop) => {
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
      if (greenio$inNode && !require('node:worker_threads').isMainThread) return 0; /* none arrive there */
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
const greenio$guardText = host => {
  const { textLength, putText } = host;
  host.textLength = text => textLength(greenio$wellFormed(text));
  host.putText = (text, pointer, size) => putText(greenio$wellFormed(text), pointer, size);
};

const greenio$attach = (Module, host) => {
  greenio$guardText(host);
  const loop = greenio$loop(host);
  const main = (loop.main = greenio$main(Module, host, loop));
  const plain = greenio$plain(Module, loop);
  const calls = greenio$calls(Module, host, loop, plain);
  const signals = greenio$signals(host, loop);
  const stacks = greenio$stacks(host);
  let reported = [];
  let hinted = false; /* once */

  const api = {
    GreenError,
    main: main.ended, /* the status that main returned, or that exit() was given */
    call: calls.call,
    wrap: calls.wrap,
    report() {
      reported = [];
      if (!loop.closed) host.report();
      if (host.debug && !hinted && !stacks.seen() && reported.some(({ state }) => state === 'parked')) {
        hinted = true;
        loop.tell('greenio: the program is a debug build and greenio itself is none, so that reports name no C functions (calls): build greenio as Debug, or with -DGREENIO_STACKS=ON');
      }
      return reported;
    },
    future: greenio$futures(host, loop),
  };

  const core = {
    api,
    loop,
    open: loop.open,
    wake: loop.wake,
    timer: loop.timer,
    keep: loop.keep,
    step: calls.step,
    done: calls.done,
    callName: calls.name,
    signal: signals.on,
    signalOff: signals.off,
    descriptors: greenio$descriptors(host, loop),
    parking: stacks.parking,
    forget: stacks.forget,
    calls: stacks.calls,
    net: net => greenio$net(host, loop, net),
    feature: (make, own) => make(Module, host, loop, own), /* one with a target of its own */
    files: () => greenio$files(host, loop, api.future),
    reportEntry(id, name, state, waitsFor, since, stackUsed, stackSize, calls) {
      const functions = host.text(calls);
      reported.push({
        id, name: host.text(name), state: host.text(state), waitsFor: host.text(waitsFor), since, stackUsed, stackSize,
        calls: functions ? functions.split('\n') : [],
      });
    },
    stackOverflow() {
      throw new greenio$StackOverflow('a C stack overflowed');
    },
    beforeExit: main.beforeExit,
    processExit: main.processExit,
  };

  host.wasmFile(
    url => (greenio$inNode ? require('node:url').fileURLToPath(url) : url),
    data => Uint8Array.from(atob(data.slice(data.indexOf(',') + 1)), character => character.charCodeAt(0)),
  );
  if (Module.instantiateWasm) Module.instantiateWasm = greenio$instantiate(Module.instantiateWasm);
  Module.preRun = [].concat(Module.preRun ?? [], () => {
    loop.hold();
    host.wrapMain(main.start);
    plain.watch();
    greenio$instances.add(new WeakRef(core));
  });
  return core;
};
