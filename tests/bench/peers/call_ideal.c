/* The floor of wasm.call, the C part: what a call needs at the least that is a task which may wait: a record and a C
 * stack of its own, a place among all and among those that are ready, its turn only when nothing else is, and a look
 * at its stack when it ends. No budget, no names, messages, locals, deadlines, cancel or reports. call_ideal.mjs calls
 * it. Built standalone, with Binaryen's Asyncify, which has instrumented add_later(), and without Emscripten's code
 * around each export. */
#include <stdint.h>
#include <stdlib.h>
#include <emscripten.h>

#define STACK 32768
#define GUARD UINT64_C(0x21f09f8cb1677264)

struct task {
  uintptr_t sp;
  struct task *next, *previous; /* of all; `next` also of the spare */
  int status, used;             /* bytes of frames, when it waits */
  uint64_t guard;
  char stack[STACK];
};

__attribute__((import_module("env"), import_name("answer"))) int answer(void);

static struct task *all, *spare, *running, *ready;

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
  if (running || ready) return 0;
  struct task *task = spare;
  if (task)
    spare = task->next;
  else if (!(task = malloc(sizeof *task)))
    return 0;
  task->guard = GUARD;
  task->used = task->status = 0;
  task->previous = NULL;
  task->next = all;
  if (all) all->previous = task;
  all = running = task;
  host = sp_get();
  sp_set(task->sp = ((uintptr_t)(task + 1)) & ~(uintptr_t)15);
  return 1;
}

/* It ends: 0, or what is wrong. */
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
  return ready ? 1 : 0;
}

EMSCRIPTEN_KEEPALIVE int add(int a, int b) {
  return a + b;
}

/* What a module is built with Asyncify for. */
EMSCRIPTEN_KEEPALIVE int add_later(int a) {
  return a + answer();
}
