/* Processes and the system: natively alone. */
#include "process_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "native/child.h"

struct left {
  green_process_options options;
  green_process *process;
  int id;
};

static int leave_running(void *arg) {
  struct left *left = arg;
  int rc = green_process_spawn(&left->process, COMMAND("sleep", "1000"), &left->options);
  if (rc == 0) left->id = green_process_id(left->process);
  return rc;
}

TEST_OUTSIDE(the_end_of_the_runtime_ends_and_reaps_it) {
  struct left left = {.id = 0};
  int rc = green_run(leave_running, &left);
  int found = left.id ? kill(left.id, 0) : 0, error = errno;
  green_process_release(left.process);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(found, -1);
  CHECK_NUMBER(error, ESRCH);
  return 0;
}

TEST_OUTSIDE(one_that_survives_the_runtime_is_reaped_with_the_next) {
  struct left first = {.options.survives = true}, second = {.id = 0};
  siginfo_t info;
  int ran = green_run(leave_running, &first);
  int killed = first.id ? kill(first.id, SIGKILL) : 0;
  green_process_release(first.process);
  CHECK_STATUS(ran, 0);
  CHECK_NUMBER(killed, 0);
  CHECK_NUMBER(waitid(P_PID, (id_t)first.id, &info, WEXITED | WNOWAIT), 0);
  int rc = green_run(leave_running, &second);
  green_process_release(second.process);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(kill(first.id, 0), -1);
  return 0;
}

/* As where whoever started this program ignores it. */
TEST(a_sigchld_that_was_ignored) {
  AUTO_PROCESS green_process *process = NULL;
  struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
  green_process_exit exit;
  sigaction(SIGCHLD, &ignore, &before);
  int rc = green_process_spawn(&process, SHELL("exit 5"), NULL);
  if (rc == 0) rc = green_process_wait(process, &exit);
  sigaction(SIGCHLD, &before, NULL);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(exit.code, 5);
  return 0;
}

static int echo_through(void) {
  AUTO_PROCESS green_process *process = NULL;
  char text[20];
  int rc = green_process_spawn(&process, COMMAND("cat"), OPTIONS(PIPES));
  if (rc == 0) rc = green_stream_write(green_process_input(process), "abc\n", 4, NULL);
  if (rc < 0) return rc;
  green_stream_close(green_process_input(process));
  rc = read_text(green_process_output(process), text, sizeof text);
  return rc < 0 ? rc : strcmp(text, "abc\n") == 0;
}

static int end_at_once(void) {
  AUTO_PROCESS green_process *process = NULL;
  char text[20];
  int rc = green_process_spawn(&process, SHELL("cat; echo end"),
                               OPTIONS(.output = GREEN_PROCESS_PIPE, .group = true));
  if (rc < 0) return rc;
  GREEN_TIMEOUT(60000) { /* it would read for ever from what is no end */
    rc = read_text(green_process_output(process), text, sizeof text);
  }
  return rc < 0 ? rc : strcmp(text, "end\n") == 0;
}

/* Each thing that it finds is a bit. libuv wants them to be there when its loop is opened. */
static int talk_without_streams(void *arg) {
  green_process *process;
  int seen = 0;
  (void)arg;
  close(STDIN_FILENO);
  close(STDOUT_FILENO);
  if (echo_through() == 1) seen |= 1;
  if (end_at_once() == 1) seen |= 2;
  if (green_process_spawn(&process, COMMAND("/nonexistent"), NULL) == GREEN_ENOENT) seen |= 4;
  if (echo_through() == 1) seen |= 8;
  if (fcntl(STDIN_FILENO, F_GETFD) < 0 && fcntl(STDOUT_FILENO, F_GETFD) < 0) seen |= 16;
  return seen;
}

static int run_without_streams(void *arg) {
  return green_run(talk_without_streams, arg);
}

/* What it has not got does not become a pipe's end. */
TEST_OUTSIDE(a_program_that_has_closed_its_standard_streams) {
  static struct child child;
  CHECK_STATUS(child_run(&child, run_without_streams, NULL), 0);
  CHECK_STRING(child.text, "");
  CHECK(WIFEXITED(child.ended));
  CHECK_NUMBER(WEXITSTATUS(child.ended), 31);
  return 0;
}

/* The program's own children are not taken from it. */
TEST(other_children_are_left_alone) {
  AUTO_PROCESS green_process *process = NULL;
  pid_t other = fork();
  if (other == 0) _exit(3);
  int rc = green_process_spawn(&process, COMMAND("true"), NULL);
  if (rc == 0) rc = green_process_wait(process, NULL);
  int status = 0;
  pid_t found = waitpid(other, &status, 0);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(found, other);
  CHECK_NUMBER(WEXITSTATUS(status), 3);
  return 0;
}

TEST(a_sigpipe_of_a_write_is_not_seen) {
  AUTO_PROCESS green_process *process = NULL;
  sigset_t pending;
  CHECK_STATUS(green_process_spawn(&process, COMMAND("true"), OPTIONS(PIPES)), 0);
  CHECK_STATUS(green_process_wait(process, NULL), 0);
  CHECK_STATUS(green_stream_write(green_process_input(process), "x", 1, NULL), GREEN_EPIPE);
  sigpending(&pending);
  CHECK(!sigismember(&pending, SIGPIPE));
  return 0;
}
