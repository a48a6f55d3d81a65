/* The C side of outside.test.mjs: it hands on what Module.given(), a function of the test, gives or
 * throws. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <emscripten.h>
#include <greenio/greenio.h>
#include <greenio/js.h>

#define EXPORT EMSCRIPTEN_KEEPALIVE

/* clang-format off */
GREEN_JS(in_body, (void), { return Module.given(); })
GREEN_JS(behind_await, (void), {
  await null;
  return await Module.given();
})
EM_JS(green_future *, in_plain_function, (void), { return Module.green.future(Module.given); })
EM_JS(void, call_given, (void), { Module.given(); })
/* clang-format on */

/* "EEXCEPTION: message" or "OK: value". */
static char *outcome_of(green_future *future) {
  char *text = malloc(400);
  int rc = green_wait(future);
  size_t size = 0;
  const char *string = green_js_string(future);
  const unsigned char *bytes = green_js_bytes(future, &size);
  if (rc < 0)
    snprintf(text, 400, "%s: %s", green_status_name(rc), green_future_message(future));
  else if (string)
    snprintf(text, 400, "string: %s", string);
  else if (bytes)
    snprintf(text, 400, "%zu bytes, %d first", size, size ? bytes[0] : -1);
  else
    snprintf(text, 400, "number: %.17g", green_js_number(future));
  green_future_release(future);
  return text;
}

EXPORT char *future_in_body(void) {
  return outcome_of(in_body());
}
EXPORT char *future_behind_await(void) {
  return outcome_of(behind_await());
}
EXPORT char *future_in_plain_function(void) {
  return outcome_of(in_plain_function());
}

/* Thrown through C. */
EXPORT int throw_through(int yields) {
  for (int i = 0; i < yields; i++) green_yield();
  call_given();
  return 0;
}

static void throw_in_callback(green_future *future, void *arg) {
  (void)future, (void)arg;
  call_given();
}

EXPORT int throw_below_callback(void) {
  green_future *future;
  int rc = green_future_new(&future);
  if (rc < 0) return rc;
  green_future_on_done(future, throw_in_callback, NULL);
  green_resolve(future, NULL, NULL);
  green_future_release(future);
  return green_sleep(1000);
}

static int thrower(void *arg) {
  return throw_through((int)(intptr_t)arg);
}

EXPORT char *spawned_thrower(int yields) {
  return outcome_of(green_spawn(thrower, (void *)(intptr_t)yields));
}

/* What a string is in C: its bytes in hexadecimal. */
EXPORT char *hex(const char *text) {
  char *all = malloc(3 * strlen(text) + 1), *at = all;
  *at = 0;
  for (const char *c = text; *c; c++) at += sprintf(at, "%02x", (unsigned char)*c);
  return all;
}

EXPORT char *hex_of_given(void) {
  green_future *future = in_body();
  green_wait(future);
  const char *text = green_js_string(future);
  char *all = hex(text ? text : "");
  green_future_release(future);
  return all;
}

EXPORT int sum(const unsigned char *bytes, int count) {
  int total = 0;
  for (int i = 0; i < count; i++) total += bytes[i];
  return total;
}
EXPORT double same(double number) {
  return number;
}
EXPORT int64_t same64(int64_t number) {
  return number;
}
EXPORT char *address(char *pointer) {
  return pointer;
}
EXPORT int nap(int milliseconds) {
  return green_sleep((uint64_t)milliseconds);
}
EXPORT char *get_text(const char *url) {
  green_http_response *response;
  char *text = malloc(400);
  int rc = green_http_get(NULL, &response, url);
  if (rc < 0)
    snprintf(text, 400, "%s: %s", green_status_name(rc), green_message());
  else
    snprintf(text, 400, "%d %s", green_http_response_status(response),
             (const char *)green_http_response_body(response, NULL));
  green_http_response_release(response);
  return text;
}
EXPORT char *own_name(void) {
  const char *name = green_future_name(green_current());
  return strdup(name ? name : "");
}
