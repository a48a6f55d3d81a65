/* A program that does not call vfork(), but loads what does: the child leaves its parent's tasks alone. Usage: vfork_elsewhere
 * MODULE. Prints "ok". */
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>
#include <greenio/greenio.h>
#include <greenio/posix.h>

static int turns;

static int count_turns(void *arg) {
  (void)arg;
  for (;;) {
    turns++;
    int rc = green_yield();
    if (rc < 0) return rc;
  }
}

static int sleep_there(void) {
  return usleep(1000) < 0;
}

static int app(void *arg) {
  int (*in_child_of_vfork)(int (*)(void));
  void *module = dlopen(arg, RTLD_NOW);
  if (!module) return green_fail(GREEN_EIO, "%s", dlerror());
  *(void **)&in_child_of_vfork = dlsym(module, "in_child_of_vfork");
  green_future *other = green_spawn(count_turns, NULL);
  int status = in_child_of_vfork(sleep_there), there = turns;
  usleep(1000);
  bool right = status == 0 && there == 0 && turns > 0;
  green_cancel(other);
  green_join(other);
  if (!right) return green_fail(GREEN_EIO, "status %d, %d turns, then %d", status, there, turns);
  puts("ok");
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 2 || green_posix_enable() < 0) return 2;
  int rc = green_run(app, argv[1]);
  if (rc < 0) fprintf(stderr, "%s\n", green_message());
  return rc < 0;
}
