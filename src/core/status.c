/* Statuses: their names and sentences, and the translation from this C library's errno. And the
 * version. */
#include <errno.h>
#include <greenio/status.h>

const char *green_status_name(int status) {
  if (status >= 0) return "OK";
  switch (status) {
#define NAME(name, number, sentence)                                                               \
  case number:                                                                                     \
    return #name;
    GREEN_STATUS_MAP(NAME)
#undef NAME
  default:
    return "EUNKNOWN";
  }
}

const char *green_strerror(int status) {
  if (status >= 0) return "success";
  switch (status) {
#define SENTENCE(name, number, sentence)                                                           \
  case number:                                                                                     \
    return sentence;
    GREEN_STATUS_MAP(SENTENCE)
#undef SENTENCE
  default:
    return "unknown status";
  }
}

int green_status_from_errno(int error) {
  switch (error) {
  case 0:
    return 0;
#define FROM(name)                                                                                 \
  case name:                                                                                       \
    return GREEN_##name;
    FROM(EPERM)
    FROM(ENOENT)
    FROM(EINTR)
    FROM(EIO)
    FROM(EBADF)
    FROM(EAGAIN)
    FROM(ENOMEM)
    FROM(EACCES)
    FROM(EBUSY)
    FROM(EEXIST)
    FROM(EXDEV)
    FROM(ENOTDIR)
    FROM(EISDIR)
    FROM(EINVAL)
    FROM(EMFILE)
    FROM(EFBIG)
    FROM(ENOSPC)
    FROM(EROFS)
    FROM(EPIPE)
    FROM(ERANGE)
    FROM(EDEADLK)
    FROM(ENAMETOOLONG)
    FROM(ENOTEMPTY)
    FROM(ELOOP)
    FROM(EPROTO)
    FROM(ENOTSOCK)
    FROM(EMSGSIZE)
    FROM(ENOTSUP)
    FROM(EAFNOSUPPORT)
    FROM(EADDRINUSE)
    FROM(EADDRNOTAVAIL)
    FROM(ENETUNREACH)
    FROM(ECONNABORTED)
    FROM(ECONNRESET)
    FROM(ENOBUFS)
    FROM(EISCONN)
    FROM(ENOTCONN)
    FROM(ETIMEDOUT)
    FROM(ECONNREFUSED)
    FROM(EHOSTUNREACH)
    FROM(EALREADY)
    FROM(ECANCELED)
    FROM(EOWNERDEAD)
#undef FROM
  case ENFILE: /* of the whole system */
    return GREEN_EMFILE;
  default:
    return GREEN_EIO;
  }
}

/* ---- the version ----------------------------------------------------------------------------- */

const char *green_version(void) {
  return GREEN_VERSION;
}

int green_version_number(void) {
  return GREEN_VERSION_NUMBER;
}
