/* The C side of ends.test.mjs: a program that ends, in the way that its argument says, with processes that run; and
 * one whose start fails when the stack that waits for it is lost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/greenio.h>
#include <greenio/process.h>

#define COMMAND(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- with processes that run ----------------------------------------------------------------- */

static int begin(const char *script, const green_process_options *options) {
  green_process *process;
  int rc = green_process_spawn(&process, COMMAND("sh", "-c", script), options);
  if (rc == 0) printf("%d\n", green_process_id(process));
  return rc;
}

static void trap_on_done(green_future *future, void *arg) {
  (void)future, (void)arg;
  __builtin_trap();
}

static int trap_in_callback(void) {
  green_future *future;
  int rc = green_future_new(&future);
  if (rc == 0) rc = green_future_on_done(future, trap_on_done, NULL);
  if (rc == 0) rc = green_resolve(future, NULL, NULL);
  return rc < 0 ? rc : green_sleep(1000000);
}

/* The last one holds none of the streams of this program. */
static int begin_and_end(void *arg) {
  const char *how = arg;
  const green_process_options group = {.group = true};
  const green_process_options survivor = {.input = GREEN_PROCESS_PIPE,
                                          .output = GREEN_PROCESS_PIPE,
                                          .errors = GREEN_PROCESS_NULL,
                                          .survives = true};
  int rc = begin("exec sleep 1000", NULL);
  if (rc == 0) rc = begin("sleep 1000 & wait", &group);
  if (rc == 0) rc = begin("exec sleep 1000", &survivor);
  fflush(stdout);
  if (rc < 0) return rc;
  if (strcmp(how, "exit") == 0) exit(3);
  if (strcmp(how, "abort") == 0) abort();
  return strcmp(how, "trap") == 0 ? trap_in_callback() : 0;
}

/* ---- a start that fails behind a lost stack -------------------------------------------------- */

static int deeper(int depth);
static int (*volatile deeper_pointer)(int) = deeper;

static int deeper(int depth) {
  volatile int here = depth;
  green_process *process;
  if (depth) return deeper_pointer(depth - 1) + here - depth;
  int rc = green_process_spawn(&process, COMMAND("greenio-no-such-program"), NULL);
  return process ? 1 : rc;
}

static int start_at_depth(void *depth) {
  return deeper((int)(intptr_t)depth);
}

/* Has the stack that was given back, and finds it as it has left it. */
static int fill_and_look(void *arg) {
  volatile unsigned char block[28000];
  int wrong = 0;
  (void)arg;
  for (size_t i = 0; i < sizeof block; i++) block[i] = 0x5a;
  for (int i = 0; i < 3; i++) green_sleep(1);
  for (size_t i = 0; i < sizeof block; i++) wrong += block[i] != 0x5a;
  return wrong;
}

static int lose(void *arg) {
  int rc = 0;
  (void)arg;
  for (int depth = 0, lost = 0; lost < 3 && rc == 0; depth += 4) {
    rc = green_join(green_spawn(start_at_depth, (void *)(intptr_t)depth));
    if (rc != GREEN_EOVERFLOW && rc != GREEN_ENOENT) return rc < 0 ? rc : GREEN_EIO;
    lost += rc == GREEN_EOVERFLOW;
    rc = green_join(green_spawn(fill_and_look, NULL));
  }
  return rc;
}

int main(int argc, char **argv) {
  char *how = argc > 1 ? argv[1] : "";
  int rc = green_run(strcmp(how, "lost") == 0 ? lose : begin_and_end, how);
  if (rc < 0) fprintf(stderr, "%s\n", green_status_name(rc));
  return rc != 0;
}
