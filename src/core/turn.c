/* One turn: posted calls, due timers, callbacks and ready tasks, within a budget.
 *
 * A turn's own state lies in the runtime, since a foreign exception may throw its frames away
 * (green__task_lost).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <greenio/status.h>
#include "host.h"
#include "memory.h"
#include "task.h"

#define BUDGET_RESUMES 1024
#define BUDGET_TIME    1000000 /* ns */
#define MOST_UNSEEN    64      /* resumes between two looks at the clock */

static bool budget_left(const struct green_runtime *runtime) {
  return runtime->spent < BUDGET_RESUMES && runtime->spent_time < BUDGET_TIME;
}

static void overflowed(struct green__task *task) {
  const char *message;
  int status = green__context_lost(task->context, &message);
  green__task_end(task, status, green__copy_string(message, SIZE_MAX - 1));
}

/* Tells the watchdog that something else runs from here on. */
static inline void beat(struct green_runtime *runtime, unsigned step) {
  unsigned now = atomic_load_explicit(&runtime->beat, memory_order_relaxed);
  atomic_store_explicit(&runtime->beat, now + step, memory_order_relaxed);
  runtime->held_since = runtime->measured_limit ? green__host_now() : 0;
}

/* What ran is about to let go. */
static inline void let_go(struct green_runtime *runtime) {
  if (runtime->held_since) green__watchdog_measure(runtime);
}

void green__calls_out(struct green_runtime *runtime) {
  beat(runtime, 2);
}

void green__called_out(struct green_runtime *runtime) {
  let_go(runtime);
}

bool green__host_calls_out(struct green_runtime *runtime) {
  if (green__beat_in_turn(runtime->beat)) return false;
  beat(runtime, 1);
  return true;
}

void green__host_called_out(struct green_runtime *runtime, bool outside) {
  if (!outside) return;
  let_go(runtime);
  beat(runtime, 1);
}

static inline void task_enter(struct green__task *task, int *error) {
  beat(task->runtime, 2);
  task->state = GREEN__RUNNING;
  green__thread.running = task;
  *error = task->error;
}

static inline void task_left(struct green__task *task, enum green__left left, int *error) {
  let_go(task->runtime);
  green__thread.running = NULL;
  if (left == GREEN__PARKED)
    task->error = *error;
  else if (left == GREEN__ENDED)
    green__task_end(task, task->start.status, NULL);
  else
    overflowed(task);
}

/* The clock is looked at after each resume while they are long, and ever more rarely while they are
 * short. Turns of few resumes are measured at the last one, which stands for those before it. */
static void look_at_clock(struct green_runtime *runtime) {
  uint64_t now = green__host_now(), spent = 0;
  if (runtime->looked) spent = (now - runtime->looked) / runtime->measured * runtime->unseen;
  runtime->spent_time += spent;
  runtime->looked = now;
  if (spent > BUDGET_TIME / 16)
    runtime->stride = 1;
  else if (runtime->stride < MOST_UNSEEN)
    runtime->stride = runtime->stride ? runtime->stride * 2 : 1;
  runtime->unseen = runtime->measured = 0;
}

static inline void resumed(struct green_runtime *runtime) {
  runtime->spent++;
  runtime->measured++;
  if (++runtime->unseen >= runtime->stride) look_at_clock(runtime);
}

/* Inlined into both of its callers: a function that is called before a switch and returns behind it
 * has the processor predict each return wrongly. */
static GREEN__HOT void run_first(struct green_runtime *runtime, int *error) {
  struct green__task *task = runtime->ready_head;
  runtime->ready_head = task->ready_next;
  if (!runtime->ready_head) runtime->ready_tail = NULL;
  task_enter(task, error);
  task_left(task, green__context_resume(task->context), error);
  resumed(runtime);
}

/* Runs ready tasks while the budget lasts. */
static void run_ready(struct green_runtime *runtime) {
  int *error = &errno;
  while (runtime->ready_head && budget_left(runtime)) run_first(runtime, error);
}

