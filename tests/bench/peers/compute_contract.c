/* The floor of wasm.size by JSPI with what greenio owes a program, the least of each: tasks with a C stack, a record that
 * can be listed and a name; futures with references, a value, a status, and a message of what has failed; turns, first
 * come first served, with a budget by number and by the clock; a cancel, deadlines, sleeps; statuses with names and
 * sentences; calls from JavaScript, which begin at once or in their turn, can wait, be cancelled and fail; futures of
 * promises, with numbers, strings or bytes; an overflow, an exception or a trap that fails one task, if the lists are
 * whole; failures at which nobody has looked, and tasks that nothing can wake, which are told of; a limit of stacks.
 * Nothing else: no groups, pools, locks, observers, signals, allocators, budgets of callbacks, no stacks that are used
 * again, exceptions, recycled records, debug builds. Lists are searched from their beginning, and what JavaScript can do
 * as well is there. compute_contract.mjs has the imports, and runs it. Usage: compute_contract.mjs PROGRAM LOAD. Prints
 * milliseconds. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <emscripten.h>
#include <greenio/status.h>

#define STACK        (32 << 10)
#define GUARD        UINT64_C(0x21f09f8cb1677264)
#define NEVER        1e300
#define IMPORT(name) __attribute__((import_module("env"), import_name(#name)))

enum { BUDGET = 1024, LOOKS = 64, MOST_TASKS = 8000 };
enum state { READY, RUNNING, WAITING };
enum answer { NOTHING, UNDER_WAY };

struct future {
  struct future *unseen; /* the next that has failed */
  int references, status;
  bool done, looked, cancelled, is_number;
  union {
    void *value;
    double number;
  };
  void (*drop)(void *);
  char *message, *name;
  struct task *waiters;
  struct task *task; /* whose it is */
};

struct task {
  uintptr_t sp;
  char *low, *memory; /* the guard; its block */
  struct task *next, *all_next, *waiter_next;
  struct future *future, *object;
  int (*function)(void *);
  void *arg, *value;
  void (*drop)(void *);
  const char *what;
  char *message;
  unsigned long id, spawned_by;
  double since, deadline, due;
  int stack, slot, state, depth, woken, error, message_status, shield;
  bool cancel_pending;
};

IMPORT(begin) void begin(struct task *task); /* calls run() in a microtask */
IMPORT(suspend) void suspend(int stack, bool over);
IMPORT(resume) void resume(int stack);
IMPORT(drop) void drop(int stack);
IMPORT(call_begins) void call_begins(int slot, struct task *task); /* in a microtask */
IMPORT(look_at_loop) void look_at_loop(bool events);               /* calls turn() later */
IMPORT(timer) void timer(double milliseconds);
IMPORT(now) double now(void);
IMPORT(done) void done(int slot, int status, const char *message);
IMPORT(report_row)
void report_row(unsigned long id, const char *name, int state, const char *what, double since,
                size_t used, size_t size, unsigned long spawned_by);

static struct task *all, *running, *ready, **last = &ready;
static struct future *unseen;
static uintptr_t host;
static unsigned long last_id;
static int spent, looks, live;
static bool turning, asked;
static double looked;
static char lost_message[128];
int depth; /* of imports */

__asm__(".globaltype __stack_pointer, i32");
static inline __attribute__((always_inline)) uintptr_t sp_get(void) {
  uintptr_t sp;
  __asm__ volatile("global.get __stack_pointer\n\tlocal.set %0" : "=r"(sp));
  return sp;
}
static inline __attribute__((always_inline)) void sp_set(uintptr_t sp) {
  __asm__ volatile("local.get %0\n\tglobal.set __stack_pointer" : : "r"(sp));
}

/* ---- statuses and messages --------------------------------------------------------------------- */

static const struct row {
  int status;
  const char *name, *sentence;
} rows[] = {
#define ROW(name, number, sentence) {number, #name, sentence},
    GREEN_STATUS_MAP(ROW){0, "EUNKNOWN", "unknown status"},
};

