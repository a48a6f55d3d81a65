/* Characters of JSON's strings: see json.h. */
#include "json.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The length of the character of UTF-8 at `text`; 0: it is none. */
static size_t character_length(const unsigned char *text) {
  size_t length = *text < 0x80                     ? 1
                  : *text >= 0xc2 && *text <= 0xdf ? 2
                  : (*text & 0xf0) == 0xe0         ? 3
                  : *text >= 0xf0 && *text <= 0xf4 ? 4
                                                   : 0;
  for (size_t i = 1; i < length; i++)
    if ((text[i] & 0xc0) != 0x80) return 0;
  bool overlong = (*text == 0xe0 && text[1] < 0xa0) || (*text == 0xf0 && text[1] < 0x90);
  bool none = (*text == 0xed && text[1] > 0x9f) || (*text == 0xf4 && text[1] > 0x8f);
  return overlong || none ? 0 : length;
}

size_t green__json_character(char *to, const char **text) {
  const unsigned char *at = (const unsigned char *)*text;
  size_t length = character_length(at), size = 0;
  *text += length ? length : 1;
  if (!length) return (size_t)snprintf(to, GREEN__JSON_CHARACTER, "\\ufffd");
  if (*at < 0x20) return (size_t)snprintf(to, GREEN__JSON_CHARACTER, "\\u%04x", *at);
  if (*at == '"' || *at == '\\') to[size++] = '\\';
  memcpy(to + size, at, length);
  return size + length;
}
