/* Many at once: requests under way while the server ends, idle connections, too few descriptors. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "server_test.h"

#define HOST "Host: a\r\n"

static const char hello[] = "GET / HTTP/1.1\r\n" HOST "\r\n";
static const char gate[] = "GET /gate HTTP/1.1\r\n" HOST "\r\n";

struct streams {
  green_stream **at;
  size_t count;
};
#define AUTO_STREAMS __attribute__((unused, cleanup(auto_streams)))

static void auto_streams(struct streams *streams) {
  for (size_t i = 0; i < streams->count; i++) green_stream_release(streams->at[i]);
  free(streams->at);
}

static int connect_all(const struct site *site, struct streams *streams, size_t count,
                       const char *text) {
  streams->at = calloc(count, sizeof *streams->at);
  streams->count = count;
  int rc = streams->at ? 0 : GREEN_ENOMEM;
  for (size_t i = 0; rc == 0 && i < count; i++) {
    rc = site_connect(site, &streams->at[i]);
    if (rc == 0) rc = say(streams->at[i], text);
  }
  return rc;
}

/* How many of them have that answer next. */
static size_t answered(struct streams *streams, int status, bool close) {
  static struct reply reply;
  size_t count = 0;
  for (size_t i = 0; i < streams->count; i++)
    if (read_reply(streams->at[i], &reply, false) == 0 && reply.status == status &&
        reply.close == close)
      count++;
  return count;
}

/* All of them are answered, and the server is done. */
TEST(a_shutdown_with_500_requests_under_way) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAMS struct streams busy = {0}, idle = {0};
  size_t many = test_scale(500, 3);
  if (site_want_descriptors(2500) < 2100) SKIP("fewer than 2100 descriptors");
  CHECK_STATUS(green_future_new(&site.gate), GREEN_OK);
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(green_pool_set_max_workers(green_app_pool(site.app), 500), GREEN_OK);
  CHECK_STATUS(connect_all(&site, &idle, many, hello), GREEN_OK);
  size_t kept = answered(&idle, 200, false);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_NUMBER(kept, many);
  CHECK_STATUS(connect_all(&site, &busy, many, gate), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, (unsigned)many), GREEN_OK);
  AUTO_FUTURE green_future *closed = green_server_shutdown(site.server, 600000);
  CHECK_STATUS(green_yield(), GREEN_OK);
  green_resolve(site.gate, NULL, NULL);
  size_t ended = answered(&busy, 200, true);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_NUMBER(ended, many);
  CHECK_STATUS(green_wait(closed), GREEN_OK);
  CHECK_NUMBER(green_server_connection_count(site.server), 0);
  CHECK_NUMBER(answered(&idle, 0, false), many); /* and were closed */
  return 0;
}

TEST(ten_thousand_idle_connections) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAMS struct streams idle = {0};
  struct reply reply;
  size_t room = (site_want_descriptors(20200) - 100) / 2, many = test_scale(10000, 3);
  if (room < many) printf("(%zu, for want of descriptors) ", room);
  if (room < many) many = room;
  CHECK_STATUS(site_open(&site, &(green_server_options){.idle_timeout = 3600000}), GREEN_OK);
  CHECK_STATUS(connect_all(&site, &idle, many, hello), GREEN_OK);
  size_t kept = answered(&idle, 200, false);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_NUMBER(kept, many);
  CHECK_NUMBER(green_server_connection_count(site.server), many);
  for (size_t i = 0; i < many; i += 97) { /* each is as good as the first */
    int rc = say(idle.at[i], hello);
    if (rc == 0) rc = read_reply(idle.at[i], &reply, false);
    GIVE_UP_WITHOUT_MEMORY();
    CHECK_STATUS(rc, GREEN_OK);
    CHECK_REPLY(reply, 200);
  }
  CHECK_STATUS(green_join(green_server_shutdown(site.server, 600000)), GREEN_OK);
  CHECK_NUMBER(green_server_connection_count(site.server), 0);
  return 0;
}

static void count_line(const char *line, void *arg) {
  unsigned *count = arg;
  *count += strstr(line, "none can be accepted: ") != NULL;
}

/* Where there is no descriptor for a connection it waits, the loop does not turn for nothing, and what
 * is there goes on. */
TEST(connections_without_a_descriptor_wait) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *kept = NULL, *waits = NULL;
  struct reply reply;
  struct rlimit limit, less;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &kept), GREEN_OK);
  CHECK_STATUS(say(kept, hello), GREEN_OK);
  CHECK_STATUS(read_reply(kept, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  int last = open("/dev/null", O_RDONLY | O_CLOEXEC);
  CHECK(last >= 0);
  close(last);
  getrlimit(RLIMIT_NOFILE, &limit);
  less = limit;
  unsigned told = 0;
  uint64_t since = green_now();
  green_set_log(count_line, &told);
  less.rlim_cur = (rlim_t)last + 1; /* for the client's side alone */
  setrlimit(RLIMIT_NOFILE, &less);
  int rc = site_connect(&site, &waits);
  if (rc == 0) rc = say(waits, hello);
  if (rc == 0) rc = green_sleep(test_scale(350, 10)); /* for more than one try */
  for (int i = 0; rc == 0 && i < 3; i++) {
    rc = say(kept, hello);
    if (rc == 0) rc = read_reply(kept, &reply, false);
    if (rc == 0 && reply.status != 200) rc = GREEN_EIO;
  }
  unsigned count = green_server_connection_count(site.server);
  setrlimit(RLIMIT_NOFILE, &limit);
  green_set_log(NULL, NULL);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STATUS(rc, GREEN_OK);
  CHECK_NUMBER(count, 1);
  CHECK(told >= 1 && told <= 1 + (green_now() - since) / 5000000000);
  CHECK_STATUS(read_reply(waits, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  return 0;
}
