/* COPY in and out, in pieces. */
#include <string.h>
#include "pg_test.h"

static int table(green_pg *pg) {
  return green_pg_run(pg, "drop table if exists copied; create temp table copied (i int, t text)");
}

TEST(a_copy_goes_in_and_out_in_pieces) {
  AUTO_PG green_pg *pg = NULL;
  size_t count = test_scale(20000, 3);
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  CHECK_STATUS(green_pg_copy_in(pg, "copy copied from stdin"), 0);
  CHECK_STATUS(green_pg_run(pg, "select 1"), GREEN_EBUSY);
  for (size_t i = 0; i < count; i++) {
    char line[60];
    int size = snprintf(line, sizeof line, "%zu\tline of %zu\n", i, i);
    CHECK_STATUS(green_pg_copy_write(pg, line, 1), 0); /* cut anywhere */
    CHECK_STATUS(green_pg_copy_write(pg, line + 1, (size_t)size - 1), 0);
  }
  uint64_t rows;
  CHECK_STATUS(green_pg_copy_end(pg, NULL, &rows), 0);
  CHECK_NUMBER(rows, count);
  CHECK_STATUS(green_pg_copy_write(pg, "x", 1), GREEN_EINVAL);

  size_t lines = 0, size;
  const void *data;
  int rc;
  CHECK_STATUS(green_pg_copy_out(pg, "copy copied to stdout"), 0);
  while ((rc = green_pg_copy_read(pg, &data, &size)) > 0)
    for (size_t i = 0; i < size; i++) lines += ((const char *)data)[i] == '\n';
  CHECK_STATUS(rc, 0);
  CHECK(!data);
  CHECK_NUMBER(lines, count);
  CHECK_STATUS(green_pg_copy_read(pg, &data, &size), GREEN_EINVAL);
  CHECK_ANSWER(pg, "select 1", "1");
  return 0;
}

TEST(a_copy_that_is_given_up_copies_nothing) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  CHECK_STATUS(green_pg_copy_in(pg, "copy copied from stdin"), 0);
  CHECK_STATUS(green_pg_copy_write(pg, "1\tone\n", 6), 0);
  CHECK_STATUS(green_pg_copy_end(pg, "changed its mind", NULL), 0);
  CHECK_ANSWER(pg, "select count(*) from copied", "0");
  return 0;
}

TEST(a_copy_of_what_cannot_be_copied_fails) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  CHECK_STATUS(green_pg_copy_in(pg, "copy copied from stdin"), 0);
  CHECK_STATUS(green_pg_copy_write(pg, "not a number\tone\n", 17), 0);
  CHECK_STATUS(green_pg_copy_end(pg, NULL, NULL), GREEN_ESQL);
  CHECK_STRING(green_pg_error(pg)->sqlstate, "22P02");
  if (pg_embedded()) { /* where it is looked at in the end */
    CHECK_STATUS(green_pg_copy_in(pg, "copy nothing from stdin"), 0);
    CHECK_STATUS(green_pg_copy_end(pg, NULL, NULL), GREEN_ESQL);
    CHECK_STRING(green_pg_error(pg)->sqlstate, "42P01");
  } else {
    CHECK_STATUS(green_pg_copy_in(pg, "copy nothing from stdin"), GREEN_ESQL);
    CHECK_STATUS(green_pg_copy_in(pg, "select 1"), GREEN_EINVAL);
    CHECK_STATUS(green_pg_copy_in(pg, "copy copied to stdout"), GREEN_EINVAL);
    if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "green_pg_copy_out()");
  }
  CHECK_ALIVE(pg);
  CHECK_STATUS(green_pg_copy_out(pg, "copy copied from stdin"), GREEN_EINVAL);
  CHECK_ALIVE(pg);
  CHECK_STATUS(green_pg_query(pg, NULL, "copy copied from stdin", GREEN_PG_NONE), GREEN_EINVAL);
  CHECK_ALIVE(pg);
  CHECK_STATUS(green_pg_run(pg, "copy copied to stdout"), GREEN_EINVAL);
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select 1", "1");
  return 0;
}

/* The second one begins while the first is being settled. */
TEST(copies_in_a_run_are_all_brought_to_their_end) {
  static const char *const statements[] = {"copy (select 1) to stdout; copy (select 2) to stdout",
                                           "copy (select 1) to stdout; copy copied from stdin",
                                           "copy copied from stdin; copy (select 2) to stdout"};
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
    CHECK_STATUS(green_pg_run(pg, statements[i]), GREEN_EINVAL);
    CHECK_ALIVE(pg);
    CHECK_ANSWER(pg, "select 'after'", "after");
  }
  return 0;
}

TEST(a_second_copy_behind_one_that_went_well_is_brought_to_its_end) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  CHECK_STATUS(green_pg_copy_in(pg, "copy copied from stdin; copy copied from stdin"), 0);
  CHECK_STATUS(green_pg_copy_write(pg, "1\tone\n", 6), 0);
  CHECK_STATUS(green_pg_copy_end(pg, NULL, NULL), pg_embedded() ? GREEN_ESQL : GREEN_EINVAL);
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select count(*) from copied", "0");
  return 0;
}

TEST(a_copy_out_is_ended_before_its_last_piece) {
  AUTO_PG green_pg *pg = NULL;
  const void *data;
  size_t size;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(
      green_pg_copy_out(pg, "copy (select i from generate_series(1, 100000) as i) to stdout"), 0);
  CHECK_STATUS(green_pg_copy_read(pg, &data, &size), 1);
  CHECK(memcmp(data, "1\n", 2) == 0);
  int rc = green_pg_cursor_close(pg);
  CHECK_ALIVE(pg);
  CHECK_STATUS(rc, 0);
  CHECK_ANSWER(pg, "select 1", "1");
  return 0;
}
