/* Values by name; see table.h. */
#include "table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* FNV-1a. */
static size_t hash(const char *name) {
  uint32_t h = 2166136261u;
  for (; *name; name++) h = (h ^ (unsigned char)*name) * 16777619u;
  return h;
}

static struct table_slot *slot_for(const struct table *table, const char *name) {
  size_t mask = table->capacity - 1;
  size_t i = hash(name) & mask;
  while (table->slots[i].name && strcmp(table->slots[i].name, name) != 0) i = (i + 1) & mask;
  return &table->slots[i];
}

void *table_find(const struct table *table, const char *name) {
  return table->capacity ? slot_for(table, name)->value : NULL;
}

static void widen(struct table *table) {
  struct table wider = {0};
  wider.capacity = table->capacity ? table->capacity * 2 : 16;
  wider.slots = memory_new(wider.capacity * sizeof *wider.slots);
  for (size_t i = 0; i < table->capacity; i++)
    if (table->slots[i].name) *slot_for(&wider, table->slots[i].name) = table->slots[i];
  wider.count = table->count;
  free(table->slots);
  *table = wider;
}

void table_add(struct table *table, const char *name, void *value) {
  if ((table->count + 1) * 4 > table->capacity * 3) widen(table);
  *slot_for(table, name) = (struct table_slot){name, value};
  table->count++;
}

void table_free(struct table *table) {
  free(table->slots);
  *table = (struct table){0};
}
