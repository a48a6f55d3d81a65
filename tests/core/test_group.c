/* Groups: tasks that are waited for together; their modes, their limit, and their ends. */
#include "harness.h"

#include <string.h>

#define FOR_EVER (3600 * 1000)

/* What a task of these tests is told to do. */
struct part {
  struct test_trace *trace;
  const char *name;
  int turns; /* that it yields for; negative: it sleeps for ever */
  int result;
};

static int work(void *arg) {
  const struct part *part = arg;
  int rc = part->turns < 0 ? green_sleep(FOR_EVER) : 0;
  for (int i = 0; i < part->turns && rc == 0; i++) rc = green_yield();
  if (part->trace) test_trace(part->trace, "%s:%s", part->name, green_status_name(rc));
  if (rc < 0) return rc;
  return part->result < 0 ? green_fail(part->result, "%s broke", part->name) : part->result;
}

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

TEST(group_waits_for_all_of_its_tasks) {
  struct test_trace trace = {0};
  struct part a = {&trace, "a", 2, 7}, b = {&trace, "b", 1, 0};
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  CHECK_STATUS(green_group_spawn(group, work, &a), 0);
  CHECK_STATUS(green_group_spawn(group, work, &b), 0);
  CHECK_STRING(trace.text, "");
  CHECK_NUMBER(green_group_running_count(group), 2);
  CHECK_STATUS(green_group_wait(group), 0);
  CHECK_STRING(trace.text, "b:OK a:OK");
  CHECK_NUMBER(green_group_running_count(group), 0);
  CHECK(!green_group_is_cancelled(group));
  CHECK(!green_group_first(group));
  return 0;
}

TEST(group_without_a_task) {
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  CHECK_STATUS(green_group_wait(group), 0);
  CHECK_STATUS(green_group_wait(group), 0);
  CHECK_STATUS(green_group_spawn(group, nothing, NULL), GREEN_ECLOSED);
  CHECK_CONTAINS(green_message(), "it has ended");
  green_group_release(NULL);
  return 0;
}

TEST(group_gives_the_first_failure_and_cancels_the_others) {
  struct test_trace trace = {0};
  struct part good = {&trace, "good", -1, 0}, bad = {&trace, "bad", 1, GREEN_ECONNRESET};
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  CHECK_STATUS(green_group_spawn(group, work, &good), 0);
  CHECK_STATUS(green_group_spawn(group, work, &bad), 0);
  CHECK_STATUS(green_group_wait(group), GREEN_ECONNRESET);
  CHECK_STRING(green_message(), "bad broke");
  CHECK_STRING(trace.text, "bad:OK good:ECANCELED");
  CHECK(green_group_is_cancelled(group));
  CHECK_STATUS(green_future_status(green_group_first(group)), GREEN_ECONNRESET);
  CHECK_STATUS(green_group_wait(group), GREEN_ECONNRESET);
  return 0;
}

static int write_text(void *arg) {
  char *text = arg;
  int rc = green_yield();
  return rc < 0 ? rc : strcmp(text, "copied") == 0 ? 0 : GREEN_EINVAL;
}

TEST(group_copies_arguments) {
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  for (int i = 0; i < 3; i++) {
    char text[16] = "copied";
    CHECK_STATUS(green_group_spawn_copy(group, write_text, text, sizeof text), 0);
    memset(text, 'x', sizeof text);
  }
  CHECK_STATUS(green_group_wait(group), 0);
  return 0;
}

static int add_one(void *arg) {
  ++*(int *)arg;
  return green_yield();
}

static int add_many(void *arg) {
  for (int i = 0; i < 3; i++) {
    int rc = green_group_spawn(green_group_current(), add_one, arg);
    if (rc < 0) return rc;
  }
  return green_sleep(1);
}

TEST(group_takes_tasks_while_it_is_waited_for) {
  int count = 0;
  AUTO_GROUP green_group *group = NULL;
  CHECK(!green_group_current());
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  CHECK_STATUS(green_group_spawn(group, add_many, &count), 0);
  CHECK_STATUS(green_group_spawn(group, add_many, &count), 0);
  CHECK_STATUS(green_group_wait(group), 0);
  CHECK_NUMBER(count, 6);
  CHECK_STATUS(green_group_spawn(group, add_one, &count), GREEN_ECLOSED);
  return 0;
}

