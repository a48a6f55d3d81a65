/* A request's body on its way from the host to the task. See server.h for the host's half.
 *
 * What waits is bounded: 64 KiB, or, once the task wants the body whole, its limit. Invariants: the
 * task is in `reader` only while there is nothing for it to take; whatever ends that wakes it. */
#include <limits.h>
#include <string.h>
#include <greenio/status.h>
#include "app.h"
#include "core/memory.h"
#include "core/wait.h"

/* ---- the host's half ------------------------------------------------------------------------- */

static bool is_over(const struct green__input *input) {
  return input->dropped || input->ended || input->failure < 0;
}

static size_t room_of(const struct green__input *input) {
  size_t held = green__bytes_held(&input->bytes);
  if (is_over(input) || input->gathering) return SIZE_MAX;
  return held < GREEN__AHEAD ? GREEN__AHEAD - held : 0;
}

static void wake_reader(struct green__exchange *exchange) {
  green__exchange_wake(exchange, &exchange->request.input.reader, 0);
}

/* Whether `size` more bytes are too many. */
static bool exceeds(const struct green__input *input, uint64_t had, size_t size) {
  return had > input->max || size > input->max - had;
}

static void input_keep(struct green__input *input, const void *data, size_t size) {
  uint64_t had = input->taken + green__bytes_held(&input->bytes);
  if (input->gathering && exceeds(input, had, size))
    input->failure = GREEN_EMSGSIZE;
  else
    input->failure = green__bytes_add(&input->bytes, data, size);
}

size_t green__exchange_room(struct green__exchange *exchange) {
  size_t room = room_of(&exchange->request.input);
  if (!room) exchange->asked |= GREEN__ASKED_ROOM;
  return room;
}

bool green__exchange_is_read(struct green__exchange *exchange) {
  const struct green__input *input = &exchange->request.input;
  bool is_read = input->first || input->gathering || input->reader.head;
  if (!is_read) exchange->asked |= GREEN__ASKED_READER;
  return is_read;
}

size_t green__exchange_push(struct green__exchange *exchange, const void *data, size_t size) {
  struct green__input *input = &exchange->request.input;
  size_t room = room_of(input), taken = size < room ? size : room; /* as the host was told */
  if (input->first && exceeds(input, green__bytes_held(&input->bytes), size))
    green__exchange_start(exchange); /* its function may allow more */
  exchange->app->metrics.received += taken;
  if (is_over(input)) return size;
  if (taken < size) exchange->asked |= GREEN__ASKED_ROOM;
  if (!taken) return 0;
  input_keep(input, data, taken);
  if (input->first && input->failure < 0) green__exchange_start(exchange);
  if (input->reader.head && (!input->gathering || input->failure < 0)) wake_reader(exchange);
  return taken;
}

void green__exchange_push_end(struct green__exchange *exchange, int status) {
  struct green__input *input = &exchange->request.input;
  if (input->ended) return;
  input->ended = true;
  if (status < 0 && !input->failure) input->failure = status;
  if (input->first) green__exchange_start(exchange);
  if (input->reader.head) wake_reader(exchange);
}

void green__input_drop(struct green__exchange *exchange) {
  struct green__input *input = &exchange->request.input;
  input->dropped = true;
  green__exchange_notify(exchange, GREEN__ASKED_ROOM);
}

/* ---- the task's half ------------------------------------------------------------------------- */

void green_request_set_max_body(green_request *request, size_t size) {
  request->input.max = size;
}

/* Waits for the host: 0, or why not. */
static int wait_for_host(green_request *request) {
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  green__wait_on(self, &request->input.reader);
  green__exchange_notify(request->exchange, GREEN__ASKED_READER);
  return green__park(self, "a request's body", request);
}

/* Why nothing more can be read, for ever; or 0. */
static int failure_of(green_request *request) {
  struct green__input *input = &request->input;
  if (input->failure == 0 && input->announced != GREEN__UNKNOWN && input->announced > input->max)
    input->failure = GREEN_EMSGSIZE;
  if (input->failure == 0 && request->exchange->closed) return GREEN_ECONNRESET;
  return input->failure;
}

static int input_take(green_request *request, void *buffer, size_t size) {
  struct green__input *input = &request->input;
  size_t held = green__bytes_held(&input->bytes);
  if (size > held) size = held;
  if (size > INT_MAX) size = INT_MAX;
  if (exceeds(input, input->taken, size)) return input->failure = GREEN_EMSGSIZE;
  memcpy(buffer, input->bytes.data + input->bytes.start, size);
  green__bytes_take(&input->bytes, size);
  input->taken += size;
  if (green__bytes_held(&input->bytes) <= GREEN__AHEAD / 2)
    green__exchange_notify(request->exchange, GREEN__ASKED_ROOM);
  return (int)size;
}

int green_request_read(green_request *request, void *buffer, size_t size) {
  struct green__input *input = &request->input;
  if (!green__running()) return GREEN_EMAIN;
  if (input->whole || input->gathering) return GREEN_EALREADY;
  if (!size) return 0;
  for (;;) {
    int rc = failure_of(request);
    if (rc < 0) return rc;
    if (green__bytes_held(&input->bytes)) return input_take(request, buffer, size);
    if (input->ended) return 0;
    rc = wait_for_host(request);
    if (rc < 0) return rc;
  }
}

/* Room at once for a body of a known size. */
static int begin_gathering(green_request *request) {
  struct green__input *input = &request->input;
  size_t held = green__bytes_held(&input->bytes);
  uint64_t had = input->taken + held, more = 0;
  if (exceeds(input, input->taken, held)) return input->failure = GREEN_EMSGSIZE;
  if (input->announced != GREEN__UNKNOWN && input->announced > had) more = input->announced - had;
  int rc = green__bytes_fit(&input->bytes, (size_t)more);
  if (rc < 0) return rc;
  input->gathering = true;
  green__exchange_notify(request->exchange, GREEN__ASKED_ROOM);
  return 0;
}

static int gather_all(green_request *request) {
  struct green__input *input = &request->input;
  int rc = failure_of(request);
  if (input->ended && !green__bytes_held(&input->bytes)) return rc;
  if (rc == 0 && !input->gathering) rc = begin_gathering(request);
  while (rc == 0 && !input->ended) {
    rc = wait_for_host(request);
    if (rc == 0) rc = failure_of(request);
  }
  return rc == 0 ? failure_of(request) : rc;
}

int green_request_body(green_request *request, const char **data, size_t *size) {
  struct green__input *input = &request->input;
  *data = NULL;
  if (size) *size = 0;
  if (!green__running()) return GREEN_EMAIN;
  if (!input->whole) {
    int rc = gather_all(request);
    if (rc < 0) return rc;
    if (green__bytes_held(&input->bytes)) input->bytes.data[input->bytes.end] = 0;
    input->whole = true;
  }
  size_t held = green__bytes_held(&input->bytes);
  *data = held ? input->bytes.data + input->bytes.start : "";
  if (size) *size = held;
  return 0;
}

int green_app_wait_for_body(green_request *request, green_response *response, void *arg) {
  const char *data;
  (void)response;
  (void)arg;
  return green_request_body(request, &data, NULL);
}

void green__input_free(green_request *request) {
  green__bytes_free(&request->input.bytes);
  green__free(request->multipart);
}
