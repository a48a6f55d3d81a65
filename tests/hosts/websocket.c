/* What websocket.test.mjs has on Deno and workerd: handlers of WebSocket and our client, asked by
 * module.green.app.fetch() alone. Its argument "server": by green_server_open(), where that is the same. */
#include <greenio/greenio.h>
#include <greenio/js.h>
#include <greenio/server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../websocket/exchange.h"

/* Of the handlers that have begun, and of the one that ended last. */
static struct {
  unsigned begun, ended, cancelled, sent;
  int outcome;
  unsigned code;
  char reason[128];
} seen;

static green_server *server;

static int handler_begin(green_response *response, green_websocket **ws,
                         const green_websocket_options *options) {
  int rc = green_response_start_websocket(response, ws, options);
  if (rc == 0) seen.begun++;
  return rc;
}

static int handler_end(green_websocket *ws, int rc) {
  seen.outcome = rc;
  seen.code = green_websocket_close_code(ws);
  snprintf(seen.reason, sizeof seen.reason, "%s", green_websocket_close_reason(ws));
  seen.ended++;
  if (rc == GREEN_ECANCELED) seen.cancelled++;
  green_websocket_release(ws);
  return rc;
}

static unsigned number(green_request *request, const char *name) {
  const char *text = green_request_query(request, name);
  return text ? (unsigned)atoi(text) : 0;
}

/* Says what a call that is to be refused has given. */
static int tell_status(green_response *response, int rc) {
  return green_response_print(response, 501, "text/plain", "%s: %s", green_status_name(rc),
                              green_message());
}

/* ---- servers --------------------------------------------------------------------------------- */

/* /echo?max=BYTES&keep=MS&late=MS */
static int echo(green_request *request, green_response *response, void *arg) {
  green_websocket *ws;
  green_websocket_options options = {
      .protocols = "echo.v2, echo.v1",
      .max_message = number(request, "max"),
      .keep_alive = number(request, "keep"),
      .close_time = 2000,
  };
  (void)arg;
  int rc = green_sleep(number(request, "late"));
  if (rc == 0) rc = green_response_set_header(response, "X-Mine", "yes");
  if (rc == 0) rc = handler_begin(response, &ws, &options);
  if (rc == GREEN_ENOTSUP) return tell_status(response, rc);
  return rc < 0 ? rc : handler_end(ws, echo_on(ws));
}

/* Pages of one other site. */
static int origins(green_request *request, green_response *response, void *arg) {
  green_websocket *ws;
  (void)request, (void)arg;
  int rc =
      handler_begin(response, &ws, &(green_websocket_options){.origins = "https://friend.example"});
  return rc < 0 ? rc : handler_end(ws, echo_on(ws));
}

/* Reads in pieces of 1,000 bytes. */
static int count(green_request *request, green_response *response, void *arg) {
  static char buffer[1000];
  char text[40];
  green_websocket *ws;
  green_websocket_piece piece;
  size_t bytes = 0, pieces = 0;
  (void)request, (void)arg;
  int rc = handler_begin(response, &ws, NULL);
  if (rc < 0) return rc;
  while ((rc = green_websocket_read(ws, buffer, sizeof buffer, &piece)) > 0) {
    bytes += piece.size;
    pieces++;
    if (!piece.last) continue;
    snprintf(text, sizeof text, "%zu in %zu", bytes, pieces);
    rc = green_websocket_send(ws, GREEN_WEBSOCKET_TEXT, text, strlen(text));
    if (rc < 0) break;
    bytes = pieces = 0;
  }
  return handler_end(ws, rc);
}

static int wait_for_ever(green_request *request, green_response *response, void *arg) {
  green_websocket *ws;
  (void)request, (void)arg;
  int rc = handler_begin(response, &ws, NULL);
  return rc < 0 ? rc : handler_end(ws, green_sleep(1000000));
}

/* Receives when a message "go" would be the last: /later?ms=. Answers how many have come before it. */
static int later(green_request *request, green_response *response, void *arg) {
  green_websocket *ws;
  green_websocket_message message = {0};
  char text[40];
  unsigned count = 0;
  (void)arg;
  int rc = handler_begin(response, &ws, NULL);
  if (rc < 0) return rc;
  rc = green_sleep(number(request, "ms"));
  while (rc == 0 && (rc = green_websocket_receive(ws, &message)) > 0) {
    rc = 0;
    if (message.size == 2 && memcmp(message.data, "go", 2) == 0) break;
    count++;
  }
  green_websocket_message_release(&message);
  snprintf(text, sizeof text, "%u", count);
  if (rc == 0) rc = green_websocket_send(ws, GREEN_WEBSOCKET_TEXT, text, strlen(text));
  return handler_end(ws, rc);
}

/* Sends 400 messages of 64 KiB. */
static int push(green_request *request, green_response *response, void *arg) {
  static char data[64 << 10];
  green_websocket *ws;
  (void)request, (void)arg;
  int rc = handler_begin(response, &ws, NULL);
  if (rc < 0) return rc;
  for (seen.sent = 0; rc == 0 && seen.sent < 400; seen.sent++)
    rc = green_websocket_send(ws, GREEN_WEBSOCKET_BINARY, data, sizeof data);
  return handler_end(ws, rc);
}

