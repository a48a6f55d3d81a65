/* The explicit forms interrupted, a server that ends, and two tasks with one handle. */
#include "pq_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many connections there are whose statement runs still. */
#define OTHERS                                                                                     \
  "select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()"

TEST(a_deadline_in_a_query_leaves_the_connection_usable) {
  AUTO_CONNECTION PGconn *connection = NULL;
  AUTO_RESULT PGresult *result = NULL;
  CHECK_CONNECTED(&connection);
  int rc = 0;
  GREEN_TIMEOUT(50) {
    rc = green_pq_exec(connection, "select pg_sleep(1000), 'late'", &result);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK(result == NULL);
  CHECK_USABLE(connection);
  CHECK_ANSWER(connection, "select 'on time'", "on time");
  CHECK_ANSWER(connection,
               "select count(*) from pg_stat_activity where query like '%late%' "
               "and state = 'active' and pid <> pg_backend_pid()",
               "0");
  return 0;
}

static int sleep_in_query(void *arg) {
  PGresult *result;
  int rc = green_pq_exec(arg, "select pg_sleep(1000)", &result);
  PQclear(result);
  return rc;
}

TEST(a_cancel_in_a_query_leaves_the_connection_usable) {
  AUTO_CONNECTION PGconn *connection = NULL, *watcher = NULL;
  CHECK_CONNECTED(&connection);
  CHECK_CONNECTED(&watcher);
  AUTO_JOIN green_future *task = green_spawn(sleep_in_query, connection);
  CHECK_STARTED(task);
  CHECK_STATUS(pq_until_asleep(watcher, connection, task), 0);
  CHECK_STATUS(green_cancel(task), 0);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  CHECK_USABLE(connection);
  CHECK_ANSWER(connection, "select 'there'", "there");
  return 0;
}

static int sleep_and_fail(void *arg) {
  AUTO_RESULT PGresult *result = NULL;
  CHECK_STATUS(green_pq_exec(arg, "select pg_sleep(1000)", &result), 0);
  CHECK_STRING(PQresultErrorField(result, PG_DIAG_SQLSTATE), "57014");
  return 0;
}

TEST(another_task_can_cancel_the_statement_alone) {
  AUTO_CONNECTION PGconn *connection = NULL, *watcher = NULL;
  CHECK_CONNECTED(&connection);
  CHECK_CONNECTED(&watcher);
  AUTO_JOIN green_future *task = green_spawn(sleep_and_fail, connection);
  CHECK_STARTED(task);
  CHECK_STATUS(pq_until_asleep(watcher, connection, task), 0);
  CHECK_STATUS(green_pq_cancel(connection), 0);
  CHECK_STATUS(green_wait(task), 0);
  return 0;
}

TEST(wait_interrupted_leaves_the_statement_alone) {
  AUTO_CONNECTION PGconn *connection = NULL, *holder = NULL;
  CHECK_CONNECTED(&connection);
  CHECK_CONNECTED(&holder);
  CHECK_ANSWER(holder, "select pg_advisory_lock(4242)", "");
  CHECK(PQsendQuery(connection, "select pg_advisory_xact_lock(4242), 'whole'") == 1);
  int rc = 0;
  GREEN_TIMEOUT(10) {
    rc = green_pq_wait(connection);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_ANSWER(holder, "select pg_advisory_unlock(4242)", "t");
  AUTO_RESULT PGresult *result = NULL;
  CHECK_STATUS(green_pq_get_result(connection, &result), 0);
  CHECK_STRING(PQgetvalue(result, 0, 1), "whole");
  return 0;
}

TEST(a_deadline_among_rows_drops_the_rest) {
  AUTO_CONNECTION PGconn *connection = NULL;
  CHECK_CONNECTED(&connection);
  CHECK(PQsendQuery(connection, "select i, pg_sleep(case when i > 100 then 1000 else 0 end) "
                                "from generate_series(1, 100000) as i") == 1);
  CHECK(PQsetSingleRowMode(connection) == 1);
  int rc = 0;
  GREEN_TIMEOUT(100) {
    while (rc == 0) {
      AUTO_RESULT PGresult *row = NULL;
      rc = green_pq_get_result(connection, &row);
    }
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_USABLE(connection);
  CHECK_ANSWER(connection, "select 'next'", "next");
  return 0;
}

/* ---- COPY ---- */

static int put_for_ever(PGconn *connection) {
  static char rows[65536];
  memset(rows, '1', sizeof rows);
  for (size_t i = 4; i < sizeof rows; i += 5) rows[i] = '\n';
  for (;;) {
    int rc = green_pq_put_copy_data(connection, rows, sizeof rows - 1);
    if (rc < 0) return rc;
    rc = green_pq_put_copy_data(connection, "\n", 1);
    if (rc < 0) return rc;
  }
}

/* The server stops at the first row, and takes no more. */
#define SLOW_TABLE                                                                                 \
  "create temporary table slow (a int);"                                                           \
  "create function pg_temp.pause() returns trigger language plpgsql as "                           \
  "'begin perform pg_sleep(1000); return new; end';"                                               \
  "create trigger pause before insert on slow for each row execute function pg_temp.pause();"      \
  "select 1"

TEST(a_deadline_in_copy_in_takes_it_back) {
  AUTO_CONNECTION PGconn *connection = NULL;
  AUTO_RESULT PGresult *in = NULL;
  CHECK_CONNECTED(&connection);
  CHECK_ANSWER(connection, SLOW_TABLE, "1");
  CHECK_STATUS(green_pq_exec(connection, "copy slow from stdin", &in), 0);
  CHECK_NUMBER(PQresultStatus(in), PGRES_COPY_IN);
  int rc = 0;
  GREEN_TIMEOUT(100) {
    rc = put_for_ever(connection);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_USABLE(connection);
  CHECK_ANSWER(connection, "select count(*) from slow", "0");
  return 0;
}

TEST(a_deadline_in_copy_out_drops_the_rest) {
  AUTO_CONNECTION PGconn *connection = NULL;
  AUTO_RESULT PGresult *out = NULL;
  CHECK_CONNECTED(&connection);
  CHECK_STATUS(green_pq_exec(connection,
                             "copy (select i, pg_sleep(case when i > 1000 then 1000 else 0 end) "
                             "from generate_series(1, 2000) as i) to stdout",
                             &out),
               0);
  int rc = 1;
  GREEN_TIMEOUT(100) {
    while (rc > 0) {
      char *row;
      rc = green_pq_get_copy_data(connection, &row);
      PQfreemem(row);
    }
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_USABLE(connection);
  CHECK_ANSWER(connection, "select 'next'", "next");
  return 0;
}

/* ---- what cannot be saved ---- */

static void set_grace(const unsigned *milliseconds) {
  green_pq_set_grace(*milliseconds);
}
#define GRACE(milliseconds)                                                                        \
  __attribute__((unused, cleanup(set_grace))) unsigned usual_grace = PQ_GRACE;                     \
  green_pq_set_grace(milliseconds)

TEST(a_server_that_says_nothing_loses_the_connection) {
  GRACE(100);
  AUTO_CONNECTION PGconn *connection = NULL;
  AUTO_RESULT PGresult *result = NULL;
  CHECK_CONNECTED(&connection);
  AUTO_STOPPED struct pq_stopped stopped = {0};
  CHECK_STATUS(pq_stop(&stopped, connection), 0);
  int rc = 0;
  GREEN_TIMEOUT(20) {
    rc = green_pq_exec(connection, "select 1", &result);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);
  CHECK_STATUS(green_pq_exec(connection, "select 1", &result), GREEN_ENOTCONN);
  CHECK_STATUS(green_pq_reset(connection), 0);
  CHECK_ANSWER(connection, "select 2", "2");
  return 0;
}

TEST(a_pipeline_that_is_interrupted_loses_the_connection) {
  AUTO_CONNECTION PGconn *connection = NULL;
  AUTO_RESULT PGresult *result = NULL;
  CHECK_CONNECTED(&connection);
  CHECK(PQenterPipelineMode(connection) == 1);
  CHECK_STATUS(green_pq_exec(connection, "select 1", &result), GREEN_EINVAL);
  CHECK(PQsendQueryParams(connection, "select pg_sleep(1000)", 0, NULL, NULL, NULL, NULL, 0) == 1);
  CHECK(PQpipelineSync(connection) == 1);
  int rc = 0;
  GREEN_TIMEOUT(20) {
    rc = green_pq_get_result(connection, &result);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);
  return 0;
}

static int connect_nowhere(void *arg) {
  PGconn *connection;
  int rc = green_pq_connect(&connection, arg);
  PQfinish(connection);
  return rc;
}

static void auto_listener(green_listener **listener) {
  green_listener_release(*listener);
}
#define AUTO_LISTENER __attribute__((unused, cleanup(auto_listener)))

TEST(connecting_is_cancelled) {
  /* a listener that never says a word */
  green_listener *listener = NULL;
  green_address address;
  CHECK_STATUS(green_listener_open(&listener, "127.0.0.1", 0, NULL), 0);
  green_listener_address(listener, &address);
  char conninfo[100];
  snprintf(conninfo, sizeof conninfo, "host=localhost port=%u user=guarded sslmode=disable",
           address.port);
  green_future *task = green_spawn(connect_nowhere, conninfo);
  int rc = green_sleep(20);
  green_cancel(task);
  int ended = green_join(task);
  green_listener_release(listener);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(ended, GREEN_ECANCELED);
  return 0;
}

/* At each of the addresses libpq would go on to the next, and without TLS to the same again. */
TEST(a_reset_that_is_interrupted_leaves_the_connection_bad) {
  AUTO_LISTENER green_listener *listener = NULL;
  AUTO_CONNECTION PGconn *connection = NULL;
  green_address address;
  char conninfo[200];
  int rc = 0;
  CHECK_STATUS(green_listener_open(&listener, "127.0.0.1", 0, NULL), 0);
  CHECK_STATUS(green_listener_address(listener, &address), 0);
  snprintf(conninfo, sizeof conninfo,
           "host=127.0.0.1,127.0.0.1,127.0.0.1 port=%u user=guarded sslmode=prefer", address.port);
  CHECK_UNLESS_NO_MEMORY((connection = PQconnectStart(conninfo)) != NULL);
  for (int i = 0; i < 2; i++) {
    GREEN_TIMEOUT(20) {
      rc = green_pq_reset(connection);
    }
    CHECK_STATUS(rc, GREEN_ETIMEDOUT);
    CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);
    CHECK_STATUS(green_pq_wait(connection), GREEN_ENOTCONN);
  }
  return 0;
}

TEST(a_reset_that_was_interrupted_at_once_is_made_good_by_another) {
  AUTO_CONNECTION PGconn *connection = NULL;
  int rc = 0;
  CHECK_CONNECTED(&connection);
  GREEN_TIMEOUT(1) {
    for (uint64_t due = green_now() + 2000000; green_now() < due;) continue;
    rc = green_pq_reset(connection);
  }
  if (rc != 0) { /* or the server was faster than this task, which then never had to wait */
    CHECK_STATUS(rc, GREEN_ETIMEDOUT);
    CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);
  }
  CHECK_STATUS(green_pq_reset(connection), 0);
  CHECK_ANSWER(connection, "select 'back'", "back");
  return 0;
}

TEST(a_server_that_is_killed_in_a_query) {
  if (test_scale(1, 0) == 0) SKIP("restarting the server for each allocation takes minutes");
  AUTO_CONNECTION PGconn *connection = NULL, *watcher = NULL;
  CHECK_CONNECTED(&connection);
  CHECK_CONNECTED(&watcher);
  AUTO_JOIN green_future *task = green_spawn(sleep_in_query, connection);
  CHECK_STARTED(task);
  CHECK_STATUS(pq_until_asleep(watcher, connection, task), 0);
  CHECK_STATUS(pq_server("stop"), 0);
  CHECK_STATUS(green_wait(task), GREEN_ENOTCONN);
  CHECK_CONTAINS(PQerrorMessage(connection), "server closed the connection unexpectedly");
  CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);
  CHECK_STATUS(green_pq_reset(connection), GREEN_ENOTCONN);
  CHECK_STATUS(pq_server("start"), 0);
  CHECK_STATUS(green_pq_reset(connection), 0);
  CHECK_ANSWER(connection, "select 'back'", "back");
  return 0;
}

/* ---- one handle, one task ---- */

TEST(a_handle_belongs_to_one_task) {
  AUTO_CONNECTION PGconn *connection = NULL;
  AUTO_RESULT PGresult *result = NULL;
  CHECK_CONNECTED(&connection);
  AUTO_JOIN green_future *task = green_spawn(sleep_in_query, connection);
  CHECK_STARTED(task);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_pq_exec(connection, "select 1", &result), GREEN_EBUSY);
  CHECK_STATUS(green_pq_wait(connection), GREEN_EBUSY);
  CHECK_STATUS(green_pq_reset(connection), GREEN_EBUSY);
  green_cancel(task);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  CHECK_USABLE(connection);
  CHECK_ANSWER(connection, "select 1", "1");
  return 0;
}
