/* The C side of api.test.mjs that is about stacks and memory: jumps, what lies on a parked stack, overflows, memory
 * that grows, many tasks at once. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <emscripten.h>
#include <greenio/greenio.h>

#define EXPORT EMSCRIPTEN_KEEPALIVE

/* ---- setjmp, growth of memory, abort --------------------------------------------------------- */

static int jump_back(jmp_buf *buffer, int depth, int value) {
  green_sleep(1);
  if (depth) return jump_back(buffer, depth - 1, value) + 1;
  longjmp(*buffer, value);
}

/* Parks before, between and behind three jumps. */
EXPORT int jump(int seed) {
  volatile int total = 0;
  for (volatile int i = 0; i < 3; i++) {
    jmp_buf buffer;
    int value = setjmp(buffer);
    green_yield();
    if (value) {
      total += value;
      continue;
    }
    green_sleep((uint64_t)(seed % 3));
    total += jump_back(&buffer, seed % 4, seed + 1);
  }
  return total;
}

EXPORT int aborting(void) {
  green_yield();
  abort();
}

static int aborting_task(void *arg) {
  (void)arg;
  return aborting();
}

/* Ends the module from a task whose bottom is C. */
EXPORT int spawn_and_wait(void) {
  return green_join(green_spawn(aborting_task, NULL));
}

/* ---- what is on a parked stack --------------------------------------------------------------- */

/* Exported, or Binaryen would inline it. */
EXPORT __attribute__((noinline)) int inner_function(int milliseconds) {
  int rc = green_sleep((uint64_t)milliseconds);
  return rc < 0 ? rc : milliseconds;
}

static int outer_function(void *arg) {
  return inner_function((int)(intptr_t)arg) + 1;
}

static green_future *sleeper;
EXPORT void start_sleeper(void) {
  sleeper = green_spawn(outer_function, (void *)(intptr_t)1000000);
  green_future_set_name(sleeper, "sleeper");
}
EXPORT void end_sleeper(void) {
  green_cancel(sleeper);
  green_future_release(sleeper);
}

EXPORT char *report_text(void) {
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  green_report(out);
  fclose(out);
  return text;
}

/* ---- overflows ------------------------------------------------------------------------------- */

/* Recursion is through pointers, so that no compiler makes it a loop. Frames that use the C stack:
 */
static int recurse(int depth);
static int (*volatile recurse_pointer)(int) = recurse;
static int recurse(int depth) {
  volatile char frame[1024];
  frame[depth & 1023] = (char)depth;
  if (depth == 0)
    green_yield();
  else
    recurse_pointer(depth - 1);
  return frame[depth & 1023];
}

/* Memory that may be overwritten; and whether the running stack of so many bytes lies right above it, and not above
 * something else, which depends on what is free. */
#define CUSHION   (300 << 10)
#define ELSEWHERE 1000
static bool lies_above(const char *cushion, int stack) {
  char *volatile here = (char *)&here;
  return here > cushion + CUSHION && here - cushion < CUSHION + stack + 4096;
}

struct digging {
  int depth, stack;
  char *cushion;
};
static int recursing_task(void *arg) {
  const struct digging *digging = arg;
  return lies_above(digging->cushion, digging->stack) ? recurse(digging->depth) : ELSEWHERE;
}

/* A stack of some 200 KiB, of each size one that is made anew. */
EXPORT char *message_of_recursing_task(int depth) {
  char *cushions[16];
  int count = 0, rc = ELSEWHERE;
  char *text = malloc(200);
  while (rc == ELSEWHERE && count < 16) {
    cushions[count] = malloc(CUSHION);
    struct digging digging = {depth, (200 + 4 * count) << 10, cushions[count]};
    count++;
    green_spawn_options options = {.name = "digger", .stack_size = (size_t)digging.stack};
    green_future *future = green_spawn_with(recursing_task, &digging, &options);
    rc = green_wait(future);
    snprintf(text, 200, "%s: %s", green_status_name(rc), green_future_message(future));
    green_future_release(future);
  }
  while (count) free(cushions[--count]);
  return text;
}

/* Writes below its stack, by so many frames of about a kilobyte; traps there. */
static int dig(int depth);
static int (*volatile dig_pointer)(int) = dig;
static int dig(int depth) {
  volatile char frame[1000];
  memset((char *)frame, depth, sizeof frame);
  if (depth == 0) __builtin_trap();
  return dig_pointer(depth - 1) + frame[depth & 511];
}
EXPORT int dig_and_trap(int depth) {
  char *volatile cushion = malloc(300 << 10); /* below the next task */
  green_yield();
  int rc = dig(depth);
  free(cushion);
  return rc;
}
EXPORT int trap_at_once(void) {
  __builtin_trap();
}

/* A call that overflows its stack, of `stack` bytes, before it first waits. */
static char *call_cushion;
EXPORT void lay_cushion(void) {
  call_cushion = malloc(CUSHION); /* the last one stays: another one is to lie elsewhere */
}
EXPORT int recurse_at_once(int depth, int stack) {
  return lies_above(call_cushion, stack) ? recurse(depth) : ELSEWHERE;
}

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

