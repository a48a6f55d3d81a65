/* What is Windows' own. */
#include <string.h>
#include <sys/wait.h>
#include <greenio/uv.h>
#include "../native/child.h"
#include "harness.h"

/* ---- contexts -------------------------------------------------------------------------------- */

static const NT_TIB *thread_block(void) {
  const NT_TIB *block;
  __asm__("movq %%gs:0x30, %0" : "=r"(block));
  return block;
}

/* Where the system and the unwinder take the stack for. */
static int check_bounds(void *arg) {
  const NT_TIB *tib = thread_block();
  char here, *host = arg;
  for (int i = 0; i < 3; i++) {
    CHECK(&here >= (char *)tib->StackLimit && &here < (char *)tib->StackBase);
    CHECK(host < (char *)tib->StackLimit || host >= (char *)tib->StackBase);
    CHECK_STATUS(green_yield(), 0);
  }
  return 0;
}

TEST_OUTSIDE(a_stack_has_its_bounds_in_the_threads_block) {
  const NT_TIB *tib = thread_block();
  char here;
  void *limit = tib->StackLimit, *base = tib->StackBase;
  CHECK_STATUS(green_run(check_bounds, &here), 0);
  CHECK(tib->StackLimit <= limit && tib->StackBase == base);
  return 0;
}

/* More values than the registers hold that a call may change, so that xmm6 to xmm15 are used. */
static int check_floats(void *arg) {
  volatile double start = *(int *)arg;
  double a = start + 1, b = start + 2, c = start + 3, d = start + 4, e = start + 5, f = start + 6;
  double g = start + 7, h = start + 8, i = start + 9, j = start + 10;
  for (int lap = 0; lap < 100; lap++) {
    int rc = green_yield();
    if (rc < 0) return rc;
    a += 1, b += 2, c += 3, d += 4, e += 5, f += 6, g += 7, h += 8, i += 9, j += 10;
  }
  CHECK(a == start + 101 && b == start + 202 && c == start + 303 && d == start + 404 &&
        e == start + 505);
  CHECK(f == start + 606 && g == start + 707 && h == start + 808 && i == start + 909 &&
        j == start + 1010);
  return 0;
}

TEST(registers_that_a_call_keeps_are_a_tasks_own) {
  int starts[5] = {0, 1000, 2000, 3000, 4000};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(5);
  for (int i = 0; i < 5; i++) {
    tasks.at[i] = green_spawn(check_floats, &starts[i]);
    CHECK_STARTED(tasks.at[i]);
  }
  for (int i = 0; i < 5; i++) CHECK_STATUS(green_wait(tasks.at[i]), 0);
  return 0;
}

static int touch_nothing(void *arg) {
  volatile int *volatile nowhere = arg;
  nowhere = NULL;
  return *nowhere;
}

static int wait_for_crash(void *arg) {
  green_spawn_options options = {.name = "careless"};
  AUTO_JOIN green_future *task = green_spawn_with(touch_nothing, arg, &options);
  return green_wait(task);
}

static int crash_in_child(void *arg) {
  return green_run(wait_for_crash, arg);
}

TEST_OUTSIDE(a_crash_is_told_with_the_tasks_name) {
  static struct child child;
  CHECK_STATUS(child_run(&child, crash_in_child, NULL), 0);
  CHECK_CONTAINS(child.text, "greenio: careless crashed: it touched memory that it must not");
  CHECK(WIFSIGNALED(child.ended));
  return 0;
}

/* ---- Ctrl-C ---------------------------------------------------------------------------------- */

static int wait_for_signal(void *arg) {
  green_future *signal;
  (void)arg;
  SetConsoleCtrlHandler(NULL, FALSE); /* a parent may have had it ignored */
  int rc = green_signal(&signal, SIGINT);
  if (rc < 0) return rc;
  green_hold();
  if (!GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0)) return GREEN_ENOTSUP;
  GREEN_TIMEOUT(60000) {
    rc = green_wait(signal);
  }
  green_unhold();
  green_future_release(signal);
  return rc;
}

static int signal_in_child(void *arg) {
  int rc = green_run(wait_for_signal, arg);
  return rc == 0 ? 42 : -rc;
}

TEST_OUTSIDE(ctrl_c_completes_its_future) {
  static struct child child;
  CHECK_STATUS(child_run(&child, signal_in_child, NULL), 0);
  CHECK_NUMBER(child.ended, 42);
  return 0;
}

/* ---- what is not there ----------------------------------------------------------------------- */

