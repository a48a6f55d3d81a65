/* Memory for stacks: cut from large reserved regions, a guard below each, recycled by size. One set
 * a thread. */
#ifndef GREENIO_SRC_NATIVE_STACK_H
#define GREENIO_SRC_NATIVE_STACK_H

#include <stdbool.h>
#include <stddef.h>

struct green__stack {
  char *base;   /* the lowest usable byte */
  size_t size;  /* usable bytes */
  bool guarded; /* touching what lies below base faults; if not, *base holds a canary */
};

/* A stack of at least `size` bytes; it may hold anything.  0, GREEN_ENOMEM. */
int green__stack_take(struct green__stack *stack, size_t size);

/* Gives it back: kept as it is, or but for its top, or not at all, by how much memory those that are
 * kept may have. */
void green__stack_give(const struct green__stack *stack);

/* Whether an unguarded stack has been left below; begins to look, for one that is used again. */
bool green__stack_broken(const struct green__stack *stack);
void green__stack_mark(const struct green__stack *stack);

/* Whether `address` is in the guard of the stack. */
bool green__stack_in_guard(const struct green__stack *stack, const void *address);

/* Unmaps everything. No stack may be in use. */
void green__stacks_unmap(void);

/* Leaves everything mapped, and begins anew; in the child of fork(). Async-signal-safe. */
void green__stacks_forget(void);

#endif
