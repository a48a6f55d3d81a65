/* Cancels and deadlines in the middle of what the server does: the connection is usable after. */
#include <string.h>
#include "pg_test.h"

TEST(a_statement_is_cancelled) {
  SKIP_EMBEDDED("a statement cannot be stopped");
  AUTO_PG green_pg *pg = NULL, *other = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_CONNECTED(&other);
  struct pg_statement sleep = {pg, "select pg_sleep(60)"};
  AUTO_JOIN green_future *sleeping = green_spawn(pg_run_statement, &sleep);
  CHECK_STARTED(sleeping);
  CHECK_STATUS(pg_until_waiting(other, sleep.sql, sleeping), 0);
  green_cancel(sleeping);
  CHECK_STATUS(green_wait(sleeping), GREEN_ECANCELED);
  CHECK_NUMBER(green_pg_error(pg)->status, GREEN_ECANCELED);
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select 1", "1");
  return 0;
}

TEST(a_deadline_passes_in_a_statement_and_fails_its_transaction) {
  SKIP_EMBEDDED("a statement cannot be stopped");
  AUTO_PG green_pg *pg = NULL;
  bool committed = false;
  int rc = 0;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_run(pg, "create temp table t (i int)"), 0);
  GREEN_PG_TRANSACTION(pg) {
    CHECK_STATUS(green_pg_run(pg, "insert into t values (1)"), 0);
    /* one that has passed before the statement is begun fails nothing */
    for (unsigned limit = 20; limit < 60000; limit *= 2) {
      GREEN_TIMEOUT(limit) {
        rc = green_pg_query_prepared(pg, NULL, "select pg_sleep($1)",
                                     GREEN_PG_VALUES(green_pg_double(600)));
      }
      CHECK_STATUS(rc, GREEN_ETIMEDOUT);
      CHECK_ALIVE(pg);
      rc = green_pg_run(pg, "select 1");
      if (rc < 0) break;
    }
    CHECK_STATUS(rc, GREEN_ESQL);
    committed = test_saw(green_pg_commit(pg)) == 0;
  }
  CHECK(!committed);
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select count(*) from t", "0");
  return 0;
}

TEST(a_block_left_by_a_deadline_is_rolled_back) {
  SKIP_EMBEDDED("a statement cannot be stopped");
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_run(pg, "create temp table t (i int)"), 0);
  GREEN_TIMEOUT(20) {
    GREEN_PG_TRANSACTION(pg) {
      if (green_pg_run(pg, "insert into t values (1)") < 0) break;
      if (green_pg_run(pg, "select pg_sleep(60)") < 0) break;
      CHECK_STATUS(green_pg_commit(pg), 0);
    }
  }
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select count(*) from t", "0");
  return 0;
}

TEST(a_deadline_passes_among_rows) {
  SKIP_EMBEDDED("a statement cannot be stopped");
  AUTO_PG green_pg *pg = NULL;
  int64_t before = (int64_t)test_scale(5000, 100);
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_cursor_open(pg,
                                    "select i, case when i > $1 then pg_sleep(60)::text end from "
                                    "generate_series(1, 10000) as i",
                                    GREEN_PG_VALUES(green_pg_int64(before))),
               0);
  int rc = 1;
  size_t rows = 0;
  GREEN_TIMEOUT(100) {
    while (rc > 0) {
      AUTO_RESULT green_pg_result *result = NULL;
      rc = green_pg_cursor_fetch(pg, &result);
      if (result) rows += green_pg_row_count(result);
    }
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK((int64_t)rows <= before);
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select 1", "1");
  return 0;
}