EMSCRIPTEN_KEEPALIVE const struct row *row_of(int status, const char *name) {
  const struct row *row = rows;
  while (row->status && (name ? strcmp(row->name, name) != 0 : row->status != status)) row++;
  return row;
}

static char *print(const char *format, ...) {
  char *text = NULL;
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(&text, format, arguments) < 0) text = NULL;
  va_end(arguments);
  return text;
}

static int leave_message(struct task *task, int status, char *text) {
  free(task->message);
  task->message = text;
  task->message_status = status;
  return status;
}

/* ---- futures ----------------------------------------------------------------------------------- */

static void wake(struct task *task, int status);

EMSCRIPTEN_KEEPALIVE struct future *future_new(int references) {
  struct future *future = calloc(1, sizeof *future);
  if (future) future->references = references;
  return future;
}

static void tell(const struct future *future) {
  const struct row *row = row_of(future->status, NULL);
  fprintf(stderr, "nobody looked at a failed future of %s: %s: %s\n",
          future->name ? future->name : "", row->name,
          future->message ? future->message : row->sentence);
}

static void tell_all(void) {
  for (const struct future *future = unseen; future; future = future->unseen) tell(future);
}

static void look(struct future *future) {
  struct future **link = &unseen;
  future->looked = true;
  while (*link && *link != future) link = &(*link)->unseen;
  if (*link) *link = future->unseen;
}

static void release(struct future *future) {
  if (--future->references > 0) return;
  if (future->done && future->status < 0 && !future->looked) tell(future), look(future);
  if (future->drop) future->drop(future->value);
  free(future->message);
  free(future->name);
  free(future);
}

static int complete(struct future *future, int status, void *value, void (*drop_value)(void *),
                    char *message) {
  if (future->done) {
    if (drop_value) drop_value(value);
    free(message);
    return GREEN_EALREADY;
  }
  future->done = true;
  future->status = status;
  future->message = message;
  if (!future->is_number) future->value = value;
  future->drop = drop_value;
  while (future->waiters) wake(future->waiters, 0);
  if (status < 0 && !future->looked && !(future->cancelled && status == GREEN_ECANCELED)) {
    future->unseen = unseen;
    unseen = future;
  }
  return 0;
}

/* ---- timers, turns ------------------------------------------------------------------------------ */

static void timer_ask(void) {
  double first = NEVER;
  for (const struct task *task = all; task; task = task->all_next) {
    double due = task->deadline < task->due ? task->deadline : task->due;
    if (due < first) first = due;
  }
  timer(first == NEVER ? -1 : first - now());
}

static void make_ready(struct task *task) {
  task->state = READY;
  task->since = looked;
  task->next = NULL;
  *last = task;
  last = &task->next;
  if (turning || asked) return;
  asked = true;
  look_at_loop(false);
}

static void wake(struct task *task, int status) {
  if (task->object) {
    struct task **link = &task->object->waiters;
    while (*link != task) link = &(*link)->waiter_next;
    *link = task->waiter_next;
    task->object = NULL;
  }
  task->due = NEVER;
  task->woken = status;
  make_ready(task);
}

static void interrupt(struct task *task, int status) {
  const char *name = task->object ? task->object->name : NULL;
  leave_message(task, status,
                status == GREEN_ETIMEDOUT
                    ? print("timed out waiting for: %s %s", task->what, name ? name : "")
                    : NULL);
  wake(task, status);
}

/* Begins or resumes who comes first: whether there is one. */
static bool switch_on(void) {
  struct task *task = ready;
  running = NULL;
  turning = task && spent < BUDGET;
  if (task && !turning && !asked) asked = true, look_at_loop(true);
  if (!turning) return timer_ask(), false;
  if (!(ready = task->next)) last = &ready;
  if (task->stack)
    resume(task->stack);
  else if (task->slot >= 0)
    call_begins(task->slot, task);
  else
    begin(task);
  return true;
}

EMSCRIPTEN_KEEPALIVE int turn(bool events) {
  asked = false;
  if (turning) return UNDER_WAY;
  if (events) {
    spent = 0;
    looked = now();
    for (struct task *task = all; task; task = task->all_next) {
      if (task->state != WAITING) continue;
      if (task->due <= looked)
        wake(task, 0);
      else if (task->deadline <= looked && !task->shield)
        interrupt(task, GREEN_ETIMEDOUT);
    }
  }
  return switch_on() ? UNDER_WAY : NOTHING;
}

