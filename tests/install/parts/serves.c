/* An application behind greenio::server that asks itself. */
#include <greenio/greenio.h>
#include <greenio/server.h>
#include <stdio.h>

static int answer(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  green_sleep(1);
  return green_response_send(response, 200, "text/plain", "here", 4);
}

static int ask(green_server *server) {
  green_address address;
  char url[64];
  green_http_response *response;
  int rc = green_server_address(server, &address);
  if (rc < 0) return rc;
  snprintf(url, sizeof url, "http://127.0.0.1:%u/", address.port);
  rc = green_http_get(NULL, &response, url);
  if (rc < 0) return rc;
  printf("answered %d\n", green_http_response_status(response));
  green_http_response_release(response);
  return 0;
}

static int serve(void *arg) {
  green_app *app;
  green_server *server;
  (void)arg;
  int rc = green_app_new(&app, NULL);
  if (rc < 0) return rc;
  rc = green_app_route(app, "GET", "/", answer, NULL);
  green_server_options options = {.host = "127.0.0.1"};
  if (rc == 0 && (rc = green_server_open(&server, app, &options)) == 0) {
    rc = ask(server);
    green_join(green_server_shutdown(server, 1000));
    green_server_release(server);
  }
  green_join(green_app_shutdown(app));
  green_app_release(app);
  return rc;
}

int main(void) {
  return green_run(serve, NULL) < 0;
}
