/* Pipes and terminals as streams: descriptors that are no sockets (socket_uv.c does the rest). */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include "native/socket.h"
#include "system_socket.h"

int green__plain_read(int fd, void *data, size_t size) {
  ssize_t got;
  do got = read(fd, data, size);
  while (got < 0 && errno == EINTR);
  return got < 0 ? green__system_failed() : (int)got;
}

/* A write to a pipe that nobody reads sends SIGPIPE, to this thread: it is held back, and taken away again
 * unless one had been pending. */
int green__plain_write(int fd, const void *data, size_t size) {
  const struct timespec at_once = {0, 0};
  sigset_t pipe, before, pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  ssize_t sent;
  do sent = write(fd, data, size);
  while (sent < 0 && errno == EINTR);
  int rc = sent < 0 ? green__system_failed() : (int)sent;
  if (rc == GREEN_EPIPE && !sigismember(&pending, SIGPIPE))
    while (sigtimedwait(&pipe, NULL, &at_once) < 0 && errno == EINTR) continue;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return rc;
}
