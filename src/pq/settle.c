/* A statement whose task was interrupted, brought to its end: the server is asked to cancel it,
 * again if nothing comes of it, since the first request may have been there before the statement.
 *
 * A request is made (cancel.c) by a task that owns all it needs, and ends with the grace.
 */
#include "pq.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define FIRST_PAUSE (100 * GREEN__MILLISECOND)
#define STACK       (256u << 10) /* of a request: there may be TLS in it */

static atomic_uint_fast64_t grace = GREEN__GRACE;

void green_pq_set_grace(uint64_t milliseconds) {
  atomic_store(&grace, milliseconds);
}

static uint64_t end_of_grace(void) {
  return green__due_after(green_now(), atomic_load(&grace));
}

/* ---- requests ---- */

/* A request under way: its task's, and the settling's. */
struct green__pq_asking {
  unsigned references;
  struct green__pq_request *request;
  uint64_t due;
  green_future *task; /* the settling's reference */
  bool done;
  bool sent; /* then: the server may have it, or get it still, */
  int status;
  char message[256];
};

static void asking_release(struct green__pq_asking *asking) {
  if (--asking->references == 0) free(asking);
}

static int ask_in_task(void *arg) {
  struct green__pq_asking *asking = arg;
  asking->status = green__pq_request_send(asking->request, asking->due, &asking->sent);
  asking->done = true;
  snprintf(asking->message, sizeof asking->message, "%s", green_message());
  green__pq_request_free(asking->request);
  asking_release(asking);
  return 0;
}

static int request_begin(struct green__pq_asking **out, PGconn *connection, uint64_t due) {
  green_spawn_options options = {.name = "cancel request", .stack_size = STACK};
  struct green__pq_asking *asking = *out = calloc(1, sizeof *asking);
  if (!asking) return GREEN_ENOMEM;
  int rc = green__pq_request_new(&asking->request, connection);
  if (rc == 0) {
    asking->references = 2;
    asking->due = due;
    asking->task = green_spawn_with(ask_in_task, asking, &options);
    if (!green_done(asking->task)) return 0;
    rc = green_future_status(asking->task); /* it has not started */
    green_future_release(asking->task);
    green__pq_request_free(asking->request);
  }
  free(asking);
  *out = NULL;
  return rc;
}

static void asking_drop(struct green__pq_asking *asking) {
  if (!asking) return;
  green_future_release(asking->task);
  asking_release(asking);
}

int green_pq_cancel(PGconn *connection) {
  struct green__pq_asking *asking;
  if (!green_current()) return GREEN_EMAIN;
  if (!connection || PQstatus(connection) != CONNECTION_OK) return GREEN_ENOTCONN;
  int rc = request_begin(&asking, connection, end_of_grace());
  if (rc < 0) return rc;
  rc = green_wait(asking->task);
  if (rc == 0 && asking->status < 0) rc = green_fail(asking->status, "%s", asking->message);
  asking_drop(asking);
  return rc;
}

/* ---- settling ---- */

static uint64_t least(uint64_t one, uint64_t other) {
  return one < other ? one : other;
}

/* Behind shutdown() alone Linux still takes what a TCP peer sends, so one that never stops would be
 * read for ever. Without an address the socket is reset; behind that, shutdown() makes what libpq
 * still reads the end, which it knows as a lost connection. */
void green__pq_shut(PGconn *connection) {
  const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  int fd = PQsocket(connection);
  if (fd < 0) return;
  connect(fd, &nobody, sizeof nobody);
  shutdown(fd, SHUT_RDWR);
}

void green__pq_give_up(PGconn *connection) {
  green__pq_shut(connection);
  while (PQstatus(connection) != CONNECTION_BAD && PQconsumeInput(connection)) continue;
}

static void ask_once_more(struct green__pq_settling *settling, uint64_t now) {
  if (!settling->asking || settling->asking->done) {
    asking_drop(settling->asking);
    request_begin(&settling->asking, settling->connection, settling->due);
  }
  settling->again = now + settling->pause;
  settling->pause *= 2;
}

void green__pq_settle(struct green__pq_settling *settling, PGconn *connection, bool later) {
  green__pq_settle_until(settling, connection, later, end_of_grace());
}

void green__pq_settle_until(struct green__pq_settling *settling, PGconn *connection, bool later,
                            uint64_t due) {
  uint64_t now = green_now();
  *settling = (struct green__pq_settling){
      .connection = connection, .due = due, .again = now + FIRST_PAUSE, .pause = FIRST_PAUSE};
  if (!later) ask_once_more(settling, now);
}

int green__pq_settling_poll(struct green__pq_settling *settling, struct pollfd *fds, nfds_t count,
                            uint64_t due) {
  for (;;) {
    uint64_t now = green_now();
    if (now >= settling->due)
      green__pq_shut(settling->connection);
    else if (now >= settling->again)
      ask_once_more(settling, now);
    uint64_t until = least(due, settling->again);
    if (now < settling->due) until = least(until, settling->due);
    int rc = 0;
    GREEN_SHIELD {
      rc = green_poll(fds, count, green__pq_until(until));
    }
    if (rc != 0 || green_now() >= due) return rc;
  }
}

/* It ends with the grace; one that is not needed any more is left to do so. */
void green__pq_settled(struct green__pq_settling *settling) {
  struct green__pq_asking *asking = settling->asking;
  if (!asking) return;
  if (PQstatus(settling->connection) == CONNECTION_OK) {
    GREEN_SHIELD {
      while (!asking->done && (green_wait(asking->task) == 0 || green_sleep(1) == 0)) continue;
    }
    bool unknown = asking->sent && asking->status < 0;
    /* it may be on its way still, and meet the next statement */
    if (!asking->done || unknown) green__pq_give_up(settling->connection);
  }
  green__pq_settling_drop(settling);
}

void green__pq_settling_drop(struct green__pq_settling *settling) {
  asking_drop(settling->asking);
  settling->asking = NULL;
}
