/* Sockets that were closed while their client was still sending.
 *
 * The kernel answers bytes that nobody reads any more with a reset, which may take the answer away
 * before the client has read it. So a duplicate of such a socket stays open for a while, and what
 * comes is dropped.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "core/memory.h"
#include "server.h"

struct green__linger {
  struct green__linger *next, **link;
  uv_poll_t poll;
  uv_timer_t timer;
  int handles; /* that are not closed yet */
  int fd;
};

static void linger_on_closed(uv_handle_t *handle) {
  struct green__linger *linger = handle->data;
  if (--linger->handles) return;
  close(linger->fd);
  green__free(linger);
}

static void linger_end(struct green__linger *linger) {
  *linger->link = linger->next;
  if (linger->next) linger->next->link = linger->link;
  uv_close((uv_handle_t *)&linger->poll, linger_on_closed);
  uv_close((uv_handle_t *)&linger->timer, linger_on_closed);
}

static void on_readable(uv_poll_t *poll, int status, int events) {
  static char dropped[65536];
  struct green__linger *linger = poll->data;
  (void)events;
  ssize_t count = status < 0 ? 0 : recv(linger->fd, dropped, sizeof dropped, MSG_DONTWAIT);
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) linger_end(linger);
}

static void on_time(uv_timer_t *timer) {
  linger_end(timer->data);
}

void green__linger(struct green_server *server, int fd) {
  struct green__linger *linger = green__alloc(sizeof *linger);
  if (!linger) return;
  linger->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (linger->fd < 0 || uv_poll_init(green_uv_loop(), &linger->poll, linger->fd) < 0) {
    if (linger->fd >= 0) close(linger->fd);
    green__free(linger);
    return;
  }
  shutdown(linger->fd, SHUT_WR); /* which closing the other descriptor does not do any more */
  uv_timer_init(green_uv_loop(), &linger->timer);
  linger->poll.data = linger->timer.data = linger;
  linger->handles = 2;
  linger->link = &server->lingering;
  linger->next = server->lingering;
  if (linger->next) linger->next->link = &linger->next;
  server->lingering = linger;
  uv_timer_start(&linger->timer, on_time, GREEN__LINGER, 0);
  if (uv_poll_start(&linger->poll, UV_READABLE, on_readable) < 0) linger_end(linger);
}

void green__lingers_end(struct green_server *server) {
  while (server->lingering) linger_end(server->lingering);
}
