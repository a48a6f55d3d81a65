/* PostgreSQL, the same on every host: connections, queries, transactions, COPY, notifications.
 *
 * CMake's target is greenio::pg. Natively it is on libpq, and built where that is found, beside
 * the static greenio and the shared one. In Node and browsers it is on PGlite, which is PostgreSQL
 * in the program itself; in Node and on workerd on a server, by the npm package `pg`. The
 * connection string chooses:
 *   - "postgres://...", "postgresql://...", "host=... dbname=...": a server. Natively, in Node and
 *     on workerd.
 *   - "memory:" and "memory:NAME", "file:PATH" (Node), "idb:NAME", "opfs:NAME" (browsers): PGlite.
 *     What names the same database shares it, and takes turns: a transaction holds it.
 * What a host does not have gives GREEN_ENOTSUP, with a message that says what it can open.
 *
 * A call parks its task alone. A connection belongs to one task at a time: a call while another is
 * under way gives GREEN_EBUSY, and so does one of another task within a transaction. (To wait for
 * notifications does not occupy it.) Give each task its own, from a green_pg_pool.
 *
 * Interrupted (GREEN_ECANCELED, GREEN_ETIMEDOUT), a call asks the server to stop and reads what it
 * still sends, for at most 5 s, so that the connection is usable when the call returns; if that
 * fails, since the server has fallen silent for instance, it is closed. green_pg_is_alive() tells.
 * A transaction in which that happened is failed. A call whose interruption is there already when
 * it begins sends nothing, and fails no transaction.
 *
 * What ends in _close tells the outside and may park; what ends in _release frees memory, never
 * parks, and takes NULL.
 *
 * Option structs: what is 0 or NULL has its default, so name the members that you set. They grow at
 * their end, with a minor version of greenio, and the shared library's name (soname) changes then:
 * a program is compiled anew.
 *
 * A task whose stack is lost (GREEN_EOVERFLOW) cannot end what it had begun: a connection that it
 * used stays GREEN_EBUSY, or in its transaction, and is good for green_pg_release() alone.
 *
 * Calls return 0, a count, or one of these unless they say otherwise; a failure leaves a message
 * (green_message()) and, where there is a connection, green_pg_error().
 *
 *   GREEN_ESQL        the server refused it: see green_pg_error() for SQLSTATE and the rest
 *   GREEN_ECONNRESET  the connection was lost, also a PGlite that broke; the message says why, and
 *                     green_pg_error() has the server's SQLSTATE, if it gave one ("57P01")
 *   GREEN_ECLOSED     it was lost before, with the same reason, or is released
 *   GREEN_EBUSY       another call is under way, or another task's transaction
 *   GREEN_ECANCELED   interrupted
 *   GREEN_ETIMEDOUT   interrupted
 *   GREEN_EPROTO      an answer that makes no sense, or lacks what must come; the connection is
 *                     lost (natively what libpq does not look at is taken)
 *   GREEN_EINVAL      the call is wrong as it stands, or there
 *   GREEN_EMAIN       not in a task
 *   GREEN_ENESTED     not where a task may wait
 *   GREEN_ENOMEM      no memory
 *
 * Values cross as text, whatever the host; bytea alone goes to the server as bytes. Text is UTF-8:
 * a call in which client_encoding is set to something else gives GREEN_EINVAL, and the connection
 * is lost. PGlite does not tell of that: leave it as it is there.
 */
#ifndef GREENIO_PG_H
#define GREENIO_PG_H

#include <greenio/base.h>
#ifdef __cplusplus
#include <initializer_list>
#endif

GREEN_BEGIN

/* A connection; it belongs to who made it. */
typedef struct green_pg green_pg;

/* What a query came back with; it belongs to who got it. */
typedef struct green_pg_result green_pg_result;

/* ---- connections ----------------------------------------------------------------------------- */

