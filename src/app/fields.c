/* Lists of names with values: headers, and the fields of queries and forms. */
#include <string.h>
#include <greenio/status.h>
#include "app.h"

int green__fields_add(struct green__fields *fields, struct green__arena *arena, const char *name,
                      const char *value) {
  if (fields->count == fields->room) {
    size_t room = fields->room ? fields->room * 2 : 8;
    green_http_header *at = green__arena_alloc(arena, room * sizeof *at);
    if (!at) return GREEN_ENOMEM;
    if (fields->count) memcpy(at, fields->at, fields->count * sizeof *at);
    fields->at = at;
    fields->room = room;
  }
  fields->at[fields->count++] = (green_http_header){name, value};
  return 0;
}

const char *green__fields_find(const struct green__fields *fields, const char *name) {
  for (size_t i = 0; i < fields->count; i++)
    if (strcmp(fields->at[i].name, name) == 0) return fields->at[i].value;
  return NULL;
}

const char *green__fields_find_header(const struct green__fields *fields, const char *name) {
  for (size_t i = 0; i < fields->count; i++) {
    const char *other = fields->at[i].name;
    if ((other[0] ^ name[0]) & ~0x20) continue;
    if (green__is_name(other, name)) return fields->at[i].value;
  }
  return NULL;
}

green_http_header green__fields_at(const struct green__fields *fields, size_t index) {
  return index < fields->count ? fields->at[index] : (green_http_header){NULL, NULL};
}

/* In place. An escape that is none, or that of the byte 0, stays as it is. */
static void field_decode(char *text, char *end) {
  char *to = text;
  for (char *from = text; from < end; from++) {
    int byte = green__escape(from, (size_t)(end - from));
    if (byte > 0) {
      *to++ = (char)byte;
      from += 2;
    } else {
      *to++ = *from == '+' ? ' ' : *from;
    }
  }
  *to = 0;
}

int green__fields_decode(struct green__fields *fields, struct green__arena *arena, char *text,
                         size_t size) {
  char *end = text + size;
  for (char *at = text, *next; at < end; at = next) {
    char *stop = memchr(at, '&', (size_t)(end - at));
    if (!stop) stop = end;
    next = stop + 1;
    if (stop == at) continue;
    char *equals = memchr(at, '=', (size_t)(stop - at));
    char *value = equals ? equals + 1 : stop;
    field_decode(value, stop);
    field_decode(at, equals ? equals : stop);
    int rc = green__fields_add(fields, arena, at, equals ? value : "");
    if (rc < 0) return rc;
  }
  return 0;
}
