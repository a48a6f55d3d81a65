/* What tasks do in turn, told as text: the same on each kind of contexts. */
#include <emscripten.h>
#include <greenio/greenio.h>
#include <greenio/js.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *text;
static size_t length, room;

static void tell(const char *who, int what) {
  if (room - length < 64) text = realloc(text, room += 4096);
  length += (size_t)snprintf(text + length, room - length, "%s %d\n", who, what);
}

GREEN_JS(square_later, (int number), {
  await new Promise(function(resolve) { setTimeout(resolve, number % 3); });
  return number * number;
})

/* Words of locals in memory, which must be the task's own after each wait. */
static int squares(void *arg) {
  int number = *(int *)arg, own[16], wrong = 0;
  for (int round = 0; round < 8; round++) {
    for (int i = 0; i < 16; i++) own[i] = number * 100 + round * 10 + i;
    __asm__ volatile("" : : "r"(own) : "memory");
    green_future *future = square_later(number + round);
    int rc = green_wait(future);
    if (rc < 0 || (int)green_js_number(future) != (number + round) * (number + round)) wrong++;
    green_future_release(future);
    __asm__ volatile("" : : "r"(own) : "memory");
    for (int i = 0; i < 16; i++) wrong += own[i] != number * 100 + round * 10 + i;
  }
  return wrong;
}

static int count_in_turn(void *arg) {
  for (int i = 0; i < 3; i++) {
    tell(arg, i);
    int rc = green_yield();
    if (rc < 0) return rc;
  }
  return 0;
}

static int sleep_long(void *arg) {
  (void)arg;
  int rc = green_sleep(60000);
  tell("a sleep that was cancelled", rc);
  return rc;
}

static int deep(int below) {
  int rc = below > 0 ? deep(below - 1) : green_sleep(1);
  return rc < 0 ? rc : rc + 1;
}

static int deep_sleep(void *arg) {
  (void)arg;
  return deep(20);
}

static int ends_at_once(void *arg) {
  (void)arg;
  return 1;
}

static void tell_squares(void) {
  enum { TASKS = 60 };
  int numbers[TASKS], wrong = 0;
  green_future *futures[TASKS];
  for (int i = 0; i < TASKS; i++) {
    numbers[i] = i;
    futures[i] = green_spawn(squares, &numbers[i]);
  }
  for (int i = 0; i < TASKS; i++) wrong += green_join(futures[i]);
  tell("wrong words or squares", wrong);
}

static void tell_order(void) {
  green_future *first = green_spawn(count_in_turn, "first");
  green_future *second = green_spawn(count_in_turn, "second");
  green_future *third = green_spawn(count_in_turn, "third");
  tell("joined", green_join(first) + green_join(second) + green_join(third));
}

static void tell_ends(void) {
  green_future *sleeper = green_spawn(sleep_long, NULL);
  green_yield();
  green_cancel(sleeper);
  tell("cancelled", green_join(sleeper));
  tell("deep", green_join(green_spawn(deep_sleep, NULL)));
  int ended = 0;
  for (int i = 0; i < 2000; i++) ended += green_join(green_spawn(ends_at_once, NULL));
  tell("ended", ended);
}

/* The story, malloc'd. */
EMSCRIPTEN_KEEPALIVE char *story(void) {
  length = 0;
  tell_order();
  tell_squares();
  tell_ends();
  char *told = text;
  text = NULL;
  room = 0;
  return told;
}

/* What it stands on, by C's reader; and how many tasks there can be, 0 for as many as the memory has room for. */
EMSCRIPTEN_KEEPALIVE const char *contexts(void) {
  return green_contexts();
}

EMSCRIPTEN_KEEPALIVE double most_tasks(void) {
  size_t most = green_most_tasks();
  return most == SIZE_MAX ? 0 : (double)most;
}
