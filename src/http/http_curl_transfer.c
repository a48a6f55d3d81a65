/* One request as a libcurl easy handle: its options, its callbacks, and what its end means. */
#include "http_curl.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "host.h"
#include "net/names_uv.h"
#include "system_socket.h"

#define USER_AGENT "greenio/" GREEN_VERSION

#define UNANSWERED                                                                                 \
  "the connection ended without an answer; the server may have acted on the request, so it is "    \
  "not sent again unless `retry` says so"

#define GOES_ON                                                                                    \
  "the body goes on behind the end of its compressed data (a second gzip member, or other "        \
  "bytes), "                                                                                       \
  "which libcurl does not read"

#define HEAD_MOST    ((size_t)256 << 10) /* bytes of headers, those of interim answers included */
#define TRAILER_MOST ((size_t)64 << 10)
#define SKIPPED_MOST ((size_t)64 << 10) /* of a redirect's body, then its connection is closed */

/* ---- receiving ---- */

static size_t on_body(char *data, size_t one, size_t size, void *arg) {
  struct green__curl_transfer *transfer = arg;
  (void)one;
  if (size == 0) return 0;
  if (transfer
          ->following) { /* nobody wants it; a short one leaves the connection to be used again */
    transfer->skipped += size;
    return transfer->skipped > SKIPPED_MOST ? 0 : size;
  }
  if (green__transfer_space(&transfer->base) < size) {
    transfer->base.full = transfer->receiving_paused = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  void *room = green__transfer_room(&transfer->base, size);
  if (!room) return 0;
  memcpy(room, data, size);
  return size;
}

static void on_status_line(struct green__curl_transfer *transfer) {
  long status = 0;
  curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  green__response_restart(transfer->base.response, (int)status);
  transfer->in_headers = transfer->heard = true;
}

static int response_add_header(green_http_response *response, const char *line, size_t size) {
  const char *colon = memchr(line, ':', size);
  if (!colon) return 0;
  const char *value = colon + 1;
  size_t name_size = (size_t)(colon - line), value_size = size - name_size - 1;
  green__trim(&line, &name_size);
  green__trim(&value, &value_size);
  return green__response_header(response, line, name_size, value, value_size);
}

static void answered(struct green__curl_transfer *transfer) {
  green__transfer_answered(&transfer->base, transfer->base.url);
}

static void headers_ended(struct green__curl_transfer *transfer) {
  struct green__transfer *base = &transfer->base;
  transfer->in_headers = false;
  if (base->response->status < 200) return;
  const char *wrong = green__response_wrong(base->response);
  transfer->following = !wrong && green__redirect_due(base);
  if (wrong)
    green__transfer_refuse(base, GREEN_EPROTO, wrong);
  else if (!transfer->following)
    answered(transfer);
}

/* What comes before the answer and behind its body is kept by libcurl, so that it must end. */
static void bound_headers(struct green__curl_transfer *transfer, size_t size) {
  struct green__transfer *base = &transfer->base;
  bool is_trailer = transfer->heard && !transfer->in_headers;
  if (is_trailer)
    transfer->trailer_size += size;
  else
    transfer->head_size += size;
  if (transfer->trailer_size > TRAILER_MOST)
    green__transfer_refuse(base, GREEN_EPROTO, "more than 64 KiB of trailers");
  if (transfer->head_size > HEAD_MOST)
    green__transfer_refuse(base, GREEN_EPROTO, "more than 256 KiB of headers");
}

/* Called for each line of each response: of interim ones, trailers as well. */
static size_t on_header(char *line, size_t one, size_t size, void *arg) {
  struct green__curl_transfer *transfer = arg;
  size_t length = size;
  int rc = 0;
  (void)one;
  if (!transfer->base.response) return 0;
  while (length && strchr(" \t\r\n", line[length - 1]) && line[length - 1]) length--;
  if (size >= 5 && memcmp(line, "HTTP/", 5) == 0)
    on_status_line(transfer);
  else if (transfer->in_headers && size && green__is_blank(line[0]))
    rc = green__response_header_folded(transfer->base.response, line, length);
  else if (transfer->in_headers && length)
    rc = response_add_header(transfer->base.response, line, length);
  else if (transfer->in_headers)
    headers_ended(transfer);
  bound_headers(transfer, size);
  if (rc < 0) green__transfer_refuse(&transfer->base, rc, NULL);
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

/* libcurl makes a request again by itself when the kept connection that it went out on ended
 * without an answer. The server may have acted on it all the same, so that is for safe methods
 * alone. */
static bool may_be_resent(const struct green__transfer *transfer) {
  return !transfer->produce && green__method_is(transfer->method, GREEN__SAFE);
}

/* Whether the request is about to go out a second time, which it must not. */
static bool is_resent(struct green__curl_transfer *transfer) {
  bool again = transfer->sent && !transfer->heard;
  if (again && !may_be_resent(&transfer->base)) transfer->unanswered = true;
  return transfer->unanswered;
}

/* Whether the connection has served a request before. */
static bool is_kept(const struct green__curl_transfer *transfer) {
  long made = 0;
  curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &made);
  return !transfer->fresh && made == 0;
}

/* A connection is there, and the request is about to be sent on it. One that may not be used is
 * closed: green__curl_complete() makes the request again, of which nothing has gone out. */
static int on_connected(void *arg, char *peer, char *own, int peer_port, int own_port) {
  struct green__curl_transfer *transfer = arg;
  (void)peer, (void)own, (void)peer_port;
  if (is_resent(transfer)) return CURL_PREREQFUNC_ABORT;
  if (is_kept(transfer) && green__curl_socket_is_stale(transfer->base.client, own_port)) {
    transfer->stale = true;
    curl_easy_setopt(transfer->easy, CURLOPT_FORBID_REUSE, 1L);
    return CURL_PREREQFUNC_ABORT;
  }
  transfer->sent = true;
  transfer->heard = false;
  return CURL_PREREQFUNC_OK;
}

/* A connection that had been closed, or an answer that asks for it, needs the body once more. */
static int on_rewind(void *arg, curl_off_t offset, int origin) {
  struct green__curl_transfer *transfer = arg;
  struct green__transfer *base = &transfer->base;
  if (origin != SEEK_SET || base->stopping || is_resent(transfer)) return CURL_SEEKFUNC_FAIL;
  if (base->produce && (offset || base->progress.sent)) return CURL_SEEKFUNC_FAIL;
  base->progress.sent = (uint64_t)offset;
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
  for (size_t i = 0; i < transfer->header_count; i++)
    if (green__is_name(transfer->headers[i].name, name)) return true;
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

/* Methods that are expected to have a body say so when it is empty (RFC 9110, 8.6); others do not.
 */
static bool sends_length(const struct green__transfer *transfer) {
  return transfer->body_size || transfer->produce ||
         green__method_is(transfer->method, GREEN__SENDS_BODY);
}

static CURLcode set_method(struct green__curl_transfer *transfer) {
  const struct green__transfer *base = &transfer->base;
  bool is_post = strcmp(base->method, "POST") == 0, has_body = sends_length(base);
  bool unknown = base->produce && !base->body_size;
  CURLcode code = CURLE_OK;
  if (has_body) {
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, unknown ? (curl_off_t)-1 : (curl_off_t)base->body_size);
    SET(CURLOPT_READFUNCTION, on_send);
    SET(CURLOPT_READDATA, transfer);
    SET(CURLOPT_SEEKFUNCTION, on_rewind);
    SET(CURLOPT_SEEKDATA, transfer);
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
  SET(CURLOPT_PREREQFUNCTION, on_connected);
  SET(CURLOPT_PREREQDATA, transfer);
  return code;
}

/* QUICK_EXIT: a stopped transfer does not wait for its name lookup, which goes on in a thread. */
static CURLcode set_behaviour(struct green__curl_transfer *transfer) {
  CURLcode code = CURLE_OK;
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_QUICK_EXIT, 1L);
  SET(CURLOPT_PROTOCOLS_STR, "http,https");
  SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  SET(CURLOPT_ACCEPT_ENCODING, "");
  SET(CURLOPT_USERAGENT, USER_AGENT);
  SET(CURLOPT_FOLLOWLOCATION, 0L); /* see green__redirect() */
  SET(CURLOPT_FRESH_CONNECT, transfer->fresh ? 1L : 0L);
  return code;
}

static CURLcode set_tls(struct green__curl_transfer *transfer,
                        const green_http_client_options *options) {
  const char *trusted = options->ca_file ? options->ca_file : getenv("SSL_CERT_FILE");
  CURLcode code = CURLE_OK;
  /* Schannel alone looks for revocations, and would refuse a certificate of which it can find nothing out. */
  SET(CURLOPT_SSL_OPTIONS, CURLSSLOPT_REVOKE_BEST_EFFORT);
  SET(CURLOPT_PROXY_SSL_OPTIONS, CURLSSLOPT_REVOKE_BEST_EFFORT);
  if (trusted && *trusted) SET(CURLOPT_CAINFO, trusted);
  if (options->certificate) SET(CURLOPT_SSLCERT, options->certificate);
  if (options->key) SET(CURLOPT_SSLKEY, options->key);
  if (options->insecure) {
    SET(CURLOPT_SSL_VERIFYPEER, 0L);
    SET(CURLOPT_SSL_VERIFYHOST, 0L);
  }
  return code;
}

static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *to) {
  struct green__curl_transfer *transfer = arg;
  curl_socket_t socket;
  (void)purpose;
  int rc = green__curl_socket_open(transfer->base.client, to, &socket);
  if (rc < 0) transfer->unopened = rc;
  return socket;
}

