/* The floor of wasm.call, the C part: what a call owes its program at the least that is a task which may wait. A record
 * that can be listed and a C stack of its own; its turn only when nothing else is ready; a cancel that it hears of; a
 * failure that is told with its message; a budget, by the clock and by number, behind which the event loop comes; a look
 * at its stack when it ends. No deadlines, locals, locks, groups, observers, and nothing of how a task waits.
 * call_ideal.mjs calls it. Built standalone, with Binaryen's Asyncify, which has instrumented add_later(), and without
 * Emscripten's code around each export. */
#include <stdint.h>
#include <stdlib.h>
#include <emscripten.h>

#define STACK 32768
#define GUARD UINT64_C(0x21f09f8cb1677264)

#define BUDGET 16384
#define LOOKS  64 /* calls between two looks at the clock */

struct task {
  uintptr_t sp;
  struct task *next, *previous; /* of all; `next` also of the spare */
  unsigned id;
  double since;
  int status, used; /* bytes of frames, when it waits */
  int cancelled, depth;
  const char *message;
  uint64_t guard;
  char stack[STACK];
};

__attribute__((import_module("env"), import_name("answer"))) int answer(void);
__attribute__((import_module("env"), import_name("now"))) double now(void);

static struct task *all, *spare, *running, *ready;
static unsigned last_id;
static int spent, unseen, depth;
static double turn_began;

EMSCRIPTEN_KEEPALIVE int *depth_address(void) {
  return &depth;
}

EMSCRIPTEN_KEEPALIVE const char *message(void) {
  return spare->message;
}

/* Who waits hears of it at once, others at the next wait. */
EMSCRIPTEN_KEEPALIVE void cancel(struct task *task) {
  task->cancelled = 1;
}

/* The loop has looked for other events. */
EMSCRIPTEN_KEEPALIVE void renew(void) {
  spent = unseen = 0;
  turn_began = now();
}

/* The change of stacks, for the caller too: at -O2 functions that call nothing have no frame. */
static uintptr_t host;
__asm__(".globaltype __stack_pointer, i32");
static inline __attribute__((always_inline)) uintptr_t sp_get(void) {
  uintptr_t sp;
  __asm__ volatile("global.get __stack_pointer\n\tlocal.set %0" : "=r"(sp));
  return sp;
}
static inline __attribute__((always_inline)) void sp_set(uintptr_t sp) {
  __asm__ volatile("local.get %0\n\tglobal.set __stack_pointer" : : "r"(sp));
}

/* A call begins, on a stack of its own. 0: it has to wait for its turn. */
EMSCRIPTEN_KEEPALIVE int call_begin(void) {
  if (running || ready || spent >= BUDGET) return 0;
  struct task *task = spare;
  if (task)
    spare = task->next;
  else if (!(task = malloc(sizeof *task)))
    return 0;
  task->guard = GUARD;
  task->used = task->status = task->cancelled = 0;
  task->message = NULL;
  task->depth = depth;
  task->id = ++last_id;
  task->since = turn_began;
  task->previous = NULL;
  task->next = all;
  if (all) all->previous = task;
  all = running = task;
  host = sp_get();
  sp_set(task->sp = ((uintptr_t)(task + 1)) & ~(uintptr_t)15);
  return 1;
}

/* It ends: 0, or what is wrong or left: 1, others are ready or the budget is spent. */
EMSCRIPTEN_KEEPALIVE int call_end(int status) {
  sp_set(host);
  struct task *task = running;
  running = NULL;
  task->status = status;
  if (task->guard != GUARD) return -1;
  if (task->previous)
    task->previous->next = task->next;
  else
    all = task->next;
  if (task->next) task->next->previous = task->previous;
  task->next = spare;
  spare = task;
  spent++;
  if (++unseen == LOOKS) {
    unseen = 0;
    if (now() - turn_began > 1) spent = BUDGET;
  }
  return ready || spent >= BUDGET;
}

EMSCRIPTEN_KEEPALIVE int add(int a, int b) {
  return a + b;
}

/* What a module is built with Asyncify for. */
EMSCRIPTEN_KEEPALIVE int add_later(int a) {
  return a + answer();
}
