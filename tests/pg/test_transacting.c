/* Transactions as functions, which may be done again; and what users of other libraries met. */
#include "transacting.h"

TEST(a_function_that_returns_0_or_more_is_committed_and_a_status_rolls_back) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(pg_work_tables(pg), 0);
  struct pg_work good = {.sql = "insert into ledger values (1)", .result = 7};
  CHECK_STATUS(green_pg_transaction(pg, NULL, pg_work, &good), 7);
  struct pg_work bad = {.sql = "insert into ledger values (2)", .result = GREEN_EPERM};
  CHECK_STATUS(green_pg_transaction(pg, NULL, pg_work, &bad), GREEN_EPERM);
  struct pg_work twice = {.sql = "insert into ledger values (3), (3)"};
  CHECK_STATUS(green_pg_transaction(pg, NULL, pg_work, &twice), GREEN_ESQL);
  CHECK(green_pg_failed_with(pg, "23505"));
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "23505");
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select string_agg(i::text, ' ') from ledger", "1");
  return 0;
}

/* ---- options --------------------------------------------------------------------------------- */

static int show(green_pg *pg, void *arg) {
  AUTO_RESULT green_pg_result *result = NULL;
  int rc = green_pg_query(pg, &result,
                          "select concat_ws(' ', current_setting('transaction_isolation'), "
                          "current_setting('transaction_read_only'), "
                          "current_setting('transaction_deferrable'))",
                          GREEN_PG_NONE);
  if (rc == 0) snprintf(arg, 80, "%s", green_pg_text_at(result, 0, 0, NULL));
  return rc;
}

TEST(a_transaction_is_begun_as_the_options_say) {
  static const struct {
    green_pg_transaction_options options;
    const char *shown;
  } cases[] = {
      {{.attempts = 0}, "read committed off off"},
      {{.isolation = GREEN_PG_READ_COMMITTED}, "read committed off off"},
      {{.isolation = GREEN_PG_REPEATABLE_READ}, "repeatable read off off"},
      {{.isolation = GREEN_PG_SERIALIZABLE}, "serializable off off"},
      {{.read_only = true}, "read committed on off"},
      {{.isolation = GREEN_PG_SERIALIZABLE, .read_only = true, .deferrable = true},
       "serializable on on"},
  };
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char shown[80] = "";
    CHECK_STATUS(green_pg_transaction(pg, &cases[i].options, show, shown), 0);
    CHECK_STRING(shown, cases[i].shown);
  }
  return 0;
}

TEST(options_of_a_transaction_that_are_wrong_are_refused_by_name) {
  static const struct {
    green_pg_transaction_options options;
    const char *named;
  } cases[] = {
      {{.isolation = (enum green_pg_isolation)9}, "isolation"},
      {{.attempts = -1}, "attempts"},
      {{.deferrable = true}, "deferrable"},
      {{.deferrable = true, .read_only = true}, "deferrable"},
      {{.deferrable = true, .isolation = GREEN_PG_SERIALIZABLE}, "deferrable"},
  };
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct pg_work none = {.calls = 0};
    CHECK_STATUS(green_pg_transaction(pg, &cases[i].options, pg_work, &none), GREEN_EINVAL);
    CHECK_NUMBER(none.calls, 0);
    if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), cases[i].named);
  }
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select 1", "1");
  return 0;
}

/* Runs a transaction in a transaction. */
static int inside(green_pg *pg, void *options) {
  struct pg_work one = {.sql = "select 1", .result = 5};
  return green_pg_transaction(pg, options, pg_work, &one);
}

TEST(an_inner_transaction_may_not_be_of_another_kind) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  green_pg_transaction_options outer = {.isolation = GREEN_PG_REPEATABLE_READ};
  green_pg_transaction_options same = {.isolation = GREEN_PG_REPEATABLE_READ, .attempts = 3};
  green_pg_transaction_options other = {.isolation = GREEN_PG_SERIALIZABLE};
  green_pg_transaction_options reading = {.read_only = true};
  CHECK_STATUS(green_pg_transaction(pg, &outer, inside, &same), 5);
  CHECK_STATUS(green_pg_transaction(pg, &outer, inside, NULL), 5);
  CHECK_STATUS(green_pg_transaction(pg, &outer, inside, &other), GREEN_EINVAL);
  CHECK_STATUS(green_pg_transaction(pg, &outer, inside, &reading), GREEN_EINVAL);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "outermost");
  CHECK_STATUS(green_pg_run(pg, "begin isolation level serializable"), 0);
  CHECK_STATUS(inside(pg, &other), GREEN_EINVAL); /* how the program began it is not known */
  CHECK_STATUS(inside(pg, NULL), 5);
  CHECK_STATUS(green_pg_run(pg, "rollback"), 0);
  return 0;
}

