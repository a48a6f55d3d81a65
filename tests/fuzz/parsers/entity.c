/* Character references of HTML. */
#include "entity.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *raw = fuzz_bytes(data, size);
  struct text text = {0};
  entity_decode(&text, raw, size);
  if (text.bytes) ALWAYS(strlen(text.bytes) == text.length);
  if (!memchr(raw, '&', size) && !memchr(raw, 0, size)) {
    ALWAYS(text.length == size);
    if (size) ALWAYS(memcmp(text.bytes, raw, size) == 0);
  }
  free(text_take(&text));
  free(raw);
  return 0;
}
