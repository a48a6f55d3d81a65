/* Trace contexts: their text as the standard has it, who inherits them, and the numbers of spans. */
#include "harness.h"

#include <string.h>

#define TRACE  "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"
#define WHOLE  "00-" TRACE "-" PARENT "-01"

static bool text_is(const green_traceparent *context, const char *text) {
  char written[GREEN_TRACEPARENT_SIZE];
  green_traceparent_write(context, written);
  return strcmp(written, text) == 0;
}

TEST(traceparent_is_read_as_the_standard_says) {
  static const struct {
    const char *text, *written; /* NULL: ignored */
  } cases[] = {
      {WHOLE, WHOLE},
      {"00-" TRACE "-" PARENT "-00", "00-" TRACE "-" PARENT "-00"},
      {"00-" TRACE "-" PARENT "-ff", "00-" TRACE "-" PARENT "-03"},
      {"01-" TRACE "-" PARENT "-01", WHOLE},
      {"cc-" TRACE "-" PARENT "-01-what-will-be", WHOLE},
      {"cc-" TRACE "-" PARENT "-01.what", NULL},
      {"00-" TRACE "-" PARENT "-01-more", NULL},
      {"ff-" TRACE "-" PARENT "-01", NULL},
      {"00-00000000000000000000000000000000-" PARENT "-01", NULL},
      {"00-" TRACE "-0000000000000000-01", NULL},
      {"00-4BF92F3577B34DA6A3CE929D0E0E4736-" PARENT "-01", NULL},
      {"00-" TRACE "-" PARENT "-0", NULL},
      {"00-" TRACE "-" PARENT "-0g", NULL},
      {"00-" TRACE "-" PARENT, NULL},
      {"0-" TRACE "-" PARENT "-01", NULL},
      {"00_" TRACE "-" PARENT "-01", NULL},
      {" " WHOLE, NULL},
      {WHOLE ", " WHOLE, NULL}, /* two headers, joined */
      {"cc-" TRACE "-" PARENT "-01-x, " WHOLE, NULL},
      {"", NULL},
      {NULL, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    green_traceparent context, none = {.flags = 0};
    int rc = green_traceparent_parse(&context, cases[i].text);
    CHECK_STATUS(rc, cases[i].written ? 0 : GREEN_EINVAL);
    if (cases[i].written)
      CHECK(text_is(&context, cases[i].written));
    else
      CHECK(memcmp(&context, &none, sizeof none) == 0);
  }
  return 0;
}

TEST(traceparent_state_has_limits) {
  char long_state[GREEN_TRACESTATE_MOST + 2], many[33 * 4 + 1];
  CHECK(green_tracestate_is_valid("congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"));
  CHECK(green_tracestate_is_valid("a@b=1 , , c/d=x y"));
  CHECK(!green_tracestate_is_valid(""));
  CHECK(!green_tracestate_is_valid(NULL));
  CHECK(!green_tracestate_is_valid("a"));
  CHECK(!green_tracestate_is_valid("A=1"));
  CHECK(!green_tracestate_is_valid("a=1=2"));
  CHECK(green_tracestate_is_valid("0tenant@vendor=1,fw529a3039@dt=FfAAAAAAAAAAAAA=") == false);
  CHECK(green_tracestate_is_valid("0tenant@vendor=1,fw529a3039@dt=FfAA"));
  static const char *const bad_names[] = {"foo@=1", "@foo=1", "foo@@bar=1", "a@b@c=1",
                                          "_a=1",   "*a=1",   "=1",         "a="};
  for (size_t i = 0; i < sizeof bad_names / sizeof *bad_names; i++)
    CHECK(!green_tracestate_is_valid(bad_names[i]));
  CHECK(!green_tracestate_is_valid("a=\r\nx"));
  memset(long_state, 'x', sizeof long_state);
  memcpy(long_state, "a=", 2);
  memcpy(long_state + 256, ",b=", 3);
  long_state[GREEN_TRACESTATE_MOST] = '\0';
  CHECK(green_tracestate_is_valid(long_state));
  long_state[GREEN_TRACESTATE_MOST] = 'x';
  long_state[GREEN_TRACESTATE_MOST + 1] = '\0';
  CHECK(!green_tracestate_is_valid(long_state));
  long_state[258] = 'x'; /* "b" has no "=" any more, and the value of "a" is none */
  long_state[300] = '\0';
  CHECK(!green_tracestate_is_valid(long_state));
  memset(long_state, 'x', 300);
  memcpy(long_state, "a=", 2);
  long_state[2 + 257] = '\0';
  CHECK(!green_tracestate_is_valid(long_state)); /* a value of 257 bytes */
  long_state[2 + 256] = '\0';
  CHECK(green_tracestate_is_valid(long_state));
  for (int i = 0; i < 33; i++) memcpy(many + (size_t)i * 4, "a=1,", 5);
  CHECK(!green_tracestate_is_valid(many));
  many[32 * 4] = '\0';
  CHECK(green_tracestate_is_valid(many));
  return 0;
}

/* ---- who inherits ---------------------------------------------------------------------------- */

static int set_context(const char *state) {
  green_traceparent context;
  CHECK_STATUS(green_traceparent_parse(&context, WHOLE), 0);
  return green_traceparent_set(&context, state);
}

/* 1: the context of set_context(); 0: none. */
static int has_context(void *arg) {
  green_traceparent context;
  (void)arg;
  if (!green_traceparent_current(&context)) return *green_tracestate() ? -1 : 0;
  return text_is(&context, WHOLE) && strcmp(green_tracestate(), "a=1") == 0;
}

static int make_another(void *arg) {
  green_traceparent context;
  (void)arg;
  CHECK_STATUS(has_context(NULL), 1);
  CHECK_STATUS(green_traceparent_new(&context, NULL), 0);
  CHECK_STATUS(green_traceparent_set(&context, NULL), 0);
  CHECK_STATUS(green_yield(), 0);
  green_traceparent now;
  CHECK(green_traceparent_current(&now));
  CHECK(memcmp(&now, &context, sizeof now) == 0);
  return 0;
}

TEST(traceparent_is_inherited_by_tasks) {
  green_traceparent context;
  CHECK_STATUS(has_context(NULL), 0);
  AUTO_JOIN green_future *before = green_spawn(has_context, NULL);
  CHECK_STATUS(set_context("a=1"), 0);
  AUTO_JOIN green_future *with = green_spawn(has_context, NULL);
  AUTO_JOIN green_future *other = green_spawn(make_another, NULL);
  CHECK_STATUS(green_traceparent_set(NULL, NULL), 0);
  CHECK(!green_traceparent_current(&context));
  AUTO_JOIN green_future *after = green_spawn(has_context, NULL);
  CHECK_STATUS(green_wait(before), 0);
  CHECK_STATUS(green_wait(with), 1);
  CHECK_STATUS(green_wait(other), 0);
  CHECK_STATUS(green_wait(after), 0);
  return 0;
}

TEST(traceparent_of_a_job_is_its_submitters_and_ends_with_it) {
  AUTO_POOL green_pool *pool = NULL;
  green_pool_options options = {.max_workers = 1};
  CHECK_STATUS(green_pool_new(&pool, &options), 0);
  CHECK_STATUS(set_context("a=1"), 0);
  AUTO_JOIN green_future *with = green_pool_submit(pool, has_context, NULL);
  AUTO_JOIN green_future *cancelled = green_pool_submit(pool, has_context, NULL);
  CHECK_STATUS(green_traceparent_set(NULL, NULL), 0);
  AUTO_JOIN green_future *without = green_pool_submit(pool, has_context, NULL);
  green_cancel(cancelled);
  CHECK_STATUS(green_wait(with), 1);
  CHECK_STATUS(green_wait(without), 0);
  return 0;
}

static int check_context(void *arg) {
  return has_context(arg) == 1 ? 0 : green_fail(GREEN_EIO, "another context");
}

static int check_none(void *arg) {
  return has_context(arg) == 0 ? 0 : green_fail(GREEN_EIO, "a context");
}

static int spawn_members(void *arg) {
  green_group *group = arg;
  CHECK_STATUS(set_context("a=1"), 0);
  for (int i = 0; i < 3; i++) CHECK_STATUS(green_group_spawn(group, check_context, NULL), 0);
  return green_traceparent_set(NULL, NULL);
}

TEST(traceparent_of_a_groups_task_is_its_makers_also_of_one_in_line) {
  green_group *group;
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.max_tasks = 1}), 0);
  AUTO_JOIN green_future *maker = green_spawn(spawn_members, group);
  int rc = green_wait(maker);
  if (rc == 0) rc = green_group_spawn(group, check_none, NULL);
  int waited = green_group_wait(group);
  green_group_release(group);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(waited, 0);
  return 0;
}