/* A server that waits for a lock in the middle of a COPY takes no more. */
TEST(a_deadline_passes_in_a_copy_in) {
  SKIP_EMBEDDED("a statement cannot be stopped");
  AUTO_PG green_pg *pg = NULL, *other = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_CONNECTED(&other);
  CHECK_STATUS(green_pg_run(other, "select pg_advisory_lock(42)"), 0);
  CHECK_STATUS(green_pg_run(pg, "create temp table slow (t text check (t <> 'x' or "
                                "pg_advisory_xact_lock_shared(42) is not null))"),
               0);
  CHECK_STATUS(green_pg_copy_in(pg, "copy slow from stdin"), 0);
  static char piece[20000];
  memset(piece, 'y', sizeof piece - 1);
  piece[sizeof piece - 1] = '\n';
  int rc = green_pg_copy_write(pg, "x\n", 2);
  GREEN_TIMEOUT(100) {
    while (rc >= 0) rc = green_pg_copy_write(pg, piece, sizeof piece);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_ALIVE(pg);
  CHECK_STATUS(green_pg_copy_write(pg, piece, sizeof piece), GREEN_EINVAL);
  CHECK_ANSWER(pg, "select count(*) from slow", "0");
  return 0;
}

TEST(a_deadline_passes_in_a_copy_out) {
  SKIP_EMBEDDED("a statement cannot be stopped");
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_copy_out(pg,
                                 "copy (select i, case when i > 5000 then pg_sleep(60)::text end "
                                 "from generate_series(1, 10000) as i) to stdout"),
               0);
  int rc = 1;
  GREEN_TIMEOUT(100) {
    while (rc > 0) {
      const void *data;
      size_t size;
      rc = green_pg_copy_read(pg, &data, &size);
    }
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select 1", "1");
  return 0;
}

static int pass_time(uint64_t milliseconds) {
  for (uint64_t due = green_now() + milliseconds * 1000000; green_now() < due;) continue;
  return 0;
}

TEST(nothing_is_begun_once_a_deadline_has_passed) {
  AUTO_PG green_pg *pg = NULL;
  green_scope scope;
  bool committed = false;
  int rc = 0;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_run(pg, "create temp table passed (i int)"), 0);
  GREEN_TIMEOUT(1) {
    pass_time(2);
    rc = green_pg_run(pg, "insert into passed values (1)");
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  GREEN_PG_TRANSACTION(pg) {
    CHECK_STATUS(green_pg_run(pg, "insert into passed values (2)"), 0);
    green_timeout_begin(&scope, 1);
    pass_time(2);
    committed = test_saw(green_pg_commit(pg)) == 0;
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  green_timeout_end(&scope);
  CHECK(!committed);
  CHECK_STATUS(green_pg_error(pg)->status, GREEN_ETIMEDOUT);
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select count(*) from passed", "0");
  CHECK_STATUS(green_pg_run(pg, "drop table passed"), 0);
  return 0;
}

static int transaction_in_task(void *arg) {
  green_pg *pg = arg;
  GREEN_PG_TRANSACTION(pg) {
    return green_pg_commit(pg);
  }
  return green_pg_error(pg)->status;
}

/* A cancel at each point of a transaction that begins: nobody is left within one. */
TEST(a_cancel_as_a_transaction_begins_leaves_none_open) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  size_t rounds = test_scale(40, 3);
  for (size_t i = 0; i < rounds; i++) {
    AUTO_JOIN green_future *task = green_spawn(transaction_in_task, pg);
    CHECK_STARTED(task);
    for (size_t j = 0; j < i % 8; j++) CHECK_STATUS(green_yield(), 0);
    green_cancel(task);
    test_saw(green_wait(task));
    CHECK_ALIVE(pg);
    CHECK_STATUS(green_pg_run(pg, "savepoint none"), GREEN_ESQL);
    CHECK_STRING(green_pg_error(pg)->sqlstate, "25P01");
  }
  return 0;
}

static int query_in_task(void *pg) {
  return green_pg_query(pg, NULL, "select 1", GREEN_PG_NONE);
}

/* A cancel at each point of a short query: whatever comes of it, the connection goes on. */
TEST(a_cancel_at_any_time_leaves_the_connection_usable) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  size_t rounds = test_scale(40, 3);
  for (size_t i = 0; i < rounds; i++) {
    AUTO_JOIN green_future *query = green_spawn(query_in_task, pg);
    CHECK_STARTED(query);
    for (size_t j = 0; j < i % 8; j++) CHECK_STATUS(green_yield(), 0);
    green_cancel(query);
    int rc = green_wait(query);
    test_saw(rc);
    CHECK(rc == 0 || rc == GREEN_ECANCELED || rc == GREEN_ENOMEM);
    CHECK_ALIVE(pg);
    CHECK_ANSWER(pg, "select 2", "2");
  }
  return 0;
}