/* ---- done again ------------------------------------------------------------------------------ */

TEST(what_others_were_in_the_way_of_is_done_again) {
  static const char *const in_the_way[] = {RAISE("40001"), RAISE("40P01"),
                                           AT_COMMIT(RAISE("40001")), AT_COMMIT(RAISE("40P01"))};
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(pg_work_tables(pg), 0);
  for (size_t i = 0; i < sizeof in_the_way / sizeof *in_the_way; i++) {
    struct pg_work one = {
        .sql = "insert into ledger values (1)", .first = in_the_way[i], .times = 2, .result = 3};
    CHECK_STATUS(pg_work_again(pg, 3, &one), 3);
    CHECK_NUMBER(one.calls, 3);
    CHECK_ANSWER(pg, "select count(*) from ledger", "1");
    CHECK_STATUS(green_pg_run(pg, "delete from ledger"), 0);
  }
  return 0;
}

TEST(attempts_come_to_an_end_with_the_last_failure) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  for (int attempts = 0; attempts < 4; attempts++) {
    struct pg_work one = {.sql = RAISE("40001")};
    CHECK_STATUS(pg_work_again(pg, attempts, &one), GREEN_ESQL);
    CHECK_NUMBER(one.calls, attempts ? attempts : 1);
    CHECK_STRING(green_pg_error(pg)->sqlstate, "40001");
  }
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select 1", "1");
  return 0;
}

TEST(other_failures_are_not_done_again) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(pg_work_tables(pg), 0);
  struct pg_work refused = {.sql = "insert into ledger values (1), (1)"};
  CHECK_STATUS(pg_work_again(pg, 5, &refused), GREEN_ESQL);
  CHECK_NUMBER(refused.calls, 1);
  struct pg_work late = {.sql = AT_COMMIT("insert into ledger values (1), (1)")};
  CHECK_STATUS(pg_work_again(pg, 5, &late), GREEN_ESQL);
  CHECK_NUMBER(late.calls, 1);
  CHECK(green_pg_failed_with(pg, "23505"));
  CHECK(!green_pg_error(pg)->outcome_unknown);
  struct pg_work unwilling = {.result = GREEN_EBUSY};
  CHECK_STATUS(pg_work_again(pg, 5, &unwilling), GREEN_EBUSY);
  CHECK_NUMBER(unwilling.calls, 1);
  struct pg_work cancelled = {
      .first = RAISE("40001"), .times = 1, .swallows = true, .result = GREEN_ECANCELED};
  CHECK_STATUS(pg_work_again(pg, 5, &cancelled), GREEN_ECANCELED);
  CHECK_NUMBER(cancelled.calls, 1);
  return 0;
}

/* A function that goes on after 40001 fails with 25P02 in the end: that is no reason of its own. */
TEST(a_failure_that_followed_from_the_first_is_done_again_as_that_is) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  struct pg_work stubborn = {
      .sql = "select 1", .first = RAISE("40001"), .times = 1, .stubborn = true};
  CHECK_STATUS(pg_work_again(pg, 2, &stubborn), 0);
  CHECK_NUMBER(stubborn.calls, 2);
  struct pg_work swallows = {.first = RAISE("40P01"), .times = 1, .swallows = true, .result = 4};
  CHECK_STATUS(pg_work_again(pg, 2, &swallows), 4);
  CHECK_NUMBER(swallows.calls, 2);
  return 0;
}

/* One inside another: the savepoint alone is no use, the snapshot is the outer one's. */
static int nest(green_pg *pg, void *arg) {
  struct pg_work *inner = arg;
  int calls = inner->calls;
  int rc = test_saw(pg_work_again(pg, 10, inner));
  if (inner->calls != calls + 1) return GREEN_EPROTO;
  return rc;
}

TEST(an_inner_transaction_is_done_again_with_the_outer_one) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  struct pg_work inner = {.first = RAISE("40001"), .times = 2, .result = 1};
  green_pg_transaction_options options = {.attempts = 3};
  CHECK_STATUS(green_pg_transaction(pg, &options, nest, &inner), 1);
  CHECK_NUMBER(inner.calls, 3);
  return 0;
}

/* What was in the way of an inner one was dealt with; that the commit fails is another matter. */
static int deal_with_it(green_pg *pg, void *calls) {
  struct pg_work inner = {.sql = RAISE("40001")};
  ++*(int *)calls;
  int rc = green_pg_run(pg, AT_COMMIT("insert into ledger values (1), (1)"));
  if (rc == 0 && test_saw(pg_work_again(pg, 0, &inner)) != GREEN_ESQL) return GREEN_EPROTO;
  return rc;
}

