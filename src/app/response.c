/* Responses that are made at once: the status, headers, and a whole body. */
#include <stdarg.h>
#include <string.h>
#include <greenio/status.h>
#include "app.h"
#include "core/memory.h"

/* ---- bodies ---------------------------------------------------------------------------------- */

static void drop_body(green_response *response) {
  void (*drop)(void *) = response->drop;
  void *owned = response->owned;
  response->drop = NULL;
  response->owned = NULL;
  response->body = NULL;
  response->size = 0;
  response->pieces = false;
  if (drop) drop(owned);
}

static void remove_header(struct green__fields *headers, const char *name) {
  size_t kept = 0;
  for (size_t i = 0; i < headers->count; i++)
    if (!green__is_name(headers->at[i].name, name)) headers->at[kept++] = headers->at[i];
  headers->count = kept;
}

/* `name` lasts. */
static int put_header(green_response *response, const char *name, const char *value) {
  struct green__arena *arena = &response->exchange->arena;
  struct green__fields *headers = &response->headers;
  value = green__arena_copy(arena, value, strlen(value));
  if (!value) return GREEN_ENOMEM;
  if (green__fields_find_header(headers, name)) remove_header(headers, name);
  return green__fields_add(headers, arena, name, value);
}

static int set_type(green_response *response, const char *type) {
  static const char name[] = "Content-Type";
  if (!type)
    remove_header(&response->headers, name);
  else if (!green__is_value(type))
    return green_fail(GREEN_EINVAL, "a type that is no value of a header");
  return type ? put_header(response, name, type) : 0;
}

/* Makes the response, but for its body. */
static int response_begin(green_response *response, int status, const char *type) {
  if (response->exchange->answered) return GREEN_EALREADY;
  if (status < 200 || status > 599)
    return green_fail(GREEN_EINVAL, "%d is no status of a response", status);
  int rc = set_type(response, type);
  if (rc < 0) return rc;
  drop_body(response);
  response->status = status;
  return 0;
}

int green_response_give(green_response *response, int status, const char *type, void *data,
                        size_t size, void (*drop)(void *)) {
  int rc = response_begin(response, status, type);
  if (rc < 0) {
    if (drop) drop(data);
    return rc;
  }
  response->body = response->owned = data;
  response->size = size;
  response->drop = drop;
  return 0;
}

/* Memory for a body: the request's while it is small. */
static char *body_room(green_response *response, size_t size, void (**drop)(void *)) {
  *drop = size <= GREEN__ROOM / 2 ? NULL : green__free;
  return *drop ? green__alloc(size) : green__arena_alloc(&response->exchange->arena, size);
}

int green_response_send(green_response *response, int status, const char *type, const void *data,
                        size_t size) {
  void (*drop)(void *);
  char *copy = body_room(response, size, &drop);
  if (!copy) return GREEN_ENOMEM;
  if (size) memcpy(copy, data, size);
  return green_response_give(response, status, type, copy, size, drop);
}

static int response_print(green_response *response, int status, const char *type,
                          const char *format, va_list arguments) {
  void (*drop)(void *);
  va_list again;
  va_copy(again, arguments);
  int size = vsnprintf(NULL, 0, format, again);
  va_end(again);
  if (size < 0) return GREEN_EINVAL;
  char *text = body_room(response, (size_t)size + 1, &drop);
  if (!text) return GREEN_ENOMEM;
  vsnprintf(text, (size_t)size + 1, format, arguments);
  return green_response_give(response, status, type, text, (size_t)size, drop);
}

int green_response_print(green_response *response, int status, const char *type, const char *format,
                         ...) {
  va_list arguments;
  va_start(arguments, format);
  int rc = response_print(response, status, type, format, arguments);
  va_end(arguments);
  return rc;
}

int green_response_send_status(green_response *response, int status) {
  if (green__status_is_bodiless(status))
    return green_response_give(response, status, NULL, NULL, 0, NULL);
  return green_response_print(response, status, "text/plain; charset=utf-8", "%d %s\n", status,
                              green__reason(status));
}

