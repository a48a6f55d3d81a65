/* In WebAssembly, what stdio reads and writes by: Emscripten's C library has WASI's calls there, not
 * read() and write(). Of greenio's descriptors they wait as those do. */
#include <errno.h>
#include "core/wait.h"
#include "own_js.h"
#include "posix.h"
#include "posix_js.h"

static bool is_ours(int fd) {
  return green__js_posix_mode(fd) >= 0;
}

/* Leaves errno, which stdio sets by what is returned, as it was. */
static __wasi_errno_t stdio_outcome(ssize_t count, int before, __wasi_size_t *done) {
  int error = errno;
  errno = before;
  if (count < 0) return (__wasi_errno_t)error;
  *done = (__wasi_size_t)count;
  return 0;
}

__wasi_errno_t __wasi_fd_read(__wasi_fd_t fd, const __wasi_iovec_t *parts, size_t count,
                              __wasi_size_t *got) {
  if (!is_ours((int)fd)) return green__own_fd_read(fd, parts, count, got);
  int before = errno;
  return stdio_outcome(readv((int)fd, (const struct iovec *)parts, (int)count), before, got);
}

__wasi_errno_t __wasi_fd_write(__wasi_fd_t fd, const __wasi_ciovec_t *parts, size_t count,
                               __wasi_size_t *done) {
  if (!is_ours((int)fd)) return green__own_fd_write(fd, parts, count, done);
  int before = errno;
  const struct iovec *all = (const struct iovec *)parts;
  bool waits = green__wait_possible() == 0; /* not below exit(), which still writes */
  ssize_t rc = waits ? writev((int)fd, all, (int)count)
                     : green__real()->libc.writev((int)fd, all, (int)count);
  return stdio_outcome(rc, before, done);
}
