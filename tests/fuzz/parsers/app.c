/* The parsers of applications: the first byte of the input says which. */
#include "app/app.h"

#include <greenio/status.h>

#include "fuzz.h"

static void fuzz_target(const char *text) {
  char *copy = fuzz_string((const uint8_t *)text, strlen(text));
  const char *path, *query;
  if (green__target_parse(copy, true, &path, &query) && strcmp(path, "*") != 0) {
    ALWAYS(*path == '/' && !strchr(path, '\\'));
    ALWAYS(path >= copy && query && strlen(path) + strlen(query) <= strlen(text));
    ALWAYS(!strstr(path, "/../") && !strstr(path, "/./"));
    size_t size = strlen(path);
    ALWAYS(size < 2 || strcmp(path + size - 2, "/.") != 0);
    ALWAYS(size < 3 || strcmp(path + size - 3, "/..") != 0);
  }
  free(copy);
}

static void fuzz_query(const char *text) {
  char *copy = fuzz_string((const uint8_t *)text, strlen(text)), room[256];
  struct green__arena arena;
  struct green__fields fields = {0};
  green__arena_begin(&arena, room, sizeof room);
  ALWAYS(green__fields_decode(&fields, &arena, copy, strlen(text)) == 0);
  for (size_t i = 0; i < fields.count; i++)
    ALWAYS(strlen(fields.at[i].name) + strlen(fields.at[i].value) <= strlen(text));
  green__arena_end(&arena);
  free(copy);
}

static void fuzz_range(const char *text) {
  for (uint64_t size = 0; size < 1000; size = size * 7 + 1) {
    uint64_t first, last;
    if (green__range_parse(text, size, &first, &last) == GREEN__RANGE_PART)
      ALWAYS(first <= last && last < size);
  }
}

static void fuzz_headers(const char *text) {
  const char *value;
  char out[8];
  size_t size;
  int64_t seconds;
  if (green__cookie_find(text, "a", &value, &size))
    ALWAYS(value >= text && value + size <= text + strlen(text));
  int length = green__parameter(text, "name", out, sizeof out);
  ALWAYS(length < 0 || strlen(out) <= (size_t)length);
  green__tag_matches(text, "\"a\"");
  int weight = green__coding_weight(text, "gzip");
  ALWAYS(weight >= -1 && weight <= 1000);
  green__is_type(text, "text/html");
  if (green__date_parse(text, &seconds)) {
    char printed[GREEN__DATE_SIZE];
    green__date_print(printed, seconds);
    ALWAYS(strlen(printed) == 29);
  }
}

/* ---- multipart: the same whatever the pieces in which it comes ------------------------------- */

struct body {
  const char *data;
  size_t size, at, piece;
};

static int read_body(void *from, void *buffer, size_t size) {
  struct body *body = from;
  size_t left = body->size - body->at;
  if (size > left) size = left;
  if (size > body->piece) size = body->piece;
  memcpy(buffer, body->data + body->at, size);
  body->at += size;
  return (int)size;
}

/* A sum of all that was parsed, or a status. */
static long sum_parts(const char *data, size_t size, size_t piece) {
  struct green__multipart *multipart = malloc(sizeof *multipart);
  struct body body = {data, size, 0, piece};
  green_request_part part;
  char content[16];
  unsigned long sum = 0;
  if (!multipart) abort();
  int rc = green__multipart_begin(multipart, "multipart/form-data; boundary=b", read_body, &body);
  ALWAYS(rc == 0);
  while ((rc = green__multipart_next(multipart, &part)) == 1) {
    ALWAYS(part.name && *part.name);
    sum = sum * 31 + strlen(part.name) + (part.filename ? 7 + strlen(part.filename) : 0);
    while ((rc = green__multipart_read(multipart, content, sizeof content)) > 0)
      for (int i = 0; i < rc; i++) sum = sum * 31 + (unsigned char)content[i];
    if (rc < 0) break;
  }
  free(multipart);
  ALWAYS(rc == 0 || rc == GREEN_EINVAL);
  return rc < 0 ? rc : (long)(sum & 0x7fffffff);
}

static void fuzz_multipart(const char *data, size_t size) {
  long whole = sum_parts(data, size, SIZE_MAX);
  ALWAYS(sum_parts(data, size, 1) == whole);
  ALWAYS(sum_parts(data, size, 5) == whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size) return 0;
  char *text = fuzz_string(data + 1, size - 1);
  switch (data[0] % 8) {
  case 0: /* 'p' */
    fuzz_target(text);
    break;
  case 1: /* 'q' */
    fuzz_query(text);
    break;
  case 2: /* 'r' */
    fuzz_range(text);
    break;
  case 3: /* 's' */
    fuzz_headers(text);
    break;
  default:
    fuzz_multipart(text, size - 1);
  }
  free(text);
  return 0;
}
