/* How long a body is, by what its head says (RFC 9112, 6). */
#include "grammar.h"

/* Of a length: more might be taken for one that is not known. */
#define MOST_DIGITS 18

enum green__length green__length_parse(const char *value, size_t size, uint64_t *length) {
  for (size_t i = 0; i < size; i++)
    if (!green__is_digit(value[i])) return GREEN__LENGTH_BAD;
  if (size > MOST_DIGITS) return GREEN__LENGTH_TOO_LARGE;
  return green__number(value, size, UINT64_MAX, length) ? GREEN__LENGTH_GOOD : GREEN__LENGTH_BAD;
}

enum green__coding green__coding_parse(const char *value, size_t size) {
  const char *at = value, *end = value + size, *item;
  bool chunked = false, others = false;
  while (green__list_next(&at, end, &item, &size)) {
    if (chunked) return GREEN__CODING_BEHIND;
    if (!green__is_token(item, size)) return GREEN__CODING_BAD;
    chunked = green__is_word(item, size, "chunked");
    others = others || !chunked;
  }
  return others ? GREEN__CODING_OTHERS : GREEN__CODING_CHUNKED;
}
