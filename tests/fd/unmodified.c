#define _GNU_SOURCE /* behind -include: the header has included nothing */
#include "unmodified.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Members, a pointer, a local and a static function of these names, as libraries have them. */
struct transport {
  ssize_t (*read)(int fd, void *buffer, size_t size);
  ssize_t (*write)(int fd, const void *buffer, size_t size);
  int (*close)(int fd);
};
static const struct transport plain = {.read = read, .write = write, .close = close};

static int poll_count;
static int select_one(int accept) {
  return poll_count += accept;
}

static int error(void) {
  return -errno;
}

static int write_all(const struct transport *transport, int fd, const char *bytes, size_t size) {
  while (size) {
    ssize_t count = transport->write(fd, bytes, size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return error();
    bytes += count;
    size -= (size_t)count;
  }
  return 0;
}

int unmodified_serve(int listener) {
  char buffer[64];
  ssize_t count;
  int rc = 0, fd = accept(listener, NULL, NULL);
  if (fd < 0) return error();
  select_one(1);
  while (rc == 0 && (count = plain.read(fd, buffer, sizeof buffer)) != 0) {
    if (count < 0) {
      rc = error();
      break;
    }
    for (ssize_t i = 0; i < count; i++) buffer[i] = (char)toupper((unsigned char)buffer[i]);
    rc = write_all(&plain, fd, buffer, (size_t)count);
  }
  plain.close(fd);
  return rc;
}

static int connect_to(const char *host, const char *port) {
  struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found, *one;
  int code = getaddrinfo(host, port, &hints, &found), fd = -1;
  if (code) return code == EAI_SYSTEM ? error() : code == EAI_MEMORY ? -ENOMEM : -ENOENT;
  errno = ENOENT;
  for (one = found; one && fd < 0; one = one->ai_next) {
    if ((fd = socket(one->ai_family, one->ai_socktype, one->ai_protocol)) < 0) break;
    if (connect(fd, one->ai_addr, one->ai_addrlen) == 0) break;
    int because = error();
    close(fd);
    fd = because;
  }
  freeaddrinfo(found);
  return fd;
}

int unmodified_ask(const char *host, const char *port, const char *question, char *answer) {
  size_t size = strlen(question), got = 0;
  int fd = connect_to(host, port);
  if (fd < 0) return fd;
  int rc = send(fd, question, size, 0) == (ssize_t)size ? 0 : error();
  while (rc == 0 && got < size) {
    ssize_t count = recv(fd, answer + got, size - got, 0);
    if (count <= 0) rc = count == 0 ? -EPIPE : error();
    if (count > 0) got += (size_t)count;
  }
  answer[got] = 0;
  close(fd);
  return rc;
}

ssize_t unmodified_read(int fd, void *buffer, size_t size) {
  ssize_t count = read(fd, buffer, size);
  return count < 0 ? error() : count;
}

int unmodified_timed_read(int fd, int milliseconds) {
  struct timeval limit = {milliseconds / 1000, milliseconds % 1000 * 1000}, none = {0, 0};
  char byte;
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0) return error();
  int rc = read(fd, &byte, 1) < 0 ? error() : 0;
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none);
  return rc;
}

int unmodified_nonblocking_read(int fd) {
  char byte;
  int flags = fcntl(fd, F_GETFL);
  if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return error();
  int rc = read(fd, &byte, 1) < 0 ? error() : 0;
  fcntl(fd, F_SETFL, flags);
  return rc;
}

static int connected(int fd) {
  struct pollfd one = {.fd = fd, .events = POLLOUT};
  int failure = 0;
  socklen_t size = sizeof failure;
  if (poll(&one, 1, 20000) < 0) return error();
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) < 0) return error();
  return -failure;
}

int unmodified_nonblocking_connect(const char *port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  unsigned number = 0;
  for (const char *digit = port; *digit; digit++) number = number * 10 + (unsigned)(*digit - '0');
  to.sin_port = htons((unsigned short)number);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) return error();
  if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0) return error();
  int rc = connect(fd, (struct sockaddr *)&to, sizeof to) < 0 ? error() : 0;
  if (rc == -EINPROGRESS) rc = connected(fd);
  close(fd);
  return rc;
}

int unmodified_select(int fd, int milliseconds) {
  struct timeval limit = {milliseconds / 1000, milliseconds % 1000 * 1000};
  fd_set set;
  FD_ZERO(&set);
  FD_SET(fd, &set);
  int count = select(fd + 1, &set, NULL, NULL, &limit);
  return count < 0 ? error() : count;
}

int unmodified_poll(int fd, int milliseconds) {
  struct pollfd one = {.fd = fd, .events = POLLIN};
  int count = poll(&one, 1, milliseconds);
  return count < 0 ? error() : count;
}

int unmodified_sleeps(int milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  if (nanosleep(&time, NULL) < 0 || usleep((useconds_t)milliseconds * 1000) < 0) return error();
  return sleep(0) == 0 ? 0 : -EINTR;
}

unsigned unmodified_sleep(unsigned seconds) {
  return sleep(seconds);
}

int unmodified_close(int fd) {
  return close(fd) < 0 ? error() : 0;
}

int unmodified_vectors(int from, int to) {
  char two[2], three[3];
  struct iovec out[2] = {{(void *)"ab", 2}, {(void *)"cde", 3}}, in[2] = {{two, 2}, {three, 3}};
  if (writev(to, out, 2) < 0) return error();
  ssize_t count = readv(from, in, 2);
  if (count < 0) return error();
  return memcmp(two, "ab", 2) == 0 && memcmp(three, "cde", 3) == 0 ? (int)count : -EPROTO;
}

int unmodified_dup2(int fd, int number) {
  int result = dup2(fd, number);
  return result < 0 ? error() : result;
}
