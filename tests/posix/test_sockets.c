/* What POSIX says of sockets, pipes and descriptors, in tasks with greenio_posix enabled: the same
 * natively, where it is the kernel's, and in WebAssembly, where it is greenio's. */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include "posix_test.h"

#define CHECK_ERRNO(call, expected)                                                                \
  CHECK_STATUS(call_outcome(call), green_status_from_errno(expected))

static int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(fd, level, name, &value, &size) < 0 ? -errno : value;
}

/* ---- connections ---- */

/* Nobody listens on port 1, and no server that asks for any port is given it. */
static struct sockaddr_in nobody(void) {
  return (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons(1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

TEST(a_connection_that_is_refused_says_so) {
  struct sockaddr_in address = nobody();
  AUTO_FD int fd = fd_socket();
  CHECK_ERRNO(connect(fd, (struct sockaddr *)&address, sizeof address), ECONNREFUSED);
  CHECK(fd_blocks(fd));
  return 0;
}

TEST(a_socket_that_was_refused_is_refused_again) {
  struct sockaddr_in address = nobody();
  AUTO_FD int fd = fd_socket();
  for (int i = 0; i < 3; i++)
    CHECK_ERRNO(connect(fd, (struct sockaddr *)&address, sizeof address), ECONNREFUSED);
  return 0;
}

TEST(a_socket_that_is_connected_is_so_at_once) {
  struct sockaddr_storage address;
  socklen_t size;
  AUTO_FD int listener = fd_listen(&address, &size, 1);
  AUTO_FD int fd = fd_socket();
  CHECK_STATUS(call_outcome(connect(fd, (struct sockaddr *)&address, size)), 0);
  for (int i = 0; i < 2; i++) CHECK_ERRNO(connect(fd, (struct sockaddr *)&address, size), EISCONN);
  return 0;
}

TEST(a_refusal_that_was_not_waited_for_is_in_so_error) {
  struct sockaddr_in address = nobody();
  AUTO_FD int fd = fd_socket();
  CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
  int rc = connect(fd, (struct sockaddr *)&address, sizeof address);
  CHECK(rc == -1 && (errno == EINPROGRESS || errno == ECONNREFUSED));
  if (errno == ECONNREFUSED) return 0;
  struct pollfd one = {.fd = fd, .events = POLLOUT};
  CHECK_STATUS(call_outcome(poll(&one, 1, -1)), 1);
  CHECK(one.revents & POLLERR);
  CHECK_NUMBER(option(fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
  CHECK_NUMBER(option(fd, SOL_SOCKET, SO_ERROR), 0);
  return 0;
}

TEST(a_socket_that_is_not_connected) {
  AUTO_FD int fd = fd_socket();
  struct sockaddr_storage address;
  socklen_t size = sizeof address;
  char byte = 0;
  CHECK_ERRNO(recv(fd, &byte, 1, 0), ENOTCONN);
  CHECK_ERRNO(send(fd, &byte, 1, MSG_NOSIGNAL), EPIPE);
  CHECK_ERRNO(getpeername(fd, (struct sockaddr *)&address, &size), ENOTCONN);
  CHECK_ERRNO(shutdown(fd, SHUT_WR), ENOTCONN);
  CHECK_ERRNO(accept(fd, NULL, NULL), EINVAL);
  CHECK_NUMBER(getsockname(fd, (struct sockaddr *)&address, &size), 0);
  CHECK_NUMBER(address.ss_family, AF_INET);
  CHECK_ERRNO(recv(0x7fff, &byte, 1, 0), EBADF);
  return 0;
}

TEST(both_ends_know_their_names) {
  struct sockaddr_storage address;
  struct sockaddr_in here, there;
  socklen_t size;
  AUTO_FD int listener = fd_listen(&address, &size, 5);
  AUTO_FD int client = fd_socket();
  CHECK_STATUS(call_outcome(connect(client, (struct sockaddr *)&address, size)), 0);
  size = sizeof here;
  AUTO_FD int server = accept(listener, (struct sockaddr *)&here, &size);
  CHECK_STATUS(call_outcome(server < 0 ? -1 : 0), 0);
  CHECK_NUMBER(size, sizeof here);
  size = sizeof there;
  CHECK_NUMBER(getsockname(client, (struct sockaddr *)&there, &size), 0);
  CHECK_NUMBER(here.sin_port, there.sin_port);
  CHECK_NUMBER(there.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
  size = sizeof there;
  CHECK_NUMBER(getpeername(client, (struct sockaddr *)&there, &size), 0);
  CHECK_NUMBER(there.sin_port, ((struct sockaddr_in *)&address)->sin_port);
  return 0;
}

TEST(an_accepted_socket_has_the_timeouts_of_its_listener) {
  struct sockaddr_storage address;
  struct timeval limit = {20, 0}, got = {0};
  socklen_t size, got_size = sizeof got;
  AUTO_FD int listener = fd_listen(&address, &size, 5);
  AUTO_FD int client = fd_socket();
  CHECK_NUMBER(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
  CHECK_STATUS(call_outcome(connect(client, (struct sockaddr *)&address, size)), 0);
  AUTO_FD int server = accept(listener, NULL, NULL);
  CHECK_STATUS(call_outcome(server < 0 ? -1 : 0), 0);
  CHECK_NUMBER(getsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &got, &got_size), 0);
  CHECK_NUMBER(got.tv_sec, 20);
  return 0;
}

TEST(a_port_that_is_taken) {
  struct sockaddr_storage address;
  socklen_t size;
  AUTO_FD int listener = fd_listen(&address, &size, 5);
  AUTO_FD int other = fd_socket();
  CHECK_ERRNO(bind(other, (struct sockaddr *)&address, size), EADDRINUSE);
  CHECK_NUMBER(option(listener, SOL_SOCKET, SO_ACCEPTCONN), 1);
  CHECK_NUMBER(option(other, SOL_SOCKET, SO_ACCEPTCONN), 0);
  return 0;
}

TEST(a_bound_socket_knows_its_port_and_connects_from_it) {
  struct sockaddr_storage address;
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, peer;
  socklen_t size;
  AUTO_FD int listener = fd_listen(&address, &size, 5);
  AUTO_FD int client = fd_socket();
  socklen_t own_size = sizeof own, peer_size = sizeof peer;
  CHECK_NUMBER(bind(client, (struct sockaddr *)&own, sizeof own), 0);
  CHECK_NUMBER(getsockname(client, (struct sockaddr *)&own, &own_size), 0);
  CHECK(own.sin_port != 0);
  CHECK_STATUS(call_outcome(connect(client, (struct sockaddr *)&address, size)), 0);
  AUTO_FD int server = accept(listener, (struct sockaddr *)&peer, &peer_size);
  CHECK_STATUS(call_outcome(server < 0 ? -1 : 0), 0);
  CHECK_NUMBER(peer.sin_port, own.sin_port);
  return 0;
}

TEST(ipv6) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT}, peer;
  socklen_t size = sizeof address, peer_size = sizeof peer;
  char byte = 'x';
  AUTO_FD int listener = socket(AF_INET6, SOCK_STREAM, 0);
  AUTO_FD int client = socket(AF_INET6, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, size) < 0) return 0; /* a machine without it */
  CHECK_NUMBER(listen(listener, 1), 0);
  CHECK_NUMBER(getsockname(listener, (struct sockaddr *)&address, &size), 0);
  CHECK_STATUS(call_outcome(connect(client, (struct sockaddr *)&address, size)), 0);
  AUTO_FD int server = accept(listener, (struct sockaddr *)&peer, &peer_size);
  CHECK_STATUS(call_outcome(server < 0 ? -1 : 0), 0);
  CHECK(memcmp(&peer.sin6_addr, &address.sin6_addr, sizeof peer.sin6_addr) == 0);
  CHECK_STATUS(call_outcome(write(client, &byte, 1)), 1);
  CHECK_STATUS(call_outcome(read(server, &byte, 1)), 1);
  return 0;
}

TEST(kinds_of_sockets_that_do_not_fit) {
  AUTO_FD int fd = fd_socket();
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  CHECK_ERRNO(connect(fd, (struct sockaddr *)&address, sizeof address), EAFNOSUPPORT);
  CHECK_ERRNO(socket(12345, SOCK_STREAM, 0), EAFNOSUPPORT);
  CHECK_ERRNO(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
  CHECK_NUMBER(option(fd, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
  CHECK_NUMBER(option(fd, SOL_SOCKET, SO_DOMAIN), AF_INET);
  CHECK_NUMBER(option(fd, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
  CHECK_NUMBER(option(0, SOL_SOCKET, SO_TYPE), -ENOTSOCK);
  return 0;
}

/* ---- ends ---- */

TEST(half_a_connection_is_ended) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  char bytes[4];
  CHECK_STATUS(call_outcome(write(pair.a, "ask", 3)), 3);
  CHECK_NUMBER(shutdown(pair.a, SHUT_WR), 0);
  CHECK_STATUS(call_outcome(recv(pair.b, bytes, 4, MSG_WAITALL)), 3);
  CHECK_STATUS(call_outcome(read(pair.b, bytes, 4)), 0);
  CHECK_ERRNO(send(pair.a, "x", 1, MSG_NOSIGNAL), EPIPE);
  CHECK_STATUS(call_outcome(write(pair.b, "told", 4)), 4);
  CHECK_STATUS(call_outcome(recv(pair.a, bytes, 4, MSG_WAITALL)), 4);
  CHECK(memcmp(bytes, "told", 4) == 0);
  return 0;
}

TEST(what_was_written_is_delivered_behind_close) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  static char much[200000];
  ssize_t count, total = 0;
  CHECK_STATUS(call_outcome(write(pair.a, much, sizeof much)), (int)sizeof much);
  close(pair.a);
  pair.a = -1;
  while ((count = read(pair.b, much, sizeof much)) > 0) total += count;
  CHECK_STATUS(call_outcome(count), 0);
  CHECK_NUMBER(total, sizeof much);
  return 0;
}

TEST(what_comes_behind_close_is_nobodys) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  char byte;
  fd_fill(pair.b);
  close(pair.a);
  pair.a = -1;
  int rc = call_outcome(read(pair.b, &byte, 1)); /* it was not all read: some hosts reset */
  CHECK(rc == 0 || rc == GREEN_ECONNRESET || rc == GREEN_ENOMEM);
  return 0;
}

/* The error of what was written later does not hide the end. */
TEST(what_came_with_an_end_is_read_behind_an_error_of_writing) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  struct pollfd one = {.fd = pair.b};
  char bytes[4];
  CHECK_STATUS(call_outcome(write(pair.a, "abc", 3)), 3);
  close(pair.a);
  pair.a = -1;
  for (;;) { /* to nobody: it is answered by a reset */
    int rc = call_outcome(poll(&one, 1, 1));
    CHECK_STATUS(rc < 0 ? rc : 0, 0);
    if (one.revents & POLLERR) break;
    if (send(pair.b, "x", 1, MSG_NOSIGNAL) < 0) break;
  }
  CHECK_STATUS(call_outcome(read(pair.b, bytes, 4)), 3);
  CHECK_STATUS(call_outcome(read(pair.b, bytes, 4)), 0);
  return 0;
}

TEST(a_close_with_output_that_is_not_sent_while_more_comes) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  static char much[65536];
  fd_fill(pair.a);
  fd_fill(pair.b);
  close(pair.a);
  pair.a = -1;
  ssize_t count = 1;
  for (int i = 0; i < 4 && count > 0; i++)
    count = send(pair.b, much, sizeof much, MSG_NOSIGNAL | MSG_DONTWAIT);
  while ((count = read(pair.b, much, sizeof much)) > 0) continue;
  int rc = call_outcome(count);
  CHECK(rc == 0 || rc == GREEN_ECONNRESET || rc == GREEN_ENOMEM);
  return 0;
}

TEST(a_reset_is_told_once) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  struct linger now = {1, 0};
  char byte;
  CHECK_NUMBER(setsockopt(pair.a, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
  close(pair.a);
  pair.a = -1;
  CHECK_ERRNO(read(pair.b, &byte, 1), ECONNRESET);
  CHECK_STATUS(call_outcome(read(pair.b, &byte, 1)), 0);
  CHECK_ERRNO(send(pair.b, "x", 1, MSG_NOSIGNAL), EPIPE);
  return 0;
}

/* More than there is room for: it goes in part. */
#define MUCH (16 << 20)

static int send_much(void *arg) {
  char *bytes = calloc(1, MUCH);
  ssize_t count = bytes ? send(*(int *)arg, bytes, MUCH, MSG_NOSIGNAL) : 0;
  free(bytes);
  return call_outcome(count);
}

struct whole {
  int fd;
  bool begun;
};

/* The first byte by itself, then more than will come. */
static int receive_whole(void *arg) {
  struct whole *whole = arg;
  char bytes[100];
  int rc = call_outcome(read(whole->fd, bytes, 1));
  whole->begun = true;
  return rc < 0 ? rc : call_outcome(recv(whole->fd, bytes, sizeof bytes, MSG_WAITALL));
}

static void reset(int *fd) {
  setsockopt(*fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
  close(*fd);
  *fd = -1;
}

TEST(a_reset_amid_a_call_is_told_by_the_next_one) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  char byte;
  AUTO_JOIN green_future *task = green_spawn(send_much, &pair.b);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  reset(&pair.a);
  int sent = green_wait(task);
  CHECK((sent > 0 && sent < MUCH) || test_allocator_failed());
  CHECK_ERRNO(read(pair.b, &byte, 1), ECONNRESET);
  return 0;
}

TEST(a_reset_behind_a_part_of_what_is_awaited_whole) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  struct whole whole = {pair.b, false};
  char byte;
  AUTO_JOIN green_future *task = green_spawn(receive_whole, &whole);
  CHECK_STARTED(task);
  CHECK_STATUS(call_outcome(write(pair.a, "abcd", 4)), 4);
  while (!whole.begun) CHECK_STATUS(green_sleep(1), 0);
  reset(&pair.a);
  CHECK_STATUS(green_wait(task), 3);
  CHECK_ERRNO(read(pair.b, &byte, 1), ECONNRESET);
  return 0;
}

/* As libraries do to be rid of a connection whose descriptor they do not own. */
TEST(a_connection_that_is_undone) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  const struct sockaddr none = {.sa_family = AF_UNSPEC};
  struct sockaddr_storage address;
  socklen_t size = sizeof address;
  struct pollfd one = {.fd = pair.a, .events = POLLIN};
  char byte;
  CHECK_STATUS(call_outcome(write(pair.b, "x", 1)), 1);
  CHECK_STATUS(call_outcome(poll(&one, 1, -1)), 1);
  CHECK_NUMBER(connect(pair.a, &none, sizeof none), 0);
  CHECK_ERRNO(recv(pair.a, &byte, 1, 0), ECONNRESET);
  CHECK_ERRNO(recv(pair.a, &byte, 1, 0), ENOTCONN);
  CHECK_ERRNO(getpeername(pair.a, (struct sockaddr *)&address, &size), ENOTCONN);
  CHECK_ERRNO(shutdown(pair.a, SHUT_RDWR), ENOTCONN);
  CHECK_STATUS(call_outcome(recv(pair.a, &byte, 1, 0)), 0); /* nothing can come any more */
  CHECK_STATUS(call_outcome(poll(&one, 1, -1)), 1);
  CHECK_ERRNO(read(pair.b, &byte, 1), ECONNRESET);
  return 0;
}

/* Its first connection's reset is no failure of the second. */
TEST(a_socket_that_is_undone_connects_again) {
  const struct sockaddr none = {.sa_family = AF_UNSPEC};
  struct sockaddr_storage address;
  socklen_t size;
  AUTO_PAIR struct fd_pair pair = {fd_socket(), -1};
  AUTO_PAIR struct fd_pair listeners = {fd_listen(&address, &size, 8), -1};
  int first = -1, error = -1;
  socklen_t error_size = sizeof error;
  char byte;
  CHECK_STATUS(call_outcome(connect(pair.a, (struct sockaddr *)&address, size)), 0);
  CHECK_STATUS(call_outcome(first = accept(listeners.a, NULL, NULL)) < 0, 0);
  CHECK_NUMBER(connect(pair.a, &none, sizeof none), 0);
  close(first);
  CHECK_STATUS(call_outcome(connect(pair.a, (struct sockaddr *)&address, size)), 0);
  CHECK_STATUS(call_outcome(pair.b = accept(listeners.a, NULL, NULL)) < 0, 0);
  CHECK_NUMBER(getsockopt(pair.a, SOL_SOCKET, SO_ERROR, &error, &error_size), 0);
  CHECK_NUMBER(error, 0);
  CHECK_STATUS(call_outcome(write(pair.a, "x", 1)), 1);
  CHECK_STATUS(call_outcome(read(pair.b, &byte, 1)), 1);
  CHECK_NUMBER(connect(listeners.a, &none, sizeof none), 0); /* it listens no more */
  CHECK_ERRNO(accept(listeners.a, NULL, NULL), EINVAL);
  return 0;
}

TEST(bytes_are_looked_at_and_counted) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  char bytes[8] = "";
  int count = 0;
  CHECK_STATUS(call_outcome(write(pair.a, "abcdef", 6)), 6);
  CHECK_STATUS(call_outcome(recv(pair.b, bytes, 3, MSG_PEEK)), 3);
  CHECK_NUMBER(ioctl(pair.b, FIONREAD, &count), 0);
  CHECK_NUMBER(count, 6);
  CHECK_STATUS(call_outcome(recv(pair.b, bytes, 6, MSG_WAITALL)), 6);
  CHECK(memcmp(bytes, "abcdef", 6) == 0);
  CHECK(recv(pair.b, bytes, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
  return 0;
}

TEST(options_are_kept) {
  AUTO_FD int fd = fd_socket();
  const struct {
    int level, name;
  } switches[] = {
      {SOL_SOCKET, SO_KEEPALIVE}, {SOL_SOCKET, SO_REUSEADDR}, {IPPROTO_TCP, TCP_NODELAY}};
  for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
    int one = 1;
    CHECK_NUMBER(option(fd, switches[i].level, switches[i].name), 0);
    CHECK_NUMBER(setsockopt(fd, switches[i].level, switches[i].name, &one, sizeof one), 0);
    CHECK_NUMBER(option(fd, switches[i].level, switches[i].name), 1);
  }
  int seconds = 77;
  CHECK_NUMBER(setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds), 0);
  CHECK_NUMBER(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 77);
  CHECK_ERRNO(setsockopt(fd, SOL_SOCKET, 9999, &seconds, sizeof seconds), ENOPROTOOPT);
  CHECK_NUMBER(option(fd, SOL_SOCKET, 9999), -ENOPROTOOPT);
  CHECK_ERRNO(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &seconds, 1), EINVAL);
  return 0;
}

