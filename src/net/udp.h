/* Datagrams inside: the record, and what a host owes. A socket is an endpoint, as a stream is: net.h. */
#ifndef GREENIO_SRC_NET_UDP_H
#define GREENIO_SRC_NET_UDP_H

#include <greenio/udp.h>
#include "net.h"

struct green_udp {
  struct green__endpoint endpoint;
  green_lock sending; /* by who sends, so that each hears of its own */
  bool ipv6, connected;
  bool both; /* of IPv6, and IPv4 may be sent to as well */
  uint64_t dropped;
};

enum green__udp_setting {
  GREEN__UDP_BROADCAST,
  GREEN__UDP_TTL,
  GREEN__UDP_MULTICAST_TTL,
  GREEN__UDP_MULTICAST_LOOP,
};

/* ---- the host's: none of them waits, save open and connect; GREEN_EAGAIN as in net.h ---------- */

int green__udp_open(green_udp *udp, const green_address *address, const green_udp_options *options);
/* `address` NULL: to none. *connected is whether it is, before and behind the call; after a failure it is
 * not, unless that was an interruption. The port stays. */
int green__udp_connect(green_udp *udp, const green_address *address, bool *connected);
/* `to` NULL: the connected one. `*begun` is kept from one try of a datagram to the next, and is false
 * first. */
int green__udp_send(green_udp *udp, const void *data, size_t size, const green_address *to,
                    bool *begun);
/* As green_udp_receive(); *from as the socket's family has it. */
int green__udp_receive(green_udp *udp, void *data, size_t size, green_address *from);
int green__udp_set(green_udp *udp, enum green__udp_setting setting, unsigned value);
int green__udp_set_interface(green_udp *udp, const char *interface_name);
int green__udp_member(green_udp *udp, const char *group, const char *interface_name, bool join);

#endif
