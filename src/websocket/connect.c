/* A client's beginning, natively: a stream, TLS on it for wss:, and the handshake. And the host's half of
 * a server's. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <greenio/status.h>
#include <greenio/tls.h>
#include "client.h"
#include "core/memory.h"
#include "grammar/grammar.h"
#include "handshake.h"
#include "upgrade.h"
#include "wire.h"

#define ANSWER_MOST ((size_t)16 << 10) /* bytes of the head of an answer */
#define PORT_MOST   65535

/* ---- whom to connect to ---------------------------------------------------------------------- */

struct place {
  char *host; /* without brackets */
  const char *authority, *path;
  size_t authority_size;
  unsigned port;
};

static int place_read(struct place *place, const struct green__websocket_target *target) {
  size_t size, host_size;
  place->authority = green__authority_of(target->url, &size);
  place->authority_size = size;
  place->path = place->authority + size;
  host_size = green__host_size(place->authority, size);
  place->port = target->secure ? 443 : 80;
  if (host_size < size)
    green__port_parse(place->authority + host_size + 1, size - host_size - 1, &place->port);
  bool brackets = *place->authority == '[';
  place->host = green__copy_string(place->authority + brackets, host_size - 2 * brackets);
  return place->host ? 0 : GREEN_ENOMEM;
}

/* Leaves out those that the client may not connect to; the first reason, if none is left. */
static int keep_allowed(const green_http_client_options *client, green_address *addresses,
                        size_t *count) {
  size_t kept = 0;
  int first = 0;
  char text[GREEN_ADDRESS_TEXT];
  if (!client->allow) return 0;
  for (size_t i = 0; i < *count; i++) {
    int rc = client->allow(&addresses[i], client->allow_arg);
    if (rc >= 0)
      addresses[kept++] = addresses[i];
    else if (!first)
      first = green_fail(rc, "%s: %s", green_address_text(&addresses[i], text, sizeof text),
                         green_strerror(rc));
  }
  *count = kept;
  return kept ? 0 : first;
}

static int open_plain(const struct green__websocket_target *target, const struct place *place,
                      green_stream **out) {
  green_address *addresses;
  size_t count;
  int rc = green_address_lookup(&addresses, place->host, place->port, &count);
  if (rc < 0) return rc;
  rc = keep_allowed(target->client, addresses, &count);
  if (rc == 0) rc = green_stream_connect_any(out, addresses, count);
  green_addresses_release(addresses);
  return rc;
}

static int secure(const struct green__websocket_target *target, const struct place *place,
                  green_stream *stream) {
  const green_http_client_options *client = target->client;
  green_tls *tls = NULL;
  green_tls_options options = {
      .ca = client->ca_file,
      .certificate = client->certificate,
      .key = client->key,
      .insecure = client->insecure,
      .alpn = "http/1.1",
  };
  int rc = green_tls_new(&tls, &options);
  if (rc == 0) rc = green_stream_start_tls(stream, tls, place->host);
  green_tls_release(tls);
  return rc;
}

/* ---- the handshake --------------------------------------------------------------------------- */

static char *put_text(char *at, const char *text) {
  size_t size = strlen(text);
  memcpy(at, text, size);
  return at + size;
}

static char *put_header(char *at, const char *name, const char *value) {
  return put_text(put_text(put_text(put_text(at, name), ": "), value), "\r\n");
}

static size_t request_room(const struct green__websocket_target *target) {
  size_t size = 300 + 2 * strlen(target->url);
  if (target->options->protocols) size += strlen(target->options->protocols) + 30;
  for (size_t i = 0; i < target->header_count; i++)
    size += strlen(target->headers[i].name) + strlen(target->headers[i].value) + 4;
  return size;
}

static char *request_make(const struct green__websocket_target *target, const struct place *place,
                          const char *key, size_t *size) {
  char *request = green__alloc(request_room(target)), *at = request;
  if (!request) return NULL;
  at = put_text(put_text(put_text(at, "GET "), *place->path ? place->path : "/"),
                " HTTP/1.1\r\nHost: ");
  memcpy(at, place->authority, place->authority_size);
  at = put_text(at + place->authority_size, "\r\n");
  at = put_header(at, "Upgrade", "websocket");
  at = put_header(at, "Connection", "Upgrade");
  at = put_header(at, "Sec-WebSocket-Key", key);
  at = put_header(at, "Sec-WebSocket-Version", "13");
  if (target->options->protocols)
    at = put_header(at, "Sec-WebSocket-Protocol", target->options->protocols);
  for (size_t i = 0; i < target->header_count; i++)
    at = put_header(at, target->headers[i].name, target->headers[i].value);
  at = put_text(at, "\r\n");
  *size = (size_t)(at - request);
  return request;
}

