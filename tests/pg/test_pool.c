/* The pool: who gets which connection, and what becomes of one that is broken. */
#include <string.h>
#include "pg_test.h"

struct job {
  green_pg_pool *pool;
  int *running, *most;
  int number;
  struct test_trace *trace;
};

static int work(void *arg) {
  const struct job *job = arg;
  int rc = 0;
  GREEN_PG_WITH(job->pool, pg) {
    if (++*job->running > *job->most) *job->most = *job->running;
    AUTO_RESULT green_pg_result *result = NULL;
    int32_t got = -1;
    rc = green_pg_query_prepared(pg, &result, "select $1::int",
                                 GREEN_PG_VALUES(green_pg_int32(job->number)));
    if (rc == 0) rc = green_pg_get_int32(result, 0, 0, &got);
    if (rc == 0 && got != job->number) rc = GREEN_EPROTO;
    --*job->running;
  }
  else {
    rc = green_pg_error(pg)->status;
  }
  return rc;
}

TEST(many_tasks_share_few_connections) {
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  size_t count = test_scale(100, 4);
  int running = 0, most = 0;
  CHECK_STATUS(pg_pool_of(&pool, 3), 0);
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(count);
  for (size_t i = 0; i < count; i++) {
    struct job job = {pool, &running, &most, (int)i, NULL};
    tasks.at[i] = green_spawn_copy(work, &job, sizeof job);
    CHECK_STARTED(tasks.at[i]);
  }
  for (size_t i = 0; i < count; i++) CHECK_STATUS(green_wait(tasks.at[i]), 0);
  CHECK(most <= 3);
  green_pg_pool_counts counts = green_pg_pool_statistics(pool);
  CHECK(counts.made >= 1 && counts.made <= 3);
  CHECK_NUMBER(counts.open, counts.made);
  CHECK_NUMBER(counts.idle, counts.made);
  CHECK_NUMBER(counts.in_use, 0);
  CHECK_NUMBER(counts.waiting, 0);
  CHECK_NUMBER(counts.acquired, count);
  CHECK(counts.waited < count);
  return 0;
}

TEST(connections_are_made_when_they_are_needed) {
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  CHECK_STATUS(pg_pool_of(&pool, 0), 0);
  CHECK_NUMBER(green_pg_pool_statistics(pool).open, 0);
  for (int i = 0; i < 3; i++) {
    GREEN_PG_WITH(pool, pg) {
      CHECK_STATUS(green_pg_query_prepared(pg, NULL, "select 1", GREEN_PG_NONE), 0);
      CHECK_NUMBER(green_pg_prepared_count(pg), 1);
    }
    else {
      return test_saw(green_pg_error(pg)->status);
    }
  }
  CHECK_NUMBER(green_pg_pool_statistics(pool).made, 1);
  green_pg_pool *none = NULL;
  CHECK_STATUS(pg_pool_of(&none, -1), GREEN_EINVAL);
  CHECK_STATUS(pg_pool_of(&none, GREEN_PG_POOL_MAX + 1), GREEN_EINVAL);
  return 0;
}

static int wait_for_one(void *arg) {
  const struct job *job = arg;
  green_pg *pg;
  int rc = green_pg_pool_acquire(job->pool, &pg);
  if (rc < 0) return rc;
  test_trace(job->trace, "%d", job->number);
  rc = green_yield();
  green_pg_pool_return(job->pool, pg);
  return rc;
}

TEST(tasks_get_connections_in_their_order) {
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  struct test_trace trace = {0, ""};
  green_pg *held;
  CHECK_STATUS(pg_pool_of(&pool, 1), 0);
  CHECK_STATUS(green_pg_pool_acquire(pool, &held), 0);
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(4);
  for (int i = 0; i < 4; i++) {
    struct job job = {pool, NULL, NULL, i, &trace};
    tasks.at[i] = green_spawn_copy(wait_for_one, &job, sizeof job);
  }
  green_yield();
  green_cancel(tasks.at[1]);
  size_t waiting = green_pg_pool_statistics(pool).waiting;
  green_pg_pool_return(pool, held);
  for (int i = 0; i < 4; i++) CHECK_STATUS(green_wait(tasks.at[i]), i == 1 ? GREEN_ECANCELED : 0);
  CHECK_NUMBER(waiting, 3);
  CHECK_STRING(trace.text, "0 2 3");
  CHECK_NUMBER(green_pg_pool_statistics(pool).given_up, 1);
  return 0;
}

