/* Text of a trace, on its way to where it is written. */
#ifndef GREENIO_SRC_TRACE_TEXT_H
#define GREENIO_SRC_TRACE_TEXT_H

#include <greenio/base.h>
#include "trace.h"

#define GREEN__TEXT_SIZE 8192

struct green__trace_text {
  const struct green__trace_sink *sink;
  int rc; /* what the sink has said; nothing is written behind a failure */
  size_t used;
  char bytes[GREEN__TEXT_SIZE];
};

/* Not for long texts. */
void green__trace_print(struct green__trace_text *text, const char *format, ...) GREEN_PRINTF(2, 3);

/* A string of JSON's, in quotes; what is no UTF-8 is replaced. */
void green__trace_string(struct green__trace_text *text, const char *string);

/* Hands over what is left; what the sink has said. */
int green__trace_flush(struct green__trace_text *text);

#endif
