/* Files natively, by libuv's requests. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include <greenio/uv.h>
#include "core/memory.h"
#include "file.h"
#include "log.h"
#include "request.h"

#define SIZE_MOST ((size_t)1 << 30)
#define CLOSED    (-1)

struct green_file {
  uv_file descriptor; /* CLOSED */
  char path[];        /* for messages */
};

struct operation {
  uv_fs_t fs;
  struct green__request request;
};

static void on_done(uv_fs_t *fs) {
  green__request_done(&((struct operation *)fs)->request);
}

static int result_status(ssize_t result) {
  return result < 0 ? green_status_from_uv((int)result) : (int)result;
}

/* Waits for an operation that was begun with `rc`; its result. fs is cleaned up, unless `keep`. */
static int operation_finish(struct operation *operation, int rc, bool keep) {
  if (rc == 0)
    rc = green__request_wait(&operation->request, (uv_req_t *)&operation->fs, "a file");
  else
    rc = result_status(rc);
  if (rc == 0) rc = result_status(operation->fs.result);
  if (!keep || rc < 0) uv_fs_req_cleanup(&operation->fs);
  return rc;
}

/* A request on an open file. */
#define PERFORM_ON(file, call, ...)                                                                \
  if (file->descriptor == CLOSED && green_current()) return GREEN_ECLOSED;                         \
  PERFORM(call, file->descriptor, ##__VA_ARGS__)
#define PERFORM(call, ...) PERFORM_KEEP(false, call, __VA_ARGS__)
#define PERFORM_KEEP(keep, call, ...)                                                              \
  do {                                                                                             \
    rc = green__request_begin(&operation.request);                                                 \
    if (rc < 0) return rc;                                                                         \
    rc = operation_finish(&operation, call(green_uv_loop(), &operation.fs, __VA_ARGS__, on_done),  \
                          keep);                                                                   \
  } while (0)

/* ---- open files ------------------------------------------------------------------------------ */

static int open_path(const char *path, int flags) {
  struct operation operation;
  int rc, how = flags & GREEN_FILE_WRITE ? flags & GREEN_FILE_READ ? O_RDWR : O_WRONLY : O_RDONLY;
  if (flags & GREEN_FILE_CREATE) how |= O_CREAT;
  if (flags & GREEN_FILE_EXCLUSIVE) how |= O_EXCL;
  if (flags & GREEN_FILE_TRUNCATE) how |= O_TRUNC;
  PERFORM(uv_fs_open, path, how, 0666);
  return rc;
}

static int close_descriptor(uv_file descriptor) {
  struct operation operation;
  int rc;
  PERFORM(uv_fs_close, descriptor);
  return rc;
}

int green_file_open(green_file **out, const char *path, int flags) {
  *out = NULL;
  if (!green_current()) return GREEN_EMAIN;
  int rc = green__file_check(path, flags);
  if (rc < 0) return rc;
  size_t length = strlen(path) + 1;
  green_file *file = green__alloc(sizeof *file + length);
  if (!file) return green__file_failed(GREEN_ENOMEM, path);
  memcpy(file->path, path, length);
  rc = open_path(path, flags);
  if (rc < 0) {
    green__free(file);
    return green__file_failed(rc, path);
  }
  file->descriptor = rc;
  *out = file;
  return 0;
}

int green_file_close(green_file *file) {
  if (!file) return 0;
  green__handle_used(file, __func__);
  if (!green_current()) return GREEN_EMAIN;
  uv_file descriptor = file->descriptor;
  int rc = 0;
  if (descriptor == CLOSED) return 0;
  file->descriptor = CLOSED;
  GREEN_SHIELD {
    rc = green__file_failed(close_descriptor(descriptor), file->path);
  }
  if (!green__file_closed(rc)) file->descriptor = descriptor;
  return rc;
}

void green_file_release(green_file *file) {
  if (!file) return;
  green__handle_released(file, __func__);
  uv_fs_t fs;
  if (file->descriptor != CLOSED) {
    int rc =
        result_status(uv_fs_close(NULL, &fs, file->descriptor, NULL)); /* which does not wait */
    uv_fs_req_cleanup(&fs);
    if (rc < 0) green__say("greenio: green_file_release: %s: %s", file->path, green_strerror(rc));
  }
  green__free(file);
}

static int read_some(green_file *file, void *data, size_t size, uint64_t offset) {
  struct operation operation;
  uv_buf_t buffer = {.base = data, .len = size < SIZE_MOST ? size : SIZE_MOST};
  int rc;
  if (offset > INT64_MAX) return GREEN_EINVAL;
  PERFORM_ON(file, uv_fs_read, &buffer, 1, (int64_t)offset);
  return rc;
}

int green_file_read(green_file *file, void *data, size_t size, uint64_t offset) {
  return green__file_failed(read_some(file, data, size, offset), file->path);
}

static int write_some(green_file *file, const char *data, size_t size, uint64_t offset) {
  struct operation operation;
  uv_buf_t buffer = {.base = (char *)data, .len = size < SIZE_MOST ? size : SIZE_MOST};
  int rc;
  PERFORM_ON(file, uv_fs_write, &buffer, 1, (int64_t)offset);
  return rc;
}

int green_file_write(green_file *file, const void *data, size_t size, uint64_t offset) {
  if (!green_current()) return GREEN_EMAIN;
  if (offset > INT64_MAX || size > INT64_MAX - offset)
    return green__file_failed(GREEN_EFBIG, file->path);
  for (size_t at = 0; at < size;) {
    int rc = write_some(file, (const char *)data + at, size - at, offset + at);
    if (rc < 0) return green__file_failed(rc, file->path);
    at += (size_t)rc;
  }
  return 0;
}

static int sync_file(const green_file *file) {
  struct operation operation;
  int rc;
  PERFORM_ON(file, uv_fs_fsync);
  return rc;
}

int green_file_sync(green_file *file) {
  return green__file_failed(sync_file(file), file->path);
}

static int truncate_file(const green_file *file, uint64_t size) {
  struct operation operation;
  int rc;
  if (size > INT64_MAX) return GREEN_EFBIG;
  PERFORM_ON(file, uv_fs_ftruncate, (int64_t)size);
  return rc;
}

int green_file_truncate(green_file *file, uint64_t size) {
  return green__file_failed(truncate_file(file, size), file->path);
}

/* ---- status ---------------------------------------------------------------------------------- */

static void read_status(const uv_stat_t *from, green_file_status *out) {
  uint64_t kind = from->st_mode & S_IFMT;
  *out = (green_file_status){
      .type = kind == S_IFREG   ? GREEN_FILE_REGULAR
              : kind == S_IFDIR ? GREEN_FILE_DIRECTORY
                                : GREEN_FILE_OTHER,
      .mode = (unsigned)(from->st_mode & 07777),
      .size = from->st_size,
      .modified = (uint64_t)from->st_mtim.tv_sec * 1000 + (uint64_t)from->st_mtim.tv_nsec / 1000000,
  };
}

static int stat_file(const green_file *file, green_file_status *out) {
  struct operation operation;
  int rc;
  if (file->descriptor == CLOSED && green_current()) return GREEN_ECLOSED;
  PERFORM_KEEP(true, uv_fs_fstat, file->descriptor);
  if (rc < 0) return rc;
  read_status(&operation.fs.statbuf, out);
  uv_fs_req_cleanup(&operation.fs);
  return 0;
}

int green_file_stat(green_file *file, green_file_status *out) {
  return green__file_failed(stat_file(file, out), file->path);
}

static int stat_path(const char *path, green_file_status *out) {
  struct operation operation;
  int rc;
  PERFORM_KEEP(true, uv_fs_stat, path);
  if (rc < 0) return rc;
  read_status(&operation.fs.statbuf, out);
  uv_fs_req_cleanup(&operation.fs);
  return 0;
}

int green_path_stat(const char *path, green_file_status *out) {
  return green__file_failed(stat_path(path, out), path);
}

/* ---- paths ----------------------------------------------------------------------------------- */

static int rename_path(const char *from, const char *to) {
  struct operation operation;
  int rc;
  PERFORM(uv_fs_rename, from, to);
  return rc;
}

static int make_directory(const char *path) {
  struct operation operation;
  int rc;
  PERFORM(uv_fs_mkdir, path, 0777);
  return rc;
}

typedef int (*path_call)(uv_loop_t *loop, uv_fs_t *fs, const char *path, uv_fs_cb done);

static int with_path(path_call call, const char *path) {
  struct operation operation;
  int rc;
  PERFORM(call, path);
  return green__file_failed(rc, path);
}

int green_path_rename(const char *from, const char *to) {
  int rc = rename_path(from, to);
  if (rc >= 0 || rc == GREEN_EMAIN) return rc;
  return green_fail(rc, "%s to %s: %s", from, to, green_strerror(rc));
}

int green_path_remove(const char *path) {
  return with_path(uv_fs_unlink, path);
}

int green_directory_make(const char *path) {
  return green__file_failed(make_directory(path), path);
}

int green_directory_remove(const char *path) {
  return with_path(uv_fs_rmdir, path);
}

static enum green_file_type type_of(uv_dirent_type_t type) {
  switch (type) {
  case UV_DIRENT_FILE:
    return GREEN_FILE_REGULAR;
  case UV_DIRENT_DIR:
    return GREEN_FILE_DIRECTORY;
  case UV_DIRENT_LINK:
    return GREEN_FILE_LINK;
  default:
    return GREEN_FILE_OTHER;
  }
}

static int directory_list(const char *path, struct green__listing *listing) {
  struct operation operation;
  uv_dirent_t entry;
  int rc;
  PERFORM_KEEP(true, uv_fs_scandir, path, 0);
  if (rc < 0) return rc;
  rc = 0;
  while (uv_fs_scandir_next(&operation.fs, &entry) == 0) /* to the end: else libuv 1.44 leaks */
    if (rc == 0) rc = green__listing_add(listing, entry.name, type_of(entry.type));
  uv_fs_req_cleanup(&operation.fs);
  return rc;
}

int green_directory_list(green_directory_entry **out, const char *path, size_t *count) {
  struct green__listing listing = {0};
  *out = NULL;
  *count = 0;
  int rc = directory_list(path, &listing);
  if (rc == 0) rc = green__listing_end(&listing, out, count);
  green__listing_free(&listing);
  return green__file_failed(rc, path);
}
