/* libc's calls in a task with greenio_posix enabled: they park where they would block, and are
 * libc's everywhere else. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>
#include "fd/fd.h"
#include "posix_test.h"

static int call_readv(void *arg) {
  struct scene *scene = arg;
  struct iovec parts[] = {{scene->buffer, 1}, {scene->buffer + 1, 9}};
  return call_outcome(readv(scene->pair.a, parts, 2));
}
static int call_recv(void *arg) {
  struct scene *scene = arg;
  return call_outcome(recv(scene->pair.a, scene->buffer, 3, MSG_WAITALL));
}
static int call_recvfrom(void *arg) {
  struct scene *scene = arg;
  return call_outcome(recvfrom(scene->pair.a, scene->buffer, 10, 0, NULL, NULL));
}
static int call_recvmsg(void *arg) {
  struct scene *scene = arg;
  struct iovec part = {scene->buffer, 10};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  return call_outcome(recvmsg(scene->pair.a, &message, 0));
}
static int call_poll(void *arg) {
  struct pollfd one = {.fd = ((struct scene *)arg)->pair.a, .events = POLLIN};
  int rc = call_outcome(poll(&one, 1, -1));
  return rc == 1 ? call_read(arg) : rc;
}
static int call_ppoll(void *arg) {
  struct pollfd one = {.fd = ((struct scene *)arg)->pair.a, .events = POLLIN};
  int rc = call_outcome(ppoll(&one, 1, NULL, NULL));
  return rc == 1 ? call_read(arg) : rc;
}
static int call_select(void *arg) {
  struct scene *scene = arg;
  fd_set set;
  FD_ZERO(&set);
  FD_SET(scene->pair.a, &set);
  int rc = call_outcome(select(scene->pair.a + 1, &set, NULL, NULL, NULL));
  return rc == 1 && FD_ISSET(scene->pair.a, &set) ? call_read(arg) : rc;
}
static int call_pselect(void *arg) {
  struct scene *scene = arg;
  fd_set set;
  FD_ZERO(&set);
  FD_SET(scene->pair.a, &set);
  int rc = call_outcome(pselect(scene->pair.a + 1, &set, NULL, NULL, NULL, NULL));
  return rc == 1 && FD_ISSET(scene->pair.a, &set) ? call_read(arg) : rc;
}

PARKS(read)
PARKS(readv)
PARKS(recv)
PARKS(recvfrom)
PARKS(recvmsg)
PARKS(poll)
PARKS(ppoll)
PARKS(select)
PARKS(pselect)

/* ---- what the program asked of the descriptor ---- */

TEST(a_descriptor_that_does_not_block_gives_eagain) {
  char byte;
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  int yes = 1;
  CHECK(fcntl(pair.a, F_SETFL, O_NONBLOCK) == 0);
  CHECK(ioctl(pair.b, FIONBIO, &yes) == 0);
  CHECK(read(pair.a, &byte, 1) == -1 && errno == EAGAIN);
  CHECK(recv(pair.b, &byte, 1, 0) == -1 && errno == EAGAIN);
  return 0;
}

