/* What a server answers a client's handshake with (RFC 6455, 4.1); see handshake.h. */
#include "handshake.h"

#include <string.h>
#include "grammar/grammar.h"

/* The headers that matter. */
struct fields {
  struct green__handshake *handshake;
  const char *accept, *protocols;
  unsigned upgrades, accepts, connections;
};

static void handshake_fail(struct green__handshake *handshake, const char *why) {
  if (!handshake->why) handshake->why = why;
}

static bool has_upgrade(const char *value, size_t size) {
  const char *at = value, *end = value + size, *item;
  while (green__list_next(&at, end, &item, &size))
    if (green__is_word(item, size, "upgrade")) return true;
  return false;
}

static void take_protocol(struct fields *fields, const char *value, size_t size) {
  struct green__handshake *handshake = fields->handshake;
  if (handshake->protocol) handshake_fail(handshake, "more than one subprotocol");
  if (!fields->protocols || !size || !green__list_has(fields->protocols, value, size, false))
    handshake_fail(handshake, "a subprotocol that was not asked for");
  handshake->protocol = value;
  handshake->protocol_size = size;
}

static void take_field(struct fields *fields, const char *name, size_t name_size, const char *value,
                       size_t size) {
  struct green__handshake *handshake = fields->handshake;
  if (green__is_word(name, name_size, "Upgrade"))
    fields->upgrades += green__is_word(value, size, "websocket") ? 1 : 100;
  else if (green__is_word(name, name_size, "Connection"))
    fields->connections += has_upgrade(value, size);
  else if (green__is_word(name, name_size, "Sec-WebSocket-Accept"))
    fields->accepts +=
        size == strlen(fields->accept) && memcmp(value, fields->accept, size) == 0 ? 1 : 100;
  else if (green__is_word(name, name_size, "Sec-WebSocket-Protocol"))
    take_protocol(fields, value, size);
  else if (green__is_word(name, name_size, "Sec-WebSocket-Extensions"))
    handshake_fail(handshake, "an extension, and none was asked for");
}

/* False: it is malformed. */
static bool take_line(struct fields *fields, const char *line, size_t size) {
  const char *colon = memchr(line, ':', size);
  if (!colon || !green__is_token(line, (size_t)(colon - line))) return false;
  const char *value = colon + 1;
  size_t value_size = size - (size_t)(value - line);
  green__trim(&value, &value_size);
  if (!green__is_plain(value, value_size)) return false;
  take_field(fields, line, (size_t)(colon - line), value, value_size);
  return true;
}

/* "HTTP/1.1 101 Switching Protocols": the status; 0: it is no such line. */
static int status_of(const char *line, size_t size) {
  uint64_t status;
  if (size < 12 || memcmp(line, "HTTP/1.1 ", 9) != 0) return 0;
  if (size > 12 && line[12] != ' ') return 0;
  return green__number(line + 9, 3, 999, &status) && status >= 100 ? (int)status : 0;
}

static void check_agreed(const struct fields *fields) {
  struct green__handshake *handshake = fields->handshake;
  if (fields->upgrades != 1) handshake_fail(handshake, "no Upgrade: websocket");
  if (!fields->connections) handshake_fail(handshake, "no Connection: Upgrade");
  if (fields->accepts != 1) handshake_fail(handshake, "Sec-WebSocket-Accept is not of this key");
}

void green__handshake_read(struct green__handshake *handshake, const char *head, size_t size,
                           const char *accept, const char *protocols) {
  struct fields fields = {.handshake = handshake, .accept = accept, .protocols = protocols};
  const char *at = head, *end = head + size;
  memset(handshake, 0, sizeof *handshake);
  while (at < end) {
    const char *line_end = memchr(at, '\r', (size_t)(end - at));
    size_t line = (size_t)((line_end ? line_end : end) - at);
    if (at == head)
      handshake->status = status_of(at, line);
    else if (line && !take_line(&fields, at, line))
      handshake_fail(handshake, "a header that is malformed");
    at += line + 2;
  }
  if (!handshake->status) handshake_fail(handshake, "no answer of HTTP/1.1");
  if (handshake->status != 101) handshake_fail(handshake, green__reason(handshake->status));
  check_agreed(&fields);
}
