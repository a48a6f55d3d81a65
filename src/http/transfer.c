/* One attempt at a request, between its task and the host.
 *
 * The task waits in one place, green__transfer_pump(), for something to have changed; the host says
 * so by green__transfer_answered(), _room(), _want() and _end(). What the task asks of the host
 * (start, resume, stop) is done by calling the host's functions. Natively they need the host's own
 * stack, so the task sets a timer that is due at once, `to_host`, which calls them from there.
 */
#include "http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "core/wait.h"

static const struct green__client *client_of(const struct green__transfer *transfer) {
  return (const struct green__client *)transfer->client;
}

/* ---- its life ---- */

void green__transfer_release(struct green__transfer *transfer) {
  if (--transfer->references) return;
  if (transfer->runtime) green__timer_clear(transfer->runtime, &transfer->to_host);
  if (transfer->client) green_http_client_release(transfer->client);
  green__free(transfer->owned_url);
  green__free(transfer->owned_form);
  green__free(transfer->owned_headers);
  green__free(transfer->piece);
  green__free(transfer->stream);
  green__free(transfer->message);
  green__free(transfer);
}

/* The response and the transfer know each other no longer. */
static void transfer_detach(struct green__transfer *transfer) {
  if (transfer->response) transfer->response->transfer = NULL;
  transfer->response = NULL;
}

static void on_to_host(struct green__timer *timer);
static void on_limit(struct green__timer *timer);
static void transfer_on_runtime_close(struct green__closer *closer);

int green__transfer_new(struct green__transfer **out, green_http_client *client,
                        const green_http_request *request, bool whole) {
  struct green__transfer *transfer = green__alloc(green__transfer_size);
  if (!transfer) goto no_memory;
  memset(transfer, 0, green__transfer_size);
  transfer->references = 1;
  transfer->whole = whole;
  transfer->runtime = green__runtime_own();
  transfer->to_host.fire = on_to_host;
  transfer->limit.fire = on_limit;
  transfer->closer.close = transfer_on_runtime_close;
  transfer->client = green__http_client_take(client);
  green_http_response *response = green__alloc(sizeof *response);
  if (!transfer->client || !response) {
    green__free(response);
    green__transfer_release(transfer);
    goto no_memory;
  }
  memset(response, 0, sizeof *response);
  response->transfer = transfer;
  transfer->response = response;
  *out = transfer;
  int rc = green__request_prepare(transfer, request, &client_of(transfer)->options);
  if (rc < 0) green_http_response_release(transfer->response);
  return rc;
no_memory:
  return green_fail(GREEN_ENOMEM, "%s", green_strerror(GREEN_ENOMEM));
}

/* ---- what the task asks of the host ---- */

/* The host has done with it. */
static void leave_host(struct green__transfer *transfer) {
  transfer->hosted = false;
  if (transfer->runtime) {
    green__timer_clear(transfer->runtime, &transfer->limit);
    green__at_close_remove(transfer->runtime, &transfer->closer);
  }
}

static void halt(struct green__transfer *transfer) {
  if (!transfer->hosted) return;
  leave_host(transfer);
  green__host_transfer_halt(transfer);
}

static void call_host(struct green__transfer *transfer) {
  if (transfer->stopping) {
    halt(transfer);
  } else if (transfer->starting) {
    transfer->starting = false;
    green__host_transfer_start(transfer);
  } else if (transfer->hosted) {
    green__host_transfer_resume(transfer);
  }
}

static void on_to_host(struct green__timer *timer) {
  call_host(green__container_of(timer, struct green__transfer, to_host));
}

static void ask_host(struct green__transfer *transfer) {
  if (green__http_needs_host_stack)
    green__timer_set(transfer->runtime, &transfer->to_host, green_now());
  else
    call_host(transfer);
}

/* ---- timeouts ---- */

static uint64_t after(uint64_t time, uint64_t milliseconds) {
  return milliseconds ? green__due_after(time, milliseconds) : GREEN__NEVER;
}

static void set_limit(struct green__transfer *transfer) {
  uint64_t due = after(transfer->heard_at, client_of(transfer)->options.idle_timeout);
  if (due > transfer->deadline) due = transfer->deadline;
  if (due != GREEN__NEVER) green__timer_set(transfer->runtime, &transfer->limit, due);
}

