/* The native HTTP client: libcurl's multi socket interface on the runtime's libuv loop.
 *
 * libcurl says which sockets to watch and when to call it next; here each socket is a uv_poll
 * handle and the time a timer of the runtime. Both are there only while requests are under way, so
 * that an idle client keeps nothing alive.
 */
#include "http_curl.h"

#include <pthread.h>
#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include <greenio/uv.h>
#include "core/memory.h"
#include "system_sigpipe.h"

const size_t green__transfer_size = sizeof(struct green__curl_transfer);
const size_t green__client_size = sizeof(struct green_http_client);
const bool green__http_needs_host_stack = true;

struct green__curl_watch {
  uv_poll_t poll;
  green_http_client *client;
  curl_socket_t socket;
  struct green__curl_watch *next, *previous;
};

/* The thread's client for requests that name none; it ends with the runtime. */
static _Thread_local green_http_client *own_client;

/* ---- transfers in the multi handle ---- */

static void transfer_link(struct green__curl_transfer *transfer) {
  green_http_client *client = transfer->base.client;
  green__list_add(client->running, transfer, next, previous);
  transfer->running = true;
}

static void finished(green_http_client *client, CURL *easy, CURLcode code) {
  for (struct green__curl_foreign *foreign = client->foreign; foreign; foreign = foreign->next) {
    if (foreign->easy != easy) continue;
    green__curl_foreign_end(client, foreign, (int)code);
    return;
  }
  struct green__curl_transfer *transfer;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
  green__curl_complete(transfer, code);
}

/* Ends what libcurl has finished, and everything if a socket could not be watched. */
static void client_settle(green_http_client *client) {
  int left;
  CURLMsg *message;
  while ((message = curl_multi_info_read(client->multi, &left)))
    finished(client, message->easy_handle, message->data.result);
  while (client->starved && client->running)
    green__transfer_end(&client->running->base, client->starved, NULL);
  while (client->starved && client->foreign)
    green__curl_foreign_end(client, client->foreign, client->starved);
  client->starved = 0;
}

static void client_unhold(green_http_client *client);

static void drive(green_http_client *client, curl_socket_t socket, int events) {
  int running;
  struct green__sigpipe guard = green__sigpipe_block();
  client->base.references++; /* its last transfer may end here */
  curl_multi_socket_action(client->multi, socket, events, &running);
  client_settle(client);
  green__sigpipe_restore(&guard);
  client_unhold(client);
}

void green__curl_drive(green_http_client *client) {
  drive(client, CURL_SOCKET_TIMEOUT, 0);
}

/* ---- sockets and time ---- */

static void on_watch(uv_poll_t *poll, int status, int events) {
  struct green__curl_watch *watch = (struct green__curl_watch *)poll;
  int action = status < 0 ? CURL_CSELECT_ERR : 0;
  if (events & UV_READABLE) action |= CURL_CSELECT_IN;
  if (events & UV_WRITABLE) action |= CURL_CSELECT_OUT;
  struct green_runtime *runtime = watch->client->runtime;
  bool outside = green__host_callback_begin(runtime);
  drive(watch->client, watch->socket, action);
  green__host_callback_end(runtime, outside);
}

static void watch_freed(uv_handle_t *handle) {
  green__free(handle);
}

static void watch_close(struct green__curl_watch *watch) {
  green__list_remove(watch->client->watches, watch, next, previous);
  uv_close((uv_handle_t *)&watch->poll, watch_freed);
}

/* Out of memory or of what the loop can watch: NULL. */
static struct green__curl_watch *watch_new(green_http_client *client, curl_socket_t socket) {
  uv_loop_t *loop = green_uv_loop();
  struct green__curl_watch *watch = loop ? green__alloc(sizeof *watch) : NULL;
  if (!watch) return NULL;
  if (uv_poll_init_socket(loop, &watch->poll, socket) < 0) {
    green__free(watch);
    return NULL;
  }
  watch->client = client;
  watch->socket = socket;
  green__list_add(client->watches, watch, next, previous);
  curl_multi_assign(client->multi, socket, watch);
  return watch;
}

