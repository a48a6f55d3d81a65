/* Cancelling: delivered to one wait, of any kind, which leaves whole what it waited for. */
#include "harness.h"

#define FOR_EVER (3600 * 1000)

static int sleep_twice(void *arg) {
  struct test_trace *trace = arg;
  test_trace(trace, "%d", green_cancelled());
  int first = green_sleep(FOR_EVER);
  test_trace(trace, "%s %d", green_status_name(first), green_cancelled());
  int second = green_sleep(1);
  test_trace(trace, "%s %d", green_status_name(second), green_cancelled());
  return first;
}

TEST(cancel_is_delivered_to_the_present_wait_alone) {
  struct test_trace trace = {0};
  AUTO_JOIN green_future *task = green_spawn(sleep_twice, &trace);
  CHECK_STARTED(task);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_cancel(task), 0);
  CHECK(!green_done(task));
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  CHECK_STRING(trace.text, "0 ECANCELED 1 OK 1");
  CHECK_STATUS(green_cancel(task), GREEN_EALREADY);
  return 0;
}

TEST(cancel_of_a_task_that_has_not_started) {
  struct test_trace trace = {0};
  AUTO_JOIN green_future *task = green_spawn(sleep_twice, &trace);
  CHECK_STARTED(task);
  CHECK_STATUS(green_cancel(task), 0);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  CHECK_STRING(trace.text, "1 ECANCELED 1 OK 1");
  return 0;
}

TEST(cancel_of_the_running_task_is_for_its_next_wait) {
  CHECK_STATUS(green_cancel(green_current()), 0);
  CHECK(green_cancelled());
  CHECK_STATUS(green_sleep(1), GREEN_ECANCELED);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(green_cancelled());
  CHECK_STATUS(green_cancel(green_current()), 0);
  CHECK_STATUS(green_yield(), GREEN_ECANCELED);
  CHECK_STATUS(green_yield(), 0);
  return 0;
}

static int ignore(void *arg) {
  (void)arg;
  green_sleep(FOR_EVER);
  return 7;
}

TEST(cancel_does_not_decide_how_the_task_ends) {
  AUTO_JOIN green_future *task = green_spawn(ignore, NULL);
  CHECK_STARTED(task);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_cancel(task), 0);
  CHECK_STATUS(green_wait(task), 7);
  return 0;
}

/* ---- what is there already is taken, and nothing is interrupted ---- */

TEST(cancel_is_not_delivered_where_nothing_parks) {
  green_lock lock = GREEN_LOCK_INIT;
  AUTO_RELEASE green_lock *own = &lock;
  green_semaphore semaphore = GREEN_SEMAPHORE_INIT(1);
  int item = 5, received = 0;
  AUTO_CHANNEL green_channel *channel = NULL;
  CHECK_STATUS(green_channel_new(&channel, sizeof item, 1), 0);
  AUTO_FUTURE green_future *done = NULL;
  CHECK_STATUS(green_future_new(&done), 0);
  green_resolve(done, NULL, NULL);
  green_cancel(green_current());
  CHECK_STATUS(green_wait(done), 0);
  CHECK_STATUS(green_wait_any(&done, 1), 0);
  CHECK_STATUS(green_lock_acquire(&lock), 0);
  CHECK_STATUS(green_lock_release(&lock), 0);
  CHECK_STATUS(green_semaphore_acquire(&semaphore), 0);
  CHECK_STATUS(green_channel_send(channel, &item), 0);
  CHECK_STATUS(green_channel_receive(channel, &received), 0);
  CHECK_NUMBER(received, 5);
  CHECK_STATUS(green_channel_receive(channel, &received), GREEN_ECANCELED);
  CHECK_STATUS(green_yield(), 0);
  return 0;
}

/* ---- each kind of wait ---- */

struct kinds {
  green_future *pending;
  green_lock lock;
  green_semaphore semaphore;
  green_channel *empty, *full;
  int item;
};

