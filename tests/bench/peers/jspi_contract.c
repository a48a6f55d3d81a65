/* The floor of wasm.promise by JSPI with what a task's wait for a promise owes its program, the C part: a task with a
 * record that can be listed, a name and a C stack of its own; a future with a number or a failure, whose waiter goes on
 * in its turn, first come first served; a cancel that may come at any time, which the wait returns; a wait below a frame
 * of JavaScript's that is refused; and a budget, behind which the event loop comes. The least of each: no deadlines,
 * messages, timers, groups, observers, locals, and no call that is not one of these. jspi_contract.mjs gives the imports.
 * Built standalone, without Asyncify. */
#include <stddef.h>
#include <stdint.h>
#include <emscripten.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(#name)))
#define STACK        32768
#define GUARD        UINT64_C(0x21f09f8cb1677264)

enum { BUDGET = 1024, LOOKS = 64, CANCELLED = -125, NESTED = -1002 };
enum then { WAIT, OVER }; /* whether a turn is under way, where a stack is suspended */

struct future {
  struct future *next; /* spare */
  struct task *waiter;
  int references, status;
  uint8_t done;
  double number;
};

struct task {
  struct task *next;                    /* ready */
  struct task *all_next, *all_previous; /* for the list of tasks */
  const char *name, *what;              /* what it waits for, and since when */
  struct future *object;
  double since;
  uintptr_t sp;
  int stack, state, waiting, woken, cancel_pending, depth;
  char *low;
};

IMPORT(begin) struct future *begin(void);
IMPORT(suspend) void suspend(int stack, int then);
IMPORT(resume) void resume(int stack);
IMPORT(look_at_loop) void look_at_loop(void); /* calls go_on() in a macrotask */
IMPORT(now) double now(void);

static struct future one, *spare = &one;
static struct task first, *all, *running, *ready, **last = &ready;
static union {
  uint64_t guard[2];
  char bytes[STACK];
} memory __attribute__((aligned(16)));
static uintptr_t host;
static int turning, spent, unseen;
static double looked, turn_began;
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

EMSCRIPTEN_KEEPALIVE int *depth_address(void) {
  return &depth;
}

static void wake(struct task *task, int status) {
  task->waiting = 0;
  task->woken = status;
  if (task->object) task->object->waiter = NULL;
  task->since = turn_began;
  task->state = 0;
  task->next = NULL;
  *last = task;
  last = &task->next;
}

/* Whether a turn is under way. */
static int turn(void) {
  struct task *task = ready;
  if (!task) return turning = 0;
  if (spent >= BUDGET) {
    look_at_loop();
    return turning = 0;
  }
  if (!(ready = task->next)) last = &ready;
  turning = 1;
  resume(task->stack);
  return 1;
}

EMSCRIPTEN_KEEPALIVE int go_on(void) {
  spent = 0;
  turn_began = now();
  return turn();
}

static void run_ended(void) {
  running = NULL;
  spent++;
  if (++unseen < LOOKS) return;
  unseen = 0;
  double time = now();
  if (time - looked > LOOKS) spent = BUDGET;
  looked = time;
}

EMSCRIPTEN_KEEPALIVE struct future *future_new(void) {
  struct future *future = spare;
  spare = future->next;
  *future = (struct future){.references = 2};
  return future;
}

static void release(struct future *future) {
  if (--future->references) return;
  future->next = spare;
  spare = future;
}

EMSCRIPTEN_KEEPALIVE int settle(struct future *future, int status, double number) {
  if (!future->done) {
    future->done = 1;
    future->status = status;
    future->number = number;
    if (future->waiter) wake(future->waiter, 0);
  }
  release(future);
  return turning ? 1 : turn();
}

EMSCRIPTEN_KEEPALIVE int cancel(struct task *task) {
  if (task->waiting)
    wake(task, CANCELLED);
  else
    task->cancel_pending = 1;
  return turning ? 1 : turn();
}

static __attribute__((noinline)) void park(struct task *self) {
  uintptr_t sp = self->sp = sp_get();
  run_ended();
  sp_set(host);
  suspend(self->stack, ready ? turn() ? WAIT : OVER : (turning = 0, OVER));
  host = sp_get();
  sp_set(sp);
  running = self;
  self->state = 1;
  self->depth = depth;
}

static int wait_for(struct future *future) {
  struct task *self = running;
  if (!future->done) {
    if (self->depth != depth) return NESTED;
    if (self->cancel_pending) return self->cancel_pending = 0, CANCELLED;
    if (*(uint64_t *)(void *)self->low != GUARD) __builtin_trap();
    self->what = "future";
    self->object = future;
    self->waiting = 1;
    self->state = 2;
    future->waiter = self;
    park(self);
    if (self->woken < 0) return self->woken;
  }
  return future->status;
}

EMSCRIPTEN_KEEPALIVE int wait_times(int count) {
  int sum = 0;
  host = sp_get();
  memory.guard[0] = GUARD;
  first = (struct task){.name = "the first", .stack = 1, .low = memory.bytes, .depth = depth};
  all = running = &first;
  sp_set((uintptr_t)memory.bytes + STACK);
  for (int n = 0; n < count; n++) {
    struct future *future = begin();
    if (wait_for(future) >= 0) sum += (int)future->number;
    release(future);
  }
  sp_set(host);
  running = all = NULL;
  return sum;
}
