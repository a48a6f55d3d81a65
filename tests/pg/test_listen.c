/* Notifications to tasks that wait. */
#include <string.h>
#include "pg_test.h"

#define TASKS 100

struct ear {
  green_pg *pg;
  const char *channel;
  size_t expected;
  int *ready;
};

/* Listens, and takes so many notifications, which come in order. */
static int listen_in_task(void *arg) {
  const struct ear *ear = arg;
  AUTO_LISTENER green_pg_listener *listener = NULL;
  int rc = green_pg_listen(ear->pg, &listener, ear->channel);
  if (rc < 0) return rc;
  ++*ear->ready;
  for (size_t i = 0; i < ear->expected; i++) {
    green_pg_notification got;
    char expected[30];
    rc = green_pg_listener_next(listener, &got);
    if (rc < 0) return rc;
    snprintf(expected, sizeof expected, "note %zu", i);
    if (strcmp(got.payload, expected) != 0 || strcmp(got.channel, ear->channel) != 0)
      return GREEN_EPROTO;
  }
  return 0;
}

static int next_in_task(void *listener) {
  green_pg_notification got;
  return green_pg_listener_next(listener, &got);
}

static size_t count_done(const struct test_futures *tasks) {
  size_t count = 0;
  for (size_t i = 0; i < tasks->count; i++) count += green_done(tasks->at[i]);
  return count;
}

TEST(a_hundred_tasks_wait_for_notifications) {
  AUTO_PG green_pg *pg = NULL, *other = NULL;
  size_t count = test_scale(TASKS, 3);
  int ready = 0;
  CHECK_CONNECTED(&pg);
  CHECK_CONNECTED(&other);
  struct ear ear = {pg, "News \"today\"", 3, &ready};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(count);
  for (size_t i = 0; i < count; i++) {
    tasks.at[i] = green_spawn(listen_in_task, &ear);
    CHECK_STARTED(tasks.at[i]);
  }
  while (ready < (int)count && count_done(&tasks) == 0) CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(green_pg_notify(other, ear.channel, "note 0"), 0);
  CHECK_STATUS(green_pg_notify(pg, ear.channel, "note 1"), 0);
  CHECK_STATUS(green_pg_notify(other, "elsewhere", "none"), 0);
  CHECK_STATUS(green_pg_notify(other, ear.channel, "note 2"), 0);
  for (size_t i = 0; i < count && !test_allocator_failed(); i++) {
    int rc = green_wait(tasks.at[i]);
    if (!test_allocator_failed()) CHECK_STATUS(rc, 0);
  }
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM); /* a notification may be missing */
  return 0;
}

TEST(a_connection_is_used_while_a_task_listens_on_it) {
  AUTO_PG green_pg *pg = NULL;
  int ready = 0;
  CHECK_CONNECTED(&pg);
  struct ear ear = {pg, "quiet", 1, &ready};
  AUTO_JOIN green_future *listening = green_spawn(listen_in_task, &ear);
  CHECK_STARTED(listening);
  while (!ready && !green_done(listening)) CHECK_STATUS(green_sleep(1), 0);
  for (int i = 0; i < 5; i++) {
    CHECK_ANSWER(pg, "select 1", "1");
    CHECK_STATUS(green_sleep(1), 0);
  }
  CHECK_STATUS(green_pg_notify(pg, "quiet", "note 0"), 0);
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM);
  CHECK_STATUS(green_wait(listening), 0);
  return 0;
}

TEST(waiting_for_a_notification_is_interrupted) {
  AUTO_PG green_pg *pg = NULL;
  AUTO_LISTENER green_pg_listener *one = NULL, *other = NULL;
  green_pg_notification got;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_listen(pg, &one, "one"), 0);
  CHECK_STATUS(green_pg_listen(pg, &other, "other"), 0);
  int rc = 0;
  GREEN_TIMEOUT(5) {
    rc = green_pg_listener_next(one, &got);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_STATUS(green_pg_notify(pg, "other", NULL), 0);
  CHECK_STATUS(green_pg_notify(pg, "one", "late"), 0);
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM);
  CHECK_STATUS(green_pg_listener_next(one, &got), 0);
  CHECK_STRING(got.payload, "late");
  CHECK_STATUS(green_pg_listener_next(other, &got), 0);
  CHECK_STRING(got.payload, "");
  return 0;
}

TEST(a_listener_that_does_not_read_is_told_what_it_missed) {
  AUTO_PG green_pg *pg = NULL;
  AUTO_LISTENER green_pg_listener *listener = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_listen(pg, &listener, "many"), 0);
  size_t count = test_scale(1005, 5);
  CHECK_STATUS(green_pg_query(pg, NULL,
                              "select pg_notify('many', i::text) from generate_series(1, $1) as i",
                              GREEN_PG_VALUES(green_pg_int32((int32_t)count))),
               0);
  if (count <= 1000) return test_saw(test_allocator_failed() ? GREEN_ENOMEM : 0);
  green_pg_notification got;
  for (size_t i = 1; i <= 1000; i++) CHECK_STATUS(green_pg_listener_next(listener, &got), 0);
  CHECK_STRING(got.payload, "1000");
  CHECK_STATUS(green_pg_listener_next(listener, &got), GREEN_ENOBUFS);
  CHECK_STATUS(green_pg_notify(pg, "many", "again"), 0);
  CHECK_STATUS(green_pg_listener_next(listener, &got), 0);
  CHECK_STRING(got.payload, "again");
  return 0;
}

