/* A connection: its task, how it waits and for how long, and its end. */
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "server.h"

#define EVENTS (GREEN__READABLE | GREEN__WRITABLE | GREEN__HUNG)

#define MOST_SPARE 64 /* buffers that are kept */

/* OpenSSL's calls go 8 KiB deep in a handshake, and the program's default may be less than that. */
#define TLS_STACK ((size_t)64 << 10)

/* ---- buffers --------------------------------------------------------------------------------- */

int green__buffers_take(struct green__connection *connection) {
  struct green_server *server = connection->server;
  struct green__buffers *buffers = server->spare;
  if (connection->buffers) return 0;
  if (buffers) {
    server->spare = buffers->next;
    server->spares--;
  } else {
    buffers = green__alloc(sizeof *buffers + GREEN__IN_ROOM);
    if (!buffers) return GREEN_ENOMEM;
    buffers->in = (char *)(buffers + 1);
    buffers->in_room = GREEN__IN_ROOM;
  }
  buffers->in_start = buffers->in_end = buffers->out_start = buffers->out_end = 0;
  connection->buffers = buffers;
  return 0;
}

void green__buffers_give(struct green__connection *connection) {
  struct green_server *server = connection->server;
  struct green__buffers *buffers = connection->buffers;
  connection->buffers = NULL;
  if (!buffers) return;
  if (buffers->in_room > GREEN__IN_ROOM) {
    green__free(buffers->in);
    buffers->in = (char *)(buffers + 1);
    buffers->in_room = GREEN__IN_ROOM;
  }
  if (server->spares == MOST_SPARE) {
    green__free(buffers);
    return;
  }
  buffers->next = server->spare;
  server->spare = buffers;
  server->spares++;
}

void green__buffers_trim(struct green_server *server) {
  while (server->spare) {
    struct green__buffers *buffers = server->spare;
    server->spare = buffers->next;
    green__free(buffers);
  }
  server->spares = 0;
}

/* ---- the client's time ----------------------------------------------------------------------- */

static uint64_t due_of(const struct green__connection *connection) {
  return green__due_after(connection->since, connection->server->idle_timeout);
}

static void time_end(struct green__connection *connection) {
  struct green_server *server = connection->server;
  if (!connection->timed) return;
  connection->timed = false;
  green__deque_remove(server->wait_head, server->wait_tail, connection, wait_next, wait_previous);
}

static void time_begin(struct green__connection *connection) {
  struct green_server *server = connection->server;
  if (connection->timed) return;
  connection->timed = true;
  connection->since = green_now();
  green__deque_add(server->wait_head, server->wait_tail, connection, wait_next, wait_previous);
  if (!server->tick.set) green__timer_set(server->runtime, &server->tick, due_of(connection));
}

void green__connection_moved(struct green__connection *connection) {
  time_end(connection);
  connection->there &= ~(unsigned)GREEN__EXPIRED;
}

void green__connection_timed(struct green__connection *connection) {
  if (!(connection->there & GREEN__EXPIRED)) time_begin(connection);
}

void green__connections_expire(struct green__timer *tick) {
  struct green_server *server = green__container_of(tick, struct green_server, tick);
  uint64_t now = green_now();
  struct green__connection *connection;
  while ((connection = server->wait_head) && due_of(connection) <= now) {
    time_end(connection);
    green__connection_tell(connection, GREEN__EXPIRED);
  }
  if (connection) green__timer_set(server->runtime, tick, due_of(connection));
}

/* ---- waiting --------------------------------------------------------------------------------- */

void green__connection_tell(struct green__connection *connection, unsigned what) {
  struct green__upgrade *upgrade = connection->upgrade;
  if (upgrade) {
    if (what & (GREEN__ENDING | GREEN__CUT)) upgrade->leave(upgrade, what & GREEN__CUT);
    return;
  }
  connection->there |= what;
  bool secures = connection->server->tls && !connection->secured;
  if (secures && what & (GREEN__ENDING | GREEN__CUT)) {
    connection->there |= GREEN__CUT;
    green_stream_close(connection->stream); /* which ends the handshake */
  }
  if (connection->wanted & what && connection->waiting.head)
    green__wake(connection->waiting.head, 0);
}

/* From the stream. What its task does not wait for now is asked for again when it does; a hang-up is
 * told once. */
static unsigned on_event(void *arg, unsigned events) {
  struct green__connection *connection = arg;
  unsigned wanted = connection->wanted;
  green__connection_tell(connection, events);
  return wanted & ~(unsigned)GREEN__HUNG;
}

static int connection_park(struct green__connection *connection, unsigned wanted, uint64_t due,
                           const char *what) {
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc == 0 && wanted & EVENTS) rc = green__stream_arm(connection->stream, wanted & EVENTS);
  if (rc < 0) return rc;
  connection->wanted = wanted;
  connection->streak = 0;
  green__wait_on(self, &connection->waiting);
  rc = green__park_until(self, due, what, connection);
  connection->wanted = 0;
  return rc;
}

unsigned green__connection_wait(struct green__connection *connection, unsigned wanted, bool timed,
                                const char *what) {
  wanted |= GREEN__EXPIRED | GREEN__CUT;
  if (timed)
    green__connection_timed(connection);
  else
    green__connection_moved(connection);
  while (!(connection->there & wanted))
    if (connection_park(connection, wanted, GREEN__NEVER, what) < 0)
      connection->there |= GREEN__CUT;
  return connection->there & wanted;
}

