/* What the native host keeps of a descriptor that is waited on (fd/watches.h). */
#ifndef GREENIO_SRC_NATIVE_WATCH_PART_H
#define GREENIO_SRC_NATIVE_WATCH_PART_H

#include <stdbool.h>
#include <stdint.h>

struct green__fd_watch;

/* What kind of thing it is: nobody has asked yet; a TCP connection; anything else. */
enum green__stream { GREEN__NOT_ASKED, GREEN__STREAM, GREEN__OTHER };

struct green__watch_part {
  struct green__fd_watch *next_unsure;
  uint32_t generation;   /* which registration */
  uint32_t unsure_since; /* which round */
  bool unsure;           /* in the list */
  bool ended, drained;   /* the other side has closed; nothing is left to read */
  enum green__stream stream;
};

#endif
