/* One WebSocket: who it is, what it may, and whom its messages are for. The task of its request reads; tasks of the
 * connections send, each a whole message at a time. */
#include <string.h>
#include "gateway.h"

#define KEEP_ALIVE 30000 /* ms */

/* Why the WebSocket is closed. */
enum { BAD_PROTOCOL = 4400, BAD_TOKEN = 4401, NO_HELLO = 4408, TOO_MANY = 4429 };

struct verdict {
  unsigned code; /* 0: go on */
  const char *reason;
};
static const struct verdict go_on = {0, NULL};
static const struct verdict wrong = {BAD_PROTOCOL, "that is not the protocol " PROTOCOL};

int session_send(struct session *session, int what, uint32_t number, unsigned char *message,
                 size_t content) {
  message[0] = (unsigned char)what;
  number_put(message + 1, number);
  return green_websocket_send(session->ws, GREEN_WEBSOCKET_BINARY, message, HEAD + content);
}

int session_send_number(struct session *session, int what, uint32_t number, uint32_t value) {
  unsigned char message[HEAD + 4];
  number_put(message + HEAD, value);
  return session_send(session, what, number, message, what == CREDIT ? 4 : 0);
}

/* ---- connections by their numbers ------------------------------------------------------------ */

static struct connection **chain_of(struct session *session, uint32_t number) {
  return &session->connections[number % 64];
}

static struct connection *find(struct session *session, uint32_t number) {
  struct connection *at = *chain_of(session, number);
  while (at && connection_number(at) != number) at = *connection_next(at);
  return at;
}

void session_forget(struct session *session, struct connection *connection) {
  struct connection **link = chain_of(session, connection_number(connection));
  while (*link != connection) link = connection_next(*link);
  *link = *connection_next(connection);
  session->open--;
}

/* ---- messages -------------------------------------------------------------------------------- */

/* Takes as long whatever is wrong. */
static bool token_is_right(const struct gateway *gateway, const char *given, size_t size) {
  size_t length = gateway->token ? strlen(gateway->token) : 0;
  unsigned differs = size != length;
  for (size_t i = 0; i < size && length; i++)
    differs |= (unsigned char)given[i] ^ (unsigned char)gateway->token[i % length];
  return !gateway->token || !differs;
}

static struct verdict on_hello(struct session *session, const green_websocket_message *message) {
  if (message->size < HEAD || message->data[0] != HELLO || number_at(message->data + 1))
    return wrong;
  if (token_is_right(session->gateway, message->data + HEAD, message->size - HEAD)) return go_on;
  return (struct verdict){BAD_TOKEN, "the token is wrong"};
}

/* credit, port, host */
static struct verdict on_open(struct session *session, uint32_t number, const char *content,
                              size_t size) {
  const unsigned char *at = (const unsigned char *)content;
  if (number != session->last + 1 || size < 7) return wrong;
  session->last = number;
  int rc = GREEN_EMFILE;
  unsigned char words[HEAD + 64];
  if (session->open < session->gateway->most_connections)
    rc = connection_open(session, number, number_at(at), content + 6, size - 6,
                         (unsigned)at[4] << 8 | at[5]);
  if (rc == 0) return go_on;
  int length = snprintf((char *)words + HEAD, sizeof words - HEAD, "%s too many connections",
                        green_status_name(rc));
  rc = session_send(session, RESET, number, words, (size_t)length);
  return rc < 0 ? (struct verdict){1011, "out of memory"} : go_on;
}

static bool on_connection(struct connection *connection, int what,
                          green_websocket_message *message) {
  switch (what) {
  case DATA:
    return connection_data(connection, message);
  case CREDIT:
    return message->size == HEAD + 4 &&
           connection_credit(connection, number_at(message->data + HEAD));
  case END:
    return message->size == HEAD && connection_end(connection);
  case RESET:
    connection_cut(connection);
    return true;
  case CLOSE:
    connection_close(connection);
    return message->size == HEAD;
  default:
    return false;
  }
}

static struct verdict on_message(struct session *session, green_websocket_message *message) {
  if (message->type != GREEN_WEBSOCKET_BINARY || message->size < HEAD) return wrong;
  unsigned char *bytes = (unsigned char *)message->data;
  int what = bytes[0];
  uint32_t number = number_at(bytes + 1);
  size_t size = message->size - HEAD;
  if (what == OPEN) return on_open(session, number, message->data + HEAD, size);
  if (what == PING && number == 0) {
    int rc = session_send(session, PONG, 0, bytes, size);
    return rc < 0 ? (struct verdict){1011, "out of memory"} : go_on;
  }
  if (what == PONG && number == 0) return go_on;
  if (!number || number > session->last || what < DATA || what > CLOSE) return wrong;
  struct connection *connection = find(session, number);
  return !connection || on_connection(connection, what, message) ? go_on
                                                                 : wrong; /* it may have ended */
}

/* 1, or as green_websocket_receive(). */
static int receive_hello(struct session *session, green_websocket_message *message,
                         struct verdict *verdict) {
  int rc = 0;
  GREEN_TIMEOUT(session->gateway->connect_time) {
    rc = green_websocket_receive(session->ws, message);
  }
  if (rc == GREEN_ETIMEDOUT) *verdict = (struct verdict){NO_HELLO, "no HELLO has come"};
  if (rc == 1) *verdict = on_hello(session, message);
  return rc;
}

static struct verdict session_read(struct session *session) {
  green_websocket_message message = {0};
  struct verdict verdict = go_on;
  int rc = receive_hello(session, &message, &verdict);
  while (rc == 1 && !verdict.code) {
    rc = green_websocket_receive(session->ws, &message);
    if (rc == 1) verdict = on_message(session, &message);
  }
  green_websocket_message_release(&message);
  return verdict;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void session_run(struct session *session) {
  struct verdict verdict = {TOO_MANY, "too many clients"};
  int rc = green_group_new(&session->tasks, &(green_group_options){.name = "connections"});
  if (rc == 0 && session->gateway->sessions <= session->gateway->most_sessions)
    verdict =
        strcmp(green_websocket_protocol(session->ws), PROTOCOL) ? wrong : session_read(session);
  session->over = true;
  green_group_release(session->tasks); /* cuts those that are left, and waits */
  if (!verdict.code) return;
  if (!session->gateway->quiet) {
    printf("%s hung up on: %s\n", session->client, verdict.reason);
    fflush(stdout);
  }
  green_websocket_close(session->ws, verdict.code, verdict.reason);
}

int session_serve(green_request *request, green_response *response, void *arg) {
  struct session session = {.gateway = arg};
  green_websocket_options options = {.protocols = PROTOCOL,
                                     .max_message = HEAD + DATA_MOST,
                                     .keep_alive = KEEP_ALIVE,
                                     .origins = session.gateway->origins};
  green_address_text(green_request_peer(request), session.client, sizeof session.client);
  int rc = green_response_start_websocket(response, &session.ws, &options);
  if (rc < 0) return rc;
  session.gateway->sessions++;
  session_run(&session);
  session.gateway->sessions--;
  green_websocket_release(session.ws);
  return 0;
}
