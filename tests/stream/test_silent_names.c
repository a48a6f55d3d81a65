/* Names for which no server answers. silent_names.mjs runs these with a resolv.conf that leads to
 * one that stays silent. */
#include <string.h>
#include "stream_test.h"
#include "test_host.h"

#define SKIP_UNLESS_SILENT()                                                                       \
  do {                                                                                             \
    if (!names_are_silent()) SKIP("silent_names.mjs runs it, with a name server that is silent");  \
  } while (0)

static int look_up(void *arg) {
  green_address *found;
  size_t count;
  int rc = 0;
  GREEN_TIMEOUT(100) {
    rc = green_address_lookup(&found, arg, 1, &count);
  }
  green_addresses_release(found);
  return rc;
}

static int look_up_for_long(void *arg) {
  green_address *found;
  size_t count;
  int rc = green_address_lookup(&found, arg, 1, &count);
  green_addresses_release(found);
  return rc;
}

static int add_one(void *arg) {
  ++*(int *)arg;
  return 0;
}

/* More than there are at once, so that some are in the queue when they are given up. */
TEST(silent_names_hold_up_nobody) {
  SKIP_UNLESS_SILENT();
  static char names[12][40];
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(12);
  for (int i = 0; i < 12; i++) {
    snprintf(names[i], sizeof names[i], "dead%d.example.test", i);
    tasks.at[i] = green_spawn(look_up, names[i]);
  }
  for (int i = 0; i < 12; i++) CHECK_STATUS(green_wait(tasks.at[i]), GREEN_ETIMEDOUT);
  CHECK_CONTAINS(green_future_message(tasks.at[0]), "dead0.example.test");
  if (test_in_wasm) CHECK_CONTAINS(green_future_message(tasks.at[0]), "UV_THREADPOOL_SIZE");
  int calls = 0, rc = 0;
  CHECK_STATUS(green_offload(add_one, &calls), 0);
  green_address *found = NULL;
  size_t count;
  GREEN_TIMEOUT(30000) {
    rc = green_address_lookup(&found, "localhost", 1, &count);
  }
  CHECK_STATUS(rc, 0);
  green_addresses_release(found);
  return 0;
}

TEST(silent_names_and_a_cancel) {
  SKIP_UNLESS_SILENT();
  AUTO_JOIN green_future *task = green_spawn(look_up_for_long, (void *)"cancelled.example.test");
  CHECK_STATUS(green_sleep(20), 0);
  CHECK_STATUS(green_cancel(task), 0);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  return 0;
}

TEST(silent_names_and_a_deadline) {
  SKIP_UNLESS_SILENT();
  green_stream *stream = NULL;
  green_listener *listener = NULL;
  green_http_response *response = NULL;
  int connected = 0, listening = 0, asked = 0;
  GREEN_TIMEOUT(100) {
    connected = green_stream_connect(&stream, "connected.example.test", 1);
  }
  GREEN_TIMEOUT(100) {
    listening = green_listener_open(&listener, "listening.example.test", 0, NULL);
  }
  GREEN_TIMEOUT(100) {
    asked = green_http_get(NULL, &response, "http://asked.example.test/");
  }
  CHECK_STATUS(connected, GREEN_ETIMEDOUT);
  CHECK_STATUS(listening, GREEN_ETIMEDOUT);
  CHECK_STATUS(asked, GREEN_ETIMEDOUT);
  return 0;
}

/* silent_names.mjs looks at what the name server was asked for: there is time for a thread to ask. */
static int look_up_until_asked(void *arg) {
  int rc = 0;
  GREEN_TIMEOUT(2000) {
    rc = look_up_for_long(arg);
  }
  return rc;
}

TEST(silent_names_of_other_alphabets) {
  SKIP_UNLESS_SILENT();
  if (test_in_wasm) SKIP("they are Node's");
  CHECK_STATUS(look_up_until_asked((void *)"gr\xc3\xbcn.example.test"), GREEN_ETIMEDOUT);
  CHECK_STATUS(look_up_until_asked((void *)"\xe4\xbe\x8b\xe3\x81\x88.example.test"),
               GREEN_ETIMEDOUT);
  return 0;
}

/* The lookup is still under way then. */
TEST_OUTSIDE(silent_names_and_the_end_of_the_runtime) {
  SKIP_UNLESS_SILENT();
  if (test_in_wasm) SKIP("green_run() is called from main alone");
  CHECK_STATUS(green_run(look_up, (void *)"ended.example.test"), GREEN_ETIMEDOUT);
  return 0;
}