TEST(receive_timeouts_are_followed) {
  char byte;
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  struct timeval limit = {0, 3000};
  CHECK(setsockopt(pair.a, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
  uint64_t before = green_now();
  CHECK_STATUS(call_outcome(read(pair.a, &byte, 1)), GREEN_EAGAIN);
  CHECK(green_now() - before >= 3000000);
  return 0;
}

TEST(send_timeouts_are_followed) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  struct timeval limit = {0, 3000};
  CHECK(setsockopt(pair.a, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0);
  fd_fill(pair.a);
  CHECK_STATUS(call_outcome(send(pair.a, "x", 1, 0)), GREEN_EAGAIN);
  return 0;
}

TEST(a_cancel_ends_the_call) {
  struct scene scene = {.pair = fd_unix_pair()};
  AUTO_PAIR struct fd_pair pair = scene.pair;
  AUTO_JOIN green_future *task = green_spawn(call_read, &scene);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  green_cancel(task);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  GREEN_TIMEOUT(1) {
    CHECK_STATUS(call_poll(&scene), GREEN_ETIMEDOUT);
  }
  return 0;
}

TEST(closing_a_descriptor_wakes_who_reads_it) {
  struct scene scene = {.pair = fd_unix_pair()};
  AUTO_FD int other = scene.pair.b;
  AUTO_JOIN green_future *task = green_spawn(call_read, &scene);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(close(scene.pair.a) == 0);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  return 0;
}

/* ---- writing and connecting ---- */

static int write_much(void *arg) {
  struct scene *scene = arg;
  char *bytes = calloc(1, 3000000);
  struct iovec parts[] = {{bytes, 1000000}, {bytes, 2000000}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  int rc = 0;
  if ((scene->count = write(scene->pair.b, bytes, 3000000)) != 3000000 ||
      (scene->count = writev(scene->pair.b, parts, 2)) != 3000000 ||
      (scene->count = sendmsg(scene->pair.b, &message, 0)) != 3000000 ||
      (scene->count = send(scene->pair.b, bytes, 3000000, 0)) != 3000000)
    rc = scene->count < 0 ? call_outcome(-1) : test_saw(GREEN_ENOMEM);
  shutdown(scene->pair.b, SHUT_WR);
  free(bytes);
  return rc;
}

TEST(writing_is_whole_as_on_a_blocking_descriptor) {
  struct scene scene = {.pair = fd_tcp_pair()};
  AUTO_PAIR struct fd_pair pair = scene.pair;
  AUTO_JOIN green_future *writer = green_spawn(write_much, &scene);
  CHECK_STARTED(writer);
  size_t total = 0;
  char buffer[30000];
  ssize_t count;
  while ((count = read(pair.a, buffer, sizeof buffer)) > 0) total += (size_t)count;
  CHECK_STATUS(call_outcome(count), 0);
  CHECK_STATUS(green_wait(writer), 0);
  CHECK_NUMBER(total, 12000000);
  return 0;
}

static int accept_one(void *arg) {
  int fd = accept(*(int *)arg, NULL, NULL);
  if (fd >= 0) close(fd);
  return fd < 0 ? call_outcome(fd) : 0;
}

TEST(accept_and_connect_park) {
  struct sockaddr_storage address;
  socklen_t size;
  AUTO_FD int listener = fd_listen(&address, &size, 5);
  AUTO_FD int client = fd_socket();
  AUTO_JOIN green_future *server = green_spawn(accept_one, &listener);
  CHECK_STARTED(server);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(call_outcome(connect(client, (struct sockaddr *)&address, size)), 0);
  CHECK(fd_blocks(client) && fd_blocks(listener));
  CHECK_STATUS(green_wait(server), 0);
  return 0;
}

TEST(a_connect_that_does_not_block_says_einprogress) {
  struct sockaddr_storage address;
  socklen_t size;
  AUTO_FD int listener = fd_listen(&address, &size, 5);
  AUTO_FD int client = fd_socket();
  CHECK(fcntl(client, F_SETFL, O_NONBLOCK) == 0);
  int rc = connect(client, (struct sockaddr *)&address, size);
  CHECK(rc == 0 || errno == EINPROGRESS);
  CHECK(!fd_blocks(client));
  return 0;
}

/* ---- calls that would not block ---- */

/* Makes each call that finds something to do at once. */
static int call_all(struct fd_pair pair) {
  char bytes[8] = "";
  struct iovec parts[] = {{bytes, 1}, {bytes + 1, 1}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  struct pollfd one = {.fd = pair.a, .events = POLLIN};
  CHECK(write(pair.b, bytes, 1) == 1 && read(pair.a, bytes, 1) == 1);
  CHECK(writev(pair.b, parts, 2) == 2 && readv(pair.a, parts, 2) == 2);
  CHECK(send(pair.b, bytes, 1, 0) == 1 && recv(pair.a, bytes, 1, 0) == 1);
  CHECK(sendmsg(pair.b, &message, 0) == 2);
  CHECK(poll(&one, 1, -1) == 1);
  CHECK(recvmsg(pair.a, &message, 0) == 2);
  return 0;
}

TEST(calls_that_would_not_block_do_not_switch) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  int turns = 0;
  AUTO_JOIN green_future *other = green_spawn(count_turns, &turns);
  CHECK_STARTED(other);
  for (int i = 0; i < 100; i++) {
    int rc = call_all(pair);
    if (rc < 0) return rc;
  }
  CHECK_NUMBER(turns, 0);
  return 0;
}

TEST(files_are_files) {
  char path[] = "/tmp/greenio-posix-XXXXXX", buffer[10];
  AUTO_FD int file = mkstemp(path);
  unlink(path);
  CHECK(write(file, "abc", 3) == 3);
  CHECK(lseek(file, 0, SEEK_SET) == 0);
  CHECK(read(file, buffer, 10) == 3);
  CHECK(read(file, buffer, 10) == 0);
  CHECK(read(-1, buffer, 1) == -1 && errno == EBADF);
  return 0;
}

/* ---- time ---- */

TEST(sleeping_parks) {
  int turns = 0;
  AUTO_JOIN green_future *other = green_spawn(count_turns, &turns);
  CHECK_STARTED(other);
  struct timespec time = {0, 1500000}, left, until;
  uint64_t before = green_now();
  CHECK_NUMBER(usleep(1500), 0);
  CHECK_NUMBER(nanosleep(&time, &left), 0);
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += 1000000;
  if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
  CHECK_NUMBER(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL), 0);
  CHECK_NUMBER(sleep(0), 0);
  CHECK(green_now() - before >= 4000000);
  CHECK(turns > 10);
  time.tv_nsec = -1;
  CHECK(nanosleep(&time, NULL) == -1 && errno == EINVAL);
  GREEN_TIMEOUT(2) {
    before = green_now();
    unsigned rest = sleep(100);
    CHECK_NUMBER(errno, ETIMEDOUT);
    CHECK(rest <= 100 && rest + (green_now() - before) / 1000000000 + 1 >= 100);
  }
  return 0;
}

/* What is left to a point in time is as much in 2038, when its seconds take more than 31 bits. */
TEST(sleeps_until_a_time_after_2038_wait) {
  const struct timespec now = {(time_t)(INT32_MAX + INT64_C(100)), 999999999};
  const struct timespec hour = {(time_t)(INT32_MAX + INT64_C(3700)), 1}, past = {now.tv_sec, 0};
  const struct timespec far = {(time_t)INT64_MAX, 0};
  if (sizeof now.tv_sec < 8) SKIP("time_t has 32 bits");
  CHECK_NUMBER(green__time_between(&now, &hour), UINT64_C(3599000000002));
  CHECK_NUMBER(green__time_between(&now, &past), 0);
  CHECK_NUMBER(green__time_between(&now, &now), 0);
  CHECK_NUMBER(green__time_between(&now, &far), (uint64_t)INT32_MAX * 1000000000);
  GREEN_TIMEOUT(2) {
    CHECK_NUMBER(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &far, NULL), ETIMEDOUT);
  }
  return 0;
}

TEST(select_counts_and_keeps_what_is_ready) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  fd_set read, write;
  struct timeval limit = {0, 2000};
  FD_ZERO(&read);
  FD_ZERO(&write);
  FD_SET(pair.a, &read);
  FD_SET(pair.b, &read);
  CHECK_STATUS(call_outcome(select(pair.b + 1, &read, &write, NULL, &limit)), 0);
  CHECK(!FD_ISSET(pair.a, &read) && !FD_ISSET(pair.b, &read));
  CHECK(limit.tv_sec == 0 && limit.tv_usec == 0);
  FD_SET(pair.a, &read);
  FD_SET(pair.a, &write);
  FD_SET(pair.b, &write);
  CHECK_STATUS(call_outcome(select(pair.b + 1, &read, &write, NULL, NULL)), 2);
  CHECK(!FD_ISSET(pair.a, &read) && FD_ISSET(pair.a, &write) && FD_ISSET(pair.b, &write));
  FD_ZERO(&read);
  int closed = dup(pair.a);
  close(closed);
  FD_SET(closed, &read);
  CHECK_STATUS(call_outcome(select(closed + 1, &read, NULL, NULL, NULL)), GREEN_EBADF);
  return 0;
}

