/* The allocator hook: one set of functions for the whole process. */
#include "memory.h"
#include "log.h"
#include "quiet.h"

#include <stdlib.h>
#include <string.h>
#include <greenio/runtime.h>

static green_allocator allocator;

void green_set_allocator(const green_allocator *replacement) {
  static const green_allocator none;
  const green_allocator *next = replacement ? replacement : &none;
  bool whole = next->allocate && next->reallocate && next->release;
  if (whole || !replacement)
    allocator = *next;
  else
    green__say("greenio: green_set_allocator: allocate, reallocate and release have to be there, "
               "all three; nothing was changed");
}

/* ---- handles that were released -------------------------------------------------------------- */

#ifdef GREENIO_DEBUG
#define REMEMBERED 64

static _Thread_local const void *released[REMEMBERED];
static _Thread_local unsigned last_released;

static const void **find_released(const void *handle) {
  for (size_t i = 0; i < REMEMBERED; i++)
    if (released[i] == handle) return &released[i];
  return NULL;
}

/* green__alloc() has given this memory to somebody: it is no released handle any more. */
static void *forget_released(void *memory) {
  const void **at = memory ? find_released(memory) : NULL;
  if (at) *at = NULL;
  return memory;
}

GREEN__QUIET void green__handle_used(const void *handle, const char *call) {
  GREEN__QUIETLY;
  if (!handle || !find_released(handle)) return;
  green__say("greenio: %s: %p was released before; each handle is released once", call,
             (void *)(uintptr_t)handle);
  abort();
}

void green__handle_released(const void *handle, const char *call) {
  green__handle_used(handle, call);
  released[last_released = (last_released + 1) % REMEMBERED] = handle;
}
#else
#define forget_released(memory) (memory)

GREEN__QUIET void green__handle_used(const void *handle, const char *call) {
  (void)handle, (void)call;
}

void green__handle_released(const void *handle, const char *call) {
  (void)handle, (void)call;
}
#endif

/* ---- the allocator --------------------------------------------------------------------------- */

GREEN__QUIET void *green__alloc(size_t size) {
  GREEN__QUIETLY;
  void *memory = allocator.allocate ? allocator.allocate(size, allocator.arg) : malloc(size);
  return forget_released(memory);
}

GREEN__QUIET void *green__realloc(void *memory, size_t size) {
  GREEN__QUIETLY;
  void *moved = allocator.reallocate ? allocator.reallocate(memory, size, allocator.arg)
                                     : realloc(memory, size);
  return forget_released(moved);
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
