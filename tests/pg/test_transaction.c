/* Transactions as blocks; test_transacting.c has them as functions. */
#include "pg_test.h"

static int table(green_pg *pg) {
  return green_pg_run(pg, "drop table if exists ledger; create temp table ledger (i int unique)");
}

TEST(a_block_is_committed_where_it_says_so) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  GREEN_PG_TRANSACTION(pg) {
    CHECK_STATUS(green_pg_run(pg, "insert into ledger values (1)"), 0);
    CHECK_STATUS(green_pg_run(pg, "insert into ledger values (2)"), 0);
    CHECK_STATUS(green_pg_commit(pg), 0);
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  CHECK_ANSWER(pg, "select count(*) from ledger", "2");
  return 0;
}

static int leave_in_the_middle(green_pg *pg) {
  GREEN_PG_TRANSACTION(pg) {
    CHECK_STATUS(green_pg_run(pg, "insert into ledger values (1)"), 0);
    return 7;
  }
  return green_pg_error(pg)->status;
}

TEST(a_block_left_by_another_road_is_rolled_back) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  GREEN_PG_TRANSACTION(pg) {
    CHECK_STATUS(green_pg_run(pg, "insert into ledger values (1)"), 0);
    break;
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  CHECK_ALIVE(pg);
  CHECK_STATUS(leave_in_the_middle(pg), 7);
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select count(*) from ledger", "0");
  return 0;
}

TEST(what_made_the_block_be_left_can_still_be_asked) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  GREEN_PG_TRANSACTION(pg) {
    if (green_pg_run(pg, "insert into ledger values (1), (1)") < 0) break;
  }
  CHECK_STATUS(green_pg_error(pg)->status, GREEN_ESQL);
  CHECK_STRING(green_pg_error(pg)->sqlstate, "23505");
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select 1", "1");
  return 0;
}

TEST(a_block_in_which_a_statement_failed_is_not_committed) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  GREEN_PG_TRANSACTION(pg) {
    CHECK_STATUS(green_pg_run(pg, "insert into ledger values (1)"), 0);
    CHECK_STATUS(green_pg_run(pg, "insert into ledger values (1)"), GREEN_ESQL);
    CHECK_STATUS(green_pg_run(pg, "insert into ledger values (2)"), GREEN_ESQL);
    CHECK_STRING(green_pg_error(pg)->sqlstate, "25P02");
    CHECK_STATUS(green_pg_commit(pg), GREEN_ESQL);
    CHECK_STRING(green_pg_error(pg)->sqlstate, "25P02");
    if (!test_allocator_failed()) CHECK_CONTAINS(green_pg_error(pg)->detail, "23505");
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select count(*) from ledger", "0");
  return 0;
}

TEST(a_constraint_that_is_checked_at_the_end_fails_the_commit) {
  AUTO_PG green_pg *pg = NULL;
  int rc = 0;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_run(pg,
                            "drop table if exists late;"
                            "create temp table late (i int unique deferrable initially deferred)"),
               0);
  GREEN_PG_TRANSACTION(pg) {
    CHECK_STATUS(green_pg_run(pg, "insert into late values (1), (1)"), 0);
    rc = green_pg_commit(pg);
  }
  CHECK_STATUS(rc, GREEN_ESQL);
  CHECK_STATUS(green_pg_error(pg)->status, GREEN_ESQL);
  CHECK(!green_pg_error(pg)->outcome_unknown);
  CHECK_STRING(green_pg_error(pg)->sqlstate, "23505");
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select count(*) from late", "0");
  return 0;
}

