/* Traces in WebAssembly: JavaScript takes one as it is written, trace.mjs, and asks Node's environment for one; there
 * is no file that C could write. See file.h. */
#include "file.h"
#include "host.h"

#include <emscripten/emscripten.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include <greenio/trace.h>

/* trace.mjs */
void green__js_trace_take(const char *data, size_t size);
void green__js_trace_opened(void);
int green__js_trace_start(size_t size);
int green__js_trace_stop(void);
double green__js_trace_now(void);

int green__trace_file_open(void **out, const char *path) {
  (void)path;
  *out = NULL;
  return green_fail(GREEN_ENOTSUP,
                    "green_trace_start: in WebAssembly a trace is given to a function, or to "
                    "JavaScript by module.green.trace()");
}

int green__trace_file_begin(void *file) {
  (void)file;
  return GREEN_ENOTSUP;
}

int green__trace_file_write(const char *data, size_t size, void *file) {
  (void)data, (void)size, (void)file;
  return GREEN_ENOTSUP;
}

int green__trace_file_close(void *file) {
  (void)file;
  return 0;
}

void green__host_opened(void) {
  green__js_trace_opened();
}

static int give_to_javascript(const char *data, size_t size, void *arg) {
  (void)arg;
  green__js_trace_take(data, size);
  return 0;
}

EMSCRIPTEN_KEEPALIVE int green__js_trace_start(size_t size) {
  return green_trace_start(&(green_trace_options){.write = give_to_javascript, .size = size});
}

EMSCRIPTEN_KEEPALIVE int green__js_trace_stop(void) {
  return green_trace_stop();
}

/* In milliseconds: its begin is not performance.now()'s on each host. */
EMSCRIPTEN_KEEPALIVE double green__js_trace_now(void) {
  return (double)green_now() / 1e6;
}
