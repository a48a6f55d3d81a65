#include "app.h"
#include <stdlib.h>

static int home(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  static const char page[] =
      "<!doctype html>\n"
      "<html lang=\"en\">\n"
      "<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{{name}}</title>\n"
      "<h1>{{name}}</h1>\n"
      "<ul>\n"
      "<li><a href=\"/hello/you\">/hello/you</a>\n"
      "<li><a href=\"/wait/1000\">/wait/1000</a>: a second, and nobody else waits\n"
      "</ul>\n"
      "</html>\n";
  return green_response_send(response, 200, "text/html; charset=utf-8", page, sizeof page - 1);
}

/* Browsers ask for one. */
static int no_icon(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  return green_response_send_status(response, 204);
}

static int hello(green_request *request, green_response *response, void *arg) {
  (void)arg;
  return green_response_print(response, 200, "text/plain; charset=utf-8", "hello, %s\n",
                              green_request_param(request, "name"));
}

static int wait_a_while(green_request *request, green_response *response, void *arg) {
  (void)arg;
  char *end;
  const char *text = green_request_param(request, "milliseconds");
  unsigned long milliseconds = strtoul(text, &end, 10);
  if (*end || milliseconds > 60000) return green_response_send_status(response, 404);
  int rc = green_sleep(milliseconds); /* parks this request alone */
  if (rc < 0) return rc;              /* the client has gone, say */
  return green_response_print(response, 200, "text/plain", "%lu ms\n", milliseconds);
}

static int add_routes(green_app *app) {
  int rc = green_app_route(app, "GET", "/", home, NULL);
  if (rc == 0) rc = green_app_route(app, "GET", "/favicon.ico", no_icon, NULL);
  if (rc == 0) rc = green_app_route(app, "GET", "/hello/:name", hello, NULL);
  if (rc == 0) rc = green_app_route(app, "GET", "/wait/:milliseconds", wait_a_while, NULL);
  return rc;
}

int app_make(green_app **out, char *const *hosts) {
  int rc = green_app_new(out, &(green_app_options){.workers = 100, .max_queued = 1000});
  if (rc < 0) return rc;
  rc = green_app_add_security_headers(*out, NULL);
  if (rc == 0) rc = green_app_allow_host(*out, "localhost");
  if (rc == 0) rc = green_app_allow_host(*out, "127.0.0.1");
  for (; rc == 0 && *hosts; hosts++) rc = green_app_allow_host(*out, *hosts);
  if (rc == 0) rc = add_routes(*out);
  if (rc < 0) green_app_release(*out);
  return rc;
}
