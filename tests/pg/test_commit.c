/* The end of a transaction that is a function: commits that are refused, interrupted, or lost. */
#include "transacting.h"

static void count(const green_pg_failure *notice, void *seen) {
  (void)notice;
  ++*(int *)seen;
}

/* The server has rolled back: nothing is sent after that, which it would warn of. */
TEST(a_commit_that_the_server_refuses_leaves_a_connection_as_new) {
  AUTO_PG green_pg *pg = NULL;
  int notices = 0;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(pg_work_tables(pg), 0);
  green_pg_on_notice(pg, count, &notices);
  struct pg_work late = {.sql = AT_COMMIT(RAISE("40001"))};
  for (int i = 0; i < 3; i++) {
    CHECK_STATUS(pg_work_again(pg, 1, &late), GREEN_ESQL);
    struct pg_work good = {.sql = "insert into ledger values (1); delete from ledger"};
    CHECK_STATUS(pg_work_again(pg, 1, &good), 0);
  }
  CHECK_NUMBER(notices, 0);
  return 0;
}

TEST(a_function_that_ends_its_transaction_itself_is_told_so) {
  static const char *const ends[] = {"commit", "rollback", "end"};
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(pg_work_tables(pg), 0);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    struct pg_work one = {.sql = ends[i]};
    CHECK_STATUS(pg_work_again(pg, 3, &one), GREEN_EINVAL);
    CHECK_NUMBER(one.calls, 1);
    if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "statement");
    struct pg_work good = {.sql = "select 1"};
    CHECK_STATUS(pg_work_again(pg, 1, &good), 0);
  }
  return 0;
}

static int end_and_nest(green_pg *pg, void *inner) {
  int rc = green_pg_run(pg, "commit");
  return rc < 0 ? rc : green_pg_transaction(pg, NULL, pg_work, inner);
}

TEST(in_a_transaction_that_was_ended_none_begins) {
  AUTO_PG green_pg *pg = NULL;
  struct pg_work inner = {.sql = "select 1"};
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_transaction(pg, NULL, end_and_nest, &inner), GREEN_EINVAL);
  CHECK_NUMBER(inner.calls, 0);
  CHECK_ALIVE(pg);
  CHECK_STATUS(green_pg_transaction(pg, NULL, pg_work, &inner), 0);
  return 0;
}

TEST(a_connection_lost_as_it_commits_is_said_to_be_so_and_nothing_is_repeated) {
  SKIP_EMBEDDED("it has no processes");
  AUTO_PG green_pg *pg = NULL, *other = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(pg_work_tables(pg), 0);
  struct pg_work one = {.sql = AT_COMMIT("select pg_terminate_backend(pg_backend_pid())")};
  CHECK_STATUS(pg_work_again(pg, 5, &one), GREEN_ECONNRESET);
  CHECK_NUMBER(one.calls, 1);
  CHECK(!green_pg_is_alive(pg));
  CHECK(green_pg_error(pg)->outcome_unknown);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "not known");
  /* before the commit, all is known */
  CHECK_CONNECTED(&other);
  one.sql = "select pg_terminate_backend(pg_backend_pid())";
  CHECK_STATUS(pg_work_again(other, 5, &one), GREEN_ECONNRESET);
  CHECK_NUMBER(one.calls, 2);
  CHECK(!green_pg_error(other)->outcome_unknown);
  return 0;
}

TEST(a_deadline_at_a_commit_that_the_server_gives_up_rolls_back) {
  SKIP_EMBEDDED("a statement cannot be stopped");
  AUTO_PG green_pg *pg = NULL;
  int rc = GREEN_ETIMEDOUT;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(pg_work_tables(pg), 0);
  struct pg_work one = {.sql = "insert into ledger values (1);" AT_COMMIT("select pg_sleep(600)")};
  /* once more with a later one, if it passed before the transaction had begun */
  for (uint64_t limit = 100; rc == GREEN_ETIMEDOUT && !one.calls && limit < 60000; limit *= 2) {
    GREEN_TIMEOUT(limit) {
      rc = pg_work_again(pg, 5, &one);
    }
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_NUMBER(one.calls, 1);
  CHECK_ALIVE(pg);
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM); /* for the answer, perhaps */
  CHECK(!green_pg_error(pg)->outcome_unknown);
  CHECK_ANSWER(pg, "select count(*) from ledger", "0");
  return 0;
}

