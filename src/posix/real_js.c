/* In WebAssembly, what greenio_posix stands in front of: of a descriptor that is greenio's, calls
 * of posix.mjs, which never wait; of any other, Emscripten's own. */
#include <errno.h>
#include <string.h>
#include <greenio/task.h>
#include "core/wait.h"
#include "own_js.h"
#include "posix.h"
#include "posix_js.h"

void emscripten_thread_sleep(double milliseconds);

static ssize_t wasi_result(int error, size_t count) {
  return error ? green__libc_result(-error) : (ssize_t)count;
}

/* ---- reading ---- */

static ssize_t real_readv(int fd, const struct iovec *parts, int count) {
  int rc = green__js_posix_receive(fd, parts, count, 0, false);
  if (rc == -EAGAIN && !green__running()) rc = green__js_posix_block(fd, parts, count);
  if (rc != GREEN__POSIX_FOREIGN) return green__libc_result(rc);
  __wasi_size_t got = 0;
  int error =
      green__own_fd_read((__wasi_fd_t)fd, (const __wasi_iovec_t *)parts, (size_t)count, &got);
  return wasi_result(error, got);
}

static ssize_t real_read(int fd, void *buffer, size_t size) {
  struct iovec part = {buffer, size};
  return real_readv(fd, &part, 1);
}

/* A stream has no addresses beside its bytes. */
static ssize_t real_recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *address,
                             socklen_t *address_size) {
  struct iovec part = {buffer, size};
  int rc = green__js_posix_receive(fd, &part, 1, flags, true);
  if (rc == GREEN__POSIX_FOREIGN)
    return green__libc_result(__syscall_recvfrom(fd, buffer, size, flags, address, address_size));
  if (rc >= 0 && address && address_size) *address_size = 0;
  return green__libc_result(rc);
}

static ssize_t real_recv(int fd, void *buffer, size_t size, int flags) {
  return real_recvfrom(fd, buffer, size, flags, NULL, NULL);
}

static ssize_t real_recvmsg(int fd, struct msghdr *message, int flags) {
  int rc = green__js_posix_receive(fd, message->msg_iov, (int)message->msg_iovlen, flags, true);
  if (rc == GREEN__POSIX_FOREIGN)
    return green__libc_result(__syscall_recvmsg(fd, message, flags, 0, 0, 0));
  if (rc >= 0) message->msg_namelen = message->msg_controllen = 0, message->msg_flags = 0;
  return green__libc_result(rc);
}

/* ---- writing ---- */

static ssize_t real_writev(int fd, const struct iovec *parts, int count) {
  int rc = green__js_posix_send(fd, parts, count, 0, false);
  if (rc == -EAGAIN && green__wait_possible() < 0) rc = green__js_posix_send_all(fd, parts, count);
  if (rc != GREEN__POSIX_FOREIGN) return green__libc_result(rc);
  __wasi_size_t done = 0;
  int error =
      green__own_fd_write((__wasi_fd_t)fd, (const __wasi_ciovec_t *)parts, (size_t)count, &done);
  return wasi_result(error, done);
}

static ssize_t real_write(int fd, const void *buffer, size_t size) {
  struct iovec part = {(void *)buffer, size};
  return real_writev(fd, &part, 1);
}

static ssize_t real_sendto(int fd, const void *buffer, size_t size, int flags,
                           const struct sockaddr *address, socklen_t address_size) {
  struct iovec part = {(void *)buffer, size};
  int rc = green__js_posix_send(fd, &part, 1, flags, true);
  return OR_OWN(rc, __syscall_sendto(fd, buffer, size, flags, address, address_size));
}

static ssize_t real_send(int fd, const void *buffer, size_t size, int flags) {
  return real_sendto(fd, buffer, size, flags, NULL, 0);
}

/* Nothing goes beside the bytes. */
static ssize_t real_sendmsg(int fd, const struct msghdr *message, int flags) {
  int rc = green__js_posix_send(fd, message->msg_iov, (int)message->msg_iovlen,
                                message->msg_controllen ? -1 : flags, true);
  return OR_OWN(rc, __syscall_sendmsg(fd, message, flags, 0, 0, 0));
}

/* ---- connections ---- */

static int real_connect(int fd, const struct sockaddr *address, socklen_t size) {
  int rc = green__js_posix_connect(fd, address, size);
  return (int)OR_OWN(rc, __syscall_connect(fd, address, size, 0, 0, 0));
}

static int real_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags) {
  int rc = green__js_posix_accept(fd, flags);
  if (rc == GREEN__POSIX_FOREIGN)
    rc = __syscall_accept4(fd, address, size, flags, 0, 0);
  else if (rc >= 0 && address && size)
    green__js_posix_name(rc, address, size, true);
  return (int)green__libc_result(rc);
}

static int real_accept(int fd, struct sockaddr *address, socklen_t *size) {
  return real_accept4(fd, address, size, 0);
}

