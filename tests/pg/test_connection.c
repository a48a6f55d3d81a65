/* Connections: what opens and what does not, and who may use one. */
#include <stdio.h>
#include <string.h>
#include <greenio/pg_pool.h>
#include "pg_test.h"

TEST_OUTSIDE(outside_a_task_nothing_is_connected) {
  green_pg *pg = (green_pg *)&pg;
  CHECK_STATUS(green_pg_connect(&pg, pg_address()), GREEN_EMAIN);
  CHECK(!pg);
  green_pg_release(NULL);
  return 0;
}

TEST(what_cannot_be_opened_says_so) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_STATUS(green_pg_connect(&pg, "file:"), GREEN_EINVAL);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "name");
  if (pg_embedded()) return 0;
  CHECK_STATUS(green_pg_connect(&pg, "host=/nowhere bogus=1"), GREEN_EINVAL);
  CHECK(!pg);
  return 0;
}

TEST(connections_come_and_go) {
  for (int i = 0; i < 3; i++) {
    AUTO_PG green_pg *pg = NULL;
    CHECK_CONNECTED(&pg);
    CHECK(green_pg_is_alive(pg));
    CHECK_ANSWER(pg, "select 1", "1");
  }
  green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_close(pg), 0);
  return 0;
}

/* More milliseconds than some hosts' timers count. */
TEST(a_connect_timeout_of_weeks) {
  SKIP_EMBEDDED("there is nothing to connect to");
  AUTO_PG green_pg *pg = NULL;
  char address[512];
  snprintf(address, sizeof address, "%s connect_timeout=3000000", pg_address());
  CHECK_STATUS(green_pg_connect(&pg, address), 0);
  CHECK_ANSWER(pg, "select 1", "1");
  return 0;
}

TEST(two_tasks_on_one_connection_are_told) {
  SKIP_EMBEDDED("a statement does not last while others run");
  AUTO_PG green_pg *pg = NULL, *other = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_CONNECTED(&other);
  struct pg_statement sleep = {pg, "select pg_sleep(60), 1"};
  AUTO_JOIN green_future *sleeping = green_spawn(pg_run_statement, &sleep);
  CHECK_STARTED(sleeping);
  CHECK_STATUS(pg_until_waiting(other, sleep.sql, sleeping), 0);
  CHECK_STATUS(green_pg_run(pg, "select 1"), GREEN_EBUSY);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "another task");
  CHECK_NUMBER(green_pg_error(pg)->status, GREEN_EBUSY);
  green_cancel(sleeping);
  CHECK_STATUS(green_wait(sleeping), GREEN_ECANCELED);
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select 2", "2");
  return 0;
}

TEST(a_connection_that_is_released_ends_the_call_on_it) {
  SKIP_EMBEDDED("a statement does not last while others run");
  AUTO_PG green_pg *other = NULL;
  green_pg *pg = NULL;
  CHECK_CONNECTED(&other);
  CHECK_CONNECTED(&pg);
  struct pg_statement sleep = {pg, "select pg_sleep(10), 2"};
  AUTO_JOIN green_future *sleeping = green_spawn(pg_run_statement, &sleep);
  int rc = green_yield(); /* it has begun */
  if (rc == 0 && green_pg_is_alive(pg)) rc = pg_until_waiting(other, sleep.sql, sleeping);
  green_pg_release(pg);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(green_wait(sleeping), GREEN_ECLOSED);
  return 0;
}

TEST(a_connection_is_closed_when_the_call_on_it_has_ended) {
  green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  struct pg_statement statement = {pg, "select pg_sleep(10)"};
  if (pg_embedded()) statement.sql = "select 1";
  AUTO_JOIN green_future *task = green_spawn(pg_run_statement, &statement);
  int rc = green_yield(); /* it has begun */
  int closed = green_pg_close(pg);
  bool ended = green_done(task);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(closed, 0);
  CHECK(ended);
  CHECK_STATUS(green_wait(task), GREEN_ECLOSED);
  return 0;
}

struct block {
  green_pg *pg;
  green_future *entered, *leave;
};

static int stay_in_block(void *arg) {
  const struct block *block = arg;
  int rc = 0;
  GREEN_PG_TRANSACTION(block->pg) {
    green_resolve(block->entered, NULL, NULL);
    rc = green_wait(block->leave);
    CHECK_STATUS(green_pg_run(block->pg, "select 1"), GREEN_ECLOSED);
    CHECK(!green_pg_is_alive(block->pg));
    return rc;
  }
  green_resolve(block->entered, NULL, NULL);
  return test_saw(green_pg_error(block->pg)->status);
}

/* A block may last long, and may be the closing task's own. */
TEST(a_connection_is_closed_though_a_block_on_it_goes_on) {
  green_pg *pg = NULL;
  AUTO_FUTURE green_future *entered = NULL, *leave = NULL;
  CHECK_STATUS(green_future_new(&entered), 0);
  CHECK_STATUS(green_future_new(&leave), 0);
  CHECK_CONNECTED(&pg);
  struct block block = {pg, entered, leave};
  AUTO_JOIN green_future *task = green_spawn(stay_in_block, &block);
  int rc = green_done(task) ? 0 : green_wait(entered);
  int closed = green_pg_close(pg);
  green_resolve(leave, NULL, NULL);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(closed, 0);
  CHECK_STARTED(task);
  CHECK_STATUS(green_wait(task), 0);

  pg = NULL;
  CHECK_CONNECTED(&pg);
  closed = 1;
  GREEN_PG_TRANSACTION(pg) {
    closed = green_pg_close(pg);
    CHECK(!green_pg_is_alive(pg));
  }
  if (closed == 1) {
    rc = green_pg_error(pg)->status;
    green_pg_release(pg);
    return test_saw(rc);
  }
  CHECK_STATUS(closed, 0);
  return 0;
}

