/* Descriptors natively: what other hosts do not have. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <greenio/uv.h>
#include "fd_test.h"

TEST(a_counter_wakes_its_reader) {
  AUTO_FD int counter = eventfd(0, 0);
  AUTO_JOIN green_future *task = green_spawn(fd_wait_readable, &counter);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  uint64_t one = 1;
  CHECK(write(counter, &one, sizeof one) == sizeof one);
  CHECK_STATUS(green_wait(task), POLLIN);
  return 0;
}

/* What always has bytes: each try finds some. */
static int read_on(void *arg) {
  int fd = *(int *)arg;
  for (;;) {
    char byte;
    int rc = (int)green_read(fd, &byte, 1);
    if (rc < 0) return rc;
  }
}

static int look_on(void *arg) {
  struct pollfd one = {.fd = *(int *)arg, .events = POLLIN};
  for (;;) {
    int rc = green_wait_fd(one.fd, POLLIN);
    if (rc >= 0) rc = green_poll(&one, 1, -1);
    if (rc < 0) return rc;
  }
}

TEST(who_never_has_to_wait_hears_of_a_cancel_and_of_a_deadline) {
  static const green_function functions[] = {read_on, look_on};
  AUTO_FD int zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  CHECK(zeros >= 0);
  for (int i = 0; i < 2; i++) {
    AUTO_FUTURE green_future *task = green_spawn(functions[i], &zeros);
    CHECK_STARTED(task);
    CHECK_STATUS(green_yield(), 0);
    CHECK(!green_done(task));
    green_cancel(task);
    CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
    int rc = 0;
    GREEN_TIMEOUT(2) rc = functions[i](&zeros);
    CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  }
  return 0;
}

/* The error is the call's outcome, and the cancel is still to come. */
TEST(a_cancel_is_not_lost_with_a_read_that_fails) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  struct linger reset = {.l_onoff = 1};
  char buffer[8];
  GREEN_TIMEOUT(1) {
    CHECK_STATUS((int)green_read(pair.a, buffer, sizeof buffer), GREEN_ETIMEDOUT);
  }
  CHECK(write(pair.b, "short", 5) == 5);
  CHECK_STATUS(green_wait_fd(pair.a, POLLIN), POLLIN);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS((int)green_read(pair.a, buffer, sizeof buffer), 5);
  CHECK(setsockopt(pair.b, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
  green_close(pair.b);
  pair.b = -1;
  green_cancel(green_current());
  int rc = (int)green_read(pair.a, buffer, sizeof buffer);
  if (rc != GREEN_ECANCELED) {
    CHECK_STATUS(rc, GREEN_ECONNRESET);
    CHECK_STATUS(green_yield(), GREEN_ECANCELED);
  }
  return 0;
}

TEST_OUTSIDE(a_wait_keeps_an_attached_loop_alive_and_lets_it_go) {
  uv_loop_t loop;
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  CHECK(uv_loop_init(&loop) == 0);
  int rc = green_uv_attach(&loop);
  if (rc == 0) {
    green_future *task = green_spawn(fd_wait_readable, &pair.a);
    uv_run(&loop, UV_RUN_NOWAIT);
    uv_run(&loop, UV_RUN_NOWAIT);
    EXPECT(test_saw(green_future_status(task)) != GREEN_EAGAIN || uv_loop_alive(&loop));
    EXPECT(write(pair.b, "x", 1) == 1);
    uv_run(&loop, UV_RUN_DEFAULT);
    rc = green_future_status(task);
    green_future_release(task);
    EXPECT(green_uv_detach() == 0);
    uv_run(&loop, UV_RUN_DEFAULT);
  }
  EXPECT(uv_loop_close(&loop) == 0);
  CHECK_STATUS(rc, POLLIN);
  return 0;
}

TEST(a_duplicate_that_lives_on_wakes_nobody) {
  AUTO_PAIR struct fd_pair old = fd_unix_pair();
  AUTO_FD int duplicate = dup(old.a);
  AUTO_JOIN green_future *waiting = green_spawn(fd_wait_readable, &old.a);
  CHECK_STARTED(waiting);
  CHECK_STATUS(green_sleep(1), 0);
  int number = old.a;
  CHECK_STATUS(green_close(number), 0);
  CHECK_STATUS(green_wait(waiting), GREEN_ECANCELED);
  AUTO_PAIR struct fd_pair new = fd_unix_pair();
  CHECK_NUMBER(new.a, number);
  old.a = -1;
  AUTO_JOIN green_future *reader = green_spawn(fd_wait_readable, &new.a);
  CHECK_STARTED(reader);
  CHECK(write(old.b, "for the duplicate", 17) == 17);
  CHECK_STATUS(green_sleep(2), 0);
  CHECK(!green_done(reader));
  CHECK(write(new.b, "x", 1) == 1);
  CHECK_STATUS(green_wait(reader), POLLIN);
  return 0;
}

TEST(a_child_that_closes_its_copy_leaves_the_parent_its_waits) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_JOIN green_future *waiting = green_spawn(fd_wait_readable, &pair.a);
  CHECK_STARTED(waiting);
  CHECK_STATUS(green_sleep(1), 0);
  pid_t child = fork();
  if (child == 0) _exit(green_close(pair.a) == 0 ? 0 : 1);
  int status = 1;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  CHECK(write(pair.b, "x", 1) == 1);
  GREEN_TIMEOUT(60000) {
    CHECK_STATUS(green_wait(waiting), POLLIN);
  }
  return 0;
}

