/* For the end of a file in assembly. Without this note the linker takes BTI and PAC from the whole program. */
        .section .note.gnu.property, "a", %note
        .balign 8
        .word   4                       /* the length of the name */
        .word   16                      /* of what follows it */
        .word   5                       /* NT_GNU_PROPERTY_TYPE_0 */
        .asciz  "GNU"
        .word   0xc0000000              /* GNU_PROPERTY_AARCH64_FEATURE_1_AND */
        .word   4
        .word   3                       /* BTI and PAC */
        .word   0
