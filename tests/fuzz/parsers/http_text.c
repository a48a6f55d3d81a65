/* A body as UTF-8. The first line of the input is the Content-Type. */
#include "http/http.h"

#include <greenio/status.h>

#include "core/memory.h"
#include "fuzz.h"

/* Valid UTF-8: the length of each character as its first byte says, nothing too long or too large.
 */
static bool is_utf8(const char *text, size_t size) {
  const unsigned char *at = (const unsigned char *)text, *end = at + size;
  while (at < end) {
    size_t more = *at < 0x80   ? 0
                  : *at < 0xc2 ? 4
                  : *at < 0xe0 ? 1
                  : *at < 0xf0 ? 2
                  : *at < 0xf5 ? 3
                               : 4;
    if (more == 4 || more >= (size_t)(end - at)) return false;
    if (*at == 0xe0 && at[1] < 0xa0) return false;
    if (*at == 0xed && at[1] > 0x9f) return false;
    if (*at == 0xf0 && at[1] < 0x90) return false;
    if (*at == 0xf4 && at[1] > 0x8f) return false;
    for (size_t i = 1; i <= more; i++)
      if ((at[i] & 0xc0) != 0x80) return false;
    at += more + 1;
  }
  return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const uint8_t *line = memchr(data, '\n', size);
  size_t type = line ? (size_t)(line - data) : 0, rest = line ? size - type - 1 : size;
  green_http_response *response = green__alloc(sizeof *response);
  if (!response) abort();
  memset(response, 0, sizeof *response);
  if (type && !memchr(data, 0, type))
    ALWAYS(green__response_header(response, "content-type", 12, (const char *)data, type) == 0);
  response->body = green__alloc(rest + 1);
  memcpy(response->body, line ? line + 1 : data, rest);
  response->body[rest] = '\0';
  response->body_size = response->body_room = rest;
  const char *text;
  size_t length;
  int rc = green_http_response_text(response, &text, &length);
  ALWAYS(rc == 0 || rc == GREEN_ENOTSUP);
  if (rc == 0) ALWAYS(text[length] == '\0' && is_utf8(text, length));
  green_http_response_release(response);
  return 0;
}