static void run_ended(void) {
  running->error = errno;
  spent++;
  if (++looks < LOOKS) return;
  looks = 0;
  double time = now();
  if (time - looked > 1) spent = BUDGET;
  looked = time;
}

static void entered(struct task *task) {
  running = task;
  task->state = RUNNING;
  task->depth = depth;
  errno = task->error;
}

/* ---- waits --------------------------------------------------------------------------------------- */

static __attribute__((noinline)) int overflowed(const struct task *task) {
  snprintf(lost_message, sizeof lost_message,
           "%s overflowed its stack of %d bytes; ask for %d (stack_size)",
           task->future->name ? task->future->name : "a task", STACK, 2 * STACK);
  return GREEN_EOVERFLOW;
}

static void task_end(struct task *task, int status, const char *message);

static __attribute__((noinline)) int park(struct task *self) {
  uintptr_t sp = self->sp = sp_get();
  bool whole = *(uint64_t *)(void *)self->low == GUARD;
  int stack = whole ? self->stack : 0;
  run_ended();
  if (!whole) task_end(self, overflowed(self), lost_message);
  bool over = !switch_on();
  sp_set(host);
  suspend(stack, over);
  host = sp_get();
  sp_set(sp);
  entered(self);
  return self->woken;
}

static int wait_begin(struct task *self) {
  int rc = 0;
  if (!self) return GREEN_EMAIN;
  if (self->depth != depth) {
    rc = GREEN_ENESTED;
  } else if (!self->shield && self->cancel_pending) {
    self->cancel_pending = false;
    rc = GREEN_ECANCELED;
  } else if (!self->shield && self->deadline <= now()) {
    rc = GREEN_ETIMEDOUT;
  }
  return rc ? leave_message(self, rc, NULL) : 0;
}

static int wait_for(struct future *future) {
  struct task *self = running;
  if (!future->done) {
    int rc = wait_begin(self);
    if (rc == 0 && future == self->future)
      rc = leave_message(self, GREEN_EDEADLK, strdup("a task waits for its own future"));
    if (rc < 0) return rc;
    struct task **link = &future->waiters;
    while (*link) link = &(*link)->waiter_next;
    *link = self;
    self->waiter_next = NULL;
    self->what = "future of";
    self->object = future;
    self->state = WAITING;
    self->since = looked;
    rc = park(self);
    if (!future->done) return rc;
    if (rc == GREEN_ECANCELED) self->cancel_pending = true;
  }
  look(future);
  if (self && future->status < 0)
    leave_message(self, future->status, future->message ? strdup(future->message) : NULL);
  return future->status;
}

void bench_pause(void) {
  if (wait_begin(running) < 0) return;
  make_ready(running);
  park(running);
}

/* ---- tasks --------------------------------------------------------------------------------------- */

static struct task *task_new(const char *name, int slot) {
  char *memory = live < MOST_TASKS ? malloc(STACK + sizeof(struct task) + 32) : NULL;
  struct future *future = memory ? future_new(2) : NULL;
  if (!future) return free(memory), NULL;
  live++;
  char *low = (char *)(((uintptr_t)memory + 15) & ~(uintptr_t)15);
  struct task *task = (struct task *)(void *)(low + STACK);
  *task = (struct task){.low = low,
                        .memory = memory,
                        .sp = (uintptr_t)task,
                        .future = future,
                        .id = ++last_id,
                        .slot = slot,
                        .since = looked,
                        .deadline = NEVER,
                        .due = NEVER,
                        .spawned_by = running ? running->id : 0};
  *(uint64_t *)(void *)low = GUARD;
  if (name) future->name = strdup(name);
  future->task = task;
  struct task **link = &all;
  while (*link) link = &(*link)->all_next;
  *link = task;
  return task;
}

static struct future *spawn(int (*function)(void *), void *arg) {
  struct task *task = task_new(NULL, -1);
  if (!task) return NULL;
  task->function = function;
  task->arg = arg;
  make_ready(task);
  return task->future;
}