/* Connects, see above for the string. What stands in it is done as libpq does it, or is
 * GREEN_EINVAL by its name: docs/postgresql.md has the table of what there is natively and in Node.
 * Environment variables (PGHOST ...), service and password files are heeded as libpq does natively;
 * in Node PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGOPTIONS, PGAPPNAME and PGSSLMODE.
 * Parks.
 * After a failure *out is NULL, and green_pg_error(NULL) has its fields.
 *
 *   0                   *out is the caller's
 *   GREEN_EACCES        the server refuses user or password
 *   GREEN_ENOENT        it has no such database
 *   GREEN_EBUSY         it has too many connections
 *   GREEN_ECONNREFUSED  nobody listens there; also: the server is starting or stopping
 *   GREEN_ENOHOST       its name has no address
 *   GREEN_EHOSTUNREACH  and others like it: there is no way to it
 *   GREEN_ETLS          TLS was wanted, and could not be had
 *   GREEN_ETIMEDOUT     also that the string's `connect_timeout` has passed at the last host
 *   GREEN_ECONNRESET    also a "memory:" that has broken, whose data are gone
 *   GREEN_EPROTO        (Node) its answer makes no sense
 *   GREEN_EIO           anything else
 *   GREEN_ENOTSUP       this host cannot open that
 *   GREEN_EINVAL        the string is wrong, or has what this host cannot do (in Node several
 *                       hosts, target_session_attrs ...), or a client_encoding other than UTF8 */
GREEN_API int green_pg_connect(green_pg **out, const char *conninfo);

/* Ends the connection and frees it, without waiting for anything. A call of another task that is
 * under way, and tasks that wait for notifications, get GREEN_ECLOSED; a server may go on with the
 * statement, and rolls back what was not committed. PGlite goes on writing what it has to by
 * itself. NULL is allowed. Any stack; never parks. */
GREEN_API void green_pg_release(green_pg *pg);

/* Closes it: as green_pg_release(), and waits until a call of another task that is under way has
 * ended, and PGlite has written and closed its files; with the task's interruptions held back. It
 * does not wait for the end of other tasks' transactions, whose further calls get GREEN_ECLOSED.
 * Parks where there is something to wait for.
 *   0                it is closed
 *   GREEN_ETIMEDOUT  that call has not ended within 5 s, as that of a task whose stack was lost; it
 *                    is released, and closed when the call ends
 *   GREEN_EMAIN      not in a task: it was released, without waiting */
GREEN_API int green_pg_close(green_pg *pg);

/* False when the connection is lost, as far as is known without asking the server: what it has sent
 * is looked at, and that it has closed is seen. green_pg_error() then has the reason. Also false in
 * a block of a transaction whose connection was released. Any stack; never parks. */
GREEN_API bool green_pg_is_alive(green_pg *pg);

/* ---- errors ---------------------------------------------------------------------------------- */

/* What a call failed with. Strings are the server's, "" where it sent none. */
typedef struct green_pg_failure {
  int status;                 /* of the call; 0: it did not fail, and all else is empty */
  bool outcome_unknown;       /* a commit was under way: it may have been done, or not */
  char sqlstate[6];           /* "23505"; "" if the failure is not the server's */
  int position;               /* in the query's text, in characters, from 1; 0: none */
  int internal_position;      /* in internal_query */
  const char *severity;       /* "ERROR", "FATAL", "PANIC", and so on, not localized */
  const char *message;        /* a sentence */
  const char *detail;         /* more of it */
  const char *hint;           /* what to do about it */
  const char *where;          /* the call stack of functions in the server */
  const char *internal_query; /* a query that a function in the server made */
  const char *schema;         /* of what it is about */
  const char *table;          /* that it is about */
  const char *column;         /* that it is about */
  const char *type;           /* that it is about */
  const char *constraint;     /* that it is about, or an index */
  const char *source;         /* "nbtinsert.c:666, _bt_check_unique": the server's own source */
} green_pg_failure;

/* Of the last call on a connection; good until the next one. NULL: of the task's last attempt to
 * get a connection, by green_pg_connect() or green_pg_pool_acquire(); good until its next attempt.
 * So in the `else` of GREEN_PG_WITH, where `pg` is NULL, it is asked as anywhere else. Never NULL.
 * Any stack; never parks. */
