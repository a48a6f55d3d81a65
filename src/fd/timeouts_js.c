/* SO_RCVTIMEO and SO_SNDTIMEO in WebAssembly, where Emscripten knows no such options: they live with
 * the socket, in descriptors.mjs. */
#include <errno.h>
#include <string.h>
#include <sys/time.h>
#include "fd/fd.h"
#include "fd/fd_js.h"

bool green__fd_is_timeout(int level, int name) {
  return level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO);
}

static int no_socket(int fd) {
  return green__js_fd_is_open(fd) ? -ENOTSOCK : -EBADF;
}

int green__fd_get_timeout(int fd, int name, void *value, socklen_t *size) {
  double milliseconds = green__js_fd_timeout(fd, name == SO_SNDTIMEO);
  if (milliseconds < 0) return no_socket(fd);
  struct timeval time = {(time_t)(milliseconds / 1000),
                         (suseconds_t)((uint64_t)milliseconds % 1000 * 1000)};
  if (*size < sizeof time) return -EINVAL;
  memcpy(value, &time, *size = sizeof time);
  return 0;
}

int green__fd_set_timeout(int fd, int name, const void *value, socklen_t size) {
  const struct timeval *time = value;
  if (size < sizeof *time) return -EINVAL;
  if (time->tv_usec < 0 || time->tv_usec >= 1000000) return -EDOM;
  double milliseconds = (double)time->tv_sec * 1000 + (double)((time->tv_usec + 999) / 1000);
  if (milliseconds < 0) milliseconds = 0;
  return green__js_fd_limit(fd, name == SO_SNDTIMEO, milliseconds) ? 0 : no_socket(fd);
}
