/* Other threads: posts from them, and runtimes of their own. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>
#include "harness.h"

enum { THREADS = 4, MOST_POSTS = 2000 };

struct meeting {
  green_runtime *runtime;
  green_future *all_called;
  int posts, called, out_of_order;
  atomic_bool out_of_memory;
};

struct poster {
  struct meeting *meeting;
  int last; /* what was called of this thread's, on the runtime's thread */
  pthread_t thread;
};

struct call {
  struct poster *poster;
  int number;
};
static struct call calls[THREADS][MOST_POSTS];

static void called(void *arg) {
  struct call *call = arg;
  struct meeting *meeting = call->poster->meeting;
  EXPECT(green_current() == NULL);
  if (call->number != call->poster->last + 1) meeting->out_of_order++;
  call->poster->last = call->number;
  if (++meeting->called == THREADS * meeting->posts) green_resolve(meeting->all_called, NULL, NULL);
}

/* A post for which there is no memory is tried again. */
static void *post_all(void *arg) {
  struct poster *poster = arg;
  struct meeting *meeting = poster->meeting;
  size_t row = (size_t)poster->last;
  poster->last = -1;
  for (int i = 0; i < meeting->posts; i++) {
    calls[row][i] = (struct call){poster, i};
    while (green_post(meeting->runtime, called, &calls[row][i]) == GREEN_ENOMEM)
      meeting->out_of_memory = true;
  }
  return NULL;
}

TEST(thread_posts_all_arrive_in_their_order) {
  struct meeting meeting = {.posts = (int)test_scale(MOST_POSTS, 5)};
  struct poster posters[THREADS];
  AUTO_FUTURE green_future *all_called = NULL;
  CHECK_STATUS(green_future_new(&all_called), 0);
  meeting.all_called = all_called;
  meeting.runtime = green_runtime_current();
  CHECK_STATUS(green_hold(), 0);
  for (int i = 0; i < THREADS; i++) {
    posters[i].meeting = &meeting;
    posters[i].last = i;
    if (pthread_create(&posters[i].thread, NULL, post_all, &posters[i]) != 0) return GREEN_EAGAIN;
  }
  int rc = green_wait(all_called);
  for (int i = 0; i < THREADS; i++) pthread_join(posters[i].thread, NULL);
  green_unhold();
  if (meeting.out_of_memory) test_saw(GREEN_ENOMEM);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(meeting.out_of_order, 0);
  return 0;
}

/* ---- posts that race with the end ---- */

struct race {
  green_runtime *runtime;
  atomic_int accepted, called;
  pthread_t thread;
};

static void count_call(void *arg) {
  struct race *race = arg;
  atomic_fetch_add(&race->called, 1);
}

/* Does not flood a runtime that gets no time: each post is an allocation, and each fails once. */
static void *post_until_closed(void *arg) {
  struct race *race = arg;
  int rc;
  do {
    if (race->accepted > race->called + 10) usleep(100);
    rc = green_post(race->runtime, count_call, race);
    if (rc == 0) atomic_fetch_add(&race->accepted, 1);
  } while (rc != GREEN_ECLOSED);
  return NULL;
}

static int start_posting(void *arg) {
  struct race *race = arg;
  race->runtime = green_runtime_retain(green_runtime_current());
  if (pthread_create(&race->thread, NULL, post_until_closed, race) != 0) return GREEN_EAGAIN;
  while (race->called < 10) green_yield();
  return 0;
}

TEST_OUTSIDE(thread_posts_that_were_taken_are_called_to_the_last) {
  for (size_t i = 0; i < test_scale(20, 1); i++) {
    struct race race = {0};
    int rc = green_run(start_posting, &race);
    if (race.runtime) {
      pthread_join(race.thread, NULL);
      green_runtime_release(race.runtime);
    }
    CHECK_STATUS(rc, 0);
    CHECK_NUMBER(race.accepted, race.called);
  }
  return 0;
}

/* ---- a runtime a thread ---- */

struct own {
  pthread_t thread;
  int rc;
};

static int sleep_and_count(void *arg) {
  int rc = green_sleep(1);
  ++*(int *)arg;
  return rc;
}

static int run_some(void *arg) {
  (void)arg;
  int count = 0;
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(20);
  for (int i = 0; i < 20; i++) tasks.at[i] = green_spawn(sleep_and_count, &count);
  int rc = green_wait_all(tasks.at, 20);
  return rc < 0 ? rc : count;
}

static void *run_own(void *arg) {
  struct own *own = arg;
  own->rc = green_run(run_some, NULL);
  return NULL;
}

TEST_OUTSIDE(thread_has_a_runtime_of_its_own) {
  struct own threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    if (pthread_create(&threads[i].thread, NULL, run_own, &threads[i]) != 0) return GREEN_EAGAIN;
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i].thread, NULL);
  for (int i = 0; i < THREADS; i++) CHECK_STATUS(threads[i].rc, 20);
  return 0;
}
