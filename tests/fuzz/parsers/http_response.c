/* The HTTP client's record of a response, filled with lines of a header and pieces of a body.
 * Headers are sorted, unique, in lower case, and each is found. */
#include "http/http.h"

#include <greenio/status.h>

#include "core/memory.h"
#include "fuzz.h"

enum { MOST_BODY = 300 };

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* "name:value", " more of the value", ".body" or "!" for a new response. Hosts pass on no empty
 * pieces of a body. */
static void take_line(struct green__transfer *transfer, const char *line, size_t size) {
  const char *colon = memchr(line, ':', size);
  if (size > 1 && line[0] == '.') {
    size_t before = transfer->response->body_size;
    void *room = green__transfer_room(transfer, size - 1);
    ALWAYS(room || transfer->failure == GREEN_EMSGSIZE);
    ALWAYS((room != NULL) == (before + size - 1 <= MOST_BODY));
    if (room) memcpy(room, line + 1, size - 1);
  } else if (size && line[0] == '!') {
    green__response_restart(transfer->response, 200);
    ALWAYS(green_http_header_count(transfer->response) == 0);
  } else if (size && line[0] == ' ') {
    ALWAYS(green__response_header_folded(transfer->response, line, size) == 0);
  } else if (colon) {
    size_t name = (size_t)(colon - line);
    ALWAYS(green__response_header(transfer->response, line, name, colon + 1, size - name - 1) == 0);
  }
}

static void check(const green_http_response *response) {
  const char *before = NULL;
  for (size_t i = 0; i < green_http_header_count(response); i++) {
    green_http_header header = green_http_header_at(response, i);
    for (const char *c = header.name; *c; c++) ALWAYS(*c == lower(*c));
    if (before) ALWAYS(strcmp(before, header.name) < 0);
    before = header.name;
    ALWAYS(green_http_header_value(response, header.name) == header.value);
  }
  size_t size;
  const char *body = green_http_body(response, &size);
  ALWAYS(size <= MOST_BODY && body[size] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  green_http_response *response = green__alloc(sizeof *response);
  if (!response) abort();
  memset(response, 0, sizeof *response);
  struct green__transfer transfer = {.response = response, .max_body = MOST_BODY};
  const char *end = (const char *)data + size;
  for (const char *line = (const char *)data; line < end;) {
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    size_t length = (size_t)((stop ? stop : end) - line);
    char *copy = fuzz_bytes((const uint8_t *)line, length);
    if (!memchr(copy, 0, length)) take_line(&transfer, copy, length);
    free(copy);
    line += length + 1;
  }
  check(response);
  green_http_response_release(response);
  return 0;
}
