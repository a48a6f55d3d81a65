/* The standard streams of a process. */
#include "process_test.h"

#include <stdlib.h>

#define LARGE ((size_t)3 << 20)

TEST(its_outputs_are_read_apart) {
  AUTO_PROCESS green_process *process = NULL;
  char output[100], errors[100];
  green_process_exit exit;
  CHECK_STATUS(
      green_process_spawn(&process, SHELL("echo good; echo bad >&2; exit 3"), OPTIONS(PIPES)), 0);
  CHECK(green_process_id(process) > 0);
  CHECK_STATUS(read_text(green_process_output(process), output, sizeof output), 5);
  CHECK_STATUS(read_text(green_process_errors(process), errors, sizeof errors), 4);
  CHECK_STRING(output, "good\n");
  CHECK_STRING(errors, "bad\n");
  CHECK_STATUS(green_process_wait(process, &exit), 0);
  CHECK_NUMBER(exit.code, 3);
  CHECK_NUMBER(exit.signal, 0);
  return 0;
}

TEST(what_is_no_pipe_is_null) {
  AUTO_PROCESS green_process *process = NULL;
  CHECK_STATUS(
      green_process_spawn(&process, COMMAND("true"),
                          OPTIONS(.output = GREEN_PROCESS_PIPE, .errors = GREEN_PROCESS_NULL)),
      0);
  CHECK(!green_process_input(process));
  CHECK(green_process_output(process));
  CHECK(!green_process_errors(process));
  return 0;
}

TEST(a_null_input_is_at_its_end) {
  AUTO_PROCESS green_process *process = NULL;
  green_process_exit exit;
  CHECK_STATUS(
      green_process_spawn(&process, SHELL("cat; echo lost; echo lost >&2"),
                          OPTIONS(.input = GREEN_PROCESS_NULL, .output = GREEN_PROCESS_NULL,
                                  .errors = GREEN_PROCESS_NULL)),
      0);
  CHECK_STATUS(green_process_wait(process, &exit), 0);
  CHECK_NUMBER(exit.code, 0);
  return 0;
}

TEST(a_conversation) {
  AUTO_PROCESS green_process *process = NULL;
  char line[100];
  green_process_exit exit;
  CHECK_STATUS(green_process_spawn(&process,
                                   SHELL("while read -r line; do echo \"<$line>\"; done; exit 4"),
                                   OPTIONS(PIPES)),
               0);
  for (int i = 0; i < 3; i++) {
    int size = snprintf(line, sizeof line, "line %d\n", i);
    CHECK_STATUS(green_stream_write(green_process_input(process), line, (size_t)size, NULL), 0);
    CHECK_STATUS(green_stream_read_line(green_process_output(process), line, sizeof line), 8);
    CHECK_CONTAINS(line, "<line ");
  }
  CHECK_STATUS(green_stream_shutdown(green_process_input(process)), 0);
  CHECK_STATUS(green_process_wait(process, &exit), 0);
  CHECK_NUMBER(exit.code, 4);
  CHECK_STATUS(green_stream_write(green_process_input(process), "x", 1, NULL), GREEN_ECLOSED);
  return 0;
}

static int write_large(void *arg) {
  green_stream *stream = arg;
  char data[4096];
  int rc = 0;
  for (size_t sent = 0; rc == 0 && sent < LARGE; sent += sizeof data) {
    for (size_t i = 0; i < sizeof data; i++) data[i] = (char)((sent + i) * 2654435761u >> 13);
    rc = green_stream_write(stream, data, sizeof data, NULL);
  }
  green_stream_close(stream);
  return rc;
}

TEST(much_goes_both_ways_and_nothing_is_lost) {
  AUTO_PROCESS green_process *process = NULL;
  CHECK_STATUS(green_process_spawn(&process, COMMAND("cat"), OPTIONS(PIPES)), 0);
  AUTO_JOIN green_future *writer = green_spawn(write_large, green_process_input(process));
  CHECK_STARTED(writer);
  char data[10000];
  size_t got = 0, wrong = 0;
  for (;;) {
    int count = green_stream_read(green_process_output(process), data, sizeof data);
    CHECK_STATUS(count < 0 ? count : 0, 0);
    if (count == 0) break;
    for (int i = 0; i < count; i++)
      wrong += data[i] != (char)((got + (size_t)i) * 2654435761u >> 13);
    got += (size_t)count;
  }
  CHECK_STATUS(green_wait(writer), 0);
  CHECK_NUMBER(got, LARGE);
  CHECK_NUMBER(wrong, 0);
  return 0;
}

/* What it wrote before it ended is there for who comes late, more than a host reads ahead. */
TEST(output_outlives_the_process) {
  AUTO_PROCESS green_process *process = NULL;
  CHECK_STATUS(
      green_process_spawn(&process, SHELL("head -c 60000 /dev/zero; echo end >&2"), OPTIONS(PIPES)),
      0);
  char *text = malloc(70000), errors[10];
  CHECK(text);
  int rc = green_process_wait(process, NULL);
  if (rc == 0) rc = green_sleep(20);
  int size = rc < 0 ? rc : read_text(green_process_output(process), text, 70000);
  free(text);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(size, 60000);
  CHECK_STATUS(read_text(green_process_errors(process), errors, sizeof errors), 4);
  return 0;
}

