/* Hosts and ports: what a Host header has, and what stands in a URL behind "//" (RFC 3986, 3.2). */
#include "grammar.h"

#include <string.h>

/* ---- IPv6 ------------------------------------------------------------------------------------ */

/* "1.2.3.4": four numbers without zeros in front, as RFC 3986 has them. */
static bool parse_ipv4(const char *text, size_t size, unsigned char out[4]) {
  const char *end = text + size;
  for (int i = 0; i < 4; i++) {
    uint64_t number;
    const char *stop = i < 3 ? memchr(text, '.', (size_t)(end - text)) : end;
    size_t digits = stop ? (size_t)(stop - text) : 0;
    if (!digits || (digits > 1 && *text == '0')) return false;
    if (!green__number(text, digits, 255, &number)) return false;
    out[i] = (unsigned char)number;
    text = stop + (i < 3);
  }
  return true;
}

/* The pairs of bytes that are written out, and behind how many of them "::" stands. */
struct pairs {
  unsigned char bytes[16];
  int count, gap; /* gap: -1 for none */
};

/* One group of up to four digits, or an IPv4 address at the end; how much it was, 0: neither. */
static size_t take_group(struct pairs *pairs, const char *text, size_t size) {
  unsigned value = 0;
  size_t digits = 0;
  for (; digits < size && digits < 4 && green__hex(text[digits]) >= 0; digits++)
    value = value << 4 | (unsigned)green__hex(text[digits]);
  unsigned char *to = pairs->bytes + 2 * pairs->count;
  if (digits < size && text[digits] == '.') {
    pairs->count += 2;
    return pairs->count <= 8 && parse_ipv4(text, size, to) ? size : 0;
  }
  if (!digits || ++pairs->count > 8) return 0;
  to[0] = (unsigned char)(value >> 8);
  to[1] = (unsigned char)value;
  return digits;
}

bool green__ipv6_parse(const char *text, size_t size, unsigned char out[16]) {
  struct pairs pairs = {.gap = -1};
  size_t at = 0;
  if (size >= 2 && memcmp(text, "::", 2) == 0) at = 2, pairs.gap = 0;
  while (at < size) {
    size_t taken = take_group(&pairs, text + at, size - at);
    at += taken;
    if (!taken) return false;
    if (at == size) break;
    if (text[at++] != ':' || at == size) return false;
    if (text[at] != ':') continue;
    if (pairs.gap >= 0) return false;
    pairs.gap = pairs.count;
    at++;
  }
  if (pairs.gap < 0 ? pairs.count != 8 : pairs.count >= 8) return false;
  size_t before = pairs.gap < 0 ? 16 : 2 * (size_t)pairs.gap, all = 2 * (size_t)pairs.count;
  memset(out, 0, 16);
  memcpy(out, pairs.bytes, before);
  if (pairs.gap >= 0) memcpy(out + 16 - (all - before), pairs.bytes + before, all - before);
  return true;
}

/* ---- names and ports ------------------------------------------------------------------------- */

bool green__port_parse(const char *text, size_t size, unsigned *port) {
  uint64_t number = 0;
  if (size && !green__number(text, size, UINT16_MAX, &number)) return false;
  *port = (unsigned)number;
  return true;
}

/* How much of a text is a name as RFC 3986 has it. */
static size_t name_size(const char *text, size_t size) {
  size_t at = 0;
  for (;;) {
    at += green__class_size(text + at, size - at, GREEN__IN_HOST);
    if (green__escape(text + at, size - at) < 0) return at;
    at += 3;
  }
}

bool green__is_authority(const char *text, size_t size) {
  unsigned char address[16];
  unsigned port;
  size_t host;
  if (size && *text == '[') {
    const char *end = memchr(text, ']', size);
    if (!end || !green__ipv6_parse(text + 1, (size_t)(end - text) - 1, address)) return false;
    host = (size_t)(end - text) + 1;
  } else {
    host = name_size(text, size);
  }
  if (!host) return false;
  if (host == size) return true;
  return text[host] == ':' && green__port_parse(text + host + 1, size - host - 1, &port);
}

size_t green__host_size(const char *authority, size_t size) {
  size_t at = size;
  while (at && green__is_digit(authority[at - 1])) at--;
  return at && authority[at - 1] == ':' ? at - 1 : size;
}

bool green__is_dns_name(const char *text, size_t size) {
  for (size_t i = 0; i < size; i++) {
    char c = text[i];
    bool good = green__is_letter(c) || green__is_digit(c) || c == '-' || c == '.' || c == '_';
    if (!good) return false;
  }
  return size > 0;
}
