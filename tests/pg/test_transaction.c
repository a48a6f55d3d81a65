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

TEST(a_block_in_which_a_statement_was_stopped_is_not_committed) {
  SKIP_EMBEDDED("a statement cannot be stopped");
  AUTO_PG green_pg *pg = NULL;
  int rc = 0;
  CHECK_CONNECTED(&pg);
  GREEN_PG_TRANSACTION(pg) {
    GREEN_TIMEOUT(50) {
      rc = green_pg_run(pg, "select pg_sleep(600)");
    }
    CHECK_STATUS(rc, GREEN_ETIMEDOUT);
    rc = green_pg_run(pg, "select 1");
    CHECK_ALIVE(pg);
    CHECK_STATUS(rc, GREEN_ESQL);
    CHECK_STATUS(green_pg_commit(pg), GREEN_ESQL);
    CHECK_STRING(green_pg_error(pg)->sqlstate, "25P02");
    if (!test_allocator_failed()) CHECK_CONTAINS(green_pg_error(pg)->detail, "57014");
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select 1", "1");
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
  else {
    return test_saw(green_pg_error(pg)->status);
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
    else {
      inner = green_pg_error(pg)->status;
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

/* ---- the commit is said ---------------------------------------------------------------------- */

TEST(a_block_that_comes_to_its_end_uncommitted_is_rolled_back_and_told) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  GREEN_PG_TRANSACTION(pg) {
    CHECK_STATUS(green_pg_run(pg, "insert into ledger values (1)"), 0);
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  CHECK_STATUS(green_pg_error(pg)->status, GREEN_EINVAL);
  if (!test_allocator_failed()) CHECK_CONTAINS(test_captured(&capture), "green_pg_commit()");
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select count(*) from ledger", "0");
  return 0;
}

TEST(continue_is_the_end_of_the_block_and_not_of_the_loop_around_it) {
  AUTO_PG green_pg *pg = NULL;
  int after = 0;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  for (int i = 0; i < 3; i++) {
    GREEN_PG_TRANSACTION(pg) {
      CHECK_STATUS(green_pg_run(pg, "insert into ledger values (1)"), 0);
      if (i == 1) continue;
      CHECK_STATUS(green_pg_run(pg, "delete from ledger"), 0);
      CHECK_STATUS(green_pg_commit(pg), 0);
      continue;
    }
    else {
      return test_saw(green_pg_error(pg)->status);
    }
    after++;
  }
  CHECK_NUMBER(after, 3);
  if (!test_allocator_failed()) CHECK_CONTAINS(test_captured(&capture), "rolled back");
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select count(*) from ledger", "0");
  return 0;
}

/* A savepoint fails, which is dealt with: the outer block could have been committed. */
TEST(that_a_failure_was_dealt_with_does_not_hide_that_the_commit_is_missing) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  GREEN_PG_TRANSACTION(pg) {
    CHECK_STATUS(green_pg_run(pg, "insert into ledger values (1)"), 0);
    GREEN_PG_TRANSACTION(pg) {
      CHECK_STATUS(green_pg_run(pg, "insert into ledger values (1)"), GREEN_ESQL);
      break;
    }
    CHECK_STATUS(green_pg_error(pg)->status, GREEN_ESQL);
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM); /* the inner one, perhaps */
  CHECK_STATUS(green_pg_error(pg)->status, GREEN_EINVAL);
  CHECK_CONTAINS(test_captured(&capture), "green_pg_commit()");
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select count(*) from ledger", "0");
  return 0;
}

/* It could not be committed any more, and what failed has been told already. */
TEST(a_block_that_comes_to_its_end_after_a_failure_is_rolled_back) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  GREEN_PG_TRANSACTION(pg) {
    int rc = green_pg_run(pg, "insert into ledger values (1), (1)");
    if (rc == 0) rc = green_pg_commit(pg);
    CHECK_STATUS(rc, GREEN_ESQL);
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  CHECK_STRING(test_captured(&capture), "");
  CHECK_STATUS(green_pg_error(pg)->status, GREEN_ESQL);
  CHECK_STRING(green_pg_error(pg)->sqlstate, "23505");
  CHECK_ALIVE(pg);
  return 0;
}

TEST(after_the_commit_nothing_more_is_done_in_the_block) {
  AUTO_PG green_pg *pg = NULL;
  bool begun = false;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  GREEN_PG_TRANSACTION(pg) {
    CHECK_STATUS(green_pg_commit(pg), 0);
    CHECK_STATUS(green_pg_run(pg, "insert into ledger values (1)"), GREEN_EINVAL);
    if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "over");
    CHECK_STATUS(green_pg_commit(pg), GREEN_EINVAL);
    GREEN_PG_TRANSACTION(pg) {
      begun = true;
      break;
    }
    else {
      CHECK_STATUS(green_pg_error(pg)->status, GREEN_EINVAL);
    }
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  CHECK(!begun);
  CHECK_STATUS(green_pg_run(pg, "insert into ledger values (1)"), 0);
  CHECK_ANSWER(pg, "select count(*) from ledger", "1");
  return 0;
}

TEST(after_an_inner_commit_the_outer_block_goes_on) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(table(pg), 0);
  GREEN_PG_TRANSACTION(pg) {
    GREEN_PG_TRANSACTION(pg) {
      CHECK_STATUS(green_pg_run(pg, "insert into ledger values (1)"), 0);
      CHECK_STATUS(green_pg_commit(pg), 0);
      CHECK_STATUS(green_pg_run(pg, "select 1"), GREEN_EINVAL);
    }
    else {
      return test_saw(green_pg_error(pg)->status);
    }
    CHECK_STATUS(green_pg_run(pg, "insert into ledger values (2)"), 0);
    CHECK_STATUS(green_pg_commit(pg), 0);
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  CHECK_ANSWER(pg, "select count(*) from ledger", "2");
  return 0;
}

TEST(a_block_that_cannot_begin_runs_its_else) {
  AUTO_PG green_pg *pg = NULL;
  int status = 0;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_cursor_open(pg, "select generate_series(1, 1000)", GREEN_PG_NONE), 0);
  GREEN_PG_TRANSACTION(pg) {
    return TEST_FAILED;
  }
  else {
    status = green_pg_error(pg)->status;
  }
  CHECK_STATUS(status, GREEN_EBUSY);
  CHECK_STATUS(green_pg_cursor_close(pg), 0);
  CHECK_ALIVE(pg);
  CHECK_STATUS(green_pg_run(pg, "begin"), 0);
  CHECK_STATUS(green_pg_run(pg, "select 1/0"), GREEN_ESQL);
  GREEN_PG_TRANSACTION(pg) {
    return TEST_FAILED;
  }
  else {
    status = green_pg_error(pg)->status;
  }
  CHECK_STATUS(status, GREEN_ESQL);
  CHECK_STRING(green_pg_error(pg)->sqlstate, "25P02");
  CHECK_STATUS(green_pg_run(pg, "rollback"), 0);
  return 0;
}
