/* The HTTP server of JavaScript hosts: node:http in Node, elsewhere module.green.app.fetch() alone.
 * server.mjs does the work; it knows a server by its address. */
#include <limits.h>
#include <string.h>
#include <emscripten/emscripten.h>
#include <greenio/runtime.h>
#include <greenio/server.h>
#include <greenio/signal.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "app/app_js.h"
#include "core/memory.h"
#include "core/wait.h"
#include "loop.h"
#include "net/net.h"
#include "server/options.h"

struct green_server {
  unsigned references; /* the program, and JavaScript */
  bool stopped;        /* JavaScript knows it no more */
  green_app *app;
  green_future *opened, *closed;
  struct green_runtime *runtime;
  struct green__closer closer;
};

/* What JavaScript calls of app_js.c is then linked too. */
static struct green__js_outcome *(*const exchanges)(void)
    __attribute__((used)) = green__js_app_outcome;

/* 0: green__js_server_opened() will be called; a status. */
bool green__js_server_listens(void); /* this host has something to listen on */
int green__js_server_open(green_server *server, green_app *app,
                          const green_server_options *options);
int green__js_server_address(const green_server *server, char *host, int size); /* the port */
int green__js_server_connections(const green_server *server);
void green__js_server_shutdown(green_server *server, double milliseconds);
void green__js_server_drop(green_server *server); /* C is told nothing more */
/* 0, or a status with a message in `text`, which goes on as rest_of() says. */
int green__js_server_certificate(green_server *server, const char *certificate, const char *key,
                                 char *text, int size);

static void release(green_server *server) {
  if (--server->references) return;
  green_future_release(server->opened);
  green_future_status(server->closed); /* has looked at it */
  green_future_release(server->closed);
  green__free(server);
}

static void server_stop(green_server *server, int status) {
  if (server->stopped) return;
  server->stopped = true;
  if (status < 0)
    green_reject(server->closed, status,
                 status == GREEN_ETIMEDOUT ? "requests were cut off when the server ended" : NULL);
  else
    green_resolve(server->closed, NULL, NULL);
  if (server->runtime) {
    green__at_close_remove(server->runtime, &server->closer);
    green_unhold();
  }
  release(server);
}

/* For what failed, which JavaScript gives: the rest of the sentence, where that is not whole. */
static const char *rest_of(int status) {
  return status == GREEN_ETLS ? "" : green_strerror(status);
}

/* ---- from JavaScript ------------------------------------------------------------------------- */

EMSCRIPTEN_KEEPALIVE int green__js_server_opened(green_server *server, int status,
                                                 const char *message) {
  green__loop_entered();
  if (status < 0)
    green_reject(server->opened, status, status == GREEN_ETLS ? "%s%s" : "%s: %s", message,
                 rest_of(status));
  else
    green_resolve(server->opened, NULL, NULL);
  return green__loop_left();
}

EMSCRIPTEN_KEEPALIVE int green__js_server_closed(green_server *server, bool cut) {
  green__loop_entered();
  server_stop(server, cut ? GREEN_ETIMEDOUT : 0);
  return green__loop_left();
}

static void on_runtime_close(struct green__closer *closer) {
  green_server *server = green__container_of(closer, green_server, closer);
  server->runtime = NULL;
  green__js_server_drop(server);
  server_stop(server, 0);
}

/* ---- opening --------------------------------------------------------------------------------- */

static int server_new(green_server **out, green_app *app) {
  green_server *server = green__alloc(sizeof *server);
  if (!server) return GREEN_ENOMEM;
  memset(server, 0, sizeof *server);
  server->references = 1;
  server->app = app;
  server->runtime = green__runtime_own();
  server->closer.close = on_runtime_close;
  int rc = green_future_new(&server->opened);
  if (rc == 0) rc = green_future_new(&server->closed);
  if (rc < 0) release(server);
  if (rc == 0) *out = server;
  return rc;
}

/* An interruption waits until the server is open, and then closes it. */
static int wait_until_open(green_server *server) {
  int rc = green_wait(server->opened);
  if (rc == 0) return 0;
  if (green_done(server->opened) && green_future_status(server->opened) < 0) return rc;
  GREEN_SHIELD {
    if (green_wait(server->opened) == 0) green_future_release(green_server_shutdown(server, 0));
  }
  return rc;
}

