/* Serves the application of the cases on a port of the system's choice, says which on a line of its
 * own, and goes on until it is told to end: app_serve FOLDER */
#include <stdio.h>
#include <greenio/greenio.h>
#include <greenio/server.h>
#include "application.h"

static int serve(green_app *app) {
  green_server_options options = {.host = "127.0.0.1"};
  green_server *server;
  green_address address;
  char text[GREEN_ADDRESS_TEXT];
  int rc = green_server_open(&server, app, &options);
  if (rc < 0) return rc;
  rc = green_server_address(server, &address); /* a service worker has none */
  if (rc == 0) printf("http://%s\n", green_address_text(&address, text, sizeof text));
  fflush(stdout);
  if (rc == 0 || rc == GREEN_ENOTSUP) rc = green_server_wait(server, 1000);
  green_server_release(server);
  return rc;
}

static int run(void *folder) {
  green_app *app, *coded = NULL;
  int rc = application_files(folder);
  if (rc == GREEN_ENOTSUP) rc = 0; /* a browser that has none for pages */
  if (rc == 0) rc = application_new(&app, folder);
  if (rc < 0) return rc;
  rc = application_add_coded(app, &coded, folder);
  if (rc == 0) rc = serve(app);
  green_future *ended = green_app_shutdown(app);
  green_app_release(app);
  int rc2 = green_join(ended);
  green_app_release(coded);
  return rc < 0 ? rc : rc2;
}

int main(int argc, char **argv) {
  if (argc == 2) return green_run(run, argv[1]) < 0;
  fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
  return 2;
}
