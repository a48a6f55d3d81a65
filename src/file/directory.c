/* The list of a directory: gathered, sorted, in one block. */
#include <stdlib.h>
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "file.h"

static int listing_grow(void **memory, size_t *room, size_t needed, size_t item) {
  if (needed <= *room) return 0;
  size_t wanted = *room * 2 > needed ? *room * 2 : needed;
  void *moved = green__realloc(*memory, wanted * item);
  if (!moved) return GREEN_ENOMEM;
  *memory = moved;
  *room = wanted;
  return 0;
}

int green__listing_add(struct green__listing *listing, const char *name,
                       enum green_file_type type) {
  size_t size = strlen(name) + 1;
  int rc = listing_grow((void **)&listing->entries, &listing->room, listing->count + 1,
                        sizeof *listing->entries);
  if (rc == 0)
    rc = listing_grow((void **)&listing->names, &listing->names_room, listing->size + size, 1);
  if (rc < 0) return rc;
  memcpy(listing->names + listing->size, name, size);
  listing->entries[listing->count++] =
      (green_directory_entry){(const char *)(uintptr_t)listing->size, type};
  listing->size += size;
  return 0;
}

static int by_name(const void *one, const void *other) {
  return strcmp(((const green_directory_entry *)one)->name,
                ((const green_directory_entry *)other)->name);
}

int green__listing_end(struct green__listing *listing, green_directory_entry **out, size_t *count) {
  size_t size = listing->count * sizeof **out;
  green_directory_entry *entries = green__alloc(size + listing->size + 1);
  if (!entries) return GREEN_ENOMEM;
  char *names = (char *)entries + size;
  if (listing->size) memcpy(names, listing->names, listing->size);
  for (size_t i = 0; i < listing->count; i++)
    entries[i] = (green_directory_entry){names + (uintptr_t)listing->entries[i].name,
                                         listing->entries[i].type};
  qsort(entries, listing->count, sizeof *entries, by_name);
  *out = entries;
  *count = listing->count;
  return 0;
}

void green__listing_free(struct green__listing *listing) {
  green__free(listing->entries);
  green__free(listing->names);
}

void green_directory_entries_release(green_directory_entry *entries) {
  green__free(entries);
}
