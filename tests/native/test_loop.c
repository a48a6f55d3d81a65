/* How greenio uses its libuv loop: it looks for events after each budget, and sleeps when it waits.
 */
#include <stdatomic.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <greenio/uv.h>
#include "child.h"
#include "harness.h"

/* ---- its failures ---- */

TEST_OUTSIDE(status_from_uv_translates) {
  CHECK_NUMBER(green_status_from_uv(0), 0);
  CHECK_NUMBER(green_status_from_uv(17), 0);
  CHECK_NUMBER(green_status_from_uv(UV_ENOENT), GREEN_ENOENT);
  CHECK_NUMBER(green_status_from_uv(UV_ECANCELED), GREEN_ECANCELED);
  CHECK_NUMBER(green_status_from_uv(UV_ENFILE), GREEN_EMFILE);
  CHECK_NUMBER(green_status_from_uv(UV_EOF), GREEN_ECLOSED);
  CHECK_NUMBER(green_status_from_uv(UV_EAI_NONAME), GREEN_ENOHOST);
  CHECK_NUMBER(green_status_from_uv(UV_EAI_MEMORY), GREEN_ENOMEM);
  CHECK_NUMBER(green_status_from_uv(UV_EAI_CANCELED), GREEN_ECANCELED);
  CHECK_NUMBER(green_status_from_uv(UV_UNKNOWN), GREEN_EIO);
  return 0;
}

/* ---- a turn a look ---- */

#define BUDGET 1024 /* resumes: host.h */
#define LOOKS  100

struct busy {
  unsigned long resumes, before, most;
  int looks;
};

/* Before each look for events. */
static void on_prepare(uv_prepare_t *prepare) {
  struct busy *busy = prepare->data;
  unsigned long since = busy->resumes - busy->before;
  if (since > busy->most) busy->most = since;
  busy->before = busy->resumes;
  busy->looks++;
}

static int keep_busy(void *arg) {
  struct busy *busy = arg;
  int rc = 0;
  while (rc == 0 && busy->looks < LOOKS) {
    busy->resumes++;
    rc = green_yield();
  }
  return rc;
}

static void nothing_posted(void *arg) {
  (void)arg;
}

/* Posts and timers, due all the time, make no further turns. */
static int keep_waking(void *arg) {
  struct busy *busy = arg;
  int rc = 0;
  while (rc == 0 && busy->looks < LOOKS) {
    busy->resumes++;
    if (test_saw(green_post(green_runtime_current(), nothing_posted, NULL)) < 0) break;
    rc = green_sleep(1);
  }
  return rc;
}

TEST(loop_is_looked_at_after_each_budget) {
  struct busy busy = {.looks = 0};
  static uv_prepare_t prepare; /* its closing ends with the runtime */
  uv_prepare_init(green_uv_loop(), &prepare);
  prepare.data = &busy;
  uv_prepare_start(&prepare, on_prepare);
  green_future *waking = green_spawn(keep_waking, &busy);
  int rc = keep_busy(&busy);
  int rc_waking = green_join(waking);
  uv_close((uv_handle_t *)&prepare, NULL);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(rc_waking, 0);
  CHECK(busy.most <= BUDGET);
  return 0;
}

/* ---- the end waits for libuv's work ---- */

#define IN_A_ROW 20

struct watcher {
  uv_work_t work;
  long watched; /* the thread */
  atomic_bool slept;
};

static bool sleeps(long thread) {
  char path[64], state = 0;
  snprintf(path, sizeof path, "/proc/self/task/%ld/stat", thread);
  FILE *file = fopen(path, "r");
  if (!file) return false;
  if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1) state = 0;
  fclose(file);
  return state == 'S';
}

/* In a thread of libuv's: until the runtime's thread is seen asleep so many times in a row, which
 * one that spins never is. */
static void watch(uv_work_t *work) {
  struct watcher *watcher = work->data;
  for (int looks = 0, asleep = 0; looks < 5000 && asleep < IN_A_ROW; looks++) {
    asleep = sleeps(watcher->watched) ? asleep + 1 : 0;
    watcher->slept = asleep == IN_A_ROW;
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
}

static void after_watch(uv_work_t *work, int status) {
  (void)work, (void)status;
}

static int leave_work(void *arg) {
  struct watcher *watcher = arg;
  watcher->watched = syscall(SYS_gettid);
  watcher->work.data = watcher;
  return uv_queue_work(green_uv_loop(), &watcher->work, watch, after_watch);
}

TEST_OUTSIDE(loop_sleeps_while_the_end_waits_for_work) {
  struct watcher watcher = {.slept = false};
  CHECK_STATUS(green_run(leave_work, &watcher), 0);
  CHECK(watcher.slept);
  return 0;
}

/* ---- what is begun while it stops ---- */

static green_future *late;

static int sleep_a_little(void *arg) {
  (void)arg;
  return green_sleep(1);
}

static void spawn_late(uv_handle_t *handle) {
  (void)handle;
  late = green_spawn(sleep_a_little, NULL);
}

static int close_and_end(void *arg) {
  uv_close(arg, spawn_late);
  return 0;
}

/* The loop tells of what was closed behind the turn that has ended the last task. */
TEST_OUTSIDE(task_that_begins_while_the_loop_stops_is_no_deadlock) {
  static uv_idle_t idle;
  uv_loop_t *loop = green_uv_loop();
  CHECK_MEMORY(loop);
  CHECK_NUMBER(uv_idle_init(loop, &idle), 0);
  late = NULL;
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  int rc = green_run(close_and_end, &idle);
  AUTO_FUTURE green_future *spawned = late;
  CHECK_STATUS(rc, 0);
  CHECK_STARTED(spawned);
  CHECK_STATUS(green_future_status(spawned), 0);
  CHECK_STRING(test_captured(&capture), "");
  return 0;
}

/* ---- in a daemon ---- */

static int run_without_descriptors(void *arg) {
  (void)arg;
  for (int fd = 0; fd <= 2; fd++) close(fd);
  if (green_run(sleep_a_little, NULL) != 0) return 1;
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl(fd, F_GETFD) < 0) return 2;
  return 0;
}

/* libuv aborts where a descriptor of its own has such a number. */
TEST_OUTSIDE(program_that_has_closed_the_standard_descriptors_runs) {
  struct child child;
  CHECK_STATUS(child_run(&child, run_without_descriptors, NULL), 0);
  CHECK_STRING(child.text, "");
  CHECK(WIFEXITED(child.ended));
  CHECK_NUMBER(WEXITSTATUS(child.ended), 0);
  return 0;
}
