/* Whom a gateway lets its clients connect to: what is on its list, and nothing else.
 *
 * An entry is HOST:PORT, of a name or a numeric address; "*" as the host are all public addresses and names of such, as the
 * port all ports. NAME:PORT=HOST:PORT is a name that the gateway alone knows.
 *
 * A name may stand for another address tomorrow, and whoever owns it chooses which: so a name is looked up once for a
 * connection, its addresses are judged, and those that pass are what is connected to. One that is not public passes only if
 * the list has the address itself, or the entry was added as private.
 */
#ifndef GATEWAY_GUARD_H
#define GATEWAY_GUARD_H

#include <greenio/greenio.h>

#define HOST_MOST 253 /* bytes of a name */

/* A host as text in one notation: a name in lower case, without a dot at its end, or a numeric address. */
struct host {
  char text[HOST_MOST + 1];
  bool numeric;
  unsigned char address[16]; /* of a numeric one; IPv4 as ::ffff:0:0/96 */
};

/* False: that is neither. Octal, hexadecimal, short and decimal forms of addresses, zones, brackets, and what is not ASCII
 * are not. */
bool host_read(struct host *out, const char *text, size_t size);

struct guard;

int guard_new(struct guard **out);
void guard_release(struct guard *guard);

/* Adds an entry. 0, GREEN_EINVAL, GREEN_ENOMEM. */
int guard_add(struct guard *guard, const char *entry, bool private_too);
size_t guard_count(const struct guard *guard);

/* Connects to what a client asks for. 0: *out is the caller's. GREEN_EACCES: it is not allowed. Or as green_stream_connect().
 * A failure leaves a message. */
int guard_connect(const struct guard *guard, const char *host, size_t size, unsigned port,
                  green_stream **out);

#endif
