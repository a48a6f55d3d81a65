/* The C side of messages.test.mjs: what a new user provokes, in a program that is compiled without
 * -fexceptions. */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <emscripten.h>
#include <greenio/greenio.h>
#include <greenio/js.h>

#define EXPORT extern "C" EMSCRIPTEN_KEEPALIVE

/* clang-format off */
EM_JS(int, constructor_does, (void), { return Module.constructorDoes || 0; });
EM_JS(void, throw_at_start, (void), { throw new TypeError('thrown at the start'); });
/* clang-format on */

/* Before main, and before there is anything to call. */
static struct constructed {
  constructed() {
    switch (constructor_does()) {
    case 1:
      __builtin_trap();
    case 2:
      throw std::runtime_error("thrown by a constructor");
    case 3:
      throw_at_start();
      break;
    case 4:
      printf("the constructor's wait: %s\n", green_status_name(green_sleep(1)));
      break;
    }
  }
} at_start;

EXPORT int throw_error(int waits) {
  for (int i = 0; i < waits; i++) green_yield();
  throw std::runtime_error("thrown by C++");
}

/* Unlike where exceptions are compiled, this does not catch. */
EXPORT int catch_error(int waits) {
  try {
    return throw_error(waits);
  } catch (const std::exception &) {
    return 1;
  }
}

static int thrower(void *arg) {
  return throw_error((int)(intptr_t)arg);
}

EXPORT int spawn_thrower(int waits) {
  green_spawn_options options = {};
  options.name = "thrower";
  green_future *future = green_spawn_with(thrower, (void *)(intptr_t)waits, &options);
  int rc = green_wait(future);
  green_fail(rc, "%s", green_future_message(future));
  green_future_release(future);
  return rc;
}

EXPORT int nap(int milliseconds) {
  return green_sleep((uint64_t)milliseconds);
}
EXPORT int add(int a, int b) {
  return a + b;
}
EXPORT int get(const char *url) {
  green_http_response *response;
  return green_http_get(NULL, &response, url);
}

EXPORT int touch_nothing(int waits) {
  for (int i = 0; i < waits; i++) green_yield();
  __builtin_trap();
}
EXPORT int give_up(int waits) {
  for (int i = 0; i < waits; i++) green_yield();
  abort();
}

/* clang-format off */
EM_JS(int, through_javascript, (int milliseconds), { return Module._nap(milliseconds); });
EM_JS(void, throw_in_javascript, (void), { throw new TypeError('thrown by JavaScript'); });
GREEN_JS(never, (void), { await new Promise(() => {}); })
/* clang-format on */

EXPORT int nap_below_javascript(int milliseconds) {
  int rc = through_javascript(milliseconds);
  return rc < 0 ? green_fail(rc, "%s", green_strerror(rc)) : rc;
}

EXPORT int throw_javascript(int waits) {
  for (int i = 0; i < waits; i++) green_yield();
  throw_in_javascript();
  return 0;
}

static int nothing(void *) {
  return 0;
}

EXPORT int forget_pool(int) {
  green_pool *pool;
  green_pool_options options = {};
  options.max_workers = 1;
  int rc = green_pool_new(&pool, &options);
  return rc < 0 ? rc : green_join(green_pool_submit(pool, nothing, NULL));
}

EXPORT int wait_for_ever(int) {
  green_future *future = never();
  green_future_set_name(future, "godot");
  int rc = green_wait(future);
  green_future_release(future);
  return rc;
}

static int fail_badly(void *) {
  return green_fail(GREEN_EPROTO, "an odd answer");
}
EXPORT int forget_failure(int) {
  green_spawn_options options = {};
  options.name = "forgotten";
  green_future *future = green_spawn_with(fail_badly, NULL, &options);
  green_yield();
  green_yield();
  green_future_release(future);
  return 0;
}

EXPORT int leave(int code) {
  exit(code);
}
