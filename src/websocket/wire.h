/* A stream that carries WebSocket, natively: what connect.c and the server make one of. */
#ifndef GREENIO_SRC_WEBSOCKET_WIRE_H
#define GREENIO_SRC_WEBSOCKET_WIRE_H

#include "websocket.h"

struct green__handover; /* app/server.h */

/* Makes a wire of a stream behind its handshake, of which `ahead` has come already. The stream is
 * the wire's from here on, also after a failure. over(host), unless that is NULL, is called when it
 * has ended. 0, GREEN_ENOMEM. */
int green__wire_begin(green_websocket *ws, bool client, green_stream *stream, const void *ahead,
                      size_t size, void (*over)(void *host), void *host);

#endif
