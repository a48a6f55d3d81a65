/* Variables that are cleaned up by scope, traces, and the capture of what is written to stderr. */
#include "harness.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

void test_auto_future(green_future **future) {
  if (!*future) return;
  test_saw(green_future_status(*future));
  green_future_release(*future);
}

void test_auto_join(green_future **future) {
  if (!*future) return;
  green_cancel(*future);
  test_saw(green_join(*future));
}

void test_auto_pool(green_pool **pool) {
  if (!*pool) return;
  test_saw(green_join(green_pool_shutdown(*pool)));
  green_pool_release(*pool);
}

void test_auto_channel(green_channel **channel) {
  if (!*channel) return;
  green_channel_close(*channel);
  green_channel_release(*channel);
}

void test_auto_release(green_lock **lock) {
  if (green_current() && green_lock_owner(*lock) == green_current()) green_lock_release(*lock);
}

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

void test_auto_run(bool *run) {
  test_allocator_disarm();
  if (*run) green_run(nothing, NULL);
}

void test_auto_group(green_group **group) {
  green_group_release(*group);
}

void test_auto_runtime(green_runtime **runtime) {
  green_runtime_release(*runtime);
}

struct test_futures test_futures(size_t count) {
  struct test_futures futures = {calloc(count, sizeof(green_future *)), count};
  if (!futures.at) abort();
  return futures;
}

void test_auto_join_all(struct test_futures *futures) {
  for (size_t i = 0; i < futures->count; i++)
    if (futures->at[i]) green_cancel(futures->at[i]);
  for (size_t i = 0; i < futures->count; i++)
    if (futures->at[i]) test_saw(green_join(futures->at[i]));
  free(futures->at);
}

void test_trace(struct test_trace *trace, const char *format, ...) {
  size_t size = sizeof trace->text;
  if (trace->length && trace->length + 1 < size) trace->text[trace->length++] = ' ';
  va_list arguments;
  va_start(arguments, format);
  int written = vsnprintf(trace->text + trace->length, size - trace->length, format, arguments);
  va_end(arguments);
  trace->length += (size_t)written;
  if (trace->length >= size) trace->length = size - 1;
}

/* A file with a name: Emscripten's dup2() opens by name. */
struct test_capture test_capture_file(void) {
  struct test_capture capture = {NULL, -1, NULL, TEST_FOLDER "/greenio-capture-XXXXXX"};
  int descriptor = mkstemp(capture.path);
  if (descriptor < 0 || !(capture.file = fdopen(descriptor, "w+b"))) abort();
  return capture;
}

struct test_capture test_capture_stderr(void) {
  struct test_capture capture = test_capture_file();
  fflush(stderr);
  capture.stderr_copy = dup(STDERR_FILENO);
  if (capture.stderr_copy < 0 || dup2(fileno(capture.file), STDERR_FILENO) < 0) abort();
  return capture;
}

static void capture_restore(struct test_capture *capture) {
  if (capture->stderr_copy < 0) return;
  fflush(stderr);
  dup2(capture->stderr_copy, STDERR_FILENO);
  close(capture->stderr_copy);
  capture->stderr_copy = -1;
}

const char *test_captured(struct test_capture *capture) {
  if (capture->text) return capture->text;
  capture_restore(capture);
  fflush(capture->file);
  fseek(capture->file, 0, SEEK_END);
  long size = ftell(capture->file);
  rewind(capture->file);
  capture->text = calloc((size_t)size + 1, 1);
  if (!capture->text || fread(capture->text, 1, (size_t)size, capture->file) != (size_t)size)
    abort();
  return capture->text;
}

void test_auto_capture(struct test_capture *capture) {
  capture_restore(capture);
  fclose(capture->file);
  unlink(capture->path);
  free(capture->text);
}
