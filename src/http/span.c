/* The span of a request of the client's: which one it is, without what may be secret in its URL. */
#include <stdio.h>
#include <string.h>
#include <greenio/http.h>
#include "http.h"

#define LONGEST 240

/* Behind "http://" or a leading "//", or the whole: a path may itself be given, and stand before a query
 * in which there is another URL. */
static const char *host_of(const char *url) {
  size_t scheme = strcspn(url, "/?#");
  if (scheme && url[scheme - 1] != ':') return url;
  return strncmp(url + scheme, "//", 2) == 0 ? url + scheme + 2 : url;
}

/* Where a host ends, or at the colon before what is no port: a password with a "/" in it, as "me:a/b@host" has,
 * is taken for one, and nothing of that is shown. */
static size_t shown_of(const char *host, size_t size) {
  const char *port = memchr(host, ']', size) ? memchr(host, ']', size) : host;
  port = memchr(port, ':', size - (size_t)(port - host));
  if (!port) return size;
  size_t at = (size_t)(port - host);
  return at + 1 + strspn(port + 1, "0123456789") == size ? size : at;
}

void green__http_span_begin(green_span *span, const green_http_request *request) {
  char name[32], detail[LONGEST];
  *span = (green_span){0};
  if (!green_observed() || !request->url) return;
  const char *url = request->url, *host = host_of(url);
  const char *user_end = host, *end = host + strcspn(host, "?#"), *host_end = host + strcspn(host, "/?#");
  for (const char *at = host; at < host_end; at++)
    if (*at == '@') user_end = at + 1;
  size_t shown = shown_of(user_end, (size_t)(host_end - user_end));
  if (host != url && user_end + shown < host_end) end = user_end + shown;
  snprintf(detail, sizeof detail, "%.*s%.*s", (int)(host - url), url, (int)(end - user_end),
           user_end);
  snprintf(name, sizeof name, "HTTP %s", green__http_method(request));
  green_span_begin(span, name, detail);
}

void green__http_span_end(green_span *span, int rc, const green_http_response *response) {
  green_span_end(span, rc == 0 && response ? green_http_response_status(response) : rc);
}
