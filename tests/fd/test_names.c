/* Code that knows nothing of greenio, compiled with <greenio/fd_names.h>: its calls park in tasks
 * and say -1 and errno. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "fd_test.h"
#include "unmodified.h"

/* What unmodified.c returns, as a status. */
static int status(int rc) {
  return rc < 0 ? green_status_from_errno(-rc) : rc;
}

static void port_of(const struct fd_listener *listener, char *text, size_t size) {
  const struct sockaddr_in *address = (const struct sockaddr_in *)(const void *)&listener->address;
  snprintf(text, size, "%u", ntohs(address->sin_port));
}

/* ---- client and server ---- */

#define CLIENTS 20

struct client {
  const char *host, *port;
  char question[32], answer[32];
};

/* A listener that nobody accepts on any more is closed, so that its client is told. */
static int serve(void *arg) {
  int *listener = arg, rc = status(unmodified_serve(*listener));
  if (rc < 0) {
    green_close(*listener);
    *listener = -1;
  }
  return rc;
}

static int ask(void *arg) {
  struct client *client = arg;
  return status(unmodified_ask(client->host, client->port, client->question, client->answer));
}

static int ask_one(const char *host) {
  char port[16];
  struct fd_listener listener = {.size = 0};
  AUTO_FD int fd = listener.fd = fd_listen(&listener.address, &listener.size, 5);
  port_of(&listener, port, sizeof port);
  struct client client = {.host = host, .port = port, .question = "who is it"};
  AUTO_JOIN green_future *server = green_spawn(serve, &fd);
  CHECK_STARTED(server);
  int rc = ask(&client);
  if (rc < 0) green_cancel(server);
  CHECK_STATUS(rc, 0);
  CHECK(strcmp(client.answer, "WHO IS IT") == 0);
  CHECK_STATUS(green_wait(server), 0);
  return 0;
}

TEST(names_a_client_and_a_server_that_block) {
  return ask_one("127.0.0.1");
}

TEST(names_a_name_is_looked_up) {
  return ask_one("localhost");
}

static int serve_and_ask(struct client *clients, green_future **servers, green_future **askers) {
  for (int i = 0; i < CLIENTS; i++) CHECK_STATUS(green_join(askers[i]), 0);
  for (int i = 0; i < CLIENTS; i++) CHECK_STATUS(green_join(servers[i]), 0);
  for (int i = 0; i < CLIENTS; i++) {
    char wanted[32];
    snprintf(wanted, sizeof wanted, "QUESTION %d", i);
    CHECK(strcmp(clients[i].answer, wanted) == 0);
  }
  return 0;
}

/* All servers wait in accept() before the first client comes; one thread, so each call parks. */
TEST(names_many_at_once) {
  char port[16];
  struct fd_listener listener = {.size = 0};
  struct client clients[CLIENTS];
  green_future *servers[CLIENTS], *askers[CLIENTS];
  AUTO_FD int fd = listener.fd = fd_listen(&listener.address, &listener.size, CLIENTS);
  if (test_scale(1, 0) == 0) return 0; /* the test above has those */
  port_of(&listener, port, sizeof port);
  for (int i = 0; i < CLIENTS; i++) servers[i] = green_spawn(serve, &fd);
  for (int i = 0; i < CLIENTS; i++) {
    clients[i] = (struct client){.host = "127.0.0.1", .port = port};
    snprintf(clients[i].question, sizeof clients[i].question, "question %d", i);
    askers[i] = green_spawn(ask, &clients[i]);
  }
  return serve_and_ask(clients, servers, askers);
}

/* ---- waits that end in another way ---- */

static int read_one(void *arg) {
  char byte;
  return status((int)unmodified_read(*(int *)arg, &byte, 1));
}

TEST(names_cancel_and_deadline_are_errno) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  AUTO_JOIN green_future *reader = green_spawn(read_one, &pair.a);
  CHECK_STARTED(reader);
  CHECK_STATUS(green_sleep(1), 0);
  green_cancel(reader);
  CHECK_STATUS(green_wait(reader), GREEN_ECANCELED);
  GREEN_TIMEOUT(2) {
    CHECK_STATUS(read_one(&pair.a), GREEN_ETIMEDOUT);
  }
  CHECK(write(pair.b, "x", 1) == 1);
  CHECK_STATUS(read_one(&pair.a), 1);
  return 0;
}

