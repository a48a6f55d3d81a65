#include "server_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

/* ---- the application ------------------------------------------------------------------------- */

static int hello(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  return green_response_send(response, 200, "text/plain", "hello", 5);
}

static int wait_a_little(green_request *request, green_response *response, void *arg) {
  const char *time = green_request_query(request, "ms");
  (void)arg;
  int rc = green_sleep(time ? (uint64_t)atoi(time) : 1);
  return rc < 0 ? rc : green_response_send(response, 200, "text/plain", "waited", 6);
}

static void note_begun(struct site *site) {
  site->begun++;
  if (site->begun_one) green_resolve(site->begun_one, NULL, NULL);
}

static int wait_for_ever(green_request *request, green_response *response, void *arg) {
  struct site *site = arg;
  (void)request;
  (void)response;
  note_begun(site);
  int rc = green_sleep(1000000);
  if (rc == GREEN_ECANCELED) site->cancelled++;
  return rc;
}

static int echo(green_request *request, green_response *response, void *arg) {
  const char *data;
  size_t size;
  (void)arg;
  green_request_set_max_body(request, 4 << 20);
  int rc = green_request_body(request, &data, &size);
  return rc < 0 ? rc : green_response_send(response, 200, "application/octet-stream", data, size);
}

static int count(green_request *request, green_response *response, void *arg) {
  char data[1000];
  long long total = 0;
  int rc;
  (void)arg;
  green_request_set_max_body(request, SIZE_MAX);
  while ((rc = green_request_read(request, data, sizeof data)) > 0) total += rc;
  return rc < 0 ? rc : green_response_print(response, 200, "text/plain", "%lld", total);
}

/* Has seen enough before the end. */
static int enough(green_request *request, green_response *response, void *arg) {
  char data[1000];
  (void)arg;
  int rc = green_request_read(request, data, sizeof data);
  return rc < 0 ? rc : green_response_send(response, 200, "text/plain", "enough", 6);
}

static int endless(green_request *request, green_response *response, void *arg);

/* A header of so many bytes. */
static int with_header(green_request *request, green_response *response, void *arg) {
  size_t size = (size_t)atoi(green_request_query(request, "size"));
  char *value = green_request_alloc(request, size + 1);
  (void)arg;
  if (!value) return GREEN_ENOMEM;
  memset(value, 'v', size);
  value[size] = 0;
  int rc = green_response_set_header(response, "X-Long", value);
  if (rc == 0 && green_request_query(request, "endless")) return endless(request, response, arg);
  return rc < 0 ? rc : green_response_send(response, 200, "text/plain", "hello", 5);
}

static int limited(green_request *request, green_response *response, void *arg) {
  const char *data;
  (void)arg;
  green_request_set_max_body(request, 100);
  int rc = green_request_body(request, &data, NULL);
  return rc < 0 ? rc : green_response_send(response, 200, "text/plain", "small", 5);
}

static int pieces(green_request *request, green_response *response, void *arg) {
  char data[1000];
  const char *sized = green_request_query(request, "sized");
  const char *number = green_request_query(request, "count");
  int total = number ? atoi(number) : 100;
  (void)arg;
  memset(data, 'x', sizeof data);
  uint64_t size = sized ? (uint64_t)total * sizeof data : UINT64_MAX;
  int rc = green_response_start(response, 200, "text/plain", size);
  for (int i = 0; rc == 0 && i < total; i++) {
    if (i % 10 == 9) rc = green_yield();
    if (rc == 0) rc = green_response_write(response, data, sizeof data);
  }
  return rc;
}

static int stops_short(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  int rc = green_response_start(response, 200, "text/plain", 100);
  return rc < 0 ? rc : green_response_write(response, "short", 5);
}

/* Writes until the client has gone. */
static int endless(green_request *request, green_response *response, void *arg) {
  static const char data[4000];
  struct site *site = arg;
  (void)request;
  int rc = green_response_start(response, 200, "text/plain", UINT64_MAX);
  note_begun(site);
  while (rc == 0) rc = green_response_write(response, data, sizeof data);
  site->cancelled++;
  return rc;
}

static int large(green_request *request, green_response *response, void *arg) {
  static char data[1 << 20];
  (void)request;
  (void)arg;
  memset(data, 'y', sizeof data);
  return green_response_give(response, 200, "text/plain", data, sizeof data, NULL);
}

