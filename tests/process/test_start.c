/* How a process is started: arguments, environment, folder, and what is wrong with them. */
#include <stdlib.h>
#include "process_test.h"

TEST(arguments_arrive_as_they_are) {
  AUTO_RESULT green_process_result *result = NULL;
  CHECK_STATUS(run(&result,
                   SHELL("for a; do printf '[%s]' \"$a\"; done", "a b", "", "it's \"so\"", "*",
                         "$HOME", "gr\u00fc\u00df", "-x\n"),
                   NULL),
               0);
  CHECK_STRING(result->output, "[a b][][it's \"so\"][*][$HOME][gr\u00fc\u00df][-x\n]");
  CHECK_NUMBER(result->exit.code, 0);
  return 0;
}

TEST(the_file_need_not_be_the_first_argument) {
  AUTO_RESULT green_process_result *result = NULL;
  CHECK_STATUS(run(&result, COMMAND("another name", "-c", "echo $0"), OPTIONS(.file = "sh")), 0);
  CHECK_STRING(result->output, "another name\n");
  return 0;
}

TEST(an_environment_is_all_that_there_is) {
  AUTO_RESULT green_process_result *result = NULL;
  const char *const environment[] = {"A=1", "B=two words", "C=", "E=a=b", NULL};
  CHECK_STATUS(run(&result, COMMAND("/usr/bin/env"), OPTIONS(.environment = environment)), 0);
  CHECK_CONTAINS(result->output, "A=1\n");
  CHECK_CONTAINS(result->output, "B=two words\n");
  CHECK_CONTAINS(result->output, "C=\n");
  CHECK_CONTAINS(result->output, "E=a=b\n");
  CHECK(!strstr(result->output, "HOME="));
  CHECK(!strstr(result->output, "PATH="));
  return 0;
}

TEST(without_one_it_has_this_programs) {
  AUTO_RESULT green_process_result *result = NULL;
  CHECK_STATUS(run(&result, SHELL("test -n \"$PATH\""), NULL), 0);
  CHECK_NUMBER(result->exit.code, 0);
  return 0;
}

TEST(a_name_is_looked_for_in_the_path_that_it_will_have) {
  green_process *process;
  const char *const nowhere[] = {"PATH=/nonexistent", NULL};
  CHECK_STATUS(green_process_spawn(&process, COMMAND("cat"), OPTIONS(.environment = nowhere)),
               GREEN_ENOENT);
  CHECK(!process);
  return 0;
}

TEST(it_runs_in_its_folder) {
  AUTO_RESULT green_process_result *result = NULL;
  CHECK_STATUS(run(&result, COMMAND("pwd"), OPTIONS(.folder = "/usr/bin")), 0);
  CHECK_CONTAINS(result->output, "/bin\n");
  AUTO_RESULT green_process_result *relative = NULL;
  CHECK_STATUS(run(&relative, COMMAND("./env", "echo", "found"), OPTIONS(.folder = "/usr/bin")), 0);
  CHECK_STRING(relative->output, "found\n");
  return 0;
}

TEST(a_file_that_is_not_there) {
  green_process *process;
  CHECK_STATUS(green_process_spawn(&process, COMMAND("greenio-no-such-program", "x"), NULL),
               GREEN_ENOENT);
  CHECK(!process);
  CHECK_STRING(green_message(), "greenio-no-such-program: no such file or directory");
  CHECK_STATUS(
      green_process_spawn(&process, COMMAND("/nonexistent/file"), OPTIONS(PIPES, .folder = "/")),
      GREEN_ENOENT);
  CHECK_STRING(green_message(), "/nonexistent/file: no such file or directory");
  return 0;
}

TEST(a_file_that_may_not_be_run) {
  green_process *process;
  CHECK_STATUS(green_process_spawn(&process, COMMAND("/etc/passwd"), OPTIONS(PIPES)), GREEN_EACCES);
  CHECK_STRING(green_message(), "/etc/passwd: permission denied");
  CHECK_STATUS(green_process_spawn(&process, COMMAND("/"), NULL), GREEN_EACCES);
  CHECK(!process);
  return 0;
}

TEST(a_folder_that_is_not_there_is_told_from_the_file) {
  green_process *process;
  CHECK_STATUS(green_process_spawn(&process, COMMAND("cat"), OPTIONS(.folder = "/nonexistent")),
               GREEN_ENOENT);
  CHECK_STRING(green_message(), "the folder /nonexistent: no such file or directory");
  CHECK_STATUS(green_process_spawn(&process, COMMAND("cat"), OPTIONS(.folder = "/etc/passwd")),
               GREEN_ENOTDIR);
  CHECK_STRING(green_message(), "the folder /etc/passwd: not a directory");
  return 0;
}

