/* What a request says: what is looked up in it. Its body is in input.c, form.c and multipart.c. */
#include <stdio.h>
#include <string.h>
#include <greenio/status.h>
#include "app.h"

const char *green_request_method(const green_request *request) {
  return request->method;
}

const char *green_request_path(const green_request *request) {
  return request->path;
}

const char *green_request_target(const green_request *request) {
  return request->target;
}

const char *green_request_param(const green_request *request, const char *name) {
  for (size_t i = 0; i < request->param_count; i++)
    if (strcmp(request->params[i].name, name) == 0) return request->params[i].value;
  return NULL;
}

/* Without memory there are none, and the next call tries again. */
static const struct green__fields *query_of(green_request *request) {
  if (request->query.parsed) return &request->query;
  struct green__arena *arena = &request->exchange->arena;
  size_t size = strlen(request->query_text);
  char *copy = green__arena_copy(arena, request->query_text, size);
  request->query.count = 0;
  if (copy && green__fields_decode(&request->query, arena, copy, size) == 0)
    request->query.parsed = true;
  return &request->query;
}

const char *green_request_query(green_request *request, const char *name) {
  return green__fields_find(query_of(request), name);
}

size_t green_request_query_count(green_request *request) {
  return query_of(request)->count;
}

green_http_header green_request_query_at(green_request *request, size_t index) {
  return green__fields_at(query_of(request), index);
}

const char *green_request_header(const green_request *request, const char *name) {
  return green__fields_find_header(&request->headers, name);
}

const char *green__request_list(green_request *request, const char *name) {
  const char *all = NULL;
  for (size_t i = 0; i < request->headers.count; i++) {
    const green_http_header *header = &request->headers.at[i];
    if (!green__is_name(header->name, name)) continue;
    if (!all) {
      all = header->value;
      continue;
    }
    size_t size = strlen(all) + strlen(header->value) + 3;
    char *more = green__arena_alloc(&request->exchange->arena, size);
    if (!more) return NULL;
    snprintf(more, size, "%s, %s", all, header->value);
    all = more;
  }
  return all;
}

size_t green_request_header_count(const green_request *request) {
  return request->headers.count;
}

green_http_header green_request_header_at(const green_request *request, size_t index) {
  return green__fields_at(&request->headers, index);
}

const green_address *green_request_peer(const green_request *request) {
  return &request->peer;
}

bool green_request_is_secure(const green_request *request) {
  return request->secure;
}

void *green_request_alloc(green_request *request, size_t size) {
  return green__arena_alloc(&request->exchange->arena, size);
}
