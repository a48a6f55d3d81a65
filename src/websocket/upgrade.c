/* A server's beginning: a request of WebSocket's handshake is answered with 101, and its connection
 * becomes one of messages. See app/server.h for what the application's host does then. */
#include <string.h>
#include <greenio/status.h>
#include "app/app.h"
#include "core/memory.h"
#include "upgrade.h"

/* ---- what is asked for ----------------------------------------------------------------------- */

static int refuse(green_response *response, int status, int rc, const char *why) {
  struct green__exchange *exchange = response->exchange;
  green__response_refuse(response, status);
  if (status == 426) {
    green__fields_add(&response->headers, &exchange->arena, "Upgrade", "websocket");
    green__fields_add(&response->headers, &exchange->arena, "Connection", "Upgrade");
    green__fields_add(&response->headers, &exchange->arena, "Sec-WebSocket-Version", "13");
  }
  exchange->refused = rc;
  return green_fail(rc, "no WebSocket: %s", why);
}

static bool list_has(green_request *request, const char *name, const char *word) {
  const char *list = green__request_list(request, name);
  return list && green__list_has(list, word, strlen(word), true);
}

/* The value of a header that is there once; NULL: it is not. */
static const char *only(const green_request *request, const char *name) {
  const char *value = NULL;
  for (size_t i = 0; i < request->headers.count; i++) {
    if (!green__is_name(request->headers.at[i].name, name)) continue;
    if (value) return NULL;
    value = request->headers.at[i].value;
  }
  return value;
}

/* Announced, whether or not it has come. */
static bool has_body(const green_request *request) {
  const char *size = green_request_header(request, "Content-Length");
  return (size && size[strspn(size, "0")]) || green_request_header(request, "Transfer-Encoding");
}

static bool protocols_good(green_request *request) {
  const char *asked = green__request_list(request, "Sec-WebSocket-Protocol");
  return !asked || green__is_token_list(asked);
}

static int check_handshake(green_request *request, green_response *response) {
  const char *key = only(request, "Sec-WebSocket-Key"),
             *version = only(request, "Sec-WebSocket-Version");
  if (strcmp(request->method, "GET") != 0)
    return refuse(response, 400, GREEN_EPROTO, "a handshake is GET");
  if (!list_has(request, "Upgrade", "websocket") || !list_has(request, "Connection", "Upgrade"))
    return refuse(response, 426, GREEN_EPROTO, "the request does not ask for it");
  if (!version || strcmp(version, "13") != 0)
    return refuse(response, 426, GREEN_EPROTO, "Sec-WebSocket-Version is not 13");
  if (strcmp(request->protocol, "HTTP/1.0") == 0)
    return refuse(response, 400, GREEN_EPROTO, "a handshake is of HTTP/1.1");
  if (!key || !green__is_websocket_key(key))
    return refuse(response, 400, GREEN_EPROTO, "Sec-WebSocket-Key is none");
  if (!protocols_good(request))
    return refuse(response, 400, GREEN_EPROTO, "Sec-WebSocket-Protocol is no list of tokens");
  if (has_body(request) || !request->input.ended)
    return refuse(response, 400, GREEN_EPROTO, "a handshake has no body");
  return 0;
}

/* ---- whose pages may ------------------------------------------------------------------------- */

/* An origin in parts: its scheme, and host and port without the scheme's own. */
struct origin {
  const char *scheme, *place;
  size_t scheme_size, place_size;
};

static void place_trim(struct origin *origin) {
  const char *own = green__is_word(origin->scheme, origin->scheme_size, "https")  ? ":443"
                    : green__is_word(origin->scheme, origin->scheme_size, "http") ? ":80"
                                                                                  : NULL;
  size_t size = own ? strlen(own) : 0;
  if (!own || origin->place_size <= size) return;
  if (memcmp(origin->place + origin->place_size - size, own, size) == 0) origin->place_size -= size;
}

/* False: it is none, as "null". */
static bool origin_read(struct origin *origin, const char *text, size_t size) {
  const char *colon = memchr(text, ':', size);
  if (!colon || size - (size_t)(colon - text) < 4 || memcmp(colon, "://", 3) != 0) return false;
  origin->scheme = text;
  origin->scheme_size = (size_t)(colon - text);
  origin->place = colon + 3;
  origin->place_size = size - origin->scheme_size - 3;
  place_trim(origin);
  return true;
}

