/* The fiber side of wasm.switch: a pair of emscripten_fiber_swap, from main into a fiber that swaps
 * back from `depth` frames below its own, so one park and one resume of that fiber.
 * Usage: fiber DEPTH COUNT. Prints nanoseconds a pair. Relies on emcc -sASYNCIFY. */
#include <emscripten.h>
#include <emscripten/fiber.h>
#include <stdio.h>
#include <stdlib.h>
#include "../clock.h"

enum { SAVED_SIZE = 16 << 10, STACK_SIZE = 64 << 10 };

static emscripten_fiber_t main_fiber, fiber;
static char main_saved[SAVED_SIZE], saved[SAVED_SIZE];
static char stack[STACK_SIZE] __attribute__((aligned(16)));
static int depth;
static volatile long frames_left;

static inline void swap_for_ever(void) {
  for (;;) emscripten_fiber_swap(&fiber, &main_fiber);
}

__attribute__((noinline)) static void bottom(void) {
  swap_for_ever();
}

__attribute__((noinline)) static void dive(int below) {
  if (below > 1)
    dive(below - 1);
  else
    bottom();
  frames_left++;
}

static void entry(void *arg) {
  (void)arg;
  if (depth == 0)
    swap_for_ever();
  else if (depth == 1)
    bottom();
  else
    dive(depth - 1);
}

static void swap_pairs(long count) {
  for (long n = 0; n < count; n++) emscripten_fiber_swap(&main_fiber, &fiber);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  depth = atoi(argv[1]);
  long count = atol(argv[2]);
  emscripten_fiber_init_from_current_context(&main_fiber, main_saved, sizeof main_saved);
  emscripten_fiber_init(&fiber, entry, NULL, stack, sizeof stack, saved, sizeof saved);
  swap_pairs(count / 10 + 1);
  double start = bench_clock();
  swap_pairs(count);
  printf("%.3f\n", (bench_clock() - start) / (double)count);
  return 0;
}
