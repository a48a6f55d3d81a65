/* In WebAssembly, fcntl and its relatives, which Emscripten's own descriptors and greenio's share:
 * libc's names in front of Emscripten's. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include "own_js.h"
#include "posix.h"
#include "posix_js.h"

/* ---- fcntl ---- */

static int dup_own(int fd, int least, bool closes_on_exec) {
  if (least < 0) return -EINVAL;
  int rc = green__js_posix_duplicate(fd, least);
  if (rc >= 0) green__js_posix_closes_on_exec(rc, closes_on_exec);
  return rc;
}

/* GREEN__POSIX_FOREIGN: Emscripten's. It never clears a flag in its older versions. */
static int fcntl_own(int fd, int command, long argument) {
  switch (command) {
  case F_GETFL:
    return green__js_posix_flags(fd);
  case F_SETFL:
    return green__js_posix_set_flags(fd, (int)argument);
  case F_GETFD:
    return green__js_posix_closes_on_exec(fd, -1);
  case F_SETFD:
    return green__js_posix_closes_on_exec(fd, argument & FD_CLOEXEC);
  case F_DUPFD:
  case F_DUPFD_CLOEXEC:
    return dup_own(fd, (int)argument, command == F_DUPFD_CLOEXEC);
  default:
    return green__js_posix_mode(fd) == GREEN__POSIX_FOREIGN ? GREEN__POSIX_FOREIGN : -EINVAL;
  }
}

INTERPOSE(int, fcntl, (int fd, int command, ...)) {
  long argument = 0;
  if (command != F_GETFL && command != F_GETFD && command != F_GETOWN) {
    va_list more;
    va_start(more, command);
    argument = va_arg(more, long);
    va_end(more);
  }
  int rc = fcntl_own(fd, command, argument);
  if (rc == GREEN__POSIX_FOREIGN && command == F_DUPFD_CLOEXEC)
    command = F_DUPFD; /* older ones do not have it, and there is no exec() */
  return (int)OR_OWN(rc, __syscall_fcntl64(fd, command, argument));
}

/* ---- ioctl ---- */

static int set_nonblocking(int fd, int on) {
  int flags = green__js_posix_flags(fd);
  if (flags < 0) return flags;
  return green__js_posix_set_flags(fd, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

_Static_assert(offsetof(struct termios, c_lflag) == 12, "the words of termios follow each other");

static int modes(int fd, struct termios *termios, int set) {
  if (!set) memset(termios, 0, sizeof *termios);
  return green__js_posix_modes(fd, &termios->c_iflag, termios->c_cc, set);
}

static int terminal_ioctl(int fd, int request, void *argument) {
  switch (request) {
  case TCGETS:
    return modes(fd, argument, 0);
  case TCSETS:
  case TCSETSW:
    return modes(fd, argument, 1);
  case TCSETSF:
    return modes(fd, argument, 2);
  case TIOCGWINSZ:
    return green__js_posix_window_size(fd, argument);
  case TCFLSH: /* what was written has gone already */
    return (intptr_t)argument == TCOFLUSH ? 0 : green__js_posix_flush_input(fd);
  case TCSBRK:
    return 0;
  default:
    return -EINVAL;
  }
}

static int ioctl_own(int fd, int request, int *argument) {
  int mode = green__js_posix_mode(fd), count;
  if (mode < 0) return mode;
  switch (request) {
  case FIONBIO:
    return set_nonblocking(fd, *argument);
  case FIONREAD:
    if ((count = green__js_posix_unread(fd)) < 0) return count;
    *argument = count;
    return 0;
  case FIOCLEX:
  case FIONCLEX:
    return green__js_posix_closes_on_exec(fd, request == FIOCLEX);
  default:
    return S_ISCHR(mode) ? terminal_ioctl(fd, request, argument) : -ENOTTY;
  }
}

INTERPOSE(int, ioctl, (int fd, int request, ...)) {
  va_list more;
  va_start(more, request);
  void *argument = va_arg(more, void *);
  va_end(more);
  int rc = ioctl_own(fd, request, argument);
  return (int)OR_OWN(rc, __syscall_ioctl(fd, request, argument));
}

/* ---- duplicates ---- */

INTERPOSE(int, dup, (int fd)) {
  int rc = dup_own(fd, 0, false);
  return (int)OR_OWN(rc, __syscall_dup(fd));
}

/* ---- fstat ---- */

static int status_of(int fd, struct stat *out) {
  int mode = green__js_posix_mode(fd);
  if (mode < 0) return (int)OR_OWN(mode, __syscall_fstat64(fd, out));
  memset(out, 0, sizeof *out);
  out->st_mode = (mode_t)mode;
  out->st_nlink = 1;
  out->st_blksize = 4096;
  return 0;
}

INTERPOSE(int, fstat, (int fd, struct stat *out)) {
  return status_of(fd, out);
}

/* The other name that the C library has for it, in the same file. */
#undef fstat64
INTERPOSE(int, fstat64, (int fd, struct stat *out)) {
  return status_of(fd, out);
}
