/* Servers: opened, shut down, and their end, which is when the last of their tasks has ended. */
#include <string.h>
#include <greenio/runtime.h>
#include <greenio/signal.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"
#include "server.h"
#include "server/options.h"

GREEN__SHARED_USE;

/* ---- the end --------------------------------------------------------------------------------- */

void green__server_unref(struct green_server *server) {
  if (--server->references) return;
  if (server->closed) green_future_status(server->closed); /* has looked at it */
  green_future_release(server->closed);
  green_future_release(server->acceptor);
  green_listener_release(server->listener);
  green_tls_release(server->tls);
  green__buffers_trim(server);
  green__free(server->addresses);
  green__free(server->scratch);
  green__free(server);
}

/* Those that the client has not left anything to wait for. One that has become something else may be gone
 * then, and the server too with the last of them. */
static void tell_all(struct green_server *server, unsigned what, bool lingering) {
  struct green__connection *next;
  for (struct green__connection *connection = server->connections; connection; connection = next) {
    next = connection->next;
    if (lingering && !connection->lingering) continue;
    if (what == GREEN__CUT && connection->exchange) server->cut = true;
    green__connection_tell(connection, what);
  }
}

static void server_over(struct green_server *server) {
  server->over = true;
  green__timer_clear(server->runtime, &server->tick);
  green__timer_clear(server->runtime, &server->deadline);
  green__at_close_remove(server->runtime, &server->closer);
  server->runtime = NULL;
  if (server->cut)
    green_reject(server->closed, GREEN_ETIMEDOUT, "requests were cut off when the server ended");
  else
    green_resolve(server->closed, NULL, NULL);
  green_unhold();
  green__server_unref(server);
}

void green__server_settle(struct green_server *server) {
  if (!server->draining || server->accepting || server->over) return;
  if (server->connection_count > server->lingering_count) return;
  if (server->connection_count)
    tell_all(server, GREEN__CUT, true);
  else
    server_over(server);
}

/* A runtime ends when its last task has: the server has none any more. */
static void on_runtime_close(struct green__closer *closer) {
  struct green_server *server = green__container_of(closer, struct green_server, closer);
  server->runtime = NULL;
  server->over = server->draining = true;
  green_resolve(server->closed, NULL, NULL);
  green__server_unref(server);
}

static void on_deadline(struct green__timer *deadline) {
  struct green_server *server = green__container_of(deadline, struct green_server, deadline);
  server->hurried = true;
  tell_all(server, GREEN__CUT, false);
}

green_future *green_server_shutdown(green_server *server, uint64_t milliseconds) {
  if (!server->over) {
    bool first = !server->draining;
    server->draining = true;
    green__timer_set(server->runtime, &server->deadline, green__due_in(milliseconds));
    if (first) {
      green_cancel(server->acceptor);
      tell_all(server, GREEN__ENDING, false);
    }
  }
  return green_future_retain(server->closed);
}

/* ---- the beginning --------------------------------------------------------------------------- */

static int server_secure(struct green_server *server, const char *certificate, const char *key) {
  green_tls_options how = {.certificate = certificate, .key = key, .alpn = "http/1.1"};
  int rc =
      server->tls ? green_tls_set_options(server->tls, &how) : green_tls_new(&server->tls, &how);
  if (rc != GREEN_ETLS) return rc;
  return green_fail(rc, "%s is not a certificate with its key: %s", certificate, green_message());
}

static int server_listen(struct green_server *server, const green_server_options *options) {
  green_listener_options how = {.backlog = options->backlog};
  if (options->path) return green_listener_open_unix(&server->listener, options->path, &how);
  if (options->share_port)
    return green__listener_open_shared(&server->listener, options->host, options->port, &how);
  return green_listener_open(&server->listener, options->host, options->port, &how);
}