GREEN_API const green_pg_failure *green_pg_error(const green_pg *pg);

/* True if that failed with that SQLSTATE, or with one of a class, which is the first two
 * characters ("23"). Any stack; never parks. */
GREEN_API bool green_pg_failed_with(const green_pg *pg, const char *sqlstate);

/* Has note(notice, arg) called for each notice and warning that the server sends, within calls on
 * the connection; it may not wait, and may not use the connection. NULL: none, as at first. Any
 * stack; never parks. */
GREEN_API void green_pg_on_notice(green_pg *pg, void (*note)(const green_pg_failure *, void *),
                                  void *arg);

/* ---- values ---------------------------------------------------------------------------------- */

/* A parameter, $1 and so on in the query. Made by the functions below; what it points to is read
 * until the call returns. */
typedef struct green_pg_value {
  uint32_t type;    /* OID of its type; 0: the server finds out from the query */
  uint8_t kind;     /* greenio's own */
  int64_t number;   /* an integer, bool, or microseconds */
  double real;      /* a double */
  const void *data; /* text or bytes */
  size_t size;      /* of data */
} green_pg_value;

enum green__pg_kind {
  GREEN__PG_NULL,
  GREEN__PG_INTEGER,
  GREEN__PG_REAL,
  GREEN__PG_BOOL,
  GREEN__PG_TEXT,
  GREEN__PG_BYTES,
  GREEN__PG_TIMESTAMP
};

static inline green_pg_value green__pg_value(uint32_t type, uint8_t kind, int64_t number,
                                             double real, const void *data, size_t size) {
  green_pg_value value = {type, kind, number, real, data, size};
  return value;
}

/* NULL; the type is found from the query. */
static inline green_pg_value green_pg_null(void) {
  return green__pg_value(0, GREEN__PG_NULL, 0, 0, NULL, 0);
}

/* An integer; of 32 bits, for functions and operators that take no others. */
static inline green_pg_value green_pg_int64(int64_t number) {
  return green__pg_value(20, GREEN__PG_INTEGER, number, 0, NULL, 0);
}
static inline green_pg_value green_pg_int32(int32_t number) {
  return green__pg_value(23, GREEN__PG_INTEGER, number, 0, NULL, 0);
}

/* double precision; infinities and NaN as well. */
static inline green_pg_value green_pg_double(double number) {
  return green__pg_value(701, GREEN__PG_REAL, 0, number, NULL, 0);
}

/* boolean. */
static inline green_pg_value green_pg_bool(bool value) {
  return green__pg_value(16, GREEN__PG_BOOL, value, 0, NULL, 0);
}

/* Text, UTF-8, for whatever type the query has there: text, numeric, date, uuid, an enumeration, an
 * array in braces ... NULL is green_pg_null(). */
static inline green_pg_value green_pg_text(const char *text) {
  return green__pg_value(0, text ? GREEN__PG_TEXT : GREEN__PG_NULL, -1, 0, text, 0);
}

/* The same, of `size` bytes, none of which may be 0. */
static inline green_pg_value green_pg_text_of(const char *text, size_t size) {
  return green__pg_value(0, GREEN__PG_TEXT, 0, 0, text, size);
}

/* Text for the type with that OID. */
static inline green_pg_value green_pg_text_as(uint32_t type, const char *text) {
  return green__pg_value(type, text ? GREEN__PG_TEXT : GREEN__PG_NULL, -1, 0, text, 0);
}

/* JSON, as jsonb. */
static inline green_pg_value green_pg_json(const char *text) {
  return green_pg_text_as(3802, text);
}

/* bytea. */
static inline green_pg_value green_pg_bytes(const void *data, size_t size) {
  return green__pg_value(17, GREEN__PG_BYTES, 0, 0, data, size);
}

/* A point in time, in microseconds since 1970 (UTC), as timestamptz. */
static inline green_pg_value green_pg_timestamp(int64_t microseconds) {
  return green__pg_value(1184, GREEN__PG_TIMESTAMP, microseconds, 0, NULL, 0);
}

