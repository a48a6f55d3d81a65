/* The C half of exchanges for JavaScript hosts; app_js.h says how it is called. */
#include "app_js.h"

#include <stdio.h>
#include <string.h>
#include <greenio/js.h>
#include <greenio/status.h>
#include "app.h"
#include "core/memory.h"
#include "loop.h"
#include "net/net.h"

static struct green__js_outcome outcome;
static struct green__exchange *inside; /* of the call that is under way */
static struct green__exchange *called; /* all of which calls are under way, the last one first */
static char *scratch;
static size_t scratch_room;

struct green__js_outcome *green__js_app_outcome(void) {
  return &outcome;
}

char *green__js_app_scratch(size_t size) {
  if (size > scratch_room) {
    char *larger = green__realloc(scratch, size);
    if (!larger) return NULL;
    scratch = larger;
    scratch_room = size;
  }
  return scratch;
}

/* ---- the answer ------------------------------------------------------------------------------ */

#define LENGTH_MOST 40 /* of a Content-Length */

static size_t head_room(const struct green__answer *answer) {
  size_t size = LENGTH_MOST;
  for (size_t i = 0; i < answer->header_count; i++)
    size += strlen(answer->headers[i].name) + strlen(answer->headers[i].value) + 2;
  return size;
}

static char *text_put(char *at, const char *text) {
  size_t size = strlen(text) + 1;
  memcpy(at, text, size);
  return at + size;
}

/* False: no memory. */
static bool put_head(const struct green__answer *answer) {
  char *at = green__js_app_scratch(head_room(answer));
  if (!at) return false;
  for (size_t i = 0; i < answer->header_count; i++)
    at = text_put(text_put(at, answer->headers[i].name), answer->headers[i].value);
  if (answer->size != GREEN__UNKNOWN) {
    at = text_put(at, "Content-Length");
    at += snprintf(at, LENGTH_MOST, "%llu", (unsigned long long)answer->size) + 1;
  }
  outcome.head = scratch;
  outcome.head_size = at > scratch ? (uint32_t)(at - scratch - 1) : 0;
  return true;
}

/* An answer is given once, and to nobody who has closed the exchange. */
static void outcome_look(struct green__exchange *exchange) {
  outcome.answered = false;
  outcome.hints = NULL;
  if (exchange->closed) return;
  const struct green__answer *answer = green__exchange_answer(exchange);
  if (!answer) {
    outcome.hints = green__exchange_hint(exchange);
    if (outcome.hints) green__exchange_hinted(exchange);
    return;
  }
  outcome.answered = true;
  outcome.status = answer->status;
  outcome.body = answer->bodiless ? NULL : answer->body;
  outcome.size = outcome.body ? (uint32_t)answer->size : 0;
  outcome.pieces = answer->pieces;
  outcome.bodiless = answer->bodiless;
  outcome.unread = answer->unread;
  outcome.upgrade = answer->upgrade;
  if (put_head(answer)) return;
  outcome.status = 503;
  outcome.head_size = outcome.size = 0;
  outcome.pieces = outcome.bodiless = false;
  outcome.body = NULL;
}

void green__js_app_headers(const green_app *app) {
  outcome.head = app->policy.text;
  outcome.head_size = app->policy.text_size ? (uint32_t)app->policy.text_size - 1 : 0;
}

/* ---- entries --------------------------------------------------------------------------------- */

/* A call of JavaScript's about this exchange begins. What is returned is for call_leave(): JavaScript
 * that a task has called may call here again, within another call, and close this exchange there: the
 * record stays until the call ends. */
static struct green__exchange *call_enter(struct green__exchange *exchange) {
  struct green__exchange *outer = inside;
  green__loop_entered();
  inside = exchange;
  outcome.exchange = exchange;
  if (exchange->calls++) return outer;
  exchange->references++;
  exchange->next = called;
  called = exchange;
  return outer;
}

/* It is the last one of `called`, since calls end in the order of their beginnings, backwards. */
static void call_end(struct green__exchange *exchange) {
  if (--exchange->calls) return;
  called = exchange->next;
  green__exchange_release(exchange);
}

/* The call ends; the tasks that it has made ready run now. */
static int call_leave(struct green__exchange *outer) {
  struct green__exchange *exchange = inside;
  int answer = green__loop_left();
  inside = outer;
  call_end(exchange);
  return answer;
}

static int leave_and_look(struct green__exchange *exchange, struct green__exchange *outer) {
  int answer = green__loop_left();
  inside = outer;
  outcome.exchange = exchange;
  outcome_look(exchange);
  call_end(exchange);
  return answer;
}

