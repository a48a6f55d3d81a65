/* One connection: a task that connects and then carries what comes back, and one that carries what the client sends.
 *
 * Of each direction there is never more here than the other end has given credit for: what comes back is read when the
 * client has room for it, and the client is given new credit when its bytes have gone to the system. So a slow end holds its
 * own connection alone, and memory is bounded.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "gateway.h"

#define BUFFER_FIRST 2048 /* bytes that are read at once; more when these were filled */
#define BUFFER_MOST  32768
#define ASKED_MOST   80    /* bytes of what a client asks for, in the log */
#define LINGER       30000 /* ms for what a client has left behind to be delivered */
#define DISCARD      5000  /* ms for its peer to end when the client has closed */

/* What the client has sent, and its peer has not got. */
struct piece {
  struct piece *next;
  green_websocket_message message;
};

struct connection {
  struct session *session;
  struct connection *next; /* in the session's chain */
  uint32_t number, credit; /* bytes that the client takes */
  uint32_t allowed, taken; /* bytes that it may send; that went on since it was last told */
  unsigned tasks;          /* that use it */
  green_future *opener;    /* the first of them, while it runs */
  green_stream *stream;    /* once it is connected */
  green_condition credited, filled, changed;
  struct piece *first, **last;
  bool reading; /* the first task is at what comes back */
  bool got_end, closing, cut, failed;
  uint64_t began, there, back; /* ns; bytes */
  char peer[GREEN_ADDRESS_TEXT], why[100];
  unsigned port;
  size_t size;
  char host[];
};

uint32_t connection_number(const struct connection *connection) {
  return connection->number;
}

struct connection **connection_next(struct connection *connection) {
  return &connection->next;
}

/* ---- the log --------------------------------------------------------------------------------- */

static void show_host(const struct connection *connection, char *text) {
  size_t size = connection->size < ASKED_MOST ? connection->size : ASKED_MOST;
  for (size_t i = 0; i < size; i++)
    text[i] = isgraph((unsigned char)connection->host[i]) ? connection->host[i] : '?';
  text[size] = 0;
}

static void write_line(const struct connection *connection) {
  char host[ASKED_MOST + 1], date[32] = "";
  time_t now = time(NULL);
  struct tm utc;
  if (connection->session->gateway->quiet) return;
  if (gmtime_r(&now, &utc)) strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
  show_host(connection, host);
  printf("%s %s #%u %s port %u -> %s: %llu bytes there, %llu back, %.3f s, %s\n", date,
         connection->session->client, (unsigned)connection->number, host, connection->port,
         *connection->peer ? connection->peer : "nowhere", (unsigned long long)connection->there,
         (unsigned long long)connection->back, (double)(green_now() - connection->began) / 1e9,
         *connection->why ? connection->why : "ended");
  fflush(stdout);
}

/* ---- how it ends ----------------------------------------------------------------------------- */

static void connection_free(struct connection *connection) {
  while (connection->first) {
    struct piece *piece = connection->first;
    connection->first = piece->next;
    green_websocket_message_release(&piece->message);
    free(piece);
  }
  green_stream_release(connection->stream);
  green_future_release(connection->opener);
  free(connection);
}

/* A task of it ends; the last one takes it along. */
static void connection_leave(struct connection *connection) {
  green_condition_notify_all(&connection->changed);
  if (--connection->tasks) return;
  if (connection->stream && (connection->cut || connection->failed))
    green_stream_reset(connection->stream);
  write_line(connection);
  session_forget(connection->session, connection);
  connection_free(connection);
}

/* Ends both tasks. */
static void stop(struct connection *connection) {
  if (connection->stream) green_stream_reset(connection->stream);
  green_cancel(connection->opener);
  green_condition_notify_all(&connection->credited);
  green_condition_notify_all(&connection->filled);
}

static void note(struct connection *connection, const char *why) {
  if (!*connection->why) snprintf(connection->why, sizeof connection->why, "%s", why);
}

/* It has failed by itself, and the client is told so; once. `words`: more than the status says. */
static void fail(struct connection *connection, int status, const char *words) {
  unsigned char message[HEAD + 300];
  if (connection->failed || connection->cut || connection->closing) return;
  connection->failed = true;
  note(connection, words);
  int size = snprintf((char *)message + HEAD, sizeof message - HEAD, "%s %s",
                      green_status_name(status), words);
  size_t room = sizeof message - HEAD - 1;
  /* behind a cancel of the session nobody is told */
  session_send(connection->session, RESET, connection->number, message,
               (size_t)size < room ? (size_t)size : room);
  stop(connection);
}

/* Whether it has had all that it may have. */
static bool is_used_up(struct connection *connection) {
  uint64_t most = connection->session->gateway->most_bytes;
  if (!most || connection->there + connection->back <= most) return false;
  fail(connection, GREEN_EMSGSIZE, "the gateway's limit of bytes for a connection");
  return true;
}

/* ---- what the client sends ------------------------------------------------------------------- */

