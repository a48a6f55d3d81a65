/* Redirects: where one leads, and what it makes of the request. As fetch() does it, and in one
 * place for libcurl and for fetch() in Node, so that an odd Location has one outcome on both. (A
 * browser follows by itself, and shows a page nothing of it.) */
#include "http.h"

#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"

bool green__redirect_due(const struct green__transfer *transfer) {
  const green_http_response *response = transfer->response;
  if (!response || transfer->max_redirects < 0) return false;
  int status = response->status;
  if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308)
    return false;
  const char *location = green_http_response_header(response, "location");
  return location && *location;
}

/* ---- where it leads ---- */

/* Several headers were joined by ", ", which no address holds as it is. The same one again is one.
 */
static bool one_location(const char *joined, size_t *size) {
  const char *comma = strstr(joined, ", ");
  *size = comma ? (size_t)(comma - joined) : strlen(joined);
  for (const char *more = comma; more; more = more[2 + *size] ? more + 2 + *size : NULL)
    if (strncmp(more, ", ", 2) != 0 || strncmp(more + 2, joined, *size) != 0) return false;
  return true;
}

static bool has_scheme(const char *reference, size_t size) {
  for (size_t i = 0; i < size; i++) {
    char c = reference[i];
    if (c == ':') return i > 0;
    if (!green__is_letter(c) && (i == 0 || !(green__is_digit(c) || strchr("+-.", c)))) return false;
  }
  return false;
}

/* How much of the clean address `base` stands before a reference (RFC 3986, 5.2). */
static size_t kept_of(const char *base, const char *reference, size_t size) {
  const char *host = strstr(base, "://") + 3;
  const char *path = strchr(host, '/');
  if (has_scheme(reference, size)) return 0;
  if (size >= 2 && memcmp(reference, "//", 2) == 0) return (size_t)(host - 2 - base);
  if (size && *reference == '/') return (size_t)(path - base);
  if (size && *reference == '#') return strlen(base);
  size_t path_size = strcspn(path, "?");
  if (size && *reference == '?') return (size_t)(path - base) + path_size;
  while (path[path_size - 1] != '/') path_size--;
  return (size_t)(path - base) + path_size;
}

static int target(const char *base, const char *location, char **out, const char **why) {
  size_t size;
  *why = "several Location headers";
  if (!one_location(location, &size)) return GREEN_EPROTO;
  size_t kept = kept_of(base, location, size);
  char *joined = green__alloc(kept + size + 1);
  if (!joined) return GREEN_ENOMEM;
  memcpy(joined, base, kept);
  memcpy(joined + kept, location, size);
  joined[kept + size] = '\0';
  int rc = green__url_clean(joined, out, why);
  green__free(joined);
  return rc == GREEN_EINVAL ? GREEN_EPROTO : rc;
}

/* ---- what it makes of the request ---- */

static bool same_origin(const char *one, const char *other) {
  const char *path = strchr(strstr(one, "://") + 3, '/');
  size_t size = (size_t)(path - one) + 1;
  return strncmp(one, other, size) == 0;
}

static void drop_headers(struct green__transfer *transfer, const char *const *names) {
  green_http_header *headers = transfer->owned_headers;
  size_t kept = 0;
  for (size_t i = 0; i < transfer->header_count; i++) {
    const char *const *name = names;
    while (*name && !green__is_name(headers[i].name, *name)) name++;
    if (!*name) headers[kept++] = headers[i];
  }
  transfer->header_count = kept;
}

static void become_get(struct green__transfer *transfer) {
  static const char *const body_headers[] = {"content-encoding", "content-language",
                                             "content-location", "content-type", NULL};
  drop_headers(transfer, body_headers);
  transfer->method = "GET";
  transfer->body = NULL;
  transfer->body_size = 0;
  transfer->produce = NULL;
  transfer->wanting = false;
  transfer->progress.send_total = 0;
}

static bool becomes_get(const struct green__transfer *transfer, int status) {
  if (status == 303) return strcmp(transfer->method, "HEAD") != 0;
  return (status == 301 || status == 302) && strcmp(transfer->method, "POST") == 0;
}

int green__redirect(struct green__transfer *transfer, int status, const char *location,
                    const char **why) {
  static const char *const secrets[] = {
      "authorization", "cookie", "host", "proxy-authorization", "traceparent", "tracestate", NULL};
  char *url;
  *why = NULL;
  if (transfer->stopping || !transfer->response) return GREEN_ECANCELED;
  if (transfer->hops == transfer->max_redirects) return GREEN_ELOOP;
  int rc = target(transfer->url, location, &url, why);
  if (rc < 0) return rc;
  if (becomes_get(transfer, status)) become_get(transfer);
  if (transfer->produce) {
    *why = "a redirect needs the body again, which came from a function";
    green__free(url);
    return GREEN_ENOTSUP;
  }
  if (!same_origin(transfer->url, url)) drop_headers(transfer, secrets);
  green__free(transfer->owned_url);
  transfer->url = transfer->owned_url = url;
  transfer->progress.sent = 0;
  transfer->hops++;
  return 0;
}
