/* Where it is written to. */
#include <unistd.h>
#include "native.h"

void green__tell(const char *line, const char *end) {
  ssize_t written = write(STDERR_FILENO, line, (size_t)(end - line));
  (void)written;
}
