/* What an architecture gives: the switch of the machine's stack. switch_x86_64.S and its like, or
 * switch_ucontext.c where there is none; the build picks one.
 */
#ifndef GREENIO_SRC_NATIVE_SWITCH_H
#define GREENIO_SRC_NATIVE_SWITCH_H

#include <stddef.h>

/* Prepares the stack [base, top), top aligned to 16, so that the first switch to it calls entry(), which
 * never returns. The state for that switch; it lies on the stack. */
void *green__switch_prepare(char *base, char *top, void (*entry)(void));

/* Saves what the caller's caller may rely on, stores the state in *from, and goes on at `to`. Returns
 * when something switches to *from. */
void green__switch(void **from, void *to);

#endif
