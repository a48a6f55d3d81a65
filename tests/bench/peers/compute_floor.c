/* The floor of wasm.size by JSPI: the least that a program takes whose tasks each have a C stack of their own and wait in
 * turn, first come first served. No budget, no cancel, names, messages, timers, reports or events; a task that
 * fails, traps or overflows its stack takes all with it. compute_floor.mjs has the imports, and runs it.
 * Usage: compute_floor.mjs PROGRAM LOAD. Prints milliseconds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <emscripten.h>

#define STACK        (32 << 10)
#define IMPORT(name) __attribute__((import_module("env"), import_name(#name)))

struct task {
  uintptr_t sp; /* when it begins */
  struct task *next;
  int (*function)(void *);
  void *arg;
  int status, done;
  struct task *joins; /* who waits for it */
};

IMPORT(floor_begin) void floor_begin(struct task *task); /* calls floor_run() later */
IMPORT(floor_suspend) void floor_suspend(struct task *task);
IMPORT(floor_resume) void floor_resume(struct task *task); /* later too */

static struct task *ready, **last = &ready, *running;
static uintptr_t host;

/* Of the caller too: at -O2 a function without arrays has no frame. */
__asm__(".globaltype __stack_pointer, i32");
static inline __attribute__((always_inline)) uintptr_t sp_get(void) {
  uintptr_t sp;
  __asm__ volatile("global.get __stack_pointer\n\tlocal.set %0" : "=r"(sp));
  return sp;
}
static inline __attribute__((always_inline)) void sp_set(uintptr_t sp) {
  __asm__ volatile("local.get %0\n\tglobal.set __stack_pointer" : : "r"(sp));
}

static void make_ready(struct task *task) {
  task->next = NULL;
  *last = task;
  last = &task->next;
}

/* Begins or resumes who comes first. */
static void switch_on(void) {
  struct task *task = ready;
  running = NULL;
  if (!task) return;
  if (!(ready = task->next)) last = &ready;
  if (task->sp)
    floor_begin(task);
  else
    floor_resume(task);
}

static __attribute__((noinline)) void park(struct task *self) {
  uintptr_t sp = sp_get();
  switch_on();
  sp_set(host);
  floor_suspend(self);
  host = sp_get();
  sp_set(sp);
  running = self;
}

EMSCRIPTEN_KEEPALIVE void floor_run(struct task *task) {
  host = sp_get();
  sp_set(task->sp);
  task->sp = 0;
  running = task;
  task->status = task->function(task->arg);
  task->done = 1;
  if (task->joins) make_ready(task->joins);
  switch_on();
  sp_set(host);
}

static struct task *spawn(int (*function)(void *), void *arg) {
  char *memory = malloc(sizeof(struct task) + STACK);
  if (!memory) abort();
  struct task *task = (struct task *)(void *)(memory + STACK);
  *task = (struct task){.sp = (uintptr_t)task & ~(uintptr_t)15, .function = function, .arg = arg};
  make_ready(task);
  return task;
}

static int join(struct task *task) {
  if (!task->done) {
    task->joins = running;
    park(running);
  }
  int status = task->status;
  free((char *)task - STACK);
  return status;
}

void bench_pause(void) {
  make_ready(running);
  park(running);
}

typedef struct task *handle;
#define begin_tasks switch_on
#include "compute_floor.h"
