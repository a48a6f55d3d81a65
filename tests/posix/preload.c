/* Runs the main() of a program that knows nothing of greenio in a task, beside one that counts. To
 * be preloaded behind libgreenio_posix.so, or libgreenio_pq.so: what is to make calls park is
 * PRELOAD_ENABLE. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <greenio/runtime.h>

int PRELOAD_ENABLE(void);

typedef int main_function(int, char **, char **);
typedef int start_function(main_function *, int, char **, void (*)(void), void (*)(void),
                           void (*)(void), void *);

static main_function *program;
static int argument_count, status, turns;
static char **arguments, **environment;

static void tell(void) {
  fprintf(stderr, "another task ran %s\n", turns >= 10 ? "meanwhile" : "too rarely");
}

static int run_main(void *arg) {
  (void)arg;
  status = program(argument_count, arguments, environment);
  return 0;
}

static int count(void *arg) {
  (void)arg;
  while (green_sleep(1) == 0) turns++;
  return 0;
}

static int app(void *arg) {
  (void)arg;
  green_spawn_options options = {.stack_size = (size_t)8 << 20};
  green_future *counting = green_spawn(count, NULL);
  green_join(green_spawn_with(run_main, NULL, &options));
  green_cancel(counting);
  return green_join(counting);
}

static int main_in_a_task(int argc, char **argv, char **envp) {
  argument_count = argc;
  arguments = argv;
  environment = envp;
  atexit(tell);
  if (PRELOAD_ENABLE() < 0 || green_run(app, NULL) < 0) return 70;
  return status;
}

start_function __libc_start_main;
int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end) {
  start_function *start = (start_function *)dlsym(RTLD_NEXT, "__libc_start_main");
  program = main;
  return start(main_in_a_task, argc, argv, init, fini, rtld_fini, stack_end);
}
