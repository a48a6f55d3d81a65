/* The end of a WebSocket connection, for every host: who closes, who is told, and why. */
#include <stdio.h>
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "grammar/grammar.h"
#include "websocket.h"

/* ---- who is told ----------------------------------------------------------------------------- */

static void wake_all(green_websocket *ws) {
  ws->came++;
  struct green__queue *queues[] = {&ws->reader, &ws->writer, &ws->pingers, &ws->closers};
  for (size_t i = 0; i < sizeof queues / sizeof *queues; i++)
    while (queues[i]->head) green__wake(queues[i]->head, 0);
}

/* The other side has left. Its task, if nobody tells it. */
static void tell_gone(green_websocket *ws) {
  void (*gone)(void *) = ws->gone;
  bool knows = (ws->closing && !ws->leaving) || green_lock_is_locked(&ws->receiving);
  if (!gone || knows) return;
  ws->gone = NULL;
  gone(ws->gone_arg);
}

static void on_teller(struct green__timer *timer) {
  tell_gone(green__container_of(timer, green_websocket, teller));
}

static bool is_unread(const green_websocket *ws) {
  return ws->first && ws->first->whole;
}

void green__websocket_owe(green_websocket *ws) {
  bool over = ws->left || ws->status || (ws->leaving && ws->ended);
  if (!ws->gone || !over || (ws->left && is_unread(ws))) return;
  ws->teller.fire = on_teller;
  green__timer_set(green__runtime_own(), &ws->teller, green_now());
}

void green__websocket_owe_nothing(green_websocket *ws) {
  green__timer_clear(green__runtime_own(), &ws->teller);
}

int green__websocket_refusal(green_websocket *ws) {
  if (ws->closing) return GREEN_ECLOSED;
  if (!ws->status) return 0;
  return green_fail(ws->status, "%s", ws->message ? ws->message : green_strerror(ws->status));
}

static void status_set(green_websocket *ws, int status, const char *why) {
  if (ws->status || ws->left || !status) return;
  ws->status = status;
  ws->message = why ? green__copy_string(why, SIZE_MAX - 1) : NULL;
  ws->code = 1006;
}

static void limit_set(green_websocket *ws) {
  if (ws->limit.set) return;
  green__timer_set(ws->runtime, &ws->limit, green__due_in(ws->close_time));
}

/* Who still takes what was sent has not seen the close yet. */
void green__websocket_on_limit(struct green__timer *timer) {
  green_websocket *ws = green__container_of(timer, green_websocket, limit);
  if (green__wire_is_taken(ws->wire))
    limit_set(ws);
  else
    green__websocket_end(ws, GREEN_ETIMEDOUT,
                         "the other side has not answered that this one has closed");
}

/* ---- from the wire --------------------------------------------------------------------------- */

void green__websocket_left(green_websocket *ws, unsigned code, const char *reason, size_t size) {
  if (ws->left || ws->status) return;
  ws->left = true;
  ws->code = code;
  if (size) ws->reason = green__print("%.*s", (int)size, reason);
  if (!ws->ended) limit_set(ws);
  if (!is_unread(ws)) tell_gone(ws);
  wake_all(ws);
}

void green__websocket_fail(green_websocket *ws, int status, unsigned code, const char *why) {
  if (ws->ended) return;
  status_set(ws, status, why);
  if (!code || green__wire_close(ws->wire, code, "", true) < 0) {
    green__websocket_end(ws, status, why);
    return;
  }
  if (ws->ended) return;
  limit_set(ws);
  tell_gone(ws);
  wake_all(ws);
}

void green__websocket_end(green_websocket *ws, int status, const char *why) {
  if (ws->ended) return;
  struct green__wire *wire = ws->wire;
  status_set(ws, status, why);
  ws->ended = true;
  ws->wire = NULL;
  green__timer_clear(ws->runtime, &ws->keeper);
  green__timer_clear(ws->runtime, &ws->limit);
  green__at_close_remove(ws->runtime, &ws->closer);
  ws->runtime = NULL;
  if (ws->known) *ws->known = NULL;
  ws->known = NULL;
  if (ws->status || ws->leaving) tell_gone(ws);
  wake_all(ws);
  green__wire_free(wire);
  green__websocket_unref(ws);
}

/* ---- closing --------------------------------------------------------------------------------- */

void green__websocket_begin_close(green_websocket *ws, unsigned code, const char *reason) {
  if (ws->closing) return;
  ws->closing = true;
  green__websocket_drop_messages(ws);
  if (!ws->ended && !ws->left && !ws->status) {
    if (green__wire_close(ws->wire, code, reason, false) < 0)
      green__websocket_end(ws, GREEN_ENOMEM, NULL);
    else if (!ws->ended)
      limit_set(ws);
  }
  wake_all(ws);
  if (!ws->ended) green__wire_resume(ws->wire);
}

void green__websocket_leave(green_websocket *ws, bool at_once) {
  if (!ws->closing) ws->leaving = true;
  green__websocket_begin_close(ws, 1001, "");
  if (at_once) green__websocket_end(ws, GREEN_ECLOSED, NULL);
}

/* What can be sent: 0, a status with a message. */
static int close_check(const green_websocket *ws, unsigned code, const char *reason) {
  if (!green__is_close_code(code))
    return green_fail(GREEN_EINVAL, "green_websocket_close: %u is no code to close with", code);
  if (strlen(reason) > GREEN__REASON_MOST || !green__is_utf8(reason, strlen(reason)))
    return green_fail(GREEN_EINVAL,
                      "green_websocket_close: a reason is UTF-8 of at most 123 bytes");
  if (!green__wire_can_close(ws, code))
    return green_fail(GREEN_ENOTSUP, "%u: a page closes with 1000 or 3000 to 4999", code);
  return 0;
}

static int close_outcome(const green_websocket *ws) {
  if (ws->left) return 0;
  return ws->status ? ws->status : GREEN_ECLOSED;
}

static int wait_until_left(green_websocket *ws) {
  while (!ws->left && !ws->ended) {
    int rc = green__websocket_wait(ws, &ws->closers, "the other side's close");
    if (rc < 0) {
      green__websocket_end(ws, rc, NULL);
      return rc;
    }
  }
  return close_outcome(ws);
}

int green_websocket_close(green_websocket *ws, unsigned code, const char *reason) {
  if (!code) code = 1000;
  if (!reason) reason = "";
  int rc = green__wait_possible();
  if (rc == 0) rc = close_check(ws, code, reason);
  if (rc < 0) return rc;
  ws->references++;
  green__websocket_begin_close(ws, code, reason);
  rc = wait_until_left(ws);
  green__websocket_unref(ws);
  return rc;
}

unsigned green_websocket_close_code(const green_websocket *ws) {
  return ws->code;
}

const char *green_websocket_close_reason(const green_websocket *ws) {
  return ws->reason ? ws->reason : "";
}

void green_websocket_release(green_websocket *ws) {
  if (!ws) return;
  green__handle_released(ws, __func__);
  green__websocket_begin_close(ws, 1000, "");
  green__websocket_unref(ws);
}
