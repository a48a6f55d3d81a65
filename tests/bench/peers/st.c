/* State Threads' side of native.switch and native.spawn; it has no channels, so its side of
 * native.pingpong is a slot and a condition variable each way.
 * Usage: bench_st switch|spawn|pingpong COUNT. Prints nanoseconds, as ours do. */
#include <st.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static st_thread_t begin(void *(*function)(void *), void *arg) {
  return st_thread_create(function, arg, 1, 64 << 10);
}

static void *yielder(void *arg) {
  for (long times = *(long *)arg, n = 0; n < times; n++) st_sleep(0);
  return NULL;
}

static void yield_in_turn(long times) {
  st_thread_t first = begin(yielder, &times), second = begin(yielder, &times);
  st_thread_join(first, NULL);
  st_thread_join(second, NULL);
}

static long ran;

static void *child(void *arg) {
  (void)arg;
  ran++;
  return NULL;
}

static void spawn_and_join(long times) {
  for (long n = 0; n < times; n++) st_thread_join(begin(child, NULL), NULL);
}

static struct slot {
  int item, full;
  st_cond_t changed;
} there, back;

static void put(struct slot *slot, int item) {
  while (slot->full) st_cond_wait(slot->changed);
  slot->item = item;
  slot->full = 1;
  st_cond_signal(slot->changed);
}

static int take(struct slot *slot) {
  while (!slot->full) st_cond_wait(slot->changed);
  slot->full = 0;
  st_cond_signal(slot->changed);
  return slot->item;
}

static void *ponger(void *arg) {
  (void)arg;
  for (int item; (item = take(&there)) >= 0;) put(&back, item);
  return NULL;
}

static void rounds(long times) {
  for (int n = 0; n < times; n++) {
    put(&there, n);
    if (take(&back) != n) abort();
  }
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double measure(void (*work)(long), long count) {
  work(count / 10 + 1);
  double start = now();
  work(count);
  return (now() - start) / (double)count;
}

int main(int argc, char **argv) {
  if (argc != 3 || st_init() < 0) return 2;
  long count = atol(argv[2]);
  if (!strcmp(argv[1], "switch")) {
    printf("%.3f\n", measure(yield_in_turn, count) / 2);
  } else if (!strcmp(argv[1], "spawn")) {
    printf("%.3f\n", measure(spawn_and_join, count));
  } else if (!strcmp(argv[1], "pingpong")) {
    there.changed = st_cond_new();
    back.changed = st_cond_new();
    st_thread_t other = begin(ponger, NULL);
    printf("%.3f\n", measure(rounds, count));
    put(&there, -1);
    st_thread_join(other, NULL);
  } else {
    return 2;
  }
  return 0;
}
