/* COPY, a piece at a time. */
#include "pq.h"

/* libpq sends what fills its buffer, and keeps what the socket does not take in memory that grows.
 * So after this many bytes of a connection a call waits until all is sent. Which connection has how
 * many is remembered in a few places: a wrong guess costs a flush. */
#define QUEUED 32768u
#define PIECE  65536u
#define PLACES 64

static _Thread_local struct {
  const PGconn *connection;
  size_t queued;
} places[PLACES];

static bool is_much(const PGconn *connection, size_t size) {
  size_t at = ((uintptr_t)connection >> 6) % PLACES;
  if (places[at].connection != connection) {
    places[at].connection = connection;
    places[at].queued = QUEUED;
  }
  places[at].queued += size;
  if (places[at].queued < QUEUED) return false;
  places[at].queued = 0;
  return true;
}

static int copy_put(struct green__pq_call *call, const char *data, size_t size) {
  int rc = 0;
  while (rc == 0 && size > 0) {
    size_t piece = size < PIECE ? size : PIECE;
    int taken = PQputCopyData(call->connection, data, (int)piece);
    if (taken < 0) return green__pq_failed(call);
    if (taken == 0 || is_much(call->connection, piece)) rc = green__pq_send(call);
    if (taken == 0) continue;
    data += piece;
    size -= piece;
  }
  return rc;
}

int green_pq_put_copy_data(PGconn *connection, const char *data, size_t size) {
  struct green__pq_call call;
  int rc = green__pq_begin(&call, connection, __func__);
  return rc < 0 ? rc : green__pq_end(&call, copy_put(&call, data, size));
}

static int put_end(struct green__pq_call *call, const char *error) {
  for (;;) {
    int taken = PQputCopyEnd(call->connection, error);
    if (taken < 0) return green__pq_failed(call);
    int rc = green__pq_send(call);
    if (rc < 0 || taken > 0) return rc;
  }
}

int green_pq_put_copy_end(PGconn *connection, const char *error) {
  struct green__pq_call call;
  int rc = green__pq_begin(&call, connection, __func__);
  return rc < 0 ? rc : green__pq_end(&call, put_end(&call, error));
}

static int copy_get(struct green__pq_call *call, char **out) {
  int rc = green__pq_send(call);
  while (rc == 0) {
    int size = PQgetCopyData(call->connection, out, true);
    if (size > 0) return size;
    if (size == -1) return 0;
    rc = size < 0 ? green__pq_failed(call) : green__pq_take(call);
  }
  return rc;
}

int green_pq_get_copy_data(PGconn *connection, char **out) {
  struct green__pq_call call;
  *out = NULL;
  int rc = green__pq_begin(&call, connection, __func__);
  return rc < 0 ? rc : green__pq_end(&call, copy_get(&call, out));
}
