/* In WebAssembly, sockets that are made and asked: libc's names for what never waits. Before
 * green_posix_enable() they are Emscripten's own. */
#include "own_js.h"
#include "posix.h"
#include "posix_js.h"

INTERPOSE(int, socket, (int family, int type, int protocol)) {
  return (int)green__libc_result(green__posix_is_enabled()
                                     ? green__js_posix_socket(family, type, protocol)
                                     : __syscall_socket(family, type, protocol, 0, 0, 0));
}

INTERPOSE(int, bind, (int fd, const struct sockaddr *address, socklen_t size)) {
  int rc = green__js_posix_bind(fd, address, size);
  return (int)OR_OWN(rc, __syscall_bind(fd, address, size, 0, 0, 0));
}

INTERPOSE(int, listen, (int fd, int backlog)) {
  int rc = green__js_posix_listen(fd, backlog);
  return (int)OR_OWN(rc, __syscall_listen(fd, backlog, 0, 0, 0, 0));
}

INTERPOSE(int, shutdown, (int fd, int how)) {
  int rc = green__js_posix_shutdown(fd, how);
  return (int)OR_OWN(rc, __syscall_shutdown(fd, how, 0, 0, 0, 0));
}

INTERPOSE(int, getsockname, (int fd, struct sockaddr *address, socklen_t *size)) {
  int rc = green__js_posix_name(fd, address, size, false);
  return (int)OR_OWN(rc, __syscall_getsockname(fd, address, size, 0, 0, 0));
}

INTERPOSE(int, getpeername, (int fd, struct sockaddr *address, socklen_t *size)) {
  int rc = green__js_posix_name(fd, address, size, true);
  return (int)OR_OWN(rc, __syscall_getpeername(fd, address, size, 0, 0, 0));
}

INTERPOSE(int, getsockopt, (int fd, int level, int name, void *value, socklen_t *size)) {
  if (!green__posix_is_enabled())
    return (int)green__libc_result(__syscall_getsockopt(fd, level, name, value, size, 0));
  return green__real()->libc.getsockopt(fd, level, name, value, size);
}

INTERPOSE(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t size)) {
  if (green__posix_is_enabled() && green__fd_is_timeout(level, name))
    return (int)green__libc_result(green__fd_set_timeout(fd, name, value, size));
  int rc = green__js_posix_set_option(fd, level, name, value, size);
  return (int)OR_OWN(rc, __syscall_setsockopt(fd, level, name, value, size, 0));
}
