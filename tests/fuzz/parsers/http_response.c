/* The HTTP client's record of a response, filled with lines of a header. Headers are sorted,
 * unique, in lower case, and each is found. */
#include "http/http.h"

#include <greenio/status.h>

#include "core/memory.h"
#include "fuzz.h"

/* "name:value", " more of the value", or "!" for a new response. */
static void take_line(green_http_response *response, const char *line, size_t size) {
  const char *colon = memchr(line, ':', size);
  if (size && line[0] == '!') {
    green__response_restart(response, 200);
    ALWAYS(green_http_response_header_count(response) == 0);
  } else if (size && line[0] == ' ') {
    ALWAYS(green__response_header_folded(response, line, size) == 0);
  } else if (colon) {
    size_t name = (size_t)(colon - line);
    ALWAYS(green__response_header(response, line, name, colon + 1, size - name - 1) == 0);
  }
}

static void check(const green_http_response *response) {
  const char *before = NULL;
  for (size_t i = 0; i < green_http_response_header_count(response); i++) {
    green_http_header header = green_http_response_header_at(response, i);
    for (const char *c = header.name; *c; c++) ALWAYS(*c == green__lower(*c));
    if (before) ALWAYS(strcmp(before, header.name) < 0);
    before = header.name;
    ALWAYS(green_http_response_header(response, header.name) == header.value);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  green_http_response *response = green__alloc(sizeof *response);
  if (!response) abort();
  memset(response, 0, sizeof *response);
  const char *end = (const char *)data + size;
  for (const char *line = (const char *)data; line < end;) {
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    size_t length = (size_t)((stop ? stop : end) - line);
    char *copy = fuzz_bytes((const uint8_t *)line, length);
    if (!memchr(copy, 0, length)) take_line(response, copy, length);
    free(copy);
    line += length + 1;
  }
  check(response);
  green_http_response_release(response);
  return 0;
}