TEST(traceparent_numbers_are_new_each_time) {
  green_traceparent first, second, child;
  CHECK_STATUS(green_traceparent_new(&first, NULL), 0);
  CHECK_STATUS(green_traceparent_new(&second, NULL), 0);
  CHECK(memcmp(first.trace_id, second.trace_id, sizeof first.trace_id) != 0);
  CHECK_STATUS(green_traceparent_new(&child, &first), 0);
  CHECK(memcmp(first.trace_id, child.trace_id, sizeof first.trace_id) == 0);
  CHECK(memcmp(first.span_id, child.span_id, sizeof first.span_id) != 0);
  CHECK_NUMBER(first.flags, GREEN_TRACE_RANDOM);
  CHECK_STATUS(green_traceparent_set(&(green_traceparent){.flags = 1}, NULL), GREEN_EINVAL);
  CHECK_STATUS(green_traceparent_set(&first, "no list"), GREEN_EINVAL);
  return 0;
}

/* ---- spans ----------------------------------------------------------------------------------- */

struct seen_span {
  green_traceparent trace;
  unsigned char parent[8];
  bool traced, has_parent;
};

struct seen {
  struct seen_span spans[4];
  int count;
};

static void see_span(const green_span_begun *begun, uint64_t now, void *data) {
  struct seen *seen = data;
  struct seen_span *span = &seen->spans[seen->count++ & 3];
  (void)now;
  *span = (struct seen_span){.traced = begun->trace, .has_parent = begun->parent_id};
  if (begun->trace) span->trace = *begun->trace;
  if (begun->parent_id) memcpy(span->parent, begun->parent_id, sizeof span->parent);
}

