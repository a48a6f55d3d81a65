/* Exchanges: from the host's open() to its close(), and to the end of the task, whichever is later.
 * See server.h for what the host sees, app.h for the record. */
#include <string.h>
#include <greenio/status.h>
#include "app.h"
#include "core/memory.h"
#include "core/poison.h"
#include "core/pool.h"
#include "core/wait.h"
#include "host.h"
#include "quiet.h"

/* ---- the record ------------------------------------------------------------------------------ */

static struct green__exchange *record_take(green_app *app) {
  struct green__exchange *exchange = app->spare;
  if (!exchange) return green__alloc(sizeof *exchange);
  green__unpoison(exchange, sizeof *exchange);
  app->spare = exchange->next;
  app->spares--;
  return exchange;
}

static void record_give(green_app *app, struct green__exchange *exchange) {
  if (app->spares >= GREEN__SPARE) {
    green__free(exchange);
    return;
  }
  exchange->next = app->spare;
  app->spare = exchange;
  app->spares++;
  green__poison(exchange, sizeof *exchange);
}

void green__exchanges_trim(green_app *app) {
  while (app->spare) green__free(record_take(app));
}

struct green__exchange *green__exchange_open(green_app *app, void (*changed)(void *host),
                                             void *host) {
  struct green__exchange *exchange = record_take(app);
  if (!exchange) return NULL;
  memset(exchange, 0, offsetof(struct green__exchange, arena));
  green__arena_begin(&exchange->arena, exchange->room, sizeof exchange->room);
  exchange->app = app;
  exchange->changed = changed;
  exchange->host = host;
  exchange->references = 1;
  exchange->request.exchange = exchange->response.exchange = exchange;
  exchange->request.headers.at = exchange->few[0];
  exchange->response.headers.at = exchange->few[1];
  exchange->request.headers.room = exchange->response.headers.room = GREEN__FEW;
  app->references++;
  app->live++;
  return exchange;
}

/* One reference. Calls out to the program, which cannot park there. */
GREEN__QUIET void green__exchange_release(struct green__exchange *exchange) {
  GREEN__QUIETLY;
  green_app *app = exchange->app;
  if (--exchange->references) return;
  if (exchange->response.drop) exchange->response.drop(exchange->response.owned);
  green__input_free(&exchange->request);
  green__output_free(&exchange->response);
  green__arena_end(&exchange->arena);
  record_give(app, exchange);
  green__app_ended(app);
}

/* ---- what changes ---------------------------------------------------------------------------- */

GREEN__QUIET void green__exchange_notify(struct green__exchange *exchange, unsigned what) {
  GREEN__QUIETLY;
  if (!(exchange->asked & what)) return;
  exchange->asked &= ~what;
  if (!exchange->inside && !exchange->closed) exchange->changed(exchange->host);
}

void green__exchange_wake(struct green__exchange *exchange, struct green__queue *queue,
                          int status) {
  if (!queue->head) return;
  struct green_runtime *runtime = green__runtime_own();
  exchange->inside++;
  bool at_once = green__turn_enter(runtime);
  green__wake(queue->head, status);
  if (at_once) green__turn_leave(runtime);
  exchange->inside--;
}

/* For Content-Length; 205 is 0 bytes long, the other two must not say. */
static uint64_t size_of(const green_response *response) {
  if (response->status == 205) return 0;
  if (response->status == 101) return GREEN__UNKNOWN;
  if (green__status_is_bodiless(response->status)) return GREEN__UNKNOWN;
  if (response->encoded) return GREEN__UNKNOWN;
  return response->pieces ? response->output.size : response->size;
}

