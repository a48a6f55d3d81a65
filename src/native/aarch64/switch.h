/* The stack switch for aarch64, AAPCS64. The contract stands in ../ucontext/switch.h.
 *
 * Inlined where tasks park and where they are resumed, for the reason that ../x86_64/switch.h
 * gives.
 *
 *   state + 0  where to go on, a landing pad for branch target identification
 *   state + 8  FPCR
 *   state + 16 x29
 *   state + 24 unused; of a new stack, its entry
 *
 * The compiler keeps x19 to x28, x30 and d8 to d15, as the asm's clobbers tell it: only those that
 * hold something. Return addresses that are signed stay so where the compiler put them; each stack
 * checks its own.
 */
#ifndef GREENIO_SRC_NATIVE_SWITCH_H
#define GREENIO_SRC_NATIVE_SWITCH_H

#define GREEN__SWITCH_KIND "assembly" /* as green_contexts() calls it */

#if !defined __aarch64__ || defined __ILP32__
#error "greenio is configured for aarch64, but this compiles for another: use an empty folder"
#endif

#include <stdint.h>

extern void green__switch_start(void);

static inline void *green__switch_prepare(char *base, char *top, void (*entry)(void)) {
  struct state {
    void (*start)(void);
    uint64_t fpcr, x29;
    void (*entry)(void);
  } *state = (void *)(top - sizeof *state);
  (void)base;
  __asm__ volatile("mrs %0, fpcr" : "=r"(state->fpcr));
  state->start = green__switch_start;
  state->x29 = 0;
  state->entry = entry;
  return state;
}

static inline __attribute__((always_inline)) void green__switch(void **from, void *to) {
  register void **from_in __asm__("x0") = from;
  register void *to_in __asm__("x1") = to;
  __asm__ volatile("mrs     x9, fpcr\n\t"
                   "adr     x10, 1f\n\t"
                   "stp     x10, x9, [sp, #-32]!\n\t"
                   "str     x29, [sp, #16]\n\t"
                   "mov     x11, sp\n\t"
                   "str     x11, [x0]\n\t" /* *from = state */
                   "mov     sp, x1\n\t"    /* from here on the other stack */
                   "ldr     x16, [sp]\n\t"
                   "br      x16\n"
                   "2:\t"
                   "msr     fpcr, x10\n\t" /* rarely: writing it is slow, comparing is not */
                   "b       3f\n"
                   "1:\t"
                   "hint    #38\n\t" /* bti jc; x9 is FPCR as it is */
                   "ldp     x10, x29, [sp, #8]\n\t"
                   "cmp     x9, x10\n\t"
                   "b.ne    2b\n"
                   "3:\t"
                   "add     sp, sp, #32\n\t"
                   : "+r"(from_in), "+r"(to_in)
                   :
                   : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
                     "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24",
                     "x25", "x26", "x27", "x28", "x30", "memory", "cc", "v0", "v1", "v2", "v3",
                     "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15",
                     "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26",
                     "v27", "v28", "v29", "v30", "v31");
}

#endif
