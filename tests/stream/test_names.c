/* Names looked up. */
#include <string.h>
#include "stream_test.h"

TEST(numeric_addresses_need_no_lookup) {
  green_address *found;
  size_t count;
  CHECK_STATUS(green_address_lookup(&found, "192.0.2.7", 80, &count), 0);
  CHECK_NUMBER(count, 1);
  CHECK_NUMBER(found->family, GREEN_IPV4);
  CHECK_NUMBER(found->port, 80);
  CHECK_STRING(found->host, "192.0.2.7");
  green_addresses_release(found);
  CHECK_STATUS(green_address_lookup(&found, "2001:db8::1", 443, &count), 0);
  CHECK_NUMBER(found->family, GREEN_IPV6);
  char text[GREEN_ADDRESS_TEXT];
  CHECK_STRING(green_address_text(found, text, sizeof text), "[2001:db8::1]:443");
  green_addresses_release(found);
  CHECK_STATUS(green_address_lookup(&found, "192.0.2.7", 65536, &count), GREEN_EINVAL);
  CHECK(found == NULL);
  return 0;
}

TEST(public_addresses) {
  static const struct {
    const char *host;
    bool is_public;
  } cases[] = {
      {"8.8.8.8", true},
      {"1.1.1.1", true},
      {"172.15.255.255", true},
      {"172.32.0.0", true},
      {"223.255.255.255", true},
      {"2606:4700::1111", true},
      {"2a00:1450::1", true},
      {"::ffff:8.8.8.8", true},
      {"64:ff9b::808:808", true},
      {"2002:808:808::1", true},
      {"0.0.0.0", false},
      {"10.1.2.3", false},
      {"100.64.0.1", false},
      {"127.0.0.1", false},
      {"127.255.255.255", false},
      {"169.254.169.254", false},
      {"172.16.0.1", false},
      {"172.31.255.255", false},
      {"192.168.1.1", false},
      {"198.18.0.1", false},
      {"192.0.2.1", false},
      {"224.0.0.1", false},
      {"255.255.255.255", false},
      {"::", false},
      {"::1", false},
      {"::ffff:127.0.0.1", false},
      {"::ffff:10.0.0.1", false},
      {"::127.0.0.1", false},
      {"64:ff9b::7f00:1", false},
      {"2002:7f00:1::", false},
      {"fc00::1", false},
      {"fd12::1", false},
      {"fe80::1%1", false},
      {"fec0::1", false},
      {"ff02::1", false},
      {"2001:db8::1", false},
      {"2001:0:1::1", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    green_address address = {strchr(cases[i].host, ':') ? GREEN_IPV6 : GREEN_IPV4, 80, ""};
    strcpy(address.host, cases[i].host);
    if (green_address_is_public(&address) != cases[i].is_public)
      fprintf(stderr, "%s: ", cases[i].host);
    CHECK(green_address_is_public(&address) == cases[i].is_public);
  }
  green_address local = {GREEN_UNIX, 0, "/run/x"};
  CHECK(!green_address_is_public(&local));
  return 0;
}

TEST(localhost_is_found) {
  SKIP_WITHOUT_SOCKETS();
  green_address *found;
  size_t count, loopback = 0;
  CHECK_STATUS(green_address_lookup(&found, "localhost", 8080, &count), 0);
  for (size_t i = 0; i < count; i++) {
    loopback += strcmp(found[i].host, "127.0.0.1") == 0 || strcmp(found[i].host, "::1") == 0;
    if (found[i].port != 8080) loopback = 0;
  }
  green_addresses_release(found);
  CHECK(count > 0);
  CHECK_NUMBER(loopback, count);
  return 0;
}

TEST(page_looks_nothing_up) {
  if (!without_sockets()) SKIP("not a page");
  green_address *found;
  size_t count;
  CHECK_STATUS(green_address_lookup(&found, "localhost", 1, &count), GREEN_ENOTSUP);
  return 0;
}

TEST(no_such_host) {
  SKIP_WITHOUT_SOCKETS();
  green_address *found;
  size_t count;
  CHECK_STATUS(green_address_lookup(&found, "no such.invalid", 1, &count), GREEN_ENOHOST);
  CHECK(found == NULL);
  if (test_allocator_failed()) return GREEN_ENOMEM;
  CHECK_CONTAINS(green_message(), "no such.invalid");
  static char name[300];
  memset(name, 'a', sizeof name - 1);
  CHECK_STATUS(green_address_lookup(&found, name, 1, &count), GREEN_EINVAL);
  return 0;
}

static int look_up(void *arg) {
  green_address *found;
  size_t count;
  int rc = green_address_lookup(&found, arg, 1, &count);
  green_addresses_release(found);
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
  CHECK_STATUS(green_address_lookup(&found, "127.0.0.1", 1, &count), GREEN_EMAIN);
  return 0;
}
