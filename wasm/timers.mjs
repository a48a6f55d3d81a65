/* Timers. Nothing else in greenio's JavaScript calls
 * setTimeout(), for which a time from 2^31 milliseconds on, some 25 days, is one millisecond.
 */
const LONGEST = 2 ** 31 - 1; /* ms */

/* Calls `run` once, each time that it is set. */
export class Timer {
  constructor(run) {
    this.run = run;
    this.id = undefined;
  }
  /* From now; what it was set to before is forgotten. */
  set(milliseconds) {
    clearTimeout(this.id);
    if (milliseconds <= LONGEST) this.id = setTimeout(this.run, milliseconds);
    else this.id = setTimeout(() => this.set(milliseconds - LONGEST), LONGEST);
  }
  clear() {
    clearTimeout(this.id);
  }
}

/* Behind what is under way, with the host's other events. */
export const soon = run => { setTimeout(run, 0); };

/* Keeps Node alive until it is cleared. */
export const aliveTimer = () => {
  const id = setInterval(() => {}, LONGEST);
  return { clear: () => clearInterval(id) };
};

/* For timers of Node's own and of its packages, whose 0 is none: one that is too long for them is none. */
export const nodeTimeout = milliseconds => (milliseconds <= LONGEST ? milliseconds : 0);
