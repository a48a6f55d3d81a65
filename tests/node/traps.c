/* The C side of traps.test.mjs: tasks that trap, beside others that must not notice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <emscripten.h>
#include <greenio/greenio.h>
#include <greenio/observe.h>
#include <greenio/trace.h>

#define EXPORT EMSCRIPTEN_KEEPALIVE

/* ---- ways to trap ---------------------------------------------------------------------------- */

static int one_argument(int n) {
  return n;
}

static int deeper(int depth, int how);
static int (*volatile deeper_pointer)(int, int) = deeper;
static volatile int zero;
static int *volatile nowhere = (int *)(uintptr_t)0xfffffff0;
static void *volatile some_function = (void *)(uintptr_t)one_argument;

static int deeper(int depth, int how) {
  volatile char frame[100];
  frame[depth] = (char)how;
  if (depth) return deeper_pointer(depth - 1, how) + frame[depth];
  switch (how) {
  case 0:
    __builtin_trap();
  case 1:
    return *nowhere;
  case 2:
    return 7 / zero;
  default:
    return ((int (*)(int, double))(uintptr_t)some_function)(1, 2);
  }
}

/* Traps behind so many waits, and in a few frames. */
EXPORT int trap_behind(int waits, int how) {
  for (int i = 0; i < waits; i++) green_yield();
  return deeper(5, how);
}

static int trap_task(void *arg) {
  return trap_behind((int)(intptr_t)arg, 0);
}

static char *outcome_of(green_future *future) {
  char *text = malloc(200);
  int rc = green_wait(future);
  snprintf(text, 200, "%s: %s", green_status_name(rc), green_future_message(future));
  green_future_release(future);
  return text;
}

EXPORT char *trap_in_task(int waits) {
  green_future *future = green_spawn(trap_task, (void *)(intptr_t)waits);
  green_future_set_name(future, "victim");
  return outcome_of(future);
}

static char *job_outcome(green_pool *pool, green_function function, int waits) {
  return outcome_of(green_pool_submit(pool, function, (void *)(intptr_t)waits));
}

static int fine(void *arg) {
  return (int)(intptr_t)arg;
}

/* Of a job in a pool, whose worker is lost with it; and of the next. */
EXPORT char *trap_in_job(int waits) {
  green_pool *pool;
  green_pool_new(&pool, &(green_pool_options){.max_workers = 1});
  char *first = job_outcome(pool, trap_task, waits), *second = job_outcome(pool, fine, 3);
  first = realloc(first, 400);
  strcat(strcat(first, ", then "), second);
  free(second);
  green_join(green_pool_shutdown(pool));
  green_pool_release(pool);
  return first;
}

/* ---- what belongs to a task that traps --------------------------------------------------------- */

static green_lock lock = GREEN_LOCK_INIT;
static int destroyed, dropped;

static void destroy(void *value) {
  (void)value;
  destroyed++;
}

static void drop(void *value) {
  (void)value;
  dropped++;
}

static green_local local = GREEN_LOCAL_INIT(destroy);

static int owner(void *arg) {
  green_lock_acquire(&lock);
  green_local_set(&local, &lock);
  green_return(&lock, drop);
  return trap_task(arg);
}

/* A task that has a lock, a local and a value; and what another sees of it: a lock without an owner, 1, 1. */
EXPORT int trap_of_owner(int waits) {
  destroyed = dropped = 0;
  int rc = green_join(green_spawn(owner, (void *)(intptr_t)waits));
  int locked = green_lock_acquire(&lock);
  green_lock_release(&lock);
  return rc == GREEN_EEXCEPTION && locked == GREEN_EOWNERDEAD && destroyed == 1 && dropped == 1;
}

static int member(void *arg) {
  return arg ? trap_task(arg) : green_sleep(1000000);
}

/* Of a group: the others are cancelled, and it fails as its member. */
EXPORT char *trap_in_group(int waits) {
  green_group *group;
  green_group_new(&group, NULL);
  green_group_spawn(group, member, NULL);
  green_group_spawn(group, member, (void *)(intptr_t)waits);
  char *text = malloc(200);
  int rc = green_group_wait(group);
  snprintf(text, 200, "%s: %s", green_status_name(rc), green_message());
  green_group_release(group);
  return text;
}

/* ---- others, each with a stack full of its own -------------------------------------------------- */

static unsigned random_state = 1;
static unsigned random_below(unsigned most) {
  random_state = random_state * 1664525 + 1013904223;
  return (random_state >> 8) % most;
}

/* Waits in so many frames of its own, and looks that nobody has written there. */
static int keep(int depth, int mine) {
  volatile int words[32];
  for (int i = 0; i < 32; i++) words[i] = mine * 1000 + depth + i;
  int damaged = 0;
  if (depth) damaged += keep(depth - 1, mine);
  for (unsigned i = random_below(4); i; i--) green_yield();
  for (int i = 0; i < 32; i++) damaged += words[i] != mine * 1000 + depth + i;
  return damaged;
}

static int keeper(void *arg) {
  return keep(10, (int)(intptr_t)arg);
}

