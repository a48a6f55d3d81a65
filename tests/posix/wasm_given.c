/* greenio_posix on sockets that the program's JavaScript gives, with peers of tests/gateway/run.mjs
 * (--peer NAME=PORT): what is there, and what is not. The last line is "ok". */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <greenio/greenio.h>
#include <greenio/posix.h>

#define MUST(condition)                                                                            \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      fprintf(stderr, "line %d: %s: errno is %s\n", __LINE__, #condition, strerror(errno));        \
      exit(1);                                                                                     \
    }                                                                                              \
  } while (0)

static char **arguments;

/* As a string; "" for none. */
static const char *port_of(const char *name) {
  size_t size = strlen(name);
  for (char **one = arguments; *one; one++)
    if (strncmp(*one, name, size) == 0 && (*one)[size] == '=') return *one + size + 1;
  return "";
}

/* A socket that is connected, by the name of a host, or -1. */
static int dial(const char *host, const char *port) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
  MUST(getaddrinfo(host, port, &hints, &found) == 0);
  int fd = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
  MUST(fd >= 0);
  int rc = connect(fd, found->ai_addr, found->ai_addrlen), error = errno;
  freeaddrinfo(found);
  if (rc == 0) return fd;
  close(fd);
  errno = error;
  return -1;
}

static void exchanges(void) {
  char line[32] = "";
  int fd = dial("127.0.0.1", port_of("answer"));
  MUST(fd >= 0 && write(fd, "12345", 5) == 5);
  MUST(shutdown(fd, SHUT_WR) == 0);
  MUST(recv(fd, line, 11, MSG_WAITALL) == 11 && strcmp(line, "you sent 5\n") == 0);
  MUST(read(fd, line, 1) == 0 && close(fd) == 0);
}

static void fails(void) {
  MUST(dial("127.0.0.1", port_of("closed")) == -1);
  char byte;
  int fd = dial("127.0.0.1", port_of("cut"));
  MUST(fd >= 0 && write(fd, "x", 1) == 1);
  MUST(read(fd, &byte, 1) == -1 && errno == ECONNRESET && close(fd) == 0);
  fd = dial("127.0.0.1", port_of("silent"));
  GREEN_TIMEOUT(20) {
    MUST(read(fd, &byte, 1) == -1 && errno == ETIMEDOUT);
  }
  MUST(close(fd) == 0);
}

static void is_not_there(void) {
  struct sockaddr_in any = {.sin_family = AF_INET};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  MUST(bind(fd, (struct sockaddr *)&any, sizeof any) == -1 && errno == EOPNOTSUPP);
  MUST(listen(fd, 1) == -1 && errno == EOPNOTSUPP && close(fd) == 0);
  MUST(socket(AF_UNIX, SOCK_STREAM, 0) == -1 && errno == EAFNOSUPPORT);
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){0}) == 0); /* inside the module */
}

/* Names stand behind addresses: who connects looks them up. */
static void names(void) {
  struct addrinfo *found;
  MUST(getaddrinfo("only.the.other.end.knows.it", "1", NULL, &found) == 0);
  in_addr_t address = ((struct sockaddr_in *)found->ai_addr)->sin_addr.s_addr;
  MUST((ntohl(address) & 0xfffe0000) == 0xc6120000); /* 198.18.0.0/15 */
  freeaddrinfo(found);
}

static int app(void *arg) {
  (void)arg;
  exchanges();
  fails();
  is_not_there();
  names();
  puts("ok");
  return 0;
}

int main(int argc, char **argv) {
  (void)argc;
  arguments = argv;
  return green_posix_enable() < 0 || green_run(app, NULL) < 0;
}
