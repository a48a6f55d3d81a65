/* Processes and the system: natively alone. */
#include "process_test.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

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
  CHECK_STATUS(green_run(leave_running, &first), 0);
  green_process_release(first.process);
  CHECK_NUMBER(kill(first.id, SIGKILL), 0);
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
