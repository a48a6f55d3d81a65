/* Spans of statements, and of what lasts for several calls: a COPY, a query that is read a few rows at a time. */
#include <string.h>
#include "../trace/spans.h"
#include "pg_test.h"

static int connect_observed(green_pg **pg, green_observation **observation,
                            struct last_span *last) {
  int rc = green_pg_connect(pg, pg_address());
  if (rc == 0) rc = green_pg_run(*pg, "create temp table spanned (i int)");
  return rc < 0 ? rc : keep_spans(observation, last);
}

TEST(span_of_a_statement_ends_with_it) {
  AUTO_PG green_pg *pg = NULL;
  struct last_span last = {.status = 1};
  AUTO_OBSERVATION green_observation *observation = NULL;
  CHECK_STATUS(connect_observed(&pg, &observation, &last), 0);
  CHECK_ANSWER(pg, "select 'secret'", "secret");
  CHECK_STRING(last.name, "SQL");
  CHECK_STRING(last.detail, "select ?");
  CHECK_NUMBER(last.ended, 1);
  CHECK_STATUS(last.status, 0);
  CHECK_STATUS(green_pg_run(pg, "select * from nowhere"), GREEN_ESQL);
  CHECK_STRING(last.detail, "select * from nowhere");
  CHECK_NUMBER(last.ended, 2);
  CHECK_STATUS(last.status, GREEN_ESQL);
  return 0;
}

TEST(span_of_a_copy_lasts_until_its_end) {
  AUTO_PG green_pg *pg = NULL;
  struct last_span last = {.status = 1};
  AUTO_OBSERVATION green_observation *observation = NULL;
  const void *data;
  size_t size;
  int rc;
  CHECK_STATUS(connect_observed(&pg, &observation, &last), 0);
  CHECK_STATUS(green_pg_copy_in(pg, "copy spanned from stdin"), 0);
  CHECK_STRING(last.detail, "copy spanned from stdin");
  CHECK_STATUS(green_pg_copy_write(pg, "1\n", 2), 0);
  CHECK_NUMBER(last.ended, 0);
  CHECK_STATUS(green_pg_copy_end(pg, NULL, NULL), 0);
  CHECK_NUMBER(last.ended, 1);
  CHECK_STATUS(last.status, 0);
  CHECK_STATUS(green_pg_copy_out(pg, "copy spanned to stdout"), 0);
  CHECK_NUMBER(last.ended, 1);
  while ((rc = green_pg_copy_read(pg, &data, &size)) > 0) CHECK_NUMBER(last.ended, 1);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(last.ended, 2);
  return 0;
}

TEST(span_of_a_copy_that_fails_says_so) {
  AUTO_PG green_pg *pg = NULL;
  struct last_span last = {.status = 1};
  AUTO_OBSERVATION green_observation *observation = NULL;
  CHECK_STATUS(connect_observed(&pg, &observation, &last), 0);
  CHECK_STATUS(green_pg_copy_in(pg, "copy nowhere from stdin"), GREEN_ESQL);
  CHECK_NUMBER(last.ended, 1);
  CHECK_STATUS(last.status, GREEN_ESQL);
  CHECK_STATUS(green_pg_copy_in(pg, "copy spanned from stdin"), 0);
  CHECK_STATUS(green_pg_copy_write(pg, "x\n", 2), 0);
  CHECK_STATUS(green_pg_copy_end(pg, NULL, NULL), GREEN_ESQL);
  CHECK_NUMBER(last.ended, 2);
  CHECK_STATUS(last.status, GREEN_ESQL);
  return 0;
}

TEST(span_of_a_cursor_lasts_until_it_is_read_or_closed) {
  AUTO_PG green_pg *pg = NULL;
  struct last_span last = {.status = 1};
  AUTO_OBSERVATION green_observation *observation = NULL;
  CHECK_STATUS(connect_observed(&pg, &observation, &last), 0);
  for (int closed = 0; closed < 2; closed++) {
    AUTO_RESULT green_pg_result *rows = NULL, *none = NULL;
    const char *sql = "select generate_series(1, 9)";
    CHECK_STATUS(green_pg_cursor_open(pg, sql, GREEN_PG_NONE), 0);
    CHECK_STRING(last.detail, "select generate_series(?, ?)");
    CHECK_STATUS(green_pg_cursor_fetch(pg, &rows), 1);
    CHECK_NUMBER(last.ended, closed);
    CHECK_STATUS(closed ? green_pg_cursor_close(pg) : green_pg_cursor_fetch(pg, &none), 0);
    CHECK_NUMBER(last.ended, closed + 1);
    CHECK_STATUS(last.status, 0);
  }
  return 0;
}

TEST(span_ends_with_its_connection) {
  AUTO_PG green_pg *pg = NULL;
  struct last_span last = {.status = 1};
  AUTO_OBSERVATION green_observation *observation = NULL;
  CHECK_STATUS(connect_observed(&pg, &observation, &last), 0);
  CHECK_STATUS(green_pg_copy_in(pg, "copy spanned from stdin"), 0);
  green_pg_release(pg);
  pg = NULL;
  CHECK_NUMBER(last.ended, 1);
  CHECK_STATUS(last.status, GREEN_ECLOSED);
  return 0;
}

/* Two at once, which end in the order in which they began. */
TEST(span_that_lasts_is_no_parent_of_what_comes_between) {
  AUTO_PG green_pg *first = NULL, *second = NULL;
  struct last_span last = {.status = 1};
  AUTO_OBSERVATION green_observation *observation = NULL;
  green_traceparent before, now;
  CHECK_STATUS(connect_observed(&first, &observation, &last), 0);
  CHECK_STATUS(green_pg_connect(&second, pg_address()), 0);
  CHECK_STATUS(green_traceparent_new(&before, NULL), 0);
  CHECK_STATUS(green_traceparent_set(&before, NULL), 0);
  CHECK_STATUS(green_pg_copy_in(first, "copy spanned from stdin"), 0);
  CHECK_STATUS(green_pg_cursor_open(second, "select 1", GREEN_PG_NONE), 0);
  CHECK(green_traceparent_current(&now));
  CHECK(memcmp(&now, &before, sizeof now) == 0);
  CHECK_STATUS(green_pg_copy_end(first, NULL, NULL), 0);
  CHECK_STATUS(green_pg_cursor_close(second), 0);
  CHECK_NUMBER(last.ended, 2);
  CHECK(green_traceparent_current(&now));
  CHECK(memcmp(&now, &before, sizeof now) == 0);
  return 0;
}