static void on_limit(struct green__timer *timer) {
  struct green__transfer *transfer = green__container_of(timer, struct green__transfer, limit);
  const green_http_client_options *options = &client_of(transfer)->options;
  char detail[80];
  uint64_t now = green_now();
  if (transfer->full || transfer->wanting) transfer->heard_at = now; /* it is the program's turn */
  if (now >= transfer->deadline) {
    snprintf(detail, sizeof detail, "not done after %" PRIu64 " ms", options->timeout);
  } else if (now >= after(transfer->heard_at, options->idle_timeout)) {
    snprintf(detail, sizeof detail, "nothing came or went for %" PRIu64 " ms",
             options->idle_timeout);
  } else {
    set_limit(transfer);
    return;
  }
  green__transfer_end(transfer, GREEN_ETIMEDOUT, detail);
}

/* ---- start and stop ---- */

static void transfer_on_runtime_close(struct green__closer *closer) {
  struct green__transfer *transfer = green__container_of(closer, struct green__transfer, closer);
  green__timer_clear(transfer->runtime, &transfer->limit);
  green__timer_clear(transfer->runtime, &transfer->to_host);
  transfer->runtime = NULL;
  green__transfer_end(transfer, GREEN_ECLOSED, NULL);
}

void green__transfer_start(struct green__transfer *transfer) {
  transfer->references++;
  transfer->hosted = transfer->starting = true;
  transfer->heard_at = green_now();
  transfer->deadline = after(transfer->heard_at, client_of(transfer)->options.timeout);
  green__at_close(transfer->runtime, &transfer->closer);
  set_limit(transfer);
  ask_host(transfer);
}

void green__transfer_stop(struct green__transfer *transfer) {
  transfer_detach(transfer);
  if (transfer->hosted) {
    transfer->stopping = true;
    ask_host(transfer);
  }
  green__transfer_release(transfer);
}

static void transfer_wake(struct green__transfer *transfer) {
  if (transfer->waiters.head) green__wake(transfer->waiters.head, 0);
}

static char *transfer_describe(const struct green__transfer *transfer, const char *detail) {
  char text[300];
  const char *sentence = green_strerror(transfer->status);
  if (transfer->status == GREEN_EMSGSIZE)
    snprintf(text, sizeof text, "the body is larger than %zu bytes", transfer->max_body);
  else if (transfer->status == GREEN_ELOOP)
    snprintf(text, sizeof text, "more than %d redirects", transfer->max_redirects);
  else if (detail && *detail)
    snprintf(text, sizeof text, "%s: %s", sentence, detail);
  else
    return NULL;
  return green__copy_string(text, sizeof text);
}

void green__transfer_refuse(struct green__transfer *transfer, int failure, const char *why) {
  if (transfer->failure) return;
  transfer->failure = failure;
  transfer->why = why;
}

void green__transfer_end(struct green__transfer *transfer, int status, const char *detail) {
  if (!transfer->ended) {
    transfer->ended = true;
    transfer->status = transfer->failure ? transfer->failure : status;
    if (transfer->status < 0)
      transfer->message = transfer_describe(transfer, transfer->failure ? transfer->why : detail);
    transfer_wake(transfer);
  }
  halt(transfer);
}

/* ---- the task's side ---- */

/* Asks the program for a piece; the wait may be the program's own. */
static int fill_piece(struct green__transfer *transfer) {
  if (!transfer->piece) transfer->piece = green__alloc(GREEN__PIECE_ROOM);
  if (!transfer->piece) return green_fail(GREEN_ENOMEM, "%s", green_strerror(GREEN_ENOMEM));
  int count = transfer->produce(transfer->piece, GREEN__PIECE_ROOM, transfer->produce_arg);
  if (count < 0) return green_fail(count, "the request's body: %s", green_strerror(count));
  if ((size_t)count > GREEN__PIECE_ROOM)
    return green_fail(GREEN_EINVAL, "the request's body: more than there was room for");
  uint64_t sent = transfer->progress.sent + (uint64_t)count;
  if (transfer->body_size && (sent > transfer->body_size || (!count && sent < transfer->body_size)))
    return green_fail(GREEN_EPROTO, "the request's body: not the %zu bytes that were announced",
                      transfer->body_size);
  transfer->piece_size = (size_t)count;
  transfer->piece_taken = 0;
  transfer->piece_last = count == 0;
  transfer->wanting = false;
  if (transfer->hosted) ask_host(transfer);
  return 0;
}

static int wait_for_change(struct green__transfer *transfer) {
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  if (transfer->waiters.head) return GREEN_EBUSY;
  green__wait_on(self, &transfer->waiters);
  return green__park(self, "HTTP", transfer);
}

int green__transfer_pump(struct green__transfer *transfer,
                         bool (*reached)(const struct green__transfer *)) {
  for (;;) {
    if (reached(transfer)) return 0;
    if (transfer->ended) break;
    int rc = transfer->wanting ? fill_piece(transfer) : wait_for_change(transfer);
    if (rc < 0) return rc;
  }
  return transfer->status;
}

