#include "websocket_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "app/app.h"
#include "exchange.h"
#include "grammar/grammar.h"
#include "websocket/websocket.h"

/* ---- the application ------------------------------------------------------------------------- */

static int handler_begin(struct site *site, green_response *response, green_websocket **ws,
                         const green_websocket_options *options) {
  int rc = green_response_start_websocket(response, ws, options ? options : &site->with);
  if (rc < 0) return rc;
  site->ws = *ws;
  site->begun++;
  return 0;
}

static int handler_end(struct site *site, green_websocket *ws, int rc) {
  site->outcome = rc;
  site->code = green_websocket_close_code(ws);
  green_websocket_release(ws);
  site->ended++;
  return rc;
}

static int echo(green_request *request, green_response *response, void *arg) {
  green_websocket *ws;
  (void)request;
  int rc = handler_begin(arg, response, &ws, NULL);
  return rc < 0 ? rc : handler_end(arg, ws, echo_on(ws));
}

static int echo_small(green_request *request, green_response *response, void *arg) {
  green_websocket *ws;
  (void)request;
  int rc = handler_begin(arg, response, &ws,
                         &(green_websocket_options){.max_message = 100, .close_time = 1000});
  return rc < 0 ? rc : handler_end(arg, ws, echo_on(ws));
}

/* Reads in pieces of 1,000 bytes, and tells how many bytes and pieces a message had. */
static int count_on(green_websocket *ws) {
  char buffer[1000], text[80];
  green_websocket_piece piece;
  size_t bytes = 0, pieces = 0;
  int rc;
  while ((rc = green_websocket_read(ws, buffer, sizeof buffer, &piece)) > 0) {
    bytes += piece.size;
    pieces++;
    if (!piece.last) continue;
    snprintf(text, sizeof text, "%zu %s", bytes, pieces > 1 ? "pieces" : "piece");
    rc = green_websocket_send(ws, GREEN_WEBSOCKET_TEXT, text, strlen(text));
    if (rc < 0) break;
    bytes = pieces = 0;
  }
  return rc;
}

static int count(green_request *request, green_response *response, void *arg) {
  struct site *site = arg;
  green_websocket *ws;
  (void)request;
  int rc = handler_begin(arg, response, &ws, NULL);
  if (rc < 0) return rc;
  rc = site->slow ? green_sleep(site->slow) : 0;
  return handler_end(arg, ws, rc < 0 ? rc : count_on(ws));
}

/* Does not receive. */
static int wait_for_ever(green_request *request, green_response *response, void *arg) {
  struct site *site = arg;
  green_websocket *ws;
  (void)request;
  int rc = handler_begin(arg, response, &ws, NULL);
  if (rc < 0) return rc;
  rc = site->gate ? green_wait(site->gate) : green_sleep(1000000);
  if (rc == 0) rc = echo_on(ws);
  return handler_end(arg, ws, rc);
}

/* Sends messages of 16 KiB until it cannot. */
static int push(green_request *request, green_response *response, void *arg) {
  static char data[16 << 10];
  struct site *site = arg;
  green_websocket *ws;
  (void)request;
  int rc = handler_begin(arg, response, &ws, NULL);
  if (rc < 0) return rc;
  while ((rc = green_websocket_send(ws, GREEN_WEBSOCKET_BINARY, data, sizeof data)) == 0)
    site->sent++;
  return handler_end(arg, ws, rc);
}

/* Closes with the code and reason that are asked for, and gives the outcome. */
static int close_so(green_request *request, green_response *response, void *arg) {
  const char *code = green_request_query(request, "code"),
             *reason = green_request_query(request, "reason");
  green_websocket *ws;
  int rc = handler_begin(arg, response, &ws, NULL);
  if (rc < 0) return rc;
  return handler_end(arg, ws, green_websocket_close(ws, code ? (unsigned)atoi(code) : 0, reason));
}

static int fail_so(green_request *request, green_response *response, void *arg) {
  green_websocket *ws;
  (void)request;
  int rc = handler_begin(arg, response, &ws, NULL);
  if (rc < 0) return rc;
  green_websocket_message message = {0};
  rc = green_websocket_receive(ws, &message);
  green_websocket_message_release(&message);
  green_websocket_release(ws);
  return rc < 0 ? rc : green_fail(GREEN_EIO, "as it was asked to");
}

/* Is not WebSocket. Gives a body back. */
static int plain(green_request *request, green_response *response, void *arg) {
  const char *data;
  size_t size;
  (void)arg;
  int rc = green_request_body(request, &data, &size);
  if (rc < 0) return rc;
  return green_response_send(response, 200, "text/plain", size ? data : "plain", size ? size : 5);
}

/* Falls back to a page where no WebSocket is asked for. */
static int either(green_request *request, green_response *response, void *arg) {
  green_websocket *ws;
  (void)request;
  int rc = handler_begin(arg, response, &ws, NULL);
  if (rc == GREEN_EPROTO) return green_response_send(response, 200, "text/plain", "a page", 6);
  return rc < 0 ? rc : handler_end(arg, ws, echo_on(ws));
}

/* Receives one message, and then does something else for ever. */
static int receive_first(green_request *request, green_response *response, void *arg) {
  green_websocket *ws;
  green_websocket_message message = {0};
  (void)request;
  int rc = handler_begin(arg, response, &ws, NULL);
  if (rc < 0) return rc;
  rc = green_websocket_receive(ws, &message);
  green_websocket_message_release(&message);
  if (rc == 1) rc = green_sleep(1000000);
  return handler_end(arg, ws, rc);
}

