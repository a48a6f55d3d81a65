/* See otlp.h. The observer's functions write into memory that is there, and no more. */
#include "otlp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROOM  1024 /* spans that are under way, or wait to be sent */
#define BATCH 256

enum state { FREE, UNDER_WAY, ENDED };

struct span {
  enum state state;
  unsigned long task;
  uint64_t id, begun, ended;
  green_traceparent trace;
  unsigned char parent[8];
  bool has_parent;
  int status;
  char name[32], detail[256], tracestate[GREEN_TRACESTATE_MOST + 1];
};

static struct {
  struct otlp_options options;
  green_observation *observation;
  green_future *sender;
  green_http_client *client;
  uint64_t since_1970; /* what green_now() is behind that */
  unsigned long lost, told;
  struct span spans[ROOM];
} otlp;

/* ---- notes ----------------------------------------------------------------------------------- */

static void note_begin(const green_span_begun *begun, uint64_t now, void *data) {
  struct span *span = otlp.spans, *end = span + ROOM;
  (void)data;
  if (!begun->trace || !(begun->trace->flags & GREEN_TRACE_SAMPLED)) return;
  while (span < end && span->state != FREE) span++;
  if (span == end) {
    otlp.lost++;
    return;
  }
  span->state = UNDER_WAY;
  span->task = begun->task;
  span->id = begun->id;
  span->begun = now;
  span->trace = *begun->trace;
  span->has_parent = begun->parent_id != NULL;
  if (span->has_parent) memcpy(span->parent, begun->parent_id, sizeof span->parent);
  snprintf(span->name, sizeof span->name, "%s", begun->name);
  snprintf(span->detail, sizeof span->detail, "%s", begun->detail);
  snprintf(span->tracestate, sizeof span->tracestate, "%s", green_tracestate());
}

/* Of all of a task's, or of one. */
static void spans_end(unsigned long task, uint64_t id, int status, uint64_t now) {
  for (struct span *span = otlp.spans; span < otlp.spans + ROOM; span++) {
    if (span->state != UNDER_WAY || span->task != task || (id && span->id != id)) continue;
    span->state = ENDED;
    span->status = status;
    span->ended = now;
  }
}

static void note_end(unsigned long task, uint64_t id, int status, uint64_t now, void *data) {
  (void)data;
  spans_end(task, id, status, now);
}

