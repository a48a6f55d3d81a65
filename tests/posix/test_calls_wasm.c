/* greenio_posix in WebAssembly: what differs there from libc's natively. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <greenio/posix.h>
#include "posix_test.h"

__attribute__((constructor)) static void enable(void) {
  if (green_posix_enable() < 0) abort();
}

/* Natively it blocks inside libc. */
static int read_line(void *arg) {
  FILE *stream = arg;
  char line[16] = "";
  if (!fgets(line, sizeof line, stream)) return call_outcome(-1);
  return strcmp(line, "hello\n") == 0 ? 0 : GREEN_EPROTO;
}

TEST(stdio_on_a_socket_parks) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  FILE *in = fdopen(pair.a, "r+");
  if (!in) return test_saw(GREEN_ENOMEM);
  pair.a = -1;
  AUTO_JOIN green_future *task = green_spawn(read_line, in);
  int rc = task ? green_sleep(1) : GREEN_ENOMEM;
  if (rc == 0) rc = call_outcome(write(pair.b, "hel", 3)) == 3 ? green_sleep(1) : GREEN_EIO;
  if (rc == 0) rc = call_outcome(write(pair.b, "lo\n", 3)) == 3 ? green_wait(task) : GREEN_EIO;
  if (task) green_cancel(task), green_wait(task);
  fclose(in);
  CHECK_STATUS(rc, 0);
  return 0;
}

TEST(what_stdio_writes_to_a_pipe_is_there) {
  AUTO_PAIR struct fd_pair pipe = fd_pipe();
  char bytes[16];
  FILE *out = fdopen(pipe.b, "w");
  if (!out) return test_saw(GREEN_ENOMEM);
  pipe.b = -1;
  fprintf(out, "%d lines\n", 7);
  fclose(out);
  CHECK_STATUS(call_outcome(read(pipe.a, bytes, sizeof bytes)), 8);
  CHECK(memcmp(bytes, "7 lines\n", 8) == 0);
  CHECK_STATUS(call_outcome(read(pipe.a, bytes, sizeof bytes)), 0);
  return 0;
}

/* What cannot be done is refused, not called a success. */
TEST(what_node_does_not_have_is_refused) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  char byte, control[64] = "";
  struct iovec part = {&byte, 1};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  CHECK_STATUS(call_outcome(socket(AF_INET, SOCK_DGRAM, 0)), green_status_from_errno(EPROTOTYPE));
  CHECK_STATUS(call_outcome(recv(pair.a, &byte, 1, MSG_OOB)), GREEN_ENOTSUP);
  CHECK_STATUS(call_outcome(send(pair.a, &byte, 1, MSG_OOB)), GREEN_ENOTSUP);
  CHECK_STATUS(call_outcome(sendmsg(pair.a, &message, 0)), GREEN_ENOTSUP);
  return 0;
}

static int send_one(void *arg) {
  return call_outcome(send(*(int *)arg, "x", 1, MSG_NOSIGNAL));
}

/* Of a pair that is full: Linux would tell who sends, but not who has it polled. */
TEST(who_reads_no_more_ends_a_wait_for_room) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  fd_fill(pair.b);
  AUTO_JOIN green_future *task = green_spawn(send_one, &pair.b);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_NUMBER(shutdown(pair.a, SHUT_RD), 0);
  CHECK_STATUS(green_wait(task), GREEN_EPIPE);
  return 0;
}

/* Where there is no terminal. */
TEST(a_failed_open_leaves_no_descriptor) {
  AUTO_FD int before = open("/dev/null", O_RDONLY);
  for (int i = 0; i < 3; i++) {
    AUTO_FD int terminal = open("/dev/tty", O_RDWR);
    CHECK(terminal >= 0 || errno == ENXIO);
  }
  AUTO_FD int next = open("/dev/null", O_RDONLY);
  CHECK_NUMBER(next, before + 1);
  return 0;
}

