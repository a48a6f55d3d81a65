/* Calls of the C library that wait: each tries the call and parks only when it would block.
 *
 * Sockets are tried with MSG_DONTWAIT, everything else is asked with poll(2) first, so that
 * O_NONBLOCK need not be set: descriptors are shared with code, and processes, that know nothing of
 * tasks. Exceptions: connect sets it for the length of the call, and so does the C library's
 * accept; green_accept() leaves it set, so that nobody else who accepts on the same socket can
 * take it away in between.
 */
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/un.h>
#include <unistd.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/wait.h"

#define NEVER         UINT64_MAX
#define PARTS_AT_ONCE 16 /* of a vector that was written in part */
#define TRY_AGAIN     5  /* ms */

/* ---- between two tries ---- */

static _Thread_local unsigned unparked;

/* Where a JavaScript frame lies below, the call itself fails if it has to wait. */
int green__call_turn(void) {
  if (!green__owes_turn(&unparked)) return 0;
  return green__wait_possible() < 0 ? 0 : green_yield();
}

static uint64_t timeout_of(int fd, int events) {
  struct timeval limit;
  socklen_t size = sizeof limit;
  int option = events & POLLIN ? SO_RCVTIMEO : SO_SNDTIMEO;
  if (green__libc.getsockopt(fd, SOL_SOCKET, option, &limit, &size) < 0) return NEVER;
  if (limit.tv_sec == 0 && limit.tv_usec == 0) return NEVER;
  if (limit.tv_sec > INT_MAX) return NEVER;
  return green_now() + (uint64_t)limit.tv_sec * 1000000000 + (uint64_t)limit.tv_usec * 1000;
}

/* What the program has asked of the descriptor: whether calls may wait, and how long. */
static void call_ask(struct green__call *call, int events) {
  if (call->asked) return;
  call->asked = true;
  call->refuses = call->libc && (fcntl(call->fd, F_GETFL) & O_NONBLOCK);
  call->due = call->libc && !call->refuses ? timeout_of(call->fd, events) : NEVER;
}

/* Parks after a try that would have blocked. 0: try again. -EAGAIN: it is not to wait, or not any
 * longer. */
static int wait_for(struct green__call *call, int events, bool known) {
  call_ask(call, events);
  if (call->refuses) return -EAGAIN;
  int rc;
  if (call->libc && green__libc_waits)
    rc = green__libc_wait(&(struct pollfd){call->fd, (short)events, 0}, 1, call->due, true);
  else
    rc = green__fd_wait(call->fd, events, call->due, known);
  unparked = 0;
  return rc > 0 ? 0 : rc == 0 ? -EAGAIN : rc;
}

/* Sleeps after a try that would have blocked, where there is nothing to wait for: a listener, or a receiver,
 * of Unix-domain sockets has no room. 0: try again. */
static int call_again(struct green__call *call) {
  call_ask(call, POLLOUT);
  if (call->refuses || green_now() >= call->due) return -EAGAIN;
  return green__fd_errno(green_sleep(TRY_AGAIN));
}