static void cancel_task(struct task *task) {
  if (task->state == WAITING && !task->shield)
    interrupt(task, GREEN_ECANCELED);
  else
    task->cancel_pending = true;
}

static int cancel(struct future *future) {
  if (future->done) return GREEN_EALREADY;
  future->cancelled = true;
  if (future->task)
    cancel_task(future->task);
  else
    complete(future, GREEN_ECANCELED, NULL, NULL, NULL);
  return 0;
}

static int join(struct future *future) {
  if (!future) return GREEN_ENOMEM;
  int rc = wait_for(future);
  if (!future->done && running) {
    cancel(future);
    running->shield++;
    wait_for(future);
    running->shield--;
    if (running->message_status != rc) leave_message(running, rc, NULL);
  }
  release(future);
  return rc;
}

/* The program's words of what has failed. */
EMSCRIPTEN_KEEPALIVE int fail(int status, const char *text) {
  return running ? leave_message(running, status, strdup(text)) : status;
}

EMSCRIPTEN_KEEPALIVE const char *message(void) {
  if (!running) return "";
  return running->message ? running->message : row_of(running->message_status, NULL)->sentence;
}

/* What it was. */
EMSCRIPTEN_KEEPALIVE double set_deadline(double milliseconds) {
  double before = running->deadline, due = now() + milliseconds;
  if (due < before) running->deadline = due;
  return before;
}

EMSCRIPTEN_KEEPALIVE int rest(double milliseconds) {
  int rc = wait_begin(running);
  if (rc < 0) return rc;
  running->what = "sleep";
  running->due = now() + milliseconds;
  running->state = WAITING;
  return park(running);
}

static void task_end(struct task *task, int status, const char *words) {
  struct future *future = task->future;
  struct task **link = &all;
  while (*link != task) link = &(*link)->all_next;
  *link = task->all_next;
  live--;
  char *text = words ? strdup(words) : NULL;
  if (!text && status < 0 && task->message_status == status) {
    text = task->message;
    task->message = NULL;
  }
  free(task->message);
  future->task = NULL;
  if (task->slot >= 0)
    look(future), done(task->slot, status, text ? text : row_of(status, NULL)->sentence);
  if (status < 0 && task->drop) task->drop(task->value);
  complete(future, status, task->value, status < 0 ? NULL : task->drop, text);
  release(future);
  if (task->slot >= 0) release(future);
  if (*(uint64_t *)(void *)task->low == GUARD) free(task->memory);
}

static void ended(struct task *task, int status) {
  run_ended();
  bool whole = *(uint64_t *)(void *)task->low == GUARD;
  if (task->stack) drop(task->stack);
  task_end(task, whole ? status : overflowed(task), whole ? NULL : lost_message);
}

EMSCRIPTEN_KEEPALIVE int run(struct task *task, int stack) {
  host = sp_get();
  sp_set(task->sp);
  task->stack = stack;
  entered(task);
  ended(task, task->function(task->arg));
  sp_set(host);
  return switch_on() ? UNDER_WAY : NOTHING;
}

/* ---- calls from JavaScript ------------------------------------------------------------------------ */

EMSCRIPTEN_KEEPALIVE struct task *call_new(int slot, const char *name, bool at_once) {
  if (at_once && (running || ready || spent >= BUDGET)) return NULL;
  struct task *task = task_new(name, slot);
  if (task && !at_once) make_ready(task);
  return task;
}

EMSCRIPTEN_KEEPALIVE void call_enter(struct task *task, int stack) {
  turning = true;
  host = sp_get();
  task->stack = stack;
  entered(task);
  sp_set(task->sp);
}

/* A number is a failure if it is the status of the message that was left last. */
EMSCRIPTEN_KEEPALIVE int call_leave(int status, bool is_number) {
  struct task *task = running;
  sp_set(host);
  ended(task, is_number && status != task->message_status ? 0 : status);
  return switch_on() ? UNDER_WAY : NOTHING;
}

