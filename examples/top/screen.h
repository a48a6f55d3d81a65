/* What top has read, and how it is shown. */
#ifndef SCREEN_H
#define SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct row {
  unsigned long id, maker;
  char *name, *group, *state, *waits_for; /* in the text */
  uint64_t since, runs, ran;
  uint64_t lately; /* ns of `ran` since the sample before */
  size_t used, size;
};

struct pool_row {
  char *name;
  int workers, idle;
  size_t queued;
};

struct sample {
  char *text; /* what was read, cut into fields */
  uint64_t now, turns, longest, busy;
  struct row *rows;
  size_t count;
  struct pool_row pools[16];
  size_t pool_count;
};

/* Cuts text of malloc's, which it takes over, into a sample. `before`: the last one, or NULL.  0; -1: it is not
 * what a program offers, or there is no memory. */
int sample_read(struct sample *sample, char *text, const struct sample *before);
void sample_free(struct sample *sample);

/* By a key: t time, r runs, s stack, w how long in its state, i number, n name. */
void sample_sort(struct sample *sample, int key);

/* Whether rows can be sorted by it. */
bool is_sort_key(int key);

/* Writes the head and as many rows as there is room for: `height` and `width`, 0: all. `color`: on a terminal. */
void sample_draw(FILE *out, const struct sample *sample, const struct sample *before, int key,
                 int width, int height, bool color);

#endif
