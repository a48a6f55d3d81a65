/* How a process ends, and is ended: by itself, by signals, with its handle, with the task that waits. */
#include "process_test.h"

TEST(a_signal_ends_it) {
  AUTO_PROCESS green_process *process = NULL;
  green_process_exit exit;
  CHECK_STATUS(green_process_spawn(&process, COMMAND("sleep", "1000"), NULL), 0);
  CHECK_STATUS(green_process_kill(process, 0), 0);
  CHECK_STATUS(green_process_kill(process, 12345), GREEN_EINVAL);
  CHECK_STATUS(green_process_kill(process, SIGTERM), 0);
  CHECK_STATUS(green_process_wait(process, &exit), 0);
  CHECK_NUMBER(exit.code, -1);
  CHECK_NUMBER(exit.signal, SIGTERM);
  CHECK_STATUS(green_process_kill(process, SIGTERM), GREEN_EALREADY);
  return 0;
}

TEST(it_may_make_something_of_a_signal) {
  AUTO_PROCESS green_process *process = NULL;
  char line[10];
  green_process_exit exit;
  CHECK_STATUS(
      green_process_spawn(&process,
                          SHELL("trap 'exit 255' USR1; echo ready; while :; do sleep 0.01; done"),
                          OPTIONS(PIPES)),
      0);
  CHECK_STATUS(green_stream_read_line(green_process_output(process), line, sizeof line), 5);
  CHECK_STATUS(green_process_kill(process, SIGUSR1), 0);
  CHECK_STATUS(green_process_wait(process, &exit), 0);
  CHECK_NUMBER(exit.code, 255);
  CHECK_NUMBER(exit.signal, 0);
  return 0;
}

TEST(a_real_time_signal_ends_it) {
  AUTO_RESULT green_process_result *result = NULL;
  CHECK_STATUS(run(&result, SHELL("kill -40 $$; exit 5"), NULL), 0);
  CHECK_NUMBER(result->exit.code, test_in_wasm ? 0 : -1); /* Node has no name for it */
  CHECK_NUMBER(result->exit.signal, test_in_wasm ? 0 : 40);
  return 0;
}

TEST(its_end_is_known_to_who_asks_late_and_twice) {
  AUTO_PROCESS green_process *process = NULL;
  green_process_exit exit;
  CHECK_STATUS(green_process_spawn(&process, SHELL("exit 9"), NULL), 0);
  AUTO_FUTURE green_future *ended = green_process_ended(process);
  CHECK_STATUS(await_gone(green_process_id(process)), 0); /* nobody waits: it is no zombie */
  CHECK_STATUS(green_wait(ended), 0);
  CHECK_STATUS(green_process_wait(process, NULL), 0);
  CHECK_STATUS(green_process_wait(process, &exit), 0);
  CHECK_NUMBER(exit.code, 9);
  return 0;
}

static int wait_for(void *process) {
  green_process_exit exit;
  int rc = green_process_wait(process, &exit);
  return rc < 0 ? rc : exit.code;
}

TEST(several_tasks_wait) {
  AUTO_PROCESS green_process *process = NULL;
  CHECK_STATUS(green_process_spawn(&process, SHELL("read -r line; exit 6"), OPTIONS(PIPES)), 0);
  AUTO_JOIN green_future *first = green_spawn(wait_for, process);
  AUTO_JOIN green_future *second = green_spawn(wait_for, process);
  CHECK_STARTED(first);
  CHECK_STARTED(second);
  CHECK_STATUS(green_yield(), 0);
  green_cancel(first);
  CHECK_STATUS(green_wait(first), GREEN_ECANCELED);
  CHECK_STATUS(green_process_kill(process, 0), 0); /* it runs */
  green_stream_close(green_process_input(process));
  CHECK_STATUS(green_wait(second), 6);
  return 0;
}

