/* What libuv says of a failure, as a status: under Windows its numbers are its own. */
#include <errno.h>
#include <greenio/status.h>
#include <greenio/uv.h>

int green_status_from_uv(int result) {
  switch (result) {
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
  case UV_EAI_MEMORY:
    return GREEN_ENOMEM;
  case UV_EAI_CANCELED:
    return GREEN_ECANCELED;
  case UV_EAI_FAIL:
  case UV_EAI_AGAIN:
  case UV_EAI_NODATA:
  case UV_EAI_NONAME:
    return GREEN_ENOHOST;
  case UV_EOF:
    return GREEN_ECLOSED;
  default:
    return result < 0 ? GREEN_EIO : 0;
  }
}
