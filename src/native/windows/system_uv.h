/* libuv's numbers under Windows, which are its own. */
#ifndef GREENIO_SRC_NATIVE_SYSTEM_UV_H
#define GREENIO_SRC_NATIVE_SYSTEM_UV_H

#include <errno.h>
#include <greenio/status.h>
#include <uv.h>

/* A failure that has to do with the system, as a status. */
static inline int green__system_status_of_uv(int failure) {
  switch (failure) {
#define FROM(name)                                                                                 \
  case UV_##name:                                                                                  \
    return green_status_from_errno(name);
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
    FROM(ENFILE)
    FROM(EMFILE)
    FROM(EFBIG)
    FROM(ENOSPC)
    FROM(EROFS)
    FROM(EPIPE)
    FROM(ERANGE)
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
#undef FROM
  case UV_ESHUTDOWN:
    return GREEN_EPIPE;
  case UV_ECHARSET: /* no UTF-8 */
    return GREEN_EINVAL;
  case UV_ENOSYS:
    return GREEN_ENOTSUP;
  case UV_ENETDOWN:
    return GREEN_ENETUNREACH;
  default:
    return GREEN_EIO;
  }
}

#endif
