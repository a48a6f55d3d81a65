/* Servers: opened, shut down, and libmicrohttpd's daemon on the loop.
 *
 * The daemon has an epoll descriptor, which the loop polls. look() lets it do what there is to do:
 * when that descriptor is readable, when something asked for it (`soon`), and now and then while
 * there are connections (`tick`), for what takes too long.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <greenio/file.h>
#include <greenio/names.h>
#include <greenio/signal.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"
#include "net/names_uv.h"
#include "options.h"
#include "server.h"

GREEN__SHARED_USE;

#define LONGEST_TICK  1000
#define SHORTEST_TICK 20
#define MOST_PEM      ((size_t)1 << 20)

/* ---- the end --------------------------------------------------------------------------------- */

static void server_release(struct green_server *server) {
  if (--server->references) return;
  green_future_status(server->closed); /* has looked at it */
  green_future_release(server->closed);
  green__free(server->path);
  green__free(server);
}

static void on_closed(uv_handle_t *handle) {
  struct green_server *server = handle->data;
  if (--server->handles) return;
  close(server->watch);
  server_release(server);
}

/* Those that were opened. */
static void handle_close(struct green_server *server, void *handle) {
  if (!((uv_handle_t *)handle)->data) return;
  server->handles++;
  uv_close(handle, on_closed);
}

static void stop_listening(struct green_server *server) {
  if (server->listener < 0) return;
  MHD_quiesce_daemon(server->daemon);
  close(server->listener);
  server->listener = -1;
  if (server->path) unlink(server->path);
}

/* Breaks off what is under way. */
static void cut_all(struct green_server *server) {
  struct green__connection *connection = server->connections;
  for (; connection; connection = connection->next) {
    struct green__request *request = connection->request;
    if (!request) {
      green__connection_cut(connection);
    } else if (!request->gone) {
      server->cut = true;
      green__request_abandon(request);
    }
  }
}

static void resume_roused(struct green_server *server) {
  struct green__request *request;
  while ((request = server->roused)) {
    server->roused = request->roused_next;
    request->roused = false;
    if (!request->suspended) continue;
    request->suspended = false;
    MHD_resume_connection(request->mhd);
  }
}

/* There is no connection any more, or there must not be. */
static void stop(struct green_server *server) {
  stop_listening(server);
  cut_all(server);
  resume_roused(server);
  MHD_stop_daemon(server->daemon);
  server->daemon = NULL;
  green__lingers_end(server);
  handle_close(server, &server->readable);
  handle_close(server, &server->hangups);
  handle_close(server, &server->soon);
  handle_close(server, &server->tick);
  handle_close(server, &server->deadline);
  if (server->cut)
    green_reject(server->closed, GREEN_ETIMEDOUT, "requests were cut off when the server ended");
  else
    green_resolve(server->closed, NULL, NULL);
  if (!server->runtime) return;
  green__at_close_remove(server->runtime, &server->closer);
  green_unhold();
}

static void on_runtime_close(struct green__closer *closer) {
  struct green_server *server = green__container_of(closer, struct green_server, closer);
  server->runtime = NULL;
  stop(server);
}

/* ---- the loop -------------------------------------------------------------------------------- */

static void on_tick(uv_timer_t *timer);
static void on_soon(uv_idle_t *idle);

static uint64_t tick_time(const struct green_server *server) {
  uint64_t time = server->idle_timeout / 4000000;
  if (time < SHORTEST_TICK) return SHORTEST_TICK;
  return time < LONGEST_TICK ? time : LONGEST_TICK;
}

static void look(struct green_server *server) {
  MHD_UNSIGNED_LONG_LONG left;
  if (server->draining) {
    stop_listening(server);
    green__connections_expire(server, true);
  }
  uv_idle_stop(&server->soon);
  resume_roused(server);
  MHD_run(server->daemon);
  if (server->draining && !server->connection_count) {
    stop(server);
    return;
  }
  if (MHD_get_timeout(server->daemon, &left) == MHD_YES && !left) {
    green__server_soon(server);
    green__stalls_look(server);
  }
  bool ticking = uv_is_active((uv_handle_t *)&server->tick);
  if (ticking != !!server->connection_count) {
    uint64_t time = tick_time(server);
    if (ticking)
      uv_timer_stop(&server->tick);
    else
      uv_timer_start(&server->tick, on_tick, time, time);
  }
}

static void on_soon(uv_idle_t *idle) {
  look(idle->data);
}

static void on_readable(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  look(poll->data);
}

static void on_hangups(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  green__connections_hangups(poll->data);
}

static void on_tick(uv_timer_t *timer) {
  green__connections_expire(timer->data, false);
  green__stalls_expire(timer->data);
  look(timer->data);
}

static void on_deadline(uv_timer_t *timer) {
  struct green_server *server = timer->data;
  cut_all(server);
  green__server_soon(server);
}

void green__server_soon(struct green_server *server) {
  if (server->daemon) uv_idle_start(&server->soon, on_soon);
}

