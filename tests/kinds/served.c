/* An application that waits, and says what its tasks stand on. */
#include <greenio/app.h>
#include <greenio/greenio.h>
#include <greenio/server.h>

static int show(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  int rc = green_sleep(1);
  if (rc < 0) return rc;
  return green_response_print(response, 200, "text/plain; charset=utf-8", "%s\n", green_contexts());
}

static int serve(void *arg) {
  green_app *app;
  green_server *server;
  (void)arg;
  int rc = green_app_new(&app, NULL);
  if (rc == 0) rc = green_app_route(app, "GET", "/contexts", show, NULL);
  if (rc == 0) rc = green_server_open(&server, app, NULL);
  return rc < 0 ? rc : green_server_wait(server, 1000);
}

int main(void) {
  return green_run(serve, NULL) < 0;
}