static int write_piece(struct connection *connection, struct piece *piece) {
  size_t size = piece->message.size - HEAD, done;
  int rc = green_stream_write(connection->stream, piece->message.data + HEAD, size, &done);
  connection->there += done;
  if (rc < 0) return rc;
  connection->taken += (uint32_t)size;
  if (connection->got_end || connection->closing ||
      connection->taken < connection->session->gateway->window / 2)
    return 0;
  uint32_t taken = connection->taken;
  connection->allowed += taken;
  connection->taken = 0;
  return session_send_number(connection->session, CREDIT, connection->number, taken);
}

/* The next piece; NULL: there are no more, or *status says why. */
static struct piece *next_piece(struct connection *connection, int *status) {
  while (!connection->first && !connection->got_end && !connection->closing && !connection->cut &&
         !connection->failed) {
    *status = green_condition_wait(&connection->filled, NULL);
    if (*status < 0) return NULL;
  }
  struct piece *piece = connection->first;
  if (!piece || connection->cut || connection->failed) return NULL;
  connection->first = piece->next;
  if (!connection->first) connection->last = &connection->first;
  return piece;
}

static int carry_there(struct connection *connection) {
  int rc = 0;
  struct piece *piece;
  while (rc == 0 && (piece = next_piece(connection, &rc))) {
    rc = write_piece(connection, piece);
    green_websocket_message_release(&piece->message);
    free(piece);
    if (rc == 0 && is_used_up(connection)) return 0;
  }
  if (rc < 0) return rc;
  if (connection->closing && !connection->cut) green_stream_close(connection->stream);
  return connection->got_end && !connection->closing ? green_stream_shutdown(connection->stream)
                                                     : 0;
}

static int there_run(void *arg) {
  struct connection *connection = arg;
  int rc = carry_there(connection);
  if (rc < 0 && rc != GREEN_ECANCELED) fail(connection, rc, green_strerror(rc));
  connection_leave(connection);
  return 0;
}

/* ---- what comes back ------------------------------------------------------------------------- */

struct buffer {
  unsigned char *bytes; /* with room for a head in front */
  size_t size;
};

static int buffer_size(struct buffer *buffer, size_t size) {
  unsigned char *bytes = realloc(buffer->bytes, HEAD + size);
  if (!bytes) return GREEN_ENOMEM;
  *buffer = (struct buffer){bytes, size};
  return 0;
}

static bool has_ended(const struct connection *connection) {
  return connection->cut || connection->failed || connection->closing;
}

/* > 0, 0 at the end, a status. */
static int carry_some_back(struct connection *connection, struct buffer *buffer) {
  while (!connection->credit && !has_ended(connection)) {
    int rc = green_condition_wait(&connection->credited, NULL);
    if (rc < 0) return rc;
  }
  if (has_ended(connection)) return GREEN_ECANCELED;
  size_t room = buffer->size < connection->credit ? buffer->size : connection->credit;
  int count = green_stream_read(connection->stream, buffer->bytes + HEAD, room);
  if (count <= 0) return count;
  connection->credit -= (uint32_t)count;
  connection->back += (uint64_t)count;
  int rc =
      session_send(connection->session, DATA, connection->number, buffer->bytes, (size_t)count);
  if (rc < 0) return rc;
  if ((size_t)count == buffer->size && buffer->size < BUFFER_MOST)
    rc = buffer_size(buffer, buffer->size * 2);
  return rc < 0 ? rc : is_used_up(connection) ? GREEN_ECANCELED : count;
}

static int carry_back(struct connection *connection) {
  struct buffer buffer = {0};
  int rc = buffer_size(&buffer, BUFFER_FIRST);
  if (rc == 0) rc = 1;
  while (rc > 0) rc = carry_some_back(connection, &buffer);
  free(buffer.bytes);
  return rc == 0 ? session_send_number(connection->session, END, connection->number, 0) : rc;
}

/* ---- the beginning --------------------------------------------------------------------------- */

static void put_address(char *text, int status, const green_address *address) {
  char where[GREEN_ADDRESS_TEXT];
  strcpy(text, status == 0 ? green_address_text(address, where, sizeof where) : "");
}

static int say_opened(struct connection *connection) {
  unsigned char message[HEAD + 4 + 2 * GREEN_ADDRESS_TEXT];
  char own[GREEN_ADDRESS_TEXT];
  green_address address;
  put_address(connection->peer, green_stream_peer(connection->stream, &address), &address);
  put_address(own, green_stream_address(connection->stream, &address), &address);
  number_put(message + HEAD, connection->allowed);
  int size = snprintf((char *)message + HEAD + 4, sizeof message - HEAD - 4, "%s %s",
                      connection->peer, own);
  return session_send(connection->session, OPENED, connection->number, message, 4 + (size_t)size);
}

static int connect_out(struct connection *connection) {
  const struct gateway *gateway = connection->session->gateway;
  int rc = 0;
  GREEN_TIMEOUT(gateway->connect_time) {
    rc = guard_connect(gateway->guard, connection->host, connection->size, connection->port,
                       &connection->stream);
  }
  if (rc < 0) return rc;
  green_stream_set_no_delay(connection->stream, true);
  rc = say_opened(connection);
  if (rc < 0) return rc;
  connection->tasks++;
  rc = green_group_spawn(connection->session->tasks, there_run, connection);
  if (rc < 0) connection->tasks--;
  return rc;
}