/* Sends one message of BULK bytes; closes, or waits. */
static int send_bulk(green_request *request, green_response *response, void *arg) {
  struct site *site = arg;
  green_websocket *ws;
  (void)request;
  int rc = handler_begin(arg, response, &ws, NULL);
  char *data = rc == 0 ? calloc(1, BULK) : NULL;
  if (rc == 0) rc = data ? 0 : GREEN_ENOMEM;
  if (rc == 0) rc = green_websocket_send(ws, GREEN_WEBSOCKET_BINARY, data, BULK);
  free(data);
  if (rc == 0 && site->gate) rc = green_wait(site->gate);
  return ws ? handler_end(arg, ws, rc) : rc;
}

static const struct {
  const char *path;
  green_handler function;
} routes[] = {{"/echo", echo},           {"/small", echo_small}, {"/count", count},
              {"/wait", wait_for_ever},  {"/push", push},        {"/close", close_so},
              {"/fail", fail_so},        {"/plain", plain},      {"/either", either},
              {"/first", receive_first}, {"/bulk", send_bulk}};

static void no_log(const char *line, void *arg) {
  (void)line, (void)arg;
}

/* ---- a site ---------------------------------------------------------------------------------- */

int site_open(struct site *site, const green_server_options *given) {
  green_server_options options = given ? *given : (green_server_options){0};
  char text[GREEN_ADDRESS_TEXT];
  options.host = "127.0.0.1";
  int rc = green_app_new(&site->app, NULL);
  for (size_t i = 0; rc == 0 && i < sizeof routes / sizeof *routes; i++)
    rc = green_app_route(site->app, NULL, routes[i].path, routes[i].function, site);
  if (rc < 0) return rc;
  green_app_set_error_log(site->app, no_log, NULL);
  rc = green_server_open(&site->server, site->app, &options);
  if (rc == 0) rc = green_server_address(site->server, &site->address);
  if (rc < 0) return rc;
  snprintf(site->base, sizeof site->base, "%s://%s", options.certificate ? "wss" : "ws",
           green_address_text(&site->address, text, sizeof text));
  return 0;
}

void auto_site(struct site *site) {
  GREEN_SHIELD {
    if (site->server && green_join(green_server_shutdown(site->server, 0)) == GREEN_ENOMEM)
      green_join(green_server_shutdown(site->server, 0)); /* else its connections would end later */
    green_server_release(site->server);
    if (site->app && green_join(green_app_shutdown(site->app)) == GREEN_ENOMEM)
      while (site->app->live) green_sleep(1); /* nobody tells when they have ended */
    green_app_release(site->app);
  }
}

static int await_count(const unsigned *now, unsigned count) {
  int rc = 0;
  for (int i = 0; rc == 0 && *now < count && i < (test_allocator_failed() ? 100 : 20000); i++)
    rc = green_sleep(1);
  if (rc < 0) return rc;
  return *now >= count ? 0 : GREEN_EAGAIN;
}

int site_await_ended(struct site *site, unsigned count) {
  return await_count(&site->ended, count);
}

int site_await_begun(struct site *site, unsigned count) {
  return await_count(&site->begun, count);
}

int site_connect(const struct site *site, green_websocket **out, const char *path,
                 const green_websocket_options *options) {
  char url[200];
  snprintf(url, sizeof url, "%s%s", site->base, path);
  return green_websocket_connect(NULL, out, url, options);
}

void auto_websocket(green_websocket **ws) {
  green_websocket_release(*ws);
}

green_websocket *kept(green_websocket *ws) {
  ws->references++;
  return ws;
}

void auto_kept(green_websocket **ws) {
  green__websocket_unref(*ws);
}

int send_text(green_websocket *ws, const char *text) {
  return green_websocket_send(ws, GREEN_WEBSOCKET_TEXT, text, strlen(text));
}

/* ---- raw ------------------------------------------------------------------------------------- */

void auto_stream(green_stream **stream) {
  green_stream_release(*stream);
}

static int read_head(green_stream *stream, char *answer, size_t size) {
  size_t used = 0;
  int rc;
  *answer = 0;
  while ((rc = green_stream_read_line(stream, answer + used, size - used)) > 0) {
    used += (size_t)rc;
    if (size - used > 2) answer[used++] = '\n', answer[used] = 0;
  }
  return rc == GREEN_EPIPE ? 0 : rc;
}

static int status_in(const char *answer) {
  return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? atoi(answer + 9) : 0;
}

int site_ask(const struct site *site, const char *request, char *answer, size_t size) {
  AUTO_STREAM green_stream *stream = NULL;
  int rc = green_stream_connect_any(&stream, &site->address, 1);
  if (rc == 0) rc = green_stream_write(stream, request, strlen(request), NULL);
  if (rc == 0) rc = read_head(stream, answer, size);
  return rc < 0 ? rc : status_in(answer);
}

int handshake_answer(green_stream *stream, char *answer, size_t size) {
  char line[300], key[60] = "", accept[29];
  int rc;
  while ((rc = green_stream_read_line(stream, line, sizeof line)) > 0)
    if (strncmp(line, "Sec-WebSocket-Key: ", 19) == 0)
      snprintf(key, sizeof key, "%.24s", line + 19);
  if (rc < 0) return rc;
  green__websocket_accept(key, accept);
  snprintf(answer, size,
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
           "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
           accept);
  return 0;
}

int site_connect_raw(const struct site *site, green_stream **out, const char *path) {
  char request[300], answer[1000];
  *out = NULL;
  snprintf(request, sizeof request,
           "GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
           path);
  int rc = green_stream_connect_any(out, &site->address, 1);
  if (rc == 0) rc = green_stream_write(*out, request, strlen(request), NULL);
  if (rc == 0) rc = read_head(*out, answer, sizeof answer);
  if (rc < 0) return rc;
  return status_in(answer) == 101 ? 0 : GREEN_EPROTO;
}
