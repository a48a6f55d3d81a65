/* Between the parts of green_pg, and what a host owes it.
 *
 * Portable: connection.c (life, turns, interruption), error.c, value.c (parameters), query.c,
 * statement.c (prepared ones), rows.c (results that are read in part), result.c and text.c (reading
 * values), transaction.c, copy.c, listen.c, pool.c, row.c. A host's files (pg_libpq.c and
 * pg_libpq_answer.c; pg_js.c and pg_js_answer.c with pg.mjs and its neighbours) have the functions
 * green__pg_host_*.
 *
 * All of PostgreSQL's protocol is seen as this: a command is sent, then things are received until
 * the server is ready for the next one. An interruption ends one receive and changes nothing; the
 * portable part then has the server stop, and receives on until it is ready (green__pg_settle()).
 * So a host's file knows nothing of interruptions but that its waits end with them.
 *
 * Invariants: between two calls, unless doing says otherwise, the server is ready. `user` is set
 * while a call is under way. The host's part is closed when the program has released the connection,
 * or when the call that is under way then ends; the record stays as long as somebody has a
 * reference: the program, a call, a transaction's scope, a wait for notifications.
 */
#ifndef GREENIO_SRC_PG_PG_H
#define GREENIO_SRC_PG_PG_H

#include <locale.h>
#include <greenio/observe.h>
#include <greenio/pg.h>
#include "core/wait.h"

/* ---- the connection -------------------------------------------------------------------------- */

/* What a connection string names. */
enum green__pg_place {
  GREEN__PG_SERVER, /* the string as it is */
  GREEN__PG_MEMORY, /* name: what is behind the colon, maybe "" */
  GREEN__PG_FILE,   /* name: the path; for the others the same, never "" */
  GREEN__PG_IDB,
  GREEN__PG_OPFS
};

/* What is under way between calls. */
enum green__pg_doing {
  GREEN__PG_NOTHING,
  GREEN__PG_READING,
  GREEN__PG_COPY_IN,
  GREEN__PG_COPY_OUT
};

/* What the server last said: 'I', 'T', 'E' of ReadyForQuery. */
enum green__pg_state { GREEN__PG_IDLE, GREEN__PG_IN_TRANSACTION, GREEN__PG_FAILED };

struct green__pg_statement;
struct green__pg_channel;
struct green__pg_closer;

#define GREEN__PG_FIELDS 16

/* A failure or a notice, and the memory of its fields. */
struct green__pg_failure {
  green_pg_failure shown;
  char *owned[GREEN__PG_FIELDS];
  size_t count;
  bool missed; /* there was no memory for one of them */
};

/* The first member of the host's record, which is zeroed at first. */
struct green_pg {
  unsigned references;
  struct green_runtime *runtime;
  char *conninfo;
  enum green__pg_place place;
  const char *name; /* in conninfo */

  bool open;                                /* the host's part is there */
  bool released;                            /* by the program */
  bool lost;                                /* set by green__pg_lost(): only to be closed */
  char lost_because[200], lost_sqlstate[6]; /* then: what was said of it, or "" */
  enum green__pg_doing doing;
  green_span span;            /* of what is under way; between calls it is no parent of others */
  enum green__pg_state state; /* the host's to set, before it says GREEN__PG_READY */
  uint64_t due; /* the host's waits end then with GREEN_ETIMEDOUT; green_now()'s, or GREEN__NEVER */

  bool ready;    /* for a command */
  bool settling; /* what the server still sends is discarded */

  struct green__pg_closer *closer; /* of green_pg_close(), or NULL */
  struct green__task *user;
  bool in_turn;              /* the user's call is one that others wait for */
  struct green__queue turns; /* who waits for its turn */

  unsigned depth;                    /* of transactions within each other: transaction.c */
  bool began, said, over;            /* see there */
  green_pg_transaction_options kind; /* of the outermost one */
  struct green_future *owner;        /* whose that is, without a reference */
  char failed_by[6];                 /* in GREEN__PG_FAILED: the SQLSTATE, or "" */
  char outcome[16];                  /* of the last command so far: a result's tag, or "ERROR" */
  char last_severity[8], last_sqlstate[6]; /* of its last failure, also while settling; or "" */

  struct green__pg_failure failure, notice;
  void (*note)(const green_pg_failure *, void *);
  void *note_arg;

  char encoding[20]; /* that text comes in, or "": UTF-8 */

  bool answered; /* the command: a result or a failure of it has come */
  bool parsed;   /* the host's to set: GREEN__PG_PREPARE has got past that */