/* Until the other task has ended, too. When the client sends no more it has so long to deliver the rest. */
static int wait_for_other(struct connection *connection) {
  int rc = 0;
  while (rc == 0 && connection->tasks > 1 && !connection->cut && !connection->failed &&
         !connection->session->over) {
    bool last = connection->got_end || connection->closing;
    if (!last) {
      rc = green_condition_wait(&connection->changed, NULL);
    } else {
      GREEN_TIMEOUT(LINGER) {
        rc = green_condition_wait(&connection->changed, NULL);
      }
    }
  }
  return rc;
}

/* The client has closed. To close while something is unread would be a reset, which may overtake what the client has sent. */
static int discard_rest(struct connection *connection) {
  char data[1024];
  int rc = 1;
  bool told = false; /* by the cancel of connection_close(), which may come only here */
  GREEN_TIMEOUT(DISCARD) {
    while (rc > 0) {
      rc = green_stream_read(connection->stream, data, sizeof data);
      if (rc != GREEN_ECANCELED || told || connection->session->over) continue;
      told = true;
      rc = 1;
    }
  }
  return rc == GREEN_ECANCELED ? rc : 0;
}

static int carry(struct connection *connection) {
  connection->reading = true;
  int rc = carry_back(connection);
  connection->reading = false;
  if (rc == GREEN_ECANCELED && connection->closing) rc = discard_rest(connection);
  return rc < 0 ? rc : wait_for_other(connection);
}

static int connection_work(struct connection *connection) {
  uint64_t most = connection->session->gateway->most_time;
  int rc = connect_out(connection);
  if (rc < 0) {
    if (rc != GREEN_ECANCELED) fail(connection, rc, green_message());
    return rc;
  }
  if (!most) return carry(connection);
  GREEN_TIMEOUT(most) {
    rc = carry(connection);
  }
  return rc;
}

static int connection_run(void *arg) {
  struct connection *connection = arg;
  int rc = connection_work(connection);
  if (rc < 0 && rc != GREEN_ECANCELED) fail(connection, rc, green_strerror(rc));
  if (rc < 0 && !connection->cut &&
      !connection->failed) { /* the session was cancelled, or the rest takes too long */
    note(connection, rc == GREEN_ECANCELED ? "the WebSocket has ended" : green_strerror(rc));
    connection->cut = true;
    stop(connection);
  }
  connection_leave(connection);
  return 0;
}

int connection_open(struct session *session, uint32_t number, uint32_t credit, const char *asked,
                    size_t size, unsigned port) {
  struct connection *connection = calloc(1, sizeof *connection + size);
  if (!connection) return GREEN_ENOMEM;
  connection->session = session;
  connection->number = number;
  connection->credit = credit;
  connection->allowed = session->gateway->window;
  connection->tasks = 1;
  connection->last = &connection->first;
  connection->began = green_now();
  connection->port = port;
  connection->size = size;
  memcpy(connection->host, asked, size);
  int rc = green_group_spawn_with(session->tasks, &connection->opener, connection_run, connection,
                                  &(green_spawn_options){.name = "connection"});
  if (rc < 0) {
    connection_free(connection);
    return rc;
  }
  struct connection **chain = &session->connections[number % 64];
  connection->next = *chain;
  *chain = connection;
  session->open++;
  return 0;
}

/* ---- what the client says -------------------------------------------------------------------- */

bool connection_data(struct connection *connection, green_websocket_message *message) {
  size_t size = message->size - HEAD;
  if (!size || !connection->stream || connection->got_end || connection->closing ||
      size > connection->allowed)
    return false;
  connection->allowed -= (uint32_t)size;
  struct piece *piece = malloc(sizeof *piece);
  if (!piece) {
    fail(connection, GREEN_ENOMEM, green_strerror(GREEN_ENOMEM));
    return true;
  }
  *piece = (struct piece){NULL, *message};
  *message = (green_websocket_message){0};
  *connection->last = piece;
  connection->last = &piece->next;
  green_condition_notify(&connection->filled);
  return true;
}

bool connection_credit(struct connection *connection, uint32_t bytes) {
  if (connection->credit > UINT32_MAX - bytes) return false;
  connection->credit += bytes;
  green_condition_notify(&connection->credited);
  return true;
}

bool connection_end(struct connection *connection) {
  if (!connection->stream || connection->got_end) return false;
  connection->got_end = true;
  green_condition_notify(&connection->filled);
  green_condition_notify_all(&connection->changed);
  return true;
}

void connection_cut(struct connection *connection) {
  connection->cut = true;
  note(connection, "cut by the client");
  stop(connection);
}

/* The task that reads has nothing to do any more; the other one closes when all was written. */
void connection_close(struct connection *connection) {
  if (!connection->stream) return connection_cut(connection);
  connection->closing = true;
  if (connection->reading) green_cancel(connection->opener);
  green_condition_notify_all(&connection->changed);
  green_condition_notify(&connection->filled);
}