/* The connection's own server process, ended by another. */
TEST(a_connection_that_the_server_ends_is_lost) {
  SKIP_EMBEDDED("it has no processes");
  AUTO_PG green_pg *pg = NULL, *other = NULL;
  AUTO_RESULT green_pg_result *result = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_CONNECTED(&other);
  CHECK_STATUS(green_pg_query(pg, &result, "select pg_backend_pid()", GREEN_PG_NONE), 0);
  CHECK_STATUS(green_pg_query(other, NULL, "select pg_terminate_backend($1::int, 60000)",
                              GREEN_PG_VALUES(green_pg_text(green_pg_text_at(result, 0, 0, NULL)))),
               0);
  CHECK_STATUS(green_pg_run(pg, "select 1"), GREEN_ECONNRESET);
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM); /* of a field */
  CHECK_STRING(green_pg_error(pg)->sqlstate, "57P01");
  CHECK(!green_pg_is_alive(pg));
  CHECK_STATUS(green_pg_run(pg, "select 1"), GREEN_ECLOSED);
  CHECK_ANSWER(other, "select 1", "1");
  return 0;
}

/* The server's process of a connection. */
static int find_process(green_pg *pg, int32_t *process) {
  AUTO_RESULT green_pg_result *result = NULL;
  CHECK_STATUS(green_pg_query(pg, &result, "select pg_backend_pid()", GREEN_PG_NONE), 0);
  CHECK_STATUS(green_pg_get_int32(result, 0, 0, process), 0);
  return 0;
}

/* Has it ended, and what it said arrived here. */
static int end_process(int32_t process, green_pg *other) {
  CHECK_STATUS(green_pg_query(other, NULL, "select pg_terminate_backend($1::int, 60000)",
                              GREEN_PG_VALUES(green_pg_int32(process))),
               0);
  CHECK_STATUS(green_pg_run(other, "select 1"), 0); /* Node has taken what was there before */
  return 0;
}

static int end_session(green_pg *pg, green_pg *other) {
  int32_t process = 0;
  int rc = find_process(pg, &process);
  return rc < 0 ? rc : end_process(process, other);
}

TEST(a_connection_that_was_lost_while_idle_is_known_to_be_and_why) {
  SKIP_EMBEDDED("it has no processes");
  AUTO_PG green_pg *pg = NULL, *other = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_CONNECTED(&other);
  int rc = end_session(pg, other);
  if (rc < 0) return rc;
  CHECK(!green_pg_is_alive(pg));                              /* the first time already */
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM); /* of a field */
  CHECK_STRING(green_pg_error(pg)->sqlstate, "57P01");
  CHECK_CONTAINS(green_pg_error(pg)->message, "terminating connection");
  CHECK_STATUS(green_pg_run(pg, "select 1"), GREEN_ECLOSED);
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM); /* of the message */
  CHECK_CONTAINS(green_message(), "terminating connection");
  CHECK(green_pg_failed_with(pg, "57P01"));
  return 0;
}

TEST(a_listener_whose_connection_is_lost_is_told_why) {
  SKIP_EMBEDDED("it has no processes");
  AUTO_PG green_pg *pg = NULL, *other = NULL;
  AUTO_LISTENER green_pg_listener *listener = NULL;
  green_pg_notification notification;
  CHECK_CONNECTED(&pg);
  CHECK_CONNECTED(&other);
  CHECK_STATUS(green_pg_listen(pg, &listener, "channel"), 0);
  int rc = end_session(pg, other);
  if (rc < 0) return rc;
  CHECK_STATUS(green_pg_listener_next(listener, &notification), GREEN_ECONNRESET);
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM);
  CHECK_CONTAINS(green_message(), "57P01");
  return 0;
}

static void auto_pg_pool(green_pg_pool **pool) {
  green_pg_pool_release(*pool);
}

TEST(a_pool_does_not_give_out_what_the_server_has_closed) {
  SKIP_EMBEDDED("it has no processes");
  __attribute__((unused, cleanup(auto_pg_pool))) green_pg_pool *pool = NULL;
  AUTO_PG green_pg *other = NULL;
  int rc = green_pg_pool_new(&pool, pg_address(), NULL);
  CHECK_STATUS(rc, 0);
  CHECK_CONNECTED(&other);
  green_pg *pg = NULL;
  int32_t process = 0;
  CHECK_STATUS(green_pg_pool_acquire(pool, &pg), 0);
  rc = find_process(pg, &process);
  CHECK_STATUS(green_pg_pool_return(pool, pg), 0); /* it is the pool's, and idle */
  if (rc == 0) rc = end_process(process, other);
  if (rc < 0) return rc;
  CHECK_STATUS(green_pg_pool_acquire(pool, &pg), 0);
  rc = green_pg_run(pg, "select 1");
  CHECK_STATUS(green_pg_pool_return(pool, pg), 0);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(green_pg_pool_statistics(pool).broken, 1);
  return 0;
}
