/* Connections: what opens and what does not, and who may use one. */
#include <stdio.h>
#include <string.h>
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
    CHECK(green_pg_alive(pg));
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
  if (rc == 0 && green_pg_alive(pg)) rc = pg_until_waiting(other, sleep.sql, sleeping);
  green_pg_release(pg);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(green_wait(sleeping), GREEN_ECLOSED);
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
  CHECK(!green_pg_alive(pg));
  CHECK_STATUS(green_pg_run(pg, "select 1"), GREEN_ECLOSED);
  CHECK_ANSWER(other, "select 1", "1");
  return 0;
}

TEST(a_connection_that_was_lost_while_idle_is_known_to_be) {
  SKIP_EMBEDDED("it has no processes");
  AUTO_PG green_pg *pg = NULL, *other = NULL;
  AUTO_RESULT green_pg_result *result = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_CONNECTED(&other);
  CHECK_STATUS(green_pg_query(pg, &result, "select pg_backend_pid()", GREEN_PG_NONE), 0);
  CHECK_STATUS(green_pg_query(other, NULL, "select pg_terminate_backend($1::int, 60000)",
                              GREEN_PG_VALUES(green_pg_text(green_pg_text_at(result, 0, 0, NULL)))),
               0);
  while (green_pg_alive(pg)) CHECK_STATUS(green_sleep(1), 0);
  return 0;
}
