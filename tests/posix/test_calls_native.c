/* greenio_posix natively: what WebAssembly does not have, and the pool of threads. */
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <netdb.h>
#include <greenio/observe.h>
#include <greenio/posix.h>
#include <greenio/uv.h>
#include "posix_test.h"

__attribute__((constructor)) static void enable(void) {
  if (green_posix_enable() < 0) abort();
  setenv("UV_THREADPOOL_SIZE", "1", 1); /* for the test of lookups */
}

/* What the compiler makes of the calls with _FORTIFY_SOURCE; the last argument is the room. */
extern ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);
extern ssize_t __recv_chk(int fd, void *buffer, size_t size, size_t room, int flags);
extern ssize_t __recvfrom_chk(int fd, void *buffer, size_t size, size_t room, int flags,
                              struct sockaddr *address, socklen_t *address_size);
extern int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room);
extern int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                       const sigset_t *mask, size_t room);

static int call_read_chk(void *arg) {
  struct scene *scene = arg;
  return call_outcome(__read_chk(scene->pair.a, scene->buffer, 10, sizeof scene->buffer));
}
static int call_recv_chk(void *arg) {
  struct scene *scene = arg;
  return call_outcome(__recv_chk(scene->pair.a, scene->buffer, 10, sizeof scene->buffer, 0));
}
static int call_recvfrom_chk(void *arg) {
  struct scene *scene = arg;
  return call_outcome(
      __recvfrom_chk(scene->pair.a, scene->buffer, 10, sizeof scene->buffer, 0, NULL, NULL));
}
static int call_poll_chk(void *arg) {
  struct pollfd one = {.fd = ((struct scene *)arg)->pair.a, .events = POLLIN};
  int rc = call_outcome(__poll_chk(&one, 1, -1, sizeof one));
  return rc == 1 ? call_read(arg) : rc;
}
static int call_ppoll_chk(void *arg) {
  struct pollfd one = {.fd = ((struct scene *)arg)->pair.a, .events = POLLIN};
  int rc = call_outcome(__ppoll_chk(&one, 1, NULL, NULL, sizeof one));
  return rc == 1 ? call_read(arg) : rc;
}

PARKS(read_chk)
PARKS(recv_chk)
PARKS(recvfrom_chk)
PARKS(poll_chk)
PARKS(ppoll_chk)

static int look_up(void *arg) {
  struct addrinfo *found = NULL;
  (void)arg;
  int rc = getaddrinfo("localhost", NULL, NULL, &found);
  if (rc == EAI_MEMORY) return test_saw(GREEN_ENOMEM);
  if (rc != 0) return call_outcome(-1);
  freeaddrinfo(found);
  return 0;
}

/* Holds the pool's one thread until `until` is posted. */
static struct {
  uv_work_t work;
  sem_t until;
} hold;

static void hold_pool(uv_work_t *work) {
  (void)work;
  while (sem_wait(&hold.until) < 0) continue;
}

static void nothing_after(uv_work_t *work, int status) {
  (void)work, (void)status;
}

static int hold_start(void) {
  CHECK(sem_init(&hold.until, 0, 0) == 0);
  return uv_queue_work(green_uv_loop(), &hold.work, hold_pool, nothing_after);
}

/* Nor are files and offloaded calls held up by names: neither has the other's threads. */
TEST(a_lookup_does_not_wait_for_the_pool) {
  AUTO_JOIN green_future *task = green_spawn(look_up, NULL);
  CHECK_STARTED(task);
  CHECK_NUMBER(hold_start(), 0);
  int rc = green_wait(task);
  sem_post(&hold.until);
  CHECK_STATUS(rc, 0);
  return 0;
}

TEST(an_empty_queue_of_errors_is_eagain) {
  AUTO_FD int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct msghdr message = {0};
  GREEN_TIMEOUT(60000) {
    CHECK(recvmsg(fd, &message, MSG_ERRQUEUE) == -1);
    CHECK_NUMBER(errno, EAGAIN);
  }
  return 0;
}

static int send_to(void *arg) {
  struct sockaddr_un *address = arg;
  AUTO_FD int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  int rc;
  do rc = call_outcome(sendto(fd, "x", 1, 0, (struct sockaddr *)address, sizeof *address));
  while (rc == 1);
  return rc;
}

static void count_park(unsigned long task, const char *what, const void *object, uint64_t now,
                       void *data) {
  (void)task, (void)what, (void)object, (void)now;
  ++*(unsigned *)data;
}

/* The kernel says that who sends may go on, though there is no room where it goes to. */
TEST(a_receiver_that_is_full_is_asked_now_and_then) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  unsigned parks = 0;
  green_observation *observation;
  AUTO_FD int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "greenio %d", (int)getpid());
  CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
  AUTO_JOIN green_future *task = green_spawn(send_to, &address);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(green_observe(&observation, &(green_observer){.park = count_park}, &parks), 0);
  uint64_t before = green_now();
  int rc = green_sleep(50);
  uint64_t milliseconds = (green_now() - before) / 1000000;
  green_observation_release(observation);
  CHECK_STATUS(rc, 0);
  CHECK(parks <= milliseconds);
  CHECK(!green_done(task) || test_allocator_failed());
  close(fd);
  fd = -1;
  CHECK_STATUS(green_wait(task), green_status_from_errno(ECONNREFUSED));
  return 0;
}

static int read_one(void *arg) {
  char one;
  return call_outcome(read(*(int *)arg, &one, 1));
}

/* stdio closes by libc's inside, which nobody sees. A call that relies on the old registration goes on all the same. */
TEST(a_number_that_stdio_closed_is_another_socket) {
  AUTO_PAIR struct fd_pair old = fd_unix_pair();
  int number = old.a;
  AUTO_JOIN green_future *before = green_spawn(read_one, &number);
  CHECK_STARTED(before);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(write(old.b, "x", 1) == 1);
  CHECK_STATUS(green_wait(before), 1);
  FILE *stream = fdopen(number, "r");
  CHECK(stream && fclose(stream) == 0);
  old.a = -1;
  AUTO_PAIR struct fd_pair new = fd_unix_pair();
  CHECK_NUMBER(new.a, number);
  AUTO_JOIN green_future *reading = green_spawn(read_one, &number);
  CHECK_STARTED(reading);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(write(new.b, "x", 1) == 1);
  CHECK_STATUS(green_wait(reading), 1);
  return 0;
}

TEST(what_does_not_block_is_asked_itself) {
  char path[] = "/tmp/greenio-fifo-XXXXXX", name[sizeof path + 2], byte;
  CHECK(mkdtemp(path) != NULL);
  snprintf(name, sizeof name, "%s/f", path);
  CHECK(mkfifo(name, 0600) == 0);
  AUTO_FD int fd = open(name, O_RDONLY | O_NONBLOCK);
  unlink(name);
  rmdir(path);
  CHECK_STATUS(call_outcome(read(fd, &byte, 1)), 0); /* nobody writes */
  return 0;
}

/* 2^64 ns, and a little: a time that is longer than what counts it is not short. */
TEST(receive_timeouts_of_centuries) {
  char byte;
  ssize_t count = 0;
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  struct timeval limit = {18446744073, 713000};
  CHECK(setsockopt(pair.a, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
  GREEN_TIMEOUT(50) {
    count = read(pair.a, &byte, 1);
  }
  CHECK_STATUS(call_outcome(count), GREEN_ETIMEDOUT);
  return 0;
}