/* ---- descriptors ---- */

TEST(a_duplicate_holds_the_connection) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  AUTO_FD int high = fcntl(pair.a, F_DUPFD, 100);
  int second = dup(pair.a);
  char byte = 'x';
  CHECK(high >= 100 && second >= 0);
  CHECK(fcntl(second, F_SETFL, O_NONBLOCK) == 0);
  CHECK(!fd_blocks(pair.a)); /* it is the connection's */
  CHECK(fcntl(second, F_SETFL, 0) == 0);
  CHECK(fd_blocks(pair.a));
  close(second);
  close(pair.a);
  pair.a = -1;
  CHECK_STATUS(call_outcome(write(high, &byte, 1)), 1);
  CHECK_STATUS(call_outcome(read(pair.b, &byte, 1)), 1);
  close(high);
  high = -1;
  CHECK_STATUS(call_outcome(read(pair.b, &byte, 1)), 0);
  return 0;
}

TEST(what_a_descriptor_is) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  AUTO_PAIR struct fd_pair two = fd_pipe();
  struct stat status;
  CHECK(fstat(pair.a, &status) == 0 && S_ISSOCK(status.st_mode));
  CHECK(fstat(two.a, &status) == 0 && S_ISFIFO(status.st_mode));
  CHECK_ERRNO(fstat(0x7fff, &status), EBADF);
  CHECK(!isatty(pair.a));
  CHECK(lseek(pair.a, 0, SEEK_CUR) == -1 && errno == ESPIPE);
  CHECK_NUMBER(fcntl(pair.a, F_GETFD), 0);
  CHECK_NUMBER(fcntl(pair.a, F_SETFD, FD_CLOEXEC), 0);
  CHECK_NUMBER(fcntl(pair.a, F_GETFD), FD_CLOEXEC);
  AUTO_FD int closing = fcntl(pair.a, F_DUPFD_CLOEXEC, 0);
  CHECK_ERRNO(fcntl(pair.a, F_DUPFD, 1 << 30), EINVAL);
  AUTO_FD int file = open("/dev/null", O_RDONLY);
  AUTO_FD int second = fcntl(file, F_DUPFD_CLOEXEC, 50);
  CHECK_STATUS(call_outcome(second < 50 ? -1 : 0), 0);
  AUTO_FD int made = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  CHECK(fcntl(closing, F_GETFD) == FD_CLOEXEC && fcntl(made, F_GETFD) == FD_CLOEXEC);
  CHECK(!fd_blocks(made));
  CHECK_ERRNO(recv(two.a, &status, 1, 0), ENOTSOCK);
  return 0;
}

