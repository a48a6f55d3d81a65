/* The twins of the POSIX calls: counts, partial transfers, and what they leave alone. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fd_test.h"

struct transfer {
  int fd;
  size_t size;
  ssize_t count;
};

static char piece[32768];

/* Writes `size` bytes in one call. */
static int write_all(void *arg) {
  struct transfer *transfer = arg;
  char *bytes = malloc(transfer->size);
  for (size_t i = 0; i < transfer->size; i++) bytes[i] = (char)(i * 31 >> 3);
  transfer->count = green_write(transfer->fd, bytes, transfer->size);
  free(bytes);
  if (transfer->count < 0) return (int)transfer->count;
  /* cut short by what --fail-alloc does */
  if ((size_t)transfer->count < transfer->size && test_allocator_failed()) test_saw(GREEN_ENOMEM);
  return 0;
}

/* Reads until the end of file; GREEN_EPROTO: other bytes than write_all() writes. */
static int read_all(void *arg) {
  struct transfer *transfer = arg;
  char buffer[10000];
  ssize_t count;
  while ((count = green_read(transfer->fd, buffer, sizeof buffer)) > 0)
    for (ssize_t i = 0; i < count; i++)
      if (buffer[i] != (char)((size_t)transfer->count++ * 31 >> 3)) return GREEN_EPROTO;
  return (int)count;
}

static int write_then_read(struct fd_pair *pair, size_t size) {
  struct transfer out = {.fd = pair->b, .size = size}, in = {.fd = pair->a};
  AUTO_JOIN green_future *writer = green_spawn(write_all, &out);
  AUTO_JOIN green_future *reader = green_spawn(read_all, &in);
  CHECK_STARTED(writer);
  CHECK_STARTED(reader);
  CHECK_STATUS(green_wait(writer), 0);
  CHECK_NUMBER(out.count, size);
  CHECK(fd_blocks(pair->a) && fd_blocks(pair->b));
  green_close(pair->b);
  pair->b = -1;
  CHECK_STATUS(green_wait(reader), 0);
  CHECK_NUMBER(in.count, size);
  return 0;
}

TEST(a_write_larger_than_the_socket_holds_is_whole) {
  AUTO_PAIR struct fd_pair unix_pair = fd_unix_pair();
  AUTO_PAIR struct fd_pair tcp_pair = fd_tcp_pair();
  int rc = write_then_read(&unix_pair, 3000000);
  return rc < 0 ? rc : write_then_read(&tcp_pair, test_scale(20000000, 8000000));
}

TEST(a_write_larger_than_the_pipe_holds_is_whole) {
  AUTO_PAIR struct fd_pair pair = fd_pipe();
  return write_then_read(&pair, 1000001);
}

TEST(an_interrupted_write_says_how_much_was_written) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  struct transfer out = {.fd = pair.a, .size = 40000000};
  AUTO_JOIN green_future *writer = green_spawn(write_all, &out);
  CHECK_STARTED(writer);
  CHECK_STATUS(green_sleep(1), 0);
  green_cancel(writer);
  CHECK_STATUS(green_wait(writer), 0);
  CHECK(out.count > 0 && out.count < 40000000);
  green_close(pair.a);
  pair.a = -1;
  ssize_t total = 0, count;
  while ((count = green_read(pair.b, piece, sizeof piece)) > 0) total += count;
  CHECK_STATUS((int)count, 0);
  CHECK_NUMBER(total, out.count);
  return 0;
}

static int write_twice(void *arg) {
  int rc = write_all(arg);
  if (rc < 0) return rc;
  return (int)green_write(((struct transfer *)arg)->fd, "x", 1);
}

TEST(a_cancel_that_a_partial_write_held_back_comes_next) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  struct transfer out = {.fd = pair.a, .size = 40000000};
  AUTO_JOIN green_future *writer = green_spawn(write_twice, &out);
  CHECK_STARTED(writer);
  CHECK_STATUS(green_sleep(1), 0);
  green_cancel(writer);
  CHECK_STATUS(green_wait(writer), GREEN_ECANCELED);
  return 0;
}

TEST(a_deadline_ends_a_read_and_nothing_is_lost) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  char buffer[8];
  GREEN_TIMEOUT(2) {
    CHECK_STATUS((int)green_read(pair.a, buffer, sizeof buffer), GREEN_ETIMEDOUT);
  }
  CHECK(write(pair.b, "whole", 5) == 5);
  CHECK_STATUS((int)green_read(pair.a, buffer, sizeof buffer), 5);
  CHECK(memcmp(buffer, "whole", 5) == 0);
  return 0;
}

