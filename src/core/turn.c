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
#include "observe.h"
#include "task.h"

#define BUDGET_RUNS 1024
#define BUDGET_TIME 1000000 /* ns */
#define SHORT_TIME  (BUDGET_TIME / 16)
#define MOST_UNSEEN 64 /* runs between two looks at the clock */
#define RESTS_A_RUN 16 /* as many turns of a task that rests count as one run */

static bool budget_left(const struct green_runtime *runtime) {
  return runtime->spent < BUDGET_RUNS;
}

static void overflowed(struct green__task *task) {
  const char *message;
  int status = green__context_lost(task->context, &message);
  green__task_end(task, status, green__copy_string(message, SIZE_MAX - 1));
}

/* Tells the watchdog, and observers, that something else runs from here on. */
static inline void beat(struct green_runtime *runtime, unsigned step, enum green__seen seen) {
  unsigned now = atomic_load_explicit(&runtime->beat, memory_order_relaxed);
  atomic_store_explicit(&runtime->beat, now + step, memory_order_relaxed);
  runtime->held_since = runtime->watched ? green__seen_begin(runtime, seen) : 0;
}

/* What ran is about to let go. */
static inline void let_go(struct green_runtime *runtime) {
  if (runtime->held_since) green__seen_end(runtime);
}

void green__callback_begin(struct green_runtime *runtime) {
  beat(runtime, 2, GREEN__SEEN_CALLBACK);
}

void green__callback_end(struct green_runtime *runtime) {
  let_go(runtime);
}

bool green__host_callback_begin(struct green_runtime *runtime) {
  if (green__beat_in_turn(runtime->beat)) return false;
  beat(runtime, 1, GREEN__SEEN_TURN);
  return true;
}

void green__host_callback_end(struct green_runtime *runtime, bool outside) {
  if (!outside) return;
  let_go(runtime);
  beat(runtime, 1, GREEN__SEEN_TURN_END);
}

/* Never for long the same number: where tasks take turns, long runs and short ones, the same one each time
 * could be a short one. */
static unsigned stride_to(const struct green_runtime *runtime, unsigned longest) {
  if (longest > MOST_UNSEEN) longest = MOST_UNSEEN;
  unsigned scattered = atomic_load_explicit(&runtime->beat, memory_order_relaxed) * 2654435769U;
  return longest - (scattered >> 16) % (longest / 4 + 1);
}

/* Reads the clock, which costs as much as a short run: after each run while runs are long; after some 50
 * of them (`stride`) where all must have been short, since less than SHORT_TIME has passed since the
 * last reading; after 6 to 8 where the one that was measured was short. The time of this
 * turn's runs since then stands for all runs since the last reading, those of earlier turns included. A
 * turn in which it was not read yet begins to measure here, and the next run tells. */
static __attribute__((noinline)) void look_at_clock(struct green_runtime *runtime) {
  uint64_t now = green__host_now();
  if (!runtime->looked) {
    runtime->looked = now;
    runtime->unseen_before = runtime->unseen;
    return;
  }
  unsigned measured = runtime->unseen - runtime->unseen_before;
  uint64_t spent = (now - runtime->looked) / measured * runtime->unseen;
  runtime->spent_time += spent;
  if (runtime->spent_time >= BUDGET_TIME) runtime->spent = BUDGET_RUNS;
  bool all_short = now - runtime->looked_before < SHORT_TIME;
  runtime->looked = runtime->looked_before = now;
  if (spent > SHORT_TIME || !runtime->stride)
    runtime->stride = 1;
  else
    runtime->stride =
        stride_to(runtime, all_short || runtime->stride < 4 ? 2 * runtime->stride : 8);
  runtime->unseen = runtime->unseen_before = 0;
}

/* ---- a run: what a task does between two parks ----------------------------------------------- */

static inline void run_begin(struct green__task *task) {
  struct green_runtime *runtime = task->runtime;
  task->state = GREEN__RUNNING;
  green__thread.running = task;
  beat(runtime, 2, GREEN__SEEN_TASK);
  *runtime->error = task->error;
}

