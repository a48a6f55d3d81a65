/* Requests in bytes: whatever they are cut into, they are the same ones, and no byte behind them is
 * looked at. The first byte says where they are cut. */
#include "../../raw/reader.h"

#include "fuzz.h"

static void read_into(char *out, size_t room, const uint8_t *data, size_t size, size_t cut) {
  struct reader reader = {.out = out, .room = room};
  char *bytes = fuzz_bytes(data, size);
  reader_read(&reader, bytes, size, cut);
  free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char whole[1 << 16], cut[1 << 16];
  if (!size) return 0;
  read_into(whole, sizeof whole, data + 1, size - 1, size);
  read_into(cut, sizeof cut, data + 1, size - 1, 1u + *data % 16);
  ALWAYS(strcmp(whole, cut) == 0);
  return 0;
}
