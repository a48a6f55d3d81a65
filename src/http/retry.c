/* Which outcomes of a request are tried again, and when. See green_http_retry in http.h. */
#include "http.h"

#include <string.h>
#include <time.h>
#include <greenio/status.h>
#include <greenio/task.h>

#define DEFAULT_DELAY     200
#define DEFAULT_MAX_DELAY 10000

static bool holds(const int *numbers, size_t count, int number) {
  for (size_t i = 0; i < count; i++)
    if (numbers[i] == number) return true;
  return false;
}

static bool is_worth_it(const green_http_retry *rule, int status,
                        const green_http_response *response) {
  static const int statuses[] = {408, 425, 429, 500, 502, 503, 504};
  static const int failures[] = {GREEN_ENOHOST,      GREEN_ECONNREFUSED, GREEN_ECONNRESET,
                                 GREEN_EHOSTUNREACH, GREEN_ENETUNREACH,  GREEN_ETIMEDOUT,
                                 GREEN_ENETWORK};
  if (status < 0)
    return rule->failures ? holds(rule->failures, rule->failure_count, status)
                          : holds(failures, sizeof failures / sizeof *failures, status);
  int code = green_http_response_status(response);
  return rule->statuses ? holds(rule->statuses, rule->status_count, code)
                        : holds(statuses, sizeof statuses / sizeof *statuses, code);
}

static bool may_be_repeated(const green_http_retry *rule, const green_http_request *request) {
  const char *method = green__http_method(request);
  if (request->produce) return false;
  return rule->any_method || green__method_is(method, GREEN__IDEMPOTENT);
}

/* Milliseconds that the answer asks to wait; false: it does not. */
static bool retry_after(const green_http_response *response, uint64_t *milliseconds) {
  const char *value = response ? green_http_response_header(response, "retry-after") : NULL;
  if (!value) return false;
  int64_t date;
  uint64_t seconds = 0;
  if (green__date_parse(value, &date)) {
    date -= (int64_t)time(NULL);
    if (date > 0) seconds = (uint64_t)date;
  } else if (!green__number(value, strlen(value), 999999999, &seconds)) {
    return false;
  }
  *milliseconds = seconds * 1000;
  return true;
}

/* Below `bound`; good enough to keep clients from coming in step. */
static uint64_t random_below(uint64_t bound) {
  static _Thread_local uint64_t state;
  if (!state) state = green_now() | 1;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return bound ? state % bound : 0;
}

bool green__retry_due(const green_http_retry *rule, const green_http_request *request, int attempt,
                      int status, const green_http_response *response, uint64_t *milliseconds) {
  if (attempt >= rule->count || !may_be_repeated(rule, request) ||
      !is_worth_it(rule, status, response))
    return false;
  uint64_t most = rule->max_delay ? rule->max_delay : DEFAULT_MAX_DELAY;
  if (retry_after(response, milliseconds)) return *milliseconds <= most;
  uint64_t delay = rule->delay ? rule->delay : DEFAULT_DELAY;
  for (int i = 0; i < attempt && delay < most; i++) delay = delay > most / 2 ? most : delay * 2;
  if (delay > most) delay = most;
  *milliseconds = delay / 2 + random_below(delay - delay / 2 + 1);
  return true;
}