void green__exchange_answered(struct green__exchange *exchange) {
  green_response *response = &exchange->response;
  if (green__policy_apply(&exchange->app->policy, response) < 0) {
    green__response_refuse(response, 503);
    green__policy_apply(&exchange->app->policy, response); /* there is room without memory */
  }
  bool head = exchange->request.method && strcmp(exchange->request.method, "HEAD") == 0;
  struct green__upgrade *upgrade = response->status == 101 ? exchange->upgrade : NULL;
  bool bodiless = head || upgrade || green__status_is_bodiless(response->status);
  exchange->answer = (struct green__answer){
      .status = response->status,
      .headers = response->headers.at,
      .header_count = response->headers.count,
      .size = size_of(response),
      .body = bodiless ? NULL : response->body,
      .pieces = response->pieces && !bodiless,
      .bodiless = bodiless,
      .unread = !exchange->request.input.ended,
      .upgrade = upgrade,
  };
  exchange->answered = true;
  if (!exchange->answer.pieces) {
    exchange->sent = bodiless ? 0 : response->size;
    green__input_drop(exchange);
  }
  green__exchange_notify(exchange, GREEN__ASKED_ANSWER);
}

void green__exchange_finished(struct green__exchange *exchange, bool broken) {
  exchange->finished = true;
  exchange->response.output.broken = broken;
  exchange->response.output.ended = true;
  green__input_drop(exchange);
  green__exchange_notify(exchange, GREEN__ASKED_OUTPUT);
}

const struct green__answer *green__exchange_answer(struct green__exchange *exchange) {
  if (exchange->answered) return &exchange->answer;
  exchange->asked |= GREEN__ASKED_ANSWER;
  return NULL;
}

/* ---- the beginning --------------------------------------------------------------------------- */

void green__exchange_header(struct green__exchange *exchange, const char *name, size_t name_size,
                            const char *value, size_t value_size) {
  struct green__arena *arena = &exchange->arena;
  char *copy = green__arena_alloc(arena, name_size + value_size + 2);
  if (copy) {
    memcpy(copy, name, name_size);
    copy[name_size] = 0;
    memcpy(copy + name_size + 1, value, value_size);
    copy[name_size + 1 + value_size] = 0;
  }
  if (!copy || green__fields_add(&exchange->request.headers, arena, copy, copy + name_size + 1) < 0)
    exchange->out_of_memory = true;
}

/* With "http://host/path" a Host that says something else does not count. */
static int use_authority(struct green__exchange *exchange) {
  green_request *request = &exchange->request;
  size_t size;
  const char *authority = green__authority_of(request->target, &size);
  if (!authority) return 0;
  const char *copy = green__arena_copy(&exchange->arena, authority, size);
  if (!copy) return GREEN_ENOMEM;
  for (size_t i = 0; i < request->headers.count; i++) {
    green_http_header *header = &request->headers.at[i];
    if (green__is_name(header->name, "Host")) {
      header->value = copy;
      return 0;
    }
  }
  return green__fields_add(&request->headers, &exchange->arena, "Host", copy);
}

/* Copies the texts into one piece of memory. What the path is to be read from; NULL: there is none. */
static char *copy_texts(struct green__exchange *exchange, const struct green__head *head) {
  green_request *request = &exchange->request;
  const char *protocol = head->protocol ? head->protocol : "HTTP/1.1";
  size_t method_size = strlen(head->method) + 1, target_size = strlen(head->target) + 1;
  size_t protocol_size = strlen(protocol) + 1;
  char *at = green__arena_alloc(&exchange->arena, method_size + 2 * target_size + protocol_size);
  if (!at) return NULL;
  request->method = memcpy(at, head->method, method_size);
  at += method_size;
  request->protocol = memcpy(at, protocol, protocol_size);
  at += protocol_size;
  request->target = memcpy(at, head->target, target_size);
  return memcpy(at + target_size, head->target, target_size);
}

/* 0, or the status that refuses it. */
static int read_head(struct green__exchange *exchange, const struct green__head *head) {
  green_request *request = &exchange->request;
  char *path = copy_texts(exchange, head);
  if (!path || use_authority(exchange) < 0) return 503;
  if (head->peer) request->peer = *head->peer;
  request->secure = head->secure;
  exchange->no_cookies = head->no_cookies;
  exchange->stays_here = head->stays_here;
  if (!green__is_token(request->method, strlen(request->method))) return 400;
  bool options = strcmp(request->method, "OPTIONS") == 0;
  if (!green__target_parse(path, options, &request->path, &request->query_text)) return 400;
  return green__policy_allows(&exchange->app->policy, request) ? 0 : 421;
}