size_t green__transfer_take(struct green__transfer *transfer, void *buffer, size_t size) {
  size_t there = transfer->stream_end - transfer->stream_start;
  if (size > there) size = there;
  if (size) memcpy(buffer, transfer->stream + transfer->stream_start, size);
  transfer->stream_start += size;
  if (transfer->stream_start == transfer->stream_end) {
    transfer->stream_start = transfer->stream_end = 0;
    if (transfer->full && transfer->hosted) {
      transfer->full = false;
      transfer->heard_at = green_now();
      ask_host(transfer);
    }
  }
  return size;
}

/* ---- the host's side ---- */

void green__transfer_answered(struct green__transfer *transfer, const char *url) {
  if (transfer->final || !transfer->response) return;
  const char *length = green_http_response_header(transfer->response, "content-length");
  if (length && !green_http_response_header(transfer->response, "content-encoding"))
    transfer->progress.receive_total = strtoull(length, NULL, 10);
  transfer->response->url = url ? green__copy_string(url, strcspn(url, "#")) : NULL;
  if (!transfer->response->url) transfer->failure = GREEN_ENOMEM;
  transfer->heard_at = green_now();
  transfer->final = true;
  transfer_wake(transfer);
}

static void report(const struct green__transfer *transfer) {
  if (!transfer->on_progress || transfer->stopping) return;
  struct green_runtime *runtime = transfer->runtime;
  bool outside = green__host_callback_begin(runtime);
  transfer->on_progress(&transfer->progress, transfer->progress_arg);
  green__host_callback_end(runtime, outside);
}

size_t green__transfer_space(struct green__transfer *transfer) {
  if (transfer->whole) return SIZE_MAX;
  size_t there = transfer->stream_end - transfer->stream_start;
  size_t space = there < GREEN__STREAM_BOUND ? GREEN__STREAM_ROOM - transfer->stream_end : 0;
  if (!space) transfer->full = true;
  return space;
}

/* Room in what green_http_response_read() takes from. */
static void *stream_room(struct green__transfer *transfer, size_t size) {
  if (!transfer->stream) transfer->stream = green__alloc(GREEN__STREAM_ROOM);
  if (!transfer->stream || size > GREEN__STREAM_ROOM - transfer->stream_end) return NULL;
  transfer->stream_end += size;
  return transfer->stream + transfer->stream_end - size;
}

/* Room in the response. */
static void *body_room(struct green__transfer *transfer, size_t size) {
  green_http_response *response = transfer->response;
  if (size > response->body_room - response->body_size) {
    size_t room = response->body_size + size;
    if (room < response->body_room * 2) room = response->body_room * 2;
    if (room > transfer->max_body) room = transfer->max_body;
    char *body = room < SIZE_MAX ? green__realloc(response->body, room + 1) : NULL;
    if (!body) return NULL;
    response->body = body;
    response->body_room = room;
  }
  response->body_size += size;
  return response->body + response->body_size - size;
}

void *green__transfer_room(struct green__transfer *transfer, size_t size) {
  if (!transfer->response) {
    transfer->failure = GREEN_ECANCELED;
    return NULL;
  }
  if (size > transfer->max_body - transfer->progress.received) {
    transfer->failure = GREEN_EMSGSIZE;
    return NULL;
  }
  void *room = transfer->whole ? body_room(transfer, size) : stream_room(transfer, size);
  if (!room) {
    transfer->failure = GREEN_ENOMEM;
    return NULL;
  }
  transfer->progress.received += size;
  transfer->heard_at = green_now();
  if (!transfer->whole) transfer_wake(transfer);
  report(transfer);
  return room;
}

void green__transfer_want(struct green__transfer *transfer) {
  transfer->wanting = true;
  transfer_wake(transfer);
}

void green__transfer_sent(struct green__transfer *transfer, size_t size) {
  transfer->progress.sent += size;
  transfer->heard_at = green_now();
  if (size) report(transfer);
}

int green__transfer_send(struct green__transfer *transfer, void *buffer, size_t size) {
  const char *from;
  size_t left;
  if (transfer->stopping) return GREEN_ECANCELED;
  if (transfer->produce) {
    from = transfer->piece + transfer->piece_taken;
    left = transfer->piece_size - transfer->piece_taken;
    if (!left && !transfer->piece_last) {
      green__transfer_want(transfer);
      return GREEN_EAGAIN;
    }
  } else {
    from = transfer->body + transfer->progress.sent;
    left = transfer->body_size - (size_t)transfer->progress.sent;
  }
  if (size > left) size = left;
  if (size) memcpy(buffer, from, size);
  if (transfer->produce) transfer->piece_taken += size;
  green__transfer_sent(transfer, size);
  return (int)size;
}