/* Called with each address before it is connected to. */
static curl_socket_t on_address(void *arg, curlsocktype purpose, struct curl_sockaddr *to) {
  struct green__curl_transfer *transfer = arg;
  struct green__transfer *base = &transfer->base;
  const green_http_client_options *options = &base->client->base.options;
  green_address address;
  if (base->stopping || green__address_from_system(&to->addr, &address) < 0) return CURL_SOCKET_BAD;
  bool outside = green__host_callback_begin(base->runtime);
  int rc = options->allow(&address, options->allow_arg);
  green__host_callback_end(base->runtime, outside);
  if (rc >= 0) {
    transfer->allowed = true;
    return on_open(arg, purpose, to);
  }
  transfer->denied = rc;
  transfer->denied_address = address;
  return CURL_SOCKET_BAD;
}

static CURLcode set_client(struct green__curl_transfer *transfer) {
  green_http_client *client = transfer->base.client;
  const green_http_client_options *options = &client->base.options;
  CURLcode code = set_tls(transfer, options);
  if (options->proxy) SET(CURLOPT_PROXY, options->proxy);
  if (options->connect_timeout) /* a long has 32 bits in some places */
    SET(CURLOPT_CONNECTTIMEOUT_MS,
        (long)(options->connect_timeout < INT_MAX ? options->connect_timeout : INT_MAX));
  SET(CURLOPT_OPENSOCKETFUNCTION, options->allow ? on_address : on_open);
  SET(CURLOPT_OPENSOCKETDATA, transfer);
  SET(CURLOPT_CLOSESOCKETFUNCTION, green__curl_socket_close);
  SET(CURLOPT_CLOSESOCKETDATA, client); /* the connection keeps it, and may outlive the transfer */
  if (options->allow) SET(CURLOPT_PROXY, "");
  if (client->cookies) {
    SET(CURLOPT_SHARE, client->cookies);
    SET(CURLOPT_COOKIEFILE, "");
  }
  return code;
}

