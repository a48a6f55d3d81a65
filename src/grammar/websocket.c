/* The grammar of WebSocket's handshake and of its codes (RFC 6455). */
#include <string.h>
#include "grammar.h"

/* ---- SHA-1 (RFC 3174), of a key and the standard's own text: it hides nothing ---------------- */

static uint32_t rotate(uint32_t word, unsigned bits) {
  return word << bits | word >> (32 - bits);
}

static void sha1_block(uint32_t hash[5], const unsigned char block[64]) {
  static const uint32_t constants[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
  uint32_t words[80], a = hash[0], b = hash[1], c = hash[2], d = hash[3], e = hash[4];
  for (unsigned i = 0; i < 16; i++)
    words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
  for (unsigned i = 16; i < 80; i++)
    words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  for (unsigned i = 0; i < 80; i++) {
    unsigned round = i / 20;
    uint32_t mixed = round == 0   ? (b & c) | (~b & d)
                     : round == 2 ? (b & c) | (b & d) | (c & d)
                                  : b ^ c ^ d;
    uint32_t next = rotate(a, 5) + mixed + e + words[i] + constants[round];
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  hash[0] += a;
  hash[1] += b;
  hash[2] += c;
  hash[3] += d;
  hash[4] += e;
}

/* Of less than 120 bytes. */
static void sha1(const char *text, size_t size, unsigned char out[20]) {
  uint32_t hash[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  unsigned char blocks[128] = {0};
  size_t end = size < 56 ? 64 : 128;
  memcpy(blocks, text, size);
  blocks[size] = 0x80;
  blocks[end - 2] = (unsigned char)(size * 8 >> 8);
  blocks[end - 1] = (unsigned char)(size * 8);
  for (size_t at = 0; at < end; at += 64) sha1_block(hash, blocks + at);
  for (unsigned i = 0; i < 20; i++) out[i] = (unsigned char)(hash[i / 4] >> (24 - 8 * (i % 4)));
}

/* ---- base64 ---------------------------------------------------------------------------------- */

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void base64(const unsigned char *data, size_t size, char *out) {
  for (size_t at = 0; at < size; at += 3) {
    size_t left = size - at;
    uint32_t three = (uint32_t)data[at] << 16 | (left > 1 ? (uint32_t)data[at + 1] << 8 : 0) |
                     (left > 2 ? data[at + 2] : 0);
    *out++ = base64_digits[three >> 18];
    *out++ = base64_digits[three >> 12 & 63];
    *out++ = left > 1 ? base64_digits[three >> 6 & 63] : '=';
    *out++ = left > 2 ? base64_digits[three & 63] : '=';
  }
  *out = 0;
}

/* ---- the handshake --------------------------------------------------------------------------- */

void green__websocket_key(const unsigned char random[16], char out[GREEN__WEBSOCKET_KEY + 1]) {
  base64(random, 16, out);
}

bool green__is_websocket_key(const char *key) {
  if (strlen(key) != GREEN__WEBSOCKET_KEY || strcmp(key + 22, "==") != 0) return false;
  for (unsigned i = 0; i < 22; i++)
    if (!strchr(base64_digits, key[i])) return false;
  return true;
}

void green__websocket_accept(const char *key, char out[GREEN__WEBSOCKET_ACCEPT + 1]) {
  static const char standard[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  char text[GREEN__WEBSOCKET_KEY + sizeof standard];
  unsigned char hash[20];
  memcpy(text, key, GREEN__WEBSOCKET_KEY);
  memcpy(text + GREEN__WEBSOCKET_KEY, standard, sizeof standard);
  sha1(text, sizeof text - 1, hash);
  base64(hash, sizeof hash, out);
}

bool green__is_close_code(unsigned code) {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

bool green__is_token_list(const char *list) {
  const char *at = list, *end = list + strlen(list), *item;
  size_t size;
  while (green__list_next(&at, end, &item, &size)) {
    if (!size || !green__is_token(item, size)) return false;
    const char *after = at, *other;
    size_t other_size;
    while (after && green__list_next(&after, end, &other, &other_size))
      if (other_size == size && memcmp(item, other, size) == 0) return false;
  }
  return true;
}

bool green__list_has(const char *list, const char *word, size_t size, bool any_case) {
  const char *at = list, *end = list + strlen(list), *item;
  size_t item_size;
  while (green__list_next(&at, end, &item, &item_size)) {
    if (item_size != size) continue;
    if (any_case ? green__same_name(item, word, size) : memcmp(item, word, size) == 0) return true;
  }
  return false;
}
