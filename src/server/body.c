/* A request's body, on its way from the socket to the application: with its length, or in chunks. */
#include <greenio/status.h>
#include <greenio/task.h>
#include "server.h"

/* Of a body that nobody wants, to keep the connection. */
#define MOST_DROPPED ((uint64_t)256 << 10)

/* Nobody wants the rest: there is a whole answer, or the function has returned. */
static bool is_dropped(const struct green__connection *connection) {
  const struct green__answer *answer = connection->answer;
  return !connection->exchange || (answer && (!answer->pieces || connection->complete));
}

/* Whether what is known to come is more than would be read to keep the connection. */
bool green__body_too_much(const struct green__connection *connection) {
  return connection->expects != GREEN__UNKNOWN && connection->expects > MOST_DROPPED;
}

static void body_end(struct green__connection *connection, int status) {
  connection->expects = 0;
  if (status < 0) connection->close = connection->unread = true;
  if (connection->exchange) green__exchange_push_end(connection->exchange, status);
}

/* How much of it has a place to go. 0: none, and the application tells when it has. */
static size_t room_for(struct green__connection *connection) {
  if (!is_dropped(connection)) return green__exchange_room(connection->exchange);
  if (!connection->close && connection->dropped <= MOST_DROPPED &&
      !green__body_too_much(connection) && !connection->continues)
    return SIZE_MAX;
  connection->close = connection->unread = true;
  return 0;
}

/* Some of it, for which there is room. */
static void put(struct green__connection *connection, const char *data, size_t size) {
  connection->continues = false; /* it has not waited for leave */
  if (is_dropped(connection))
    connection->dropped += size;
  else
    green__exchange_push(connection->exchange, data, size);
  if (connection->exchange) green__connection_moved(connection);
}

/* ---- from what was read ---------------------------------------------------------------------- */

static void take_sized(struct green__connection *connection, size_t room) {
  struct green__buffers *buffers = connection->buffers;
  size_t size = buffers->in_end - buffers->in_start;
  if (size > room) size = room;
  if (size > connection->expects) size = (size_t)connection->expects;
  connection->expects -= size;
  buffers->in_start += size;
  put(connection, buffers->in + buffers->in_start - size, size);
  if (!connection->expects) body_end(connection, 0);
}

static void take_chunks(struct green__connection *connection, size_t room) {
  struct green__buffers *buffers = connection->buffers;
  struct green__chunks *chunks = &connection->chunks;
  size_t used, size;
  enum green__chunks_read what = green__chunks_next(chunks, buffers->in + buffers->in_start,
                                                    buffers->in_end - buffers->in_start, &used);
  buffers->in_start += used;
  if (what == GREEN__CHUNK_BAD) body_end(connection, GREEN_EPROTO);
  if (what == GREEN__CHUNK_END) body_end(connection, 0);
  if (what != GREEN__CHUNK_CONTENT) return;
  size = buffers->in_end - buffers->in_start;
  if (size > room) size = room;
  if (size > chunks->left) size = (size_t)chunks->left;
  buffers->in_start += size;
  green__chunks_took(chunks, size);
  put(connection, buffers->in + buffers->in_start - size, size);
}

/* False: there is nothing. */
static bool take_read(struct green__connection *connection, size_t room) {
  struct green__buffers *buffers = connection->buffers;
  if (!buffers || buffers->in_start == buffers->in_end) return false;
  if (connection->expects == GREEN__UNKNOWN)
    take_chunks(connection, room);
  else
    take_sized(connection, room);
  return true;
}

/* ---- from the socket ------------------------------------------------------------------------- */

/* What a read has given: > 0, GREEN_EAGAIN; false: the client has gone. */
static bool read_ended(struct green__connection *connection, int rc, bool drained) {
  if (drained && !(connection->there & GREEN__HUNG))
    connection->there &= ~(unsigned)GREEN__READABLE;
  if (rc == GREEN_EAGAIN) connection->there &= ~(unsigned)GREEN__READABLE;
  return rc > 0 || rc == GREEN_EAGAIN;
}

static bool read_sized(struct green__connection *connection, size_t room) {
  char *scratch = connection->server->scratch;
  size_t size = room < GREEN__SCRATCH ? room : GREEN__SCRATCH;
  bool drained;
  if (size > connection->expects) size = (size_t)connection->expects;
  int rc = green__stream_try_read(connection->stream, scratch, size, &drained);
  if (rc > 0) {
    connection->expects -= (uint64_t)rc;
    put(connection, scratch, (size_t)rc);
    if (!connection->expects) body_end(connection, 0);
  }
  return read_ended(connection, rc, drained);
}

/* What stands behind it has to be kept. */
static bool read_chunks(struct green__connection *connection) {
  bool drained;
  if (green__buffers_take(connection) < 0) return false;
  struct green__buffers *buffers = connection->buffers;
  buffers->in_start = 0;
  int rc = green__stream_try_read(connection->stream, buffers->in, buffers->in_room, &drained);
  buffers->in_end = rc > 0 ? (size_t)rc : 0;
  return read_ended(connection, rc, drained);
}

bool green__body_take(struct green__connection *connection) {
  unsigned streak = 0;
  while (connection->expects && !(connection->there & GREEN__CHANGED)) {
    size_t room = room_for(connection);
    if (!room) return true;
    if (take_read(connection, room)) continue;
    if (!(connection->there & GREEN__READABLE)) return true;
    if (green__owes_turn(&streak)) green_yield();
    if (connection->there & GREEN__CUT) return false;
    bool there = connection->expects == GREEN__UNKNOWN ? read_chunks(connection)
                                                       : read_sized(connection, room);
    if (!there) return false;
  }
  return true;
}

bool green__body_wanted(struct green__connection *connection) {
  return connection->expects && room_for(connection);
}

void green__body_late(struct green__connection *connection) {
  body_end(connection, GREEN_ETIMEDOUT);
}
