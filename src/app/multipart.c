/* Bodies of type multipart/form-data, parsed as they come: what is held is a part's headers, or as
 * much of its content as could still be the delimiter.
 *
 * The first delimiter has no line end before it, so one is put there; what comes before it is
 * passed over as a part's content is. */
#include <string.h>
#include <greenio/status.h>
#include "app.h"

int green__multipart_begin(struct green__multipart *multipart, const char *content_type,
                           green__read read, void *from) {
  char *boundary = multipart->delimiter + 4;
  memset(multipart, 0, offsetof(struct green__multipart, name));
  if (!content_type || !green__is_type(content_type, "multipart/form-data")) return GREEN_EINVAL;
  int size = green__parameter(content_type, "boundary", boundary, GREEN__BOUNDARY_MOST + 1);
  if (size <= 0 || !green__is_plain(boundary, (size_t)size)) return GREEN_EINVAL;
  memcpy(multipart->delimiter, "\r\n--", 4);
  multipart->delimiter_size = (size_t)size + 4;
  multipart->read = read;
  multipart->from = from;
  multipart->in_part = true;
  memcpy(multipart->buffer, "\r\n", 2);
  multipart->end = 2;
  return 0;
}

static size_t held(const struct green__multipart *multipart) {
  return multipart->end - multipart->start;
}

static int malformed(struct green__multipart *multipart) {
  return multipart->failure = GREEN_EINVAL;
}

/* Reads more behind what is held: 0, a status. */
static int multipart_fill(struct green__multipart *multipart) {
  if (multipart->ended) return malformed(multipart);
  if (multipart->start) {
    memmove(multipart->buffer, multipart->buffer + multipart->start, held(multipart));
    multipart->end -= multipart->start;
    multipart->start = 0;
  }
  size_t room = sizeof multipart->buffer - multipart->end;
  if (!room) return malformed(multipart);
  int rc = multipart->read(multipart->from, multipart->buffer + multipart->end, room);
  if (rc < 0) return rc;
  if (rc == 0) multipart->ended = true;
  multipart->end += (size_t)rc;
  return rc ? 0 : malformed(multipart);
}

static char *bytes_find(char *in, size_t size, const char *what, size_t what_size) {
  for (char *at = in; size >= what_size;) {
    char *next = memchr(at, *what, size - what_size + 1);
    if (!next) return NULL;
    if (memcmp(next, what, what_size) == 0) return next;
    size -= (size_t)(next + 1 - at);
    at = next + 1;
  }
  return NULL;
}

/* How much of what is held is content for sure; the delimiter is behind it if *whole. */
static size_t content(struct green__multipart *multipart, bool *whole) {
  char *start = multipart->buffer + multipart->start;
  size_t size = held(multipart), most = multipart->delimiter_size - 1;
  char *end = bytes_find(start, size, multipart->delimiter, multipart->delimiter_size);
  *whole = end != NULL;
  if (end) return (size_t)(end - start);
  return size > most ? size - most : 0;
}

/* With no buffer the bytes are dropped. */
int green__multipart_read(struct green__multipart *multipart, void *buffer, size_t size) {
  bool whole = false;
  if (multipart->failure) return multipart->failure;
  if (!multipart->in_part || !size) return 0;
  for (;;) {
    size_t there = content(multipart, &whole);
    if (there) {
      if (size > there) size = there;
      if (buffer) memcpy(buffer, multipart->buffer + multipart->start, size);
      multipart->start += size;
      return (int)size;
    }
    if (whole) break;
    int rc = multipart_fill(multipart);
    if (rc < 0) return rc;
  }
  multipart->start += multipart->delimiter_size;
  multipart->in_part = false;
  return 0;
}

/* Behind a delimiter: 1: a part follows, and its headers, from the line end before them up to the
 * empty line, are held; their size. 0: it was the last. */
static int read_headers(struct green__multipart *multipart, size_t *size) {
  for (;;) {
    char *start = multipart->buffer + multipart->start;
    size_t there = held(multipart);
    if (there >= 2 && memcmp(start, "--", 2) == 0) return 0;
    size_t blanks = 0;
    while (blanks < there && green__is_blank(start[blanks])) blanks++;
    if (there >= blanks + 2 && memcmp(start + blanks, "\r\n", 2) != 0) return malformed(multipart);
    char *end = there > blanks ? bytes_find(start + blanks, there - blanks, "\r\n\r\n", 4) : NULL;
    if (end) {
      multipart->start += blanks;
      *size = (size_t)(end - start) - blanks;
      return 1;
    }
    if (there > GREEN__PART_HEADERS) return malformed(multipart);
    int rc = multipart_fill(multipart);
    if (rc < 0) return rc;
  }
}

/* One header line, ended by a 0. False: it cannot be. */
static bool take_header(struct green__multipart *multipart, char *line) {
  char *colon = strchr(line, ':');
  if (!colon || !green__is_token(line, (size_t)(colon - line)) ||
      !green__is_plain(colon, strlen(colon)))
    return false;
  const char *value = colon + 1 + strspn(colon + 1, " \t");
  size_t size = (size_t)(colon - line);
  if (green__is_word(line, size, "content-type")) {
    if (strlen(value) >= sizeof multipart->type) return false;
    strcpy(multipart->type, value);
  } else if (green__is_word(line, size, "content-disposition")) {
    if (!green__is_type(value, "form-data")) return false;
    int name = green__parameter(value, "name", multipart->name, sizeof multipart->name);
    int file = green__parameter(value, "filename", multipart->filename, sizeof multipart->filename);
    multipart->named = name > 0;
    multipart->is_file = file >= 0;
    return name > 0 && file != GREEN__LONG_PARAMETER;
  }
  return true;
}

/* From behind the delimiter's line end; each line's end is made a 0. */
static bool take_headers(struct green__multipart *multipart, size_t size) {
  char *at = multipart->buffer + multipart->start, *end = at + size;
  if (memchr(at, 0, size)) return false;
  *end = 0;
  while (at < end) {
    char *line = at + 2;
    at = strstr(line, "\r\n");
    if (!at) at = end;
    *at = 0;
    if (!take_header(multipart, line)) return false;
  }
  return multipart->named;
}

int green__multipart_next(struct green__multipart *multipart, green_request_part *part) {
  int rc;
  size_t size;
  *part = (green_request_part){NULL, NULL, NULL};
  while (multipart->in_part) {
    rc = green__multipart_read(multipart, NULL, sizeof multipart->buffer);
    if (rc < 0) return rc;
  }
  if (multipart->failure) return multipart->failure;
  if (multipart->last) return 0;
  rc = read_headers(multipart, &size);
  if (rc < 0) return rc;
  if (rc == 0) {
    multipart->last = true;
    return 0;
  }
  multipart->named = multipart->is_file = false;
  *multipart->type = *multipart->filename = 0;
  if (++multipart->parts > GREEN__PARTS_MOST || !take_headers(multipart, size))
    return malformed(multipart);
  multipart->start += size + 4;
  multipart->in_part = true;
  part->name = multipart->name;
  part->filename = multipart->is_file ? multipart->filename : NULL;
  part->type = *multipart->type ? multipart->type : NULL;
  return 1;
}
