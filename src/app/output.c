/* A body in pieces on its way from the task to the host. See server.h for the host's half. */
#include <inttypes.h>
#include <string.h>
#include <greenio/status.h>
#include "app.h"
#include "core/memory.h"
#include "core/wait.h"
#include "encode.h"

#define EVENT_MOST ((size_t)1 << 30)

/* ---- the host's half ------------------------------------------------------------------------- */

enum green__output green__exchange_output(struct green__exchange *exchange, const void **data,
                                          size_t *size) {
  struct green__pieces *output = &exchange->response.output;
  *data = output->bytes.data + output->bytes.start;
  *size = green__bytes_held(&output->bytes);
  if (*size) return GREEN__OUTPUT_READY;
  if (output->broken) return GREEN__OUTPUT_BROKEN;
  if (output->ended) return GREEN__OUTPUT_END;
  exchange->asked |= GREEN__ASKED_OUTPUT;
  return GREEN__OUTPUT_LATER;
}

void green__exchange_sent(struct green__exchange *exchange, size_t size) {
  struct green__pieces *output = &exchange->response.output;
  green__bytes_take(&output->bytes, size);
  exchange->sent += size;
  size_t held = green__bytes_held(&output->bytes);
  if (output->writer.head && (held == 0 || (!output->flushing && held <= GREEN__AHEAD / 2)))
    green__exchange_wake(exchange, &output->writer, 0);
}

/* ---- the task's half ------------------------------------------------------------------------- */

static int fail_torn(void) {
  return green_fail(GREEN_ECONNABORTED, "a write of the body has failed halfway");
}

/* Why nothing more can be written; or 0. */
static int refusal(const green_response *response) {
  const struct green__exchange *exchange = response->exchange;
  if (!green__running()) return GREEN_EMAIN;
  if (!response->output.begun) return GREEN_EINVAL;
  if (exchange->closed && !exchange->whole) return GREEN_ECONNRESET;
  if (response->output.ended) return GREEN_ECLOSED;
  return response->output.torn ? fail_torn() : 0;
}

static int wait_for_host(green_response *response, bool flushing) {
  struct green__pieces *output = &response->output;
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  output->flushing = flushing;
  green__wait_on(self, &output->writer);
  rc = green__park(self, "a client that takes its answer", response);
  return rc < 0 ? rc : refusal(response);
}

static void heartbeat_later(green_response *response) {
  struct green__pieces *output = &response->output;
  if (output->beat)
    green__timer_set(green__runtime(), &output->heartbeat, green__due_in(output->beat));
}

static void heartbeat(struct green__timer *timer) {
  green_response *response = green__container_of(timer, green_response, output.heartbeat);
  struct green__pieces *output = &response->output;
  if (output->ended || output->torn || response->exchange->closed) return;
  bool silent = !output->writing && !green__bytes_held(&output->bytes);
  if (silent && green__bytes_add(&output->bytes, ":\n\n", 3) == 0)
    green__exchange_notify(response->exchange, GREEN__ASKED_OUTPUT);
  heartbeat_later(response);
}

int green_response_start(green_response *response, int status, const char *type, uint64_t size) {
  struct green__pieces *output = &response->output;
  if (!green__running()) return GREEN_EMAIN;
  if (response->exchange->answered) return GREEN_EALREADY;
  int rc = green_response_give(response, status, type, NULL, 0, NULL);
  if (rc < 0) return rc;
  unsigned start = ++output->starts;
  response->pieces = output->begun = true;
  output->size = size;
  green__serve_commit(response->exchange);
  bool replaced = !response->pieces || output->starts != start;
  if (replaced || response->exchange->answer.bodiless) {
    if (green__output_end(response) < 0) output->broken = true;
    output->ended = true;
    green__exchange_notify(response->exchange, GREEN__ASKED_OUTPUT);
  }
  return refusal(response);
}

static int write_some(green_response *response, const char *data, size_t size) {
  struct green__pieces *output = &response->output;
  size_t held = green__bytes_held(&output->bytes);
  size_t room = held < GREEN__AHEAD ? GREEN__AHEAD - held : 0;
  if (size > room) size = room;
  if (!size) return 0;
  int rc = green__bytes_add(&output->bytes, data, size);
  if (rc < 0) return rc;
  if (!response->encoded) output->written += size;
  green__exchange_notify(response->exchange, GREEN__ASKED_OUTPUT);
  return (int)size;
}

static int write_all(green_response *response, const char *data, size_t size) {
  for (size_t at = 0; at < size;) {
    int rc = write_some(response, data + at, size - at);
    if (rc < 0) return rc;
    at += (size_t)rc;
    if (at < size) rc = wait_for_host(response, false);
    if (rc < 0) return rc;
  }
  return 0;
}

/* As bytes that the client makes the same of. The encoder gives them once: without them, what it gives
 * later means nothing. */
