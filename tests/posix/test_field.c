/* What users of sockets in WebAssembly, and of the libraries that stand on them, have run into
 * elsewhere, put to greenio_posix from the same C on every host. */
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include "posix_test.h"

#define CHECK_ERRNO(call, expected)                                                                \
  CHECK_STATUS(call_outcome(call), green_status_from_errno(expected))

static int so_error(int fd) {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &size) < 0 ? -errno : value;
}

/* ---- a connection that is not waited for: connect, select, SO_ERROR ---- */

static int select_writable(int fd) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(fd, &set);
  int rc = call_outcome(select(fd + 1, NULL, &set, NULL, NULL));
  return rc == 1 && !FD_ISSET(fd, &set) ? GREEN_EPROTO : rc;
}

TEST(a_connection_is_made_behind_select) {
  struct sockaddr_storage address, peer;
  socklen_t size, peer_size = sizeof peer;
  AUTO_FD int listener = fd_listen(&address, &size, 5);
  AUTO_FD int client = fd_socket();
  CHECK(fcntl(client, F_SETFL, O_NONBLOCK) == 0);
  int rc = connect(client, (struct sockaddr *)&address, size);
  CHECK(rc == 0 || errno == EINPROGRESS);
  CHECK_STATUS(select_writable(client), 1);
  CHECK_NUMBER(so_error(client), 0);
  CHECK_NUMBER(getpeername(client, (struct sockaddr *)&peer, &peer_size), 0);
  rc = connect(client, (struct sockaddr *)&address, size);
  CHECK(rc == 0 || errno == EISCONN); /* Linux tells the first who asks that it is made */
  CHECK_ERRNO(connect(client, (struct sockaddr *)&address, size), EISCONN);
  return 0;
}

TEST(a_connection_fails_behind_select) {
  struct sockaddr_storage address;
  socklen_t size;
  int listener = fd_listen(&address, &size, 1);
  close(listener);
  AUTO_FD int client = fd_socket();
  CHECK(fcntl(client, F_SETFL, O_NONBLOCK) == 0);
  int rc = connect(client, (struct sockaddr *)&address, size);
  CHECK(rc == -1 && (errno == EINPROGRESS || errno == ECONNREFUSED));
  if (errno == ECONNREFUSED) return 0;
  CHECK_STATUS(select_writable(client), 1);
  CHECK_NUMBER(so_error(client), ECONNREFUSED);
  return 0;
}

/* ---- bytes that are looked at ---- */

static int peek_one(void *arg) {
  char byte;
  return call_outcome(recv(*(int *)arg, &byte, 1, MSG_PEEK));
}

TEST(a_peek_waits_and_leaves_all_as_it_was) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  char bytes[8];
  struct pollfd one = {.fd = pair.a, .events = POLLIN};
  AUTO_JOIN green_future *task = green_spawn(peek_one, &pair.a);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(call_outcome(write(pair.b, "abc", 3)), 3);
  CHECK_STATUS(green_wait(task), 1);
  for (int i = 0; i < 2; i++) CHECK_STATUS(call_outcome(recv(pair.a, bytes, 8, MSG_PEEK)), 3);
  CHECK_STATUS(call_outcome(poll(&one, 1, 0)), 1);
  CHECK_STATUS(call_outcome(read(pair.a, bytes, 8)), 3);
  CHECK_STATUS(call_outcome(poll(&one, 1, 0)), 0);
  CHECK_NUMBER(shutdown(pair.b, SHUT_WR), 0);
  CHECK_STATUS(call_outcome(recv(pair.a, bytes, 8, MSG_PEEK)), 0);
  return 0;
}