TEST(who_waits_on_what_was_closed_elsewhere_is_told_at_the_next_use) {
  struct fd_pair old = fd_unix_pair();
  AUTO_JOIN green_future *waiting = green_spawn(fd_wait_readable, &old.a);
  CHECK_STARTED(waiting);
  CHECK_STATUS(green_sleep(1), 0);
  close(old.a);
  close(old.b);
  AUTO_PAIR struct fd_pair new = fd_unix_pair();
  CHECK_NUMBER(new.a, old.a);
  CHECK(!green_done(waiting));
  AUTO_JOIN green_future *other = green_spawn(fd_wait_readable, &new.a);
  CHECK_STARTED(other);
  CHECK_STATUS(green_wait(waiting), GREEN_ECANCELED);
  CHECK(!green_done(other));
  CHECK(write(new.b, "x", 1) == 1);
  CHECK_STATUS(green_wait(other), POLLIN);
  return 0;
}

TEST(datagrams_keep_their_bounds) {
  int fds[2];
  CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
  AUTO_PAIR struct fd_pair pair = {fds[0], fds[1]};
  char buffer[16];
  CHECK_STATUS((int)green_write(pair.a, "one", 3), 3);
  CHECK_STATUS((int)green_write(pair.a, "three", 5), 5);
  CHECK_STATUS((int)green_read(pair.b, buffer, sizeof buffer), 3);
  CHECK_STATUS((int)green_read(pair.b, buffer, 2), 2);
  CHECK_STATUS((int)green_recv(pair.b, buffer, 2, MSG_DONTWAIT), GREEN_EAGAIN);
  return 0;
}

/* A descriptor goes along with the first piece, once. */
TEST(a_message_carries_a_descriptor) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_PAIR struct fd_pair sent = fd_pipe();
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr header; /* for its alignment */
  } control = {{0}};
  char byte = 'x';
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  *header = (struct cmsghdr){
      .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
  memcpy(CMSG_DATA(header), &sent.b, sizeof(int));
  CHECK_STATUS((int)green_sendmsg(pair.a, &message, 0), 1);
  memset(&control, 0, sizeof control);
  CHECK_STATUS((int)green_recvmsg(pair.b, &message, MSG_WAITALL), 1);
  header = CMSG_FIRSTHDR(&message);
  CHECK(header && header->cmsg_type == SCM_RIGHTS);
  int taken = -1;
  memcpy(&taken, CMSG_DATA(header), sizeof(int));
  AUTO_FD int fd = taken;
  CHECK_STATUS((int)green_write(fd, "y", 1), 1);
  CHECK_STATUS((int)green_read(sent.a, &byte, 1), 1);
  CHECK_NUMBER(byte, 'y');
  return 0;
}

TEST(a_peer_that_has_gone_is_a_status_and_no_signal) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  green_close(pair.b);
  pair.b = -1;
  struct iovec part = {"x", 1};
  CHECK_STATUS((int)green_write(pair.a, "x", 1), GREEN_EPIPE);
  CHECK_STATUS((int)green_writev(pair.a, &part, 1), GREEN_EPIPE);
  CHECK_STATUS((int)green_send(pair.a, "x", 1, 0), GREEN_EPIPE);
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  CHECK_STATUS((int)green_sendmsg(pair.a, &message, 0), GREEN_EPIPE);
  return 0;
}

static int accept_late(void *arg) {
  int rc = green_sleep(5);
  for (int i = 0; i < 4 && rc == 0; i++) rc = fd_accept_one(arg);
  if (rc < 0) shutdown(((struct fd_listener *)arg)->fd, SHUT_RDWR); /* nobody waits for us */
  return rc;
}

