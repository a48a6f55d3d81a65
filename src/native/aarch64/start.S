/* The bottom of every stack: what the first switch to it jumps to. See switch.h for the state, at which
 * sp is. Debuggers stop here, since it has no return address. */
        .text
        .globl  green__switch_start
        .hidden green__switch_start
        .type   green__switch_start, %function
        .balign 16
green__switch_start:
        .cfi_startproc
        .cfi_undefined x30
        hint    #38                     /* bti jc: a landing pad, a no-op on older processors */
        ldp     x29, x16, [sp, #16]     /* x29 = 0; entry */
        add     sp, sp, #32             /* now at the top, which is aligned to 16 */
        adr     x30, 1f                 /* a return address without a call: nothing ever returns to */
        br      x16                     /* it, and the processor would go on expecting that */
        nop
1:      brk     #1                      /* entry returned */
        .cfi_endproc
        .size   green__switch_start, . - green__switch_start

        .section .note.GNU-stack, "", %progbits

#include "property.inc"