TEST(nothing_is_read_of_what_is_not_there) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  char byte;
  int count = -1;
  CHECK(recv(pair.a, &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
  CHECK(recv(pair.a, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == -1 && errno == EAGAIN);
  CHECK_NUMBER(ioctl(pair.a, FIONREAD, &count), 0);
  CHECK_NUMBER(count, 0);
  CHECK(fd_blocks(pair.a));
  return 0;
}

/* ---- poll and select without descriptors, and of many ---- */

TEST(waiting_for_nothing_is_sleeping) {
  struct timeval limit = {0, 2000};
  struct pollfd none = {.fd = -1, .events = POLLIN, .revents = 7};
  uint64_t before = green_now();
  CHECK_STATUS(call_outcome(select(0, NULL, NULL, NULL, &limit)), 0);
  CHECK_STATUS(call_outcome(poll(NULL, 0, 2)), 0);
  CHECK_STATUS(call_outcome(poll(&none, 1, 2)), 0);
  CHECK_NUMBER(none.revents, 0);
  CHECK(green_now() - before >= 6000000);
  return 0;
}

TEST(a_look_does_not_wait) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  struct pollfd two[] = {{.fd = pair.a, .events = POLLIN}, {.fd = 0x7fff, .events = POLLIN}};
  struct timeval now = {0, 0};
  int turns = 0;
  AUTO_JOIN green_future *other = green_spawn(count_turns, &turns);
  CHECK_STARTED(other);
  CHECK_STATUS(call_outcome(poll(two, 1, 0)), 0);
  CHECK_STATUS(call_outcome(poll(two, 2, 0)), 1);
  CHECK_NUMBER(two[1].revents, POLLNVAL);
  CHECK_STATUS(call_outcome(select(0, NULL, NULL, NULL, &now)), 0);
  CHECK_NUMBER(turns, 0);
  return 0;
}

TEST(a_number_that_select_has_no_room_for) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  AUTO_FD int high = fcntl(pair.a, F_DUPFD, FD_SETSIZE + 100);
  if (high < 0) return errno == EINVAL ? 0 : call_outcome(-1); /* more than the process may have */
  struct pollfd one = {.fd = high, .events = POLLOUT};
  CHECK_STATUS(call_outcome(poll(&one, 1, -1)), 1);
  CHECK_STATUS(call_outcome(write(high, "x", 1)), 1);
  return 0;
}

/* ---- ends ---- */

static int read_to_end(void *arg) {
  char byte;
  return call_outcome(read(*(int *)arg, &byte, 1));
}

TEST(shutdown_wakes_who_reads) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  const int ways[] = {SHUT_RD, SHUT_RDWR};
  for (int i = 0; i < 2; i++) {
    AUTO_JOIN green_future *task = green_spawn(read_to_end, &pair.a);
    CHECK_STARTED(task);
    CHECK_STATUS(green_yield(), 0);
    CHECK_NUMBER(shutdown(pair.a, ways[i]), 0);
    CHECK_STATUS(green_wait(task), 0);
  }
  CHECK_ERRNO(send(pair.a, "x", 1, MSG_NOSIGNAL), EPIPE);
  return 0;
}

TEST(who_the_peer_was_is_known_behind_its_end) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  struct sockaddr_in peer;
  socklen_t size = sizeof peer;
  char byte;
  close(pair.b);
  pair.b = -1;
  CHECK_STATUS(call_outcome(read(pair.a, &byte, 1)), 0);
  CHECK_NUMBER(getpeername(pair.a, (struct sockaddr *)&peer, &size), 0);
  CHECK_NUMBER(peer.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
  int closed = pair.a;
  close(pair.a);
  pair.a = -1;
  CHECK_ERRNO(getpeername(closed, (struct sockaddr *)&peer, &size), EBADF);
  return 0;
}

static int poll_one(void *arg) {
  struct pollfd one = {.fd = *(int *)arg, .events = POLLIN};
  return call_outcome(poll(&one, 1, -1));
}
static int select_one(void *arg) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(*(int *)arg, &set);
  return call_outcome(select(*(int *)arg + 1, &set, NULL, NULL, NULL));
}

TEST(closing_ends_every_kind_of_wait) {
  const green_function kinds[] = {read_to_end, peek_one, poll_one, select_one};
  for (int i = 0; i < 4; i++) {
    AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
    int fd = pair.a;
    AUTO_JOIN green_future *task = green_spawn(kinds[i], &fd);
    CHECK_STARTED(task);
    CHECK_STATUS(green_sleep(1), 0);
    close(pair.a);
    pair.a = -1;
    CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  }
  return 0;
}

TEST(a_duplicate_goes_on_waiting) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  AUTO_FD int second = dup(pair.a);
  AUTO_JOIN green_future *task = green_spawn(read_to_end, &second);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  close(pair.a);
  pair.a = -1;
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(call_outcome(write(pair.b, "x", 1)), 1);
  CHECK_STATUS(green_wait(task), 1);
  return 0;
}

/* ---- vectors ---- */

