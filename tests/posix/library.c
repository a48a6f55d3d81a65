#include "library.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <greenio/posix.h>

const char *address;

int wrong(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  return GREEN_EPROTO;
}

__attribute__((weak)) int enable(void) {
  return green_posix_enable();
}

static int work_in_task(void *arg) {
  return work(*(int *)arg, true);
}

static int watch_in_task(void *arg) {
  (void)arg;
  return watch();
}

static int count_turns(void *arg) {
  for (;;) {
    int rc = green_sleep(1);
    if (rc < 0) return rc;
    ++*(int *)arg;
  }
}

static int app(void *arg) {
  (void)arg;
  green_future *tasks[TASKS + 1];
  green_spawn_options options = {.stack_size = (size_t)512 << 10, .copy_size = sizeof(int)};
  int turns = 0, failed = 0, rc;
  uint64_t begun = green_now();
  green_future *ticking = green_spawn(count_turns, &turns);
  for (int i = 0; i < TASKS; i++) tasks[i] = green_spawn_with(work_in_task, &i, &options);
  options.copy_size = 0;
  tasks[TASKS] = green_spawn_with(watch_in_task, NULL, &options);
  for (int i = 0; i <= TASKS; i++)
    if ((rc = green_join(tasks[i])) < 0 && !failed) failed = rc;
  printf("%d tasks took %.1f ms\n", TASKS, (double)(green_now() - begun) / 1e6);
  green_cancel(ticking);
  green_join(ticking);
  if (turns < 1) return wrong("another task did not run");
  return failed;
}

static int plain(void) {
  int rc = 0;
  for (int i = 0; i < PLAIN && rc == 0; i++) rc = work(i, false);
  return rc;
}

int main(int argc, char **argv) {
  if (argc != 3) return wrong("usage: %s plain|tasks|green ADDRESS", argv[0]), 2;
  address = argv[2];
  int rc;
  if (strcmp(argv[1], "plain") == 0) {
    rc = plain();
  } else {
    rc = enable();
    if (rc == 0) rc = green_run(app, NULL);
    if (rc == 0 && strcmp(argv[1], "green") != 0) rc = plain(); /* enabled, but outside tasks */
  }
  if (rc < 0) return wrong("failed: %s", green_strerror(rc)), 1;
  puts("ok");
  return 0;
}
