/* Notes with full-text search: pages, a JSON API, and events for changes. One program for all
 * places:
 *
 *   notes [DATABASE [PORT]]
 *
 * Natively on a PostgreSQL server ("postgres://user@host/name"); in Node without one, on PGlite in
 * a folder; in a service worker on PGlite in the browser's storage. */
#include <stdio.h>
#include <stdlib.h>
#include <greenio/greenio.h>
#include <greenio/server.h>
#include "notes.h"

#define WORKERS     200
#define CONNECTIONS 8
#define DRAIN       10000 /* ms */

struct arguments {
  const char *database;
  unsigned port;
};

static int make_app(green_app **out, struct notes *notes) {
  int rc = green_app_new(out, WORKERS);
  if (rc == 0) rc = green_app_use(*out, guard_origin, NULL);
  if (rc == 0) rc = green_app_after(*out, guard_headers, NULL);
  if (rc == 0) rc = pages_add(*out, notes);
  if (rc == 0) rc = api_add(*out, notes);
  if (rc == 0) rc = green_app_metrics(*out, "/metrics");
  return rc;
}

static int serve(green_app *app, unsigned port) {
  green_server_options options = {.host = "127.0.0.1", .port = port};
  green_server *server;
  green_address address;
  char text[128];
  int rc = green_server_open(&server, app, &options);
  if (rc < 0) return green_fail(rc, "cannot listen on port %u: %s", port, green_message());
  if (green_server_address(server, &address) == 0)
    printf("http://%s/\n", green_address_text(&address, text, sizeof text));
  fflush(stdout);
  rc = green_server_wait(server, DRAIN);
  green_server_release(server);
  return rc;
}

static int run(struct notes *notes, unsigned port) {
  green_app *app = NULL;
  int rc = store_prepare(notes);
  if (rc < 0) return green_fail(rc, "%s: %s", notes->database, green_message());
  rc = make_app(&app, notes);
  green_future *changes[] = {green_spawn(changes_listen, notes), green_spawn(changes_end, notes)};
  if (rc == 0) rc = serve(app, port);
  for (size_t i = 0; i < 2; i++) {
    green_cancel(changes[i]);
    green_join(changes[i]);
  }
  green_app_release(app);
  return rc;
}

static int start(void *arg) {
  const struct arguments *arguments = arg;
  struct notes notes = {.database = arguments->database};
  green_pg_pool_options options = {.max = CONNECTIONS};
  int rc = green_pg_pool_new(&notes.pool, notes.database, &options);
  if (rc == 0) rc = run(&notes, arguments->port);
  green_pg_pool_release(notes.pool);
  return rc;
}

int main(int argc, char **argv) {
  struct arguments arguments = {
      .database = argc > 1 ? argv[1] : NOTES_DATABASE,
      .port = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 8080,
  };
  return green_run(start, &arguments) < 0;
}
