/* Files in WebAssembly: each operation is a promise of JavaScript's (file.mjs), and memory
 * given to it stays until it has settled, since the wait ends with it. */
#include "file.h"

#include <stdlib.h>
#include <string.h>
#include <greenio/js.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "core/wait.h"

#define CLOSED      0
#define SIZE_MOST   ((size_t)1 << 30)
#define OFFSET_MOST 9007199254740991u /* what a JavaScript number holds */

struct green_file {
  double id;   /* CLOSED */
  char path[]; /* for messages */
};

struct operation {
  const char *name, *path, *other;
  const void *data;
  size_t size;
  double file, number;
};

/* "release" gives no future. */
green_future *green__js_file_perform(const char *operation, const char *path, const char *other,
                                     const void *data, double size, double file, double number);

static int operation_explain(int status, const struct operation *operation) {
  if (status >= 0 || status == GREEN_EMAIN) return status;
  if (operation->other)
    return green_fail(status, "%s to %s: %s", operation->path, operation->other,
                      green_strerror(status));
  return green__file_failed(status, operation->path);
}

/* Waits until the promise has settled, whatever interrupts; an interruption is kept for the next
 * wait. */
static void wait_until_settled(struct green__task *self, green_future *future) {
  int rc = green_wait(future);
  if (green_done(future)) return;
  GREEN_SHIELD {
    green_wait(future);
  }
  green__wait_restore(self, rc);
}

/* The status, or the number that the operation gave. *text, unless NULL, gets a copy of its string.
 */
static int operation_perform(const struct operation *operation, char **text) {
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc < 0) return operation_explain(rc, operation);
  green_future *future =
      green__js_file_perform(operation->name, operation->path, operation->other, operation->data,
                             (double)operation->size, operation->file, operation->number);
  wait_until_settled(self, future);
  rc = green_future_status(future);
  if (rc == 0 && text) {
    *text = green__copy_string(green_js_string(future), SIZE_MAX - 1);
    if (!*text) rc = GREEN_ENOMEM;
  } else if (rc == 0) {
    rc = (int)green_js_number(future);
  }
  green_future_release(future);
  return operation_explain(rc, operation);
}

/* The same on an open file. */
static int perform_on(const green_file *file, struct operation operation, char **text) {
  operation.path = file->path;
  operation.file = file->id;
  if (file->id == CLOSED && green_current()) return operation_explain(GREEN_ECLOSED, &operation);
  return operation_perform(&operation, text);
}

/* ---- open files ------------------------------------------------------------------------------ */

int green_file_open(green_file **out, const char *path, int flags) {
  struct operation operation = {"open", .path = path, .number = flags};
  *out = NULL;
  if (!green_current()) return GREEN_EMAIN;
  int rc = green__file_check(path, flags);
  if (rc < 0) return rc;
  size_t length = strlen(path) + 1;
  green_file *file = green__alloc(sizeof *file + length);
  if (!file) return operation_explain(GREEN_ENOMEM, &operation);
  memcpy(file->path, path, length);
  rc = operation_perform(&operation, NULL);
  if (rc < 0) {
    green__free(file);
    return rc;
  }
  file->id = rc;
  *out = file;
  return 0;
}

int green_file_close(green_file *file) {
  if (!file) return 0;
  green__handle_used(file, __func__);
  if (!green_current()) return GREEN_EMAIN;
  struct operation operation = {"close", .path = file->path, .file = file->id};
  int rc = 0;
  if (file->id == CLOSED) return 0;
  file->id = CLOSED;
  GREEN_SHIELD {
    rc = operation_perform(&operation, NULL);
  }
  if (!green__file_closed(rc)) file->id = operation.file;
  return rc;
}

/* Nobody waits for the promise; if it fails, JavaScript says so, with the path. */
void green_file_release(green_file *file) {
  if (!file) return;
  green__handle_released(file, __func__);
  if (file->id != CLOSED) green__js_file_perform("release", file->path, NULL, NULL, 0, file->id, 0);
  green__free(file);
}

int green_file_read(green_file *file, void *data, size_t size, uint64_t offset) {
  if (!green_current()) return GREEN_EMAIN;
  if (offset > OFFSET_MOST) return green__file_failed(GREEN_EINVAL, file->path);
  struct operation operation = {"read", .data = data, .number = (double)offset};
  operation.size = size < SIZE_MOST ? size : SIZE_MOST;
  return perform_on(file, operation, NULL);
}

int green_file_write(green_file *file, const void *data, size_t size, uint64_t offset) {
  if (!green_current()) return GREEN_EMAIN;
  if (offset > OFFSET_MOST || size > OFFSET_MOST - offset)
    return green__file_failed(GREEN_EFBIG, file->path);
  if (!size) return 0;
  return perform_on(
      file, (struct operation){"write", .data = data, .size = size, .number = (double)offset},
      NULL);
}

int green_file_sync(green_file *file) {
  return perform_on(file, (struct operation){.name = "sync"}, NULL);
}

int green_file_truncate(green_file *file, uint64_t size) {
  if (!green_current()) return GREEN_EMAIN;
  if (size > OFFSET_MOST) return green__file_failed(GREEN_EFBIG, file->path);
  return perform_on(file, (struct operation){"truncate", .number = (double)size}, NULL);
}

/* ---- status and paths ------------------------------------------------------------------------ */

static int read_status(int rc, char *text, green_file_status *out) {
  char *at;
  if (rc < 0) return rc;
  out->type = (enum green_file_type)strtoul(text, &at, 10);
  out->mode = (unsigned)strtoul(at, &at, 10);
  out->size = strtoull(at, &at, 10);
  out->modified = strtoull(at, &at, 10);
  green__free(text);
  return 0;
}

int green_file_stat(green_file *file, green_file_status *out) {
  char *text = NULL;
  int rc = perform_on(file, (struct operation){.name = "status"}, &text);
  return read_status(rc, text, out);
}

int green_path_stat(const char *path, green_file_status *out) {
  char *text = NULL;
  int rc = operation_perform(&(struct operation){"pathStatus", .path = path}, &text);
  return read_status(rc, text, out);
}

int green_path_rename(const char *from, const char *to) {
  return operation_perform(&(struct operation){"rename", .path = from, .other = to}, NULL);
}

int green_path_remove(const char *path) {
  return operation_perform(&(struct operation){"remove", .path = path}, NULL);
}

int green_directory_make(const char *path) {
  return operation_perform(&(struct operation){"make", .path = path}, NULL);
}

int green_directory_remove(const char *path) {
  return operation_perform(&(struct operation){"removeDirectory", .path = path}, NULL);
}

/* A digit for the type, the name, a "/". */
static int read_list(char *text, struct green__listing *listing) {
  for (char *at = text; *at;) {
    char *end = at;
    while (*end != '/') end++;
    *end = 0;
    int rc = green__listing_add(listing, at + 1, (enum green_file_type)(*at - '0'));
    if (rc < 0) return rc;
    at = end + 1;
  }
  return 0;
}

int green_directory_list(green_directory_entry **out, const char *path, size_t *count) {
  struct green__listing listing = {0};
  struct operation operation = {"list", .path = path};
  char *text = NULL;
  *out = NULL;
  *count = 0;
  int rc = operation_perform(&operation, &text);
  if (rc < 0) return rc;
  rc = read_list(text, &listing);
  if (rc == 0) rc = green__listing_end(&listing, out, count);
  green__listing_free(&listing);
  green__free(text);
  return operation_explain(rc, &operation);
}
