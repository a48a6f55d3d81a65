/* What programs of these tests do with a connection, on every host. */
#ifndef GREENIO_TESTS_WEBSOCKET_EXCHANGE_H
#define GREENIO_TESTS_WEBSOCKET_EXCHANGE_H

#include <greenio/greenio.h>
#include <string.h>

/* Sends a message, and receives the same. */
static inline int exchange(green_websocket *ws, enum green_websocket_type type, const void *data,
                           size_t size) {
  green_websocket_message message = {0};
  int rc = green_websocket_send(ws, type, data, size);
  if (rc == 0) rc = green_websocket_receive(ws, &message);
  bool same = rc == 1 && message.type == type && message.size == size &&
              (!size || memcmp(message.data, data, size) == 0);
  green_websocket_message_release(&message);
  if (rc < 0) return rc;
  return same ? 0
              : green_fail(GREEN_EIO, "what came back is not what was sent, of %zu bytes", size);
}

/* Sends back what comes, until the other side has closed. */
static inline int echo_on(green_websocket *ws) {
  green_websocket_message message = {0};
  int rc;
  while ((rc = green_websocket_receive(ws, &message)) > 0) {
    rc = green_websocket_send(ws, message.type, message.data, message.size);
    if (rc < 0) break;
  }
  green_websocket_message_release(&message);
  return rc;
}

#endif
