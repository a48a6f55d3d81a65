/* The response's record: filled while a transfer goes on, read by the program afterwards. */
#include "http.h"

#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"

/* Compares as strcmp() does, with `name` taken in lower case. */
static int compare(const char *name, size_t size, const char *known) {
  for (size_t i = 0; i < size; i++) {
    int difference = (unsigned char)green__lower(name[i]) - (unsigned char)known[i];
    if (difference) return difference;
  }
  return known[size] ? -1 : 0;
}

/* The index of the header, or where it would have to be. */
static size_t header_find(const green_http_response *response, const char *name, size_t size,
                          bool *found) {
  size_t low = 0, high = response->header_count;
  *found = false;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = compare(name, size, response->headers[middle].name);
    if (order == 0) {
      *found = true;
      return middle;
    }
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

static void forget_headers(green_http_response *response) {
  for (size_t i = 0; i < response->header_count; i++) green__free(response->headers[i].name);
  for (size_t i = 0; i < response->header_count; i++) green__free(response->headers[i].value);
  response->header_count = response->last_header = 0;
}

void green__response_restart(green_http_response *response, int status) {
  forget_headers(response);
  response->body_size = 0;
  response->status = status;
}

static int header_append(struct green__header *header, const char *separator, const char *value,
                         size_t value_size) {
  size_t gap = strlen(separator);
  char *joined = green__realloc(header->value, header->value_size + gap + value_size + 1);
  if (!joined) return GREEN_ENOMEM;
  memcpy(joined + header->value_size, separator, gap);
  memcpy(joined + header->value_size + gap, value, value_size);
  header->value = joined;
  header->value_size += gap + value_size;
  joined[header->value_size] = '\0';
  return 0;
}

static int headers_make_room(green_http_response *response) {
  if (response->header_count < response->header_room) return 0;
  size_t room = response->header_room ? response->header_room * 2 : 16;
  struct green__header *headers = green__realloc(response->headers, room * sizeof *headers);
  if (!headers) return GREEN_ENOMEM;
  response->headers = headers;
  response->header_room = room;
  return 0;
}

int green__response_header(green_http_response *response, const char *name, size_t name_size,
                           const char *value, size_t value_size) {
  bool found;
  size_t index = header_find(response, name, name_size, &found);
  response->last_header = index;
  if (found) return header_append(&response->headers[index], ", ", value, value_size);
  if (headers_make_room(response) < 0) return GREEN_ENOMEM;
  struct green__header header = {.name = green__alloc(name_size + 1)};
  if (!header.name || header_append(&header, "", value, value_size) < 0) {
    green__free(header.name);
    return GREEN_ENOMEM;
  }
  for (size_t i = 0; i < name_size; i++) header.name[i] = green__lower(name[i]);
  header.name[name_size] = '\0';
  struct green__header *place = &response->headers[index];
  memmove(place + 1, place, (response->header_count - index) * sizeof *place);
  *place = header;
  response->header_count++;
  return 0;
}

int green__response_header_folded(green_http_response *response, const char *value,
                                  size_t value_size) {
  if (response->last_header >= response->header_count) return 0;
  green__trim(&value, &value_size);
  return header_append(&response->headers[response->last_header], " ", value, value_size);
}

const char *green__response_wrong(const green_http_response *response) {
  const char *length = green_http_response_header(response, "content-length");
  const char *coding = green_http_response_header(response, "transfer-encoding");
  if (length && coding) return "both Content-Length and Transfer-Encoding";
  if (coding && green__coding_parse(coding, strlen(coding)) != GREEN__CODING_CHUNKED)
    return "a Transfer-Encoding other than chunked";
  uint64_t size;
  if (length && green__length_parse(length, strlen(length), &size) != GREEN__LENGTH_GOOD)
    return "a Content-Length that is not a number";
  return NULL;
}

int green_http_response_status(const green_http_response *response) {
  return response->status;
}

const char *green_http_response_url(const green_http_response *response) {
  return response->url;
}

const char *green_http_response_header(const green_http_response *response, const char *name) {
  bool found;
  size_t index = header_find(response, name, strlen(name), &found);
  return found ? response->headers[index].value : NULL;
}

size_t green_http_response_header_count(const green_http_response *response) {
  return response->header_count;
}

green_http_header green_http_response_header_at(const green_http_response *response, size_t index) {
  if (index >= response->header_count) return (green_http_header){NULL, NULL};
  const struct green__header *header = &response->headers[index];
  return (green_http_header){header->name, header->value};
}

const void *green_http_response_body(const green_http_response *response, size_t *size) {
  if (size) *size = response->body_size;
  if (!response->body) return "";
  response->body[response->body_size] = '\0';
  return response->body;
}

void green_http_response_release(green_http_response *response) {
  if (!response) return;
  green__handle_released(response, __func__);
  if (response->transfer) green__transfer_stop(response->transfer);
  forget_headers(response);
  green__free(response->headers);
  green__free(response->body);
  green__free(response->text);
  green__free(response->url);
  green__free(response);
}
