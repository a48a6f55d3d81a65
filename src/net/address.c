/* Addresses as text. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "net.h"

#define PATH_MOST 107

char *green_address_text(const green_address *address, char *text, size_t size) {
  if (address->family == GREEN_UNIX)
    snprintf(text, size, "%s", address->host);
  else if (address->family == GREEN_IPV6)
    snprintf(text, size, "[%s]:%u", address->host, address->port);
  else
    snprintf(text, size, "%s:%u", address->host, address->port);
  return text;
}

bool green__address_parse(const char *host, unsigned port, green_address *out) {
  unsigned char binary[16];
  size_t plain = strcspn(host, "%"); /* a zone may follow */
  if (strlen(host) >= sizeof out->host) return false;
  memset(out, 0, sizeof *out);
  memcpy(out->host, host, plain);
  if (!host[plain] && inet_pton(AF_INET, out->host, binary) == 1)
    out->family = GREEN_IPV4;
  else if (inet_pton(AF_INET6, out->host, binary) == 1)
    out->family = GREEN_IPV6;
  else
    return false;
  strcpy(out->host, host);
  out->port = port;
  return true;
}

bool green__address_is_numeric(const green_address *address) {
  green_address same;
  return address->port <= UINT16_MAX && green__address_parse(address->host, address->port, &same) &&
         same.family == address->family;
}

int green__address_local(const char *path, green_address *out) {
  size_t size = strlen(path);
  if (!size || size > PATH_MOST)
    return green_fail(GREEN_EINVAL, "the path of a Unix-domain socket has 1 to %d bytes",
                      PATH_MOST);
  memset(out, 0, sizeof *out);
  out->family = GREEN_UNIX;
  memcpy(out->host, path, size);
  return 0;
}

int green__address_failed(int status, const char *what, const green_address *address,
                          const char *why) {
  char text[GREEN_ADDRESS_TEXT];
  green_address_text(address, text, sizeof text);
  if (!*why && status == GREEN_EINVAL) why = green__address_why(address);
  return *why ? green_fail(status, "%s%s: %s: %s", what, text, green_strerror(status), why)
              : green_fail(status, "%s%s: %s", what, text, green_strerror(status));
}
