/* The floor of native.switch: a queue of two stacks, a swap of the registers that the ABI has a
 * function keep, and nothing else: no budget, no clock, no cancel, no errno.
 * Usage: bench_ideal COUNT. Prints nanoseconds a switch. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "switch.h"

struct stack {
  struct stack *next;
  void *state;
};

static struct stack *head, **tail = &head, *running;
static long left;

/* Behind those that are ready, and on with the first of them. */
static inline __attribute__((always_inline)) void yield(void) {
  struct stack *self = running;
  self->next = NULL;
  *tail = self;
  tail = &self->next;
  running = head;
  head = head->next;
  if (!head) tail = &head;
  green__switch(&self->state, running->state);
}

static void yielder(void) {
  for (;;) {
    left--;
    yield();
  }
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  long count = atol(argv[1]);
  size_t size = 64 << 10;
  char *memory = aligned_alloc(64, size);
  if (!memory) return 1;
  struct stack mine = {0}, other = {0};
  other.state = green__switch_prepare(memory, memory + size, yielder);
  running = &mine;
  head = &other;
  tail = &other.next;
  double start = 0;
  for (long n = -count / 10; n < count; n++) {
    if (n == 0) start = now();
    yield();
  }
  printf("%.3f\n", (now() - start) / (2.0 * (double)count));
  return left == 0; /* the other ran, too */
}
