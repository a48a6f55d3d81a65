/* Files as responses: found below a folder, compared with what the client has, sent in part. */
#include <stdio.h>
#include <string.h>
#include <greenio/file.h>
#include <greenio/status.h>
#include "app.h"
#include "core/memory.h"
#include "file/file.h"

#define AT_ONCE ((size_t)64 << 10)
#define PIECE   ((size_t)32 << 10)

/* A file that is about to be sent. */
struct sending {
  green_request *request;
  green_response *response;
  green_file *file;
  const char *type;
  green_file_status status;
  char tag[48], modified[GREEN__DATE_SIZE];
  int code;
  uint64_t first, size; /* of what is sent */
};

/* Nothing that could lead out of the folder, or to a hidden file; no drive or stream of another
 * system either. */
static bool is_served(const char *path) {
  if (strpbrk(path, "\\:")) return false;
  for (const char *at = path;; at++) {
    size_t size = strcspn(at, "/");
    if (!size || *at == '.' || !green__file_is_plain(at, size)) return false;
    at += size;
    if (!*at) return true;
  }
}

static bool is_absent(int rc) {
  return rc == GREEN_ENOENT || rc == GREEN_ENOTDIR || rc == GREEN_EISDIR || rc == GREEN_EACCES ||
         rc == GREEN_ENAMETOOLONG || rc == GREEN_ELOOP || rc == GREEN_EINVAL;
}

/* 1: it is open. 0: there is none. */
static int open_file(struct sending *sending, const char *folder, const char *path) {
  size_t size = strlen(folder) + strlen(path) + 2;
  if (!is_served(path)) return 0;
  char *name = green_request_alloc(sending->request, size);
  if (!name) return GREEN_ENOMEM;
  snprintf(name, size, "%s/%s", folder, path);
  int rc = green_file_open(&sending->file, name, GREEN_FILE_READ);
  if (rc < 0) return is_absent(rc) ? 0 : rc;
  rc = green_file_stat(sending->file, &sending->status);
  if (rc < 0) return rc;
  sending->type = green__type_of(name);
  return sending->status.type == GREEN_FILE_REGULAR;
}

/* ---- what the client has already ------------------------------------------------------------- */

static bool is_method(const struct sending *sending, const char *method) {
  return strcmp(green_request_method(sending->request), method) == 0;
}

static bool is_fresh(const struct sending *sending) {
  if (!is_method(sending, "GET") && !is_method(sending, "HEAD")) return false;
  const char *tags = green__request_list(sending->request, "If-None-Match");
  if (tags) return green__tag_matches(tags, sending->tag);
  const char *since = green_request_header(sending->request, "If-Modified-Since");
  int64_t seconds;
  return since && green__date_parse(since, &seconds) &&
         (int64_t)(sending->status.modified / 1000) <= seconds;
}

/* The range is of what the client has begun to receive. */
static bool is_same(const struct sending *sending) {
  const char *condition = green_request_header(sending->request, "If-Range");
  return !condition || strcmp(condition, sending->tag) == 0 ||
         strcmp(condition, sending->modified) == 0;
}

static int choose_range(struct sending *sending) {
  const char *range = green_request_header(sending->request, "Range");
  uint64_t whole = sending->status.size, last;
  char text[96];
  sending->size = whole;
  if (!range || !is_method(sending, "GET") || !is_same(sending)) return 0;
  switch (green__range_parse(range, whole, &sending->first, &last)) {
  case GREEN__RANGE_ALL:
    sending->first = 0;
    return 0;
  case GREEN__RANGE_NONE:
    sending->code = 416;
    snprintf(text, sizeof text, "bytes */%llu", (unsigned long long)whole);
    break;
  case GREEN__RANGE_PART:
    sending->code = 206;
    sending->size = last - sending->first + 1;
    snprintf(text, sizeof text, "bytes %llu-%llu/%llu", (unsigned long long)sending->first,
             (unsigned long long)last, (unsigned long long)whole);
    break;
  }
  return green_response_set_header(sending->response, "Content-Range", text);
}

static int sending_describe(struct sending *sending) {
  const green_file_status *status = &sending->status;
  snprintf(sending->tag, sizeof sending->tag, "\"%llx-%llx\"", (unsigned long long)status->size,
           (unsigned long long)status->modified);
  green__date_print(sending->modified, (int64_t)(status->modified / 1000));
  sending->code = 200;
  int rc = green_response_set_header(sending->response, "ETag", sending->tag);
  if (rc == 0)
    rc = green_response_set_header(sending->response, "Last-Modified", sending->modified);
  if (rc == 0) rc = green_response_set_header(sending->response, "Accept-Ranges", "bytes");
  if (rc < 0) return rc;
  if (is_fresh(sending)) {
    sending->code = 304;
    return 0;
  }
  return choose_range(sending);
}

