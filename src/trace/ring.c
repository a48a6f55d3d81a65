/* The ring of a trace: see ring.h. */
#include "ring.h"

#include <string.h>
#include <greenio/status.h>
#include "memory.h"

#define SLOT sizeof(struct green__record)

_Static_assert(GREEN__RECORD_TEXT % SLOT == 0, "a text is read in whole slots");

int green__ring_open(struct green__ring *ring, size_t size) {
  *ring = (struct green__ring){.count = size / SLOT};
  ring->slots = green__alloc(ring->count * SLOT);
  return ring->slots ? 0 : GREEN_ENOMEM;
}

void green__ring_close(struct green__ring *ring) {
  green__free(ring->slots);
  ring->slots = NULL;
}

void green__ring_make_room(struct green__ring *ring, size_t wanted) {
  while (ring->count - ring->used < wanted) {
    size_t size = 1 + (size_t)ring->slots[ring->first].text;
    ring->first += size;
    if (ring->first >= ring->count) ring->first -= ring->count;
    ring->used -= size;
    ring->lost++;
  }
}

/* The text goes around the ring's end as the slots do. */
static void put_text(struct green__ring *ring, size_t at, const char *text, size_t size) {
  while (size) {
    size_t part = size < SLOT ? size : SLOT;
    memcpy(green__ring_slot(ring, at++), text, part);
    text += part;
    size -= part;
  }
}

static size_t add_text(char *to, const char *text) {
  size_t length = strnlen(text, GREEN__RECORD_TEXT / 2 - 1);
  memcpy(to, text, length);
  to[length] = 0;
  return length + 1;
}

void green__ring_add(struct green__ring *ring, struct green__record record, const char *text,
                     const char *second) {
  char both[GREEN__RECORD_TEXT];
  size_t size = 0;
  if (*text || *second) {
    size = add_text(both, text);
    size += add_text(both + size, second);
  }
  size_t slots = (size + SLOT - 1) / SLOT;
  green__ring_make_room(ring, 1 + slots);
  record.text = (uint16_t)slots;
  *green__ring_slot(ring, ring->used) = record;
  put_text(ring, ring->used + 1, both, size);
  ring->used += 1 + slots;
}

size_t green__ring_read(const struct green__ring *ring, size_t at, struct green__record *record,
                        char *text) {
  if (at >= ring->used) return 0;
  *record = *green__ring_slot(ring, at);
  size_t size = 0;
  for (size_t slot = 1; slot <= record->text; slot++, size += SLOT)
    memcpy(text + size, green__ring_slot(ring, at + slot), SLOT);
  text[size] = text[size + 1] = 0;
  return at + 1 + record->text;
}
