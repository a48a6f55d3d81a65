/* Natively, the charsets that text.c does not know are those of the C library's iconv(3). */
#include "http.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"

static const char replacement[] = "\xef\xbf\xbd";

struct output {
  char *text;
  size_t size, room;
};

/* Room for `more` bytes and the 0 byte. */
static int output_grow(struct output *output, size_t more) {
  if (output->room - output->size > more) return 0;
  size_t room = (output->size + more + 1) * 2;
  char *text = green__realloc(output->text, room);
  if (!text) return GREEN_ENOMEM;
  output->text = text;
  output->room = room;
  return 0;
}

static int put_replacement(struct output *output) {
  if (output_grow(output, sizeof replacement) < 0) return GREEN_ENOMEM;
  memcpy(output->text + output->size, replacement, sizeof replacement - 1);
  output->size += sizeof replacement - 1;
  return 0;
}

static int convert(iconv_t converter, const char *bytes, size_t size, struct output *output) {
  char *from = (char *)bytes;
  int rc = output_grow(output, size);
  while (size && rc == 0) {
    char *to = output->text + output->size;
    size_t left = output->room - output->size - 1;
    size_t result = iconv(converter, &from, &size, &to, &left);
    output->size = (size_t)(to - output->text);
    if (result != (size_t)-1) break;
    if (errno == E2BIG) {
      rc = output_grow(output, output->room);
      continue;
    }
    size_t skip = errno == EINVAL ? size : 1; /* cut off at the end, or not valid */
    rc = put_replacement(output);
    from += skip;
    size -= skip;
  }
  return rc;
}

int green__charset_decode(const char *charset, const char *bytes, size_t size, char **out,
                          size_t *out_size) {
  struct output output = {NULL, 0, 0};
  iconv_t converter = iconv_open("UTF-8", charset);
  if (converter == (iconv_t)-1) return errno == ENOMEM ? GREEN_ENOMEM : GREEN_ENOTSUP;
  int rc = convert(converter, bytes, size, &output);
  iconv_close(converter);
  if (rc < 0) {
    green__free(output.text);
    return rc;
  }
  output.text[output.size] = '\0';
  *out = output.text;
  *out_size = output.size;
  return 0;
}
