/* The gateway: WebSocket in, TCP out, by the protocol of docs/gateway.md. session.c has what one WebSocket is, connection.c
 * what one of its connections is. */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include <greenio/greenio.h>
#include <greenio/websocket.h>
#include "guard.h"

#define PROTOCOL "greenio-gateway-1"

enum { HELLO, OPEN, OPENED, DATA, CREDIT, END, RESET, CLOSE, PING, PONG };
#define HEAD      5     /* bytes: what a message is, and of which connection */
#define DATA_MOST 65536 /* bytes of content */

/* What may be set, and what all share. */
struct gateway {
  struct guard *guard;
  const char *token;   /* NULL: none is asked for */
  const char *origins; /* of pages that may connect; NULL: those of the gateway's own */
  unsigned most_sessions;
  unsigned most_connections; /* of a WebSocket */
  uint64_t most_bytes;       /* of a connection, both ways; 0: any number */
  uint64_t most_time;        /* ms, of a connection; 0: any */
  uint64_t connect_time;     /* ms, until one stands; and until a client has said who it is */
  uint32_t window;           /* bytes that a client may send of a connection ahead of its peer */
  bool quiet;
  unsigned sessions;
};

/* One WebSocket. */
struct session {
  struct gateway *gateway;
  green_websocket *ws;
  green_group *tasks;
  char client[GREEN_ADDRESS_TEXT];
  uint32_t last; /* the number of the newest connection */
  unsigned open;
  bool over;                          /* its connections are being cut */
  struct connection *connections[64]; /* chains, by number */
};

/* ---- session.c ------------------------------------------------------------------------------- */

/* The handler of the application: `arg` is the gateway. */
int session_serve(green_request *request, green_response *response, void *arg);
/* Sends a message that begins at `message`, where there is room for its head in front of the content. Parks. */
int session_send(struct session *session, int what, uint32_t number, unsigned char *message,
                 size_t content);
/* Sends one of no content, or of numbers. */
int session_send_number(struct session *session, int what, uint32_t number, uint32_t value);
void session_forget(struct session *session, struct connection *connection);

/* ---- connection.c ---------------------------------------------------------------------------- */

/* Begins one, by a task of the session's. `asked`: the client's text. 0, GREEN_ENOMEM and so on. */
int connection_open(struct session *session, uint32_t number, uint32_t credit, const char *asked,
                    size_t size, unsigned port);

/* What the client says. False: it is against the protocol. connection_data() takes the message. */
bool connection_data(struct connection *connection, green_websocket_message *message);
bool connection_credit(struct connection *connection, uint32_t bytes);
bool connection_end(struct connection *connection);
void connection_cut(struct connection *connection);
void connection_close(struct connection *connection);

/* In the session's chains. */
uint32_t connection_number(const struct connection *connection);
struct connection **connection_next(struct connection *connection);

static inline uint32_t number_at(const void *bytes) {
  const unsigned char *at = bytes;
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline void number_put(unsigned char *at, uint32_t number) {
  for (int i = 0; i < 4; i++) at[i] = (unsigned char)(number >> (24 - 8 * i));
}

#endif
