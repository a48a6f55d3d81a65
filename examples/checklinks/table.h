/* A table of values by name: open addressing, never shrinks, nothing is removed. Names are borrowed
 * and must live as long as the table.
 */
#ifndef CHECKLINKS_TABLE_H
#define CHECKLINKS_TABLE_H

#include <stddef.h>

struct table_slot {
  const char *name; /* NULL: empty */
  void *value;
};

struct table {
  struct table_slot *slots;
  size_t count, capacity; /* a power of two, at least a quarter of it empty */
};

/* The value of a name; NULL when there is none. */
void *table_find(const struct table *table, const char *name);

/* Adds a name that is not there yet. */
void table_add(struct table *table, const char *name, void *value);

void table_free(struct table *table);

#endif
