/* Which tasks wait on which descriptor, natively: one epoll of greenio's own a runtime, which libuv
 * polls as a single descriptor.
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
 * Records are kept until the runtime ends, to be used again with their number.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <greenio/status.h>
#include <greenio/uv.h>
#include "fd/fd.h"
#include "memory.h"
#include "task.h"

#define ROUND_TIME 10 /* ms */
#define PAGE_SIZE  64 /* records */
#define BATCH      128

_Static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLPRI == POLLPRI &&
                   EPOLLERR == POLLERR && EPOLLHUP == POLLHUP && EPOLLRDHUP == POLLRDHUP,
               "poll's events are epoll's");

enum stream { UNKNOWN, STREAM, OTHER };

/* Of a waiter: whether the descriptor was registered since it began to wait. */
enum { CONFIRMED, TRUSTING };

struct watch {
  struct green__queue waiters; /* item: the events; index: CONFIRMED, TRUSTING */
  struct watch *next_unsure;
  int fd;
  uint32_t interest; /* registered events; 0: not registered */
  uint32_t generation;
  uint32_t unsure_since; /* which round */
  bool unsure;           /* in the list */
  bool ended, drained;   /* the other side has closed; nothing is left to read */
  enum stream stream;
};

struct page {
  struct watch watches[PAGE_SIZE];
};

struct watches {
  uv_poll_t poll;
  uv_timer_t timer;
  int handles; /* that are not closed yet */
  struct green__closer closer;
  struct green_runtime *runtime;
  int epoll;
  size_t waiting; /* tasks; while there is one, `poll` keeps the loop alive */
  struct page **pages;
  size_t page_count;
  struct watch *unsure;
  uint32_t round;
};

static _Thread_local struct watches *own;

/* A child of fork() has left its parent's runtime, whose epoll the two share. */
static struct watches *mine(void) {
  if (own && own->runtime != green__thread.runtime) own = NULL;
  return own;
}

/* ---- records ---- */

static struct watch *find(struct watches *all, int fd) {
  if (!all || fd < 0) return NULL;
  size_t page = (size_t)fd / PAGE_SIZE;
  if (page >= all->page_count || !all->pages[page]) return NULL;
  return &all->pages[page]->watches[fd % PAGE_SIZE];
}

static bool pages_grow(struct watches *all, size_t least) {
  size_t count = all->page_count ? all->page_count : 1;
  while (count < least) count *= 2;
  struct page **pages = green__realloc(all->pages, count * sizeof *pages);
  if (!pages) return false;
  memset(pages + all->page_count, 0, (count - all->page_count) * sizeof *pages);
  all->pages = pages;
  all->page_count = count;
  return true;
}

static struct watch *find_or_make(struct watches *all, int fd) {
  size_t at = (size_t)fd / PAGE_SIZE;
  if (at >= all->page_count && !pages_grow(all, at + 1)) return NULL;
  struct page *page = all->pages[at];
  if (!page) {
    page = green__alloc(sizeof *page);
    if (!page) return NULL;
    memset(page, 0, sizeof *page);
    for (int i = 0; i < PAGE_SIZE; i++) page->watches[i].fd = (int)at * PAGE_SIZE + i;
    all->pages[at] = page;
  }
  return &page->watches[fd % PAGE_SIZE];
}

/* The descriptor that this was is gone. Who may have begun to wait on a new one of its number tries
 * again. */
static void lose(struct watch *watch) {
  watch->interest = 0;
  watch->drained = watch->ended = false;
  watch->stream = UNKNOWN;
  struct green__waiter *waiter;
  while ((waiter = watch->waiters.head))
    green__wake(waiter, waiter->index == TRUSTING ? (int)(uintptr_t)waiter->item : GREEN_ECLOSED);
}

static void confirm(struct watch *watch) {
  for (struct green__waiter *waiter = watch->waiters.head; waiter; waiter = waiter->next)
    waiter->index = CONFIRMED;
}

/* ---- the kernel's side ---- */

/* Registers for `interest`, or makes sure that it is; what is ready is reported again. 0, or a
 * negative errno; -EPERM: poll(2) always calls it ready. */
