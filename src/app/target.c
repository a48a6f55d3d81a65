/* The target of a request: what its path and its query are. All that could make two readers see two
 * paths is refused, so that what middleware has looked at is what a file is opened by. */
#include <string.h>
#include "app.h"

/* Any byte but these: a URL has no others. */
static bool is_clean(const char *target) {
  for (const unsigned char *c = (const unsigned char *)target; *c; c++)
    if (*c <= ' ' || *c >= 0x7f || *c == '#' || *c == '\\') return false;
  return true;
}

/* In place. False: an escape that is none, or of a byte that a path cannot have. */
static bool decode(char *path) {
  char *to = path;
  for (const char *from = path; *from; from++) {
    if (*from != '%') {
      *to++ = *from;
      continue;
    }
    int high = green__hex(from[1]), low = high < 0 ? -1 : green__hex(from[2]);
    if (low < 0) return false;
    char byte = (char)(high << 4 | low);
    if (byte == 0 || byte == '/' || byte == '\\') return false;
    *to++ = byte;
    from += 2;
  }
  *to = 0;
  return true;
}

static bool has_dot_segments(const char *path) {
  for (const char *at = path; (at = strstr(at, "/.")); at++) {
    const char *end = at + 2 + (at[2] == '.');
    if (!*end || *end == '/') return true;
  }
  return false;
}

/* "http://host/path" is "/path". */
static char *without_authority(char *target) {
  size_t scheme = strcspn(target, ":/?");
  if (!green__is_word(target, scheme, "http") && !green__is_word(target, scheme, "https"))
    return target;
  if (strncmp(target + scheme, "://", 3) != 0) return target;
  char *authority = target + scheme + 3;
  size_t size = strcspn(authority, "/?");
  if (!size) return target;
  char *path = authority + size;
  if (*path == '/') return path;
  path[-1] = '/'; /* "http://host?query" */
  return path - 1;
}

bool green__target_parse(char *copy, bool options, const char **path, const char **query) {
  *query = "";
  if (strcmp(copy, "*") == 0) {
    *path = copy;
    return options;
  }
  if (!is_clean(copy)) return false;
  if (*copy != '/') copy = without_authority(copy);
  if (*copy != '/') return false;
  *path = copy;
  char *question = strchr(copy, '?');
  if (question) {
    *question = 0;
    *query = question + 1;
  }
  return decode(copy) && !has_dot_segments(copy);
}