TEST(descriptors_are_refused_by_name) {
  char data[1];
  CHECK_STATUS(green_wait_fd(0, 1), GREEN_ENOTSUP);
  CHECK_CONTAINS(green_message(), "green_wait_fd: Windows has no descriptors");
  CHECK_STATUS((int)green_read(0, data, 1), GREEN_ENOTSUP);
  CHECK_STATUS((int)green_recv(0, data, 1, 0), GREEN_ENOTSUP);
  CHECK_STATUS((int)green_write(1, data, 1), GREEN_ENOTSUP);
  CHECK_STATUS((int)green_send(1, data, 1, 0), GREEN_ENOTSUP);
  CHECK_STATUS(green_close(0), GREEN_ENOTSUP);
  return 0;
}

static int hold_the_loop(void *arg) {
  (void)arg;
  Sleep(60);
  return green_yield();
}

TEST(the_watchdog_tells_when_the_loop_is_free_again) {
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  CHECK_STATUS(green_set_watchdog(20), 0);
  green_spawn_options options = {.name = "long one"};
  AUTO_JOIN green_future *task = green_spawn_with(hold_the_loop, NULL, &options);
  CHECK_STARTED(task);
  CHECK_STATUS(green_wait(task), 0);
  CHECK_STATUS(green_set_watchdog(0), 0);
  CHECK_MEMORY(green_future_name(task));
  CHECK_CONTAINS(test_captured(&capture), "long one");
  return 0;
}

TEST_OUTSIDE(status_from_uv_translates) {
  CHECK_NUMBER(green_status_from_uv(0), 0);
  CHECK_NUMBER(green_status_from_uv(7), 0);
  CHECK_NUMBER(green_status_from_uv(UV_ENOENT), GREEN_ENOENT);
  CHECK_NUMBER(green_status_from_uv(UV_ECONNREFUSED), GREEN_ECONNREFUSED);
  CHECK_NUMBER(green_status_from_uv(UV_EADDRINUSE), GREEN_EADDRINUSE);
  CHECK_NUMBER(green_status_from_uv(UV_EOF), GREEN_ECLOSED);
  CHECK_NUMBER(green_status_from_uv(UV_EAI_NONAME), GREEN_ENOHOST);
  CHECK_NUMBER(green_status_from_uv(UV_ENOSYS), GREEN_ENOTSUP);
  CHECK_NUMBER(green_status_from_uv(UV_E2BIG), GREEN_EIO);
  return 0;
}

/* ---- pipes ----------------------------------------------------------------------------------- */

struct pipes {
  green_listener *listener;
  green_stream *client, *server;
};

static void auto_pipes(struct pipes *pipes) {
  green_stream_release(pipes->client);
  green_stream_release(pipes->server);
  green_listener_release(pipes->listener);
}
#define AUTO_PIPES __attribute__((unused, cleanup(auto_pipes)))

static int pipes_open(struct pipes *pipes) {
  char name[80];
  snprintf(name, sizeof name, TEST_LOCAL "greenio-%llx", (unsigned long long)green_now());
  int rc = green_listener_open_unix(&pipes->listener, name, NULL);
  if (rc == 0) rc = green_stream_connect_unix(&pipes->client, name);
  return rc < 0 ? rc : green_listener_accept(pipes->listener, &pipes->server);
}

#define MUCH ((size_t)1 << 20)

static int send_much(void *arg) {
  static char much[MUCH];
  memset(much, 'm', MUCH);
  int rc = green_stream_write(arg, much, MUCH, NULL);
  green_stream_close(arg); /* what is on its way is still sent */
  return rc;
}

TEST(a_pipe_takes_much_and_then_ends) {
  AUTO_PIPES struct pipes pipes = {NULL, NULL, NULL};
  static char got[5000];
  CHECK_STATUS(pipes_open(&pipes), 0);
  AUTO_JOIN green_future *sender = green_spawn(send_much, pipes.server);
  CHECK_STARTED(sender);
  size_t all = 0;
  int count;
  while ((count = green_stream_read(pipes.client, got, sizeof got)) > 0) {
    all += (size_t)count;
    CHECK(got[count - 1] == 'm');
  }
  CHECK_STATUS(count, 0);
  CHECK_STATUS(green_wait(sender), 0);
  CHECK_NUMBER(all, MUCH);
  return 0;
}