static int arm(struct watches *all, struct watch *watch, uint32_t interest) {
  struct epoll_event event = {.events = interest | EPOLLRDHUP | EPOLLET};
  event.data.u64 = (uint64_t)watch->generation << 32 | (uint32_t)watch->fd;
  watch->drained = false;
  if (watch->interest) {
    if (epoll_ctl(all->epoll, EPOLL_CTL_MOD, watch->fd, &event) == 0) {
      watch->interest = interest;
      confirm(watch);
      return 0;
    }
    lose(watch);
  }
  event.data.u64 = (uint64_t)++watch->generation << 32 | (uint32_t)watch->fd;
  if (epoll_ctl(all->epoll, EPOLL_CTL_ADD, watch->fd, &event) < 0 &&
      (errno != EEXIST || epoll_ctl(all->epoll, EPOLL_CTL_MOD, watch->fd, &event) < 0))
    return errno == ENOSPC ? -ENOMEM : -errno;
  watch->interest = interest;
  return 0;
}

/* Wakes those that wait for one of the events. */
static void dispatch(struct watch *watch, uint32_t events) {
  watch->drained = false;
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) watch->ended = true;
  struct green__waiter *waiter = watch->waiters.head;
  while (waiter) {
    struct green__waiter *next = waiter->next;
    uint32_t hit = events & ((uint32_t)(uintptr_t)waiter->item | EPOLLERR | EPOLLHUP);
    if (hit) {
      /* all records of the task leave their queues */
      while (next && next->task == waiter->task) next = next->next;
      green__wake(waiter, (int)hit);
    }
    waiter = next;
  }
}

static void on_events(uv_poll_t *poll, int status, int readable) {
  struct watches *all = poll->data;
  struct epoll_event events[BATCH];
  int count;
  (void)status, (void)readable;
  do {
    count = epoll_wait(all->epoll, events, BATCH, 0);
    for (int i = 0; i < count; i++) {
      struct watch *watch = find(all, (int)(uint32_t)events[i].data.u64);
      if (watch->interest && watch->generation == events[i].data.u64 >> 32)
        dispatch(watch, events[i].events);
    }
  } while (count == BATCH);
}

/* ---- registrations that were trusted ---- */

static void on_round(uv_timer_t *timer) {
  struct watches *all = timer->data;
  struct watch **link = &all->unsure, *watch;
  while ((watch = *link)) {
    bool waited_for = watch->waiters.head && watch->interest;
    if (waited_for && watch->unsure_since == all->round) {
      link = &watch->next_unsure;
      continue;
    }
    *link = watch->next_unsure;
    watch->unsure = false;
    if (waited_for && arm(all, watch, watch->interest) < 0) lose(watch);
  }
  all->round++;
  if (!all->unsure) uv_timer_stop(timer);
}

static void trust(struct watches *all, struct watch *watch) {
  watch->unsure_since = all->round;
  if (watch->unsure) return;
  watch->unsure = true;
  watch->next_unsure = all->unsure;
  all->unsure = watch;
  if (!uv_is_active((uv_handle_t *)&all->timer))
    uv_timer_start(&all->timer, on_round, ROUND_TIME, ROUND_TIME);
}

/* ---- the runtime's watches ---- */

static void on_closed(uv_handle_t *handle) {
  struct watches *all = handle->data;
  if (--all->handles > 0) return;
  close(all->epoll);
  green__free(all);
}

static void on_runtime_close(struct green__closer *closer) {
  struct watches *all = (struct watches *)((char *)closer - offsetof(struct watches, closer));
  for (size_t i = 0; i < all->page_count; i++) green__free(all->pages[i]);
  green__free(all->pages);
  own = NULL;
  uv_close((uv_handle_t *)&all->poll, on_closed);
  uv_close((uv_handle_t *)&all->timer, on_closed);
}

