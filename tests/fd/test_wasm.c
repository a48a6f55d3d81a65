/* Descriptors in Node: what other hosts do not have. */
#include <unistd.h>
#include "fd_test.h"

TEST(who_waits_on_what_close_closes_is_told_at_once) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  AUTO_JOIN green_future *waiting = green_spawn(fd_wait_readable, &pair.a);
  CHECK_STARTED(waiting);
  CHECK_STATUS(green_sleep(1), 0);
  close(pair.a);
  pair.a = -1;
  CHECK_STATUS(green_wait(waiting), GREEN_ECANCELED);
  return 0;
}

/* Emscripten's sockets say EAGAIN. */
TEST(nothing_to_read_is_not_waited_for) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  char byte;
  struct iovec none[] = {{&byte, 0}, {&byte, 0}};
  CHECK_STATUS((int)green_read(pair.a, &byte, 0), 0);
  CHECK_STATUS((int)green_readv(pair.a, none, 2), 0);
  return 0;
}

/* Emscripten takes it. */
TEST(a_pipe_that_nobody_reads_is_a_status) {
  AUTO_PAIR struct fd_pair pair = fd_pipe();
  green_close(pair.a);
  pair.a = -1;
  CHECK_STATUS((int)green_write(pair.b, "x", 1), GREEN_EPIPE);
  return 0;
}

/* What Emscripten would pass over is refused, not called a success. */
TEST(flags_that_are_not_honoured_are_refused) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  const int receives[] = {MSG_OOB, MSG_TRUNC, MSG_ERRQUEUE}, sends[] = {MSG_OOB, MSG_DONTROUTE};
  char byte;
  for (size_t i = 0; i < sizeof receives / sizeof *receives; i++) {
    CHECK_STATUS((int)green_recv(pair.a, &byte, 1, receives[i]), GREEN_ENOTSUP);
    CHECK_CONTAINS(green_message(), "green_recvfrom: descriptor");
  }
  for (size_t i = 0; i < sizeof sends / sizeof *sends; i++)
    CHECK_STATUS((int)green_sendto(pair.a, "x", 1, sends[i], NULL, 0), GREEN_ENOTSUP);
  char control[64] = "";
  struct iovec part = {&byte, 1};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  CHECK_STATUS((int)green_sendmsg(pair.a, &message, 0), GREEN_ENOTSUP);
  CHECK_STATUS((int)green_send(pair.b, "y", 1, 0), 1);
  CHECK_STATUS((int)green_recvmsg(pair.a, &message, 0), 1);
  CHECK_NUMBER(message.msg_controllen, 0);
  CHECK_STATUS((int)green_sendto(pair.a, "x", 1, MSG_NOSIGNAL, NULL, 0), 1);
  CHECK_STATUS((int)green_recv(pair.b, &byte, 1, MSG_WAITALL), 1);
  return 0;
}
