/* Datagrams between two sockets of this machine. */
#include <string.h>
#include "stream_test.h"

TEST(a_datagram_and_its_answer) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_TWO();
  char data[100];
  green_address from;
  CHECK_STATUS(green_udp_send(one, "hello", 5, &at_two), 0);
  CHECK_STATUS(green_udp_receive(two, data, sizeof data, &from), 5);
  CHECK(memcmp(data, "hello", 5) == 0);
  CHECK_STRING(from.host, "127.0.0.1");
  CHECK_NUMBER(from.port, at_one.port);
  CHECK_NUMBER(from.family, GREEN_IPV4);
  CHECK_STATUS(green_udp_send(two, "", 0, &from), 0);
  CHECK_STATUS(green_udp_receive(one, data, sizeof data, NULL), 0);
  CHECK_NUMBER(green_udp_dropped(one), 0);
  return 0;
}

TEST(a_datagram_that_is_too_large_for_its_reader_says_so) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_TWO();
  static char large[60000], data[10];
  for (size_t i = 0; i < sizeof large; i++) large[i] = (char)pattern(i);
  CHECK_STATUS(green_udp_send(one, large, sizeof large, &at_two), 0);
  CHECK_STATUS(green_udp_send(one, "next", 4, &at_two), 0);
  CHECK_STATUS(green_udp_receive(two, data, sizeof data, NULL), (int)sizeof large);
  CHECK(memcmp(data, large, sizeof data) == 0);
  CHECK_STATUS(green_udp_receive(two, data, sizeof data, NULL), 4);
  CHECK(memcmp(data, "next", 4) == 0);
  CHECK_STATUS(green_udp_send(one, large, 65536, &at_two), GREEN_EMSGSIZE);
  CHECK_STATUS(green_udp_send(one, large, 65535, &at_two), GREEN_EMSGSIZE);
  return 0;
}

TEST(a_connected_socket_hears_of_one_address_alone) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_TWO();
  AUTO_UDP green_udp *third = NULL;
  green_address at_third;
  char data[20];
  CHECK_STATUS(udp_here(&third, &at_third), 0);
  CHECK_STATUS(green_udp_send(one, "x", 1, NULL), GREEN_EINVAL);
  CHECK_STATUS(green_udp_connect(one, &at_two), 0);
  CHECK_STATUS(green_udp_send(one, "x", 1, &at_two), GREEN_EISCONN);
  CHECK_STATUS(green_udp_send(third, "stray", 5, &at_one), 0);
  CHECK_STATUS(green_udp_send(one, "ask", 3, NULL), 0);
  CHECK_STATUS(green_udp_receive(two, data, sizeof data, NULL), 3);
  CHECK_STATUS(green_udp_send(two, "answer", 6, &at_one), 0);
  CHECK_STATUS(green_udp_receive(one, data, sizeof data, NULL), 6);
  CHECK_STATUS(green_udp_connect(one, &at_third), 0);
  CHECK_STATUS(green_udp_send(one, "3", 1, NULL), 0);
  CHECK_STATUS(green_udp_receive(third, data, sizeof data, NULL), 1);
  return 0;
}

/* A broadcast, without leave for it, cannot be connected to. */
static int check_refused(green_udp *udp, const green_address *to) {
  int rc = test_saw(green_udp_connect(udp, to));
  CHECK(rc == GREEN_EACCES || rc == GREEN_EINVAL || rc == GREEN_ENETUNREACH || rc == GREEN_ENOMEM);
  return rc == GREEN_ENOMEM ? rc : 0;
}