bool green__app_is_busy(const green_app *app) {
  return app->options.max_queued && green_pool_queued_count(app->pool) >= app->options.max_queued;
}

/* What a function left by green_response_await() whose task was lost behind that. */
static void drop_awaited(green_response *response) {
  if (response->awaited) green_cancel(response->awaited);
  green_future_release(response->awaited);
  response->awaited = NULL;
}

/* The job is over: its task has ended, was lost, or never began. */
static void job_ended(void *arg) {
  struct green__exchange *exchange = arg;
  drop_awaited(&exchange->response);
  if (!exchange->finished && !exchange->closed) green__serve_lost(exchange);
  exchange->finished = true;
  if (exchange->upgrade) exchange->upgrade->finish(exchange->upgrade, exchange->failed);
  green__streams_end(exchange);
  green_future_release(exchange->job);
  exchange->job = NULL;
  green__exchange_release(exchange);
}

static void exchange_refuse(struct green__exchange *exchange, int status) {
  green__response_refuse(&exchange->response, status);
  green__exchange_answered(exchange);
  green__exchange_finished(exchange, false);
}

/* 0, or the status that refuses it. */
static int job_start(struct green__exchange *exchange) {
  green_app *app = exchange->app;
  if (exchange->out_of_memory || app->shutdown || green__app_is_busy(app)) return 503;
  exchange->references++;
  if (green__pool_begin(app->pool, green__serve, exchange, job_ended, &exchange->job) == 0)
    return 0;
  exchange->references--;
  return 503;
}

void green__exchange_start(struct green__exchange *exchange) {
  struct green__input *input = &exchange->request.input;
  input->first = input->gathering = false;
  exchange->inside++;
  int status = job_start(exchange);
  if (status) exchange_refuse(exchange, status);
  exchange->inside--;
}

/* Whether the task is to wait for the body. */
static bool comes_first(const struct green__exchange *exchange) {
  const struct green__input *input = &exchange->request.input;
  bool large = input->announced != GREEN__UNKNOWN && input->announced > input->max;
  return exchange->app->options.body_first && !input->ended && !large;
}

void green__exchange_begin(struct green__exchange *exchange, const struct green__head *head) {
  green_app *app = exchange->app;
  struct green__input *input = &exchange->request.input;
  exchange->inside++;
  input->announced = head->body;
  input->ended = head->body == 0;
  input->max = app->max_body;
  app->in_flight++;
  exchange->began = true;
  if (app->metrics.wanted) exchange->begun = green__host_now();
  int status = read_head(exchange, head);
  if (!status && comes_first(exchange))
    input->first = input->gathering = true;
  else if (!status)
    status = job_start(exchange);
  if (status) exchange_refuse(exchange, status);
  exchange->inside--;
}

/* ---- the end --------------------------------------------------------------------------------- */

/* Tells the task that the host is done with its exchange. If the answer was not sent whole, the
 * task is cancelled, and that comes first, so that a wait for the body ends as cancelled. A
 * shielded task is not cancelled now: it is woken, and its read or write fails. A task whose answer
 * was sent may go on with what it does after that. */
static void tell_task(struct green__exchange *exchange) {
  green_future *job = green_future_retain(exchange->job);
  if (!job) return;
  if (!exchange->whole) green_cancel(job);
  green_future_status(job); /* nobody else looks */
  green_future_release(job);
  if (exchange->request.input.reader.head) green__wake(exchange->request.input.reader.head, 0);
  if (exchange->response.output.writer.head) green__wake(exchange->response.output.writer.head, 0);
}

void green__exchange_close(struct green__exchange *exchange, bool whole) {
  green_app *app = exchange->app;
  exchange->closed = true;
  exchange->whole = whole && exchange->answered;
  if (exchange->began) {
    app->in_flight--;
    green__log_request(exchange);
    if (app->metrics.wanted) green__metrics_count(exchange);
  }
  if (!exchange->finished) tell_task(exchange);
  green__exchange_release(exchange);
}
