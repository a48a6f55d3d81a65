/* Connections of a pool that are lent and come back: to whom, how often, and what is done with one that
 * is not lent. */
#include <string.h>
#include "pg_test.h"

TEST(a_connection_goes_back_to_its_own_pool_once) {
  AUTO_PG green_pg *own = NULL;
  green_pg_pool *pool = NULL, *other = NULL;
  green_pg *pg = NULL;
  CHECK_CONNECTED(&own);
  CHECK_STATUS(pg_pool_of(&pool, 1), 0);
  int rc = pg_pool_of(&other, 1);
  if (rc == 0) rc = green_pg_pool_acquire(pool, &pg);
  if (rc < 0) {
    green_pg_pool_release(other);
    green_pg_pool_release(pool);
    return test_saw(rc);
  }
  int wrong = green_pg_pool_return(other, pg), no_pool = green_pg_pool_return(NULL, pg);
  int of_none = green_pg_pool_return(pool, own);
  bool told = test_allocator_failed() || strstr(green_message(), "no pool");
  int in_use = (int)green_pg_pool_statistics(pool).in_use, good = green_pg_run(pg, "select 1");
  int right = green_pg_pool_return(pool, pg), twice = green_pg_pool_return(pool, pg);
  int idle = (int)green_pg_pool_statistics(pool).idle, nothing = green_pg_pool_return(pool, NULL);
  green_pg_pool_release(other);
  green_pg_pool_release(pool);
  CHECK_STATUS(good, 0);
  CHECK_STATUS(wrong, GREEN_EINVAL);
  CHECK_STATUS(no_pool, GREEN_EINVAL);
  CHECK_STATUS(of_none, GREEN_EINVAL);
  CHECK(told);
  CHECK_NUMBER(in_use, 1);
  CHECK_STATUS(right, 0);
  CHECK_STATUS(twice, GREEN_EINVAL);
  CHECK_NUMBER(idle, 1);
  CHECK_STATUS(nothing, 0);
  CHECK_ANSWER(own, "select 1", "1");
  return 0;
}

/* Holds it in a transaction, from when it gets it until it is told to go on. */
struct second {
  green_pg_pool *pool;
  green_pg *has;
  bool over;
};

static int hold(void *arg) {
  struct second *second = arg;
  int rc = green_pg_pool_acquire(second->pool, &second->has);
  if (rc < 0) return rc;
  rc = green_pg_run(second->has, "begin; create temp table kept (i int)");
  while (rc == 0 && !second->over) rc = green_yield();
  if (rc == 0) rc = green_pg_run(second->has, "insert into kept values (1); rollback");
  int back = green_pg_pool_return(second->pool, second->has);
  return rc < 0 ? rc : back;
}

/* Of the task that had it before. */
static int give_back_again(struct second *second, green_pg *pg) {
  int rc = green_pg_pool_return(second->pool, pg);
  if (rc < 0) return rc;
  AUTO_JOIN green_future *other = green_spawn(hold, second);
  CHECK_STARTED(other);
  while (!second->has && !green_done(other) && rc == 0) rc = green_yield();
  bool same = second->has == pg;
  int twice = green_pg_pool_return(second->pool, pg);
  int in_use = (int)green_pg_pool_statistics(second->pool).in_use;
  second->over = true;
  int held = green_wait(other);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(held, 0);
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM); /* it may have got another one */
  CHECK(same);
  CHECK_STATUS(twice, GREEN_EINVAL);
  CHECK_NUMBER(in_use, 1);
  return 0;
}

