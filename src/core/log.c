/* What greenio says by itself: one function for the whole process, or stderr. It allocates nothing
 * by green__alloc(), since it tells of what goes wrong without memory, too. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "quiet.h"

static void (*log_write)(const char *line, void *arg);
static void *log_arg;

void green_set_log(void (*write)(const char *line, void *arg), void *arg) {
  log_write = write;
  log_arg = arg;
}

static void write_line(const char *line) {
  if (log_write)
    log_write(line, log_arg);
  else
    fprintf(stderr, "%s\n", line);
}

GREEN__QUIET void green__say(const char *format, ...) {
  GREEN__QUIETLY;
  char most[256], *whole = NULL; /* small, since the stack may be */
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int size = vsnprintf(most, sizeof most, format, arguments);
  if (size >= (int)sizeof most) whole = malloc((size_t)size + 1); /* without memory it is cut */
  if (whole) vsnprintf(whole, (size_t)size + 1, format, again);
  va_end(again);
  va_end(arguments);
  write_line(whole ? whole : most);
  free(whole);
}
