/* Cookies: found in a request, set in a response. */
#include <stdio.h>
#include <string.h>
#include <greenio/status.h>
#include "app.h"

const char *green_request_cookie(green_request *request, const char *name) {
  const char *value;
  size_t size;
  for (size_t i = 0; i < request->headers.count; i++) {
    const green_http_header *header = &request->headers.at[i];
    if (!green__is_name(header->name, "Cookie")) continue;
    if (green__cookie_find(header->value, name, &value, &size))
      return green__arena_copy(&request->exchange->arena, value, size);
  }
  return NULL;
}

/* What stands in an attribute. */
static bool is_attribute(const char *value) {
  return !value || (green__is_plain(value, strlen(value)) && !strchr(value, ';'));
}

static bool is_same_site(const green_response_cookie *cookie) {
  const char *policy = cookie->same_site;
  if (!policy || strcmp(policy, "Lax") == 0 || strcmp(policy, "Strict") == 0) return true;
  return strcmp(policy, "None") == 0 && cookie->secure;
}

static bool is_valid(const green_response_cookie *cookie) {
  return cookie->name && green__is_token(cookie->name, strlen(cookie->name)) && cookie->value &&
         green__is_cookie_value(cookie->value) && is_attribute(cookie->path) &&
         is_attribute(cookie->domain) && is_same_site(cookie);
}

static int cookie_print(char *out, size_t size, const green_response_cookie *cookie) {
  char age[32] = "";
  if (cookie->max_age)
    snprintf(age, sizeof age, "; Max-Age=%d", cookie->max_age > 0 ? cookie->max_age : 0);
  // cppcheck-suppress nullPointer ; it may be NULL, to measure
  return snprintf(out, size, "%s=%s; Path=%s%s%s%s; SameSite=%s%s%s", cookie->name, cookie->value,
                  cookie->path ? cookie->path : "/", cookie->domain ? "; Domain=" : "",
                  cookie->domain ? cookie->domain : "", age,
                  cookie->same_site ? cookie->same_site : "Lax", cookie->secure ? "; Secure" : "",
                  cookie->script ? "" : "; HttpOnly");
}

int green_response_set_cookie(green_response *response, const green_response_cookie *cookie) {
  if (!is_valid(cookie)) return green_fail(GREEN_EINVAL, "a cookie that cannot be");
  size_t size = (size_t)cookie_print(NULL, 0, cookie) + 1;
  char *text = green__arena_alloc(&response->exchange->arena, size);
  if (!text) return GREEN_ENOMEM;
  cookie_print(text, size, cookie);
  return green_response_add_header(response, "Set-Cookie", text);
}
