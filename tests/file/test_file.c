/* Files on the host's real file system; in a page on its own. */
#include <string.h>
#include "harness.h"

static char folder[64];

/* A fresh, empty directory, and a path in it. */
static int fresh(void) {
  green_file_status status;
  const char *below = green_path_stat("/tmp", &status) == 0 ? "/tmp" : "";
  snprintf(folder, sizeof folder, "%s/greenio-%llx", below, (unsigned long long)green_now());
  return green_directory_make(folder);
}

static const char *in_folder(const char *name) {
  static char paths[4][100];
  static int next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

/* Removes what a test left, whatever happened; twice, since the allocation that is made to fail may be one of these. */
static void clean(bool *made) {
  (void)made;
  static const char *const names[] = {"a", "b", "c", "new", "sub/x"};
  GREEN_SHIELD {
    int rc = GREEN_ENOMEM;
    for (int turn = 0; turn < 2 && rc < 0; turn++) {
      for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        green_path_remove(in_folder(names[i]));
      green_directory_remove(in_folder("sub"));
      rc = green_directory_remove(folder);
    }
  }
}
#define FRESH_FOLDER()                                                                             \
  __attribute__((unused, cleanup(clean))) bool made = true;                                        \
  CHECK_STATUS(fresh(), 0)

static void close_file(green_file **file) {
  green_file_release(*file);
}
#define AUTO_FILE __attribute__((cleanup(close_file)))

static int put(const char *path, const char *text) {
  green_file *file;
  int rc = green_file_open(&file, path, GREEN_FILE_WRITE | GREEN_FILE_CREATE | GREEN_FILE_TRUNCATE);
  if (rc < 0) return rc;
  rc = green_file_write(file, text, strlen(text), 0);
  int rc2 = green_file_close(file);
  green_file_release(file);
  return rc < 0 ? rc : rc2;
}

TEST(file_written_and_read) {
  FRESH_FOLDER();
  AUTO_FILE green_file *file = NULL;
  char data[20] = "";
  CHECK_STATUS(green_file_open(&file, in_folder("a"),
                               GREEN_FILE_READ | GREEN_FILE_WRITE | GREEN_FILE_CREATE),
               0);
  CHECK_STATUS(green_file_write(file, "hello world", 11, 0), 0);
  CHECK_STATUS(green_file_write(file, "W", 1, 6), 0);
  CHECK_STATUS(green_file_sync(file), 0);
  CHECK_STATUS(green_file_read(file, data, sizeof data, 0), 11);
  CHECK_STRING(data, "hello World");
  CHECK_STATUS(green_file_read(file, data, 2, 9), 2);
  CHECK(memcmp(data, "ld", 2) == 0);
  CHECK_STATUS(green_file_read(file, data, sizeof data, 11), 0);
  CHECK_STATUS(green_file_read(file, data, sizeof data, 1000), 0);
  return 0;
}

TEST(file_gap_and_size) {
  FRESH_FOLDER();
  AUTO_FILE green_file *file = NULL;
  green_file_status status;
  char data[8];
  CHECK_STATUS(green_file_open(&file, in_folder("a"),
                               GREEN_FILE_READ | GREEN_FILE_WRITE | GREEN_FILE_CREATE),
               0);
  CHECK_STATUS(green_file_write(file, "x", 1, 5), 0);
  CHECK_STATUS(green_file_stat(file, &status), 0);
  CHECK_NUMBER(status.size, 6);
  CHECK_NUMBER(status.type, GREEN_FILE_REGULAR);
  CHECK(status.modified > 1600000000000);
  CHECK_STATUS(green_file_read(file, data, sizeof data, 0), 6);
  CHECK(memcmp(data, "\0\0\0\0\0x", 6) == 0);
  CHECK_STATUS(green_file_truncate(file, 2), 0);
  CHECK_STATUS(green_file_stat(file, &status), 0);
  CHECK_NUMBER(status.size, 2);
  CHECK_STATUS(green_file_truncate(file, 4), 0);
  CHECK_STATUS(green_file_read(file, data, sizeof data, 0), 4);
  return 0;
}

TEST(file_flags) {
  FRESH_FOLDER();
  green_file *file = (green_file *)1;
  char byte;
  CHECK_STATUS(green_file_open(&file, in_folder("a"), GREEN_FILE_READ), GREEN_ENOENT);
  CHECK(file == NULL);
  CHECK_CONTAINS(green_message(), "/a: no such file");
  CHECK_STATUS(put(in_folder("a"), "text"), 0);
  int exclusive = GREEN_FILE_WRITE | GREEN_FILE_CREATE | GREEN_FILE_EXCLUSIVE;
  CHECK_STATUS(green_file_open(&file, in_folder("a"), exclusive), GREEN_EEXIST);
  CHECK_STATUS(green_file_open(&file, in_folder("a"), 0), GREEN_EINVAL);
  CHECK_STATUS(green_file_open(&file, in_folder("a"), GREEN_FILE_READ), 0);
  int rc = green_file_write(file, "x", 1, 0);
  green_file_release(file);
  CHECK_STATUS(rc, GREEN_EBADF);
  CHECK_CONTAINS(green_message(), "/a: bad descriptor");
  CHECK_STATUS(green_file_open(&file, in_folder("a"), GREEN_FILE_WRITE), 0);
  rc = green_file_read(file, &byte, 1, 0);
  green_file_release(file);
  CHECK_STATUS(rc, GREEN_EBADF);
  return 0;
}

/* A flag is honoured, or refused by its name. */
TEST(file_flags_that_mean_nothing) {
  static const struct {
    int flags;
    const char *name;
  } wrong[] = {
      {0, "neither GREEN_FILE_READ nor GREEN_FILE_WRITE"},
      {GREEN_FILE_CREATE, "neither GREEN_FILE_READ nor GREEN_FILE_WRITE"},
      {GREEN_FILE_READ | GREEN_FILE_TRUNCATE, "GREEN_FILE_TRUNCATE"},
      {GREEN_FILE_WRITE | GREEN_FILE_EXCLUSIVE, "GREEN_FILE_EXCLUSIVE"},
      {GREEN_FILE_READ | 32, "enum green_file_flags"},
      {-1, "enum green_file_flags"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    green_file *file = (green_file *)1;
    CHECK_STATUS(green_file_open(&file, "/tmp", wrong[i].flags), GREEN_EINVAL);
    CHECK(file == NULL);
    CHECK_CONTAINS(green_message(), wrong[i].name);
  }
  return 0;
}

/* What is read alone may be made, too. */
TEST(file_made_to_be_read) {
  FRESH_FOLDER();
  green_file *file;
  char byte;
  CHECK_STATUS(green_file_open(&file, in_folder("new"), GREEN_FILE_READ | GREEN_FILE_CREATE), 0);
  int rc = green_file_read(file, &byte, 1, 0);
  green_file_release(file);
  CHECK_STATUS(rc, 0);
  return 0;
}

/* Closed, the handle is still there, and says so; a release behind it frees, one without it closes. */
TEST(file_closed_and_released) {
  FRESH_FOLDER();
  AUTO_FILE green_file *file = NULL;
  green_file_status status;
  char byte = 'x';
  int flags = GREEN_FILE_READ | GREEN_FILE_WRITE | GREEN_FILE_CREATE;
  CHECK_STATUS(green_file_open(&file, in_folder("a"), flags), 0);
  CHECK_STATUS(green_file_close(file), 0);
  CHECK_STATUS(green_file_close(file), 0);
  CHECK_STATUS(green_file_write(file, &byte, 1, 0), GREEN_ECLOSED);
  CHECK_CONTAINS(green_message(), "/a: closed");
  CHECK_STATUS(green_file_read(file, &byte, 1, 0), GREEN_ECLOSED);
  CHECK_STATUS(green_file_sync(file), GREEN_ECLOSED);
  CHECK_STATUS(green_file_truncate(file, 0), GREEN_ECLOSED);
  CHECK_STATUS(green_file_stat(file, &status), GREEN_ECLOSED);
  CHECK_STATUS(green_file_close(NULL), 0);
  green_file_release(NULL);
  return 0;
}

/* Each takes NULL, and none waits: so a cancel that is pending stays so. */
TEST(file_releases_take_nothing_and_never_park) {
  CHECK_STATUS(green_cancel(green_current()), 0);
  green_file_release(NULL);
  green_directory_entries_release(NULL);
  CHECK_STATUS(green_yield(), GREEN_ECANCELED);
  return 0;
}

/* A release never parks, so it is made though the task is cancelled, and gives the descriptor back. */
TEST(file_released_again_and_again) {
  FRESH_FOLDER();
  CHECK_STATUS(put(in_folder("a"), "text"), 0);
  for (size_t i = 0; i < test_scale(2000, 3); i++) {
    green_file *file;
    CHECK_STATUS(green_file_open(&file, in_folder("a"), GREEN_FILE_READ), 0);
    CHECK_STATUS(green_cancel(green_current()), 0);
    green_file_release(file);
    CHECK_STATUS(green_yield(), GREEN_ECANCELED);
  }
  return 0;
}

TEST(file_large) {
  FRESH_FOLDER();
  enum { SIZE = 3 << 20 };
  static unsigned char data[SIZE], back[SIZE];
  for (size_t i = 0; i < SIZE; i++) data[i] = (unsigned char)(i * 2654435761u >> 11);
  AUTO_FILE green_file *file = NULL;
  CHECK_STATUS(green_file_open(&file, in_folder("b"),
                               GREEN_FILE_READ | GREEN_FILE_WRITE | GREEN_FILE_CREATE),
               0);
  CHECK_STATUS(green_file_write(file, data, SIZE, 0), 0);
  CHECK_STATUS(green_file_read(file, back, SIZE, 0), SIZE);
  CHECK(memcmp(data, back, SIZE) == 0);
  return 0;
}

TEST(directories) {
  FRESH_FOLDER();
  green_directory_entry *entries = NULL;
  green_file_status status;
  size_t count;
  CHECK_STATUS(green_directory_list(&entries, folder, &count), 0);
  CHECK_NUMBER(count, 0);
  green_directory_entries_release(entries);
  CHECK_STATUS(green_directory_make(in_folder("sub")), 0);
  CHECK_STATUS(green_directory_make(in_folder("sub")), GREEN_EEXIST);
  CHECK_STATUS(put(in_folder("b"), "b"), 0);
  CHECK_STATUS(put(in_folder("a"), "a"), 0);
  CHECK_STATUS(put(in_folder("sub/x"), "x"), 0);
  CHECK_STATUS(green_directory_list(&entries, folder, &count), 0);
  struct test_trace trace = {0};
  for (size_t i = 0; i < count; i++)
    test_trace(&trace, "%s%s", entries[i].name, entries[i].type == GREEN_FILE_DIRECTORY ? "/" : "");
  green_directory_entries_release(entries);
  CHECK_STRING(trace.text, "a b sub/");
  CHECK_STATUS(green_path_stat(in_folder("sub"), &status), 0);
  CHECK_NUMBER(status.type, GREEN_FILE_DIRECTORY);
  CHECK_STATUS(green_directory_remove(in_folder("sub")), GREEN_ENOTEMPTY);
  CHECK_STATUS(green_directory_list(&entries, in_folder("none"), &count), GREEN_ENOENT);
  CHECK_STATUS(green_directory_list(&entries, in_folder("a"), &count), GREEN_ENOTDIR);
  CHECK_STATUS(green_path_remove(in_folder("sub/x")), 0);
  CHECK_STATUS(green_directory_remove(in_folder("sub")), 0);
  CHECK_STATUS(green_path_stat(in_folder("sub"), &status), GREEN_ENOENT);
  return 0;
}

TEST(rename_and_remove) {
  FRESH_FOLDER();
  AUTO_FILE green_file *file = NULL;
  char data[4] = "";
  CHECK_STATUS(put(in_folder("a"), "new"), 0);
  CHECK_STATUS(put(in_folder("b"), "old"), 0);
  CHECK_STATUS(green_path_rename(in_folder("a"), in_folder("b")), 0);
  CHECK_STATUS(green_file_open(&file, in_folder("b"), GREEN_FILE_READ), 0);
  CHECK_STATUS(green_file_read(file, data, 3, 0), 3);
  CHECK_STRING(data, "new");
  CHECK_STATUS(green_path_rename(in_folder("a"), in_folder("c")), GREEN_ENOENT);
  CHECK_STATUS(green_path_remove(in_folder("a")), GREEN_ENOENT);
  return 0;
}

static int read_a(void *arg) {
  char data[3];
  int rc = green_file_read(arg, data, 3, 0);
  if (rc < 0) return rc;
  return green_sleep(1000); /* what was kept comes here */
}

/* It either did not begin, or ended, and then the next wait is cancelled. */
TEST(file_operation_delays_a_cancel) {
  FRESH_FOLDER();
  CHECK_STATUS(put(in_folder("a"), "abc"), 0);
  AUTO_FILE green_file *file = NULL;
  CHECK_STATUS(green_file_open(&file, in_folder("a"), GREEN_FILE_READ), 0);
  AUTO_JOIN green_future *task = green_spawn(read_a, file);
  CHECK_STARTED(task);
  CHECK_STATUS(green_yield(), 0);
  green_cancel(task);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  return 0;
}

TEST_OUTSIDE(files_need_a_task) {
  green_file *file = NULL;
  CHECK_STATUS(green_file_open(&file, "/", GREEN_FILE_READ), GREEN_EMAIN);
  CHECK_STATUS(green_path_remove("/nothing"), GREEN_EMAIN);
  CHECK_STATUS(green_directory_make("/nothing"), GREEN_EMAIN);
  return 0;
}