static int span_in_a_task(void *arg) {
  green_span span;
  (void)arg;
  green_span_begin(&span, "third", NULL);
  green_span_end(&span, 0);
  return 0;
}

static int run_spans(void) {
  green_span outer, inner;
  green_traceparent context;
  green_span_begin(&outer, "none", NULL);
  green_span_end(&outer, 0);
  CHECK_STATUS(green_traceparent_new(&context, NULL), 0);
  memset(context.span_id, 0, sizeof context.span_id);
  CHECK_STATUS(green_traceparent_set(&context, NULL), 0);
  green_span_begin(&outer, "first", NULL);
  green_span_begin(&inner, "second", NULL);
  AUTO_JOIN green_future *task = green_spawn(span_in_a_task, NULL);
  green_span_end(&inner, 0);
  CHECK(green_traceparent_current(&context));
  CHECK(memcmp(context.span_id, outer.number, sizeof context.span_id) == 0);
  green_span_end(&outer, 0);
  CHECK_STATUS(green_wait(task), 0);
  return 0;
}

TEST(traceparent_of_spans_makes_a_tree) {
  struct seen seen = {.count = 0};
  green_observer observer = {.span_begin = see_span};
  green_observation *observation;
  CHECK_STATUS(green_observe(&observation, &observer, &seen), 0);
  int rc = run_spans();
  green_observation_release(observation);
  CHECK_STATUS(rc, 0);
  const struct seen_span *first = &seen.spans[1], *second = &seen.spans[2], *third = &seen.spans[3];
  CHECK_NUMBER(seen.count, 4);
  CHECK(!seen.spans[0].traced);
  CHECK(first->traced && !first->has_parent);
  CHECK(second->has_parent && memcmp(second->parent, first->trace.span_id, 8) == 0);
  CHECK(third->has_parent && memcmp(third->parent, second->trace.span_id, 8) == 0);
  CHECK(memcmp(third->trace.trace_id, first->trace.trace_id, 16) == 0);
  return 0;
}

