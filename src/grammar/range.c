/* What of a file a client asks for: ranges and tags. */
#include "grammar.h"

#include <string.h>

/* Digits; false: none, or too many. */
static bool take_number(const char **at, uint64_t *number) {
  const char *from = *at;
  while (green__is_digit(**at)) ++*at;
  return green__number(from, (size_t)(*at - from), UINT64_MAX, number);
}

enum green__range green__range_parse(const char *header, uint64_t size, uint64_t *first,
                                     uint64_t *last) {
  if (!green__is_word(header, strcspn(header, "="), "bytes")) return GREEN__RANGE_ALL;
  const char *at = header + 5;
  if (*at++ != '=') return GREEN__RANGE_ALL;
  at += strspn(at, " \t");
  bool suffix = *at == '-', open = false;
  if (suffix) {
    at++;
    if (!take_number(&at, last)) return GREEN__RANGE_ALL;
  } else {
    if (!take_number(&at, first) || *at++ != '-') return GREEN__RANGE_ALL;
    open = !green__is_digit(*at);
    if (!open && !take_number(&at, last)) return GREEN__RANGE_ALL;
  }
  at += strspn(at, " \t");
  if (*at || (!suffix && !open && *last < *first)) return GREEN__RANGE_ALL;
  if (suffix) {
    if (!*last || !size) return GREEN__RANGE_NONE;
    *first = *last < size ? size - *last : 0;
    open = true;
  }
  if (*first >= size) return GREEN__RANGE_NONE;
  if (open || *last >= size) *last = size - 1;
  return GREEN__RANGE_PART;
}

bool green__tag_matches(const char *list, const char *tag) {
  if (strncmp(tag, "W/", 2) == 0) tag += 2;
  size_t size = strlen(tag);
  if (strcmp(list, "*") == 0) return true;
  for (const char *at = list; *at;) {
    at += strspn(at, ", \t");
    if (strncmp(at, "W/", 2) == 0) at += 2;
    if (*at != '"') {
      at += strcspn(at, ",");
      continue;
    }
    const char *end = strchr(at + 1, '"');
    if (!end) return false;
    if ((size_t)(end + 1 - at) == size && memcmp(at, tag, size) == 0) return true;
    at = end + 1;
  }
  return false;
}
