/* green_pg natively: libpq, waited for by what greenio::pq is made of (src/pq). Here is what becomes of a
 * connection, what it is told, and COPY; the answers are in pg_libpq_answer.c. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "fd/fd.h"
#include "pg_libpq.h"

#define QUEUED 32768u /* bytes of a COPY that libpq may hold */
#define PIECE  65536u /* bytes of a COPY that it is given at once */
#define LOOKS  64     /* pieces taken at once of what comes by itself */

const size_t green__pg_host_size = sizeof(struct green__libpq);
const bool green__pg_host_pushes = false;

const char *green__pg_host_refuses(enum green__pg_place place) {
  return place == GREEN__PG_SERVER ? NULL
                                   : "a native program opens servers alone, \"postgres://...\" or "
                                     "\"host=... dbname=...\"; "
                                     "that is for PGlite, in Node and browsers";
}

/* ---- failures -------------------------------------------------------------------------------- */

void green__libpq_fields(green_pg *pg, const PGresult *result,
                         void (*set)(green_pg *, char, const char *)) {
  static const struct {
    char letter;
    int field;
  } fields[] = {{'V', PG_DIAG_SEVERITY_NONLOCALIZED},
                {'C', PG_DIAG_SQLSTATE},
                {'M', PG_DIAG_MESSAGE_PRIMARY},
                {'D', PG_DIAG_MESSAGE_DETAIL},
                {'H', PG_DIAG_MESSAGE_HINT},
                {'P', PG_DIAG_STATEMENT_POSITION},
                {'p', PG_DIAG_INTERNAL_POSITION},
                {'q', PG_DIAG_INTERNAL_QUERY},
                {'W', PG_DIAG_CONTEXT},
                {'s', PG_DIAG_SCHEMA_NAME},
                {'t', PG_DIAG_TABLE_NAME},
                {'c', PG_DIAG_COLUMN_NAME},
                {'d', PG_DIAG_DATATYPE_NAME},
                {'n', PG_DIAG_CONSTRAINT_NAME},
                {'F', PG_DIAG_SOURCE_FILE},
                {'L', PG_DIAG_SOURCE_LINE},
                {'R', PG_DIAG_SOURCE_FUNCTION}};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    set(pg, fields[i].letter, PQresultErrorField(result, fields[i].field));
}

/* A server that ends the session says why behind the last answer, to nobody's question: libpq makes
 * a notice of it. */
static void note_last_word(green_pg *pg, const PGresult *result) {
  const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (!severity || (strcmp(severity, "FATAL") != 0 && strcmp(severity, "PANIC") != 0)) return;
  green__pg_failure_begin(pg);
  green__libpq_fields(pg, result, green__pg_failure_field);
  green__pg_lost(pg, GREEN_ECONNRESET, "%s", green_strerror(GREEN_ECONNRESET));
}

static void on_notice(void *arg, const PGresult *result) {
  green_pg *pg = arg;
  note_last_word(pg, result);
  if (!pg->note) return;
  green__pg_notice_begin(pg);
  green__libpq_fields(pg, result, green__pg_notice_field);
  green__pg_notice_end(pg);
}

/* The length of a message of libpq's without the line's end. */
static int length(const char *message) {
  size_t size = strlen(message);
  while (size && message[size - 1] == '\n') size--;
  return (int)size;
}

void green__libpq_limit(struct green__libpq *lp) {
  uint64_t due = lp->base.due;
  if (due == GREEN__NEVER || lp->call.settling) return;
  lp->settling = (struct green__pq_settling){
      .connection = lp->connection, .due = due, .again = due + UINT64_C(3600000000000)};
  lp->call.settling = &lp->settling;
}

void green__libpq_unlimit(struct green__libpq *lp) {
  if (lp->call.settling) green__pq_settled(lp->call.settling);
  lp->call.settling = NULL;
}

int green__libpq_broken(struct green__libpq *lp, const char *sentence) {
  return green__pg_lost(&lp->base, GREEN_EPROTO,
                        "the server's answer makes no sense, and the connection is closed: %.*s",
                        length(sentence), sentence);
}

/* What libpq gives up a connection for. */
static bool is_violation(const char *message) {
  return strstr(message, "lost synchronization") || strstr(message, "contents do not agree");
}

