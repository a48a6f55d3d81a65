/* main and the end of the program.
 *
 * main's stack is the host's. When green_run() parks it, the export comes back here, and it is called
 * again to be rewound. A program that Node was started with (`program`, set by program.mjs) ends with
 * main. A module that JavaScript has loaded stays, so that its exports and green.call can be used; its
 * exit handlers run when C calls exit() or the Node process ends.
 */
import { GreenError } from './error.mjs';
import { thrownOf } from './values.mjs';

export const layout = {
  headers: ['interface.h'],
  constants: { GREEN__STUCK_NONE: 0, GREEN__STUCK_IN_RUN: 1 },
};

export const makeMain = (Module, host, loop) => {
  const { GREEN__STUCK_NONE: NONE, GREEN__STUCK_IN_RUN: IN_RUN } = layout.constants;
  const program = Module.greenProgram === true;
  let context, call, argc, argv;
  let base; /* the stack pointer when main began */
  let leaving = false; /* Emscripten is to be told that main has returned or is parked */
  let ending = false; /* it is Node that ends the program */
  let status = 0;
  let resolve, reject;
  const ended = new Promise((resolved, rejected) => { resolve = resolved; reject = rejected; });
  ended.catch(() => {});

  /* It has been left for good by emscripten_set_main_loop() or the like, whose callbacks go on. */
  const isLeft = error => error === 'unwind';

  /* True when it has returned. */
  const run = () => {
    let returned = 0, left = false;
    try {
      returned = call(argc, argv);
    } catch (error) {
      if (!isLeft(error)) throw error;
      left = true;
    }
    const sp = host.mainLeave();
    if (sp) host.setSp(sp);
    if (sp || left) {
      loop.hold();
      return false;
    }
    status = returned;
    if (program) return true;
    loop.hold();
    host.flush();
    resolve(status);
    return true;
  };

  const threw = error => {
    const { trap, code, text } = thrownOf(host, error);
    const at = host.sp();
    host.setSp(base);
    loop.die(trap ? 'ETRAP' : code, 'main: ' + text + (trap ? loop.whose(at) : ''), error);
  };

  /* ---- by JSPI, main has a stack of the engine's, which goes on in a microtask */

  let isOver = false;
  let lastExit = null; /* what exit() has thrown */

  const endPromised = () => {
    if (program) return main.exit(status);
    host.flush();
    resolve(status);
  };
  const threwPromised = error => {
    main.comes = false;
    if (host.isExit(error)) return main.exited(error.status);
    host.recover();
    if (!isLeft(error)) return threw(error);
    host.mainLeave();
    loop.mainMoved();
    loop.hold();
  };
  /* It may have been left by an exception, which is not here before the next microtask. */
  const startPromised = (count, values) => {
    host.main();
    base = host.sp();
    let parked = false;
    main.parked = () => { parked = true; };
    let promise;
    loop.inMain(() => { promise = loop.jspi.mainBegin(count, values); });
    main.parked = () => {
      main.comes = false;
      loop.mainMoved();
      loop.hold();
    };
    promise.then(isOver ? undefined : endPromised, threwPromised);
    if (!isOver && !parked) throw lastExit ?? 'unwind';
    leaving = true;
    if (parked || !program) loop.hold();
    if (isOver && !program) {
      host.flush();
      resolve(status);
    }
    return isOver ? status : 0;
  };
  const resumePromised = () => {
    main.comes = true;
    loop.mainMoved();
    loop.release();
    loop.jspi.mainResume();
  };

  const main = {
    ended,
    comes: false, /* by JSPI: in the next microtask */
    parked: null,
    returned(code) {
      main.comes = false;
      loop.mainMoved();
      status = code;
      isOver = true;
      if (!program) loop.hold();
    },
    failed: reject,
    exited(code) {
      loop.close(new GreenError('ECLOSED', 'the program has ended: exit(' + code + '); make a new instance'));
      resolve(code);
    },
    /* Called by Emscripten in the place of main. */
    start(original, count, values) {
      if (loop.jspi !== null) return startPromised(count, values);
      [context, call, argc, argv] = [host.main(), loop.mainCall ?? original, count, values];
      base = host.sp();
      let over;
      try {
        over = loop.inMain(run);
      } catch (error) {
        if (!host.isExit(error)) threw(error);
        throw error;
      }
      leaving = true;
      return over ? status : 0;
    },
    resume() {
      if (loop.jspi !== null) return resumePromised();
      try {
        const over = loop.inMain(() => {
          host.enter(context);
          return run();
        });
        if (over && program) main.exit(status);
      } catch (error) {
        if (host.isExit(error)) main.exited(error.status);
        else threw(error);
      }
    },
    exit(code) {
      loop.release();
      ending = true;
      try {
        host.exit(code);
      } catch (error) {
        if (!host.isExit(error)) throw error;
      }
    },
    beforeExit() {
      if (loop.closed) return;
      let stuck = NONE;
      loop.enter(() => { stuck = loop.served ? NONE : host.stuck(); host.flush(); });
      if (stuck === NONE || loop.closed) return;
      setImmediate(() => {}); /* Node comes here again: more may be left */
      const told = loop.deadlocked() > 0 || stuck === IN_RUN;
      loop.enter(host.endDeadlock);
      if (told) return;
      process.exitCode ||= 13;
      loop.tell('greenio: leaked: nobody waits for these tasks, so the process will end with status ' + process.exitCode);
    },
    processExit() {
      if (!loop.closed) main.exit(status);
    },
  };

  /* In the place of Emscripten's, which would end the Node process that has loaded the module. */
  const userQuit = Object.getOwnPropertyDescriptor(Module, 'quit')?.value; /* a debug build's getter aborts */
  host.onQuit((code, error) => {
    if (host.isExit(error)) {
      lastExit = error;
      const implicit = leaving;
      leaving = false;
      if (!host.held()) main.exited(code);
      else if (!implicit) host.exit(code); /* by an export that JavaScript called */
      if (!implicit && program && !ending) process.exit(code);
    }
    if (userQuit && loop.closed) userQuit(code, error);
    throw error;
  });
  return main;
};
