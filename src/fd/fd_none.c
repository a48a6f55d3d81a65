/* Where there are no descriptors to wait on: Windows. */
#include <greenio/fd.h>
#include <greenio/status.h>
#include <greenio/task.h>

static int fd_refused(const char *name) {
  return green_fail(
      GREEN_ENOTSUP,
      "%s: Windows has no descriptors that could be waited on; streams and files are for that",
      name);
}

int green_wait_fd(int fd, int events) {
  (void)fd, (void)events;
  return fd_refused(__func__);
}

ssize_t green_read(int fd, void *buffer, size_t size) {
  (void)fd, (void)buffer, (void)size;
  return fd_refused(__func__);
}

ssize_t green_write(int fd, const void *buffer, size_t size) {
  (void)fd, (void)buffer, (void)size;
  return fd_refused(__func__);
}

ssize_t green_recv(int fd, void *buffer, size_t size, int flags) {
  (void)fd, (void)buffer, (void)size, (void)flags;
  return fd_refused(__func__);
}

ssize_t green_send(int fd, const void *buffer, size_t size, int flags) {
  (void)fd, (void)buffer, (void)size, (void)flags;
  return fd_refused(__func__);
}

int green_close(int fd) {
  (void)fd;
  return fd_refused(__func__);
}
