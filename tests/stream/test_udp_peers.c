/* What users of datagrams in other libraries have met, as their public reports tell: each situation, and
 * what is right. */
#include <string.h>
#include "stream_test.h"

static int receive_some(void *udp) {
  char data[20];
  return green_udp_receive(udp, data, sizeof data, NULL);
}

/* oven-sh/bun 35922, 35923, 36249: an answer to a client that has gone ended the server, or took the
 * datagram to the next one with it. */
TEST(a_client_that_has_gone_harms_no_other) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_TWO();
  green_address gone = closed_port(1);
  for (int i = 0; i < 10; i++) {
    CHECK_STATUS(green_udp_send(one, "lost", 4, &gone), 0);
    CHECK_STATUS(green_udp_send(one, "12345678", 8, &at_two), 0);
    CHECK_STATUS(receive_some(two), 8);
    CHECK_STATUS(green_udp_send(two, "9", 1, &at_one), 0);
    CHECK_STATUS(receive_some(one), 1);
  }
  return 0;
}

/* tokio-rs/tokio 8000, libuv/libuv 2899: a failure of a connected socket was never heard of, or for ever. */
TEST(a_refusal_is_heard_once_and_the_socket_goes_on) {
  SKIP_WITHOUT_SOCKETS();
  if (test_in_wine) SKIP("Wine does not tell of a datagram that was not taken");
  OPEN_TWO();
  green_address gone = closed_port(1);
  CHECK_STATUS(green_udp_connect(one, &gone), 0);
  for (int i = 0; i < 3; i++) {
    CHECK_STATUS(green_udp_send(one, "x", 1, NULL), 0);
    CHECK_STATUS(receive_some(one), GREEN_ECONNREFUSED);
  }
  CHECK_STATUS(green_udp_connect(one, &at_two), 0);
  CHECK_STATUS(green_udp_send(one, "12", 2, NULL), 0);
  CHECK_STATUS(receive_some(two), 2);
  CHECK_STATUS(green_udp_send(two, "123", 3, &at_one), 0);
  CHECK_STATUS(receive_some(one), 3);
  return 0;
}

/* oven-sh/bun 35923: what could not be sent was told of twice, the second time to who received. */
TEST(a_datagram_that_is_too_large_is_told_of_once) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_TWO();
  static char large[65510];
  CHECK_STATUS(green_udp_send(one, large, sizeof large, &at_two), GREEN_EMSGSIZE);
  CHECK_STATUS(green_udp_send(two, "12", 2, &at_one), 0);
  CHECK_STATUS(receive_some(one), 2);
  CHECK_STATUS(green_udp_send(one, "123", 3, &at_two), 0);
  CHECK_STATUS(receive_some(two), 3);
  return 0;
}

/* lalinsky/zio 733, libuv/help 89: a read of nothing took a datagram unseen; an empty one was taken for
 * none. */
TEST(empty_datagrams_and_empty_room) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_TWO();
  CHECK_STATUS(green_udp_send(one, "", 0, &at_two), 0);
  CHECK_STATUS(green_udp_send(one, "123", 3, &at_two), 0);
  CHECK_STATUS(green_udp_send(one, "12345", 5, &at_two), 0);
  green_address from;
  CHECK_STATUS(green_udp_receive(two, NULL, 0, &from), 0);
  CHECK_NUMBER(from.port, at_one.port);
  CHECK_STATUS(green_udp_receive(two, NULL, 0, &from), 3);
  CHECK_STATUS(receive_some(two), 5);
  return 0;
}

/* nodejs/node 7061: to close a socket in the middle of its opening ended the program. */
static int open_and_release(void *arg) {
  green_udp *udp;
  int rc = green_udp_open(&udp, arg, 0, NULL);
  green_udp_release(udp);
  return rc;
}

TEST(an_opening_that_is_called_off) {
  SKIP_WITHOUT_SOCKETS();
  static const char *const hosts[] = {"127.0.0.1", NULL, "localhost"};
  for (int i = 0; i < 6; i++) {
    AUTO_JOIN green_future *task = green_spawn(open_and_release, (void *)hosts[i / 2]);
    CHECK_STARTED(task);
    if (i % 2) CHECK_STATUS(green_yield(), 0);
    int done = green_cancel(task), rc = test_saw(green_wait(task));
    CHECK(done == 0 || done == GREEN_EALREADY);
    CHECK(rc == 0 || rc == GREEN_ECANCELED || rc == GREEN_ENOMEM);
  }
  CHECK_STATUS(green_sleep(1), 0);
  return 0;
}