/* Interruptions just as the host was to be sent more of a command. */
TEST(a_deadline_has_passed_before_the_next_rows_are_fetched) {
  AUTO_PG green_pg *pg = NULL, *other = NULL;
  AUTO_RESULT green_pg_result *first = NULL, *second = NULL;
  int rc = 0;
  CHECK_CONNECTED(&pg);
  CHECK_CONNECTED(&other);
  CHECK_STATUS(
      green_pg_cursor_open(pg, "select i from generate_series(1, 1000000) as i", GREEN_PG_NONE), 0);
  CHECK_STATUS(green_pg_cursor_fetch(pg, &first), 1);
  GREEN_TIMEOUT(1) {
    pass_time(2);
    rc = green_pg_cursor_fetch(pg, &second);
  }
  if (rc == 1) rc = green_pg_cursor_close(pg); /* they were there */
  test_saw(rc);
  CHECK(rc == 0 || rc == GREEN_ETIMEDOUT || rc == GREEN_ENOMEM);
  CHECK_ALIVE(pg);
  GREEN_TIMEOUT(20000) {
    rc = green_pg_run(other, "select 1");
  }
  CHECK_STATUS(rc, 0);
  CHECK_ANSWER(pg, "select 1", "1");
  return 0;
}

TEST(a_deadline_passes_as_a_query_fails) {
  AUTO_PG green_pg *pg = NULL;
  AUTO_RESULT green_pg_result *result = NULL;
  int rc = 0;
  CHECK_CONNECTED(&pg);
  GREEN_TIMEOUT(10) {
    rc = green_pg_cursor_open(
        pg, "select 1 / (max(i) - max(i)) from generate_series(1, 1000000) as i", GREEN_PG_NONE);
    if (rc == 0) rc = green_pg_cursor_fetch(pg, &result);
  }
  CHECK(rc == GREEN_ETIMEDOUT || rc == GREEN_ESQL || rc == GREEN_ENOMEM);
  test_saw(rc);
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select 1", "1");
  return 0;
}

struct released {
  green_pg *pg; /* NULL: it is gone */
  bool leaves_result;
};

static int query_of_released(void *arg) {
  struct released *released = arg;
  green_pg_result *result = NULL;
  if (!released->pg) return 0;
  int rc = green_pg_query(released->pg, &result, "select 1", GREEN_PG_NONE);
  if (rc < 0 && result) released->leaves_result = true;
  green_pg_result_release(result);
  return rc;
}

static int listen_on_released(void *arg) {
  const struct released *released = arg;
  AUTO_LISTENER green_pg_listener *one = NULL, *other = NULL;
  int rc = released->pg ? green_pg_listen(released->pg, &one, "one") : 0;
  green_pg_listener_release(one);
  one = NULL;
  return rc < 0 || !released->pg ? rc : green_pg_listen(released->pg, &other, "other");
}

/* A connection that is released at each point of others' calls. */
TEST(a_connection_is_released_in_the_middle_of_a_call) {
  size_t rounds = test_scale(24, 2);
  for (size_t i = 0; i < rounds; i++) {
    green_pg *pg = NULL;
    CHECK_CONNECTED(&pg);
    struct released released = {pg, false};
    AUTO_JOIN green_future *task =
        green_spawn(i % 2 ? query_of_released : listen_on_released, &released);
    for (size_t j = 0; j < i / 2; j++)
      if (green_yield() < 0) break;
    green_pg_release(pg);
    released.pg = NULL;
    CHECK_STARTED(task);
    int rc = green_wait(task);
    test_saw(rc);
    CHECK(!released.leaves_result);
    CHECK(rc == 0 || rc == GREEN_ECLOSED || rc == GREEN_ENOMEM);
  }
  return 0;
}
