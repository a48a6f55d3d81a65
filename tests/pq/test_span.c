/* Spans of statements, and of COPY until its end; without memory until it has begun. */
#include "../trace/spans.h"
#include "pq_test.h"

static int connect_observed(PGconn **connection, green_observation **observation,
                            struct last_span *last) {
  CHECK_CONNECTED(connection);
  CHECK_ANSWER(*connection, "create temporary table t (a int); select 1", "1");
  return keep_spans(observation, last);
}

static int exec(PGconn *connection, const char *sql, ExecStatusType status) {
  AUTO_RESULT PGresult *result = NULL;
  CHECK_STATUS(green_pq_exec(connection, sql, &result), 0);
  CHECK_UNLESS_NO_MEMORY(PQresultStatus(result) == status);
  return 0;
}

static int take_result(PGconn *connection, ExecStatusType status) {
  AUTO_RESULT PGresult *result = NULL;
  CHECK_STATUS(green_pq_get_result(connection, &result), 0);
  CHECK_UNLESS_NO_MEMORY(PQresultStatus(result) == status);
  return 0;
}

TEST(span_of_a_statement_says_that_the_server_refused_it) {
  AUTO_CONNECTION PGconn *connection = NULL;
  struct last_span last = {.status = 1};
  AUTO_OBSERVATION green_observation *observation = NULL;
  CHECK_STATUS(connect_observed(&connection, &observation, &last), 0);
  CHECK_STATUS(exec(connection, "select 'secret'", PGRES_TUPLES_OK), 0);
  CHECK_STRING(last.name, "SQL");
  CHECK_STRING(last.detail, "select ?");
  CHECK_STATUS(last.status, 0);
  CHECK_STATUS(exec(connection, "select * from nowhere", PGRES_FATAL_ERROR), 0);
  CHECK_STRING(last.detail, "select * from nowhere");
  CHECK_STATUS(last.status, GREEN_ESQL);
  CHECK_NUMBER(last.ended, 2);
  return 0;
}

TEST(span_of_copy_in_ends_with_its_result) {
  AUTO_CONNECTION PGconn *connection = NULL;
  struct last_span last = {.status = 1};
  AUTO_OBSERVATION green_observation *observation = NULL;
  CHECK_STATUS(connect_observed(&connection, &observation, &last), 0);
  for (int refused = 0; refused < 2; refused++) {
    const char *failure = refused ? "thought better of it" : NULL;
    CHECK_STATUS(exec(connection, "copy t from stdin", PGRES_COPY_IN), 0);
    CHECK_STRING(last.detail, "copy t from stdin");
    CHECK_STATUS(green_pq_put_copy_data(connection, "1\n", 2), 0);
    CHECK_STATUS(green_pq_put_copy_end(connection, failure), 0);
    CHECK_UNLESS_NO_MEMORY(last.ended == refused);
    CHECK_STATUS(take_result(connection, refused ? PGRES_FATAL_ERROR : PGRES_COMMAND_OK), 0);
    CHECK_NUMBER(last.ended, refused + 1);
    CHECK_UNLESS_NO_MEMORY(last.status == (refused ? GREEN_ESQL : 0));
  }
  return 0;
}

TEST(span_of_copy_out_ends_with_its_result) {
  AUTO_CONNECTION PGconn *connection = NULL;
  struct last_span last = {.status = 1};
  AUTO_OBSERVATION green_observation *observation = NULL;
  int size;
  CHECK_STATUS(connect_observed(&connection, &observation, &last), 0);
  CHECK_STATUS(exec(connection, "copy (select generate_series(1, 9)) to stdout", PGRES_COPY_OUT),
               0);
  do {
    char *row = NULL;
    size = green_pq_get_copy_data(connection, &row);
    PQfreemem(row);
    CHECK_UNLESS_NO_MEMORY(last.ended == 0);
  } while (size > 0);
  CHECK_STATUS(size, 0);
  CHECK_STATUS(take_result(connection, PGRES_COMMAND_OK), 0);
  CHECK_NUMBER(last.ended, 1);
  CHECK_STATUS(last.status, 0);
  return 0;
}

TEST(span_of_a_copy_ends_with_its_connection) {
  AUTO_CONNECTION PGconn *connection = NULL;
  struct last_span last = {.status = 1};
  AUTO_OBSERVATION green_observation *observation = NULL;
  CHECK_STATUS(connect_observed(&connection, &observation, &last), 0);
  CHECK_STATUS(exec(connection, "copy t from stdin", PGRES_COPY_IN), 0);
  PQfinish(connection);
  connection = NULL;
  CHECK_NUMBER(last.ended, 1);
  if (!test_allocator_failed())
    CHECK_STATUS(last.status, GREEN_ECLOSED); /* or it has ended before */
  return 0;
}