TEST(group_gives_a_future_where_one_is_asked_for) {
  struct part part = {NULL, "part", 1, 5};
  AUTO_FUTURE green_future *future = NULL;
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  green_spawn_options options = {.name = "part"};
  CHECK_STATUS(green_group_spawn_with(group, &future, work, &part, &options), 0);
  CHECK_MEMORY(green_future_name(future));
  CHECK_STRING(green_future_name(future), "part");
  CHECK_STATUS(green_wait(future), 5);
  CHECK_STATUS(green_group_wait(group), 0);
  return 0;
}

/* ---- options --------------------------------------------------------------------------------- */

TEST(group_refuses_options_by_name) {
  green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.max_tasks = -1}), GREEN_EINVAL);
  CHECK_CONTAINS(green_message(), "max_tasks");
  CHECK(!group);
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.mode = (green_group_mode)9}),
               GREEN_EINVAL);
  CHECK_CONTAINS(green_message(), "mode");
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.stack_size = SIZE_MAX}),
               GREEN_EINVAL);
  CHECK_CONTAINS(green_message(), "stack_size");
  return 0;
}

TEST(group_fails_by_a_task_that_could_not_begin) {
  green_future *future = green_current();
  struct part other = {NULL, "other", -1, 0};
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  CHECK_STATUS(green_group_spawn(group, work, &other), 0);
  green_spawn_options options = {.copy_size = 1 << 20};
  CHECK_STATUS(green_group_spawn_with(group, &future, nothing, "", &options), GREEN_EINVAL);
  CHECK(!future);
  CHECK_STATUS(green_group_wait(group), GREEN_EINVAL);
  CHECK_CONTAINS(green_message(), "copy_size");
  return 0;
}

TEST(group_of_results_cancels_nobody) {
  struct test_trace trace = {0};
  struct part parts[] = {{&trace, "a", 3, 4}, {&trace, "b", 1, GREEN_EIO}, {&trace, "c", 2, 6}};
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.mode = GREEN_GROUP_ALL}), 0);
  for (int i = 0; i < 3; i++) CHECK_STATUS(green_group_spawn(group, work, &parts[i]), 0);
  CHECK_STATUS(green_group_wait(group), GREEN_EIO);
  CHECK_STRING(trace.text, "b:OK c:OK a:OK");
  CHECK_NUMBER(green_group_result_count(group), 3);
  CHECK_STATUS(green_future_status(green_group_result(group, 0)), 4);
  CHECK_STATUS(green_future_status(green_group_result(group, 1)), GREEN_EIO);
  CHECK_STATUS(green_future_status(green_group_result(group, 2)), 6);
  CHECK_MESSAGE(green_group_result(group, 1), "b broke");
  CHECK(!green_group_result(group, 3));
  CHECK(green_group_first(group) == green_group_result(group, 1));
  CHECK(!green_group_is_cancelled(group));
  return 0;
}

TEST(group_of_a_first_success_cancels_the_others) {
  struct test_trace trace = {0};
  struct part parts[] = {{&trace, "a", -1, 4}, {&trace, "b", 1, GREEN_EIO}, {&trace, "c", 2, 6}};
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.mode = GREEN_GROUP_FIRST}), 0);
  for (int i = 0; i < 3; i++) CHECK_STATUS(green_group_spawn(group, work, &parts[i]), 0);
  CHECK_STATUS(green_group_wait(group), 6);
  CHECK_STRING(trace.text, "b:OK c:OK a:ECANCELED");
  CHECK(green_group_first(group) == green_group_result(group, 2));
  green_group_release(group);
  group = NULL;
  CHECK_STRING(test_captured(&capture), "");
  return 0;
}

TEST(group_of_a_first_success_that_never_came) {
  struct part parts[] = {{NULL, "a", 2, GREEN_EIO}, {NULL, "b", 1, GREEN_ENOENT}};
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.mode = GREEN_GROUP_FIRST}), 0);
  for (int i = 0; i < 2; i++) CHECK_STATUS(green_group_spawn(group, work, &parts[i]), 0);
  CHECK_STATUS(green_group_wait(group), GREEN_ENOENT);
  CHECK_STRING(green_message(), "b broke");
  CHECK_STATUS(green_future_status(green_group_result(group, 0)), GREEN_EIO);
  return 0;
}

TEST(group_of_a_first_success_without_a_task) {
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.mode = GREEN_GROUP_FIRST}), 0);
  CHECK_STATUS(green_group_wait(group), GREEN_EINVAL);
  return 0;
}

/* ---- at most so many ------------------------------------------------------------------------- */

