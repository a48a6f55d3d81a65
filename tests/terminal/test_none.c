/* Hosts without a terminal as a stream. */
#include "harness.h"

TEST(there_is_none) {
  green_stream *terminal;
  CHECK_STATUS(green_terminal_open(&terminal, NULL), GREEN_ENOTSUP);
  CHECK(!terminal);
  CHECK_CONTAINS(green_message(), "no terminal as a stream");
  return 0;
}