/* Tasks that trap among such that do not: how many words of those are damaged, or -1 if one ended otherwise than
 * it must. */
EXPORT int trap_among(int count) {
  green_future **tasks = calloc((size_t)count, sizeof *tasks);
  int damaged = 0;
  for (int i = 0; i < count; i++)
    tasks[i] = green_spawn(i % 3 ? keeper : trap_task, (void *)(intptr_t)(1 + i % 7));
  for (int i = 0; i < count; i++) {
    int rc = green_join(tasks[i]);
    if (damaged >= 0)
      damaged = rc == (i % 3 ? 0 : GREEN_EEXCEPTION) ? damaged + (rc > 0 ? rc : 0) : -1;
  }
  free(tasks);
  return damaged;
}

EXPORT int nap(int milliseconds) {
  return green_sleep((uint64_t)milliseconds);
}

EXPORT int add(int a, int b) {
  return a + b;
}

/* ---- where the instance must not go on --------------------------------------------------------- */

EXPORT int abort_behind(int waits) {
  for (int i = 0; i < waits; i++) green_yield();
  abort();
}

static void trap_in_callback(green_future *future, void *arg) {
  (void)future, (void)arg;
  deeper(1, 0);
}

EM_JS(void, throw_of_javascript, (void), { throw new Error('thrown by a handler'); })
static void trap_in_handler(void) {
  __builtin_trap();
}
EXPORT int exit_fails(int waits, int throws) {
  atexit(throws ? throw_of_javascript : trap_in_handler);
  while (waits-- > 0) green_sleep(1);
  exit(7);
}

EXPORT int callback_traps(void) {
  green_future *future;
  green_future_new(&future);
  green_future_on_done(future, trap_in_callback, NULL);
  green_resolve(future, NULL, NULL);
  green_future_release(future);
  return green_sleep(1000);
}

static void trap_in_destructor(void *value) {
  (void)value;
  deeper(1, 0);
}

static green_local trapping_local = GREEN_LOCAL_INIT(trap_in_destructor);

EXPORT int destructor_traps(int waits) {
  for (int i = 0; i < waits; i++) green_yield();
  green_local_set(&trapping_local, (void *)&zero);
  return 0;
}

/* The links of a task that waits for the lock, as a change that was left half way would leave them. */
static int waits_for_lock(void *arg) {
  (void)arg;
  return green_lock_acquire(&lock);
}

EXPORT int links_are_damaged(int waits) {
  green_lock_acquire(&lock);
  green_future *first = green_spawn(waits_for_lock, NULL);
  green_future *second = green_spawn(waits_for_lock, NULL);
  for (int i = 0; i < waits; i++) green_yield();
  memset((void *)lock.waiters.head, 0, sizeof(void *));
  deeper(1, 0);
  green_future_release(first);
  green_future_release(second);
  return 0;
}

/* Its own future is overwritten. */
EXPORT int future_is_damaged(int waits) {
  for (int i = 0; i < waits; i++) green_yield();
  memset((void *)green_current(), 0x55, 64);
  return deeper(1, 0);
}

/* ---- observers that trap ------------------------------------------------------------------------ */

static bool observer_is_to_trap;

static void trap_once(void) {
  if (observer_is_to_trap) deeper(1, 0);
}

static void trap_in_span(const green_span_begun *begun, uint64_t now, void *data) {
  (void)begun, (void)now, (void)data;
  trap_once();
}

static void trap_in_park(unsigned long task, const char *what, const void *object, uint64_t now,
                         void *data) {
  (void)task, (void)what, (void)object, (void)now, (void)data;
  trap_once();
}

static const green_observer trapping = {.span_begin = trap_in_span, .park = trap_in_park};
static green_observation *trapping_observation;
static size_t traced;

static int count_traced(const char *data, size_t size, void *arg) {
  (void)data, (void)arg;
  traced += size;
  return 0;
}

/* A trace and an observer begin. */
EXPORT int observer_begins(void) {
  traced = 0;
  int rc = green_trace_start(&(green_trace_options){.write = count_traced});
  return rc < 0 ? rc : green_observe(&trapping_observation, &trapping, NULL);
}

/* On the stack of this task. */
EXPORT int observer_traps_in_span(int waits) {
  green_span span;
  for (int i = 0; i < waits; i++) green_yield();
  observer_is_to_trap = true;
  green_span_begin(&span, "span", NULL);
  return 0;
}

/* When this task has let go of its stack. */
EXPORT int observer_traps_in_park(int waits) {
  for (int i = 0; i < waits; i++) green_yield();
  observer_is_to_trap = true;
  return green_yield();
}

/* Both end, and others may begin. */
EXPORT int observer_ends(void) {
  observer_is_to_trap = false;
  int rc = green_trace_stop();
  green_observation_release(trapping_observation);
  if (rc == 0) rc = green_observe(&trapping_observation, &trapping, NULL);
  if (rc == 0) rc = green_sleep(1);
  green_observation_release(trapping_observation);
  return rc < 0 ? rc : traced > 0;
}
