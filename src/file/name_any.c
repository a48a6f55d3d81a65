/* Where a name means the file of that name alone. */
#include "file.h"

bool green__file_is_plain(const char *name, size_t size) {
  (void)name, (void)size;
  return true;
}