static bool same_text(const char *a, size_t a_size, const char *b, size_t b_size) {
  return a_size == b_size && green__same_name(a, b, a_size);
}

/* Of the same host and port. A page of https: may come by what ends TLS before us, but none of http:
 * where we do. */
static bool is_own(const green_request *request, const char *origin) {
  const char *host = green_request_header(request, "Host");
  struct origin page;
  if (!host || !origin_read(&page, origin, strlen(origin))) return false;
  if (request->secure && green__is_word(page.scheme, page.scheme_size, "http")) return false;
  struct origin own = {page.scheme, host, page.scheme_size, strlen(host)};
  place_trim(&own);
  return same_text(page.place, page.place_size, own.place, own.place_size);
}

static bool is_listed(const char *list, const char *text) {
  const char *at = list, *end = list + strlen(list), *item;
  struct origin page, listed;
  size_t size;
  if (!origin_read(&page, text, strlen(text))) return false;
  while (green__list_next(&at, end, &item, &size))
    if (origin_read(&listed, item, size) &&
        same_text(page.scheme, page.scheme_size, listed.scheme, listed.scheme_size) &&
        same_text(page.place, page.place_size, listed.place, listed.place_size))
      return true;
  return false;
}

static bool has_origin(const green_request *request) {
  return green_request_header(request, "Origin") != NULL;
}

static bool origin_allowed(const green_request *request, const char *origins) {
  const char *origin = only(request, "Origin");
  if (!has_origin(request)) return true; /* no page */
  if (!origin) return false;
  if (!origins) return is_own(request, origin);
  return green__list_has(origins, "*", 1, false) || is_listed(origins, origin);
}

/* ---- what is agreed -------------------------------------------------------------------------- */

/* The first of the client's that is ours: 0, GREEN_ENOMEM. */
static int protocol_choose(green_websocket *ws, green_request *request, const char *ours) {
  const char *asked = green__request_list(request, "Sec-WebSocket-Protocol"), *item;
  size_t size;
  if (!asked || !ours) return 0;
  const char *at = asked, *end = asked + strlen(asked);
  while (green__list_next(&at, end, &item, &size)) {
    if (!size || !green__list_has(ours, item, size, false)) continue;
    ws->protocol = green__copy_string(item, size);
    return ws->protocol ? 0 : GREEN_ENOMEM;
  }
  return 0;
}

static int answer_make(green_request *request, green_response *response,
                       const green_websocket *ws) {
  struct green__arena *arena = &request->exchange->arena;
  char accept[GREEN__WEBSOCKET_ACCEPT + 1];
  green__websocket_accept(only(request, "Sec-WebSocket-Key"), accept);
  const char *copy = green__arena_copy(arena, accept, strlen(accept));
  const char *protocol =
      ws->protocol ? green__arena_copy(arena, ws->protocol, strlen(ws->protocol)) : NULL;
  struct green__fields *headers = &response->headers;
  if (!copy || (ws->protocol && !protocol)) return GREEN_ENOMEM;
  int rc = green__fields_add(headers, arena, "Upgrade", "websocket");
  if (rc == 0) rc = green__fields_add(headers, arena, "Connection", "Upgrade");
  if (rc == 0) rc = green__fields_add(headers, arena, "Sec-WebSocket-Accept", copy);
  if (rc == 0 && protocol)
    rc = green__fields_add(headers, arena, "Sec-WebSocket-Protocol", protocol);
  return rc;
}

/* ---- the upgrade ----------------------------------------------------------------------------- */

static struct green__websocket_upgrade *record_of(struct green__upgrade *upgrade) {
  return green__container_of(upgrade, struct green__websocket_upgrade, upgrade);
}

/* The function waits where one that writes a body does, so that it hears when the client has gone. */
static struct green__queue *starter_of(const struct green__websocket_upgrade *record) {
  return &record->exchange->response.output.writer;
}

void green__websocket_upgraded(struct green__websocket_upgrade *record, int outcome) {
  record->outcome = outcome;
  if (starter_of(record)->head) green__wake(starter_of(record)->head, 0);
}

static void upgrade_leave(struct green__upgrade *upgrade, bool at_once) {
  struct green__websocket_upgrade *record = record_of(upgrade);
  green_websocket *ws = record->ws ? record->ws : record->closing;
  if (ws) green__websocket_leave(ws, at_once);
}

