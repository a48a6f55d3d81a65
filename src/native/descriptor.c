/* Descriptors natively: one epoll of greenio's own a runtime, which libuv polls as a single
 * descriptor.
 *
 * A descriptor is registered when it is first waited on, edge-triggered, and stays so: a wait costs
 * no system call then. (uv_poll_t would cost two a wait, allows one handle a descriptor, and aborts
 * or stays silent when a number was closed elsewhere and used again.) What makes that safe:
 *   - EPOLL_CTL_MOD reports what is ready now once more, and says ENOENT if the kernel has
 * forgotten the registration because the descriptor was closed: then whoever waited is told, and it
 * is registered anew. A wait that relies on nothing known begins with one ("sure").
 *   - A wait right after a call that would have blocked trusts the registration; those that last
 * are looked at in the same way within two rounds of a timer ("unsure").
 *   - An event names the generation of the registration, so that one of a file which was closed
 *     under this number, but lives on as a duplicate, wakes nobody.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <greenio/uv.h>
#include "fd/fd.h"
#include "fd/watches.h"
#include "memory.h"

#define ROUND_TIME 10 /* ms */
#define BATCH      128

_Static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLPRI == POLLPRI &&
                   EPOLLERR == POLLERR && EPOLLHUP == POLLHUP && EPOLLRDHUP == POLLRDHUP,
               "poll's events are epoll's");

struct native {
  struct green__watches watches;
  uv_poll_t poll; /* keeps the loop alive while a task waits */
  uv_timer_t timer;
  int handles; /* that are not closed yet */
  int epoll;
  struct green__fd_watch *unsure;
  uint32_t round;
};

/* ---- the kernel's side ---- */

static void reset(struct green__fd_watch *watch) {
  watch->part.drained = watch->part.ended = false;
  watch->part.stream = GREEN__NOT_ASKED;
}

static void lose(struct green__fd_watch *watch) {
  reset(watch);
  green__watch_lose(watch);
}

/* Registers for `interest`, or makes sure that it is; what is ready is reported again. 0, or a
 * negative errno; -EPERM: poll(2) always calls it ready. */
static int watch_arm(struct native *native, struct green__fd_watch *watch, uint32_t interest) {
  struct epoll_event event = {.events = interest | EPOLLRDHUP | EPOLLET};
  event.data.u64 = (uint64_t)watch->part.generation << 32 | (uint32_t)watch->fd;
  watch->part.drained = false;
  if (watch->interest) {
    if (epoll_ctl(native->epoll, EPOLL_CTL_MOD, watch->fd, &event) == 0) {
      watch->interest = interest;
      green__watch_confirm(watch);
      return 0;
    }
    lose(watch);
  }
  event.data.u64 = (uint64_t)++watch->part.generation << 32 | (uint32_t)watch->fd;
  if (epoll_ctl(native->epoll, EPOLL_CTL_ADD, watch->fd, &event) < 0 &&
      (errno != EEXIST || epoll_ctl(native->epoll, EPOLL_CTL_MOD, watch->fd, &event) < 0))
    return errno == ENOSPC ? -ENOMEM : -errno;
  watch->interest = interest;
  return 0;
}

void green__watch_disarm(struct green__watches *all, struct green__fd_watch *watch) {
  epoll_ctl(((struct native *)all)->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
  reset(watch);
}

static void dispatch(struct green__fd_watch *watch, uint32_t events) {
  watch->part.drained = false;
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) watch->part.ended = true;
  green__watch_ready(watch, events);
}

static void on_events(uv_poll_t *poll, int status, int readable) {
  struct native *native = poll->data;
  struct epoll_event events[BATCH];
  int count;
  (void)status, (void)readable;
  do {
    count = epoll_wait(native->epoll, events, BATCH, 0);
    for (int i = 0; i < count; i++) {
      struct green__fd_watch *watch =
          green__watch_find(&native->watches, (int)(uint32_t)events[i].data.u64);
      if (watch->interest && watch->part.generation == events[i].data.u64 >> 32)
        dispatch(watch, events[i].events);
    }
  } while (count == BATCH);
}

/* ---- registrations that were trusted ---- */

static void on_round(uv_timer_t *timer) {
  struct native *native = timer->data;
  struct green__fd_watch **link = &native->unsure, *watch;
  while ((watch = *link)) {
    bool waited_for = watch->waiters.head && watch->interest;
    if (waited_for && watch->part.unsure_since == native->round) {
      link = &watch->part.next_unsure;
      continue;
    }
    *link = watch->part.next_unsure;
    watch->part.unsure = false;
    if (waited_for && watch_arm(native, watch, watch->interest) < 0) lose(watch);
  }
  native->round++;
  if (!native->unsure) uv_timer_stop(timer);
}

