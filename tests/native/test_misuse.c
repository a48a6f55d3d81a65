/* What a program does wrong with a handle is told by name; a debug build ends there, others go on.
 * In a child process. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "child.h"
#include "harness.h"

#ifdef GREENIO_DEBUG
#define GOES_ON false
#else
#define GOES_ON true
#endif

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true /* which says it in its own words */
#else
#define SANITIZED false
#endif

#if defined(__SANITIZE_THREAD__)
#define THREAD_SANITIZED true
#else
#define THREAD_SANITIZED false
#endif

/* libuv's pool joins its threads at exit, which waits for ever in a child of fork(), but not in glibc. */
#ifdef __GLIBC__
#define EXIT_JOINS false
#else
#define EXIT_JOINS true
#endif

static green_future *named(green_function function, const char *name) {
  green_spawn_options options = {.name = name};
  return green_spawn_with(function, NULL, &options);
}

static int quick(void *arg) {
  (void)arg;
  return 0;
}

static int slow(void *arg) {
  (void)arg;
  return green_sleep(20);
}

/* Each ends with 7 if it is to go on. */
static int release_twice(void *arg) {
  (void)arg;
  green_future *future = named(quick, "twice");
  int rc = green_wait(future);
  green_future_release(future);
  green_future_release(future);
  return rc < 0 ? rc : 7;
}

static int join_and_release(void *arg) {
  (void)arg;
  green_future *future = named(quick, "twice");
  int rc = green_join(future);
  green_future_release(future);
  return rc < 0 ? rc : 7;
}

/* The task's own reference is not the program's: it runs on, and what is spawned behind it too. */
static int release_twice_while_it_runs(void *arg) {
  (void)arg;
  green_future *future = named(slow, "twice");
  int rc = green_yield();
  green_future_release(future);
  green_future_release(future);
  for (int i = 0; i < 100 && rc >= 0; i++) rc = green_join(green_spawn(slow, NULL));
  return rc < 0 ? rc : 7;
}

static int release_while_another_waits(void *arg) {
  (void)arg;
  green_future *future;
  int rc = green_future_new(&future);
  if (rc < 0) return rc;
  green_future_set_name(future, "twice");
  green_future *waiter = green_spawn((green_function)green_wait, future);
  rc = green_yield();
  green_future_release(future);
  green_resolve(future, NULL, NULL);
  int waited = green_join(waiter);
  return rc < 0 ? rc : waited < 0 ? waited : 7;
}

static int retain_after_release(void *arg) {
  (void)arg;
  green_future *future = named(quick, "twice");
  int rc = green_join(future);
  green_future_retain(future);
  return rc < 0 ? rc : 7;
}

static int in_child(void *function) {
  return green_run((green_function)function, NULL);
}

static int check_misuse(green_function function, const char *words) {
  static struct child child;
  CHECK_STATUS(child_run(&child, in_child, (void *)function), 0);
  if (SANITIZED && strstr(child.text, "AddressSanitizer")) return 0;
  CHECK_CONTAINS(child.text, "greenio: a future of twice was ");
  CHECK_CONTAINS(child.text, words);
  if (GOES_ON)
    CHECK(WIFEXITED(child.ended) && WEXITSTATUS(child.ended) == 7);
  else
    CHECK(!WIFEXITED(child.ended) || WEXITSTATUS(child.ended) != 7);
  return 0;
}

TEST_OUTSIDE(misuse_released_twice) {
  return check_misuse(release_twice, "released once too often");
}

TEST_OUTSIDE(misuse_joined_and_released) {
  return check_misuse(join_and_release, "released once too often");
}

TEST_OUTSIDE(misuse_released_twice_while_it_runs) {
  return check_misuse(release_twice_while_it_runs, "released once too often");
}

TEST_OUTSIDE(misuse_released_while_another_waits) {
  return check_misuse(release_while_another_waits, "released once too often");
}

TEST_OUTSIDE(misuse_retained_after_release) {
  return check_misuse(retain_after_release, "retained after its last reference");
}

/* ---- handles of other kinds: a debug build knows those that were released last ---- */

static int pool_twice(void *arg) {
  green_pool *pool;
  (void)arg;
  if (green_pool_new(&pool, &(green_pool_options){.max_workers = 1}) < 0) return 1;
  green_pool_release(pool);
  green_pool_release(pool);
  return 0;
}