static inline void run_end(struct green__task *task, enum green__left left) {
  struct green_runtime *runtime = task->runtime;
  let_go(runtime);
  green__thread.running = NULL;
  if (left == GREEN__PARKED)
    task->error = *runtime->error;
  else if (left == GREEN__OVERFLOWED)
    overflowed(task);
  else
    green__task_end(task, task->start.status, NULL);
  runtime->spent++;
  if (++runtime->unseen >= runtime->stride) look_at_clock(runtime);
}

static inline bool another_may_run(const struct green_runtime *runtime) {
  return runtime->ready_head && runtime->spent < runtime->most;
}

static inline struct green__task *ready_take(struct green_runtime *runtime) {
  struct green__task *task = runtime->ready_head;
  runtime->ready_head = task->ready_next;
  if (!runtime->ready_head) runtime->ready_tail = NULL;
  return task;
}

GREEN__HOT void green__turn_entered(struct green__task *task) {
  run_begin(task);
}

GREEN__HOT struct green__context *green__turn_switch(enum green__left left) {
  struct green__task *task = green__thread.running;
  struct green_runtime *runtime = task->runtime;
  run_end(task, left);
  return another_may_run(runtime) ? ready_take(runtime)->context : NULL;
}

/* False: it will run when the host's own stack is empty, and the turn goes on there. Inlined: a
 * function that is called before a switch and returns behind it has the processor predict each
 * return wrongly. */
static GREEN__HOT bool run_first(struct green_runtime *runtime) {
  struct green__task *task = ready_take(runtime);
  run_begin(task);
  enum green__left left = green__context_resume(task->context);
  if (left == GREEN__LATER) {
    green__thread.running = NULL;
    return false;
  }
  if (left != GREEN__SWITCHED) run_end(green__thread.running, left);
  return true;
}

/* ---- turns ----------------------------------------------------------------------------------- */

static void turn_start(struct green_runtime *runtime, unsigned most) {
  runtime->turning = GREEN__TURN;
  runtime->most = most;
  runtime->error = &errno;
  /* (A lost task's turn did not end.) */
  beat(runtime, green__beat_in_turn(runtime->beat) ? 2 : 1, GREEN__SEEN_TURN);
  runtime->unseen_before = runtime->unseen;
  runtime->looked = runtime->unseen + 1 >= runtime->stride ? green__host_now() : 0;
}

static void turn_end(struct green_runtime *runtime) {
  runtime->turning = GREEN__NO_TURN;
  beat(runtime, 1, GREEN__SEEN_TURN_END);
  bool spent = !budget_left(runtime);
  if (runtime->ready_head || runtime->callbacks_head || green__posted_left(runtime)) {
    runtime->wake_asked = true;
    green__host_wake(runtime->host, spent);
  } else if (runtime->in_run && !runtime->live && !runtime->holds) {
    runtime->stopping = true;
    green__host_stop(runtime->host);
  } else if (spent) {
    green__host_wake(runtime->host, true); /* for a new budget, before something is ready */
  }
  green__runtime_timer_changed(runtime);
}

/* False: the thread's runtime is another, since a child of fork() came back from one of them. */
static bool run_callbacks(struct green_runtime *runtime) {
  if (!runtime->callbacks_head) return true;
  green__callbacks_run(runtime);
  return green__thread.runtime == runtime;
}

static bool callbacks_may_run(const struct green_runtime *runtime) {
  bool whole = runtime->most == BUDGET_RUNS;
  return whole && runtime->callbacks_head && budget_left(runtime);
}

void green__turn_go_on(struct green_runtime *runtime) {
  for (;;) {
    while (another_may_run(runtime))
      if (!run_first(runtime)) return;
    if (!callbacks_may_run(runtime)) break;
    if (!run_callbacks(runtime)) return;
  }
  turn_end(runtime);
}

bool green__turn_over(struct green_runtime *runtime) {
  if (another_may_run(runtime) || callbacks_may_run(runtime)) return false;
  turn_end(runtime);
  return true;
}

/* The host's timer, if it is due by now, has fired. */
static void timer_fired(struct green_runtime *runtime, uint64_t now) {
  if (now >= runtime->timer_asked) runtime->timer_asked = GREEN__NEVER;
}