TEST(vectors_with_empty_parts_and_many) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  char out[40], in[40];
  struct iovec parts[40], into[40];
  for (int i = 0; i < 40; i++) {
    out[i] = (char)('a' + i % 26);
    parts[i] = (struct iovec){out + i, i % 3 != 0};
    into[i] = (struct iovec){in + i, i % 3 != 0};
  }
  struct msghdr message = {.msg_iov = into, .msg_iovlen = 40};
  CHECK_STATUS(call_outcome(writev(pair.a, parts, 40)), 26);
  CHECK_STATUS(call_outcome(recvmsg(pair.b, &message, MSG_WAITALL)), 26);
  for (int i = 0; i < 40; i++) CHECK(i % 3 == 0 || in[i] == out[i]);
  message.msg_iov = parts;
  CHECK_STATUS(call_outcome(sendmsg(pair.a, &message, 0)), 26);
  CHECK_STATUS(call_outcome(readv(pair.b, into, 40)), 26);
  return 0;
}

/* ---- flags and timeouts ---- */

TEST(flags_are_what_was_set) {
  struct sockaddr_storage address;
  socklen_t size;
  AUTO_FD int listener = fd_listen(&address, &size, 5);
  AUTO_FD int client = fd_socket();
  CHECK_NUMBER(fcntl(client, F_GETFL) & O_ACCMODE, O_RDWR);
  CHECK_STATUS(call_outcome(connect(client, (struct sockaddr *)&address, size)), 0);
  struct pollfd one = {.fd = listener, .events = POLLIN};
  CHECK_STATUS(call_outcome(poll(&one, 1, -1)), 1);
  CHECK(fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK) == 0);
  AUTO_FD int server = accept(listener, NULL, NULL);
  CHECK_STATUS(call_outcome(server < 0 ? -1 : 0), 0);
  CHECK(fd_blocks(server) && !fd_blocks(listener)); /* it is not handed down */
  CHECK(accept(listener, NULL, NULL) == -1 && errno == EAGAIN);
  return 0;
}

TEST(timeouts_are_read_back_and_taken_away) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  struct timeval limit = {3, 500000}, got = {0}, none = {0};
  socklen_t size = sizeof got;
  CHECK_NUMBER(setsockopt(pair.a, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit), 0);
  CHECK_NUMBER(getsockopt(pair.a, SOL_SOCKET, SO_SNDTIMEO, &got, &size), 0);
  CHECK(got.tv_sec == 3 && got.tv_usec == 500000);
  limit = (struct timeval){0, 2000};
  CHECK_NUMBER(setsockopt(pair.a, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
  CHECK(recv(pair.a, &got, 1, 0) == -1);
  CHECK_STATUS(call_outcome(-1), GREEN_EAGAIN);
  CHECK_NUMBER(setsockopt(pair.a, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none), 0);
  GREEN_TIMEOUT(20) {
    CHECK_ERRNO(recv(pair.a, &got, 1, 0), ETIMEDOUT);
  }
  return 0;
}

/* ---- names ---- */

static int look_up(const char *node, const char *service, int family, int flags, int *found) {
  struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
  struct addrinfo *list = NULL;
  int rc = getaddrinfo(node, service, &hints, &list);
  if (rc == EAI_MEMORY || (rc == EAI_SYSTEM && errno == ENOMEM)) test_saw(GREEN_ENOMEM);
  if (rc != 0) return rc;
  *found = list->ai_family;
  freeaddrinfo(list);
  return 0;
}

TEST(numeric_names) {
  int family = 0;
  CHECK_NUMBER(look_up("::1", "80", AF_UNSPEC, 0, &family), 0);
  CHECK_NUMBER(family, AF_INET6);
  CHECK_NUMBER(look_up("127.0.0.1", "80", AF_UNSPEC, 0, &family), 0);
  CHECK_NUMBER(family, AF_INET);
  CHECK_NUMBER(look_up(NULL, "80", AF_INET, AI_PASSIVE, &family), 0);
  CHECK_NUMBER(look_up("localhost", "80", AF_INET, AI_NUMERICHOST, &family), EAI_NONAME);
  CHECK_NUMBER(look_up("localhost", "80", AF_INET, AI_NUMERICSERV, &family), 0);
  CHECK(look_up("127.0.0.1", "no such service", AF_INET, 0, &family) != 0);
  CHECK(look_up("localhost", "http", AF_INET, AI_NUMERICSERV, &family) != 0);
  return 0;
}
