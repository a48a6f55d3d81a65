/* Standard input that waits and is no terminal: of Node, or a ReadableStream that the program gives (the factory's option
 * greenStdin). It takes the place of Emscripten's own descriptor 0, which outside of tasks is still read as before. Nothing is read
 * before somebody asks for it.
 */
import { bytesFrom, bytesOf, letGo, Queue } from './memory.mjs';
import { layout } from './numbers.mjs';

const { EAGAIN, EBADF, O_RDONLY, POLLHUP, POLLIN, S_IFCHR, S_IFIFO } = layout.constants;
const MOST = 65536;

/* Both give { start(), pause(), resume(), stop() }, and tell `to` by data(), end(). */
const ofNode = (stdin, to) => {
  const data = chunk => to.data(bytesFrom(stdin, chunk));
  const end = () => to.end();
  const events = { data, end, error: end, close: end };
  return {
    start() {
      for (const [event, hear] of Object.entries(events)) stdin.on(event, hear);
      stdin.ref?.();
      stdin.resume(); /* somebody may have paused it before */
    },
    pause: () => stdin.pause(),
    resume: () => stdin.resume(),
    stop() {
      for (const [event, hear] of Object.entries(events)) stdin.off(event, hear);
      letGo(stdin);
    },
  };
};

const ofStream = (stream, to) => {
  const reader = stream.getReader();
  let flowing = false;
  let pumping = false;
  const pump = async () => {
    if (pumping) return;
    pumping = true;
    try {
      while (flowing) {
        const { value, done } = await reader.read();
        if (done) return to.end();
        const bytes = bytesOf(value);
        if (bytes?.length) to.data(bytes);
      }
    } catch {
      return to.end();
    }
    pumping = false;
  };
  const resume = () => {
    flowing = true;
    pump();
  };
  return {
    start: resume,
    pause() {
      flowing = false;
    },
    resume,
    stop() {
      flowing = false;
      reader.cancel().catch(() => {});
    },
  };
};

export class Input {
  access = O_RDONLY;
  queue = new Queue();
  isPaused = false;
  ended = false;

  /* `old`: Emscripten's stream */
  constructor(host, FS, old, given) {
    this.host = host;
    this.FS = FS;
    this.old = old;
    this.given = given;
    this.source = null; /* once it was asked for */
    this.mode = given ? S_IFIFO | 0o400 : old.node?.mode ?? S_IFCHR | 0o600;
  }
  data(chunk) {
    this.queue.push(chunk);
    if (this.queue.size >= MOST && !this.isPaused) {
      this.isPaused = true;
      this.source.pause();
    }
    this.host.changed(this);
  }
  end() {
    this.ended = true;
    this.host.changed(this);
  }
  start() {
    if (this.source || this.ended) return;
    if (!this.given && (process.stdin.readableEnded || process.stdin.destroyed)) { /* it tells of that no more */
      this.ended = true;
      return;
    }
    this.source = this.given ? ofStream(this.given, this) : ofNode(process.stdin, this);
    this.source.start();
  }

  poll() {
    this.start();
    return (this.queue.size || this.ended ? POLLIN : 0) | (this.ended ? POLLHUP : 0);
  }
  receive(areas, peek) {
    if (!this.queue.size) return this.ended ? 0 : -EAGAIN;
    const count = this.queue.take(this.host.bytes(), areas, peek);
    if (this.isPaused && this.queue.size < MOST / 2) {
      this.isPaused = false;
      this.source.resume();
    }
    return count;
  }
  /* Outside of tasks: what has come, else as Emscripten reads. */
  block(areas) {
    if (this.queue.size) return this.receive(areas, false);
    let total = 0;
    for (let i = 0; i < areas.length; i += 2) {
      const count = this.FS.read(this.old, this.host.bytes(), areas[i], areas[i + 1]);
      total += count;
      if (count < areas[i + 1]) break;
    }
    return total;
  }
  send = () => -EBADF;
  close() {
    this.ended = true;
    this.source?.stop();
  }
}