static void starve(green_http_client *client) {
  client->starved = GREEN_ENOMEM;
  green__timer_set(client->runtime, &client->timer, green_now());
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *arg, void *assigned) {
  green_http_client *client = arg;
  struct green__curl_watch *watch = assigned;
  (void)easy;
  if (what == CURL_POLL_REMOVE) {
    if (watch) watch_close(watch);
    return 0;
  }
  if (!watch) watch = watch_new(client, socket);
  int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
  if (!watch || uv_poll_start(&watch->poll, events, on_watch) < 0) starve(client);
  return 0;
}

static void on_due(struct green__timer *timer) {
  green_http_client *client = green__container_of(timer, struct green_http_client, timer);
  drive(client, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *multi, long milliseconds, void *arg) {
  green_http_client *client = arg;
  (void)multi;
  if (client->starved) return 0;
  if (milliseconds < 0)
    green__timer_clear(client->runtime, &client->timer);
  else
    green__timer_set(client->runtime, &client->timer, green__due_in((uint64_t)milliseconds));
  return 0;
}

/* ---- clients ---- */

static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static CURLcode global_code;

static void global_open(void) {
  global_code = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* Ends the multi handle and with it all connections. No transfer is under way. */
static void multi_close(green_http_client *client) {
  if (!client->multi) return;
  struct green__sigpipe guard = green__sigpipe_block();
  green__timer_clear(client->runtime, &client->timer);
  curl_multi_cleanup(client->multi);
  green__curl_sockets_forget(client);
  client->multi = NULL;
  green__timer_clear(client->runtime, &client->timer);
  while (client->watches) watch_close(client->watches);
  green__sigpipe_restore(&guard);
}

static void client_free(green_http_client *client) {
  multi_close(client);
  if (client->runtime) green__at_close_remove(client->runtime, &client->closer);
  curl_share_cleanup(client->cookies);
  green__client_free(&client->base);
}

static void on_release(struct green__timer *timer) {
  client_free(green__container_of(timer, struct green_http_client, timer));
}

/* A client without references may be driven until its timer fires: then this ends it. */
static void client_unhold(green_http_client *client) {
  if (--client->base.references) return;
  if (client->multi && green_current()) {
    client->timer.fire = on_release;
    green__timer_set(client->runtime, &client->timer, green_now());
  } else {
    client_free(client);
  }
}

static void client_on_runtime_close(struct green__closer *closer) {
  green_http_client *client = green__container_of(closer, struct green_http_client, closer);
  client->base.references++; /* transfers that end here hold it */
  while (client->running) green__transfer_end(&client->running->base, GREEN_ECLOSED, NULL);
  multi_close(client);
  client->runtime = NULL;
  if (client == own_client) {
    own_client = NULL;
    client->base.references--;
  }
  client_unhold(client);
}

/* From here on the client is told when the runtime closes. */
static void client_attach(green_http_client *client) {
  if (client->runtime) return;
  client->runtime = green__runtime_own();
  client->closer.close = client_on_runtime_close;
  green__at_close(client->runtime, &client->closer);
}

/* The multi handle, made if there is none; on the host's stack. */
static int multi_open(green_http_client *client) {
  const green_http_client_options *options = &client->base.options;
  if (client->multi) return 0;
  pthread_once(&global_once, global_open);
  if (global_code != CURLE_OK) return GREEN_EIO;
  if (options->cookies && !client->cookies) {
    client->cookies = curl_share_init();
    if (!client->cookies) return GREEN_ENOMEM;
    curl_share_setopt(client->cookies, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
  }
  client->multi = curl_multi_init();
  if (!client->multi) return GREEN_ENOMEM;
  curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
  curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
  /* a connection carries one transfer at a time, so that closing it ends that one alone */
  curl_multi_setopt(client->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
  curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)options->host_connections);
  client->timer.fire = on_due;
  client_attach(client);
  return 0;
}

/* Schannel takes a key in the certificate's file alone. */
const char *green__client_lacks(const green_http_client_options *options) {
  const char *tls = options->key ? curl_version_info(CURLVERSION_NOW)->ssl_version : NULL;
  return tls && strstr(tls, "Schannel") ? "key" : NULL;
}

bool green__counts_redirects(int most) {
  (void)most;
  return true;
}

/* libcurl sends what it is given. */
const char *green__header_lacks(const char *name, const char *value) {
  (void)name, (void)value;
  return NULL;
}

green_http_client *green__http_client_take(green_http_client *client) {
  if (!client) {
    if (own_client && own_client->runtime != green__runtime_own())
      own_client = NULL; /* of the process that this one was forked from */
    if (!own_client && green_http_client_new(&own_client, NULL) < 0) return NULL;
    client = own_client;
    client_attach(client);
  }
  client->base.references++;
  return client;
}

void green_http_client_release(green_http_client *client) {
  if (!client) return;
  green__handle_used(client, __func__);
  if (client->base.references == 1) green__handle_released(client, __func__);
  client_unhold(client); /* the program's, or a request's */
}

/* ---- transfers ---- */

int green__curl_add(green_http_client *client, CURL *easy) {
  int rc = multi_open(client);
  if (rc < 0) return rc;
  CURLMcode code = curl_multi_add_handle(client->multi, easy);
  if (code == CURLM_OK) return 0;
  return code == CURLM_ADDED_ALREADY ? GREEN_EBUSY : GREEN_ENOMEM;
}

void green__curl_remove(green_http_client *client, CURL *easy) {
  struct green__sigpipe guard = green__sigpipe_block();
  curl_multi_remove_handle(client->multi, easy);
  green__sigpipe_restore(&guard);
}

void green__host_transfer_start(struct green__transfer *base) {
  struct green__curl_transfer *transfer = (struct green__curl_transfer *)base;
  green_http_client *client = base->client;
  int rc = multi_open(client);
  CURLcode code = rc == 0 ? green__curl_easy_make(transfer) : CURLE_OK;
  if (rc == 0 && code == CURLE_OK) rc = green__curl_add(client, transfer->easy);
  if (rc < 0) {
    green__transfer_end(base, rc, NULL);
  } else if (code != CURLE_OK) {
    green__curl_complete(transfer, code);
  } else {
    transfer_link(transfer);
    green__curl_drive(client);
  }
}

/* It stays in `running`, and libcurl's timer lets it begin. */
int green__curl_again(struct green__curl_transfer *transfer, CURLcode *code) {
  green__curl_remove(transfer->base.client, transfer->easy);
  green__curl_easy_free(transfer);
  *code = green__curl_easy_make(transfer);
  return *code == CURLE_OK ? green__curl_add(transfer->base.client, transfer->easy) : 0;
}

void green__host_transfer_resume(struct green__transfer *base) {
  struct green__curl_transfer *transfer = (struct green__curl_transfer *)base;
  green_http_client *client = base->client;
  if (!transfer->running) return;
  if (!base->wanting) transfer->sending_paused = false;
  if (!base->full) transfer->receiving_paused = false;
  struct green__sigpipe guard = green__sigpipe_block();
  CURLcode code =
      curl_easy_pause(transfer->easy, (transfer->sending_paused ? CURLPAUSE_SEND : 0) |
                                          (transfer->receiving_paused ? CURLPAUSE_RECV : 0));
  green__sigpipe_restore(&guard);
  if (code == CURLE_OK)
    green__curl_drive(client);
  else
    green__curl_complete(transfer, code);
}

/* Its connection is kept if the response was whole, else closed: over HTTP/2 libcurl would keep it,
 * and the server might not learn that nobody listens any more. */
void green__host_transfer_halt(struct green__transfer *base) {
  struct green__curl_transfer *transfer = (struct green__curl_transfer *)base;
  if (transfer->running) {
    green__list_remove(base->client->running, transfer, next, previous);
    transfer->running = false;
    if (!base->ended || base->status < 0)
      curl_easy_setopt(transfer->easy, CURLOPT_FORBID_REUSE, 1L);
    green__curl_remove(base->client, transfer->easy);
  }
  green__curl_easy_free(transfer);
  green__transfer_release(base);
}
