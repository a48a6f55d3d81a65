/* The allocator hook: one set of functions for the whole process. */
#include "memory.h"
#include "quiet.h"

#include <stdlib.h>
#include <string.h>
#include <greenio/runtime.h>

static green_allocator allocator;

void green_set_allocator(const green_allocator *replacement) {
  static const green_allocator none;
  allocator = replacement ? *replacement : none;
}

GREEN__QUIET void *green__alloc(size_t size) {
  GREEN__QUIETLY;
  return allocator.allocate ? allocator.allocate(size, allocator.arg) : malloc(size);
}

GREEN__QUIET void *green__realloc(void *memory, size_t size) {
  GREEN__QUIETLY;
  return allocator.reallocate ? allocator.reallocate(memory, size, allocator.arg)
                              : realloc(memory, size);
}

GREEN__QUIET void green__free(void *memory) {
  GREEN__QUIETLY;
  if (!memory) return;
  if (allocator.release)
    allocator.release(memory, allocator.arg);
  else
    free(memory);
}

char *green__copy_string(const char *string, size_t most) {
  size_t length = strlen(string);
  if (length > most) length = most;
  char *copy = green__alloc(length + 1);
  if (!copy) return NULL;
  memcpy(copy, string, length);
  copy[length] = 0;
  return copy;
}
