/* greenio::pg: connections to PGlite, and in Node to servers by the npm package `pg`. See wasm/depth.mjs for what
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
    this.failure ??= greenio$pgFailure(error);
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
  constructor(name, start) {
    this.name = name;
    this.users = new Set();
    this.holder = null;
    this.jobs = [];
    this.pumping = false;
    this.closing = null;
    this.broken = null; /* or why it does nothing any more */
    this.onBroken = null;
    this.breath = greenio$macrotask(() => this.breathed());
    this.ready = start().then(parts => Object.assign(this, parts)); /* pglite, and release() of its name */
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
      const state = greenio$pgReadyState(pieces);
      this.holder = state === 'I' ? null : user;
      user.arrived(pieces);
      if (!state && greenio$pgWantsReady(bytes)) this.breakDown('it gave no end of its answer');
    } catch (error) {
      user.arrived(pieces);
      this.breakDown(greenio$seen(error).message, error);
    }
    done?.();
  }
  /* It has come to its end, and may run for ever if it is called again. */
  breakDown(reason, cause) {
    if (this.broken) return;
    this.broken = greenio$pgError('ECONNRESET', `PGlite "${this.name}" is broken and not used any more: ${reason}`, cause);
    for (const job of this.jobs.splice(0)) job.done?.();
    for (const user of [...this.users]) user.failed(this.broken);
    this.onBroken?.();
  }
}

/* What ReadyForQuery says if that is the last message: I, T, E; or nothing. */
const greenio$pgReadyState = pieces => {
  const wanted = [0x5a, 0, 0, 0, 5];
  const tail = pieces.slice(-6).flatMap(piece => [...piece.subarray(-6)]).slice(-6);
  return wanted.every((byte, i) => byte === tail[i]) ? String.fromCharCode(tail[5]) : '';
};

/* Whether ReadyForQuery must come of it: all but the pieces of a result, which end with Flush. */
const greenio$pgWantsReady = bytes => {
  const flush = [0x48, 0, 0, 0, 4];
  return !flush.every((byte, i) => byte === bytes[bytes.length - 5 + i]);
};

/* What ends a session for one of its users: `what` is an enum green__pg_farewell, `more` closes statements. */
const greenio$pgFarewell = (what, more) => {
  const query = text => [0x51, 0, 0, 0, text.length + 5, ...new TextEncoder().encode(text), 0];
  const bytes = what & 1 ? [0x53, 0, 0, 0, 4, ...query('rollback')] : [];
  return Uint8Array.from([...bytes, ...(what & 2 ? query('discard all') : more)]);
};

