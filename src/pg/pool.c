/* The pool of connections.
 *
 * Why a task got none is the task's to ask (green__pg_no_connection()), not the pool's.
 *
 * Invariants: `open` counts connections and places that were promised to a task which is to fill
 * them, and is never above max; a task waits only while nothing idles and all places are taken, so
 * what comes free goes to the first that waits. A connection's record says which pool it is of
 * until it is closed. The pool lives until it is released, shut down, and nothing is open.
 */
#include <greenio/pg_pool.h>
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "core/wait.h"
#include "pg.h"

struct green_pg_pool {
  char *conninfo;
  green_pg_pool_options options;
  green_pg *idle; /* used last first */
  struct green__queue waiters;
  green_future *closed;
  bool closing, released;
  bool forgetful; /* as one of its connections: a pooler is before the server */
  unsigned calls; /* tasks that are acquiring */
  green_pg_pool_counts counts;
};

/* ---- its life -------------------------------------------------------------------------------- */

static int check_options(const green_pg_pool_options *options) {
  if (options->max < 0 || options->max > GREEN_PG_POOL_MAX)
    return green_fail(GREEN_EINVAL, "a pool's max is 0 to %d, and not %d", GREEN_PG_POOL_MAX,
                      options->max);
  if (options->setup_arg && !options->setup)
    return green_fail(GREEN_EINVAL, "a pool's setup_arg is for its setup, which is NULL");
  return 0;
}

int green_pg_pool_new(green_pg_pool **out, const char *conninfo,
                      const green_pg_pool_options *options) {
  *out = NULL;
  int rc = options ? check_options(options) : 0;
  if (rc < 0) return rc;
  if (!conninfo) return green_fail(GREEN_EINVAL, "a pool needs a connection string, and got NULL");
  green_pg_pool *pool = green__alloc(sizeof *pool);
  if (!pool) return GREEN_ENOMEM;
  memset(pool, 0, sizeof *pool);
  if (options) pool->options = *options;
  if (!pool->options.check_after) pool->options.check_after = 30000;
  if (!pool->options.max_idle) pool->options.max_idle = 600000;
  pool->counts.max = options && options->max ? (size_t)options->max : GREEN_PG_POOL_DEFAULT;
  pool->conninfo = green__copy_string(conninfo, SIZE_MAX);
  if (!pool->conninfo || green_future_new(&pool->closed) < 0) {
    green__free(pool->conninfo);
    green__free(pool);
    return GREEN_ENOMEM;
  }
  *out = pool;
  return 0;
}

/* Ends it when it is to end and nothing is left of it. */
static void pool_end_if_over(green_pg_pool *pool) {
  if (!pool->closing || pool->counts.open || pool->calls) return;
  if (!green_done(pool->closed)) green_resolve(pool->closed, NULL, NULL);
  if (!pool->released) return;
  green_future_release(pool->closed);
  green__free(pool->conninfo);
  green__free(pool);
}

static void close_idle(green_pg_pool *pool) {
  while (pool->idle) {
    green_pg *pg = pool->idle;
    pool->idle = pg->pool_next;
    pool->counts.idle--;
    pool->counts.open--;
    pg->pool = NULL;
    green_pg_release(pg);
  }
}

green_future *green_pg_pool_shutdown(green_pg_pool *pool) {
  green_future *closed = green_future_retain(pool->closed);
  pool->closing = true;
  close_idle(pool);
  pool_end_if_over(pool);
  return closed;
}

void green_pg_pool_release(green_pg_pool *pool) {
  if (!pool) return;
  green__handle_released(pool, __func__);
  pool->released = pool->closing = true;
  close_idle(pool);
  pool_end_if_over(pool);
}

green_pg_pool_counts green_pg_pool_statistics(const green_pg_pool *pool) {
  green_pg_pool_counts counts = pool->counts;
  for (const struct green__waiter *one = pool->waiters.head; one; one = one->next) counts.waiting++;
  return counts;
}

/* ---- places ---------------------------------------------------------------------------------- */

/* A place is free: the first that waits may fill it, or nobody has it. */
static void pass_place(green_pg_pool *pool) {
  struct green__waiter *first = pool->waiters.head;
  if (first) {
    first->item = NULL;
    green__wake(first, 0);
  } else {
    pool->counts.open--;
    pool_end_if_over(pool);
  }
}

/* The connection is no longer the pool's. */
static void discard(green_pg_pool *pool, green_pg *pg, uint64_t *reason) {
  ++*reason;
  pg->pool = NULL;
  green_pg_release(pg);
  pass_place(pool);
}

void green__pg_pool_forget(green_pg *pg) {
  green_pg_pool *pool = pg->pool;
  pg->pool = NULL;
  if (!pool) return;
  pool->counts.in_use--;
  pass_place(pool);
}

