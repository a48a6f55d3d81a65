/* A connection's life, whose turn it is, and how an interrupted call is brought to its end. */
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "core/wait.h"
#include "pg.h"

GREEN__SHARED_USE;

/* ---- its life -------------------------------------------------------------------------------- */

static const struct {
  const char *scheme;
  enum green__pg_place place;
} schemes[] = {{"memory:", GREEN__PG_MEMORY},
               {"file:", GREEN__PG_FILE},
               {"idb:", GREEN__PG_IDB},
               {"opfs:", GREEN__PG_OPFS}};

/* What the connection string names. */
static int find_place(green_pg *pg) {
  pg->place = GREEN__PG_SERVER;
  pg->name = pg->conninfo;
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
    size_t size = strlen(schemes[i].scheme);
    if (strncmp(pg->conninfo, schemes[i].scheme, size) != 0) continue;
    pg->place = schemes[i].place;
    pg->name = pg->conninfo + size;
    if (!*pg->name && pg->place != GREEN__PG_MEMORY)
      return green_fail(GREEN_EINVAL, "%s is to be followed by a name", pg->conninfo);
  }
  const char *refuses = green__pg_host_refuses(pg->place);
  if (!refuses) return 0;
  const char *what = pg->place == GREEN__PG_SERVER ? "a server" : pg->conninfo; /* passwords */
  return green_fail(GREEN_ENOTSUP, "%s cannot be opened here: %s", what, refuses);
}

static green_pg *connection_make(const char *conninfo) {
  green_pg *pg = green__alloc(green__pg_host_size);
  if (!pg) return NULL;
  memset(pg, 0, green__pg_host_size);
  pg->references = 1;
  pg->runtime = green__runtime_own();
  pg->due = GREEN__NEVER;
  pg->statement_most = GREEN_PG_PREPARED_DEFAULT;
  green__pg_failure_clear(&pg->failure);
  green__pg_failure_clear(&pg->notice);
  pg->conninfo = green__copy_string(conninfo, SIZE_MAX);
  if (pg->conninfo) return pg;
  green__free(pg);
  return NULL;
}

static void destroy(green_pg *pg) {
  green__pg_failure_clear(&pg->failure);
  green__pg_failure_clear(&pg->notice);
  green__pg_statement_prepared(pg);
  green__pg_statements_free(pg);
  green__free(pg->conninfo);
  green__free(pg);
}

int green_pg_connect(green_pg **out, const char *conninfo) {
  *out = NULL;
  int rc = green__wait_possible();
  if (rc == GREEN_EMAIN) return rc;
  if (rc < 0) return green__pg_no_connection(green_fail(rc, "%s", green_strerror(rc)), NULL);
  green_pg *pg = connection_make(conninfo);
  if (!pg)
    return green__pg_no_connection(green_fail(GREEN_ENOMEM, "%s", green_strerror(GREEN_ENOMEM)),
                                   NULL);
  rc = find_place(pg);
  if (rc == 0) {
    rc = green__pg_host_open(pg);
    if (rc < 0 && !pg->failure.shown.status) green_fail(rc, "%s", green_strerror(rc));
  }
  green__pg_no_connection(rc, &pg->failure);
  if (rc < 0) {
    destroy(pg);
    return rc;
  }
  pg->open = pg->ready = true;
  *out = pg;
  return 0;
}

void green__pg_drop(green_pg *pg) {
  if (--pg->references == 0) destroy(pg);
}

/* A task that waits in green_pg_close() until the host's part is closed. */
struct green__pg_closer {
  struct green__queue waiting;
  bool over;
  green_future *closed; /* then: what is left to be written, or NULL */
};

/* Of a released connection: the host's part goes, unless a call is under way, which does this as it
 * ends. */
static void close_host(green_pg *pg) {
  if (!pg->open || pg->user) return;
  pg->open = false;
  green_future *closed = green__pg_host_close(pg);
  struct green__pg_closer *closer = pg->closer;
  if (!closer) {
    if (closed) green_future_release(closed);
    return;
  }
  pg->closer = NULL;
  closer->closed = closed;
  closer->over = true;
  if (closer->waiting.head) green__wake(closer->waiting.head, 0);
}

/* The program's handle is gone: nothing waits any more. */
static void give_up(green_pg *pg) {
  green__pg_pool_forget(pg);
  pg->released = true;
  green_span_end(&pg->span, GREEN_ECLOSED);
  green__pg_listeners_detach(pg);
  if (pg->user) green__pg_host_abandon(pg);
  while (pg->turns.head) green__wake(pg->turns.head, GREEN_ECLOSED);
  close_host(pg);
  green__pg_drop(pg);
}

