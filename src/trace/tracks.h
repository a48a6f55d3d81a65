/* What is known of each task while a trace is written: by its number. */
#ifndef GREENIO_SRC_TRACE_TRACKS_H
#define GREENIO_SRC_TRACE_TRACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a task is at; UNKNOWN: what happened to it before is lost. */
enum green__track_state {
  GREEN__TRACK_UNKNOWN,
  GREEN__TRACK_RUNS,
  GREEN__TRACK_READY,
  GREEN__TRACK_WAITS
};

/* Spans that a track can have open at once; more are left out, and counted. */
#define GREEN__TRACK_SPANS 16

struct green__track {
  uint32_t task;
  bool used, named;
  enum green__track_state state;
  uint64_t since;
  const char *what; /* it waits for */
  uint64_t arrow;   /* the number of the one that ends where it goes on; 0: none */
  unsigned open;    /* spans, the outermost first */
  struct {
    uint32_t id;
    size_t record; /* where its text is in the ring */
  } spans[GREEN__TRACK_SPANS];
};

struct green__tracks {
  struct green__track *at;
  size_t size, count; /* size: a power of two, or 0 */
};

/* The track of that task, made if there is none. Those that were found before may have moved. NULL: no
 * memory. */
struct green__track *green__track_find(struct green__tracks *tracks, uint32_t task);
void green__tracks_close(struct green__tracks *tracks);

#endif
