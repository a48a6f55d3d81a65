/* The HTTP client in Node and in browsers: fetch(), by http.mjs, with what that needs of C. */
#include "http.h"

#include <string.h>
#include <emscripten/emscripten.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "interface.h"

#define USER_AGENT "greenio/" GREEN_VERSION

struct fetch_transfer {
  struct green__transfer base;
  char *scratch;
  size_t scratch_room;
};

struct green_http_client {
  struct green__client base;
};

const size_t green__transfer_size = sizeof(struct fetch_transfer);
const size_t green__client_size = sizeof(struct green_http_client);
const bool green__http_needs_host_stack = false;

/* ---- imports: what each does stands in http.mjs ---- */

bool green__fetch_open(void); /* whether this is Node */
void green__fetch_begin(void *transfer, void *client, const char *method, const char *url,
                        const void *headers, int header_count, const void *body, int body_size,
                        bool produces, int max_redirects, bool cookies, const char *agent);
void green__fetch_resume(void *transfer, const void *piece, int size); /* -1: there is none */
void green__fetch_stop(void *transfer);
void green__fetch_forget(void *client);
char *green__fetch_decode(const char *charset, const char *bytes, int size, void *out_size);

/* ---- called by JavaScript ---- */

/* Memory for `size` bytes of text until the next such call; NULL: transfer->failure is set. */
EMSCRIPTEN_KEEPALIVE char *green__fetch_scratch(struct fetch_transfer *transfer, size_t size) {
  if (size > transfer->scratch_room) {
    char *scratch = green__realloc(transfer->scratch, size);
    if (!scratch) {
      transfer->base.failure = GREEN_ENOMEM;
      return NULL;
    }
    transfer->scratch = scratch;
    transfer->scratch_room = size;
  }
  return transfer->scratch;
}

/* The scratch holds a name of that size and a value of that size. */
EMSCRIPTEN_KEEPALIVE void green__fetch_header(struct fetch_transfer *transfer, size_t name_size,
                                              size_t value_size) {
  const char *name = transfer->scratch;
  if (green__response_header(transfer->base.response, name, name_size, name + name_size,
                             value_size) < 0)
    transfer->base.failure = GREEN_ENOMEM;
}

/* The answer is a redirect; the scratch holds its Location, ended by a 0 byte. */
EMSCRIPTEN_KEEPALIVE void green__fetch_redirected(struct fetch_transfer *transfer, int status) {
  const char *why;
  int rc = green__redirect(&transfer->base, status, transfer->scratch, &why);
  if (rc < 0)
    green__transfer_end(&transfer->base, rc, why);
  else
    green__host_transfer_start(&transfer->base);
}

EMSCRIPTEN_KEEPALIVE unsigned green__fetch_space(struct green__transfer *transfer) {
  size_t space = green__transfer_space(transfer);
  return space < 0x40000000 ? space : 0x40000000;
}

EMSCRIPTEN_KEEPALIVE void *green__fetch_room(struct green__transfer *transfer, size_t size) {
  return green__transfer_room(transfer, size);
}

EMSCRIPTEN_KEEPALIVE void green__fetch_want(struct green__transfer *transfer) {
  green__transfer_want(transfer);
}

EMSCRIPTEN_KEEPALIVE void green__fetch_sent(struct green__transfer *transfer, size_t size) {
  green__transfer_sent(transfer, size);
}

/* The response is whole. */
EMSCRIPTEN_KEEPALIVE void green__fetch_end(struct green__transfer *transfer) {
  green__transfer_end(transfer, 0, NULL);
}

/* transfer->failure is set, or the scratch holds a sentence for that status, ended by a 0 byte. */
EMSCRIPTEN_KEEPALIVE void green__fetch_failed(struct fetch_transfer *transfer, int status) {
  if (transfer->base.failure)
    green__transfer_end(&transfer->base, transfer->base.failure, NULL);
  else
    green__transfer_end(&transfer->base, status, transfer->scratch);
}

/* ---- transfers ---- */

/* The headers are all there; the scratch holds the URL.  0: transfer->failure is set. A browser
 * hides the transfer's own headers, or has forgiven what was wrong with them. */
EMSCRIPTEN_KEEPALIVE int green__fetch_answered(struct fetch_transfer *transfer, int status) {
  transfer->base.response->status = status;
  bool in_node = green__fetch_open();
  const char *wrong = green__response_wrong(transfer->base.response);
  if (wrong && in_node) green__transfer_refuse(&transfer->base, GREEN_EPROTO, wrong);
  if (transfer->base.failure) return 0;
  green__transfer_answered(&transfer->base, in_node ? transfer->base.url : transfer->scratch);
  return transfer->base.failure == 0;
}

void green__host_transfer_start(struct green__transfer *transfer) {
  const green_http_client_options *options = &transfer->client->base.options;
  green__fetch_begin(transfer, transfer->client, transfer->method, transfer->url, transfer->headers,
                     (int)transfer->header_count, transfer->body, (int)transfer->body_size,
                     transfer->produce != NULL, transfer->max_redirects, options->cookies,
                     USER_AGENT);
}

