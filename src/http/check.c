/* A request, checked and brought into the form that is sent; the client's defaults are added. */
#include "http.h"

#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"

#define DEFAULT_MAX_BODY      ((size_t)64 << 20)
#define DEFAULT_MAX_REDIRECTS 10
#define FORM_TYPE             "application/x-www-form-urlencoded"

int green__headers_check(const green_http_header *headers, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const green_http_header *header = &headers[i];
    if (!header->name) return green_fail(GREEN_EINVAL, "a header without a name");
    if (!green__is_token(header->name, strlen(header->name)))
      return green_fail(GREEN_EINVAL, "bad header name \"%.60s\"", header->name);
    if (!header->value) return green_fail(GREEN_EINVAL, "header %s has no value", header->name);
    if (!green__is_value(header->value))
      return green_fail(GREEN_EINVAL, "bad value of header %s", header->name);
    if (green__is_name(header->name, "content-length") ||
        green__is_name(header->name, "transfer-encoding"))
      return green_fail(GREEN_EINVAL, "header %s is the client's to send", header->name);
    const char *lacks = green__header_lacks(header->name, header->value);
    if (lacks) return green_fail(GREEN_ENOTSUP, "header %s: %s", header->name, lacks);
  }
  return 0;
}

/* The common methods are taken in any case, as fetch() does. */
static int prepare_method(struct green__transfer *transfer, const green_http_request *request) {
  const char *method = green__http_method(request);
  if (!green__is_token(method, strlen(method)))
    return green_fail(GREEN_EINVAL, "bad method \"%.60s\"", method);
  const struct green__method *known = green__method_find(method, strlen(method));
  if (known && known->traits & GREEN__NOT_A_CLIENTS)
    return green_fail(GREEN_EINVAL, "method %s is not supported", known->name);
  if (known) method = known->name;
  bool has_body = (request->body && request->body_size) || request->form || request->produce;
  if (has_body && strcmp(method, "HEAD") == 0) return green_fail(GREEN_ENOTSUP, "HEAD with a body");
  transfer->method = method;
  return 0;
}

static int out_of_memory(void) {
  return green_fail(GREEN_ENOMEM, "%s", green_strerror(GREEN_ENOMEM));
}

static int check_fields(const green_http_header *fields, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!fields[i].name || !fields[i].value)
      return green_fail(GREEN_EINVAL, "a field of a query or form without name or value");
  return 0;
}

static int prepare_url(struct green__transfer *transfer, const green_http_request *request,
                       const char *base) {
  const char *why;
  const char *url = request->url;
  char *joined = NULL;
  bool on_base = base && url && (*url == '/' || *url == '?');
  int rc = check_fields(request->query, request->query_count);
  if (rc < 0) return rc;
  if (url && (on_base || request->query_count)) {
    joined = green__url_join(on_base ? base : NULL, url, request->query, request->query_count);
    if (!joined) return out_of_memory();
    url = joined;
  }
  rc = green__url_clean(url, &transfer->owned_url, &why);
  green__free(joined);
  if (rc == GREEN_EINVAL) return green_fail(rc, "bad URL: %s", why);
  if (rc < 0) return out_of_memory();
  transfer->url = transfer->owned_url;
  return 0;
}

static bool has_header(const green_http_header *headers, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (green__is_name(headers[i].name, name)) return true;
  return false;
}

/* Behind the others, with their values behind all of them; where the program has its own, that stands. */
static size_t add_trace(green_http_header *headers, size_t count, char *room,
                        const struct green__http_trace *trace) {
  bool has_state = has_header(headers, count, "tracestate");
  if (has_header(headers, count, "traceparent")) return count;
  memcpy(room, trace->parent, sizeof trace->parent);
  headers[count++] = (green_http_header){"traceparent", room};
  if (has_state || !*trace->state) return count;
  room += sizeof trace->parent;
  memcpy(room, trace->state, strlen(trace->state) + 1);
  headers[count++] = (green_http_header){"tracestate", room};
  return count;
}

/* The request's own, then those of the client that it does not replace. */
static int prepare_headers(struct green__transfer *transfer, const green_http_request *request,
                           const green_http_client_options *options) {
  int rc = green__headers_check(request->headers, request->header_count);
  if (rc < 0) return rc;
  struct green__http_trace trace;
  bool traced = green__http_traceparent(request, options, &trace);
  size_t most = request->header_count + options->header_count + (traced ? 4 : 2), count = 0;
  size_t text = traced ? sizeof trace.parent + strlen(trace.state) + 1 : 0;
  green_http_header *headers = green__alloc(most * sizeof *headers + text);
  if (!headers) return out_of_memory();
  transfer->owned_headers = headers;
  for (size_t i = 0; i < request->header_count; i++) headers[count++] = request->headers[i];
  for (size_t i = 0; i < options->header_count; i++)
    if (!has_header(request->headers, request->header_count, options->headers[i].name))
      headers[count++] = options->headers[i];
  if (options->user_agent && !has_header(headers, count, "user-agent"))
    headers[count++] = (green_http_header){"User-Agent", options->user_agent};
  if (request->form && !has_header(headers, count, "content-type"))
    headers[count++] = (green_http_header){"Content-Type", FORM_TYPE};
  if (traced) count = add_trace(headers, count, (char *)(headers + most), &trace);
  transfer->headers = headers;
  transfer->header_count = count;
  return 0;
}

static int prepare_body(struct green__transfer *transfer, const green_http_request *request) {
  if (!!request->body + !!request->form + !!request->produce > 1)
    return green_fail(GREEN_EINVAL, "more than one of body, form and produce");
  transfer->body = request->body_size ? request->body : NULL;
  transfer->body_size = request->body || request->produce ? request->body_size : 0;
  transfer->produce = request->produce;
  transfer->produce_arg = request->produce_arg;
  if (!request->form) return 0;
  int rc = check_fields(request->form, request->form_count);
  if (rc < 0) return rc;
  transfer->owned_form = green__form_encode(request->form, request->form_count);
  if (!transfer->owned_form) return out_of_memory();
  transfer->body_size = strlen(transfer->owned_form);
  transfer->body = transfer->body_size ? transfer->owned_form : NULL;
  return 0;
}

static size_t limit_of(const struct green__transfer *transfer, const green_http_request *request,
                       const green_http_client_options *options) {
  if (request->max_body) return request->max_body;
  if (options->max_body) return options->max_body;
  return transfer->whole ? DEFAULT_MAX_BODY : SIZE_MAX;
}

int green__request_prepare(struct green__transfer *transfer, const green_http_request *request,
                           const green_http_client_options *options) {
  if (request->max_redirects > 0 && !green__counts_redirects(request->max_redirects))
    return green_fail(GREEN_ENOTSUP, "max_redirects: a browser follows 20");
  int redirects = request->max_redirects ? request->max_redirects : options->max_redirects;
  transfer->max_redirects = redirects ? redirects : DEFAULT_MAX_REDIRECTS;
  transfer->max_body = limit_of(transfer, request, options);
  transfer->on_progress = request->progress;
  transfer->progress_arg = request->progress_arg;
  int rc = prepare_method(transfer, request);
  if (rc == 0) rc = prepare_headers(transfer, request, options);
  if (rc == 0) rc = prepare_url(transfer, request, options->base_url);
  if (rc == 0) rc = prepare_body(transfer, request);
  if (rc == 0) transfer->progress.send_total = transfer->body_size;
  return rc;
}
