/* Names looked up. */
#include <string.h>
#include "stream_test.h"

TEST(numeric_addresses_need_no_lookup) {
  green_address *found;
  size_t count;
  CHECK_STATUS(green_getaddrinfo("192.0.2.7", 80, &found, &count), 0);
  CHECK_NUMBER(count, 1);
  CHECK_NUMBER(found->family, GREEN_IPV4);
  CHECK_NUMBER(found->port, 80);
  CHECK_STRING(found->host, "192.0.2.7");
  green_addresses_free(found);
  CHECK_STATUS(green_getaddrinfo("2001:db8::1", 443, &found, &count), 0);
  CHECK_NUMBER(found->family, GREEN_IPV6);
  char text[GREEN_ADDRESS_TEXT];
  CHECK_STRING(green_address_text(found, text, sizeof text), "[2001:db8::1]:443");
  green_addresses_free(found);
  CHECK_STATUS(green_getaddrinfo("192.0.2.7", 65536, &found, &count), GREEN_EINVAL);
  CHECK(found == NULL);
  return 0;
}

TEST(localhost_is_found) {
  SKIP_WITHOUT_SOCKETS();
  green_address *found;
  size_t count, loopback = 0;
  CHECK_STATUS(green_getaddrinfo("localhost", 8080, &found, &count), 0);
  for (size_t i = 0; i < count; i++) {
    loopback += strcmp(found[i].host, "127.0.0.1") == 0 || strcmp(found[i].host, "::1") == 0;
    if (found[i].port != 8080) loopback = 0;
  }
  green_addresses_free(found);
  CHECK(count > 0);
  CHECK_NUMBER(loopback, count);
  return 0;
}

TEST(page_looks_nothing_up) {
  if (!without_sockets()) SKIP("not a page");
  green_address *found;
  size_t count;
  CHECK_STATUS(green_getaddrinfo("localhost", 1, &found, &count), GREEN_ENOTSUP);
  return 0;
}

TEST(no_such_host) {
  SKIP_WITHOUT_SOCKETS();
  green_address *found;
  size_t count;
  CHECK_STATUS(green_getaddrinfo("no such.invalid", 1, &found, &count), GREEN_ENOHOST);
  CHECK(found == NULL);
  if (test_allocator_failed()) return GREEN_ENOMEM;
  CHECK_CONTAINS(green_message(), "no such.invalid");
  static char name[300];
  memset(name, 'a', sizeof name - 1);
  CHECK_STATUS(green_getaddrinfo(name, 1, &found, &count), GREEN_EINVAL);
  return 0;
}

static int look_up(void *arg) {
  green_address *found;
  size_t count;
  int rc = green_getaddrinfo(arg, 1, &found, &count);
  green_addresses_free(found);
  return rc;
}

/* Its result is dropped, and nothing is said of a failure that nobody waits for. */
TEST(cancelled_lookup) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_JOIN green_future *good = green_spawn(look_up, (void *)"localhost");
  CHECK_STARTED(good);
  AUTO_JOIN green_future *bad = green_spawn(look_up, (void *)"nobody.invalid");
  CHECK_STARTED(bad);
  CHECK_STATUS(green_yield(), 0);
  green_cancel(good);
  green_cancel(bad);
  int rc = green_wait(good), rc_bad = green_wait(bad); /* either may have been done before */
  CHECK(test_saw(rc) == GREEN_ECANCELED || rc == 0);
  CHECK(test_saw(rc_bad) == GREEN_ECANCELED || rc_bad == GREEN_ENOHOST);
  return 0;
}

TEST_OUTSIDE(lookup_needs_a_task) {
  green_address *found;
  size_t count;
  CHECK_STATUS(green_getaddrinfo("127.0.0.1", 1, &found, &count), GREEN_EMAIN);
  return 0;
}
