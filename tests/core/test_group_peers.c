/* What users of other libraries' groups have run into, put to ours: cancels that a group swallowed,
 * groups that never ended, tasks that a cancel missed, limits that stood in their own way. */
#include "harness.h"

#include <string.h>

#define FOR_EVER (3600 * 1000)

static int sleep_long(void *arg) {
  (void)arg;
  return green_sleep(FOR_EVER);
}

/* Cleans up for so many turns once it is cancelled, and counts itself. */
static int end_slowly(void *arg) {
  int rc = green_sleep(FOR_EVER);
  GREEN_SHIELD {
    for (int i = 0; i < 5; i++) green_yield();
  }
  ++*(int *)arg;
  return rc;
}

static int fail(void *arg) {
  (void)arg;
  int rc = green_yield();
  return rc < 0 ? rc : green_fail(GREEN_ECONNRESET, "half way");
}

/* ---- cancels that are not swallowed ---------------------------------------------------------- */

struct waiter {
  int ended, outcome, next;
  bool failing;
  char message[40];
};

static int wait_for_slow_ones(void *arg) {
  struct waiter *waiter = arg;
  GREEN_GROUP(group, NULL, &waiter->outcome) {
    int rc = green_group_spawn(group, end_slowly, &waiter->ended);
    if (rc == 0 && waiter->failing) rc = green_group_spawn(group, fail, NULL);
    if (rc == 0 && !waiter->failing) rc = green_yield();
    if (rc == 0 && !waiter->failing) rc = green_group_cancel(group);
    if (rc < 0) return test_saw(rc);
  }
  test_saw(waiter->outcome);
  strncpy(waiter->message, green_message_of(GREEN_ECONNRESET), sizeof waiter->message - 1);
  waiter->next = green_yield();
  return 0;
}

/* A task has failed and the others clean up, when the waiter is cancelled: it is given the failure,
 * and its next wait the cancel. */
TEST(peers_a_cancel_beside_a_failure_is_for_the_next_wait) {
  struct waiter waiter = {.failing = true};
  AUTO_JOIN green_future *task = green_spawn(wait_for_slow_ones, &waiter);
  CHECK_STARTED(task);
  for (int i = 0; i < 5; i++) CHECK_STATUS(green_yield(), 0);
  CHECK_NUMBER(waiter.ended, 0);
  CHECK_STATUS(green_cancel(task), 0);
  CHECK_STATUS(green_wait(task), 0);
  CHECK_STATUS(waiter.outcome, GREEN_ECONNRESET);
  CHECK_NUMBER(waiter.ended, 1);
  CHECK_STATUS(waiter.next, GREEN_ECANCELED);
  if (strcmp(waiter.message, "half way") != 0 && test_allocator_failed()) test_saw(GREEN_ENOMEM);
  CHECK_STRING(waiter.message, "half way");
  return 0;
}

/* The same where the program has cancelled the group. */
TEST(peers_a_cancel_beside_a_group_cancel_is_for_the_next_wait) {
  struct waiter waiter = {.failing = false};
  AUTO_JOIN green_future *task = green_spawn(wait_for_slow_ones, &waiter);
  CHECK_STARTED(task);
  for (int i = 0; i < 4; i++) CHECK_STATUS(green_yield(), 0);
  CHECK_NUMBER(waiter.ended, 0);
  CHECK_STATUS(green_cancel(task), 0);
  CHECK_STATUS(green_wait(task), 0);
  CHECK_STATUS(waiter.outcome, 0);
  CHECK_NUMBER(waiter.ended, 1);
  CHECK_STATUS(waiter.next, GREEN_ECANCELED);
  return 0;
}

static int outlast(void *arg) {
  int rc = green_sleep(FOR_EVER);
  GREEN_SHIELD {
    green_sleep(3);
  }
  ++*(int *)arg;
  return rc;
}

/* A deadline that passes while a cancelled group ends is found by the next wait in its scope. */
TEST(peers_a_deadline_beside_a_group_cancel_is_not_lost) {
  int ended = 0, outcome = 1, next = 1;
  GREEN_TIMEOUT(1) {
    GREEN_GROUP(group, NULL, &outcome) {
      CHECK_STATUS(green_group_spawn(group, outlast, &ended), 0);
      CHECK_STATUS(green_group_cancel(group), 0);
    }
    next = green_yield();
  }
  CHECK_STATUS(outcome, 0);
  CHECK_NUMBER(ended, 1);
  CHECK_STATUS(next, GREEN_ETIMEDOUT);
  return 0;
}

