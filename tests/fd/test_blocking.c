/* The twins do what the call itself does on a blocking descriptor: also when there is no room yet,
 * with nothing to move, and with the flags that say when to wait. */
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>
#include "fd_test.h"

struct writer {
  int fd;
  int parts;
};

static int write_parts(void *arg) {
  struct writer *writer = arg;
  struct iovec parts[] = {{"one", 3}, {"two", 3}, {"three", 5}};
  return (int)green_writev(writer->fd, parts, writer->parts);
}

TEST(a_vector_waits_for_room_before_its_first_byte) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  struct writer writer = {pair.a, 3};
  char buffer[16];
  fd_fill(pair.a);
  AUTO_JOIN green_future *task = green_spawn(write_parts, &writer);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  fd_drain(pair.b);
  CHECK_STATUS(green_wait(task), 11);
  CHECK_STATUS((int)green_read(pair.b, buffer, sizeof buffer), 11);
  CHECK(memcmp(buffer, "onetwothree", 11) == 0);
  return 0;
}

static struct fd_pair datagrams(void) {
  int fds[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) < 0) perror("socketpair");
  return (struct fd_pair){fds[0], fds[1]};
}

static int send_empty(void *arg) {
  return (int)green_sendto(*(int *)arg, "", 0, 0, NULL, 0);
}

TEST(an_empty_datagram_waits_for_room_and_is_sent) {
  AUTO_PAIR struct fd_pair pair = datagrams();
  char buffer[4];
  int queued = 0;
  while (send(pair.a, "x", 1, MSG_DONTWAIT) == 1) queued++;
  AUTO_JOIN green_future *task = green_spawn(send_empty, &pair.a);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  for (int i = 0; i < queued; i++) CHECK_STATUS((int)green_read(pair.b, buffer, 4), 1);
  CHECK_STATUS(green_wait(task), 0);
  CHECK_STATUS((int)green_recv(pair.b, buffer, 4, MSG_DONTWAIT), 0);
  return 0;
}

/* ---- nothing to move ---- */

TEST(nothing_to_read_or_write_is_not_waited_for) {
  AUTO_PAIR struct fd_pair pipes = fd_pipe();
  AUTO_PAIR struct fd_pair sockets = fd_unix_pair();
  char byte;
  struct iovec none[] = {{&byte, 0}, {&byte, 0}};
  fd_fill(pipes.b);
  fd_drain(pipes.a);
  GREEN_TIMEOUT(60000) {
    CHECK_STATUS((int)green_read(pipes.a, &byte, 0), 0);
    CHECK_STATUS((int)green_readv(pipes.a, none, 2), 0);
    CHECK_STATUS((int)green_read(sockets.a, &byte, 0), 0);
    CHECK_STATUS((int)green_readv(sockets.a, none, 2), 0);
    fd_fill(pipes.b);
    CHECK_STATUS((int)green_write(pipes.b, &byte, 0), 0);
    CHECK_STATUS((int)green_writev(pipes.b, none, 2), 0);
    fd_fill(sockets.a);
    CHECK_STATUS((int)green_write(sockets.a, &byte, 0), 0);
    CHECK_STATUS((int)green_writev(sockets.a, none, 2), 0);
  }
  CHECK_STATUS((int)green_read(-1, &byte, 0), GREEN_EBADF);
  CHECK_STATUS((int)green_readv(-1, none, 2), GREEN_EBADF);
  CHECK_STATUS((int)green_write(-1, &byte, 0), GREEN_EBADF);
  CHECK_STATUS((int)green_writev(-1, none, 2), GREEN_EBADF);
  CHECK_STATUS((int)green_readv(pipes.a, none, -1), GREEN_EINVAL);
  return 0;
}

/* ---- flags ---- */

TEST(waiting_for_all_of_a_datagram_leaves_the_next_alone) {
  AUTO_PAIR struct fd_pair pair = datagrams();
  char buffer[16];
  CHECK_STATUS((int)green_write(pair.a, "one", 3), 3);
  CHECK_STATUS((int)green_write(pair.a, "two", 3), 3);
  GREEN_TIMEOUT(60000) {
    CHECK_STATUS((int)green_recv(pair.b, buffer, sizeof buffer, MSG_WAITALL), 3);
    CHECK_STATUS((int)green_recv(pair.b, buffer, sizeof buffer, MSG_WAITALL), 3);
  }
  CHECK(memcmp(buffer, "two", 3) == 0);
  return 0;
}

TEST(an_empty_queue_of_errors_is_not_waited_for) {
  AUTO_FD int fd = socket(AF_INET, SOCK_DGRAM, 0);
  int yes = 1;
  char byte;
  CHECK(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &yes, sizeof yes) == 0);
  GREEN_TIMEOUT(60000) {
    CHECK_STATUS((int)green_recv(fd, &byte, 1, MSG_ERRQUEUE), GREEN_EAGAIN);
  }
  return 0;
}

/* ---- connections ---- */

static int bound(struct sockaddr_in *address) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  socklen_t size = sizeof *address;
  *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(fd, (struct sockaddr *)address, size) < 0 ||
      getsockname(fd, (struct sockaddr *)address, &size) < 0)
    perror("a datagram socket for the test");
  return fd;
}

static int read_one(void *arg) {
  char one;
  return (int)green_read(*(int *)arg, &one, 1);
}

TEST(another_peer_for_a_socket_leaves_its_reader_waiting) {
  struct sockaddr_in address, peer_address;
  AUTO_FD int fd = bound(&address);
  AUTO_FD int peer = bound(&peer_address);
  AUTO_JOIN green_future *reader = green_spawn(read_one, &fd);
  CHECK_STARTED(reader);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(green_connect(fd, (struct sockaddr *)&peer_address, sizeof peer_address), 0);
  CHECK_STATUS((int)green_sendto(peer, "x", 1, 0, (struct sockaddr *)&address, sizeof address), 1);
  CHECK_STATUS(green_wait(reader), 1);
  return 0;
}

TEST(what_accept_gives_is_closed_on_exec_and_blocks) {
  struct sockaddr_storage address;
  socklen_t size;
  AUTO_FD int listener = fd_listen(&address, &size, 1);
  AUTO_FD int client = fd_socket();
  CHECK_STATUS(green_connect(client, (struct sockaddr *)&address, size), 0);
  AUTO_FD int accepted = green_accept(listener, NULL, NULL);
  CHECK_STATUS(accepted < 0 ? accepted : 0, 0);
  CHECK(fcntl(accepted, F_GETFD) & FD_CLOEXEC);
  CHECK(fd_blocks(accepted) && fd_blocks(client));
  return 0;
}
