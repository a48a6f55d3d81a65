/* Prepared statements that the server has forgotten, or whose tables have changed: run anew where
 * they have not run, and nothing else is. */
#include <string.h>
#include "pg_test.h"

/* The client does not see it. */
static const char secretly[] = "do $$ begin execute 'deallocate all'; end $$";

static int insert(green_pg *pg, int64_t number) {
  return green_pg_query_prepared(pg, NULL, "insert into forgotten values ($1)",
                                 GREEN_PG_VALUES(green_pg_int64(number)));
}

static int begin(green_pg **pg) {
  CHECK_CONNECTED(pg);
  CHECK_STATUS(green_pg_run(*pg, "drop table if exists forgotten;"
                                 "create temp table forgotten (i int primary key);"
                                 "insert into forgotten values (1)"),
               0);
  return 0;
}
#define CHECK_BEGUN(pg)                                                                            \
  do {                                                                                             \
    int begun = begin(pg);                                                                         \
    if (begun < 0) return begun;                                                                   \
  } while (0)

TEST(a_statement_whose_first_run_failed_is_not_lost) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_BEGUN(&pg);
  CHECK_STATUS(insert(pg, 1), GREEN_ESQL);
  CHECK(green_pg_failed_with(pg, "23505"));
  CHECK_NUMBER(green_pg_prepared_count(pg), 1);
  CHECK_STATUS(green_pg_run(pg, "deallocate all"), 0);
  CHECK_NUMBER(green_pg_prepared_count(pg), 0);
  CHECK_STATUS(insert(pg, 2), 0);
  CHECK_STATUS(green_pg_run(pg, "discard all"), 0);
  CHECK_NUMBER(green_pg_prepared_count(pg), 0);
  return 0;
}

/* That it was parsed is known once the server has stopped. */
TEST(a_statement_whose_first_run_was_interrupted_is_not_prepared_anew_each_time) {
  SKIP_EMBEDDED("it cannot be stopped");
  AUTO_PG green_pg *pg = NULL;
  char count[20];
  CHECK_CONNECTED(&pg);
  for (int i = 0; i < 3; i++) {
    int rc = 0;
    GREEN_TIMEOUT(100) {
      rc = green_pg_query_prepared(pg, NULL, "select pg_sleep(60), 3", GREEN_PG_NONE);
    }
    if (test_allocator_failed() && !green_pg_is_alive(pg))
      return test_saw(GREEN_ENOMEM); /* not cancelled */
    CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  }
  CHECK_ALIVE(pg);
  CHECK(green_pg_prepared_count(pg) <= 1);
  snprintf(count, sizeof count, "%zu", green_pg_prepared_count(pg));
  CHECK_ANSWER(pg, "select count(*) from pg_prepared_statements", count);
  return 0;
}

TEST(a_statement_that_has_the_server_forget_all_is_not_prepared_itself) {
  SKIP_EMBEDDED("others share its session");
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  for (int i = 0; i < 2; i++) {
    CHECK_STATUS(green_pg_query_prepared(pg, NULL, "discard all", GREEN_PG_NONE), 0);
    CHECK_NUMBER(green_pg_prepared_count(pg), 0);
  }
  CHECK_STATUS(green_pg_query_prepared(pg, NULL, "select 1", GREEN_PG_NONE), 0);
  CHECK_NUMBER(green_pg_prepared_count(pg), 1);
  return 0;
}

/* Else the server would seem to have forgotten it, as behind a pooler. */
TEST(a_statement_that_was_interrupted_before_it_was_sent_is_not_taken_for_prepared) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_query_prepared(pg, NULL, "select 1", GREEN_PG_NONE), 0);
  green_cancel(green_current());
  CHECK_STATUS(green_pg_query_prepared(pg, NULL, "select 2", GREEN_PG_NONE), GREEN_ECANCELED);
  CHECK_NUMBER(green_pg_prepared_count(pg), 1);
  CHECK_STATUS(green_pg_query_prepared(pg, NULL, "select 2", GREEN_PG_NONE), 0);
  CHECK_NUMBER(green_pg_prepared_count(pg), 2);
  return 0;
}

TEST(a_first_run_that_failed_and_a_table_that_changed) {
  const char *sql = "select * from forgotten where 10 / ($1::int - 5) > 0";
  AUTO_PG green_pg *pg = NULL;
  CHECK_BEGUN(&pg);
  for (int i = 5; i < 8; i++) {
    AUTO_RESULT green_pg_result *result = NULL;
    CHECK_STATUS(green_pg_query_prepared(pg, &result, sql, GREEN_PG_VALUES(green_pg_int32(i))),
                 i == 5 ? GREEN_ESQL : 0);
    if (i > 5) CHECK_NUMBER(green_pg_column_count(result), i - 4);
    CHECK_STATUS(green_pg_run(pg, i == 5 ? "alter table forgotten add j int"
                                         : "alter table forgotten add k int"),
                 i == 7 ? GREEN_ESQL : 0);
  }
  return 0;
}

TEST(what_the_server_forgets_unseen_is_run_anew_and_no_more_prepared) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_BEGUN(&pg);
  CHECK_STATUS(insert(pg, 2), 0);
  CHECK_STATUS(green_pg_run(pg, secretly), 0);
  CHECK_STATUS(insert(pg, 3), 0);
  CHECK_ANSWER(pg, "select count(*) from forgotten", "3");
  CHECK_NUMBER(green_pg_prepared_count(pg), pg_embedded() ? 1 : 0);
  CHECK_STATUS(insert(pg, 4), 0);
  CHECK_STATUS(green_pg_forget_prepared(pg), 0);
  CHECK_STATUS(insert(pg, 5), 0);
  CHECK_NUMBER(green_pg_prepared_count(pg), 1);
  return 0;
}

