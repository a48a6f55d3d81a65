/* The load of ws.echo and ws.idle: connects, prints a line, waits for one on stdin, exchanges messages
 * in rounds, all connections at once in each, prints a line, and stays until it is killed. Usage:
 * bench_ws_load PORT CONNECTIONS ROUNDS SIZE. Plain sockets, so that it costs little. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void put(int fd, const void *data, size_t size) {
  if (write(fd, data, size) != (ssize_t)size) fail("write");
}

static void get(int fd, char *data, size_t size) {
  for (size_t got = 0; got < size;) {
    ssize_t rc = read(fd, data + got, size - got);
    if (rc <= 0) fail("read");
    got += (size_t)rc;
  }
}

static int connect_one(unsigned port) {
  static const char request[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  char answer[2000] = "";
  int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  put(fd, request, sizeof request - 1);
  for (size_t used = 0; !strstr(answer, "\r\n\r\n"); used++) {
    if (used == sizeof answer - 1) fail("the answer");
    get(fd, answer + used, 1);
  }
  if (strncmp(answer, "HTTP/1.1 101", 12) != 0) fail(answer);
  return fd;
}

/* The head of a frame of so many bytes, up to 65,535; with a mask, which is 0 here. */
static size_t head_put(unsigned char *at, size_t size, int mask) {
  size_t used = 2;
  at[0] = 0x82;
  if (size < 126) {
    at[1] = (unsigned char)size;
  } else {
    at[1] = 126;
    at[2] = (unsigned char)(size >> 8);
    at[3] = (unsigned char)size;
    used = 4;
  }
  if (!mask) return used;
  at[1] |= 0x80;
  memset(at + used, 0, 4);
  return used + 4;
}

int main(int argc, char **argv) {
  if (argc != 5) return 1;
  unsigned port = (unsigned)atoi(argv[1]);
  int count = atoi(argv[2]), rounds = atoi(argv[3]);
  size_t size = (size_t)atoi(argv[4]);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  int *fds = calloc((size_t)count, sizeof *fds);
  unsigned char *frame = calloc(1, size + 14), head[14];
  char *answer = calloc(1, size + 14);
  if (!fds || !frame || !answer) fail("memory");
  size_t sent = head_put(frame, size, 1) + size, echoed = head_put(head, size, 0) + size;
  for (int i = 0; i < count; i++) fds[i] = connect_one(port);
  puts("ready");
  fflush(stdout);
  if (getchar() == EOF) return 0;
  for (int round = 0; round < rounds; round++) {
    for (int i = 0; i < count; i++) put(fds[i], frame, sent);
    for (int i = 0; i < count; i++) get(fds[i], answer, echoed);
  }
  puts("done");
  fflush(stdout);
  pause();
  return 0;
}
