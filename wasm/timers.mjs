
/* greenio: timers. See depth.mjs for what these files are. Nothing else in greenio's JavaScript calls
 * setTimeout(), for which a time from 2^31 milliseconds on, some 25 days, is one millisecond.
 */
const greenio$longest = 2 ** 31 - 1; /* ms */

/* Calls `run` once, each time that it is set. */
class greenio$Timer {
  constructor(run) {
    this.run = run;
    this.id = undefined;
  }
  /* From now; what it was set to before is forgotten. */
  set(milliseconds) {
    clearTimeout(this.id);
    if (milliseconds <= greenio$longest) this.id = setTimeout(this.run, milliseconds);
    else this.id = setTimeout(() => this.set(milliseconds - greenio$longest), greenio$longest);
  }
  clear() {
    clearTimeout(this.id);
  }
}

/* Behind what is under way, with the host's other events. */
const greenio$soon = run => { setTimeout(run, 0); };

/* Keeps Node alive until it is cleared. */
const greenio$aliveTimer = () => {
  const id = setInterval(() => {}, greenio$longest);
  return { clear: () => clearInterval(id) };
};

/* For timers of Node's own and of its packages, whose 0 is none: one that is too long for them is none. */
const greenio$nodeTimeout = milliseconds => (milliseconds <= greenio$longest ? milliseconds : 0);