/* PerryTS/perry 6894: each host has its own view of port 0, to which nothing can be sent. */
TEST(port_0_is_no_address) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_TWO();
  const green_address none = {GREEN_IPV4, 0, "127.0.0.1"}, large = {GREEN_IPV4, 65536, "127.0.0.1"};
  CHECK_STATUS(green_udp_send(one, "x", 1, &none), GREEN_EINVAL);
  CHECK_STATUS(green_udp_send(one, "x", 1, &large), GREEN_EINVAL);
  CHECK_STATUS(green_udp_connect(one, &none), GREEN_EINVAL);
  CHECK_STATUS(green_udp_connect(one, &large), GREEN_EINVAL);
  return 0;
}

/* libuv/libuv 2612, 2130: what is of one family alone hears nothing of the other. */
TEST(a_socket_of_ipv6_alone_hears_no_ipv4) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_UDP green_udp *alone = NULL;
  AUTO_UDP green_udp *one = NULL;
  green_address at, at_one;
  int rc = green_udp_open(&alone, "::", 0, &(green_udp_options){.ipv6_only = true});
  if (rc == GREEN_EAFNOSUPPORT || rc == GREEN_EADDRNOTAVAIL) SKIP("there is no IPv6 here");
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(green_udp_address(alone, &at), 0);
  CHECK_STATUS(udp_here(&one, &at_one), 0);
  const green_address of_ipv4 = {GREEN_IPV4, at.port, "127.0.0.1"};
  const green_address of_ipv6 = {GREEN_IPV6, at.port, "::1"};
  CHECK_STATUS(green_udp_send(one, "four", 4, &of_ipv4), 0);
  rc = test_saw(green_udp_send(alone, "x", 1, &at_one));
  CHECK(rc == GREEN_ENETUNREACH || rc == GREEN_ENOMEM);
  AUTO_UDP green_udp *six = NULL;
  rc = green_udp_open(&six, "::1", 0, NULL);
  if (rc == GREEN_EADDRNOTAVAIL) SKIP("there is no IPv6 here");
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(green_udp_send(six, "the six", 7, &of_ipv6), 0);
  CHECK_STATUS(receive_some(alone), 7);
  return 0;
}

/* nodejs/node 10902: what is sent faster than it goes out is not kept without end; each send says how it
 * went, and a close ends those that wait. */
struct flood {
  green_udp *udp;
  green_address to;
};

static int send_until_closed(void *arg) {
  static char data[8000];
  const struct flood *flood = arg;
  int rc = 0;
  while (rc == 0) rc = green_udp_send(flood->udp, data, sizeof data, &flood->to);
  return test_saw(rc) == GREEN_ECLOSED ? 0 : rc;
}

TEST(a_close_ends_those_that_send) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_TWO();
  struct flood flood = {one, at_two};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(3);
  for (int i = 0; i < 3; i++) {
    tasks.at[i] = green_spawn(send_until_closed, &flood);
    CHECK_STARTED(tasks.at[i]);
  }
  CHECK_STATUS(green_sleep(1), 0);
  green_udp_close(one);
  for (int i = 0; i < 3; i++) CHECK_STATUS(green_wait(tasks.at[i]), 0);
  return 0;
}

/* Receivers of a group on one machine share its port, and each has a copy. */
TEST(two_members_of_a_group_have_a_copy_each) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_UDP green_udp *first = NULL;
  AUTO_UDP green_udp *second = NULL;
  AUTO_UDP green_udp *sender = NULL;
  green_udp_options share = {.share = true};
  green_address at, at_sender, group = {GREEN_IPV4, 0, "239.255.42.18"};
  CHECK_STATUS(green_udp_open(&first, "0.0.0.0", 0, &share), 0);
  CHECK_STATUS(green_udp_address(first, &at), 0);
  CHECK_STATUS(green_udp_open(&second, "0.0.0.0", at.port, &share), 0);
  CHECK_STATUS(udp_here(&sender, &at_sender), 0);
  CHECK_STATUS(green_udp_set_multicast_interface(sender, "127.0.0.1"), 0);
  CHECK_STATUS(green_udp_join(first, group.host, "127.0.0.1"), 0);
  CHECK_STATUS(green_udp_join(second, group.host, "127.0.0.1"), 0);
  group.port = at.port;
  CHECK_STATUS(green_udp_send(sender, "all", 3, &group), 0);
  CHECK_STATUS(receive_some(first), 3);
  CHECK_STATUS(receive_some(second), 3);
  return 0;
}