/* Behind that none of its spans will be told of. */
static void note_task_end(unsigned long task, int status, uint64_t now, void *data) {
  (void)data;
  spans_end(task, 0, status, now);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* Bytes of the UTF-8 character there; 0: it is none. */
static size_t character(const unsigned char *at) {
  size_t size = *at < 0x80 ? 1 : *at >= 0xc2 && *at < 0xe0 ? 2 : (*at & 0xf0) == 0xe0 ? 3 : 0;
  if (*at >= 0xf0 && *at < 0xf5) size = 4;
  for (size_t i = 1; i < size; i++)
    if ((at[i] & 0xc0) != 0x80) return 0;
  bool surrogate = size == 3 && *at == 0xed && at[1] > 0x9f;
  bool longer = (size == 3 && *at == 0xe0 && at[1] < 0xa0) ||
                (size == 4 && ((*at == 0xf0 && at[1] < 0x90) || (*at == 0xf4 && at[1] > 0x8f)));
  return surrogate || longer ? 0 : size;
}

static void write_string(FILE *out, const char *text) {
  fputc('"', out);
  for (const unsigned char *at = (const unsigned char *)text; *at;) {
    size_t size = character(at);
    if (!size)
      fputs("\\ufffd", out);
    else if (*at < ' ' || *at == '"' || *at == '\\')
      fprintf(out, "\\u%04x", *at);
    else
      fwrite(at, 1, size, out);
    at += size ? size : 1;
  }
  fputc('"', out);
}

static void write_hex(FILE *out, const char *key, const unsigned char *bytes, size_t size) {
  fprintf(out, "\"%s\":\"", key);
  for (size_t i = 0; i < size; i++) fprintf(out, "%02x", bytes[i]);
  fputs("\",", out);
}

static void write_attribute(FILE *out, const char *before, const char *key, const char *value) {
  fprintf(out, "%s{\"key\":\"%s\",\"value\":{\"stringValue\":", before, key);
  write_string(out, value);
  fputs("}}", out);
}

static void write_number(FILE *out, const char *key, int value) { /* 64 bits are strings */
  fprintf(out, ",{\"key\":\"%s\",\"value\":{\"intValue\":\"%d\"}}", key, value);
}

static bool is_http_server(const struct span *span) {
  static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
    if (strcmp(span->name, methods[i]) == 0) return *span->detail == '/';
  return false;
}

static bool is_http_client(const struct span *span) {
  return strncmp(span->name, "HTTP ", 5) == 0;
}

/* A status of the program's own is well from 0 on, and one of HTTP's is for whom asked from 400 on. */
static bool has_failed(const struct span *span) {
  if (is_http_client(span)) return span->status < 0 || span->status >= 400;
  if (is_http_server(span)) return span->status < 0 || span->status >= 500;
  return span->status < 0;
}

/* By the names that OpenTelemetry has for what greenio tells of by itself. */
static int write_attributes(FILE *out, const struct span *span) {
  enum { INTERNAL = 1, SERVER = 2, CLIENT = 3 };
  bool sql = strcmp(span->name, "SQL") == 0;
  bool client = is_http_client(span), server = is_http_server(span);
  if (sql) {
    write_attribute(out, "", "db.system.name", "postgresql");
    write_attribute(out, ",", "db.query.text", span->detail);
    return CLIENT;
  }
  if (!client && !server) {
    write_attribute(out, "", "detail", span->detail);
    return INTERNAL;
  }
  write_attribute(out, "", "http.request.method", span->name + (client ? 5 : 0));
  write_attribute(out, ",", client ? "url.full" : "url.path", span->detail);
  if (span->status > 0) write_number(out, "http.response.status_code", span->status);
  return client ? CLIENT : SERVER;
}

static void write_span(FILE *out, const struct span *span) {
  fputc('{', out);
  write_hex(out, "traceId", span->trace.trace_id, sizeof span->trace.trace_id);
  write_hex(out, "spanId", span->trace.span_id, sizeof span->trace.span_id);
  if (span->has_parent) write_hex(out, "parentSpanId", span->parent, sizeof span->parent);
  if (*span->tracestate) {
    fputs("\"traceState\":", out);
    write_string(out, span->tracestate);
    fputc(',', out);
  }
  fputs("\"name\":", out);
  write_string(out, span->name);
  fprintf(out, ",\"flags\":%d,\"startTimeUnixNano\":\"%llu\",\"endTimeUnixNano\":\"%llu\"",
          span->trace.flags, (unsigned long long)(otlp.since_1970 + span->begun),
          (unsigned long long)(otlp.since_1970 + span->ended));
  fputs(",\"attributes\":[", out);
  int kind = write_attributes(out, span);
  fprintf(out, "],\"kind\":%d,\"status\":{\"code\":%d", kind, has_failed(span) ? 2 : 0);
  if (span->status < 0) fprintf(out, ",\"message\":\"%s\"", green_status_name(span->status));
  fputs("}}", out);
}

/* What green_now() is behind the time since 1970, as the clocks are now: one may be set, and the other stand still
 * while the machine sleeps. Of some readings the one with the least between them. */
static uint64_t clock_difference(void) {
  uint64_t difference = 0, least = UINT64_MAX;
  for (int i = 0; i < 5; i++) {
    struct timespec time;
    uint64_t before = green_now();
    clock_gettime(CLOCK_REALTIME, &time);
    uint64_t between = green_now() - before;
    if (between >= least) continue;
    least = between;
    difference = (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec - before - between / 2;
  }
  return difference;
}

/* Takes up to BATCH spans that have ended; how many. */
static size_t write_batch(FILE *out) {
  size_t count = 0;
  otlp.since_1970 = clock_difference();
  fputs("{\"resourceSpans\":[{\"resource\":{\"attributes\":[", out);
  write_attribute(out, "", "service.name", otlp.options.service);
  fputs("]},\"scopeSpans\":[{\"scope\":{\"name\":\"greenio\"},\"spans\":[", out);
  for (struct span *span = otlp.spans; span < otlp.spans + ROOM && count < BATCH; span++) {
    if (span->state != ENDED) continue;
    if (count++) fputc(',', out);
    write_span(out, span);
    span->state = FREE;
  }
  fputs("]}]}]}", out);
  return count;
}

/* ---- sending --------------------------------------------------------------------------------- */

/* 0: a collector has taken it. Else why not; GREEN_ECANCELED: it is to end. */
static int post(const char *body, size_t size) {
  static const green_http_header type = {"Content-Type", "application/json"};
  static const green_http_retry retry = {.count = 3, .any_method = true};
  green_http_request request = {.method = "POST",
                                .url = otlp.options.url,
                                .headers = &type,
                                .header_count = 1,
                                .body = body,
                                .body_size = size,
                                .retry = &retry};
  green_http_response *response = NULL;
  int rc = GREEN_ETIMEDOUT;
  GREEN_TIMEOUT(10000) {
    rc = green_http_perform(otlp.client, &response, &request);
  }
  if (rc == 0 && green_http_response_status(response) / 100 != 2) rc = GREEN_EIO;
  green_http_response_release(response);
  return rc;
}

/* 0, or GREEN_ECANCELED: the rest waits. */
static int send_all(void) {
  int rc = 0;
  for (size_t count = BATCH; count == BATCH && rc != GREEN_ECANCELED;) {
    char *body = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&body, &size);
    if (!out) break; /* the next time */
    count = write_batch(out);
    bool whole = fclose(out) == 0;
    rc = count && whole ? post(body, size) : 0;
    if (rc < 0 || !whole) otlp.lost += count;
    free(body);
  }
  if (otlp.lost > otlp.told) fprintf(stderr, "otlp: %lu spans were lost\n", otlp.lost - otlp.told);
  otlp.told = otlp.lost;
  return rc == GREEN_ECANCELED ? rc : 0;
}

static int run_sender(void *arg) {
  int rc = 0;
  (void)arg;
  green_traceparent_set(NULL, NULL); /* what it does is nobody's */
  while (rc == 0 && (rc = green_sleep(otlp.options.interval)) == 0) rc = send_all();
  return 0;
}

int otlp_start(const struct otlp_options *options) {
  static const green_observer observer = {.span_begin = note_begin,
                                          .span_end = note_end,
                                          .job_end = note_task_end,
                                          .end = note_task_end};
  otlp.options = *options;
  if (!otlp.options.interval) otlp.options.interval = 5000;
  int rc = green_http_client_new(&otlp.client, NULL);
  if (rc == 0) rc = green_observe(&otlp.observation, &observer, NULL);
  if (rc == 0) otlp.sender = green_spawn(run_sender, NULL);
  if (rc < 0) green_http_client_release(otlp.client);
  return rc;
}

static int run_last(void *arg) {
  (void)arg;
  green_traceparent_set(NULL, NULL);
  GREEN_TIMEOUT(2000) { /* whoever ends does not wait longer for a collector */
    send_all();
  }
  return 0;
}

void otlp_stop(void) {
  green_cancel(otlp.sender);
  green_join(otlp.sender);
  green_join(green_spawn(run_last, NULL));
  green_observation_release(otlp.observation);
  green_http_client_release(otlp.client);
}

unsigned long otlp_lost(void) {
  return otlp.lost;
}
