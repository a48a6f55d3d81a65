/* Statuses by number: every integer has a name and a sentence, and every errno a status. */
#include <greenio/status.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  int number = 0;
  memcpy(&number, data, size < sizeof number ? size : sizeof number);
  const char *name = green_status_name(number);
  ALWAYS(fuzz_printable(name) && *name);
  ALWAYS(*green_strerror(number));
  ALWAYS((strcmp(name, "OK") == 0) == (number >= 0));
  int status = green_status_from_errno(number);
  ALWAYS(status < 0 || (number == 0 && status == 0));
  ALWAYS(strcmp(green_status_name(status), "EUNKNOWN") != 0);
  return 0;
}