/* After a short read the next one waits at once, without a try; it still takes what has come. */
TEST(a_read_takes_what_is_there_though_cancelled) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  char buffer[8];
  GREEN_TIMEOUT(1) {
    CHECK_STATUS((int)green_read(pair.a, buffer, sizeof buffer), GREEN_ETIMEDOUT);
  }
  CHECK(write(pair.b, "short", 5) == 5);
  CHECK_STATUS(green_wait_fd(pair.a, POLLIN), POLLIN);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS((int)green_read(pair.a, buffer, sizeof buffer), 5);
  CHECK(write(pair.b, "more", 4) == 4);
  CHECK_STATUS(green_wait_fd(pair.a, POLLIN), POLLIN);
  green_cancel(green_current());
  CHECK_STATUS((int)green_read(pair.a, buffer, sizeof buffer), 4);
  CHECK_STATUS((int)green_read(pair.a, buffer, sizeof buffer), GREEN_ECANCELED);
  return 0;
}

struct vector_reader {
  int fd;
  char a[3], b[5], c[100];
};

static int read_vector(void *arg) {
  struct vector_reader *reader = arg;
  struct iovec parts[] = {{reader->a, 3}, {reader->b, 5}, {reader->c, 100}};
  return (int)green_readv(reader->fd, parts, 3);
}

static int vectors(struct fd_pair *pair) {
  struct vector_reader reader = {.fd = pair->a};
  AUTO_JOIN green_future *task = green_spawn(read_vector, &reader);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  struct iovec parts[] = {{"one", 3}, {"", 0}, {"two", 3}, {"three", 5}};
  CHECK_STATUS((int)green_writev(pair->b, parts, 4), 11);
  CHECK_STATUS(green_wait(task), 11);
  CHECK(memcmp(reader.a, "one", 3) == 0 && memcmp(reader.b, "twoth", 5) == 0);
  CHECK(memcmp(reader.c, "ree", 3) == 0);
  return 0;
}

TEST(vectors_on_sockets_and_pipes) {
  AUTO_PAIR struct fd_pair sockets = fd_unix_pair();
  AUTO_PAIR struct fd_pair pipes = fd_pipe();
  int rc = vectors(&sockets);
  return rc < 0 ? rc : vectors(&pipes);
}

struct vector_writer {
  int fd;
  struct iovec parts[40];
};

static int write_vector(void *arg) {
  struct vector_writer *writer = arg;
  return (int)green_writev(writer->fd, writer->parts, 40);
}

static int large_vector(struct fd_pair *pair) {
  struct vector_writer writer = {.fd = pair->b};
  for (int i = 0; i < 40; i++) writer.parts[i] = (struct iovec){piece, 30000};
  AUTO_JOIN green_future *task = green_spawn(write_vector, &writer);
  CHECK_STARTED(task);
  size_t total = 0;
  while (total < 1200000) {
    char buffer[10000];
    ssize_t count = green_read(pair->a, buffer, sizeof buffer);
    if (count <= 0) CHECK_STATUS((int)count, 1);
    total += (size_t)count;
  }
  CHECK_STATUS(green_wait(task), 1200000);
  CHECK_NUMBER(total, 1200000);
  return 0;
}

TEST(a_vector_larger_than_its_descriptor_holds_is_whole) {
  AUTO_PAIR struct fd_pair sockets = fd_unix_pair();
  AUTO_PAIR struct fd_pair pipes = fd_pipe();
  int rc = large_vector(&sockets);
  return rc < 0 ? rc : large_vector(&pipes);
}

struct receiver {
  int fd, flags;
  char buffer[6];
};

static int receive(void *arg) {
  struct receiver *receiver = arg;
  return (int)green_recv(receiver->fd, receiver->buffer, 6, receiver->flags);
}

TEST(recv_waits_for_all_or_not_at_all) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  struct receiver all = {.fd = pair.a, .flags = MSG_WAITALL};
  struct receiver none = {.fd = pair.a, .flags = MSG_DONTWAIT};
  CHECK_STATUS(receive(&none), GREEN_EAGAIN);
  AUTO_JOIN green_future *task = green_spawn(receive, &all);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS((int)green_send(pair.b, "abc", 3, 0), 3);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(!green_done(task) || green_future_status(task) == GREEN_ENOMEM);
  CHECK_STATUS((int)green_send(pair.b, "def", 3, 0), 3);
  CHECK_STATUS(green_wait(task), 6);
  CHECK(memcmp(all.buffer, "abcdef", 6) == 0);
  return 0;
}