static void watch_trust(struct native *native, struct green__fd_watch *watch) {
  if (watch->part.unsure && watch->waiters.head)
    return; /* who waits already is not to wait longer for the look */
  watch->part.unsure_since = native->round;
  if (watch->part.unsure) return;
  watch->part.unsure = true;
  watch->part.next_unsure = native->unsure;
  native->unsure = watch;
  if (!uv_is_active((uv_handle_t *)&native->timer))
    uv_timer_start(&native->timer, on_round, ROUND_TIME, ROUND_TIME);
}

int green__watch_arm(struct green__watches *all, struct green__fd_watch *watch, uint32_t interest,
                     bool known) {
  struct native *native = (struct native *)all;
  if (known && watch->interest == interest) {
    watch_trust(native, watch);
    return GREEN__UNCONFIRMED;
  }
  int rc = watch_arm(native, watch, interest);
  return rc < 0 ? rc : GREEN__CONFIRMED;
}

/* ---- the runtime's watches ---- */

static void descriptors_on_closed(uv_handle_t *handle) {
  struct native *native = handle->data;
  if (--native->handles > 0) return;
  close(native->epoll);
  green__free(native);
}

void green__watches_close(struct green__watches *all) {
  struct native *native = (struct native *)all;
  uv_close((uv_handle_t *)&native->poll, descriptors_on_closed);
  uv_close((uv_handle_t *)&native->timer, descriptors_on_closed);
}

int green__watches_open(struct green__watches **out, struct green_runtime *runtime) {
  (void)runtime;
  struct native *native = green__alloc(sizeof *native);
  if (!native) return -ENOMEM;
  memset(native, 0, sizeof *native);
  int rc;
  if ((native->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0) {
    rc = -errno;
    goto no_epoll;
  }
  if ((rc = uv_poll_init(green_uv_loop(), &native->poll, native->epoll)) < 0) goto no_poll;
  uv_timer_init(green_uv_loop(), &native->timer);
  native->poll.data = native->timer.data = native;
  native->handles = 2;
  uv_unref((uv_handle_t *)&native->poll);
  uv_unref((uv_handle_t *)&native->timer);
  uv_poll_start(&native->poll, UV_READABLE, on_events);
  *out = &native->watches;
  return 0;
no_poll:
  close(native->epoll);
no_epoll:
  green__free(native);
  return rc;
}

void green__watches_keep(struct green__watches *all, bool keep) {
  uv_handle_t *poll = (uv_handle_t *)&((struct native *)all)->poll;
  if (keep)
    uv_ref(poll);
  else
    uv_unref(poll);
}

/* ---- what callers know ---- */

int green__fd_supported(void) {
  return 0;
}

static enum green__stream kind(int fd) {
  int type, family;
  socklen_t size = sizeof type, family_size = sizeof family;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ||
      getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &family_size) < 0)
    return GREEN__OTHER;
  bool tcp = type == SOCK_STREAM && (family == AF_INET || family == AF_INET6);
  return tcp ? GREEN__STREAM : GREEN__OTHER;
}

void green__fd_drained(int fd) {
  struct green__fd_watch *watch = green__watch_find(green__watches_own(), fd);
  if (!watch || !(watch->interest & EPOLLIN) || watch->part.ended) return;
  if (watch->part.stream == GREEN__NOT_ASKED) watch->part.stream = kind(fd);
  watch->part.drained = watch->part.stream == GREEN__STREAM;
}

bool green__fd_is_drained(int fd) {
  struct green__fd_watch *watch = green__watch_find(green__watches_own(), fd);
  return watch && watch->part.drained;
}

size_t green__fd_most_at_once(int fd) {
  struct stat status;
  if (fstat(fd, &status) < 0) return SIZE_MAX;
  if (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode)) return SIZE_MAX;
  return fcntl(fd, F_GETFL) & O_NONBLOCK ? SIZE_MAX : PIPE_BUF;
}

static bool is_tcp(int fd) {
  int protocol;
  socklen_t size = sizeof protocol;
  return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == IPPROTO_TCP;
}

/* To Linux the socket is one that connects until connect() has been asked again: so the next one would
 * say 0 where it is connected, and ECONNABORTED where it was refused. Where it has failed this is known
 * of TCP alone; on other sockets that may be a new try. */
int green__fd_connected(int fd, const struct sockaddr *address, socklen_t size, int error) {
  if (error && !is_tcp(fd)) return error;
  int rc = green__libc.connect(fd, address, size);
  if (error) return error;
  return rc == 0 || errno == EISCONN ? 0 : errno;
}