/* ---- pipes, and pairs of sockets ---- */

static int read_one(void *arg) {
  char byte;
  return call_outcome(read(*(int *)arg, &byte, 1));
}

TEST(a_pipe_waits_and_ends) {
  AUTO_PAIR struct fd_pair pipe = fd_pipe();
  AUTO_JOIN green_future *task = green_spawn(read_one, &pipe.a);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(call_outcome(write(pipe.b, "x", 1)), 1);
  CHECK_STATUS(green_wait(task), 1);
  close(pipe.b);
  pipe.b = -1;
  char byte;
  CHECK_STATUS(call_outcome(read(pipe.a, &byte, 1)), 0);
  CHECK_ERRNO(write(pipe.a, "x", 1), EBADF);
  return 0;
}

/* Nothing would ever come up there to wait for. */
TEST(the_wrong_end_of_a_pipe) {
  AUTO_PAIR struct fd_pair pipe = fd_pipe();
  char bytes[2] = "";
  struct iovec parts[] = {{bytes, 1}, {bytes + 1, 1}};
  GREEN_TIMEOUT(20000) {
    CHECK_ERRNO(write(pipe.a, bytes, 1), EBADF);
    CHECK_ERRNO(writev(pipe.a, parts, 2), EBADF);
    CHECK_ERRNO(read(pipe.b, bytes, 1), EBADF);
    CHECK_ERRNO(readv(pipe.b, parts, 2), EBADF);
  }
  CHECK_NUMBER(fcntl(pipe.a, F_GETFL) & O_ACCMODE, O_RDONLY);
  CHECK_NUMBER(fcntl(pipe.b, F_GETFL) & O_ACCMODE, O_WRONLY);
  return 0;
}

