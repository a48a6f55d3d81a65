/* What the files of greenio::pq share. All of it is built on greenio's public functions, and on what its own
 * libraries share (shared.h), so that it goes with the static library and with the shared one;
 * greenio::pq_asynchronous adds what does not.
 *
 * Three layers: who uses a handle (use.c); the end of a statement whose task was interrupted
 * (settle.c); one explicit call on top of both (call.c), and the functions, a file a concept.
 */
#ifndef GREENIO_SRC_PQ_PQ_H
#define GREENIO_SRC_PQ_PQ_H

#include <poll.h>
#include <greenio/greenio.h>
#include <greenio/pq.h>
#include "core/timer.h"

/* ---- one handle, one task -------------------------------------------------------------------- */

/* A call that a task makes on a handle; on the stack of the task. */
struct green__pq_use {
  PGconn *connection;
  green_future *task;
  const char *function;
  bool made_green; /* a call of libpq's; otherwise an explicit one */
  struct green__pq_use *next, *previous;
};

/* The call that is being made on the handle by a task of this thread; NULL: none is. */
struct green__pq_use *green__pq_user(const PGconn *connection);

/* A task's call on the handle that has this socket; NULL. */
struct green__pq_use *green__pq_use_of(const green_future *task, int fd);

void green__pq_enter(struct green__pq_use *use, PGconn *connection, const char *function);
void green__pq_leave(struct green__pq_use *use);

/* ---- a request to cancel --------------------------------------------------------------------- */

/* For the statement that a connection is at.  0; GREEN_ENOMEM; GREEN_ENOTSUP, with a message. */
struct green__pq_request;
int green__pq_request_new(struct green__pq_request **out, PGconn *connection);
void green__pq_request_free(struct green__pq_request *request);

/* Sends it, and waits until the server has seen to it. Once. In a task; parks.
 *   0. GREEN_EIO: it was not sent, and green_message() says why. GREEN_ETIMEDOUT: `due` (as
 *   green_now()) has passed, or interrupted, as with GREEN_ECANCELED. *sent: the server may have
 *   it, or get it still. */
int green__pq_request_send(struct green__pq_request *request, uint64_t due, bool *sent);

/* Milliseconds until then, rounded up, for green_poll(). */
int green__pq_until(uint64_t due);

/* ---- an interrupted statement ---------------------------------------------------------------- */

/* The statement of a connection is to end, within the grace, or by `due`. Begins with
 * green__pq_settle(); `later`: a statement that may end by itself has a moment for that. */
struct green__pq_asking;
struct green__pq_settling {
  PGconn *connection;
  uint64_t due;                    /* of the grace, as green_now() */
  uint64_t again, pause;           /* when to ask once more: the request may have come before the
                                      statement */
  struct green__pq_asking *asking; /* a request under way, or NULL */
};
void green__pq_settle(struct green__pq_settling *settling, PGconn *connection, bool later);
void green__pq_settle_until(struct green__pq_settling *settling, PGconn *connection, bool later,
                            uint64_t due);

/* Waits as green_poll() does, but for nothing but the server and `due`, with requests to cancel
 * sent meanwhile. When the grace is over the socket is shut down, so that the wait ends with that.
 */
int green__pq_settling_poll(struct green__pq_settling *settling, struct pollfd *fds, nfds_t count,
                            uint64_t due);

/* The statement has ended, or the connection is bad: waits for the last request, which would
 * otherwise hit the next statement. Gives the connection up if that takes longer than the grace. */
void green__pq_settled(struct green__pq_settling *settling);

/* The connection is to be closed: nothing is waited for. */
void green__pq_settling_drop(struct green__pq_settling *settling);

/* Shuts the socket down: libpq reads what there is, and then the end. */
void green__pq_shut(PGconn *connection);

/* The same, and libpq does so now: the connection is bad. */
void green__pq_give_up(PGconn *connection);

/* ---- one explicit call ----------------------------------------------------------------------- */

struct green__pq_call {
  struct green__pq_use use;
  PGconn *connection;
  struct green__pq_settling *settling; /* NULL: interruptible */
};

/* 0; GREEN_EMAIN, GREEN_EINVAL, GREEN_EBUSY, GREEN_ENOTCONN. */
int green__pq_begin(struct green__pq_call *call, PGconn *connection, const char *function);

/* What the call returns for a status: after an interruption the statement is settled before. */
int green__pq_end(struct green__pq_call *call, int status);

/* The status for a function of libpq that failed. */
int green__pq_failed(struct green__pq_call *call);

/* Parks until the socket is ready. 0, or a status. */
int green__pq_ready(struct green__pq_call *call, int events);

/* Sends what is queued; takes what has come; both until PQgetResult() would not block. 0, a status.
 */
int green__pq_send(struct green__pq_call *call);
int green__pq_take(struct green__pq_call *call);
int green__pq_exchange(struct green__pq_call *call);

/* ---- spans: span.c --------------------------------------------------------------------------- */

/* Of a statement, with what came of it: a status, and a result or NULL. That of a COPY goes on then, until one of these
 * is called once more, with the next result of the connection or the next statement. */
void green__pq_span_begin(PGconn *connection, green_span *span, const char *sql);
void green__pq_span_end(PGconn *connection, green_span *span, int status, const PGresult *result);

/* A COPY has begun, or goes on. */
bool green__pq_is_copy(const PGresult *result);
void green__pq_span_result(PGconn *connection, int status, const PGresult *result);

/* ---- connecting ---- */

/* Before libpq opens one. 0; in WebAssembly also GREEN_ENOTSUP, with a message: there are none. */
int green__pq_enable_sockets(void);

/* green_pq_connect_params(), with a function that is called before the first step of each
 * connection of libpq's, and room for what is to be said of those that did not answer in time; ""
 * at first. */
struct green__pq_start {
  void (*started)(PGconn *);
  char silent[300];
};
int green__pq_connect_params(PGconn **out, const char *const *keywords, const char *const *values,
                             int expand_dbname, struct green__pq_start *start);

#endif