static bool is_now(const unsigned char *number) {
  green_traceparent context;
  return green_traceparent_current(&context) &&
         memcmp(context.span_id, number, sizeof context.span_id) == 0;
}

static int end_span(void *span) {
  green_span_end(span, 0);
  return 0;
}

static int run_overlapping(void) {
  green_span first, second, third;
  green_traceparent context;
  CHECK_STATUS(green_traceparent_new(&context, NULL), 0);
  CHECK_STATUS(green_traceparent_set(&context, NULL), 0);
  green_span_begin(&first, "first", NULL);
  green_span_begin(&second, "second", NULL);
  green_span_end(&first, 0);
  CHECK(is_now(second.number));
  green_span_begin(&third, "third", NULL);
  green_span_end(&second, 0);
  CHECK(is_now(third.number));
  green_span_end(&third, 0);
  CHECK(is_now(context.span_id) || test_scale(0, 1)); /* not where memory was short */
  green_span_begin(&first, "first", NULL);            /* another task ends it */
  AUTO_JOIN green_future *task = green_spawn(end_span, &first);
  CHECK_STATUS(green_wait(task), 0);
  CHECK(is_now(first.number));
  CHECK_STATUS(green_traceparent_set(&context, NULL), 0);
  CHECK(is_now(context.span_id));
  green_span_begin(&first, "first", NULL); /* it gets another context within */
  CHECK_STATUS(green_traceparent_set(&context, NULL), 0);
  green_span_end(&first, 0);
  CHECK(is_now(context.span_id));
  green_span_begin(&first, "never ended", NULL);
  return 0;
}

TEST(traceparent_of_spans_that_overlap_is_of_those_that_are_under_way) {
  struct seen seen = {.count = 0};
  green_observer observer = {.span_begin = see_span};
  green_observation *observation;
  CHECK_STATUS(green_observe(&observation, &observer, &seen), 0);
  int rc = run_overlapping();
  green_observation_release(observation);
  CHECK_STATUS(rc, 0);
  return 0;
}

TEST(traceparent_that_goes_out_has_a_span) {
  green_traceparent context, out, again;
  CHECK(!green_traceparent_outgoing(&out));
  CHECK_STATUS(green_traceparent_new(&context, NULL), 0);
  CHECK_STATUS(green_traceparent_set(&context, NULL), 0);
  CHECK(green_traceparent_outgoing(&out));
  CHECK(memcmp(&out, &context, sizeof out) == 0);
  memset(context.span_id, 0, sizeof context.span_id);
  CHECK_STATUS(green_traceparent_set(&context, NULL), 0);
  CHECK(green_traceparent_outgoing(&out) && green_traceparent_outgoing(&again));
  CHECK(memcmp(out.trace_id, context.trace_id, sizeof out.trace_id) == 0);
  CHECK(memcmp(out.span_id, context.span_id, sizeof out.span_id) != 0);
  CHECK(memcmp(out.span_id, again.span_id, sizeof out.span_id) != 0);
  CHECK(is_now(context.span_id));
  return 0;
}