/* ---- names ---- */

TEST(names_are_looked_up_off_the_loop) {
  int turns = 0;
  AUTO_JOIN green_future *other = green_spawn(count_turns, &turns);
  CHECK_STARTED(other);
  struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found = NULL;
  int rc = getaddrinfo("localhost", "80", &hints, &found);
  if (rc == EAI_MEMORY || (rc == EAI_SYSTEM && errno == ENOMEM)) test_saw(GREEN_ENOMEM);
  CHECK_NUMBER(rc, 0);
  struct sockaddr_in *address = (struct sockaddr_in *)found->ai_addr;
  CHECK(address->sin_addr.s_addr == htonl(INADDR_LOOPBACK) && address->sin_port == htons(80));
  freeaddrinfo(found);
  CHECK(turns > 0);
  rc = getaddrinfo("no such name.invalid", NULL, &hints, &found);
  CHECK(rc != 0);
  return 0;
}

static int look_up(void *arg) {
  struct addrinfo *found = NULL;
  (void)arg;
  int rc = getaddrinfo("localhost", NULL, NULL, &found);
  if (rc == EAI_MEMORY) return test_saw(GREEN_ENOMEM);
  if (rc != 0) return call_outcome(-1);
  freeaddrinfo(found);
  return 0;
}

TEST(a_lookup_that_nobody_waits_for_any_more_frees_itself) {
  AUTO_JOIN green_future *task = green_spawn(look_up, NULL);
  CHECK_STARTED(task);
  CHECK_STATUS(green_yield(), 0);
  green_cancel(task);
  int rc = green_wait(task);
  if (rc != 0) CHECK_STATUS(rc, GREEN_ECANCELED); /* the answer may have come before */
  return 0;
}

