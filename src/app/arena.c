/* Memory that lives as long as a request: cut from a room in the exchange, then from chunks. */
#include <string.h>
#include "app.h"
#include "core/memory.h"

#define CHUNK ((size_t)4096)
#define ALIGN 16

struct green__chunk {
  struct green__chunk *next;
  _Alignas(ALIGN) char room[];
};

void green__arena_begin(struct green__arena *arena, void *room, size_t size) {
  *arena = (struct green__arena){.at = room, .end = (char *)room + size};
}

void green__arena_end(struct green__arena *arena) {
  while (arena->chunks) {
    struct green__chunk *chunk = arena->chunks;
    arena->chunks = chunk->next;
    green__free(chunk);
  }
}

static char *chunk_new(struct green__arena *arena, size_t size) {
  struct green__chunk *chunk = green__alloc(sizeof *chunk + size);
  if (!chunk) return NULL;
  chunk->next = arena->chunks;
  arena->chunks = chunk;
  return chunk->room;
}

void *green__arena_alloc(struct green__arena *arena, size_t size) {
  if (size > SIZE_MAX / 2) return NULL;
  size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
  if (size > (size_t)(arena->end - arena->at)) {
    if (size > CHUNK / 4) return chunk_new(arena, size); /* the rest stays of use */
    char *room = chunk_new(arena, CHUNK);
    if (!room) return NULL;
    arena->at = room;
    arena->end = room + CHUNK;
  }
  char *at = arena->at;
  arena->at += size;
  return at;
}

char *green__arena_copy(struct green__arena *arena, const char *text, size_t size) {
  if (size == SIZE_MAX) return NULL;
  char *copy = green__arena_alloc(arena, size + 1);
  if (!copy) return NULL;
  memcpy(copy, text, size);
  copy[size] = 0;
  return copy;
}