int green__libpq_failed(struct green__libpq *lp, int rc) {
  const char *message = PQerrorMessage(lp->connection);
  if (rc == GREEN_ENOMEM && lp->base.settling && green_now() < lp->base.due) {
    green_sleep(1); /* there may be memory for the next try, which is green__pg_settle()'s */
    return rc;
  }
  if (lp->call.settling) { /* there is no other try */
    green__pq_shut(lp->connection);
    green__libpq_unlimit(lp);
  }
  if (PQstatus(lp->connection) == CONNECTION_BAD && is_violation(message))
    return green__libpq_broken(lp, message);
  if (PQstatus(lp->connection) == CONNECTION_BAD)
    return green__pg_lost(&lp->base, GREEN_ECONNRESET, "%.*s", length(message), message);
  if (rc == GREEN_EINVAL) return green__pg_fail(&lp->base, rc, "%.*s", length(message), message);
  return rc;
}

/* ---- connecting ------------------------------------------------------------------------------ */

/* "...: FATAL:  28P01: password ...": the SQLSTATE of the last attempt, or NULL. */
static char *find_sqlstate(char *message) {
  char *found = NULL;
  for (char *at = message; (at = strstr(at, ":  ")); at++)
    if (strspn(at + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 && at[8] == ':' && at[9] == ' ')
      found = at + 3;
  return found;
}

/* What libpq says of the system's calls, it says in the words of strerror(). */
static int status_of_text(const char *message) {
  if (strncmp(message, "invalid ", 8) == 0 || strncmp(message, "could not match ", 16) == 0)
    return GREEN_EINVAL; /* a value */
  static const int errors[] = {ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT,
                               ECONNRESET,   ENOENT,       EACCES};
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (strstr(message, strerror(errors[i])))
      return errors[i] == ENOENT ? GREEN_ECONNREFUSED : green_status_from_errno(errors[i]);
  return strstr(message, "SSL") || strstr(message, "certificate") ? GREEN_ETLS : GREEN_EIO;
}

/* The reason of a connection that was not made, in the verbose form, which has SQLSTATEs; `silent`
 * is what is to be said of the hosts before. */
static int libpq_refused(green_pg *pg, PGconn *connection, const char *silent) {
  char text[1300], *line;
  snprintf(text, sizeof text, "%s%s%s", silent, *silent ? "; " : "", PQerrorMessage(connection));
  if ((line = strstr(text, "\nLOCATION:"))) *line = 0;
  text[length(text)] = 0;
  char state[6] = "", *found = find_sqlstate(text);
  if (found) {
    memcpy(state, found, 5);
    memmove(found, found + 7, strlen(found + 7) + 1);
  }
  int rc = found ? green__pg_connect_status(state) : status_of_text(text);
  return green__pg_fail(pg, rc ? rc : GREEN_EIO, "%s", text);
}

static void on_start(PGconn *connection) {
  PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
}

/* What libpq says of a string that it does not understand, without the string: it has a password,
 * perhaps. */
static int length_shown(const char *error) {
  const char *uri = strstr(error, "\"postgres"), *rest = strstr(error, "missing \"=\" after \"");
  if (rest) return (int)(rest - error) + 11;
  if (!uri) return length(error);
  while (uri > error && (uri[-1] == ' ' || uri[-1] == ':')) uri--;
  return (int)(uri - error);
}

/* Text is UTF-8 here, whatever the connection string says: not what it asks for in silence. */
static int check_encoding(green_pg *pg, const PQconninfoOption *options) {
  for (; options->keyword; options++) {
    const char *value = options->val;
    if (!value || !*value || strcmp(options->keyword, "client_encoding") != 0) continue;
    if (green__pg_is_utf8(value)) continue;
    return green__pg_fail(pg, GREEN_EINVAL,
                          "client_encoding=%s is not possible: text of green_pg is UTF-8", value);
  }
  return 0;
}

static int check_conninfo(green_pg *pg) {
  char *error = NULL;
  PQconninfoOption *options = PQconninfoParse(pg->conninfo, &error);
  int rc = options ? check_encoding(pg, options) : error ? GREEN_EINVAL : GREEN_ENOMEM;
  if (!options)
    green__pg_fail(pg, rc, "the connection string makes no sense: %.*s",
                   error ? length_shown(error) : 0, error ? error : "");
  PQconninfoFree(options);
  PQfreemem(error);
  return rc;
}

int green__pg_host_open(green_pg *pg) {
  struct green__libpq *lp = green__libpq_of(pg);
  const char *const keywords[] = {"fallback_application_name", "dbname", "client_encoding", NULL};
  const char *const values[] = {"greenio", pg->conninfo, "UTF8", NULL};
  struct green__pq_start start = {on_start, ""};
  int rc = check_conninfo(pg);
  if (rc < 0) return rc;
  rc = green__pq_connect_params(&lp->connection, keywords, values, true, &start);
  if (lp->connection && (rc == GREEN_ENOTCONN || rc == GREEN_EINVAL))
    rc = libpq_refused(pg, lp->connection, start.silent);
  else if (rc == GREEN_ENOHOST || rc == GREEN_EINVAL || (rc == GREEN_ETIMEDOUT && *start.silent))
    green__pg_fail(pg, rc, "%s", green_message());
  if (rc == 0 && PQsetnonblocking(lp->connection, 1) < 0) rc = GREEN_ENOMEM;
  if (rc < 0) {
    PQfinish(lp->connection);
    lp->connection = NULL;
    return rc;
  }
  PQsetErrorVerbosity(lp->connection, PQERRORS_DEFAULT);
  PQsetNoticeReceiver(lp->connection, on_notice, pg);
  lp->call.connection = lp->connection;
  return 0;
}

green_future *green__pg_host_close(green_pg *pg) {
  struct green__libpq *lp = green__libpq_of(pg);
  if (lp->call.settling) green__pq_settling_drop(lp->call.settling);
  PQclear(lp->held);
  PQfreemem(lp->copied);
  pg->note = NULL;
  green__fd_forget(PQsocket(lp->connection));
  PQfinish(lp->connection);
  return NULL;
}

/* Its present wait ends, and those that it may still come to. */
void green__pg_host_abandon(green_pg *pg) {
  PGconn *connection = green__libpq_of(pg)->connection;
  green__pq_shut(connection);
  green__fd_forget(PQsocket(connection));
}

/* ---- what comes by itself -------------------------------------------------------------------- */

void green__libpq_notifications(struct green__libpq *lp) {
  PGnotify *notify;
  while ((notify = PQnotifies(lp->connection))) {
    green__pg_notified(&lp->base, notify->relname, notify->extra, notify->be_pid);
    PQfreemem(notify);
  }
}

/* Whether there is more to be read, or the end. */
static bool is_readable(const struct green__libpq *lp) {
  struct pollfd one = {.fd = PQsocket(lp->connection), .events = POLLIN};
  return one.fd >= 0 && green__libc.poll(&one, 1, 0) > 0;
}

/* libpq takes one piece at a time, and the end comes behind what the server said of it. A server
 * that goes on and on is there. */
void green__pg_host_look(green_pg *pg) {
  struct green__libpq *lp = green__libpq_of(pg);
  for (int i = 0; i < LOOKS && !pg->lost; i++) {
    bool good = PQconsumeInput(lp->connection);
    green__libpq_notifications(lp); /* libpq makes sense of what has come here */
    if (!good) green__libpq_failed(lp, GREEN_ENOTCONN);
    if (!is_readable(lp)) return;
  }
}

int green__pg_host_attend(green_pg *pg) {
  struct green__libpq *lp = green__libpq_of(pg);
  int rc = green__fd_wait(PQsocket(lp->connection), POLLIN, UINT64_MAX, false);
  if (rc < 0) return rc > -1000 ? green_status_from_errno(-rc) : rc;
  if (rc > 0 && !pg->user && pg->open)
    green__pg_host_look(pg); /* what comes may be that one's answer */
  return pg->lost ? GREEN_ECONNRESET : 0;
}

/* ---- sending --------------------------------------------------------------------------------- */

struct arrays {
  Oid *types;
  const char **values;
  int *sizes, *formats;
  void *memory;
  char own[8 * (sizeof(Oid) + sizeof(char *) + 2 * sizeof(int))] __attribute__((aligned(8)));
};

/* libpq's form of parameters. */
static int arrays_make(struct arrays *out, const struct green__pg_command *command) {
  size_t count = command->count;
  out->memory = count > 8 ? green__alloc(count * (sizeof out->own / 8)) : NULL;
  if (count > 8 && !out->memory) return GREEN_ENOMEM;
  out->values = (const char **)(out->memory ? out->memory : out->own);
  out->types = (Oid *)(out->values + count);
  out->sizes = (int *)(out->types + count);
  out->formats = out->sizes + count;
  for (size_t i = 0; i < count; i++) {
    const struct green__pg_parameter *parameter = &command->parameters[i];
    if (parameter->size > INT32_MAX) return GREEN_EINVAL;
    out->types[i] = parameter->type;
    out->values[i] = parameter->data;
    out->sizes[i] = (int)parameter->size;
    out->formats[i] = parameter->binary;
  }
  return 0;
}

static int send_execute(struct green__libpq *lp, const struct green__pg_command *command,
                        const struct arrays *arrays) {
  return PQsendQueryPrepared(lp->connection, command->statement, (int)command->count,
                             arrays->values, arrays->sizes, arrays->formats, 0);
}

/* Parse, Bind and Execute before one Sync, which libpq has in its pipeline mode alone. */
static int send_prepare(struct green__libpq *lp, const struct green__pg_command *command,
                        const struct arrays *arrays) {
  PGconn *connection = lp->connection;
  lp->pauses = 0;
  lp->pipelined = PQenterPipelineMode(connection);
  return lp->pipelined &&
         PQsendPrepare(connection, command->statement, command->sql, (int)command->count,
                       arrays->types) &&
         send_execute(lp, command, arrays) && PQpipelineSync(connection);
}

static int send_close(struct green__libpq *lp, const char *statement) {
#ifdef LIBPQ_HAS_CLOSE_PREPARED /* 17 */
  return PQsendClosePrepared(lp->connection, statement);
#else
  char sql[80];
  snprintf(sql, sizeof sql, "deallocate %s", statement);
  return PQsendQuery(lp->connection, sql);
#endif
}

static int send_command(struct green__libpq *lp, const struct green__pg_command *command,
                        const struct arrays *arrays) {
  switch (command->what) {
  case GREEN__PG_SIMPLE:
    return PQsendQuery(lp->connection, command->sql);
  case GREEN__PG_PLAIN:
    return PQsendQueryParams(lp->connection, command->sql, (int)command->count, arrays->types,
                             arrays->values, arrays->sizes, arrays->formats, 0);
  case GREEN__PG_PREPARE:
    return send_prepare(lp, command, arrays);
  case GREEN__PG_CLOSE:
    return send_close(lp, command->statement);
  default:
    return send_execute(lp, command, arrays);
  }
}

/* Of a pipeline the first part may be on its way, without its Sync. */
static int not_sent(struct green__libpq *lp) {
  const char *message = PQerrorMessage(lp->connection);
  if (!lp->pipelined) return green__libpq_failed(lp, GREEN_EINVAL);
  return green__pg_lost(&lp->base, GREEN_ECONNRESET, "%.*s", length(message), message);
}

int green__pg_host_send(green_pg *pg, const struct green__pg_command *command) {
  struct green__libpq *lp = green__libpq_of(pg);
  struct arrays arrays;
  int rc = arrays_make(&arrays, command);
  if (rc == 0) {
    lp->batch = command->batch;
    lp->pipelined = false;
    if (!send_command(lp, command, &arrays)) rc = not_sent(lp);
    if (rc == 0 && command->batch) PQsetSingleRowMode(lp->connection);
  } else if (rc == GREEN_EINVAL) {
    green__pg_fail(pg, rc, "a parameter of more than 2 GiB");
  }
  green__free(arrays.memory);
  return rc;
}

int green__pg_host_cancel(green_pg *pg, bool later) {
  struct green__libpq *lp = green__libpq_of(pg);
  green__pq_settle_until(&lp->settling, lp->connection, later, pg->due);
  lp->call.settling = &lp->settling;
  return 0;
}

/* ---- COPY ------------------------------------------------------------------------------------ */

int green__pg_host_copy_write(green_pg *pg, const void *data, size_t size) {
  struct green__libpq *lp = green__libpq_of(pg);
  const char *from = data;
  int rc = 0;
  while (rc == 0 && size) {
    size_t piece = size < PIECE ? size : PIECE;
    int taken = PQputCopyData(lp->connection, from, (int)piece);
    if (taken < 0) return green__libpq_failed(lp, GREEN_EINVAL);
    if (taken > 0) {
      from += piece;
      size -= piece;
      lp->queued += piece;
    }
    if (taken > 0 && lp->queued < QUEUED) continue;
    lp->queued = 0;
    rc = green__pq_send(&lp->call);
  }
  return rc < 0 ? green__libpq_failed(lp, rc) : 0;
}

int green__pg_host_copy_end(green_pg *pg, const char *failure) {
  struct green__libpq *lp = green__libpq_of(pg);
  green__libpq_limit(lp);
  int taken;
  while ((taken = PQputCopyEnd(lp->connection, failure)) == 0) {
    int rc = green__pq_send(&lp->call);
    if (rc < 0) return green__libpq_failed(lp, rc);
  }
  if (taken < 0) return green__libpq_failed(lp, GREEN_EINVAL);
  return 0; /* the rest is sent while receiving */
}

int green__pg_host_copy_read(green_pg *pg, const void **data, size_t *size) {
  struct green__libpq *lp = green__libpq_of(pg);
  PQfreemem(lp->copied);
  lp->copied = NULL;
  int rc = green__pq_send(&lp->call);
  while (rc == 0) {
    int count = PQgetCopyData(lp->connection, &lp->copied, true);
    if (count == -1) return 0;
    if (count < -1) return green__libpq_failed(lp, GREEN_EPROTO);
    if (count > 0) {
      *data = lp->copied;
      *size = (size_t)count;
      return 1;
    }
    rc = green__pq_take(&lp->call);
  }
  green__libpq_notifications(lp);
  return green__libpq_failed(lp, rc);
}