static int write_encoded(green_response *response, const char *data, size_t size, bool end) {
  struct green__bytes coded = {0};
  int rc = response->encoder ? 0 : green__encoder_new(&response->encoder);
  if (rc < 0) return rc;
  if (size) rc = green__encoder_piece(response->encoder, data, size, &coded);
  if (rc == 0 && end) rc = green__encoder_end(response->encoder, &coded);
  if (rc == 0) rc = write_all(response, coded.data, green__bytes_held(&coded));
  if (rc == 0) response->output.written += size;
  if (rc < 0) response->output.torn = true;
  green__bytes_free(&coded);
  return rc;
}

int green__output_end(green_response *response) {
  const struct green__pieces *output = &response->output;
  if (!response->pieces) return 0;
  if (output->broken || output->torn) return fail_torn();
  if (output->size != GREEN__UNKNOWN && output->written != output->size)
    return green_fail(GREEN_EINVAL, "the body is shorter than its size");
  if (!response->encoded || output->ended) return 0;
  int rc = refusal(response);
  return rc < 0 ? rc : write_encoded(response, NULL, 0, true);
}

int green_response_write(green_response *response, const void *data, size_t size) {
  struct green__pieces *output = &response->output;
  int rc = refusal(response);
  if (rc < 0) return rc;
  if (output->size != GREEN__UNKNOWN && size > output->size - output->written)
    return green_fail(GREEN_EINVAL, "more than the size that the body was to have");
  output->writing = true;
  rc = response->encoded ? write_encoded(response, data, size, false)
                         : write_all(response, data, size);
  output->writing = false;
  if (rc == 0) heartbeat_later(response);
  return rc;
}

int green_response_flush(green_response *response) {
  int rc = refusal(response);
  while (rc == 0 && green__bytes_held(&response->output.bytes)) rc = wait_for_host(response, true);
  return rc;
}

void green__output_free(green_response *response) {
  struct green_runtime *runtime = green__runtime_own();
  if (response->output.heartbeat.set) green__timer_clear(runtime, &response->output.heartbeat);
  green__bytes_free(&response->output.bytes);
  green__encoder_free(response->encoder);
}

/* ---- server-sent events ---------------------------------------------------------------------- */

const char *green_request_last_event_id(const green_request *request) {
  return green_request_header(request, "Last-Event-ID");
}

int green_response_start_events(green_response *response, uint64_t heartbeat_time) {
  if (response->exchange->answered) return GREEN_EALREADY;
  int rc = green_response_detach(response);
  if (rc == 0) rc = green_response_set_header(response, "Cache-Control", "no-cache");
  if (rc == 0) rc = green_response_start(response, 200, "text/event-stream", GREEN__UNKNOWN);
  if (rc < 0) return rc;
  response->output.beat = heartbeat_time;
  response->output.heartbeat.fire = heartbeat;
  heartbeat_later(response);
  return 0;
}

/* Writes, or only counts, the fields of an event. */
static size_t event_put(char *out, size_t at, const char *text, size_t size) {
  if (out) memcpy(out + at, text, size);
  return at + size;
}

static size_t put_field(char *out, size_t at, const char *name, const char *value, size_t size) {
  at = event_put(out, at, name, strlen(name));
  at = event_put(out, at, ": ", 2);
  at = event_put(out, at, value, size);
  return event_put(out, at, "\n", 1);
}

static size_t put_event(char *out, const green_response_event *event) {
  size_t at = 0;
  char retry[24];
  if (event->event) at = put_field(out, at, "event", event->event, strlen(event->event));
  if (event->id) at = put_field(out, at, "id", event->id, strlen(event->id));
  if (event->retry) {
    int size = snprintf(retry, sizeof retry, "%" PRIu64, event->retry);
    at = put_field(out, at, "retry", retry, (size_t)size);
  }
  for (const char *line = event->data; line;) {
    size_t size = strcspn(line, "\r\n");
    at = put_field(out, at, "data", line, size);
    const char *end = line + size;
    line = *end ? end + 1 + (end[0] == '\r' && end[1] == '\n') : NULL;
  }
  return event_put(out, at, "\n", 1);
}

int green_response_send_event(green_response *response, const green_response_event *event) {
  if ((event->event && strpbrk(event->event, "\r\n")) || (event->id && strpbrk(event->id, "\r\n")))
    return green_fail(GREEN_EINVAL, "an event's name or id with a line end");
  size_t size = put_event(NULL, event);
  char *text = size < EVENT_MOST ? green__alloc(size) : NULL;
  if (!text) return GREEN_ENOMEM;
  put_event(text, event);
  uint64_t before = response->output.written;
  int rc = green_response_write(response, text, size);
  if (rc < 0 && response->output.written != before) response->output.torn = true;
  green__free(text);
  return rc;
}
