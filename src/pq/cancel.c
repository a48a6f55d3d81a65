/* A request to cancel, by a connection of its own to the same address, which says in 16 bytes which
 * session is meant, and is closed by the server when it has seen to it. All of it is a task's own
 * waits on a socket of greenio's, so that none outlives its time, and no thread is held, whatever
 * is at the other end.
 *
 * What goes into the 16 bytes: libpq 17 has functions that do not block and need not be told. Those
 * before have PQcancel() alone, which blocks until the server has closed, for ever if it does not;
 * and a PGcancel, which holds address, process and key in the same places in all of them (14 to 16,
 * which are maintained and no longer changed). They are read from there, and used only if process
 * and kind of address are the connection's; a wrong key would make the server ignore the request.
 * As with their PQcancel(), the request is not encrypted, whatever the connection is.
 */
#include "cancel.h"
#include "pq.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <greenio/fd.h>

/* ---- whom to ask ----------------------------------------------------------------------------- */

/* How a PGcancel of libpq 14 to 16 begins. */
struct target {
  struct {
    struct sockaddr_storage bytes;
    socklen_t size;
  } address; /* padded */
  int process, key;
};

struct green__pq_request {
  const struct green__pq_modern *libpq; /* with its connection, or NULL, and */
  green__pq_cancel_connection *modern;
  struct target target;
};

static bool is_target(const struct target *target, PGconn *connection) {
  struct sockaddr_storage peer;
  socklen_t size = sizeof peer;
  return PQlibVersion() < 170000 && target->process == PQbackendPID(connection) &&
         target->address.size > 0 && target->address.size <= sizeof target->address.bytes &&
         getpeername(PQsocket(connection), (struct sockaddr *)&peer, &size) == 0 &&
         peer.ss_family == target->address.bytes.ss_family;
}

static int find_target(struct target *out, PGconn *connection) {
  PGcancel *cancel = PQgetCancel(connection);
  if (!cancel) return GREEN_ENOMEM;
  memcpy(out, cancel, sizeof *out);
  PQfreeCancel(cancel);
  if (is_target(out, connection)) return 0;
  return green_fail(GREEN_ENOTSUP, "this libpq (%d) does not say how to cancel without blocking",
                    PQlibVersion());
}

int green__pq_request_new(struct green__pq_request **out, PGconn *connection) {
  struct green__pq_request *request = *out = calloc(1, sizeof *request);
  if (!request) return GREEN_ENOMEM;
  int rc = 0;
  request->libpq = green__pq_find_modern();
  if (!request->libpq)
    rc = find_target(&request->target, connection);
  else if (!(request->modern = request->libpq->create(connection)))
    rc = GREEN_ENOMEM;
  if (rc == 0) return 0;
  free(request);
  *out = NULL;
  return rc;
}

void green__pq_request_free(struct green__pq_request *request) {
  if (request && request->modern) request->libpq->finish(request->modern);
  free(request);
}

/* ---- asking ---------------------------------------------------------------------------------- */

int green__pq_until(uint64_t due) {
  uint64_t left = green__milliseconds_until(due, green_now());
  return left > INT_MAX ? INT_MAX : (int)left;
}

static int silent(void) {
  return green_fail(GREEN_ETIMEDOUT, "the server has not answered the request to cancel");
}

/* Parks until the descriptor is ready: 0, or a status. */
static int descriptor_ready(int fd, int events, uint64_t due) {
  struct pollfd one = {.fd = fd, .events = (short)events};
  int rc = green_poll(&one, 1, green__pq_until(due));
  return rc < 0 ? rc : rc > 0 ? 0 : silent();
}

static int send_modern(const struct green__pq_request *request, uint64_t due, bool *sent) {
  const struct green__pq_modern *libpq = request->libpq;
  green__pq_cancel_connection *connection = request->modern;
  PostgresPollingStatusType wanted =
      libpq->start(connection) ? PGRES_POLLING_WRITING : PGRES_POLLING_FAILED;
  *sent = wanted != PGRES_POLLING_FAILED; /* from here on libpq does not say */
  while (wanted != PGRES_POLLING_OK) {
    if (wanted == PGRES_POLLING_FAILED)
      return green_fail(GREEN_EIO, "asking the server to cancel: %s", libpq->error(connection));
    int rc = descriptor_ready(libpq->socket(connection),
                              wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT, due);
    if (rc < 0) return rc;
    wanted = libpq->poll(connection);
  }
  return 0;
}

static int asking_failed(int error) {
  return green_fail(GREEN_EIO, "asking the server to cancel: %s", strerror(error));
}

/* A Unix-domain socket whose backlog is full does not say when there is room. */
static int connect_to(int fd, const struct target *target, uint64_t due) {
  const struct sockaddr *address = (const struct sockaddr *)&target->address.bytes;
  while (connect(fd, address, target->address.size) < 0) {
    if (errno == EINPROGRESS) break;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return asking_failed(errno);
    if (green_now() >= due) return silent();
    int rc = green_sleep(10);
    if (rc < 0) return rc;
  }
  int rc = descriptor_ready(fd, POLLOUT, due), error = 0;
  socklen_t size = sizeof error;
  if (rc == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) error = errno;
  return error ? asking_failed(error) : rc;
}

static void put_number(unsigned char *out, uint32_t number) {
  for (int i = 0; i < 4; i++) out[i] = (unsigned char)(number >> (24 - 8 * i));
}

/* Until the server has closed, or reset: then it has seen to the request. */
static int until_closed(int fd, uint64_t due) {
  char dropped[64];
  for (;;) {
    ssize_t count = recv(fd, dropped, sizeof dropped, MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) return 0;
    int rc = green_now() >= due ? silent() : descriptor_ready(fd, POLLIN, due);
    if (rc < 0) return rc;
  }
}

static int exchange(int fd, const struct target *target, uint64_t due, bool *sent) {
  unsigned char packet[16];
  put_number(packet, sizeof packet);
  put_number(packet + 4, 80877102); /* what stands in the place of a version */
  put_number(packet + 8, (uint32_t)target->process);
  put_number(packet + 12, (uint32_t)target->key);
  int rc = connect_to(fd, target, due);
  if (rc < 0) return rc;
  *sent = true;
  if (send(fd, packet, sizeof packet, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)sizeof packet)
    return asking_failed(errno);
  return until_closed(fd, due);
}

int green__pq_request_send(struct green__pq_request *request, uint64_t due, bool *sent) {
  *sent = false;
  if (request->modern) return send_modern(request, due, sent);
  int fd = socket(request->target.address.bytes.ss_family,
                  SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return asking_failed(errno);
  int rc = exchange(fd, &request->target, due, sent);
  green_close(fd);
  return rc;
}
