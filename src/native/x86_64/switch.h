/* The stack switch for x86-64, System V ABI. The contract stands in ../ucontext/switch.h.
 *
 * It is inlined where tasks park and where they are resumed: then no return stands between the switch
 * and the code around it, and the processor's stack of return addresses, which knows nothing of
 * switches, still predicts the next ones rightly. As a function it costs 45 ns through the scheduler
 * instead of 17.
 *
 *   state + 0  where to go on
 *   state + 8  SSE's control word (4 bytes), x87's (2), 2 unused
 *   state + 16 rbp; the compiler keeps the other registers, as the asm's clobbers tell it
 *
 * What includes this is compiled with -mno-red-zone, since the asm pushes.
 */
#ifndef GREENIO_SRC_NATIVE_SWITCH_H
#define GREENIO_SRC_NATIVE_SWITCH_H

#define GREEN__SWITCH_KIND "assembly" /* as green_contexts() calls it */

#if !defined __x86_64__ || defined __ILP32__
#error "greenio is configured for x86-64, but this compiles for another: use an empty folder"
#endif

#include <stdint.h>

extern void green__switch_start(void);

static inline void *green__switch_prepare(char *base, char *top, void (*entry)(void)) {
  struct state {
    void (*start)(void);
    uint32_t sse;
    uint16_t x87, unused;
    uint64_t rbp;
    void (*entry)(void);
    uint64_t unused_too;
  } *state = (void *)(top - sizeof *state);
  (void)base;
  __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(state->sse), "=m"(state->x87));
  state->start = green__switch_start;
  state->rbp = 0;
  state->entry = entry;
  return state;
}

static inline __attribute__((always_inline)) void green__switch(void **from, void *to) {
  __asm__ volatile("pushq   %%rbp\n\t"
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
                   "popq    %%rbp\n\t"
                   : "+D"(from), "+S"(to)
                   :
                   : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
                     "r15", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
                     "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
                     "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)");
}

#endif
