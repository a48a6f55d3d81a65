/* Text of a trace: see text.h. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "json.h"

#define LONGEST 512

int green__trace_flush(struct green__trace_text *text) {
  if (text->rc == 0 && text->used) {
    int rc = text->sink->write(text->bytes, text->used, text->sink->arg);
    if (rc < 0) text->rc = rc; /* a count is no failure */
  }
  text->used = 0;
  return text->rc;
}

void green__trace_print(struct green__trace_text *text, const char *format, ...) {
  if (GREEN__TEXT_SIZE - text->used < LONGEST) green__trace_flush(text);
  va_list arguments;
  va_start(arguments, format);
  int size = vsnprintf(text->bytes + text->used, LONGEST, format, arguments);
  va_end(arguments);
  text->used += size < LONGEST ? (size_t)size : LONGEST - 1;
}

void green__trace_string(struct green__trace_text *text, const char *string) {
  const char *end = string + strlen(string);
  green__trace_print(text, "\"");
  while (string < end) {
    if (GREEN__TEXT_SIZE - text->used < GREEN__JSON_CHARACTER) green__trace_flush(text);
    text->used += green__json_character(text->bytes + text->used, &string);
  }
  green__trace_print(text, "\"");
}
