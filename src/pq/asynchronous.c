/* libpq made green: what it waits with is greenio_posix's; here stand the functions of libpq that
 * wait, or that would find a handle half way, so that it is known who uses which handle.
 *
 * Why that is needed: libpq takes a wait that fails as an error of the statement and goes back to
 * idle, while the server goes on, and the next statement would be given this one's answer. So a
 * wait that is interrupted does not fail. The server is asked to cancel, the wait goes on, and
 * libpq reads in its own time what every cancelled statement ends with. Only a server that says
 * nothing within the grace has its socket shut down, which libpq understands. The interruption
 * counts as delivered if the function failed; otherwise it is left for the task's next wait.
 */
#include "pq.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <greenio/posix.h>
#include "core/wait.h"
#include "log.h"
#include "posix/posix.h"
#include "asynchronous.h"
#include "reach.h"

static atomic_bool enabled;

/* A call of libpq's that a task makes; found again by its use. */
struct made_green {
  struct green__pq_use use;
  struct green__pq_settling settling;
  bool interrupted, cancelled;
  bool late; /* the deadline had passed before it began */
};

/* ---- who uses what ---- */

enum entry { PASS, ENTERED, REFUSED };

static const char *name_of(const green_future *task) {
  const char *name = task ? green_future_name(task) : NULL;
  return name && *name ? name : "without a name";
}

static enum entry handle_refuse(const struct green__pq_use *user, const char *function) {
  green__say(
      "greenio: %s() on a connection that another task (%s) is in the middle of %s() with: a "
      "PGconn belongs to one task at a time; it is refused",
      function, name_of(user->task), user->function);
  return REFUSED;
}

static enum entry handle_enter(struct made_green *call, PGconn *connection, const char *function) {
  if (!connection || !atomic_load_explicit(&enabled, memory_order_relaxed)) return PASS;
  struct green__pq_use *user = green__pq_user(connection);
  green_future *task = green_current();
  if (user) return user->task == task ? PASS : handle_refuse(user, function);
  if (!task) return PASS;
  green__pq_enter(&call->use, connection, function);
  call->use.made_green = true;
  call->interrupted = call->cancelled = false;
  call->late = green__is_late();
  return ENTERED;
}

static void handle_leave(struct made_green *call, bool failed) {
  if (call->interrupted) {
    green__pq_settled(&call->settling);
    if (call->cancelled && failed) green__wait_delivered(green__running());
  }
  green__pq_leave(&call->use);
}

/* ---- waits that are interrupted ---- */

/* The running task's call that waits on this socket. */
static struct made_green *call_on(int fd) {
  struct green__pq_use *use = green__pq_use_of(green_current(), fd);
  return use && use->made_green ? (struct made_green *)use : NULL;
}

static int on_interrupted(struct pollfd *fds, nfds_t count, uint64_t due, int error) {
  struct made_green *call = count == 1 ? call_on(fds->fd) : NULL;
  if (!call || PQstatus(call->use.connection) != CONNECTION_OK) return error;
  if (!call->interrupted) green__pq_settle(&call->settling, call->use.connection, call->late);
  call->interrupted = true;
  int rc = green__pq_settling_poll(&call->settling, fds, count, due);
  if (error == -ECANCELED) {
    call->cancelled = true;
    green__wait_restore(green__running(), GREEN_ECANCELED);
  }
  if (rc >= 0) return rc;
  green__pq_shut(call->use.connection);
  return green__libc.poll(fds, count, 0);
}

/* ---- libpq's functions ---- */

/* A function whose first parameter is `connection`. `refused` is what it returns when another task
 * uses the handle, `FAILED(result)` whether it failed. */