static int digger(void *arg) {
  return dig((int)(intptr_t)arg);
}
EXPORT int spawn_digger(int depth) {
  green_join(green_spawn(nothing, NULL)); /* its future is used again, and lies below */
  char *volatile cushion = malloc(300 << 10);
  green_spawn_options options = {.name = "digger", .stack_size = 100 << 10};
  green_future *future = green_spawn_with(digger, (void *)(intptr_t)depth, &options);
  int rc = green_wait(future);
  green_fail(rc, "%s", green_future_message(future));
  green_future_release(future);
  free(cushion);
  return rc;
}

/* Frames as a compiler makes them, which are written over from end to end. */
static int pile(int depth) {
  volatile char room[2000];
  for (size_t i = 0; i < sizeof room; i++) room[i] = (char)depth;
  int rest = depth ? pile(depth - 1) : 0;
  return rest + (room[depth] - (char)depth);
}
static int piler(void *arg) {
  int rc = pile((int)(intptr_t)arg);
  return rc ? rc : green_yield();
}
EXPORT int spawn_piler(int depth) {
  char *volatile below = malloc(16 << 10);
  green_spawn_options options = {.name = "piler"};
  green_future *future = green_spawn_with(piler, (void *)(intptr_t)depth, &options);
  int rc = green_wait(future);
  green_fail(rc, "%s", green_future_message(future));
  green_future_release(future);
  free(below);
  return rc;
}

static void dig_in_callback(green_future *future, void *arg) {
  (void)future;
  dig((int)(intptr_t)arg);
}
EXPORT int dig_on_host_stack(int depth) {
  green_future *future;
  if (green_future_new(&future) < 0) return 1;
  green_future_on_done(future, dig_in_callback, (void *)(intptr_t)depth);
  green_resolve(future, NULL, NULL);
  green_future_release(future);
  return green_sleep(20);
}

/* Frames whose locals are all saved by the park; they lie on the C stack at -O0 alone. */
static int deepen(int depth, int a, int b, int c);
static int (*volatile deepen_pointer)(int, int, int, int) = deepen;
static int deepen(int depth, int a, int b, int c) {
  if (depth == 0) return green_yield() + a;
  int r = deepen_pointer(depth - 1, a + 1, b + 2, c + 3);
  return r + a * b * c * 0;
}

EXPORT int deep(int depth) {
  return deepen(depth, 0, 1, 2);
}

static int endless(int n);
static int (*volatile endless_pointer)(int) = endless;
static int endless(int n) {
  return endless_pointer(n + 1) + 1;
}
EXPORT int recurse_for_ever(void) {
  green_yield();
  return endless(0);
}

EXPORT int trap(void) {
  green_yield();
  __builtin_trap();
}

/* ---- memory growth, fairness ----------------------------------------------------------------- */

EXPORT int grow(void) {
  char *memory = malloc(64 << 20);
  if (!memory) return 0;
  memory[(64 << 20) - 1] = 1;
  free(memory);
  return 1;
}

static unsigned counts[10000];
static bool stop_yielding;
static int yielder(void *arg) {
  unsigned *count = arg;
  while (!stop_yielding) {
    ++*count;
    green_yield();
  }
  return 0;
}

EXPORT int start_yielders(int count) {
  for (int i = 0; i < count; i++) {
    counts[i] = 0;
    green_future_release(
        green_spawn_with(yielder, &counts[i], &(green_spawn_options){.stack_size = 1024}));
  }
  return count;
}

EXPORT int most_resumes(void) {
  unsigned most = 0;
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    if (counts[i] > most) most = counts[i];
  return (int)most;
}

EXPORT void end_yielders(void) {
  stop_yielding = true;
}

EXPORT int leave(int code) {
  green_yield();
  exit(code);
}

/* What a call finds of the one before it: errno, a local value, a name, a message; and leaves its
 * own.
 */
static int traces_dropped;

static void drop_trace(void *value) {
  (void)value;
  traces_dropped++;
}

static green_local trace = GREEN_LOCAL_INIT(drop_trace);

EXPORT int leave_traces(void) {
  static char mark;
  int found = errno != 0;
  found += green_local_get(&trace) != NULL;
  const char *name = green_future_name(green_current()); /* its own, if it had to queue */
  found += name && !strcmp(name, "traced");
  found += *green_message() != 0;
  errno = ENOENT;
  green_local_set(&trace, &mark);
  green_future_set_name(green_current(), "traced");
  green_fail(0, "no failure");
  return found;
}

EXPORT int say_of_success(void) {
  int said_before = *green_message() != 0;
  green_fail(0, "it went well");
  return said_before;
}

EXPORT int get_traces_dropped(void) {
  return traces_dropped;
}

/* Leaves scopes by a road that their cleanup does not see. */
EXPORT int jump_out(void) {
  jmp_buf place;
  if (setjmp(place)) return 0;
  GREEN_TIMEOUT(5) {
    GREEN_SHIELD {
      longjmp(place, 1);
    }
  }
  return 1;
}

static green_future *kept;

EXPORT void keep_future(void) {
  kept = green_future_retain(green_current());
}

EXPORT int kept_is_done(void) {
  bool done = green_done(kept);
  green_future_release(kept);
  return done;
}
