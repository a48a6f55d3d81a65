/* Descriptors in WebAssembly: what -sNODERAWSOCKETS gives a program, by descriptors.mjs, which
 * listens to the nodes of Emscripten's file system. Whatever closes a descriptor is heard there,
 * too, so that no registration has to be trusted. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "fd/fd.h"
#include "fd/fd_js.h"
#include "fd/watches.h"
#include "loop.h"

int green__fd_supported(void) {
  return green__js_fd_supported() ? 0 : GREEN_ENOTSUP;
}

/* ---- the runtime's watches ---- */

int green__watches_open(struct green__watches **out, struct green_runtime *runtime) {
  (void)runtime;
  struct green__watches *all = green__alloc(sizeof *all);
  if (!all) return -ENOMEM;
  memset(all, 0, sizeof *all);
  *out = all;
  return 0;
}

void green__watches_close(struct green__watches *all) {
  green__js_fd_forget_all();
  green__free(all);
}

/* Node stays alive by what it has open itself. */
void green__watches_keep(struct green__watches *all, bool keep) {
  (void)all, (void)keep;
}

int green__watch_arm(struct green__watches *all, struct green__fd_watch *watch, uint32_t interest,
                     bool known) {
  (void)all, (void)known;
  enum green__fd_listened listened = green__js_fd_listen(watch->fd);
  if (listened != GREEN__FD_SAME && watch->interest) green__watch_lose(watch);
  if (listened == GREEN__FD_BAD) return -EBADF;
  if (listened == GREEN__FD_ALWAYS) return -EPERM;
  watch->interest = interest;
  return GREEN__CONFIRMED;
}

void green__watch_disarm(struct green__watches *all, struct green__fd_watch *watch) {
  (void)all;
  green__js_fd_forget(watch->fd);
}

/* ---- entries from JavaScript ---- */

/* Also while C runs that has changed a descriptor: so the turn is left for later. */

int green__js_fd_ready(int fd, int events) {
  struct green__fd_watch *watch = green__watch_find(green__watches_own(), fd);
  if (watch) green__watch_ready(watch, (uint32_t)events);
  return green__loop_answer();
}

int green__js_fd_closed(int fd) {
  struct green__fd_watch *watch = green__watch_find(green__watches_own(), fd);
  if (watch) green__watch_lose(watch);
  return green__loop_answer();
}

/* ---- what callers know ---- */

/* Node reads ahead, in pieces of its own: a short read says nothing. */
void green__fd_drained(int fd) {
  (void)fd;
}

bool green__fd_is_drained(int fd) {
  (void)fd;
  return false;
}

size_t green__fd_most_at_once(int fd) {
  (void)fd;
  return SIZE_MAX;
}

/* Emscripten's sockets are so by themselves. */
int green__fd_connected(int fd, const struct sockaddr *address, socklen_t size, int error) {
  (void)fd, (void)address, (void)size;
  return error;
}
