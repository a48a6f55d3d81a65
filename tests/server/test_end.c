/* How requests, connections and servers end: clients that go away, limits, shutting down. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "server_test.h"

#define HOST "Host: a\r\n"

/* ---- clients that go away -------------------------------------------------------------------- */

TEST(a_client_that_goes_away_cancels_its_task) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  for (unsigned i = 0; i < 3; i++) {
    AUTO_STREAM green_stream *stream = NULL;
    CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
    CHECK_STATUS(say(stream, "GET /forever HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
    CHECK_STATUS(site_await_begun(&site, i + 1), GREEN_OK);
    CHECK_NUMBER(site.cancelled, i);
    if (i == 0)
      green_stream_close(stream);
    else if (i == 1)
      green_stream_reset(stream);
    else
      CHECK_STATUS(green_stream_shutdown(stream), GREEN_OK);
    CHECK_STATUS(site_await_cancelled(&site, i + 1), GREEN_OK);
  }
  return 0;
}

TEST(a_client_that_goes_away_behind_its_body_cancels_its_task) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "POST /forever HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nbody"),
               GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  green_stream_close(stream);
  CHECK_STATUS(site_await_cancelled(&site, 1), GREEN_OK);
  return 0;
}

/* Nobody reads yet, so it was not told to go on. */
TEST(a_client_that_goes_away_before_its_body_cancels_its_task) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "POST /forever HTTP/1.1\r\n" HOST
                           "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n"),
               GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  green_stream_close(stream);
  CHECK_STATUS(site_await_cancelled(&site, 1), GREEN_OK);
  return 0;
}

TEST(a_client_that_goes_away_in_its_body_ends_the_reading) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "POST /count HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\nbody"),
               GREEN_OK);
  green_stream_close(stream);
  CHECK_STATUS(ASK(&site, "GET / HTTP/1.1\r\n" HOST "\r\n", &reply), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STATUS(green_join(green_server_shutdown(site.server, 10000)), GREEN_OK);
  return 0;
}

TEST(many_clients_that_go_away_at_once) {
  enum { MANY = 150 };
  AUTO_SITE struct site site = {0};
  green_stream *streams[MANY] = {NULL};
  unsigned many = (unsigned)test_scale(MANY, 3);
  CHECK_STATUS(site_open(&site, &(green_server_options){.idle_timeout = 3600000}), GREEN_OK);
  CHECK_STATUS(green_pool_set_max_workers(green_app_pool(site.app), MANY), GREEN_OK);
  int rc = 0;
  for (unsigned i = 0; rc == 0 && i < many; i++) {
    rc = site_connect(&site, &streams[i]);
    if (rc == 0) rc = say(streams[i], "GET /forever HTTP/1.1\r\n" HOST "\r\n");
  }
  if (rc == 0) rc = site_await_begun(&site, many);
  for (unsigned i = 0; i < many; i++) green_stream_release(streams[i]);
  if (rc == 0) rc = site_await_cancelled(&site, many);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STATUS(rc, GREEN_OK);
  return 0;
}