/* Commits wait for a standby that is not there, and are done when they are stopped: the server says
 * that it was committed, and so is it here. */
struct lonely {
  green_pg *pg;
  int committed, next;
};

static int commit_alone(void *arg) {
  struct lonely *lonely = arg;
  struct pg_work one = {.sql = "insert into lonely values (1)", .result = 6};
  lonely->committed = pg_work_again(lonely->pg, 5, &one);
  lonely->next = green_yield();
  return 0;
}

/* Cancels it once the server says that its commit waits for the standby. */
static int cancel_when_held(green_pg *admin, struct lonely *lonely) {
  AUTO_JOIN green_future *task = green_spawn(commit_alone, lonely);
  CHECK_STARTED(task);
  for (int64_t held = 0; !held && !green_done(task);) {
    AUTO_RESULT green_pg_result *result = NULL;
    CHECK_STATUS(
        green_pg_query(admin, &result,
                       "select count(*) from pg_stat_activity where wait_event = 'SyncRep'",
                       GREEN_PG_NONE),
        0);
    CHECK_STATUS(green_pg_get_int64(result, 0, 0, &held), 0);
  }
  green_cancel(task);
  CHECK_STATUS(green_wait(task), 0);
  return 0;
}

static int set_standbys(green_pg *admin, const char *sql) {
  CHECK_STATUS(green_pg_run(admin, sql), 0);
  CHECK_STATUS(green_pg_run(admin, "select pg_reload_conf()"), 0);
  return 0;
}

TEST(a_commit_that_was_done_though_it_was_interrupted_is_a_commit) {
  SKIP_EMBEDDED("a statement cannot be stopped");
  if (test_scale(0, 1)) SKIP("the server's settings are not set for each allocation");
  AUTO_PG green_pg *pg = NULL, *admin = NULL;
  struct lonely lonely = {0};
  CHECK_CONNECTED(&admin);
  CHECK_STATUS(green_pg_run(admin, "set synchronous_commit = off; drop table if exists lonely;"
                                   "create table lonely (i int)"),
               0);
  int rc = set_standbys(admin, "alter system set synchronous_standby_names = 'nobody'");
  if (rc == 0) rc = green_pg_connect(&pg, pg_address()); /* begun with it */
  lonely.pg = pg;
  if (rc == 0) rc = cancel_when_held(admin, &lonely);
  int reset = set_standbys(admin, "alter system reset synchronous_standby_names");
  if (rc < 0 || reset < 0) return rc < 0 ? rc : reset;
  CHECK_STATUS(lonely.committed, 6);
  CHECK_STATUS(lonely.next, GREEN_ECANCELED);
  CHECK_ANSWER(admin, "select count(*) from lonely", "1");
  CHECK_STATUS(green_pg_run(admin, "drop table lonely"), 0);
  return 0;
}

static int insert_in_task(void *pg) {
  struct pg_work one = {.sql = "insert into ledger values (1)", .result = 1};
  return pg_work_again(pg, 3, &one);
}

/* Whatever comes of a cancel at any point, the status tells what is in the table. */
TEST(a_cancel_at_any_point_and_the_table_agree) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(pg_work_tables(pg), 0);
  size_t rounds = test_scale(60, 4);
  for (size_t i = 0; i < rounds; i++) {
    AUTO_JOIN green_future *task = green_spawn(insert_in_task, pg);
    CHECK_STARTED(task);
    for (size_t j = 0; j < i % 20; j++) CHECK_STATUS(green_yield(), 0);
    green_cancel(task);
    int rc = green_wait(task);
    CHECK(test_saw(rc) == 1 || rc == GREEN_ECANCELED || rc == GREEN_ENOMEM);
    if (test_allocator_failed()) return test_saw(GREEN_ENOMEM);
    CHECK_ALIVE(pg);
    CHECK_ANSWER(pg, "select count(*) from ledger", rc == 1 ? "1" : "0");
    CHECK_STATUS(green_pg_run(pg, "delete from ledger"), 0);
  }
  return 0;
}
