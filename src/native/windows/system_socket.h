/* Winsock, as ../posix/system_socket.h says. */
#ifndef GREENIO_SRC_NATIVE_SYSTEM_SOCKET_H
#define GREENIO_SRC_NATIVE_SYSTEM_SOCKET_H

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <mstcpip.h>
#include <greenio/status.h>
#include <greenio/uv.h>

/* A connection that this side's system has cut is one that was cut. */
static inline int green__system_status(int error) {
  if (error == WSAEWOULDBLOCK) return GREEN_EAGAIN;
  if (error == WSAENOBUFS) return GREEN_ENOMEM;
  if (error == WSAECONNABORTED || error == WSAENETRESET) return GREEN_ECONNRESET;
  return error ? green_status_from_uv(uv_translate_sys_error(error)) : 0;
}

static inline int green__system_failed(void) {
  return green__system_status(WSAGetLastError());
}

static inline SOCKET green__system_quiet(SOCKET fd) {
  u_long on = 1;
  if (fd == INVALID_SOCKET) return fd;
  SetHandleInformation((HANDLE)fd, HANDLE_FLAG_INHERIT, 0);
  if (ioctlsocket(fd, FIONBIO, &on) == 0) return fd;
  closesocket(fd);
  return INVALID_SOCKET;
}

static inline SOCKET green__system_open(int family, int type) {
  return green__system_quiet(socket(family, type, 0));
}

static inline SOCKET green__system_accept(SOCKET fd) {
  for (;;) {
    SOCKET accepted = accept(fd, NULL, NULL);
    if (accepted != INVALID_SOCKET) return green__system_quiet(accepted);
    if (WSAGetLastError() != WSAECONNRESET) return accepted; /* it was gone before */
  }
}

static inline bool green__system_is_open(SOCKET fd) {
  return fd != INVALID_SOCKET;
}

static inline void green__system_close(SOCKET fd) {
  closesocket(fd);
}

static inline int green__system_set(SOCKET fd, int level, int name, const void *value,
                                    size_t size) {
  return setsockopt(fd, level, name, value, (int)size) < 0 ? green__system_failed() : 0;
}

/* Without a word it may be. With SO_REUSEADDR another process could take the port away. */
static inline int green__system_reuse(SOCKET fd, bool on) {
  int value = 1;
  return on ? 0 : green__system_set(fd, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, &value, sizeof value);
}

static inline int green__system_share(SOCKET fd) {
  (void)fd;
  return GREEN_ENOTSUP;
}

static inline int green__system_keep_alive(SOCKET fd, unsigned seconds) {
  struct tcp_keepalive how = {seconds > 0, seconds * 1000, seconds * 1000};
  DWORD size;
  return WSAIoctl(fd, SIO_KEEPALIVE_VALS, &how, sizeof how, NULL, 0, &size, NULL, NULL) < 0
             ? green__system_failed()
             : 0;
}

static inline int green__system_connect(SOCKET fd, const struct sockaddr *address, int size) {
  return connect(fd, address, size) == 0 ? 0 : green__system_failed();
}

static inline int green__system_error(SOCKET fd) {
  int error = 0, size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, (char *)&error, &size) < 0)
    return green__system_failed();
  return green__system_status(error);
}

static inline int green__system_read(SOCKET fd, void *data, size_t size) {
  int got = recv(fd, data, (int)size, 0);
  return got < 0 ? green__system_failed() : got;
}

static inline int green__system_write(SOCKET fd, const void *data, size_t size) {
  int sent = send(fd, data, (int)size, 0);
  return sent < 0 ? green__system_failed() : sent;
}

static inline int green__system_write_parts(SOCKET fd, const struct iovec *parts, int count) {
  WSABUF buffers[16];
  DWORD sent;
  if (count > 16) count = 16;
  for (int i = 0; i < count; i++) buffers[i] = (WSABUF){(ULONG)parts[i].iov_len, parts[i].iov_base};
  return WSASend(fd, buffers, (DWORD)count, &sent, 0, NULL, NULL) < 0 ? green__system_failed()
                                                                      : (int)sent;
}

static inline size_t green__system_unread(SOCKET fd) {
  u_long unread = 0;
  return ioctlsocket(fd, FIONREAD, &unread) < 0 ? 0 : unread;
}

/* It does not tell. */
static inline size_t green__system_untaken(SOCKET fd) {
  (void)fd;
  return 0;
}

static inline bool green__system_is_over(SOCKET fd) {
  char byte;
  int got = recv(fd, &byte, 1, MSG_PEEK);
  return got == 0 || (got < 0 && WSAGetLastError() != WSAEWOULDBLOCK);
}

static inline bool green__system_is_cut(SOCKET fd) {
  WSAPOLLFD asked = {.fd = fd, .events = POLLIN};
  return WSAPoll(&asked, 1, 0) > 0 && asked.revents & POLLERR;
}

static inline int green__system_send_to(SOCKET fd, const void *data, size_t size,
                                        const struct sockaddr *to, int length) {
  int sent = to ? sendto(fd, data, (int)size, 0, to, length) : send(fd, data, (int)size, 0);
  return sent < 0 ? green__system_failed() : 0;
}

/* Nothing is counted. That a datagram was not taken is told to who is connected alone, as elsewhere. */
static inline void green__system_tell_refused(SOCKET fd, BOOL on) {
  DWORD size;
  WSAIoctl(fd, SIO_UDP_CONNRESET, &on, sizeof on, NULL, 0, &size, NULL, NULL);
}

static inline void green__system_count_dropped(SOCKET fd) {
  green__system_tell_refused(fd, FALSE);
}

static inline int green__system_disconnect(SOCKET fd) {
  const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  green__system_tell_refused(fd, FALSE);
  return connect(fd, &nobody, sizeof nobody) < 0 ? green__system_failed() : 0;
}

#define GREEN__RECONNECTS true

static inline int green__system_connect_datagrams(SOCKET fd, const struct sockaddr *address,
                                                  int size) {
  if (connect(fd, address, size) < 0) return green__system_failed();
  green__system_tell_refused(fd, TRUE);
  return 0;
}

/* The system does not say how long one is that it has cut: so it is received whole. */
static inline int green__system_receive(SOCKET fd, void *data, size_t size,
                                        struct sockaddr_storage *sender, uint64_t *dropped) {
  static _Thread_local char whole[65536];
  int length = sizeof *sender;
  bool direct = size >= sizeof whole;
  (void)dropped;
  int got = recvfrom(fd, direct ? data : whole, direct ? (int)size : (int)sizeof whole, 0,
                     (struct sockaddr *)sender, &length);
  if (got < 0)
    return WSAGetLastError() == WSAECONNRESET ? GREEN_ECONNREFUSED : green__system_failed();
  if (!direct && size) memcpy(data, whole, (size_t)got < size ? (size_t)got : size);
  return got;
}

#endif