/* The parameters of a query: an array of values and its count, good until the end of the block (in
 * C++: of the expression).
 *
 *   rc = green_pg_query(pg, &result, "select name from author where id = $1 and born > $2",
 *                       GREEN_PG_VALUES(green_pg_int64(id), green_pg_text("1900-01-01")));
 */
#define GREEN_PG_VALUES(...) GREEN__PG_VALUES(__VA_ARGS__)

/* The parameters of a query that has none. */
#define GREEN_PG_NONE NULL, 0

#ifdef __cplusplus
#define GREEN__PG_VALUES(...)                                                                      \
  (std::initializer_list<green_pg_value>{__VA_ARGS__}).begin(),                                    \
      (std::initializer_list<green_pg_value>{__VA_ARGS__}).size()
#else
#define GREEN__PG_VALUES(...)                                                                      \
  (const green_pg_value[]){__VA_ARGS__},                                                           \
      sizeof((const green_pg_value[]){__VA_ARGS__}) / sizeof(green_pg_value)
#endif

/* ---- queries --------------------------------------------------------------------------------- */

/* Runs one statement, with parameters, and gives its whole result. `out` may be NULL. Parks.
 *   0; *out is the caller's, green_pg_result_release() it, or NULL after a failure.
 *   GREEN_EINVAL: more than 65,535 parameters; COPY, which has functions of its own. */
GREEN_API int green_pg_query(green_pg *pg, green_pg_result **out, const char *sql,
                             const green_pg_value *values, size_t count);

/* The same, prepared: the connection has the server parse it the first time, and keeps it under the
 * text of the statement and the types of its parameters, GREEN_PG_PREPARED_DEFAULT of them, those
 * not used for longest going first.
 *
 * One that the server has forgotten (DISCARD ALL and the like), or the tables of which have
 * changed, is prepared anew and run, once, where the server says that it has not run; within a
 * transaction that fails, with GREEN_ESQL, SQLSTATE 26000 or 0A000, and the statement is prepared
 * anew the next time. After any other failure nothing is repeated.
 *
 * Behind a pooler that gives each transaction another session (docs/postgresql.md#poolers) the rows
 * are the statement's own, since no two connections share a name. When a server is found to have
 * forgotten what nobody told it to forget, the connection, and its green_pg_pool, prepare no more:
 * from then on this is green_pg_query(). Up to then it costs a transaction that 26000, so say it
 * beforehand, with green_pg_set_max_prepared(). */
GREEN_API int green_pg_query_prepared(green_pg *pg, green_pg_result **out, const char *sql,
                                      const green_pg_value *values, size_t count);

/* How many statements a connection keeps prepared, unless it is told otherwise. */
#define GREEN_PG_PREPARED_DEFAULT 256

/* At most so many from now on; 0: none, green_pg_query_prepared() is then green_pg_query(), as is
 * right behind a pooler. More that are kept go when the next one is prepared; within a transaction
 * there may be more. Any stack; never parks. */
GREEN_API void green_pg_set_max_prepared(green_pg *pg, size_t most);

/* How many statements the connection keeps prepared. Any stack; never parks. */
GREEN_API size_t green_pg_prepared_count(const green_pg *pg);

/* Has the server forget all prepared statements; afterwards the connection prepares, also if it had
 * given that up. Parks. */
GREEN_API int green_pg_forget_prepared(green_pg *pg);

/* Has statements from now on carry the trace context of the task that runs them (traceparent.h),
 * if it has one, behind their text, as a comment of the form of sqlcommenter,
 * traceparent='00-...-01', for the server's log, pg_stat_activity and auto_explain. With
 * observers the number in it is that of the statement's span. Where memory is short a statement
 * goes without. Any stack; never parks.
 *
 * Those of green_pg_query_prepared() do not where they are prepared: a prepared statement is one
 * text, which the connection and the server know it by, and with a comment that changes each would
 * be prepared anew and none used again. Nor does a text with a "traceparent=" of its own. Not
 * application_name, since that is the session's: each change is a statement of its own, it is
 * undone with its transaction, and behind a pooler it is another program's session the next
 * moment. */