TEST(a_deadline_leaves_it_running) {
  AUTO_PROCESS green_process *process = NULL;
  green_process_exit exit = {1, 1};
  int rc = 0;
  CHECK_STATUS(green_process_spawn(&process, COMMAND("cat"), OPTIONS(PIPES)), 0);
  GREEN_TIMEOUT(10) {
    rc = green_process_wait(process, &exit);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_NUMBER(exit.code, 0);
  CHECK_STATUS(green_process_kill(process, 0), 0);
  green_stream_close(green_process_input(process));
  CHECK_STATUS(green_process_wait(process, &exit), 0);
  return 0;
}

TEST(a_release_kills) {
  AUTO_PROCESS green_process *process = NULL;
  CHECK_STATUS(green_process_spawn(&process,
                                   SHELL("trap '' TERM INT HUP; while :; do sleep 1; done"),
                                   OPTIONS(PIPES)),
               0);
  int id = green_process_id(process);
  AUTO_FUTURE green_future *ended = green_process_ended(process);
  green_process_release(process);
  process = NULL;
  CHECK_STATUS(green_wait(ended), 0);
  CHECK_STATUS(await_gone(id), 0);
  return 0;
}

static int hold(void *arg) {
  green_process *process;
  int rc = green_process_spawn(&process, COMMAND("sleep", "1000"), NULL);
  if (rc < 0) return test_saw(rc);
  *(int *)arg = green_process_id(process);
  rc = green_process_wait(process, NULL);
  green_process_release(process);
  return rc;
}

TEST(it_lives_no_longer_than_the_task_that_holds_it) {
  int id = 0;
  AUTO_JOIN green_future *task = green_spawn(hold, &id);
  CHECK_STARTED(task);
  while (!id && !green_done(task)) CHECK_STATUS(green_sleep(1), 0);
  green_cancel(task);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  CHECK_STATUS(await_gone(id), 0);
  return 0;
}

TEST(nothing_is_started_by_a_task_that_was_cancelled) {
  green_process *process;
  int rc = 0;
  GREEN_TIMEOUT(1) {
    while (rc == 0) rc = green_sleep(1);
    CHECK_STATUS(rc, GREEN_ETIMEDOUT);
    rc = green_process_spawn(&process, COMMAND("true"), NULL);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK(!process);
  return 0;
}

TEST(an_interrupted_join_leaves_nothing_running) {
  AUTO_PROCESS green_process *process = NULL;
  green_process_exit exit;
  int rc = 0;
  CHECK_STATUS(green_process_spawn(&process, COMMAND("sleep", "1000"), NULL), 0);
  GREEN_TIMEOUT(10) {
    rc = green_join(green_process_ended(process));
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_STATUS(green_process_wait(process, &exit), 0);
  CHECK_NUMBER(exit.signal, SIGKILL);
  return 0;
}

TEST(the_first_of_several_to_end) {
  AUTO_PROCESS green_process *slow = NULL, *quick = NULL;
  CHECK_STATUS(green_process_spawn(&slow, COMMAND("sleep", "1000"), NULL), 0);
  CHECK_STATUS(green_process_spawn(&quick, COMMAND("true"), NULL), 0);
  AUTO_FUTURE green_future *first = green_process_ended(slow);
  AUTO_FUTURE green_future *second = green_process_ended(quick);
  CHECK_STATUS(green_wait_any((green_future *const[]){first, second}, 2), 1);
  CHECK_STATUS(green_process_kill(slow, SIGKILL), 0);
  CHECK_STATUS(green_wait(first), 0);
  return 0;
}

TEST(one_that_survives_goes_on_without_its_handle) {
  AUTO_PROCESS green_process *process = NULL;
  AUTO_RESULT green_process_result *result = NULL;
  char kill[40];
  CHECK_STATUS(green_process_spawn(&process, COMMAND("sleep", "1000"), OPTIONS(.survives = true)),
               0);
  int id = green_process_id(process);
  green_process_release(process);
  process = NULL;
  int rc = GREEN_ENOMEM, tries = 0;
  snprintf(kill, sizeof kill, "kill -0 %d && kill %d", id, id);
  for (; rc < 0 && tries < 3; tries++) rc = run(&result, SHELL(kill), NULL);
  CHECK_STATUS(rc, 0);
  CHECK(result->exit.code == 0 || tries > 1); /* memory may have failed behind the first kill */
  CHECK_STATUS(await_gone(id), 0);            /* it is no zombie either */
  return 0;
}

/* ---- groups ---------------------------------------------------------------------------------- */

TEST(a_group_is_ended_as_a_whole) {
  AUTO_PROCESS green_process *process = NULL;
  int below;
  char rest[10];
  green_process_exit exit;
  CHECK_STATUS(green_process_spawn(&process, SHELL("sleep 1000 & echo $!; wait"),
                                   OPTIONS(PIPES, .group = true)),
               0);
  CHECK_STATUS(read_number(green_process_output(process), &below), 0);
  CHECK_STATUS(green_process_kill(process, SIGTERM), 0);
  CHECK_STATUS(green_process_wait(process, &exit), 0);
  CHECK_NUMBER(exit.signal, SIGTERM);
  CHECK_STATUS(green_stream_read(green_process_output(process), rest, sizeof rest),
               0); /* nobody holds it */
  return 0;
}

TEST(what_is_left_of_a_group_goes_with_its_leader) {
  AUTO_RESULT green_process_result *result = NULL;
  CHECK_STATUS(run(&result, SHELL("sleep 1000 & echo begun"), OPTIONS(.group = true)),
               0); /* it reads to the end */
  CHECK_STRING(result->output, "begun\n");
  CHECK_NUMBER(result->exit.code, 0);
  return 0;
}
