/* The server of http.c in two processes that share a port, which it prints. It serves until it is killed.
 * Usage: bench_http_two BYTES */
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <greenio/greenio.h>
#include "http.h"

static char *body;
static size_t size;
static unsigned port;

static int answer(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  return green_response_give(response, 200, "text/plain", body, size, NULL);
}

static int serve(void *arg) {
  (void)arg;
  return bench_serve_at(answer, NULL, port);
}

/* Kept by a socket that does not listen. */
static unsigned reserve_port(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) < 0 ||
      bind(fd, (struct sockaddr *)&address, length) < 0 ||
      getsockname(fd, (struct sockaddr *)&address, &length) < 0)
    return 0;
  return ntohs(address.sin_port);
}

int main(int argc, char **argv) {
  size = argc > 1 ? (size_t)atol(argv[1]) : 0;
  body = malloc(size);
  port = reserve_port();
  if (!size || !body || !port) return 2;
  memset(body, 'x', size);
  pid_t other = fork();
  if (other == 0) { /* ends with its parent */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!freopen("/dev/null", "w", stdout)) return 1;
  }
  return green_run(serve, NULL) < 0;
}
