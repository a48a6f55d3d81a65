/* Emscripten's own calls, which its C library makes under the names that are greenio's here. They
 * return a negative errno; those of WASI a positive one. */
#ifndef GREENIO_SRC_POSIX_OWN_JS_H
#define GREENIO_SRC_POSIX_OWN_JS_H

#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <wasi/api.h>

/* The last arguments mean nothing. */
int __syscall_socket(int family, int type, int protocol, int, int, int);
int __syscall_bind(int fd, const struct sockaddr *address, socklen_t size, int, int, int);
int __syscall_listen(int fd, int backlog, int, int, int, int);
int __syscall_connect(int fd, const struct sockaddr *address, socklen_t size, int, int, int);
int __syscall_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags, int, int);
int __syscall_shutdown(int fd, int how, int, int, int, int);
int __syscall_getsockname(int fd, struct sockaddr *address, socklen_t *size, int, int, int);
int __syscall_getpeername(int fd, struct sockaddr *address, socklen_t *size, int, int, int);
int __syscall_getsockopt(int fd, int level, int name, void *value, socklen_t *size, int);
int __syscall_setsockopt(int fd, int level, int name, const void *value, socklen_t size, int);
int __syscall_recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *address,
                       socklen_t *address_size);
int __syscall_recvmsg(int fd, struct msghdr *message, int flags, int, int, int);
int __syscall_sendto(int fd, const void *buffer, size_t size, int flags,
                     const struct sockaddr *address, socklen_t address_size);
int __syscall_sendmsg(int fd, const struct msghdr *message, int flags, int, int, int);
int __syscall_dup(int fd);
int __syscall_dup3(int fd, int number, int flags);
int __syscall_fcntl64(int fd, int command, ...);
int __syscall_ioctl(int fd, int request, ...);
int __syscall_fstat64(int fd, struct stat *out);

/* The result of a call of posix.mjs, or of Emscripten's in its place, as libc's. */
#define OR_OWN(rc, own) green__libc_result((rc) == GREEN__POSIX_FOREIGN ? (own) : (rc))

#define WASI(name)                                                                                 \
  __attribute__((__import_module__("wasi_snapshot_preview1"), __import_name__(name)))
WASI("fd_read")
__wasi_errno_t green__own_fd_read(__wasi_fd_t fd, const __wasi_iovec_t *parts, size_t count,
                                  __wasi_size_t *got);
WASI("fd_write")
__wasi_errno_t green__own_fd_write(__wasi_fd_t fd, const __wasi_ciovec_t *parts, size_t count,
                                   __wasi_size_t *done);
WASI("fd_close") __wasi_errno_t green__own_fd_close(__wasi_fd_t fd);

#endif