TEST(a_deadline_passes_while_all_connections_are_taken) {
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  green_pg *held, *other;
  CHECK_STATUS(pg_pool_of(&pool, 1), 0);
  CHECK_STATUS(green_pg_pool_acquire(pool, &held), 0);
  int rc = 0;
  GREEN_TIMEOUT(5) {
    rc = green_pg_pool_acquire(pool, &other);
  }
  green_pg_pool_return(pool, held);
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK(!other);
  CHECK_STATUS(green_pg_pool_acquire(pool, &held), 0);
  green_pg_pool_return(pool, held);
  CHECK_NUMBER(green_pg_pool_statistics(pool).made, 1);
  return 0;
}

TEST(what_is_open_on_a_connection_is_ended_when_it_is_given_back) {
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  CHECK_STATUS(pg_pool_of(&pool, 1), 0);
  for (int i = 0; i < 4; i++) {
    AUTO_LISTENER green_pg_listener *listener = NULL;
    GREEN_PG_WITH(pool, pg) {
      CHECK_STATUS(green_pg_run(pg, "select 1"), 0);
      if (i == 0) CHECK_STATUS(green_pg_run(pg, "begin"), 0);
      if (i == 1)
        CHECK_STATUS(green_pg_cursor_open(pg, "select generate_series(1, 1000)", GREEN_PG_NONE), 0);
      if (i == 2) CHECK_STATUS(green_pg_copy_out(pg, "copy (select 1) to stdout"), 0);
      if (i == 3) CHECK_STATUS(green_pg_listen(pg, &listener, "given back"), 0);
    }
    else {
      return test_saw(green_pg_error(pg)->status);
    }
    green_pg_notification got;
    if (listener) CHECK_STATUS(green_pg_listener_next(listener, &got), GREEN_ECLOSED);
  }
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM); /* it may have been closed instead */
  CHECK_NUMBER(green_pg_pool_statistics(pool).made, 1);
  GREEN_PG_WITH(pool, pg) {
    CHECK_ANSWER(pg, "select count(*) from pg_listening_channels()", "0");
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  return 0;
}

