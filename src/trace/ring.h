/* The ring of a trace: records of one size, each with text behind it that it may need. When it is full,
 * the oldest go. */
#ifndef GREENIO_SRC_TRACE_RING_H
#define GREENIO_SRC_TRACE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum green__record_kind {
  GREEN__RECORD_BEGIN, /* text: the name, NUL, the group, NUL */
  GREEN__RECORD_FOUND, /* the same, of one that was there before */
  GREEN__RECORD_PARK,
  GREEN__RECORD_WAKE,
  GREEN__RECORD_RESUME,
  GREEN__RECORD_END,
  GREEN__RECORD_CANCEL,
  GREEN__RECORD_JOB, /* text as of a begin */
  GREEN__RECORD_JOB_END,
  GREEN__RECORD_TURN,
  GREEN__RECORD_TURN_END,
  GREEN__RECORD_SPAN, /* text: the name, NUL, the detail, NUL */
  GREEN__RECORD_SPAN_END,
};

/* Numbers of tasks and spans are kept without what is above 32 bits. Text fills whole slots, whose size
 * is therefore the same where a uint64_t is aligned to 4. */
struct green__record {
  _Alignas(8) uint64_t time; /* ns */
  uint32_t task;
  uint32_t other; /* who made, woke or cancelled it; the span's number */
  int32_t status;
  uint16_t kind;
  uint16_t text;    /* so many slots of text stand behind it */
  const char *what; /* a static string */
};

struct green__ring {
  struct green__record *slots;
  size_t count;       /* of slots */
  size_t first, used; /* the oldest record's slot; slots in use */
  uint64_t lost;      /* records */
};

/* Bytes of text that a record can have. */
#define GREEN__RECORD_TEXT 512

/* 0, GREEN_ENOMEM. */
int green__ring_open(struct green__ring *ring, size_t size);
void green__ring_close(struct green__ring *ring);

/* Drops the oldest, until so many slots are free. */
void green__ring_make_room(struct green__ring *ring, size_t wanted);

/* The slot at a distance from the oldest. */
static inline struct green__record *green__ring_slot(const struct green__ring *ring, size_t at) {
  size_t index = ring->first + at;
  return &ring->slots[index < ring->count ? index : index - ring->count];
}

/* So many slots are freed at once for records without text: to drop one costs as much as to add one. */
#define GREEN__RING_DROP 64

static inline bool green__ring_is_full(const struct green__ring *ring) {
  return ring->used == ring->count;
}

/* A slot for a record without text, to be filled; there is room. */
static inline struct green__record *green__ring_next(struct green__ring *ring) {
  return green__ring_slot(ring, ring->used++);
}

/* Adds a record with two texts, each cut to half of what there can be. */
void green__ring_add(struct green__ring *ring, struct green__record record, const char *text,
                     const char *second);

/* Copies the record at a distance of so many slots from the oldest, and its text, which ends with two NULs,
 * into a buffer of GREEN__RECORD_TEXT + 2 bytes. The distance of the next; 0: there is none at `at`. */
size_t green__ring_read(const struct green__ring *ring, size_t at, struct green__record *record,
                        char *text);

#endif