/* A connection is free. */
static void connection_put(green_pg_pool *pool, green_pg *pg) {
  struct green__waiter *first = pool->waiters.head;
  if (first) {
    first->item = pg;
    green__wake(first, 0);
    return;
  }
  pg->idle_since = green_now();
  pg->pool_next = pool->idle;
  pool->idle = pg;
  pool->counts.idle++;
  if (pool->closing) {
    close_idle(pool);
    pool_end_if_over(pool);
  }
}

/* ---- connections that idle ------------------------------------------------------------------- */

/* More than so many milliseconds ago. */
static bool is_past(uint64_t then, uint64_t milliseconds, uint64_t now) {
  return now - then > green__nanoseconds(milliseconds);
}

static bool is_old(const green_pg_pool *pool, const green_pg *pg, uint64_t now) {
  const green_pg_pool_options *options = &pool->options;
  return is_past(pg->idle_since, options->max_idle, now) ||
         (options->max_age && is_past(pg->made, options->max_age, now));
}

/* Takes those out that are too old, wherever they are. */
static void retire(green_pg_pool *pool) {
  uint64_t now = green_now();
  for (green_pg **link = &pool->idle; *link;) {
    green_pg *pg = *link;
    if (!is_old(pool, pg, now)) {
      link = &pg->pool_next;
      continue;
    }
    *link = pg->pool_next;
    pool->counts.idle--;
    pool->counts.open--; /* nobody waits while one idles */
    pool->counts.retired++;
    pg->pool = NULL;
    green_pg_release(pg);
  }
}

/* To the task that is to have it, or that looks whether it is in good health. */
static void lend(green_pg *pg) {
  pg->lent = true;
  pg->traceparent = pg->traced_first;
  pg->borrower = green_current();
  pg->loan++;
}

/* Asks for a sign of life, for which a server has so long. (PGlite is there; others may be at it.)
 *   0; GREEN_ECONNRESET: none came; other statuses: interrupted. */
static int connection_ask(green_pg *pg) {
  if (pg->place != GREEN__PG_SERVER) return green_pg_run(pg, "");
  int rc = green__pg_enter(pg, GREEN__PG_NOTHING);
  if (rc < 0) return rc;
  uint64_t due = pg->due = green__due_in(GREEN__GRACE);
  rc = green__pg_simple(pg, "");
  if (rc < 0 && !pg->ready && !pg->lost) green__pg_settle(pg);
  pg->due = GREEN__NEVER;
  rc = green__pg_leave(pg, rc);
  return rc != GREEN_ECANCELED && pg->lost && green_now() >= due ? GREEN_ECONNRESET : rc;
}

/* The one that was used last and is in good health: 0, *out may be NULL: there is none; a status:
 * interrupted. */
static int take_idle(green_pg_pool *pool, green_pg **out) {
  retire(pool);
  while ((*out = pool->idle)) {
    green_pg *pg = *out;
    pool->idle = pg->pool_next;
    pool->counts.idle--;
    bool ask_first = is_past(pg->idle_since, pool->options.check_after, green_now());
    lend(pg);
    int rc = !green_pg_is_alive(pg) ? GREEN_ECONNRESET : ask_first ? connection_ask(pg) : 0;
    if (rc == 0) return 0;
    *out = NULL;
    pg->lent = false;
    if (rc == GREEN_ECONNRESET || pg->lost) {
      discard(pool, pg, &pool->counts.broken);
      if (rc == GREEN_ECONNRESET) continue;
    } else {
      connection_put(pool, pg);
    }
    return rc;
  }
  return 0;
}

/* ---- acquiring ------------------------------------------------------------------------------- */

/* Fills a place that was promised. */
static int place_fill(green_pg_pool *pool, green_pg **out) {
  int rc = green_pg_connect(out, pool->conninfo);
  if (rc == 0) green_pg_set_traceparent(*out, pool->options.traceparent);
  int most = pool->options.max_prepared;
  if (rc == 0 && most) green_pg_set_max_prepared(*out, most < 0 ? 0 : (size_t)most);
  if (rc == 0 && pool->options.setup) {
    rc = pool->options.setup(*out, pool->options.setup_arg);
    if (rc < 0) {
      green__pg_no_connection(rc, &(*out)->failure);
      green_pg_release(*out);
    }
  }
  if (rc < 0) {
    *out = NULL;
    pool->counts.failed++;
    return rc;
  }
  (*out)->pool = pool;
  (*out)->traced_first = (*out)->traceparent; /* setup's say, if it had one */
  (*out)->made = green_now();
  pool->counts.made++;
  return 0;
}

/* Why the task gets none, where it has come to no connection. */
static int acquire_failed(int rc) {
  if (rc == GREEN_ECANCELED || rc == GREEN_ETIMEDOUT)
    green_fail(rc, "waiting for a connection: %s", green_strerror(rc));
  return green__pg_no_connection(rc, NULL);
}