TEST(what_a_function_has_dealt_with_is_no_reason_to_do_it_again) {
  AUTO_PG green_pg *pg = NULL;
  int calls = 0;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(pg_work_tables(pg), 0);
  green_pg_transaction_options options = {.attempts = 5};
  CHECK_STATUS(green_pg_transaction(pg, &options, deal_with_it, &calls), GREEN_ESQL);
  CHECK(green_pg_failed_with(pg, "23505"));
  CHECK_NUMBER(calls, 1);
  return 0;
}

/* The same, and what fails in the end is its own. */
static int fail_by_itself(green_pg *pg, void *calls) {
  struct pg_work inner = {.sql = RAISE("40P01")};
  ++*(int *)calls;
  if (test_saw(pg_work_again(pg, 0, &inner)) != GREEN_ESQL) return GREEN_EPROTO;
  return green_fail(GREEN_ENOENT, "there is none");
}

TEST(a_failure_of_its_own_after_one_that_was_dealt_with_is_not_done_again) {
  AUTO_PG green_pg *pg = NULL;
  int calls = 0;
  CHECK_CONNECTED(&pg);
  green_pg_transaction_options options = {.attempts = 5};
  int rc = green_pg_transaction(pg, &options, fail_by_itself, &calls);
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM); /* in the inner one, perhaps */
  CHECK_STATUS(rc, GREEN_ENOENT);
  CHECK_NUMBER(calls, 1);
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select 1", "1");
  return 0;
}

static int run_again(void *arg) {
  struct pg_work one = {.sql = RAISE("40001"), .itself = green_current()};
  int rc = pg_work_again(arg, 1000000, &one);
  return rc == GREEN_ECANCELED && one.calls != 1 ? GREEN_EPROTO : rc;
}

/* The cancel comes before its first statement. */
TEST(a_cancel_ends_the_attempts) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_join(green_spawn(run_again, pg)), GREEN_ECANCELED);
  CHECK_ALIVE(pg);
  int rc = 0;
  GREEN_TIMEOUT(20) {
    struct pg_work one = {.sql = RAISE("40001")};
    rc = pg_work_again(pg, 1000000, &one);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select 1", "1");
  return 0;
}

/* ---- real ones ------------------------------------------------------------------------------- */

static int step(green_pg *pg, void *sql) {
  AUTO_RESULT green_pg_result *result = NULL;
  int rc = green_pg_query(pg, &result, "select sum(amount) from account", GREEN_PG_NONE);
  for (int i = 0; rc == 0 && i < 3; i++) rc = green_yield();
  return rc < 0 ? rc : green_pg_run(pg, sql);
}

struct taker {
  green_pg_pool *pool;
  int rounds;
};

/* Each reads all and writes one: of two at once a serializable server refuses one. */
static int take_turns(void *arg) {
  const struct taker *taker = arg;
  green_pg_transaction_options options = {.isolation = GREEN_PG_SERIALIZABLE, .attempts = 1000};
  int rc = 0;
  for (int i = 0; i < taker->rounds && rc >= 0; i++) {
    GREEN_PG_WITH(taker->pool, pg) {
      rc = green_pg_transaction(
          pg, &options, step,
          (void *)"insert into account select 'sum', sum(amount) + 1 from account");
    }
    else {
      rc = green_pg_error(pg)->status;
    }
  }
  return rc;
}

TEST(serializable_transactions_that_meet_all_succeed_in_the_end) {
  AUTO_PG green_pg *pg = NULL;
  green_pg_pool *pool = NULL;
  struct taker taker = {NULL, (int)test_scale(8, 1)};
  size_t tasks = test_scale(4, 2);
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_run(pg, "drop table if exists account;"
                                "create table account (name text, amount numeric);"
                                "insert into account values ('first', 1)"),
               0);
  CHECK_STATUS(green_pg_pool_new(&pool, pg_address(), NULL), 0);
  taker.pool = pool;
  int rc = 0;
  green_future *all[4] = {NULL};
  for (size_t i = 0; i < tasks; i++) all[i] = green_spawn(take_turns, &taker);
  for (size_t i = 0; i < tasks; i++) {
    int one = green_join(all[i]);
    if (one < 0) rc = one;
  }
  green_pg_pool_release(pool);
  CHECK_STATUS(rc, 0);
  AUTO_RESULT green_pg_result *result = NULL;
  int64_t count;
  /* one after the other each doubles the sum: 1, then 2, 4, 8 ... */
  CHECK_STATUS(green_pg_query(pg, &result,
                              "select count(distinct amount) from account where name = 'sum'",
                              GREEN_PG_NONE),
               0);
  CHECK_STATUS(green_pg_get_int64(result, 0, 0, &count), 0);
  CHECK_NUMBER(count, (int64_t)tasks * taker.rounds);
  CHECK_STATUS(green_pg_run(pg, "drop table account"), 0);
  return 0;
}

