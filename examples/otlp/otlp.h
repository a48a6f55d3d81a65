/* An exporter of spans to OpenTelemetry's collectors: OTLP over HTTP, as JSON.
 *
 * An observer notes the spans of tasks that have a sampled trace context, and a task sends those that have
 * ended, in batches. What there is no room for, or what no collector takes, is lost and counted. It has no
 * context itself, so that nothing of what it sends is noted. */
#ifndef OTLP_H
#define OTLP_H

#include <greenio/greenio.h>

struct otlp_options {
  const char *url;     /* http://127.0.0.1:4318/v1/traces */
  const char *service; /* what the program is called there */
  uint64_t interval;   /* milliseconds between two batches; 0: 5,000 */
};

/* Begins; strings are to outlive it. In a task. 0, or a status. There is one at a time. */
int otlp_start(const struct otlp_options *options);

/* Ends, and sends what is left. Parks. */
void otlp_stop(void);

/* How many spans were lost so far. */
unsigned long otlp_lost(void);

#endif
