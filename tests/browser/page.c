/* The C side of page.test.mjs: what is tried in a page, in a worker, and under a strict policy. */
#include <stdlib.h>
#include <string.h>
#include <emscripten.h>
#include <greenio/greenio.h>
#include <greenio/js.h>

#define EXPORT EMSCRIPTEN_KEEPALIVE

/* clang-format off */
GREEN_JS(ask, (const char *text), {
  const copy = UTF8ToString(text);
  await new Promise((resolve) => setTimeout(resolve, 1));
  return copy + "!";
})
/* clang-format on */

EXPORT int add(int a, int b) {
  green_sleep(1);
  return a + b;
}

EXPORT char *ask_javascript(const char *text) {
  green_future *future = ask(text);
  char *copy = green_wait(future) < 0 ? NULL : strdup(green_js_string(future));
  green_future_release(future);
  return copy;
}

EXPORT int fetch_size(const char *url) {
  green_http_response *response;
  int rc = green_http_get(NULL, &response, url);
  if (rc < 0) return green_fail(rc, "%s", green_message());
  size_t size;
  green_http_response_body(response, &size);
  green_http_response_release(response);
  return (int)size;
}

static int napper(void *arg) {
  (void)arg;
  return green_sleep(1) < 0 ? 0 : 1;
}

EXPORT int spawn_some(int count) {
  green_pool *pool;
  int total = 0;
  if (green_pool_new(&pool, &(green_pool_options){.max_workers = 10}) < 0) return GREEN_ENOMEM;
  green_future **futures = calloc((size_t)count, sizeof *futures);
  for (int i = 0; i < count; i++) futures[i] = green_pool_submit(pool, napper, NULL);
  for (int i = 0; i < count; i++) total += green_join(futures[i]);
  free(futures);
  green_join(green_pool_shutdown(pool));
  green_pool_release(pool);
  return total;
}

/* ---- a crowd --------------------------------------------------------------------------------- */

static green_future *gate;
static int parked, resumed, gone;
static bool leave;

static int member(void *arg) {
  (void)arg;
  parked++;
  int rc = green_wait(gate);
  parked--;
  while (rc >= 0 && !leave) {
    resumed++;
    rc = green_yield();
  }
  gone++;
  return rc;
}

/* So many tasks park until open_gate(), and then yield in turns until dismiss(). */
EXPORT int gather(int count) {
  green_spawn_options options = {.stack_size = 1024};
  if (green_future_new(&gate) < 0) return GREEN_ENOMEM;
  for (int i = 0; i < count; i++) {
    green_future *future = green_spawn_with(member, NULL, &options);
    if (green_done(future)) return green_future_status(future);
    green_future_release(future);
  }
  return count;
}

EXPORT void open_gate(void) {
  green_resolve(gate, NULL, NULL);
}
EXPORT void dismiss(void) {
  leave = true;
}
EXPORT int count_parked(void) {
  return parked;
}
EXPORT int count_resumed(void) {
  return resumed;
}
EXPORT int count_gone(void) {
  return gone;
}
EXPORT unsigned memory_size(void) {
  return (unsigned)__builtin_wasm_memory_size(0) << 16;
}