TEST(a_connection_that_fails_leaves_none_and_the_port) {
  SKIP_WITHOUT_SOCKETS();
  if (test_in_wine) SKIP("Wine gives up the port of a socket that is disconnected");
  static const char *const own[] = {"127.0.0.1", "0.0.0.0"};
  const green_address broadcast = {GREEN_IPV4, 9, "255.255.255.255"},
                      name = {GREEN_IPV4, 9, "localhost"};
  for (int i = 0; i < 4; i++) {
    OPEN_TWO();
    AUTO_UDP green_udp *socket = NULL;
    green_address at, behind;
    char data[20];
    CHECK_STATUS(green_udp_open(&socket, own[i / 2], 0, NULL), 0);
    CHECK_STATUS(green_udp_address(socket, &at), 0);
    CHECK_STATUS(green_udp_connect(socket, &at_two), 0);
    if (i % 2)
      CHECK_STATUS(green_udp_connect(socket, &name), GREEN_EINVAL);
    else
      CHECK_STATUS(check_refused(socket, &broadcast), 0);
    CHECK_STATUS(green_udp_send(socket, "x", 1, NULL), GREEN_EINVAL);
    CHECK_STATUS(green_udp_address(socket, &behind), 0);
    CHECK_STRING(behind.host, at.host);
    CHECK_NUMBER(behind.port, at.port);
    green_address to = {GREEN_IPV4, at.port, "127.0.0.1"};
    CHECK_STATUS(green_udp_send(one, "stray", 5, &to), 0);
    CHECK_STATUS(green_udp_receive(socket, data, sizeof data, NULL), 5);
    CHECK_STATUS(green_udp_connect(socket, &at_one), 0);
    CHECK_STATUS(green_udp_address(socket, &behind), 0);
    CHECK_NUMBER(behind.port, at.port);
    CHECK_STATUS(green_udp_send(socket, "back", 4, NULL), 0);
    CHECK_STATUS(green_udp_receive(one, data, sizeof data, &behind), 4);
    CHECK_NUMBER(behind.port, at.port);
  }
  return 0;
}

TEST(an_address_is_numeric) {
  SKIP_WITHOUT_SOCKETS();
  static const green_address none[] = {{GREEN_IPV4, 9, "localhost"}, {GREEN_IPV4, 9, "::1"},
                                       {GREEN_IPV4, 9, "127.1"},     {GREEN_IPV4, 9, "127.0.0.1 "},
                                       {GREEN_IPV4, 9, ""},          {GREEN_IPV6, 9, "127.0.0.1"}};
  OPEN_TWO();
  for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
    int rc = test_saw(green_udp_send(one, "x", 1, &none[i]));
    if (rc != GREEN_ENOMEM)
      CHECK_STATUS(rc, none[i].family == GREEN_IPV6 ? GREEN_EAFNOSUPPORT : GREEN_EINVAL);
    rc = test_saw(green_udp_connect(one, &none[i]));
    CHECK(rc == GREEN_EINVAL || rc == GREEN_ENOMEM);
  }
  return 0;
}

TEST(nobody_at_the_connected_address) {
  SKIP_WITHOUT_SOCKETS();
  if (test_in_wine) SKIP("Wine does not tell of a datagram that was not taken");
  AUTO_UDP green_udp *one = NULL;
  green_address at_one, nobody = closed_port(1);
  char data[20];
  CHECK_STATUS(udp_here(&one, &at_one), 0);
  CHECK_STATUS(green_udp_connect(one, &nobody), 0);
  CHECK_STATUS(green_udp_send(one, "x", 1, NULL), 0);
  int rc = 0;
  GREEN_TIMEOUT(20000) { /* Deno would wait for ever */
    rc = green_udp_receive(one, data, sizeof data, NULL);
  }
  CHECK_STATUS(rc, GREEN_ECONNREFUSED);
  return 0;
}

TEST(every_address_takes_ipv4_and_ipv6) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_UDP green_udp *every = NULL;
  AUTO_UDP green_udp *one = NULL;
  green_address address, at_one, from;
  char data[20];
  CHECK_STATUS(green_udp_open(&every, NULL, 0, NULL), 0);
  CHECK_STATUS(green_udp_address(every, &address), 0);
  if (address.family != GREEN_IPV6) SKIP("there is no IPv6 here");
  CHECK_STATUS(udp_here(&one, &at_one), 0);
  green_address to = {GREEN_IPV4, address.port, "127.0.0.1"};
  CHECK_STATUS(green_udp_send(one, "four", 4, &to), 0);
  CHECK_STATUS(green_udp_receive(every, data, sizeof data, &from), 4);
  CHECK_NUMBER(from.family, GREEN_IPV4);
  CHECK_STRING(from.host, "127.0.0.1");
  CHECK_STATUS(green_udp_send(every, "back", 4, &from), 0);
  CHECK_STATUS(green_udp_receive(one, data, sizeof data, &from), 4);
  CHECK_NUMBER(from.port, address.port);
  green_address of_ipv6 = {GREEN_IPV6, 9, "::1"};
  CHECK_STATUS(green_udp_send(one, "x", 1, &of_ipv6), GREEN_EAFNOSUPPORT);
  green_address path = {GREEN_UNIX, 0, "/tmp/x"};
  CHECK_STATUS(green_udp_send(one, "x", 1, &path), GREEN_EINVAL);
  return 0;
}

