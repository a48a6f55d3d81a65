/* What the tests of green_pg share: the database, which comes from outside, and what differs by its
 * kind. */
#ifndef GREENIO_TESTS_PG_TEST_H
#define GREENIO_TESTS_PG_TEST_H

#include <greenio/pg.h>
#include <greenio/pg_pool.h>
#include "harness.h"

GREEN_BEGIN

/* The connection string of --pg, or of GREENIO_PG_ADDRESS. */
const char *pg_address(void);

/* The same database by way of ../pq/silence.mjs, of --silence or GREENIO_PG_SILENCE; NULL: there is
 * none. */
const char *pg_silence(void);

/* PGlite has one session: what needs several servers' processes, or to stop a statement under way,
 * is not for it. */
bool pg_embedded(void);
#define SKIP_EMBEDDED(reason)                                                                      \
  do {                                                                                             \
    if (pg_embedded()) SKIP("PGlite: " reason);                                                    \
  } while (0)

/* A connection; the result of a query; both NULL at first. */
#define AUTO_PG       __attribute__((unused, cleanup(pg_auto)))
#define AUTO_RESULT   __attribute__((unused, cleanup(pg_auto_result)))
#define AUTO_LISTENER __attribute__((unused, cleanup(pg_auto_listener)))
#define AUTO_PG_POOL  __attribute__((unused, cleanup(pg_auto_pool)))
void pg_auto(green_pg **pg);
void pg_auto_result(green_pg_result **result);
void pg_auto_listener(green_pg_listener **listener);
void pg_auto_pool(green_pg_pool **pool); /* shut down, and waited for */

/* A pool of at most so many connections. */
int pg_pool_of(green_pg_pool **pool, int max);

#define CHECK_CONNECTED(pg) CHECK_STATUS(green_pg_connect(pg, pg_address()), 0)

/* The first value that a query gives. */
#define CHECK_ANSWER(pg, sql, expected)                                                            \
  do {                                                                                             \
    AUTO_RESULT green_pg_result *answer = NULL;                                                    \
    CHECK_STATUS(green_pg_query(pg, &answer, sql, GREEN_PG_NONE), 0);                              \
    CHECK_STRING(green_pg_text_at(answer, 0, 0, NULL), expected);                                  \
  } while (0)

/* A task that runs one statement on a connection, which is lent to it. */
struct pg_statement {
  green_pg *pg;
  const char *sql;
};
int pg_run_statement(void *statement);

/* Waits until a server process runs that statement and sleeps, or waits for a lock; asked on
 * another connection. Gives up when the task is done. */
int pg_until_waiting(green_pg *pg, const char *sql, const green_future *task);

/* Without memory a connection may be lost where it would otherwise go on. */
#define CHECK_ALIVE(pg)                                                                            \
  do {                                                                                             \
    if (test_allocator_failed() && !green_pg_is_alive(pg)) return test_saw(GREEN_ENOMEM);          \
    CHECK(green_pg_is_alive(pg));                                                                  \
  } while (0)

GREEN_END

#endif
