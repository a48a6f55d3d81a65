/* What headers consist of: tokens, values, parameters. */
#include <string.h>
#include <greenio/status.h>
#include "app.h"

static bool is_token_byte(unsigned char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-') return true;
  return c > ' ' && c < 0x7f && !strchr("\"(),/:;<=>?@[\\]{}", c);
}

bool green__is_token(const char *text, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (!is_token_byte((unsigned char)text[i])) return false;
  return size > 0;
}

bool green__is_value(const char *text) {
  for (const unsigned char *c = (const unsigned char *)text; *c; c++)
    if ((*c < ' ' && *c != '\t') || *c == 0x7f) return false;
  return true;
}

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

bool green__is_word(const char *text, size_t size, const char *word) {
  for (size_t i = 0; i < size; i++)
    if (lower(text[i]) != word[i]) return false; /* also at the end of the word */
  return !word[size];
}

int green__hex(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  digit = lower(digit);
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

bool green__is_type(const char *content_type, const char *type) {
  size_t size = strcspn(content_type, "; \t");
  return green__is_word(content_type, size, type);
}

/* Unquotes from behind the '"'; NULL: no end. */
static const char *unquote(const char *at, char *out, size_t size, size_t *length) {
  for (; *at && *at != '"'; at++) {
    if (*at == '\\' && (at[1] == '"' || at[1] == '\\')) at++;
    if (*length < size) out[*length] = *at;
    ++*length;
  }
  return *at ? at + 1 : NULL;
}

/* One value, quoted or not; where it ends, or NULL. */
static const char *take_value(const char *at, char *out, size_t size, size_t *length) {
  *length = 0;
  if (*at == '"') return unquote(at + 1, out, size, length);
  for (; *at && *at != ';' && *at != ' ' && *at != '\t'; at++) {
    if (*length < size) out[*length] = *at;
    ++*length;
  }
  return at;
}

int green__parameter(const char *value, const char *name, char *out, size_t size) {
  const char *at = strchr(value, ';');
  while (at) {
    at += 1 + strspn(at + 1, "; \t");
    size_t name_size = strcspn(at, "=; \t"), length = 0;
    bool found = green__is_word(at, name_size, name);
    at += name_size;
    if (*at == '=') {
      at = take_value(at + 1, out, found ? size : 0, &length);
      if (!at) return GREEN_ENOENT;
      if (found) {
        if (length >= size) return GREEN_EMSGSIZE;
        out[length] = 0;
        return (int)length;
      }
    }
    at = strchr(at, ';');
  }
  return GREEN_ENOENT;
}