void green__server_rouse(void *arg) {
  struct green__request *request = arg;
  struct green_server *server = request->connection->server;
  if (request->roused) return;
  request->roused = true;
  request->roused_next = server->roused;
  server->roused = request;
  green__server_soon(server);
}

/* ---- the beginning --------------------------------------------------------------------------- */

/* What opening needs beside the server: it is done on the host's own stack, which TLS needs. */
struct opening {
  struct green_server *server;
  green_server_options options; /* with defaults */
  char *certificate, *key;      /* PEM, or NULL */
  green_future *opened;
};

/* Nothing in a target is decoded here. */
static size_t leave_escaped(void *arg, struct MHD_Connection *mhd, char *text) {
  (void)arg;
  (void)mhd;
  return strlen(text);
}

/* Rounded up; what libmicrohttpd cannot hold is for ever. */
static unsigned whole_seconds(uint64_t milliseconds) {
  uint64_t seconds = milliseconds / 1000 + (milliseconds % 1000 != 0);
  return seconds < INT_MAX ? (unsigned)seconds : 0;
}

static struct MHD_Daemon *daemon_start(struct opening *opening) {
  struct green_server *server = opening->server;
  const green_server_options *options = &opening->options;
  unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO;
  struct MHD_OptionItem list[20], *item = list;
  *item++ = (struct MHD_OptionItem){MHD_OPTION_LISTEN_SOCKET, server->listener, NULL};
  *item++ = (struct MHD_OptionItem){MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)green__request_completed,
                                    server};
  *item++ = (struct MHD_OptionItem){MHD_OPTION_NOTIFY_CONNECTION,
                                    (intptr_t)green__connection_notify, server};
  *item++ =
      (struct MHD_OptionItem){MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)green__request_line, server};
  *item++ = (struct MHD_OptionItem){MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)leave_escaped, NULL};
  *item++ = (struct MHD_OptionItem){MHD_OPTION_CONNECTION_LIMIT, options->max_connections, NULL};
  *item++ = (struct MHD_OptionItem){MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                                    options->max_connections_per_address, NULL};
  *item++ = (struct MHD_OptionItem){MHD_OPTION_CONNECTION_TIMEOUT,
                                    whole_seconds(options->idle_timeout), NULL};
  *item++ = (struct MHD_OptionItem){MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                    (intptr_t)(options->max_head + GREEN__POOL_REST), NULL};
#if MHD_VERSION >= 0x00097601
  *item++ = (struct MHD_OptionItem){MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1, NULL};
#else
  *item++ = (struct MHD_OptionItem){MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL};
#endif
  if (server->secure) {
    flags |= MHD_USE_TLS;
    *item++ = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, opening->certificate};
    *item++ = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, opening->key};
  }
  *item = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
  return MHD_start_daemon(flags, 0, NULL, NULL, green__request_access, server, MHD_OPTION_ARRAY,
                          list, MHD_OPTION_END);
}

/* What does not come to be is closed by stop(), for which `data` tells. */
static int handles_open(struct green_server *server) {
  uv_loop_t *loop = green_uv_loop();
  int epoll = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  uv_idle_init(loop, &server->soon);
  uv_timer_init(loop, &server->tick);
  uv_timer_init(loop, &server->deadline);
  server->soon.data = server->tick.data = server->deadline.data = server;
  if (uv_poll_init(loop, &server->readable, epoll) < 0) return GREEN_ENOMEM;
  server->readable.data = server;
  if (uv_poll_init(loop, &server->hangups, server->watch) < 0) return GREEN_ENOMEM;
  server->hangups.data = server;
  int rc = uv_poll_start(&server->readable, UV_READABLE, on_readable);
  if (rc == 0) rc = uv_poll_start(&server->hangups, UV_READABLE, on_hangups);
  return rc < 0 ? GREEN_ENOMEM : 0;
}

/* On the host's stack. */
static int start(struct opening *opening) {
  struct green_server *server = opening->server;
  server->watch = epoll_create1(EPOLL_CLOEXEC);
  if (server->watch < 0) return errno == ENOMEM ? GREEN_ENOMEM : GREEN_EMFILE;
  server->daemon = daemon_start(opening);
  if (!server->daemon) {
    server->listener = -1; /* closed by libmicrohttpd */
    if (server->path) unlink(server->path);
    close(server->watch);
    return server->secure ? GREEN_ETLS : GREEN_ENOMEM;
  }
  server->references++;
  server->runtime = green__runtime_own();
  server->closer.close = on_runtime_close;
  green__at_close(server->runtime, &server->closer);
  green_hold();
  int rc = handles_open(server);
  if (rc < 0) stop(server);
  return rc;
}

static void start_on_host(void *arg) {
  struct opening *opening = arg;
  int rc = start(opening);
  if (rc < 0)
    green_reject(opening->opened, rc, NULL);
  else
    green_resolve(opening->opened, NULL, NULL);
}

static int start_and_wait(struct opening *opening) {
  int rc = green_future_new(&opening->opened);
  if (rc < 0) return rc;
  rc = green_post(green_runtime_current(), start_on_host, opening);
  GREEN_SHIELD {
    if (rc == 0) rc = green_wait(opening->opened);
  }
  green_future_release(opening->opened);
  if (rc == GREEN_ETLS)
    return green_fail(rc, "%s is not a certificate with its key, or libmicrohttpd has no TLS",
                      opening->options.certificate);
  return rc;
}