static int open_own(struct green_runtime *runtime) {
  struct watches *all = green__alloc(sizeof *all);
  if (!all) return -ENOMEM;
  memset(all, 0, sizeof *all);
  int rc;
  if ((all->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0) {
    rc = -errno;
    goto no_epoll;
  }
  if ((rc = uv_poll_init(green_uv_loop(), &all->poll, all->epoll)) < 0) goto no_poll;
  uv_timer_init(green_uv_loop(), &all->timer);
  all->poll.data = all->timer.data = all;
  all->handles = 2;
  uv_unref((uv_handle_t *)&all->poll);
  uv_unref((uv_handle_t *)&all->timer);
  uv_poll_start(&all->poll, UV_READABLE, on_events);
  all->runtime = runtime;
  all->closer.close = on_runtime_close;
  green__at_close(runtime, &all->closer);
  own = all;
  return 0;
no_poll:
  close(all->epoll);
no_epoll:
  green__free(all);
  return rc;
}

/* ---- waits ---- */

int green__fd_supported(void) {
  return 0;
}

static int park(struct watches *all, struct green__task *self, int fd, uint64_t due) {
  if (due != GREEN__NEVER) green__timer_set(self->runtime, &self->sleep_timer, due);
  if (!all->waiting++) uv_ref((uv_handle_t *)&all->poll);
  int rc = green__wait_park(self, fd < 0 ? "descriptors" : "descriptor", (void *)(intptr_t)fd);
  if (!--all->waiting) uv_unref((uv_handle_t *)&all->poll);
  return rc;
}

int green__fd_wait(int fd, int events, uint64_t due, bool known) {
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  if (!mine() && (rc = open_own(self->runtime)) < 0) return rc;
  struct watch *watch = find_or_make(own, fd);
  if (!watch) return -ENOMEM;
  uint32_t interest = watch->interest | (uint32_t)events;
  known = known && watch->interest == interest;
  if (known)
    trust(own, watch);
  else if ((rc = arm(own, watch, interest)) < 0)
    return rc == -EPERM ? events : rc;
  struct green__waiter *waiter = green__waiter(self);
  waiter->item = (void *)(uintptr_t)events;
  waiter->index = known ? TRUSTING : CONFIRMED;
  green__queue_push(&watch->waiters, waiter);
  return park(own, self, fd, due);
}

static int arm_any(struct watches *all, const struct pollfd *fds, nfds_t count) {
  for (nfds_t i = 0; i < count; i++) {
    if (fds[i].fd < 0) continue;
    struct watch *watch = find_or_make(all, fds[i].fd);
    if (!watch) return -ENOMEM;
    int rc = arm(all, watch, watch->interest | (uint16_t)fds[i].events | EPOLLRDHUP);
    if (rc < 0 && rc != -EPERM) return rc;
  }
  return 0;
}

int green__fd_wait_any(const struct pollfd *fds, nfds_t count, uint64_t due) {
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  if (!mine() && (rc = open_own(self->runtime)) < 0) return rc;
  if ((rc = arm_any(own, fds, count)) < 0) return rc;
  if (count && (rc = green__waiters(self, count)) < 0) return rc;
  for (nfds_t i = 0; i < count; i++) {
    if (fds[i].fd < 0) continue;
    struct green__waiter *waiter = &self->waiters[i];
    waiter->item = (void *)(uintptr_t)(uint16_t)fds[i].events;
    green__queue_push(&find(own, fds[i].fd)->waiters, waiter);
  }
  return park(own, self, -1, due);
}

/* ---- what callers know ---- */

void green__fd_forget(int fd) {
  struct watch *watch = find(mine(), fd);
  if (!watch || !watch->interest) return;
  epoll_ctl(own->epoll, EPOLL_CTL_DEL, fd, NULL);
  confirm(watch);
  lose(watch);
}

static enum stream kind(int fd) {
  int type, family;
  socklen_t size = sizeof type, family_size = sizeof family;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ||
      getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &family_size) < 0)
    return OTHER;
  return type == SOCK_STREAM && (family == AF_INET || family == AF_INET6) ? STREAM : OTHER;
}

void green__fd_drained(int fd) {
  struct watch *watch = find(mine(), fd);
  if (!watch || !(watch->interest & EPOLLIN) || watch->ended) return;
  if (watch->stream == UNKNOWN) watch->stream = kind(fd);
  watch->drained = watch->stream == STREAM;
}

bool green__fd_is_drained(int fd) {
  struct watch *watch = find(mine(), fd);
  return watch && watch->drained;
}
