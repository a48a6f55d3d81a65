/* The stack switch for x86-64, System V ABI. See switch.h.
 *
 * What a function must keep for its caller is rbx, rbp, r12 to r15, rsp, and the control words of SSE
 * and x87. All of it is pushed on the stack that is left, so that a state is a stack pointer:
 *
 *   state +  0  mxcsr (4 bytes), x87 control word (2), 2 unused
 *   state +  8  r15, r14, r13, r12, rbx, rbp
 *   state + 56  where to go on
 */
        .text

/* void green__switch(void **from: rdi, void *to: rsi) */
        .globl  green__switch
        .hidden green__switch
        .type   green__switch, @function
        .balign 16
green__switch:
        .cfi_startproc
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbp, 0
        pushq   %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbx, 0
        pushq   %r12
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r12, 0
        pushq   %r13
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r13, 0
        pushq   %r14
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r14, 0
        pushq   %r15
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r15, 0
        subq    $8, %rsp
        .cfi_adjust_cfa_offset 8
        stmxcsr (%rsp)
        fnstcw  4(%rsp)
        movl    (%rsp), %eax            /* the control words as they are */
        movzwl  4(%rsp), %edx
        movq    %rsp, (%rdi)            /* *from = state */
        movq    %rsi, %rsp              /* from here on the other stack, of the same layout */
        cmpl    (%rsp), %eax            /* loading them is slow, and they rarely differ */
        jne     .Lload_mxcsr
.Lmxcsr_right:
        cmpw    4(%rsp), %dx
        jne     .Lload_x87
.Lx87_right:
        addq    $8, %rsp
        .cfi_adjust_cfa_offset -8
        popq    %r15
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r15
        popq    %r14
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r14
        popq    %r13
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r13
        popq    %r12
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r12
        popq    %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbx
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbp
        popq    %rcx                    /* where to go on; a ret would be predicted wrongly */
        .cfi_adjust_cfa_offset -8
        .cfi_register %rip, %rcx
        jmpq    *%rcx
        .cfi_endproc
        .size   green__switch, . - green__switch

/* The rare cases, out of the way; the layout here is that of the middle of green__switch. */
.Lload_mxcsr:
        ldmxcsr (%rsp)
        jmp     .Lmxcsr_right
.Lload_x87:
        fldcw   4(%rsp)
        jmp     .Lx87_right

/* The bottom of every stack: rbx holds entry. Debuggers stop here, since no return address is known. */
        .globl  green__switch_root
        .hidden green__switch_root
        .type   green__switch_root, @function
        .balign 16
green__switch_root:
        .cfi_startproc
        .cfi_undefined %rip
        callq   *%rbx
        ud2
        .cfi_endproc
        .size   green__switch_root, . - green__switch_root

        .section .note.GNU-stack, "", @progbits
