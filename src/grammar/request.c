/* The head of a request in bytes (RFC 9112, 2 to 5): where it ends, its line, its fields.
 *
 * Strict: a line ends with CR LF, the parts of the first one are one blank apart, and no line is folded.
 * What the parts hold is looked at in head.c.
 */
#include "grammar.h"

#include <string.h>

size_t green__empty_lines(const char *data, size_t size) {
  size_t at = 0;
  while (size - at >= 2 && data[at] == '\r' && data[at + 1] == '\n') at += 2;
  return at;
}

enum green__found green__head_search(struct green__head_search *search, const char *data,
                                     size_t size) {
  const char *end;
  while ((end = memchr(data + search->seen, '\n', size - search->seen))) {
    size_t at = (size_t)(end - data);
    if (at == search->line || data[at - 1] != '\r') return GREEN__FOUND_BAD;
    bool empty = at - 1 == search->line;
    search->line = search->seen = at + 1;
    if (empty) return GREEN__FOUND;
  }
  search->seen = size;
  return GREEN__FOUND_LATER;
}

bool green__head_split(char *head, struct green__first_line *line, const char **fields) {
  char *end = strchr(head, '\r');
  if (!end || end[1] != '\n') return false; /* a NUL, or a CR, in the line */
  char *target = memchr(head, ' ', (size_t)(end - head));
  char *protocol = target ? memchr(target + 1, ' ', (size_t)(end - target - 1)) : NULL;
  if (!protocol || memchr(protocol + 1, ' ', (size_t)(end - protocol - 1))) return false;
  *target = *protocol = *end = 0;
  *line = (struct green__first_line){head, target + 1, protocol + 1};
  *fields = end + 2;
  return true;
}

static enum green__found field_next(const char **at, const char *end, struct green__field *out) {
  const char *line = *at;
  if (end - line == 2) return GREEN__FOUND_LATER; /* the empty line */
  const char *behind = memchr(line, '\n', (size_t)(end - line));
  const char *colon = memchr(line, ':', (size_t)(behind - line));
  if (!colon) return GREEN__FOUND_BAD;
  *at = behind + 1;
  out->name = line;
  out->name_size = (size_t)(colon - line);
  out->value = colon + 1;
  out->value_size = (size_t)(behind - 1 - out->value);
  green__trim(&out->value, &out->value_size);
  return GREEN__FOUND;
}

void green__head_fields(struct green__head_check *check, const char *at, const char *end,
                        unsigned most, void (*each)(void *arg, const struct green__field *field),
                        void *arg) {
  unsigned count = 0;
  struct green__field field;
  enum green__found found = GREEN__FOUND;
  while (!check->status && (found = field_next(&at, end, &field)) == GREEN__FOUND) {
    if (++count > most) green__head_refuse(check, 431, "too many headers");
    green__head_field(check, field.name, field.name_size, field.value, field.value_size);
    each(arg, &field);
  }
  if (found == GREEN__FOUND_BAD) green__head_refuse(check, 400, "a line that is no header");
}
