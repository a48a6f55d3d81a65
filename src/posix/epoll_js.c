/* In WebAssembly, epoll(7)'s calls that do not wait, which Emscripten has none of; epoll.c has the others. */
#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include "posix.h"
#include "posix_js.h"

_Static_assert(sizeof(struct epoll_event) == 16 && offsetof(struct epoll_event, data) == 8,
               "epoll.mjs has the layout too");

INTERPOSE(int, epoll_create1, (int flags)) {
  return (int)green__libc_result(green__js_posix_epoll(flags));
}

INTERPOSE(int, epoll_create, (int size)) {
  return (int)green__libc_result(size > 0 ? green__js_posix_epoll(0) : -EINVAL);
}

INTERPOSE(int, epoll_ctl, (int epoll, int what, int fd, struct epoll_event *event)) {
  if (!event && what != EPOLL_CTL_DEL) return (int)green__libc_result(-EFAULT);
  return (int)green__libc_result(green__js_posix_epoll_control(epoll, what, fd, event));
}
