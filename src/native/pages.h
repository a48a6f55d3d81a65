/* Memory of the system's for stacks, by the page: pages_posix.c, windows/pages.c. See stack.c. */
#ifndef GREENIO_SRC_NATIVE_PAGES_H
#define GREENIO_SRC_NATIVE_PAGES_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes, a power of two, at least 4096. */
size_t green__page_size(void);

/* Bytes below each stack that are its guard's, whole pages. */
size_t green__pages_below(void);

/* Addresses for stacks, of which the first `head` bytes, whole pages, can be used at once. NULL: no
 * memory. */
char *green__pages_reserve(size_t bytes, size_t head);
void green__pages_release(char *memory, size_t bytes);

/* Makes the stack [base, base + size) of reserved pages, with its guard below; *guarded: it has one.
 * False: no memory. */
bool green__pages_open(char *base, size_t size, bool *guarded);

/* Gives what stands there to the system, and keeps the pages, which then hold anything. False: they
 * are as they were. */
bool green__pages_discard(char *base, size_t size);

/* All pages are released, or are another process's: counting begins anew. Async-signal-safe. */
void green__pages_forget(void);

#endif
