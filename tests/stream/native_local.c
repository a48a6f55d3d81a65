/* A listener's end removes the file of its own socket, and no other that has taken its path. */
#include <sys/stat.h>
#include <unistd.h>
#include "stream_test.h"

struct two {
  char path[64], aside[64];
  green_listener *old, *new;
};

static void two_end(struct two *two) {
  green_listener_release(two->old);
  green_listener_release(two->new);
  unlink(two->path);
  unlink(two->aside);
}

/* Opens one where another is, once that one's file has made way. */
static int open_two(struct two *two, bool keep) {
  unsigned long long number = green_now();
  snprintf(two->path, sizeof two->path, TEST_LOCAL "greenio-%llx.sock", number);
  snprintf(two->aside, sizeof two->aside, TEST_LOCAL "greenio-%llx.old", number);
  CHECK_STATUS(green_listener_open_unix(&two->old, two->path, NULL), 0);
  CHECK_NUMBER(keep ? rename(two->path, two->aside) : unlink(two->path), 0);
  CHECK_STATUS(green_listener_open_unix(&two->new, two->path, NULL), 0);
  return 0;
}

static bool is_there(const char *path) {
  struct stat status;
  return lstat(path, &status) == 0;
}

static int close_old_and_connect(bool keep) {
  __attribute__((cleanup(two_end))) struct two two = {.old = NULL};
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(open_two(&two, keep), 0);
  green_listener_close(two.old);
  CHECK(is_there(two.path));
  CHECK(is_there(two.aside) == keep);
  CHECK_STATUS(green_stream_connect_unix(&stream, two.path), 0);
  green_listener_close(two.new);
  CHECK(!is_there(two.path));
  return 0;
}

TEST(local_listener_leaves_the_file_of_one_that_was_opened_in_its_place) {
  return close_old_and_connect(false);
}

TEST(local_listener_leaves_the_file_of_one_whose_path_was_its_own_before_a_rename) {
  return close_old_and_connect(true);
}
