/* Between upgrade.c and the host's half, which takes a connection over. */
#ifndef GREENIO_SRC_WEBSOCKET_UPGRADE_H
#define GREENIO_SRC_WEBSOCKET_UPGRADE_H

#include "app/server.h"
#include "websocket.h"

/* Lives as long as the request. */
struct green__websocket_upgrade {
  struct green__upgrade upgrade;
  green_websocket *ws;      /* with a reference; NULL: the function has returned */
  green_websocket *closing; /* without one: it has, and the connection has not ended; or NULL */
  struct green__exchange *exchange;
  int outcome; /* 0: not taken over yet; 1: it is; a status: it could not be */
};

/* The connection is taken over, 1, or could not be, a status: the function goes on. */
void green__websocket_upgraded(struct green__websocket_upgrade *record, int outcome);

/* The host's: whether the host of an exchange can: 0, GREEN_ENOTSUP with a message. */
int green__wire_can_serve(void *host, const green_websocket_options *options);
/* The host's: struct green__upgrade's begin(). */
void green__websocket_take_over(struct green__upgrade *upgrade,
                                const struct green__handover *handover);

#endif