/* Reads until the head is whole: its size; a status. */
static int answer_read(green_stream *stream, char *answer, size_t *there) {
  struct green__head_search search = {0};
  *there = 0;
  for (;;) {
    int rc = green_stream_read(stream, answer + *there, ANSWER_MOST - *there);
    if (rc == 0) return green_fail(GREEN_ECONNRESET, "the connection ended without an answer");
    if (rc < 0) return rc;
    *there += (size_t)rc;
    enum green__found found = green__head_search(&search, answer, *there);
    if (found == GREEN__FOUND) return (int)search.seen;
    if (found == GREEN__FOUND_BAD || *there == ANSWER_MOST)
      return green_fail(GREEN_EPROTO, "what came is no answer to a handshake of WebSocket");
  }
}

static int answer_check(const struct green__websocket_target *target, green_websocket *ws,
                        const char *answer, size_t size, const char *key) {
  struct green__handshake handshake;
  char accept[GREEN__WEBSOCKET_ACCEPT + 1];
  green__websocket_accept(key, accept);
  green__handshake_read(&handshake, answer, size, accept, target->options->protocols);
  if (handshake.status && handshake.status != 101)
    return green_fail(GREEN_EACCES, "the server answered %d %s", handshake.status, handshake.why);
  if (handshake.why)
    return green_fail(GREEN_EPROTO, "the answer to the handshake has %s", handshake.why);
  if (!handshake.protocol) return 0;
  ws->protocol = green__print("%.*s", (int)handshake.protocol_size, handshake.protocol);
  return ws->protocol ? 0 : GREEN_ENOMEM;
}

static int key_make(char key[GREEN__WEBSOCKET_KEY + 1]) {
  unsigned char random[16];
  while (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
    if (errno != EINTR) return green_status_from_errno(errno);
  green__websocket_key(random, key);
  return 0;
}

static int ask(const struct green__websocket_target *target, const struct place *place,
               green_stream *stream, const char *key) {
  size_t size;
  char *request = request_make(target, place, key, &size);
  if (!request) return GREEN_ENOMEM;
  int rc = green_stream_write(stream, request, size, NULL);
  green__free(request);
  return rc;
}

/* What fails leaves the stream to the caller; else it is the wire's. */
static int shake_hands(const struct green__websocket_target *target, const struct place *place,
                       green_stream **stream, green_websocket *ws) {
  char key[GREEN__WEBSOCKET_KEY + 1];
  size_t there = 0;
  char *answer = green__alloc(ANSWER_MOST);
  int rc = answer ? key_make(key) : GREEN_ENOMEM;
  if (rc == 0) rc = ask(target, place, *stream, key);
  if (rc == 0) rc = answer_read(*stream, answer, &there);
  size_t head = rc > 0 ? (size_t)rc : 0;
  if (rc > 0) rc = answer_check(target, ws, answer, head, key);
  if (rc == 0) {
    rc = green__wire_begin(ws, true, *stream, answer + head, there - head, NULL, NULL);
    *stream = NULL;
  }
  green__free(answer);
  return rc;
}

/* The message says which server it was, unless it does. */
static int dial_failed(const struct place *place, int rc) {
  const char *why = green__message_of(green__running(), rc);
  int size = (int)place->authority_size;
  if (rc == GREEN_EMAIN || rc == GREEN_ENESTED || (why && strstr(why, place->host))) return rc;
  char *copy = green__print("%s", why ? why : green_strerror(rc));
  green_fail(rc, "%.*s: %s", size, place->authority, copy ? copy : green_strerror(rc));
  green__free(copy);
  return rc;
}

int green__websocket_dial(const struct green__websocket_target *target, green_websocket *ws) {
  struct place place = {0};
  green_stream *stream = NULL;
  int rc = place_read(&place, target);
  if (rc == 0) rc = open_plain(target, &place, &stream);
  if (rc == 0) green_stream_set_no_delay(stream, true);
  if (rc == 0 && target->secure) rc = secure(target, &place, stream);
  if (rc == 0) rc = shake_hands(target, &place, &stream, ws);
  green_stream_release(stream);
  if (rc < 0 && place.host) rc = dial_failed(&place, rc);
  green__free(place.host);
  return rc;
}

const char *green__websocket_lacks(const green_websocket_options *options, bool server) {
  (void)options, (void)server;
  return NULL;
}

/* ---- a server's ------------------------------------------------------------------------------ */

int green__wire_can_serve(void *host, const green_websocket_options *options) {
  (void)host, (void)options;
  return 0;
}

/* A function that has returned meanwhile leaves nobody to talk to. */
void green__websocket_take_over(struct green__upgrade *upgrade,
                                const struct green__handover *handover) {
  struct green__websocket_upgrade *record =
      green__container_of(upgrade, struct green__websocket_upgrade, upgrade);
  int rc = GREEN_ECLOSED;
  if (record->ws)
    rc = green__wire_begin(record->ws, false, handover->stream, handover->data, handover->size,
                           handover->over, handover->host);
  else
    green_stream_release(handover->stream);
  green__websocket_upgraded(record, rc == 0 ? 1 : rc);
  if (rc < 0) handover->over(handover->host); /* the record may be no more then */
}