static int server_alloc(struct green_server *server, const green_server_options *options) {
  size_t buckets = GREEN__BUCKETS_OF_ADDRESSES * sizeof *server->addresses;
  server->scratch = green__alloc(GREEN__SCRATCH);
  if (!server->scratch) return GREEN_ENOMEM;
  if (options->max_connections_per_address) {
    server->addresses = green__alloc(buckets);
    if (!server->addresses) return GREEN_ENOMEM;
    memset(server->addresses, 0, buckets);
  }
  return green_future_new(&server->closed);
}

static int server_new(struct green_server **out, green_app *app,
                      const green_server_options *options) {
  struct green_server *server = green__alloc(sizeof *server);
  if (!server) return GREEN_ENOMEM;
  memset(server, 0, sizeof *server);
  server->references = 1;
  server->app = app;
  server->idle_timeout = options->idle_timeout;
  server->max_head = options->max_head;
  server->max_headers = options->max_headers;
  server->max_connections = options->max_connections;
  server->max_per_address = options->max_connections_per_address;
  server->tick.fire = green__connections_expire;
  server->deadline.fire = on_deadline;
  server->closer.close = on_runtime_close;
  *out = server;
  return server_alloc(server, options);
}

/* From here on it ends by server_over(). */
static int server_start(struct green_server *server) {
  int rc = green_hold();
  if (rc < 0) return rc;
  server->acceptor = green_spawn(green__server_accept, server);
  if (green_done(server->acceptor)) {
    green_unhold();
    return green_future_status(server->acceptor);
  }
  server->references += 2; /* the task's, and the runtime's */
  server->accepting = true;
  server->runtime = green__runtime_own();
  green__at_close(server->runtime, &server->closer);
  return 0;
}

int green_server_open(green_server **out, green_app *app, const green_server_options *given) {
  green_server_options options = given ? *given : (green_server_options){0};
  struct green_server *server = NULL;
  *out = NULL;
  if (!green_current()) return GREEN_EMAIN;
  if (!app) return green_fail(GREEN_EINVAL, "green_server_open: no application");
  int rc = green__server_options(&options);
  if (rc == 0) rc = server_new(&server, app, &options);
  if (rc == 0 && options.certificate) rc = server_secure(server, options.certificate, options.key);
  if (rc == 0) rc = server_listen(server, &options);
  if (rc == 0) rc = server_start(server);
  if (rc == 0)
    *out = server;
  else if (server)
    green__server_unref(server);
  return rc;
}

/* ---- the program's other functions ----------------------------------------------------------- */

int green_server_set_certificate(green_server *server, const char *certificate, const char *key) {
  if (server->draining) return GREEN_ECLOSED;
  if (!server->tls || !certificate)
    return green_fail(GREEN_EINVAL, "green_server_set_certificate: %s",
                      certificate ? "the server has no TLS" : "no certificate");
  return server_secure(server, certificate, key ? key : certificate);
}

int green_server_address(const green_server *server, green_address *out) {
  memset(out, 0, sizeof *out);
  if (server->draining) return GREEN_ECLOSED;
  return green_listener_address(server->listener, out);
}

unsigned green_server_connection_count(const green_server *server) {
  return server->connection_count;
}

int green_server_wait(green_server *server, uint64_t drain) {
  green_future *any[3] = {server->closed, NULL, NULL};
  int rc = green_signal(&any[1], SIGTERM);
  if (rc == 0) rc = green_signal(&any[2], SIGINT);
  if (rc == 0) rc = green_wait_any(any, 3);
  for (int i = 1; i < 3; i++) {
    if (any[i]) green_cancel(any[i]);
    green_future_release(any[i]);
  }
  if (rc == GREEN_EMAIN || rc == GREEN_ENESTED || rc == GREEN_ENOMEM) return rc;
  if (rc != 0) green_future_release(green_server_shutdown(server, drain));
  int ended = GREEN_OK;
  GREEN_SHIELD {
    ended = green_wait(server->closed);
  }
  return rc < 0 ? rc : ended;
}

void green_server_release(green_server *server) {
  if (!server) return;
  green__handle_released(server, __func__);
  green_future_release(green_server_shutdown(server, 0));
  green__server_unref(server);
}
