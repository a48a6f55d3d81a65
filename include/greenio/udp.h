/* Datagrams (UDP) whose calls wait, natively and in Node; in a page, and with greenSockets
 * (docs/gateway.md), green_udp_open() gives GREEN_ENOTSUP.
 *
 * What waits is called in a task (GREEN_EMAIN outside one, GREEN_ENESTED where it cannot park),
 * parks that task alone, and ends with GREEN_ECANCELED or GREEN_ETIMEDOUT when interrupted; of an
 * interrupted receive nothing is lost. Any number of tasks may receive from one socket and send by
 * it, first come, first served.
 *
 * A datagram arrives whole, or not at all, in any order, or twice. Those that nobody receives are
 * kept by the system, in Node by this library, up to some 200 KiB; what comes when that is full is
 * dropped and counted (green_udp_dropped()).
 *
 * Addresses of IPv4 may be given to a socket of IPv6 that is not `ipv6_only`, and are given back as
 * such.
 *
 * Unless said otherwise a call gives GREEN_ECLOSED behind green_udp_close(), also to who waits. */
#ifndef GREENIO_UDP_H
#define GREENIO_UDP_H

#include <greenio/names.h>

GREEN_BEGIN

/* A socket for datagrams. */
typedef struct green_udp green_udp;

/* Zeroed: as most want it. */
typedef struct green_udp_options {
  bool ipv6_only; /* of an IPv6 address: no IPv4 */
  bool share;     /* others that say so too may have the same port, as receivers of a group do */
} green_udp_options;

/* Opens a socket at a port of an address or name; port 0: the system picks one, see
 * green_udp_address(). NULL and "" stand for every address of this machine, IPv6 and IPv4.
 * `options` may be NULL. Parks in Node, and for a name.
 *   0: *out is the caller's, green_udp_release() it.
 *   GREEN_EADDRINUSE, GREEN_EADDRNOTAVAIL, GREEN_EACCES, GREEN_EMFILE, GREEN_ENOMEM.
 *   GREEN_EINVAL: a port above 65535. GREEN_ENOTSUP: see above. For a name as
 *     green_address_lookup(); the first address is taken.
 * A failure leaves a message; *out is NULL then. */
GREEN_API int green_udp_open(green_udp **out, const char *host, unsigned port,
                             const green_udp_options *options);

/* Has it send to one address, and receive from that alone; also anew to another. Its own port
 * stays. What came before is received all the same. Stands in line with those that send. Parks
 * while another task sends, and in Node.
 *   0.
 *   GREEN_EINVAL: an address that is none, such as a name, or one that cannot be reached from the
 *     socket's own. GREEN_ENETUNREACH, GREEN_EACCES, GREEN_EAFNOSUPPORT ...: in all these cases it
 *     is not connected any more.
 *   GREEN_EADDRINUSE: the same, and somebody else has got its port in that moment.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: it is as it was. */
GREEN_API int green_udp_connect(green_udp *udp, const green_address *address);

/* Sends a datagram of `size` bytes, which may be 0, to an address; NULL: to the connected one. That
 * it was sent does not say that it arrived. Parks while the system has no room.
 *   0: sent. Interrupted: it is not sent; in Node it may be.
 *   GREEN_EMSGSIZE: larger than a datagram can be. GREEN_EACCES: a broadcast without
 *     green_udp_set_broadcast(). GREEN_ECONNREFUSED: nobody receives at the connected address;
 *     heard of later, and once, by a send or a receive.
 *   GREEN_EINVAL: NULL and not connected, an address that is none, port 0. GREEN_EISCONN: an
 *     address, and it is connected. GREEN_ENETUNREACH, GREEN_EHOSTUNREACH, GREEN_EAFNOSUPPORT. */
GREEN_API int green_udp_send(green_udp *udp, const void *data, size_t size,
                             const green_address *to);

/* Receives a datagram. *from, unless `from` is NULL, is who sent it. Parks while there is none.
 *   >= 0: how many bytes it has. If that is more than `size`, `data` has the first `size` and the
 *     others are lost.
 *   GREEN_ECONNREFUSED: see green_udp_send(). */
GREEN_API int green_udp_receive(green_udp *udp, void *data, size_t size, green_address *from);

/* Datagrams that were dropped because nobody received in time: as the system tells with the last
 * that was received; in Node those that this library has dropped, not
 * those of the system; under Windows, which does not tell, 0. Any stack; never parks. */
GREEN_API uint64_t green_udp_dropped(const green_udp *udp);

/* The address, with the port that the system picked. Any stack; never parks. 0, GREEN_ECLOSED. */
GREEN_API int green_udp_address(const green_udp *udp, green_address *out);

/* ---- settings: any stack, none parks. 0; GREEN_EINVAL: a value out of range; GREEN_ECLOSED ----
 *
 * A socket of both families has them for both. Node can set hops, and whether this machine gets
 * what is sent to groups, for IPv6 alone: there these three give GREEN_ENOTSUP for such a socket,
 * and work for one that is `ipv6_only` or of IPv4. */

GREEN_API int green_udp_set_broadcast(green_udp *udp, bool on); /* off unless set */
GREEN_API int green_udp_set_ttl(green_udp *udp, unsigned hops); /* 1 to 255 */
/* Of what is sent to groups: 1 to 255 hops, 1 unless set. */
GREEN_API int green_udp_set_multicast_ttl(green_udp *udp, unsigned hops);
/* Of what is sent to groups: whether this machine gets it too, which it does unless set. */
GREEN_API int green_udp_set_multicast_loop(green_udp *udp, bool on);

/* Which interface groups are reached by: of a socket of IPv4 by an address that it has, of IPv6 by
 * its name. 0, GREEN_EINVAL, GREEN_EADDRNOTAVAIL: there is none. */
GREEN_API int green_udp_set_multicast_interface(green_udp *udp, const char *interface_name);

/* Joins a group, such as "239.1.2.3" or "ff02::1234", and leaves it; `interface_name` as above,
 * NULL: the system picks one.
 *   0, GREEN_EINVAL: no such group, GREEN_EADDRINUSE: joined already, GREEN_EADDRNOTAVAIL: not
 *     joined,
 *   GREEN_ENOENT or GREEN_EINVAL: there is no such interface. */
GREEN_API int green_udp_join(green_udp *udp, const char *group, const char *interface_name);
GREEN_API int green_udp_leave(green_udp *udp, const char *group, const char *interface_name);

/* ---- the end --------------------------------------------------------------------------------- */

/* Closes it; tasks that wait on it get GREEN_ECLOSED. A second time does nothing. Any stack; never
 * parks. */
GREEN_API void green_udp_close(green_udp *udp);

/* Closes it if it is open, and lets go of it. NULL is allowed. Any stack; never parks. */
GREEN_API void green_udp_release(green_udp *udp);

GREEN_END
#endif
