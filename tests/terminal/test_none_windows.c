/* Windows: not even of a stream that is no terminal is anything looked at. */
#include "harness.h"

TEST(none_has_a_window_or_a_mode) {
  green_terminal_window window = {1, 1};
  CHECK_STATUS(green_terminal_size(NULL, &window), GREEN_ENOTSUP);
  CHECK_NUMBER(window.columns, 0);
  CHECK_STATUS(green_terminal_wait_size(NULL, &window), GREEN_ENOTSUP);
  CHECK_STATUS(green_terminal_set_raw(NULL, true), GREEN_ENOTSUP);
  return 0;
}
