/* A terminal as a descriptor, which standard input, output and /dev/tty share. What it stands on is a terminal that the
 * program's JavaScript gives (the factory's option greenTerminal), or Node's:
 *   { bind(to), start(), pause(), resume(), stop(), write(bytes), room(), size(), setRaw(on), isCooked }
 * which tells `to` by data(bytes), end(), drained(), resized(). `isCooked`: a kernel is behind it, which edits lines by
 * itself as long as nothing else was asked of the terminal; setRaw(true): from now on that is to be done here.
 */
import { Discipline, initialModes } from './discipline.mjs';
import { gather, sizeOf } from './memory.mjs';
import { layout as numbers } from './numbers.mjs';

const { EAGAIN, O_RDWR, POLLHUP, POLLIN, POLLOUT, S_IFCHR, SIGWINCH } = numbers.constants;
const MOST = 65536; /* bytes that were typed and are not read */

export class Terminal {
  access = O_RDWR;
  mode = S_IFCHR | 0o620;
  isTerminal = true;
  reads = []; /* what one read each gets at most; an empty one: the end */
  size = 0;
  isPaused = false;
  hungUp = false;
  isRaw = false;

  /* `host`: { bytes, newBytes, changed(thing), signal(number) } */
  constructor(host, line) {
    this.host = host;
    this.line = line;
    this.discipline = new Discipline({
      deliver: bytes => this.push(bytes),
      end: () => this.push(new Uint8Array(0)),
      echo: bytes => line.write(bytes),
      signal: host.signal,
      flush: () => this.flush(),
    });
    line.bind(this);
    if (!line.isCooked) line.start(); /* Ctrl+C is to be heard, whether C reads or not */
  }

  /* ---- what it stands on tells */

  data(bytes) {
    if (this.line.isCooked && !this.isRaw) this.push(bytes);
    else this.discipline.input(bytes);
  }
  /* Of a kernel's: Ctrl+D. */
  end() {
    if (this.line.isCooked) this.push(new Uint8Array(0));
    else this.hungUp = true;
    this.host.changed(this);
  }
  drained() {
    this.host.changed(this);
  }
  resized() {
    this.host.signal(SIGWINCH);
  }
  push(bytes) {
    this.reads.push(bytes);
    this.size += bytes.length;
    if (this.size >= MOST && !this.isPaused) {
      this.isPaused = true;
      this.line.pause();
    }
    this.host.changed(this);
  }
  flush() {
    this.reads = [];
    this.took(this.size);
  }
  took(count) {
    this.size -= count;
    if (!this.isPaused || this.size >= MOST / 2) return;
    this.isPaused = false;
    this.line.resume();
  }

  /* ---- what C asks for */

  get queue() {
    return { size: this.size };
  }
  /* Whoever asks for input calls wantsInput() as well. */
  poll() {
    const reads = this.reads.length || this.hungUp ? POLLIN : 0;
    return reads | (this.line.room() > 0 ? POLLOUT : 0) | (this.hungUp ? POLLHUP : 0);
  }
  wantsInput() {
    if (this.line.isCooked && !this.reads.length && !this.hungUp) this.line.start();
  }
  receive(areas, peek) {
    if (!sizeOf(areas)) return 0;
    if (!this.reads.length) return this.hungUp ? 0 : -EAGAIN;
    const [first] = this.reads;
    const bytes = this.host.bytes();
    let done = 0;
    for (let i = 0; i < areas.length && done < first.length; i += 2) {
      const part = first.subarray(done, done + areas[i + 1]);
      bytes.set(part, areas[i]);
      done += part.length;
    }
    if (peek) return done;
    if (done < first.length && done > 0) this.reads[0] = first.subarray(done);
    else if (done === first.length) this.reads.shift();
    this.took(done);
    return done;
  }
  send(areas) {
    const room = this.line.room();
    return room > 0 ? this.put(areas, room) : -EAGAIN;
  }
  /* For who cannot wait. */
  sendAll(areas) {
    return this.put(areas, sizeOf(areas));
  }
  put(areas, most) {
    const bytes = gather(this.host.bytes(), areas, most, this.host.newBytes);
    this.write(bytes);
    return bytes.length;
  }
  write(bytes) {
    this.line.write(this.line.isCooked ? bytes : this.discipline.output(bytes));
  }

  modes() {
    return this.discipline.modes;
  }
  setModes(modes, flushes) {
    if (flushes) {
      this.discipline.line = [];
      this.flush();
    }
    if (this.line.isCooked) this.setRaw(!isInitial(modes));
    this.discipline.setModes(modes);
  }
  setRaw(on) {
    if (on === this.isRaw) return;
    this.isRaw = on;
    this.line.setRaw(on);
  }
  windowSize() {
    return this.line.size();
  }
  close() {
    this.hungUp = true;
    this.line.stop();
  }
}

const isInitial = modes => {
  const { flags, keys: own } = initialModes();
  return flags.every((word, i) => word === modes.flags[i]) && own.every((byte, i) => byte === modes.keys[i]);
};