TEST(recv_peeks) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  char buffer[4];
  CHECK(write(pair.b, "ab", 2) == 2);
  CHECK_STATUS((int)green_recv(pair.a, buffer, 4, MSG_PEEK), 2);
  CHECK_STATUS((int)green_recv(pair.a, buffer, 4, 0), 2);
  return 0;
}

/* ---- messages ---- */

struct message_reader {
  int fd, flags;
  char a[3], b[100];
};

static int read_message(void *arg) {
  struct message_reader *reader = arg;
  struct iovec parts[] = {{reader->a, sizeof reader->a}, {reader->b, sizeof reader->b}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  return (int)green_recvmsg(reader->fd, &message, reader->flags);
}

TEST(a_message_is_waited_for_and_comes_in_parts) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  struct message_reader reader = {.fd = pair.a}, none = {.fd = pair.a, .flags = MSG_DONTWAIT};
  CHECK_STATUS(read_message(&none), GREEN_EAGAIN);
  AUTO_JOIN green_future *task = green_spawn(read_message, &reader);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  struct iovec parts[] = {{"one", 3}, {"", 0}, {"two", 3}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
  CHECK_STATUS((int)green_sendmsg(pair.b, &message, 0), 6);
  CHECK_STATUS(green_wait(task), 6);
  CHECK(memcmp(reader.a, "one", 3) == 0 && memcmp(reader.b, "two", 3) == 0);
  return 0;
}

static int send_large_message(void *arg) {
  struct vector_writer *writer = arg;
  struct msghdr message = {.msg_iov = writer->parts, .msg_iovlen = 40};
  return (int)green_sendmsg(writer->fd, &message, 0);
}

TEST(a_message_larger_than_the_socket_holds_is_whole) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  struct vector_writer writer = {.fd = pair.b};
  for (int i = 0; i < 40; i++) writer.parts[i] = (struct iovec){piece, 30000};
  AUTO_JOIN green_future *task = green_spawn(send_large_message, &writer);
  CHECK_STARTED(task);
  size_t total = 0;
  while (total < 1200000) {
    char buffer[10000];
    struct iovec part = {buffer, sizeof buffer};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t count = green_recvmsg(pair.a, &message, 0);
    if (count <= 0) CHECK_STATUS((int)count, 1);
    total += (size_t)count;
  }
  CHECK_STATUS(green_wait(task), 1200000);
  return 0;
}

TEST(a_message_wait_is_ended_by_a_cancel_and_a_deadline) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  struct message_reader reader = {.fd = pair.a};
  GREEN_TIMEOUT(1) {
    CHECK_STATUS(read_message(&reader), GREEN_ETIMEDOUT);
  }
  green_cancel(green_current());
  CHECK_STATUS(read_message(&reader), GREEN_ECANCELED);
  CHECK_STATUS((int)green_send(pair.b, "x", 1, 0), 1);
  CHECK_STATUS(read_message(&reader), 1);
  return 0;
}

static int bound_datagram_socket(struct sockaddr_in *address) {
  socklen_t size = sizeof *address;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  fd_must(bind(fd, (struct sockaddr *)address, sizeof *address) == 0);
  fd_must(getsockname(fd, (struct sockaddr *)address, &size) == 0);
  return fd;
}

TEST(datagrams_keep_their_bounds_and_their_sender) {
  struct sockaddr_in from, to, sender;
  socklen_t size = sizeof sender;
  AUTO_FD int a = bound_datagram_socket(&from);
  AUTO_FD int b = bound_datagram_socket(&to);
  char buffer[16];
  struct sockaddr *address = (struct sockaddr *)&to;
  CHECK_STATUS((int)green_sendto(a, "one", 3, 0, address, sizeof to), 3);
  CHECK_STATUS((int)green_sendto(a, "three", 5, 0, address, sizeof to), 5);
  CHECK_STATUS((int)green_recvfrom(b, buffer, sizeof buffer, 0, (struct sockaddr *)&sender, &size),
               3);
  CHECK(sender.sin_port == from.sin_port && sender.sin_addr.s_addr == from.sin_addr.s_addr);
  CHECK_STATUS((int)green_read(b, buffer, 2), 2);
  CHECK_STATUS((int)green_recv(b, buffer, 2, MSG_DONTWAIT), GREEN_EAGAIN);
  struct iovec out[] = {{"fo", 2}, {"ur", 2}}, in = {buffer, sizeof buffer};
  struct msghdr message = {
      .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = out, .msg_iovlen = 2};
  CHECK_STATUS((int)green_sendmsg(a, &message, 0), 4);
  memset(&sender, 0, sizeof sender);
  message = (struct msghdr){
      .msg_name = &sender, .msg_namelen = sizeof sender, .msg_iov = &in, .msg_iovlen = 1};
  CHECK_STATUS((int)green_recvmsg(b, &message, 0), 4);
  CHECK(sender.sin_port == from.sin_port && memcmp(buffer, "four", 4) == 0);
  return 0;
}

