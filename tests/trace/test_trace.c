/* Traces: begun, ended, written; what is lost. read.test.mjs has others read them. */
#include "harness.h"

#include <stdlib.h>
#include <string.h>
#include <greenio/trace.h>

/* What was written, in memory of the C library's. */
struct written {
  char *text;
  size_t size;
  int calls, refuse_at;
};

static int keep(const char *data, size_t size, void *arg) {
  struct written *written = arg;
  if (++written->calls == written->refuse_at) return GREEN_ENOSPC;
  char *more = realloc(written->text, written->size + size + 1);
  if (!more) return GREEN_ENOMEM;
  memcpy(more + written->size, data, size);
  written->text = more;
  written->size += size;
  more[written->size] = 0;
  return 0;
}

/* As fwrite() and write() do. */
static int keep_and_count(const char *data, size_t size, void *arg) {
  int rc = keep(data, size, arg);
  return rc < 0 ? rc : (int)size;
}

static void drop_written(struct written *written) {
  green_trace_stop(); /* of a test that gave up */
  free(written->text);
}
#define AUTO_WRITTEN __attribute__((unused, cleanup(drop_written)))

static int start(struct written *written, size_t size) {
  return green_trace_start(&(green_trace_options){.write = keep, .arg = written, .size = size});
}

static int count(const char *text, const char *part) {
  int found = 0;
  for (const char *at = text; (at = strstr(at, part)) != NULL; at++) found++;
  return found;
}

static int nap(void *arg) {
  (void)arg;
  return green_sleep(1);
}

