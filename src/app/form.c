/* Forms: the fields of a body, whole, or its parts one by one. */
#include <string.h>
#include <greenio/status.h>
#include "app.h"
#include "core/memory.h"
#include "core/wait.h"

static int bad_body(green_request *request, const char *why) {
  request->bad_body = true;
  return green_fail(GREEN_EINVAL, "%s", why);
}

/* ---- parts ----------------------------------------------------------------------------------- */

static int read_body(void *request, void *buffer, size_t size) {
  return green_request_read(request, buffer, size);
}

static int open_parts(green_request *request) {
  if (request->multipart) return 0;
  struct green__multipart *multipart = green__alloc(sizeof *multipart);
  if (!multipart) return GREEN_ENOMEM;
  const char *type = green_request_header(request, "Content-Type");
  int rc = green__multipart_begin(multipart, type, read_body, request);
  if (rc < 0) {
    green__free(multipart);
    return bad_body(request, "the body is not multipart/form-data");
  }
  request->multipart = multipart;
  return 0;
}

static int form_explain(green_request *request, int rc) {
  return rc == GREEN_EINVAL ? bad_body(request, "a malformed multipart body") : rc;
}

int green_request_next_part(green_request *request, green_request_part *part) {
  if (!green__running()) return GREEN_EMAIN;
  int rc = open_parts(request);
  if (rc < 0) return rc;
  return form_explain(request, green__multipart_next(request->multipart, part));
}

int green_request_read_part(green_request *request, void *buffer, size_t size) {
  if (!green__running()) return GREEN_EMAIN;
  if (!request->multipart) return GREEN_EINVAL;
  return form_explain(request, green__multipart_read(request->multipart, buffer, size));
}

/* ---- fields ---------------------------------------------------------------------------------- */

static int decode_body(green_request *request) {
  const char *data;
  size_t size;
  int rc = green_request_body(request, &data, &size);
  if (rc < 0) return rc;
  if (memchr(data, 0, size)) return bad_body(request, "a form with a NUL in it");
  struct green__arena *arena = &request->exchange->arena;
  char *copy = green__arena_copy(arena, data, size);
  return copy ? green__fields_decode(&request->form, arena, copy, size) : GREEN_ENOMEM;
}

/* What was read whole, so that an interrupted wait loses nothing of it. */
struct held {
  const char *at;
  size_t size;
};

static int read_held(void *from, void *buffer, size_t size) {
  struct held *held = from;
  if (size > held->size) size = held->size;
  memcpy(buffer, held->at, size);
  held->at += size;
  held->size -= size;
  return (int)size;
}

/* The content of the present part, in the request's memory. */
static int gather_part(green_request *request, struct green__multipart *parts, const char **value) {
  struct green__bytes bytes = {0};
  char piece[1024];
  int rc;
  while ((rc = green__multipart_read(parts, piece, sizeof piece)) > 0) {
    rc = green__bytes_add(&bytes, piece, (size_t)rc);
    if (rc < 0) break;
  }
  if (rc == 0 && bytes.data && memchr(bytes.data, 0, green__bytes_held(&bytes))) rc = GREEN_EINVAL;
  if (rc == 0) {
    const char *data = bytes.data ? bytes.data : "";
    *value = green__arena_copy(&request->exchange->arena, data, green__bytes_held(&bytes));
    if (!*value) rc = GREEN_ENOMEM;
  }
  green__bytes_free(&bytes);
  return rc;
}

static int take_parts(green_request *request, struct green__multipart *parts) {
  struct green__arena *arena = &request->exchange->arena;
  green_request_part part;
  int rc;
  while ((rc = green__multipart_next(parts, &part)) == 1) {
    const char *value, *name = green__arena_copy(arena, part.name, strlen(part.name));
    if (part.filename) return bad_body(request, "a file in a form that has none");
    rc = name ? gather_part(request, parts, &value) : GREEN_ENOMEM;
    if (rc == 0) rc = green__fields_add(&request->form, arena, name, value);
    if (rc < 0) break;
  }
  return form_explain(request, rc);
}

static int decode_parts(green_request *request, const char *type) {
  struct held held;
  int rc = green_request_body(request, &held.at, &held.size);
  if (rc < 0) return rc;
  struct green__multipart *parts = green__alloc(sizeof *parts);
  if (!parts) return GREEN_ENOMEM;
  rc = green__multipart_begin(parts, type, read_held, &held);
  rc = rc < 0 ? form_explain(request, rc) : take_parts(request, parts);
  green__free(parts);
  return rc;
}

static int read_form(green_request *request) {
  if (request->form.parsed) return 0;
  const char *type = green_request_header(request, "Content-Type");
  int rc;
  request->form.count = 0;
  if (type && green__is_type(type, "application/x-www-form-urlencoded"))
    rc = decode_body(request);
  else if (type && green__is_type(type, "multipart/form-data"))
    rc = decode_parts(request, type);
  else
    rc = bad_body(request, "the body is no form");
  if (rc == 0) request->form.parsed = true;
  return rc;
}

int green_request_form(green_request *request, const char *name, const char **value) {
  *value = NULL;
  if (!green__running()) return GREEN_EMAIN;
  int rc = read_form(request);
  if (rc == 0) *value = green__fields_find(&request->form, name);
  return rc;
}

int green_request_form_count(green_request *request, size_t *count) {
  *count = 0;
  if (!green__running()) return GREEN_EMAIN;
  int rc = read_form(request);
  if (rc == 0) *count = request->form.count;
  return rc;
}

green_http_header green_request_form_at(green_request *request, size_t index) {
  return green__fields_at(&request->form, index);
}