struct crowd {
  int now, most, ended;
};

static int be_counted(void *arg) {
  struct crowd *crowd = arg;
  if (++crowd->now > crowd->most) crowd->most = crowd->now;
  int rc = green_yield();
  crowd->now--;
  crowd->ended++;
  return rc;
}

TEST(group_runs_at_most_so_many_and_its_maker_waits) {
  struct crowd crowd = {0};
  size_t most_queued = 0;
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.max_tasks = 2}), 0);
  for (int i = 0; i < 10; i++) {
    CHECK_STATUS(green_group_spawn(group, be_counted, &crowd), 0);
    CHECK(green_group_running_count(group) <= 2);
    if (green_group_queued_count(group) > most_queued)
      most_queued = green_group_queued_count(group);
  }
  CHECK(crowd.ended >= 6);
  CHECK_NUMBER(most_queued, 0);
  CHECK_STATUS(green_group_wait(group), 0);
  CHECK_NUMBER(crowd.ended, 10);
  CHECK_NUMBER(crowd.most, 2);
  return 0;
}

TEST(group_maker_is_interrupted_while_it_waits_for_room) {
  struct part part = {NULL, "part", -1, 0};
  int count = 0;
  AUTO_FUTURE green_future *future = NULL;
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.max_tasks = 1}), 0);
  CHECK_STATUS(green_group_spawn(group, work, &part), 0);
  GREEN_TIMEOUT(1) {
    CHECK_STATUS(green_group_spawn_with(group, &future, add_one, &count, NULL), GREEN_ETIMEDOUT);
  }
  CHECK(!future);
  CHECK_NUMBER(green_group_queued_count(group), 0);
  CHECK_STATUS(green_group_cancel(group), 0);
  CHECK_STATUS(green_group_cancel(group), GREEN_EALREADY);
  CHECK_STATUS(green_group_wait(group), 0);
  CHECK_NUMBER(count, 0);
  return 0;
}

TEST(group_maker_that_waits_for_room_hears_of_the_end) {
  struct part part = {NULL, "part", 1, GREEN_EIO};
  int count = 0;
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.max_tasks = 1}), 0);
  CHECK_STATUS(green_group_spawn(group, work, &part), 0);
  CHECK_STATUS(green_group_spawn(group, add_one, &count), GREEN_ECLOSED);
  CHECK_CONTAINS(green_message(), "one has failed: EIO: part broke");
  CHECK_STATUS(green_group_wait(group), GREEN_EIO);
  CHECK_NUMBER(count, 0);
  return 0;
}

static int queue_two(void *arg) {
  green_group *group = green_group_current();
  for (int i = 0; i < 2; i++) {
    int rc = green_group_spawn_copy(group, write_text, "copied", 7);
    if (rc < 0) return rc;
  }
  *(size_t *)arg = green_group_queued_count(group);
  return 0;
}

TEST(group_queues_what_its_own_tasks_spawn) {
  size_t queued = 0;
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.max_tasks = 1}), 0);
  CHECK_STATUS(green_group_spawn(group, queue_two, &queued), 0);
  CHECK_STATUS(green_group_wait(group), 0);
  CHECK_NUMBER(queued, 2);
  return 0;
}

struct queued_one {
  green_group *group;
  green_future *future;
  int began, outcome;
};

static int begin_and_wait(void *arg) {
  struct queued_one *one = arg;
  one->began++;
  return one->outcome = green_sleep(FOR_EVER);
}

static int queue_one(void *arg) {
  struct queued_one *one = arg;
  int rc = green_group_spawn_with(one->group, &one->future, begin_and_wait, one, NULL);
  return rc < 0 ? rc : green_sleep(1);
}

/* As a task that is cancelled before it runs: it runs, and its first wait is cancelled. */
TEST(group_runs_what_was_cancelled_in_the_queue) {
  struct queued_one one = {0};
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.max_tasks = 1}), 0);
  one.group = group;
  CHECK_STATUS(green_group_spawn(group, queue_one, &one), 0);
  CHECK_STATUS(green_yield(), 0);
  AUTO_FUTURE green_future *future = one.future;
  CHECK_MEMORY(future);
  CHECK_STATUS(green_cancel(future), 0);
  CHECK_NUMBER(one.began, 0);
  CHECK_STATUS(green_group_wait(group), 0);
  CHECK_NUMBER(one.began, 1);
  CHECK_STATUS(one.outcome, GREEN_ECANCELED);
  return 0;
}

