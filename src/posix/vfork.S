/* vfork() in front of libc's, which notes that the caller may be such a child from now on (enable.c). A function of C cannot stand
 * here: its frame would be gone for the parent when it has returned in the child. */
#include "vfork.h"

#ifdef GREEN__SEES_VFORK
        .text
        .globl  vfork
        .type   vfork, @function
        .hidden green__posix_forks
        .balign 16
vfork:
        .cfi_startproc
#ifdef __x86_64__
        endbr64
        subq    $8, %rsp
        .cfi_adjust_cfa_offset 8
        call    green__posix_forks      /* gives libc's */
        addq    $8, %rsp
        .cfi_adjust_cfa_offset -8
        jmpq    *%rax
#else
        hint    #34                     /* bti c */
        stp     x29, x30, [sp, #-16]!
        .cfi_adjust_cfa_offset 16
        .cfi_offset x30, -8
        bl      green__posix_forks
        ldp     x29, x30, [sp], #16
        .cfi_adjust_cfa_offset -16
        .cfi_restore x30
        mov     x16, x0
        br      x16
#endif
        .cfi_endproc
        .size   vfork, . - vfork

/* enable.c asks for it, so that a static link takes this file. */
        .section .data.rel.ro, "aw"
        .globl  green__posix_at_vfork
        .hidden green__posix_at_vfork
        .balign 8
green__posix_at_vfork:
        .quad   vfork
#endif

        .section .note.GNU-stack, "", %progbits

#ifdef __aarch64__
#include "native/aarch64/property.inc"
#endif