static void turn_start(struct green_runtime *runtime) {
  runtime->turning = true;
  beat(runtime, green__beat_in_turn(runtime->beat) ? 2 : 1); /* a lost task's turn did not end */
  runtime->measured = 0;
  runtime->looked = runtime->unseen + 1 >= runtime->stride ? green__host_now() : 0;
}

static void turn_end(struct green_runtime *runtime) {
  runtime->turning = false;
  beat(runtime, 1);
  bool spent = !budget_left(runtime);
  if (runtime->ready_head || runtime->callbacks_head || green__posted_left(runtime)) {
    runtime->wake_asked = true;
    green__host_wake(runtime->host, spent);
  } else if (runtime->in_run && !runtime->live && !runtime->holds) {
    green__host_stop(runtime->host);
  } else if (spent) {
    green__host_wake(runtime->host, true); /* for a new budget, before something is ready */
  }
  green__runtime_timer_changed(runtime);
}

void green__turn(struct green_runtime *runtime, bool fresh) {
  if (runtime->turning) return;
  runtime->wake_asked = false;
  turn_start(runtime);
  if (fresh) {
    green__turn_renew(runtime);
    runtime->now = green__host_now();
    if (runtime->now >= runtime->timer_asked)
      runtime->timer_asked = GREEN__NEVER; /* it has fired */
    green__timers_fire(runtime, runtime->now);
  }
  if (budget_left(runtime)) {
    let_go(runtime); /* of timers */
    green__posted_run(runtime);
    do {
      if (green__thread.runtime != runtime) return; /* a child of fork() came back */
      green__callbacks_run(runtime);
      if (green__thread.runtime != runtime) return;
      run_ready(runtime);
    } while (runtime->callbacks_head && budget_left(runtime));
  }
  turn_end(runtime);
}

void green__turn_renew(struct green_runtime *runtime) {
  runtime->spent = 0;
  runtime->spent_time = 0;
}

bool green__turn_free(const struct green_runtime *runtime) {
  return !runtime->turning && !runtime->ready_head && !runtime->callbacks_head &&
         budget_left(runtime);
}

void green__turn_begin(struct green__task *task) {
  struct green_runtime *runtime = task->runtime;
  if (task->state == GREEN__RESTING) green__task_again(task);
  turn_start(runtime);
  task_enter(task, &errno);
}

bool green__turn_rest(struct green_runtime *runtime) {
  if (!green__task_rest(green__thread.running)) return false;
  let_go(runtime);
  green__thread.running = NULL;
  resumed(runtime);
  turn_end(runtime);
  return true;
}

void green__turn_end(struct green_runtime *runtime, enum green__left left) {
  task_left(green__thread.running, left, &errno);
  resumed(runtime);
  turn_end(runtime);
}

bool green__turn_enter(struct green_runtime *runtime) {
  if (!green__turn_free(runtime)) return false;
  turn_start(runtime);
  return true;
}

void green__turn_leave(struct green_runtime *runtime) {
  if (runtime->ready_head) run_first(runtime, &errno);
  turn_end(runtime);
}

bool green__task_lost(struct green_runtime *runtime, int status, const char *message) {
  struct green__task *task = green__thread.running ? green__thread.running : runtime->ending;
  green__thread.running = NULL;
  runtime->turning = false;
  if (!task) return false;
  bool pending = task->future != NULL;
  green__task_end(task, status, message ? green__copy_string(message, SIZE_MAX - 1) : NULL);
  return pending;
}

const char *green__running_name(void) {
  static _Thread_local char buffer[32];
  struct green__task *task = green__thread.running;
  if (!task) return NULL;
  if (task->future && task->future->name) return task->future->name;
  char *digit = buffer + sizeof buffer - 1; /* no printf: called from a signal handler */
  unsigned long id = task->id;
  do *--digit = (char)('0' + id % 10);
  while (id /= 10);
  return memcpy(digit - 5, "task ", 5);
}