static int end_process(green_pg_pool *pool) {
  AUTO_PG green_pg *other = NULL;
  AUTO_RESULT green_pg_result *result = NULL;
  CHECK_CONNECTED(&other);
  GREEN_PG_WITH(pool, pg) {
    CHECK_STATUS(green_pg_query(pg, &result, "select pg_backend_pid()", GREEN_PG_NONE), 0);
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  return green_pg_query(other, NULL, "select pg_terminate_backend($1::int, 60000)",
                        GREEN_PG_VALUES(green_pg_text(green_pg_text_at(result, 0, 0, NULL))));
}

TEST(a_broken_connection_is_replaced) {
  SKIP_EMBEDDED("it has no processes");
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  green_pg_pool_options options = {.max = 1, .check_after = 1};
  CHECK_STATUS(green_pg_pool_new(&pool, pg_address(), &options), 0);
  CHECK_STATUS(end_process(pool), 0);
  CHECK_STATUS(green_sleep(2), 0); /* so that it is asked, if it does not say so by itself */
  GREEN_PG_WITH(pool, pg) {
    CHECK_ANSWER(pg, "select 1", "1");
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  green_pg_pool_counts counts = green_pg_pool_statistics(pool);
  CHECK_NUMBER(counts.made, 2);
  CHECK_NUMBER(counts.broken, 1);
  CHECK_NUMBER(counts.open, 1);
  return 0;
}

TEST(connections_that_idle_for_long_or_are_old_are_closed) {
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  green_pg_pool_options options = {.max = 1, .max_idle = 1};
  CHECK_STATUS(green_pg_pool_new(&pool, pg_address(), &options), 0);
  for (int i = 0; i < 2; i++) {
    green_pg *pg;
    CHECK_STATUS(green_pg_pool_acquire(pool, &pg), 0);
    green_pg_pool_return(pool, pg);
    CHECK_STATUS(green_sleep(3), 0);
  }
  CHECK_NUMBER(green_pg_pool_statistics(pool).made, 2);
  CHECK_NUMBER(green_pg_pool_statistics(pool).retired, 1);
  return 0;
}

static int set_up(green_pg *pg, void *count) {
  ++*(int *)count;
  return green_pg_run(pg, "set search_path to pg_catalog");
}

static int refuse(green_pg *pg, void *unused) {
  (void)pg, (void)unused;
  return green_fail(GREEN_EPERM, "not today");
}

TEST(new_connections_are_set_up) {
  AUTO_PG_POOL green_pg_pool *pool = NULL, *refusing = NULL;
  int count = 0;
  green_pg_pool_options options = {.max = 1, .setup = set_up, .setup_arg = &count};
  CHECK_STATUS(green_pg_pool_new(&pool, pg_address(), &options), 0);
  for (int i = 0; i < 2; i++) {
    GREEN_PG_WITH(pool, pg) {
      CHECK_ANSWER(pg, "show search_path", "pg_catalog");
      if (i == 1) CHECK_STATUS(green_pg_run(pg, "reset search_path"), 0);
    }
    else {
      return test_saw(green_pg_error(pg)->status);
    }
  }
  CHECK_NUMBER(count, 1);
  options.setup = refuse;
  CHECK_STATUS(green_pg_pool_new(&refusing, pg_address(), &options), 0);
  green_pg *pg;
  CHECK_STATUS(green_pg_pool_acquire(refusing, &pg), GREEN_EPERM);
  CHECK(!pg);
  CHECK_NUMBER(green_pg_pool_statistics(refusing).open, 0);
  return 0;
}

TEST(a_pool_that_is_shut_down_drains) {
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  struct test_trace trace = {0, ""};
  green_pg *held, *other;
  CHECK_STATUS(pg_pool_of(&pool, 1), 0);
  CHECK_STATUS(green_pg_pool_acquire(pool, &held), 0);
  struct job job = {pool, NULL, NULL, 1, &trace};
  AUTO_JOIN green_future *waiting = green_spawn(wait_for_one, &job);
  green_yield();
  AUTO_FUTURE green_future *closed = green_pg_pool_shutdown(pool);
  bool early = green_done(closed);
  int rc = green_pg_pool_acquire(pool, &other);
  green_pg_pool_return(pool, held);
  CHECK(!early);
  CHECK_STATUS(rc, GREEN_ECLOSED);
  CHECK_STATUS(green_wait(waiting), 0);
  CHECK_STATUS(green_wait(closed), 0);
  CHECK_NUMBER(green_pg_pool_statistics(pool).open, 0);
  return 0;
}

TEST(a_pool_outlives_its_release_while_it_is_used) {
  green_pg_pool *pool = NULL, *unused = NULL;
  green_pg *one, *two = NULL;
  CHECK_STATUS(pg_pool_of(&unused, 2), 0);
  green_pg_pool_release(unused);
  CHECK_STATUS(pg_pool_of(&pool, 2), 0);
  int rc = green_pg_pool_acquire(pool, &one);
  if (rc == 0) rc = green_pg_pool_acquire(pool, &two);
  green_pg_pool_release(pool);
  int answer = one ? green_pg_run(one, "select 1") : rc;
  green_pg_pool_return(pool, one);
  green_pg_release(two);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(answer, 0);
  return 0;
}

TEST(a_connection_that_cannot_be_made_leaves_its_place) {
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  SKIP_EMBEDDED("every name is a database");
  green_pg_pool_options options = {.max = 1};
  char address[400];
  snprintf(address, sizeof address, "%s dbname=not_there", pg_address());
  CHECK_STATUS(green_pg_pool_new(&pool, address, &options), 0);
  green_pg *pg;
  for (int i = 0; i < 2; i++) CHECK_STATUS(green_pg_pool_acquire(pool, &pg), GREEN_ENOENT);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "not_there");
  CHECK_NUMBER(green_pg_pool_statistics(pool).failed, 2);
  CHECK_NUMBER(green_pg_pool_statistics(pool).open, 0);
  return 0;
}

/* ---- why there is no connection -------------------------------------------------------------- */

static int ask_shut_down(void *pool) {
  int rc = 0;
  GREEN_PG_WITH((green_pg_pool *)pool, pg) {
    rc = GREEN_EPROTO;
  }
  else {
    rc = green_yield(); /* others fail, and succeed, in the meantime */
    if (rc == 0) rc = green_pg_error(pg)->status;
  }
  return rc;
}

TEST(each_task_knows_why_it_got_no_connection) {
  AUTO_PG_POOL green_pg_pool *refusing = NULL, *pool = NULL;
  green_pg_pool_options options = {.setup = refuse};
  CHECK_STATUS(green_pg_error(NULL)->status, 0);
  CHECK_STATUS(green_pg_pool_new(&refusing, pg_address(), &options), 0);
  CHECK_STATUS(pg_pool_of(&pool, 1), 0);
  green_future_release(green_pg_pool_shutdown(pool));
  AUTO_JOIN green_future *other = green_spawn(ask_shut_down, pool);
  CHECK_STARTED(other);
  CHECK_STATUS(green_yield(), 0);
  green_pg *pg = NULL;
  CHECK_STATUS(green_pg_pool_acquire(refusing, &pg), GREEN_EPERM);
  CHECK_STATUS(green_pg_error(pg)->status, GREEN_EPERM);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_pg_error(pg)->message, "not today");
  CHECK_STATUS(green_wait(other), GREEN_ECLOSED);
  CHECK_STATUS(green_pg_error(NULL)->status, GREEN_EPERM);
  AUTO_PG green_pg *good = NULL;
  CHECK_CONNECTED(&good);
  CHECK_STATUS(green_pg_error(NULL)->status, 0);
  return 0;
}