TEST(clients_that_vanish_in_mid_answer) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  unsigned many = (unsigned)test_scale(20, 2);
  for (unsigned i = 0; i < many; i++) {
    AUTO_STREAM green_stream *stream = NULL;
    char data[100];
    CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
    CHECK_STATUS(say(stream, "GET /endless HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
    int rc = green_stream_read(stream, data, sizeof data);
    if (rc <= 0) GIVE_UP_WITHOUT_MEMORY();
    CHECK(test_saw(rc) > 0);
    if (i % 2) green_stream_reset(stream);
  }
  CHECK_STATUS(site_await_cancelled(&site, many), GREEN_OK);
  return 0;
}

/* ---- limits ---------------------------------------------------------------------------------- */

TEST(heads_have_limits) {
  AUTO_SITE struct site site = {0};
  struct reply reply;
  static char text[100000];
  green_server_options options = {.max_head = 2000, .max_headers = 10};
  CHECK_STATUS(site_open(&site, &options), GREEN_OK);
  int size = snprintf(text, sizeof text, "GET / HTTP/1.1\r\n" HOST "X: %01000d\r\n\r\n", 0);
  CHECK_STATUS(ask(&site, text, (size_t)size, &reply), GREEN_OK);
  CHECK_REPLY(reply, 200);
  size = snprintf(text, sizeof text, "GET / HTTP/1.1\r\n" HOST "X: %02000d\r\n\r\n", 0);
  CHECK_STATUS(ask(&site, text, (size_t)size, &reply), GREEN_OK);
  CHECK_REPLY(reply, 431);
  size = snprintf(text, sizeof text, "GET / HTTP/1.1\r\n" HOST "X: %090000d\r\n\r\n", 0);
  CHECK_STATUS(ask(&site, text, (size_t)size, &reply), GREEN_OK);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK(reply.status == 431 || reply.status == 0);
  size = snprintf(text, sizeof text, "GET /%090000d HTTP/1.1\r\n" HOST "\r\n", 0);
  CHECK_STATUS(ask(&site, text, (size_t)size, &reply), GREEN_OK);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK(reply.status == 414 || reply.status == 0);
  size = snprintf(text, sizeof text, "GET / HTTP/1.1\r\n" HOST);
  for (int i = 0; i < 10; i++)
    size += snprintf(text + size, sizeof text - (size_t)size, "X: 1\r\n");
  size += snprintf(text + size, sizeof text - (size_t)size, "\r\n");
  CHECK_STATUS(ask(&site, text, (size_t)size, &reply), GREEN_OK);
  CHECK_REPLY(reply, 431);
  CHECK_STATUS(ASK(&site, "GET / HTTP/1.1\r\n" HOST "\r\n", &reply), GREEN_OK);
  CHECK_REPLY(reply, 200);
  return 0;
}

/* One that sends nothing, one that is slow with its head, and one that is kept. */
TEST(idle_connections_are_closed) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *silent = NULL, *slow = NULL, *kept = NULL;
  struct reply reply;
  green_server_options options = {.idle_timeout = 100};
  CHECK_STATUS(site_open(&site, &options), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &silent), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &slow), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &kept), GREEN_OK);
  CHECK_STATUS(say(kept, "GET / HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(kept, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  int rc = say(slow, "GET / HTTP/1.1\r\nX: ");
  for (int i = 0; i < 2000 && rc == 0; i++) {
    rc = say(slow, "a"); /* something comes all the time */
    if (rc == 0) rc = green_sleep(5);
    GIVE_UP_WITHOUT_MEMORY();
  }
  CHECK(test_saw(rc) == GREEN_EPIPE || rc == GREEN_ECONNRESET);
  CHECK_STATUS(read_reply(silent, &reply, false), GREEN_OK);
  CHECK_NUMBER(reply.status, 0);
  CHECK_STATUS(read_reply(kept, &reply, false), GREEN_OK);
  CHECK_NUMBER(reply.status, 0);
  return 0;
}

/* A request that takes longer than a connection may be idle is not idle. */
TEST(a_request_may_take_its_time) {
  AUTO_SITE struct site site = {0};
  struct reply reply;
  green_server_options options = {.idle_timeout = 50};
  CHECK_STATUS(site_open(&site, &options), GREEN_OK);
  char text[100];
  int size =
      snprintf(text, sizeof text, "GET /wait?ms=%zu HTTP/1.1\r\n" HOST "\r\n", test_scale(250, 1));
  CHECK_STATUS(ask(&site, text, (size_t)size, &reply), GREEN_OK);
  CHECK_REPLY(reply, 200);
  return 0;
}

TEST(connections_have_limits) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *one = NULL, *two = NULL, *three = NULL;
  struct reply reply;
  green_server_options options = {.max_connections_per_address = 2};
  CHECK_STATUS(site_open(&site, &options), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &one), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &two), GREEN_OK);
  for (int i = 0; i < 2; i++) {
    green_stream *stream = i ? two : one;
    CHECK_STATUS(say(stream, "GET / HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
    CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
    CHECK_REPLY(reply, 200);
  }
  CHECK_STATUS(site_connect(&site, &three), GREEN_OK);
  CHECK_STATUS(read_reply(three, &reply, false), GREEN_OK);
  CHECK_NUMBER(reply.status, 0);
  CHECK_NUMBER(green_server_connection_count(site.server), 2);
  return 0;
}

/* Those beyond the limit wait until one has gone. */
TEST(connections_over_the_limit_wait) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *one = NULL, *two = NULL;
  struct reply reply;
  green_server_options options = {.max_connections = 1};
  CHECK_STATUS(site_open(&site, &options), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &one), GREEN_OK);
  CHECK_STATUS(say(one, "GET / HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(one, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STATUS(site_connect(&site, &two), GREEN_OK);
  CHECK_STATUS(say(two, "GET / HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(green_sleep(20), GREEN_OK);
  CHECK_NUMBER(green_server_connection_count(site.server), 1);
  green_stream_close(one);
  CHECK_STATUS(read_reply(two, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  return 0;
}

/* A thousand heads that come a byte at a time, and a quick client among them. */
TEST(slow_clients_do_not_hold_up_others) {
  enum { MANY = 1000 };
  AUTO_SITE struct site site = {0};
  struct reply reply;
  static green_stream *slow[MANY];
  size_t many = test_scale(MANY, 3), answered = 0;
  if (site_want_descriptors(3 * MANY) < 2 * MANY + 100) SKIP("fewer than 2100 descriptors");
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  memset(slow, 0, sizeof slow);
  static const char head[] = "GET / HTTP/1.1\r\n" HOST "\r\n";
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < many; i++) rc = site_connect(&site, &slow[i]);
  for (size_t at = 0; rc == 0 && at < sizeof head - 1; at++) {
    for (size_t i = 0; rc == 0 && i < many; i++)
      rc = green_stream_write(slow[i], head + at, 1, NULL);
    if (rc == 0 && at % 5 == 0) rc = ASK(&site, "GET /wait HTTP/1.1\r\n" HOST "\r\n", &reply);
    if (rc == 0 && at % 5 == 0 && reply.status != 200) rc = GREEN_EIO;
  }
  for (size_t i = 0; rc == 0 && i < many; i++) {
    rc = read_reply(slow[i], &reply, false);
    if (reply.status == 200) answered++;
  }
  for (size_t i = 0; i < many; i++) green_stream_release(slow[i]);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STATUS(rc, GREEN_OK);
  CHECK_NUMBER(answered, many);
  return 0;
}

/* ---- shutting down --------------------------------------------------------------------------- */

TEST(a_shutdown_lets_requests_end) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *busy = NULL, *idle = NULL, *late = NULL;
  struct reply reply;
  green_address address;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &idle), GREEN_OK);
  CHECK_STATUS(say(idle, "GET / HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(idle, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STATUS(site_connect(&site, &busy), GREEN_OK);
  CHECK_STATUS(say(busy, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nbo"), GREEN_OK);
  CHECK_STATUS(ASK(&site, "GET / HTTP/1.1\r\n" HOST "\r\n", &reply),
               GREEN_OK); /* so it has begun */
  CHECK_REPLY(reply, 200);
  AUTO_FUTURE green_future *closed = green_server_shutdown(site.server, 60000);
  CHECK_STATUS(green_server_address(site.server, &address), GREEN_ECLOSED);
  CHECK_STATUS(read_reply(idle, &reply, false), GREEN_OK);
  CHECK_NUMBER(reply.status, 0);
  CHECK_STATUS(site_connect(&site, &late), GREEN_ECONNREFUSED);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK(!green_done(closed));
  CHECK_STATUS(say(busy, "dy"), GREEN_OK);
  CHECK_STATUS(read_reply(busy, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STRING(reply.body, "body");
  CHECK(reply.close);
  CHECK_STATUS(green_wait(closed), GREEN_OK);
  CHECK_NUMBER(green_server_connection_count(site.server), 0);
  return 0;
}

/* As many milliseconds as there can be: none of them becomes none. */
/* Its answer was sent, and nobody needs the rest. */
TEST(a_shutdown_does_not_wait_for_a_body_that_nobody_reads) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct reply reply;
  int rc = 0;
  CHECK_STATUS(site_open(&site, &(green_server_options){.idle_timeout = 3600000}), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "POST /unread HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n"),
               GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  GREEN_TIMEOUT(20000) rc = green_join(green_server_shutdown(site.server, 600000));
  CHECK_STATUS(rc, GREEN_OK);
  return 0;
}

TEST(times_of_weeks) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL, *slow = NULL;
  struct reply reply;
  green_server_options options = {.idle_timeout = UINT64_MAX};
  CHECK_STATUS(site_open(&site, &options), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &slow), GREEN_OK);
  CHECK_STATUS(say(slow, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nbo"), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "GET /wait?ms=50 HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(ASK(&site, "GET / HTTP/1.1\r\n" HOST "\r\n", &reply), GREEN_OK);
  CHECK_REPLY(reply, 200);
  AUTO_FUTURE green_future *closed = green_server_shutdown(site.server, UINT64_MAX);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  int rc = say(slow, "dy");
  if (rc < 0) GIVE_UP_WITHOUT_MEMORY();
  CHECK_STATUS(rc, GREEN_OK);
  CHECK_STATUS(read_reply(slow, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STATUS(green_wait(closed), GREEN_OK);
  return 0;
}

TEST(a_shutdown_cuts_off_what_takes_too_long) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "GET /forever HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  AUTO_FUTURE green_future *closed = green_server_shutdown(site.server, 20);
  int rc = green_wait(closed);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_STATUS(site_await_cancelled(&site, 1), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_NUMBER(reply.status, 0);
  return 0;
}

TEST(a_server_that_is_released_is_shut_down) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "GET / HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  green_server_release(site.server);
  site.server = NULL;
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_NUMBER(reply.status, 0);
  return 0;
}

static int raise_signal(void *arg) {
  struct site *site = arg;
  int rc = site_await_begun(site, 1);
  kill(getpid(), SIGTERM);
  return rc;
}

/* The request that is under way at the signal is cut off behind it. */
TEST(a_signal_ends_the_wait_of_a_server) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  green_future *ignored = NULL;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(green_signal(&ignored, SIGTERM), GREEN_OK); /* so that it is never deadly */
  AUTO_FUTURE green_future *released = ignored;
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "GET /forever HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  AUTO_JOIN green_future *killer = green_spawn(raise_signal, &site);
  CHECK_STARTED(killer);
  int rc = green_server_wait(site.server, 10);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_CONTAINS(green_message(), "requests were cut off");
  CHECK_NUMBER(green_server_connection_count(site.server), 0);
  CHECK_STATUS(green_wait(killer), GREEN_OK);
  CHECK_STATUS(site_await_cancelled(&site, 1), GREEN_OK);
  return 0;
}

static int wait_for_server(void *arg) {
  return green_server_wait(arg, 1000);
}

TEST(a_cancelled_wait_shuts_the_server_down) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_JOIN green_future *waits = green_spawn(wait_for_server, site.server);
  CHECK_STARTED(waits);
  CHECK_STATUS(green_yield(), GREEN_OK);
  CHECK_STATUS(green_cancel(waits), GREEN_OK);
  CHECK_STATUS(green_wait(waits), GREEN_ECANCELED);
  AUTO_FUTURE green_future *closed = green_server_shutdown(site.server, 0);
  CHECK(green_done(closed));
  return 0;
}

/* No request was cut off: that is what the shutdown tells. */
TEST(a_deadline_of_the_wait_shuts_the_server_down) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  int rc = GREEN_OK;
  GREEN_TIMEOUT(5) {
    rc = wait_for_server(site.server);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  AUTO_FUTURE green_future *closed = green_server_shutdown(site.server, 0);
  CHECK(green_done(closed));
  CHECK_STATUS(green_future_status(closed), GREEN_OK);
  return 0;
}

/* ---- several processes on one port ----------------------------------------------------------- */

struct shared {
  unsigned port;
  int ready; /* a byte is written to it when the process serves */
};

static int say_ready(void *arg) {
  const struct shared *shared = arg;
  return write(shared->ready, "r", 1) == 1 ? 0 : GREEN_EIO;
}

static int serve_shared(void *arg) {
  const struct shared *shared = arg;
  AUTO_SITE struct site site = {0};
  green_server_options options = {.host = "127.0.0.1", .port = shared->port, .share_port = true};
  int rc = site_open(&site, &options);
  if (rc < 0) return rc;
  AUTO_JOIN green_future *told = green_spawn(say_ready, arg); /* runs when this task waits */
  return green_server_wait(site.server, 10000);
}

/* A port that nobody listens on yet, kept by a socket that does not listen either. */
static int reserve_port(unsigned *port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) < 0 ||
      bind(fd, (struct sockaddr *)&address, size) < 0 ||
      getsockname(fd, (struct sockaddr *)&address, &size) < 0)
    return -1;
  *port = ntohs(address.sin_port);
  return fd;
}

static int ask_shared(void *arg) {
  const struct shared *shared = arg;
  struct site site = {.address = {GREEN_IPV4, shared->port, "127.0.0.1"}};
  struct reply reply;
  for (int i = 0; i < 20; i++) {
    CHECK_STATUS(ASK(&site, "GET / HTTP/1.1\r\n" HOST "\r\n", &reply), GREEN_OK);
    CHECK_REPLY(reply, 200);
  }
  return 0;
}

TEST_OUTSIDE(processes_share_a_port) {
  enum { COUNT = 2 };
  struct shared shared;
  pid_t children[COUNT];
  int pipes[2], failed = 0;
  char ready[COUNT] = "";
  if (test_scale(1, 0) == 0) SKIP("allocations fail in one process alone");
  int reserved = reserve_port(&shared.port);
  CHECK(reserved >= 0 && pipe(pipes) == 0);
  shared.ready = pipes[1];
  fflush(stdout);
  for (int i = 0; i < COUNT; i++)
    if (!(children[i] = fork())) _exit(green_run(serve_shared, &shared) == 0 ? 0 : 1);
  close(pipes[1]); /* so that a process that ends tells, too */
  for (int i = 0; i < COUNT; i++) failed += read(pipes[0], &ready[i], 1) != 1 || ready[i] != 'r';
  int rc = failed ? 0 : green_run(ask_shared, &shared);
  for (int i = 0; i < COUNT; i++) {
    int status;
    kill(children[i], SIGTERM);
    waitpid(children[i], &status, 0);
    failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
  }
  close(pipes[0]);
  close(reserved);
  CHECK_STATUS(rc, GREEN_OK);
  CHECK_NUMBER(failed, 0);
  return 0;
}
