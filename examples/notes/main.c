/* Notes with full-text search: pages, a JSON API, and events for changes. One program for all
 * places:
 *
 *   notes [--host NAME] ... [--metrics PORT] [--connections MOST] [DATABASE [PORT]]
 *
 * Natively on a PostgreSQL server ("postgres://user@host/name"); in Node without one, on PGlite in
 * a folder; in a service worker on PGlite in the browser's storage; on workerd on a server. NAME is one by which browsers
 * reach the site, behind a proxy say, in place of localhost and 127.0.0.1. Metrics are for who runs
 * it, on a port of their own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/greenio.h>
#include <greenio/server.h>
#include "notes.h"

#define WORKERS     200
#define QUEUED      1000
#define CONNECTIONS 8     /* and one more, which listens */
#define DRAIN       10000 /* ms */
#define HOSTS       16    /* at most */

struct arguments {
  const char *database;
  unsigned port, metrics; /* 0: none */
  unsigned connections;
  const char *hosts[HOSTS + 1];
};

static int make_app(green_app **out, struct notes *notes, const struct arguments *arguments) {
  green_app_options options = {.workers = WORKERS,
                               .max_queued = QUEUED,
                               .body_first = true,
                               .compress = true,
                               .etags = true};
  int rc = green_app_new(out, &options);
  if (rc == 0) rc = guard_add(*out, arguments->hosts);
  if (rc == 0) rc = pages_add(*out, notes);
  if (rc == 0) rc = api_add(*out, notes);
  return rc;
}

static int make_metrics(green_app **out, green_app *app) {
  static const char *const hosts[] = {"localhost", "127.0.0.1", NULL};
  int rc = green_app_new(out, &(green_app_options){.workers = 1});
  if (rc == 0) rc = guard_add(*out, hosts);
  if (rc == 0) rc = green_app_serve_metrics(*out, "/metrics", app);
  return rc;
}

static int listen_on(green_server **out, green_app *app, unsigned port) {
  green_server_options options = {.host = "127.0.0.1", .port = port};
  green_address address;
  char text[128];
  int rc = green_server_open(out, app, &options);
  if (rc < 0) return green_fail(rc, "cannot listen on port %u: %s", port, green_message());
  if (green_server_address(*out, &address) == 0)
    printf("http://%s/\n", green_address_text(&address, text, sizeof text));
  fflush(stdout);
  return 0;
}

static int serve(green_app *app, green_app *metrics, const struct arguments *arguments) {
  green_server *server = NULL, *other = NULL;
  int rc = listen_on(&server, app, arguments->port);
  if (rc == 0 && metrics) rc = listen_on(&other, metrics, arguments->metrics);
  if (rc == 0) rc = green_server_wait(server, DRAIN);
  green_server_release(other);
  green_server_release(server);
  return rc;
}

static int run(struct notes *notes, const struct arguments *arguments) {
  green_app *app = NULL, *metrics = NULL;
  int rc = store_prepare(notes);
  if (rc < 0) return green_fail(rc, "the database: %s", green_message());
  rc = make_app(&app, notes, arguments);
  if (rc == 0 && arguments->metrics) rc = make_metrics(&metrics, app);
  green_group *changes = NULL;
  if (rc == 0) rc = green_group_new(&changes, &(green_group_options){.mode = GREEN_GROUP_ALL});
  if (rc == 0) rc = green_group_spawn(changes, changes_listen, notes);
  if (rc == 0) rc = green_group_spawn(changes, changes_end, notes);
  if (rc == 0) rc = serve(app, metrics, arguments);
  green_group_release(changes); /* cancels them, and waits */
  green_app_release(metrics);
  green_app_release(app);
  return rc;
}

static int start(void *arg) {
  const struct arguments *arguments = arg;
  struct notes notes = {.database = arguments->database};
  green_pg_pool_options options = {.max = arguments->connections};
  int rc = green_pg_pool_new(&notes.pool, notes.database, &options);
  if (rc == 0) rc = run(&notes, arguments);
  green_pg_pool_release(notes.pool);
  return rc;
}

static unsigned number(const char *text) {
  return (unsigned)strtoul(text, NULL, 10);
}

/* False: they cannot be. */
static bool read_arguments(struct arguments *out, int argc, char **argv) {
  int hosts = 0, at = 1;
  *out = (struct arguments){NOTES_DATABASE, 8080, 0, CONNECTIONS, {"localhost", "127.0.0.1"}};
  for (; at + 1 < argc && argv[at][0] == '-'; at += 2) {
    if (strcmp(argv[at], "--metrics") == 0)
      out->metrics = number(argv[at + 1]);
    else if (strcmp(argv[at], "--connections") == 0)
      out->connections = number(argv[at + 1]);
    else if (strcmp(argv[at], "--host") == 0 && hosts < HOSTS)
      out->hosts[hosts++] = argv[at + 1], out->hosts[hosts] = NULL;
    else
      return false;
  }
  if (at < argc) out->database = argv[at++];
  if (at < argc) out->port = number(argv[at++]);
  return at == argc && out->database[0] != '-';
}

int main(int argc, char **argv) {
  struct arguments arguments;
  if (read_arguments(&arguments, argc, argv)) return green_run(start, &arguments) < 0;
  fprintf(stderr, "usage: notes [--host NAME] ... [--metrics PORT] [--connections MOST] "
                  "[DATABASE [PORT]]\n");
  return 2;
}
