/* The task's trace context behind statements, where that was asked for. */
#include <string.h>
#include "pg_test.h"

#define WHOLE "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

static int set_context(void) {
  green_traceparent context;
  CHECK_STATUS(green_traceparent_parse(&context, WHOLE), 0);
  return green_traceparent_set(&context, NULL);
}

/* Where memory is short a statement goes without. */
static bool memory_is_short(void) {
  return test_scale(0, 1);
}

TEST(traceparent_is_behind_statements_when_asked_for) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  green_pg_set_traceparent(pg, true);
  CHECK_ANSWER(pg, "select current_query()", "select current_query()");
  CHECK_STATUS(set_context(), 0);
  if (memory_is_short()) return green_pg_run(pg, "select 1");
  CHECK_ANSWER(pg, "select current_query()", "select current_query() /*traceparent='" WHOLE "'*/");
  CHECK_ANSWER(pg, "select current_query() -- why",
               "select current_query() -- why /*traceparent='" WHOLE "'*/");
  CHECK_ANSWER(pg, "select current_query() /*traceparent='mine'*/",
               "select current_query() /*traceparent='mine'*/");
  CHECK_STATUS(green_pg_run(pg, "create temp table noted (text text);"
                                "insert into noted values (current_query());"),
               0);
  CHECK_ANSWER(pg, "select strpos(text, 'traceparent=') > 0 from noted", "t");
  green_pg_set_traceparent(pg, false);
  CHECK_ANSWER(pg, "select current_query()", "select current_query()");
  return 0;
}

TEST(traceparent_leaves_prepared_statements_alone) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  green_pg_set_traceparent(pg, true);
  for (int i = 0; i < 3; i++) {
    AUTO_RESULT green_pg_result *result = NULL;
    green_traceparent context;
    CHECK_STATUS(green_traceparent_new(&context, NULL), 0);
    CHECK_STATUS(green_traceparent_set(&context, NULL), 0);
    CHECK_STATUS(green_pg_query_prepared(pg, &result, "select current_query()", GREEN_PG_NONE), 0);
    CHECK_STRING(green_pg_text_at(result, 0, 0, NULL), "select current_query()");
  }
  CHECK_NUMBER(green_pg_prepared_count(pg), 1);
  return 0;
}

/* Not even the number of a span is missing, and a cursor has it too. */
TEST(traceparent_without_a_span_is_behind_statements_with_one) {
  AUTO_PG green_pg *pg = NULL;
  green_traceparent context;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(set_context(), 0);
  CHECK(green_traceparent_current(&context));
  memset(context.span_id, 0, sizeof context.span_id);
  CHECK_STATUS(green_traceparent_set(&context, NULL), 0);
  green_pg_set_traceparent(pg, true);
  if (memory_is_short()) return green_pg_run(pg, "select 1");
  CHECK_ANSWER(pg, "select current_query() ~ '-[0-9a-f]{16}-0[0-3]''[*]/$'", "t");
  CHECK_ANSWER(pg, "select current_query() ~ '-0{16}-'", "f");
  return 0;
}

static int insert_and_fail(green_pg *pg, void *arg) {
  (void)arg;
  int rc = green_pg_run(pg, "insert into undone values (1)");
  return rc < 0 ? rc : GREEN_EIO;
}

/* Also where memory for the comment is missing: then it goes without. */
TEST(traceparent_leaves_a_rollback_whole) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_run(pg, "create temporary table undone (n int)"), 0);
  CHECK_STATUS(set_context(), 0);
  green_pg_set_traceparent(pg, true);
  CHECK_STATUS(test_saw(green_pg_transaction(pg, NULL, insert_and_fail, NULL)) < 0, true);
  AUTO_RESULT green_pg_result *result = NULL;
  const char *undone = "select count(*) + pg_current_xact_id_if_assigned()::text::int8 is null, "
                       "count(*) from undone";
  int rc = green_pg_query(pg, &result, undone, GREEN_PG_NONE);
  if (test_saw(rc) == GREEN_ECONNRESET) return GREEN_ENOMEM; /* it is lost, and not left open */
  CHECK_STATUS(rc, 0);
  CHECK_STRING(green_pg_text_at(result, 0, 0, NULL), "t");
  CHECK_STRING(green_pg_text_at(result, 0, 1, NULL), "0");
  return 0;
}

static int query_in_pool(green_pg_pool *pool, bool set, bool wanted, bool *traced) {
  green_pg *pg;
  *traced = false;
  int rc = green_pg_pool_acquire(pool, &pg);
  if (rc < 0) return rc;
  if (set) green_pg_set_traceparent(pg, wanted);
  AUTO_RESULT green_pg_result *result = NULL;
  rc = green_pg_query(pg, &result, "select current_query()", GREEN_PG_NONE);
  if (rc == 0) *traced = strstr(green_pg_text_at(result, 0, 0, NULL), WHOLE);
  green_pg_pool_return(pool, pg);
  return rc;
}

TEST(traceparent_that_a_borrower_sets_ends_with_the_loan) {
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  bool traced;
  CHECK_STATUS(green_pg_pool_new(&pool, pg_address(), &(green_pg_pool_options){.max = 1}), 0);
  CHECK_STATUS(set_context(), 0);
  CHECK_STATUS(query_in_pool(pool, true, true, &traced), 0);
  CHECK(traced || memory_is_short());
  CHECK_STATUS(query_in_pool(pool, false, false, &traced), 0);
  CHECK(!traced);
  return 0;
}

static int wants_traceparent(green_pg *pg, void *arg) {
  (void)arg;
  green_pg_set_traceparent(pg, true);
  return 0;
}

TEST(traceparent_that_setup_sets_is_for_each_loan) {
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  green_pg_pool_options options = {.max = 1, .setup = wants_traceparent};
  bool traced;
  CHECK_STATUS(green_pg_pool_new(&pool, pg_address(), &options), 0);
  CHECK_STATUS(set_context(), 0);
  for (int i = 0; i < 2; i++) {
    CHECK_STATUS(query_in_pool(pool, i == 1, false, &traced), 0);
    CHECK(traced == (i == 0) || memory_is_short());
  }
  CHECK_STATUS(query_in_pool(pool, false, false, &traced), 0);
  CHECK(traced || memory_is_short());
  return 0;
}

TEST(traceparent_of_a_pool_is_for_its_connections) {
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  green_pg *pg;
  green_pg_pool_options options = {.max = 1, .traceparent = true};
  CHECK_STATUS(green_pg_pool_new(&pool, pg_address(), &options), 0);
  CHECK_STATUS(set_context(), 0);
  CHECK_STATUS(green_pg_pool_acquire(pool, &pg), 0);
  AUTO_RESULT green_pg_result *result = NULL;
  int rc = green_pg_query(pg, &result, "select current_query()", GREEN_PG_NONE);
  bool traced = rc == 0 && strstr(green_pg_text_at(result, 0, 0, NULL), WHOLE);
  green_pg_pool_return(pool, pg);
  CHECK_STATUS(rc, 0);
  CHECK(traced || memory_is_short());
  return 0;
}