/* A deadline around a group whose tasks take no notice of the cancel and succeed. */
static int succeed_late(void *arg) {
  green_sleep(FOR_EVER);
  ++*(int *)arg;
  return 0;
}

TEST(peers_a_deadline_is_told_though_the_tasks_succeed) {
  int ended = 0, outcome = 1;
  GREEN_TIMEOUT(1) {
    GREEN_GROUP(group, NULL, &outcome) {
      CHECK_STATUS(green_group_spawn(group, succeed_late, &ended), 0);
      CHECK_STATUS(green_group_spawn(group, succeed_late, &ended), 0);
    }
  }
  CHECK_STATUS(outcome, GREEN_ETIMEDOUT);
  CHECK_NUMBER(ended, 2);
  return 0;
}

/* ---- nested groups --------------------------------------------------------------------------- */

struct nest {
  green_group *outer;
  int ended, inner_outcome, after;
};

static int be_inner(void *arg) {
  struct nest *nest = arg;
  GREEN_GROUP(inner, NULL, &nest->inner_outcome) {
    int rc = green_group_spawn(inner, end_slowly, &nest->ended);
    if (rc == 0) rc = green_group_spawn(inner, end_slowly, &nest->ended);
    if (rc < 0) return test_saw(rc);
  }
  nest->after++;
  return test_saw(nest->inner_outcome);
}

/* The outer group fails: the cancel goes through to the tasks of the inner one, which is over before
 * the outer one is. */
TEST(peers_a_failure_reaches_the_tasks_of_inner_groups) {
  struct nest nest = {0};
  int outcome = 1;
  GREEN_GROUP(outer, NULL, &outcome) {
    CHECK_STATUS(green_group_spawn(outer, be_inner, &nest), 0);
    CHECK_STATUS(green_yield(), 0);
    CHECK_STATUS(green_group_spawn(outer, fail, NULL), 0);
  }
  CHECK_STATUS(outcome, GREEN_ECONNRESET);
  CHECK_NUMBER(nest.ended, 2);
  CHECK_NUMBER(nest.after, 1);
  CHECK_STATUS(nest.inner_outcome, GREEN_ECANCELED);
  return 0;
}

static int spawn_into_outer(void *arg) {
  struct nest *nest = arg;
  int rc = test_saw(green_group_spawn(nest->outer, end_slowly, &nest->ended));
  return rc < 0 ? rc : green_sleep(FOR_EVER);
}

static int cancel_inner(void *arg) {
  struct nest *nest = arg;
  GREEN_GROUP(inner, NULL, &nest->inner_outcome) {
    int rc = green_group_spawn(inner, spawn_into_outer, nest);
    if (rc == 0) rc = green_yield();
    if (rc == 0) rc = green_group_cancel(inner);
    if (rc < 0) return test_saw(rc);
  }
  nest->after = nest->ended;
  return test_saw(nest->inner_outcome);
}

/* Cancelling a group does not reach what its tasks have spawned into another one. */
TEST(peers_a_cancel_stays_in_its_group) {
  struct nest nest = {.after = -1};
  int outcome = 1;
  GREEN_GROUP(outer, NULL, &outcome) {
    nest.outer = outer;
    CHECK_STATUS(green_group_spawn(outer, cancel_inner, &nest), 0);
    for (int i = 0; i < 9; i++) CHECK_STATUS(green_yield(), 0);
    CHECK(!green_group_is_cancelled(outer));
    CHECK_NUMBER(green_group_running_count(outer), 1);
    CHECK_STATUS(green_group_cancel(outer), 0);
  }
  CHECK_STATUS(outcome, 0);
  CHECK_NUMBER(nest.after, 0);
  CHECK_NUMBER(nest.ended, 1);
  return 0;
}

/* ---- spawning at the wrong time -------------------------------------------------------------- */

struct late {
  green_group *group;
  int refused, began;
  char message[120];
};

static int begin_late(void *arg) {
  ((struct late *)arg)->began++;
  return sleep_long(NULL);
}

static int spawn_in_cleanup(void *arg) {
  struct late *late = arg;
  int rc = green_sleep(FOR_EVER);
  late->refused = green_group_spawn(late->group, begin_late, late);
  strncpy(late->message, green_message(), sizeof late->message - 1);
  return rc;
}

/* A cancelled task spawns in its cleanup: it is refused, and nothing is left that nobody would
 * cancel any more. */
