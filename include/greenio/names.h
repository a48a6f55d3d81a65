/* Addresses, and names looked up without blocking: on threads natively, by node:dns in Node. */
#ifndef GREENIO_NAMES_H
#define GREENIO_NAMES_H

#include <greenio/base.h>

GREEN_BEGIN

/* What kind of address: Unix-domain, or Internet Protocol. */
enum green_address_family {
  GREEN_UNIX = 1, /* a path */
  GREEN_IPV4 = 4, /* a host in version 4 */
  GREEN_IPV6 = 6, /* a host in version 6 */
};

/* An address of a stream or a listener, the same on every host. */
typedef struct green_address {
  enum green_address_family family; /* which of the others mean something */
  unsigned port;                    /* 0 to 65535; 0 for GREEN_UNIX */
  char host[112]; /* "127.0.0.1", "fe80::1%eth0", or natively "fe80::1%2" by the interface's number;
                     the path of a Unix-domain socket, "" if it has none */
} green_address;

/* Bytes that hold any text of green_address_text(). */
#define GREEN_ADDRESS_TEXT 120

/* Writes "127.0.0.1:80", "[::1]:80" or the path, cut to `size` bytes with the 0 at the end;
 * GREEN_ADDRESS_TEXT bytes hold any. Any stack, any thread; never parks.
 *   `text`. */
GREEN_API char *green_address_text(const green_address *address, char *text, size_t size);

/* Whether an address belongs to the public Internet, and so neither to this machine, nor to a
 * private, shared or link-local network, nor to a special use (multicast, documentation ...). An
 * IPv6 address that stands for an IPv4 one (mapped, 6to4, NAT64) is what that one is. For programs
 * that connect to what somebody else names: they ask about the address that they are about to
 * connect to, not about a name, which may stand for another address the next time. Any stack, any
 * thread; never parks. */
GREEN_API bool green_address_is_public(const green_address *address);

/* Looks up the addresses of a host name for streams, in the order in which they are to be tried. A
 * numeric address is taken as it is; NULL and "" stand for the loopback. `port` goes into each
 * result. Parks, unless numeric.
 *   0: *out is an array of *count addresses, at least one, for green_addresses_release().
 *   GREEN_ENOHOST: none, or the name service does not answer.
 *   GREEN_ENOMEM.
 *   GREEN_EINVAL: the port is above 65535, or the name longer than 253 bytes.
 *   GREEN_EMAIN, GREEN_ENESTED.
 *   GREEN_ENOTSUP: a page, for anything but a numeric address. With greenSockets (docs/gateway.md)
 *     a name is looked up by who connects: it gets an address of 198.18.0.0/15 that stands for it
 *     in this module, GREEN_ENOHOST if there are no more of these.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: interrupted. A lookup that is still queued is forgotten; one
 *     that the system is at cannot be withdrawn, and goes on with memory of its own.
 *       Natively that is on threads for names alone, 8 for what somebody waits for and at most 64
 *     in all, so that it holds up neither other names nor files; and the end of the runtime does
 *     not wait for it.
 *       In Node names share a pool of threads with files, and half of UV_THREADPOOL_SIZE (4) look
 *     names up. While no name server answers these, other names wait for them, requests of
 *     <greenio/http.h> too, and so does the end of the process. Where that matters, raise
 *     UV_THREADPOOL_SIZE, or give addresses.
 * A failure leaves a message (green_message()); *out is NULL then. */
GREEN_API int green_address_lookup(green_address **out, const char *host, unsigned port,
                                   size_t *count);

/* Frees such an array. NULL is allowed. Any stack; never parks. */
GREEN_API void green_addresses_release(green_address *addresses);

GREEN_END
#endif
