/* Futures of JavaScript promises (greenio/js.h): made by module.green.future(), completed from the
 * promise's reactions, which run on the host's own stack, so that the task is resumed at once. */
#include <greenio/js.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "core/wait.h"
#include "loop.h"

struct bytes {
  size_t size;
  char data[];
};

green_future *green__js_future(void) {
  return green__future_make(2);
}

green_future *green__js_no_future(void) {
  return green__future_failed(GREEN_ENOMEM, NULL);
}

static void on_cancel(green_future *future, void *arg) {
  (void)arg;
  green__js_abort(future);
}

bool green__js_cancellable(green_future *future) {
  return green_future_on_cancel(future, on_cancel, NULL) == 0;
}

static int left(green_future *future) {
  green_future_release(future);
  return green__loop_left();
}

int green__js_resolve(green_future *future) {
  green__loop_entered();
  green_resolve(future, NULL, NULL);
  return left(future);
}

int green__js_resolve_number(green_future *future, double number) {
  green__loop_entered();
  green__future_resolve_number(future, number);
  return left(future);
}

static int resolve_memory(green_future *future, void *memory, uint8_t kind) {
  green__loop_entered();
  if (!green_done(future)) green__future_set_kind(future, kind);
  green_resolve(future, memory, green__free);
  return left(future);
}

int green__js_resolve_string(green_future *future, char *string) {
  return resolve_memory(future, string, GREEN__STRING);
}

char *green__js_bytes_new(size_t size) {
  struct bytes *bytes = green__alloc(sizeof *bytes + size);
  if (!bytes) return NULL;
  bytes->size = size;
  return bytes->data;
}

int green__js_resolve_bytes(green_future *future, char *data) {
  return resolve_memory(future, data - offsetof(struct bytes, data), GREEN__BYTES);
}

int green__js_reject(green_future *future, int status, const char *message) {
  green__loop_entered();
  green_reject(future, status, "%s", message && *message ? message : green_strerror(status));
  return left(future);
}

char *green__js_buffer(void) {
  static char buffer[GREEN__JS_BUFFER];
  return buffer;
}

void *green__js_alloc(size_t size) {
  return green__alloc(size);
}
void green__js_free(void *memory) {
  green__free(memory);
}

int green__js_status(const char *name) {
  return green__status_named(name);
}

const char *green__js_status_name(int status) {
  return green_status_name(status);
}

double green_js_number(const green_future *future) {
  return green__future_number(future);
}

const char *green_js_string(const green_future *future) {
  return green__future_kind(future) == GREEN__STRING ? green_future_value(future) : NULL;
}

const void *green_js_bytes(const green_future *future, size_t *size) {
  const struct bytes *bytes =
      green__future_kind(future) == GREEN__BYTES ? green_future_value(future) : NULL;
  *size = bytes ? bytes->size : 0;
  return bytes ? bytes->data : NULL;
}
