/* The ring of a trace: see ring.h. */
#include "ring.h"

#include <string.h>
#include <greenio/status.h>
#include "memory.h"

#define SLOT sizeof(struct green__record)

int green__ring_open(struct green__ring *ring, size_t size) {
  *ring = (struct green__ring){.count = size / SLOT};
  ring->slots = green__alloc(ring->count * SLOT);
  return ring->slots ? 0 : GREEN_ENOMEM;
}

void green__ring_close(struct green__ring *ring) {
  green__free(ring->slots);
  ring->slots = NULL;
}

static struct green__record *slot_at(const struct green__ring *ring, size_t at) {
  size_t index = ring->first + at;
  return &ring->slots[index < ring->count ? index : index - ring->count];
}

static void make_room(struct green__ring *ring, size_t wanted) {
  while (ring->count - ring->used < wanted) {
    size_t size = 1 + (size_t)ring->slots[ring->first].text;
    ring->first = (ring->first + size) % ring->count;
    ring->used -= size;
    ring->lost++;
  }
}

/* The text goes around the ring's end as the slots do. */
static void put_text(struct green__ring *ring, size_t at, const char *text, size_t size) {
  while (size) {
    size_t part = size < SLOT ? size : SLOT;
    memcpy(slot_at(ring, at++), text, part);
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
  size_t size = text ? add_text(both, text) : 0;
  if (text) size += add_text(both + size, second);
  size_t slots = (size + SLOT - 1) / SLOT;
  make_room(ring, 1 + slots);
  record.text = (uint16_t)slots;
  *slot_at(ring, ring->used) = record;
  put_text(ring, ring->used + 1, both, size);
  ring->used += 1 + slots;
}

size_t green__ring_read(const struct green__ring *ring, size_t at, struct green__record *record,
                        char *text) {
  if (at >= ring->used) return 0;
  *record = *slot_at(ring, at);
  size_t size = 0;
  for (size_t slot = 1; slot <= record->text; slot++, size += SLOT)
    memcpy(text + size, slot_at(ring, at + slot), SLOT);
  text[size] = text[size + 1] = 0;
  return at + 1 + record->text;
}