TEST(what_cannot_accept) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  AUTO_PAIR struct fd_pair pipe = fd_pipe();
  GREEN_TIMEOUT(20000) {
    CHECK_ERRNO(accept(pair.a, NULL, NULL), EINVAL);
    CHECK_ERRNO(accept(pipe.a, NULL, NULL), ENOTSOCK);
    CHECK_ERRNO(accept(0x7fff, NULL, NULL), EBADF);
  }
  return 0;
}

static int write_all(void *arg) {
  static const char bytes[300000];
  int *fd = arg;
  int rc = call_outcome(write(*fd, bytes, sizeof bytes));
  close(*fd);
  *fd = -1;
  return rc;
}

TEST(a_full_pipe_waits_for_its_reader) {
  AUTO_PAIR struct fd_pair pipe = fd_pipe();
  AUTO_JOIN green_future *task = green_spawn(write_all, &pipe.b);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(!green_done(task) || test_allocator_failed());
  char bytes[7000];
  ssize_t total = 0, count;
  while ((count = read(pipe.a, bytes, sizeof bytes)) > 0) total += count;
  CHECK_STATUS(call_outcome(count), 0);
  int written = green_wait(task);
  if (written != 300000 && test_allocator_failed()) return test_saw(GREEN_ENOMEM);
  CHECK_STATUS(written, 300000);
  CHECK_NUMBER(total, 300000);
  return 0;
}