void green_pg_release(green_pg *pg) {
  if (!pg) return;
  green__handle_released(pg, __func__);
  give_up(pg);
}

/* For the call that is under way, which a task whose stack is lost never ends. */
static int wait_host_closed(green_pg *pg, struct green__pg_closer *closer) {
  uint64_t due = green__due_in(GREEN__GRACE);
  while (!closer->over && green_now() < due) {
    struct green__task *self;
    int rc = green__wait_begin(&self);
    if (rc == 0) {
      green__wait_on(self, &closer->waiting);
      rc = green__park_until(self, due, "connection", pg);
    }
    if (rc < 0) return rc;
  }
  return closer->over ? 0
                      : green_fail(GREEN_ETIMEDOUT,
                                   "the call of another task on the connection has not ended");
}

int green_pg_close(green_pg *pg) {
  struct green__pg_closer closer = {.over = false};
  green__handle_released(pg, __func__);
  if (!green__running()) {
    give_up(pg);
    return GREEN_EMAIN;
  }
  // cppcheck-suppress autoVariables ; it is taken back below, or by close_host()
  pg->closer = &closer;
  give_up(pg);
  int rc = 0;
  GREEN_SHIELD {
    if (!closer.over) rc = wait_host_closed(pg, &closer);
    if (closer.closed) rc = green_wait(closer.closed);
  }
  if (!closer.over) pg->closer = NULL; /* it is there as long as that call */
  if (closer.closed) green_future_release(closer.closed);
  return rc;
}

bool green_pg_is_alive(green_pg *pg) {
  if (pg->open && !pg->lost && !pg->user && pg->ready) green__pg_host_look(pg);
  return !pg->lost && !pg->released;
}

/* ---- turns ----------------------------------------------------------------------------------- */

static int busy(green_pg *pg) {
  return green__pg_fail(
      pg, GREEN_EBUSY,
      "another task is using this connection; give each its own, as green_pg_pool does");
}

/* Whether what is under way allows the call. */
static int check_doing(green_pg *pg, enum green__pg_doing doing) {
  static const char *const begun[] = {"", "a query is being read", "a COPY is being written",
                                      "a COPY is being read"};
  static const char *const missing[] = {"", "no query is open", "no COPY is being written",
                                        "no COPY is being read"};
  if (pg->doing == doing) return 0;
  if (pg->doing == GREEN__PG_NOTHING) return green__pg_fail(pg, GREEN_EINVAL, "%s", missing[doing]);
  return green__pg_fail(pg, GREEN_EBUSY, "%s on this connection; end that first", begun[pg->doing]);
}

static int check(green_pg *pg) {
  if (pg->released) return GREEN_ECLOSED;
  if (pg->pool && !pg->lent)
    return green__pg_fail(pg, GREEN_EINVAL,
                          "this connection was given back to its pool; take one from there by "
                          "green_pg_pool_acquire(), or GREEN_PG_WITH");
  if (pg->depth && pg->owner != green_current())
    return green__pg_fail(pg, GREEN_EBUSY,
                          "this connection is in a transaction of another task; give each its own, "
                          "as green_pg_pool does");
  if (pg->lost) return green__pg_lost_before(pg, GREEN_ECLOSED);
  if (pg->over)
    return green__pg_fail(pg, GREEN_EINVAL,
                          "the transaction of this block is over, by green_pg_commit(); leave the "
                          "block of GREEN_PG_TRANSACTION first");
  return 0;
}

/* Waits until it is given its turn by green__pg_leave(). */
static int wait_turn(green_pg *pg, struct green__task *self) {
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  green__wait_on(self, &pg->turns);
  return green__park(self, "connection", pg);
}

/* The task that waits for notifications, and so reads, is to let go. */
static void evict(green_pg *pg) {
  struct green__task *attending = pg->attending;
  pg->attending = NULL;
  if (attending) green__wake_task(attending);
}

static void connection_take(green_pg *pg, struct green__task *task, bool in_turn) {
  pg->references++;
  pg->user = task;
  pg->in_turn = in_turn;
  evict(pg);
}

static int connection_enter(green_pg *pg, enum green__pg_doing doing, bool in_turn) {
  struct green__task *self = green__running();
  int rc = green__wait_possible();
  if (rc < 0) return rc;
  if ((rc = check(pg)) < 0) return rc;
  if (pg->user && (!(in_turn || pg->in_turn) || pg->user == self)) return busy(pg);
  if (pg->user) {
    pg->references++;
    rc = wait_turn(pg, self);
    green__pg_drop(pg); /* the turn has a reference of its own */
    if (rc < 0) return rc;
    pg->in_turn = in_turn;
  } else {
    connection_take(pg, self, in_turn);
  }
  rc = check(pg);
  if (rc == 0) rc = check_doing(pg, doing);
  if (rc < 0) {
    green__pg_pass(pg);
    return rc;
  }
  green__pg_failure_clear(&pg->failure);
  return 0;
}

