/* greenio::pg: connections to PGlite, and in Node and on workerd to servers by the npm package `pg`. pg_js.c calls it, and speaks
 * PostgreSQL's protocol: here bytes are moved. `c.changed` is its green__js_pg_changed().
 *
 * `pg` makes a connection (addresses, TLS, passwords), and then its socket is taken over. Its own parser of the
 * protocol would make strings of values that are bytes.
 */
import { codeOf, fieldsOf, pgError } from './connection.mjs';
import { Database, farewellOf, reserve, User } from './pglite.mjs';
import { Server } from './server.mjs';
import { planOf } from './settings.mjs';
import { inNode, inWorkerd, require } from '../../wasm/node.mjs';
import { seen } from '../../wasm/outside.mjs';

/* ---- finding the packages, and databases --------------------------------------------------------------- */

/* What the program has handed over: a package's module, its URL, a promise, or a function that gives one. */
const packageOf = async (given, find, advice) => {
  try {
    if (!given) return await find();
    if (typeof given == 'string' || given instanceof URL) return await import(/* @vite-ignore */ /* webpackIgnore: true */ String(given));
    return await (typeof given == 'function' ? given() : given);
  } catch (error) {
    throw pgError('ENOTSUP', `${advice} (${seen(error).message})`, error);
  }
};

/* ---- what C calls ---------------------------------------------------------------------------------------- */

export const bindings = {
  name: 'pg',
  imports: {
    where: 'i', open: 'vpip', opened: 'ip', why: 'vppi', take: 'ippi', send: 'vppii', isFull: 'ip', withdraw: 'ip', cancel: 'vpi', recall: 'ip',
    distrust: 'vp', close: 'vpipip',
  },
  exports: { changed: 'ip' },
};
/* C: green__js_pg_*, declared in pg_js.h; in pg_js.c. */

export const layout = {
  headers: ['<greenio/status.h>', 'pg/pg.h'],
  constants: { GREEN_EAGAIN: -11, GREEN__PG_SERVER: 0, GREEN__PG_MEMORY: 1, GREEN__PG_FILE: 2, GREEN__PG_IDB: 3, GREEN__PG_OPFS: 4 },
};

export const make = ({ Module, host, loop }, c) => {
  const { GREEN_EAGAIN: EAGAIN, GREEN__PG_SERVER: SERVER, GREEN__PG_MEMORY: MEMORY, GREEN__PG_FILE: FILE } = layout.constants;
  const schemes = [null, 'memory', 'file', 'idb', 'opfs'];
  const given = Module.greenPg ?? {};
  const all = new Map(); /* connections by their address in C */
  const databases = new Map();
  const statusOf = error => loop.numberOf(codeOf(error)) || loop.numberOf('EIO');

  const startPGlite = async (place, name) => {
    const module = await packageOf(
      given.pglite,
      () => (inNode ? require('@electric-sql/pglite') : import('@electric-sql/pglite')),
      'PGlite could not be loaded: "npm install @electric-sql/pglite", or hand it over as greenPg.pglite, see docs/postgresql.md');
    const PGlite = module.PGlite ?? module.default?.PGlite;
    if (!PGlite) throw pgError('ENOTSUP', 'what was handed over as greenPg.pglite has no PGlite');
    const path = place === FILE ? require('node:path').resolve(name) : name;
    const url = (schemes[place] === 'opfs' ? 'opfs-ahp' : schemes[place]) + '://' + (place === MEMORY ? '' : path);
    const release = place === MEMORY ? null : await reserve(url, `${schemes[place]}:${name} is open elsewhere, in another page, worker or instance of the program`);
    try {
      const options = { ...given.options, dataDir: url };
      /* Of a start that fails this timer would go on for ever, and the program with it. */
      if (PGlite.defaultStartParams) options.startParams ??= [...PGlite.defaultStartParams, '-c', 'log_startup_progress_interval=0'];
      const pglite = new PGlite(options);
      await pglite.waitReady;
      return { pglite, release };
    } catch (error) {
      release?.();
      throw pgError('EIO', `PGlite could not open ${url}: ${seen(error).message}`, error);
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
    const database = new Database(key, () => startPGlite(place, name));
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
    const plan = planOf(conninfo);
    const module = await packageOf(given.pg, () => {
      if (inWorkerd) throw new Error('on workerd it has to be handed over');
      return require('pg');
    },
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
    /* 0 Node, 1 a page, 2 a worker, 3 workerd. */
    where() {
      if (inNode) return 0;
      if (inWorkerd) return 3;
      return 'WorkerGlobalScope' in globalThis ? 2 : 1;
    },
    open(pointer, place, name) {
      const text = host.text(name);
      const tell = () => {
        if (all.get(pointer) === connection) loop.enter(c.changed, pointer);
      };
      const connection = new (place === SERVER ? Server : User)(tell);
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
      for (const [letter, value] of failure ? fieldsOf(failure) : []) {
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
      const farewell = farewellOf(what, host.bytes().subarray(more, more + size));
      all.delete(pointer);
      const closed = connection instanceof Server ? connection.close() : connection.started.then(() => closeUser(connection, farewell));
      const settle = () => {
        if (future) loop.enter(host.resolve, future);
      };
      closed.then(settle, error => {
        if (!future || loop.closed) return;
        const status = loop.numberOf('EIO'); /* before: it uses the same buffer */
        loop.withText(seen(error).message, text => loop.enter((f, t) => host.reject(f, status, t), future, text));
      });
    },
  };
};