/* The one task that reads for all goes, just as it was to begin. */
TEST(who_waits_hears_though_another_listener_is_released) {
  AUTO_PG green_pg *pg = NULL, *other = NULL;
  green_pg_listener *released = NULL;
  int ready = 0;
  CHECK_CONNECTED(&pg);
  CHECK_CONNECTED(&other);
  CHECK_STATUS(green_pg_listen(pg, &released, "released"), 0);
  struct ear ear = {pg, "kept", 1, &ready};
  AUTO_JOIN green_future *kept = green_spawn(listen_in_task, &ear);
  while (!ready && !green_done(kept)) {
    int rc = green_sleep(1);
    if (rc < 0) return rc;
  }
  AUTO_JOIN green_future *ending = green_spawn(next_in_task, released);
  int rc = green_sleep(5);
  if (rc == 0) rc = green_pg_run(pg, "select 1");
  green_pg_listener_release(released);
  CHECK_STARTED(kept);
  CHECK_STARTED(ending);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(green_wait(ending), GREEN_ECLOSED);
  CHECK_STATUS(green_pg_notify(other, "kept", "note 0"), 0);
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM);
  GREEN_TIMEOUT(20000) {
    rc = green_wait(kept);
  }
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM);
  CHECK_STATUS(rc, 0);
  return 0;
}

/* Takes the thread for a while, when told to. */
static int hold_up(void *arg) {
  int *told = arg, rc;
  while ((rc = green_yield()) == 0 && *told >= 0) {
    for (uint64_t due = green_now() + 3000000; *told && green_now() < due;) continue;
    *told = *told < 0 ? -1 : 0;
  }
  return rc;
}

/* The task that waits for a notification is woken, and before it runs another one asks the server,
 * whose answer is not the first one's to take. After how many yields that comes so is the loop's.
 */
TEST(an_answer_comes_as_a_task_was_to_read_a_notification) {
  AUTO_PG green_pg *pg = NULL, *other = NULL;
  int ready = 0, told = 0, rc = 0, rounds = (int)test_scale(80, 2);
  CHECK_CONNECTED(&pg);
  CHECK_CONNECTED(&other);
  struct ear ear = {pg, "both", (size_t)rounds, &ready};
  AUTO_JOIN green_future *listening = green_spawn(listen_in_task, &ear);
  AUTO_JOIN green_future *holding = green_spawn(hold_up, &told);
  CHECK_STARTED(listening);
  while (!ready && !green_done(listening) && rc == 0) rc = green_yield();
  for (int i = 0; i < rounds && rc == 0; i++) {
    char payload[20];
    snprintf(payload, sizeof payload, "note %d", i);
    rc = green_pg_notify(other, "both", payload);
    told = 1;
    for (int j = 0; j <= i && rc == 0; j++) rc = green_yield();
    told = 1;
    GREEN_TIMEOUT(20000) {
      if (rc == 0) rc = green_pg_run(pg, "select 1");
    }
  }
  told = -1;
  CHECK_STATUS(rc, 0);
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM);
  CHECK_STATUS(green_wait(listening), 0);
  return 0;
}

TEST(a_listener_ends_with_its_connection) {
  green_pg *pg = NULL;
  int ready = 0;
  CHECK_CONNECTED(&pg);
  struct ear ear = {pg, "ending", 1, &ready};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(2);
  for (int i = 0; i < 2; i++) tasks.at[i] = green_spawn(listen_in_task, &ear);
  while ((size_t)ready + count_done(&tasks) < 2)
    if (green_yield() < 0) break;
  green_pg_release(pg);
  for (int i = 0; i < 2; i++) CHECK_STATUS(green_wait(tasks.at[i]), GREEN_ECLOSED);
  return 0;
}

TEST(nobody_listens_within_a_transaction) {
  AUTO_PG green_pg *pg = NULL;
  AUTO_LISTENER green_pg_listener *listener = NULL;
  CHECK_CONNECTED(&pg);
  GREEN_PG_TRANSACTION(pg) {
    CHECK_STATUS(green_pg_listen(pg, &listener, "news"), GREEN_EBUSY);
    break;
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  CHECK_STATUS(green_pg_listen(pg, &listener, ""), GREEN_EINVAL);
  CHECK_STATUS(green_pg_listen(pg, &listener, "news"), 0);
  GREEN_PG_TRANSACTION(pg) {
    AUTO_LISTENER green_pg_listener *second = NULL;
    CHECK_STATUS(green_pg_listen(pg, &second, "news"), GREEN_EBUSY); /* to the same channel, too */
    break;
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  return 0;
}

/* The program's own statement has the server forget the channel, behind the first one's back. */
TEST(a_new_listener_has_the_server_listen_again) {
  static const char *const statements[] = {"unlisten *", "unlisten \"news\"", "discard all"};
  AUTO_PG green_pg *pg = NULL, *other = NULL;
  AUTO_LISTENER green_pg_listener *first = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_CONNECTED(&other);
  CHECK_STATUS(green_pg_listen(pg, &first, "news"), 0);
  for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
    AUTO_LISTENER green_pg_listener *second = NULL;
    green_pg_notification got = {0};
    CHECK_STATUS(green_pg_run(pg, statements[i]), 0);
    CHECK_STATUS(green_pg_listen(pg, &second, "news"), 0);
    CHECK_STATUS(green_pg_notify(other, "news", statements[i]), 0);
    int rc = 0;
    GREEN_TIMEOUT(5000) {
      rc = green_pg_listener_next(second, &got);
      if (rc == 0) rc = green_pg_listener_next(first, &got); /* it hears again by that */
    }
    if (test_allocator_failed()) return test_saw(GREEN_ENOMEM); /* it may be missing */
    CHECK_STATUS(rc, 0);
    CHECK_STRING(got.payload, statements[i]);
  }
  return 0;
}
