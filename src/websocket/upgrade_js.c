/* A server's half of WebSocket in JavaScript: upgrade.mjs has ws make a connection of a request's socket, in Node, or the
 * host make one of a request of fetch()'s. */
#include <emscripten/emscripten.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"
#include "loop.h"
#include "upgrade.h"
#include "wire_js.h"

/* Of the exchange in a slot: enum green__js_lacks. */
int green__js_upgrade_lacks(void *slot, bool keep_alive);

static struct green__websocket_upgrade *upgrade_of(struct green__upgrade *upgrade) {
  return green__container_of(upgrade, struct green__websocket_upgrade, upgrade);
}

/* The connection that an upgrade is to be of; NULL: nobody wants it any more. */
EMSCRIPTEN_KEEPALIVE green_websocket *green__js_upgrade_connection(struct green__upgrade *upgrade) {
  return upgrade_of(upgrade)->ws;
}

EMSCRIPTEN_KEEPALIVE double green__js_upgrade_limit(const green_websocket *ws) {
  return (double)ws->max_message;
}

/* ms; 0: no pings. */
EMSCRIPTEN_KEEPALIVE double green__js_upgrade_keep_alive(const green_websocket *ws) {
  return (double)ws->keep_alive;
}

/* It is one of messages, and somebody wants it; or could not be made one: enum green__js_begun. Where it is forgotten for
 * want of memory, that comes last: behind it the exchange may be no more. */
EMSCRIPTEN_KEEPALIVE int green__js_upgrade_begun(struct green__upgrade *upgrade, int begun) {
  struct green__websocket_upgrade *record = upgrade_of(upgrade);
  green_websocket *ws = record->ws;
  bool is_open = begun == GREEN__JS_BEGUN;
  int outcome = begun == GREEN__JS_REFUSED ? GREEN_ENOTSUP : GREEN_ECONNRESET;
  green__loop_entered();
  struct green__wire *wire = is_open ? green__wire_new(ws) : NULL;
  if (is_open) outcome = wire ? 1 : GREEN_ENOMEM;
  if (wire) green__websocket_open(ws, wire);
  green__websocket_upgraded(record, outcome);
  if (is_open && !wire) green__js_websocket_forget(ws);
  return green__loop_left();
}

EMSCRIPTEN_KEEPALIVE int green__js_upgrade_leave(struct green__upgrade *upgrade, bool at_once) {
  green__loop_entered();
  upgrade->leave(upgrade, at_once);
  return green__loop_left();
}

int green__wire_can_serve(void *host, const green_websocket_options *options) {
  static const char *const why[] = {
      [GREEN__JS_NO_SOCKET] =
          "WebSocket takes a server's connection, and module.green.app.fetch() has none here",
      [GREEN__JS_NO_PACKAGE] = "a server of WebSocket takes the npm package ws: \"npm install ws\"",
      [GREEN__JS_NO_KEEP_ALIVE] = "keep_alive: this host's WebSocket has no pings",
  };
  int lacks = green__js_upgrade_lacks(host, options->keep_alive > 0);
  return lacks == GREEN__JS_CAN_SERVE ? 0 : green_fail(GREEN_ENOTSUP, "%s", why[lacks]);
}

/* JavaScript does it by what is above. */
void green__websocket_take_over(struct green__upgrade *upgrade,
                                const struct green__handover *handover) {
  (void)upgrade, (void)handover;
}
