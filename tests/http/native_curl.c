/* Natively alone: libcurl's own handles, waited on. */
#include "http_test.h"

#include <greenio/curl.h>
#include <string.h>

#define AUTO_EASY __attribute__((cleanup(auto_easy)))
static void auto_easy(CURL **easy) {
  curl_easy_cleanup(*easy);
}

struct text {
  size_t size;
  char bytes[100];
};

static size_t keep(char *data, size_t one, size_t size, void *arg) {
  struct text *text = arg;
  (void)one;
  if (size > sizeof text->bytes - 1 - text->size) return 0;
  memcpy(text->bytes + text->size, data, size);
  text->size += size;
  text->bytes[text->size] = '\0';
  return size;
}

static CURL *make_easy(struct address address, struct text *text) {
  CURL *easy = curl_easy_init();
  memset(text, 0, sizeof *text);
  curl_easy_setopt(easy, CURLOPT_URL, address.text);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, text);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, text);
  curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
  return easy;
}

static int perform(void *easy) {
  return green_curl_perform(easy);
}

TEST(an_easy_handle_is_performed) {
  struct text text;
  char *private;
  long status = 0;
  AUTO_EASY CURL *easy = make_easy(at("/hello"), &text);
  for (int i = 0; i < 3; i++) {
    text.size = 0;
    CHECK_STATUS(green_curl_perform(easy), 0);
    CHECK_STRING(text.bytes, "hello\n");
  }
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  CHECK_NUMBER(status, 200);
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
  CHECK(private == (char *)&text);
  return 0;
}

TEST(what_libcurl_fails_with) {
  struct text text;
  AUTO_EASY CURL *missing = make_easy(at("/status/404"), &text);
  CHECK_STATUS(green_curl_perform(missing), CURLE_HTTP_RETURNED_ERROR);
  AUTO_EASY CURL *cut = make_easy(at("/cut"), &text);
  CHECK_STATUS(green_curl_perform(cut), CURLE_PARTIAL_FILE);
  CHECK_STATUS(green_curl_perform(NULL), GREEN_EINVAL);
  return 0;
}

TEST(an_interrupted_handle_can_be_used_again) {
  struct text text;
  AUTO_EASY CURL *easy = make_easy(at("/slow/%lu", fresh_id()), &text);
  int rc = 0;
  GREEN_TIMEOUT(20) {
    rc = green_curl_perform(easy);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  AUTO_JOIN green_future *task = green_spawn(perform, easy);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(green_cancel(task), 0);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  curl_easy_setopt(easy, CURLOPT_URL, at("/hello").text);
  CHECK_STATUS(green_curl_perform(easy), 0);
  CHECK_STRING(text.bytes, "hello\n");
  return 0;
}

static size_t cancel_self(char *data, size_t one, size_t size, void *arg) {
  green_future **task = arg;
  (void)data, (void)one;
  green_cancel(*task);
  return size;
}

static int perform_then_wait(void *easy) {
  int rc = green_curl_perform(easy);
  return rc == 0 ? green_yield() : rc;
}

/* The transfer ends after the cancel and before its task runs. */
TEST(a_cancel_outlives_the_transfer_that_ends_beside_it) {
  struct text text;
  AUTO_EASY CURL *easy = make_easy(at("/hello"), &text);
  green_future *cancelled = NULL;
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, cancel_self);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &cancelled);
  AUTO_JOIN green_future *task = green_spawn(perform_then_wait, easy);
  CHECK_STARTED(task);
  cancelled = task;
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  return 0;
}

TEST(a_handle_that_is_in_use) {
  struct text text;
  unsigned long id = fresh_id();
  AUTO_EASY CURL *easy = make_easy(at("/slow/%lu", id), &text);
  AUTO_JOIN green_future *task = green_spawn(perform, easy);
  CHECK_STARTED(task);
  CHECK_GET(at("/started/%lu", id), "started");
  CHECK_STATUS(green_curl_perform(easy), GREEN_EBUSY);
  CURLM *multi = curl_multi_init();
  struct text other_text;
  AUTO_EASY CURL *other = make_easy(at("/hello"), &other_text);
  curl_multi_add_handle(multi, other);
  int rc = test_saw(green_curl_perform(other));
  curl_multi_remove_handle(multi, other);
  curl_multi_cleanup(multi);
  CHECK_STATUS(rc, GREEN_EBUSY);
  CHECK(!green_done(task));
  return 0;
}

TEST(handles_and_requests_side_by_side) {
  struct text texts[5];
  CURL *easies[5];
  unsigned long id = fresh_id();
  if (test_scale(0, 1)) SKIP("one that gives up leaves the others waiting");
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(5);
  for (int i = 0; i < 5; i++) {
    easies[i] = make_easy(at("/gather/%lu?count=6", id), &texts[i]);
    tasks.at[i] = green_spawn(perform, easies[i]);
  }
  CHECK_GET(at("/gather/%lu?count=6", id), "gathered");
  int rc = green_wait_all(tasks.at, 5);
  for (int i = 0; i < 5; i++) curl_easy_cleanup(easies[i]);
  CHECK_STATUS(rc, 0);
  for (int i = 0; i < 5; i++) CHECK_STRING(texts[i].bytes, "gathered");
  return 0;
}

TEST_OUTSIDE(a_handle_outside_a_task) {
  struct text text;
  AUTO_EASY CURL *easy = make_easy(at("/hello"), &text);
  CHECK_STATUS(green_curl_perform(easy), GREEN_EMAIN);
  return 0;
}

/* Interrupted while the system still looks its name up, which libcurl would wait for. */
TEST(silent_names_and_an_easy_handle) {
  if (!names_are_silent()) SKIP("silent_names.mjs runs it, with a name server that is silent");
  struct text text;
  struct address address = {"http://easy.example.test/"};
  AUTO_EASY CURL *easy = make_easy(address, &text);
  int rc = 0;
  GREEN_TIMEOUT(100) {
    rc = green_curl_perform(easy);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_STATUS(green_sleep(1), 0);
  return 0;
}