class greenio$PgUser extends greenio$PgConnection {
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

/* ---- a server that cannot be trusted ------------------------------------------------------------------- */

/* What a server sends until it is ready goes through `pg`, in handlers of its stream. There a message of an
 * impossible length, or without its end, is an endless loop, and what is thrown ends the program. */
const greenio$pgViolation = (reason, cause) => greenio$pgError('PG_PROTOCOL', `the server's answer makes no sense: ${reason}`, cause);

/* Where a text ends behind `at`: behind its 0 byte; 0 if it has none. */
const greenio$pgTextEnd = (body, at) => body.indexOf(0, at) + 1;

/* Whether texts, each behind so many other bytes, fill a body up to its last byte, which is 0. */
const greenio$pgIsList = (body, before) => {
  let at = 0;
  while (at < body.length - 1) {
    at = body[at] && greenio$pgTextEnd(body, at + before);
    if (!at) return false;
  }
  return at === body.length - 1 && body[at] === 0;
};

/* Whether a message of the start is as it must be. */
const greenio$pgIsStart = {
  R(body) {
    const code = body.length < 4 ? -1 : body.readInt32BE(0);
    if (code === 10) return greenio$pgIsList(body.subarray(4), 0);
    return code === 5 ? body.length === 8 : code >= 0;
  },
  E: body => greenio$pgIsList(body, 1),
  N: body => greenio$pgIsList(body, 1),
  S(body) {
    const name = greenio$pgTextEnd(body, 0);
    return name > 0 && greenio$pgTextEnd(body, name) === body.length;
  },
  K: body => body.length >= 8,
  Z: body => body.length === 1,
};

/* The messages of the start, cut anywhere. */
class greenio$PgStart {
  constructor() {
    this.held = Buffer.alloc(0); /* a part of a message, and at last what is behind ReadyForQuery */
    this.over = false;
  }
  /* Those that are whole. */
  take(piece) {
    const MOST = 65536;
    const bytes = Buffer.concat([this.held, piece]);
    let at = 0;
    while (!this.over && bytes.length - at >= 5) {
      const type = String.fromCharCode(bytes[at]);
      const end = at + 1 + bytes.readUInt32BE(at + 1);
      if (end < at + 5 || end > at + MOST) throw greenio$pgViolation('a message of an impossible length');
      if (!greenio$pgIsStart[type]) throw greenio$pgViolation('a message that may not come there');
      if (end > bytes.length) break;
      if (!greenio$pgIsStart[type](bytes.subarray(at + 5, end))) throw greenio$pgViolation('a message without its end');
      this.over = type === 'Z';
      at = end;
    }
    this.held = bytes.subarray(at);
    return bytes.subarray(0, at);
  }
}

/* What `pg` has thrown at a message. */
const greenio$pgThrown = error => {
  const kinds = { 2: 'Kerberos', 7: 'GSSAPI', 8: 'GSSAPI', 9: 'SSPI' };
  const kind = kinds[/authenticationOk message type (\d+)/.exec(error?.message)?.[1]];
  if (error?.code === 'PG_PROTOCOL') return error;
  if (kind) return greenio$pgError('EIO', `the server asks for ${kind}, which the npm package pg cannot do`, error);
  return greenio$pgViolation(error?.message ?? error, error);
};

const greenio$pgGuardStream = (stream, start) => {
  const { emit } = stream;
  stream.emit = function(name, ...args) {
    if (name !== 'data') return emit.call(this, name, ...args);
    try {
      const piece = start ? start.take(args[0]) : args[0];
      return piece.length > 0 && emit.call(this, name, piece);
    } catch (error) {
      this.destroy(greenio$pgThrown(error));
      return true;
    }
  };
};

/* A client of `pg`'s before it connects; with TLS the messages come by a second stream. */
const greenio$pgGuard = client => {
  const { connection } = client;
  const { attachListeners } = connection;
  greenio$pgGuardStream(connection.stream, null);
  connection.attachListeners = stream => {
    delete stream.emit;
    connection.greenStart = new greenio$PgStart();
    greenio$pgGuardStream(stream, connection.greenStart);
    return attachListeners.call(connection, stream);
  };
  return client;
};

/* `pg` has done its part: what has come behind that. */
const greenio$pgUnguard = connection => {
  delete connection.stream.emit;
  return connection.greenStart.held;
};

/* ---- a server ---------------------------------------------------------------------------------------- */

/* Whether an attempt that failed so is made once more in the other way, without TLS or with it: where the server
 * spoke, or TLS did not come about. Not where nobody was there. */
const greenio$pgTriesOn = error => typeof error.severity == 'string' || greenio$pgIsTls(error);
const greenio$pgIsTls = error => greenio$pgCode(error) === 'ETLS' || /secure TLS connection/.test(error.message);

class greenio$PgServer extends greenio$PgConnection {
  cancelTimer = new greenio$Timer(() => this.askToStop());