static int wait_turn(green_pg_pool *pool, green_pg **out) {
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc < 0) return acquire_failed(rc);
  uint64_t since = green_now();
  const struct green__waiter *waiter = green__wait_on(self, &pool->waiters);
  rc = green__park(self, "connection of a pool", pool);
  pool->counts.waited_ns += green_now() - since;
  if (rc < 0) {
    pool->counts.given_up++;
    return acquire_failed(rc);
  }
  pool->counts.waited++;
  *out = waiter->item;
  return 0;
}

static int acquire(green_pg_pool *pool, green_pg **out) {
  int rc = 0;
  if (!pool->waiters.head && (rc = take_idle(pool, out)) < 0) return acquire_failed(rc);
  if (*out) return 0;
  if (!pool->waiters.head && pool->counts.open < pool->counts.max)
    pool->counts.open++;
  else if ((rc = wait_turn(pool, out)) < 0)
    return rc;
  if (*out) return 0;
  rc = place_fill(pool, out);
  if (rc < 0) pass_place(pool);
  return rc;
}

int green_pg_pool_acquire(green_pg_pool *pool, green_pg **out) {
  *out = NULL;
  int rc = green__wait_possible();
  if (rc == GREEN_EMAIN) return rc;
  if (rc < 0) green_fail(rc, "%s", green_strerror(rc));
  if (rc == 0 && pool->closing) rc = green_fail(GREEN_ECLOSED, "the pool was shut down");
  if (rc < 0) return green__pg_no_connection(rc, NULL);
  pool->calls++;
  rc = acquire(pool, out);
  pool->calls--;
  if (rc == 0) {
    (*out)->forgetful |= pool->forgetful;
    lend(*out);
    pool->counts.acquired++;
    pool->counts.in_use++;
    return green__pg_no_connection(0, NULL);
  }
  pool_end_if_over(pool);
  return rc;
}

/* ---- giving back ----------------------------------------------------------------------------- */

static bool is_clean(const green_pg *pg) {
  return pg->ready && pg->doing == GREEN__PG_NOTHING && pg->state == GREEN__PG_IDLE && !pg->depth &&
         !pg->channels;
}

/* Ends what is open on it. Parks. */
static void clean(green_pg *pg) {
  green__pg_take(pg);
  pg->depth = 0;
  pg->said = pg->over = false;
  pg->due = green__due_in(GREEN__GRACE);
  if (!pg->ready) green__pg_settle(pg);
  pg->settling = true;
  GREEN_SHIELD {
    if (!pg->lost && pg->state != GREEN__PG_IDLE) green__pg_simple(pg, "rollback");
    if (!pg->lost && pg->channels) green__pg_unlisten(pg);
  }
  pg->due = GREEN__NEVER;
  pg->settling = false;
  green__pg_pass(pg);
}

static void give_back(green_pg *pg) {
  green_pg_pool *pool = pg->pool;
  pg->note = NULL;
  pg->lent = false;
  pool->forgetful |= pg->forgetful;
  if (!pg->lost && !pg->user && !is_clean(pg) && green__running()) clean(pg);
  pool->counts.in_use--;
  if (pg->lost || pg->user || !is_clean(pg))
    discard(pool, pg, &pool->counts.broken);
  else
    connection_put(pool, pg);
}

/* The pool is not looked into unless the connection is its own: then it is there. On the host's own
 * stack it is not known whose loan is meant. */
int green_pg_pool_return(green_pg_pool *pool, green_pg *pg) {
  if (!pg) return 0;
  if (!pg->pool || pg->pool != pool)
    return green_fail(GREEN_EINVAL,
                      "a connection of %s was given back to a pool, and stays as it is",
                      pg->pool ? "another pool" : "no pool");
  if (!pg->lent) return green_fail(GREEN_EINVAL, "a connection was given back to its pool twice");
  if (green__running() && pg->borrower != green_current())
    return green_fail(GREEN_EINVAL,
                      "a connection is given back by the task that acquired it, and another task "
                      "has this one; it stays as it is");
  give_back(pg);
  return 0;
}

struct green__pg_loan green__pg_with_enter(green_pg_pool *pool) {
  struct green__pg_loan loan = {NULL, 0};
  if (green_pg_pool_acquire(pool, &loan.held) == 0) {
    loan.number = loan.held->loan;
    loan.held->references++;
  }
  return loan;
}

/* The block may have given it back, may have it on another loan by now, and the pool may have closed
 * it: the scope's reference is what is left of it then. */
void green__pg_with_leave(struct green__pg_with *scope) {
  green_pg *pg = scope->loan.held;
  if (!pg) return;
  if (pg->pool && pg->lent && pg->loan == scope->loan.number) give_back(pg);
  green__pg_drop(pg);
}