void green__turn(struct green_runtime *runtime, bool fresh) {
  runtime->wake_asked = false; /* one that is under way asks again at its end */
  if (runtime->turning) {
    if (fresh) timer_fired(runtime, green__host_now()); /* it is set anew when this one ends */
    return;
  }
  turn_start(runtime, BUDGET_RUNS);
  if (fresh) {
    green__turn_renew(runtime);
    runtime->now = green__host_now();
    timer_fired(runtime, runtime->now);
    green__timers_fire(runtime, runtime->now);
  }
  if (budget_left(runtime)) {
    let_go(runtime); /* of timers */
    if (green__posted_left(runtime)) green__posted_run(runtime);
    if (green__thread.runtime != runtime || !run_callbacks(runtime)) return;
  }
  green__turn_go_on(runtime);
}

void green__turn_renew(struct green_runtime *runtime) {
  runtime->spent = 0;
  runtime->spent_time = 0;
}

static inline bool turn_may_enter(const struct green_runtime *runtime) {
  bool busy = runtime->turning || runtime->ready_head || runtime->callbacks_head;
  return !busy && runtime->spent + 1 < BUDGET_RUNS;
}

bool green__turn_enter(struct green_runtime *runtime) {
  if (!turn_may_enter(runtime)) return false;
  turn_start(runtime, runtime->spent + 1);
  return true;
}

void green__turn_leave(struct green_runtime *runtime) {
  green__turn_go_on(runtime);
}

/* Both are of the fewest steps: where JavaScript calls C, they are what a call costs. What watches is told
 * of tasks that are made and end. */
bool green__turn_again(struct green__task *task) {
  struct green_runtime *runtime = task->runtime;
  if (!turn_may_enter(runtime) || runtime->watched) return false;
  turn_start(runtime, runtime->spent + 1);
  task->error = 0;
  task->seen = 0;
  task->future->owned = true;
  green__all_add(runtime, task);
  run_begin(task);
  return true;
}

static bool turn_left_nothing(const struct green_runtime *runtime) {
  bool last = runtime->in_run && runtime->live == 1;
  return !runtime->ready_head && !runtime->callbacks_head && !runtime->watched && !last &&
         !green__posted_left(runtime);
}

/* Such runs are short, or the clock says otherwise; to look for other events costs as much as a hundred of
 * them. */
static inline void rest_count(struct green_runtime *runtime) {
  if (++runtime->unseen < runtime->stride) return;
  runtime->spent += (runtime->unseen + RESTS_A_RUN - 1) / RESTS_A_RUN;
  look_at_clock(runtime);
}

bool green__turn_rest(struct green__task *task) {
  struct green_runtime *runtime = task->runtime;
  if (!turn_left_nothing(runtime) || !green__task_left_nothing(task)) return false;
  green__thread.running = NULL;
  green__all_remove(runtime, task);
  task->future->owned = false; /* nobody is at work on it meanwhile */
  rest_count(runtime);
  runtime->turning = GREEN__NO_TURN;
  beat(runtime, 1, GREEN__SEEN_TURN_END);
  if (!budget_left(runtime)) green__host_wake(runtime->host, true);
  green__runtime_timer_changed(runtime);
  return true;
}

bool green__task_lost(struct green_runtime *runtime, int status, const char *message) {
  struct green__task *task = green__thread.running ? green__thread.running : runtime->ending;
  green__thread.running = NULL;
  runtime->turning = GREEN__NO_TURN;
  runtime->observing = false; /* it may have been lost in an observer */
  if (!task) return false;
  bool pending = task->future != NULL;
  green__task_end(task, status, message ? green__copy_string(message, SIZE_MAX - 1) : NULL);
  return pending;
}

const char *green__running_name(void) {
  static _Thread_local char buffer[32];
  struct green__task *task = green__thread.running;
  if (!task) return NULL;
  if (task->future && green__running_is_whole() && task->future->name) return task->future->name;
  char *digit = buffer + sizeof buffer - 1; /* no printf: called from a signal handler */
  unsigned long id = task->id;
  do *--digit = (char)('0' + id % 10);
  while (id /= 10);
  return memcpy(digit - 5, "task ", 5);
}