/* ---- options --------------------------------------------------------------------------------- */

static int read_whole(green_file *file, char **out) {
  green_file_status status;
  int rc = green_file_stat(file, &status);
  if (rc < 0) return rc;
  if (status.size > MOST_PEM) return GREEN_EFBIG;
  char *text = green__alloc((size_t)status.size + 1);
  if (!text) return GREEN_ENOMEM;
  rc = green_file_read(file, text, (size_t)status.size, 0);
  if (rc >= 0) {
    text[rc] = '\0';
    *out = text;
    return 0;
  }
  green__free(text);
  return rc;
}

static int read_pem(const char *path, char **out) {
  green_file *file;
  if (!path) return 0;
  int rc = green_file_open(&file, path, GREEN_FILE_READ);
  if (rc == 0) {
    rc = read_whole(file, out);
    green_file_release(file);
  }
  return rc < 0 ? green_fail(rc, "%s: %s", path, green_strerror(rc)) : 0;
}

static int listen_at_host(const green_server_options *options) {
  green_address every = {GREEN_IPV6, options->port, "::"}, *found;
  size_t count;
  if (options->path) {
    green_address local = {.family = GREEN_UNIX};
    if (strlen(options->path) >= sizeof local.host)
      return green_fail(GREEN_EINVAL, "the path of the socket is too long");
    strcpy(local.host, options->path);
    return green__server_listen(options, &local);
  }
  if (options->host && *options->host) {
    int rc = green_address_lookup(&found, options->host, options->port, &count);
    if (rc < 0) return rc;
    rc = green__server_listen(options, &found[0]);
    green_addresses_release(found);
    return rc;
  }
  int rc = green__server_listen(options, &every);
  if (rc != GREEN_EAFNOSUPPORT && rc != GREEN_EADDRNOTAVAIL) return rc;
  every = (green_address){GREEN_IPV4, options->port, "0.0.0.0"}; /* there may be no IPv6 here */
  return green__server_listen(options, &every);
}

/* ---- the program's functions ----------------------------------------------------------------- */

static int server_new(struct green_server **out, green_app *app,
                      const green_server_options *options) {
  struct green_server *server = green__alloc(sizeof *server);
  if (!server) return GREEN_ENOMEM;
  memset(server, 0, sizeof *server);
  server->references = 1;
  server->app = app;
  server->listener = -1;
  server->max_head = options->max_head;
  server->max_headers = options->max_headers;
  server->idle_timeout = green__nanoseconds(options->idle_timeout);
  server->secure = options->certificate;
  int rc = green_future_new(&server->closed);
  if (rc == 0 && options->path) server->path = green__copy_string(options->path, SIZE_MAX - 1);
  if (rc == 0 && options->path && !server->path) rc = GREEN_ENOMEM;
  if (rc == 0) {
    *out = server;
    return 0;
  }
  green_future_release(server->closed);
  green__free(server);
  return rc;
}

static int open_with(struct opening *opening, green_app *app) {
  green_server_options *options = &opening->options;
  int rc = read_pem(options->certificate, &opening->certificate);
  if (rc == 0) rc = read_pem(options->key, &opening->key);
  if (rc == 0) rc = server_new(&opening->server, app, options);
  if (rc < 0) return rc;
  struct green_server *server = opening->server;
  rc = server->listener = listen_at_host(options);
  if (rc >= 0) rc = start_and_wait(opening);
  if (rc == 0) return 0;
  if (server->listener >= 0) {
    close(server->listener);
    if (server->path) unlink(server->path);
  }
  server_release(server);
  return rc;
}

int green_server_open(green_server **out, green_app *app, const green_server_options *options) {
  struct opening opening = {.server = NULL};
  *out = NULL;
  if (!green_current()) return GREEN_EMAIN;
  if (options) opening.options = *options;
  int rc = green__server_options(&opening.options);
  if (rc == 0) rc = open_with(&opening, app);
  if (rc == 0) *out = opening.server;
  green__free(opening.certificate);
  green__free(opening.key);
  return rc;
}

int green_server_address(const green_server *server, green_address *out) {
  union {
    struct sockaddr any;
    struct sockaddr_storage room;
  } address;
  socklen_t size = sizeof address;
  memset(out, 0, sizeof *out);
  if (server->listener < 0 || server->draining) return GREEN_ECLOSED;
  if (getsockname(server->listener, &address.any, &size) < 0) return green_status_from_errno(errno);
  return green__address_from_system(&address.any, out);
}

unsigned green_server_connection_count(const green_server *server) {
  return server->connection_count;
}

green_future *green_server_shutdown(green_server *server, uint64_t milliseconds) {
  if (server->daemon) {
    server->draining = true;
    uv_timer_start(&server->deadline, on_deadline, milliseconds, 0);
    green__server_soon(server);
  }
  return green_future_retain(server->closed);
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
  server_release(server);
}
