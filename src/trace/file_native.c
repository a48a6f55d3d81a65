/* Traces written to files, natively, and the one that the environment asks for: see file.h. */
#include "file.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include <greenio/trace.h>
#include "log.h"

int green__trace_file_open(void **out, const char *path) {
  FILE *file = fopen(path, "we");
  *out = file;
  if (file) return 0;
  int rc = green_status_from_errno(errno);
  return green_fail(rc, "green_trace_start: %s: %s", path, green_strerror(rc));
}

int green__trace_file_write(const char *data, size_t size, void *file) {
  if (fwrite(data, 1, size, file) == size) return 0;
  return green_status_from_errno(errno);
}

int green__trace_file_close(void *file) {
  return fclose(file) == 0 ? 0 : green_status_from_errno(errno);
}

/* ---- GREENIO_TRACE=FILE ---------------------------------------------------------------------- */

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void stop_at_exit(void) {
  green_trace_stop(); /* of the thread that exits, if it is not over */
}

static void start_by_environment(void) {
  const char *path = getenv("GREENIO_TRACE");
  if (!path || !*path) return;
  const char *size = getenv("GREENIO_TRACE_SIZE");
  green_trace_options options = {.path = path, .size = size ? strtoul(size, NULL, 10) : 0};
  int rc = green_trace_start(&options);
  if (rc < 0)
    green__say("greenio: GREENIO_TRACE=%s: %s", path, green_strerror(rc));
  else
    atexit(stop_at_exit);
}

void green__trace_by_environment(void) {
  pthread_once(&once, start_by_environment);
}