TEST(peers_a_cleanup_cannot_spawn_into_its_group) {
  struct late late = {0};
  int outcome = 1;
  GREEN_GROUP(group, NULL, &outcome) {
    late.group = group;
    CHECK_STATUS(green_group_spawn(group, spawn_in_cleanup, &late), 0);
    CHECK_STATUS(green_group_spawn(group, fail, NULL), 0);
  }
  CHECK_STATUS(outcome, GREEN_ECONNRESET);
  CHECK_STATUS(late.refused, GREEN_ECLOSED);
  if (!strstr(late.message, "half way") && test_allocator_failed()) test_saw(GREEN_ENOMEM);
  CHECK_CONTAINS(late.message, "one has failed: ECONNRESET: half way");
  CHECK_NUMBER(late.began, 0);
  return 0;
}

/* A cancel also reaches tasks that have not run yet. */
TEST(peers_a_cancel_reaches_tasks_that_have_not_begun) {
  struct late late = {0};
  int outcome = 1;
  GREEN_GROUP(group, NULL, &outcome) {
    for (int i = 0; i < 3; i++) CHECK_STATUS(green_group_spawn(group, begin_late, &late), 0);
    CHECK_STATUS(green_group_cancel(group), 0);
  }
  CHECK_STATUS(outcome, 0);
  CHECK_NUMBER(late.began, 3);
  return 0;
}

static int cancel_own_group(void *arg) {
  (void)arg;
  int rc = green_group_cancel(green_group_current());
  return rc < 0 ? rc : green_sleep(FOR_EVER);
}

/* So does one by a task of the group, before that has waited for anything. */
TEST(peers_a_task_cancels_its_own_group) {
  int outcome = 1;
  GREEN_GROUP(group, NULL, &outcome) {
    CHECK_STATUS(green_group_spawn(group, sleep_long, NULL), 0);
    CHECK_STATUS(green_group_spawn(group, cancel_own_group, NULL), 0);
    CHECK_STATUS(green_group_spawn(group, sleep_long, NULL), 0);
  }
  CHECK_STATUS(outcome, 0);
  return 0;
}

/* ---- a group that waits for itself ----------------------------------------------------------- */

static int wait_for(void *arg) {
  struct nest *nest = arg;
  return nest->after = green_group_wait(nest->outer);
}

static int wait_from_below(void *arg) {
  struct nest *nest = arg;
  GREEN_GROUP(inner, NULL, &nest->inner_outcome) {
    int rc = green_group_spawn(inner, wait_for, nest);
    if (rc < 0) return rc;
  }
  return nest->inner_outcome;
}

TEST(peers_a_task_that_waits_for_its_own_group) {
  struct nest nest = {0};
  int outcome = 1;
  GREEN_GROUP(outer, NULL, &outcome) {
    nest.outer = outer;
    CHECK_STATUS(green_group_spawn(outer, wait_for, &nest), 0);
  }
  CHECK_STATUS(outcome, GREEN_EDEADLK);
  CHECK_CONTAINS(green_message(), "the group that it is in");
  CHECK_STATUS(nest.after, GREEN_EDEADLK);
  return 0;
}

TEST(peers_a_task_below_that_waits_for_the_outer_group) {
  struct nest nest = {0};
  int outcome = 1;
  GREEN_GROUP(outer, NULL, &outcome) {
    nest.outer = outer;
    CHECK_STATUS(green_group_spawn(outer, wait_from_below, &nest), 0);
  }
  CHECK_STATUS(outcome, GREEN_EDEADLK);
  CHECK_STATUS(nest.inner_outcome, GREEN_EDEADLK);
  return 0;
}

static int release_own(void *arg) {
  green_group **group = arg;
  green_group_release(*group);
  *group = NULL;
  return green_sleep(FOR_EVER);
}

/* Released by one of its own tasks, it ends; who waits for it hears that. */
TEST(peers_a_group_released_by_one_of_its_tasks) {
  int ended = 0;
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  CHECK_STATUS(green_group_spawn(group, end_slowly, &ended), 0);
  CHECK_STATUS(green_group_spawn(group, release_own, &group), 0);
  CHECK_STATUS(green_group_wait(group), GREEN_ECANCELED);
  CHECK_CONTAINS(green_message(), "released meanwhile");
  CHECK_NUMBER(ended, 1);
  CHECK(!group);
  return 0;
}

/* ---- limits ---------------------------------------------------------------------------------- */

struct tree {
  green_group *group;
  int depth, *count;
};

static int grow(void *arg) {
  struct tree *tree = arg;
  struct tree child = {tree->group, tree->depth - 1, tree->count};
  ++*tree->count;
  for (int i = 0; tree->depth && i < 3; i++) {
    int rc = green_group_spawn_copy(tree->group, grow, &child, sizeof child);
    if (rc < 0) return rc;
  }
  return green_yield();
}