int green_response_redirect(green_response *response, int status, const char *location) {
  for (const unsigned char *c = (const unsigned char *)location; *c; c++)
    if (*c <= ' ' || *c >= 0x7f) return green_fail(GREEN_EINVAL, "a Location that cannot be");
  if (status < 300 || status > 399)
    return green_fail(GREEN_EINVAL, "%d is no status of a redirect", status);
  int rc = green_response_set_header(response, "Location", location);
  return rc < 0 ? rc : green_response_send_status(response, status);
}

void green__response_refuse(green_response *response, int status) {
  drop_body(response);
  response->status = status;
  response->headers.count = 0;
  response->body = green__reason(status);
  response->size = strlen(response->body);
  green__fields_add(&response->headers, NULL, "Content-Type", "text/plain");
}

void green__response_replace(green_response *response, void *data, size_t size,
                             void (*drop)(void *)) {
  bool pieces = response->pieces;
  drop_body(response);
  response->pieces = pieces;
  response->body = response->owned = data;
  response->size = size;
  response->drop = drop;
}

/* ---- headers --------------------------------------------------------------------------------- */

static bool is_host_header(const char *name) {
  static const char *const names[] = {"connection",     "keep-alive", "transfer-encoding",
                                      "content-length", "upgrade",    "trailer"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (green__is_name(name, names[i])) return true;
  return false;
}

int green__header_check(const char *name, const char *value) {
  if (!green__is_token(name, strlen(name)))
    return green_fail(GREEN_EINVAL, "bad header name \"%.60s\"", name);
  if (is_host_header(name))
    return green_fail(GREEN_EINVAL, "%s: a header that is the server's to send", name);
  if (value && !green__is_value(value))
    return green_fail(GREEN_EINVAL, "%s: a control character in its value, or a blank around it",
                      name);
  return 0;
}

static int check_header(const green_response *response, const char *name, const char *value) {
  if (response->exchange->answered) return GREEN_EALREADY;
  if (value && response->exchange->no_cookies && green__is_name(name, "Set-Cookie"))
    return green_fail(GREEN_ENOTSUP, "Set-Cookie: a service worker cannot set cookies");
  return green__header_check(name, value);
}

static int header_add(green_response *response, const char *name, const char *value) {
  struct green__arena *arena = &response->exchange->arena;
  name = green__arena_copy(arena, name, strlen(name));
  value = green__arena_copy(arena, value, strlen(value));
  if (!name || !value) return GREEN_ENOMEM;
  return green__fields_add(&response->headers, arena, name, value);
}

int green_response_set_header(green_response *response, const char *name, const char *value) {
  int rc = check_header(response, name, value);
  if (rc < 0) return rc;
  if (!value) {
    remove_header(&response->headers, name);
    return 0;
  }
  name = green__arena_copy(&response->exchange->arena, name, strlen(name));
  return name ? put_header(response, name, value) : GREEN_ENOMEM;
}

int green_response_add_header(green_response *response, const char *name, const char *value) {
  int rc = check_header(response, name, value);
  return rc < 0 ? rc : header_add(response, name, value);
}

/* ---- the rest -------------------------------------------------------------------------------- */

int green_response_await(green_response *response, green_future *future) {
  if (response->awaited) {
    green_future_release(future);
    return GREEN_EALREADY;
  }
  response->awaited = future;
  return 0;
}

int green_response_status(const green_response *response) {
  return response->status;
}

const char *green_response_header(const green_response *response, const char *name) {
  return green__fields_find_header(&response->headers, name);
}

const void *green_response_body(const green_response *response, size_t *size) {
  *size = response->size;
  return response->body;
}

int green_response_clear(green_response *response) {
  if (response->exchange->answered) return GREEN_EALREADY;
  drop_body(response);
  response->status = 0;
  response->headers.count = 0;
  return 0;
}
