/* What holds for every request and answer of an application: the names by which it may be asked,
 * and headers that each answer has. Requests are looked at before they have a task, and headers
 * added when an answer is handed to the host, so that neither can be forgotten in any function, and
 * what is refused without a task has them too. */
#include <string.h>
#include <greenio/status.h>
#include "app.h"
#include "core/memory.h"
#include "core/wait.h"

void green__policy_free(struct green__policy *policy) {
  for (size_t i = 0; i < policy->header_count; i++) {
    green__free((char *)policy->headers[i].name);
    green__free((char *)policy->headers[i].value);
  }
  for (size_t i = 0; i < policy->host_count; i++) green__free(policy->hosts[i]);
  green__free(policy->hosts);
  green__free(policy->text);
}

/* ---- headers --------------------------------------------------------------------------------- */

int green__policy_apply(const struct green__policy *policy, green_response *response) {
  struct green__fields *headers = &response->headers;
  for (size_t i = 0; i < policy->header_count; i++) {
    const green_http_header *header = &policy->headers[i];
    if (green__fields_find_header(headers, header->name)) continue;
    int rc = green__fields_add(headers, &response->exchange->arena, header->name, header->value);
    if (rc < 0) return rc;
  }
  return 0;
}

bool green__is_of_every_answer(const char *name) {
  return green__is_name(name, "Content-Type") || green__is_name(name, "Date");
}

/* The text again, with one more.  0, GREEN_ENOMEM. */
static int add_text(struct green__policy *policy, const char *name, const char *value) {
  if (green__is_of_every_answer(name)) return 0;
  size_t name_size = strlen(name) + 1, value_size = strlen(value) + 1;
  char *text = green__realloc(policy->text, policy->text_size + name_size + value_size);
  if (!text) return GREEN_ENOMEM;
  memcpy(text + policy->text_size, name, name_size);
  memcpy(text + policy->text_size + name_size, value, value_size);
  policy->text = text;
  policy->text_size += name_size + value_size;
  return 0;
}

static int policy_add_header(struct green__policy *policy, const char *name, const char *value) {
  green_http_header header = {green__copy_string(name, SIZE_MAX - 1),
                              green__copy_string(value, SIZE_MAX - 1)};
  if (header.name && header.value && add_text(policy, name, value) == 0) {
    policy->headers[policy->header_count++] = header;
    return 0;
  }
  green__free((char *)header.name);
  green__free((char *)header.value);
  return GREEN_ENOMEM;
}

int green_app_add_header(green_app *app, const char *name, const char *value) {
  struct green__policy *policy = &app->policy;
  if (!value) return green_fail(GREEN_EINVAL, "%s: a header without a value", name);
  int rc = green__header_check(name, value);
  if (rc < 0) return rc;
  if (green__is_name(name, "Set-Cookie"))
    return green_fail(GREEN_EINVAL, "%s: set it on each response", name);
  for (size_t i = 0; i < policy->header_count; i++)
    if (green__is_name(policy->headers[i].name, name))
      return green_fail(GREEN_EALREADY, "%s: every answer has it already", name);
  if (policy->header_count == GREEN__COMMON_MOST)
    return green_fail(GREEN_ENOSPC, "%s: every answer has %d headers already", name,
                      GREEN__COMMON_MOST);
  return policy_add_header(policy, name, value);
}

int green_app_add_security_headers(green_app *app, const char *policy) {
  const green_http_header headers[] = {
      {"Content-Security-Policy",
       policy ? policy
              : "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'; "
                "object-src 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "SAMEORIGIN"},
      {"Referrer-Policy", "strict-origin-when-cross-origin"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
  };
  for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
    int rc = green_app_add_header(app, headers[i].name, headers[i].value);
    if (rc < 0 && rc != GREEN_EALREADY) return rc;
  }
  return 0;
}

size_t green__app_headers(const green_app *app, const green_http_header **out) {
  *out = app->policy.headers;
  return app->policy.header_count;
}

/* ---- hosts ----------------------------------------------------------------------------------- */

static bool host_matches(const char *allowed, const char *host, size_t size) {
  size_t allowed_size = strlen(allowed);
  if (green__host_size(allowed, allowed_size) == allowed_size)
    size = green__host_size(host, size); /* any port */
  if (*allowed != '*') return green__is_word(host, size, allowed);
  size_t rest = allowed_size - 1; /* with its dot */
  return size > rest && green__same_name(allowed + 1, host + size - rest, rest) &&
         green__is_dns_name(host, size - rest);
}

static bool is_allowed(const struct green__policy *policy, const char *host, size_t size) {
  for (size_t i = 0; i < policy->host_count; i++)
    if (host_matches(policy->hosts[i], host, size)) return true;
  return false;
}

bool green__policy_allows(const struct green__policy *policy, const green_request *request) {
  bool named = false;
  if (!policy->host_count) return true;
  for (size_t i = 0; i < request->headers.count; i++) {
    const green_http_header *header = &request->headers.at[i];
    if (!green__is_name(header->name, "Host")) continue;
    if (!is_allowed(policy, header->value, strlen(header->value))) return false;
    named = true;
  }
  size_t size;
  const char *authority = green__authority_of(request->target, &size);
  if (authority && !is_allowed(policy, authority, size)) return false;
  return named || authority;
}

/* "name", "name:port", "[address]", "*.name". */
static bool is_host(const char *text) {
  size_t size = strlen(text), end = green__host_size(text, size);
  if (!size || text[size - 1] == ':') return false;
  if (*text == '[') return green__is_authority(text, size);
  size_t start = strncmp(text, "*.", 2) == 0 ? 2 : 0;
  return end > start && green__is_dns_name(text + start, end - start);
}

int green_app_allow_host(green_app *app, const char *host) {
  struct green__policy *policy = &app->policy;
  if (!is_host(host)) return green_fail(GREEN_EINVAL, "%s: no name of a host", host);
  char **hosts = green__realloc(policy->hosts, (policy->host_count + 1) * sizeof *hosts);
  if (!hosts) return GREEN_ENOMEM;
  policy->hosts = hosts;
  hosts[policy->host_count] = green__copy_string(host, SIZE_MAX - 1);
  if (!hosts[policy->host_count]) return GREEN_ENOMEM;
  policy->host_count++;
  return 0;
}
