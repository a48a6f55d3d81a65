/* Tells Valgrind where stacks are, so that it takes a switch for one. Nothing where its header was
 * not there at build time; a few instructions a region where the program does not run under it. */
#ifndef GREENIO_SRC_NATIVE_VALGRIND_H
#define GREENIO_SRC_NATIVE_VALGRIND_H

#include <stdbool.h>
#include <stddef.h>

/* Of the stacks of one region. */
struct green__valgrind_ids {
  unsigned *ids;
  size_t count;
};

#ifdef GREENIO_VALGRIND
#include <stdlib.h>
#include <valgrind/valgrind.h>

static inline bool green__valgrind_here(void) {
  return RUNNING_ON_VALGRIND;
}

/* `count` slots of `slot` bytes from `first` on, each with a guard at its low end. */
static inline void green__valgrind_register(struct green__valgrind_ids *of, char *first,
                                            size_t slot, size_t count, size_t guard) {
  of->count = 0;
  of->ids = RUNNING_ON_VALGRIND ? malloc(count * sizeof *of->ids) : NULL;
  if (!of->ids) return;
  for (of->count = 0; of->count < count; of->count++, first += slot)
    of->ids[of->count] = VALGRIND_STACK_REGISTER(first + guard, first + slot);
}

static inline void green__valgrind_deregister(struct green__valgrind_ids *of) {
  while (of->count) VALGRIND_STACK_DEREGISTER(of->ids[--of->count]);
  free(of->ids);
}
#else
static inline bool green__valgrind_here(void) {
  return false;
}

static inline void green__valgrind_register(struct green__valgrind_ids *of, char *first,
                                            size_t slot, size_t count, size_t guard) {
  (void)of, (void)first, (void)slot, (void)count, (void)guard;
}

static inline void green__valgrind_deregister(struct green__valgrind_ids *of) {
  (void)of;
}
#endif

#endif
