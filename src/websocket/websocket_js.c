/* WebSocket of JavaScript hosts: the npm package ws in Node, else the host's own WebSocket. What
 * JavaScript keeps of a connection is in websocket.mjs, by its address. A server's half is upgrade_js.c. */
#include <string.h>
#include <emscripten/emscripten.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "client.h"
#include "core/memory.h"
#include "grammar/grammar.h"
#include "loop.h"
#include "wire_js.h"

#define MOST_UNREAD ((size_t)16 << 20) /* bytes, and a message, where nobody can be held up */

struct green__wire {
  green_websocket *ws;
  double came; /* bytes, at the last look */
  bool paused;
  bool opening;
  int outcome; /* of opening: 0: not yet; 1; a status */
  struct green__queue opener;
};

/* Bytes on their way from JavaScript. */
static char *passing;

/* ---- from JavaScript ------------------------------------------------------------------------- */

/* A message of `size` bytes is written there; 0: no memory. */
EMSCRIPTEN_KEEPALIVE char *green__js_websocket_room(size_t size) {
  green__free(passing);
  return passing = green__alloc(size ? size : 1);
}

/* A client that goes on though nobody receives, and cannot be held up, is refused at some point. A
 * server that does so was chosen by the program. */
static void hold_up(green_websocket *ws) {
  ws->wire->paused = true;
  if (green__js_websocket_pause(ws, true) || !ws->serves) return;
  if (ws->held > MOST_UNREAD && ws->held - MOST_UNREAD > ws->max_message)
    green__websocket_fail(ws, GREEN_ENOBUFS, 1008, "more than is kept was sent, and not received");
}

static void message_drop(void) {
  green__free(passing);
  passing = NULL;
}

static void message_came(green_websocket *ws, int type, size_t size) {
  if (ws->status) {
    message_drop();
    return;
  }
  int rc = size > ws->max_message ? GREEN_EMSGSIZE
           : passing
               ? green__websocket_take(ws, (enum green_websocket_type)type, passing, size, true, 0)
               : GREEN_ENOMEM;
  if (rc < 0)
    green__websocket_fail(ws, rc, rc == GREEN_EMSGSIZE ? 1009 : 1011,
                          rc == GREEN_EMSGSIZE ? "a message larger than max_message" : NULL);
  message_drop();
  if (!ws->ended && !green__websocket_has_room(ws)) hold_up(ws);
}

EMSCRIPTEN_KEEPALIVE int green__js_websocket_came(green_websocket *ws, int type, size_t size) {
  green__loop_entered();
  green__websocket_heard(ws);
  message_came(ws, type, size);
  return green__loop_left();
}

EMSCRIPTEN_KEEPALIVE int green__js_websocket_drained(green_websocket *ws) {
  green__loop_entered();
  green__websocket_drained(ws);
  return green__loop_left();
}

/* A ping is pong number 0. */
EMSCRIPTEN_KEEPALIVE int green__js_websocket_pong(green_websocket *ws, double number) {
  green__loop_entered();
  green__websocket_heard(ws);
  green__websocket_pong(ws, (uint64_t)number);
  return green__loop_left();
}

/* Something goes wrong, which JavaScript tells the other side by itself. */
EMSCRIPTEN_KEEPALIVE int green__js_websocket_failed(green_websocket *ws, int status,
                                                    const char *why) {
  green__loop_entered();
  if (!ws->closing) green__websocket_fail(ws, status, 1002, why);
  return green__loop_left();
}

/* The other side has closed. */
EMSCRIPTEN_KEEPALIVE int green__js_websocket_left(green_websocket *ws, int code,
                                                  const char *reason) {
  green__loop_entered();
  green__websocket_left(ws, (unsigned)code, reason, strlen(reason));
  return green__loop_left();
}

/* It has ended, and JavaScript has forgotten it. `code`: the other side's, 1006: it has said none. */
EMSCRIPTEN_KEEPALIVE int green__js_websocket_ended(green_websocket *ws, int code,
                                                   const char *reason) {
  green__loop_entered();
  if (code != 1006) green__websocket_left(ws, (unsigned)code, reason, strlen(reason));
  green__websocket_end(ws, GREEN_ECONNRESET, "the connection ended without being closed");
  return green__loop_left();
}

/* A client's is open, with what was agreed; or could not be. */
EMSCRIPTEN_KEEPALIVE int green__js_websocket_opened(struct green__wire *wire, int status,
                                                    const char *text) {
  green__loop_entered();
  green_websocket *ws = wire->ws;
  if (status == 0 && *text) {
    ws->protocol = green__copy_string(text, SIZE_MAX - 1);
    if (!ws->protocol) status = GREEN_ENOMEM;
  }
  wire->outcome = status < 0 ? status : 1;
  if (status == 0)
    green__websocket_open(ws, wire);
  else if (status != GREEN_ENOMEM)
    ws->message = green__copy_string(text, SIZE_MAX - 1);
  if (wire->opener.head) green__wake(wire->opener.head, 0);
  return green__loop_left();
}

/* ---- the wire -------------------------------------------------------------------------------- */

