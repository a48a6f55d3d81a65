/* Which tasks wait on which descriptor. See watches.h. */
#include "watches.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "fd.h"

#define PAGE_SIZE 64 /* records */

struct green__watch_page {
  struct green__fd_watch watches[PAGE_SIZE];
};

static _Thread_local struct green__watches *own;

/* A child of fork() has left its parent's runtime, whose registrations the two share. */
struct green__watches *green__watches_own(void) {
  if (own && own->runtime != green__runtime_own()) own = NULL;
  return own;
}

/* ---- records ---- */

struct green__fd_watch *green__watch_find(struct green__watches *all, int fd) {
  if (!all || fd < 0) return NULL;
  size_t page = (size_t)fd / PAGE_SIZE;
  if (page >= all->page_count || !all->pages[page]) return NULL;
  return &all->pages[page]->watches[fd % PAGE_SIZE];
}

static bool pages_grow(struct green__watches *all, size_t least) {
  size_t count = all->page_count ? all->page_count : 1;
  while (count < least) count *= 2;
  struct green__watch_page **pages = green__realloc(all->pages, count * sizeof *pages);
  if (!pages) return false;
  memset(pages + all->page_count, 0, (count - all->page_count) * sizeof *pages);
  all->pages = pages;
  all->page_count = count;
  return true;
}

static struct green__fd_watch *find_or_make(struct green__watches *all, int fd) {
  size_t at = (size_t)fd / PAGE_SIZE;
  if (at >= all->page_count && !pages_grow(all, at + 1)) return NULL;
  struct green__watch_page *page = all->pages[at];
  if (!page) {
    page = green__alloc(sizeof *page);
    if (!page) return NULL;
    memset(page, 0, sizeof *page);
    for (int i = 0; i < PAGE_SIZE; i++) page->watches[i].fd = (int)at * PAGE_SIZE + i;
    all->pages[at] = page;
  }
  return &page->watches[fd % PAGE_SIZE];
}

/* ---- the runtime's ---- */

static void watches_on_runtime_close(struct green__closer *closer) {
  struct green__watches *all = green__container_of(closer, struct green__watches, closer);
  for (size_t i = 0; i < all->page_count; i++) green__free(all->pages[i]);
  green__free(all->pages);
  own = NULL;
  green__watches_close(all);
}

static int open_own(struct green_runtime *runtime) {
  struct green__watches *all;
  int rc = green__watches_open(&all, runtime);
  if (rc < 0) return rc;
  all->runtime = runtime;
  all->process = getpid();
  all->closer.close = watches_on_runtime_close;
  green__at_close(runtime, &all->closer);
  own = all;
  return 0;
}

/* ---- events ---- */

void green__watch_ready(struct green__fd_watch *watch, uint32_t events) {
  struct green__waiter *waiter = watch->waiters.head;
  while (waiter) {
    struct green__waiter *next = waiter->next;
    uint32_t hit = events & ((uint32_t)(uintptr_t)waiter->item | POLLERR | POLLHUP);
    if (hit) {
      /* all records of the task leave their queues */
      while (next && next->task == waiter->task) next = next->next;
      green__wake(waiter, (int)hit);
    }
    waiter = next;
  }
}

void green__watch_confirm(struct green__fd_watch *watch) {
  for (struct green__waiter *waiter = watch->waiters.head; waiter; waiter = waiter->next)
    waiter->index = GREEN__CONFIRMED;
}

void green__watch_lose(struct green__fd_watch *watch) {
  watch->interest = 0;
  struct green__waiter *waiter;
  while ((waiter = watch->waiters.head))
    green__wake(waiter,
                waiter->index == GREEN__UNCONFIRMED ? (int)(uintptr_t)waiter->item : GREEN_ECLOSED);
}

void green__fd_forget(int fd) {
  struct green__fd_watch *watch = green__watch_find(green__watches_own(), fd);
  if (!watch || !watch->interest || own->process != getpid()) return;
  green__watch_disarm(own, watch);
  green__watch_confirm(watch);
  green__watch_lose(watch);
}

/* ---- waits ---- */

int green__fd_errno(int status) {
  switch (status) {
  case GREEN_ECANCELED:
    return -ECANCELED;
  case GREEN_ETIMEDOUT:
    return -ETIMEDOUT;
  case GREEN_ENOMEM:
    return -ENOMEM;
  default:
    return status;
  }
}

static int park(struct green__watches *all, struct green__task *self, int fd, uint64_t due) {
  if (!all->waiting++) green__watches_keep(all, true);
  const char *what = fd < 0 ? "descriptors" : "descriptor";
  int rc = green__park_until(self, due, what, (void *)(intptr_t)fd);
  if (!--all->waiting) green__watches_keep(all, false);
  return green__fd_errno(rc);
}

int green__fd_wait(int fd, int events, uint64_t due, bool known) {
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc < 0) return green__fd_errno(rc);
  if (!green__watches_own() && (rc = open_own(green__runtime_own())) < 0) return rc;
  struct green__fd_watch *watch = find_or_make(own, fd);
  if (!watch) return -ENOMEM;
  rc = green__watch_arm(own, watch, watch->interest | (uint32_t)events, known);
  if (rc < 0) return rc == -EPERM ? events : rc;
  struct green__waiter *waiter = green__wait_on(self, &watch->waiters);
  waiter->item = (void *)(uintptr_t)events;
  waiter->index = (uint32_t)rc;
  return park(own, self, fd, due);
}

static int arm_any(struct green__watches *all, const struct pollfd *fds, nfds_t count) {
  for (nfds_t i = 0; i < count; i++) {
    if (fds[i].fd < 0) continue;
    struct green__fd_watch *watch = find_or_make(all, fds[i].fd);
    if (!watch) return -ENOMEM;
    uint32_t interest = watch->interest | (uint16_t)fds[i].events | POLLRDHUP;
    int rc = green__watch_arm(all, watch, interest, false);
    if (rc < 0 && rc != -EPERM) return rc;
  }
  return 0;
}

int green__fd_wait_any(const struct pollfd *fds, nfds_t count, uint64_t due) {
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc < 0) return green__fd_errno(rc);
  if (!green__watches_own() && (rc = open_own(green__runtime_own())) < 0) return rc;
  if ((rc = arm_any(own, fds, count)) < 0) return rc;
  struct green__waiter *waiters = NULL;
  if (count && (rc = green__waiters(self, count, &waiters)) < 0) return green__fd_errno(rc);
  for (nfds_t i = 0; i < count; i++) {
    if (fds[i].fd < 0) continue;
    waiters[i].item = (void *)(uintptr_t)(uint16_t)fds[i].events;
    green__queue_push(&green__watch_find(own, fds[i].fd)->waiters, &waiters[i]);
  }
  return park(own, self, -1, due);
}
