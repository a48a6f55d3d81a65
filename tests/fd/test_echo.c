/* Echo servers and clients over the twins: large messages, many connections, slow readers, resets.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "echo.h"

struct client {
  struct echo_server *server;
  size_t size;
};

/* Writes what echo_through() reads back. */
struct sender {
  int fd;
  const char *bytes;
  size_t size;
};

static int send_all(void *arg) {
  struct sender *sender = arg;
  ssize_t count = green_write(sender->fd, sender->bytes, sender->size);
  if (count < (ssize_t)sender->size) shutdown(sender->fd, SHUT_RDWR); /* the reader ends, too */
  return count < 0 ? (int)count : 0;
}

static int receive_same(int fd, const char *bytes, size_t size) {
  char buffer[16384];
  for (size_t total = 0; total < size;) {
    ssize_t count = green_read(fd, buffer, sizeof buffer);
    if (count <= 0) return count ? (int)count : GREEN_EPIPE;
    if ((size_t)count > size - total || memcmp(buffer, bytes + total, (size_t)count) != 0)
      return GREEN_EPROTO;
    total += (size_t)count;
  }
  return 0;
}

static int echo_through(int fd, size_t size) {
  char *bytes = malloc(size);
  for (size_t i = 0; i < size; i++) bytes[i] = (char)(i * 7 >> 2);
  struct sender sender = {fd, bytes, size};
  green_future *sending = green_spawn(send_all, &sender);
  int rc = green_done(sending) ? GREEN_EPIPE : receive_same(fd, bytes, size);
  if (rc < 0) green_cancel(sending);
  int sent = test_saw(green_join(sending));
  free(bytes);
  return rc < 0 ? rc : sent;
}

static int client(void *arg) {
  struct client *client = arg;
  AUTO_FD int fd = echo_connect(client->server);
  return fd < 0 ? fd : echo_through(fd, client->size);
}

static int echo_test(size_t count, size_t size) {
  static struct echo_server server; /* tasks that outlive a test that gave up still count */
  echo_open(&server);
  AUTO_LISTENER struct echo_server *listener = &server;
  AUTO_JOIN green_future *serving = green_spawn(echo_serve, &server);
  CHECK_STARTED(serving);
  struct client one = {.server = &server, .size = size};
  AUTO_JOIN_ALL struct test_futures clients = test_futures(count);
  for (size_t i = 0; i < count; i++) {
    clients.at[i] = green_spawn(client, &one);
    CHECK_STARTED(clients.at[i]);
  }
  for (size_t i = 0; i < count; i++) CHECK_STATUS(green_wait(clients.at[i]), 0);
  CHECK_NUMBER(server.most, count);
  while (server.connections) CHECK_STATUS(green_sleep(1), 0);
  return 0;
}

TEST(echo_of_8_kib) {
  return echo_test(1, 8192);
}

TEST(echo_of_64_mib) {
  return echo_test(1, test_scale((size_t)64 << 20, (size_t)1 << 20));
}

TEST(echo_of_several_at_once) {
  return echo_test(test_scale(50, 3), test_scale(1000000, 10000));
}

/* Is served, waits until all are connected, and is served again. */
struct together {
  struct echo_server *server;
  size_t count;
  bool failed;
};

static int one_together(void *arg) {
  struct together *together = arg;
  AUTO_FD int fd = echo_connect(together->server);
  int rc = fd < 0 ? fd : echo_through(fd, 8192);
  while (rc == 0 && !together->failed && together->server->most < together->count)
    rc = green_sleep(5);
  if (rc == 0) rc = echo_through(fd, 8192);
  together->failed |= rc < 0;
  return rc;
}

TEST(echo_of_hundreds_at_once) {
  static struct echo_server server; /* tasks that outlive a test that gave up still count */
  echo_open(&server);
  AUTO_LISTENER struct echo_server *listener = &server;
  AUTO_JOIN green_future *serving = green_spawn(echo_serve, &server);
  CHECK_STARTED(serving);
  struct together together = {.server = &server, .count = test_scale(400, 3)};
  AUTO_JOIN_ALL struct test_futures clients = test_futures(together.count);
  for (size_t i = 0; i < together.count; i++) {
    clients.at[i] = green_spawn(one_together, &together);
    CHECK_STARTED(clients.at[i]);
  }
  for (size_t i = 0; i < together.count; i++) CHECK_STATUS(green_wait(clients.at[i]), 0);
  CHECK_NUMBER(server.most, together.count);
  while (server.connections) CHECK_STATUS(green_sleep(1), 0);
  return 0;
}

/* ---- peers that misbehave ---- */

static int write_much(void *arg) {
  int fd = *(int *)arg;
  static const char bytes[65536];
  size_t total = 0;
  while (total < (size_t)32 << 20) {
    ssize_t count = green_write(fd, bytes, sizeof bytes);
    if (count < 0) return (int)count;
    total += (size_t)count;
  }
  return 0;
}

/* A reader that reads nothing stops the writer, which then takes no more memory. */
TEST(a_slow_reader_does_not_make_memory_grow) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  AUTO_JOIN green_future *writer = green_spawn(write_much, &pair.a);
  CHECK_STARTED(writer);
  CHECK_STATUS(green_sleep(20), 0);
  size_t blocks = test_allocator_blocks();
  CHECK(!green_done(writer) || green_future_status(writer) == GREEN_ENOMEM);
  size_t total = 0;
  while (total < (size_t)1 << 20) {
    char buffer[4096];
    ssize_t count = green_read(pair.b, buffer, sizeof buffer);
    if (count <= 0) CHECK_STATUS((int)count, 1);
    total += (size_t)count;
    CHECK(test_allocator_blocks() <= blocks + 1);
  }
  return 0;
}

TEST(an_abrupt_reset_ends_its_connection_alone) {
  static struct echo_server server; /* tasks that outlive a test that gave up still count */
  echo_open(&server);
  AUTO_LISTENER struct echo_server *listener = &server;
  AUTO_JOIN green_future *serving = green_spawn(echo_serve, &server);
  CHECK_STARTED(serving);
  AUTO_FD int good = echo_connect(&server);
  if (good < 0) CHECK_STATUS(good, 0);
  AUTO_FD int bad = echo_connect(&server);
  if (bad < 0) CHECK_STATUS(bad, 0);
  while (server.connections < 2) {
    CHECK_STATUS(green_sleep(1), 0);
    if (green_done(serving)) CHECK_STATUS(green_future_status(serving), 0);
  }
  struct linger now = {1, 0};
  CHECK(setsockopt(bad, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
  green_close(bad);
  bad = -1;
  while (server.connections > 1) CHECK_STATUS(green_sleep(1), 0);
  CHECK_NUMBER(server.resets, 1);
  CHECK_STATUS(echo_through(good, 5000), 0);
  green_close(good);
  good = -1;
  while (server.connections) CHECK_STATUS(green_sleep(1), 0);
  return 0;
}

/* The peer is there but says nothing. */
TEST(a_half_open_connection_is_cut_by_a_deadline) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  char buffer[100];
  CHECK(write(pair.b, "half a lin", 10) == 10);
  int rc = 0;
  GREEN_TIMEOUT(5) {
    while ((rc = (int)green_read(pair.a, buffer, sizeof buffer)) > 0) continue;
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_STATUS(green_close(pair.a), 0);
  pair.a = -1;
  CHECK_STATUS((int)green_read(pair.b, buffer, sizeof buffer), 0);
  return 0;
}