TEST(a_connection_that_was_given_back_is_not_taken_from_who_has_it_now) {
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  CHECK_STATUS(pg_pool_of(&pool, 1), 0);
  struct second second = {pool, NULL, false};
  GREEN_PG_WITH(pool, pg) {
    int rc = give_back_again(&second, pg);
    if (rc < 0) return rc;
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  CHECK_NUMBER(green_pg_pool_statistics(pool).in_use, 0);
  CHECK_NUMBER(green_pg_pool_statistics(pool).broken, 0);
  return 0;
}

/* The same task's, and the block ends: the new loan goes on. */
TEST(a_block_gives_its_own_loan_back_and_no_other) {
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  green_pg *again = NULL;
  int back = 0, rc = 0;
  CHECK_STATUS(pg_pool_of(&pool, 1), 0);
  GREEN_PG_WITH(pool, pg) {
    back = green_pg_pool_return(pool, pg);
    rc = green_pg_pool_acquire(pool, &again);
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  int in_use = (int)green_pg_pool_statistics(pool).in_use;
  int good = again ? green_pg_run(again, "select 1") : rc;
  int end = green_pg_pool_return(pool, again);
  CHECK_STATUS(back, 0);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(in_use, 1);
  CHECK_STATUS(good, 0);
  CHECK_STATUS(end, 0);
  return 0;
}

static int return_it(void *arg) {
  const struct second *second = arg;
  return green_pg_pool_return(second->pool, second->has);
}

TEST(a_task_does_not_give_back_what_another_one_has) {
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  struct second second = {NULL, NULL, false};
  CHECK_STATUS(pg_pool_of(&pool, 1), 0);
  second.pool = pool;
  CHECK_STATUS(green_pg_pool_acquire(pool, &second.has), 0);
  int other = green_join(green_spawn(return_it, &second));
  bool told = test_allocator_failed() || strstr(green_message(), "another task");
  int own = green_pg_pool_return(pool, second.has);
  CHECK_STATUS(other, GREEN_EINVAL);
  CHECK(told);
  CHECK_STATUS(own, 0);
  return 0;
}

TEST(a_block_outlives_the_connection_that_was_given_back_in_it) {
  green_pg_pool *pool = NULL;
  int back = 0;
  bool closed = false;
  CHECK_STATUS(pg_pool_of(&pool, 1), 0);
  GREEN_PG_WITH(pool, pg) {
    back = green_pg_pool_return(pool, pg);
    AUTO_FUTURE green_future *future = green_pg_pool_shutdown(pool);
    closed = green_done(future);
    green_pg_pool_release(pool);
  }
  else {
    int rc = green_pg_error(pg)->status;
    green_pg_pool_release(pool);
    return test_saw(rc);
  }
  CHECK_STATUS(back, 0);
  CHECK(closed);
  return 0;
}

TEST(a_connection_that_idles_in_its_pool_takes_no_calls) {
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  green_pg *pg = NULL;
  bool begun = false;
  CHECK_STATUS(pg_pool_of(&pool, 1), 0);
  CHECK_STATUS(green_pg_pool_acquire(pool, &pg), 0);
  CHECK_STATUS(green_pg_pool_return(pool, pg), 0);
  if (!green_pg_pool_statistics(pool).idle) return test_saw(GREEN_ENOMEM); /* it was closed */
  CHECK_STATUS(green_pg_run(pg, "select 1"), GREEN_EINVAL);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "given back");
  CHECK_STATUS(green_pg_query(pg, NULL, "select 1", GREEN_PG_NONE), GREEN_EINVAL);
  GREEN_PG_TRANSACTION(pg) begun = true;
  CHECK(!begun);
  CHECK_NUMBER(green_pg_pool_statistics(pool).idle, 1);
  CHECK_STATUS(green_pg_pool_acquire(pool, &pg), 0);
  int good = green_pg_run(pg, "select 1");
  green_pg_pool_return(pool, pg);
  CHECK_STATUS(good, 0);
  return 0;
}

static int tick(void *count) {
  ++*(int *)count;
  return 0;
}

/* Whatever is open on what is released, other tasks get no turn meanwhile. */
TEST(nothing_that_is_released_parks) {
  green_pg_pool *pool = NULL;
  green_pg_listener *listener = NULL;
  green_pg *pg = NULL, *lent = NULL, *reading = NULL;
  int ticks = 0;
  int rc = green_pg_connect(&pg, pg_address());
  if (rc == 0) rc = green_pg_connect(&reading, pg_address());
  if (rc == 0) rc = green_pg_listen(pg, &listener, "released");
  if (rc == 0) rc = pg_pool_of(&pool, 1);
  if (rc == 0) rc = green_pg_pool_acquire(pool, &lent);
  if (rc == 0 && !pg_embedded()) rc = green_pg_run(lent, "begin");
  if (rc == 0)
    rc = green_pg_cursor_open(reading, "select generate_series(1, 100000)", GREEN_PG_NONE);
  AUTO_JOIN green_future *other = green_spawn(tick, &ticks);
  green_pg_listener_release(listener);
  green_pg_release(reading);
  green_pg_release(pg);
  green_pg_release(lent);
  green_pg_pool_release(pool);
  green_pg_result_release(NULL);
  green_pg_listener_release(NULL);
  green_pg_release(NULL);
  green_pg_pool_release(NULL);
  int seen = ticks;
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(seen, 0);
  CHECK_STARTED(other);
  CHECK_STATUS(green_wait(other), 0);
  return 0;
}
