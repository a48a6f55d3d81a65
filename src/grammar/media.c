/* Types of media, and the parameters that values have (RFC 9110, 5.6.6 and 8.3.1). */
#include "grammar.h"

#include <string.h>

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
  for (; *at && *at != ';' && !green__is_blank(*at); at++) {
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
      if (!at) return GREEN__NO_PARAMETER;
      if (found) {
        if (length >= size) return GREEN__LONG_PARAMETER;
        out[length] = 0;
        return (int)length;
      }
    }
    at = strchr(at, ';');
  }
  return GREEN__NO_PARAMETER;
}