struct locker {
  green_pg *pg;
  const char *first, *second;
  int *arrived; /* at the second lock */
  int calls;
};

/* The first time each has its first lock before either wants the second. */
static int lock_both(green_pg *pg, void *arg) {
  struct locker *locker = arg;
  int rc = green_pg_run(pg, locker->first);
  if (locker->calls++ == 0) ++*locker->arrived;
  while (rc == 0 && *locker->arrived < 2) rc = green_yield();
  return rc < 0 ? rc : green_pg_run(pg, locker->second);
}

static int lock_in_task(void *arg) {
  struct locker *locker = arg;
  green_pg_transaction_options options = {.attempts = 100};
  int rc = green_pg_run(locker->pg, "set deadlock_timeout = '10ms'");
  if (rc == 0) rc = green_pg_transaction(locker->pg, &options, lock_both, locker);
  if (!locker->calls) ++*locker->arrived; /* so that the other one does not wait for it */
  return rc;
}

TEST(transactions_that_lock_each_other_out_both_succeed_in_the_end) {
  SKIP_EMBEDDED("one session has all locks");
  AUTO_PG green_pg *pg = NULL, *other = NULL;
  int arrived = 0;
  CHECK_CONNECTED(&pg);
  CHECK_CONNECTED(&other);
  const char *one = "select pg_advisory_xact_lock(4711)",
             *two = "select pg_advisory_xact_lock(4712)";
  struct locker lockers[] = {{pg, one, two, &arrived, 0}, {other, two, one, &arrived, 0}};
  AUTO_JOIN green_future *first = green_spawn(lock_in_task, &lockers[0]);
  CHECK_STARTED(first);
  AUTO_JOIN green_future *second = green_spawn(lock_in_task, &lockers[1]);
  CHECK_STARTED(second);
  CHECK_STATUS(green_wait(first), 0);
  CHECK_STATUS(green_wait(second), 0);
  CHECK(lockers[0].calls + lockers[1].calls > 2);
  return 0;
}

/* ---- misuse ---------------------------------------------------------------------------------- */

static int open_a_query(green_pg *pg, void *unused) {
  (void)unused;
  return green_pg_cursor_open(pg, "select generate_series(1, 100000)", GREEN_PG_NONE);
}

static int commit_itself(green_pg *pg, void *unused) {
  (void)unused;
  return green_pg_commit(pg);
}

static int give_back(green_pg *pg, void *pool) {
  return green_pg_pool_return(pool, pg);
}

TEST(what_a_function_may_not_do_is_told) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_transaction(pg, NULL, open_a_query, NULL), GREEN_EBUSY);
  CHECK_ALIVE(pg);
  CHECK_STATUS(green_pg_transaction(pg, NULL, commit_itself, NULL), GREEN_EINVAL);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "by itself");
  CHECK_STATUS(green_pg_commit(pg), GREEN_EINVAL);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "GREEN_PG_TRANSACTION");
  green_pg_pool *pool = NULL;
  CHECK_STATUS(green_pg_pool_new(&pool, pg_address(), NULL), 0);
  green_pg *lent;
  int rc = green_pg_pool_acquire(pool, &lent);
  int moved = lent ? green_pg_transaction(lent, NULL, give_back, pool) : rc;
  int after = lent ? green_pg_run(lent, "select 1") : rc;
  if (green_pg_pool_statistics(pool).in_use) green_pg_pool_return(pool, lent); /* no memory */
  green_pg_pool_release(pool);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(moved, GREEN_EINVAL);
  CHECK_STATUS(after, GREEN_EINVAL);
  return 0;
}

static int release(green_pg *pg, void *released) {
  *(bool *)released = true;
  green_pg_release(pg);
  return 0;
}

TEST(a_connection_released_in_a_transaction_is_not_committed) {
  green_pg *pg = NULL;
  bool released = false;
  CHECK_CONNECTED(&pg);
  int rc = green_pg_transaction(pg, NULL, release, &released);
  if (!released) green_pg_release(pg);
  CHECK_STATUS(rc, GREEN_ECLOSED);
  return 0;
}
