/* Addresses, and names looked up without blocking: off the loop natively, by node:dns in Node. */
#ifndef GREENIO_NAMES_H
#define GREENIO_NAMES_H

#include <greenio/base.h>

GREEN_BEGIN

/* What kind of address: Unix-domain, or Internet Protocol. */
enum green_family {
  GREEN_LOCAL = 1, /* a path */
  GREEN_IPV4 = 4,  /* a host in version 4 */
  GREEN_IPV6 = 6,  /* a host in version 6 */
};

/* An address of a stream or a listener, the same on every host. */
typedef struct green_address {
  enum green_family family; /* which of the others mean something */
  unsigned port;            /* 0 to 65535; 0 for GREEN_LOCAL */
  char host[112]; /* "127.0.0.1", "fe80::1%eth0"; the path of a Unix-domain socket, "" if it has
                     none */
} green_address;

/* Bytes that hold any text of green_address_text(). */
#define GREEN_ADDRESS_TEXT 120

/* Writes "127.0.0.1:80", "[::1]:80" or the path, cut to `size` bytes with the 0 at the end;
 * GREEN_ADDRESS_TEXT bytes hold any. Any stack, any thread; never parks.
 *   `text`. */
GREEN_API char *green_address_text(const green_address *address, char *text, size_t size);

/* Looks up the addresses of a host name for streams, in the order in which they are to be tried. A
 * numeric address is taken as it is; NULL and "" stand for the loopback. `port` goes into each
 * result. Parks, unless numeric.
 *   0: *out is an array of *count addresses, at least one, for green_addresses_free().
 *   GREEN_ENOHOST: none, or the name service does not answer. GREEN_ENOMEM. GREEN_EINVAL: the port
 *     is above 65535, or the name longer than 253 bytes.
 *   GREEN_EMAIN, GREEN_ENESTED. GREEN_ENOTSUP: a page, for anything but a numeric address.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: interrupted. The lookup, which cannot be withdrawn, goes on
 *     with memory of its own and its result is dropped; natively a thread of libuv's pool stays
 *     taken until then, and the end of the runtime waits for it.
 * A failure leaves a message (green_message()); *out is NULL then. */
GREEN_API int green_getaddrinfo(const char *host, unsigned port, green_address **out,
                                size_t *count);
GREEN_API void green_addresses_free(green_address *addresses); /* NULL is allowed */

GREEN_END
#endif