/* Each task spawns into its own group, which is full of such tasks. */
TEST(peers_a_full_group_whose_tasks_spawn_into_it) {
  int count = 0, outcome = 1;
  green_group_options options = {.max_tasks = 1};
  GREEN_GROUP(group, &options, &outcome) {
    struct tree tree = {group, (int)test_scale(4, 2), &count};
    CHECK_STATUS(green_group_spawn_copy(group, grow, &tree, sizeof tree), 0);
  }
  CHECK_STATUS(outcome, 0);
  CHECK_NUMBER(count, test_scale(1 + 3 + 9 + 27 + 81, 1 + 3 + 9));
  return 0;
}

static int spawn_from_inner(void *arg) {
  struct tree *tree = arg;
  int outcome = 0;
  GREEN_GROUP(inner, NULL, &outcome) {
    struct tree leaf = {tree->group, 1, tree->count};
    int rc = green_group_spawn_copy(inner, grow, &leaf, sizeof leaf);
    if (rc < 0) return rc;
  }
  return outcome;
}

/* The same with a group in between, for which its task waits while it takes up the only place. */
TEST(peers_a_full_group_that_tasks_of_an_inner_one_spawn_into) {
  int count = 0, outcome = 1;
  green_group_options options = {.max_tasks = 1};
  GREEN_GROUP(group, &options, &outcome) {
    struct tree tree = {group, 0, &count};
    CHECK_STATUS(green_group_spawn_copy(group, spawn_from_inner, &tree, sizeof tree), 0);
  }
  CHECK_STATUS(outcome, 0);
  CHECK_NUMBER(count, 4);
  return 0;
}

static int spawn_and_wait(void *arg) {
  struct tree *tree = arg;
  struct tree child = {tree->group, tree->depth - 1, tree->count};
  green_future *future = NULL;
  ++*tree->count;
  if (!tree->depth) return green_yield();
  int rc = green_group_spawn_with(tree->group, &future, spawn_and_wait, &child, NULL);
  return rc < 0 ? rc : test_saw(green_join(future));
}

/* Each task waits for one that it has spawned into the full group. */
TEST(peers_a_full_group_whose_tasks_wait_for_each_other) {
  int count = 0, outcome = 1;
  green_group_options options = {.max_tasks = 1};
  GREEN_GROUP(group, &options, &outcome) {
    struct tree tree = {group, 5, &count};
    CHECK_STATUS(green_group_spawn_copy(group, spawn_and_wait, &tree, sizeof tree), 0);
  }
  CHECK_STATUS(outcome, 0);
  CHECK_NUMBER(count, 6);
  return 0;
}

struct two {
  green_group *outer;
  green_future *queued;
  int count;
};

static int wait_for_queued(void *arg) {
  struct two *two = arg;
  return green_wait(two->queued);
}

static int queue_and_nest(void *arg) {
  struct two *two = arg;
  struct tree leaf = {two->outer, 0, &two->count};
  green_spawn_options options = {.copy_size = sizeof leaf};
  int outcome = 0;
  int rc = green_group_spawn_with(two->outer, &two->queued, grow, &leaf, &options);
  if (rc < 0) return rc;
  GREEN_GROUP(inner, NULL, &outcome) {
    green_group_spawn(inner, wait_for_queued, two);
  }
  green_future_release(two->queued);
  return outcome;
}

/* A task of an inner group waits for one that is queued in the outer one, whose only place is taken
 * by who waits for the inner group. */
TEST(peers_a_full_group_that_tasks_of_an_inner_one_wait_for) {
  struct two two = {0};
  int outcome = 1;
  green_group_options options = {.max_tasks = 1};
  GREEN_GROUP(outer, &options, &outcome) {
    two.outer = outer;
    CHECK_STATUS(green_group_spawn(outer, queue_and_nest, &two), 0);
  }
  CHECK_STATUS(outcome, 0);
  CHECK_NUMBER(two.count, 1);
  return 0;
}

static int release_for(void *arg) {
  green_group **group = arg;
  green_group *released = *group;
  *group = NULL;
  green_group_release(released);
  return 0;
}

/* Somebody else releases the group while its maker waits for room in it. */
TEST(peers_a_group_released_while_its_maker_waits_for_room) {
  int count = 0;
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.max_tasks = 1}), 0);
  CHECK_STATUS(green_group_spawn(group, end_slowly, &count), 0);
  AUTO_JOIN green_future *other = green_spawn(release_for, &group);
  CHECK_STARTED(other);
  CHECK_STATUS(green_group_spawn(group, end_slowly, &count), GREEN_ECLOSED);
  CHECK_STATUS(green_wait(other), 0);
  CHECK_NUMBER(count, 1);
  return 0;
}

