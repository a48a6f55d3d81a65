/* The bottom of every stack: what the first switch to it jumps to. See switch.h for the state; its first
 * word has been popped. Debuggers stop here, since it has no return address. */
        .text
        .globl  green__switch_start
        .hidden green__switch_start
        .type   green__switch_start, @function
        .balign 16
green__switch_start:
        .cfi_startproc
        .cfi_undefined %rip
        addq    $8, %rsp                /* the control words: those of who made the stack */
        popq    %rbp
        popq    %rax                    /* entry */
        addq    $8, %rsp                /* now at the top, which is aligned to 16 */
        leaq    1f(%rip), %rcx          /* a return address without a call: nothing ever returns to */
        pushq   %rcx                    /* it, and the processor would go on expecting that */
        .cfi_adjust_cfa_offset 8
        jmpq    *%rax
        nop
1:      ud2                             /* entry returned */
        .cfi_endproc
        .size   green__switch_start, . - green__switch_start

        .section .note.GNU-stack, "", @progbits