static bool would_block(void) {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

/* Of a call with nothing to move, which never waits. Emscripten's sockets say EAGAIN to it. */
static ssize_t now(ssize_t count) {
  if (count >= 0) return count;
  return would_block() ? 0 : -errno;
}

/* What comes of `count` bytes that were moved before `error`. */
static ssize_t in_part(ssize_t count, ssize_t error) {
  if (count == 0) return error;
  if (error == -ECANCELED) green__wait_restore(green__running(), GREEN_ECANCELED);
  return count;
}

/* Whether the descriptor is open for this at all: the other end of a pipe never gets ready. */
static bool is_open_for(int fd, int events) {
  int flags = fcntl(fd, F_GETFL);
  return flags < 0 || (flags & O_ACCMODE) != (events & POLLIN ? O_WRONLY : O_RDONLY);
}

/* Waits until it is ready. 0, or as wait_for(). */
static int wait_ready(struct green__call *call, int events) {
  if (call->fd < 0) return -EBADF; /* poll() passes it over */
  for (;;) {
    struct pollfd one = {.fd = call->fd, .events = (short)events};
    if (green__libc.poll(&one, 1, 0) != 0) return 0; /* an error is the call's to find */
    if (!is_open_for(call->fd, events)) return -EBADF;
    int rc = wait_for(call, events, false);
    if (rc < 0) return rc;
  }
}

/* The same before a read or a write of what is not a socket. With O_NONBLOCK the call itself says what
 * comes of it: where a FIFO has no writer it is 0, of which poll(2) says nothing. */
static int wait_to_move(struct green__call *call, int events) {
  int rc = wait_ready(call, events);
  return rc == -EAGAIN && call->refuses ? 0 : rc;
}

/* Whether the socket has failed. What a call has moved before is what it says; the failure is the next
 * one's. */
static bool has_failed(int fd) {
  struct pollfd one = {.fd = fd};
  return green__libc.poll(&one, 1, 0) > 0 && (one.revents & POLLERR);
}

static size_t sum(const struct iovec *parts, int count) {
  size_t total = 0;
  for (int i = 0; i < count; i++) total += parts[i].iov_len;
  return total;
}

/* The parts behind the first `skip` bytes, as many as fit; how many. */
static size_t rest(struct iovec *out, const struct iovec *parts, size_t count, size_t skip) {
  size_t made = 0;
  for (size_t i = 0; i < count && made < PARTS_AT_ONCE; i++) {
    if (skip >= parts[i].iov_len) {
      skip -= parts[i].iov_len;
      continue;
    }
    out[made].iov_base = (char *)parts[i].iov_base + skip;
    out[made++].iov_len = parts[i].iov_len - skip;
    skip = 0;
  }
  return made;
}

/* ---- reading ---- */

/* What never waits, whatever the descriptor is: also urgent data, and the queue of errors. */
static bool at_once(int flags) {
  return flags & (MSG_DONTWAIT | MSG_OOB | MSG_ERRQUEUE);
}

/* Whether MSG_WAITALL asks for more after a read of less than there is room for. Datagrams keep
 * their bounds. */
static bool wants_more(int fd, int flags, ssize_t count) {
  int type;
  socklen_t size = sizeof type;
  if (!(flags & MSG_WAITALL) || (flags & MSG_PEEK) || count <= 0) return false;
  return green__libc.getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

/* What has come before a failure is read before that is told. */
static bool has_nothing_but_failure(int fd) {
  int left = 0;
  return has_failed(fd) && ioctl(fd, FIONREAD, &left) == 0 && !left;
}

static ssize_t call_receive(struct green__call *call, char *buffer, size_t size, int flags,
                            struct sockaddr *address, socklen_t *address_size) {
  ssize_t total = 0;
  int interrupted = 0; /* before the first try, so that what is there is still taken */
  if (!call->libc && !flags && green__fd_is_drained(call->fd)) {
    interrupted = wait_for(call, POLLIN, true);
    if (interrupted == GREEN_ECLOSED) return interrupted;
  }
  for (;;) {
    if (total > 0 && has_nothing_but_failure(call->fd)) return total;
    size_t left = size - (size_t)total;
    ssize_t count = address
                        ? green__libc.recvfrom(call->fd, buffer + total, left, flags | MSG_DONTWAIT,
                                               address, address_size)
                        : green__libc.recv(call->fd, buffer + total, left, flags | MSG_DONTWAIT);
    bool blocks = count < 0 && would_block();
    if (interrupted == -ECANCELED && !blocks) /* it is not what the call says */
      green__wait_restore(green__running(), GREEN_ECANCELED);
    if (count >= 0) {
      total += count;
      if ((size_t)count < left && wants_more(call->fd, flags, count)) continue;
      if (!call->libc && !flags && count > 0 && (size_t)count < left) green__fd_drained(call->fd);
      return total;
    }
    if (!blocks || at_once(flags)) return in_part(total, -errno);
    int rc = interrupted ? interrupted : wait_for(call, POLLIN, true);
    if (rc < 0) return in_part(total, rc);
  }
}

ssize_t green__call_recvfrom(struct green__call *call, void *buffer, size_t size, int flags,
                             struct sockaddr *address, socklen_t *address_size) {
  return call_receive(call, buffer, size, flags, address, address_size);
}

ssize_t green__call_recvmsg(struct green__call *call, struct msghdr *message, int flags) {
  const struct msghdr asked = *message;
  struct msghdr next = asked;
  struct iovec parts[PARTS_AT_ONCE];
  ssize_t total = 0;
  for (;;) {
    if (total > 0 && has_nothing_but_failure(call->fd)) return total;
    struct msghdr tried = next;
    ssize_t count = green__libc.recvmsg(call->fd, &tried, flags | MSG_DONTWAIT);
    if (count >= 0) {
      total += count;
      *message = tried;
      message->msg_iov = asked.msg_iov;
      message->msg_iovlen = asked.msg_iovlen;
      /* a read ends where descriptors came along, so that those of the next are not lost */
      if (tried.msg_controllen || !wants_more(call->fd, flags, count)) return total;
      next.msg_iov = parts;
      next.msg_iovlen = rest(parts, asked.msg_iov, asked.msg_iovlen, (size_t)total);
      if (!next.msg_iovlen) return total;
      continue;
    }
    if (!would_block() || at_once(flags)) return in_part(total, -errno);
    int rc = wait_for(call, POLLIN, true);
    if (rc < 0) return in_part(total, rc);
  }
}

ssize_t green__call_read(struct green__call *call, void *buffer, size_t size) {
  if (!size) return now(green__libc.read(call->fd, buffer, 0));
  ssize_t received = call_receive(call, buffer, size, 0, NULL, NULL);
  if (received != -ENOTSOCK) return received;
  for (;;) {
    int rc = wait_to_move(call, POLLIN);
    if (rc < 0) return rc;
    ssize_t count = green__libc.read(call->fd, buffer, size);
    if (count >= 0) return count;
    if (!would_block()) return -errno;
    if ((rc = wait_for(call, POLLIN, false)) < 0) return rc;
  }
}

ssize_t green__call_readv(struct green__call *call, const struct iovec *parts, int count) {
  if (count == 1) return green__call_read(call, parts->iov_base, parts->iov_len);
  if (!sum(parts, count)) return now(green__libc.readv(call->fd, parts, count));
  struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
  ssize_t received = green__call_recvmsg(call, &message, 0);
  if (received != -ENOTSOCK) return received;
  for (;;) {
    int rc = wait_to_move(call, POLLIN);
    if (rc < 0) return rc;
    ssize_t got = green__libc.readv(call->fd, parts, count);
    if (got >= 0) return got;
    if (!would_block()) return -errno;
    if ((rc = wait_for(call, POLLIN, false)) < 0) return rc;
  }
}

/* ---- writing ---- */

static int signals(const struct green__call *call) {
  return call->libc ? 0 : MSG_NOSIGNAL;
}

/* Parks after a try that would have blocked. A socket that sends to an address may be ready, and who has
 * that address may have no room, for which nobody can wait: that is tried again later. */
static int wait_to_send(struct green__call *call, const void *address, bool *refused) {
  if (*refused) return call_again(call);
  *refused = address != NULL;
  return wait_for(call, POLLOUT, !address);
}

ssize_t green__call_sendto(struct green__call *call, const void *buffer, size_t size, int flags,
                           const struct sockaddr *address, socklen_t address_size) {
  int tried = flags | MSG_DONTWAIT | signals(call), rc;
  bool refused = false;
  ssize_t total = 0;
  for (;;) {
    const char *from = (const char *)buffer + total;
    size_t left = size - (size_t)total;
    ssize_t count = address ? green__libc.sendto(call->fd, from, left, tried, address, address_size)
                            : green__libc.send(call->fd, from, left, tried);
    if (count >= 0) {
      total += count;
      refused = false;
      if ((flags & MSG_DONTWAIT) || (size_t)total >= size) return total;
      continue;
    }
    if (!would_block() || (flags & MSG_DONTWAIT)) return in_part(total, -errno);
    if ((rc = wait_to_send(call, address, &refused)) < 0) return in_part(total, rc);
    if (total > 0 && has_failed(call->fd)) return total;
  }
}

ssize_t green__call_sendmsg(struct green__call *call, const struct msghdr *message, int flags) {
  int tried = flags | MSG_DONTWAIT | signals(call), rc;
  bool refused = false;
  struct msghdr next = *message;
  struct iovec parts[PARTS_AT_ONCE];
  ssize_t total = 0;
  for (;;) {
    ssize_t count = green__libc.sendmsg(call->fd, &next, tried);
    if (count >= 0) {
      total += count;
      next = (struct msghdr){
          .msg_name = message->msg_name, .msg_namelen = message->msg_namelen, .msg_iov = parts};
      next.msg_iovlen = rest(parts, message->msg_iov, message->msg_iovlen, (size_t)total);
      refused = false;
      if ((flags & MSG_DONTWAIT) || !next.msg_iovlen) return total;
      continue;
    }
    if (!would_block() || (flags & MSG_DONTWAIT)) return in_part(total, -errno);
    if ((rc = wait_to_send(call, next.msg_name, &refused)) < 0) return in_part(total, rc);
    if (total > 0 && has_failed(call->fd)) return total;
  }
}

/* Writes to what is not a socket. */
static ssize_t write_ready(struct green__call *call, const char *buffer, size_t size) {
  size_t most = size > PIPE_BUF ? green__fd_most_at_once(call->fd) : SIZE_MAX;
  ssize_t total = 0;
  do {
    int rc = wait_to_move(call, POLLOUT);
    if (rc < 0) return in_part(total, rc);
    size_t left = size - (size_t)total;
    ssize_t count = green__libc.write(call->fd, buffer + total, left < most ? left : most);
    if (count < 0 && !would_block()) return in_part(total, -errno);
    if (count < 0 && (rc = wait_for(call, POLLOUT, false)) < 0) return in_part(total, rc);
    if (count == 0) break;
    if (count > 0) total += count;
  } while ((size_t)total < size);
  return total;
}

ssize_t green__call_write(struct green__call *call, const void *buffer, size_t size) {
  ssize_t sent = green__call_sendto(call, buffer, size, 0, NULL, 0); /* a datagram may be empty */
  if (sent != -ENOTSOCK) return sent;
  if (!size) return now(green__libc.write(call->fd, buffer, 0));
  return write_ready(call, buffer, size);
}

/* Writes what is left of the parts behind the first `skip` bytes. */
static ssize_t write_parts(struct green__call *call, const struct iovec *parts, int count,
                           size_t skip) {
  ssize_t total = (ssize_t)skip;
  for (int i = 0; i < count; i++) {
    size_t size = parts[i].iov_len;
    if (skip >= size) {
      skip -= size;
      continue;
    }
    ssize_t sent = write_ready(call, (const char *)parts[i].iov_base + skip, size - skip);
    if (sent < 0) return in_part(total, sent);
    total += sent;
    if ((size_t)sent < size - skip) break;
    skip = 0;
  }
  return total;
}

ssize_t green__call_writev(struct green__call *call, const struct iovec *parts, int count) {
  if (!sum(parts, count)) return now(green__libc.writev(call->fd, parts, count));
  struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
  ssize_t sent = green__call_sendmsg(call, &message, 0);
  if (sent != -ENOTSOCK) return sent;
  int rc = wait_to_move(call, POLLOUT);
  if (rc < 0) return rc;
  if (sum(parts, count) > PIPE_BUF && green__fd_most_at_once(call->fd) != SIZE_MAX)
    return write_parts(call, parts, count, 0);
  sent = green__libc.writev(call->fd, parts, count);
  if (sent < 0 && !would_block()) return -errno;
  call_ask(call, POLLOUT);
  if (call->refuses) return sent < 0 ? -EAGAIN : sent;
  return write_parts(call, parts, count, sent < 0 ? 0 : (size_t)sent);
}

/* ---- connections ---- */

/* Sets O_NONBLOCK. The flags before, for block_again(); -1: it was set, or cannot be. */
static int fd_unblock(int fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || (flags & O_NONBLOCK)) return -1;
  return fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -1 : flags;
}

static void block_again(int fd, int flags) {
  int error = errno;
  if (flags >= 0) fcntl(fd, F_SETFL, flags);
  errno = error;
}

/* What does not listen never gets ready: accept(2) says what is wrong. */
static bool listens(int fd) {
  int value = 0;
  socklen_t size = sizeof value;
  if (green__libc.getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) < 0)
    return errno == ENOPROTOOPT; /* nobody knows */
  return value != 0;
}