/* ---- waiting --------------------------------------------------------------------------------- */

static int receive_some(void *udp) {
  char data[20];
  return green_udp_receive(udp, data, sizeof data, NULL);
}

TEST(a_receive_that_waits_is_interrupted_and_loses_nothing) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_TWO();
  int rc = 0;
  GREEN_TIMEOUT(30) {
    rc = receive_some(two);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  AUTO_JOIN green_future *first = green_spawn(receive_some, two);
  CHECK_STARTED(first);
  AUTO_JOIN green_future *second = green_spawn(receive_some, two);
  CHECK_STARTED(second);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_cancel(first), 0);
  CHECK_STATUS(green_wait(first), GREEN_ECANCELED);
  CHECK_STATUS(green_udp_send(one, "22", 2, &at_two), 0);
  CHECK_STATUS(green_wait(second), 2);
  return 0;
}

TEST(a_close_wakes_who_receives) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_TWO();
  AUTO_JOIN green_future *first = green_spawn(receive_some, two);
  CHECK_STARTED(first);
  AUTO_JOIN green_future *second = green_spawn(receive_some, two);
  CHECK_STARTED(second);
  CHECK_STATUS(green_yield(), 0);
  green_udp_close(two);
  CHECK_STATUS(green_wait(first), GREEN_ECLOSED);
  CHECK_STATUS(green_wait(second), GREEN_ECLOSED);
  CHECK_STATUS(green_udp_send(two, "x", 1, &at_one), GREEN_ECLOSED);
  CHECK_STATUS(receive_some(two), GREEN_ECLOSED);
  CHECK_STATUS(green_udp_set_ttl(two, 1), GREEN_ECLOSED);
  green_udp_close(two);
  return 0;
}

struct sending {
  green_udp *udp;
  const green_address *to;
  int count;
};

static int send_many(void *arg) {
  struct sending *sending = arg;
  for (int i = 0; i < sending->count; i++) {
    int rc = green_udp_send(sending->udp, "12345678", 8, sending->to);
    if (rc < 0) return rc;
  }
  return 0;
}

TEST(many_tasks_send_by_one_socket) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_TWO();
  struct sending sending = {one, &at_two, 10};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(5);
  for (int i = 0; i < 5; i++) {
    tasks.at[i] = green_spawn(send_many, &sending);
    CHECK_STARTED(tasks.at[i]);
  }
  for (int i = 0; i < 50; i++) CHECK_STATUS(receive_some(two), 8);
  for (int i = 0; i < 5; i++) CHECK_STATUS(green_wait(tasks.at[i]), 0);
  return 0;
}

/* It stands in line with who sends; whoever comes behind it has to send without an address. */
static int send_until_connected(void *arg) {
  int rc = send_many(arg);
  return test_saw(rc) == GREEN_EISCONN ? 0 : rc;
}

static int connect_to(void *arg) {
  struct sending *sending = arg;
  return green_udp_connect(sending->udp, sending->to);
}

TEST(a_connection_among_those_that_send) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_TWO();
  struct sending sending = {one, &at_two, 10};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(6);
  for (int i = 0; i < 6; i++) {
    tasks.at[i] = green_spawn(i % 3 == 1 ? connect_to : send_until_connected, &sending);
    CHECK_STARTED(tasks.at[i]);
  }
  for (int i = 0; i < 6; i++) CHECK_STATUS(green_wait(tasks.at[i]), 0);
  CHECK_STATUS(green_udp_send(one, "the last", 8, NULL), 0);
  CHECK_STATUS(receive_some(two), 8);
  return 0;
}