/* ---- other ends ------------------------------------------------------------------------------ */

static int clean_up(void *arg) {
  int rc = green_sleep(FOR_EVER);
  GREEN_SHIELD {
    if (green_sleep(1) == 0) *(int *)arg = 1;
  }
  return rc;
}

TEST(group_release_cancels_and_waits) {
  int cleaned = 0;
  green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  int rc = green_group_spawn(group, clean_up, &cleaned);
  if (rc == 0) rc = green_yield();
  green_group_release(group);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(cleaned, 1);
  return 0;
}

TEST(group_release_waits_though_its_task_is_cancelled) {
  int cleaned = 0;
  green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  int rc = green_group_spawn(group, clean_up, &cleaned);
  if (rc == 0) rc = green_yield();
  green_cancel(green_current());
  green_group_release(group);
  int next = green_yield();
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(cleaned, 1);
  CHECK_STATUS(next, GREEN_ECANCELED);
  return 0;
}

static int time_out(uint64_t milliseconds) {
  int cleaned = 0, rc = 0;
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  CHECK_STATUS(green_group_spawn(group, clean_up, &cleaned), 0);
  CHECK_STATUS(green_yield(), 0);
  GREEN_TIMEOUT(milliseconds) {
    rc = green_group_wait(group);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_CONTAINS(green_message(), "timed out");
  CHECK_NUMBER(cleaned, 1);
  CHECK_STATUS(green_group_wait(group), 0);
  return 0;
}

TEST(group_wait_that_times_out_cancels_the_tasks) {
  /* On a busy machine the time may be over before the task parks: then it says that alone. */
  for (uint64_t milliseconds = 1; milliseconds < 10000; milliseconds *= 4) {
    int rc = time_out(milliseconds);
    if (rc < 0) return rc;
    if (test_allocator_failed() || strstr(green_message(), "waiting")) break;
  }
  CHECK_CONTAINS(green_message(), "timed out waiting for: group");
  return 0;
}

TEST_OUTSIDE(group_outside_a_task) {
  green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  int count = 0, early, rc = green_group_spawn(group, add_one, &count);
  early = rc == 0 ? green_group_wait(group) : GREEN_EMAIN;
  test_saw(green_run(nothing, NULL));
  int late = green_group_wait(group);
  green_group_release(group);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(early, GREEN_EMAIN);
  CHECK_NUMBER(count, 1);
  CHECK_STATUS(late, 0);
  return 0;
}

TEST_OUTSIDE(group_released_outside_a_task_ends_by_itself) {
  int cleaned = 0;
  green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  int rc = green_group_spawn(group, clean_up, &cleaned);
  green_group_release(group);
  test_saw(green_run(nothing, NULL));
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(cleaned, 1);
  return 0;
}

/* ---- failures that nobody sees --------------------------------------------------------------- */

static int fail_in_cleanup(void *arg) {
  (void)arg;
  green_sleep(FOR_EVER);
  return green_fail(GREEN_EIO, "the cleanup broke");
}

TEST(group_release_tells_what_fails_meanwhile) {
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  int rc = green_group_spawn(group, fail_in_cleanup, NULL);
  if (rc == 0) rc = green_yield();
  green_group_release(group);
  CHECK_STATUS(rc, 0);
  const char *text = test_captured(&capture);
  if (!strstr(text, "the cleanup broke")) test_saw(test_allocator_failed() ? GREEN_ENOMEM : 0);
  CHECK_CONTAINS(text, "nobody looked at a failed future: EIO: the cleanup broke");
  return 0;
}

TEST(group_tells_the_second_failure_unless_it_says_the_same) {
  struct part first = {NULL, "it", 1, GREEN_ECONNRESET}, same = first;
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  CHECK_STATUS(green_group_spawn(group, fail_in_cleanup, NULL), 0);
  CHECK_STATUS(green_group_spawn(group, work, &first), 0);
  CHECK_STATUS(green_group_spawn(group, work, &same), 0);
  int rc = green_group_wait(group);
  const char *text = test_captured(&capture);
  if (test_allocator_failed()) test_saw(GREEN_ENOMEM);
  CHECK_STATUS(rc, GREEN_ECONNRESET);
  CHECK_CONTAINS(text, "the cleanup broke");
  CHECK(!strstr(text, "it broke"));
  return 0;
}

/* ---- the block form -------------------------------------------------------------------------- */

TEST(group_block_ends_with_a_wait) {
  struct part a = {NULL, "a", 1, 0}, b = {NULL, "b", 2, GREEN_EIO};
  int rc = 1, blocks = 0;
  GREEN_GROUP(group, NULL, &rc) {
    blocks++;
    green_group_spawn(group, work, &a);
    green_group_spawn(group, work, &b);
  }
  CHECK_STATUS(rc, GREEN_EIO);
  CHECK_NUMBER(blocks, 1);
  return 0;
}

TEST(group_block_left_by_break_cancels) {
  int cleaned = 0, rc = 1;
  GREEN_GROUP(group, (&(green_group_options){.name = "left"}), &rc) {
    CHECK_STATUS(green_group_spawn(group, clean_up, &cleaned), 0);
    CHECK_STATUS(green_yield(), 0);
    break;
  }
  CHECK_STATUS(rc, GREEN_ECANCELED);
  CHECK_NUMBER(cleaned, 1);
  return 0;
}

TEST(group_block_gone_on_with_waits) {
  int count = 0, rc = 1;
  GREEN_GROUP(group, NULL, &rc) {
    CHECK_STATUS(green_group_spawn(group, add_one, &count), 0);
    continue;
  }
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(count, 1);
  return 0;
}

static int leave_by_return(int *cleaned) {
  GREEN_GROUP(group, NULL, NULL) {
    int rc = green_group_spawn(group, clean_up, cleaned);
    if (rc == 0) rc = green_yield();
    return rc < 0 ? rc : 5;
  }
  return GREEN_ENOMEM;
}

TEST(group_block_left_by_return_cancels) {
  int cleaned = 0;
  CHECK_STATUS(leave_by_return(&cleaned), 5);
  CHECK_NUMBER(cleaned, 1);
  return 0;
}

TEST(group_block_that_could_not_begin_is_passed_over) {
  int rc = 1, blocks = 0;
  GREEN_GROUP(group, (&(green_group_options){.max_tasks = -1}), &rc) {
    blocks += group != NULL;
  }
  CHECK_STATUS(rc, GREEN_EINVAL);
  CHECK_NUMBER(blocks, 0);
  return 0;
}

/* A task writes to what it was lent until the last moment that it has. AddressSanitizer sees a write
 * that comes behind the scope; in other builds a frame that lies there afterwards does. */
static int write_until_the_end(void *arg) {
  volatile char *lent = arg;
  int rc = 0;
  while (rc == 0) {
    lent[0]++;
    rc = green_yield();
  }
  GREEN_SHIELD {
    for (int i = 0; i < 3; i++) {
      green_yield();
      lent[i]++;
    }
  }
  return rc;
}

static int __attribute__((noinline)) lend_and_leave(int how) {
  for (int i = 0; i < 2; i++) {
    char lent[64] = {0};
    int rc = 0;
    GREEN_GROUP(group, NULL, &rc) {
      int spawned = green_group_spawn(group, write_until_the_end, lent);
      if (spawned == 0) spawned = green_yield();
      if (spawned < 0) return spawned;
      if (how == 0) return 0;
      if (how == 1) break;
      if (how == 2) goto out;
      green_group_cancel(group);
    }
    if (rc < 0 && rc != GREEN_ECANCELED) return rc;
  }
out:
  return 0;
}

static int __attribute__((noinline)) wait_upon_the_same_stack(void) {
  volatile char frame[512];
  for (size_t i = 0; i < sizeof frame; i++) frame[i] = 7;
  for (int i = 0; i < 8; i++) {
    int rc = green_yield();
    if (rc < 0) return rc;
  }
  for (size_t i = 0; i < sizeof frame; i++)
    if (frame[i] != 7) return GREEN_EPROTO;
  return 0;
}

TEST(group_leaves_alone_what_it_was_lent) {
  for (int how = 0; how < 4; how++) {
    CHECK_STATUS(lend_and_leave(how), 0);
    CHECK_STATUS(wait_upon_the_same_stack(), 0);
  }
  return 0;
}

/* ---- many ------------------------------------------------------------------------------------ */

TEST(group_of_many) {
  int count = 0, many = (int)test_scale(10000, 20);
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.max_tasks = 100}), 0);
  for (int i = 0; i < many; i++) CHECK_STATUS(green_group_spawn(group, add_one, &count), 0);
  CHECK_STATUS(green_group_wait(group), 0);
  CHECK_NUMBER(count, many);
  return 0;
}
