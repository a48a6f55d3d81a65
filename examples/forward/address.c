#include "address.h"

#include <stdlib.h>
#include <string.h>

static bool parse_port(const char *text, unsigned *port) {
  char *end;
  if (*text < '0' || *text > '9') return false;
  unsigned long number = strtoul(text, &end, 10);
  *port = (unsigned)number;
  return !*end && number <= 65535;
}

bool address_parse(const char *text, struct address *out) {
  memset(out, 0, sizeof *out);
  if (strchr(text, '/')) {
    out->path = text;
    return true;
  }
  if (parse_port(text, &out->port)) return true;
  const char *colon = strrchr(text, ':');
  if (!colon || !parse_port(colon + 1, &out->port)) return false;
  size_t size = (size_t)(colon - text);
  bool bracketed = *text == '[';
  if (bracketed && (size < 2 || text[size - 1] != ']')) return false;
  if (!bracketed && memchr(text, ':', size)) return false; /* IPv6 without brackets */
  if (bracketed) text++, size -= 2;
  if (size >= sizeof out->host) return false;
  memcpy(out->host, text, size);
  return true;
}

int address_listen(const struct address *address, green_listener **out) {
  if (address->path) return green_listener_open_unix(out, address->path, NULL);
  return green_listener_open(out, address->host, address->port, NULL);
}

int address_connect(const struct address *address, green_stream **out) {
  if (address->path) return green_stream_connect_unix(out, address->path);
  return green_stream_connect(out, address->host, address->port);
}
