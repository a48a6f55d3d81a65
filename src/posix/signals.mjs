/* Signals of the process that C handles: `signalled(number)` tells it. In Node's main thread alone. */
import { inNode, require } from '../../wasm/node.mjs';
import { aliveTimer } from '../../wasm/timers.mjs';

/* Linux's numbers, as Emscripten's C library has them, of what Node tells. */
const names = { 1: 'SIGHUP', 2: 'SIGINT', 3: 'SIGQUIT', 12: 'SIGUSR2', 15: 'SIGTERM', 18: 'SIGCONT', 20: 'SIGTSTP', 28: 'SIGWINCH' };

export const makeSignals = (loop, signalled) => {
  const listeners = new Map(); /* by number */
  let keeper = null;
  let waiting = false;
  const tells = inNode && require('node:worker_threads').isMainThread;
  const keepOrNot = () => {
    const keeps = waiting && listeners.size > 0;
    if (keeps === (keeper !== null)) return;
    keeper?.clear();
    keeper = keeps ? aliveTimer() : null;
  };
  const keep = on => {
    waiting = on !== 0;
    keepOrNot();
  };
  const off = number => {
    process.off(names[number], listeners.get(number));
    listeners.delete(number);
    keepOrNot();
  };
  loop.onClose.push(() => {
    keep(0);
    [...listeners.keys()].forEach(off);
  });
  return {
    /* By a terminal. */
    raised: number => loop.enter(signalled, number),
    /* A task waits that a signal could wake: Node stays alive for that. */
    keep,
    signal(number, on) {
      if (!tells || !names[number] || listeners.has(number) === (on !== 0)) return;
      if (!on) return off(number);
      const listener = () => loop.enter(signalled, number);
      listeners.set(number, listener);
      process.on(names[number], listener);
      keepOrNot();
    },
  };
};
