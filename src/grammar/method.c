/* What is known of methods (RFC 9110, 9.2; the Fetch standard, 2.2.1). */
#include "grammar.h"

#include <string.h>

static const struct green__method methods[] = {
    {"GET", GREEN__SAFE | GREEN__IDEMPOTENT | GREEN__ANY_CASE},
    {"HEAD", GREEN__SAFE | GREEN__IDEMPOTENT | GREEN__ANY_CASE},
    {"OPTIONS", GREEN__SAFE | GREEN__IDEMPOTENT | GREEN__ANY_CASE},
    {"POST", GREEN__SENDS_BODY | GREEN__ANY_CASE},
    {"PUT", GREEN__SENDS_BODY | GREEN__IDEMPOTENT | GREEN__ANY_CASE},
    {"DELETE", GREEN__IDEMPOTENT | GREEN__ANY_CASE},
    {"PATCH", GREEN__SENDS_BODY},
    {"PROPFIND", GREEN__SENDS_BODY},
    {"PROPPATCH", GREEN__SENDS_BODY},
    {"QUERY", GREEN__SENDS_BODY},
    {"CONNECT", GREEN__NOT_A_CLIENTS | GREEN__ANY_CASE},
    {"TRACE", GREEN__NOT_A_CLIENTS | GREEN__ANY_CASE},
    {"TRACK", GREEN__NOT_A_CLIENTS | GREEN__ANY_CASE},
};

const struct green__method *green__method_find(const char *method, size_t size) {
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
    const struct green__method *known = &methods[i];
    if (!green__is_word(method, size, known->name)) continue;
    if (known->traits & GREEN__ANY_CASE || memcmp(method, known->name, size) == 0) return known;
  }
  return NULL;
}

bool green__method_is(const char *method, unsigned traits) {
  const struct green__method *known = green__method_find(method, strlen(method));
  return known && known->traits & traits;
}