TEST(names_a_close_wakes_who_reads) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  AUTO_JOIN green_future *reader = green_spawn(read_one, &pair.a);
  CHECK_STARTED(reader);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(status(unmodified_close(pair.a)), 0);
  pair.a = -1;
  CHECK_STATUS(green_wait(reader), GREEN_ECANCELED);
  return 0;
}

TEST(names_a_receive_timeout_ends_a_read) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  CHECK_STATUS(status(unmodified_timed_read(pair.a, 5)), GREEN_EAGAIN);
  CHECK(write(pair.b, "x", 1) == 1);
  CHECK_STATUS(status(unmodified_timed_read(pair.a, 20000)), 0);
  CHECK_STATUS(status(unmodified_timed_read(-1, 5)), GREEN_EBADF);
  return 0;
}

TEST(names_what_is_nonblocking_stays_so) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  CHECK_STATUS(status(unmodified_nonblocking_read(pair.a)), GREEN_EAGAIN);
  char port[16];
  struct fd_listener listener = {.size = 0};
  AUTO_FD int fd = listener.fd = fd_listen(&listener.address, &listener.size, 5);
  port_of(&listener, port, sizeof port);
  CHECK_STATUS(status(unmodified_nonblocking_connect(port)), 0);
  green_close(fd);
  fd = -1;
  CHECK_STATUS(status(unmodified_nonblocking_connect(port)), GREEN_ECONNREFUSED);
  return 0;
}

TEST(names_failures_are_errno) {
  char byte, answer[8], port[16];
  CHECK_STATUS(status((int)unmodified_read(-1, &byte, 1)), GREEN_EBADF);
  struct fd_listener listener = {.size = 0};
  listener.fd = fd_listen(&listener.address, &listener.size, 5);
  port_of(&listener, port, sizeof port);
  green_close(listener.fd);
  CHECK_STATUS(status(unmodified_ask("127.0.0.1", port, "?", answer)), GREEN_ECONNREFUSED);
  return 0;
}

/* ---- several at once, and time ---- */

static int write_later(void *arg) {
  int rc = green_sleep(2);
  return rc < 0 ? rc : write(*(int *)arg, "x", 1) == 1 ? 0 : GREEN_EIO;
}

TEST(names_poll_and_select_park) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  CHECK_STATUS(status(unmodified_poll(pair.a, 0)), 0);
  CHECK_STATUS(status(unmodified_poll(pair.a, 2)), 0);
  CHECK_STATUS(status(unmodified_select(pair.a, 2)), 0);
  AUTO_JOIN green_future *writer = green_spawn(write_later, &pair.b);
  CHECK_STARTED(writer);
  CHECK_STATUS(status(unmodified_poll(pair.a, -1)), 1);
  CHECK_STATUS(status(unmodified_select(pair.a, 20000)), 1);
  CHECK_STATUS(read_one(&pair.a), 1);
  return 0;
}

static int note(void *arg) {
  *(bool *)arg = true;
  return 0;
}

TEST(names_sleeps_park) {
  bool noted = false;
  AUTO_JOIN green_future *other = green_spawn(note, &noted);
  CHECK_STARTED(other);
  CHECK_STATUS(status(unmodified_sleeps(2)), 0);
  CHECK(noted);
  GREEN_TIMEOUT(1) {
    uint64_t before = green_now();
    unsigned left = unmodified_sleep(1000);
    CHECK_NUMBER(errno, ETIMEDOUT);
    CHECK(left <= 1000 && left + (green_now() - before) / 1000000000 + 1 >= 1000);
  }
  return 0;
}

TEST(names_vectors) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  CHECK_STATUS(status(unmodified_vectors(pair.a, pair.b)), 5);
  return 0;
}

/* ---- outside tasks ---- */

TEST_OUTSIDE(names_outside_tasks_they_are_libcs) {
  struct fd_pair pair = fd_pipe();
  char bytes[4];
  CHECK(write(pair.b, "now", 3) == 3);
  CHECK_NUMBER(unmodified_read(pair.a, bytes, sizeof bytes), 3);
  CHECK_NUMBER(unmodified_poll(pair.a, 0), 0);
  CHECK_NUMBER(unmodified_close(pair.a), 0);
  CHECK_NUMBER(unmodified_close(pair.a), -EBADF);
  close(pair.b);
  return 0;
}