EMSCRIPTEN_KEEPALIVE int call_cancel(struct task *task) {
  cancel_task(task);
  return turn(false);
}

/* ---- what was lost --------------------------------------------------------------------------------- */

static bool are_whole(void) {
  const struct task *task = ready, *before = NULL;
  for (; task; before = task, task = task->next)
    if (task->state != READY) return false;
  if (before ? last != &before->next : last != &ready) return false;
  for (task = all; task; task = task->all_next) {
    if ((unsigned)task->state > WAITING || !task->future || task->future->task != task)
      return false;
    if (task->state == WAITING && task->object && task->object->done) return false;
  }
  return true;
}

/* An exception, or a trap, has left the running task's frames: 0, nothing may run again. */
EMSCRIPTEN_KEEPALIVE int lost(int status, const char *words, bool trap) {
  struct task *task = running;
  uintptr_t sp = sp_get();
  sp_set(host);
  if (!task) return turning = false;
  bool outside = sp < (uintptr_t)task->low + sizeof(uint64_t) || sp > (uintptr_t)task;
  bool over = outside || *(uint64_t *)(void *)task->low != GUARD;
  if ((trap || over) && !are_whole()) return 0;
  if (task->stack) drop(task->stack);
  run_ended();
  task_end(task, over ? overflowed(task) : status, over ? lost_message : words);
  switch_on();
  return 1;
}

/* ---- reports --------------------------------------------------------------------------------------- */

EMSCRIPTEN_KEEPALIVE void report(void) {
  for (const struct task *task = all; task; task = task->all_next) {
    const char *of = task->state == WAITING && task->object ? task->object->name : NULL;
    char what[64];
    snprintf(what, sizeof what, "%s %s", task->state == WAITING ? task->what : "", of ? of : "");
    report_row(task->id, task->future->name ? task->future->name : "", task->state, what,
               now() - task->since, (uintptr_t)task - task->sp, STACK, task->spawned_by);
  }
}

/* Nothing can wake those that wait: they are told of, and cancelled, or, again, lost. */
EMSCRIPTEN_KEEPALIVE int deadlock(bool again) {
  if (!all) return 0;
  if (!again) fprintf(stderr, "deadlock: nothing is left that could wake these tasks\n"), report();
  for (struct task *task = all, *next; task; task = next) {
    next = task->all_next;
    if (!again)
      cancel_task(task);
    else if (task->state == WAITING)
      task_end(task, GREEN_EDEADLK, NULL);
  }
  return 1;
}

/* ---- futures of promises ------------------------------------------------------------------------------ */

static int settled(struct future *future) {
  release(future);
  return turn(false);
}

EMSCRIPTEN_KEEPALIVE int resolve_number(struct future *future, double number) {
  if (!future->done) {
    future->is_number = true;
    future->number = number;
    complete(future, 0, NULL, NULL, NULL);
  }
  return settled(future);
}

/* A string, or bytes behind their size. */
EMSCRIPTEN_KEEPALIVE int resolve(struct future *future, void *memory) {
  complete(future, 0, memory, free, NULL);
  return settled(future);
}

EMSCRIPTEN_KEEPALIVE int reject(struct future *future, int status, const char *text) {
  complete(future, status, NULL, NULL, strdup(text));
  return settled(future);
}

EMSCRIPTEN_KEEPALIVE double number_of(const struct future *future) {
  return future->is_number ? future->number : 0;
}

EMSCRIPTEN_KEEPALIVE const void *value_of(const struct future *future) {
  return future->done && !future->is_number ? future->value : NULL;
}

EMSCRIPTEN_KEEPALIVE int await(struct future *future) {
  return join(future);
}

EMSCRIPTEN_KEEPALIVE int *depth_address(void) {
  return &depth;
}

EMSCRIPTEN_KEEPALIVE void *memory_new(size_t size) {
  return malloc(size);
}

EMSCRIPTEN_KEEPALIVE void flush(void) {
  fflush(NULL);
}

/* ---- the program --------------------------------------------------------------------------------------- */

static void begin_tasks(void) {
  atexit(tell_all);
  turn(true);
}

typedef struct future *handle;
#include "compute_floor.h"
