/* The HTTP client's addresses: what comes out is printable ASCII, and clean already. */
#include "http/http.h"

#include <greenio/status.h>

#include "core/memory.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *url = fuzz_string(data, size), *clean, *again;
  const char *why = NULL;
  int rc = green__url_clean(url, &clean, &why);
  if (rc == 0) {
    ALWAYS(fuzz_printable(clean) && !strchr(clean, '#'));
    ALWAYS(strncmp(clean, "http://", 7) == 0 || strncmp(clean, "https://", 8) == 0);
    ALWAYS(green__url_clean(clean, &again, &why) == 0);
    ALWAYS(strcmp(clean, again) == 0);
    green__free(again);
    green__free(clean);
  } else {
    ALWAYS(rc == GREEN_EINVAL && why && *why);
  }
  free(url);
  return 0;
}
