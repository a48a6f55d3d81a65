/* The bottom of every stack: what the first switch to it jumps to. See switch.h for the state; its first
 * word has been popped. To the unwinder it is a function that has called entry and has a handler for
 * exceptions, which sees those that nobody above has taken (../windows/overflow.c). */
        .text
        .globl  green__switch_start
        .def    green__switch_start
        .scl    2
        .type   32
        .endef
        .balign 16
        .seh_proc green__switch_start
        .seh_handler green__exception_left, @except
green__switch_start:
        .seh_stackalloc 40              /* as it is at 1: below are arguments and the return address 0 */
        .seh_endprologue
        addq    $8, %rsp                /* the control words: those of who made the stack */
        popq    %gs:0x1478
        popq    %gs:0x10
        popq    %gs:0x8
        popq    %gs:0x0
        popq    %rbp
        popq    %rax                    /* entry; rsp is aligned to 16 from here on */
        leaq    1f(%rip), %rcx          /* a return address without a call: nothing ever returns to */
        pushq   %rcx                    /* it, and the processor would go on expecting that */
        jmpq    *%rax
        nop
1:      ud2                             /* entry returned */
        .seh_endproc
