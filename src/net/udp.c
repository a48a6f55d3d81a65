/* Datagrams, for every host. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"
#include "udp.h"

#define SIZE_MOST 65535 /* more is no datagram */

/* ---- addresses ------------------------------------------------------------------------------- */

static const char mapped[] = "::ffff:"; /* of IPv4, to a socket of IPv6 */

static int address_for(const green_udp *udp, const green_address *from, green_address *to) {
  *to = *from;
  if (from->family == GREEN_UNIX || !from->port || from->port > UINT16_MAX) return GREEN_EINVAL;
  if (from->family == GREEN_IPV4 && udp->ipv6) {
    if (strlen(from->host) > 15) return GREEN_EINVAL;
    to->family = GREEN_IPV6;
    snprintf(to->host, sizeof to->host, "%s%.15s", mapped, from->host);
  }
  return from->family == GREEN_IPV6 && !udp->ipv6 ? GREEN_EAFNOSUPPORT : 0;
}

static void address_from(green_address *address) {
  size_t size = sizeof mapped - 1;
  if (address->family != GREEN_IPV6 || strncmp(address->host, mapped, size) != 0 ||
      !strchr(address->host, '.'))
    return;
  address->family = GREEN_IPV4;
  memmove(address->host, address->host + size, strlen(address->host + size) + 1);
}

