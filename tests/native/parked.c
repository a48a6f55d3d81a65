/* A program for debuggers: tasks that are parked in ways of their own, and one that runs. */
#include <signal.h>
#include <stdlib.h>
#include <greenio/greenio.h>

static volatile int depth;

/* Here the debugger stops it; with DUMP set, it dumps its core. */
void stop_here(void);
void __attribute__((noinline)) stop_here(void) {
  if (getenv("DUMP")) raise(SIGQUIT);
  depth = depth + 1;
}

int sleep_deep(int frames);
int __attribute__((noinline)) sleep_deep(int frames) {
  int rc = frames ? sleep_deep(frames - 1) : green_sleep(60000);
  depth = depth - 1; /* not a tail call */
  return rc;
}

static int sleeper(void *arg) {
  int rc = sleep_deep(*(int *)arg);
  depth = depth - 1;
  return rc;
}

static int waiter(void *arg) {
  int rc = green_wait(arg);
  depth = depth - 1;
  return rc;
}

static int never_began(void *arg) {
  (void)arg;
  return 0;
}

int run_deep(int frames);
int __attribute__((noinline)) run_deep(int frames) {
  if (frames)
    run_deep(frames - 1);
  else
    stop_here();
  depth = depth + 1;
  return 0;
}

static int runner(void *arg) {
  int rc = run_deep(*(int *)arg);
  depth = depth - 1;
  return rc;
}

/* They wait for a lock that app() has. */
static int reader(void *arg) {
  int rc = green_lock_acquire(arg);
  if (rc == 0) green_lock_release(arg);
  return rc;
}

static int maker(void *arg) {
  green_group *group;
  int rc = green_group_new(&group, NULL);
  if (rc < 0) return rc;
  green_group_spawn(group, reader, arg);
  rc = green_group_wait(group);
  green_group_release(group);
  return rc;
}

static void spawn_in(green_group *group, const char *name, green_function function, void *arg) {
  green_spawn_options options = {.name = name};
  green_group_spawn_with(group, NULL, function, arg, &options);
}

static green_future *spawn(const char *name, green_function function, void *arg) {
  green_spawn_options options = {.name = name};
  return green_spawn_with(function, arg, &options);
}

static int app(void *arg) {
  (void)arg;
  int three = 3;
  green_future *sleeping = spawn("sleeper", sleeper, &three);
  green_future *waiting = spawn("waiter", waiter, sleeping);
  green_lock lock = GREEN_LOCK_INIT;
  green_group *pages = NULL;
  green_future_set_name(green_current(), "holder");
  green_lock_acquire(&lock);
  green_group_new(&pages, &(green_group_options){.name = "pages"});
  spawn_in(pages, "reader", reader, &lock);
  spawn_in(pages, "maker", maker, &lock);
  green_sleep(1);
  green_future *running = spawn("runner", runner, &three);
  green_future *new = spawn("new", never_began, NULL);
  green_join(running);
  green_join(new);
  green_cancel(sleeping);
  green_join(sleeping);
  green_join(waiting);
  green_lock_release(&lock);
  green_group_wait(pages);
  green_group_release(pages);
  return 0;
}

int main(void) {
  return green_run(app, NULL) < 0;
}
