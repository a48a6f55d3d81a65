/* The trace context of a request's task: see green_app_trace in app.h. */
#include <string.h>
#include <greenio/status.h>
#include <greenio/traceparent.h>
#include "app.h"

/* Where the request comes from; false: nowhere that is known or trusted. */
static bool caller_find(struct green__exchange *exchange, green_traceparent *context,
                        const char **state) {
  if (exchange->app->options.trace != GREEN_APP_TRACE_CONTINUE) return false;
  const char *parent = green__request_list(&exchange->request, "traceparent");
  if (!parent || green_traceparent_parse(context, parent) < 0) return false;
  *state = green__request_list(&exchange->request, "tracestate");
  if (*state && !green_tracestate_is_valid(*state)) *state = NULL;
  return true;
}

int green__trace_enter(struct green__exchange *exchange) {
  green_traceparent context;
  const char *state = NULL;
  if (exchange->app->options.trace == GREEN_APP_TRACE_NONE)
    return green_traceparent_set(NULL, NULL);
  if (!caller_find(exchange, &context, &state)) {
    int rc = green_traceparent_new(&context, NULL);
    if (rc < 0) return rc;
    if (green_observed()) context.flags |= GREEN_TRACE_SAMPLED;
    memset(context.span_id, 0, sizeof context.span_id);
  }
  return green_traceparent_set(&context, state);
}

/* A caller's span stays the parent of what is asked of others: one that nobody is told of would cut the tree. */
int green__trace_number(const green_span *span) {
  static const unsigned char none[sizeof span->number];
  green_traceparent context;
  if (span->id || !green_traceparent_current(&context)) return 0;
  if (memcmp(context.span_id, none, sizeof none) != 0) return 0;
  int rc = green_traceparent_new(&context, &context);
  return rc < 0 ? rc : green_traceparent_set(&context, green_tracestate());
}
