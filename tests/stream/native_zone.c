/* Zones of IPv6 addresses: an interface by its name, and by its number, as greenio itself writes them. */
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <uv.h>
#include "stream_test.h"

/* An address of this machine's that needs a zone, with the interface's name behind it. */
static bool find_link_local(char *host, size_t size, char *interface_name) {
  struct ifaddrs *all, *at;
  bool found = false;
  if (getifaddrs(&all) < 0) return false;
  for (at = all; at && !found; at = at->ifa_next) {
    const struct sockaddr_in6 *address = (const struct sockaddr_in6 *)(const void *)at->ifa_addr;
    if (!address || address->sin6_family != AF_INET6 || !(at->ifa_flags & IFF_RUNNING)) continue;
    found = IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr);
    if (!found) continue;
    uv_ip6_name(address, host, size);
    snprintf(interface_name, IF_NAMESIZE, "%s", at->ifa_name);
  }
  freeifaddrs(all);
  return found;
}

TEST(zone_is_a_name_or_a_number) {
  char host[64], interface_name[IF_NAMESIZE], zones[2][112];
  if (!find_link_local(host, sizeof host, interface_name)) SKIP("no link-local address");
  snprintf(zones[0], sizeof zones[0], "%s%%%s", host, interface_name);
  snprintf(zones[1], sizeof zones[1], "%s%%%u", host, if_nametoindex(interface_name));
  for (int i = 0; i < 2; i++) {
    AUTO_LISTENER green_listener *listener = NULL;
    AUTO_STREAM green_stream *client = NULL;
    AUTO_STREAM green_stream *again = NULL;
    green_address address;
    CHECK_STATUS(green_listener_open(&listener, zones[i], 0, NULL), 0);
    CHECK_STATUS(green_listener_address(listener, &address), 0);
    CHECK_STRING(address.host, zones[1]);
    CHECK_STATUS(green_stream_connect(&client, zones[i], address.port), 0);
    CHECK_STATUS(green_stream_connect_any(&again, &address, 1), 0);
  }
  return 0;
}

TEST(datagram_from_a_zone_is_answered) {
  char host[64], interface_name[IF_NAMESIZE], zone[112], byte;
  if (!find_link_local(host, sizeof host, interface_name)) SKIP("no link-local address");
  snprintf(zone, sizeof zone, "%s%%%s", host, interface_name);
  AUTO_UDP green_udp *one = NULL;
  AUTO_UDP green_udp *other = NULL;
  green_address address, from;
  CHECK_STATUS(green_udp_open(&one, zone, 0, NULL), 0);
  CHECK_STATUS(green_udp_open(&other, zone, 0, NULL), 0);
  CHECK_STATUS(green_udp_address(other, &address), 0);
  CHECK_STATUS(green_udp_send(one, "x", 1, &address), 0);
  CHECK_STATUS(green_udp_receive(other, &byte, 1, &from), 1);
  CHECK_STATUS(green_udp_send(other, "y", 1, &from), 0);
  CHECK_STATUS(green_udp_receive(one, &byte, 1, &from), 1);
  return 0;
}

static int check_told(int status) {
  CHECK_STATUS(status, GREEN_EINVAL);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "there is no such interface");
  return 0;
}

TEST(zone_that_is_none_is_told) {
  static const char *const zones[] = {"fe80::1%no_such", "fe80::1%999999999", "fe80::1%",
                                      "fe80::1%1x",      "fe80::1%0",         "fe80::1%4294967297"};
  for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
    green_stream *stream;
    green_listener *listener;
    green_udp *udp;
    CHECK_STATUS(check_told(green_stream_connect(&stream, zones[i], 9)), 0);
    CHECK_STATUS(check_told(green_listener_open(&listener, zones[i], 0, NULL)), 0);
    CHECK_STATUS(check_told(green_udp_open(&udp, zones[i], 0, NULL)), 0);
  }
  return 0;
}
