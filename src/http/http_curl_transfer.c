/* One request as a libcurl easy handle: its options, its callbacks, and what its end means. */
#include "http_curl.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"

#define VERSION_TEXT(major, minor, patch) #major "." #minor "." #patch
#define VERSION_OF(major, minor, patch)   VERSION_TEXT(major, minor, patch)
#define USER_AGENT                                                                                 \
  "greenio/" VERSION_OF(GREEN_VERSION_MAJOR, GREEN_VERSION_MINOR, GREEN_VERSION_PATCH)

/* ---- receiving ---- */

static size_t on_body(char *data, size_t one, size_t size, void *arg) {
  struct green__curl_transfer *transfer = arg;
  (void)one;
  if (size == 0) return 0;
  if (green__transfer_space(&transfer->base) < size) {
    transfer->base.full = transfer->receiving_paused = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  void *room = green__transfer_room(&transfer->base, size);
  if (!room) return 0;
  memcpy(room, data, size);
  return size;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Those of fetch(); libcurl would follow every 3xx with a Location. */
static bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* As browsers do: 303 turns everything but HEAD into GET. libcurl would keep a method of our own.
 */
static void on_status_line(struct green__curl_transfer *transfer) {
  long status = 0;
  curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  green__response_restart(transfer->base.response, (int)status);
  transfer->in_headers = true;
  if (transfer->base.max_redirects < 0) return;
  if (status / 100 == 3 && !is_redirect((int)status))
    curl_easy_setopt(transfer->easy, CURLOPT_FOLLOWLOCATION, 0L);
  if (status == 303) curl_easy_setopt(transfer->easy, CURLOPT_CUSTOMREQUEST, NULL);
}

static int add_header(green_http_response *response, const char *line, size_t size) {
  const char *colon = memchr(line, ':', size);
  if (!colon) return 0;
  const char *value = colon + 1, *end = line + size;
  size_t name_size = (size_t)(colon - line);
  while (name_size && is_blank(line[name_size - 1])) name_size--;
  while (value < end && is_blank(*value)) value++;
  return green__response_header(response, line, name_size, value, (size_t)(end - value));
}

/* Whether the response whose headers have ended is the one that counts. */
static bool is_last(struct green__curl_transfer *transfer) {
  const green_http_response *response = transfer->base.response;
  if (response->status < 200) return false;
  return transfer->base.max_redirects < 0 || !is_redirect(response->status) ||
         !green_http_header_value(response, "location");
}

static void answered(struct green__curl_transfer *transfer) {
  char *url = NULL;
  curl_easy_getinfo(transfer->easy, CURLINFO_EFFECTIVE_URL, &url);
  green__transfer_answered(&transfer->base, url);
}

static bool same_part(CURLU *one, CURLU *other, CURLUPart part) {
  char *a = NULL, *b = NULL;
  bool same = curl_url_get(one, part, &a, CURLU_DEFAULT_PORT) == CURLUE_OK &&
              curl_url_get(other, part, &b, CURLU_DEFAULT_PORT) == CURLUE_OK && strcmp(a, b) == 0;
  curl_free(a);
  curl_free(b);
  return same;
}

/* Whether `location`, as `url` would understand it, has its scheme, host and port. */
static bool same_origin(const char *url, const char *location) {
  CURLU *here = curl_url(), *there = curl_url();
  bool same = here && there && curl_url_set(here, CURLUPART_URL, url, 0) == CURLUE_OK &&
              curl_url_set(there, CURLUPART_URL, url, 0) == CURLUE_OK &&
              curl_url_set(there, CURLUPART_URL, location, CURLU_URLENCODE) == CURLUE_OK &&
              same_part(here, there, CURLUPART_SCHEME) && same_part(here, there, CURLUPART_HOST) &&
              same_part(here, there, CURLUPART_PORT);
  curl_url_cleanup(here);
  curl_url_cleanup(there);
  return same;
}

static void drop_request_header(struct green__curl_transfer *transfer, const char *name) {
  size_t size = strlen(name);
  struct curl_slist **link = &transfer->headers;
  while (*link) {
    struct curl_slist *line = *link;
    bool named = strlen(line->data) > size && green__same_name(line->data, name, size) &&
                 (line->data[size] == ':' || line->data[size] == ';');
    if (named) {
      *link = line->next;
      line->next = NULL;
      curl_slist_free_all(line);
    } else {
      link = &line->next;
    }
  }
  curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
}

/* The other credentials of a request libcurl itself keeps from another origin. */
static void redirected(struct green__curl_transfer *transfer) {
  char *url = NULL;
  curl_easy_getinfo(transfer->easy, CURLINFO_EFFECTIVE_URL, &url);
  if (!url || !same_origin(url, green_http_header_value(transfer->base.response, "location")))
    drop_request_header(transfer, "proxy-authorization");
}

/* Called for each line of each response: of those redirected from, interim ones, trailers as well.
 */
static size_t on_header(char *line, size_t one, size_t size, void *arg) {
  struct green__curl_transfer *transfer = arg;
  size_t length = size;
  int rc = 0;
  (void)one;
  if (!transfer->base.response) return 0;
  while (length && is_blank(line[length - 1])) length--;
  if (size >= 5 && memcmp(line, "HTTP/", 5) == 0) {
    on_status_line(transfer);
  } else if (transfer->in_headers && size && (line[0] == ' ' || line[0] == '\t')) {
    rc = green__response_header_folded(transfer->base.response, line, length);
  } else if (transfer->in_headers && length) {
    rc = add_header(transfer->base.response, line, length);
  } else {
    if (transfer->in_headers && is_last(transfer))
      answered(transfer);
    else if (transfer->in_headers && is_redirect(transfer->base.response->status))
      redirected(transfer);
    transfer->in_headers = false;
  }
  if (rc < 0) transfer->base.failure = rc;
  return transfer->base.failure ? 0 : size;
}

/* ---- sending ---- */

static size_t on_send(char *buffer, size_t one, size_t size, void *arg) {
  struct green__curl_transfer *transfer = arg;
  int count = green__transfer_send(&transfer->base, buffer, one * size);
  if (count >= 0) return (size_t)count;
  if (count != GREEN_EAGAIN) return CURL_READFUNC_ABORT;
  transfer->sending_paused = true;
  return CURL_READFUNC_PAUSE;
}

/* A redirect, or a connection that had been closed, asks for the body once more. */
static int on_rewind(void *arg, curl_off_t offset, int origin) {
  struct green__transfer *transfer = arg;
  if (origin != SEEK_SET || transfer->stopping) return CURL_SEEKFUNC_FAIL;
  if (transfer->produce && (offset || transfer->progress.sent)) return CURL_SEEKFUNC_FAIL;
  transfer->progress.sent = (uint64_t)offset;
  return CURL_SEEKFUNC_OK;
}

/* ---- the request ---- */

static CURLcode add_line(struct green__curl_transfer *transfer, const char *line) {
  struct curl_slist *longer = curl_slist_append(transfer->headers, line);
  if (!longer) return CURLE_OUT_OF_MEMORY;
  transfer->headers = longer;
  return CURLE_OK;
}

/* "Name: value", and "Name;" for an empty one, which libcurl would else take for "send none". */
static CURLcode add_request_header(struct green__curl_transfer *transfer,
                                   const green_http_header *header) {
  size_t name = strlen(header->name), value = strlen(header->value);
  char *line = green__alloc(name + value + 3);
  if (!line) return CURLE_OUT_OF_MEMORY;
  memcpy(line, header->name, name);
  memcpy(line + name, value ? ": " : ";", value ? 3 : 2);
  if (value) memcpy(line + name + 2, header->value, value + 1);
  CURLcode code = add_line(transfer, line);
  green__free(line);
  return code;
}

static bool has_header(const struct green__transfer *transfer, const char *name) {
  size_t size = strlen(name);
  for (size_t i = 0; i < transfer->header_count; i++)
    if (strlen(transfer->headers[i].name) == size &&
        green__same_name(transfer->headers[i].name, name, size))
      return true;
  return false;
}

/* The program's headers, and none of those that libcurl would add to a body on its own. */
static CURLcode make_headers(struct green__curl_transfer *transfer) {
  const struct green__transfer *base = &transfer->base;
  CURLcode code = CURLE_OK;
  for (size_t i = 0; i < base->header_count && code == CURLE_OK; i++)
    code = add_request_header(transfer, &base->headers[i]);
  if (code == CURLE_OK && !has_header(base, "expect")) code = add_line(transfer, "Expect:");
  if (code == CURLE_OK && !has_header(base, "content-type"))
    code = add_line(transfer, "Content-Type:");
  return code;
}

#define SET(option, value)                                                                         \
  if (code == CURLE_OK) code = curl_easy_setopt(transfer->easy, option, value)

static CURLcode set_method(struct green__curl_transfer *transfer) {
  const struct green__transfer *base = &transfer->base;
  bool is_post = strcmp(base->method, "POST") == 0, has_body = base->body || base->produce;
  bool unknown = base->produce && !base->body_size;
  CURLcode code = CURLE_OK;
  if (has_body || is_post) {
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, unknown ? (curl_off_t)-1 : (curl_off_t)base->body_size);
    SET(CURLOPT_READFUNCTION, on_send);
    SET(CURLOPT_READDATA, transfer);
    SET(CURLOPT_SEEKFUNCTION, on_rewind);
    SET(CURLOPT_SEEKDATA, transfer);
    if (!is_post) SET(CURLOPT_POSTREDIR, (long)(CURL_REDIR_POST_301 | CURL_REDIR_POST_302));
  }
  if (strcmp(base->method, "HEAD") == 0) {
    SET(CURLOPT_NOBODY, 1L);
  } else if (!is_post && (has_body || strcmp(base->method, "GET") != 0)) {
    SET(CURLOPT_CUSTOMREQUEST, base->method);
  }
  return code;
}

static CURLcode set_callbacks(struct green__curl_transfer *transfer) {
  CURLcode code = CURLE_OK;
  SET(CURLOPT_PRIVATE, transfer);
  SET(CURLOPT_ERRORBUFFER, transfer->error);
  SET(CURLOPT_WRITEFUNCTION, on_body);
  SET(CURLOPT_WRITEDATA, transfer);
  SET(CURLOPT_HEADERFUNCTION, on_header);
  SET(CURLOPT_HEADERDATA, transfer);
  return code;
}

/* QUICK_EXIT: a stopped transfer does not wait for its name lookup, which goes on in a thread. */
static CURLcode set_behaviour(struct green__curl_transfer *transfer) {
  int redirects = transfer->base.max_redirects;
  CURLcode code = CURLE_OK;
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_QUICK_EXIT, 1L);
  SET(CURLOPT_PROTOCOLS_STR, "http,https");
  SET(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  SET(CURLOPT_ACCEPT_ENCODING, "");
  SET(CURLOPT_USERAGENT, USER_AGENT);
  SET(CURLOPT_FOLLOWLOCATION, redirects > 0 ? 1L : 0L);
  if (redirects > 0) SET(CURLOPT_MAXREDIRS, (long)redirects);
  return code;
}

static CURLcode set_tls(struct green__curl_transfer *transfer,
                        const green_http_client_options *options) {
  const char *trusted = options->ca_file ? options->ca_file : getenv("SSL_CERT_FILE");
  CURLcode code = CURLE_OK;
  if (trusted && *trusted) SET(CURLOPT_CAINFO, trusted);
  if (options->certificate) SET(CURLOPT_SSLCERT, options->certificate);
  if (options->key) SET(CURLOPT_SSLKEY, options->key);
  if (options->insecure) {
    SET(CURLOPT_SSL_VERIFYPEER, 0L);
    SET(CURLOPT_SSL_VERIFYHOST, 0L);
  }
  return code;
}

static CURLcode set_client(struct green__curl_transfer *transfer) {
  const green_http_client *client = transfer->base.client;
  const green_http_client_options *options = &client->base.options;
  CURLcode code = set_tls(transfer, options);
  if (options->proxy) SET(CURLOPT_PROXY, options->proxy);
  if (options->connect_timeout) /* a long has 32 bits in some places */
    SET(CURLOPT_CONNECTTIMEOUT_MS,
        (long)(options->connect_timeout < INT_MAX ? options->connect_timeout : INT_MAX));
  if (client->cookies) {
    SET(CURLOPT_SHARE, client->cookies);
    SET(CURLOPT_COOKIEFILE, "");
  }
  return code;
}

CURLcode green__curl_easy_make(struct green__curl_transfer *transfer) {
  transfer->easy = curl_easy_init();
  CURLcode code = transfer->easy ? make_headers(transfer) : CURLE_OUT_OF_MEMORY;
  SET(CURLOPT_URL, transfer->base.url);
  SET(CURLOPT_HTTPHEADER, transfer->headers);
  if (code == CURLE_OK) code = set_callbacks(transfer);
  if (code == CURLE_OK) code = set_behaviour(transfer);
  if (code == CURLE_OK) code = set_client(transfer);
  if (code == CURLE_OK) code = set_method(transfer);
  return code;
}

void green__curl_easy_free(struct green__curl_transfer *transfer) {
  curl_easy_cleanup(transfer->easy);
  curl_slist_free_all(transfer->headers);
  transfer->easy = NULL;
  transfer->headers = NULL;
}

/* ---- the end ---- */

static int status_of(CURLcode code) {
  switch ((int)code) {
  case CURLE_OUT_OF_MEMORY:
    return GREEN_ENOMEM;
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
    return GREEN_ENOHOST;
  case CURLE_OPERATION_TIMEDOUT:
    return GREEN_ETIMEDOUT;
  case CURLE_TOO_MANY_REDIRECTS:
    return GREEN_ELOOP;
  case CURLE_PARTIAL_FILE:
  case CURLE_GOT_NOTHING:
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
    return GREEN_ECONNRESET;
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_URL_MALFORMAT:
  case CURLE_BAD_CONTENT_ENCODING:
  case CURLE_HTTP2:
  case CURLE_HTTP2_STREAM:
    return GREEN_EPROTO;
  case CURLE_SEND_FAIL_REWIND:
    return GREEN_ENOTSUP;
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CRL_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_INVALIDCERTSTATUS:
    return GREEN_ETLS;
  default:
    return GREEN_EIO;
  }
}

static int connect_status(CURL *easy) {
  long error = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
  return error ? green_status_from_errno((int)error) : GREEN_ECONNREFUSED;
}

void green__curl_complete(struct green__curl_transfer *transfer, CURLcode code) {
  if (code == CURLE_OK && transfer->in_headers) { /* libcurl takes that for their end */
    green__transfer_end(&transfer->base, GREEN_ECONNRESET, "closed in the headers");
    return;
  }
  if (code == CURLE_OK) {
    answered(transfer);
    green__transfer_end(&transfer->base, 0, NULL);
    return;
  }
  if (code == CURLE_OUT_OF_MEMORY && transfer->in_headers) { /* its limit, 100 KiB a line */
    green__transfer_end(&transfer->base, GREEN_EPROTO, "a header that is too long");
    return;
  }
  int status = code == CURLE_COULDNT_CONNECT ? connect_status(transfer->easy) : status_of(code);
  const char *detail = transfer->error[0] ? transfer->error : curl_easy_strerror(code);
  green__transfer_end(&transfer->base, status, detail);
}