/* ---- what counts as a failure ---------------------------------------------------------------- */

/* One task is cancelled by itself: the group goes on. */
TEST(peers_a_task_that_is_cancelled_alone) {
  int count = 0, outcome = 1;
  green_future *alone = NULL;
  GREEN_GROUP(group, NULL, &outcome) {
    CHECK_STATUS(green_group_spawn_with(group, &alone, sleep_long, NULL, NULL), 0);
    int cancelled = green_cancel(alone);
    green_future_release(alone);
    CHECK_STATUS(cancelled, 0);
    struct tree leaf = {group, 0, &count};
    CHECK_STATUS(green_group_spawn_copy(group, grow, &leaf, sizeof leaf), 0);
  }
  CHECK_STATUS(outcome, 0);
  CHECK_NUMBER(count, 1);
  return 0;
}

static int wait_on(void *arg) {
  return green_wait(arg);
}

/* What a task waited for was cancelled, and not the task: that is its failure. */
TEST(peers_a_task_that_fails_with_a_cancel_of_something_else) {
  int outcome = 1;
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  GREEN_GROUP(group, NULL, &outcome) {
    CHECK_STATUS(green_group_spawn(group, wait_on, future), 0);
    CHECK_STATUS(green_group_spawn(group, sleep_long, NULL), 0);
    CHECK_STATUS(green_yield(), 0);
    CHECK_STATUS(green_cancel(future), 0);
  }
  CHECK_STATUS(outcome, GREEN_ECANCELED);
  return 0;
}

/* A task waits for another one of its group that fails, and handles that: the group fails still. */
static int handle(void *arg) {
  green_future **other = arg;
  green_wait(*other);
  green_future_release(*other);
  return 0;
}

TEST(peers_a_failure_that_a_sibling_handles) {
  int outcome = 1;
  green_future *failing = NULL;
  GREEN_GROUP(group, NULL, &outcome) {
    CHECK_STATUS(green_group_spawn_with(group, &failing, fail, NULL, NULL), 0);
    int rc = green_group_spawn(group, handle, &failing);
    if (rc < 0) green_future_release(failing);
    CHECK_STATUS(rc, 0);
  }
  CHECK_STATUS(outcome, GREEN_ECONNRESET);
  return 0;
}

static int give_up(void) {
  GREEN_GROUP(group, NULL, NULL) {
    int rc = green_group_spawn(group, fail, NULL);
    for (int i = 0; i < 3 && rc == 0; i++) rc = green_yield();
    return rc;
  }
  return GREEN_ENOMEM;
}

/* A task has failed, and its maker leaves without having waited: that is told. */
TEST(peers_a_failure_that_nobody_waited_for) {
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  int rc = give_up();
  const char *text = test_captured(&capture);
  CHECK_STATUS(rc, 0);
  if (!strstr(text, "half way") && test_allocator_failed()) test_saw(GREEN_ENOMEM);
  CHECK_CONTAINS(text, "nobody looked at a failed future: ECONNRESET: half way");
  return 0;
}

/* ---- two that wait --------------------------------------------------------------------------- */

static int wait_too(void *arg) {
  return green_group_wait(arg);
}

TEST(peers_several_tasks_wait_for_one_group) {
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  CHECK_STATUS(green_group_spawn(group, fail, NULL), 0);
  AUTO_JOIN green_future *other = green_spawn(wait_too, group);
  CHECK_STARTED(other);
  CHECK_STATUS(green_group_wait(group), GREEN_ECONNRESET);
  CHECK_STATUS(green_wait(other), GREEN_ECONNRESET);
  CHECK_STRING(green_message(), "half way");
  return 0;
}

/* One of two waiters is cancelled: that is the group's, and the other one is given what came of it.
 */
TEST(peers_one_of_two_waiters_is_cancelled) {
  int ended = 0;
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  CHECK_STATUS(green_group_spawn(group, end_slowly, &ended), 0);
  AUTO_JOIN green_future *other = green_spawn(wait_too, group);
  CHECK_STARTED(other);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_cancel(other), 0);
  CHECK_STATUS(green_group_wait(group), 0);
  CHECK(green_group_is_cancelled(group));
  CHECK_NUMBER(ended, 1);
  CHECK_STATUS(green_wait(other), GREEN_ECANCELED);
  return 0;
}
