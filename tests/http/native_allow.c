/* Natively alone: a client that may not connect to every address. */
#include "http_test.h"

#include <string.h>

struct guard {
  int asked, refuse_from; /* how often it was asked; the first time that it says no */
  green_address last;
};

static int look(const green_address *address, void *arg) {
  struct guard *guard = arg;
  guard->last = *address;
  return ++guard->asked >= guard->refuse_from ? GREEN_EPERM : 0;
}

static int guarded(struct guard *guard, green_http_client **client) {
  green_http_client_options options = {.allow = look, .allow_arg = guard};
  return green_http_client_new(client, &options);
}

TEST(an_address_is_refused) {
  struct guard guard = {.refuse_from = 1};
  AUTO_CLIENT green_http_client *client = NULL;
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(guarded(&guard, &client), 0);
  CHECK_STATUS(green_http_get(client, &response, at("/hello").text), GREEN_EPERM);
  if (test_allocator_failed()) return GREEN_ENOMEM;
  CHECK_CONTAINS(green_message(), "127.0.0.1:");
  CHECK_CONTAINS(green_message(), "allow");
  CHECK_NUMBER(guard.last.family, GREEN_IPV4);
  CHECK(guard.last.port != 0);
  return 0;
}

/* 127.1, 0x7f000001 and names are asked about by what they stand for. */
TEST(an_address_is_refused_whatever_it_is_called) {
  static const char *const names[] = {"127.1",      "0x7f000001", "2130706433",
                                      "0177.0.0.1", "localhost",  "[::ffff:127.0.0.1]"};
  for (size_t i = 0; i < test_scale(sizeof names / sizeof *names, 1); i++) {
    struct guard guard = {.refuse_from = 1};
    AUTO_CLIENT green_http_client *client = NULL;
    AUTO_RESPONSE green_http_response *response = NULL;
    char url[100];
    CHECK_STATUS(guarded(&guard, &client), 0);
    snprintf(url, sizeof url, "http://%s:1/", names[i]);
    CHECK_STATUS(green_http_get(client, &response, url), GREEN_EPERM);
    CHECK(!green_address_is_public(&guard.last));
  }
  return 0;
}

static int look_for_ipv4(const green_address *address, void *arg) {
  (void)arg;
  return address->family == GREEN_IPV4 ? 0 : GREEN_EPERM;
}

/* One of the name's addresses was let through, so the failure is that one's. */
TEST(a_refused_address_is_no_reason_where_another_one_was_tried) {
  AUTO_CLIENT green_http_client *client = NULL;
  AUTO_RESPONSE green_http_response *response = NULL;
  green_http_client_options options = {.allow = look_for_ipv4};
  CHECK_STATUS(green_http_client_new(&client, &options), 0);
  CHECK_STATUS(green_http_get(client, &response, "http://localhost:1/"), GREEN_ECONNREFUSED);
  return 0;
}

TEST(a_redirect_is_asked_about) {
  struct guard guard = {.refuse_from = 2};
  AUTO_CLIENT green_http_client *client = NULL;
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(guarded(&guard, &client), 0);
  CHECK_STATUS(green_http_get(client, &response, at("/redirect-away").text), GREEN_EPERM);
  CHECK(response == NULL);
  return 0;
}

TEST(what_is_let_through_is_asked_for_once_a_connection) {
  struct guard guard = {.refuse_from = 99};
  AUTO_CLIENT green_http_client *client = NULL;
  CHECK_STATUS(guarded(&guard, &client), 0);
  for (int i = 0; i < 3; i++) {
    AUTO_RESPONSE green_http_response *response = NULL;
    CHECK_STATUS(green_http_get(client, &response, at("/hello").text), 0);
    CHECK_STRING(green_http_response_body(response, NULL), "hello\n");
  }
  CHECK_NUMBER(guard.asked, 1);
  return 0;
}

TEST(a_proxy_cannot_be_seen_through) {
  struct guard guard = {.refuse_from = 99};
  AUTO_CLIENT green_http_client *client = NULL;
  green_http_client_options options = {
      .allow = look, .allow_arg = &guard, .proxy = "http://127.0.0.1:1"};
  CHECK_STATUS(green_http_client_new(&client, &options), GREEN_EINVAL);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "proxy");
  return 0;
}
