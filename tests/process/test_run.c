/* green_process_run(): all at once. */
#include "process_test.h"

#include <stdlib.h>

TEST(input_output_and_errors_at_the_same_time) {
  enum { SIZE = 1 << 20 };
  char *data = malloc(SIZE);
  CHECK(data);
  for (int i = 0; i < SIZE; i++) data[i] = (char)(i * 2654435761u >> 13);
  green_process_result *result = NULL;
  int rc = green_process_run(&result, SHELL("tee /dev/fd/3 3>&2"), NULL, data, SIZE);
  bool same = rc == 0 && result->output_size == SIZE && !memcmp(result->output, data, SIZE);
  bool same_errors = rc == 0 && (result->errors_size == SIZE || test_in_wasm); /* of no socket */
  free(data);
  green_process_result_release(result);
  CHECK_STATUS(rc, 0);
  CHECK(same);
  CHECK(same_errors);
  return 0;
}

TEST(an_end_that_is_no_success_is_an_end) {
  AUTO_RESULT green_process_result *result = NULL;
  CHECK_STATUS(run(&result, SHELL("echo why >&2; kill -9 $$"), NULL), 0);
  CHECK_NUMBER(result->exit.signal, SIGKILL);
  CHECK_NUMBER(result->output_size, 0);
  CHECK_STRING(result->output, "");
  CHECK_STRING(result->errors, "why\n");
  return 0;
}

TEST(input_need_not_be_read) {
  enum { SIZE = 1 << 20 };
  AUTO_RESULT green_process_result *result = NULL;
  char *data = calloc(1, SIZE);
  CHECK(data);
  int rc = green_process_run(&result, SHELL("exit 2"), NULL, data, SIZE);
  free(data);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(result->exit.code, 2);
  return 0;
}

TEST(more_output_than_wanted) {
  green_process_result *result;
  CHECK_STATUS(run(&result, SHELL("printf 12345"), OPTIONS(.max_output = 5)), 0);
  CHECK_NUMBER(result->output_size, 5);
  green_process_result_release(result);
  CHECK_STATUS(run(&result, SHELL("printf 123456"), OPTIONS(.max_output = 5)), GREEN_EMSGSIZE);
  CHECK(!result);
  CHECK_STATUS(run(&result, COMMAND("yes"), OPTIONS(.max_output = 100000)), GREEN_EMSGSIZE);
  CHECK_CONTAINS(green_message(), "100000 bytes");
  return 0;
}

TEST(streams_that_go_nowhere) {
  AUTO_RESULT green_process_result *result = NULL;
  CHECK_STATUS(green_process_run(&result, SHELL("cat; echo out; echo err >&2"),
                                 OPTIONS(.input = GREEN_PROCESS_NULL, .errors = GREEN_PROCESS_NULL),
                                 "lost", 4),
               0);
  CHECK_STRING(result->output, "out\n");
  CHECK_STRING(result->errors, "");
  return 0;
}

TEST(a_deadline_kills_what_is_run) {
  green_process_result *result;
  int rc = 0;
  GREEN_TIMEOUT(20) {
    rc = run(&result, COMMAND("sleep", "1000"), OPTIONS(.survives = true));
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK(!result);
  return 0;
}

TEST(what_cannot_be_run) {
  green_process_result *result;
  CHECK_STATUS(run(&result, COMMAND("greenio-no-such-program"), NULL), GREEN_ENOENT);
  CHECK(!result);
  CHECK_CONTAINS(green_message(), "greenio-no-such-program");
  return 0;
}