GREEN_API void green_pg_set_traceparent(green_pg *pg, bool wanted);

/* Runs statements separated by semicolons, without parameters; their rows are dropped. Unless they
 * say otherwise they are one transaction. Parks. */
GREEN_API int green_pg_run(green_pg *pg, const char *sql);

/* Begins a query whose rows are read a few at a time, in memory that does not grow with their
 * number; green_pg_cursor_fetch() them. Until the end only these three may be called on the
 * connection, others give GREEN_EBUSY. Parks. */
GREEN_API int green_pg_cursor_open(green_pg *pg, const char *sql, const green_pg_value *values,
                                   size_t count);

/* The next rows, at least one. Interrupted it has ended the query. Parks.
 *   1             *out is the caller's, green_pg_result_release() it
 *   0             there are no more, the query is over; *out is NULL, as after a failure, which
 *                 also ends it
 *   GREEN_EINVAL  no query is open; or it was a COPY, for green_pg_copy_in() or _copy_out() */
GREEN_API int green_pg_cursor_fetch(green_pg *pg, green_pg_result **out);

/* Ends a query before its last row: the server is asked to stop, which natively fails a transaction
 * in which that is; within an inner transaction that is rolled back then, only that one. Parks,
 * with the task's interruptions held back.
 *   0                 also if none is open; or one whose failure, as that of a COPY, no
 *                     green_pg_cursor_fetch() has come to
 *   GREEN_ECONNRESET  the server has not stopped within 5 s, or was lost meanwhile, and the
 *                     connection is closed */
GREEN_API int green_pg_cursor_close(green_pg *pg);

/* ---- results --------------------------------------------------------------------------------- */

/* What a type is, coarsely. */
enum green_pg_type {
  GREEN_PG_OTHER,       /* read it as text */
  GREEN_PG_BOOL,        /* boolean */
  GREEN_PG_INT,         /* smallint, integer, bigint, oid */
  GREEN_PG_DOUBLE,      /* real, double precision */
  GREEN_PG_NUMERIC,     /* numeric */
  GREEN_PG_TEXT,        /* text, varchar, char, name, and literals without a type */
  GREEN_PG_BYTES,       /* bytea */
  GREEN_PG_JSON,        /* json, jsonb */
  GREEN_PG_DATE,        /* date */
  GREEN_PG_TIME,        /* time with and without a zone */
  GREEN_PG_TIMESTAMP,   /* timestamp, without a zone */
  GREEN_PG_TIMESTAMPTZ, /* timestamptz, a point in time */
  GREEN_PG_INTERVAL,    /* interval */
  GREEN_PG_UUID,        /* uuid */
};

/* Frees the result. NULL is allowed. Any stack; never parks, as all of this section. */
GREEN_API void green_pg_result_release(green_pg_result *result);

/* Rows and columns, from 0. */
GREEN_API size_t green_pg_row_count(const green_pg_result *result);
GREEN_API size_t green_pg_column_count(const green_pg_result *result);

/* What was done, "INSERT 0 1"; how many rows that concerned: inserted, changed, deleted, selected;
 * 0 for other statements. */
GREEN_API const char *green_pg_command(const green_pg_result *result);
GREEN_API uint64_t green_pg_affected(const green_pg_result *result);

/* A column's name; the OID of its type; what that is. NULL, 0, GREEN_PG_OTHER if there is none. */
GREEN_API const char *green_pg_column_name(const green_pg_result *result, size_t column);
GREEN_API uint32_t green_pg_column_oid(const green_pg_result *result, size_t column);
GREEN_API enum green_pg_type green_pg_column_type(const green_pg_result *result, size_t column);

/* The first column of that name, exactly.
 *   >= 0, GREEN_ENOENT. */
GREEN_API int green_pg_column(const green_pg_result *result, const char *name);

/* True for NULL, and for what is not there. */
GREEN_API bool green_pg_is_null(const green_pg_result *result, size_t row, size_t column);

/* The value as PostgreSQL writes it, ended by a 0 byte that is not counted, in the result's memory;
 * `size` may be NULL. NULL for NULL, and for what is not there. */
