/* A greenio without WebSocket: nothing of it can be begun. */
#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include <greenio/websocket.h>

static int none(green_websocket **out) {
  *out = NULL;
  return green_fail(GREEN_ENOTSUP, "this greenio was built without WebSocket "
                                   "(GREENIO_WEBSOCKET=OFF, or GREENIO_HTTP=OFF)");
}

int green_websocket_connect(green_http_client *client, green_websocket **out, const char *url,
                            const green_websocket_options *options) {
  (void)client, (void)url, (void)options;
  return none(out);
}

int green_response_start_websocket(green_response *response, green_websocket **out,
                                   const green_websocket_options *options) {
  (void)response, (void)options;
  return none(out);
}

/* No connection is there, so none of these is called with one. */

const char *green_websocket_protocol(const green_websocket *ws) {
  (void)ws;
  return "";
}

int green_websocket_receive(green_websocket *ws, green_websocket_message *message) {
  (void)ws;
  memset(message, 0, sizeof *message);
  return GREEN_ENOTSUP;
}

void green_websocket_message_release(green_websocket_message *message) {
  memset(message, 0, sizeof *message);
}

int green_websocket_read(green_websocket *ws, void *buffer, size_t size,
                         green_websocket_piece *piece) {
  (void)ws, (void)buffer, (void)size;
  memset(piece, 0, sizeof *piece);
  return GREEN_ENOTSUP;
}

int green_websocket_send(green_websocket *ws, enum green_websocket_type type, const void *data,
                         size_t size) {
  (void)ws, (void)type, (void)data, (void)size;
  return GREEN_ENOTSUP;
}

int green_websocket_ping(green_websocket *ws) {
  (void)ws;
  return GREEN_ENOTSUP;
}

int green_websocket_close(green_websocket *ws, unsigned code, const char *reason) {
  (void)ws, (void)code, (void)reason;
  return GREEN_ENOTSUP;
}

unsigned green_websocket_close_code(const green_websocket *ws) {
  (void)ws;
  return 1006;
}

const char *green_websocket_close_reason(const green_websocket *ws) {
  (void)ws;
  return "";
}

void green_websocket_release(green_websocket *ws) {
  (void)ws;
}
