/* PGlite, which is one session of PostgreSQL's, and its users. */
import { Connection, pgError } from './connection.mjs';
import { makeMacrotask } from '../../wasm/loop.mjs';
import { inNode } from '../../wasm/node.mjs';
import { seen } from '../../wasm/outside.mjs';

/* One PGlite, which is one session of PostgreSQL's: its users take turns. Whoever has begun what is not over,
 * a transaction most of all, holds it until then. */
export class Database {
  constructor(name, start) {
    this.name = name;
    this.users = new Set();
    this.holder = null;
    this.jobs = [];
    this.pumping = false;
    this.closing = null;
    this.broken = null; /* or why it does nothing any more */
    this.onBroken = null;
    this.isInMemory = false;
    this.pglite = null;
    this.release = null; /* of its name */
    this.breathed = null;
    this.close = async () => {};
    this.breath = makeMacrotask(() => this.breathed());
    this.ready = start().then(parts => Object.assign(this, parts)); /* pglite and release */
  }
  submit(job) {
    this.jobs.push(job);
    this.pump();
  }
  /* True: what the user has sent was not begun. */
  withdraw(user) {
    const before = this.jobs.length;
    this.jobs = this.jobs.filter(job => job.user !== user);
    return this.jobs.length < before;
  }
  /* A long query holds up the page: afterwards it is given time. */
  pause(since) {
    if (performance.now() - since < 8) return null;
    return new Promise(resolve => {
      this.breathed = resolve;
      this.breath();
    });
  }
  async pump() {
    if (this.pumping) return;
    this.pumping = true;
    const { pglite } = await this.ready;
    for (let since = performance.now(); ; since = performance.now()) {
      const index = this.jobs.findIndex(({ user }) => !this.holder || this.holder === user);
      if (index < 0) break;
      const [job] = this.jobs.splice(index, 1);
      await this.perform(pglite, job);
      await this.pause(since);
    }
    this.pumping = false;
  }
  async perform(pglite, { user, bytes, done }) {
    const pieces = [];
    if (this.broken) return void done?.();
    try {
      await pglite.execProtocolRawStream(bytes, { onRawData: piece => pieces.push(piece.slice()) });
      const state = readyState(pieces);
      this.holder = state === 'I' ? null : user;
      user.arrived(pieces);
      if (!state && wantsReady(bytes)) this.breakDown('it gave no end of its answer');
    } catch (error) {
      user.arrived(pieces);
      this.breakDown(seen(error).message, error);
    }
    done?.();
  }
  /* It has come to its end, and may run for ever if it is called again. */
  breakDown(reason, cause) {
    if (this.broken) return;
    this.broken = pgError('ECONNRESET', `PGlite "${this.name}" is broken and not used any more: ${reason}`, cause);
    for (const job of this.jobs.splice(0)) job.done?.();
    for (const user of [...this.users]) user.failed(this.broken);
    this.onBroken?.();
  }
}

/* What ReadyForQuery says if that is the last message: I, T, E; or nothing. */
const readyState = pieces => {
  const wanted = [0x5a, 0, 0, 0, 5];
  const tail = pieces.slice(-6).flatMap(piece => [...piece.subarray(-6)]).slice(-6);
  return wanted.every((byte, i) => byte === tail[i]) ? String.fromCharCode(tail[5]) : '';
};

/* Whether ReadyForQuery must come of it: all but the pieces of a result, which end with Flush. */
const wantsReady = bytes => {
  const flush = [0x48, 0, 0, 0, 4];
  return !flush.every((byte, i) => byte === bytes[bytes.length - 5 + i]);
};

export const layout = {
  headers: ['pg/pg_js.h'],
  constants: { GREEN__PG_ROLL_BACK: 1, GREEN__PG_DISCARD: 2 },
};
const { GREEN__PG_ROLL_BACK: ROLL_BACK, GREEN__PG_DISCARD: DISCARD } = layout.constants;

/* What ends a session for one of its users: `what` is an enum green__pg_farewell, `more` closes statements. */
export const farewellOf = (what, more) => {
  const query = text => [0x51, 0, 0, 0, text.length + 5, ...new TextEncoder().encode(text), 0];
  const bytes = what & ROLL_BACK ? [0x53, 0, 0, 0, 4, ...query('rollback')] : [];
  return Uint8Array.from([...bytes, ...(what & DISCARD ? query('discard all') : more)]);
};

export class User extends Connection {
  async start(find) {
    this.database = await find(this); /* which has it among its users */
    await this.database.ready;
    this.opened();
  }
  send(bytes, more) {
    const { database } = this;
    const whole = this.gather(bytes, more);
    if (!whole) return;
    if (database.broken) return void queueMicrotask(() => this.failed(database.broken));
    database.submit({ user: this, bytes: whole });
  }
  isFull() {
    return false;
  }
  withdraw() {
    return this.database.withdraw(this);
  }
  /* The promise is resolved when nothing of it is left. */
  async close(farewell) {
    const { database } = this;
    if (!database) return;
    database.withdraw(this);
    if (farewell.length && this.open && !database.broken) {
      await new Promise(done => database.submit({ user: this, bytes: farewell, done }));
    }
    database.users.delete(this);
  }
}

/* ---- who has a database open ------------------------------------------------------------------------------ */

/* Of files, in this process. */
const taken = new Set();

/* For as long as a database is open, nobody else may open it: a function that ends that. */
export const reserve = async (name, sentence) => {
  const busy = () => pgError('EBUSY', sentence);
  if (inNode || !globalThis.navigator?.locks) {
    if (taken.has(name)) throw busy();
    taken.add(name);
    return () => taken.delete(name);
  }
  /* A page that is being left still has it for a moment. */
  return new Promise((resolve, reject) => {
    const held = () => new Promise(release => resolve(release));
    navigator.locks.request('greenio ' + name, { signal: AbortSignal.timeout(2000) }, held).catch(() => reject(busy()));
  });
};

