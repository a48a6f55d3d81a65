/* The C side of websocket.test.mjs: our client on a page's own WebSocket. Each gives a status. */
#include <string.h>
#include <emscripten.h>
#include <greenio/greenio.h>
#include "../websocket/exchange.h"

#define EXPORT EMSCRIPTEN_KEEPALIVE

static int exchange_all(green_websocket *ws) {
  static const size_t sizes[] = {0, 1, 126, 65536, 200000};
  static char data[200000];
  memset(data, 'x', sizeof data);
  int rc = exchange(ws, GREEN_WEBSOCKET_TEXT, "gr\xc3\xbc\xc3\x9f dich", 12);
  for (size_t i = 0; rc == 0 && i < sizeof sizes / sizeof *sizes; i++) {
    rc = exchange(ws, GREEN_WEBSOCKET_BINARY, data, sizes[i]);
    if (rc == 0) rc = exchange(ws, GREEN_WEBSOCKET_TEXT, data, sizes[i]);
  }
  return rc;
}

EXPORT int talk(const char *url) {
  green_websocket *ws;
  int rc = green_websocket_connect(NULL, &ws, url,
                                   &(green_websocket_options){.protocols = "other, echo.v1"});
  if (rc < 0) return rc;
  rc = exchange_all(ws);
  if (rc == 0 && strcmp(green_websocket_protocol(ws), "echo.v1") != 0) rc = GREEN_EPROTO;
  if (rc == 0) rc = green_websocket_close(ws, 3210, "that was all");
  if (rc == 0) rc = (int)green_websocket_close_code(ws);
  green_websocket_release(ws);
  return rc;
}

/* What a page cannot do says so: how many do. */
EXPORT int refusals(const char *url) {
  green_websocket *ws, *none;
  green_http_header header = {"X-Mine", "1"};
  green_websocket_options with[] = {{.headers = &header, .header_count = 1}, {.keep_alive = 1000}};
  int count = 0, rc;
  for (size_t i = 0; i < 2; i++)
    count += green_websocket_connect(NULL, &none, url, &with[i]) == GREEN_ENOTSUP;
  rc = green_websocket_connect(NULL, &ws, url, NULL);
  if (rc < 0) return rc;
  count += green_websocket_ping(ws) == GREEN_ENOTSUP;
  count += green_websocket_close(ws, 1001, NULL) == GREEN_ENOTSUP;
  rc = exchange(ws, GREEN_WEBSOCKET_TEXT, "whole", 5);
  green_websocket_release(ws);
  return rc < 0 ? rc : count;
}

/* Receives until the end: its status, or the code that it was closed with. */
EXPORT int receive_all(const char *url) {
  green_websocket *ws;
  green_websocket_message message = {0};
  int rc = green_websocket_connect(NULL, &ws, url, &(green_websocket_options){.max_message = 1000});
  if (rc < 0) return rc;
  while ((rc = green_websocket_receive(ws, &message)) > 0) continue;
  if (rc == 0) rc = (int)green_websocket_close_code(ws);
  green_websocket_message_release(&message);
  green_websocket_release(ws);
  return rc;
}

/* Sends until somebody ends it. */
EXPORT int send_for_ever(const char *url) {
  static char data[16 << 10];
  green_websocket *ws;
  int rc = green_websocket_connect(NULL, &ws, url, NULL);
  if (rc < 0) return rc;
  while ((rc = green_websocket_send(ws, GREEN_WEBSOCKET_BINARY, data, sizeof data)) == 0) continue;
  green_websocket_release(ws);
  return rc;
}

/* Receives until it is closed: 10,000 for each message, and the code. */
EXPORT int count_all(const char *url) {
  green_websocket *ws;
  green_websocket_message message = {0};
  int count = 0, rc = green_websocket_connect(NULL, &ws, url, NULL);
  if (rc < 0) return rc;
  while ((rc = green_websocket_receive(ws, &message)) > 0) count++;
  if (rc == 0) rc = count * 10000 + (int)green_websocket_close_code(ws);
  green_websocket_message_release(&message);
  green_websocket_release(ws);
  return rc;
}

/* Closes, and gives the code that the other side has closed with. */
EXPORT int close_at_once(const char *url) {
  green_websocket *ws;
  int rc = green_websocket_connect(NULL, &ws, url, NULL);
  if (rc < 0) return rc;
  rc = green_websocket_close(ws, 3001, NULL);
  if (rc == 0) rc = (int)green_websocket_close_code(ws);
  green_websocket_release(ws);
  return rc;
}

/* How many of 1,000 more calls give 0. */
EXPORT int receive_again(const char *url) {
  green_websocket *ws;
  green_websocket_message message = {0};
  int count = 0, rc = green_websocket_connect(NULL, &ws, url, NULL);
  if (rc < 0) return rc;
  while (green_websocket_receive(ws, &message) > 0) continue;
  for (int i = 0; i < 1000; i++) count += green_websocket_receive(ws, &message) == 0;
  green_websocket_release(ws);
  return count;
}