/* Answers each piece while the next one is still to come. */
static int pipe_through(green_request *request, green_response *response, void *arg) {
  char data[1000];
  int rc, got = 0;
  (void)arg;
  green_request_set_max_body(request, SIZE_MAX);
  rc = green_response_start(response, 200, "text/plain", UINT64_MAX);
  while (rc == 0 && (got = green_request_read(request, data, sizeof data)) > 0)
    rc = green_response_write(response, data, (size_t)got);
  return rc < 0 ? rc : got;
}

/* Waits before it reads. */
static int read_late(green_request *request, green_response *response, void *arg) {
  struct site *site = arg;
  const char *data;
  size_t size = 0;
  note_begun(site);
  int rc = site->gate ? green_wait(site->gate) : 0;
  if (rc == 0) rc = green_request_body(request, &data, &size);
  return rc < 0 ? rc : green_response_print(response, 200, "text/plain", "%zu", size);
}

static int gated(green_request *request, green_response *response, void *arg) {
  struct site *site = arg;
  (void)request;
  note_begun(site);
  int rc = site->gate ? green_wait(site->gate) : 0;
  return rc < 0 ? rc : green_response_send(response, 200, "text/plain", "passed", 6);
}

static int peer(green_request *request, green_response *response, void *arg) {
  const green_address *address = green_request_peer(request);
  (void)arg;
  return green_response_print(response, 200, "text/plain", "%d %s %s", address->family,
                              address->host, green_request_is_secure(request) ? "TLS" : "plain");
}

static int show(green_request *request, green_response *response, void *arg) {
  const char *value = green_request_header(request, "X-Value");
  (void)arg;
  return green_response_print(response, 200, "text/plain", "[%s] [%s] %s",
                              green_request_path(request), value ? value : "",
                              green_request_target(request));
}

static int add_routes(struct site *site) {
  static const struct {
    const char *method, *path;
    green_handler function;
  } routes[] = {
      {"GET", "/", hello},
      {"GET", "/wait", wait_a_little},
      {NULL, "/forever", wait_for_ever},
      {"POST", "/echo", echo},
      {"POST", "/count", count},
      {"POST", "/limited", limited},
      {"POST", "/enough", enough},
      {"GET", "/header", with_header},
      {"POST", "/unread", hello},
      {"GET", "/pieces", pieces},
      {"GET", "/short", stops_short},
      {"GET", "/endless", endless},
      {"GET", "/large", large},
      {"GET", "/peer", peer},
      {"POST", "/pipe", pipe_through},
      {"POST", "/late", read_late},
      {"GET", "/gate", gated},
      {NULL, "/show/*", show},
  };
  for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
    int rc = green_app_route(site->app, routes[i].method, routes[i].path, routes[i].function, site);
    if (rc < 0) return rc;
  }
  return 0;
}

/* ---- the site -------------------------------------------------------------------------------- */

static void drop_line(const char *line, void *arg) {
  (void)line;
  (void)arg;
}

int site_open(struct site *site, const green_server_options *options) {
  green_server_options with = options ? *options : (green_server_options){0};
  char text[GREEN_ADDRESS_TEXT];
  if (!with.host && !with.path) with.host = "127.0.0.1";
  int rc = green_app_new(&site->app, &site->with);
  if (rc == 0) {
    green_app_set_error_log(site->app, drop_line, NULL);
    rc = add_routes(site);
  }
  if (rc == 0) rc = green_server_open(&site->server, site->app, &with);
  if (rc == 0) rc = green_server_address(site->server, &site->address);
  snprintf(site->base, sizeof site->base, "http%s://%s", with.certificate ? "s" : "",
           green_address_text(&site->address, text, sizeof text));
  return rc;
}

void auto_site(struct site *site) {
  if (site->server) {
    green_future *closed = green_server_shutdown(site->server, 0);
    green_server_release(site->server);
    green_join(closed);
  }
  if (site->app) {
    green_join(green_app_shutdown(site->app));
    green_app_release(site->app);
  }
  green_future_release(site->begun_one);
  green_future_release(site->gate);
}

static int await(const unsigned *number, unsigned wanted) {
  for (int i = 0; i < 2000 && *number < wanted; i++) {
    int rc = green_sleep(5);
    if (rc < 0) return rc;
    GIVE_UP_WITHOUT_MEMORY();
  }
  return *number >= wanted ? 0 : GREEN_ETIMEDOUT;
}

