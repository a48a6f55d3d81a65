/* What the benchmarks with an HTTP server share. */
#ifndef GREENIO_TESTS_BENCH_HTTP_H
#define GREENIO_TESTS_BENCH_HTTP_H

#include <stdio.h>
#include <greenio/server.h>

/* Has every request for "/" answered by a function, prints the port, and serves until it is killed. `port`:
 * one that is shared; 0: a free one. */
static int bench_serve_at(green_handler answer, void *arg, unsigned port) {
  green_app *app;
  green_server *server;
  green_address address;
  int rc = green_app_new(&app, &(green_app_options){.workers = 0});
  if (rc == 0) rc = green_app_route(app, "GET", "/", answer, arg);
  green_server_options options = {.host = "127.0.0.1", .port = port, .share_port = port};
  if (rc == 0) rc = green_server_open(&server, app, &options);
  if (rc == 0) rc = green_server_address(server, &address);
  if (rc < 0) return rc;
  printf("%u\n", address.port);
  fflush(stdout);
  return green_server_wait(server, 0);
}

static inline int bench_serve(green_handler answer, void *arg) {
  return bench_serve_at(answer, arg, 0);
}

#endif
