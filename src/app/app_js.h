/* Exchanges for hosts that are JavaScript: one for module.green.app.fetch() and for servers of
 * node:http. exchanges.mjs holds the other half; see server.h for what a host does.
 *
 * A request crosses in one call and its answer comes back with it: JavaScript writes the head into
 * the scratch, as texts each ended by 0, calls green__js_app_begin(), and reads what came of it
 * from the struct green__js_outcome, which each call here fills. On the host's own stack, as
 * entries. */
#ifndef GREENIO_SRC_APP_APP_JS_H
#define GREENIO_SRC_APP_APP_JS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <emscripten/emscripten.h>
#include "server.h"

/* JavaScript reads it as 32-bit words. */
struct green__js_outcome {
  struct green__exchange *exchange; /* NULL: there is none, `status` and `head`, a text, say why */
  uint32_t answered;                /* what follows up to `unread` is there */
  int32_t status;
  char *head; /* names and values, each ended by 0 but the last; Content-Length is among them */
  uint32_t head_size;
  const void *body; /* the whole body, or NULL */
  uint32_t size;
  uint32_t pieces, bodiless, unread;
  /* Of push() and output(). */
  uint32_t taken;
  uint32_t output; /* enum green__output */
  const void *data;
  uint32_t data_size;
  uint32_t body_comes; /* of begin(): the request has a body */
  const char *hints;   /* not answered yet: what goes ahead, see green__exchange_hint(), or NULL */
  struct green__upgrade *upgrade; /* what the connection becomes, or NULL; as `unread` */
};

/* Of begin(). NO_COOKIES: the host hides and drops them. RAW: the head is as it came, and is looked
 * at; `body` is not given. */
enum green__js_request { GREEN__JS_SECURE = 1, GREEN__JS_NO_COOKIES = 2, GREEN__JS_RAW = 4 };

enum green__js_encode { GREEN__JS_GZIP, GREEN__JS_BROTLI, GREEN__JS_DEFLATE };

/* ---- imports --------------------------------------------------------------------------------- */

/* green__exchange_open()'s `changed`. */
void green__js_app_changed(void *slot);
/* Has fetch(), or that of the name, answered by the application; NULL: not any more. */
void green__js_app_serve(green_app *app, const char *name);
/* Encodes bytes: how many come of it, for green__js_app_encoded() to put into memory, or a status. enum
 * green__js_encode; DEFLATE: what continues a stream whose last bytes are `history`. */
int green__js_app_encode(int how, const void *data, size_t size, const void *history,
                         size_t history_size);
void green__js_app_encoded(void *to);

/* ---- exports --------------------------------------------------------------------------------- */

EMSCRIPTEN_KEEPALIVE struct green__js_outcome *green__js_app_outcome(void);
/* Memory that is good until the next call, of at least `size` bytes; NULL: there is none. */
EMSCRIPTEN_KEEPALIVE char *green__js_app_scratch(size_t size);

/* Puts the headers that each answer of the application has into `head` and `head_size`. */
EMSCRIPTEN_KEEPALIVE void green__js_app_headers(const green_app *app);

/* The scratch holds method, target, protocol, the peer's host (or "" or a path), and the header's
 * names and values. `body`: its bytes, -1: not known. `flags`: enum green__js_request. Each gives
 * an answer for the loop. */
EMSCRIPTEN_KEEPALIVE int green__js_app_begin(green_app *app, void *slot, size_t size, unsigned port,
                                             double body, unsigned flags);
EMSCRIPTEN_KEEPALIVE int green__js_app_look(struct green__exchange *exchange);
EMSCRIPTEN_KEEPALIVE int green__js_app_push(struct green__exchange *exchange, size_t size);
EMSCRIPTEN_KEEPALIVE int green__js_app_push_end(struct green__exchange *exchange, int status);
EMSCRIPTEN_KEEPALIVE int green__js_app_output(struct green__exchange *exchange);
EMSCRIPTEN_KEEPALIVE int green__js_app_sent(struct green__exchange *exchange, size_t size);
EMSCRIPTEN_KEEPALIVE int green__js_app_close(struct green__exchange *exchange, bool whole);
/* A call above has thrown, and its frames are lost: what it began is in the outcome. */
EMSCRIPTEN_KEEPALIVE int green__js_app_thrown(void);

#endif
