/* Statuses: their names and sentences, and the translation from this C library's errno. And the
 * version. */
#include <errno.h>
#include <string.h>
#include <greenio/status.h>
#include "wait.h"

static const struct row {
  int status;
  const char *name, *sentence;
} rows[] = {
#define ROW(name, number, sentence) {number, #name, sentence},
    GREEN_STATUS_MAP(ROW)
#undef ROW
        {0, "EUNKNOWN", "unknown status"},
};

/* The last one is what others have. */
static const struct row *row_of(int status) {
  const struct row *row = rows;
  while (row->status && row->status != status) row++;
  return row;
}

const char *green_status_name(int status) {
  return status >= 0 ? "OK" : row_of(status)->name;
}

const char *green_strerror(int status) {
  return status >= 0 ? "success" : row_of(status)->sentence;
}

int green__status_named(const char *name) {
  const struct row *row = rows;
  while (row->status && strcmp(row->name, name) != 0) row++;
  return row->status;
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
