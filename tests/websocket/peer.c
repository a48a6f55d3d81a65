/* Our side in peers.test.mjs, where the other one is another program's:
 *
 *   websocket_peer serve [N]     prints the port of a server that echoes at /, serves text at /plain and much of it at
 *                                /much, to N connections of an address at most, until it is killed
 *   websocket_peer talk URL ...  talks to each of these servers, which echo; 0: all was right */
#include <greenio/greenio.h>
#include <greenio/server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "exchange.h"

static int echo(green_request *request, green_response *response, void *arg) {
  green_websocket *ws;
  green_websocket_message message = {0};
  (void)request, (void)arg;
  green_websocket_options options = {.protocols = "echo.v1", .origins = "*"};
  int rc = green_response_start_websocket(response, &ws, &options);
  if (rc < 0) return rc;
  while ((rc = green_websocket_receive(ws, &message)) > 0) {
    rc = green_websocket_send(ws, message.type, message.data, message.size);
    if (rc < 0) break;
  }
  green_websocket_message_release(&message);
  green_websocket_release(ws);
  return rc;
}

static int plain(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  return green_response_print(response, 200, "text/plain", "plain");
}

static int much(green_request *request, green_response *response, void *arg) {
  static char piece[65536];
  (void)request, (void)arg;
  memset(piece, 'm', sizeof piece);
  int rc = green_response_start(response, 200, "text/plain", UINT64_MAX);
  for (int i = 0; rc == 0 && i < 64; i++) rc = green_response_write(response, piece, sizeof piece);
  return rc;
}

static int serve(unsigned most) {
  green_app *app;
  green_server *server;
  green_address address;
  int rc = green_app_new(&app, NULL);
  if (rc == 0) rc = green_app_route(app, "GET", "/", echo, NULL);
  if (rc == 0) rc = green_app_route(app, "GET", "/plain", plain, NULL);
  if (rc == 0) rc = green_app_route(app, "GET", "/much", much, NULL);
  green_server_options options = {.host = "127.0.0.1", .max_connections_per_address = most};
  if (rc == 0) rc = green_server_open(&server, app, &options);
  if (rc == 0) rc = green_server_address(server, &address);
  if (rc < 0) return rc;
  printf("%u\n", address.port);
  fflush(stdout);
  return green_server_wait(server, 0);
}

/* ---- talking --------------------------------------------------------------------------------- */

static int exchange_all(green_websocket *ws) {
  static const size_t sizes[] = {0, 1, 125, 126, 65535, 65536, 200000};
  static char data[200000];
  static const char text[] = "gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x98\x80";
  memset(data, 'x', sizeof data);
  int rc = exchange(ws, GREEN_WEBSOCKET_TEXT, text, sizeof text - 1);
  for (size_t i = 0; rc == 0 && i < sizeof sizes / sizeof *sizes; i++) {
    rc = exchange(ws, GREEN_WEBSOCKET_BINARY, data, sizes[i]);
    if (rc == 0) rc = exchange(ws, GREEN_WEBSOCKET_TEXT, data, sizes[i]);
  }
  return rc == 0 ? green_websocket_ping(ws) : rc;
}

static int talk_to(const char *url) {
  green_websocket *ws;
  green_websocket_options options = {.protocols = "other, echo.v1"};
  int rc = green_websocket_connect(NULL, &ws, url, &options);
  if (rc < 0) return rc;
  if (strcmp(green_websocket_protocol(ws), "echo.v1") != 0)
    rc = green_fail(GREEN_EPROTO, "the subprotocol is \"%s\"", green_websocket_protocol(ws));
  if (rc == 0) rc = exchange_all(ws);
  if (rc == 0) rc = green_websocket_close(ws, 3210, "that was all");
  if (rc == 0 && green_websocket_close_code(ws) != 3210)
    rc = green_fail(GREEN_EPROTO, "closed with %u", green_websocket_close_code(ws));
  green_websocket_release(ws);
  return rc;
}

struct arguments {
  int count;
  char **at;
};

static int run(void *arg) {
  const struct arguments *arguments = arg;
  int rc = 0;
  if (strcmp(arguments->at[1], "serve") == 0)
    return serve(arguments->count > 2 ? (unsigned)atoi(arguments->at[2]) : 0);
  for (int i = 2; rc == 0 && i < arguments->count; i++) {
    rc = talk_to(arguments->at[i]);
    if (rc < 0)
      fprintf(stderr, "%s: %s: %s\n", arguments->at[i], green_status_name(rc), green_message());
  }
  return rc;
}

int main(int argc, char **argv) {
  struct arguments arguments = {argc, argv};
  return argc < 2 || green_run(run, &arguments) < 0;
}
