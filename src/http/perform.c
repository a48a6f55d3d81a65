/* Performing a request: check it, start the transfer, wait, stop it really when interrupted. */
#include "http.h"

#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"

#define DEFAULT_MAX_BODY      ((size_t)64 << 20)
#define DEFAULT_MAX_REDIRECTS 10

/* What a token may hold (RFC 9110, 5.6.2). */
static bool is_token(const char *text) {
  static const char extra[] = "!#$%&'*+-.^_`|~0123456789";
  if (!*text) return false;
  for (; *text; text++) {
    bool letter = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z');
    if (!letter && !strchr(extra, *text)) return false;
  }
  return true;
}

/* Blanks around it would be lost on the way, control characters would end it. */
static bool is_value(const char *text) {
  size_t size = strlen(text);
  if (size && (strchr(" \t", text[0]) || strchr(" \t", text[size - 1]))) return false;
  for (; *text; text++)
    if (((unsigned char)*text < ' ' && *text != '\t') || *text == 127) return false;
  return true;
}

static bool is_name(const char *name, const char *known) {
  size_t size = strlen(known);
  return strlen(name) == size && green__same_name(name, known, size);
}

static int check_headers(const green_http_request *request) {
  for (size_t i = 0; i < request->header_count; i++) {
    const green_http_header *header = &request->headers[i];
    if (!header->name || !is_token(header->name))
      return green_fail(GREEN_EINVAL, "bad header name");
    if (!header->value || !is_value(header->value))
      return green_fail(GREEN_EINVAL, "bad value of header %s", header->name);
    if (is_name(header->name, "content-length") || is_name(header->name, "transfer-encoding"))
      return green_fail(GREEN_EINVAL, "header %s is the client's to send", header->name);
  }
  return 0;
}

/* The common methods are taken in any case, as fetch() does. */
static int check_method(const green_http_request *request, const char **method) {
  static const char *const common[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"};
  static const char *const refused[] = {"CONNECT", "TRACE", "TRACK"};
  *method = request->method ? request->method : "GET";
  if (!is_token(*method)) return green_fail(GREEN_EINVAL, "bad method");
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
    if (is_name(*method, refused[i]))
      return green_fail(GREEN_EINVAL, "method %s is not supported", refused[i]);
  for (size_t i = 0; i < sizeof common / sizeof *common; i++)
    if (is_name(*method, common[i])) *method = common[i];
  if (request->body && strcmp(*method, "HEAD") == 0)
    return green_fail(GREEN_ENOTSUP, "HEAD with a body");
  return 0;
}

static int check_url(const green_http_request *request, char **url) {
  const char *why;
  int rc = green__url_clean(request->url, url, &why);
  if (rc == GREEN_EINVAL) return green_fail(rc, "bad URL: %s", why);
  if (rc < 0) return green_fail(rc, "%s", green_strerror(rc));
  return 0;
}

static void transfer_free(struct green__transfer *transfer) {
  if (!transfer) return;
  green_http_response_release(transfer->response);
  green_future_release(transfer->done);
  green_http_client_release(transfer->client);
  green__free(transfer);
}

static struct green__transfer *transfer_new(green_http_client *client,
                                            const green_http_request *request) {
  struct green__transfer *transfer = green__alloc(green__transfer_size);
  if (!transfer) return NULL;
  memset(transfer, 0, green__transfer_size);
  transfer->request = request;
  transfer->max_body = request->max_body ? request->max_body : DEFAULT_MAX_BODY;
  transfer->max_redirects = request->max_redirects ? request->max_redirects : DEFAULT_MAX_REDIRECTS;
  transfer->client = green__http_client_take(client);
  transfer->response = green__alloc(sizeof *transfer->response);
  if (transfer->response) memset(transfer->response, 0, sizeof *transfer->response);
  if (!transfer->client || !transfer->response || green_future_new(&transfer->done) < 0) {
    transfer_free(transfer);
    return NULL;
  }
  return transfer;
}

static char *copy_url(const char *url) {
  return url ? green__copy_string(url, strcspn(url, "#")) : NULL;
}

void green__transfer_end(struct green__transfer *transfer, int status, const char *detail,
                         const char *url) {
  if (transfer->failure) {
    status = transfer->failure;
    detail = NULL;
  } else if (status == 0) {
    transfer->response->url = copy_url(url);
    if (transfer->response->url) {
      green_resolve(transfer->done, NULL, NULL);
      return;
    }
    status = GREEN_ENOMEM;
  }
  if (status == GREEN_EMSGSIZE)
    green_reject(transfer->done, status, "the body is larger than %zu bytes", transfer->max_body);
  else if (status == GREEN_ELOOP)
    green_reject(transfer->done, status, "more than %d redirects", transfer->max_redirects);
  else if (detail && *detail)
    green_reject(transfer->done, status, "%s: %s", green_strerror(status), detail);
  else
    green_reject(transfer->done, status, NULL);
}

/* Waits for a transfer from start to end; a failure leaves its message. */
static int transfer_run(struct green__transfer *transfer) {
  int rc = green__transfer_start(transfer);
  if (rc < 0) return green_fail(rc, "%s", green_strerror(rc));
  rc = green_wait(transfer->done);
  if (!green_done(transfer->done)) {
    green__transfer_stop(transfer);
    return green_fail(rc, "%s", green_strerror(rc));
  }
  if (rc < 0) return green_fail(rc, "%s", green_future_message(transfer->done));
  return 0;
}

int green_http_perform(green_http_client *client, const green_http_request *request,
                       green_http_response **out) {
  const char *method;
  char *url = NULL;
  *out = NULL;
  if (!green_current()) return GREEN_EMAIN;
  int rc = check_method(request, &method);
  if (rc == 0) rc = check_headers(request);
  if (rc == 0) rc = check_url(request, &url);
  if (rc < 0) return rc;
  struct green__transfer *transfer = transfer_new(client, request);
  if (transfer) {
    transfer->method = method;
    transfer->url = url;
    rc = transfer_run(transfer);
    if (rc == 0) {
      *out = transfer->response;
      transfer->response = NULL;
    }
    transfer_free(transfer);
  } else {
    rc = green_fail(GREEN_ENOMEM, "%s", green_strerror(GREEN_ENOMEM));
  }
  green__free(url);
  return rc;
}

int green_http_get(green_http_client *client, const char *url, green_http_response **out) {
  green_http_request request = {.url = url};
  return green_http_perform(client, &request, out);
}
