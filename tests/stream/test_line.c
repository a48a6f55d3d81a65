/* Lines, and reads of an exact size. */
#include <string.h>
#include "stream_test.h"

TEST(lines) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_PAIR(pair);
  static const char text[] = "first\r\n\nth\rird\nrest";
  char line[10];
  CHECK_STATUS(green_stream_write(pair.server, text, sizeof text - 1, NULL), 0);
  CHECK_STATUS(green_stream_shutdown(pair.server), 0);
  CHECK_STATUS(green_stream_read_line(pair.client, line, sizeof line), 5);
  CHECK_STRING(line, "first");
  CHECK_STATUS(green_stream_read_line(pair.client, line, sizeof line), 0);
  CHECK_STRING(line, "");
  CHECK_STATUS(green_stream_read_line(pair.client, line, sizeof line), 6);
  CHECK_STRING(line, "th\rird");
  CHECK_STATUS(green_stream_read(pair.client, line, 2), 2);
  CHECK(memcmp(line, "re", 2) == 0);
  CHECK_STATUS(green_stream_read_line(pair.client, line, sizeof line), 2);
  CHECK_STRING(line, "st");
  CHECK_STATUS(green_stream_read_line(pair.client, line, sizeof line), GREEN_EPIPE);
  CHECK_STATUS(green_stream_read(pair.client, line, 1), 0);
  CHECK_STATUS(green_stream_read_line(pair.client, line, 0), GREEN_EINVAL);
  CHECK_STATUS(green_stream_read(pair.client, line, 0), GREEN_EINVAL);
  return 0;
}

/* A line that just fits, one byte more, and that nothing of it is lost. */
TEST(line_limit) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_PAIR(pair);
  char line[6];
  CHECK_STATUS(green_stream_write(pair.server, "12345\r\n123456\nx\n", 16, NULL), 0);
  CHECK_STATUS(green_stream_read_line(pair.client, line, sizeof line), 5);
  CHECK_STRING(line, "12345");
  CHECK_STATUS(green_stream_read_line(pair.client, line, sizeof line), GREEN_EMSGSIZE);
  CHECK_STATUS(green_stream_read_exactly(pair.client, line, 3, NULL), 0);
  CHECK(memcmp(line, "123", 3) == 0);
  CHECK_STATUS(green_stream_read_line(pair.client, line, sizeof line), 3);
  CHECK_STRING(line, "456");
  CHECK_STATUS(green_stream_read_line(pair.client, line, sizeof line), 1);
  return 0;
}

/* Longer than the first read for a line, in pieces, so that the room must grow and move. */
TEST(long_lines_in_pieces) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_PAIR(pair);
  enum { LONG = 30000 };
  static char line[LONG + 1], piece[1000];
  memset(piece, 'a', sizeof piece);
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < LONG / 1000; i++) {
      CHECK_STATUS(green_stream_write(pair.server, piece, sizeof piece, NULL), 0);
      CHECK_STATUS(green_yield(), 0);
    }
    CHECK_STATUS(green_stream_write(pair.server, "\nshort\n", 7, NULL), 0);
    CHECK_STATUS(green_stream_read_line(pair.client, line, sizeof line), LONG);
    CHECK_NUMBER(strspn(line, "a"), LONG);
    CHECK_STATUS(green_stream_read_line(pair.client, line, sizeof line), 5);
    CHECK_STRING(line, "short");
  }
  return 0;
}

/* In Node a time that has passed is seen before what has come: where the machine stood still, nothing
 * was read, and there is a longer time. */
TEST(exactly_says_how_far_it_came) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_PAIR(pair);
  char data[10];
  size_t done = 99;
  CHECK_STATUS(green_stream_write(pair.server, "abcd", 4, NULL), 0);
  int rc = GREEN_ETIMEDOUT;
  for (unsigned time = 30; rc == GREEN_ETIMEDOUT && done != 4 && time < 30000; time *= 2) {
    GREEN_TIMEOUT(time) {
      rc = green_stream_read_exactly(pair.client, data, 10, &done);
    }
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_NUMBER(done, 4);
  CHECK_STATUS(green_stream_write(pair.server, "ef", 2, NULL), 0);
  CHECK_STATUS(green_stream_shutdown(pair.server), 0);
  CHECK_STATUS(green_stream_read_exactly(pair.client, data + done, 6, &done), GREEN_EPIPE);
  CHECK_NUMBER(done, 2);
  CHECK(memcmp(data, "abcdef", 6) == 0);
  return 0;
}
