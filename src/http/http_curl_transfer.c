/* One request as a libcurl easy handle: its options, its callbacks, and what its end means. */
#include "http_curl.h"

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
  void *room = green__transfer_room(&transfer->base, size);
  if (!room) return 0;
  memcpy(room, data, size);
  return size;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* As browsers do: 303 turns everything but HEAD into GET. libcurl would keep a method of our own.
 */
static void on_status_line(struct green__curl_transfer *transfer) {
  long status = 0;
  curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  green__response_restart(transfer->base.response, (int)status);
  transfer->in_headers = true;
  if (status == 303 && transfer->base.max_redirects > 0)
    curl_easy_setopt(transfer->easy, CURLOPT_CUSTOMREQUEST, NULL);
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

/* Called for each line of each response: of those redirected from, interim ones, trailers as well.
 */
static size_t on_header(char *line, size_t one, size_t size, void *arg) {
  struct green__curl_transfer *transfer = arg;
  size_t length = size;
  int rc = 0;
  (void)one;
  while (length && is_blank(line[length - 1])) length--;
  if (size >= 5 && memcmp(line, "HTTP/", 5) == 0) {
    on_status_line(transfer);
  } else if (transfer->in_headers && size && (line[0] == ' ' || line[0] == '\t')) {
    rc = green__response_header_folded(transfer->base.response, line, length);
  } else if (transfer->in_headers && length) {
    rc = add_header(transfer->base.response, line, length);
  } else {
    transfer->in_headers = false;
  }
  transfer->base.failure = rc;
  return rc < 0 ? 0 : size;
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

static bool has_header(const green_http_request *request, const char *name) {
  size_t size = strlen(name);
  for (size_t i = 0; i < request->header_count; i++)
    if (strlen(request->headers[i].name) == size &&
        green__same_name(request->headers[i].name, name, size))
      return true;
  return false;
}

/* The program's headers, and none of those that libcurl would add to a body on its own. */
static CURLcode make_headers(struct green__curl_transfer *transfer) {
  const green_http_request *request = transfer->base.request;
  CURLcode code = CURLE_OK;
  for (size_t i = 0; i < request->header_count && code == CURLE_OK; i++)
    code = add_request_header(transfer, &request->headers[i]);
  if (code == CURLE_OK && !has_header(request, "expect")) code = add_line(transfer, "Expect:");
  if (code == CURLE_OK && !has_header(request, "content-type"))
    code = add_line(transfer, "Content-Type:");
  return code;
}

#define SET(option, value)                                                                         \
  if (code == CURLE_OK) code = curl_easy_setopt(transfer->easy, option, value)

static CURLcode set_method(struct green__curl_transfer *transfer) {
  const green_http_request *request = transfer->base.request;
  const char *method = transfer->base.method;
  CURLcode code = CURLE_OK;
  bool is_post = strcmp(method, "POST") == 0;
  if (request->body || is_post) {
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(request->body ? request->body_size : 0));
    SET(CURLOPT_POSTFIELDS, request->body ? request->body : "");
    if (!is_post) SET(CURLOPT_POSTREDIR, (long)(CURL_REDIR_POST_301 | CURL_REDIR_POST_302));
  }
  if (strcmp(method, "HEAD") == 0) {
    SET(CURLOPT_NOBODY, 1L);
  } else if (!is_post && (request->body || strcmp(method, "GET") != 0)) {
    SET(CURLOPT_CUSTOMREQUEST, method);
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
  const char *certificates = getenv("SSL_CERT_FILE");
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
  if (certificates && *certificates) SET(CURLOPT_CAINFO, certificates);
  return code;
}

CURLcode green__curl_easy_make(struct green__curl_transfer *transfer) {
  transfer->easy = curl_easy_init();
  CURLcode code = transfer->easy ? make_headers(transfer) : CURLE_OUT_OF_MEMORY;
  SET(CURLOPT_URL, transfer->base.url);
  SET(CURLOPT_HTTPHEADER, transfer->headers);
  if (code == CURLE_OK) code = set_callbacks(transfer);
  if (code == CURLE_OK) code = set_behaviour(transfer);
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
  char *url = NULL;
  if (code == CURLE_OK) {
    curl_easy_getinfo(transfer->easy, CURLINFO_EFFECTIVE_URL, &url);
    green__transfer_end(&transfer->base, 0, NULL, url);
    return;
  }
  int status = code == CURLE_COULDNT_CONNECT ? connect_status(transfer->easy) : status_of(code);
  const char *detail = transfer->error[0] ? transfer->error : curl_easy_strerror(code);
  green__transfer_end(&transfer->base, status, detail, NULL);
}
