/* A server's half of WebSocket in Node: upgrade.mjs has ws make a connection of a request's socket. */
#include <emscripten/emscripten.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"
#include "loop.h"
#include "upgrade.h"
#include "wire_js.h"

/* Whether the host of an exchange has a socket, and there is ws: 0; 1: no socket; 2: no ws. */
int green__js_upgrade_lacks(void *slot);

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

/* It is one of messages, or could not be made one. */
EMSCRIPTEN_KEEPALIVE int green__js_upgrade_begun(struct green__upgrade *upgrade, bool good) {
  struct green__websocket_upgrade *record = upgrade_of(upgrade);
  green__loop_entered();
  struct green__wire *wire = good && record->ws ? green__wire_new(record->ws) : NULL;
  if (wire)
    green__websocket_open(record->ws, wire);
  else if (good && record->ws)
    green__js_websocket_forget(record->ws);
  green__websocket_upgraded(record, wire ? 1 : good ? GREEN_ENOMEM : GREEN_ECONNRESET);
  return green__loop_left();
}

EMSCRIPTEN_KEEPALIVE int green__js_upgrade_leave(struct green__upgrade *upgrade, bool at_once) {
  green__loop_entered();
  upgrade->leave(upgrade, at_once);
  return green__loop_left();
}

int green__wire_can_serve(void *host) {
  int lacks = green__js_upgrade_lacks(host);
  if (lacks == 0) return 0;
  return green_fail(GREEN_ENOTSUP, "%s",
                    lacks == 1
                        ? "WebSocket takes a server's connection, and "
                          "module.green.app.fetch() has none"
                        : "a server of WebSocket takes the npm package ws: \"npm install ws\"");
}

/* JavaScript does it by the three above. */
void green__websocket_take_over(struct green__upgrade *upgrade,
                                const struct green__handover *handover) {
  (void)upgrade, (void)handover;
}
