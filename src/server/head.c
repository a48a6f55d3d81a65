/* What a request's head must be like before the application sees it.
 *
 * Two servers on a request's way that read it differently are how one is smuggled past the first.
 * So whatever RFC 9112 calls malformed or ambiguous is refused here where libmicrohttpd takes it.
 *
 * libmicrohttpd before 0.9.76 also takes line ends without CR, folded lines and NULs, and shows
 * none of them. But it parses in place: it writes NULs over the colon and the line's end, and hands
 * out pointers between them. So in a well-formed head each name begins two bytes behind the value
 * before it, and the last line ends where the head does; anything else was not well-formed. Newer
 * ones are told to be strict instead (server.c).
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "server.h"

/* RFC 9110's token characters, a bit each. */
static bool is_token(const char *text, size_t size) {
  static const uint32_t chars[8] = {0, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff, 0, 0, 0, 0};
  for (size_t i = 0; i < size; i++) {
    unsigned char c = (unsigned char)text[i];
    if (!(chars[c >> 5] >> (c & 31) & 1)) return false;
  }
  return size > 0;
}

/* Visible ASCII, as in a target, but for what RFC 3986 has nowhere. */
static bool is_target(const char *text, size_t size) {
  for (size_t i = 0; i < size; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c <= ' ' || c >= 0x7f || c == '#' || c == '"' || c == '<' || c == '>') return false;
  }
  return size > 0;
}

/* What a field's value can have: no control characters but tabs. */
static bool is_value(const char *text, size_t size) {
  for (size_t i = 0; i < size; i++) {
    unsigned char c = (unsigned char)text[i];
    if ((c < ' ' && c != '\t') || c == 0x7f) return false;
  }
  return true;
}

/* A host and maybe a port; empty is allowed. */
static bool is_host(const char *text, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (strchr("/?#@\\ \t,\"<>^`{|}", text[i])) return false;
  return true;
}

static bool is_name(const char *name, size_t size, const char *wanted) {
  return size == strlen(wanted) && strncasecmp(name, wanted, size) == 0;
}

static bool is_digits(const char *text, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (text[i] < '0' || text[i] > '9') return false;
  return size > 0;
}

/* Of a length: more might be taken for one that is not known. */
#define MOST_DIGITS 18

/* ---- the fields ------------------------------------------------------------------------------ */

struct check {
  struct green__request *request;
  unsigned status, count, hosts, lengths, codings;
  const char *at; /* where the next name has to be; NULL: that tells nothing */
  const char *length;
  bool chunked;
};

static void refuse(struct check *check, unsigned status) {
  if (!check->status) check->status = status;
}

static void check_place(struct check *check, const char *name, size_t name_size, const char *value,
                        size_t value_size) {
  if (!check->at) return;
  bool right = name == check->at && value > name + name_size;
  for (const char *blank = name + name_size + 1; right && blank < value; blank++)
    right = *blank == ' ' || *blank == '\t';
  if (!right) refuse(check, MHD_HTTP_BAD_REQUEST);
  check->at = value + value_size + 2;
}

static void check_expect(struct check *check, const char *value, size_t size) {
  if (!is_name(value, size, "100-continue")) refuse(check, MHD_HTTP_EXPECTATION_FAILED);
}

static enum MHD_Result check_field(void *arg, enum MHD_ValueKind kind, const char *name,
                                   size_t name_size, const char *value, size_t value_size) {
  struct check *check = arg;
  (void)kind;
  if (!value) value = "";
  check_place(check, name, name_size, value, value_size);
  if (!is_token(name, name_size) || !is_value(value, value_size)) {
    refuse(check, MHD_HTTP_BAD_REQUEST);
  } else if (++check->count > check->request->connection->server->max_headers) {
    refuse(check, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE);
  } else if (is_name(name, name_size, "Host")) {
    if (check->hosts++ || !is_host(value, value_size)) refuse(check, MHD_HTTP_BAD_REQUEST);
  } else if (is_name(name, name_size, "Content-Length")) {
    check->length = value;
    if (check->lengths++ || !is_digits(value, value_size)) refuse(check, MHD_HTTP_BAD_REQUEST);
    if (value_size > MOST_DIGITS) refuse(check, MHD_HTTP_CONTENT_TOO_LARGE);
  } else if (is_name(name, name_size, "Transfer-Encoding")) {
    check->chunked = is_name(value, value_size, "chunked");
    if (check->codings++) refuse(check, MHD_HTTP_BAD_REQUEST);
  } else if (is_name(name, name_size, "Expect")) {
    check_expect(check, value, value_size);
  }
  return check->status ? MHD_NO : MHD_YES;
}