TEST(a_connection_that_is_called_off_is_as_it_was) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_TWO();
  struct sending sending = {one, &at_two, 1};
  AUTO_JOIN green_future *task = green_spawn(connect_to, &sending);
  CHECK_STARTED(task);
  CHECK_STATUS(green_cancel(task), 0);
  int rc = test_saw(green_wait(task)); /* where nothing parks, a cancel is not heard */
  CHECK(rc == 0 || rc == GREEN_ECANCELED || rc == GREEN_ENOMEM);
  CHECK_STATUS(green_udp_send(one, "x", 1, rc == 0 ? NULL : &at_two), 0);
  CHECK_STATUS(receive_some(two), 1);
  return 0;
}

/* Of a flood that nobody receives something is dropped, and it is told how much. */
TEST(what_nobody_receives_is_dropped_and_counted) {
  SKIP_WITHOUT_SOCKETS();
  if (test_in_windows) SKIP("Windows does not count what it drops");
  OPEN_TWO();
  static char large[8000], data[8000];
  uint64_t sent = test_scale(200, 100), got = 0;
  for (uint64_t i = 0; i < sent; i++) {
    CHECK_STATUS(green_udp_send(one, large, sizeof large, &at_two), 0);
    if (i % 10 == 0)
      CHECK_STATUS(green_sleep(1), 0); /* Node takes them from the system meanwhile */
  }
  /* With a last one the system tells the count. Where a wait ends before all has come it is sent too
   * early, and may be dropped as well; so each says how many there were before it. */
  char last[4] = {0};
  int rc = 0;
  do {
    GREEN_TIMEOUT(100) {
      rc = green_udp_receive(two, data, sizeof data, NULL);
    }
    if (rc == (int)sizeof large) {
      got++;
    } else if (rc != (int)sizeof last) {
      CHECK_STATUS(rc, GREEN_ETIMEDOUT);
      CHECK_STATUS(green_udp_send(one, last, sizeof last, &at_two), 0);
      CHECK(++last[0] < 100);
    }
  } while (rc != (int)sizeof last);
  CHECK(got > 0 && got < sent);
  uint64_t lost = sent - got + (uint64_t)data[0];
  CHECK(green_udp_dropped(two) > 0 && green_udp_dropped(two) <= lost);
  if (!test_in_wasm) CHECK_NUMBER(green_udp_dropped(two), lost);
  return 0;
}

/* ---- settings -------------------------------------------------------------------------------- */

TEST(settings_of_datagrams) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_TWO();
  green_address everybody = {GREEN_IPV4, at_two.port, "255.255.255.255"};
  int rc = test_saw(green_udp_send(one, "x", 1, &everybody));
  CHECK(rc == GREEN_EACCES || rc == GREEN_ENETUNREACH || rc == GREEN_ENOMEM);
  CHECK_STATUS(green_udp_set_broadcast(one, true), 0);
  CHECK_STATUS(green_udp_set_ttl(one, 7), 0);
  CHECK_STATUS(green_udp_set_ttl(one, 0), GREEN_EINVAL);
  CHECK_STATUS(green_udp_set_ttl(one, 256), GREEN_EINVAL);
  CHECK_STATUS(green_udp_set_multicast_ttl(one, 2), 0);
  CHECK_STATUS(green_udp_set_multicast_loop(one, true), 0);
  CHECK_STATUS(green_udp_set_multicast_interface(one, "127.0.0.1"), 0);
  CHECK_STATUS(green_udp_join(one, "10.0.0.1", NULL), GREEN_EINVAL);
  CHECK_STATUS(green_udp_join(one, "ff02::1", NULL), GREEN_EINVAL);
  CHECK_STATUS(green_udp_join(one, "nobody", NULL), GREEN_EINVAL);
  return 0;
}

