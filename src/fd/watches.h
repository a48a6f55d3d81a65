/* Which tasks wait on which descriptor: what is the same on every host (watches.c), and what a host
 * owes it (native/descriptor.c; descriptor_js.c).
 *
 * A descriptor is registered with the host when it is first waited on, and stays so until it is
 * closed. Records are kept until the runtime ends, to be used again with their number.
 */
#ifndef GREENIO_SRC_FD_WATCHES_H
#define GREENIO_SRC_FD_WATCHES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "core/wait.h"
#include "watch_part.h"

/* Whether the host has checked, since a task began to wait, that the registration it relies on is
 * still that of its descriptor (which somebody else may have closed, and its number be used again).
 * A waiter that is UNCONFIRMED is checked a little later. */
enum green__watch_trust { GREEN__CONFIRMED, GREEN__UNCONFIRMED };

struct green__fd_watch {
  struct green__queue waiters; /* item: the events; index: enum green__watch_trust */
  int fd;
  uint32_t interest;             /* registered events; 0: not registered */
  struct green__watch_part part; /* the host's */
};

/* A runtime's; zeroed and then opened by the host, which may have more behind it. */
struct green__watches {
  struct green_runtime *runtime;
  pid_t process; /* a child of vfork() has our memory, and the host's objects are its parent's */
  struct green__closer closer;
  size_t waiting; /* tasks */
  struct green__watch_page **pages;
  size_t page_count;
};

/* ---- what a host owes ------------------------------------------------------------------------ */

/* 0, or a negative errno. */
int green__watches_open(struct green__watches **out, struct green_runtime *runtime);

/* The records are gone. Frees `all`, now or later. */
void green__watches_close(struct green__watches *all);

/* Whether a task waits, so that the loop is to be kept alive. */
void green__watches_keep(struct green__watches *all, bool keep);

/* Sees to it that green__watch_ready() is called when one of the events comes up; what is ready
 * already may be reported, or not, since the caller has looked. `known`: as in green__fd_wait().
 *   enum green__watch_trust; negative errno; -EPERM: poll(2) always calls it ready. */
int green__watch_arm(struct green__watches *all, struct green__fd_watch *watch, uint32_t interest,
                     bool known);

/* The descriptor is about to be closed, or its registration is not to be relied on any more. */
void green__watch_disarm(struct green__watches *all, struct green__fd_watch *watch);

/* ---- what it may call ------------------------------------------------------------------------ */

/* The calling thread's; NULL: nothing has been waited on. */
struct green__watches *green__watches_own(void);

/* NULL: it has never been waited on. */
struct green__fd_watch *green__watch_find(struct green__watches *all, int fd);

/* Wakes those that wait for one of the events. */
void green__watch_ready(struct green__fd_watch *watch, uint32_t events);

/* The registration has been checked: it is that of the descriptor. */
void green__watch_confirm(struct green__fd_watch *watch);

/* The descriptor that this was is gone, with its registration: all waiters get GREEN_ECLOSED, but
 * those that are UNCONFIRMED may have begun to wait on a new one of its number, and try again. */
void green__watch_lose(struct green__fd_watch *watch);

#endif