/* Where fetch() alone is answered, host and port mean nothing, as green_server_address() says. */
static int refuse_limits(const green_server_options *given) {
  const struct {
    const char *name;
    bool given;
  } options[] = {
      {"path", given->path},
      {"share_port", given->share_port},
      {"backlog", given->backlog},
      {"max_connections", given->max_connections},
      {"max_connections_per_address", given->max_connections_per_address},
      {"max_head", given->max_head},
      {"max_headers", given->max_headers},
      {"idle_timeout", given->idle_timeout},
      {"certificate", given->certificate},
      {"key", given->key},
  };
  for (size_t i = 0; i < sizeof options / sizeof *options; i++)
    if (options[i].given)
      return green_fail(GREEN_ENOTSUP, "%s: nothing listens here, where fetch() alone is answered",
                        options[i].name);
  return 0;
}

/* Read as words by JavaScript. */
_Static_assert(offsetof(green_server_options, max_headers) == 8 * 4, "word 8");
_Static_assert(offsetof(green_server_options, idle_timeout) == 10 * 4, "words 10 and 11");
_Static_assert(offsetof(green_server_options, key) == 13 * 4, "word 13");

int green_server_open(green_server **out, green_app *app, const green_server_options *given) {
  green_server_options options = {.host = NULL};
  green_server *server;
  *out = NULL;
  if (!green_current()) return GREEN_EMAIN;
  if (!app) return green_fail(GREEN_EINVAL, "green_server_open: no application");
  if (given) options = *given;
  int rc = green__js_server_listens() ? 0 : refuse_limits(&options);
  if (rc == 0) rc = green__server_options(&options);
  if (rc == 0) rc = server_new(&server, app);
  if (rc < 0) return rc;
  server->references++;
  green__at_close(server->runtime, &server->closer);
  green_hold();
  rc = green__js_server_open(server, app, &options);
  if (rc == GREEN_ENOTSUP) rc = green_fail(rc, "to share a port takes Node 22.12 or newer");
  if (rc == 0) rc = wait_until_open(server);
  if (rc == 0) {
    *out = server;
    return 0;
  }
  if (green_future_status(server->opened) != 0) server_stop(server, 0);
  release(server);
  return rc;
}

/* ---- what the program asks ------------------------------------------------------------------- */

int green_server_address(const green_server *server, green_address *out) {
  char host[sizeof out->host];
  memset(out, 0, sizeof *out);
  if (server->stopped) return GREEN_ECLOSED;
  int port = green__js_server_address(server, host, sizeof host);
  if (port < 0) return port;
  if (green__address_parse(host, (unsigned)port, out)) return 0;
  return green__address_local(host, out);
}

int green_server_set_certificate(green_server *server, const char *certificate, const char *key) {
  char text[PATH_MAX + 200] = "";
  if (server->stopped) return GREEN_ECLOSED;
  if (!certificate) return green_fail(GREEN_EINVAL, "green_server_set_certificate: no certificate");
  int rc =
      green__js_server_certificate(server, certificate, key ? key : certificate, text, sizeof text);
  if (rc == GREEN_EINVAL)
    return green_fail(rc, "green_server_set_certificate: the server has no TLS");
  return rc < 0 && *text ? green_fail(rc, rc == GREEN_ETLS ? "%s%s" : "%s: %s", text, rest_of(rc))
                         : rc;
}

unsigned green_server_connection_count(const green_server *server) {
  return server->stopped ? 0 : (unsigned)green__js_server_connections(server);
}

green_future *green_server_shutdown(green_server *server, uint64_t milliseconds) {
  if (!server->stopped) green__js_server_shutdown(server, (double)milliseconds);
  return green_future_retain(server->closed);
}

/* A signal that cannot be had is one that does not come. */
static int wait_for_end(green_server *server) {
  green_future *any[3] = {server->closed, NULL, NULL};
  int count = 1, rc = 0;
  static const int signals[] = {SIGTERM, SIGINT};
  for (int i = 0; i < 2 && rc == 0; i++) {
    rc = green_signal(&any[count], signals[i]);
    if (rc == 0) count++;
    if (rc == GREEN_ENOTSUP) rc = 0;
  }
  if (rc == 0) rc = green_wait_any(any, count);
  for (int i = 1; i < count; i++) {
    green_cancel(any[i]);
    green_future_release(any[i]);
  }
  return rc;
}

int green_server_wait(green_server *server, uint64_t drain) {
  int rc = wait_for_end(server), ended = 0;
  if (rc == GREEN_EMAIN || rc == GREEN_ENESTED || rc == GREEN_ENOMEM) return rc;
  if (rc != 0) green_future_release(green_server_shutdown(server, drain));
  GREEN_SHIELD {
    ended = green_wait(server->closed);
  }
  return rc < 0 ? rc : ended;
}

void green_server_release(green_server *server) {
  if (!server) return;
  green__handle_released(server, __func__);
  green_future_release(green_server_shutdown(server, 0));
  release(server);
}