int green__call_accept(struct green__call *call, struct sockaddr *address, socklen_t *address_size,
                       int flags) {
  for (;;) {
    int rc = listens(call->fd) ? wait_ready(call, POLLIN) : 0;
    if (rc < 0) return rc;
    /* somebody else may take the connection before we do */
    int before = fd_unblock(call->fd);
    int fd = green__libc.accept4(call->fd, address, address_size, flags);
    if (call->libc) block_again(call->fd, before);
    if (fd >= 0) {
      green__fd_forget(fd);
      return fd;
    }
    if (!would_block()) return -errno;
    if ((rc = wait_for(call, POLLIN, true)) < 0) return rc;
  }
}

/* How a connection that is being made ends. */
static int call_connected(struct green__call *call, const struct sockaddr *address,
                          socklen_t address_size) {
  int error = 0;
  socklen_t size = sizeof error;
  int rc = wait_ready(call, POLLOUT);
  if (rc < 0) return rc == -EAGAIN ? -EINPROGRESS : rc;
  if (green__libc.getsockopt(call->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return -errno;
  return -green__fd_connected(call->fd, address, address_size, error);
}

int green__call_connect(struct green__call *call, const struct sockaddr *address,
                        socklen_t address_size) {
  for (;;) {
    call_ask(call, POLLOUT);
    int before = fd_unblock(call->fd);
    int rc = green__libc.connect(call->fd, address, address_size);
    block_again(call->fd, before);
    if (rc == 0) return 0;
    if (errno == EINPROGRESS || (errno == EALREADY && !call->refuses))
      return call->refuses ? -errno : call_connected(call, address, address_size);
    if (!would_block()) return -errno;
    if ((rc = call_again(call)) < 0) return rc;
  }
}

/* ---- several at once ---- */

int green__call_poll(struct pollfd *fds, nfds_t count, uint64_t due, bool libc) {
  for (;;) {
    int ready = green__libc.poll(fds, count, 0);
    if (ready < 0) return -errno;
    if (ready > 0) return ready;
    if (due == 0) return 0;
    int rc = libc && green__libc_waits ? green__libc_wait(fds, count, due, false)
                                       : green__fd_wait_any(fds, count, due);
    unparked = 0;
    if (rc == GREEN_ECLOSED) rc = -ECANCELED;
    if (rc == 0) due = 0; /* one more look */
    if (rc < 0) return rc;
  }
}

int green__call_close(int fd) {
  green__fd_forget(fd);
  int rc = green__libc.close(fd);
  return rc < 0 && errno != EINTR ? -errno : 0;
}