TEST(inner_blocks_are_savepoints) {
  AUTO_PG green_pg *pg = NULL;
  int inner = 0;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  GREEN_PG_TRANSACTION(pg) {
    CHECK_STATUS(green_pg_run(pg, "insert into ledger values (1)"), 0);
    GREEN_PG_TRANSACTION(pg) {
      CHECK_STATUS(green_pg_run(pg, "insert into ledger values (2)"), 0);
      GREEN_PG_TRANSACTION(pg) {
        CHECK_STATUS(green_pg_run(pg, "insert into ledger values (3)"), 0);
        break;
      }
      CHECK_ALIVE(pg);
      CHECK_STATUS(green_pg_run(pg, "insert into ledger values (4)"), 0);
      CHECK_STATUS(green_pg_commit(pg), 0);
    }
    else {
      CHECK_STATUS(green_pg_error(pg)->status, 0);
    }
    GREEN_PG_TRANSACTION(pg) {
      CHECK_STATUS(green_pg_run(pg, "insert into ledger values (1)"), GREEN_ESQL);
      inner = green_pg_commit(pg);
    }
    CHECK_ALIVE(pg);
    CHECK_STATUS(inner, GREEN_ESQL);
    CHECK_STATUS(green_pg_run(pg, "insert into ledger values (5)"), 0);
    CHECK_STATUS(green_pg_commit(pg), 0);
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  CHECK_ANSWER(pg, "select string_agg(i::text, ' ' order by i) from ledger", "1 2 4 5");
  return 0;
}

TEST(a_block_in_a_transaction_of_the_programs_own_is_a_savepoint) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  CHECK_STATUS(green_pg_run(pg, "begin"), 0);
  GREEN_PG_TRANSACTION(pg) {
    CHECK_STATUS(green_pg_run(pg, "insert into ledger values (1)"), 0);
    CHECK_STATUS(green_pg_commit(pg), 0);
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  CHECK_STATUS(green_pg_run(pg, "rollback"), 0);
  CHECK_ANSWER(pg, "select count(*) from ledger", "0");
  return 0;
}

static int use(void *pg) {
  return green_pg_run(pg, "select 1");
}

TEST(another_task_does_not_get_into_a_transaction) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  GREEN_PG_TRANSACTION(pg) {
    green_future *other = green_spawn(use, pg);
    CHECK_STATUS(green_join(other), GREEN_EBUSY);
    if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "another task");
    break;
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  CHECK_STATUS(green_join(green_spawn(use, pg)), 0);
  return 0;
}

TEST(an_open_query_is_ended_with_the_block) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  GREEN_PG_TRANSACTION(pg) {
    CHECK_STATUS(
        green_pg_cursor_open(pg, "select i from generate_series(1, 100000) as i", GREEN_PG_NONE),
        0);
    CHECK_STATUS(green_pg_commit(pg), GREEN_EBUSY);
    break;
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  CHECK_STATUS(green_pg_error(pg)->status, GREEN_EBUSY);
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select 1", "1");
  return 0;
}

TEST(a_connection_released_within_a_block_ends_with_it) {
  green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  int rc = 0;
  GREEN_PG_TRANSACTION(pg) {
    green_pg_release(pg);
    break;
  }
  else {
    rc = green_pg_error(pg)->status;
    green_pg_release(pg);
  }
  return test_saw(rc);
}

/* A server that is stopped says so, which fails the transaction; one that waits does not. */
TEST(a_query_that_is_ended_early_in_a_block) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  GREEN_PG_TRANSACTION(pg) {
    AUTO_RESULT green_pg_result *result = NULL;
    CHECK_STATUS(green_pg_run(pg, "insert into ledger values (1)"), 0);
    GREEN_PG_TRANSACTION(pg) {
      CHECK_STATUS(
          green_pg_cursor_open(pg, "select i from generate_series(1, 3000000) as i", GREEN_PG_NONE),
          0);
      CHECK_STATUS(green_pg_cursor_fetch(pg, &result), 1);
      CHECK_STATUS(green_pg_cursor_close(pg), 0);
      break;
    }
    CHECK_ALIVE(pg);
    CHECK_STATUS(green_pg_run(pg, "insert into ledger values (2)"), 0);
    CHECK_STATUS(green_pg_commit(pg), 0);
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  CHECK_ANSWER(pg, "select count(*) from ledger", "2");
  return 0;
}
