/* The context of the task that asks, for a request that is to carry it. */
#include <greenio/traceparent.h>
#include "http.h"

/* In programs that have contexts; in others no task has one. */
GREEN__IF_LINKED bool green_traceparent_outgoing(green_traceparent *out);
GREEN__IF_LINKED const char *green_tracestate(void);
GREEN__IF_LINKED void green_traceparent_write(const green_traceparent *context,
                                              char text[GREEN_TRACEPARENT_SIZE]);

bool green__http_traceparent(const green_http_request *request,
                             const green_http_client_options *options,
                             struct green__http_trace *out) {
  green_traceparent context;
  if (!request->traceparent && !options->traceparent) return false;
  if (!green_traceparent_outgoing || !green_traceparent_outgoing(&context)) return false;
  green_traceparent_write(&context, out->parent);
  out->state = green_tracestate();
  return true;
}