GREEN_API const char *green_pg_text_at(const green_pg_result *result, size_t row, size_t column,
                                       size_t *size);

/* The value is NULL: no failure, and no value. */
#define GREEN_PG_NULL 1

/* Typed reading. All of them:
 *   0              *out is set
 *   GREEN_PG_NULL  the value is NULL; *out is 0, false, or NULL, as after a failure
 *   GREEN_ERANGE   no such row or column; the value does not fit
 *   GREEN_ETYPE    the column's type is another
 * int64 and int32 take GREEN_PG_INT, and GREEN_PG_NUMERIC without a fraction; double these too and
 * GREEN_PG_DOUBLE; all take GREEN_PG_TEXT that is written so, and nothing else, except that
 * get_text takes every type. get_bytes takes GREEN_PG_BYTES alone, and decodes into the result's
 * memory: *out is good as long as that, and the text is gone. get_timestamp: microseconds since
 * 1970, of a timestamptz, or of a timestamp or date as if they were UTC; with DateStyle ISO, which
 * is PostgreSQL's default; infinity and years BC are GREEN_ERANGE. */
GREEN_API int green_pg_get_bool(const green_pg_result *result, size_t row, size_t column,
                                bool *out);
GREEN_API int green_pg_get_int32(const green_pg_result *result, size_t row, size_t column,
                                 int32_t *out);
GREEN_API int green_pg_get_int64(const green_pg_result *result, size_t row, size_t column,
                                 int64_t *out);
GREEN_API int green_pg_get_double(const green_pg_result *result, size_t row, size_t column,
                                  double *out);
GREEN_API int green_pg_get_text(const green_pg_result *result, size_t row, size_t column,
                                const char **out);
GREEN_API int green_pg_get_bytes(green_pg_result *result, size_t row, size_t column,
                                 const void **out, size_t *size);
GREEN_API int green_pg_get_timestamp(const green_pg_result *result, size_t row, size_t column,
                                     int64_t *out);

/* ---- transactions ---------------------------------------------------------------------------- */

/* What a transaction does not see of others; PostgreSQL's documentation tells. */
enum green_pg_isolation {
  GREEN_PG_ISOLATION_DEFAULT, /* the session's: read committed, unless the server is set
                                 otherwise */
  GREEN_PG_READ_COMMITTED,
  GREEN_PG_REPEATABLE_READ,
  GREEN_PG_SERIALIZABLE
};

/* How a transaction is begun. */
typedef struct green_pg_transaction_options {
  enum green_pg_isolation isolation; /* GREEN_PG_ISOLATION_DEFAULT unless set */
  bool read_only;                    /* it may not write */
  bool deferrable; /* it waits when it begins, and then never fails for what others do; for one that
                      is GREEN_PG_SERIALIZABLE and read_only */
  int attempts;    /* how often it is done, at most, while others are in its way; 0: once */
} green_pg_transaction_options;

/* Begins a transaction, calls fn(pg, arg), and commits if that returns 0 or more; if it returns
 * less, rolls back. Inside another transaction, also one that the program has begun by a statement,
 * it is a savepoint: isolation, read_only and deferrable may then only be what the outer one has.
 * `options` may be NULL. fn may not end the transaction by statements of its own. A C++ exception
 * that leaves fn natively rolls back; in WebAssembly the transaction stays open, so catch it in fn.
 *
 * A transaction that fails with SQLSTATE 40001 (serialization) or 40P01 (deadlock), in fn or as it
 * is committed, is done again, whole, with fn called again, up to `attempts` times, and only where
 * the server has rolled it back; never where fn returns GREEN_ECANCELED or GREEN_ETIMEDOUT. Between
 * two of them it waits for 0 to 10 ms by chance, then 0 to 20 and so on up to a second. Inside
 * another transaction nothing is repeated: the failure is fn's to return, and the outermost one is
 * done again. Where fn deals with it, and returns something else, it is not.
 *
 * Interrupted as it commits, it asks the server to stop and looks at what became of it: a commit
 * that was done all the same is 0 or more here, and one that the server had refused before is
 * GREEN_ESQL; then the next wait is interrupted. So it is where the connection is lost right behind
 * the server's answer, and the next call finds that; a refusal may then have the status of the loss
 * instead, with its SQLSTATE. Where the connection was lost before an answer came, or there was no
 * memory for it, nobody can tell: the status says how it was lost, `outcome_unknown` of
 * green_pg_error() is true, the message says so, and nothing is repeated. Rolling back holds back
 * interruptions, and closes the connection if it has not worked after 5 s. Parks.
 *
 *   >= 0             what fn returned; it is committed
 *   < 0              what fn returned; it is rolled back
 *   GREEN_ESQL       also: the commit was refused; 25P02: a statement had failed, and fn returned 0
 *   GREEN_EBUSY      also: fn has left a query or a COPY open; it is rolled back
 *   GREEN_ECANCELED  also: as it was waiting to be repeated; it is rolled back
 *   GREEN_EINVAL     also: the options; a statement in fn has ended the transaction */