  struct green__pg_statement *statements; /* used last first */
  struct green__pg_statement *preparing;  /* if `parsed`, when the server is ready; or NULL */
  size_t statement_count, statement_most;
  char statement_names[36];  /* what their names begin with; "" at first */
  unsigned statement_number; /* of the last one's name */
  bool forgetful;            /* the server has forgotten some: no more are prepared */

  bool traceparent;  /* statements carry the task's context */
  bool traced_first; /* so at the beginning of a loan, whatever the last one has set */

  struct green_pg_pool *pool;    /* pool.c; NULL: of none, or no longer */
  bool lent;                     /* by the pool */
  struct green_future *borrower; /* then: to that task, without a reference */
  uint64_t loan;                 /* its number, of this connection's */
  struct green_pg *pool_next;
  uint64_t made, idle_since;

  struct green_pg_listener *listeners;
  struct green__pg_channel *channels;
  struct green__queue listening; /* tasks that wait for notifications */
  struct green__task *attending; /* the one of them that is in green__pg_host_attend() */
};

/* ---- what a host owes ------------------------------------------------------------------------ */

/* Bytes of its record. */
extern const size_t green__pg_host_size;

/* NULL: it can open that. Else what it can open: "here a server alone: postgres://..." */
const char *green__pg_host_refuses(enum green__pg_place place);

/* Connects by pg->conninfo or pg->place and pg->name, within pg->due. Parks.
 *   0: it is open, and ready. Else a status, after green__pg_fail() with a sentence (and, if the
 *   server gave one, SQLSTATE in its fields), and nothing is left. */
int green__pg_host_open(green_pg *pg);

/* Ends and frees the host's part; no call is under way. Any stack; never parks. The future, which may be NULL, is done
 * when there is nothing left to write; the caller's. */
struct green_future *green__pg_host_close(green_pg *pg);

/* Has a wait of `pg`'s that is under way, in another task, end with GREEN_ECLOSED. Any stack; never
 * parks. */
void green__pg_host_abandon(green_pg *pg);

/* Looks without waiting whether the connection is there still; calls green__pg_lost() if not, and
 * green__pg_notified() for what has come. Nothing is under way. Any stack; never parks. */
void green__pg_host_look(green_pg *pg);

/* A parameter, ready to be sent. */
struct green__pg_parameter {
  uint32_t type;    /* OID or 0 */
  const char *data; /* NULL: NULL; text is ended by a 0 byte that is not counted */
  size_t size;
  bool binary; /* bytea as it is */
};

enum green__pg_what {
  GREEN__PG_SIMPLE,  /* sql, maybe several statements; no parameters */
  GREEN__PG_PLAIN,   /* one statement with parameters */
  GREEN__PG_PREPARE, /* the same, and keep it as `statement`; all before one Sync */
  GREEN__PG_EXECUTE, /* `statement` with parameters */
  GREEN__PG_CLOSE,   /* forget `statement`; it may fail if that is not known */
};

struct green__pg_command {
  enum green__pg_what what;
  const char *sql;
  const char *statement; /* its name, which needs no quotes */
  const struct green__pg_parameter *parameters;
  size_t count;
  bool copy_in; /* COPY from stdin is what it must be */
  size_t batch; /* not 0: rows come in results of at most so many, in constant memory */
};

/* Sends a command to a server that is ready. May park.
 *   0: receive what comes of it. A status after green__pg_fail(): nothing was sent. Interrupted:
 *   part may have been sent, and is when green__pg_host_receive() is called. */
int green__pg_host_send(green_pg *pg, const struct green__pg_command *command);

/* What may be received. */
enum green__pg_event {
  GREEN__PG_READY = 0, /* the command is over, pg->state is set; nothing to receive now */
  GREEN__PG_RESULT,    /* a statement is over; *out has its tag, and its rows unless they came */
  GREEN__PG_ROWS,      /* with batch: some rows, and more to come, or a GREEN__PG_RESULT */
  GREEN__PG_ERROR,     /* the server's; its fields were set with green__pg_failure_*() */
  GREEN__PG_COPY_IN_BEGUN,  /* then write and end */
  GREEN__PG_COPY_OUT_BEGUN, /* then read, up to its 0 */
};

/* The next thing. *out is set with RESULT and ROWS, and then the caller's. Notices and
 * notifications that come meanwhile are handed over by green__pg_noticed() and _notified(). Parks.
 *   enum green__pg_event. Interrupted: nothing was taken. GREEN_ENOMEM: that one thing is skipped.
 *   GREEN_ECONNRESET and others, after green__pg_lost(). */
int green__pg_host_receive(green_pg *pg, green_pg_result **out);

/* Has the server asked to stop what it does, within pg->due; `later`: in a moment, if it has not
 * ended by itself then. What it sends is received as ever. A host
 * that cannot stop it may say GREEN__PG_READY at once, and drop what still comes before it sends
 * the next command. May park. 0, or a status: it could not be asked. */