#define WAITS(type, name, parameters, arguments, refused, FAILED)                                  \
  FUNCTION(type, name, parameters) {                                                               \
    struct made_green call;                                                                        \
    enum entry entry = handle_enter(&call, connection, #name);                                     \
    if (entry == REFUSED) return refused;                                                          \
    type result = real_##name() arguments;                                                         \
    if (entry == ENTERED) handle_leave(&call, FAILED(result));                                     \
    return result;                                                                                 \
  }

static bool bad_result(const PGresult *result) {
  ExecStatusType status = PQresultStatus(result);
  return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE;
}
#define NEGATIVE(result) ((result) < 0)
#define ZERO(result)     ((result) == 0)
#define NOT_ZERO(result) ((result) != 0)
#define NEVER(result)    ((void)(result), false)

#define RESULT(name, parameters, arguments)                                                        \
  WAITS(PGresult *, name, parameters, arguments, NULL, bad_result)

/* A statement, with its span; `text`: its own, or its name. */
#define EXECUTES(name, text, parameters, arguments)                                                \
  FUNCTION(PGresult *, name, parameters) {                                                         \
    struct made_green call;                                                                        \
    green_span span;                                                                               \
    enum entry entry = handle_enter(&call, connection, #name);                                     \
    if (entry == REFUSED) return NULL;                                                             \
    if (entry == ENTERED) green__pq_span_begin(connection, &span, text);                           \
    PGresult *result = real_##name() arguments;                                                    \
    if (entry != ENTERED) return result;                                                           \
    green__pq_span_end(connection, &span, 0, result);                                              \
    handle_leave(&call, bad_result(result));                                                       \
    return result;                                                                                 \
  }

#define SENDS(name, parameters, arguments)  WAITS(int, name, parameters, arguments, 0, ZERO)
#define COUNTS(name, parameters, arguments) WAITS(int, name, parameters, arguments, -1, NEGATIVE)
#define ONE                                 (PGconn * connection)
#define ONE_(...)                           (PGconn * connection, __VA_ARGS__)

EXECUTES(PQexec, query, ONE_(const char *query), (connection, query))
EXECUTES(PQexecParams, query,
         ONE_(const char *query, int count, const Oid *types, const char *const *values,
              const int *lengths, const int *formats, int result_format),
         (connection, query, count, types, values, lengths, formats, result_format))
EXECUTES(PQprepare, query, ONE_(const char *name, const char *query, int count, const Oid *types),
         (connection, name, query, count, types))
EXECUTES(PQexecPrepared, name,
         ONE_(const char *name, int count, const char *const *values, const int *lengths,
              const int *formats, int result_format),
         (connection, name, count, values, lengths, formats, result_format))
EXECUTES(PQdescribePrepared, name, ONE_(const char *name), (connection, name))
EXECUTES(PQdescribePortal, name, ONE_(const char *name), (connection, name))

/* It may be the end of a COPY. */
FUNCTION(PGresult *, PQgetResult, (PGconn * connection)) {
  struct made_green call;
  enum entry entry = handle_enter(&call, connection, "PQgetResult");
  if (entry == REFUSED) return NULL;
  PGresult *result = real_PQgetResult()(connection);
  if (entry != ENTERED) return result;
  green__pq_span_result(connection, 0, result);
  handle_leave(&call, bad_result(result));
  return result;
}

RESULT(PQfn,
       ONE_(int function, int *buffer, int *length, int is_integer, const PQArgBlock *arguments,
            int count),
       (connection, function, buffer, length, is_integer, arguments, count))

SENDS(PQsendQuery, ONE_(const char *query), (connection, query))
SENDS(PQsendQueryParams,
      ONE_(const char *query, int count, const Oid *types, const char *const *values,
           const int *lengths, const int *formats, int result_format),
      (connection, query, count, types, values, lengths, formats, result_format))
SENDS(PQsendPrepare, ONE_(const char *name, const char *query, int count, const Oid *types),
      (connection, name, query, count, types))
SENDS(PQsendQueryPrepared,
      ONE_(const char *name, int count, const char *const *values, const int *lengths,
           const int *formats, int result_format),
      (connection, name, count, values, lengths, formats, result_format))
SENDS(PQsendDescribePrepared, ONE_(const char *name), (connection, name))
SENDS(PQsendDescribePortal, ONE_(const char *name), (connection, name))
SENDS(PQpipelineSync, ONE, (connection))
SENDS(PQsendFlushRequest, ONE, (connection))
SENDS(PQconsumeInput, ONE, (connection))
COUNTS(PQflush, ONE, (connection))
COUNTS(PQsetnonblocking, ONE_(int nonblocking), (connection, nonblocking))
COUNTS(PQsetClientEncoding, ONE_(const char *encoding), (connection, encoding))

/* Once it could not write, libpq says that all went well and drops what it is given, since the
 * reason comes with the result. A task that only writes would go on with that for ever. */
FUNCTION(int, PQputCopyData, (PGconn * connection, const char *data, int size)) {
  struct made_green call;
  enum entry entry = handle_enter(&call, connection, "PQputCopyData");
  if (entry == REFUSED) return -1;
  int result = real_PQputCopyData()(connection, data, size);
  if (entry != ENTERED) return result;
  handle_leave(&call, result < 0);
  return PQstatus(connection) == CONNECTION_BAD ? -1 : result;
}

COUNTS(PQputCopyEnd, ONE_(const char *error), (connection, error))
WAITS(int, PQgetCopyData, ONE_(char **row, int at_once), (connection, row, at_once), -2, NEGATIVE)
WAITS(int, PQgetline, ONE_(char *buffer, int size), (connection, buffer, size), EOF, NEGATIVE)
COUNTS(PQgetlineAsync, ONE_(char *buffer, int size), (connection, buffer, size))
WAITS(int, PQputline, ONE_(const char *text), (connection, text), EOF, NOT_ZERO)
WAITS(int, PQputnbytes, ONE_(const char *data, int size), (connection, data, size), EOF, NOT_ZERO)
WAITS(int, PQendcopy, ONE, (connection), 1, NOT_ZERO)

WAITS(PostgresPollingStatusType, PQconnectPoll, ONE, (connection), PGRES_POLLING_FAILED, NEVER)
WAITS(PostgresPollingStatusType, PQresetPoll, ONE, (connection), PGRES_POLLING_FAILED, NEVER)
SENDS(PQresetStart, ONE, (connection))

COUNTS(lo_open, ONE_(Oid object, int mode), (connection, object, mode))
COUNTS(lo_close, ONE_(int fd), (connection, fd))
COUNTS(lo_read, ONE_(int fd, char *buffer, size_t size), (connection, fd, buffer, size))
COUNTS(lo_write, ONE_(int fd, const char *data, size_t size), (connection, fd, data, size))
COUNTS(lo_lseek, ONE_(int fd, int offset, int whence), (connection, fd, offset, whence))
WAITS(pg_int64, lo_lseek64, ONE_(int fd, pg_int64 offset, int whence),
      (connection, fd, offset, whence), -1, NEGATIVE)
COUNTS(lo_tell, ONE_(int fd), (connection, fd))
WAITS(pg_int64, lo_tell64, ONE_(int fd), (connection, fd), -1, NEGATIVE)
COUNTS(lo_truncate, ONE_(int fd, size_t size), (connection, fd, size))
COUNTS(lo_truncate64, ONE_(int fd, pg_int64 size), (connection, fd, size))
COUNTS(lo_unlink, ONE_(Oid object), (connection, object))
COUNTS(lo_export, ONE_(Oid object, const char *file), (connection, object, file))
WAITS(Oid, lo_creat, ONE_(int mode), (connection, mode), InvalidOid, ZERO)
WAITS(Oid, lo_create, ONE_(Oid object), (connection, object), InvalidOid, ZERO)
WAITS(Oid, lo_import, ONE_(const char *file), (connection, file), InvalidOid, ZERO)
WAITS(Oid, lo_import_with_oid, ONE_(const char *file, Oid object), (connection, file, object),
      InvalidOid, ZERO)

FUNCTION(void, PQreset, (PGconn * connection)) {
  struct made_green call;
  enum entry entry = handle_enter(&call, connection, "PQreset");
  if (entry == REFUSED) return;
  real_PQreset()(connection);
  if (entry == ENTERED) handle_leave(&call, PQstatus(connection) != CONNECTION_OK);
}

/* A handle that another task uses is not freed: it would find nothing when it goes on. */
FUNCTION(void, PQfinish, (PGconn * connection)) {
  struct made_green call;
  enum entry entry = handle_enter(&call, connection, "PQfinish");
  if (entry == REFUSED) return;
  if (entry == ENTERED) green__pq_leave(&call.use);
  real_PQfinish()(connection);
}

/* ---- switched on ---- */

int green_pq_make_asynchronous(void) {
  if (!STANDS_IN_FRONT()) return GREEN_ENOTSUP;
  int rc = green_posix_enable();
  if (rc < 0) return rc;
  green__posix_interrupted = on_interrupted;
  green__pq_share_thread_lock();
  atomic_store(&enabled, true);
  return 0;
}
