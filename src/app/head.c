/* What a request's head must be like before an application sees it: one grammar for every host that
 * has the head as it came.
 *
 * Two servers on a request's way that read it differently are how one is smuggled past the first.
 * So whatever RFC 9110 and 9112 call malformed or ambiguous is refused, by what finds it first: the
 * host's own parser, or this.
 */
#include <string.h>
#include "app.h"
#include "server.h"

/* Of a length: more might be taken for one that is not known. */
#define MOST_DIGITS 18

static void refuse(struct green__head_check *check, int status, const char *why) {
  if (check->status) return;
  check->status = status;
  check->why = why;
}

/* ---- Host ------------------------------------------------------------------------------------ */

/* "::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4": as many groups as there must be, one gap at most. */
static bool is_ipv6(const char *text, size_t size) {
  unsigned groups = 0, gaps = 0, dots = 0;
  for (size_t at = 0; at < size;) {
    size_t digits = 0;
    while (at + digits < size && green__hex(text[at + digits]) >= 0) digits++;
    if (digits) groups++;
    at += digits;
    if (digits > 4 || (dots && digits > 3)) return false;
    if (at == size) break;
    if (text[at] == '.' && digits) {
      dots++;
      if (++at == size) return false;
    } else if (text[at] != ':' || dots) {
      return false;
    } else if (at + 1 < size && text[at + 1] == ':') {
      gaps++;
      at += 2;
    } else if (!digits || ++at == size) {
      return false;
    }
  }
  if (dots && dots != 3) return false;
  unsigned words = groups - (dots ? 2 : 0);
  return gaps ? gaps == 1 && words < 8 : words == 8;
}

static bool is_port(const char *text, size_t size) {
  unsigned port = 0;
  for (size_t i = 0; i < size; i++) {
    if (text[i] < '0' || text[i] > '9') return false;
    port = port * 10 + (unsigned)(text[i] - '0');
    if (port > UINT16_MAX) return false;
  }
  return true;
}

/* A name as RFC 3986 has it, but for the comma, which would make a list of it. */
static size_t name_size(const char *text, size_t size) {
  size_t at = 0;
  for (; at < size; at++) {
    char c = text[at];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) continue;
    if (c && strchr("-._~!$&'()*+;=", c)) continue;
    bool escape =
        c == '%' && size - at > 2 && green__hex(text[at + 1]) >= 0 && green__hex(text[at + 2]) >= 0;
    if (!escape) break;
    at += 2;
  }
  return at;
}

bool green__is_authority(const char *text, size_t size) {
  size_t host;
  if (size && *text == '[') {
    const char *end = memchr(text, ']', size);
    if (!end || !is_ipv6(text + 1, (size_t)(end - text) - 1)) return false;
    host = (size_t)(end - text) + 1;
  } else {
    host = name_size(text, size);
  }
  if (!host) return false;
  if (host == size) return true;
  return text[host] == ':' && is_port(text + host + 1, size - host - 1);
}

/* ---- the line -------------------------------------------------------------------------------- */

/* Visible ASCII, as in a target, but for what RFC 3986 has nowhere. */
static bool is_target(const char *text) {
  if (!*text) return false;
  for (; *text; text++)
    if (*text <= ' ' || *text >= 0x7f || strchr("#\"<>", *text)) return false;
  return true;
}

const char *green__authority_of(const char *target, size_t *size) {
  size_t scheme = strcspn(target, ":/?");
  bool http = green__is_word(target, scheme, "http") || green__is_word(target, scheme, "https");
  if (!http || strncmp(target + scheme, "://", 3) != 0) return NULL;
  *size = strcspn(target + scheme + 3, "/?");
  return target + scheme + 3;
}

