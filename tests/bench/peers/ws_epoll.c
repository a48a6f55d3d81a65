/* ws.echo's floor: bare epoll and the smallest framing that answers the load: a recv, a mask taken off in words, a new
 * head in front of the same bytes, a send. It knows one key, one form of length, and no frame in parts. No target, but
 * what the others are to be seen beside. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "epoll.h"

enum { DESCRIPTORS = 65536, HEAD = 4, MASK = 4 };

static bool upgraded[DESCRIPTORS];

/* The load asks with the key of RFC 6455's example. */
static bool upgrade(int fd) {
  static const char answer[] =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  upgraded[fd] = true;
  return send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) > 0;
}

/* A binary frame of 126 to 65,535 bytes, whole. */
static bool echo(int fd, unsigned char *frame, size_t size) {
  size_t length = (size_t)frame[2] << 8 | frame[3];
  if (frame[0] != 0x82 || frame[1] != (0x80 | 126) || size != HEAD + MASK + length) return false;
  unsigned char *mask = frame + HEAD, *content = mask + MASK;
  uint64_t keys, eight;
  memcpy(&keys, mask, MASK);
  memcpy((unsigned char *)&keys + MASK, mask, MASK);
  for (size_t at = 0; at < length; at += sizeof eight) { /* there is room behind it */
    memcpy(&eight, content + at, sizeof eight);
    eight ^= keys;
    memcpy(content + at, &eight, sizeof eight);
  }
  unsigned char *head = content - HEAD;
  head[0] = 0x82;
  head[1] = 126;
  head[2] = (unsigned char)(length >> 8);
  head[3] = (unsigned char)length;
  return send(fd, head, HEAD + length, MSG_NOSIGNAL) == (ssize_t)(HEAD + length);
}

static void answer(int fd) {
  static unsigned char data[16384 + 8];
  ssize_t count = recv(fd, data, 16384, 0);
  bool good = count > HEAD + MASK && fd < DESCRIPTORS;
  if (good) good = upgraded[fd] ? echo(fd, data, (size_t)count) : upgrade(fd);
  if (good) return;
  if (fd < DESCRIPTORS) upgraded[fd] = false;
  close(fd);
}

int main(void) {
  return epoll_serve(answer, NULL);
}
