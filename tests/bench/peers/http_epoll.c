/* The floor of http.hello and its kin: a recv, a send and a share of an epoll_wait, and no look at the request but for
 * where it ends; a large answer takes a send for what the system has room for, and one for each time that there is
 * more. Its time is the load's own, wherever the load takes longer than the server: of http.body it takes 0.77 and 0.84
 * of what Go takes in two quiet runs, so that 0.75 of Go is out of reach there. Usage: http_epoll SIZE */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "epoll.h"

static char *answers; /* one behind the other, for requests that came together */
static size_t size;
enum { TOGETHER = 64, DESCRIPTORS = 1024 };
static size_t unsent[DESCRIPTORS]; /* of the answers on each */

static size_t requests_in(const char *data, size_t length) {
  size_t count = 0;
  const char *end = data + length;
  while ((data = memmem(data, (size_t)(end - data), "\r\n\r\n", 4)) != NULL) {
    data += 4;
    count++;
  }
  return count;
}

/* False: the client has gone. */
static bool send_rest(int fd) {
  const char *end = answers + size * TOGETHER;
  ssize_t sent = send(fd, end - unsent[fd], unsent[fd], MSG_NOSIGNAL);
  if (sent > 0) unsent[fd] -= (size_t)sent;
  return sent > 0 || errno == EAGAIN;
}

static void on_room(int fd) {
  if (fd < DESCRIPTORS && unsent[fd]) send_rest(fd);
}

static void answer(int fd) {
  static char data[65536];
  ssize_t length = recv(fd, data, sizeof data, 0);
  size_t bytes = length > 0 ? size * requests_in(data, (size_t)length) : 0;
  bool known = fd < DESCRIPTORS && bytes > 0 && bytes <= size * TOGETHER;
  if (known) unsent[fd] = bytes;
  if (!known || !send_rest(fd)) close(fd);
}

int main(int argc, char **argv) {
  size_t body = argc == 2 ? (size_t)atol(argv[1]) : 0;
  char head[128];
  size_t length = (size_t)snprintf(
      head, sizeof head,
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n", body);
  size = length + body;
  answers = malloc(size * TOGETHER);
  if (!answers || argc != 2) return 2;
  for (char *at = answers; at < answers + size * TOGETHER; at += size) {
    memcpy(at, head, length);
    memset(at + length, 'x', body);
  }
  return epoll_serve(answer, on_room);
}
