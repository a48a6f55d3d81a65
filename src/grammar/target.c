/* The target of a request: what its path and its query are. All that could make two readers see two
 * paths is refused, so that what middleware has looked at is what a file is opened by. */
#include "grammar.h"

#include <string.h>

bool green__is_target(const char *text) {
  size_t size = strlen(text);
  return size && green__class_size(text, size, GREEN__IN_TARGET) == size;
}

const char *green__authority_of(const char *target, size_t *size) {
  size_t scheme = strcspn(target, ":/?");
  bool http = green__is_word(target, scheme, "http") || green__is_word(target, scheme, "https");
  if (!http || strncmp(target + scheme, "://", 3) != 0) return NULL;
  *size = strcspn(target + scheme + 3, "/?#");
  return target + scheme + 3;
}

/* In place. False: an escape that is none, or of a byte that a path cannot have. */
static bool path_decode(char *path) {
  char *to = path;
  const char *end = path + strlen(path);
  for (const char *from = path; *from; from++) {
    if (*from != '%') {
      *to++ = *from;
      continue;
    }
    int byte = green__escape(from, (size_t)(end - from));
    if (byte <= 0 || byte == '/' || byte == '\\') return false;
    *to++ = (char)byte;
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
  size_t size;
  const char *authority = green__authority_of(target, &size);
  if (!authority || !size) return target;
  char *path = target + (authority - target) + size;
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
  if (!green__is_target(copy)) return false;
  if (*copy != '/') copy = without_authority(copy);
  if (*copy != '/') return false;
  *path = copy;
  char *question = strchr(copy, '?');
  if (question) {
    *question = 0;
    *query = question + 1;
  }
  return path_decode(copy) && !has_dot_segments(copy);
}