static const char *text_next(const char **at) {
  const char *text = *at;
  *at += strlen(text) + 1;
  return text;
}

static bool read_peer(const char *host, unsigned port, green_address *out) {
  static const char mapped[] = "::ffff:";
  if (!*host) return false;
  if (strncmp(host, mapped, sizeof mapped - 1) == 0 && strchr(host, '.')) host += sizeof mapped - 1;
  return green__address_parse(host, port, out) || green__address_local(host, out) == 0;
}

static void read_headers(struct green__exchange *exchange, const char *at, const char *end) {
  while (at < end) {
    const char *name = text_next(&at);
    size_t size = (size_t)(at - name) - 1;
    const char *value = text_next(&at);
    green__exchange_header(exchange, name, size, value, (size_t)(at - value) - 1);
  }
}

/* There is no exchange. */
static int begin_refuse(int status, const char *why) {
  outcome.exchange = NULL;
  outcome.status = status;
  outcome.head = (char *)why;
  outcome.head_size = (uint32_t)strlen(why);
  return GREEN__NOTHING;
}

static int check_head(struct green__head_check *check, const struct green__head *head,
                      const char *at, const char *end) {
  green__head_line(check, head->method, head->target, head->protocol);
  while (at < end) {
    const char *name = text_next(&at);
    size_t size = (size_t)(at - name) - 1;
    const char *value = text_next(&at);
    green__head_field(check, name, size, value, (size_t)(at - value) - 1);
  }
  return green__head_end(check);
}

int green__js_app_begin(green_app *app, void *slot, size_t size, unsigned port, double body,
                        unsigned flags) {
  const char *at = scratch, *end = scratch + size;
  green_address peer;
  struct green__head_check check = {.body = body < 0 ? GREEN__UNKNOWN : (uint64_t)body};
  struct green__head head = {.secure = flags & GREEN__JS_SECURE,
                             .no_cookies = flags & GREEN__JS_NO_COOKIES,
                             .stays_here = !(flags & GREEN__JS_RAW)};
  head.method = text_next(&at);
  head.target = text_next(&at);
  head.protocol = text_next(&at);
  if (read_peer(text_next(&at), port, &peer)) head.peer = &peer;
  if (flags & GREEN__JS_RAW && check_head(&check, &head, at, end))
    return begin_refuse(check.status, check.why);
  struct green__exchange *exchange = green__exchange_open(app, green__js_app_changed, slot);
  if (!exchange) return begin_refuse(503, "no memory");
  struct green__exchange *outer = call_enter(exchange);
  head.body = check.body;
  read_headers(exchange, at, end);
  green__exchange_begin(exchange, &head);
  int answer = leave_and_look(exchange, outer);
  outcome.body_comes = check.body != 0;
  return answer;
}

int green__js_app_look(struct green__exchange *exchange) {
  return leave_and_look(exchange, call_enter(exchange));
}

int green__js_app_push(struct green__exchange *exchange, size_t size) {
  struct green__exchange *outer = call_enter(exchange);
  uint32_t taken = (uint32_t)green__exchange_push(exchange, scratch, size);
  int answer = leave_and_look(exchange, outer);
  outcome.taken = taken;
  return answer;
}

int green__js_app_push_end(struct green__exchange *exchange, int status) {
  struct green__exchange *outer = call_enter(exchange);
  green__exchange_push_end(exchange, status);
  return leave_and_look(exchange, outer);
}

int green__js_app_output(struct green__exchange *exchange) {
  size_t size = 0;
  outcome.output = green__exchange_output(exchange, &outcome.data, &size);
  outcome.data_size = (uint32_t)size;
  return GREEN__NOTHING;
}

int green__js_app_sent(struct green__exchange *exchange, size_t size) {
  struct green__exchange *outer = call_enter(exchange);
  green__exchange_sent(exchange, size);
  return call_leave(outer);
}

int green__js_app_close(struct green__exchange *exchange, bool whole) {
  struct green__exchange *outer = call_enter(exchange);
  green__exchange_close(exchange, whole);
  return call_leave(outer);
}

/* The task that ran has failed for the core; the exchange learns of it when its job ends. */
int green__js_app_thrown(void) {
  if (inside) inside->inside = 0;
  if (inside) outcome_look(inside);
  inside = NULL;
  while (called) {
    called->calls = 1;
    call_end(called);
  }
  return 0;
}

/* ---- the public function --------------------------------------------------------------------- */

void green_js_serve(green_app *app, const char *name) {
  green__js_app_serve(app, name);
}
