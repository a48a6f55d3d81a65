/* The listening socket. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "server.h"

union address {
  struct sockaddr any;
  struct sockaddr_in ipv4;
  struct sockaddr_in6 ipv6;
  struct sockaddr_un local;
};

static int to_system(const green_address *address, union address *out, socklen_t *size) {
  memset(out, 0, sizeof *out);
  if (address->family == GREEN_IPV4) {
    *size = sizeof out->ipv4;
    return uv_ip4_addr(address->host, (int)address->port, &out->ipv4);
  }
  if (address->family == GREEN_IPV6) {
    *size = sizeof out->ipv6;
    return uv_ip6_addr(address->host, (int)address->port, &out->ipv6);
  }
  *size = sizeof out->local;
  out->local.sun_family = AF_UNIX;
  if (!*address->host || strlen(address->host) >= sizeof out->local.sun_path) return -1;
  strcpy(out->local.sun_path, address->host);
  return 0;
}

static int set_options(int fd, const green_server_options *options, int family) {
  int yes = 1, no = 0;
  if (family == AF_UNIX) return 0;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0) return -1;
  if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) < 0)
    return -1;
  if (!options->share_port) return 0;
  return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
}

int green__server_listen(const green_server_options *options, const green_address *address) {
  union address system;
  socklen_t size;
  char text[GREEN_ADDRESS_TEXT];
  if (to_system(address, &system, &size)) return green_fail(GREEN_EINVAL, "not an address");
  int fd = socket(system.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  bool bound = fd >= 0 && set_options(fd, options, system.any.sa_family) == 0 &&
               bind(fd, &system.any, size) == 0;
  if (bound && listen(fd, options->backlog) == 0) return fd;
  int status = green_status_from_errno(errno);
  if (bound && address->family == GREEN_UNIX) unlink(address->host);
  if (fd >= 0) close(fd);
  return green_fail(status, "listen on %s: %s", green_address_text(address, text, sizeof text),
                    green_strerror(status));
}
