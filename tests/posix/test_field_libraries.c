/* What libraries do with sockets, and what their users have run into where something stands in front of libc: put to
 * greenio_posix from the same C on every host. */
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include "posix_test.h"

/* A look that does not wait: the events that there are, or a status. */
static int look(int fd, int events) {
  struct pollfd one = {.fd = fd, .events = (short)events};
  int rc = call_outcome(poll(&one, 1, 0));
  return rc < 0 ? rc : one.revents;
}

/* gevent 1779: select() said readable once more, behind all that there was. */
TEST(what_was_read_is_not_ready_any_more) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  char bytes[8];
  CHECK_STATUS(look(pair.a, POLLIN), 0);
  CHECK_STATUS(call_outcome(write(pair.b, "four", 4)), 4);
  CHECK_STATUS(call_outcome(read(pair.a, bytes, 4)), 4);
  CHECK_STATUS(look(pair.a, POLLIN), 0);
  return 0;
}

/* hiredis 332, 306: the answer came behind the timeout, and the next read is to have it. */
TEST(an_answer_behind_a_timeout_is_still_read) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  struct timeval limit = {.tv_usec = 1000};
  char bytes[8] = "";
  CHECK(setsockopt(pair.a, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
  for (int i = 0; i < 3; i++)
    CHECK_STATUS(call_outcome(read(pair.a, bytes, sizeof bytes)), green_status_from_errno(EAGAIN));
  CHECK_STATUS(call_outcome(write(pair.b, "late", 4)), 4);
  limit.tv_sec = 60;
  CHECK(setsockopt(pair.a, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
  CHECK_STATUS(call_outcome(read(pair.a, bytes, sizeof bytes)), 4);
  CHECK(memcmp(bytes, "late", 4) == 0);
  return 0;
}

/* ---- what is accepted ---- */

static int connected(const struct sockaddr_storage *address, socklen_t size) {
  int fd = fd_socket();
  if (connect(fd, (const struct sockaddr *)address, size) == 0) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

/* emscripten 27717: it had its listener's O_NONBLOCK. */
TEST(what_is_accepted_has_not_its_listeners_flags) {
  struct sockaddr_storage address;
  socklen_t size;
  AUTO_FD int listener = fd_listen(&address, &size, 5);
  CHECK(fcntl(listener, F_SETFL, O_NONBLOCK) == 0);
  CHECK_STATUS(call_outcome(accept(listener, NULL, NULL)), green_status_from_errno(EAGAIN));
  AUTO_FD int first = connected(&address, size), second = -1, plain = -1, told = -1;
  CHECK_STATUS(call_outcome(first < 0 ? -1 : 0), 0);
  struct pollfd one = {.fd = listener, .events = POLLIN};
  CHECK_STATUS(call_outcome(poll(&one, 1, -1)), 1);
  plain = accept(listener, NULL, NULL);
  CHECK_STATUS(call_outcome(plain < 0 ? -1 : 0), 0);
  CHECK(fd_blocks(plain));
  second = connected(&address, size);
  CHECK_STATUS(call_outcome(second < 0 ? -1 : 0), 0);
  CHECK_STATUS(call_outcome(poll(&one, 1, -1)), 1);
  told = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  CHECK_STATUS(call_outcome(told < 0 ? -1 : 0), 0);
  CHECK(!fd_blocks(told) && fcntl(told, F_GETFD) == FD_CLOEXEC);
  return 0;
}

/* emscripten 16434: select() did not see what had come before it was called. */
TEST(what_came_before_the_first_look_is_seen) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  fd_set set;
  char bytes[8];
  CHECK_STATUS(call_outcome(write(pair.b, "early", 5)), 5);
  CHECK_STATUS(green_yield(), 0);
  FD_ZERO(&set);
  FD_SET(pair.a, &set);
  CHECK_STATUS(call_outcome(select(pair.a + 1, &set, NULL, NULL, NULL)), 1);
  CHECK(FD_ISSET(pair.a, &set));
  CHECK_STATUS(call_outcome(read(pair.a, bytes, sizeof bytes)), 5);
  return 0;
}

/* ---- both directions ---- */

struct stream {
  int fd;
  size_t count; /* bytes */
};

static int stream_out(void *arg) {
  const struct stream *stream = arg;
  char bytes[10000];
  for (size_t at = 0; at < stream->count; at += sizeof bytes) {
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)((at + i) % 251);
    int rc = call_outcome(write(stream->fd, bytes, sizeof bytes));
    if (rc != (int)sizeof bytes) return rc < 0 ? rc : GREEN_EPROTO;
  }
  return 0;
}

static int stream_in(void *arg) {
  const struct stream *stream = arg;
  char bytes[777];
  for (size_t at = 0; at < stream->count;) {
    int rc = call_outcome(read(stream->fd, bytes, sizeof bytes));
    if (rc <= 0) return rc < 0 ? rc : GREEN_EPROTO;
    for (int i = 0; i < rc; i++, at++)
      if (bytes[i] != (char)(at % 251)) return GREEN_EPROTO;
  }
  return 0;
}

/* A task reads while another writes, on both ends, more than the way holds: nobody waits for whom it holds up. */
TEST(both_ends_write_more_than_there_is_room_for) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  struct stream a = {pair.a, 600000}, b = {pair.b, 600000};
  AUTO_JOIN green_future *out = green_spawn(stream_out, &a);
  CHECK_STARTED(out);
  AUTO_JOIN green_future *back = green_spawn(stream_out, &b);
  CHECK_STARTED(back);
  AUTO_JOIN green_future *in = green_spawn(stream_in, &a);
  CHECK_STARTED(in);
  CHECK_STATUS(stream_in(&b), 0);
  CHECK_STATUS(green_wait(in), 0);
  CHECK_STATUS(green_wait(out), 0);
  CHECK_STATUS(green_wait(back), 0);
  return 0;
}

static int send_one(void *arg) {
  return call_outcome(write(*(int *)arg, "x", 1));
}

/* libssh2 1395: which of the two it was that was waited for. */
TEST(a_wait_for_both_directions_says_which) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  struct pollfd one = {.fd = pair.a, .events = POLLIN | POLLOUT};
  CHECK_STATUS(call_outcome(poll(&one, 1, -1)), 1);
  CHECK_NUMBER(one.revents, POLLOUT);
  fd_fill(pair.a);
  AUTO_JOIN green_future *task = green_spawn(send_one, &pair.b);
  CHECK_STARTED(task);
  for (int i = 0; i < 100 && !(one.revents & POLLIN); i++) {
    CHECK_STATUS(call_outcome(poll(&one, 1, -1)), 1);
    if (!(one.revents & POLLIN)) CHECK(fd_fill(pair.a) > 0); /* there was room again */
  }
  CHECK(one.revents & POLLIN);
  CHECK_STATUS(green_wait(task), 1);
  return 0;
}

