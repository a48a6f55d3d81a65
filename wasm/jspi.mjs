/* The JavaScript side of JSPI's switch (jspi.c): stacks of the engine's, each a promise with a number. A part of its own,
 * which depth.mjs looks for by its name, and loop.jspi in the other modules of an instance.
 *
 * A stack is resumed in a microtask. A turn is under way from one to the next, and Emscripten's runtime is not kept
 * alive meanwhile (loop.leave), so that exit() in a task ends the program.
 */
import { rawOf } from './exports.mjs';
import { mostTasks } from './kinds.mjs';
import { settledPromise } from './loop.mjs';
import { promisedCall, promisedLate } from './promised.mjs';

export const bindings = {
  name: 'jspi',
  imports: { open: 'vpp', permits: 'ppp', most: 'p', slot: 'i', drop: 'vi', resume: 'vip', begin: 'vp', call: 'vpi', suspend: 'pii', continue: 'v', mainEnded: 'vi' },
  exports: { goOn: 'i', callEnters: 'vp', entered: 'i', callLeft: 'i', giveBack: 'vi', mainAddress: 'p', mainResume: 'v' },
};
/* C: green__js_jspi_*, declared in jspi.h; in jspi.c. */

export const layout = {
  headers: ['jspi.h'],
  constants: { GREEN__JSPI_GO_ON: 1, GREEN__JSPI_MAIN: 2, GREEN__JSPI_OVER: 3 },
};

/* What all instances have, and each of them. None is kept by that. */
const counted = (globalThis[Symbol.for('greenio.jspi')] ??= { permits: 0, owners: new Set() });
const newOwner = loop => ({ permits: 0, loop: new WeakRef(loop) });
const grant = (owner, permits) => {
  counted.permits += permits - owner.permits;
  owner.permits = permits;
};
const forget = owner => {
  grant(owner, 0);
  counted.owners.delete(owner);
};
const forgotten = new FinalizationRegistry(forget);

export const make = ({ Module, host, loop }, c) => {
  const { GREEN__JSPI_GO_ON: GO_ON, GREEN__JSPI_MAIN: MAIN, GREEN__JSPI_OVER: OVER } = layout.constants;
  const { promising } = globalThis.WebAssembly;
  const Own = Promise;
  const resolvers = []; /* of stacks that are suspended, by number */
  const free = [];
  let numbers = 1;
  const own = newOwner(loop);
  let view = null; /* of C's note whether a stack of the engine's runs */
  let at = 0;
  let run = null; /* the bottom function of stacks for C */

  const take = () => (free.length > 0 ? free.pop() : numbers++);
  const give = number => {
    resolvers[number] = null;
    free.push(number);
  };
  /* Below it are the frames of a task that parks: what a callback has thrown is not theirs. */
  const goOn = () => {
    try {
      loop.enter(c.goOn);
    } catch (error) {
      Own.reject(error); /* for those who catch what nobody caught, as of the turns that are microtasks */
    }
  };
  const over = () => {
    try {
      loop.turnOver();
    } catch (error) {
      Own.reject(error);
    }
  };
  let suspended = 0; /* the stack for which a promise is made */
  const keepResolver = resolve => { resolvers[suspended] = resolve; };
  const lost = error => loop.lost(error);

  const promised = new Map(); /* exports, by their names */
  const promisedOf = (name, f, args, returned) => {
    const real = rawOf(host.memory(), name, f) ?? f;
    const call = promisedCall(real, args, returned);
    if (call === null) return promisedLate(real, returned);
    promised.set(name, call);
    return call;
  };
  const most = () => mostTasks('jspi', Module.greenTasks);
  const left = () => Math.max(0, most() - (counted.permits - own.permits));

  loop.jspi = {
    inside: () => view !== null && (view.length > 0 ? view : (view = new Int32Array(host.memory().buffer)))[at] !== 0,
    lost,
    /* Calls an export on a stack of its own; `returned` gets what it returns. */
    call(name, f, args, returned) {
      const call = promised.get(name) ?? promisedOf(name, f, args, returned);
      return call(...args);
    },
    giveBack() {
      if (!loop.closed) c.giveBack(loop.nothingBelow() ? 1 : 0);
    },
    callEnters: c.callEnters,
    callLeft: c.callLeft,
    entered: c.entered,
    /* Whether a stack that has just ended leaves the turn to us. */
    ended(then) {
      if (then === GO_ON) goOn();
    },
    /* The promise of main, whatever it returns. */
    mainBegin: (argc, argv) => promising(host.inTable(c.mainAddress()))(argc, argv),
    mainResume: c.mainResume,
  };
  counted.owners.add(own);
  loop.onClose.push(() => forget(own));
  forgotten.register(loop, own);

  return {
    open(address, pointer) {
      at = address >> 2;
      view = new Int32Array(host.memory().buffer);
      run = promising(host.inTable(pointer));
    },
    permits(wanted, least) {
      if (loop.closed) return wanted;
      if (left() < least) {
        for (const other of counted.owners) if (other !== own && other.permits > 0) other.loop.deref()?.jspi.giveBack();
      }
      grant(own, Math.min(wanted, left()));
      return own.permits;
    },
    most: () => Math.min(most(), 0xffffffff),
    slot: take,
    drop: give,
    resume(number, value) {
      const resolve = resolvers[number];
      resolvers[number] = null;
      resolve(value);
    },
    begin(context) {
      settledPromise.then(() => {
        if (loop.closed) return;
        const number = take();
        run(context, number).then(() => give(number), lost);
      });
    },
    call(context, slot) {
      settledPromise.then(() => {
        if (!loop.closed) loop.beginLater(context, slot);
      });
    },
    suspend(number, then) {
      suspended = number;
      const promise = new Own(keepResolver);
      if (then === OVER) over();
      else if (then === GO_ON) goOn();
      else if (then === MAIN) loop.main.parked();
      return promise;
    },
    continue: goOn,
    mainEnded(status) {
      loop.main.returned(status);
    },
  };
};
