/* What a request's head must be like before an application sees it, on every host that has the head
 * as it came.
 *
 * Two servers on a request's way that read it differently are how one is smuggled past the first.
 * So whatever RFC 9110 and 9112 call malformed or ambiguous is refused, by what finds it first: the
 * host's own parser, or this.
 */
#include "grammar.h"

#include <string.h>

void green__head_refuse(struct green__head_check *check, int status, const char *why) {
  if (check->status) return;
  check->status = status;
  check->why = why;
}

/* ---- the line -------------------------------------------------------------------------------- */

/* "HTTP/2.0" */
static bool is_protocol(const char *protocol) {
  return strlen(protocol) == 8 && strncmp(protocol, "HTTP/", 5) == 0 &&
         green__is_digit(protocol[5]) && protocol[6] == '.' && green__is_digit(protocol[7]);
}

void green__head_line(struct green__head_check *check, const char *method, const char *target,
                      const char *protocol) {
  check->old = strcmp(protocol, "HTTP/1.0") == 0;
  size_t size = 0;
  const char *authority = green__authority_of(target, &size);
  bool star = strcmp(target, "*") == 0 && strcmp(method, "OPTIONS") == 0;
  if (!is_protocol(protocol))
    green__head_refuse(check, 400, "a version of HTTP that is none");
  else if (!check->old && strcmp(protocol, "HTTP/1.1") != 0)
    green__head_refuse(check, 505, "a version of HTTP but 1.1 and 1.0");
  else if (!green__is_token(method, strlen(method)))
    green__head_refuse(check, 400, "a method that is none");
  else if (strcmp(method, "CONNECT") == 0)
    green__head_refuse(check, 501, "this is no proxy");
  else if (!green__is_target(target) || (*target != '/' && !star && !authority))
    green__head_refuse(check, 400, "a target that is none");
  else if (authority && !green__is_authority(authority, size))
    green__head_refuse(check, 400, "a target whose host is none");
}

/* ---- the fields ------------------------------------------------------------------------------ */

static void check_host(struct green__head_check *check, const char *value, size_t size) {
  if (check->hosts++)
    green__head_refuse(check, 400, "more than one Host");
  else if (!green__is_authority(value, size))
    green__head_refuse(check, 400, "a Host that is none");
}

static void check_length(struct green__head_check *check, const char *value, size_t size) {
  if (check->lengths++) green__head_refuse(check, 400, "more than one Content-Length");
  if (!size) green__head_refuse(check, 400, "an empty Content-Length");
  switch (green__length_parse(value, size, &check->body)) {
  case GREEN__LENGTH_GOOD:
    break;
  case GREEN__LENGTH_BAD:
    green__head_refuse(check, 400, "a Content-Length that is no number");
    break;
  case GREEN__LENGTH_TOO_LARGE:
    green__head_refuse(check, 400, "a Content-Length that is too large");
    break;
  }
}

static void check_coding(struct green__head_check *check, const char *value, size_t size) {
  if (check->codings++) green__head_refuse(check, 400, "more than one Transfer-Encoding");
  switch (green__coding_parse(value, size)) {
  case GREEN__CODING_CHUNKED:
    break;
  case GREEN__CODING_OTHERS:
    check->others = true;
    break;
  case GREEN__CODING_BAD:
    green__head_refuse(check, 400, "a Transfer-Encoding that is none");
    break;
  case GREEN__CODING_BEHIND:
    green__head_refuse(check, 400, "a Transfer-Encoding that does not end with chunked");
    break;
  }
}

static void check_connection(struct green__head_check *check, const char *value, size_t size) {
  const char *at = value, *end = value + size, *item;
  while (green__list_next(&at, end, &item, &size)) {
    if (green__is_word(item, size, "close")) check->close = true;
    if (green__is_word(item, size, "keep-alive")) check->keep = true;
  }
}

static void check_expect(struct green__head_check *check, const char *value, size_t size) {
  if (green__is_word(value, size, "100-continue"))
    check->expects = true;
  else
    green__head_refuse(check, 417, "an expectation but 100-continue");
}

/* By the length of its name, since most are none of these. */
static void check_known(struct green__head_check *check, const char *name, size_t name_size,
                        const char *value, size_t size) {
#define IS(word) (name_size == sizeof(word) - 1 && green__same_name(name, word, sizeof(word) - 1))
  if (IS("host"))
    check_host(check, value, size);
  else if (IS("expect"))
    check_expect(check, value, size);
  else if (IS("connection"))
    check_connection(check, value, size);
  else if (IS("content-length"))
    check_length(check, value, size);
  else if (IS("transfer-encoding"))
    check_coding(check, value, size);
#undef IS
}

void green__head_field(struct green__head_check *check, const char *name, size_t name_size,
                       const char *value, size_t size) {
  green__trim(&value, &size);
  if (!green__is_token(name, name_size))
    green__head_refuse(check, 400, "a header whose name is none");
  else if (!green__is_plain(value, size))
    green__head_refuse(check, 400, "a header with a control character");
  else
    check_known(check, name, name_size, value, size);
}

int green__head_end(struct green__head_check *check) {
  if (check->lengths && check->codings)
    green__head_refuse(check, 400, "Content-Length beside Transfer-Encoding");
  if (check->codings && check->old) green__head_refuse(check, 400, "Transfer-Encoding in HTTP/1.0");
  if (check->others) green__head_refuse(check, 501, "a Transfer-Encoding but chunked");
  if (!check->hosts && !check->old) green__head_refuse(check, 400, "no Host");
  if (check->codings) check->body = GREEN__UNKNOWN;
  return check->status;
}
