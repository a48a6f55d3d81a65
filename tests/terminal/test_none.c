/* Hosts without a terminal as a stream. */
#include "harness.h"

TEST(there_is_none) {
  green_stream *terminal;
  green_terminal_window window = {1, 1};
  CHECK_STATUS(green_terminal_open(&terminal, NULL), GREEN_ENOTSUP);
  CHECK(!terminal);
  CHECK_CONTAINS(green_message(), "no terminal as a stream");
  CHECK_STATUS(green_terminal_size(NULL, &window), GREEN_ENOTSUP);
  CHECK_NUMBER(window.columns, 0);
  CHECK_STATUS(green_terminal_wait_size(NULL, &window), GREEN_ENOTSUP);
  CHECK_STATUS(green_terminal_set_raw(NULL, true), GREEN_ENOTSUP);
  return 0;
}