TEST(trace_has_tracks_waits_and_arrows) {
  AUTO_WRITTEN struct written written = {0};
  green_spawn_options options = {.name = "nap\"per"};
  CHECK_STATUS(start(&written, 0), 0);
  AUTO_JOIN green_future *napper = green_spawn_with(nap, NULL, &options);
  CHECK_STARTED(napper);
  CHECK_MEMORY(green_future_name(napper));
  CHECK_STATUS(green_wait(napper), 0);
  CHECK_STATUS(green_trace_stop(), 0);
  CHECK_CONTAINS(written.text, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n");
  CHECK_CONTAINS(written.text,
                 "\n],\"otherData\":{\"greenio\":\"0.1.0\",\"lost\":0,\"leftOut\":0}}\n");
  CHECK_CONTAINS(written.text, "nap\\\"per\"}}");
  CHECK_CONTAINS(written.text, "\"name\":\"waits: sleep\"}");
  CHECK_CONTAINS(written.text, "\"name\":\"waits: future\"}");
  CHECK_CONTAINS(written.text, "\"tid\":1,\"ts\":");
  CHECK_CONTAINS(written.text, "\"cat\":\"loop\",\"name\":\"turn\"}");
  CHECK(count(written.text, "\"ph\":\"s\"") >= 3); /* it is spawned, woken by the loop, wakes */
  CHECK_NUMBER(count(written.text, "\"ph\":\"s\""), count(written.text, "\"ph\":\"f\""));
  return 0;
}

TEST(trace_has_spans_that_overlap) {
  AUTO_WRITTEN struct written written = {0};
  green_span outer, inner;
  CHECK_STATUS(start(&written, 0), 0);
  green_span_begin(&outer, "outer", "one");
  green_span_begin(&inner, "inner", NULL);
  CHECK_STATUS(green_yield(), 0);
  green_span_end(&outer, 0);
  CHECK_STATUS(green_yield(), 0);
  green_span_end(&inner, GREEN_EIO);
  green_span_end(&inner, 0);
  CHECK_STATUS(green_trace_stop(), 0);
  CHECK_NUMBER(count(written.text, "\"ph\":\"B\""), 3); /* the inner one goes on behind the outer */
  CHECK_NUMBER(count(written.text, "\"ph\":\"E\""), 3);
  CHECK_CONTAINS(written.text, "\"name\":\"outer one\"}");
  CHECK_CONTAINS(written.text, "\"args\":{\"status\":\"EIO\"}");
  return 0;
}

/* Twice as long as what is kept; it is cut within a character. */
TEST(trace_cuts_what_is_huge) {
  AUTO_WRITTEN struct written written = {0};
  char huge[1001], kept[300];
  green_span span;
  huge[0] = kept[0] = 'x';
  for (int i = 1; i < 1000; i += 3) memcpy(huge + i, "\xe2\x82\xac", 3);
  huge[1000] = '\0';
  CHECK_STATUS(start(&written, 0), 0);
  green_span_begin(&span, "huge", huge);
  green_span_end(&span, 0);
  green_span_begin(&span, huge, huge);
  green_span_end(&span, 0);
  CHECK_STATUS(green_trace_stop(), 0);
  memcpy(kept, huge, 253);
  strcpy(kept + 253, "\\ufffd\\ufffd\"}");
  CHECK_CONTAINS(written.text, kept);
  CHECK_NUMBER(count(written.text, "\"ph\":\"B\""), 2);
  CHECK_NUMBER(count(written.text, "\"ph\":\"E\""), 2);
  CHECK_CONTAINS(written.text, "\"leftOut\":0}}\n");
  return 0;
}

static int forget_to_end(void *arg) {
  green_span first, second;
  (void)arg;
  green_span_begin(&first, "forgotten", NULL);
  green_span_begin(&second, "forgotten too", NULL);
  return 0;
}

/* It ends with its task, or with the trace. */
TEST(trace_ends_spans_that_nobody_ends) {
  AUTO_WRITTEN struct written written = {0};
  green_span own;
  CHECK_STATUS(start(&written, 0), 0);
  AUTO_JOIN green_future *task = green_spawn(forget_to_end, NULL);
  CHECK_STARTED(task);
  CHECK_STATUS(green_wait(task), 0);
  green_span_begin(&own, "own", NULL);
  CHECK_STATUS(green_trace_stop(), 0);
  green_span_end(&own, 0);
  CHECK_NUMBER(count(written.text, "\"ph\":\"B\""), 3);
  CHECK_NUMBER(count(written.text, "\"ph\":\"E\""), 3);
  return 0;
}

#define MOST_OPEN 16

TEST(spans_beyond_what_a_track_has_are_counted) {
  AUTO_WRITTEN struct written written = {0};
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  green_span spans[MOST_OPEN + 2];
  int rc = start(&written, 0);
  for (int i = 0; i < MOST_OPEN + 2; i++) green_span_begin(&spans[i], "many", NULL);
  for (int i = 0; i < MOST_OPEN + 2; i++) green_span_end(&spans[i], 0);
  if (rc == 0) rc = green_trace_stop();
  const char *said = test_captured(&capture);
  CHECK_STATUS(rc, 0);
  CHECK_CONTAINS(said, "greenio: the trace has left out 2 spans: ");
  CHECK_CONTAINS(written.text, "\"2 spans are left out, which were open beside 16 others ");
  CHECK_CONTAINS(written.text, ",\"leftOut\":2}}\n");
  CHECK_NUMBER(count(written.text, "\"ph\":\"B\""), count(written.text, "\"ph\":\"E\""));
  return 0;
}

/* An observer that begins and ends a span, stops the trace and begins to observe, in what it is told. */
struct meddler {
  int stopped, observed, begun;
};

static const green_observer nothing;

static void meddle(unsigned long task, uint64_t now, void *data) {
  struct meddler *meddler = data;
  green_observation *another;
  green_span span;
  (void)task, (void)now;
  green_span_begin(&span, "observer's", NULL);
  green_span_end(&span, 0);
  meddler->begun = span.task != 0;
  meddler->stopped = green_trace_stop();
  meddler->observed = green_observe(&another, &nothing, NULL);
}

TEST(observer_cannot_stop_a_trace) {
  AUTO_WRITTEN struct written written = {0};
  struct meddler meddler = {0};
  green_observation *observation;
  green_observer observer = {.resume = meddle};
  CHECK_STATUS(start(&written, 0), 0);
  CHECK_STATUS(green_observe(&observation, &observer, &meddler), 0);
  int rc = green_yield();
  green_observation_release(observation);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(meddler.stopped, GREEN_EBUSY);
  CHECK_STATUS(meddler.observed, GREEN_EBUSY);
  CHECK_NUMBER(meddler.begun, 1);
  CHECK_STATUS(green_trace_stop(), 0);
  CHECK(count(written.text, "observer's") >= 2);
  return 0;
}

TEST(span_without_observers_is_nothing) {
  AUTO_WRITTEN struct written written = {0};
  green_span early;
  CHECK(!green_observed());
  green_span_begin(&early, "early", NULL);
  CHECK_NUMBER(early.id, 0);
  CHECK_STATUS(start(&written, 0), 0);
  CHECK(green_observed());
  green_span_end(&early, 0);
  CHECK_STATUS(green_trace_stop(), 0);
  CHECK_NUMBER(count(written.text, "\"ph\":\"E\""), 0);
  return 0;
}

TEST(trace_that_overruns_says_what_is_lost) {
  AUTO_WRITTEN struct written written = {0};
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  int rc = start(&written, 64 << 10);
  for (int i = 0; i < 4000 && rc == 0; i++) rc = green_yield();
  if (rc == 0) rc = green_trace_stop();
  const char *said = test_captured(&capture);
  CHECK_STATUS(rc, 0);
  CHECK_CONTAINS(said, "greenio: the trace has lost its oldest ");
  CHECK_CONTAINS(said, " records: its ring has room for 65536 bytes\n");
  CHECK_CONTAINS(written.text, " records before this are lost\"}");
  CHECK_CONTAINS(written.text, "\"args\":{\"name\":\"task 1\"}}"); /* its begin is among them */
  CHECK(!strstr(written.text, "\"lost\":0,"));
  return 0;
}

TEST(trace_refuses_what_it_cannot_do) {
  AUTO_WRITTEN struct written written = {0};
  green_trace_options both = {.path = "trace.json", .write = keep};
  CHECK_STATUS(green_trace_start(NULL), GREEN_EINVAL);
  CHECK_STATUS(green_trace_start(&both), GREEN_EINVAL);
  CHECK_STATUS(start(&written, 1000), GREEN_EINVAL);
  CHECK_STATUS(green_trace_stop(), GREEN_EINVAL);
  CHECK_STATUS(start(&written, 0), 0);
  CHECK_STATUS(start(&written, 0), GREEN_EBUSY);
  written.refuse_at = 1;
  CHECK_STATUS(green_trace_stop(), GREEN_ENOSPC);
  CHECK_CONTAINS(green_message(), "the trace could not be written: ");
  CHECK_STATUS(green_trace_stop(), GREEN_EINVAL);
  return 0;
}

TEST(trace_goes_on_where_its_function_returns_a_count) {
  AUTO_WRITTEN struct written written = {0};
  green_trace_options options = {.write = keep_and_count, .arg = &written};
  CHECK_STATUS(green_trace_start(&options), 0);
  for (int i = 0; i < 1000; i++) CHECK_STATUS(green_yield(), 0); /* more than one piece */
  CHECK_STATUS(green_trace_stop(), 0);
  CHECK(written.calls > 1);
  CHECK_STRING(written.text + written.size - 4, "0}}\n");
  return 0;
}

static struct written at_end;

static int trace_to_the_end(void *arg) {
  (void)arg;
  int rc = start(&at_end, 0);
  return rc < 0 ? test_saw(rc) : green_sleep(1);
}

TEST_OUTSIDE(trace_ends_with_its_runtime) {
  memset(&at_end, 0, sizeof at_end);
  int rc = test_saw(green_run(trace_to_the_end, NULL));
  bool whole = at_end.text && strstr(at_end.text, "waits: sleep") &&
               strcmp(at_end.text + at_end.size - 4, "0}}\n") == 0;
  free(at_end.text);
  CHECK_STATUS(rc, 0);
  /* Nobody is there to be told a status: it says so on stderr. */
  if (!whole && test_allocator_failed()) return test_saw(GREEN_ENOMEM);
  CHECK(whole);
  return 0;
}
