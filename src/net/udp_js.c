/* Datagrams in Node, by node:dgram: what JavaScript keeps of them is in udp.mjs, by the endpoint's
 * address. In a page green_udp_open() gives GREEN_ENOTSUP. */
#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "udp.h"

int green__js_net_udp_open(struct green__endpoint *udp, bool ipv6, const char *host, unsigned port,
                           bool only, bool share);
/* 0: it is under way. A host of "": to none. */
int green__js_net_udp_connect(struct green__endpoint *udp, const char *host, unsigned port);
/* 0: it is under way. A host of "": the connected one. */
int green__js_net_udp_send(struct green__endpoint *udp, const void *data, int size,
                           const char *host, unsigned port);
/* 0, a status, GREEN_EAGAIN: it is still under way. */
int green__js_net_udp_done(struct green__endpoint *udp);
/* Takes the first datagram: its size, and who sent it, as "PORT HOST". */
int green__js_net_udp_receive(struct green__endpoint *udp, void *data, int size, char *from,
                              int from_size);
double green__js_net_udp_dropped(const struct green__endpoint *udp);
int green__js_net_udp_set(struct green__endpoint *udp, int setting, unsigned value);
int green__js_net_udp_interface(struct green__endpoint *udp, bool ipv6, const char *interface_name);
int green__js_net_udp_member(struct green__endpoint *udp, bool ipv6, const char *group,
                             const char *interface_name, bool join);

/* Waits while something is under way: 0, whatever has become of it. */
static int wait_while_busy(green_udp *udp, const char *what) {
  int rc = 0;
  while (rc == 0 && !udp->endpoint.closed && green__js_net_udp_done(&udp->endpoint) == GREEN_EAGAIN)
    rc = green__endpoint_wait(&udp->endpoint, GREEN__OUTPUT, what);
  return udp->endpoint.closed ? GREEN_ECLOSED : rc;
}

static int wait_until_done(green_udp *udp, const char *what) {
  int rc = wait_while_busy(udp, what);
  return rc < 0 ? rc : green__js_net_udp_done(&udp->endpoint);
}

/* Names are looked up by names.h alone; Node would take one for an address. */
static int check_address(const green_address *address) {
  return green__address_is_numeric(address) ? 0 : GREEN_EINVAL;
}

int green__udp_open(green_udp *udp, const green_address *address,
                    const green_udp_options *options) {
  int rc = green__js_net_udp_open(&udp->endpoint, udp->ipv6, address->host, address->port,
                                  options->ipv6_only, options->share);
  if (rc < 0) return rc;
  green__endpoint_opened(&udp->endpoint);
  return wait_until_done(udp, "a socket of datagrams");
}

/* Once begun it cannot be taken back, and is over with Node's next tick. */
int green__udp_connect(green_udp *udp, const green_address *address, bool *connected) {
  int rc = wait_while_busy(udp, "a datagram that was given up"); /* which Node has still */
  if (rc < 0) return rc;
  *connected = false;
  rc = green__js_net_udp_connect(&udp->endpoint, address ? address->host : "",
                                 address ? address->port : 0);
  if (rc < 0) return rc;
  GREEN_SHIELD {
    rc = wait_until_done(udp, "a connection of datagrams");
  }
  *connected = rc == 0 && address;
  return rc;
}

/* One that was given up may be under way still: the first try is made again while it is. */
int green__udp_send(green_udp *udp, const void *data, size_t size, const green_address *to,
                    bool *begun) {
  if (!*begun) {
    int rc = to ? check_address(to) : 0;
    if (rc == 0)
      rc = green__js_net_udp_send(&udp->endpoint, data, (int)size, to ? to->host : "",
                                  to ? to->port : 0);
    if (rc < 0) return rc;
    *begun = true;
  }
  return green__js_net_udp_done(&udp->endpoint);
}

int green__udp_receive(green_udp *udp, void *data, size_t size, green_address *from) {
  char text[sizeof from->host + 8];
  int limit = size < INT32_MAX ? (int)size : INT32_MAX;
  int got = green__js_net_udp_receive(&udp->endpoint, data, limit, text, sizeof text);
  udp->dropped = (uint64_t)green__js_net_udp_dropped(&udp->endpoint);
  if (got < 0) return got;
  char *host = strchr(text, ' ');
  unsigned port = 0;
  for (const char *digit = text; host && digit < host; digit++)
    port = port * 10 + (unsigned)(*digit - '0');
  if (!host || !green__address_parse(host + 1, port, from)) memset(from, 0, sizeof *from);
  return got;
}

int green__udp_set(green_udp *udp, enum green__udp_setting setting, unsigned value) {
  if (udp->both && setting != GREEN__UDP_BROADCAST)
    return green_fail(GREEN_ENOTSUP, "of a socket of both families Node sets this for IPv6 alone: "
                                     "open it with ipv6_only, or for an address of IPv4");
  return green__js_net_udp_set(&udp->endpoint, (int)setting, value);
}

int green__udp_set_interface(green_udp *udp, const char *interface_name) {
  return green__js_net_udp_interface(&udp->endpoint, udp->ipv6, interface_name);
}

int green__udp_member(green_udp *udp, const char *group, const char *interface_name, bool join) {
  return green__js_net_udp_member(&udp->endpoint, udp->ipv6, group,
                                  interface_name ? interface_name : "", join);
}
