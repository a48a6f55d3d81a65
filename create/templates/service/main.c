/* {{name}} [PORT [HOST ...]]   listens on 127.0.0.1, on port 8000 unless told (0: one that is free), and
 *   answers to these hosts too, the names by which a proxy in front of it is asked, say */
#include <stdio.h>
#include <stdlib.h>
#include <greenio/greenio.h>
#include <greenio/server.h>
#include "app.h"

#define DRAIN 10000 /* milliseconds for requests that are at work when the program is to end */

struct arguments {
  unsigned port;
  char **hosts;
};

static int serve(green_app *app, unsigned port) {
  green_server *server;
  green_address address;
  char text[128];
  int rc =
      green_server_open(&server, app, &(green_server_options){.host = "127.0.0.1", .port = port});
  if (rc < 0) return green_fail(rc, "cannot listen on port %u: %s", port, green_message());
  if (green_server_address(server, &address) == 0) /* a service worker has none */
    printf("http://%s/\n", green_address_text(&address, text, sizeof text));
  fflush(stdout);
  rc = green_server_wait(server, DRAIN); /* until SIGTERM or SIGINT */
  green_server_release(server);
  return rc;
}

static int run(void *arg) {
  const struct arguments *arguments = arg;
  green_app *app;
  int rc = app_make(&app, arguments->hosts);
  if (rc < 0) return rc; /* green_run() writes the message */
  rc = serve(app, arguments->port);
  int ended = green_join(green_app_shutdown(app));
  green_app_release(app);
  return rc < 0 ? rc : ended;
}

int main(int argc, char **argv) {
  struct arguments arguments = {8000, argc > 2 ? argv + 2 : (char *[]){NULL}};
  if (argc > 1) {
    char *end;
    unsigned long port = strtoul(argv[1], &end, 10);
    if (end == argv[1] || *end || port > 65535) {
      fprintf(stderr, "Usage: {{name}} [PORT [HOST ...]]\n");
      return 2;
    }
    arguments.port = (unsigned)port;
  }
  return green_run(run, &arguments) < 0;
}
