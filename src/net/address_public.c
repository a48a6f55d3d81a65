/* Which addresses are of the public Internet: what the registries of special-purpose addresses (RFC
 * 6890) do not take away. */
#include <arpa/inet.h>
#include <string.h>
#include <greenio/names.h>

struct range {
  unsigned char start[16];
  unsigned bits; /* how many of them count */
};

static const struct range special_ipv4[] = {
    {{0}, 8},             /* this network */
    {{10}, 8},            /* private */
    {{100, 64}, 10},      /* shared, behind a carrier's translation */
    {{127}, 8},           /* loopback */
    {{169, 254}, 16},     /* link-local, and the metadata of many clouds */
    {{172, 16}, 12},      /* private */
    {{192, 0, 0}, 24},    /* protocols */
    {{192, 0, 2}, 24},    /* documentation */
    {{192, 88, 99}, 24},  /* 6to4 relays */
    {{192, 168}, 16},     /* private */
    {{198, 18}, 15},      /* benchmarks */
    {{198, 51, 100}, 24}, /* documentation */
    {{203, 0, 113}, 24},  /* documentation */
    {{224}, 3},           /* multicast, reserved, broadcast */
};

/* All that is in use of the public Internet lies in 2000::/3; of that: */
static const struct range special_ipv6[] = {
    {{0x20, 0x01, 0x00}, 23},       /* protocols, Teredo */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x3f, 0xff, 0x00}, 20},       /* documentation */
};

/* Where an IPv6 address carries an IPv4 one. */
static const struct {
  struct range range;
  unsigned at;
} carriers[] = {
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, 12}, /* mapped */
    {{{0x00, 0x64, 0xff, 0x9b}, 96}, 12},                   /* NAT64 */
    {{{0x20, 0x02}, 16}, 2},                                /* 6to4 */
};

static bool is_in(const unsigned char *address, const struct range *range) {
  unsigned bytes = range->bits / 8, rest = range->bits % 8;
  if (memcmp(address, range->start, bytes) != 0) return false;
  return !rest || (address[bytes] ^ range->start[bytes]) >> (8 - rest) == 0;
}

static bool is_public_ipv4(const unsigned char *address) {
  for (size_t i = 0; i < sizeof special_ipv4 / sizeof *special_ipv4; i++)
    if (is_in(address, &special_ipv4[i])) return false;
  return true;
}

static bool is_public_ipv6(const unsigned char *address) {
  for (size_t i = 0; i < sizeof carriers / sizeof *carriers; i++)
    if (is_in(address, &carriers[i].range)) return is_public_ipv4(address + carriers[i].at);
  for (size_t i = 0; i < sizeof special_ipv6 / sizeof *special_ipv6; i++)
    if (is_in(address, &special_ipv6[i])) return false;
  return address[0] >> 5 == 1;
}

bool green_address_is_public(const green_address *address) {
  unsigned char binary[16];
  char host[sizeof address->host];
  if (address->family == GREEN_IPV4)
    return inet_pton(AF_INET, address->host, binary) == 1 && is_public_ipv4(binary);
  if (address->family != GREEN_IPV6) return false;
  size_t size = strcspn(address->host, "%"); /* a zone may follow */
  memcpy(host, address->host, size);
  host[size] = '\0';
  return inet_pton(AF_INET6, host, binary) == 1 && is_public_ipv6(binary);
}