CURLcode green__curl_easy_make(struct green__curl_transfer *transfer) {
  transfer->easy = curl_easy_init();
  transfer->in_headers = transfer->following = transfer->sent = transfer->heard = false;
  transfer->sending_paused = transfer->receiving_paused = false;
  transfer->allowed = false;
  transfer->denied = transfer->unopened = 0;
  transfer->fresh = transfer->stale;
  transfer->stale = false;
  transfer->error[0] = '\0';
  transfer->head_size = transfer->trailer_size = transfer->skipped = 0;
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

static int code_status(CURLcode code) {
  switch ((int)code) {
  case CURLE_OUT_OF_MEMORY:
    return GREEN_ENOMEM;
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
    return GREEN_ENOHOST;
  case CURLE_OPERATION_TIMEDOUT:
    return GREEN_ETIMEDOUT;
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

/* libcurl's number is one of connect(): of another address, if there was no socket for the last. */
static int connect_status(const struct green__curl_transfer *transfer) {
  long error = 0;
  if (transfer->unopened) return transfer->unopened;
  curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &error);
  return error ? green__system_status((int)error) : GREEN_ECONNREFUSED;
}

/* Nothing of the request has gone out, and its connection is closed. */
static void renew(struct green__curl_transfer *transfer) {
  CURLcode code;
  transfer->base.progress.sent = 0; /* libcurl may have sent it again by itself, before */
  int rc = green__curl_again(transfer, &code);
  if (rc < 0)
    green__transfer_end(&transfer->base, rc, NULL);
  else if (code != CURLE_OK)
    green__curl_complete(transfer, code);
}

/* The answer was a redirect; what became of its body does not matter. */
static void follow(struct green__curl_transfer *transfer) {
  struct green__transfer *base = &transfer->base;
  const char *why;
  int rc = green__redirect(
      base, base->response ? base->response->status : 0,
      base->response ? green_http_response_header(base->response, "location") : "", &why);
  CURLcode code = CURLE_OK;
  if (rc == 0) rc = green__curl_again(transfer, &code);
  if (rc < 0)
    green__transfer_end(base, rc, why);
  else if (code != CURLE_OK)
    green__curl_complete(transfer, code);
}

static void end_denied(struct green__curl_transfer *transfer) {
  char where[GREEN_ADDRESS_TEXT], detail[GREEN_ADDRESS_TEXT + 40];
  snprintf(detail, sizeof detail, "%s is refused by the client's allow",
           green_address_text(&transfer->denied_address, where, sizeof where));
  green__transfer_end(&transfer->base, transfer->denied, detail);
}

void green__curl_complete(struct green__curl_transfer *transfer, CURLcode code) {
  if (code == CURLE_OK) green__curl_socket_answered(transfer->base.client, transfer->easy);
  if (code == CURLE_ABORTED_BY_CALLBACK && transfer->stale && !transfer->base.failure) {
    renew(transfer);
    return;
  }
  if (code != CURLE_OK && transfer->unanswered)
    green__transfer_refuse(&transfer->base, GREEN_ECONNRESET, UNANSWERED);
  if (transfer->following && !transfer->base.failure) {
    follow(transfer);
    return;
  }
  if (code == CURLE_WRITE_ERROR && !transfer->base.failure) /* it was not on_body() */
    green__transfer_refuse(&transfer->base, GREEN_EPROTO, GOES_ON);
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
  if (code == CURLE_COULDNT_CONNECT && transfer->denied && !transfer->allowed) {
    end_denied(transfer);
    return;
  }
  int status = code == CURLE_COULDNT_CONNECT ? connect_status(transfer) : code_status(code);
  const char *detail = transfer->error[0] ? transfer->error : curl_easy_strerror(code);
  green__transfer_end(&transfer->base, status, detail);
}
