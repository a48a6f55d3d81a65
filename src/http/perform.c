/* The functions that wait: perform, open, read. */
#include "http.h"

#include <limits.h>
#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/wait.h"

static bool is_final(const struct green__transfer *transfer) {
  return transfer->final && !transfer->failure;
}

static bool is_ended(const struct green__transfer *transfer) {
  return transfer->ended;
}

static bool has_bytes(const struct green__transfer *transfer) {
  return transfer->stream_end > transfer->stream_start;
}

/* Leaves the message of a wait that failed: the transfer's, or the program's, or the status's. */
static int wait_failed(const struct green__transfer *transfer, int rc) {
  if (transfer->ended && transfer->message) return green_fail(rc, "%s", transfer->message);
  if (transfer->ended || !transfer->wanting) return green_fail(rc, "%s", green_strerror(rc));
  return rc;
}

/* Stops the transfer, of which the host may still have a reference; its response is the caller's.
 */
static green_http_response *part(struct green__transfer *transfer) {
  green_http_response *response = transfer->response;
  green__transfer_stop(transfer);
  return response;
}

/* One attempt. *stands: the program or an interruption ended it, and it is not made again. */
static int request_attempt(green_http_client *client, const green_http_request *request, bool whole,
                           green_http_response **out, bool *stands) {
  struct green__transfer *transfer;
  int rc = green__transfer_new(&transfer, client, request, whole);
  *stands = rc < 0;
  if (rc < 0) return rc;
  green__transfer_start(transfer);
  rc = green__transfer_pump(transfer, whole ? is_ended : is_final);
  *stands = !transfer->ended;
  if (rc == 0 && whole) rc = transfer->status;
  if (rc < 0) {
    wait_failed(transfer, rc);
    green_http_response_release(part(transfer));
    return rc;
  }
  *out = whole ? part(transfer) : transfer->response;
  return 0;
}

/* Waits before another attempt. False: the task's deadline would pass first, and it did not wait.
 */
static bool worth_waiting(uint64_t milliseconds) {
  return green__due_in(milliseconds) < green__deadline();
}

static int attempts(green_http_client *client, const green_http_request *request, bool whole,
                    green_http_response **out, const green_http_retry *rule) {
  for (int made = 0;; made++) {
    bool stands;
    uint64_t pause;
    int rc = request_attempt(client, request, whole, out, &stands);
    if ((stands && rc < 0) || !green__retry_due(rule, request, made, rc, *out, &pause) ||
        !worth_waiting(pause))
      return rc;
    green_http_response_release(*out);
    *out = NULL;
    rc = green_sleep(pause);
    if (rc < 0) return green_fail(rc, "%s", green_strerror(rc));
  }
}

/* The client is held meanwhile: its rule is used between attempts. */
static int request_perform(green_http_client *client, const green_http_request *request, bool whole,
                           green_http_response **out) {
  *out = NULL;
  if (!green_current()) return GREEN_EMAIN;
  client = green__http_client_take(client);
  if (!client) return green_fail(GREEN_ENOMEM, "%s", green_strerror(GREEN_ENOMEM));
  const green_http_retry *own = &((const struct green__client *)client)->options.retry;
  green_span span;
  green__http_span_begin(&span, request);
  int rc = attempts(client, request, whole, out, request->retry ? request->retry : own);
  green__http_span_end(&span, rc, *out);
  green_http_client_release(client);
  return rc;
}

int green_http_perform(green_http_client *client, green_http_response **out,
                       const green_http_request *request) {
  return request_perform(client, request, true, out);
}

int green_http_open(green_http_client *client, green_http_response **out,
                    const green_http_request *request) {
  return request_perform(client, request, false, out);
}

int green_http_get(green_http_client *client, green_http_response **out, const char *url) {
  green_http_request request = {.url = url};
  return green_http_perform(client, out, &request);
}

int green_http_response_read(green_http_response *response, void *buffer, size_t size) {
  struct green__transfer *transfer = response->transfer;
  if (!green_current()) return GREEN_EMAIN;
  if (!transfer || !size) return 0;
  int rc = green__transfer_pump(transfer, has_bytes);
  if (rc < 0) return wait_failed(transfer, rc);
  if (size > INT_MAX) size = INT_MAX;
  return (int)green__transfer_take(transfer, buffer, size);
}
