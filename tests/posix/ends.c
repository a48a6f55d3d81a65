#include "ends.h"

#include <stdio.h>
#include <greenio/posix.h>

static const char *address;
static int in_call;
static green_scope
    *deadline; /* to begin when the call is reached: before it a server may be slow */

void reached(void) {
  in_call++;
  if (deadline) green_timeout_begin(deadline, 100);
}

static int block_in_task(void *arg) {
  (void)arg;
  return block(address);
}

static int block_for_a_while(void *arg) {
  (void)arg;
  green_scope scope = {0};
  deadline = &scope;
  int rc = block(address);
  deadline = NULL;
  green_timeout_end(&scope);
  return rc;
}

static bool one_is_done(green_future **tasks, int count) {
  for (int i = 0; i < count; i++)
    if (green_done(tasks[i])) return true;
  return false;
}

/* Spawns tasks that block, and waits until they do, or one cannot. */
static void begin(green_function function, green_future **tasks, int count) {
  green_spawn_options options = {.stack_size = (size_t)512 << 10};
  in_call = 0;
  for (int i = 0; i < count; i++) tasks[i] = green_spawn_with(function, NULL, &options);
  while (in_call < count && !one_is_done(tasks, count) && green_sleep(5) == 0) continue;
}

/* All of them have failed with one of the two. */
static int failed_with(green_future **tasks, int count, const char *what, int one, int other) {
  int result = 0;
  for (int i = 0; i < count; i++) {
    int rc = green_join(tasks[i]);
    if (rc == one || rc == other) continue;
    fprintf(stderr, "%s: a call gave %s\n", what, rc < 0 ? green_strerror(rc) : "no failure");
    result = GREEN_EPROTO;
  }
  return result;
}

static int app(void *arg) {
  (void)arg;
  green_future *tasks[ENDED];
  begin(block_in_task, tasks, 1);
  green_cancel(tasks[0]);
  int rc = failed_with(tasks, 1, "a cancel", GREEN_ECANCELED, WAIT_FAILED);
  if (rc < 0) return rc;
  begin(block_for_a_while, tasks, 1);
  rc = failed_with(tasks, 1, "a deadline", GREEN_ETIMEDOUT, WAIT_FAILED);
  if (rc < 0) return rc;
  begin(block_in_task, tasks, ENDED);
  puts("now");
  fflush(stdout);
  return failed_with(tasks, ENDED, "a server that died", GREEN_ECONNRESET, GREEN_EPIPE);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  address = argv[1];
  int rc = green_posix_enable();
  if (rc == 0) rc = green_run(app, NULL);
  if (rc < 0) return fprintf(stderr, "failed: %s\n", green_strerror(rc)), 1;
  puts("ok");
  return 0;
}
