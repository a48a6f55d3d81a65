/* Addresses as people write them: PORT, HOST:PORT, [IPv6]:PORT, or the path of a Unix-domain
 * socket. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <greenio/greenio.h>

struct address {
  const char *path; /* or NULL, then: */
  char host[256];   /* "": every address to listen on, the loopback to connect to */
  unsigned port;
};

/* False: it is none. */
bool address_parse(const char *text, struct address *out);

int address_listen(const struct address *address, green_listener **out);
int address_connect(const struct address *address, green_stream **out);

#endif