void green__pg_take(green_pg *pg) {
  connection_take(pg, green__running(), false);
}

int green__pg_enter(green_pg *pg, enum green__pg_doing doing) {
  return connection_enter(pg, doing, false);
}

int green__pg_enter_in_turn(green_pg *pg) {
  return connection_enter(pg, GREEN__PG_NOTHING, true);
}

/* What was under way is over, or never was. */
static void end_span(green_pg *pg, int status) {
  if (!pg->span.id) return;
  if (pg->doing == GREEN__PG_NOTHING)
    green_span_end(&pg->span, status);
  else
    green__span_step_out(&pg->span);
}

void green__pg_pass(green_pg *pg) {
  end_span(pg, GREEN_ECANCELED);
  pg->user = NULL;
  struct green__waiter *next = pg->turns.head;
  if (next) {
    connection_take(pg, next->task, true);
    green__wake(next, 0);
  } else {
    green__pg_listeners_attend(pg);
  }
  if (pg->released) close_host(pg);
  green__pg_drop(pg);
}

int green__pg_leave(green_pg *pg, int rc) {
  bool was_ready = pg->ready || pg->lost;
  if (pg->released) {
    rc = GREEN_ECLOSED;
  } else if (rc < 0 && !was_ready) {
    green__pg_settle(pg);
  }
  if (pg->lost || pg->released) pg->doing = GREEN__PG_NOTHING;
  if (rc >= 0) {
    green__pg_failure_clear(&pg->failure);
  } else if (pg->failure.shown.status != rc) {
    green__pg_fail(pg, rc, "%s%s", green_strerror(rc),
                   pg->lost && !was_ready
                       ? "; the server did not stop what it was doing, and the connection is closed"
                       : "");
  }
  end_span(pg, rc);
  green__pg_pass(pg);
  return rc;
}

int green__pg_leave_with(green_pg *pg, int rc, green_pg_result **out) {
  rc = green__pg_leave(pg, rc);
  if (rc < 0 && out) {
    green_pg_result_release(*out);
    *out = NULL;
  }
  return rc;
}

/* ---- settling -------------------------------------------------------------------------------- */

/* Ends the data of a COPY; what comes of it is still to be received. */
static int settle_copy(green_pg *pg, enum green__pg_doing doing) {
  const void *data;
  size_t size;
  int rc;
  if (doing == GREEN__PG_COPY_IN) return green__pg_host_copy_end(pg, "interrupted");
  do {
    rc = green__pg_host_copy_read(pg, &data, &size);
  } while (rc > 0);
  return rc;
}

static int settle_events(green_pg *pg) {
  for (;;) {
    green_pg_result *result = NULL;
    int rc = green__pg_receive_event(pg, &result);
    green_pg_result_release(result);
    if (rc == GREEN__PG_READY) return rc;
    if (rc == GREEN__PG_COPY_IN_BEGUN && (rc = settle_copy(pg, GREEN__PG_COPY_IN)) < 0)
      return rc; /* also without memory: the server goes on waiting for data */
    if (rc == GREEN__PG_COPY_OUT_BEGUN) rc = settle_copy(pg, GREEN__PG_COPY_OUT);
    if (rc < 0 && rc != GREEN_ENOMEM) return rc;
  }
}

void green__pg_settle(green_pg *pg) {
  enum green__pg_doing doing = pg->doing;
  uint64_t due = pg->due;
  int rc = 0;
  pg->doing = GREEN__PG_NOTHING;
  pg->settling = true;
  if (due == GREEN__NEVER) pg->due = green__due_in(GREEN__GRACE);
  GREEN_SHIELD {
    rc = green__pg_host_cancel(pg, doing == GREEN__PG_COPY_IN);
    if (rc >= 0 && doing >= GREEN__PG_COPY_IN) rc = settle_copy(pg, doing);
    if (rc >= 0) rc = settle_events(pg);
  }
  pg->due = due;
  if (rc < 0)
    green__pg_lost(pg, rc, "%s", green_strerror(rc));
  else
    pg->ready = true;
  pg->settling = false;
  green__pg_statement_prepared(pg);
}

int green__pg_wait_future(green_pg *pg, green_future *future) {
  if (green_done(future)) return 0;
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  green__wait_on_future(self, future);
  rc = green__park_until(self, pg->due, "database", future);
  if (green_done(future)) {
    green__wait_restore(self, rc);
    return 0;
  }
  return rc < 0 ? rc : GREEN_ETIMEDOUT;
}
