/* The last span that observers were told of. */
#include <string.h>
#include "harness.h"

struct last_span {
  char name[64], detail[512];
  int status;
  int ended;
};

static inline void keep_begin(const green_span_begun *begun, uint64_t now, void *data) {
  struct last_span *last = data;
  (void)now;
  snprintf(last->name, sizeof last->name, "%s", begun->name);
  snprintf(last->detail, sizeof last->detail, "%s", begun->detail);
}

static inline void keep_end(unsigned long task, uint64_t id, int status, uint64_t now, void *data) {
  struct last_span *last = data;
  (void)task, (void)id, (void)now;
  last->status = status;
  last->ended++;
}

static inline void release_span_observer(green_observation **observation) {
  green_observation_release(*observation);
}
#define AUTO_OBSERVATION __attribute__((unused, cleanup(release_span_observer)))

static inline int keep_spans(green_observation **out, struct last_span *last) {
  green_observer observer = {.span_begin = keep_begin, .span_end = keep_end};
  return green_observe(out, &observer, last);
}