TEST(within_a_transaction_it_fails_that_and_nothing_is_prepared_in_a_failed_one) {
  AUTO_PG green_pg *pg = NULL;
  bool committed = false;
  CHECK_BEGUN(&pg);
  CHECK_STATUS(insert(pg, 2), 0);
  GREEN_PG_TRANSACTION(pg) {
    CHECK_STATUS(green_pg_run(pg, secretly), 0);
    CHECK_STATUS(insert(pg, 3), GREEN_ESQL);
    CHECK(green_pg_failed_with(pg, "26000"));
    CHECK_STATUS(insert(pg, 4), GREEN_ESQL);
    CHECK(green_pg_failed_with(pg, "25P02"));
    CHECK_STATUS(green_pg_query_prepared(pg, NULL, "select 5", GREEN_PG_NONE), GREEN_ESQL);
    CHECK(green_pg_failed_with(pg, "25P02"));
    CHECK_NUMBER(green_pg_prepared_count(pg), 0);
    committed = test_saw(green_pg_commit(pg)) == 0;
  }
  CHECK(!committed);
  CHECK_STATUS(insert(pg, 3), 0);
  CHECK_ANSWER(pg, "select count(*) from forgotten", "3");
  return 0;
}

/* With the SQLSTATEs that a stale statement has. */
TEST(what_has_run_is_not_repeated) {
  static const char *const states[] = {"26000", "0A000", "42P05"};
  AUTO_PG green_pg *pg = NULL;
  CHECK_BEGUN(&pg);
  CHECK_STATUS(green_pg_run(pg, "create temp sequence runs;"
                                "create or replace function pg_temp.fail(state text) returns int "
                                "language plpgsql as $$ begin perform nextval('runs'); "
                                "raise exception 'it has run' using errcode = state; end $$"),
               0);
  for (int i = 0; i < 6; i++) {
    CHECK_STATUS(green_pg_query_prepared(pg, NULL, "select pg_temp.fail($1)",
                                         GREEN_PG_VALUES(green_pg_text(states[i % 3]))),
                 GREEN_ESQL);
    CHECK(green_pg_failed_with(pg, states[i % 3]));
  }
  CHECK_ANSWER(pg, "select last_value from runs", "6");
  CHECK_STATUS(green_pg_run(pg, "drop sequence runs"), 0);
  return 0;
}

TEST(a_connection_keeps_as_many_as_it_is_told) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_BEGUN(&pg);
  green_pg_set_max_prepared(pg, 0);
  CHECK_STATUS(insert(pg, 2), 0);
  CHECK_NUMBER(green_pg_prepared_count(pg), 0);
  CHECK_ANSWER(pg, "select count(*) from pg_prepared_statements where statement like '%forgotten%'",
               "0");
  green_pg_set_max_prepared(pg, 2);
  for (int i = 3; i < 6; i++) {
    char sql[60];
    snprintf(sql, sizeof sql, "insert into forgotten values (%d)", i);
    CHECK_STATUS(green_pg_query_prepared(pg, NULL, sql, GREEN_PG_NONE), 0);
  }
  CHECK_NUMBER(green_pg_prepared_count(pg), 2);
  CHECK_ANSWER(pg, "select count(*) from pg_prepared_statements where statement like '%forgotten%'",
               "2");
  GREEN_PG_TRANSACTION(pg) { /* in which none is deallocated: that might fail it */
    CHECK_STATUS(insert(pg, 6), 0);
    CHECK_NUMBER(green_pg_prepared_count(pg), 3);
    CHECK_STATUS(green_pg_commit(pg), 0);
  }
  CHECK_STATUS(green_pg_query_prepared(pg, NULL, "select 7", GREEN_PG_NONE), 0);
  CHECK_NUMBER(green_pg_prepared_count(pg), 2);
  return 0;
}

TEST(names_are_one_connections) {
  SKIP_EMBEDDED("one session has the names of all");
  AUTO_PG green_pg *pg = NULL, *other = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_CONNECTED(&other);
  const char *sql = "select name from pg_prepared_statements";
  AUTO_RESULT green_pg_result *one = NULL, *two = NULL;
  CHECK_STATUS(green_pg_query_prepared(pg, &one, sql, GREEN_PG_NONE), 0);
  CHECK_STATUS(green_pg_query_prepared(other, &two, sql, GREEN_PG_NONE), 0);
  CHECK_NUMBER(green_pg_row_count(one), 1);
  CHECK(strncmp(green_pg_text_at(one, 0, 0, NULL), green_pg_text_at(two, 0, 0, NULL), 32) != 0);
  return 0;
}

TEST(copy_is_not_for_prepared_statements) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_BEGUN(&pg);
  CHECK_STATUS(green_pg_query_prepared(pg, NULL, "copy forgotten from stdin", GREEN_PG_NONE),
               GREEN_EINVAL);
  CHECK_ALIVE(pg);
  CHECK_STATUS(green_pg_query_prepared(pg, NULL, "copy forgotten to stdout", GREEN_PG_NONE),
               GREEN_EINVAL);
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select count(*) from forgotten", "1");
  CHECK_STATUS(insert(pg, 2), 0);
  return 0;
}
