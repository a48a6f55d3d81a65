/* The event loop of an instance. `host` is greenHost of greenio.js, which calls C. */
import { counters } from './depth.mjs';
import { GreenError } from './error.mjs';
import { inNode } from './node.mjs';
import { isA, seen } from './outside.mjs';
import { aliveTimer, soon, Timer } from './timers.mjs';
import { StackOverflow, thrownOf } from './values.mjs';

/* Every instance that lives, weakly, for the end of a Node process: one list for all modules of the process, and its two
 * listeners, since Node warns of the eleventh. */
const OURS = Symbol.for('greenio.instances');
const atEnd = () => {
  const instances = new Set();
  const each = end => {
    for (const reference of [...instances]) {
      const core = reference.deref();
      if (core) core[end]();
      else instances.delete(reference);
    }
  };
  process.on('beforeExit', () => each('beforeExit'));
  process.on('exit', () => each('processExit'));
  return instances;
};
export const watchEnd = core => {
  if (inNode && typeof process.on == 'function') (process[OURS] ??= atEnd()).add(new WeakRef(core));
};

/* After the host has looked for other events. */
export const makeMacrotask = run => {
  if (typeof setImmediate == 'function') return () => { setImmediate(run); };
  if (typeof MessageChannel == 'function') {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = run;
    /** @type {any} */ (port1).unref?.(); /* Node's */
    return () => port2.postMessage(0);
  }
  return () => soon(run);
};

export const settledPromise = Promise.resolve();

export const layout = {
  headers: ['interface.h'],
  constants: { GREEN__RESUME_MAIN: 1, GREEN__NOBODY: 2, GREEN__UNDER_WAY: 8, GREEN__JS_BUFFER: 1024, GREEN__HARM_TASK: 0, GREEN__HARM_STACK: 1, GREEN__HARM_RECORDS: 4 },
};

/* Gives `loop`: entries into C, what happens when one throws, wake-ups, and the end of it all. `main` is
 * set by the caller. */
