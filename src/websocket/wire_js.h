/* WebSocket in JavaScript: what websocket.mjs gives C, and what websocket_js.c shares with upgrade_js.c. */
#ifndef GREENIO_SRC_WEBSOCKET_WIRE_JS_H
#define GREENIO_SRC_WEBSOCKET_WIRE_JS_H

#include "websocket.h"

/* Whose WebSocket it is: nobody's, the host's own, which is a browser's, the npm package ws. */
enum green__js_websockets { GREEN__JS_NONE, GREEN__JS_OWN, GREEN__JS_PACKAGE };

/* What became of an upgrade: its host has refused, the client has gone, or there is a connection. */
enum green__js_begun { GREEN__JS_REFUSED, GREEN__JS_CUT, GREEN__JS_BEGUN };

/* What a request's host cannot: hand over a connection, without ws, tell one that is dead. */
enum green__js_lacks {
  GREEN__JS_CAN_SERVE,
  GREEN__JS_NO_SOCKET,
  GREEN__JS_NO_PACKAGE,
  GREEN__JS_NO_KEEP_ALIVE
};

int green__js_websocket_kind(void);
/* 0: green__js_websocket_opened() is called, not inside; GREEN_ENOTSUP, GREEN_EINVAL. */
int green__js_websocket_connect(green_websocket *ws, struct green__wire *wire, const char *url,
                                const char *protocols, const char *headers, int headers_size,
                                double max_message);
int green__js_websocket_send(green_websocket *ws, int type, const void *data, size_t size);
double green__js_websocket_held(const green_websocket *ws);
double green__js_websocket_untaken(const green_websocket *ws);
bool green__js_websocket_is_taken(green_websocket *ws);
/* That have come on its connection. */
double green__js_websocket_bytes(const green_websocket *ws);
int green__js_websocket_ping(green_websocket *ws, double number);
void green__js_websocket_close(green_websocket *ws, int code, const char *reason);
/* Whether that can be: it holds up the other side. */
bool green__js_websocket_pause(green_websocket *ws, bool pause);
/* Ends it if it is open; C is told nothing more. */
void green__js_websocket_forget(green_websocket *ws);

/* NULL: no memory. */
struct green__wire *green__wire_new(green_websocket *ws);

#endif
