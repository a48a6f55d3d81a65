/* What sockets of POSIX and of Windows do not have in common, for the files of libuv's in src/net. None of
 * these waits. Those that return int give 0, or a status, GREEN_EAGAIN: not now.
 *
 * ../windows/system_socket.h has the same functions. */
#ifndef GREENIO_SRC_NATIVE_SYSTEM_SOCKET_H
#define GREENIO_SRC_NATIVE_SYSTEM_SOCKET_H

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <greenio/status.h>

/* Of a number that the system's sockets fail with. */
static inline int green__system_status(int error) {
  if (error == EWOULDBLOCK) return GREEN_EAGAIN;
  if (error == ENOBUFS) return GREEN_ENOMEM;
  return green_status_from_errno(error);
}

/* Why the call that was just made has failed. */
static inline int green__system_failed(void) {
  return green__system_status(errno);
}

/* A socket that does not block and that no child inherits; -1. */
static inline int green__system_open(int family, int type) {
  return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* A connection, as green__system_open() makes sockets; < 0: see green__system_failed(). */
static inline int green__system_accept(int fd) {
  for (;;) {
    int accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    /* ECONNABORTED: it was gone before it was accepted */
    if (accepted >= 0 || (errno != EINTR && errno != ECONNABORTED)) return accepted;
  }
}

static inline bool green__system_is_open(int fd) {
  return fd >= 0;
}

static inline void green__system_close(int fd) {
  close(fd);
}

static inline int green__system_set(int fd, int level, int name, const void *value, size_t size) {
  return setsockopt(fd, level, name, value, (socklen_t)size) < 0 ? green__system_failed() : 0;
}

/* A port may be listened on whose last connections are not forgotten yet. */
static inline int green__system_reuse(int fd, bool on) {
  int value = on;
  return green__system_set(fd, SOL_SOCKET, SO_REUSEADDR, &value, sizeof value);
}

/* Several processes may listen on its port. */
static inline int green__system_share(int fd) {
  int yes = 1;
  return green__system_set(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
}

static inline int green__system_keep_alive(int fd, unsigned seconds) {
  int on = seconds > 0, every = (int)seconds;
  int rc = green__system_set(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (rc < 0 || !on) return rc;
  rc = green__system_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, &every, sizeof every);
  return rc < 0 ? rc : green__system_set(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof every);
}

/* GREEN_EAGAIN: it goes on. GREEN_EBUSY: the backlog of a Unix-domain listener is full. */
static inline int green__system_connect(int fd, const struct sockaddr *address, socklen_t size) {
  if (connect(fd, address, size) == 0) return 0;
  if (errno == EINPROGRESS || errno == EINTR) return GREEN_EAGAIN;
  return errno == EAGAIN && address->sa_family == AF_UNIX ? GREEN_EBUSY : green__system_failed();
}

/* How connecting has ended. */
static inline int green__system_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return green__system_failed();
  return green_status_from_errno(error);
}

/* How much was read, sent. */
static inline int green__system_read(int fd, void *data, size_t size) {
  ssize_t got;
  do got = recv(fd, data, size, 0);
  while (got < 0 && errno == EINTR);
  return got < 0 ? green__system_failed() : (int)got;
}

static inline int green__system_write(int fd, const void *data, size_t size) {
  ssize_t sent;
  do sent = send(fd, data, size, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? green__system_failed() : (int)sent;
}

static inline int green__system_write_parts(int fd, const struct iovec *parts, int count) {
  struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
  ssize_t sent;
  if (count == 1) return green__system_write(fd, parts->iov_base, parts->iov_len);
  do sent = sendmsg(fd, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? green__system_failed() : (int)sent;
}

/* How many bytes have come that nobody has read. */
static inline size_t green__system_unread(int fd) {
  int unread = 0;
  return ioctl(fd, FIONREAD, &unread) < 0 ? 0 : (size_t)unread;
}

/* How many bytes were sent that the other side's system has not taken. 0 where this one does not tell. */
static inline size_t green__system_untaken(int fd) {
  int untaken = 0;
  return ioctl(fd, TIOCOUTQ, &untaken) < 0 || untaken < 0 ? 0 : (size_t)untaken;
}

/* Whether it was cut, or has ended and nothing is left to be read. */
static inline bool green__system_is_over(int fd) {
  char byte;
  ssize_t got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EWOULDBLOCK && errno != EINTR);
}

/* Whether it was cut, whatever is left to be read. */
static inline bool green__system_is_cut(int fd) {
  struct pollfd asked = {.fd = fd};
  return poll(&asked, 1, 0) > 0 && asked.revents & POLLERR;
}

/* ---- datagrams ------------------------------------------------------------------------------- */

/* Where the port of an address stands, of either family. */
static inline in_port_t *green__port_of(struct sockaddr_storage *address) {
  return address->ss_family == AF_INET6 ? &((struct sockaddr_in6 *)address)->sin6_port
                                        : &((struct sockaddr_in *)address)->sin_port;
}

/* With it the system forgets a port that it has picked itself, and which the others know by now. */
static inline int green__system_disconnect(int fd) {
  const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  struct sockaddr_storage before, now;
  socklen_t size = sizeof before, now_size = sizeof now;
  if (getsockname(fd, (struct sockaddr *)&before, &size) < 0 ||
      connect(fd, &nobody, sizeof nobody) < 0 ||
      getsockname(fd, (struct sockaddr *)&now, &now_size) < 0)
    return green__system_failed();
  if (*green__port_of(&now) == *green__port_of(&before)) return 0;
  *green__port_of(&now) = *green__port_of(&before);
  return bind(fd, (struct sockaddr *)&now, now_size) < 0 ? green__system_failed() : 0;
}

/* Whether one that is connected may be connected anew at once. Here it is disconnected first: the system
 * would keep the address of this side that goes with the other peer, and after a failure the peer. */
#define GREEN__RECONNECTS false

static inline int green__system_connect_datagrams(int fd, const struct sockaddr *address,
                                                  socklen_t size) {
  return connect(fd, address, size) < 0 ? green__system_failed() : 0;
}

/* To an address, or NULL: to the connected one. */
static inline int green__system_send_to(int fd, const void *data, size_t size,
                                        const struct sockaddr *to, socklen_t length) {
  ssize_t sent;
  do sent = sendto(fd, data, size, MSG_NOSIGNAL, to, length);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? green__system_failed() : 0;
}

/* Has the system count what it drops. */
static inline void green__system_count_dropped(int fd) {
  int on = 1;
  green__system_set(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on); /* elsewhere nothing is counted */
}

/* How long it is; `size` bytes of it at most are kept. *dropped counts on, where the system tells. */
static inline int green__system_receive(int fd, void *data, size_t size,
                                        struct sockaddr_storage *sender, uint64_t *dropped) {
  char control[CMSG_SPACE(sizeof(uint32_t))];
  struct iovec piece = {data, size};
  struct msghdr message = {.msg_name = sender,
                           .msg_namelen = sizeof *sender,
                           .msg_iov = &piece,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof control};
  ssize_t got;
  do got = recvmsg(fd, &message, MSG_TRUNC);
  while (got < 0 && errno == EINTR);
  if (got < 0) return green__system_failed();
  for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    uint32_t count; /* so far, in all */
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SO_RXQ_OVFL) continue;
    memcpy(&count, CMSG_DATA(part), sizeof count);
    *dropped += (uint32_t)(count - (uint32_t)*dropped); /* it may wrap */
  }
  return (int)got;
}

#endif