TEST(a_writer_of_a_pipe_that_nobody_reads_parks) {
  AUTO_PIPES struct pipes pipes = {NULL, NULL, NULL};
  static char much[MUCH];
  size_t done = 0;
  int rc = 0;
  CHECK_STATUS(pipes_open(&pipes), 0);
  GREEN_TIMEOUT(50) {
    rc = green_stream_write(pipes.server, much, MUCH, &done);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK(done < MUCH);
  green_stream_reset(pipes.server);
  return 0;
}

static int read_one(void *arg) {
  char byte;
  return green_stream_read(arg, &byte, 1);
}

TEST(a_pipe_is_closed_under_who_reads) {
  AUTO_PIPES struct pipes pipes = {NULL, NULL, NULL};
  CHECK_STATUS(pipes_open(&pipes), 0);
  AUTO_JOIN green_future *reader = green_spawn(read_one, pipes.client);
  CHECK_STARTED(reader);
  CHECK_STATUS(green_sleep(1), 0);
  green_stream_close(pipes.client);
  CHECK_STATUS(green_wait(reader), GREEN_ECLOSED);
  CHECK_STATUS(read_one(pipes.server), 0);
  CHECK_STATUS(green_stream_write(pipes.server, "x", 1, NULL), GREEN_EPIPE);
  return 0;
}

TEST(a_pipe_has_no_half_and_a_name_of_its_own_kind) {
  AUTO_PIPES struct pipes pipes = {NULL, NULL, NULL};
  green_listener *none;
  green_stream *never;
  CHECK_STATUS(pipes_open(&pipes), 0);
  CHECK_STATUS(green_stream_shutdown(pipes.client), GREEN_ENOTSUP);
  CHECK_STATUS(green_listener_open_unix(&none, "/tmp/greenio.sock", NULL), GREEN_EINVAL);
  CHECK_STATUS(green_stream_connect_unix(&never, "greenio.sock"), GREEN_EINVAL);
  return 0;
}

/* ---- files ----------------------------------------------------------------------------------- */

static int write_and_list(const char *folder, const char *name) {
  char path[2000], data[4];
  AUTO_CAPTURE struct test_capture unused = test_capture_file();
  green_file *file;
  green_directory_entry *entries;
  size_t count;
  (void)unused;
  snprintf(path, sizeof path, "%s\\%s", folder, name);
  CHECK_STATUS(green_file_open(&file, path, GREEN_FILE_READ | GREEN_FILE_WRITE | GREEN_FILE_CREATE),
               0);
  int rc = green_file_write(file, "a\nb", 3, 0);
  int got = green_file_read(file, data, sizeof data, 0);
  green_file_release(file);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(got, 3); /* as it is, no "\r" */
  CHECK_STATUS(green_directory_list(&entries, folder, &count), 0);
  bool same = count == 1 && strcmp(entries[0].name, name) == 0;
  green_directory_entries_release(entries);
  CHECK(same);
  CHECK_STATUS(green_path_remove(path), 0);
  return 0;
}

static int in_folder(const char *name) {
  char folder[64];
  snprintf(folder, sizeof folder, "greenio-\xe6\x96\x87-%llx", (unsigned long long)green_now());
  CHECK_STATUS(green_directory_make(folder), 0);
  int rc = write_and_list(folder, name);
  if (rc == 0) rc = green_directory_remove(folder);
  return rc;
}

TEST(file_names_of_other_alphabets) {
  CHECK_STATUS(in_folder("gr\xc3\xbc\xc3\x9f-\xd0\xbf\xd1\x80\xd0\xb8-\xf0\x9f\x8c\xb1.txt"), 0);
  return 0;
}

TEST(file_names_that_are_long) {
  static char name[241];
  memset(name, 'n', sizeof name - 1);
  CHECK_STATUS(in_folder(name), 0);
  return 0;
}

/* Longer than MAX_PATH (260) as a whole. */
TEST(paths_that_are_long) {
  char path[1500], part[101];
  wchar_t here[MAX_PATH];
  int depth = 0, rc = 0;
  memset(part, 'p', sizeof part - 1);
  part[sizeof part - 1] = 0;
  CHECK(GetCurrentDirectoryW(MAX_PATH, here) > 0);
  size_t start = (size_t)snprintf(path, sizeof path, "\\\\?\\%ls\\greenio-%llx", here,
                                  (unsigned long long)green_now());
  CHECK_STATUS(green_directory_make(path), 0);
  for (; depth < 4 && rc == 0; depth++) {
    snprintf(path + start + (size_t)depth * sizeof part,
             sizeof path - start - (size_t)depth * sizeof part, "\\%s", part);
    rc = green_directory_make(path);
  }
  if (rc == 0) rc = write_and_list(path, "deep.txt");
  for (; depth >= 0; depth--) {
    path[start + (size_t)depth * sizeof part] = 0;
    green_directory_remove(path);
  }
  CHECK_STATUS(rc, 0);
  return 0;
}

TEST(a_path_that_is_no_utf_8_is_refused) {
  green_file *file;
  int rc = test_saw(green_file_open(&file, "greenio-\xff\xfe.txt", GREEN_FILE_READ));
  CHECK(rc == GREEN_EINVAL || rc == GREEN_ENOENT || rc == GREEN_ENOMEM);
  return 0;
}
