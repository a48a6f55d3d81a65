/* Traces written to files, natively, and the one that the environment asks for: see file.h. */
#include "file.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include <greenio/trace.h>
#include "log.h"
#include "memory.h"
#include "system_file.h"
#include "wait.h"

/* Of the trace that the environment has asked for: its file, until it has ended; and whether the next one
 * that this thread opens is it. */
static _Atomic(FILE *) asked;
static _Thread_local bool asks;

int green__trace_file_open(void **out, const char *path) {
  FILE *file = green__system_append(path);
  *out = file;
  if (file && asks) atomic_store(&asked, file);
  if (file) return 0;
  int rc = green_status_from_errno(errno);
  return green_fail(rc, "green_trace_start: %s: %s", path, green_strerror(rc));
}

int green__trace_file_begin(void *file) {
  return green__system_empty(file) == 0 ? 0 : green_status_from_errno(errno);
}

int green__trace_file_write(const char *data, size_t size, void *file) {
  if (fwrite(data, 1, size, file) == size) return 0;
  return green_status_from_errno(errno);
}

int green__trace_file_close(void *file) {
  FILE *expected = file;
  atomic_compare_exchange_strong(&asked, &expected, NULL);
  return fclose(file) == 0 ? 0 : green_status_from_errno(errno);
}

/* ---- GREENIO_TRACE=FILE ---------------------------------------------------------------------- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pid_t process; /* not a child of fork() */

/* Its own thread alone can end a trace. */
static void stop_at_exit(void) {
  if (getpid() != process || !atomic_load(&asked)) return;
  int rc = green_trace_stop();
  if (atomic_load(&asked))
    green__say(
        "greenio: GREENIO_TRACE: nothing is written, since exit() was called by another thread "
        "than the one that is traced, or by an observer");
  else if (rc < 0)
    green__say("greenio: GREENIO_TRACE: %s", green_message_of(rc));
}

/* A %p in the name stands for the process's number. False: there is none, or no memory. */
static bool name_of_process(char **out, const char *path) {
  const char *mark = strstr(path, "%p");
  size_t size = strlen(path) + 24;
  *out = green__alloc(size);
  if (!*out) return false;
  if (mark)
    snprintf(*out, size, "%.*s%ld%s", (int)(mark - path), path, (long)getpid(), mark + 2);
  else
    memcpy(*out, path, strlen(path) + 1);
  return mark != NULL;
}

/* What does not begin with a digit, as a sign, strtoumax() would take. */
static bool read_size(size_t *size) {
  const char *text = getenv("GREENIO_TRACE_SIZE");
  *size = 0;
  if (!text || !*text) return true;
  char *end;
  errno = 0;
  uintmax_t number = strtoumax(text, &end, 10);
  bool right = *text >= '0' && *text <= '9' && !*end && !errno && number && number <= SIZE_MAX;
  if (!right)
    green__say(
        "greenio: GREENIO_TRACE_SIZE=%s: there is no trace, since this is no number of bytes",
        text);
  *size = right ? (size_t)number : 0;
  return right;
}

static void trace_start(char *path, size_t size) {
  green_trace_options options = {.path = path, .size = size};
  struct green__words words = {0}; /* there is no task yet that could be told */
  asks = true;
  green__words_begin(&words);
  int rc = path ? green_trace_start(&options) : GREEN_ENOMEM;
  green__words_begin(NULL);
  asks = false;
  if (rc < 0)
    green__say("greenio: GREENIO_TRACE=%s: there is no trace: %s", path ? path : "",
               words.text ? words.text : green_strerror(rc));
  else
    atexit(stop_at_exit);
  green__free(words.text);
}

/* Programs that this one starts would write theirs over it. */
static void start_by_environment(void) {
  const char *asked_for = getenv("GREENIO_TRACE");
  if (!asked_for || !*asked_for) return;
  char *path;
  size_t size;
  process = getpid();
  bool each = name_of_process(&path, asked_for);
  if (!each) green__system_unset("GREENIO_TRACE");
  if (read_size(&size)) trace_start(path, size);
  green__free(path);
}

void green__trace_by_environment(void) {
  pthread_once(&once, start_by_environment);
}