/* ---- all of a message ---- */

static int receive_message(void *arg) {
  struct scene *scene = arg;
  struct iovec parts[] = {{scene->buffer, 2}, {scene->buffer + 2, 4}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  int count = call_outcome(recvmsg(scene->pair.a, &message, MSG_WAITALL));
  return message.msg_iov == parts && message.msg_iovlen == 2 ? count : GREEN_EPROTO;
}

TEST(a_message_is_waited_for_whole) {
  struct scene scene = {.pair = fd_unix_pair()};
  AUTO_PAIR struct fd_pair pair = scene.pair;
  AUTO_JOIN green_future *task = green_spawn(receive_message, &scene);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(write(pair.b, "abc", 3) == 3);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(write(pair.b, "def", 3) == 3);
  CHECK_STATUS(green_wait(task), 6);
  CHECK(memcmp(scene.buffer, "abcdef", 6) == 0);
  return 0;
}

TEST(a_descriptor_that_is_replaced_wakes_who_reads_it) {
  struct scene scene = {.pair = fd_unix_pair()};
  AUTO_PAIR struct fd_pair pair = scene.pair;
  AUTO_PAIR struct fd_pair other = fd_unix_pair();
  for (int i = 0; i < 2; i++) {
    AUTO_JOIN green_future *task = green_spawn(call_read, &scene);
    CHECK_STARTED(task);
    CHECK_STATUS(green_sleep(1), 0);
    CHECK(dup2(-1, pair.a) == -1 && dup2(pair.a, pair.a) == pair.a);
    CHECK_STATUS(green_yield(), 0);
    CHECK(!green_done(task) || green_future_status(task) == GREEN_ENOMEM);
    CHECK((i ? dup3(other.a, pair.a, O_CLOEXEC) : dup2(other.a, pair.a)) == pair.a);
    CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  }
  return 0;
}
