/* Servers whose answers make no sense, to functions that take what they need out of them. */
#include <stdio.h>
#include "pq_test.h"

static int connect_to(PGconn **out, const char *name) {
  char conninfo[300];
  snprintf(conninfo, sizeof conninfo, "%s dbname=%s", pq_violations(), name);
  return green_pq_connect(out, conninfo);
}

TEST(a_large_object_gives_more_than_was_asked_for) {
  AUTO_CONNECTION PGconn *connection = NULL;
  char buffer[100];
  memset(buffer, '-', sizeof buffer);
  CHECK_STATUS(connect_to(&connection, "value_of_50_bytes"), 0);
  CHECK_STATUS(green_pq_lo_read(connection, 0, buffer, 49), GREEN_EPROTO);
  CHECK_LEFT("50 bytes");
  for (size_t i = 0; i < sizeof buffer; i++) CHECK(buffer[i] == '-');
  CHECK_STATUS(green_pq_lo_read(connection, 0, buffer, 50), 50);
  CHECK(buffer[49] == 'x' && buffer[50] == '-');
  return 0;
}

TEST(a_large_objects_answer_is_no_single_value) {
  static const char *const names[] = {"row_of_no_columns", "row_of_two_columns", "row_of_null"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    AUTO_CONNECTION PGconn *connection = NULL;
    char buffer[100];
    CHECK_STATUS(connect_to(&connection, names[i]), 0);
    CHECK_STATUS(green_pq_lo_read(connection, 0, buffer, sizeof buffer), GREEN_EPROTO);
    CHECK_LEFT("single value");
    CHECK_NUMBER(test_saw((int)green_pq_lo_seek(connection, 0, 0, SEEK_SET)), GREEN_EPROTO);
    CHECK_STATUS(green_pq_lo_open(connection, 1, 0x40000), GREEN_EPROTO);
    CHECK_STATUS(green_pq_lo_create(connection, &(Oid){0}), GREEN_EPROTO);
  }
  return 0;
}
