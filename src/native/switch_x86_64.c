/* The first frame of a stack for switch_x86_64.S: a state that enters green__switch_root. */
#include <stdint.h>
#include <string.h>
#include "switch.h"

extern void green__switch_root(void);

struct state {
  uint32_t mxcsr;
  uint16_t x87, unused;
  uint64_t r15, r14, r13, r12, rbx, rbp, rip;
};

void *green__switch_prepare(char *base, char *top, void (*entry)(void)) {
  (void)base;
  struct state state = {.rbx = (uint64_t)(uintptr_t)entry,
                        .rip = (uint64_t)(uintptr_t)green__switch_root};
  __asm__("stmxcsr %0" : "=m"(state.mxcsr)); /* a task starts with its maker's */
  __asm__("fnstcw %0" : "=m"(state.x87));
  return memcpy(top - sizeof state, &state, sizeof state);
}
