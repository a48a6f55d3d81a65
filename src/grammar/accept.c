/* Accept-Encoding: which codings a client takes, and how gladly. */
#include <string.h>
#include "grammar.h"

/* "0.5" in thousandths; -1: no such number. */
static int weight_parse(const char *text, size_t size) {
  if (!size || size > 5 || (*text != '0' && *text != '1')) return -1;
  if (size > 1 && text[1] != '.') return -1;
  int weight = (*text - '0') * 1000, unit = 100;
  for (size_t i = 2; i < size; i++, unit /= 10) {
    if (!green__is_digit(text[i])) return -1;
    weight += (text[i] - '0') * unit;
  }
  return weight <= 1000 ? weight : -1;
}

/* What follows a name: ";q=0.5", or nothing. A weight that cannot be read is none. */
static int weight_of(const char *at, const char *end) {
  size_t size = (size_t)(end - at);
  green__trim(&at, &size);
  if (!size) return 1000;
  if (*at != ';') return 0;
  at++;
  size--;
  green__trim(&at, &size);
  if (size < 2 || green__lower(*at) != 'q' || at[1] != '=') return 0;
  int weight = weight_parse(at + 2, size - 2);
  return weight < 0 ? 0 : weight;
}

int green__coding_weight(const char *accept, const char *coding) {
  const char *end = accept + strlen(accept), *at = accept, *item;
  size_t size;
  int any = -1;
  while (green__list_next(&at, end, &item, &size)) {
    size_t name = 0;
    while (name < size && item[name] != ';' && !green__is_blank(item[name])) name++;
    int weight = weight_of(item + name, item + size);
    if (green__is_word(item, name, coding)) return weight;
    if (name == 1 && *item == '*') any = weight;
  }
  return any;
}