/* Whether a socket that is bound there may send to both families. */
static bool is_of_both(const green_address *address, const green_udp_options *options) {
  static const unsigned char start[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  struct in6_addr binary;
  if (address->family != GREEN_IPV6 || options->ipv6_only ||
      inet_pton(AF_INET6, address->host, &binary) != 1)
    return false;
  return IN6_IS_ADDR_UNSPECIFIED(&binary) || memcmp(&binary, start, sizeof start) == 0;
}

/* ---- opening --------------------------------------------------------------------------------- */

static int open_at(green_udp **out, const green_address *address,
                   const green_udp_options *options) {
  green_udp_options plain = options ? *options : (green_udp_options){0};
  green_udp *udp = (green_udp *)green__endpoint_new(sizeof *udp);
  if (!udp) return GREEN_ENOMEM;
  udp->ipv6 = address->family == GREEN_IPV6;
  udp->both = is_of_both(address, &plain);
  int rc = green__udp_open(udp, address, &plain);
  if (rc == 0)
    *out = udp;
  else
    green_udp_release(udp);
  return rc;
}

static int open_failed(int status, const green_address *address) {
  return status < 0 ? green__address_failed(status, "UDP at ", address, "") : status;
}

int green_udp_open(green_udp **out, const char *host, unsigned port,
                   const green_udp_options *options) {
  *out = NULL;
  int rc = green__wait_possible();
  if (rc < 0) return rc;
  const char *lacks = green__net_lacks(GREEN__DATAGRAMS);
  if (lacks) return green_fail(GREEN_ENOTSUP, "%s", lacks);
  if (host && *host) {
    green_address *addresses;
    size_t count;
    rc = green_address_lookup(&addresses, host, port, &count);
    if (rc < 0) return rc;
    rc = open_failed(open_at(out, &addresses[0], options), &addresses[0]);
    green_addresses_release(addresses);
    return rc;
  }
  if (port > UINT16_MAX) return green_fail(GREEN_EINVAL, "a port is at most 65535");
  green_address every = {GREEN_IPV6, port, "::"};
  rc = open_at(out, &every, options);
  if (rc == GREEN_EAFNOSUPPORT || rc == GREEN_EADDRNOTAVAIL) { /* there may be no IPv6 here */
    every = (green_address){GREEN_IPV4, port, "0.0.0.0"};
    rc = open_at(out, &every, options);
  }
  return open_failed(rc, &every);
}

/* Sending and connecting are done by one task at a time, first come, first served. */
static int sending_begin(green_udp *udp) {
  green__endpoint_retain(&udp->endpoint);
  int rc = green_lock_acquire(&udp->sending);
  if (rc == 0 || rc == GREEN_EOWNERDEAD) return 0;
  green__endpoint_release(&udp->endpoint);
  return rc;
}

static void sending_end(green_udp *udp) {
  green_lock_release(&udp->sending);
  green__endpoint_release(&udp->endpoint);
}

static int connect_to(green_udp *udp, const green_address *address) {
  green_address to;
  if (udp->endpoint.closed) return GREEN_ECLOSED;
  int refused = green__address_is_numeric(address) ? address_for(udp, address, &to) : GREEN_EINVAL;
  int rc = green__udp_connect(udp, refused < 0 ? NULL : &to, &udp->connected);
  if (udp->endpoint.closed) return GREEN_ECLOSED;
  return rc < 0 ? rc : refused;
}

int green_udp_connect(green_udp *udp, const green_address *address) {
  int rc = green__wait_possible();
  if (rc == 0) rc = sending_begin(udp);
  if (rc < 0) return rc;
  rc = connect_to(udp, address);
  sending_end(udp);
  return rc;
}

/* ---- sending and receiving ------------------------------------------------------------------- */

static int send_whole(green_udp *udp, const void *data, size_t size, const green_address *to) {
  struct green__endpoint *endpoint = &udp->endpoint;
  bool begun = false;
  if (endpoint->closed) return GREEN_ECLOSED;
  if (to && udp->connected) return GREEN_EISCONN;
  if (!to && !udp->connected) return green_fail(GREEN_EINVAL, "an address to send to is missing");
  int rc = green__endpoint_be_fair(endpoint);
  while (rc == 0 && !endpoint->closed) {
    rc = green__udp_send(udp, data, size, to, &begun);
    if (rc != GREEN_EAGAIN) return rc < 0 ? rc : 0;
    rc = green__endpoint_wait(endpoint, GREEN__OUTPUT, "room for a datagram");
  }
  return rc < 0 ? rc : GREEN_ECLOSED;
}

int green_udp_send(green_udp *udp, const void *data, size_t size, const green_address *to) {
  green_address address;
  int rc = green__wait_possible();
  if (rc < 0) return rc;
  if (udp->endpoint.closed) return GREEN_ECLOSED;
  if (size > SIZE_MOST) return GREEN_EMSGSIZE;
  if (to) rc = address_for(udp, to, &address);
  if (rc == 0) rc = sending_begin(udp);
  if (rc < 0) return rc;
  rc = send_whole(udp, data, size, to ? &address : NULL);
  sending_end(udp);
  return rc;
}

static int receive_one(green_udp *udp, void *data, size_t size, green_address *from) {
  struct green__endpoint *endpoint = &udp->endpoint;
  while (!endpoint->closed) {
    int rc = 0;
    if (!endpoint->drained) {
      rc = green__endpoint_be_fair(endpoint);
      if (rc < 0) return rc;
      if (endpoint->closed) break;
      rc = green__udp_receive(udp, data, size, from);
      if (rc != GREEN_EAGAIN) return rc;
      endpoint->drained = true;
    }
    rc = green__endpoint_wait(endpoint, GREEN__INPUT, "a datagram");
    if (rc < 0) return rc;
  }
  return GREEN_ECLOSED;
}

int green_udp_receive(green_udp *udp, void *data, size_t size, green_address *from) {
  green_address sender;
  int rc = green__wait_possible();
  if (from) memset(from, 0, sizeof *from);
  if (rc < 0) return rc;
  green__endpoint_retain(&udp->endpoint);
  rc = receive_one(udp, data, size, &sender);
  if (rc >= 0) address_from(&sender);
  if (rc >= 0 && from) *from = sender;
  green__endpoint_release(&udp->endpoint);
  return rc;
}

/* ---- what it is ------------------------------------------------------------------------------ */

uint64_t green_udp_dropped(const green_udp *udp) {
  return udp->dropped;
}

int green_udp_address(const green_udp *udp, green_address *out) {
  memset(out, 0, sizeof *out);
  return udp->endpoint.closed ? GREEN_ECLOSED : green__socket_address(&udp->endpoint, false, out);
}

static int set(green_udp *udp, enum green__udp_setting setting, unsigned value, bool hops) {
  if (udp->endpoint.closed) return GREEN_ECLOSED;
  return hops && (value < 1 || value > 255) ? GREEN_EINVAL : green__udp_set(udp, setting, value);
}

int green_udp_set_broadcast(green_udp *udp, bool on) {
  return set(udp, GREEN__UDP_BROADCAST, on, false);
}

int green_udp_set_ttl(green_udp *udp, unsigned hops) {
  return set(udp, GREEN__UDP_TTL, hops, true);
}

int green_udp_set_multicast_ttl(green_udp *udp, unsigned hops) {
  return set(udp, GREEN__UDP_MULTICAST_TTL, hops, true);
}

int green_udp_set_multicast_loop(green_udp *udp, bool on) {
  return set(udp, GREEN__UDP_MULTICAST_LOOP, on, false);
}

int green_udp_set_multicast_interface(green_udp *udp, const char *interface_name) {
  return udp->endpoint.closed ? GREEN_ECLOSED : green__udp_set_interface(udp, interface_name);
}

static int member(green_udp *udp, const char *group, const char *interface_name, bool join) {
  green_address address;
  if (udp->endpoint.closed) return GREEN_ECLOSED;
  if (!green__address_parse(group, 0, &address) || (address.family == GREEN_IPV6) != udp->ipv6)
    return GREEN_EINVAL;
  return green__udp_member(udp, group, interface_name, join);
}

int green_udp_join(green_udp *udp, const char *group, const char *interface_name) {
  return member(udp, group, interface_name, true);
}

int green_udp_leave(green_udp *udp, const char *group, const char *interface_name) {
  return member(udp, group, interface_name, false);
}

void green_udp_close(green_udp *udp) {
  green__endpoint_close(&udp->endpoint, false);
}

void green_udp_release(green_udp *udp) {
  if (!udp) return;
  green__handle_released(udp, __func__);
  green_udp_close(udp);
  green__endpoint_release(&udp->endpoint);
}
