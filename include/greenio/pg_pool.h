/* A pool of connections to one database: at most so many, made when they are needed, used by any
 * number of tasks in turn.
 *
 *   GREEN_PG_WITH(pool, pg) {
 *     rc = green_pg_query_prepared(pg, &result, ...);
 *   } else {
 *     rc = green_pg_error(pg)->status;   there is none, `pg` is NULL, and it has why
 *   }
 *
 * Tasks wait in the order in which they came. A connection that comes back goes to the first of
 * them at once; what is left open on it (a transaction, a query, a COPY, listeners) is ended
 * before. One that is broken is closed, and another one made in its place when it is needed. Those
 * that idle are looked at before they are given out: whether the server has closed them, and after
 * a while also whether it answers. Prepared statements stay with their connection, settings of the
 * session (set ...) too.
 *
 * With PGlite all connections share one session and take turns; a pool of one does as well there.
 */
#ifndef GREENIO_PG_POOL_H
#define GREENIO_PG_POOL_H

#include <greenio/future.h>
#include <greenio/pg.h>

GREEN_BEGIN

/* A pool; it belongs to who made it. */
typedef struct green_pg_pool green_pg_pool;

/* How many connections: unless said otherwise, and at most. */
#define GREEN_PG_POOL_DEFAULT 10
#define GREEN_PG_POOL_MAX     10000

/* What is 0 or NULL has its default; times are in milliseconds. */
typedef struct green_pg_pool_options {
  int max;              /* connections; 0: GREEN_PG_POOL_DEFAULT */
  uint64_t check_after; /* one that idled for longer is asked for a sign of life before it is given
                           out, for which a server has 5 s; 0: 30,000 */
  uint64_t max_idle;    /* one that idled for longer is closed, when the pool is next used; 0:
                           600,000 */
  uint64_t max_age;     /* one that was made longer ago is closed when it is idle; 0: none */
  int (*setup)(green_pg *pg, void *arg); /* called with each new one, in the task that is to have
                                            it; may wait; a negative status fails that task */
  void *setup_arg;                       /* handed to it */
  int max_prepared;                      /* statements that each connection keeps prepared, as by
                       green_pg_set_max_prepared(); 0: GREEN_PG_PREPARED_DEFAULT; negative: none */
  bool traceparent;                      /* statements carry the trace context of their task, as by
                                            green_pg_set_traceparent(); a borrower's own call ends
                                            with the loan, one of setup's is for all */
} green_pg_pool_options;

/* Makes a pool, without a connection yet; `options` may be NULL. The string and the options are
 * copied. Any stack; never parks.
 *   0             *out is the caller's
 *   GREEN_EINVAL  max is negative or above GREEN_PG_POOL_MAX; setup_arg without setup; no string.
 *                 The message says which. Whether the string is right the first task finds out
 *   GREEN_ENOMEM  no memory */
GREEN_API int green_pg_pool_new(green_pg_pool **out, const char *conninfo,
                                const green_pg_pool_options *options);

/* Lets go of the pool; if it was not shut down, this does so. Connections that are in use stay
 * good until they are given back, with `pool` as it was. NULL is allowed. Any stack; never
 * parks. */
GREEN_API void green_pg_pool_release(green_pg_pool *pool);

/* Takes a connection, to be given back. Parks while none is free, one is made, or asked for a sign
 * of life. After a failure *out is NULL, a message is left, and green_pg_error(NULL) has its
 * fields.
 *   0                *out is the task's
 *   GREEN_ECLOSED    the pool was shut down
 *   GREEN_ECANCELED  interrupted
 *   GREEN_ETIMEDOUT  interrupted
 *   others           as green_pg_connect(), or what `setup` returned */
GREEN_API int green_pg_pool_acquire(green_pg_pool *pool, green_pg **out);

/* Gives it back, by the task that acquired it, or on the host's own stack. What is open on it is
 * ended before, for at most 5 s, with the task's interruptions held back: parks then. On the host's
 * own stack it is closed instead. NULL is allowed. (green_pg_release() of a connection that
 * green_pg_pool_acquire() gave is allowed too: it is closed, and its place is free.)
 *   0             it is the pool's again, or was closed if it was broken; calls on it are
 *                 GREEN_EINVAL while it idles there, and it may be closed at any time
 *   GREEN_EINVAL  it is not of this pool, was given back before, or another task has it: it stays
 *                 as it is; a message says which */
GREEN_API int green_pg_pool_return(green_pg_pool *pool, green_pg *pg);

/* Holds a connection for a block that is left by any road; it is not released in there. A block
 * that has given it back itself gives nothing back at its end, whoever has it then. If none can be
 * had, the block of an `else` behind it runs, `pg` is NULL there, and green_pg_error(pg) has why.
 *
 * `continue` and `break` end this block, and not a loop of yours around it: in C the block is a
 * loop's body. Without a macro (and from other languages) it is green_pg_pool_acquire() and
 * green_pg_pool_return(). */
#define GREEN_PG_WITH(pool, pg)                                                                    \
  GREEN__PG_WITH(GREEN__UNIQUE(green__pg_with_), green__pg_with_enter(pool), pg)

#define GREEN__PG_WITH(name, enter, pg)                                                            \
  for (struct green__pg_with name __attribute__((cleanup(green__pg_with_leave))) = {enter, 1};     \
       name.once; name.once = 0)                                                                   \
    for (green_pg *pg = name.loan.held; name.once; name.once = 0)                                  \
      if (pg)

struct green__pg_loan {
  green_pg *held;
  uint64_t number;
};
struct green__pg_with {
  struct green__pg_loan loan;
  int once; /* set in place, so that compilers see that the block or its else runs */
};
GREEN_API struct green__pg_loan green__pg_with_enter(green_pg_pool *pool);
GREEN_API void green__pg_with_leave(struct green__pg_with *scope);

/* Numbers; the first five are of now, the others count since the pool was made. */
typedef struct green_pg_pool_counts {
  size_t open;        /* connections, those being made included; never more than max */
  size_t idle;        /* of them, in the pool */
  size_t in_use;      /* of them, with tasks */
  size_t waiting;     /* tasks */
  size_t max;         /* connections at most */
  uint64_t acquired;  /* connections given to tasks */
  uint64_t waited;    /* of these, after waiting for one to be given back */
  uint64_t waited_ns; /* for how long, all of them together, in nanoseconds */
  uint64_t given_up;  /* tasks interrupted while they waited */
  uint64_t made;      /* connections made */
  uint64_t failed;    /* connections that could not be made */
  uint64_t broken;    /* connections that were found broken */
  uint64_t retired;   /* connections closed for their age, or since they idled */
} green_pg_pool_counts;

/* Any stack; never parks. */
GREEN_API green_pg_pool_counts green_pg_pool_statistics(const green_pg_pool *pool);

/* Closes the pool. Tasks that wait get their connections still; the future is done, with 0, when
 * the last one has been given back and all are closed. May be called again: each call gives a
 * reference of the same future. Never NULL. Any stack; never parks. */
GREEN_API green_future *green_pg_pool_shutdown(green_pg_pool *pool);

GREEN_END
#endif