TEST(arguments_that_are_too_large) {
  green_process *process;
  char *large = calloc(1, (4 << 20) + 1);
  CHECK(large);
  memset(large, 'x', 4 << 20);
  int rc = green_process_spawn(&process, COMMAND("true", large), NULL);
  free(large);
  CHECK_STATUS(rc, GREEN_EMSGSIZE);
  CHECK(!process);
  return 0;
}

TEST(what_cannot_be_a_start) {
  green_process *process;
  CHECK_STATUS(green_process_spawn(&process, NULL, NULL), GREEN_EINVAL);
  CHECK_STATUS(green_process_spawn(&process, (const char *const[]){NULL}, NULL), GREEN_EINVAL);
  CHECK_STATUS(green_process_spawn(&process, COMMAND(""), NULL), GREEN_EINVAL);
  CHECK_STATUS(green_process_spawn(&process, COMMAND("true"),
                                   OPTIONS(.output = (enum green_process_stdio)7)),
               GREEN_EINVAL);
  CHECK_CONTAINS(green_message(), "stream");
  return 0;
}

TEST(bytes_that_are_no_text) {
  AUTO_RESULT green_process_result *result = NULL;
  int rc = run(&result, COMMAND("printf", "%s", "\xff"), NULL);
  if (test_in_wasm) {
    CHECK_STATUS(rc, GREEN_EINVAL);
    return 0;
  }
  CHECK_STATUS(rc, 0);
  CHECK_STRING(result->output, "\xff");
  return 0;
}

TEST(many_at_once) {
  enum { MOST = 40 };
  AUTO_JOIN_ALL struct test_futures ended = test_futures(MOST);
  green_process *processes[MOST] = {NULL};
  size_t count = test_scale(MOST, 3);
  int rc = 0;
  for (size_t i = 0; i < count && rc == 0; i++) {
    rc = green_process_spawn(&processes[i], SHELL("exit 7"), NULL);
    if (rc == 0) ended.at[i] = green_process_ended(processes[i]);
  }
  if (rc == 0) rc = green_wait_all(ended.at, count);
  int wrong = 0;
  for (size_t i = 0; i < count && rc == 0; i++) {
    green_process_exit exit;
    if (green_process_wait(processes[i], &exit) < 0 || exit.code != 7) wrong++;
  }
  for (size_t i = 0; i < count; i++) green_process_release(processes[i]);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(wrong, 0);
  return 0;
}

/* Linux tells which are open. */
#define DESCRIPTORS SHELL("test -d /proc/self/fd || exit 9; cd /proc/$$/fd; echo [0-9]*")

TEST(it_gets_none_of_the_librarys_descriptors) {
  AUTO_PROCESS green_process *other = NULL;
  AUTO_RESULT green_process_result *before = NULL;
  AUTO_RESULT green_process_result *behind = NULL;
  green_listener *listener;
  CHECK_STATUS(run(&before, DESCRIPTORS, NULL), 0);
  if (before->exit.code == 9) SKIP("there is no /proc/self/fd");
  CHECK_STATUS(green_process_spawn(&other, COMMAND("cat"), OPTIONS(PIPES)), 0);
  CHECK_STATUS(green_listener_open(&listener, "127.0.0.1", 0, NULL), 0);
  int rc = run(&behind, DESCRIPTORS, NULL);
  green_listener_release(listener);
  CHECK_STATUS(rc, 0);
  CHECK_STRING(behind->output, before->output);
  return 0;
}

/* This program may ignore SIGPIPE, as Node does. */
TEST(its_signals_are_the_systems) {
  AUTO_RESULT green_process_result *result = NULL;
  CHECK_STATUS(run(&result, SHELL("kill -PIPE $$; exit 5"), NULL), 0);
  CHECK_NUMBER(result->exit.signal, SIGPIPE);
  return 0;
}

TEST_OUTSIDE(a_start_needs_a_task) {
  green_process *process;
  green_process_result *result;
  CHECK_STATUS(green_process_spawn(&process, COMMAND("true"), NULL), GREEN_EMAIN);
  CHECK_STATUS(run(&result, COMMAND("true"), NULL), GREEN_EMAIN);
  CHECK(!process && !result);
  green_process_release(NULL);
  green_process_result_release(NULL);
  return 0;
}