  async start(Client, plan) {
    const MOST = 262144;
    this.most = MOST;
    await this.connect(Client, plan);
    const stream = (this.stream = this.client.connection.stream);
    stream.removeAllListeners('data');
    const early = greenio$pgUnguard(this.client.connection);
    if (early.length) this.pieces.push(early), (this.coming += early.length);
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
    const timer = new greenio$Timer(() => {
      late = true;
      this.client.connection.stream.destroy();
    });
    if (seconds) timer.set(seconds * 1000);
    try {
      await this.tryAll(Client, tries, () => late || this.closed);
    } catch (error) {
      throw late ? greenio$pgError('ETIMEDOUT', `${where}: no answer within ${seconds} s (connect_timeout)`, error) : error;
    } finally {
      timer.clear();
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
    if (this.closed) throw greenio$pgError('ECANCELED', 'nobody wants the connection any more');
    this.make = () => greenio$pgGuard(new Client(config));
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
    this.cancelTimer.clear();
    if (later) this.cancelTimer.set(LATER);
    else this.askToStop();
  }
  /* True: a request has been sent, and may not have arrived. */
  recall() {
    this.stopping = false;
    this.cancelTimer.clear();
    return Boolean(this.asking);
  }
  /* By a connection of its own, at the end of which the server has been told. One that does not end in time is cut;
   * since it may still have an effect, it counts as under way from then on. */
  askToStop() {
    const left = this.stopBy - performance.now();
    if (this.asking || this.closed || left <= 0) return;
    const { client } = this;
    const { connection } = this.make();
    const limit = new greenio$Timer(() => {
      connection.off('end', ended);
      connection.stream.destroy();
    });
    const ended = () => {
      limit.clear();
      if (this.asking !== connection) return;
      this.asking = null;
      if (this.stopping) this.cancelTimer.set(this.pause);
      this.pause *= 2;
      this.tell();
    };
    this.asking = connection;
    limit.set(left);
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
    const limit = new greenio$Timer(() => stream.destroy());
    if (!stream.destroyed) limit.set(greenio$pgGrace);
    stream.once('close', () => limit.clear());
    stream.write(Uint8Array.of(0x58, 0, 0, 0, 4)); /* Terminate */
    stream.destroySoon();
    stream.resume();
  }
  async close() {
    this.closed = true;
    this.stopping = false;
    this.cancelTimer.clear();
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

/* What is kept of an error of a package's, or of whatever was thrown: strings. */
const greenio$pgFailure = error => {
  const { code, message } = greenio$seen(error);
  const first = greenio$property(greenio$property(error, 'errors'), 0);
  const fields = ['severity', 'detail', 'hint', 'where', 'file', 'line', 'routine'].map(name => [name, greenio$property(error, name)]);
  return {
    code,
    message: message || (first ? greenio$seen(first).message : '') || greenio$text(error),
    ...Object.fromEntries(fields.filter(([, value]) => typeof value == 'string')),
  };
};

/* As the fields of an ErrorResponse. */
const greenio$pgFields = ({ message, severity, code, detail, hint, where, file, line, routine }) => {
  if (severity === undefined) return [['M', message]];
  return Object.entries({ V: severity, C: code, M: message, D: detail, H: hint, W: where, F: file, L: line, R: routine }).filter(([, value]) => value);
};

const greenio$pgCodes = [
  [/^PG_PROTOCOL$/, 'EPROTO'],
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
    throw greenio$pgError('ENOTSUP', `${advice} (${greenio$seen(error).message})`, error);
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
      const options = { ...given.options, dataDir: url };
      /* Of a start that fails this timer would go on for ever, and the program with it. */
      if (PGlite.defaultStartParams) options.startParams ??= [...PGlite.defaultStartParams, '-c', 'log_startup_progress_interval=0'];
      const pglite = new PGlite(options);
      await pglite.waitReady;
      return { pglite, release };
    } catch (error) {
      release?.();
      throw greenio$pgError('EIO', `PGlite could not open ${url}: ${greenio$seen(error).message}`, error);
    }
  };

  const findDatabase = async (user, place, name) => {
    const key = schemes[place] + ':' + name;
    for (let found; (found = databases.get(key)); ) {
      if (found.broken) throw found.broken;
      if (!found.closing) {
        found.users.add(user);
        return found;
      }
      await found.closing.catch(() => {}); /* whoever closed it is told */
    }
    const database = new greenio$PgDatabase(key, () => startPGlite(place, name));
    const forget = () => {
      if (databases.get(key) === database) databases.delete(key);
    };
    databases.set(key, database);
    database.users.add(user);
    database.isInMemory = place === MEMORY;
    database.ready.catch(forget);
    /* The next connection to that name opens its files anew, as after the end of a program. What was in memory is
       gone, and the name with it: it is not silently another, empty database. */
    database.onBroken = () => {
      if (database.isInMemory) return;
      forget();
      database.release();
    };
    database.close = async () => {
      await database.ready;
      try {
        await database.pglite.close();
      } finally {
        database.release();
        forget();
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
    if (!database || database.users.size || database.broken) return;
    if (database.isInMemory) return; /* which stays until the program has ended */
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
      const started = place === SERVER ? startServer(connection, text) : connection.start(user => findDatabase(user, place, text));
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
    /* It has given an answer that is none. */
    distrust: pointer => all.get(pointer).database.breakDown('it gave an answer that makes no sense'),
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
        loop.withText(greenio$seen(error).message, text => loop.enter((f, t) => host.reject(f, status, t), future, text));
      });
    },
  };
};

