/* Applications: made, told what to run, shut down, let go. */
#include <string.h>
#include <greenio/status.h>
#include "app.h"
#include "core/memory.h"
#include "core/wait.h"

int green_app_new(green_app **out, const green_app_options *options) {
  static const green_app_options defaults;
  *out = NULL;
  if (!options) options = &defaults;
  if (options->max_streams < 0) return green_fail(GREEN_EINVAL, "max_streams is negative");
  if ((int)options->trace < 0 || options->trace > GREEN_APP_TRACE_CONTINUE)
    return green_fail(GREEN_EINVAL, "trace is none of enum green_app_trace: %d",
                      (int)options->trace);
  green_app *app = green__alloc(sizeof *app);
  if (!app) return GREEN_ENOMEM;
  memset(app, 0, sizeof *app);
  app->references = 1;
  app->options = *options;
  app->max_body = options->max_body ? options->max_body : GREEN__MAX_BODY;
  if (!app->options.max_streams) app->options.max_streams = GREEN__MAX_STREAMS;
  app->pool = options->pool;
  int rc = app->pool
               ? 0
               : green_pool_new(&app->pool, &(green_pool_options){.max_workers = options->workers});
  if (rc < 0) {
    green__free(app);
    return rc;
  }
  *out = app;
  return 0;
}

green_pool *green_app_pool(const green_app *app) {
  return app->pool;
}

static int list_add(struct green__list *list, green_handler function, void *arg) {
  if (!function) return green_fail(GREEN_EINVAL, "middleware of an application: no function");
  if (list->count == list->room) {
    size_t room = list->room ? list->room * 2 : 4;
    struct green__middleware *at = green__realloc(list->at, room * sizeof *at);
    if (!at) return GREEN_ENOMEM;
    list->at = at;
    list->room = room;
  }
  list->at[list->count++] = (struct green__middleware){function, arg};
  return 0;
}

int green_app_use(green_app *app, green_handler function, void *arg) {
  return list_add(&app->before, function, arg);
}

int green_app_use_after(green_app *app, green_handler function, void *arg) {
  return list_add(&app->after, function, arg);
}

int green_app_route(green_app *app, const char *method, const char *path, green_handler function,
                    void *arg) {
  return green__routes_add(&app->routes, method, path, function, arg, NULL);
}

/* ---- the end --------------------------------------------------------------------------------- */

void green__app_release(green_app *app) {
  if (--app->references) return;
  green__exchanges_trim(app);
  green__routes_free(&app->routes);
  green__policy_free(&app->policy);
  green__free(app->before.at);
  green__free(app->after.at);
  if (!app->options.pool) green_pool_release(app->pool);
  if (app->shutdown) green_future_status(app->shutdown); /* nobody else looks */
  green_future_release(app->shutdown);
  green__free(app);
}

static void pool_gone(green_future *future, void *arg) {
  green_app *app = arg;
  (void)future;
  green__future_complete(app->shutdown, 0, NULL, NULL, NULL);
  green__app_release(app);
}

/* If the application is being shut down and has no exchange left, shuts its pool down too. */
static void app_settle(green_app *app) {
  if (!app->shutdown || app->live || app->closing) return;
  app->closing = true;
  if (app->options.pool) {
    green__future_complete(app->shutdown, 0, NULL, NULL, NULL);
    return;
  }
  green_future *gone = green_pool_shutdown(app->pool);
  int rc = green_future_on_done(gone, pool_gone, app);
  if (rc == 0)
    app->references++;
  else
    green__future_complete(app->shutdown, rc, NULL, NULL, NULL);
  green_future_release(gone);
}

void green__app_ended(green_app *app) {
  app->live--;
  app_settle(app);
  green__app_release(app);
}

green_future *green_app_shutdown(green_app *app) {
  if (!app->shutdown) {
    app->shutdown = green__future_make(1);
    if (!app->shutdown) app->shutdown = green__future_failed(GREEN_ENOMEM, NULL);
    app_settle(app);
  }
  return green_future_retain(app->shutdown);
}

void green_app_release(green_app *app) {
  if (!app) return;
  green__handle_released(app, __func__);
  green_future *ended = green_app_shutdown(app);
  green_future_status(ended); /* nobody else looks */
  green_future_release(ended);
  green__app_release(app);
}