static int kind_yield(struct kinds *kinds) {
  (void)kinds;
  int rc;
  do rc = green_yield();
  while (rc == 0);
  return rc;
}
static int kind_sleep(struct kinds *kinds) {
  (void)kinds;
  return green_sleep(FOR_EVER);
}
static int kind_wait(struct kinds *kinds) {
  return green_wait(kinds->pending);
}
static int kind_any(struct kinds *kinds) {
  return green_wait_any((green_future *[]){kinds->pending, kinds->pending}, 2);
}
static int kind_all(struct kinds *kinds) {
  return green_wait_all(&kinds->pending, 1);
}
static int kind_lock(struct kinds *kinds) {
  return green_lock_acquire(&kinds->lock);
}
static int kind_semaphore(struct kinds *kinds) {
  return green_semaphore_acquire(&kinds->semaphore);
}
static int kind_send(struct kinds *kinds) {
  return green_channel_send(kinds->full, &kinds->item);
}
static int kind_receive(struct kinds *kinds) {
  return green_channel_receive(kinds->empty, &kinds->item);
}
static int kind_select(struct kinds *kinds) {
  int item;
  green_select_case cases[] = {
      {.operation = GREEN_SELECT_RECEIVE, .channel = kinds->empty, .item = &item},
      {.operation = GREEN_SELECT_SEND, .channel = kinds->full, .item = &kinds->item},
      {.operation = GREEN_SELECT_FUTURE, .future = kinds->pending},
  };
  return green_select(cases, 3);
}

typedef int (*kind)(struct kinds *);
static const kind all_kinds[] = {
    kind_yield, kind_sleep,     kind_wait, kind_any,     kind_all,
    kind_lock,  kind_semaphore, kind_send, kind_receive, kind_select,
};
#define KINDS (sizeof all_kinds / sizeof *all_kinds)

struct attempt {
  kind kind;
  struct kinds *kinds;
  bool timeout;
};

static int try_kind(void *arg) {
  struct attempt *attempt = arg;
  if (!attempt->timeout) return attempt->kind(attempt->kinds);
  int rc = 0;
  GREEN_TIMEOUT(2) {
    rc = attempt->kind(attempt->kinds);
  }
  return rc;
}

static int interrupt_all_kinds(bool timeout, int expected) {
  struct kinds kinds = {NULL, GREEN_LOCK_INIT, GREEN_SEMAPHORE_INIT(0), NULL, NULL, 1};
  AUTO_RELEASE green_lock *own = &kinds.lock;
  AUTO_CHANNEL green_channel *empty = NULL, *full = NULL;
  AUTO_FUTURE green_future *pending = NULL;
  CHECK_STATUS(green_channel_new(&empty, sizeof kinds.item, 0), 0);
  CHECK_STATUS(green_channel_new(&full, sizeof kinds.item, 1), 0);
  CHECK_STATUS(green_future_new(&pending), 0);
  kinds.empty = empty;
  kinds.full = full;
  kinds.pending = pending;
  CHECK_STATUS(green_channel_send(full, &kinds.item), 0);
  CHECK_STATUS(green_lock_acquire(&kinds.lock), 0);
  for (size_t i = 0; i < KINDS; i++) {
    struct attempt attempt = {all_kinds[i], &kinds, timeout};
    AUTO_JOIN green_future *task = green_spawn(try_kind, &attempt);
    CHECK_STARTED(task);
    CHECK_STATUS(green_yield(), 0);
    if (!timeout) CHECK_STATUS(green_cancel(task), 0);
    CHECK_STATUS(green_wait(task), expected);
  }
  CHECK(!green_done(pending));
  CHECK_NUMBER(green_channel_length(full), 1);
  CHECK_STATUS(green_channel_try_receive(full, &kinds.item), 0);
  CHECK_STATUS(green_channel_try_receive(full, &kinds.item), GREEN_EAGAIN);
  CHECK_STATUS(green_channel_try_send(empty, &kinds.item), GREEN_EAGAIN);
  green_semaphore_release(&kinds.semaphore);
  CHECK_NUMBER(green_semaphore_count(&kinds.semaphore), 1);
  CHECK_STATUS(green_lock_release(&kinds.lock), 0);
  CHECK(!green_lock_is_locked(&kinds.lock));
  return 0;
}

