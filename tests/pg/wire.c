/* What the protocol's messages are gathered in, where a number does not fit: in WebAssembly alone,
 * where src/pg/wire.c is. */
#include <string.h>
#include "pg/wire.h"
#include "harness.h"

struct bytes {
  const unsigned char *at;
  size_t size;
};

static int take(void *from, void *data, size_t size) {
  struct bytes *bytes = from;
  if (size > bytes->size) size = bytes->size;
  if (!size) return GREEN_EAGAIN;
  memcpy(data, bytes->at, size);
  bytes->at += size;
  bytes->size -= size;
  return (int)size;
}

/* Without a check the room for all rows, which is half as much again, would be less than them. */
TEST(rows_that_memory_cannot_hold_are_dropped) {
  static const unsigned char row[] = {'D', 0, 0, 0, 14, 0, 1, 0, 0, 0, 4, 'a', 'b', 'c', 'd'};
  struct bytes bytes = {row, sizeof row};
  struct green__wire_in in = {.take = take, .from = &bytes};
  in.rows_size = in.rows_room = (size_t)0xc0000000;
  CHECK_STATUS(green__wire_next(&in), GREEN_ENOMEM);
  CHECK(!in.rows);
  in.rows_size = in.rows_room = SIZE_MAX - 5;
  bytes = (struct bytes){row, sizeof row};
  CHECK_STATUS(green__wire_next(&in), GREEN_ENOMEM);
  CHECK(!in.rows);
  green__wire_in_clear(&in);
  return 0;
}