/* ---- the bytes ------------------------------------------------------------------------------- */

/* GREEN_EIO: it has become shorter. */
static int read_whole(green_file *file, char *data, uint64_t size, uint64_t offset) {
  while (size) {
    int rc = green_file_read(file, data, (size_t)size, offset);
    if (rc <= 0) return rc < 0 ? rc : green_fail(GREEN_EIO, "the file has become shorter");
    data += rc;
    size -= (uint64_t)rc;
    offset += (uint64_t)rc;
  }
  return 0;
}

static int send_at_once(struct sending *sending) {
  char *data = green__alloc((size_t)sending->size + 1);
  if (!data) return GREEN_ENOMEM;
  int rc = read_whole(sending->file, data, sending->size, sending->first);
  if (rc < 0) {
    green__free(data);
    return rc;
  }
  return green_response_give(sending->response, sending->code, sending->type, data,
                             (size_t)sending->size, green__free);
}

/* A slow client holds no worker. Beyond max_streams of them, each holds one, as without this. */
static void response_detach(green_response *response) {
  if (green_response_detach(response) < 0) response->exchange->no_stream = false;
}

static int send_pieces(struct sending *sending) {
  int rc = green_response_start(sending->response, sending->code, sending->type, sending->size);
  if (rc < 0) return rc;
  response_detach(sending->response);
  char *data = green__alloc(PIECE);
  if (!data) return GREEN_ENOMEM;
  for (uint64_t at = 0; at < sending->size && rc == 0;) {
    uint64_t left = sending->size - at, size = left < PIECE ? left : PIECE;
    rc = read_whole(sending->file, data, size, sending->first + at);
    if (rc == 0) rc = green_response_write(sending->response, data, (size_t)size);
    at += size;
  }
  green__free(data);
  return rc;
}

static int send_file(struct sending *sending) {
  if (sending->code == 304) {
    sending->response->unsent_type = sending->type;
    sending->response->unsent_size = sending->status.size;
  }
  if (sending->code == 304 || sending->code == 416)
    return green_response_send_status(sending->response, sending->code);
  if (sending->size <= AT_ONCE)
    return send_at_once(sending); /* HEAD too: with the headers of GET */
  int rc = send_pieces(sending);
  return rc == GREEN_ECLOSED ? 0 : rc;
}

int green_response_send_file(green_response *response, green_request *request, const char *folder,
                             const char *path) {
  struct sending sending = {.request = request, .response = response};
  int rc = open_file(&sending, folder, path);
  if (rc == 0) {
    rc = green_response_send_status(response, 404);
  } else if (rc > 0) {
    rc = sending_describe(&sending);
    if (rc == 0) rc = send_file(&sending);
  }
  green_file_release(sending.file);
  return rc;
}

int green_response_set_etag(green_response *response, green_request *request, const char *tag) {
  if (strchr(tag, '"')) return green_fail(GREEN_EINVAL, "a tag with a quote");
  size_t size = strlen(tag) + 3;
  char *quoted = green__arena_alloc(&request->exchange->arena, size);
  if (!quoted) return GREEN_ENOMEM;
  snprintf(quoted, size, "\"%s\"", tag);
  int rc = green_response_set_header(response, "ETag", quoted);
  if (rc < 0) return rc;
  const char *tags = green__request_list(request, "If-None-Match");
  bool reads = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
  if (!reads || !tags || !green__tag_matches(tags, quoted)) return 0;
  rc = green_response_send_status(response, 304);
  return rc < 0 ? rc : 1;
}

/* ---- a folder -------------------------------------------------------------------------------- */

static int serve_folder(green_request *request, green_response *response, void *folder) {
  const char *path = green_request_param(request, "*");
  size_t size = strlen(path);
  if (*path && path[size - 1] != '/')
    return green_response_send_file(response, request, folder, path);
  char *index = green_request_alloc(request, size + sizeof "index.html");
  if (!index) return GREEN_ENOMEM;
  strcpy(index, path);
  strcpy(index + size, "index.html");
  return green_response_send_file(response, request, folder, index);
}

int green_app_serve_files(green_app *app, const char *path, const char *folder) {
  size_t size = strlen(path);
  char *pattern = green__alloc(size + 3), *copy = green__copy_string(folder, SIZE_MAX - 1);
  int rc = GREEN_ENOMEM;
  if (pattern && copy) {
    bool slash = size && path[size - 1] == '/';
    snprintf(pattern, size + 3, "%s%s*", path, slash ? "" : "/");
    rc = green__routes_add(&app->routes, "GET", pattern, serve_folder, copy, green__free);
  }
  if (rc < 0) green__free(copy);
  green__free(pattern);
  return rc;
}