int green__pg_host_cancel(green_pg *pg, bool later);

/* COPY. Write: parks while there is no room; interrupted, nothing of the piece was taken. End:
 * with `failure` not NULL the server makes an error of it. Read: parks; *data is good until the
 * next call of the host's. 1, 0: the end; then receive. Statuses as green__pg_host_receive(). */
int green__pg_host_copy_write(green_pg *pg, const void *data, size_t size);
int green__pg_host_copy_end(green_pg *pg, const char *failure);
int green__pg_host_copy_read(green_pg *pg, const void **data, size_t *size);

/* Whether notifications come without anybody's asking; if not, one task that waits for them is in
 * green__pg_host_attend(), but for when a call is under way: it parks until something has come,
 * hands it over by green__pg_notified(), and returns 0; it also returns, with 0, when the task's
 * wait is ended by green__wait_end(), behind which the host's part may be closed. Statuses as green__pg_host_receive(). */
extern const bool green__pg_host_pushes;
int green__pg_host_attend(green_pg *pg);

/* ---- for a host's file: error.c, listen.c ---------------------------------------------------- */

/* Leaves a message, for the connection and the task; returns the status. Fields are dropped. */
int green__pg_fail(green_pg *pg, int status, const char *format, ...) GREEN_PRINTF(3, 4);

/* A failure of the server's, field by field, by the protocol's letters ('V' or 'S', 'C', 'M', 'D',
 * 'H', 'P', 'p', 'q', 'W', 's', 't', 'c', 'd', 'n', 'F', 'L', 'R'). Values are copied, ended by
 * a 0 byte; NULL is none. Without memory for one it is "". */
void green__pg_failure_begin(green_pg *pg);
void green__pg_failure_field(green_pg *pg, char field, const char *value);

/* What status an SQLSTATE is where a connection is made: GREEN_EACCES and so on, or 0: none that
 * is known. */
int green__pg_connect_status(const char *sqlstate);

/* The connection is lost; the first time counts. Returns the status. */
int green__pg_lost(green_pg *pg, int status, const char *format, ...) GREEN_PRINTF(3, 4);

/* The calling task has failed to get a connection, and why: a failure of that status, which is
 * taken, or else (also NULL) the task's message. 0: it has got one. Returns the status. */
int green__pg_no_connection(int status, struct green__pg_failure *failure);

/* The failure that stands is of a commit of which it is not known whether it was done; says so. */
void green__pg_outcome_unknown(green_pg *pg);

/* A failure of a call that comes after that: says why it was lost. Returns the status. */
int green__pg_lost_before(green_pg *pg, int status);

/* A notice, which was begun and filled as a failure is, in a record of its own. */
void green__pg_notice_begin(green_pg *pg);
void green__pg_notice_field(green_pg *pg, char field, const char *value);
void green__pg_notice_end(green_pg *pg);

/* A notification has come. Any stack; never parks. */
void green__pg_notified(green_pg *pg, const char *channel, const char *payload, int process);

/* Whether it is a name of UTF-8. */
bool green__pg_is_utf8(const char *encoding);

/* What the server says of client_encoding, in time for the next GREEN__PG_READY. */
void green__pg_encoded(green_pg *pg, const char *encoding);

/* Waits for a future within pg->due; the future is not released.
 *   0: it is done. GREEN_ETIMEDOUT, GREEN_ECANCELED: it is not. */
int green__pg_wait_future(green_pg *pg, struct green_future *future);

/* ---- between the portable files -------------------------------------------------------------- */

void green__pg_failure_clear(struct green__pg_failure *failure);

/* The failure that was filled in stands: its status and message. GREEN_ESQL. */
int green__pg_refused(green_pg *pg);

/* A command's text with the task's trace context, if there is one and the text is not what the command is known
 * by; the caller's.  NULL: it goes as it is, so without memory too. */
char *green__pg_traced(const struct green__pg_command *command);

void green__pg_statements_free(green_pg *pg);

/* The server has ended what it did: keeps the statement that was to be prepared, if it was. */
void green__pg_statement_prepared(green_pg *pg);

/* A statement is over, with that tag: whether the server has forgotten the prepared ones. */
void green__pg_statements_done(green_pg *pg, const char *tag);

/* The program has released a connection that a pool had given it. */
void green__pg_pool_forget(green_pg *pg);

/* Calls each(name, arg) for the statements that the server knows. */
void green__pg_statements_each(const green_pg *pg, void (*each)(const char *name, void *arg),
                               void *arg);

/* Wakes tasks that wait for notifications: all, since there will be no more; all, and the
 * connection is gone; one, to be the one that reads. */
