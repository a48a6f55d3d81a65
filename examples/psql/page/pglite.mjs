// PGlite as what a module connects to (greenSockets): the host `pglite`, on any port.
import { farewell, fatal, Session } from './protocol.mjs';

export const HOST = 'pglite';

// A PGlite in a worker of its own.
export class Database {
  calls = new Map();
  count = 0;
  ended = null; // why
  taken = false; // by a session

  constructor() {
    this.worker = new Worker(new URL('pglite-worker.mjs', import.meta.url), { type: 'module' });
    this.worker.onmessage = ({ data }) => this.answer(data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.end(event.message || 'its worker could not be loaded');
    };
  }
  static async open(folder) {
    const database = new Database();
    await database.ask({ folder });
    return database;
  }
  ask(what, piece = (_bytes) => {}) {
    if (this.ended) return Promise.reject(new Error(this.ended));
    const id = ++this.count;
    return new Promise((resolve, reject) => {
      this.calls.set(id, { piece, resolve, reject });
      this.worker.postMessage({ id, ...what });
    });
  }
  run(bytes, piece) {
    return this.ask({ bytes }, piece);
  }
  answer({ id, piece, error, broken }) {
    if (broken !== undefined) return this.end(broken);
    const call = this.calls.get(id);
    if (piece) return call.piece(piece);
    this.calls.delete(id);
    if (error === undefined) call.resolve();
    else call.reject(new Error(error));
  }
  end(why = 'PGlite was ended') {
    this.ended ??= why;
    this.worker.terminate();
    for (const { reject } of this.calls.values()) reject(new Error(this.ended));
    this.calls.clear();
  }
}

function connection(database, told) {
  let controller, settle;
  let open = true;
  const closed = new Promise((resolve) => { settle = resolve; });
  const finish = (error) => {
    if (!open) return;
    open = false;
    if (error) controller.error(Object.assign(error, { code: 'ECONNRESET' }));
    else controller.close();
    settle();
  };
  const leave = async () => { // the next session finds nothing of this one
    for (const bytes of farewell) await database.run(bytes).catch(() => {});
    database.taken = false;
  };
  const session = new Session({
    run: (bytes, piece) => database.run(bytes, piece),
    send: (bytes) => { if (open) controller.enqueue(bytes); },
    cancelled: told.cancelled,
    take() {
      if (database.taken) return false;
      return (database.taken = true);
    },
    end(hadIt) {
      finish();
      if (hadIt) leave();
    },
  });
  const readable = new ReadableStream({ start(own) { controller = own; }, cancel: () => session.close() });
  const writable = new WritableStream({
    async write(chunk) {
      try {
        await session.data(chunk);
      } catch (error) {
        if (open) controller.enqueue(fatal('58000', error.message));
        finish();
        session.close();
      }
    },
    close: () => session.close(),
    abort: () => session.close(),
  });
  return { opened: Promise.resolve({}), closed, readable, writable, close: () => session.close(), abort: () => session.close() };
}

// `told`: { cancelled() }: a client has asked for a cancel, which PGlite cannot do.
export const pgliteSockets = (database, told) => ({
  connect({ hostname }) {
    if (hostname === HOST) return connection(database, told);
    const none = Object.assign(new Error(`there is no host but ${HOST} here`), { code: 'ECONNREFUSED' });
    const opened = Promise.reject(none);
    opened.catch(() => {});
    return { opened, closed: opened, readable: new ReadableStream(), writable: new WritableStream(), close() {}, abort() {} };
  },
});
