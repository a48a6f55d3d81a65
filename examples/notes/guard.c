/* What protects people from other sites' pages: changes are taken from pages of this site alone,
 * and answers say what a browser may do with them. */
#include <string.h>
#include <greenio/greenio.h>
#include "notes.h"

static bool is_safe(const char *method) {
  return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
         strcmp(method, "OPTIONS") == 0;
}

/* Browsers say where a request comes from: all newer ones in Sec-Fetch-Site, others in Origin. What
 * says neither is no browser's. */
static bool is_foreign(const green_request *request) {
  const char *site = green_request_header(request, "Sec-Fetch-Site");
  if (site) return strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
  const char *origin = green_request_header(request, "Origin");
  const char *host = green_request_header(request, "Host");
  if (!origin) return false;
  const char *authority = strstr(origin, "://");
  return !authority || !host || strcmp(authority + 3, host) != 0;
}

int guard_origin(green_request *request, green_response *response, void *arg) {
  (void)arg;
  if (is_safe(green_request_method(request)) || !is_foreign(request)) return 0;
  return green_response_print(response, 403, "text/plain; charset=utf-8",
                              "Notes are changed from their own pages alone.\n");
}

int guard_headers(green_request *request, green_response *response, void *arg) {
  static const struct {
    const char *name, *value;
  } headers[] = {
      {"Content-Security-Policy", "default-src 'self'; img-src 'self' data:; base-uri 'none'; "
                                  "form-action 'self'; frame-ancestors 'none'"},
      {"Referrer-Policy", "same-origin"},
      {"X-Content-Type-Options", "nosniff"},
  };
  (void)request, (void)arg;
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < sizeof headers / sizeof *headers; i++)
    rc = green_response_set_header(response, headers[i].name, headers[i].value);
  return rc;
}
