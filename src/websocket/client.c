/* A client's beginning, for every host: the address and the headers are brought into one form. */
#include "client.h"

#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"
#include "grammar/grammar.h"

#define CONNECT_TIMEOUT 300000 /* ms; see http.h */

/* ---- the address ----------------------------------------------------------------------------- */

/* ws: as http:, which the house's addresses know. NULL: no memory. */
static char *as_http(const char *url) {
  bool plain = green__is_word(url, strlen(url) < 5 ? 0 : 5, "ws://"),
       secure = green__is_word(url, strlen(url) < 6 ? 0 : 6, "wss://");
  const char *rest = plain ? url + 5 : secure ? url + 6 : NULL;
  return rest ? green__print("%s://%s", plain ? "http" : "https", rest) : green__print("%s", url);
}

static bool is_relative(const char *url) {
  return *url == '/' || *url == '?';
}

static int url_fail(const char *url, const char *why) {
  return green_fail(GREEN_EINVAL, "%.500s: %s", url, why);
}

static int target_url(struct green__websocket_target *target, const char *url) {
  const char *why, *base = target->client->base_url;
  if (!url || !*url) return green_fail(GREEN_EINVAL, "no address to connect to");
  if (strchr(url, '#')) return url_fail(url, "an address of WebSocket has no fragment");
  char *joined = base && is_relative(url) ? green__url_join(base, url, NULL, 0) : as_http(url);
  if (!joined) return GREEN_ENOMEM;
  int rc = green__url_clean(joined, &target->url, &why);
  green__free(joined);
  if (rc == GREEN_EINVAL) return url_fail(url, why);
  if (rc == 0) target->secure = green__is_word(target->url, 6, "https:");
  return rc;
}

/* ---- headers --------------------------------------------------------------------------------- */

static bool is_handshakes(const char *name) {
  static const char *const names[] = {"Host",
                                      "Connection",
                                      "Upgrade",
                                      "Sec-WebSocket-Key",
                                      "Sec-WebSocket-Version",
                                      "Sec-WebSocket-Protocol",
                                      "Sec-WebSocket-Extensions"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (green__is_name(name, names[i])) return true;
  return false;
}

static bool among(const green_http_header *headers, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (green__is_name(headers[i].name, name)) return true;
  return false;
}

static int target_headers(struct green__websocket_target *target) {
  const green_websocket_options *options = target->options;
  const green_http_client_options *client = target->client;
  size_t own = options->header_count, count = own;
  int rc = green__headers_check(options->headers, own);
  if (rc < 0) return rc;
  target->headers = green__alloc((own + client->header_count + 1) * sizeof *target->headers);
  if (!target->headers) return GREEN_ENOMEM;
  if (own) memcpy(target->headers, options->headers, own * sizeof *target->headers);
  for (size_t i = 0; i < client->header_count; i++)
    if (!among(options->headers, own, client->headers[i].name))
      target->headers[count++] = client->headers[i];
  if (client->user_agent && !among(target->headers, count, "User-Agent"))
    target->headers[count++] = (green_http_header){"User-Agent", client->user_agent};
  target->header_count = count;
  for (size_t i = 0; i < count; i++)
    if (is_handshakes(target->headers[i].name))
      return green_fail(GREEN_EINVAL, "%s: the handshake's own header", target->headers[i].name);
  return 0;
}

/* ---- connecting ------------------------------------------------------------------------------ */

static int client_check(const green_http_client_options *client) {
  const char *lacks = client->cookies                   ? "cookies"
                      : client->proxy && *client->proxy ? "proxy"
                                                        : NULL;
  return lacks ? green_fail(GREEN_ENOTSUP, "%s of the client: WebSocket has none", lacks) : 0;
}

static int dial_in_time(const struct green__websocket_target *target, green_websocket *ws) {
  uint64_t timeout = target->client->connect_timeout;
  int rc = GREEN_EINVAL;
  GREEN_TIMEOUT(timeout ? timeout : CONNECT_TIMEOUT) {
    rc = green__websocket_dial(target, ws);
  }
  return rc;
}

static int connect_to(struct green__websocket_target *target, green_websocket **out,
                      const char *url) {
  int rc = client_check(target->client);
  if (rc == 0) rc = target_url(target, url);
  if (rc == 0) rc = target_headers(target);
  if (rc == 0) rc = green__websocket_new(out, target->options);
  if (rc == 0) rc = dial_in_time(target, *out);
  if (rc == 0) return 0;
  if (*out && (*out)->wire)
    green_websocket_release(*out); /* an interruption, in spite of which it was opened */
  else if (*out)
    green__websocket_unref(*out);
  *out = NULL;
  return rc;
}

int green_websocket_connect(green_http_client *client, green_websocket **out, const char *url,
                            const green_websocket_options *given) {
  static const green_http_client_options defaults;
  green_websocket_options options = given ? *given : (green_websocket_options){0};
  struct green__websocket_target target = {
      .client = client ? &((struct green__client *)client)->options : &defaults,
      .options = &options,
  };
  *out = NULL;
  int rc = green__wait_possible();
  if (rc == 0) rc = green__websocket_options(&options, false);
  if (rc == 0) rc = connect_to(&target, out, url);
  green__free(target.url);
  green__free(target.headers);
  return rc;
}
