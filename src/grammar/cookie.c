/* Cookies, as requests and responses have them (RFC 6265, 4). */
#include "grammar.h"

#include <string.h>

bool green__cookie_find(const char *header, const char *name, const char **value, size_t *size) {
  size_t name_size = strlen(name);
  for (const char *at = header; *at;) {
    at += strspn(at, "; \t");
    const char *end = at + strcspn(at, ";");
    const char *equals = memchr(at, '=', (size_t)(end - at));
    const char *next = end;
    if (equals && (size_t)(equals - at) == name_size && memcmp(at, name, name_size) == 0) {
      const char *from = equals + 1;
      while (end > from && green__is_blank(end[-1])) end--;
      if (end - from >= 2 && *from == '"' && end[-1] == '"') {
        from++;
        end--;
      }
      *value = from;
      *size = (size_t)(end - from);
      return true;
    }
    at = next;
  }
  return false;
}

bool green__is_cookie_value(const char *value) {
  for (const unsigned char *c = (const unsigned char *)value; *c; c++)
    if (*c <= ' ' || *c >= 0x7f || strchr("\",;\\", *c)) return false;
  return true;
}
