/* Natively: what a setting makes of a datagram, as who receives it sees. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "stream_test.h"

/* A socket of the system's for IPv4 that is told the hops of what it receives. */
static int hops_open(int *fd, green_address *address) {
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof here;
  int on = 1;
  *fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(*fd, (struct sockaddr *)&here, size) < 0 ||
      getsockname(*fd, (struct sockaddr *)&here, &size) < 0 ||
      setsockopt(*fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof on) < 0)
    return GREEN_EIO;
  *address = (green_address){GREEN_IPV4, ntohs(here.sin_port), "127.0.0.1"};
  return 0;
}

static int hops_of_one(int fd) {
  char data[20], control[CMSG_SPACE(sizeof(int))];
  struct iovec piece = {data, sizeof data};
  struct msghdr message = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  int hops = -1;
  if (recvmsg(fd, &message, 0) < 0) return -1;
  struct cmsghdr *part = CMSG_FIRSTHDR(&message);
  if (part && part->cmsg_type == IP_TTL) memcpy(&hops, CMSG_DATA(part), sizeof hops);
  return hops;
}

static void auto_descriptor(const int *fd) {
  if (*fd >= 0) close(*fd);
}

TEST(hops_of_a_socket_of_both_families_are_those_of_ipv4_too) {
  static const char *const own[] = {NULL, "0.0.0.0", "::"};
  __attribute__((cleanup(auto_descriptor))) int fd = -1;
  green_address to, at;
  CHECK_STATUS(hops_open(&fd, &to), 0);
  for (int i = 0; i < 3; i++) {
    AUTO_UDP green_udp *udp = NULL;
    CHECK_STATUS(green_udp_open(&udp, own[i], 0, NULL), 0);
    CHECK_STATUS(green_udp_address(udp, &at), 0);
    CHECK_STATUS(green_udp_set_ttl(udp, 7), 0);
    CHECK_STATUS(green_udp_send(udp, "x", 1, &to), 0);
    CHECK_NUMBER(hops_of_one(fd), 7);
  }
  return 0;
}
