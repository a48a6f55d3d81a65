/* Echo servers and clients over the twins: large messages, many connections, slow readers, resets.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fd_test.h"

struct server {
  struct sockaddr_storage address;
  socklen_t size;
  int fd;
  size_t connections, most, resets;
};

struct connection {
  struct server *server;
  int fd;
};

static int echo(void *arg) {
  struct connection *connection = arg;
  struct server *server = connection->server;
  char buffer[8192];
  ssize_t count;
  if (++server->connections > server->most) server->most = server->connections;
  while ((count = green_read(connection->fd, buffer, sizeof buffer)) > 0)
    if (green_write(connection->fd, buffer, (size_t)count) < count) break;
  if (count == GREEN_ECONNRESET) server->resets++;
  green_close(connection->fd);
  server->connections--;
  return 0;
}

static int echo_spawn(struct server *server, int fd) {
  struct connection connection = {server, fd};
  green_spawn_options options = {.stack_size = 32768, .copy_size = sizeof connection};
  green_future *task = green_spawn_with(&options, echo, &connection);
  int rc = test_saw(green_future_status(task));
  green_future_release(task);
  if (rc == GREEN_EAGAIN) return 0;
  green_close(fd);
  return rc;
}

/* Accepts until it is cancelled; then nobody is left waiting. */
static int serve(void *arg) {
  struct server *server = arg;
  int rc = 0;
  while (rc >= 0) {
    rc = green_accept(server->fd, NULL, NULL);
    if (rc >= 0) rc = echo_spawn(server, rc);
  }
  shutdown(server->fd, SHUT_RDWR);
  return rc;
}

static void server_open(struct server *server) {
  memset(server, 0, sizeof *server);
  server->fd = fd_listen(&server->address, &server->size, 4096);
}

struct client {
  struct server *server;
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

static int connect_to(struct server *server) {
  int fd = fd_socket();
  int rc = green_connect(fd, (struct sockaddr *)&server->address, server->size);
  if (rc == 0) return fd;
  green_close(fd);
  return rc;
}

static int client(void *arg) {
  struct client *client = arg;
  AUTO_FD int fd = connect_to(client->server);
  return fd < 0 ? fd : echo_through(fd, client->size);
}

static int echo_test(size_t count, size_t size) {
  static struct server server; /* tasks that outlive a test that gave up still count */
  server_open(&server);
  AUTO_FD int listener = server.fd;
  AUTO_JOIN green_future *serving = green_spawn(serve, &server);
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

/* ---- many, the clients in a process of their own so that the limit on descriptors suffices ----
 */

struct many {
  struct server *server;
  size_t count, connected;
  green_semaphore starting;
};

static int echo_message(int fd) {
  char message[64] = "one of many", back[64];
  ssize_t count = green_write(fd, message, sizeof message);
  if (count < 0) return (int)count;
  count = green_recv(fd, back, sizeof back, MSG_WAITALL);
  return count < 0 ? (int)count : memcmp(message, back, sizeof back) ? GREEN_EPROTO : 0;
}

/* Connects, and is served once, so that few at a time wait to be accepted; waits until all are that
 * far, and is served again. */
static int one_of_many(void *arg) {
  struct many *many = arg;
  int rc = green_semaphore_acquire(&many->starting);
  if (rc < 0) return rc;
  AUTO_FD int fd = connect_to(many->server);
  rc = fd < 0 ? fd : echo_message(fd);
  green_semaphore_release(&many->starting);
  if (rc < 0) return rc;
  many->connected++;
  while (many->connected < many->count)
    if ((rc = green_sleep(20)) < 0) return rc;
  return echo_message(fd);
}

static int many_clients(void *arg) {
  struct many *many = arg;
  AUTO_JOIN_ALL struct test_futures clients = test_futures(many->count);
  green_spawn_options options = {.stack_size = 16384};
  for (size_t i = 0; i < many->count; i++)
    clients.at[i] = green_spawn_with(&options, one_of_many, many);
  return green_wait_all(clients.at, many->count);
}

struct many_served {
  struct server *server;
  size_t count;
  pid_t clients;
};

static int serve_many(void *arg) {
  struct many_served *served = arg;
  AUTO_JOIN green_future *serving = green_spawn(serve, served->server);
  siginfo_t ended = {0};
  while (served->server->most < served->count && !green_done(serving) && !ended.si_pid) {
    green_sleep(5);
    waitid(P_PID, (id_t)served->clients, &ended, WEXITED | WNOHANG | WNOWAIT);
  }
  if (green_done(serving)) kill(served->clients, SIGKILL); /* they wait for one another */
  while (served->server->connections) CHECK_STATUS(green_sleep(5), 0);
  return 0;
}

TEST_OUTSIDE(ten_thousand_connections_at_once) {
  size_t count = test_scale(10000, 5);
  if (!fd_allow(count + 100)) SKIP("the limit on descriptors cannot be raised so far");
  static struct server server; /* tasks that outlive a test that gave up still count */
  server_open(&server);
  AUTO_FD int listener = server.fd;
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    struct many many = {&server, count, 0, GREEN_SEMAPHORE_INIT(500)};
    test_allocator_disarm();
    close(listener);
    int failed = green_run(many_clients, &many);
    if (failed) fprintf(stderr, "the clients failed: %s\n", green_status_name(failed));
    _exit(failed ? 1 : 0);
  }
  struct many_served served = {&server, count, child};
  int status, rc = green_run(serve_many, &served);
  if (rc < 0) kill(child, SIGKILL);
  CHECK(waitpid(child, &status, 0) == child);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(server.most, count);
  CHECK_NUMBER(status, 0);
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
  static struct server server; /* tasks that outlive a test that gave up still count */
  server_open(&server);
  AUTO_FD int listener = server.fd;
  AUTO_JOIN green_future *serving = green_spawn(serve, &server);
  CHECK_STARTED(serving);
  AUTO_FD int good = connect_to(&server);
  if (good < 0) CHECK_STATUS(good, 0);
  AUTO_FD int bad = connect_to(&server);
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