TEST(cancel_ends_every_kind_of_wait) {
  return interrupt_all_kinds(false, GREEN_ECANCELED);
}
TEST(deadline_ends_every_kind_of_wait) {
  return interrupt_all_kinds(true, GREEN_ETIMEDOUT);
}

/* ---- what was woken already ---- */

struct race {
  green_future *future;
  int next;
};

static int wait_then_wait(void *arg) {
  struct race *race = arg;
  int rc = green_wait(race->future);
  race->next = green_sleep(1);
  return rc;
}

TEST(cancel_after_the_wake_up_is_for_the_next_wait) {
  struct race race = {NULL, 0};
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  race.future = future;
  AUTO_JOIN green_future *task = green_spawn(wait_then_wait, &race);
  CHECK_STARTED(task);
  CHECK_STATUS(green_yield(), 0);
  green_resolve(future, NULL, NULL);
  green_cancel(task);
  CHECK_STATUS(green_wait(task), 0);
  CHECK_STATUS(race.next, GREEN_ECANCELED);
  return 0;
}

/* The future's own status wins if it is done, and the cancel is not lost. */
TEST(cancel_before_the_wake_up_is_not_lost) {
  struct race race = {NULL, 0};
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  race.future = future;
  AUTO_JOIN green_future *task = green_spawn(wait_then_wait, &race);
  CHECK_STARTED(task);
  CHECK_STATUS(green_yield(), 0);
  green_cancel(task);
  green_resolve(future, NULL, NULL);
  CHECK_STATUS(green_wait(task), 0);
  CHECK_STATUS(race.next, GREEN_ECANCELED);
  return 0;
}

/* ---- shields ---- */

static int shielded(void *arg) {
  struct test_trace *trace = arg;
  GREEN_SHIELD {
    GREEN_SHIELD {
      test_trace(trace, "%s", green_status_name(green_sleep(2)));
    }
    test_trace(trace, "%s", green_status_name(green_sleep(1)));
  }
  test_trace(trace, "%d", green_cancelled());
  return green_sleep(FOR_EVER);
}

TEST(shield_holds_a_cancel_back_until_its_end) {
  struct test_trace trace = {0};
  AUTO_JOIN green_future *task = green_spawn(shielded, &trace);
  CHECK_STARTED(task);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_cancel(task), 0);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  CHECK_STRING(trace.text, "OK OK 1");
  return 0;
}

static int cleanup_under_shield(void *arg) {
  int rc = green_sleep(FOR_EVER);
  GREEN_SHIELD {
    *(int *)arg = green_sleep(1);
  }
  return rc;
}

TEST(shield_lets_cleanup_wait) {
  int cleanup = -1;
  AUTO_JOIN green_future *task = green_spawn(cleanup_under_shield, &cleanup);
  CHECK_STARTED(task);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_cancel(task), 0);
  CHECK_STATUS(green_cancel(task), 0);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  CHECK_STATUS(cleanup, 0);
  return 0;
}

/* A chain of joins: cancelling the first cancels all, from the bottom up. */
static int chain(void *arg) {
  int *depth = arg;
  if (*depth == 0) return green_sleep(FOR_EVER);
  int next = *depth - 1;
  return green_join(green_spawn(chain, &next));
}

TEST(cancel_goes_down_a_chain_of_joins) {
  int depth = (int)test_scale(50, 3);
  AUTO_JOIN green_future *task = green_spawn(chain, &depth);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(green_cancel(task), 0);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  return 0;
}

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

TEST_OUTSIDE(cancel_outside_a_task) {
  struct test_trace trace = {0};
  AUTO_RUN bool run = true;
  AUTO_FUTURE green_future *task = green_spawn(sleep_twice, &trace);
  CHECK_STARTED(task);
  CHECK_STATUS(green_cancel(task), 0);
  CHECK_STATUS(green_run(nothing, NULL), 0);
  CHECK_STATUS(green_future_status(task), GREEN_ECANCELED);
  return 0;
}
