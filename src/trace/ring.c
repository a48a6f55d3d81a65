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

static void put_texts(char *to, const char *text, size_t length, const char *second,
                      size_t behind) {
  memcpy(to, text, length);
  to[length] = 0;
  memcpy(to + length + 1, second, behind);
  to[length + 1 + behind] = 0;
}

/* Around the ring's end, as the slots go. */
static __attribute__((noinline)) void put_around(struct green__ring *ring, char *to,
                                                 const char *text, size_t length,
                                                 const char *second, size_t behind) {
  char both[GREEN__RECORD_TEXT];
  size_t size = length + behind + 2, part = (size_t)((char *)(ring->slots + ring->count) - to);
  put_texts(both, text, length, second, behind);
  memcpy(to, both, part);
  memcpy(ring->slots, both + part, size - part);
}

void green__ring_add(struct green__ring *ring, struct green__record record, const char *text,
                     const char *second) {
  const size_t most = GREEN__RECORD_TEXT / 2 - 1;
  size_t length = strnlen(text, most), behind = strnlen(second, most);
  size_t size = length || behind ? length + behind + 2 : 0, slots = (size + SLOT - 1) / SLOT;
  if (ring->count - ring->used < 1 + slots) green__ring_make_room(ring, 1 + slots);
  record.text = (uint16_t)slots;
  *green__ring_slot(ring, ring->used) = record;
  if (size) {
    char *to = (char *)green__ring_slot(ring, ring->used + 1);
    if (to + size <= (char *)(ring->slots + ring->count))
      put_texts(to, text, length, second, behind);
    else
      put_around(ring, to, text, length, second, behind);
  }
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
