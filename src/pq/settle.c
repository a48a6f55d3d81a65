/* A statement whose task was interrupted, brought to its end: the server is asked to cancel it,
 * again if nothing comes of it, since the first request may have been there before the statement.
 *
 * A request is a connection of its own, made by PQcancel() on a thread, by a task that owns all it
 * needs and is never waited for longer than the grace.
 */
#include "pq.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>

#define MILLISECOND 1000000u
#define FIRST_PAUSE (100 * MILLISECOND)

static atomic_uint grace = 5000;

void green_pq_set_grace(unsigned milliseconds) {
  atomic_store(&grace, milliseconds);
}

/* ---- requests ---- */

struct request {
  PGcancel *cancel;
  bool sent;
  char error[256];
};

static void request_free(struct request *request) {
  PQfreeCancel(request->cancel);
  free(request);
}

static struct request *request_new(PGconn *connection) {
  struct request *request = calloc(1, sizeof *request);
  if (request && (request->cancel = PQgetCancel(connection))) return request;
  free(request);
  return NULL;
}

static int on_thread(void *arg) {
  struct request *request = arg;
  request->sent = PQcancel(request->cancel, request->error, sizeof request->error);
  return 0;
}

static int ask_in_task(void *arg) {
  green_offload(on_thread, arg);
  request_free(arg);
  return 0;
}

/* A future that is done when the server has the request; NULL: there is none. */
static green_future *ask(PGconn *connection) {
  struct request *request = request_new(connection);
  if (!request) return NULL;
  green_future *asking = green_spawn(ask_in_task, request);
  if (!green_done(asking)) return asking;
  green_future_status(asking); /* it has not started */
  green_future_release(asking);
  request_free(request);
  return NULL;
}

int green_pq_cancel(PGconn *connection) {
  if (!green_current()) return GREEN_EMAIN;
  if (!connection || PQstatus(connection) != CONNECTION_OK) return GREEN_ENOTCONN;
  struct request *request = request_new(connection);
  if (!request) return GREEN_ENOMEM;
  int rc = green_offload(on_thread, request);
  if (rc == 0 && !request->sent) rc = green_fail(GREEN_EIO, "%s", request->error);
  request_free(request);
  return rc;
}

/* ---- settling ---- */

static uint64_t least(uint64_t one, uint64_t other) {
  return one < other ? one : other;
}

void green__pq_shut(PGconn *connection) {
  int fd = PQsocket(connection);
  if (fd >= 0) shutdown(fd, SHUT_RDWR);
}

void green__pq_give_up(PGconn *connection) {
  green__pq_shut(connection);
  while (PQstatus(connection) != CONNECTION_BAD && PQconsumeInput(connection)) continue;
}

static void ask_once_more(struct green__pq_settling *settling, uint64_t now) {
  if (!settling->asking || green_done(settling->asking)) {
    if (settling->asking) green_future_release(settling->asking);
    settling->asking = ask(settling->connection);
  }
  settling->again = now + settling->pause;
  settling->pause *= 2;
}

void green__pq_settle(struct green__pq_settling *settling, PGconn *connection, bool later) {
  uint64_t now = green_now();
  *settling = (struct green__pq_settling){.connection = connection,
                                          .due = now + (uint64_t)atomic_load(&grace) * MILLISECOND,
                                          .again = now + FIRST_PAUSE,
                                          .pause = FIRST_PAUSE};
  if (!later) ask_once_more(settling, now);
}

static int milliseconds_to(uint64_t due, uint64_t now) {
  return due <= now ? 0 : (int)((due - now + MILLISECOND - 1) / MILLISECOND);
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
      rc = green_poll(fds, count, milliseconds_to(until, now));
    }
    if (rc != 0 || green_now() >= due) return rc;
  }
}

struct limited {
  green_future *future;
  uint64_t due;
};

/* Under a shield a deadline means nothing, so this has a task of its own. */
static int wait_limited(void *arg) {
  struct limited *limited = arg;
  int rc = 0;
  GREEN_TIMEOUT((uint64_t)milliseconds_to(limited->due, green_now())) {
    rc = green_wait(limited->future);
  }
  return rc;
}

void green__pq_settled(struct green__pq_settling *settling) {
  green_future *asking = settling->asking;
  if (!asking) return;
  struct limited limited = {asking, settling->due};
  GREEN_SHIELD {
    if (!green_done(asking)) green_join(green_spawn(wait_limited, &limited));
    while (!green_done(asking) && green_now() < settling->due)
      green_sleep(1); /* there was no memory for that task */
  }
  if (!green_done(asking)) green__pq_give_up(settling->connection);
  green_future_release(asking);
  settling->asking = NULL;
}