TEST(who_does_not_read_its_input) {
  AUTO_PROCESS green_process *process = NULL;
  char data[1000] = "";
  int rc = 0;
  green_process_exit exit;
  CHECK_STATUS(green_process_spawn(&process, COMMAND("true"), OPTIONS(PIPES)), 0);
  while (rc == 0) rc = green_stream_write(green_process_input(process), data, sizeof data, NULL);
  CHECK_STATUS(rc, GREEN_EPIPE);
  CHECK_STATUS(green_process_wait(process, &exit), 0);
  CHECK_NUMBER(exit.code, 0);
  return 0;
}

TEST(a_pipe_has_one_direction_and_no_address) {
  AUTO_PROCESS green_process *process = NULL;
  char data[10];
  green_address address;
  CHECK_STATUS(green_process_spawn(&process, COMMAND("cat"), OPTIONS(PIPES)), 0);
  green_stream *input = green_process_input(process), *output = green_process_output(process);
  CHECK_STATUS(green_stream_read(input, data, sizeof data), GREEN_EBADF);
  CHECK_STATUS(green_stream_write(output, "x", 1, NULL), GREEN_EBADF);
  CHECK_STATUS(green_stream_shutdown(output), GREEN_EBADF);
  CHECK_STATUS(green_stream_address(input, &address), GREEN_ENOTSOCK);
  CHECK_STATUS(green_stream_peer(output, &address), GREEN_ENOTSOCK);
  CHECK_STATUS(green_stream_set_no_delay(input, true), 0);
  CHECK_STATUS(green_stream_write(input, "abc\n", 4, NULL), 0);
  CHECK_STATUS(green_stream_read_line(output, data, sizeof data), 3);
  CHECK_STRING(data, "abc");
  return 0;
}

TEST(a_read_has_a_deadline_and_loses_nothing) {
  AUTO_PROCESS green_process *process = NULL;
  char data[10];
  int rc = 0;
  CHECK_STATUS(green_process_spawn(&process, COMMAND("cat"), OPTIONS(PIPES)), 0);
  GREEN_TIMEOUT(10) {
    rc = green_stream_read(green_process_output(process), data, sizeof data);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_STATUS(green_stream_write(green_process_input(process), "abc\n", 4, NULL), 0);
  CHECK_STATUS(green_stream_read_exactly(green_process_output(process), data, 4, NULL), 0);
  return 0;
}

static int read_one(void *arg) {
  char data[10];
  return green_stream_read(arg, data, sizeof data);
}

TEST(closing_a_pipe_ends_the_read_that_waits) {
  AUTO_PROCESS green_process *process = NULL;
  CHECK_STATUS(green_process_spawn(&process, COMMAND("cat"), OPTIONS(PIPES)), 0);
  AUTO_JOIN green_future *reader = green_spawn(read_one, green_process_output(process));
  CHECK_STARTED(reader);
  CHECK_STATUS(green_yield(), 0);
  green_stream_close(green_process_output(process));
  CHECK_STATUS(green_wait(reader), GREEN_ECLOSED);
  return 0;
}

/* Whose output nobody takes any more is ended by SIGPIPE, as in a shell's pipe; of a socket it may also be told
 * that the other side has cut it. */
TEST(closing_its_output_ends_who_writes) {
  AUTO_PROCESS green_process *process = NULL;
  char data[100];
  green_process_exit exit;
  CHECK_STATUS(green_process_spawn(&process, COMMAND("yes"), OPTIONS(PIPES)), 0);
  CHECK_STATUS(green_stream_read_exactly(green_process_output(process), data, sizeof data, NULL),
               0);
  green_stream_close(green_process_output(process));
  CHECK_STATUS(green_process_wait(process, &exit), 0);
  CHECK(exit.signal == SIGPIPE ? exit.code == -1 : test_in_wasm && exit.code == 1);
  return 0;
}

/* In Node they are sockets, which cannot be opened by a name; in Deno pipes as natively. */
TEST(its_streams_have_names_natively) {
  AUTO_RESULT green_process_result *result = NULL;
  CHECK_STATUS(run(&result, SHELL("test -e /dev/stderr || exit 9; echo seen >/dev/stderr"), NULL),
               0);
  if (result->exit.code == 9) SKIP("there is no /dev/stderr");
  if (test_in_wasm && result->exit.code) return 0;
  CHECK_STRING(result->errors, "seen\n");
  return 0;
}

/* What it leaves running holds its output open; that it has ended does not wait for that. */
TEST(what_it_leaves_running_may_hold_its_output) {
  AUTO_PROCESS green_process *process = NULL;
  char data[10], kill[40];
  int left, rc = 0;
  green_process_exit exit;
  CHECK_STATUS(green_process_spawn(&process, SHELL("sleep 1000 & echo $!"), OPTIONS(PIPES)), 0);
  CHECK_STATUS(read_number(green_process_output(process), &left), 0);
  int waited = green_process_wait(process, &exit);
  if (waited == 0) {
    GREEN_TIMEOUT(10) {
      rc = green_stream_read(green_process_output(process), data, sizeof data);
    }
  }
  green_process_result *result = NULL;
  snprintf(kill, sizeof kill, "kill %d", left);
  int killed = GREEN_ENOMEM; /* also where memory fails once */
  for (int i = 0; i < 3 && killed < 0; i++) killed = run(&result, SHELL(kill), NULL);
  green_process_result_release(result);
  CHECK_STATUS(waited, 0);
  CHECK_NUMBER(exit.code, 0);
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_STATUS(killed, 0);
  CHECK_STATUS(green_stream_read(green_process_output(process), data, sizeof data), 0);
  return 0;
}
