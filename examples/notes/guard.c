/* What protects people from other sites' pages: the site answers by its own names alone, changes
 * are taken from its own pages alone, and answers say what a browser may do with them. */
#include <string.h>
#include <strings.h>
#include <greenio/greenio.h>
#include "notes.h"

static bool is_safe(const char *method) {
  return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
         strcmp(method, "OPTIONS") == 0;
}

/* Each header of that name is fine, of which there may be several; *there: there is one. */
static bool all_are(const green_request *request, const char *name, bool *there,
                    bool (*is_own)(const green_request *, const char *)) {
  bool own = true;
  *there = false;
  for (size_t i = 0; i < green_request_header_count(request); i++) {
    green_http_header header = green_request_header_at(request, i);
    if (strcasecmp(header.name, name) != 0) continue;
    *there = true;
    own = own && is_own(request, header.value);
  }
  return own;
}

static bool is_own_site(const green_request *request, const char *site) {
  (void)request;
  return strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
}

/* An origin, or a URL, at the host that is asked. */
static bool is_own_url(const green_request *request, const char *url) {
  const char *host = green_request_header(request, "Host");
  const char *authority = strstr(url, "://");
  if (!authority || !host) return false;
  size_t size = strcspn(authority + 3, "/?#");
  return strlen(host) == size && strncasecmp(authority + 3, host, size) == 0;
}

/* Browsers say where a request comes from: all newer ones in Sec-Fetch-Site, others in Origin, and
 * if not there in Referer. What says none of it is no browser's. */
bool guard_is_foreign(const green_request *request) {
  bool there;
  bool own = all_are(request, "Sec-Fetch-Site", &there, is_own_site);
  if (there) return !own;
  own = all_are(request, "Origin", &there, is_own_url);
  if (there) return !own;
  return !all_are(request, "Referer", &there, is_own_url);
}

static int refuse_foreign(green_request *request, green_response *response, void *arg) {
  (void)arg;
  if (is_safe(green_request_method(request)) || !guard_is_foreign(request)) return 0;
  return green_response_print(response, 403, "text/plain; charset=utf-8",
                              "Notes are changed from their own pages alone.\n");
}

int guard_add(green_app *app, const char *const *hosts) {
  static const struct {
    const char *name, *value;
  } headers[] = {
      {"Content-Security-Policy", "default-src 'self'; img-src 'self' data:; base-uri 'none'; "
                                  "form-action 'self'; frame-ancestors 'none'"},
      {"Referrer-Policy", "same-origin"},
      {"Cache-Control",
       "private, no-cache"}, /* "no-store" would lose what people wrote, on "back" */
  };
  int rc = green_app_use(app, refuse_foreign, NULL);
  for (size_t i = 0; rc == 0 && i < sizeof headers / sizeof *headers; i++)
    rc = green_app_add_header(app, headers[i].name, headers[i].value);
  if (rc == 0) rc = green_app_add_security_headers(app, NULL); /* those that are not there yet */
  for (size_t i = 0; rc == 0 && hosts[i]; i++) rc = green_app_allow_host(app, hosts[i]);
  return rc;
}