GREEN_API int green_pg_transaction(green_pg *pg, const green_pg_transaction_options *options,
                                   int (*fn)(green_pg *pg, void *arg), void *arg);

/* The same for a block, once, and the commit is said in it. Left in any other way (break, return,
 * goto) it is rolled back. The block of an `else` behind it runs if it could not begin, and nothing
 * else does.
 *
 *   GREEN_PG_TRANSACTION(pg) {
 *     if ((rc = move(pg, from, to)) < 0) break;   rolls back
 *     rc = green_pg_commit(pg);
 *   } else {
 *     rc = green_pg_error(pg)->status;            could not begin
 *   }
 *
 * To come to the end of the block without a commit, though it could be committed (no statement has
 * failed in it outside of an inner one), is a mistake, and told: it is rolled back,
 * green_pg_error() is GREEN_EINVAL, and a line goes to stderr, or where green_set_log() has it.
 * `continue` is the end of the block, since a macro cannot tell the two apart; within a loop of the
 * block's own, `continue` and `break` belong to that. */
#define GREEN_PG_TRANSACTION(pg)                                                                   \
  GREEN__PG_TRANSACTION(GREEN__UNIQUE(green__pg_transaction_), green__pg_transaction_begin(pg))

/* Commits the block of GREEN_PG_TRANSACTION that it stands in. Whatever comes of it the transaction
 * is over then: calls on the connection are GREEN_EINVAL until the block is left. Parks.
 *
 *   0             it is committed
 *   GREEN_ESQL    the server refused; 25P02: a statement had failed. It is rolled back
 *   GREEN_EBUSY   a query or a COPY is open: end that. The transaction goes on
 *   GREEN_EINVAL  it was called before; a statement of the program's has ended the transaction; in
 *                 no block, or in a function of green_pg_transaction()
 *   others        see there, `outcome_unknown` also */
GREEN_API int green_pg_commit(green_pg *pg);

#define GREEN__PG_TRANSACTION(name, enter)                                                         \
  for (struct green__pg_transaction name                                                           \
       __attribute__((cleanup(green__pg_transaction_leave))) = enter;                              \
       green__pg_transaction_more(&name); green__pg_transaction_end(&name))                        \
    if (name.begun)

struct green__pg_transaction {
  green_pg *pg;
  int status;     /* of its beginning */
  unsigned depth; /* 1: the outermost */
  bool begun, over, outer_said;
};
GREEN_API struct green__pg_transaction green__pg_transaction_enter(green_pg *pg);
GREEN_API void green__pg_transaction_end(struct green__pg_transaction *scope);
GREEN_API void green__pg_transaction_leave(struct green__pg_transaction *scope);
static inline struct green__pg_transaction green__pg_transaction_begin(green_pg *pg) {
  struct green__pg_transaction scope = green__pg_transaction_enter(pg);
  scope.over = false; /* so that compilers see that the block or its else runs */
  return scope;
}
static inline bool green__pg_transaction_more(const struct green__pg_transaction *scope) {
  return !scope->over;
}

