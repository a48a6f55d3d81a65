/* Bytes, words, tokens and values. */
#include "grammar.h"

#include <string.h>

bool green__is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool green__is_digit(char c) {
  return c >= '0' && c <= '9';
}

char green__lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* ---- words ----------------------------------------------------------------------------------- */

bool green__same_name(const char *a, const char *b, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (green__lower(a[i]) != green__lower(b[i])) return false;
  return true;
}

bool green__is_word(const char *text, size_t size, const char *word) {
  for (size_t i = 0; i < size; i++)
    if (!word[i] || green__lower(text[i]) != green__lower(word[i])) return false;
  return !word[size];
}

bool green__is_name(const char *name, const char *other) {
  return green__is_word(name, strlen(name), other);
}

/* ---- numbers and escapes --------------------------------------------------------------------- */

int green__hex(char digit) {
  if (green__is_digit(digit)) return digit - '0';
  digit = green__lower(digit);
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

int green__escape(const char *at, size_t left) {
  if (left < 3 || *at != '%') return -1;
  int high = green__hex(at[1]), low = green__hex(at[2]);
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

char *green__escape_put(char *to, char byte) {
  static const char digits[] = "0123456789ABCDEF";
  *to++ = '%';
  *to++ = digits[(unsigned char)byte >> 4];
  *to++ = digits[byte & 15];
  return to;
}

bool green__number(const char *text, size_t size, uint64_t most, uint64_t *number) {
  *number = 0;
  for (size_t i = 0; i < size; i++) {
    unsigned digit = (unsigned)(text[i] - '0');
    if (!green__is_digit(text[i]) || digit > most || *number > (most - digit) / 10) return false;
    *number = *number * 10 + digit;
  }
  return size > 0;
}

/* ---- tokens and values ----------------------------------------------------------------------- */

/* For each byte what it may be part of: a sum of green__class. */
/* clang-format off */
const unsigned char green__classes[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    2, 15, 2, 3, 15, 7, 15, 15, 14, 14, 15, 15, 6, 15, 15, 6,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 6, 14, 2, 14, 2, 6,
    6, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 6, 2, 6, 7, 15,
    7, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 6, 7, 6, 15, 0,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
};
/* clang-format on */

/* RFC 9110, 5.6.2. */
bool green__is_token(const char *text, size_t size) {
  return size && green__class_size(text, size, GREEN__IN_TOKEN) == size;
}

bool green__is_plain(const char *text, size_t size) {
  return green__class_size(text, size, GREEN__IN_VALUE) == size;
}

bool green__is_value(const char *text) {
  size_t size = strlen(text);
  if (size && (green__is_blank(text[0]) || green__is_blank(text[size - 1]))) return false;
  return green__is_plain(text, size);
}

/* ---- blanks and lists ------------------------------------------------------------------------ */

bool green__is_blank(char c) {
  return c == ' ' || c == '\t';
}

void green__trim(const char **text, size_t *size) {
  while (*size && green__is_blank(**text)) ++*text, --*size;
  while (*size && green__is_blank((*text)[*size - 1])) --*size;
}

bool green__list_next(const char **at, const char *end, const char **item, size_t *size) {
  if (!*at) return false;
  const char *comma = memchr(*at, ',', (size_t)(end - *at));
  *item = *at;
  *size = (size_t)((comma ? comma : end) - *at);
  green__trim(item, size);
  *at = comma ? comma + 1 : NULL;
  return true;
}
