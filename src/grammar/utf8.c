/* Whether bytes are UTF-8 (RFC 3629), also where they come in pieces. */
#include <string.h>
#include "grammar.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* Eight letters at a time. */
static size_t skip_ascii(const unsigned char *data, size_t size) {
  size_t at = 0;
  uint64_t eight;
  for (; size - at >= sizeof eight; at += sizeof eight) {
    memcpy(&eight, data + at, sizeof eight);
    if (eight & HIGH_BITS) break;
  }
  while (at < size && data[at] < 0x80) at++;
  return at;
}

/* The first byte of a character of several. */
static bool utf8_begin(struct green__utf8 *state, unsigned char first) {
  state->low = 0x80;
  state->high = 0xbf;
  if (first >= 0xc2 && first <= 0xdf) {
    state->left = 1;
  } else if (first >= 0xe0 && first <= 0xef) {
    state->left = 2;
    if (first == 0xe0) state->low = 0xa0;  /* it would be shorter */
    if (first == 0xed) state->high = 0x9f; /* half of a pair */
  } else if (first >= 0xf0 && first <= 0xf4) {
    state->left = 3;
    if (first == 0xf0) state->low = 0x90;
    if (first == 0xf4) state->high = 0x8f; /* above U+10FFFF */
  } else {
    return false;
  }
  return true;
}

bool green__utf8_next(struct green__utf8 *state, const void *text, size_t size) {
  const unsigned char *data = text;
  for (size_t at = 0; at < size; at++) {
    if (!state->left) {
      at += skip_ascii(data + at, size - at);
      if (at == size) break;
      if (!utf8_begin(state, data[at])) return false;
      continue;
    }
    if (data[at] < state->low || data[at] > state->high) return false;
    state->low = 0x80;
    state->high = 0xbf;
    state->left--;
  }
  return true;
}

bool green__is_utf8(const void *text, size_t size) {
  struct green__utf8 state = {0};
  return green__utf8_next(&state, text, size) && !state.left;
}
