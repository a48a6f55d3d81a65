/* fork() beside what stands on the runtime: the HTTP client, libuv's threads, and the program's own
 * libuv loop. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <greenio/file.h>
#include <greenio/uv.h>
#include "child.h"
#include "harness.h"

#ifndef GREENIO_NO_HTTP
/* Nobody listens there. Its own client does not come from the parent. */
static int request(void *arg) {
  (void)arg;
  green_http_response *response = NULL;
  int rc = green_http_get(NULL, &response, "http://127.0.0.1:1/");
  green_http_response_release(response);
  return rc;
}

static int run_request(void *arg) {
  return green_run(request, arg) == GREEN_ECONNREFUSED ? 0 : 1;
}

TEST(fork_in_a_task_and_requests_on_both_sides) {
  static struct child child;
  CHECK_STATUS(request(NULL), GREEN_ECONNREFUSED);
  CHECK_STATUS(child_run(&child, run_request, NULL), 0);
  CHECK(WIFEXITED(child.ended));
  CHECK_NUMBER(WEXITSTATUS(child.ended), 0);
  CHECK_STATUS(request(NULL), GREEN_ECONNREFUSED);
  return 0;
}
#endif

/* ---- exit() in a child, where the parent has threads ---- */

#ifndef __SANITIZE_THREAD__ /* which lets no thread begin behind a fork() */

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

static int exit_at_once(void *arg) {
  (void)arg;
  exit(3);
}

static int exit_in_task(void *arg) {
  return green_run(exit_at_once, arg);
}

static int offload_and_exit(void *arg) {
  exit(green_run(nothing, arg) == 0 && green_offload(nothing, arg) == GREEN_EMAIN ? 3 : 4);
}

static int offload_in_task(void *arg) {
  return green_offload(nothing, arg);
}

static int use_threads_and_exit(void *arg) {
  exit(green_run(offload_in_task, arg) == 0 ? 3 : 4);
}

static bool exited(const struct child *child) {
  return WIFEXITED(child->ended) && WEXITSTATUS(child->ended) == 3;
}

static int fork_and_exit(void *arg) {
  static struct child child;
  int (*const ends[])(void *) = {exit_at_once, use_threads_and_exit};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (child_run(&child, ends[i], arg) < 0 || !exited(&child)) exit(4);
  exit(3);
}

static int fork_with_threads_and_exit(void *arg) {
  if (green_run(offload_in_task, arg) < 0) exit(4);
  return fork_and_exit(arg);
}

TEST(fork_child_may_exit_where_its_parent_has_offloaded) {
  SKIP_WITHOUT_THREADS_BEHIND_FORK();
  int (*const ends[])(void *) = {exit_at_once,  exit_in_task,         offload_and_exit,
                                 fork_and_exit, use_threads_and_exit, fork_with_threads_and_exit};
  CHECK_STATUS(green_offload(nothing, NULL), 0);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    static struct child child;
    CHECK_STATUS(child_run(&child, ends[i], NULL), 0);
    CHECK_STRING(child.text, "");
    CHECK(WIFEXITED(child.ended));
    CHECK_NUMBER(WEXITSTATUS(child.ended), 3);
  }
  return 0;
}

TEST(fork_child_may_exit_where_its_parent_has_used_files) {
  SKIP_WITHOUT_THREADS_BEHIND_FORK();
  static struct child child;
  CHECK_STATUS(green_path_stat("/", &(green_file_status){0}), 0);
  CHECK_STATUS(child_run(&child, exit_at_once, NULL), 0);
  CHECK_STRING(child.text, "");
  CHECK(WIFEXITED(child.ended));
  CHECK_NUMBER(WEXITSTATUS(child.ended), 3);
  return 0;
}

#endif

static pid_t child_of_call;
static int calls_of_parent;

static void fork_posted(void *arg) {
  (void)arg;
  child_of_call = fork();
}

static void call_of_parent(void *arg) {
  (void)arg;
  if (child_of_call == 0) _exit(1);
  calls_of_parent++;
}

/* The calls are still there when the runtime is let go, and are run then. */
static int post_and_detach(void *arg) {
  int ended = 0;
  uv_loop_t loop;
  uv_loop_init(&loop);
  green_uv_attach(&loop);
  if (green_post(green_runtime_current(), fork_posted, arg) < 0) return 1;
  if (green_post(green_runtime_current(), call_of_parent, arg) < 0) return 1;
  green_uv_detach();
  waitpid(child_of_call, &ended, 0);
  uv_run(&loop, UV_RUN_DEFAULT); /* the closed handles' memory is released */
  if (uv_loop_close(&loop) < 0 || calls_of_parent != 1) return 1;
  return WIFSIGNALED(ended) ? WTERMSIG(ended) : 1;
}

TEST_OUTSIDE(fork_child_that_returns_to_a_detach_runs_nothing_of_its_parents) {
  static struct child child;
  CHECK_STATUS(child_run(&child, post_and_detach, NULL), 0);
  CHECK(WIFEXITED(child.ended));
  CHECK_NUMBER(WEXITSTATUS(child.ended), SIGABRT);
  CHECK_CONTAINS(child.text, "a child of fork() went back into the event loop of its parent");
  return 0;
}
