/* Where the calls are libc's own, natively: children, other threads, what greenio does itself. */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "posix_test.h"

struct log {
  pthread_mutex_t mutex;
  int file;
};

static int write_log(void *arg) {
  struct log *log = arg;
  for (int i = 0; i < 200; i++) {
    CHECK(pthread_mutex_trylock(&log->mutex) ==
          0); /* a task that has to wait here waits for ever */
    ssize_t count = write(log->file, "line\n", 5);
    pthread_mutex_unlock(&log->mutex);
    CHECK_STATUS(call_outcome(count), 5);
    if (i % 10 == 0) CHECK_STATUS(green_yield(), 0);
  }
  return 0;
}

TEST(a_mutex_may_be_held_while_a_file_is_written) {
  char path[] = "/tmp/greenio-posix-XXXXXX";
  struct log log = {PTHREAD_MUTEX_INITIALIZER, mkstemp(path)};
  AUTO_FD int file = log.file;
  unlink(path);
  AUTO_JOIN green_future *first = green_spawn(write_log, &log);
  AUTO_JOIN green_future *second = green_spawn(write_log, &log);
  CHECK_STARTED(first);
  CHECK_STARTED(second);
  CHECK_STATUS(green_wait(first), 0);
  CHECK_STATUS(green_wait(second), 0);
  return 0;
}

struct poster {
  green_runtime *runtime;
  bool inside; /* green_post(), which holds a mutex */
};

/* May run when the test has gone. */
static void posted(void *arg) {
  (void)arg;
}

static int post_many(void *arg) {
  struct poster *poster = arg;
  int rounds = (int)test_scale(80, 2);
  for (int i = 0; i < rounds; i++) { /* libuv writes once a round of the loop */
    CHECK(!poster->inside);
    poster->inside = true;
    int rc = green_post(poster->runtime, posted, NULL);
    poster->inside = false;
    CHECK_STATUS(rc, 0);
    CHECK_STATUS(green_sleep(1), 0);
  }
  return 0;
}

TEST(tasks_post_to_their_runtime) {
  struct poster poster = {.runtime = green_runtime_current()};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(3);
  for (int i = 0; i < 3; i++) {
    tasks.at[i] = green_spawn(post_many, &poster);
    CHECK_STARTED(tasks.at[i]);
  }
  for (int i = 0; i < 3; i++) CHECK_STATUS(green_wait(tasks.at[i]), 0);
  return 0;
}

/* ---- a child that shares our memory ---- */

static int wait_readable(void *arg) {
  return green_wait_fd(*(int *)arg, POLLIN);
}

TEST(a_child_of_vfork_leaves_its_parent_alone) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_PAIR struct fd_pair empty = fd_pipe();
  int turns = 0, status = 1;
  char byte;
  AUTO_JOIN green_future *waiting = green_spawn(wait_readable, &pair.a);
  CHECK_STARTED(waiting);
  CHECK_STATUS(green_sleep(1), 0);
  AUTO_JOIN green_future *other = green_spawn(count_turns, &turns);
  CHECK_STARTED(other);
  volatile pid_t child = vfork();
  if (child == 0) {
    close(pair.a);
    close(empty.b);
    struct pollfd one = {.fd = empty.a, .events = POLLIN};
    poll(&one, 1, 1);
    usleep(1);
    _exit(read(pair.b, &byte, 0) == 0 ? 0 : 1);
  }
  CHECK_NUMBER(turns, 0);
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  CHECK(!green_done(waiting));
  usleep(1000); /* the parent's own calls are green */
  CHECK(turns > 0);
  CHECK(write(pair.b, "x", 1) == 1);
  GREEN_TIMEOUT(60000) {
    CHECK_STATUS(green_wait(waiting), POLLIN);
  }
  return 0;
}

static int child_sleeps(void) {
  int turns = 0, status = 1;
  AUTO_JOIN green_future *other = green_spawn(count_turns, &turns);
  CHECK_STARTED(other);
  volatile pid_t child = vfork();
  if (child == 0) {
    usleep(1);
    _exit(0);
  }
  CHECK_NUMBER(turns, 0);
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  usleep(1000);
  CHECK(turns > 0);
  return 0;
}

/* The first child is gone; what it left behind does not make its parent take a second one for itself. */
TEST(each_child_of_vfork_leaves_its_parent_alone) {
  for (int i = 0; i < 3; i++) {
    int rc = child_sleeps();
    if (rc != 0) return rc;
  }
  return 0;
}

/* ---- where libc is libc ---- */

TEST_OUTSIDE(outside_a_task_the_calls_block) {
  AUTO_PAIR struct fd_pair pair = fd_pipe();
  char byte;
  CHECK(write(pair.b, "x", 1) == 1);
  CHECK(read(pair.a, &byte, 1) == 1);
  struct pollfd one = {.fd = pair.a, .events = POLLIN};
  CHECK(poll(&one, 1, 1) == 0);
  CHECK(usleep(1) == 0);
  struct addrinfo *found;
  CHECK(getaddrinfo("127.0.0.1", NULL, NULL, &found) == 0);
  freeaddrinfo(found);
  return 0;
}

static void *read_in_thread(void *arg) {
  char byte;
  return (void *)(intptr_t)read(*(int *)arg, &byte, 1);
}

TEST(another_thread_blocks) {
  AUTO_PAIR struct fd_pair pair = fd_pipe();
  pthread_t thread;
  void *result;
  CHECK(pthread_create(&thread, NULL, read_in_thread, &pair.a) == 0);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(write(pair.b, "x", 1) == 1);
  pthread_join(thread, &result);
  CHECK_NUMBER((intptr_t)result, 1);
  return 0;
}