/* They hold for both families; where a host has them for one alone it says so. */
TEST(settings_of_a_socket_of_both_families) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_UDP green_udp *every = NULL;
  AUTO_UDP green_udp *of_ipv6 = NULL;
  green_address at;
  CHECK_STATUS(green_udp_open(&every, NULL, 0, NULL), 0);
  CHECK_STATUS(green_udp_address(every, &at), 0);
  if (at.family != GREEN_IPV6) SKIP("there is no IPv6 here");
  int expected = test_in_wasm ? GREEN_ENOTSUP : 0;
  CHECK_STATUS(green_udp_set_ttl(every, 7), expected);
  if (test_in_wasm && !test_allocator_failed()) CHECK_CONTAINS(green_message(), "ipv6_only");
  CHECK_STATUS(green_udp_set_multicast_ttl(every, 7), expected);
  CHECK_STATUS(green_udp_set_multicast_loop(every, false), expected);
  CHECK_STATUS(green_udp_set_broadcast(every, true), 0);
  CHECK_STATUS(green_udp_open(&of_ipv6, NULL, 0, &(green_udp_options){.ipv6_only = true}), 0);
  CHECK_STATUS(green_udp_set_ttl(of_ipv6, 7), 0);
  CHECK_STATUS(green_udp_set_multicast_ttl(of_ipv6, 7), 0);
  CHECK_STATUS(green_udp_set_multicast_loop(of_ipv6, false), 0);
  return 0;
}

TEST(a_group_is_joined_and_left) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_UDP green_udp *member = NULL;
  AUTO_UDP green_udp *sender = NULL;
  green_address at, at_sender, group = {GREEN_IPV4, 0, "239.255.42.17"};
  char data[20];
  CHECK_STATUS(green_udp_open(&member, "0.0.0.0", 0, &(green_udp_options){.share = true}), 0);
  CHECK_STATUS(green_udp_address(member, &at), 0);
  CHECK_STATUS(udp_here(&sender, &at_sender), 0);
  CHECK_STATUS(green_udp_set_multicast_interface(sender, "127.0.0.1"), 0);
  CHECK_STATUS(green_udp_join(member, group.host, "127.0.0.1"), 0);
  CHECK_STATUS(green_udp_join(member, group.host, "127.0.0.1"), GREEN_EADDRINUSE);
  group.port = at.port;
  CHECK_STATUS(green_udp_send(sender, "all", 3, &group), 0);
  CHECK_STATUS(green_udp_receive(member, data, sizeof data, NULL), 3);
  CHECK_STATUS(green_udp_leave(member, group.host, "127.0.0.1"), 0);
  if (!test_in_wine) /* which says EINVAL */
    CHECK_STATUS(green_udp_leave(member, group.host, "127.0.0.1"), GREEN_EADDRNOTAVAIL);
  return 0;
}

/* ---- opening --------------------------------------------------------------------------------- */

TEST(a_port_of_datagrams_belongs_to_one) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_UDP green_udp *one = NULL;
  AUTO_UDP green_udp *two = NULL;
  green_address at;
  CHECK_STATUS(udp_here(&one, &at), 0);
  CHECK_STATUS(green_udp_open(&two, "127.0.0.1", at.port, NULL), GREEN_EADDRINUSE);
  CHECK(two == NULL);
  CHECK_CONTAINS(green_message(), "UDP at 127.0.0.1:");
  if (!test_in_wine) /* which binds to an address that is not this machine's */
    CHECK_STATUS(green_udp_open(&two, "192.0.2.77", 0, NULL), GREEN_EADDRNOTAVAIL);
  CHECK_STATUS(green_udp_open(&two, NULL, 65536, NULL), GREEN_EINVAL);
  return 0;
}

TEST(a_page_has_no_datagrams) {
  if (!without_sockets()) SKIP("there are sockets here");
  green_udp *udp;
  CHECK_STATUS(green_udp_open(&udp, "127.0.0.1", 0, NULL), GREEN_ENOTSUP);
  CHECK(udp == NULL);
  return 0;
}

TEST_OUTSIDE(datagrams_are_for_tasks) {
  green_udp *udp;
  CHECK_STATUS(green_udp_open(&udp, "127.0.0.1", 0, NULL), GREEN_EMAIN);
  return 0;
}
