/* What a compiler makes of libc's calls with _FORTIFY_SOURCE, when it can see the buffer's size. */
#include <poll.h>
#include <unistd.h>
#include "posix.h"

extern void __chk_fail(void) __attribute__((noreturn));

INTERPOSE(ssize_t, __read_chk, (int fd, void *buffer, size_t size, size_t there)) {
  if (size > there) __chk_fail();
  return read(fd, buffer, size);
}

INTERPOSE(ssize_t, __recv_chk, (int fd, void *buffer, size_t size, size_t there, int flags)) {
  if (size > there) __chk_fail();
  return recv(fd, buffer, size, flags);
}

INTERPOSE(ssize_t, __recvfrom_chk,
          (int fd, void *buffer, size_t size, size_t there, int flags, struct sockaddr *address,
           socklen_t *address_size)) {
  if (size > there) __chk_fail();
  return recvfrom(fd, buffer, size, flags, address, address_size);
}

INTERPOSE(int, __poll_chk, (struct pollfd * fds, nfds_t count, int timeout, size_t there)) {
  if (there / sizeof *fds < count) __chk_fail();
  return poll(fds, count, timeout);
}

INTERPOSE(int, __ppoll_chk,
          (struct pollfd * fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
           size_t there)) {
  if (there / sizeof *fds < count) __chk_fail();
  return ppoll(fds, count, timeout, mask);
}

ANCHOR(__read_chk);
