/* Natively: a stream that nobody reads, though there is something, lets the loop sleep. */
#include <greenio/uv.h>
#include "stream_test.h"

static unsigned long rounds; /* of the loop */

static void on_check(uv_check_t *check) {
  (void)check;
  rounds++;
}

static int read_one(void *stream) {
  char byte;
  return green_stream_read(stream, &byte, 1);
}

/* The side is still polled for when what is not read comes, and tasks are to run then, so that it
 * is not known yet that nobody will. */
static int leave_unread(struct pair *pair) {
  AUTO_JOIN green_future *reader = green_spawn(read_one, pair->client);
  CHECK_STARTED(reader);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(green_stream_write(pair->server, "r", 1, NULL), 0);
  CHECK_STATUS(green_wait(reader), 1);
  CHECK_STATUS(green_stream_write(pair->server, "left", 4, NULL), 0);
  for (int i = 0; i < 20; i++) CHECK_STATUS(green_yield(), 0);
  return 0;
}

TEST(unread_data_lets_the_loop_sleep) {
  OPEN_PAIR(pair);
  CHECK_STATUS(leave_unread(&pair), 0);
  static uv_check_t check; /* closed with the loop */
  CHECK_NUMBER(uv_check_init(green_uv_loop(), &check), 0);
  uv_unref((uv_handle_t *)&check);
  CHECK_NUMBER(uv_check_start(&check, on_check), 0);
  rounds = 0;
  CHECK_STATUS(green_sleep(200), 0);
  CHECK(rounds < 100); /* a loop that does not sleep makes that in a millisecond */
  char data[4];
  CHECK_STATUS(green_stream_read_exactly(pair.client, data, sizeof data, NULL), 0);
  return 0;
}