static int channel_twice(void *arg) {
  green_channel *channel;
  (void)arg;
  if (green_channel_new(&channel, 1, 1) < 0) return 1;
  green_channel_release(channel);
  green_channel_release(channel);
  return 0;
}

static int channel_retained(void *arg) {
  green_channel *channel;
  (void)arg;
  if (green_channel_new(&channel, 1, 1) < 0) return 1;
  green_channel_release(channel);
  green_channel_retain(channel);
  return 0;
}

static int file_twice(void *arg) {
  green_file *file;
  (void)arg;
  if (green_file_open(&file, "/dev/null", GREEN_FILE_READ) < 0) return 1;
  green_file_release(file);
  green_file_release(file);
  return 0;
}

static int listener_twice(void *arg) {
  green_listener *listener;
  (void)arg;
  if (green_listener_open(&listener, "127.0.0.1", 0, NULL) < 0) return 1;
  green_listener_release(listener);
  green_listener_release(listener);
  return 0;
}

#ifndef GREENIO_NO_HTTP
static int client_twice(void *arg) {
  green_http_client *client;
  (void)arg;
  if (green_http_client_new(&client, NULL) < 0) return 1;
  green_http_client_release(client);
  green_http_client_release(client);
  return 0;
}
#endif

static int app_twice(void *arg) {
  green_app *app;
  (void)arg;
  if (green_app_new(&app, &(green_app_options){.workers = 0}) < 0) return 1;
  green_app_release(app);
  green_app_release(app);
  return 0;
}

TEST_OUTSIDE(misuse_of_other_handles) {
  if (GOES_ON) SKIP("a build that is not Debug does not remember handles that were released");
  static const struct {
    green_function function;
    const char *call;
  } cases[] = {
      {pool_twice, "green_pool_release"},          {channel_twice, "green_channel_release"},
      {channel_retained, "green_channel_retain"},  {file_twice, "green_file_release"},
      {listener_twice, "green_listener_release"},  {app_twice, "green_app_release"},
#ifndef GREENIO_NO_HTTP
      {client_twice, "green_http_client_release"},
#endif
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    static struct child child;
    if (THREAD_SANITIZED && cases[i].function == file_twice)
      continue; /* no threads behind fork() */
    CHECK_STATUS(child_run(&child, in_child, (void *)cases[i].function), 0);
    CHECK_CONTAINS(child.text, cases[i].call);
    CHECK_CONTAINS(child.text, "was released before");
    CHECK(WIFSIGNALED(child.ended));
  }
  return 0;
}

/* ---- exit() while there are tasks ---- */

static int fail(void *arg) {
  (void)arg;
  return green_fail(GREEN_EIO, "half way");
}

static int exit_in_a_task(void *arg) {
  (void)arg;
  named(fail, "download");
  green_yield();
  exit(0);
}

static int exit_without_a_run(void *arg) {
  (void)arg;
  named(fail, "one");
  named(fail, "two");
  exit(0);
}

TEST_OUTSIDE(misuse_tasks_that_never_ran_are_told_at_exit) {
  if (THREAD_SANITIZED) SKIP("ThreadSanitizer does not end a child of fork() that calls exit()");
  if (EXIT_JOINS) SKIP("exit() in a child of fork() waits for threads of libuv's that it has not");
  SKIP_WITHOUT_THREADS_BEHIND_FORK(); /* which exit() does, for libuv's pool */
  static struct child child;
  CHECK_STATUS(child_run(&child, exit_without_a_run, NULL), 0);
  CHECK_CONTAINS(child.text, "greenio: 2 tasks never ran: green_run() runs tasks");
  return 0;
}

TEST_OUTSIDE(misuse_unseen_failure_is_told_at_exit) {
  if (THREAD_SANITIZED) SKIP("ThreadSanitizer does not end a child of fork() that calls exit()");
  if (EXIT_JOINS) SKIP("exit() in a child of fork() waits for threads of libuv's that it has not");
  SKIP_WITHOUT_THREADS_BEHIND_FORK(); /* which exit() does, for libuv's pool */
  static struct child child;
  CHECK_STATUS(child_run(&child, in_child, (void *)exit_in_a_task), 0);
  CHECK_CONTAINS(child.text, "nobody looked at a failed future of download: EIO: half way");
  CHECK(!strstr(strstr(child.text, "download") + 1, "download"));
  return 0;
}
