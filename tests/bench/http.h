/* What the benchmarks with an HTTP server share. */
#ifndef GREENIO_TESTS_BENCH_HTTP_H
#define GREENIO_TESTS_BENCH_HTTP_H

#include <stdio.h>
#include <greenio/server.h>

/* Has every request for "/" answered by a function, prints the port, and serves until it is
 * killed. */
static int bench_serve(green_handler answer, void *arg) {
  green_app *app;
  green_server *server;
  green_address address;
  int rc = green_app_new(&app, &(green_app_options){.workers = 0});
  if (rc == 0) rc = green_app_route(app, "GET", "/", answer, arg);
  if (rc == 0) rc = green_server_open(&server, app, &(green_server_options){.host = "127.0.0.1"});
  if (rc == 0) rc = green_server_address(server, &address);
  if (rc < 0) return rc;
  printf("%u\n", address.port);
  fflush(stdout);
  return green_server_wait(server, 0);
}

#endif