/* ---- ends ---- */

static int close_it(void *arg) {
  int fd = *(int *)arg;
  *(int *)arg = -1;
  return close(fd);
}

/* libssh2 110: a wait went on for ever when the peer had gone. */
TEST(a_peer_that_goes_ends_a_wait_in_poll) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  struct pollfd one = {.fd = pair.a, .events = POLLIN};
  char byte;
  AUTO_JOIN green_future *task = green_spawn(close_it, &pair.b);
  CHECK_STARTED(task);
  CHECK_STATUS(call_outcome(poll(&one, 1, -1)), 1);
  CHECK(one.revents & POLLIN);
  CHECK_STATUS(call_outcome(read(pair.a, &byte, 1)), 0);
  CHECK_STATUS(call_outcome(read(pair.a, &byte, 1)), 0);
  CHECK_STATUS(green_wait(task), 0);
  return 0;
}

/* emscripten 1477: what a write says when the peer has gone. */
TEST(writing_to_who_has_gone_fails_and_no_more) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  int rc;
  close_it(&pair.b);
  while ((rc = call_outcome(send(pair.a, "x", 1, MSG_NOSIGNAL))) == 1)
    if ((rc = green_sleep(1)) < 0) break;
  if (rc == green_status_from_errno(ECONNRESET)) /* told once */
    rc = call_outcome(send(pair.a, "x", 1, MSG_NOSIGNAL));
  CHECK_STATUS(rc, green_status_from_errno(EPIPE));
  return 0;
}

/* What closes and connects at once, as libcurl does: a number that was closed is another socket's at once. */
TEST(a_number_that_is_used_again_is_another_socket) {
  char byte = 0;
  for (int i = 0; i < 3; i++) {
    AUTO_PAIR struct fd_pair old = fd_tcp_pair();
    int number = old.a;
    CHECK_STATUS(look(number, POLLIN), 0);
    AUTO_JOIN green_future *task = green_spawn(fd_wait_readable, &number);
    CHECK_STARTED(task);
    CHECK_STATUS(green_sleep(1), 0);
    close_it(&old.a);
    CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
    AUTO_PAIR struct fd_pair next = fd_tcp_pair();
    AUTO_JOIN green_future *other = green_spawn(send_one, &next.b);
    CHECK_STARTED(other);
    CHECK_STATUS(call_outcome(read(next.a, &byte, 1)), 1);
    CHECK_STATUS(green_wait(other), 1);
  }
  return 0;
}

/* What a client ends its request by is not the end of the answer: nc, rsh, curl with a FIFO. */
TEST(an_answer_comes_behind_the_end_of_the_request) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  char bytes[8];
  CHECK_STATUS(call_outcome(write(pair.a, "ask", 3)), 3);
  CHECK_STATUS(call_outcome(shutdown(pair.a, SHUT_WR)), 0);
  CHECK_STATUS(call_outcome(recv(pair.b, bytes, sizeof bytes, MSG_WAITALL)), 3);
  CHECK_STATUS(call_outcome(write(pair.b, "answer", 6)), 6);
  CHECK_STATUS(call_outcome(read(pair.a, bytes, sizeof bytes)), 6);
  CHECK_STATUS(look(pair.a, POLLIN), 0);
  return 0;
}