TEST(a_pipe_that_nobody_reads) {
  AUTO_PAIR struct fd_pair pipe = fd_pipe();
  close(pipe.a);
  pipe.a = -1;
  void (*before)(int) = signal(SIGPIPE, SIG_IGN);
  ssize_t count = write(pipe.b, "x", 1);
  int error = errno;
  signal(SIGPIPE, before);
  CHECK(count == -1 && error == EPIPE);
  return 0;
}

TEST(a_pair_of_sockets) {
  AUTO_PAIR struct fd_pair pair = {-1, -1};
  int fds[2];
  struct sockaddr_un name;
  socklen_t size = sizeof name;
  char bytes[4];
  CHECK_NUMBER(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  pair = (struct fd_pair){fds[0], fds[1]};
  AUTO_JOIN green_future *task = green_spawn(read_one, &pair.a);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(call_outcome(write(pair.b, "x", 1)), 1);
  CHECK_STATUS(green_wait(task), 1);
  CHECK(getsockname(pair.a, (struct sockaddr *)&name, &size) == 0 && name.sun_family == AF_UNIX);
  CHECK_STATUS(call_outcome(write(pair.a, "abc", 3)), 3);
  close(pair.a);
  pair.a = -1;
  CHECK_STATUS(call_outcome(read(pair.b, bytes, 4)), 3);
  CHECK_STATUS(call_outcome(read(pair.b, bytes, 4)), 0);
  CHECK_ERRNO(send(pair.b, "x", 1, MSG_NOSIGNAL), EPIPE);
  CHECK_ERRNO(socketpair(AF_INET, SOCK_STREAM, 0, fds), EOPNOTSUPP);
  return 0;
}

TEST(who_reads_no_more_refuses_what_is_sent) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  CHECK_NUMBER(shutdown(pair.a, SHUT_RD), 0);
  CHECK_ERRNO(send(pair.b, "x", 1, MSG_NOSIGNAL), EPIPE);
  CHECK_STATUS(call_outcome(write(pair.a, "x", 1)), 1); /* the other direction stays */
  return 0;
}

/* ---- outside tasks ---- */

TEST_OUTSIDE(outside_a_task_what_is_there_is_read) {
  int fds[2];
  char byte;
  CHECK(pipe(fds) == 0);
  CHECK(write(fds[1], "x", 1) == 1);
  CHECK(read(fds[0], &byte, 1) == 1);
  struct pollfd one = {.fd = fds[0], .events = POLLIN};
  CHECK(poll(&one, 1, 1) == 0);
  CHECK(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
  CHECK(read(fds[0], &byte, 1) == -1 && errno == EAGAIN);
  close(fds[0]);
  close(fds[1]);
  return 0;
}
