/* An HTTP server under the load of wrk: http PATH-OR-PORT-FILE ... see http.mjs.
 *
 *   bench_http BYTES MILLISECONDS    answers with so many bytes, after so long
 *
 * It prints the port, and ends with its standard input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/fd.h>
#include <greenio/server.h>

static char *body;
static size_t size;
static uint64_t wait;

static int answer(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  int rc = wait ? green_sleep(wait) : 0;
  return rc < 0 ? rc : green_response_give(response, 200, "text/plain", body, size, NULL);
}

static int serve(void *arg) {
  green_app *app;
  green_server *server;
  green_address address;
  char end;
  (void)arg;
  int rc = green_app_new(&app, 0);
  if (rc == 0) rc = green_app_route(app, "GET", "/", answer, NULL);
  if (rc == 0) rc = green_server_open(&server, app, &(green_server_options){.host = "127.0.0.1"});
  if (rc < 0) return rc;
  green_server_address(server, &address);
  printf("%u\n", address.port);
  fflush(stdout);
  rc = (int)green_read(0, &end, 1);
  green_server_release(server);
  green_join(green_app_shutdown(app));
  green_app_release(app);
  return rc;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  size = (size_t)atol(argv[1]);
  wait = (uint64_t)atol(argv[2]);
  body = malloc(size);
  if (!body) return 1;
  memset(body, 'x', size);
  int rc = green_run(serve, NULL);
  free(body);
  return rc < 0;
}