static int fail_setup(green_pg *pg, void *unused) {
  (void)unused;
  return green_pg_run(pg, "select 1/0");
}

TEST(a_setup_that_the_server_refuses_has_its_fields) {
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  green_pg_pool_options options = {.setup = fail_setup};
  int rc = 0;
  CHECK_STATUS(green_pg_pool_new(&pool, pg_address(), &options), 0);
  GREEN_PG_WITH(pool, pg) {
    rc = GREEN_EPROTO;
  }
  else {
    rc = green_pg_error(pg)->status;
    CHECK_STATUS(rc, GREEN_ESQL);
    CHECK(green_pg_failed_with(pg, "22012"));
  }
  CHECK_STATUS(rc, GREEN_ESQL);
  return 0;
}

/* ---- options --------------------------------------------------------------------------------- */

TEST(options_of_a_pool_that_are_wrong_are_refused_by_name) {
  static const struct {
    green_pg_pool_options options;
    const char *named;
  } cases[] = {
      {{.max = -1}, "max"},
      {{.max = GREEN_PG_POOL_MAX + 1}, "max"},
      {{.setup_arg = (void *)"alone"}, "setup_arg"},
  };
  green_pg_pool *pool;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    CHECK_STATUS(green_pg_pool_new(&pool, pg_address(), &cases[i].options), GREEN_EINVAL);
    CHECK(!pool);
    if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), cases[i].named);
  }
  CHECK_STATUS(green_pg_pool_new(&pool, NULL, NULL), GREEN_EINVAL);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "connection string");
  return 0;
}

/* Uses a connection twice, with a pause: the numbers of those made, retired, prepared. */
static int use_twice(const green_pg_pool_options *options, green_pg_pool_counts *counts,
                     size_t *prepared) {
  AUTO_PG_POOL green_pg_pool *pool = NULL;
  CHECK_STATUS(green_pg_pool_new(&pool, pg_address(), options), 0);
  for (int i = 0; i < 2; i++) {
    GREEN_PG_WITH(pool, pg) {
      CHECK_STATUS(green_pg_query_prepared(pg, NULL, "select 1", GREEN_PG_NONE), 0);
      CHECK_STATUS(green_pg_query_prepared(pg, NULL, "select 2", GREEN_PG_NONE), 0);
      *prepared = green_pg_prepared_count(pg);
    }
    else {
      return test_saw(green_pg_error(pg)->status);
    }
    CHECK_STATUS(green_sleep(3), 0);
  }
  *counts = green_pg_pool_statistics(pool);
  return 0;
}

#define FOR_EVER UINT64_MAX

TEST(each_option_of_a_pool_is_honoured) {
  static int set_ups;
  static const struct {
    green_pg_pool_options options;
    size_t max, made, retired, prepared;
    int set_ups;
  } cases[] = {
      {{.max = 0}, GREEN_PG_POOL_DEFAULT, 1, 0, 2, 0},
      {{.max = 2}, 2, 1, 0, 2, 0},
      {{.max = GREEN_PG_POOL_MAX}, GREEN_PG_POOL_MAX, 1, 0, 2, 0},
      {{.max = 1, .check_after = 1}, 1, 1, 0, 2, 0},
      {{.max = 1, .check_after = FOR_EVER}, 1, 1, 0, 2, 0},
      {{.max = 1, .max_idle = FOR_EVER}, 1, 1, 0, 2, 0},
      {{.max = 1, .max_age = FOR_EVER}, 1, 1, 0, 2, 0},
      {{.max = 1, .max_idle = 1}, 1, 2, 1, 2, 0},
      {{.max = 1, .max_age = 1}, 1, 2, 1, 2, 0},
      {{.max = 1, .max_prepared = 1}, 1, 1, 0, 1, 0},
      {{.max = 1, .max_prepared = -1}, 1, 1, 0, 0, 0},
      {{.max = 1, .setup = set_up, .setup_arg = &set_ups}, 1, 1, 0, 2, 1},
  };
  size_t count = test_scale(sizeof cases / sizeof *cases, 2);
  for (size_t i = 0; i < count; i++) {
    green_pg_pool_counts counts = {0};
    size_t prepared = 0;
    set_ups = 0;
    int rc = use_twice(&cases[i].options, &counts, &prepared);
    if (rc != 0) return rc;
    if (test_allocator_failed()) return test_saw(GREEN_ENOMEM); /* one was lost, perhaps */
    CHECK_NUMBER(counts.max, cases[i].max);
    CHECK_NUMBER(counts.made, cases[i].made);
    CHECK_NUMBER(counts.retired, cases[i].retired);
    CHECK_NUMBER(prepared, cases[i].prepared);
    CHECK_NUMBER(set_ups, cases[i].set_ups);
  }
  return 0;
}