static int close_so(green_request *request, green_response *response, void *arg) {
  green_websocket *ws;
  (void)arg;
  int rc = handler_begin(response, &ws, NULL);
  if (rc < 0) return rc;
  return handler_end(ws, green_websocket_close(ws, number(request, "code"),
                                               green_request_query(request, "reason")));
}

/* Its connection is the runtime's to close. */
static int fail_so(green_request *request, green_response *response, void *arg) {
  green_websocket *ws;
  (void)request, (void)arg;
  int rc = handler_begin(response, &ws, NULL);
  if (rc < 0) return rc;
  seen.ended++;
  return green_fail(GREEN_EIO, "as it was asked to");
}

/* What green_websocket_ping() gives, as the reason of a close. */
static int ping(green_request *request, green_response *response, void *arg) {
  green_websocket *ws;
  (void)request, (void)arg;
  int rc = handler_begin(response, &ws, NULL);
  if (rc < 0) return rc;
  const char *name = green_status_name(green_websocket_ping(ws));
  return handler_end(ws, green_websocket_close(ws, 0, name));
}

/* ---- beside them ----------------------------------------------------------------------------- */

static int state(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  return green_response_print(response, 200, "application/json",
                              "{\"begun\":%u,\"ended\":%u,\"cancelled\":%u,\"sent\":%u,\"outcome\":"
                              "\"%s\",\"code\":%u,\"reason\":\"%s\"}",
                              seen.begun, seen.ended, seen.cancelled, seen.sent,
                              seen.outcome < 0 ? green_status_name(seen.outcome) : "", seen.code,
                              seen.reason);
}

static int shut_down(void *arg) {
  int rc = green_sleep(50);
  (void)arg;
  return rc < 0 ? rc : green_join(green_server_shutdown(server, 5000));
}

static int stop(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  if (!server) return green_response_send_status(response, 404);
  green_future_release(green_spawn(shut_down, NULL));
  return green_response_print(response, 200, "text/plain", "stopping");
}

/* ---- our client ------------------------------------------------------------------------------ */

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
  return rc;
}

/* /talk?url=: to a server that echoes. */
static int talk(green_request *request, green_response *response, void *arg) {
  green_websocket *ws = NULL;
  (void)arg;
  int rc = green_websocket_connect(NULL, &ws, green_request_query(request, "url"),
                                   &(green_websocket_options){.protocols = "other, echo.v1"});
  if (rc == 0 && strcmp(green_websocket_protocol(ws), "echo.v1") != 0)
    rc = green_fail(GREEN_EPROTO, "the subprotocol is \"%s\"", green_websocket_protocol(ws));
  if (rc == 0) rc = exchange_all(ws);
  if (rc == 0 && green_websocket_ping(ws) != GREEN_ENOTSUP)
    rc = green_fail(GREEN_EIO, "a ping was sent");
  if (rc == 0 && green_websocket_close(ws, 1001, NULL) != GREEN_ENOTSUP)
    rc = green_fail(GREEN_EIO, "it was closed with 1001");
  if (rc == 0) rc = green_websocket_close(ws, 3210, "that was all");
  if (rc == 0 && green_websocket_close_code(ws) != 3210)
    rc = green_fail(GREEN_EPROTO, "closed with %u", green_websocket_close_code(ws));
  green_websocket_release(ws);
  return rc < 0 ? tell_status(response, rc)
                : green_response_print(response, 200, "text/plain", "all was right");
}

/* ---- the program ----------------------------------------------------------------------------- */

static const struct {
  const char *path;
  green_handler function;
} routes[] = {{"/echo", echo},          {"/origins", origins}, {"/count", count},
              {"/wait", wait_for_ever}, {"/push", push},       {"/close", close_so},
              {"/fail", fail_so},       {"/ping", ping},       {"/state", state},
              {"/stop", stop},          {"/talk", talk},       {"/later", later}};

static int serve(green_app *app, bool as_server) {
  green_future *never = NULL;
  int rc = as_server ? green_server_open(&server, app, NULL) : green_future_new(&never);
  if (rc < 0) return rc;
  if (as_server) return green_server_wait(server, 1000);
  green_js_serve(app, NULL);
  return green_wait(never);
}

static int run(void *arg) {
  green_app *app;
  int rc = green_app_new(&app, &(green_app_options){.max_streams = 1000});
  for (size_t i = 0; rc == 0 && i < sizeof routes / sizeof *routes; i++)
    rc = green_app_route(app, "GET", routes[i].path, routes[i].function, NULL);
  return rc < 0 ? rc : serve(app, *(const bool *)arg);
}

int main(int argc, char **argv) {
  bool as_server = argc > 1 && strcmp(argv[1], "server") == 0;
  return green_run(run, &as_server) < 0;
}
