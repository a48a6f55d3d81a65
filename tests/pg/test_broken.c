/* What breaks a PGlite: its answer is no success, and whoever comes after is told and does not
 * wait. A server takes it. */
#include <stdlib.h>
#include <string.h>
#include "pg_test.h"

#define DEPTH 100000

/* Deeper than the stack of any of them. */
static int insert_nested(green_pg *pg) {
  char *text = malloc(2 * DEPTH + 1);
  if (!text) return test_saw(GREEN_ENOMEM);
  memset(text, '[', DEPTH);
  memset(text + DEPTH, ']', DEPTH);
  text[2 * DEPTH] = 0;
  int rc = green_pg_query_prepared(pg, NULL, "insert into nested values ($1)",
                                   GREEN_PG_VALUES(green_pg_json(text)));
  free(text);
  return rc;
}

TEST(json_nested_too_deeply_is_no_success_and_leaves_nobody_waiting) {
  if (test_scale(0, 1)) SKIP("each allocation would take a PGlite of its own");
  const char *address = pg_embedded() ? "memory:nested" : pg_address();
  AUTO_PG green_pg *pg = NULL, *other = NULL, *late = NULL;
  CHECK_STATUS(green_pg_connect(&pg, address), 0);
  CHECK_STATUS(green_pg_connect(&other, address), 0);
  CHECK_STATUS(green_pg_run(pg, "drop table if exists nested; create table nested (j jsonb)"), 0);
  int rc = insert_nested(pg);
  if (green_pg_is_alive(pg)) {
    CHECK_STATUS(rc, GREEN_ESQL);
    CHECK(green_pg_failed_with(pg, "54001"));
    CHECK_STATUS(insert_nested(pg), GREEN_ESQL);
    CHECK_STATUS(green_pg_run(other, "drop table nested"), 0);
    return 0;
  }
  CHECK(rc == GREEN_EPROTO || rc == GREEN_ECONNRESET);
  CHECK_CONTAINS(green_pg_error(pg)->message, "PGlite");
  CHECK_STATUS(green_pg_run(pg, "select 1"), GREEN_ECLOSED);
  CHECK(!green_pg_is_alive(other));
  CHECK_STATUS(green_pg_run(other, "select 1"), GREEN_ECLOSED);
  CHECK_CONTAINS(green_pg_error(other)->message, "lost");
  CHECK_STATUS(green_pg_connect(&late, address), GREEN_ECONNRESET);
  CHECK_CONTAINS(green_message(), "\"memory:nested\" is broken");
  return 0;
}
