/* greenio::pg: connections to PGlite, and in Node to servers by the npm package `pg`. See depth.mjs for what
 * these files are; this one is there if the program links greenio::pg. src/pg/pg_js.c calls it, and speaks
 * PostgreSQL's protocol: here bytes are moved. `pg.changed` is its green__pg_js_changed().
 *
 * `pg` makes a connection (addresses, TLS, passwords), and then its socket is taken over. Its own parser of the
 * protocol would make strings of values that are bytes.
 */

const greenio$pgError = (code, message, cause) => Object.assign(new Error(message, { cause }), { code });

/* ---- a connection of C's ----------------------------------------------------------------------------- */

class greenio$PgConnection {
  constructor(tell) {
    this.tell = tell;
    this.open = false;
    this.failure = null;
    this.pieces = []; /* that have come */
    this.at = 0; /* in the first one */
    this.coming = 0; /* bytes in them */
    this.going = []; /* of a message that is not whole */
  }
  opened() {
    this.open = true;
    this.tell();
  }
  arrived(pieces) {
    for (const piece of pieces) {
      this.coming += piece.length;
      this.pieces.push(piece);
    }
    this.tell();
  }
  failed(error) {
    this.failure ??= error;
    this.tell();
  }
  /* 0: there is nothing. */
  take(memory, to, size) {
    const [piece] = this.pieces;
    if (!piece) return 0;
    const count = Math.min(size, piece.length - this.at);
    memory.set(piece.subarray(this.at, this.at + count), to);
    this.at += count;
    this.coming -= count;
    if (this.at === piece.length) {
      this.pieces.shift();
      this.at = 0;
    }
    return count;
  }
  /* What is to be sent, all of it, or nothing as there is more. */
  gather(bytes, more) {
    this.going.push(bytes);
    if (more) return null;
    const parts = this.going;
    this.going = [];
    if (parts.length === 1) return bytes;
    const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

/* ---- PGlite ------------------------------------------------------------------------------------------ */

/* One PGlite, which is one session of PostgreSQL's: its users take turns. Whoever has begun what is not over,
 * a transaction most of all, holds it until then. */
class greenio$PgDatabase {
  constructor(start) {
    this.users = 0;
    this.holder = null;
    this.jobs = [];
    this.pumping = false;
    this.closing = null;
    this.broken = null; /* or why it does nothing any more */
    this.breath = greenio$macrotask(() => this.breathed());
    this.ready = start(); /* a promise of { pglite, release } */
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
    try {
      await pglite.execProtocolRawStream(bytes, { onRawData: piece => pieces.push(piece.slice()) });
      this.holder = greenio$pgIsIdle(pieces) ? null : user;
    } catch (error) {
      /* It has come to its end, and runs for ever if it is called again. */
      this.broken = greenio$pgError('ECONNRESET', 'PGlite has ended: ' + (error?.message ?? error), error);
      for (const job of this.jobs.splice(0)) job.fail(this.broken);
      user.failed(this.broken);
    }
    user.arrived(pieces);
    done?.();
  }
}

/* Whether the last message is ReadyForQuery, outside of a transaction. */
const greenio$pgIsIdle = pieces => {
  const wanted = [0x5a, 0, 0, 0, 5, 0x49];
  const tail = pieces.slice(-6).flatMap(piece => [...piece.subarray(-6)]).slice(-6);
  return wanted.every((byte, i) => byte === tail[i]);
};

/* What ends a session for one of its users: `what` is an enum green__pg_farewell, `more` closes statements. */
const greenio$pgFarewell = (what, more) => {
  const query = text => [0x51, 0, 0, 0, text.length + 5, ...new TextEncoder().encode(text), 0];
  const bytes = what & 1 ? [0x53, 0, 0, 0, 4, ...query('rollback')] : [];
  return Uint8Array.from([...bytes, ...(what & 2 ? query('discard all') : more)]);
};

class greenio$PgUser extends greenio$PgConnection {
  async start(find) {
    this.database = await find(); /* which counts it */
    await this.database.ready;
    this.opened();
  }
  send(bytes, more) {
    const { database } = this;
    const whole = this.gather(bytes, more);
    if (!whole) return;
    if (database.broken) return void queueMicrotask(() => this.failed(database.broken));
    database.submit({ user: this, bytes: whole, fail: error => this.failed(error) });
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
    if (farewell.length && !database.broken) {
      await new Promise(done => database.submit({ user: this, bytes: farewell, done, fail: done }));
    }
    database.users--;
  }
}

/* ---- a server ---------------------------------------------------------------------------------------- */

/* Whether an attempt that failed so is made once more in the other way, without TLS or with it: where the server
 * spoke, or TLS did not come about. Not where nobody was there. */
const greenio$pgTriesOn = error => typeof error.severity == 'string' || greenio$pgIsTls(error);
const greenio$pgIsTls = error => greenio$pgCode(error) === 'ETLS' || /secure TLS connection/.test(error.message);

class greenio$PgServer extends greenio$PgConnection {
  async start(Client, plan) {
    const MOST = 262144;
    this.most = MOST;
    await this.connect(Client, plan);
    const stream = (this.stream = this.client.connection.stream);
    stream.removeAllListeners('data');
    stream.on('data', piece => {
      this.arrived([piece]);
      if (this.coming >= MOST) stream.pause();
    });
    stream.on('drain', () => this.tell());
    stream.on('error', error => this.failed(error));
    stream.on('close', () => this.failed(greenio$pgError('ECONNRESET', 'the server has closed the connection')));
    if (this.closed) this.hangUp();
    else this.opened();
  }
  async connect(Client, { tries, seconds, where }) {
    let late = false;
    const timer = seconds && setTimeout(() => {
      late = true;
      this.client.connection.stream.destroy();
    }, seconds * 1000);
    try {
      await this.tryAll(Client, tries, () => late || this.closed);
    } catch (error) {
      throw late ? greenio$pgError('ETIMEDOUT', `${where}: no answer within ${seconds} s (connect_timeout)`, error) : error;
    } finally {
      clearTimeout(timer);
    }
  }
  async tryAll(Client, [config, other], isOver) {
    try {
      await this.tryOne(Client, config);
    } catch (error) {
      if (!other || isOver() || !greenio$pgTriesOn(error) || (!config.ssl && typeof error.severity != 'string')) throw error;
      try {
        await this.tryOne(Client, other);
      } catch (second) {
        throw greenio$pgIsTls(error) || (other.ssl && !greenio$pgIsTls(second)) ? second : error;
      }
    }
  }
  async tryOne(Client, config) {
    this.make = () => new Client(config);
    this.client = this.make();
    this.client.on('error', () => {}); /* the socket's own are heeded */
    try {
      await this.client.connect();
    } catch (error) {
      this.client.connection.stream.destroy();
      throw error;
    }
  }
  take(memory, to, size) {
    const count = super.take(memory, to, size);
    if (this.stream.isPaused() && this.coming < this.most / 2) this.stream.resume();
    return count;
  }
  send(bytes) {
    this.stream.write(bytes);
  }
  isFull() {
    return !this.failure && this.stream.writableLength >= this.most;
  }
  /* Asks the server to stop what it does, and again if nothing comes of it: the first request may have been there
   * before the statement. */
  cancel(later) {
    const [LATER, AGAIN] = [200, 100]; /* ms */
    this.stopping = true;
    this.stopBy = performance.now() + greenio$pgGrace;
    this.pause = AGAIN;
    clearTimeout(this.cancelTimer);
    if (later) this.cancelTimer = setTimeout(() => this.askToStop(), LATER);
    else this.askToStop();
  }
  /* True: a request has been sent, and may not have arrived. */
  recall() {
    this.stopping = false;
    clearTimeout(this.cancelTimer);
    return Boolean(this.asking);
  }
  /* By a connection of its own, at the end of which the server has been told. One that does not end in time is cut;
   * since it may still have an effect, it counts as under way from then on. */
  askToStop() {
    const left = this.stopBy - performance.now();
    if (this.asking || this.closed || left <= 0) return;
    const { client } = this;
    const { connection } = this.make();
    const limit = setTimeout(() => {
      connection.off('end', ended);
      connection.stream.destroy();
    }, left);
    const ended = () => {
      clearTimeout(limit);
      if (this.asking !== connection) return;
      this.asking = null;
      if (this.stopping) this.cancelTimer = setTimeout(() => this.askToStop(), this.pause);
      this.pause *= 2;
      this.tell();
    };
    this.asking = connection;
    connection.on('error', ended);
    connection.once('end', ended);
    connection.once(client.ssl ? 'sslconnect' : 'connect', () => connection.cancel(client.processID, client.secretKey));
    if (client.ssl && client.sslNegotiation !== 'direct') connection.once('connect', () => connection.requestSsl());
    if (client.host.startsWith('/')) connection.connect(client.host + '/.s.PGSQL.' + client.port);
    else connection.connect(client.port, client.host);
  }
  /* Says goodbye; a server that takes nothing any more is left without. */
  hangUp() {
    const { stream } = this;
    const limit = setTimeout(() => stream.destroy(), greenio$pgGrace);
    stream.once('close', () => clearTimeout(limit));
    if (stream.destroyed) clearTimeout(limit);
    stream.write(Uint8Array.of(0x58, 0, 0, 0, 4)); /* Terminate */
    stream.destroySoon();
    stream.resume();
  }
  async close() {
    this.closed = true;
    this.stopping = false;
    clearTimeout(this.cancelTimer);
    const { asking } = this;
    this.asking = null;
    asking?.stream.destroy();
    if (this.stream) this.hangUp();
    else this.client?.connection.stream.destroy();
  }
}

/* ms, for a server to stop, and to take the last word. */
const greenio$pgGrace = 5000;

/* ---- what went wrong ----------------------------------------------------------------------------------- */

/* As the fields of an ErrorResponse. */
const greenio$pgFields = error => {
  const { severity, code, detail, hint, where, file, line, routine } = error;
  const message = error.message || error.errors?.[0]?.message || String(error);
  if (typeof severity != 'string') return [['M', message]];
  return Object.entries({ V: severity, C: code, M: message, D: detail, H: hint, W: where, F: file, L: line, R: routine }).filter(([, value]) => value);
};

const greenio$pgCodes = [
  [/^(ENOTFOUND|EAI_)/, 'ENOHOST'],
  [/^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERROR_IN_CERT_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO$)/, 'ETLS'],
  [/^ERR_(INVALID|SOCKET_BAD_PORT)/, 'EINVAL'],
  [/^ENOENT$/, 'ECONNREFUSED'], /* no such socket: nobody listens */
  [/^E[A-Z0-9]+$/, null],
];
const greenio$pgSentences = [
  [/does not support SSL|SSL connection/, 'ETLS'],
  [/^SASL|password/i, 'EACCES'],
  [/Invalid URL|connection string/i, 'EINVAL'],
];
const greenio$pgCode = error => {
  for (const [pattern, code] of greenio$pgCodes) if (pattern.test(error.code)) return code ?? error.code;
  return greenio$pgSentences.find(([pattern]) => pattern.test(error.message))?.[1] ?? 'EIO';
};

/* ---- finding the packages, and databases --------------------------------------------------------------- */

/* What the program has handed over: a package's module, its URL, a promise, or a function that gives one. */
const greenio$pgPackage = async (given, find, advice) => {
  try {
    if (!given) return await find();
    if (typeof given == 'string' || given instanceof URL) return await import(/* @vite-ignore */ /* webpackIgnore: true */ String(given));
    return await (typeof given == 'function' ? given() : given);
  } catch (error) {
    throw greenio$pgError('ENOTSUP', `${advice} (${error?.message ?? error})`, error);
  }
};

/* Of files, in this process. */
const greenio$pgTaken = new Set();

/* For as long as a database is open, nobody else may open it: a function that ends that. */
const greenio$pgReserve = async (name, sentence) => {
  const busy = () => greenio$pgError('EBUSY', sentence);
  if (greenio$inNode || !globalThis.navigator?.locks) {
    if (greenio$pgTaken.has(name)) throw busy();
    greenio$pgTaken.add(name);
    return () => greenio$pgTaken.delete(name);
  }
  /* A page that is being left still has it for a moment. */
  return new Promise((resolve, reject) => {
    const held = () => new Promise(release => resolve(release));
    navigator.locks.request('greenio ' + name, { signal: AbortSignal.timeout(2000) }, held).catch(() => reject(busy()));
  });
};

/* ---- what C calls ---------------------------------------------------------------------------------------- */

const greenio$pg = (Module, host, loop, pg) => {
  const EAGAIN = -11;
  const [SERVER, MEMORY, FILE] = [0, 1, 2]; /* enum green__pg_place */
  const schemes = [null, 'memory', 'file', 'idb', 'opfs'];
  const given = Module.greenPg ?? {};
  const all = new Map(); /* connections by their address in C */
  const databases = new Map();
  const statusOf = error => loop.numberOf(greenio$pgCode(error)) || loop.numberOf('EIO');

  const startPGlite = async (place, name) => {
    const module = await greenio$pgPackage(
      given.pglite,
      () => (greenio$inNode ? require('@electric-sql/pglite') : import('@electric-sql/pglite')),
      'PGlite could not be loaded: "npm install @electric-sql/pglite", or hand it over as greenPg.pglite, see docs/postgresql.md');
    const PGlite = module.PGlite ?? module.default?.PGlite;
    if (!PGlite) throw greenio$pgError('ENOTSUP', 'what was handed over as greenPg.pglite has no PGlite');
    const path = place === FILE ? require('node:path').resolve(name) : name;
    const url = (schemes[place] === 'opfs' ? 'opfs-ahp' : schemes[place]) + '://' + (place === MEMORY ? '' : path);
    const release = place === MEMORY ? null : await greenio$pgReserve(url, `${schemes[place]}:${name} is open elsewhere, in another page, worker or instance of the program`);
    try {
      const pglite = new PGlite({ ...given.options, dataDir: url });
      await pglite.waitReady;
      return { pglite, release };
    } catch (error) {
      release?.();
      throw greenio$pgError('EIO', `PGlite could not open ${url}: ${error?.message ?? error}`, error);
    }
  };

  const findDatabase = async (place, name) => {
    const key = schemes[place] + ':' + name;
    for (;;) {
      const found = databases.get(key);
      if (found?.closing) {
        await found.closing.catch(() => {}); /* whoever closed it is told */
      } else if (found && !(found.broken && found.isInMemory)) {
        found.users++;
        return found;
      } else {
        break;
      }
    }
    const database = new greenio$PgDatabase(() => startPGlite(place, name));
    databases.set(key, database);
    database.users++;
    database.isInMemory = place === MEMORY;
    database.ready.catch(() => databases.delete(key));
    database.close = async () => {
      const { pglite, release } = await database.ready;
      try {
        if (!database.broken) await pglite.close();
      } finally {
        release();
        databases.delete(key);
      }
    };
    return database;
  };

  const startServer = async (server, conninfo) => {
    const plan = greenio$pgPlan(conninfo);
    const module = await greenio$pgPackage(given.pg, () => require('pg'),
      'the npm package pg could not be loaded: "npm install pg", or hand it over as greenPg.pg, see docs/postgresql.md');
    await server.start(module.Client ?? module.default.Client, plan);
  };

  const closeUser = async (user, farewell) => {
    await user.close(farewell);
    const { database } = user;
    if (!database || database.users || database.isInMemory) return; /* which stays until the program has ended */
    await (database.closing ??= database.close());
  };

  return {
    /* 0 Node, 1 a page, 2 a worker. */
    where() {
      if (greenio$inNode) return 0;
      return typeof WorkerGlobalScope == 'function' ? 2 : 1;
    },
    open(pointer, place, name) {
      const text = host.text(name);
      const tell = () => {
        if (all.get(pointer) === connection) loop.enter(pg.changed, pointer);
      };
      const connection = new (place === SERVER ? greenio$PgServer : greenio$PgUser)(tell);
      all.set(pointer, connection);
      const started = place === SERVER ? startServer(connection, text) : connection.start(() => findDatabase(place, text));
      connection.started = started.catch(error => connection.failed(error));
    },
    /* 0, EAGAIN, why not. */
    opened(pointer) {
      const { failure, open } = all.get(pointer);
      return open ? 0 : failure ? statusOf(failure) : EAGAIN;
    },
    /* Writes the failure's fields, as many as there is room for, and a 0 byte. */
    why(pointer, to, size) {
      const { failure } = all.get(pointer);
      let at = to;
      for (const [letter, value] of failure ? greenio$pgFields(failure) : []) {
        const text = letter + value;
        const length = host.textLength(text) + 1;
        const room = to + size - 1 - at;
        if (letter === 'M' && length > room) host.putText(text, at, room), (at = to + size - 1);
        if (length > room) continue;
        host.putText(text, at, length);
        at += length;
      }
      host.bytes()[at] = 0;
    },
    /* How many bytes, EAGAIN, or that the connection is lost. */
    take(pointer, to, size) {
      const connection = all.get(pointer);
      return connection.take(host.bytes(), to, size) || (connection.failure ? loop.numberOf('ECONNRESET') : EAGAIN);
    },
    send(pointer, data, size, more) {
      all.get(pointer).send(host.bytes().slice(data, data + size), more !== 0);
    },
    isFull: pointer => all.get(pointer).isFull(),
    withdraw: pointer => all.get(pointer).withdraw(),
    cancel: (pointer, later) => all.get(pointer).cancel(later !== 0),
    recall: pointer => all.get(pointer).recall(),
    /* From here on nothing is called for it; the reference to the future, if there is one, is given back. */
    close(pointer, what, more, size, future) {
      const connection = all.get(pointer);
      const farewell = greenio$pgFarewell(what, host.bytes().subarray(more, more + size));
      all.delete(pointer);
      const closed = connection instanceof greenio$PgServer ? connection.close() : connection.started.then(() => closeUser(connection, farewell));
      const settle = () => {
        if (future) loop.enter(host.resolve, future);
      };
      closed.then(settle, error => {
        if (!future || loop.closed) return;
        const status = loop.numberOf('EIO'); /* before: it uses the same buffer */
        loop.withText(String(error?.message ?? error), text => loop.enter((f, t) => host.reject(f, status, t), future, text));
      });
    },
  };
};

