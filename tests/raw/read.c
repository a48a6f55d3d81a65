/* Reads cases from stdin, each behind its size in four bytes, the least one first, and prints what the
 * native server's reading makes of each: what reader.h says, and a line of "--". */
#include "reader.h"

int main(void) {
  static char out[1 << 16];
  unsigned char size[4];
  while (fread(size, 1, 4, stdin) == 4) {
    size_t count = size[0] | size[1] << 8 | size[2] << 16 | (size_t)size[3] << 24;
    char *data = malloc(count ? count : 1);
    struct reader reader = {.out = out, .room = sizeof out};
    if (!data || fread(data, 1, count, stdin) != count) return 1;
    reader_read(&reader, data, count, count ? count : 1);
    printf("%s--\n", out);
    free(data);
  }
  return 0;
}
