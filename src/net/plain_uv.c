/* Pipes and terminals as streams: descriptors that are no sockets (socket_uv.c does the rest). */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include "native/socket.h"

ssize_t green__plain_read(int fd, void *data, size_t size) {
  return read(fd, data, size);
}

/* A write to a pipe that nobody reads sends SIGPIPE, to this thread: it is held back, and taken away again
 * unless one had been pending. */
ssize_t green__plain_write(int fd, const void *data, size_t size) {
  const struct timespec at_once = {0, 0};
  sigset_t pipe, before, pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  ssize_t sent = write(fd, data, size);
  int error = errno;
  if (sent < 0 && error == EPIPE && !sigismember(&pending, SIGPIPE))
    while (sigtimedwait(&pipe, NULL, &at_once) < 0 && errno == EINTR) continue;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = error;
  return sent;
}