export const makeLoop = host => {
  const { GREEN__RESUME_MAIN: RESUME_MAIN, GREEN__NOBODY: NOBODY, GREEN__UNDER_WAY: UNDER_WAY, GREEN__JS_BUFFER: BUFFER, GREEN__HARM_TASK: TASK, GREEN__HARM_STACK: STACK, GREEN__HARM_RECORDS: RECORDS } = layout.constants;
  let counter = null;
  let inside = false; /* C runs, entered from here */
  let bottom; /* the stack pointer when nothing runs, once it is known */
  let places = { base: 0, end: 0, heap: 0 }; /* of the host's C stack, and of the heap */
  let underWay = false; /* by JSPI, a turn */
  const behindTurn = [];
  let sp, depth, thrown; /* of the entry that is under way */
  let held = false; /* Emscripten's runtime is kept alive by us */
  let keeper = null;
  let macrotask;
  const numbers = new Map();

  const loop = {
    closed: null, /* or the GreenError that ended it */
    onClose: [],
    main: null,
    jspi: null, /* or what switches stacks by it (jspi.mjs) */
    mainCall: null, /* or what is called in the place of main, and again while that parks */
    beginLater: null, /* set by the calls, for that */
    deadlocked: null, /* set by the calls: notes that they wait for ever; how many do */
    served: false, /* JavaScript may ask an application: its tasks may wait for that */

    hold() {
      if (held) return;
      held = true;
      host.hold();
    },
    release() {
      if (!held) return;
      held = false;
      host.release();
    },
    /* Gives C a name or a message, cut to what fits, in memory that is always there. */
    withText(text, use) {
      const buffer = host.buffer();
      host.putText(text, buffer, BUFFER);
      return use(buffer);
    },
    numberOf(code) {
      const known = numbers.get(code);
      if (known) return known;
      if (loop.closed) return 0; /* a listener's, behind the end of the program */
      const number = loop.withText(code, pointer => host.status(pointer));
      if (number) numbers.set(code, number);
      return number;
    },

    /* ---- entries into C, on the host's own stack */

    enter(step, a, b) {
      if (!loop.arrive()) return void (loop.closed ?? step(a, b));
      let answer;
      try {
        answer = step(a, b);
      } catch (error) {
        answer = loop.threw(error);
      }
      loop.leave(answer);
    },
    /* The parts of enter(), for those that write it out: a call of one known function is cheaper. */

    /* False: JavaScript that C has called is already in an entry, or the module is closed. */
    arrive() {
      if (inside || loop.closed || (loop.jspi !== null && loop.jspi.inside())) return false;
      depth = loop.depth();
      sp = counter !== null && depth === 0 ? (bottom ??= host.sp()) : host.sp();
      loop.release();
      return (inside = true);
    },
    /* The same for a call that begins at once: false also where a C function runs. */
    arriveAtBottom() {
      if (!loop.nothingBelow() || loop.closed) return false;
      depth = 0;
      sp = bottom ??= host.sp();
      loop.release();
      return (inside = true);
    },
    /* Without an answer, the entry has begun nothing. */
    leave(answer = underWay ? UNDER_WAY : 0) {
      inside = false;
      if (loop.closed) return;
      underWay = answer === UNDER_WAY;
      if (underWay) return; /* it goes on in the next microtask */
      if (answer === RESUME_MAIN) loop.main.resume();
      else if (!loop.main.comes) loop.hold();
      if (answer === NOBODY) throw thrown; /* by a callback: for those who catch what nobody caught */
      if (behindTurn.length > 0) behindTurn.splice(0).forEach(run => run(true));
    },
    /* A turn that was under way has ended, and nothing has asked for anything. */
    turnOver() {
      underWay = false;
      if (!loop.main.comes) loop.hold();
      if (behindTurn.length > 0) behindTurn.splice(0).forEach(run => run(true));
    },
    /* Calls that when what an entry has begun has run until it waits: at once, or by JSPI later, behind the turn. */
    behindTurn(run) {
      if (underWay) behindTurn.push(run);
      else run(false);
    },
    /* What was thrown has thrown away the frames of wasm, when the stack pointer was there: answer. `ofTask`: a task ran. */
    threw(error, at, ofTask = false) {
      thrown = error;
      if (host.isExit(error)) return loop.main.exited(error.status), 0; /* no function may be called any more */
      at ??= host.sp();
      host.hostLimits();
      host.setSp(sp);
      loop.setDepth(depth);
      const { trap, code, text } = thrownOf(host, error);
      if (loop.leftExit(error)) {
        return loop.die('ETRAP', (trap ? 'a trap' : 'an exception') + ' in a handler of exit() closed the module: ' + text, error), 0;
      }
      let overran, harm;
      try {
        overran = host.recover();
        harm = trap || code === 'EOVERFLOW' ? loop.harm(at) : TASK;
      } catch { /* what it looks at was overwritten */
        harm = RECORDS;
      }
      if (harm === RECORDS || (trap && harm !== TASK && harm !== STACK)) {
        return loop.die('ETRAP', 'a trap closed the module: ' + text + loop.whose(at, ofTask), error), 0;
      }
      if (trap) loop.tell('greenio: a trap ended ' + host.text(host.running()) + ': ' + text + '\n' + seen(error).stack);
      const overflowed = overran || harm === STACK || isA(error, StackOverflow);
      const status = loop.numberOf(overflowed ? 'EOVERFLOW' : code);
      try {
        if (overflowed) {
          const message = harm === STACK ? host.trapped(at) : host.overrun();
          thrown = new GreenError('EOVERFLOW', host.text(message), { cause: error });
          return host.lost(status, message);
        }
        return loop.withText(trap ? 'a trap: ' + text : text, pointer => host.lost(status, pointer));
      } catch (again) { /* by a destructor of the lost task */
        return loop.threw(again);
      }
    },
    /* By JSPI, an exception has come out of the bottom of a stack, whose task is the running one still; where the stack
     * pointer was. */
    lost(error, at) {
      if (loop.closed) return;
      if (host.isExit(error)) return loop.main.exited(error.status); /* no function may be called any more */
      at ??= host.sp();
      inside = true;
      depth = 0;
      host.hostStack();
      sp = host.sp();
      loop.release();
      loop.leave(loop.threw(error, at, true));
    },
    /* Whether it is what has left exit() half done. */
    leftExit: error => !loop.closed && counter !== null && counter.leftExit === error,
    /* How far a trap reaches, or the end of JavaScript's own stack; abort() ends it all. */
    harm(at) {
      try {
        return host.aborted() ? RECORDS : host.harm(at);
      } catch { /* what it looks at was overwritten */
        return RECORDS;
      }
    },
    /* Behind a trap that ends it all: whether an overflow of a C stack is what it comes from, by where the stack pointer was; else
     * in which task it was; if there was one and none is to be seen, the note of it is overwritten. */
    whose(at, ofTask) {
      let overwritten = ofTask;
      try {
        const message = host.trapped(at);
        if (message) {
          const text = host.text(message);
          if (/^[^\ufffd]*\)$/.test(text)) return ': ' + text;
          overwritten = true; // the text itself
        }
        const name = message ? 0 : host.running();
        if (name) return ', in ' + host.text(name) + '; nothing of this instance runs again: make a new one';
      } catch { /* what it looks at was overwritten */ }
      const inStack = at >= places.end && at <= places.base;
      const nowhere = at < 0 || at > host.bytes().length || (at < places.heap && !inStack);
      return overwritten || nowhere ? ': a C stack overflowed, and all below it is overwritten; ask for a larger one (stack_size)' : '';
    },
    /* main, which begins and ends elsewhere. */
    inMain(run) {
      loop.release();
      inside = true;
      try {
        return run();
      } finally {
        inside = false;
        bottom = undefined;
      }
    },
    /* It has begun, parked or ended without us: where the host's stack begins is another place. */
    mainMoved() {
      bottom = undefined;
    },
    /* No C function runs, so that C may be entered as from the event loop. */
    nothingBelow: () => counter !== null && !inside && counter.get() === 0 && (loop.jspi === null || !loop.jspi.inside()),
    depth: () => (counter === null ? 0 : counter.get()),
    setDepth(depth) {
      counter?.set(depth);
    },
    open(address, where) {
      if (counter) return;
      places = where;
      counter = counters.get(host.memory()) ?? null;
      counter?.bind(host.memory(), address);
    },

    /* ---- wake-ups */

    wake(afterLoop) {
      if (!afterLoop) return void settledPromise.then(turn);
      macrotask ??= makeMacrotask(laterTurn);
      macrotask();
    },
    timer(milliseconds) {
      if (milliseconds >= 0) timer.set(milliseconds);
      else timer.clear();
    },
    keep(keep) {
      keeper?.clear();
      keeper = keep && inNode ? aliveTimer() : null;
    },

    /* ---- the end of it all */

    /* A line for people, by printErr(), which is the program's own. */
    tell(text) {
      try {
        host.print(text);
      } catch (error) {
        console.error(text, error);
      }
    },
    close(error) {
      if (loop.closed) return;
      loop.closed = error;
      loop.timer(-1);
      loop.keep(false);
      for (const closing of loop.onClose) closing(error);
    },
    die(code, text, cause) {
      const error = new GreenError(code, text, { cause });
      loop.tell('greenio: ' + text + '\n' + seen(cause).stack);
      host.abort();
      loop.close(error);
      loop.main.failed(error);
    },
  };

  const turn = () => loop.enter(host.turn, 0);
  const laterTurn = () => loop.enter(host.turn, 1);
  const timer = new Timer(() => loop.enter(host.timerFired));

  return loop;
};
