/* green_process_run(): input, output and errors by a task each, so that neither side waits for the other. */
#include <string.h>
#include <greenio/group.h>
#include <greenio/process.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "core/wait.h"

#define OUTPUT_MOST  ((size_t)16 << 20)
#define OUTPUT_FIRST 4096

struct output {
  green_stream *stream; /* NULL: it goes nowhere */
  char *data;
  size_t size, room, most;
};

struct run {
  green_process *process;
  green_process_exit exit;
  const void *input;
  size_t size;
  struct output outputs[2];
};

/* A byte more than there is, for the 0. */
static int output_make_room(struct output *output) {
  if (output->size + 1 < output->room) return 0;
  if (output->size > output->most)
    return green_fail(GREEN_EMSGSIZE, "green_process_run: more than %zu bytes of output",
                      output->most);
  size_t room = output->room ? output->room * 2 : OUTPUT_FIRST;
  char *data = green__realloc(output->data, room);
  if (!data) return GREEN_ENOMEM;
  output->data = data;
  output->room = room;
  return 0;
}

static int output_take(void *arg) {
  struct output *output = arg;
  for (;;) {
    int rc = output_make_room(output);
    if (rc < 0) return rc;
    if (!output->stream) break;
    rc = green_stream_read(output->stream, output->data + output->size,
                           output->room - 1 - output->size);
    if (rc < 0) return rc;
    if (rc == 0) break;
    output->size += (size_t)rc;
  }
  output->data[output->size] = 0;
  if (output->size <= output->most) return 0;
  return green_fail(GREEN_EMSGSIZE, "green_process_run: more than %zu bytes of output",
                    output->most);
}

/* A process that does not read to the end of it has done nothing wrong. */
static int input_give(void *arg) {
  const struct run *run = arg;
  green_stream *stream = green_process_input(run->process);
  int rc = green_stream_write(stream, run->input, run->size, NULL);
  if (rc == GREEN_EPIPE || rc == GREEN_ECLOSED || rc == GREEN_ECONNRESET) return 0;
  if (rc == 0) green_stream_close(stream);
  return rc;
}

/* What it has left running may not read either. */
static int end_await(void *arg) {
  struct run *run = arg;
  int rc = green_process_wait(run->process, &run->exit);
  if (rc == 0 && run->size) green_stream_close(green_process_input(run->process));
  return rc;
}

static int run_through(struct run *run) {
  green_group *group;
  int rc = green_group_new(&group, &(green_group_options){.name = "green_process_run"});
  if (rc < 0) return rc;
  green_group_spawn(group, end_await, run);
  for (int i = 0; i < 2; i++) green_group_spawn(group, output_take, &run->outputs[i]);
  if (run->size) green_group_spawn(group, input_give, run);
  rc = green_group_wait(group);
  green_group_release(group);
  return rc;
}

static green_process_result *result_of(const struct run *run) {
  green_process_result *result = green__alloc(sizeof *result);
  if (result)
    *result = (green_process_result){.exit = run->exit,
                                     .output = run->outputs[0].data,
                                     .errors = run->outputs[1].data,
                                     .output_size = run->outputs[0].size,
                                     .errors_size = run->outputs[1].size};
  return result;
}

static enum green_process_stdio piped(enum green_process_stdio stdio) {
  return stdio == GREEN_PROCESS_NULL ? stdio : GREEN_PROCESS_PIPE;
}

int green_process_run(green_process_result **out, const char *const *arguments,
                      const green_process_options *options, const void *input, size_t size) {
  green_process_options plain = options ? *options : (green_process_options){0};
  struct run run = {.input = input, .size = plain.input == GREEN_PROCESS_NULL ? 0 : size};
  size_t most = plain.max_output ? plain.max_output : OUTPUT_MOST;
  *out = NULL;
  plain.input = run.size ? GREEN_PROCESS_PIPE : GREEN_PROCESS_NULL;
  plain.output = piped(plain.output);
  plain.errors = piped(plain.errors);
  plain.survives = false;
  int rc = green_process_spawn(&run.process, arguments, &plain);
  if (rc < 0) return rc;
  run.outputs[0] = (struct output){.stream = green_process_output(run.process), .most = most};
  run.outputs[1] = (struct output){.stream = green_process_errors(run.process), .most = most};
  rc = run_through(&run);
  if (rc == 0 && !(*out = result_of(&run))) rc = green_fail(GREEN_ENOMEM, NULL);
  green_process_release(run.process);
  if (rc == 0) return 0;
  for (int i = 0; i < 2; i++) green__free(run.outputs[i].data);
  return rc;
}

void green_process_result_release(green_process_result *result) {
  if (!result) return;
  green__handle_released(result, __func__);
  green__free(result->output);
  green__free(result->errors);
  green__free(result);
}