/* The request's function has returned; the connection does not outlive it. */
static void upgrade_finish(struct green__upgrade *upgrade, bool failed) {
  struct green__websocket_upgrade *record = record_of(upgrade);
  green_websocket *ws = record->ws;
  record->ws = NULL;
  if (!ws) return;
  ws->gone = NULL;
  green__websocket_owe_nothing(ws);
  if (record->outcome > 0) green__websocket_begin_close(ws, failed ? 1011 : 1000, "");
  if (record->outcome > 0 && !ws->ended) {
    record->closing = ws;
    ws->known = &record->closing;
  }
  green__websocket_unref(ws);
}

static bool upgrade_is_gone(const struct green__upgrade *upgrade) {
  const struct green__websocket_upgrade *record =
      green__container_of(upgrade, const struct green__websocket_upgrade, upgrade);
  const green_websocket *ws = record->ws;
  bool never_came = record->outcome == GREEN_ECONNRESET; /* between the answer and the connection */
  return never_came || (ws && (ws->left || ws->leaving || ws->status || ws->ended));
}

static void on_gone(void *arg) {
  struct green__exchange *exchange = arg;
  if (exchange->job) green_cancel(exchange->job);
}

static struct green__websocket_upgrade *upgrade_new(struct green__exchange *exchange,
                                                    green_websocket *ws) {
  struct green__websocket_upgrade *record = green__arena_alloc(&exchange->arena, sizeof *record);
  if (!record) return NULL;
  *record = (struct green__websocket_upgrade){
      .upgrade = {green__websocket_take_over, upgrade_leave, upgrade_finish, upgrade_is_gone},
      .ws = ws,
      .exchange = exchange,
  };
  ws->references++;
  ws->serves = true;
  ws->gone = on_gone;
  ws->gone_arg = exchange;
  exchange->upgrade = &record->upgrade;
  return record;
}

/* Waits until the answer is sent and the connection is one of messages. */
static int wait_until_begun(struct green__websocket_upgrade *record) {
  while (!record->outcome) {
    struct green__task *self;
    if (record->exchange->closed) return GREEN_ECONNRESET;
    int rc = green__wait_begin(&self);
    if (rc < 0) return rc;
    green__wait_on(self, starter_of(record));
    rc = green__park(self, "WebSocket's handshake", record);
    if (rc < 0) return rc;
  }
  if (record->outcome == GREEN_ENOTSUP)
    return green_fail(GREEN_ENOTSUP, "the host has refused to make a connection of this request");
  return record->outcome < 0 ? record->outcome : 0;
}

static int upgrade_run(green_request *request, green_response *response, green_websocket *ws) {
  struct green__exchange *exchange = response->exchange;
  int rc = green_response_detach(response);
  if (rc == 0) rc = green_response_give(response, 200, NULL, NULL, 0, NULL);
  if (rc == 0) rc = answer_make(request, response, ws);
  if (rc < 0) return rc;
  struct green__websocket_upgrade *record = upgrade_new(exchange, ws);
  if (!record) return GREEN_ENOMEM;
  response->status = 101;
  green__serve_commit(exchange);
  if (exchange->answer.upgrade != &record->upgrade)
    return green_fail(GREEN_ECLOSED, "response middleware has answered in the place of WebSocket");
  return wait_until_begun(record);
}

int green_response_start_websocket(green_response *response, green_websocket **out,
                                   const green_websocket_options *given) {
  struct green__exchange *exchange = response->exchange;
  green_request *request = &exchange->request;
  green_websocket_options options = given ? *given : (green_websocket_options){0};
  green_websocket *ws = NULL;
  *out = NULL;
  if (!green__running()) return GREEN_EMAIN;
  if (exchange->answered) return GREEN_EALREADY;
  int rc = green__websocket_options(&options, true);
  if (rc == 0) rc = check_handshake(request, response);
  if (rc == 0 && !origin_allowed(request, options.origins))
    rc = refuse(response, 403, GREEN_EACCES, "a page of another origin");
  if (rc == 0) rc = green__wire_can_serve(exchange->host, &options);
  if (rc == 0) rc = green__websocket_new(&ws, &options);
  if (rc == 0) rc = protocol_choose(ws, request, options.protocols);
  if (rc == 0) rc = upgrade_run(request, response, ws);
  if (rc == 0)
    *out = ws;
  else if (ws)
    green__websocket_unref(ws);
  if (rc < 0 && !exchange->refused) green_response_clear(response); /* of what there may be of it */
  return rc;
}