void green__host_transfer_resume(struct green__transfer *transfer) {
  bool has_piece = !transfer->wanting && transfer->piece &&
                   (transfer->piece_last || transfer->piece_taken < transfer->piece_size);
  green__fetch_resume(transfer, transfer->piece, has_piece ? (int)transfer->piece_size : -1);
  if (has_piece) transfer->piece_taken = transfer->piece_size;
}

void green__host_transfer_halt(struct green__transfer *base) {
  struct fetch_transfer *transfer = (struct fetch_transfer *)base;
  green__fetch_stop(transfer);
  green__free(transfer->scratch);
  transfer->scratch = NULL;
  transfer->scratch_room = 0;
  green__transfer_release(base);
}

/* ---- request headers that fetch() does not send as they were given ---- */

static bool is_among(const char *name, const char *const *names) {
  while (*names && !green__is_name(name, *names)) names++;
  return *names != NULL;
}

static bool begins(const char *name, const char *prefix) {
  return strlen(name) >= strlen(prefix) && green__same_name(name, prefix, strlen(prefix));
}

/* Tried with Node 20, 24 and 26: some of these fail there, some are dropped, some replaced. */
static const char *node_lacks(const char *name, const char *value) {
  static const char *const own[] = {"Expect",         "Host",    "Keep-Alive",
                                    "Sec-Fetch-Mode", "Upgrade", NULL};
  if (is_among(name, own)) return "fetch() in Node does not send it";
  if (green__is_name(name, "Connection") && !green__is_name(value, "close") &&
      !green__is_name(value, "keep-alive"))
    return "fetch() in Node sends close or keep-alive alone";
  return NULL;
}

/* A method that the server is asked to take for the real one, in a list of them. */
static bool names_refused_method(const char *value) {
  const char *at = value, *end = value + strlen(value), *item;
  size_t size;
  while (green__list_next(&at, end, &item, &size)) {
    const struct green__method *known = green__method_find(item, size);
    if (known && known->traits & GREEN__NOT_A_CLIENTS) return true;
  }
  return false;
}

/* The forbidden ones of the Fetch standard, which a browser drops in silence; and User-Agent, which
 * Chromium drops too. */
static const char *browser_lacks(const char *name, const char *value) {
  static const char *const forbidden[] = {"Accept-Charset",
                                          "Accept-Encoding",
                                          "Access-Control-Request-Headers",
                                          "Access-Control-Request-Method",
                                          "Access-Control-Request-Private-Network",
                                          "Connection",
                                          "Cookie",
                                          "Cookie2",
                                          "Date",
                                          "DNT",
                                          "Expect",
                                          "Host",
                                          "Keep-Alive",
                                          "Origin",
                                          "Referer",
                                          "Set-Cookie",
                                          "TE",
                                          "Trailer",
                                          "Upgrade",
                                          "User-Agent",
                                          "Via",
                                          NULL};
  static const char *const overrides[] = {"X-HTTP-Method", "X-HTTP-Method-Override",
                                          "X-Method-Override", NULL};
  if (begins(name, "proxy-") || begins(name, "sec-") || is_among(name, forbidden) ||
      (is_among(name, overrides) && names_refused_method(value)))
    return "a browser does not let a page send it";
  return NULL;
}

const char *green__header_lacks(const char *name, const char *value) {
  return green__fetch_open() ? node_lacks(name, value) : browser_lacks(name, value);
}

/* ---- clients ---- */

/* A browser follows 20 and does not tell how many they were. */
bool green__counts_redirects(int most) {
  return green__fetch_open() || most == 20;
}

const char *green__client_lacks(const green_http_client_options *options) {
  if (options->user_agent && !green__fetch_open()) return "user_agent";
  if (options->host_connections) return "host_connections";
  if (options->connect_timeout) return "connect_timeout";
  if (options->proxy) return "proxy";
  if (options->ca_file) return "ca_file";
  if (options->certificate) return "certificate";
  if (options->insecure) return "insecure";
  if (options->allow) return "allow";
  return NULL;
}

void green_http_client_release(green_http_client *client) {
  if (!client) return;
  green__handle_used(client, __func__);
  if (--client->base.references) return; /* of the program's, or of a request's */
  green__handle_released(client, __func__);
  if (client->base.options.cookies) {
    green__fetch_forget(client);
  }
  green__client_free(&client->base);
}

/* Connections are the host's, so that the runtime's own client is nothing but a name for them. */
green_http_client *green__http_client_take(green_http_client *client) {
  if (!client) return green_http_client_new(&client, NULL) < 0 ? NULL : client;
  client->base.references++;
  return client;
}

/* ---- text ---- */

int green__charset_decode(const char *charset, const char *bytes, size_t size, char **out,
                          size_t *out_size) {
  char *text = green__fetch_decode(charset, bytes, (int)size, out_size);
  if (!text) return GREEN_ENOTSUP;
  if (text == (char *)-1) return GREEN_ENOMEM;
  *out = text;
  return 0;
}
