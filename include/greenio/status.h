/* Statuses: every function of greenio returns 0, a count, or one of these negative numbers.
 *
 * The numbers are greenio's own and the same on every host. Where Linux has an errno of that name
 * the number is Linux's, negated; numbers of -1000 and below are greenio's alone. They are not
 * comparable with the errno constants of <errno.h>, which differ from one C library to the next:
 * green_status_from_errno() translates.
 */
#ifndef GREENIO_STATUS_H
#define GREENIO_STATUS_H

#include <greenio/base.h>

GREEN_BEGIN

/* X(name, number, sentence) for every status. */
#define GREEN_STATUS_MAP(X)                                                                        \
  X(EPERM, -1, "operation not permitted")                                                          \
  X(ENOENT, -2, "no such file or directory")                                                       \
  X(EINTR, -4, "interrupted")                                                                      \
  X(EIO, -5, "input/output error")                                                                 \
  X(EBADF, -9, "bad descriptor")                                                                   \
  X(EAGAIN, -11, "not ready; it would have to wait")                                               \
  X(ENOMEM, -12, "out of memory")                                                                  \
  X(EACCES, -13, "permission denied")                                                              \
  X(EBUSY, -16, "busy")                                                                            \
  X(EEXIST, -17, "exists already")                                                                 \
  X(EXDEV, -18, "on different file systems")                                                       \
  X(ENOTDIR, -20, "not a directory")                                                               \
  X(EISDIR, -21, "a directory")                                                                    \
  X(EINVAL, -22, "invalid argument")                                                               \
  X(EMFILE, -24, "too many open descriptors")                                                      \
  X(EFBIG, -27, "file too large")                                                                  \
  X(ENOSPC, -28, "no space left")                                                                  \
  X(EROFS, -30, "read-only file system")                                                           \
  X(EPIPE, -32, "the other side has closed")                                                       \
  X(ERANGE, -34, "out of range")                                                                   \
  X(EDEADLK, -35, "it would wait for ever")                                                        \
  X(ENAMETOOLONG, -36, "name too long")                                                            \
  X(ENOTEMPTY, -39, "directory not empty")                                                         \
  X(ELOOP, -40, "too many redirects or links")                                                     \
  X(EPROTO, -71, "protocol error")                                                                 \
  X(ENOTSOCK, -88, "not a socket")                                                                 \
  X(EMSGSIZE, -90, "larger than the limit")                                                        \
  X(ENOTSUP, -95, "not supported on this host")                                                    \
  X(EAFNOSUPPORT, -97, "address family not supported")                                             \
  X(EADDRINUSE, -98, "address in use")                                                             \
  X(EADDRNOTAVAIL, -99, "address not available here")                                              \
  X(ENETUNREACH, -101, "network unreachable")                                                      \
  X(ECONNABORTED, -103, "connection aborted")                                                      \
  X(ECONNRESET, -104, "connection reset by the other side")                                        \
  X(ENOBUFS, -105, "no buffer space")                                                              \
  X(EISCONN, -106, "connected already")                                                            \
  X(ENOTCONN, -107, "not connected")                                                               \
  X(ETIMEDOUT, -110, "timed out")                                                                  \
  X(ECONNREFUSED, -111, "connection refused")                                                      \
  X(EHOSTUNREACH, -113, "host unreachable")                                                        \
  X(EALREADY, -114, "done already")                                                                \
  X(ECANCELED, -125, "cancelled")                                                                  \
  X(EOWNERDEAD, -130, "the owner of the lock ended without releasing it")                          \
  X(EMAIN, -1000,                                                                                  \
    "needs a green task, and this is the host's own stack: start one with green_run(), "           \
    "green_spawn() or module.green.call()")                                                        \
  X(ECLOSED, -1001, "closed")                                                                      \
  X(ENESTED, -1002, "cannot wait here: a JavaScript frame lies below on this stack")               \
  X(ENETWORK, -1003, "network failure; the browser does not tell the reason")                      \
  X(EOVERFLOW, -1004, "the task's stack overflowed")                                               \
  X(ETYPE, -1005, "a value of a type that cannot be passed")                                       \
  X(ENOHOST, -1006, "no such host")                                                                \
  X(ETLS, -1007, "TLS failure")                                                                    \
  X(EEXCEPTION, -1008, "a foreign exception ended the task")                                       \
  X(ETRAP, -1009, "a trap closed the module")                                                      \
  X(ESQL, -1010, "the database refused it; its SQLSTATE says why")

/* The statuses by name. */
enum green_status {
  GREEN_OK = 0,
#define GREEN__STATUS_ENUM(name, number, sentence) GREEN_##name = number,
  GREEN_STATUS_MAP(GREEN__STATUS_ENUM)
#undef GREEN__STATUS_ENUM
};

/* The status's name, "ECANCELED" for GREEN_ECANCELED; "OK" for 0 and above, "EUNKNOWN" for a
 * number that is not in the map. A static string. Any stack, any thread; never parks. */
GREEN_API const char *green_status_name(int status);

/* A sentence without a final stop, "cancelled" for GREEN_ECANCELED. As green_status_name(). */
GREEN_API const char *green_strerror(int status);

/* Translates an errno of this host's C library into a status. 0 gives 0; ENFILE gives GREEN_EMFILE,
 * another errno that the map does not hold GREEN_EIO. Any stack, any thread; never parks. */
GREEN_API int green_status_from_errno(int error);

GREEN_END
#endif
