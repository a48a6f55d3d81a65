/* TLS natively: what is left to do when a stream was closed. A plain one leaves that to the system, which
 * has taken all that was written. Of TLS there may be a record for which it had no room, and behind that
 * the word that this is the end; and what the other side has sent may be unread, its session tickets or
 * the word for its end: the system would answer that with a reset, and what was written be lost. So all that
 * goes on by itself, on a copy of the descriptor, until the other side has ended too. It is given up when that
 * has taken nothing for LIMIT, or when all is sent and no end has come for as long, and after WHOLE however
 * it goes on, since no limit of a server counts it; the runtime's end drops it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>
#include <greenio/status.h>
#include <greenio/uv.h>
#include "core/memory.h"
#include "tls_openssl.h"

#define LIMIT   10000     /* ms */
#define WHOLE   60000     /* ms */
#define MOST_IN (1 << 20) /* bytes that are read to be dropped */

struct leftover {
  uv_poll_t poll;
  uv_timer_t timer;
  unsigned handles; /* that are not closed yet */
  int fd;
  char *data;
  size_t start, size, dropped;
  uint64_t until; /* on the loop's clock, ms */
  struct green__closer closer;
  struct green_runtime *runtime;
};

static void linger_on_closed(uv_handle_t *handle) {
  struct leftover *leftover = handle->data;
  if (--leftover->handles) return;
  green__free(leftover->data);
  green__free(leftover);
}

/* The runtime knows of it no longer. */
static void linger_close(struct leftover *leftover) {
  uv_close((uv_handle_t *)&leftover->poll, linger_on_closed);
  uv_close((uv_handle_t *)&leftover->timer, linger_on_closed);
  close(leftover->fd);
}

static void linger_end(struct leftover *leftover) {
  green__at_close_remove(leftover->runtime, &leftover->closer);
  linger_close(leftover);
}

static void linger_on_runtime_close(struct green__closer *closer) {
  linger_close(green__container_of(closer, struct leftover, closer));
}

static void linger_on_timer(uv_timer_t *timer) {
  linger_end(timer->data);
}

static void linger_moved(struct leftover *leftover) {
  uint64_t now = uv_now(leftover->timer.loop);
  uint64_t left = leftover->until > now ? leftover->until - now : 0;
  uv_timer_start(&leftover->timer, linger_on_timer, left < LIMIT ? left : LIMIT, 0);
}

static bool is_later(ssize_t done) {
  return done < 0 && (errno == EAGAIN || errno == EINTR);
}

/* What comes is dropped until the other side ends. */
static void linger_on_input(uv_poll_t *poll, int status, int events) {
  struct leftover *leftover = poll->data;
  char scratch[4096];
  (void)events;
  ssize_t got = status < 0 ? 0 : recv(leftover->fd, scratch, sizeof scratch, 0);
  if (got > 0) leftover->dropped += (size_t)got;
  if (!is_later(got) && (got <= 0 || leftover->dropped > MOST_IN)) linger_end(leftover);
}

/* All is said. */
static void linger_read(struct leftover *leftover) {
  shutdown(leftover->fd, SHUT_WR);
  uv_poll_start(&leftover->poll, UV_READABLE, linger_on_input);
}

static void linger_on_room(uv_poll_t *poll, int status, int events) {
  struct leftover *leftover = poll->data;
  const char *data = leftover->data + leftover->start;
  (void)events;
  ssize_t sent = status < 0 ? 0 : send(leftover->fd, data, leftover->size, MSG_NOSIGNAL);
  if (is_later(sent)) return;
  if (sent <= 0) {
    linger_end(leftover);
    return;
  }
  leftover->start += (size_t)sent;
  leftover->size -= (size_t)sent;
  linger_moved(leftover);
  if (!leftover->size) linger_read(leftover);
}

/* False: it could not be begun, and is closed. */
static bool linger_begin(struct leftover *leftover) {
  uv_loop_t *loop = green_uv_loop();
  leftover->poll.data = leftover->timer.data = leftover;
  if (!loop || uv_poll_init(loop, &leftover->poll, leftover->fd) < 0) {
    close(leftover->fd);
    return false;
  }
  uv_timer_init(loop, &leftover->timer);
  leftover->until = uv_now(loop) + WHOLE;
  leftover->handles = 2;
  leftover->closer.close = linger_on_runtime_close;
  leftover->runtime = green__runtime_own();
  green__at_close(leftover->runtime, &leftover->closer);
  if (leftover->size)
    uv_poll_start(&leftover->poll, UV_WRITABLE, linger_on_room);
  else
    linger_read(leftover);
  linger_moved(leftover);
  uv_unref((uv_handle_t *)&leftover->poll);
  uv_unref((uv_handle_t *)&leftover->timer);
  return true;
}

void green__tls_linger(int fd, char *data, size_t start, size_t size) {
  struct leftover *leftover = green__alloc(sizeof *leftover);
  int copy = leftover ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
  if (copy >= 0) {
    *leftover = (struct leftover){.fd = copy, .data = data, .start = start, .size = size};
    if (linger_begin(leftover)) return;
  }
  green__free(leftover);
  green__free(data);
}