TEST(a_peer_that_has_gone_is_a_status_in_the_end) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  green_close(pair.b);
  pair.b = -1;
  int rc;
  while ((rc = (int)green_write(pair.a, "x", 1)) == 1) CHECK_STATUS(green_sleep(1), 0);
  if (rc != GREEN_ECONNRESET) CHECK_STATUS(rc, GREEN_EPIPE);
  CHECK_STATUS((int)green_write(pair.a, "x", 1), GREEN_EPIPE);
  return 0;
}

TEST(a_pipe_whose_other_end_has_gone) {
  AUTO_PAIR struct fd_pair reads = fd_pipe();
  char buffer[4];
  CHECK(write(reads.b, "x", 1) == 1);
  green_close(reads.b);
  reads.b = -1;
  CHECK_STATUS((int)green_read(reads.a, buffer, 4), 1);
  CHECK_STATUS((int)green_read(reads.a, buffer, 4), 0);
  return 0;
}

TEST(files_are_read_and_written_straight) {
  char path[] = "/tmp/greenio-fd-XXXXXX", buffer[8];
  AUTO_FD int file = mkstemp(path);
  unlink(path);
  struct iovec parts[] = {{"de", 2}, {"fg", 2}};
  CHECK_STATUS((int)green_write(file, "abc", 3), 3);
  CHECK_STATUS((int)green_writev(file, parts, 2), 4);
  CHECK(lseek(file, 0, SEEK_SET) == 0);
  CHECK_STATUS((int)green_read(file, buffer, 8), 7);
  CHECK(memcmp(buffer, "abcdefg", 7) == 0);
  CHECK_STATUS((int)green_read(file, buffer, 8), 0);
  CHECK_STATUS((int)green_recv(file, buffer, 8, 0), GREEN_ENOTSOCK);
  return 0;
}

TEST(errors_are_statuses) {
  char byte = 0;
  struct iovec part = {&byte, 1};
  AUTO_FD int unconnected = fd_socket();
  CHECK_STATUS((int)green_read(-1, &byte, 1), GREEN_EBADF);
  CHECK_STATUS((int)green_write(1000000, &byte, 1), GREEN_EBADF);
  CHECK_STATUS((int)green_readv(-1, &part, 1), GREEN_EBADF);
  CHECK_STATUS((int)green_writev(-1, &part, 1), GREEN_EBADF);
  CHECK_STATUS(green_accept(-1, NULL, NULL), GREEN_EBADF);
  CHECK_STATUS(green_accept(unconnected, NULL, NULL), GREEN_EINVAL);
  CHECK_STATUS((int)green_read(unconnected, &byte, 1), GREEN_ENOTCONN);
  CHECK_STATUS((int)green_write(unconnected, &byte, 1), GREEN_EPIPE);
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  CHECK_STATUS((int)green_sendmsg(-1, &message, 0), GREEN_EBADF);
  CHECK_STATUS((int)green_recvmsg(-1, &message, 0), GREEN_EBADF);
  CHECK_CONTAINS(green_message(), "green_recvmsg: descriptor -1");
  CHECK_STATUS((int)green_send(-1, &byte, 1, 0), GREEN_EBADF);
  CHECK_CONTAINS(green_message(), "green_send: descriptor -1");
  return 0;
}

