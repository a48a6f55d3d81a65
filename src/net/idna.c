/* International names as a name server knows them: each label that is not ASCII as xn-- and
 * Punycode (RFC 3492). Names are taken as they are, without mapping: in lower case, composed. */
#include <string.h>
#include <greenio/status.h>
#include "names.h"

#define LABEL_MOST 63

/* The next character of UTF-8, UINT32_MAX where it is broken; the end is a 0 byte. */
static uint32_t next_character(const char **text) {
  const unsigned char *at = (const unsigned char *)*text;
  unsigned more = *at < 0x80                  ? 0
                  : *at >= 0xc2 && *at < 0xe0 ? 1
                  : *at >= 0xe0 && *at < 0xf0 ? 2
                                              : 3;
  static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  if ((*at >= 0x80 && *at < 0xc2) || *at > 0xf4) return UINT32_MAX;
  uint32_t character = more ? *at & (0x3fu >> more) : *at;
  for (unsigned i = 1; i <= more; i++) {
    if ((at[i] & 0xc0) != 0x80) return UINT32_MAX;
    character = character << 6 | (at[i] & 0x3f);
  }
  if (character < least[more] || character > 0x10ffff || character >> 11 == 0x1b) return UINT32_MAX;
  *text += more + 1;
  return character;
}

static bool is_dot(uint32_t character) {
  return character == '.' || character == 0x3002 || character == 0xff0e || character == 0xff61;
}

/* A label, up to its dot or the end: its characters, at most LABEL_MOST. -1: broken, or too long.
 */
static int read_label(const char **text, uint32_t *characters, bool *ascii) {
  int count = 0;
  *ascii = true;
  for (;;) {
    const char *before = *text;
    uint32_t character = next_character(text);
    if (character == UINT32_MAX || (count == LABEL_MOST && character && !is_dot(character)))
      return -1;
    if (!character || is_dot(character)) {
      *text = before;
      return count;
    }
    if (character >= 0x80) *ascii = false;
    characters[count++] = character;
  }
}

/* ---- Punycode ---- */

static uint32_t adapt(uint32_t delta, uint32_t points, bool first) {
  uint32_t k = 0;
  delta = first ? delta / 700 : delta / 2;
  for (delta += delta / points; delta > 455; k += 36) delta /= 35;
  return k + 36 * delta / (delta + 38);
}

/* Writes a number of variable length; where it ends, NULL: no room. */
static char *write_number(char *to, const char *end, uint32_t number, uint32_t bias) {
  static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
  for (uint32_t k = 36;; k += 36) {
    uint32_t threshold = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
    if (to == end) return NULL;
    if (number < threshold) break;
    *to++ = digits[threshold + (number - threshold) % (36 - threshold)];
    number = (number - threshold) / (36 - threshold);
  }
  *to++ = digits[number];
  return to;
}

static uint32_t next_point(const uint32_t *characters, int count, uint32_t least) {
  uint32_t next = UINT32_MAX;
  for (int i = 0; i < count; i++)
    if (characters[i] >= least && characters[i] < next) next = characters[i];
  return next;
}

/* The label without its xn--; where it ends, NULL: no room. */
static char *write_punycode(char *to, const char *end, const uint32_t *characters, int count) {
  uint32_t handled = 0, delta = 0, bias = 72, point = 0x80;
  for (int i = 0; i < count; i++)
    if (characters[i] < 0x80) *to++ = (char)characters[i], handled++;
  uint32_t basic = handled;
  if (basic) *to++ = '-';
  while (handled < (uint32_t)count) {
    uint32_t next = next_point(characters, count, point);
    delta += (next - point) * (handled + 1); /* at most 0x10ffff * 64 */
    point = next;
    for (int i = 0; i < count; i++) {
      if (characters[i] < point) delta++;
      if (characters[i] != point) continue;
      to = write_number(to, end, delta, bias);
      if (!to) return NULL;
      bias = adapt(delta, handled + 1, handled == basic);
      delta = 0;
      handled++;
    }
    delta++;
    point++;
  }
  return to;
}

/* ---- names ---- */

static char *write_label(char *to, const uint32_t *characters, int count, bool ascii) {
  const char *end = to + LABEL_MOST;
  if (!ascii) {
    memcpy(to, "xn--", 4);
    if (count > LABEL_MOST - 5) return NULL;
    return write_punycode(to + 4, end, characters, count);
  }
  for (int i = 0; i < count; i++) *to++ = (char)characters[i];
  return to;
}

int green__name_to_ascii(const char *name, char *to, size_t room) {
  uint32_t characters[LABEL_MOST];
  const char *end = to + room;
  for (;;) {
    bool ascii;
    int count = read_label(&name, characters, &ascii);
    if (count < 0 || end - to < LABEL_MOST + 2) return GREEN_ENOHOST;
    to = write_label(to, characters, count, ascii);
    if (!to) return GREEN_ENOHOST;
    if (!*name) break;
    next_character(&name);
    *to++ = '.';
  }
  *to = '\0';
  return 0;
}
