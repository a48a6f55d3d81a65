/* A request's head as libmicrohttpd shows it, for the check of app/server.h.
 *
 * libmicrohttpd before 0.9.76 takes line ends without CR, folded lines and NULs, and shows none of
 * them. But it parses in place: it writes NULs over the colon and the line's end, and hands out
 * pointers between them. So in a well-formed head each name begins two bytes behind the value
 * before it, and the last line ends where the head does; anything else was not well-formed. Newer
 * ones are told to be strict instead (server.c).
 */
#include <string.h>
#include "server.h"

struct check {
  struct green__request *request;
  struct green__head_check head;
  unsigned count;
  const char *at; /* where the next name has to be; NULL: that tells nothing */
};

static void check_refuse(struct check *check, int status, const char *why) {
  green__head_refuse(&check->head, status, why);
}

static void check_place(struct check *check, const char *name, size_t name_size, const char *value,
                        size_t value_size) {
  if (!check->at) return;
  bool right = name == check->at && value > name + name_size;
  for (const char *blank = name + name_size + 1; right && blank < value; blank++)
    right = green__is_blank(*blank);
  if (!right) check_refuse(check, 400, "a line that is no header");
  check->at = value + value_size + 2;
}

static enum MHD_Result check_field(void *arg, enum MHD_ValueKind kind, const char *name,
                                   size_t name_size, const char *value, size_t value_size) {
  struct check *check = arg;
  (void)kind;
  if (!value) value = "";
  check_place(check, name, name_size, value, value_size);
  if (++check->count > check->request->connection->server->max_headers)
    check_refuse(check, 431, "too many headers");
  green__head_field(&check->head, name, name_size, value, value_size);
  if (green__is_word(name, name_size, "Transfer-Encoding") &&
      !green__is_word(value, value_size, "chunked"))
    check_refuse(check, 501, "a Transfer-Encoding that libmicrohttpd does not read as chunked");
  return check->head.status ? MHD_NO : MHD_YES;
}

static enum MHD_Result give_field(void *arg, enum MHD_ValueKind kind, const char *name,
                                  size_t name_size, const char *value, size_t value_size) {
  struct green__request *request = arg;
  (void)kind;
  if (!value) value = "";
  green__trim(&value, &value_size);
  green__exchange_header(request->exchange, name, name_size, value, value_size);
  return MHD_YES;
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

const char *green__head_take(struct green__request *request, const char *method,
                             const char *version, int *status) {
  struct green_server *server = request->connection->server;
  struct check check = {.request = request};
  size_t size = head_size(request->mhd);
  green__head_line(&check.head, method, request->target, version);
  if (size > server->max_head) check_refuse(&check, 431, "a head that is too large");
  if (shows_lines()) {
    check.at = after_line(request, method, version);
    if (!check.at) check_refuse(&check, 400, "a line that is no request");
  }
  if (!check.head.status)
    MHD_get_connection_values_n(request->mhd, MHD_HEADER_KIND, check_field, &check);
  if (check.at && check.at + 2 != method + size)
    check_refuse(&check, 400, "a head that is malformed");
  *status = green__head_end(&check.head);
  if (*status) return check.head.why;
  request->expects = check.head.body;
  request->exchange = green__exchange_open(server->app, green__server_rouse, request);
  if (request->exchange)
    MHD_get_connection_values_n(request->mhd, MHD_HEADER_KIND, give_field, request);
  else
    *status = MHD_HTTP_SERVICE_UNAVAILABLE;
  return NULL;
}