/* Nothing can be waited for there. */
TEST_OUTSIDE(outside_a_task_a_call_that_would_wait_is_eagain) {
  int fds[2];
  char byte;
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  CHECK(read(fds[0], &byte, 1) == -1 && errno == EAGAIN);
  CHECK(close(fds[0]) == 0 && close(fds[1]) == 0);
  CHECK(close(fds[0]) == -1 && errno == EBADF);
  return 0;
}

/* The number is there again at once, and what waited on it is told. */
TEST(closed_by_stdio) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  FILE *stream = fdopen(pair.a, "r");
  if (!stream) return test_saw(GREEN_ENOMEM);
  AUTO_JOIN green_future *waiting = green_spawn(fd_wait_readable, &pair.a);
  int rc = waiting ? green_sleep(1) : GREEN_ENOMEM;
  fclose(stream);
  pair.a = -1;
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(green_wait(waiting), GREEN_ECANCELED);
  return 0;
}

/* ---- what the kernel does natively, by limits of its own ---- */

TEST(accept_without_a_free_number_leaves_the_connection) {
  static int all[5000];
  struct sockaddr_storage address;
  socklen_t size;
  AUTO_FD int listener = fd_listen(&address, &size, 5);
  AUTO_FD int client = fd_socket();
  CHECK_STATUS(call_outcome(connect(client, (struct sockaddr *)&address, size)), 0);
  struct pollfd one = {.fd = listener, .events = POLLIN};
  CHECK_STATUS(call_outcome(poll(&one, 1, -1)), 1);
  int count = 0, error = 0;
  while (count < 5000 && (all[count] = dup(client)) >= 0) count++;
  if (accept(listener, NULL, NULL) < 0) error = errno;
  while (count > 0) close(all[--count]);
  CHECK_NUMBER(error, EMFILE);
  CHECK_STATUS(call_outcome(poll(&one, 1, 0)), 1);
  AUTO_FD int server = accept(listener, NULL, NULL);
  CHECK_STATUS(call_outcome(server < 0 ? -1 : 0), 0);
  char byte = 'x';
  CHECK_STATUS(call_outcome(write(client, &byte, 1)), 1);
  CHECK_STATUS(call_outcome(read(server, &byte, 1)), 1);
  return 0;
}

/* Natively it is not answered, and the peer tries again for a while. */
TEST(who_comes_beyond_the_backlog_is_reset) {
  struct sockaddr_storage address;
  socklen_t size;
  char byte;
  AUTO_FD int listener = fd_listen(&address, &size, 2);
  int clients[3], rc = 0;
  for (int i = 0; i < 3; i++) {
    clients[i] = fd_socket();
    if (rc == 0) rc = call_outcome(connect(clients[i], (struct sockaddr *)&address, size));
  }
  if (rc == 0) {
    GREEN_TIMEOUT(20000) {
      rc = call_outcome(read(clients[2], &byte, 1));
    }
  }
  for (int i = 0; i < 3; i++) close(clients[i]);
  CHECK_STATUS(rc, GREEN_ECONNRESET);
  return 0;
}

/* The kernel's lasts as long as any of a file's descriptors. */
TEST(a_registration_of_epoll_ends_with_its_number) {
  struct epoll_event event = {.events = EPOLLIN};
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  AUTO_FD int epoll = epoll_create1(0);
  int number = pair.a;
  CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, number, &event) == 0);
  AUTO_FD int spare = dup(number);
  CHECK(write(pair.b, "a", 1) == 1);
  CHECK_STATUS(call_outcome(epoll_wait(epoll, &event, 1, -1)), 1);
  close(number);
  CHECK_NUMBER(epoll_wait(epoll, &event, 1, 0), 0);
  CHECK_NUMBER(dup2(spare, number), number);
  CHECK_NUMBER(epoll_wait(epoll, &event, 1, 0), 0);
  CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, number, &event) == 0);
  CHECK_NUMBER(epoll_wait(epoll, &event, 1, 0), 1);
  return 0;
}
