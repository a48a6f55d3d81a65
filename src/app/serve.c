/* A request in its task: middleware, the route, response middleware; what becomes of failures. */
#include <string.h>
#include <greenio/observe.h>
#include <greenio/status.h>
#include "app.h"
#include "core/pool.h"
#include "core/wait.h"

/* The status for what reading a body has failed with; 0: not the client's doing. */
static int status_for_body(int failure) {
  switch (failure) {
  case GREEN_EMSGSIZE:
    return 413;
  case GREEN_EPROTO:
    return 400;
  case GREEN_ETIMEDOUT:
    return 408;
  default:
    return 0;
  }
}

/* An application that is at work on the request limits its time. */
static bool has_timeout(const struct green__exchange *exchange) {
  const struct green__frame *frame = exchange->frame;
  while (frame && !frame->app->options.timeout) frame = frame->outer;
  return frame;
}

/* The status for a function's failure. */
static int status_for(const struct green__exchange *exchange, int rc) {
  const green_request *request = &exchange->request;
  int body = request->input.failure == rc ? status_for_body(rc) : 0;
  if (body) return body;
  if (rc == GREEN_EINVAL && request->bad_body) return 400;
  bool no_time = rc == GREEN_ETIMEDOUT && has_timeout(exchange);
  bool no_stream = rc == GREEN_EAGAIN && exchange->no_stream;
  return rc == GREEN_ENOMEM || no_time || no_stream ? 503 : 500;
}

/* The function failed because nobody wants the rest of its body: no failure to tell of. */
static bool is_unwanted(const struct green__exchange *exchange, int rc) {
  return rc == GREEN_ECLOSED && exchange->response.output.ended;
}

/* The function has refused what was asked for, and has said so to the client. */
static bool is_refusal(const struct green__exchange *exchange, int rc) {
  return rc == exchange->refused && exchange->response.status && !exchange->answered;
}

static void fail(struct green__exchange *exchange, int rc) {
  const struct green__upgrade *upgrade = exchange->answer.upgrade;
  bool gone = (exchange->closed && !exchange->whole) || (upgrade && upgrade->is_gone(upgrade));
  if (gone || is_unwanted(exchange, rc) || is_refusal(exchange, rc)) return;
  const char *message = green__message_of(green__running(), rc);
  int status = status_for(exchange, rc);
  bool full =
      exchange->no_stream && status == 503; /* the limit is meant: the log has no line of it */
  if ((status >= 500 && !full) || exchange->answered) green__log_failure(exchange, rc, message);
  if (!exchange->answered) green__response_refuse(&exchange->response, status);
}

/* Calls a function, and waits for the future that it may have left. */
static int handler_call(struct green__exchange *exchange, green_handler function, void *arg) {
  green_response *response = &exchange->response;
  int rc = function(&exchange->request, response, arg);
  green_future *awaited = response->awaited;
  if (awaited) {
    response->awaited = NULL;
    if (rc < 0) green_cancel(awaited);
    int ended = green_join(awaited);
    if (rc >= 0 && ended < 0) return ended;
  }
  if (rc > 0 && !response->status)
    return green_fail(GREEN_EINVAL, "a handler returned %d and made no response", rc);
  return rc;
}

/* ---- response middleware --------------------------------------------------------------------- */

static void run_after(struct green__exchange *exchange, struct green__frame *frame) {
  if (frame->after) return;
  frame->after = true;
  const struct green__list *list = &frame->app->after;
  for (size_t i = 0; i < list->count && !exchange->answered; i++) {
    int rc = handler_call(exchange, list->at[i].function, list->at[i].arg);
    if (rc < 0) fail(exchange, rc);
  }
  if (!exchange->answered && green__policy_apply(&frame->app->policy, &exchange->response) < 0)
    fail(exchange, GREEN_ENOMEM);
  if (frame->app->options.compress) exchange->compresses = true;
  if (frame->app->options.etags) exchange->tags = true;
}

void green__serve_commit(struct green__exchange *exchange) {
  for (struct green__frame *frame = exchange->frame; frame; frame = frame->outer)
    run_after(exchange, frame);
  if (!exchange->answered && green__represent(exchange) < 0) fail(exchange, GREEN_ENOMEM);
  if (!exchange->answered) green__exchange_answered(exchange);
}

/* ---- middleware and routes ------------------------------------------------------------------- */

static int refuse_method(struct green__exchange *exchange, const green_app *app) {
  green_response *response = &exchange->response;
  bool options = strcmp(exchange->request.method, "OPTIONS") == 0;
  const char *allow = green__routes_allow(&app->routes, &exchange->request);
  int rc = allow ? green_response_send_status(response, options ? 204 : 405) : GREEN_ENOMEM;
  return rc < 0 ? rc : green_response_set_header(response, "Allow", allow);
}