/* ---- the end --------------------------------------------------------------------------------- */

/* The kernel answers bytes that nobody reads any more with a reset, which may take the answer away
 * before the client has read it. So what comes is dropped for a while. */
static void linger(struct green__connection *connection) {
  struct green_server *server = connection->server;
  uint64_t due = green__due_in(GREEN__LINGER);
  int rc = 0;
  green__stream_finish(connection->stream);
  green__buffers_give(connection);
  green__connection_moved(connection);
  connection->lingering = true;
  server->lingering_count++;
  green__server_settle(server);
  while (rc == 0 && !(connection->there & GREEN__CUT) && green_now() < due) {
    bool drained;
    rc = green__stream_try_read(connection->stream, server->scratch, GREEN__SCRATCH, &drained);
    if (rc == 0) break;
    connection->there &= ~(unsigned)GREEN__READABLE;
    if (rc > 0)
      rc = green_yield();
    else if (rc == GREEN_EAGAIN)
      rc = connection_park(connection, GREEN__READABLE | GREEN__CUT, due,
                           "a client that is still sending");
  }
  server->lingering_count--;
}

static void leave_address(struct green__connection *connection);

void green__connection_end(struct green__connection *connection) {
  struct green_server *server = connection->server;
  bool cut = connection->there & GREEN__CUT;
  if (!cut && (connection->unread || green__stream_unread(connection->stream))) linger(connection);
  time_end(connection);
  green__buffers_give(connection);
  green_stream_release(connection->stream);
  leave_address(connection);
  green__list_remove(server->connections, connection, next, previous);
  server->connection_count--;
  green__free(connection);
  green__server_has_room(server);
  green__server_settle(server);
  green__server_unref(server);
}

/* False: the client has no TLS, or not in time. */
static bool connection_secure(struct green__connection *connection) {
  struct green_server *server = connection->server;
  int rc = 0;
  if (server->tls) GREEN_TIMEOUT(server->idle_timeout)
  rc = green_stream_accept_tls(connection->stream, server->tls);
  connection->secured = true;
  if (rc < 0) connection->there |= GREEN__CUT;
  if (server->tls) connection->there |= GREEN__READABLE; /* TLS may have the beginning already */
  green__stream_observe(connection->stream, on_event, connection);
  return rc == 0;
}

static int connection_main(void *arg) {
  struct green__connection *connection = arg;
  enum green__served served =
      connection_secure(connection) ? GREEN__SERVED_NEXT : GREEN__SERVED_OVER;
  while (served == GREEN__SERVED_NEXT) served = green__request_serve(connection);
  if (served == GREEN__SERVED_OVER) green__connection_end(connection);
  return 0;
}

/* ---- the beginning --------------------------------------------------------------------------- */

/* Where connections from one address are found: NULL: their number does not matter. */
static struct green__connection **bucket_of(const struct green__connection *connection) {
  struct green__connection **buckets = connection->server->addresses;
  unsigned hash = 5381;
  if (!buckets) return NULL;
  for (const char *c = connection->peer.host; *c; c++) hash = hash * 33 + (unsigned char)*c;
  return &buckets[hash % GREEN__BUCKETS_OF_ADDRESSES];
}

static void leave_address(struct green__connection *connection) {
  struct green__connection **bucket = bucket_of(connection);
  if (bucket) green__list_remove(*bucket, connection, same_next, same_previous);
}

/* False: there are as many from its address as may be. */
static bool enter_address(struct green__connection *connection) {
  struct green__connection **bucket = bucket_of(connection);
  unsigned count = 0;
  if (!bucket) return true;
  for (const struct green__connection *other = *bucket; other; other = other->same_next)
    count += strcmp(other->peer.host, connection->peer.host) == 0;
  if (count >= connection->server->max_per_address) return false;
  green__list_add(*bucket, connection, same_next, same_previous);
  return true;
}

static struct green__connection *connection_new(struct green_server *server, green_stream *stream) {
  struct green__connection *connection = green__alloc(sizeof *connection);
  if (!connection) return NULL;
  memset(connection, 0, sizeof *connection);
  connection->server = server;
  connection->stream = stream;
  if (stream->endpoint.local)
    connection->peer.family = GREEN_UNIX; /* whose name is not all there */
  else
    green_stream_peer(stream, &connection->peer);
  if (enter_address(connection)) return connection;
  green__free(connection);
  return NULL;
}

void green__connection_begin(struct green_server *server, green_stream *stream) {
  struct green__connection *connection = connection_new(server, stream);
  if (!connection) {
    green_stream_release(stream);
    return;
  }
  green_stream_set_no_delay(stream, true);
  green__list_add(server->connections, connection, next, previous);
  server->connection_count++;
  server->references++;
  green_spawn_options options = {.stack_size = server->tls ? TLS_STACK : 0};
  green_future *task = green_spawn_with(connection_main, connection, &options);
  if (green_done(task) && green_future_status(task) < 0) {
    connection->there |= GREEN__CUT; /* the acceptor does not linger for it */
    green__connection_end(connection);
  }
  green_future_release(task);
}
