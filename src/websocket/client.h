/* A client's beginning: what client.c and the host's half share. */
#ifndef GREENIO_SRC_WEBSOCKET_CLIENT_H
#define GREENIO_SRC_WEBSOCKET_CLIENT_H

#include "http/http.h"
#include "websocket.h"

/* What is to be connected to, and with what. */
struct green__websocket_target {
  char *url; /* in one form, "http" for ws: and "https" for wss: */
  bool secure;
  const green_http_client_options *client;
  const green_websocket_options *options;
  green_http_header *headers; /* the client's and the call's own, of which these go before */
  size_t header_count;
};

/* The host's: connects, and opens ws: 0, a status with a message. Parks. */
int green__websocket_dial(const struct green__websocket_target *target, green_websocket *ws);

#endif