static int run_route(struct green__exchange *exchange, const green_app *app) {
  const struct green__route *route;
  int rc = green__routes_find(&app->routes, &exchange->request, &route);
  if (rc == 1) return handler_call(exchange, route->function, route->arg);
  if (rc == GREEN_EPERM || strcmp(exchange->request.path, "*") == 0)
    return refuse_method(exchange, app);
  return rc;
}

static int handlers_run(struct green__exchange *exchange, const green_app *app) {
  for (size_t i = 0; i < app->before.count; i++) {
    const struct green__middleware *middleware = &app->before.at[i];
    int rc = handler_call(exchange, middleware->function, middleware->arg);
    if (rc < 0 || exchange->response.status) return rc;
  }
  return run_route(exchange, app);
}

/* ---- the task -------------------------------------------------------------------------------- */

static void serve(struct green__exchange *exchange) {
  struct green__frame frame = {.app = exchange->app, .task = green__running()};
  green_span span;
  exchange->frame = &frame;
  green__told_again(); /* behind the job's begin */
  int rc = green__trace_enter(exchange);
  green_span_begin(&span, exchange->request.method, exchange->request.path);
  if (rc == 0) rc = green__trace_number(&span);
  if (rc == 0) rc = handlers_run(exchange, exchange->app);
  if (rc < 0)
    fail(exchange, rc);
  else if (!exchange->response.status)
    green__response_refuse(&exchange->response, 404);
  if (!exchange->answered) green__serve_commit(exchange);
  green_span_end(&span, rc < 0 ? rc : exchange->response.status);
  green__told_again();
  exchange->frame = NULL;
  bool failed = rc < 0 && !is_unwanted(exchange, rc);
  exchange->failed = failed;
  int ended = exchange->answer.pieces && !failed ? green__output_end(&exchange->response) : 0;
  bool broken = exchange->answer.pieces && (failed || ended < 0);
  if (ended < 0 && !exchange->closed)
    green__log_failure(exchange, ended, green__message_of(green__running(), ended));
  green__exchange_finished(exchange, broken);
}

int green__serve(void *arg) {
  struct green__exchange *exchange = arg;
  uint64_t timeout = exchange->app->options.timeout;
  if (!timeout) {
    serve(exchange);
    return 0;
  }
  GREEN_TIMEOUT(timeout) {
    serve(exchange);
  }
  return 0;
}

void green__serve_lost(struct green__exchange *exchange) {
  int status = green_future_status(exchange->job);
  green__log_failure(exchange, status, green_future_message(exchange->job));
  exchange->frame = NULL;
  exchange->failed = true;
  if (!exchange->answered) {
    green__response_refuse(&exchange->response, 500);
    green__exchange_answered(exchange);
  }
  green__exchange_finished(exchange, exchange->answer.pieces);
}

/* ---- an application within another one ------------------------------------------------------- */

struct inner {
  struct green__exchange *exchange;
  green_app *app;
};

static int run_inner(struct green__exchange *exchange, struct green__frame *frame) {
  int rc = handlers_run(exchange, frame->app);
  if (rc < 0) fail(exchange, rc);
  if (exchange->response.status && !exchange->answered) run_after(exchange, frame);
  return rc < 0 && exchange->answered ? rc : 0;
}

static int serve_inner(void *arg) {
  const struct inner *inner = arg;
  struct green__exchange *exchange = inner->exchange;
  struct green__frame frame = {exchange->frame, inner->app, green__running(), false};
  uint64_t timeout = inner->app->options.timeout;
  int rc = 0;
  exchange->frame = &frame;
  if (!timeout) return run_inner(exchange, &frame);
  GREEN_TIMEOUT(timeout) {
    rc = run_inner(exchange, &frame);
  }
  return rc;
}

static int run_in_its_pool(struct inner *inner) {
  if (green__pool_working(inner->app->pool)) return serve_inner(inner);
  if (green__app_is_busy(inner->app)) {
    green__response_refuse(&inner->exchange->response, 503);
    return 0;
  }
  return green_join(green_pool_submit(inner->app->pool, serve_inner, inner));
}

int green_app_handle(green_request *request, green_response *response, void *app) {
  struct inner inner = {request->exchange, app};
  struct green__frame *frame = inner.exchange->frame;
  const struct green__param *params = request->params;
  size_t count = request->param_count, max = request->input.max;
  if (inner.app->shutdown) return green_fail(GREEN_ECLOSED, "the application was shut down");
  if (!green__policy_allows(&inner.app->policy, request)) {
    green__response_refuse(response, 421);
    return 0;
  }
  if (inner.app->options.max_body) request->input.max = inner.app->max_body;
  int rc = run_in_its_pool(&inner);
  inner.exchange->frame = frame; /* also if the job's stack was lost */
  request->input.max = max;
  request->params = params;
  request->param_count = count;
  return rc;
}
