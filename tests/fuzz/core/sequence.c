/* Sequences: from bytes, from a seed, and for people. */
#include "sequence.h"

#include <string.h>

const char *operation_name(unsigned operation) {
  static const char *const names[] = {
#define NAME(name) #name,
      OPERATIONS(NAME)
#undef NAME
  };
  return operation < OPERATION_COUNT ? names[operation] : "?";
}

static void add(struct sequence *sequence, const uint8_t *b) {
  struct instruction *to = &sequence->instructions[sequence->count++];
  *to = (struct instruction){b[0] % SCRIPTS, b[1] % OPERATION_COUNT, b[2], b[3], b[4], b[5]};
}

void sequence_decode(struct sequence *out, const uint8_t *bytes, size_t size) {
  memset(out, 0, sizeof *out);
  if (!size) return;
  out->microtasks = bytes[0] & 1;
  out->tidy = bytes[0] & 2;
  for (size_t at = 1; at + 6 <= size && out->count < MOST_INSTRUCTIONS; at += 6)
    add(out, bytes + at);
}

size_t sequence_encode(const struct sequence *sequence, uint8_t *bytes) {
  bytes[0] = (uint8_t)(sequence->microtasks | sequence->tidy << 1);
  size_t size = 1;
  for (unsigned i = 0; i < sequence->count; i++) {
    const struct instruction *in = &sequence->instructions[i];
    uint8_t b[6] = {in->script, in->operation, in->a, in->b, in->c, in->d};
    memcpy(bytes + size, b, 6);
    size += 6;
  }
  return size;
}

/* splitmix64: every seed gives a good start. */
static uint64_t next(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

/* A sequence uses some of the operations often and the others seldom, so that sequences differ in
 * more than their order. The first script is the longest, and begins by starting something. */
void sequence_random(struct sequence *out, uint64_t seed) {
  uint8_t bytes[SEQUENCE_BYTES], favourites[6];
  unsigned scripts = 1 + (unsigned)(next(&seed) % SCRIPTS);
  unsigned count = 4 + (unsigned)(next(&seed) % (MOST_INSTRUCTIONS - 4));
  static const uint8_t starters[] = {DO_spawn,      DO_submit,      DO_later, DO_post,
                                     DO_open_group, DO_group_spawn, DO_spawn, DO_group_spawn};
  bytes[0] = (uint8_t)next(&seed);
  for (unsigned i = 0; i < sizeof favourites; i++) favourites[i] = (uint8_t)next(&seed);
  for (unsigned i = 0; i < count; i++) {
    uint8_t *b = bytes + 1 + 6 * i;
    uint64_t r = next(&seed);
    memcpy(b, &r, 6);
    b[0] = (uint8_t)((r >> 48) % 4 == 0 ? 0 : (r >> 50) % scripts);
    if ((r >> 54) % 2) b[1] = favourites[(r >> 56) % sizeof favourites];
    if ((b[0] == 0 && i < 3) || (r >> 60) % 8 == 0) b[1] = starters[(r >> 57) % 8];
    if (b[1] % OPERATION_COUNT == DO_end && (r >> 61)) b[1] = DO_yield; /* ends come soon enough */
  }
  sequence_decode(out, bytes, 1 + 6 * count);
}

void sequence_print(const struct sequence *sequence, FILE *out) {
  fprintf(out, "turns: %s; pools: %s\n", sequence->microtasks ? "microtasks first" : "after events",
          sequence->tidy ? "shut down at the end of script 0" : "left");
  for (unsigned script = 0; script < SCRIPTS; script++) {
    bool first = true;
    for (unsigned i = 0; i < sequence->count; i++) {
      const struct instruction *in = &sequence->instructions[i];
      if (in->script != script) continue;
      if (first) fprintf(out, "script %u\n", script);
      first = false;
      fprintf(out, "  %2u  %-12s %3u %3u %3u %3u\n", i, operation_name(in->operation), in->a, in->b,
              in->c, in->d);
    }
  }
  uint8_t bytes[SEQUENCE_BYTES];
  size_t size = sequence_encode(sequence, bytes);
  fprintf(out, "--bytes ");
  for (size_t i = 0; i < size; i++) fprintf(out, "%02x", bytes[i]);
  fprintf(out, "\n");
}
