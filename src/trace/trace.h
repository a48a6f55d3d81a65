/* What the files of traces share: trace.c takes notes, events.c writes them out. */
#ifndef GREENIO_SRC_TRACE_TRACE_H
#define GREENIO_SRC_TRACE_TRACE_H

#include "ring.h"

/* Where a trace is written to. */
struct green__trace_sink {
  int (*write)(const char *data, size_t size, void *arg);
  void *arg;
};

/* Writes the records as Chrome's trace events, as of the end of the trace at `now`. `left_out`:
 * spans for which their tracks had no room.
 *   0, what `write` has said, GREEN_ENOMEM. */
int green__trace_write(const struct green__ring *ring, const struct green__trace_sink *sink,
                       uint64_t now, uint64_t *left_out);

#endif
