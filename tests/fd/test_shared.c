/* One listening socket for several threads, each with a runtime of its own. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "fd_test.h"

#define THREADS 4

struct shared {
  int fd;
  atomic_int accepted, ended;
  atomic_bool stop;
};

static int accept_all(void *arg) {
  struct shared *shared = arg;
  for (;;) {
    int fd = green_accept(shared->fd, NULL, NULL);
    if (fd < 0) return fd;
    green_close(fd);
    atomic_fetch_add(&shared->accepted, 1);
  }
}

/* Ends when it is asked to, though no connection comes: if its thread is not blocked. */
static int serve(void *arg) {
  struct shared *shared = arg;
  AUTO_JOIN green_future *server = green_spawn(accept_all, shared);
  int rc = 0;
  while (rc == 0 && !green_done(server) && !atomic_load(&shared->stop)) rc = green_sleep(1);
  return green_done(server) ? green_future_status(server) : rc;
}

static void *run(void *arg) {
  struct shared *shared = arg;
  int rc = green_run(serve, arg);
  atomic_fetch_add(&shared->ended, 1);
  return (void *)(intptr_t)rc;
}

static bool connect_one(const struct sockaddr_storage *address, socklen_t size) {
  int fd = fd_socket();
  bool made = connect(fd, (const struct sockaddr *)address, size) == 0;
  close(fd);
  return made;
}

/* Until `count` is there, or a very long time has passed. */
static bool reached(atomic_int *what, int count) {
  uint64_t end = green_now() + 10000000000;
  struct timespec pause = {0, 50000};
  while (atomic_load(what) < count && green_now() < end) nanosleep(&pause, NULL);
  return atomic_load(what) >= count;
}

/* Each connection wakes all threads; those that come late must not be held by accept4(). */
TEST_OUTSIDE(threads_that_share_a_listener_do_not_block_in_it) {
  struct sockaddr_storage address;
  socklen_t size;
  AUTO_FD int listener = fd_listen(&address, &size, 8);
  struct shared shared = {.fd = listener};
  pthread_t threads[THREADS];
  int count = (int)test_scale(2000, 3), made = 0;
  bool all = true;
  for (int i = 0; i < THREADS; i++)
    if (pthread_create(&threads[i], NULL, run, &shared) != 0) abort();
  for (; made < count && all; made++)
    all = connect_one(&address, size) && reached(&shared.accepted, made + 1);
  atomic_store(&shared.stop, true);
  bool ended = reached(&shared.ended, THREADS);
  while (!reached(&shared.ended, THREADS)) connect_one(&address, size);
  int rc = 0;
  for (int i = 0; i < THREADS; i++) {
    void *result;
    pthread_join(threads[i], &result);
    if ((intptr_t)result < 0) rc = (int)(intptr_t)result;
  }
  CHECK_STATUS(rc, 0);
  CHECK(all && ended);
  CHECK(!fd_blocks(listener));
  return 0;
}