/* A listener with no room: its kernel lets the connections wait. */
TEST(a_deadline_ends_a_connection_that_does_not_come_about) {
  struct fd_listener listener;
  listener.fd = fd_listen(&listener.address, &listener.size, 0);
  AUTO_FD int fd = listener.fd;
  int rc = 0, tries = 0;
  int kept[8];
  while (rc == 0 && tries < 8) {
    kept[tries] = fd_socket();
    GREEN_TIMEOUT(20) {
      rc = green_connect(kept[tries], (struct sockaddr *)&listener.address, listener.size);
    }
    tries++;
  }
  for (int i = 0; i < tries; i++) green_close(kept[i]);
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  return 0;
}

/* What connect(2) says of the socket, again and again, is what it says where it waits by itself. */
TEST(a_socket_that_was_refused_connects_to_who_listens_by_then) {
  struct fd_listener listener;
  int one = 1;
  green_close(fd_listen(&listener.address, &listener.size, 1));
  struct sockaddr *address = (struct sockaddr *)&listener.address;
  AUTO_FD int fd = fd_socket();
  AUTO_FD int late = fd_socket();
  for (int i = 0; i < 3; i++)
    CHECK_STATUS(green_connect(fd, address, listener.size), GREEN_ECONNREFUSED);
  CHECK_NUMBER(setsockopt(late, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), 0);
  CHECK_NUMBER(bind(late, address, listener.size), 0);
  CHECK_NUMBER(listen(late, 1), 0);
  CHECK_STATUS(green_connect(fd, address, listener.size), 0);
  for (int i = 0; i < 2; i++) {
    CHECK_STATUS(green_connect(fd, address, listener.size), GREEN_EISCONN);
    CHECK_NUMBER(connect(fd, address, listener.size), -1);
    CHECK_NUMBER(errno, EISCONN);
  }
  return 0;
}

TEST(a_unix_listener_without_room_is_waited_for) {
  struct fd_listener listener = {.fd = socket(AF_UNIX, SOCK_STREAM, 0)};
  struct sockaddr_un *address = (struct sockaddr_un *)&listener.address;
  AUTO_FD int fd = listener.fd;
  memset(&listener.address, 0, sizeof listener.address);
  address->sun_family = AF_UNIX;
  /* an abstract name, which needs no file */
  int length = snprintf(address->sun_path + 1, 64, "greenio-%d-%d", getpid(), fd);
  listener.size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
  CHECK(bind(fd, (struct sockaddr *)address, listener.size) == 0);
  CHECK(listen(fd, 0) == 0);
  AUTO_JOIN green_future *server = green_spawn(accept_late, &listener);
  CHECK_STARTED(server);
  AUTO_JOIN_ALL struct test_futures clients = test_futures(4);
  for (int i = 0; i < 4; i++) {
    clients.at[i] = green_spawn(fd_connect_one, &listener);
    CHECK_STARTED(clients.at[i]);
  }
  for (int i = 0; i < 4; i++) CHECK_STATUS(green_wait(clients.at[i]), 0);
  CHECK_STATUS(green_wait(server), 0);
  return 0;
}

static void count_turn(uv_check_t *check) {
  ++*(long *)check->data;
}

/* Waits that nothing ends let the loop sleep: whatever else is there on the descriptor, and after
 * they were given up. A loop that polls turns a hundred thousand times meanwhile. */
TEST(waits_that_nothing_ends_do_not_turn_the_loop) {
  AUTO_PAIR struct fd_pair half = fd_unix_pair(), full = fd_unix_pair();
  CHECK(shutdown(half.b, SHUT_WR) == 0);
  CHECK(write(full.b, "abc", 3) == 3);
  static long turns;
  static uv_check_t check;
  turns = 0;
  uv_check_init(green_uv_loop(), &check);
  check.data = &turns;
  uv_check_start(&check, count_turn);
  int first = 0, second = 0, third = 0, fourth = 0;
  GREEN_TIMEOUT(100) first = green_wait_fd(half.a, POLLPRI);
  GREEN_TIMEOUT(100) second = green_wait_fd(full.a, POLLPRI);
  struct pollfd both[] = {{half.a, POLLPRI, 0}, {full.a, POLLPRI, 0}};
  third = green_poll(both, 2, 100);
  fourth = green_sleep(100); /* data is still there, and nobody wants it */
  uv_close((uv_handle_t *)&check, NULL);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(first, GREEN_ETIMEDOUT);
  CHECK_STATUS(second, GREEN_ETIMEDOUT);
  CHECK_STATUS(third, 0);
  CHECK_STATUS(fourth, 0);
  CHECK(turns < 1000);
  return 0;
}
