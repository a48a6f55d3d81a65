/* The stack switch for x86-64 under Windows. The contract stands in ../ucontext/switch.h, and why it is
 * inlined in ../x86_64/switch.h.
 *
 * Beside the registers a stack has bounds, which the system keeps in the thread's block (TEB): the
 * unwinder takes no frame outside of them for one, so that no exception would be caught, and the
 * system tells an overflow by them.
 *
 *   state + 0  where to go on
 *   state + 8  SSE's control word (4 bytes), x87's (2), 2 unused
 *   state + 16 the bounds: the lowest address that is the stack's, guard and all (DeallocationStack);
 *   state + 24 the lowest that can be used (StackLimit), which the system moves on an overflow;
 *   state + 32 the end (StackBase)
 *   state + 40 a list of handlers on the stack (ExceptionList), which Wine has on x86-64 too
 *   state + 48 rbp; the compiler keeps the other registers, as the asm's clobbers tell it: under
 *              Windows those that a function keeps are rbx, rdi, rsi, r12 to r15, and xmm6 to xmm15
 *
 * There is no red zone.
 */
#ifndef GREENIO_SRC_NATIVE_SWITCH_H
#define GREENIO_SRC_NATIVE_SWITCH_H

#define GREEN__SWITCH_KIND "assembly" /* as green_contexts() calls it */

#if !defined __x86_64__ || !defined _WIN32
#error                                                                                             \
    "greenio is configured for x86-64 Windows, but this compiles for another: use an empty folder"
#endif

#include <stdint.h>
#include "pages.h"

extern void green__switch_start(void);

/* Above the state: room for the arguments of who is called (32 bytes), a hole, and the return address
 * 0, where the unwinder stops. */
static inline void *green__switch_prepare(char *base, char *top, void (*entry)(void)) {
  struct state {
    void (*start)(void);
    uint32_t sse;
    uint16_t x87, unused;
    char *lowest, *limit, *end;
    uint64_t handlers, rbp;
    void (*entry)(void);
    uint64_t arguments[4], hole, returns_to;
  } *state = (void *)(top - sizeof *state);
  __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(state->sse), "=m"(state->x87));
  state->start = green__switch_start;
  state->lowest = base - green__pages_below();
  state->limit = base;
  state->end = top;
  state->handlers = UINT64_MAX; /* none */
  state->rbp = 0;
  state->entry = entry;
  state->returns_to = 0;
  return state;
}

static inline __attribute__((always_inline)) void green__switch(void **from, void *to) {
  __asm__ volatile("pushq   %%rbp\n\t"
                   "pushq   %%gs:0x0\n\t"
                   "pushq   %%gs:0x8\n\t"
                   "pushq   %%gs:0x10\n\t"
                   "pushq   %%gs:0x1478\n\t"
                   "subq    $8, %%rsp\n\t"
                   "stmxcsr (%%rsp)\n\t"
                   "fnstcw  4(%%rsp)\n\t"
                   "leaq    1f(%%rip), %%rax\n\t"
                   "movl    (%%rsp), %%ecx\n\t" /* the control words as they are */
                   "movzwl  4(%%rsp), %%edx\n\t"
                   "pushq   %%rax\n\t"
                   "movq    %%rsp, (%%rdi)\n\t" /* *from = state */
                   "movq    %%rsi, %%rsp\n\t"   /* from here on the other stack */
                   "popq    %%rax\n\t"
                   "jmpq    *%%rax\n"
                   "2:\t"
                   "ldmxcsr (%%rsp)\n\t" /* rarely: loading them is slow, comparing is not */
                   "fldcw   4(%%rsp)\n\t"
                   "jmp     3f\n"
                   "1:\t"
                   "cmpl    (%%rsp), %%ecx\n\t"
                   "jne     2b\n\t"
                   "cmpw    4(%%rsp), %%dx\n\t"
                   "jne     2b\n"
                   "3:\t"
                   "addq    $8, %%rsp\n\t"
                   "popq    %%gs:0x1478\n\t"
                   "popq    %%gs:0x10\n\t"
                   "popq    %%gs:0x8\n\t"
                   "popq    %%gs:0x0\n\t"
                   "popq    %%rbp\n\t"
                   : "+D"(from), "+S"(to)
                   :
                   : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
                     "r15", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
                     "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
                     "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)");
}

#endif