void green__pg_listeners_wake(green_pg *pg);
void green__pg_listeners_detach(green_pg *pg);
void green__pg_listeners_attend(green_pg *pg);

/* Ends all listeners of the connection and tells the server. Within a call. */
int green__pg_unlisten(green_pg *pg);

/* ---- results: result.c ----------------------------------------------------------------------- */

struct green__pg_column {
  const char *name;
  uint32_t oid;
};

struct green__pg_cell {
  char *data;    /* ended by a 0 byte; NULL: NULL */
  uint32_t size; /* without that; a value has at most 1 GiB */
  bool decoded;  /* it is the bytes that the text stood for */
};

struct green_pg_result {
  size_t rows, columns;
  struct green__pg_column *column;
  struct green__pg_cell *cell; /* rows * columns, row by row */
  const char *command;         /* the tag; never NULL */
  char *bytes;                 /* room for what they point to */
  size_t room;
  void *owned; /* or that is here */
  void (*drop)(void *);
};

/* A result in one block, with `room` bytes for the host to put names, values and tag in. The tag is
 * "" at first, names and cells are NULL. NULL: no memory. */
green_pg_result *green__pg_result_new(size_t columns, size_t rows, size_t room);

/* ---- calls: connection.c, and what is sent in them: query.c ---------------------------------- */

/* Begins a call: checks that it may be made, takes a reference, and forgets the failure of the one
 * before. `doing`: what must be under way, else GREEN_EBUSY or GREEN_EINVAL with a sentence.
 *   0, or a status; then there is nothing to leave. */
int green__pg_enter(green_pg *pg, enum green__pg_doing doing);

/* As green__pg_enter() with GREEN__PG_NOTHING, but waits until calls of others are over. */
int green__pg_enter_in_turn(green_pg *pg);

/* Ends it; returns `rc`, after an interruption or failure has been settled. */
int green__pg_leave(green_pg *pg, int rc);

/* The same of a call with a result, of which nothing is left after a failure; `out` may be NULL. */
int green__pg_leave_with(green_pg *pg, int rc, green_pg_result **out);

/* Begins it whatever is under way, and keeps the failure of the one before; nobody else is in one.
 */
void green__pg_take(green_pg *pg);

/* Drops a reference. */
void green__pg_drop(green_pg *pg);

/* Ends it, whether or not the server is ready, and keeps the failure that stands. The connection may
 * be gone then. */
void green__pg_pass(green_pg *pg);

/* Brings the connection to where the server is ready, or loses it, with interruptions held back and
 * by pg->due, or within 5 s. */
void green__pg_settle(green_pg *pg);

/* As the host's, and keep account: whether the server is ready, its failures, and what is under way
 * when a COPY begins. `copy`: the event of the COPY that is wanted; another is GREEN_EINVAL. */
int green__pg_send(green_pg *pg, const struct green__pg_command *command);
int green__pg_receive(green_pg *pg, green_pg_result **out, int copy);

/* As the host's, and keeps account of what the server has answered, whoever reads it: `outcome`,
 * `failed_by`, and the statements that it has forgotten. */
int green__pg_receive_event(green_pg *pg, green_pg_result **out);

/* Sends a command and receives all of it. The last result goes to *out, which may be NULL. Within a
 * call.
 *   0; GREEN_ESQL: the first failure, the server is ready again. Others as the host's: settle. */
int green__pg_perform(green_pg *pg, const struct green__pg_command *command, green_pg_result **out);

/* The same of plain statements; their rows are dropped. */
int green__pg_simple(green_pg *pg, const char *sql);

/* ---- parameters: value.c --------------------------------------------------------------------- */

#define GREEN__PG_TEXT_SIZE 80 /* bytes for any number or point in time, with its 0 byte */

/* What is made of the values: a few in place, and numbers in text. */
struct green__pg_parameters {
  struct green__pg_parameter *at;
  size_t count;
  struct green__pg_parameter own[8];
  char text[8][GREEN__PG_TEXT_SIZE];
  void *memory;
};

/* 0, GREEN_EINVAL with a message, GREEN_ENOMEM. */
int green__pg_parameters_make(green_pg *pg, struct green__pg_parameters *out,
                              const green_pg_value *values, size_t count);
void green__pg_parameters_free(struct green__pg_parameters *parameters);

/* The locale of C. */
locale_t green__pg_locale(void);

/* Microseconds since 1970 as PostgreSQL's text, and back. `out` has
 * GREEN__PG_TEXT_SIZE bytes. 0, GREEN_ERANGE. */
int green__pg_timestamp_write(char *out, int64_t microseconds);
int green__pg_timestamp_read(const char *text, int64_t *microseconds);

#endif