TEST_OUTSIDE(twins_are_for_tasks) {
  AUTO_PAIR struct fd_pair pair = fd_pipe();
  char byte = 0;
  struct iovec part = {&byte, 1};
  struct pollfd one = {.fd = pair.a, .events = POLLOUT};
  CHECK_STATUS((int)green_read(pair.a, &byte, 1), GREEN_EMAIN);
  CHECK_STATUS((int)green_readv(pair.a, &part, 1), GREEN_EMAIN);
  CHECK_STATUS((int)green_recv(pair.a, &byte, 1, 0), GREEN_EMAIN);
  CHECK_STATUS((int)green_write(pair.a, &byte, 1), GREEN_EMAIN);
  CHECK_STATUS((int)green_writev(pair.a, &part, 1), GREEN_EMAIN);
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  CHECK_STATUS((int)green_send(pair.a, &byte, 1, 0), GREEN_EMAIN);
  CHECK_STATUS((int)green_sendto(pair.a, &byte, 1, 0, NULL, 0), GREEN_EMAIN);
  CHECK_STATUS((int)green_sendmsg(pair.a, &message, 0), GREEN_EMAIN);
  CHECK_STATUS((int)green_recvmsg(pair.a, &message, 0), GREEN_EMAIN);
  CHECK_STATUS(green_accept(pair.a, NULL, NULL), GREEN_EMAIN);
  CHECK_STATUS(green_connect(pair.a, NULL, 0), GREEN_EMAIN);
  CHECK_STATUS(green_poll(&one, 1, 0), GREEN_EMAIN);
  return 0;
}

/* ---- fairness ---- */

static int count_turns(void *arg) {
  for (;;) {
    int rc = green_yield();
    if (rc < 0) return rc;
    ++*(int *)arg;
  }
}

TEST(a_task_that_never_has_to_wait_lets_others_run) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  int turns = 0;
  AUTO_JOIN green_future *other = green_spawn(count_turns, &turns);
  CHECK_STARTED(other);
  for (int i = 0; i < 1000; i++) {
    char byte = 0;
    CHECK_STATUS((int)green_write(pair.a, &byte, 1), 1);
    CHECK_STATUS((int)green_read(pair.b, &byte, 1), 1);
  }
  CHECK(turns > 10);
  return 0;
}

/* ---- poll ---- */

struct poller {
  struct pollfd fds[4];
  int timeout;
};

static int poll_once(void *arg) {
  struct poller *poller = arg;
  return green_poll(poller->fds, 4, poller->timeout);
}

TEST(poll_waits_for_any_of_several) {
  AUTO_PAIR struct fd_pair first = fd_unix_pair();
  AUTO_PAIR struct fd_pair second = fd_pipe();
  struct poller poller = {{{first.a, POLLIN, 0},
                           {-1, POLLIN, 7},
                           {second.a, POLLIN, 0},
                           {first.a, POLLIN | POLLPRI, 0}},
                          -1};
  AUTO_JOIN green_future *task = green_spawn(poll_once, &poller);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(write(second.b, "x", 1) == 1);
  CHECK_STATUS(green_wait(task), 1);
  CHECK_NUMBER(poller.fds[2].revents, POLLIN);
  CHECK_NUMBER(poller.fds[0].revents | poller.fds[1].revents, 0);
  CHECK(write(first.b, "x", 1) == 1);
  CHECK_STATUS(green_wait_fd(first.a, POLLIN), POLLIN);
  CHECK_STATUS(green_poll(poller.fds, 4, -1), 3);
  return 0;
}

TEST(two_entries_of_one_descriptor_are_both_told) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  struct poller poller = {{{pair.a, POLLIN, 0}, {pair.a, POLLIN, 0}, {-1, 0, 0}, {-1, 0, 0}}, -1};
  AUTO_JOIN green_future *task = green_spawn(poll_once, &poller);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(write(pair.b, "x", 1) == 1);
  CHECK_STATUS(green_wait(task), 2);
  return 0;
}

TEST(poll_ends_with_its_timeout) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  struct pollfd one = {.fd = pair.a, .events = POLLIN};
  uint64_t before = green_now();
  CHECK_STATUS(green_poll(&one, 1, 3), 0);
  CHECK(green_now() - before >= 3000000);
  CHECK_STATUS(green_poll(&one, 1, 0), 0);
  CHECK_STATUS(green_poll(NULL, 0, 1), 0);
  GREEN_TIMEOUT(1) {
    CHECK_STATUS(green_poll(&one, 1, -1), GREEN_ETIMEDOUT);
  }
  return 0;
}

TEST(poll_is_ended_when_a_descriptor_is_closed) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  struct poller poller = {{{pair.a, POLLIN, 0}, {-1, 0, 0}, {-1, 0, 0}, {pair.b, POLLIN, 0}}, -1};
  AUTO_JOIN green_future *task = green_spawn(poll_once, &poller);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  int number = pair.a;
  pair.a = -1;
  CHECK_STATUS(green_close(number), 0);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  return 0;
}
