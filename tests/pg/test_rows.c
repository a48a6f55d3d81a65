/* Queries that are read a few rows at a time. */
#include "pg_test.h"

/* Reads on and counts; the sum of the first column. */
static int read_all(green_pg *pg, size_t *rows, int64_t *sum) {
  *rows = 0;
  *sum = 0;
  for (;;) {
    AUTO_RESULT green_pg_result *result = NULL;
    int rc = green_pg_cursor_fetch(pg, &result);
    if (rc <= 0) return rc;
    CHECK(green_pg_row_count(result) > 0);
    for (size_t i = 0; i < green_pg_row_count(result); i++) {
      int64_t number;
      CHECK_STATUS(green_pg_get_int64(result, i, 0, &number), 0);
      *sum += number;
    }
    *rows += green_pg_row_count(result);
  }
}

TEST(rows_come_a_few_at_a_time) {
  AUTO_PG green_pg *pg = NULL;
  size_t rows;
  int64_t sum, count = (int64_t)test_scale(20000, 300);
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_cursor_open(pg, "select i, 'some text' from generate_series(1, $1) as i",
                                    GREEN_PG_VALUES(green_pg_int64(count))),
               0);
  CHECK_STATUS(green_pg_run(pg, "select 1"), GREEN_EBUSY);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "being read");
  CHECK_STATUS(read_all(pg, &rows, &sum), 0);
  CHECK_NUMBER(rows, count);
  CHECK_NUMBER(sum, count * (count + 1) / 2);
  CHECK_ANSWER(pg, "select 1", "1");
  AUTO_RESULT green_pg_result *none = NULL;
  CHECK_STATUS(green_pg_cursor_fetch(pg, &none), GREEN_EINVAL);
  CHECK_STATUS(green_pg_cursor_open(pg, "select 1 where false", GREEN_PG_NONE), 0);
  CHECK_STATUS(read_all(pg, &rows, &sum), 0);
  CHECK_NUMBER(rows, 0);
  return 0;
}

TEST(a_query_is_ended_before_its_last_row) {
  AUTO_PG green_pg *pg = NULL;
  AUTO_RESULT green_pg_result *result = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(
      green_pg_cursor_open(pg, "select i from generate_series(1, 100000) as i", GREEN_PG_NONE), 0);
  CHECK_STATUS(green_pg_cursor_fetch(pg, &result), 1);
  CHECK_STRING(green_pg_text_at(result, 0, 0, NULL), "1");
  int rc = green_pg_cursor_close(pg);
  CHECK_ALIVE(pg);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(green_pg_cursor_close(pg), 0);
  CHECK_ANSWER(pg, "select 1", "1");
  return 0;
}

TEST(an_error_among_the_rows_ends_the_query) {
  AUTO_PG green_pg *pg = NULL;
  size_t rows;
  int64_t sum;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_cursor_open(pg, "select 1 / (1000 - i) from generate_series(1, 2000) as i",
                                    GREEN_PG_NONE),
               0);
  CHECK_STATUS(read_all(pg, &rows, &sum), GREEN_ESQL);
  CHECK_STRING(green_pg_error(pg)->sqlstate, "22012");
  CHECK_ANSWER(pg, "select 1", "1");
  return 0;
}

/* What begins is found where it is to be ended, and has its own way to end. */
TEST(a_copy_that_was_opened_as_a_query_leaves_the_connection_whole) {
  static const char *const copies[] = {"copy (select 1) to stdout", "copy opened from stdin",
                                       "copy (select generate_series(1, 20000)) to stdout"};
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_run(pg, "create temp table opened (i int)"), 0);
  for (size_t i = 0; i < 2 * sizeof copies / sizeof *copies; i++) {
    CHECK_STATUS(green_pg_cursor_open(pg, copies[i / 2], GREEN_PG_NONE), 0);
    if (i % 2) {
      AUTO_RESULT green_pg_result *result = NULL;
      CHECK_STATUS(green_pg_cursor_fetch(pg, &result), GREEN_EINVAL);
      CHECK_ALIVE(pg);
    }
    int rc = green_pg_cursor_close(pg);
    CHECK_ALIVE(pg);
    CHECK_STATUS(rc, 0);
    CHECK_ANSWER(pg, "select 'after'", "after");
    CHECK_ANSWER(pg, "select 'and then'", "and then");
  }
  return 0;
}