int site_await_begun(struct site *site, unsigned wanted) {
  return await(&site->begun, wanted);
}

int site_await_cancelled(struct site *site, unsigned wanted) {
  return await(&site->cancelled, wanted);
}

/* ---- connections ----------------------------------------------------------------------------- */

void auto_stream(green_stream **stream) {
  green_stream_release(*stream);
}

int site_connect(const struct site *site, green_stream **out) {
  if (site->address.family == GREEN_UNIX) return green_stream_connect_unix(out, site->address.host);
  return green_stream_connect_any(out, &site->address, 1);
}

int say(green_stream *stream, const char *text) {
  return green_stream_write(stream, text, strlen(text), NULL);
}

/* What the end of a connection looks like. */
static bool ended(int rc) {
  return rc == 0 || rc == GREEN_ECONNRESET || rc == GREEN_EPIPE;
}

int read_line(green_stream *stream, char *line, size_t size) {
  int rc = green_stream_read_line(stream, line, size);
  if (rc >= 0) return 0;
  *line = 0;
  return ended(rc) ? 0 : test_saw(rc);
}

size_t site_want_descriptors(size_t count) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < count) {
    limit.rlim_cur = limit.rlim_max < count ? limit.rlim_max : count;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_cur;
}

static int read_head(green_stream *stream, struct reply *reply) {
  size_t used = 0;
  for (;;) {
    char line[1024];
    int rc = green_stream_read_line(stream, line, sizeof line);
    if (rc < 0) return rc;
    if (used == 0 && sscanf(line, "HTTP/1.1 %d", &reply->status) != 1) return GREEN_EPROTO;
    used += (size_t)snprintf(reply->head + used, sizeof reply->head - used, "%s\n", line);
    if (!*line) return 1;
    if (strncasecmp(line, "Content-Length: ", 16) == 0) reply->length = atoll(line + 16);
    if (strcasecmp(line, "Transfer-Encoding: chunked") == 0) reply->chunked = true;
    if (strcasecmp(line, "Connection: close") == 0) reply->close = true;
  }
}

/* Reads `size` bytes, or what there is until the end. */
static int read_bytes(green_stream *stream, struct reply *reply, uint64_t size) {
  static char data[65536];
  while (size) {
    int rc = green_stream_read(stream, data, size < sizeof data ? (size_t)size : sizeof data);
    if (rc <= 0) return rc;
    if (reply->size < sizeof reply->body - 1) {
      size_t room = sizeof reply->body - 1 - reply->size;
      memcpy(reply->body + reply->size, data, (size_t)rc < room ? (size_t)rc : room);
    }
    reply->size += (size_t)rc;
    size -= (uint64_t)rc;
  }
  return 1;
}

static int read_chunks(green_stream *stream, struct reply *reply) {
  for (;;) {
    char line[64];
    int rc = green_stream_read_line(stream, line, sizeof line);
    if (rc < 0) return rc;
    unsigned long size = strtoul(line, NULL, 16);
    if (size && (rc = read_bytes(stream, reply, size)) <= 0) return rc;
    rc = green_stream_read_line(stream, line, sizeof line);
    if (rc < 0) return rc;
    if (*line) return GREEN_EPROTO;
    if (!size) return 1;
  }
}

int read_reply(green_stream *stream, struct reply *reply, bool head) {
  int rc;
  do {
    memset(reply, 0, sizeof *reply);
    reply->length = -1;
    rc = read_head(stream, reply);
    if (rc <= 0) {
      reply->status = 0;
      return ended(rc) ? 0 : test_saw(rc);
    }
  } while (reply->status == 100);
  if (head || reply->status == 204 || reply->status == 304)
    rc = 1;
  else if (reply->chunked)
    rc = read_chunks(stream, reply);
  else
    rc = read_bytes(stream, reply, reply->length < 0 ? UINT64_MAX : (uint64_t)reply->length);
  return rc > 0 || ended(rc) ? 0 : test_saw(rc);
}

int ask(const struct site *site, const void *bytes, size_t size, struct reply *reply) {
  AUTO_STREAM green_stream *stream = NULL;
  memset(reply, 0, sizeof *reply);
  int rc = site_connect(site, &stream);
  if (rc < 0) return test_saw(rc);
  rc = green_stream_write(stream, bytes, size, NULL);
  if (rc < 0 && !ended(rc)) return test_saw(rc);
  return read_reply(stream, reply, false);
}
