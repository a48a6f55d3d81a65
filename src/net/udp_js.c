/* Datagrams in Node, by node:dgram: what JavaScript keeps of them is in udp.mjs, by the endpoint's
 * address. In a page green_udp_open() gives GREEN_ENOTSUP. */
#include <string.h>
#include <greenio/status.h>
#include "udp.h"

int green__js_net_udp_open(struct green__endpoint *udp, bool ipv6, const char *host, unsigned port,
                           bool only, bool share);
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
int green__js_net_udp_interface(struct green__endpoint *udp, bool ipv6, const char *interface);
int green__js_net_udp_member(struct green__endpoint *udp, bool ipv6, const char *group,
                             const char *interface, bool join);

static int wait_until_done(green_udp *udp, const char *what) {
  for (;;) {
    if (udp->endpoint.closed) return GREEN_ECLOSED;
    int rc = green__js_net_udp_done(&udp->endpoint);
    if (rc != GREEN_EAGAIN) return rc;
    rc = green__endpoint_wait(&udp->endpoint, GREEN__OUTPUT, what);
    if (rc < 0) return rc;
  }
}

int green__udp_open(green_udp *udp, const green_address *address,
                    const green_udp_options *options) {
  int rc = green__js_net_udp_open(&udp->endpoint, udp->ipv6, address->host, address->port,
                                  options->ipv6_only, options->share);
  if (rc < 0) return rc;
  green__endpoint_opened(&udp->endpoint);
  return wait_until_done(udp, "a socket of datagrams");
}

int green__udp_connect(green_udp *udp, const green_address *address) {
  int rc = green__js_net_udp_connect(&udp->endpoint, address->host, address->port);
  return rc < 0 ? rc : wait_until_done(udp, "a connection of datagrams");
}

/* Others may be sending: the first try is made again while they are. */
int green__udp_send(green_udp *udp, const void *data, size_t size, const green_address *to,
                    bool *begun) {
  if (!*begun) {
    int rc = green__js_net_udp_send(&udp->endpoint, data, (int)size, to ? to->host : "",
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
  return green__js_net_udp_set(&udp->endpoint, (int)setting, value);
}

int green__udp_set_interface(green_udp *udp, const char *interface) {
  return green__js_net_udp_interface(&udp->endpoint, udp->ipv6, interface);
}

int green__udp_member(green_udp *udp, const char *group, const char *interface, bool join) {
  return green__js_net_udp_member(&udp->endpoint, udp->ipv6, group, interface ? interface : "",
                                  join);
}
