/* What the application answers, asked over HTTP by the process that serves it. */
#include <stdio.h>
#include <string.h>
#include <greenio/greenio.h>
#include <greenio/server.h>
#include "../app.h"

static int failed;

#define CHECK(what)                                                                                \
  ((what) ? (void)0 : (void)(failed++, printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #what)))

/* Whether a path is answered so. `body` NULL: with whatever. */
static int answers(const char *site, const char *path, int status, const char *body) {
  char url[200];
  size_t size;
  green_http_response *response;
  snprintf(url, sizeof url, "%s%s", site, path);
  if (green_http_get(NULL, &response, url) < 0) return printf("%s: %s\n", path, green_message()), 0;
  const char *data = green_http_response_body(response, &size);
  int same = green_http_response_status(response) == status &&
             (!body || (size == strlen(body) && memcmp(data, body, size) == 0));
  green_http_response_release(response);
  return same;
}

static void ask(const char *site) {
  CHECK(answers(site, "/", 200, NULL));
  CHECK(answers(site, "/hello/Ada", 200, "hello, Ada\n"));
  CHECK(answers(site, "/wait/1", 200, "1 ms\n"));
  CHECK(answers(site, "/wait/long", 404, NULL));
  CHECK(answers(site, "/nothing", 404, NULL));
}

static int app(void *arg) {
  (void)arg;
  green_app *app;
  green_server *server;
  green_address address;
  char text[128], site[160];
  int rc = app_make(&app, (char *[]){NULL});
  if (rc < 0) return rc;
  rc = green_server_open(&server, app, &(green_server_options){.host = "127.0.0.1"});
  if (rc == 0 && (rc = green_server_address(server, &address)) == 0) {
    snprintf(site, sizeof site, "http://%s", green_address_text(&address, text, sizeof text));
    ask(site);
    green_join(green_server_shutdown(server, 1000));
    green_server_release(server);
  }
  green_join(green_app_shutdown(app));
  green_app_release(app);
  return rc;
}

int main(void) {
  int rc = green_run(app, NULL);
  return rc < 0 || failed > 0;
}
