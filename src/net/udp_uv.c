/* Datagrams natively: the system's calls, with readiness from libuv's polls (socket_uv.c). */
#include <net/if.h>
#include <greenio/status.h>
#include "names_uv.h"
#include "system_socket.h"
#include "udp.h"

static int option_set(green_udp *udp, int level, int name, const void *value, size_t size) {
  return green__system_set(udp->endpoint.socket.fd, level, name, value, size);
}

int green__udp_open(green_udp *udp, const green_address *address,
                    const green_udp_options *options) {
  struct sockaddr_storage system;
  socklen_t size;
  int on = 1, only = options->ipv6_only;
  int rc = green__address_to_system(address, &system, &size);
  if (rc == 0)
    rc = green__socket_adopt(&udp->endpoint, green__system_open(system.ss_family, SOCK_DGRAM));
  if (rc == 0 && udp->ipv6) rc = option_set(udp, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
  if (rc == 0 && options->share) rc = option_set(udp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (rc < 0) return rc;
  green__system_count_dropped(udp->endpoint.socket.fd);
  return bind(udp->endpoint.socket.fd, (struct sockaddr *)&system, size) < 0
             ? green__system_failed()
             : 0;
}

int green__udp_connect(green_udp *udp, const green_address *address, bool *connected) {
  struct sockaddr_storage system;
  socklen_t size = 0;
  uv_os_sock_t fd = udp->endpoint.socket.fd;
  bool before = *connected;
  *connected = false;
  int rc = before && (!address || !GREEN__RECONNECTS) ? green__system_disconnect(fd) : 0;
  if (rc == 0 && address) rc = green__address_to_system(address, &system, &size);
  if (rc < 0 || !address) return rc;
  rc = green__system_connect_datagrams(fd, (struct sockaddr *)&system, size);
  if (rc < 0 && before && GREEN__RECONNECTS) green__system_disconnect(fd);
  *connected = rc == 0;
  return rc;
}

int green__udp_send(green_udp *udp, const void *data, size_t size, const green_address *to,
                    bool *begun) {
  struct sockaddr_storage system;
  socklen_t length = 0;
  (void)begun;
  int rc = to ? green__address_to_system(to, &system, &length) : 0;
  return rc < 0 ? rc
                : green__system_send_to(udp->endpoint.socket.fd, data, size,
                                        to ? (struct sockaddr *)&system : NULL, length);
}

int green__udp_receive(green_udp *udp, void *data, size_t size, green_address *from) {
  struct sockaddr_storage sender;
  int got = green__system_receive(udp->endpoint.socket.fd, data, size, &sender, &udp->dropped);
  if (got < 0) return got;
  int rc = green__address_from_system((struct sockaddr *)&sender, from);
  return rc < 0 ? rc : got;
}

int green__udp_set(green_udp *udp, enum green__udp_setting setting, unsigned value) {
  static const int of_ipv4[] = {0, IP_TTL, IP_MULTICAST_TTL, IP_MULTICAST_LOOP};
  static const int of_ipv6[] = {0, IPV6_UNICAST_HOPS, IPV6_MULTICAST_HOPS, IPV6_MULTICAST_LOOP};
  int number = (int)value;
  if (setting == GREEN__UDP_BROADCAST)
    return option_set(udp, SOL_SOCKET, SO_BROADCAST, &number, sizeof number);
  int rc = 0;
  if (udp->ipv6) rc = option_set(udp, IPPROTO_IPV6, of_ipv6[setting], &number, sizeof number);
  if (rc == 0 && (!udp->ipv6 || udp->both))
    rc = option_set(udp, IPPROTO_IP, of_ipv4[setting], &number, sizeof number);
  return rc;
}

int green__udp_set_interface(green_udp *udp, const char *interface_name) {
  struct in_addr address;
  if (udp->ipv6) {
    unsigned index = if_nametoindex(interface_name);
    return index ? option_set(udp, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof index)
                 : GREEN_EINVAL;
  }
  if (uv_inet_pton(AF_INET, interface_name, &address) != 0) return GREEN_EINVAL;
  return option_set(udp, IPPROTO_IP, IP_MULTICAST_IF, &address, sizeof address);
}

int green__udp_member(green_udp *udp, const char *group, const char *interface_name, bool join) {
  if (udp->ipv6) {
    struct ipv6_mreq request = {.ipv6mr_interface =
                                    interface_name ? if_nametoindex(interface_name) : 0};
    if ((interface_name && !request.ipv6mr_interface) ||
        uv_inet_pton(AF_INET6, group, &request.ipv6mr_multiaddr) != 0)
      return GREEN_EINVAL;
    return option_set(udp, IPPROTO_IPV6, join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &request,
                      sizeof request);
  }
  struct ip_mreq request = {.imr_interface.s_addr = htonl(INADDR_ANY)};
  if ((interface_name && uv_inet_pton(AF_INET, interface_name, &request.imr_interface) != 0) ||
      uv_inet_pton(AF_INET, group, &request.imr_multiaddr) != 0)
    return GREEN_EINVAL;
  return option_set(udp, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request,
                    sizeof request);
}
