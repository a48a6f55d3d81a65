/* The switch of the machine's stack: the portable one, and the contract for those of an architecture,
 * whose folder the build puts in this one's place.
 *
 * A state is a pointer into the stack that it stands for.
 */
#ifndef GREENIO_SRC_NATIVE_SWITCH_H
#define GREENIO_SRC_NATIVE_SWITCH_H

#define GREEN__SWITCH_KIND "ucontext" /* as green_contexts() calls it */

/* Prepares the stack [base, top), top aligned to 16, so that the first switch to it calls entry(), which
 * never returns. */
void *green__switch_prepare(char *base, char *top, void (*entry)(void));

/* Keeps what the ABI has a function keep, stores this stack's state in *from, and goes on at `to`.
 * Returns when something switches to *from. */
void green__switch(void **from, void *to);

#endif