/* ---- COPY ------------------------------------------------------------------------------------ */

/* Begins "copy ... from stdin"; what is copied is then written, and the copy ended. Until then only
 * these may be called on the connection. Parks.
 *   0, GREEN_EINVAL: the statement is no such COPY. */
GREEN_API int green_pg_copy_in(green_pg *pg, const char *sql);

/* Writes a piece, cut anywhere. Parks while the server takes no more. A failure, also an
 * interruption, has ended the copy, and nothing is copied. GREEN_EINVAL: none is under way. */
GREEN_API int green_pg_copy_write(green_pg *pg, const void *data, size_t size);

/* Ends it: with `failure` NULL what was written is copied; otherwise the server drops it, and
 * reports that text as its error, which is no failure here. Parks.
 *   0; *rows, if not NULL, are so many. */
GREEN_API int green_pg_copy_end(green_pg *pg, const char *failure, uint64_t *rows);

/* Begins "copy ... to stdout", which is then read. Parks. */
GREEN_API int green_pg_copy_out(green_pg *pg, const char *sql);

/* The next piece, of any size above 0, in the connection's memory until the next call on it. To end
 * before the last one: green_pg_cursor_close(). A failure, also an interruption, has ended the
 * copy. Parks.
 *   1             *data and *size are a piece
 *   0             that was all; *data is NULL
 *   GREEN_EINVAL  none is under way */
GREEN_API int green_pg_copy_read(green_pg *pg, const void **data, size_t *size);

/* ---- notifications --------------------------------------------------------------------------- */

/* A subscription to a channel, for one task; a connection may have several, also to one channel. */
typedef struct green_pg_listener green_pg_listener;

/* What was sent; good until the next green_pg_listener_next(), or the listener's release. */
typedef struct green_pg_notification {
  const char *channel; /* as given to green_pg_listen() */
  const char *payload; /* "" if there was none */
  int process;         /* of the server's, that sent it */
} green_pg_notification;

/* Listens on a channel from now on. The name is taken as it is (in SQL: in double quotes). Waits
 * its turn when another task's call is under way. Parks.
 *
 * UNLISTEN and DISCARD ALL of the program's own make listeners deaf, and nobody tells them;
 * they hear again when another one for their channel is made.
 *   0             *out is the caller's
 *   GREEN_EBUSY   within a transaction, an open query or a COPY
 *   GREEN_EINVAL  the name is empty, or of more than 63 bytes */
GREEN_API int green_pg_listen(green_pg *pg, green_pg_listener **out, const char *channel);

/* The next notification, in the order in which they came. Meanwhile other tasks may use the
 * connection. One task at a time. Parks while there is none.
 *   0                 *out is set
 *   GREEN_ENOBUFS     here some are missing, since 1,000 had come and were not read
 *   GREEN_ECONNRESET  the connection was lost: there will be no more
 *   GREEN_ECLOSED     the connection, or the listener, was released
 *   GREEN_EBUSY       another task waits on this listener */
GREEN_API int green_pg_listener_next(green_pg_listener *listener, green_pg_notification *out);

/* Ends it and frees it. That nobody listens on a channel any more the server is told when the
 * connection is to listen on another, or goes back to its pool. NULL is allowed. Any stack; never
 * parks. */
GREEN_API void green_pg_listener_release(green_pg_listener *listener);

/* Sends a notification, with a payload of less than 8,000 bytes, or NULL. Within a transaction it
 * goes out when that is committed. Parks. */
GREEN_API int green_pg_notify(green_pg *pg, const char *channel, const char *payload);

/* ---- names ----------------------------------------------------------------------------------- */

/* Writes a name in double quotes for the text of a statement, ended by a 0 byte, to `out` with
 * `room` for so many bytes (in snprintf()'s order). Any stack; never parks.
 *   > 0           how many bytes, without the 0 byte
 *   GREEN_ERANGE  that and the 0 byte are more than `room`
 *   GREEN_EINVAL  an empty name */
GREEN_API int green_pg_quote(char *out, size_t room, const char *name);

GREEN_END
#endif