struct green__wire *green__wire_new(green_websocket *ws) {
  struct green__wire *wire = green__alloc(sizeof *wire);
  if (!wire) return NULL;
  memset(wire, 0, sizeof *wire);
  wire->ws = ws;
  return wire;
}

int green__wire_send(struct green__wire *wire, enum green_websocket_type type, const void *data,
                     size_t size) {
  return green__js_websocket_send(wire->ws, type, data, size);
}

size_t green__wire_held(const struct green__wire *wire) {
  return (size_t)green__js_websocket_held(wire->ws);
}

size_t green__wire_untaken(const struct green__wire *wire) {
  return (size_t)green__js_websocket_untaken(wire->ws);
}

bool green__wire_is_taken(struct green__wire *wire) {
  return green__js_websocket_is_taken(wire->ws);
}

int green__wire_ping(struct green__wire *wire, uint64_t number) {
  return green__js_websocket_ping(wire->ws, (double)number);
}

void green__wire_listen(struct green__wire *wire) {
  double came = green__js_websocket_bytes(wire->ws);
  if (came == wire->came) return;
  wire->came = came;
  green__websocket_heard(wire->ws);
}

bool green__wire_can_close(const green_websocket *ws, unsigned code) {
  return ws->serves || code == 1000 || code >= 3000 ||
         green__js_websocket_kind() == GREEN__JS_PACKAGE;
}

int green__wire_close(struct green__wire *wire, unsigned code, const char *reason, bool deaf) {
  (void)deaf;
  green__js_websocket_close(wire->ws, (int)code, reason);
  return 0;
}

void green__wire_resume(struct green__wire *wire) {
  if (!wire->paused) return;
  wire->paused = false;
  green__js_websocket_pause(wire->ws, false);
}

/* What is open in JavaScript keeps it alive. */
void green__wire_watch(struct green__wire *wire, bool on) {
  (void)wire, (void)on;
}

void green__wire_free(struct green__wire *wire) {
  green__js_websocket_forget(wire->ws);
  green__free(wire);
}

/* ---- a client -------------------------------------------------------------------------------- */

const char *green__websocket_lacks(const green_websocket_options *options, bool server) {
  if (server || green__js_websocket_kind() == GREEN__JS_PACKAGE) return NULL;
  if (options->header_count) return "headers";
  return options->keep_alive ? "keep_alive" : NULL;
}

static int client_lacks(const struct green__websocket_target *target) {
  const green_http_client_options *client = target->client;
  bool own = green__js_websocket_kind() == GREEN__JS_OWN;
  const struct {
    const char *name;
    bool given;
  } options[] = {
      {"headers of the client", own && client->header_count},
      {"user_agent of the client", own && client->user_agent},
  };
  for (size_t i = 0; i < sizeof options / sizeof *options; i++)
    if (options[i].given)
      return green_fail(GREEN_ENOTSUP, "%s: a browser's WebSocket has none", options[i].name);
  return 0;
}

/* Names and values, each behind the other with a 0 byte. NULL: no memory. */
static char *headers_text(const struct green__websocket_target *target, size_t *size) {
  *size = 0;
  for (size_t i = 0; i < target->header_count; i++)
    *size += strlen(target->headers[i].name) + strlen(target->headers[i].value) + 2;
  char *text = green__alloc(*size + 1), *at = text;
  for (size_t i = 0; text && i < target->header_count; i++) {
    at = stpcpy(at, target->headers[i].name) + 1;
    at = stpcpy(at, target->headers[i].value) + 1;
  }
  return text;
}

static int wait_until_open(struct green__wire *wire) {
  while (!wire->outcome) {
    struct green__task *self;
    int rc = green__wait_begin(&self);
    if (rc < 0) return rc;
    green__wait_on(self, &wire->opener);
    rc = green__park(self, "a WebSocket connection", wire->ws);
    if (rc < 0) return rc; /* though it may be open now: then it is let go */
  }
  if (wire->outcome > 0) return 0;
  const char *why = wire->ws->message;
  return green_fail(wire->outcome, "%s", why && *why ? why : green_strerror(wire->outcome));
}

int green__websocket_dial(const struct green__websocket_target *target, green_websocket *ws) {
  size_t size;
  const green_websocket_options *options = target->options;
  int rc = client_lacks(target);
  if (rc < 0) return rc;
  struct green__wire *wire = green__wire_new(ws);
  char *headers = headers_text(target, &size);
  rc = wire && headers ? 0 : GREEN_ENOMEM;
  if (rc == 0)
    rc = green__js_websocket_connect(ws, wire, target->url,
                                     options->protocols ? options->protocols : "", headers,
                                     (int)size, (double)options->max_message);
  if (rc == GREEN_ENOTSUP)
    rc = green_fail(rc, "there is no WebSocket here: \"npm install ws\", or Node 22");
  if (rc == 0) {
    rc = wait_until_open(wire);
    if (rc < 0 && !ws->wire) green__js_websocket_forget(ws);
  }
  green__free(headers);
  if (rc < 0 && !ws->wire) green__free(wire);
  return rc;
}
