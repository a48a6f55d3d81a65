/* Memory for a program that cannot go on without it: these never return NULL. When there is none
 * left they say so on stderr and end the process with status 2.
 *
 * struct text is a growing string; its bytes are always followed by a 0 that is not counted.
 */
#ifndef CHECKLINKS_MEMORY_H
#define CHECKLINKS_MEMORY_H

#include <stddef.h>
#include <greenio/base.h>

void *memory_new(size_t size);
void *memory_resize(void *memory, size_t size);
char *memory_copy(const char *bytes, size_t length); /* ended by a 0 */

/* Makes room for one more item in an array of `count`, which grows by doubling. */
void *memory_grow(void *items, size_t count, size_t item_size);

struct text {
  char *bytes; /* NULL while nothing was added */
  size_t length, capacity;
};

void text_add(struct text *text, const char *bytes, size_t length);
void text_add_string(struct text *text, const char *string);
void text_add_byte(struct text *text, char byte);
void text_add_format(struct text *text, const char *format, ...) GREEN_PRINTF(2, 3);
void text_add_code_point(struct text *text, unsigned long code_point); /* as UTF-8 */

/* Shortens it to `length` bytes. */
void text_cut(struct text *text, size_t length);

/* Gives the bytes to the caller, who frees them, and leaves the text empty. */
char *text_take(struct text *text);

#endif
