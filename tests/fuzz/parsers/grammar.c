/* The grammar of HTTP: the first byte of the input says which part. */
#include "grammar/grammar.h"

#include "fuzz.h"

static void fuzz_words(const char *text, size_t size) {
  const char *at = text, *end = text + size, *item;
  size_t item_size;
  while (green__list_next(&at, end, &item, &item_size)) {
    ALWAYS(item >= text && item + item_size <= end && !memchr(item, ',', item_size));
    ALWAYS(!item_size || !(green__is_blank(*item) || green__is_blank(item[item_size - 1])));
    if (green__is_token(item, item_size)) ALWAYS(green__is_plain(item, item_size));
    green__method_find(item, item_size);
  }
  uint64_t number;
  if (green__number(text, size, 1000, &number)) ALWAYS(size && number <= 1000);
  if (green__length_parse(text, size, &number) == GREEN__LENGTH_GOOD)
    ALWAYS(size <= 18 && number < 1000000000000000000);
  if (green__coding_parse(text, size) == GREEN__CODING_CHUNKED)
    ALWAYS(size >= 7 && !memchr(text, ',', size));
}

static void fuzz_authority(const char *text, size_t size) {
  unsigned char bytes[16];
  unsigned port;
  if (green__is_authority(text, size)) {
    size_t host = green__host_size(text, size);
    ALWAYS(host <= size && !memchr(text, '/', size) && !memchr(text, '@', size));
    if (host < size) ALWAYS(green__port_parse(text + host + 1, size - host - 1, &port));
  }
  if (green__ipv6_parse(text, size, bytes)) {
    char whole[64];
    ALWAYS(size < 46 && !memchr(text, 0, size));
    snprintf(whole, sizeof whole, "[%.*s]", (int)size, text);
    ALWAYS(green__is_authority(whole, strlen(whole)));
  }
}

/* A line, then fields. */
static void fuzz_head(const char *text, size_t size) {
  struct green__head_check check = {.status = 0};
  green__head_line(&check, "POST", "/", "HTTP/1.1");
  const char *end = text + size;
  for (const char *line = text; line < end;) {
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    size_t length = (size_t)((stop ? stop : end) - line);
    const char *colon = memchr(line, ':', length);
    if (colon)
      green__head_field(&check, line, (size_t)(colon - line), colon + 1,
                        length - (size_t)(colon - line) - 1);
    line += length + 1;
  }
  int status = green__head_end(&check);
  if (status) {
    ALWAYS(check.why && status >= 400);
  } else {
    ALWAYS(check.hosts == 1 && check.lengths + check.codings <= 1);
    ALWAYS(check.body == GREEN__UNKNOWN ? check.codings == 1 : check.body <= 999999999999999999);
  }
}

static void fuzz_line(const char *text) {
  struct green__head_check check = {.status = 0};
  green__head_line(&check, "GET", text, "HTTP/1.1");
  size_t size;
  const char *authority = green__authority_of(text, &size);
  if (!check.status) ALWAYS(green__is_target(text) && (*text == '/' || authority));
  if (authority) ALWAYS(authority + size <= text + strlen(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size) return 0;
  char *bytes = fuzz_bytes(data + 1, size - 1), *text = fuzz_string(data + 1, size - 1);
  switch (data[0] % 4) {
  case 0: /* 'h' */
    fuzz_head(bytes, size - 1);
    break;
  case 1: /* 'a' */
    fuzz_authority(bytes, size - 1);
    break;
  case 2: /* 'f' */
    fuzz_line(text);
    break;
  default: /* 'w' */
    fuzz_words(bytes, size - 1);
  }
  free(bytes);
  free(text);
  return 0;
}
