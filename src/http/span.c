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

void green__http_span_begin(green_span *span, const green_http_request *request) {
  char name[32], detail[LONGEST];
  *span = (green_span){0};
  if (!green_observed() || !request->url) return;
  const char *url = request->url, *host = host_of(url);
  size_t host_size = strcspn(host, "/?#"), rest = strcspn(host, "?#");
  const char *user_end = host;
  for (size_t i = 0; i < host_size; i++)
    if (host[i] == '@') user_end = host + i + 1;
  snprintf(detail, sizeof detail, "%.*s%.*s", (int)(host - url), url, (int)(host + rest - user_end),
           user_end);
  snprintf(name, sizeof name, "HTTP %s", green__http_method(request));
  green_span_begin(span, name, detail);
}

void green__http_span_end(green_span *span, int rc, const green_http_response *response) {
  green_span_end(span, rc == 0 && response ? green_http_response_status(response) : rc);
}