static int real_getsockopt(int fd, int level, int name, void *value, socklen_t *size) {
  if (green__fd_is_timeout(level, name))
    return (int)green__libc_result(green__fd_get_timeout(fd, name, value, size));
  int rc = green__js_posix_get_option(fd, level, name, value, size);
  return (int)OR_OWN(rc, __syscall_getsockopt(fd, level, name, value, size, 0));
}

static int real_close(int fd) {
  return (int)wasi_result(green__own_fd_close((__wasi_fd_t)fd), 0);
}

static int real_dup3(int fd, int number, int flags) {
  if (fd == number) return (int)green__libc_result(-EINVAL);
  int rc = green__js_posix_place(fd, number);
  if (rc >= 0) green__js_posix_closes_on_exec(rc, (flags & SOCK_CLOEXEC) != 0);
  return (int)OR_OWN(rc, __syscall_dup3(fd, number, flags));
}

static int real_dup2(int fd, int number) {
  if (fd != number) return real_dup3(fd, number, 0);
  int rc = green__js_posix_flags(fd);
  return rc < 0 ? (int)green__libc_result(rc) : fd;
}

/* ---- several at once: they look once ---- */

static int real_poll(struct pollfd *fds, nfds_t count, int timeout) {
  (void)timeout;
  return (int)green__libc_result(green__js_posix_poll(fds, (int)count));
}

static int real_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                      const sigset_t *mask) {
  (void)mask;
  if (timeout && !green__is_time(timeout)) return (int)green__libc_result(-EINVAL);
  return real_poll(fds, count, 0);
}

static int select_once(const struct green__sets *sets, bool is_time) {
  if (!is_time || !green__may_select(sets->size, NULL)) return (int)green__libc_result(-EINVAL);
  return (int)green__libc_result(green__call_select(sets, 0));
}

static int real_select(int size, fd_set *read, fd_set *write, fd_set *except,
                       struct timeval *timeout) {
  return select_once(&(struct green__sets){size, read, write, except},
                     green__may_select(0, timeout));
}

static int real_pselect(int size, fd_set *read, fd_set *write, fd_set *except,
                        const struct timespec *timeout, const sigset_t *mask) {
  (void)mask;
  return select_once(&(struct green__sets){size, read, write, except},
                     !timeout || green__is_time(timeout));
}

static int real_epoll_wait(int epoll, struct epoll_event *events, int most, int timeout) {
  (void)timeout;
  return (int)green__libc_result(green__js_posix_epoll_take(epoll, events, most));
}

static int real_epoll_pwait(int epoll, struct epoll_event *events, int most, int timeout,
                            const sigset_t *mask) {
  (void)mask;
  return real_epoll_wait(epoll, events, most, timeout);
}

/* ---- time: the thread sleeps ---- */

static int real_nanosleep(const struct timespec *time, struct timespec *rest) {
  if (!green__is_time(time)) return (int)green__libc_result(-EINVAL);
  emscripten_thread_sleep((double)green__time_nanoseconds(time) / 1e6);
  if (rest) *rest = (struct timespec){0};
  return 0;
}

/* It returns an error's number. */
static int real_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
                                struct timespec *rest) {
  struct timespec now, left = *time;
  if (!green__is_time(time) || clock_gettime(clock, &now) < 0) return EINVAL;
  if (flags & TIMER_ABSTIME) {
    uint64_t span = green__time_between(&now, time);
    left = (struct timespec){(time_t)(span / 1000000000), (long)(span % 1000000000)};
  }
  return real_nanosleep(&left, rest);
}

static int real_usleep(useconds_t duration) {
  emscripten_thread_sleep((double)duration / 1e3);
  return 0;
}

static unsigned real_sleep(unsigned seconds) {
  emscripten_thread_sleep((double)seconds * 1e3);
  return 0;
}

static const struct green__real real = {
    .libc = {.read = real_read,
             .readv = real_readv,
             .recv = real_recv,
             .recvfrom = real_recvfrom,
             .recvmsg = real_recvmsg,
             .write = real_write,
             .writev = real_writev,
             .send = real_send,
             .sendto = real_sendto,
             .sendmsg = real_sendmsg,
             .connect = real_connect,
             .accept4 = real_accept4,
             .getsockopt = real_getsockopt,
             .poll = real_poll,
             .close = real_close},
    .accept = real_accept,
    .dup2 = real_dup2,
    .dup3 = real_dup3,
    .ppoll = real_ppoll,
    .select = real_select,
    .pselect = real_pselect,
    .epoll_wait = real_epoll_wait,
    .epoll_pwait = real_epoll_pwait,
    .nanosleep = real_nanosleep,
    .clock_nanosleep = real_clock_nanosleep,
    .usleep = real_usleep,
    .sleep = real_sleep,
};

const struct green__real *green__real(void) {
  return &real;
}