static enum MHD_Result give_field(void *arg, enum MHD_ValueKind kind, const char *name,
                                  size_t name_size, const char *value, size_t value_size) {
  struct green__request *request = arg;
  (void)kind;
  if (!value) value = "";
  while (value_size && (value[value_size - 1] == ' ' || value[value_size - 1] == '\t'))
    value_size--;
  green__exchange_header(request->exchange, name, name_size, value, value_size);
  return MHD_YES;
}

/* ---- the line, and all of it ----------------------------------------------------------------- */

/* "/path?query", "http://host/path?query", and "*" for OPTIONS. */
static unsigned check_line(const struct green__request *request, const char *method) {
  const char *target = request->target;
  if (!is_token(method, strlen(method)) || !is_target(target, request->target_size))
    return MHD_HTTP_BAD_REQUEST;
  if (strcmp(method, "CONNECT") == 0) return MHD_HTTP_NOT_IMPLEMENTED;
  if (*target == '/' || (strcmp(target, "*") == 0 && strcmp(method, "OPTIONS") == 0)) return 0;
  for (int secure = 0; secure < 2; secure++) {
    const char *scheme = secure ? "https://" : "http://";
    size_t size = strlen(scheme);
    if (strncasecmp(target, scheme, size) != 0) continue;
    size_t host = strcspn(target + size, "/?");
    return host && is_host(target + size, host) ? 0 : MHD_HTTP_BAD_REQUEST;
  }
  return MHD_HTTP_BAD_REQUEST;
}

static bool shows_lines(void) {
  static int answer = -1;
  if (answer < 0) answer = strncmp(MHD_get_version(), "0.9.75", 6) == 0;
  return answer;
}

/* Where the first field's name has to be, NULL if it cannot be there. */
static const char *after_line(const struct green__request *request, const char *method,
                              const char *version) {
  const char *target = method + strlen(method) + 1;
  bool right = request->line == target && version == target + request->target_size + 1;
  return right ? version + strlen("HTTP/1.1") + 2 : NULL;
}

static size_t head_size(struct MHD_Connection *mhd) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info ? info->header_size : 0;
}

/* What the fields say together. */
static unsigned check_framing(const struct check *check, const char *version) {
  bool old = strcmp(version, "HTTP/1.0") == 0;
  if (check->status) return check->status;
  if (check->lengths && check->codings) return MHD_HTTP_BAD_REQUEST;
  if (check->codings && old) return MHD_HTTP_BAD_REQUEST;
  if (check->codings && !check->chunked) return MHD_HTTP_NOT_IMPLEMENTED;
  if (!check->hosts && !old) return MHD_HTTP_BAD_REQUEST;
  return 0;
}

unsigned green__head_take(struct green__request *request, const char *method, const char *version) {
  struct green_server *server = request->connection->server;
  struct check check = {.request = request};
  size_t size = head_size(request->mhd);
  check.status = check_line(request, method);
  if (!check.status && size > server->max_head)
    check.status = MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE;
  if (!check.status && shows_lines()) {
    check.at = after_line(request, method, version);
    if (!check.at) check.status = MHD_HTTP_BAD_REQUEST;
  }
  if (!check.status)
    MHD_get_connection_values_n(request->mhd, MHD_HEADER_KIND, check_field, &check);
  if (!check.status && check.at && check.at + 2 != method + size)
    check.status = MHD_HTTP_BAD_REQUEST;
  unsigned status = check_framing(&check, version);
  if (status) return status;
  request->expects = check.chunked ? GREEN__UNKNOWN : 0;
  if (check.length) request->expects = strtoull(check.length, NULL, 10);
  request->exchange = green__exchange_open(server->app, green__server_rouse, request);
  if (!request->exchange) return MHD_HTTP_SERVICE_UNAVAILABLE;
  MHD_get_connection_values_n(request->mhd, MHD_HEADER_KIND, give_field, request);
  return 0;
}
