/* Hosts that are addresses: brought into the form that browsers give them, so that 127.1,
 * 0x7f000001 and 2130706433 are 127.0.0.1 on every host, and what is no address is refused on every
 * one. */
#include "http.h"

#include <stdio.h>
#include <string.h>

/* ---- IPv4 ---- */

/* One part of a numeric address: decimal, octal behind 0, or hexadecimal behind 0x. */
static bool part_number(const char *part, size_t size, uint64_t *out) {
  unsigned base = 10;
  if (size >= 2 && part[0] == '0' && (part[1] == 'x' || part[1] == 'X'))
    base = 16, part += 2, size -= 2;
  else if (size >= 2 && part[0] == '0')
    base = 8, part++, size--;
  *out = 0;
  for (size_t i = 0; i < size; i++) {
    int value = green__hex(part[i]);
    if (value < 0 || value >= (int)base || *out > UINT32_MAX) return false;
    *out = *out * base + (unsigned)value;
  }
  return true;
}

/* Where the last part begins; a dot behind it does not count. */
static const char *last_part(const char *host, size_t *size) {
  if (*size && host[*size - 1] == '.') --*size;
  const char *last = host + *size;
  while (last > host && last[-1] != '.') last--;
  return last;
}

/* Whether a host must be an IPv4 address: its last part is a number. */
static bool is_numeric(const char *host, size_t size) {
  const char *last = last_part(host, &size), *end = host + size;
  if (last == end) return false;
  bool hex = end - last >= 2 && last[0] == '0' && (last[1] == 'x' || last[1] == 'X');
  if (hex) last += 2;
  while (last < end && (hex ? green__hex(*last) >= 0 : green__is_digit(*last))) last++;
  return last == end;
}

/* The last part fills what the others leave: 127.1 is 127.0.0.1. */
static bool parse_ipv4(const char *host, size_t size, uint32_t *out) {
  uint64_t number, address = 0;
  unsigned count = 0;
  last_part(host, &size);
  for (const char *part = host, *end = host + size;; count++) {
    const char *dot = memchr(part, '.', (size_t)(end - part));
    size_t part_size = (size_t)((dot ? dot : end) - part);
    if (count == 4 || part_size == 0 || !part_number(part, part_size, &number)) return false;
    if (!dot) break;
    if (number > 255) return false;
    address |= number << (24 - 8 * count);
    part = dot + 1;
  }
  if (count > 3 || number >> (32 - 8 * count)) return false;
  *out = (uint32_t)(address | number);
  return true;
}

static int write_ipv4(char *to, uint32_t address) {
  return sprintf(to, "%u.%u.%u.%u", (unsigned)(address >> 24), (unsigned)(address >> 16 & 255),
                 (unsigned)(address >> 8 & 255), (unsigned)(address & 255));
}

/* ---- IPv6 ---- */

/* The longest run of zeros, of two or more, is left out. */
static void find_gap(const unsigned char *binary, int *start, int *length) {
  *start = -1;
  *length = 1;
  for (int i = 0, run = 0; i < 8; i++) {
    run = binary[2 * i] || binary[2 * i + 1] ? 0 : run + 1;
    if (run > *length) *length = run, *start = i - run + 1;
  }
}

static int write_ipv6(char *to, const unsigned char *binary) {
  char *at = to;
  int gap, gap_length;
  find_gap(binary, &gap, &gap_length);
  *at++ = '[';
  for (int i = 0; i < 8; i++) {
    if (i == gap) {
      at += sprintf(at, i ? ":" : "::");
      i += gap_length - 1;
      continue;
    }
    at += sprintf(at, "%x%s", (unsigned)(binary[2 * i] << 8 | binary[2 * i + 1]), i < 7 ? ":" : "");
  }
  *at++ = ']';
  return (int)(at - to);
}

/* ---- either ---- */

int green__host_clean(const char *host, size_t size, char *to) {
  if (*host == '[') {
    unsigned char binary[16];
    return green__ipv6_parse(host + 1, size - 2, binary) ? write_ipv6(to, binary) : -1;
  }
  if (is_numeric(host, size)) {
    uint32_t address;
    return parse_ipv4(host, size, &address) ? write_ipv4(to, address) : -1;
  }
  for (size_t i = 0; i < size; i++) to[i] = green__lower(host[i]);
  return (int)size;
}