void green__head_line(struct green__head_check *check, const char *method, const char *target,
                      const char *protocol) {
  check->old = strcmp(protocol, "HTTP/1.0") == 0;
  size_t size = 0;
  const char *authority = green__authority_of(target, &size);
  bool star = strcmp(target, "*") == 0 && strcmp(method, "OPTIONS") == 0;
  if (!check->old && strcmp(protocol, "HTTP/1.1") != 0)
    refuse(check, 505, "a version of HTTP but 1.1 and 1.0");
  else if (!green__is_token(method, strlen(method)))
    refuse(check, 400, "a method that is none");
  else if (strcmp(method, "CONNECT") == 0)
    refuse(check, 501, "this is no proxy");
  else if (!is_target(target) || (*target != '/' && !star && !authority))
    refuse(check, 400, "a target that is none");
  else if (authority && !green__is_authority(authority, size))
    refuse(check, 400, "a target whose host is none");
}

/* ---- the fields ------------------------------------------------------------------------------ */

static bool is_value(const char *text, size_t size) {
  for (size_t i = 0; i < size; i++) {
    unsigned char c = (unsigned char)text[i];
    if ((c < ' ' && c != '\t') || c == 0x7f) return false;
  }
  return true;
}

static void check_host(struct green__head_check *check, const char *value, size_t size) {
  if (check->hosts++)
    refuse(check, 400, "more than one Host");
  else if (!green__is_authority(value, size))
    refuse(check, 400, "a Host that is none");
}

static void check_length(struct green__head_check *check, const char *value, size_t size) {
  uint64_t length = 0;
  if (check->lengths++) refuse(check, 400, "more than one Content-Length");
  if (!size) refuse(check, 400, "an empty Content-Length");
  if (size > MOST_DIGITS) refuse(check, 413, "a Content-Length that is too large");
  for (size_t i = 0; i < size && !check->status; i++) {
    if (value[i] < '0' || value[i] > '9') refuse(check, 400, "a Content-Length that is no number");
    length = length * 10 + (uint64_t)(value[i] - '0');
  }
  check->body = length;
}

/* A list of tokens, of which this knows "chunked" alone. */
static void check_coding(struct green__head_check *check, const char *value, size_t size) {
  bool chunked = false, others = false;
  if (check->codings++) refuse(check, 400, "more than one Transfer-Encoding");
  for (size_t at = 0, next; at <= size; at = next + 1) {
    const char *comma = memchr(value + at, ',', size - at);
    next = comma ? (size_t)(comma - value) : size;
    size_t end = next;
    while (at < end && (value[at] == ' ' || value[at] == '\t')) at++;
    while (at < end && (value[end - 1] == ' ' || value[end - 1] == '\t')) end--;
    if (chunked) refuse(check, 400, "a Transfer-Encoding that does not end with chunked");
    if (!green__is_token(value + at, end - at))
      refuse(check, 400, "a Transfer-Encoding that is none");
    chunked = green__is_word(value + at, end - at, "chunked");
    others = others || !chunked;
  }
  check->others = others;
}

void green__head_field(struct green__head_check *check, const char *name, size_t name_size,
                       const char *value, size_t size) {
  while (size && (value[size - 1] == ' ' || value[size - 1] == '\t')) size--;
  if (!green__is_token(name, name_size))
    refuse(check, 400, "a header whose name is none");
  else if (!is_value(value, size))
    refuse(check, 400, "a header with a control character");
  else if (green__is_word(name, name_size, "host"))
    check_host(check, value, size);
  else if (green__is_word(name, name_size, "content-length"))
    check_length(check, value, size);
  else if (green__is_word(name, name_size, "transfer-encoding"))
    check_coding(check, value, size);
  else if (green__is_word(name, name_size, "expect") &&
           !green__is_word(value, size, "100-continue"))
    refuse(check, 417, "an expectation but 100-continue");
}

int green__head_end(struct green__head_check *check) {
  if (check->lengths && check->codings)
    refuse(check, 400, "Content-Length beside Transfer-Encoding");
  if (check->codings && check->old) refuse(check, 400, "Transfer-Encoding in HTTP/1.0");
  if (check->others) refuse(check, 501, "a Transfer-Encoding but chunked");
  if (!check->hosts && !check->old) refuse(check, 400, "no Host");
  if (check->codings) check->body = GREEN__UNKNOWN;
  return check->status;
}
