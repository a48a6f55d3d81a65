/* Processes, for every host: starting, waiting, killing, letting go. */
#include "process.h"

#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"

static void process_unref(green_process *process) {
  if (--process->references) return;
  green_future_release(process->future);
  green__free(process);
}

static int send_signal(const green_process *process, int signal) {
  return process->over ? GREEN_EALREADY : green__process_signal(process, signal);
}

static void on_cancel(green_future *future, void *process) {
  (void)future;
  send_signal(process, SIGKILL);
}

static green_process *process_new(const green_process_options *options) {
  struct green_runtime *runtime = green__runtime();
  green_process *process = runtime ? green__alloc(sizeof *process) : NULL;
  if (!process) return NULL;
  *process = (green_process){
      .references = 1, .group = options->group, .survives = options->survives, .runtime = runtime};
  if (green_future_new(&process->future) == 0) {
    green_future_on_cancel(process->future, on_cancel, process);
    return process;
  }
  green__free(process);
  return NULL;
}

/* ---- the end --------------------------------------------------------------------------------- */

void green__process_failed(green_process *process, int status) {
  process->over = true;
  green__future_looked(process->future);
  green_reject(process->future, status, NULL);
  process_unref(process);
}

void green__process_over(green_process *process, int code, int signal) {
  process->over = true;
  process->exit = (green_process_exit){signal ? -1 : code, signal};
  green__at_close_remove(process->runtime, &process->closer);
  if (process->group && !process->survives) green__process_sweep(process);
  green_resolve(process->future, NULL, NULL);
  process_unref(process);
}

/* Nobody is left to wait. */
static void process_on_runtime_close(struct green__closer *closer) {
  green_process *process = green__container_of(closer, green_process, closer);
  bool killed = !process->survives && green__process_signal(process, SIGKILL) == 0;
  process->over = true;
  green__future_looked(process->future);
  green_reject(process->future, GREEN_ECLOSED, NULL);
  green__process_forget(process, killed);
  process_unref(process);
}

static void release_pipes(green_process *process) {
  for (int i = 0; i < 3; i++) {
    green_stream_release(process->pipes[i]);
    process->pipes[i] = NULL;
  }
}

void green_process_release(green_process *process) {
  if (!process) return;
  green__handle_released(process, __func__);
  release_pipes(process);
  if (!process->over && process->survives)
    green__process_leave(process);
  else
    send_signal(process, SIGKILL);
  process_unref(process);
}

int green_process_kill(green_process *process, int signal) {
  green__handle_used(process, __func__);
  return send_signal(process, signal);
}

/* ---- the start ------------------------------------------------------------------------------- */

static const char *start_lacks(const char *const *arguments, const struct green__launch *start) {
  if (!arguments || !arguments[0]) return "there is no argument";
  if (!*start->file) return "the file's name is empty";
  for (int i = 0; i < 3; i++)
    if ((unsigned)start->stdio[i] > GREEN_PROCESS_NULL)
      return "a stream is none of GREEN_PROCESS_...";
  return NULL;
}

static int process_start(green_process *process, const struct green__launch *start) {
  const char *where = start->file;
  int rc = green__process_start(process, start, &where);
  if (rc < 0) {
    release_pipes(process);
    return green_fail(rc, "%s%s: %s", where == start->folder ? "the folder " : "", where,
                      green_strerror(rc));
  }
  process->closer.close = process_on_runtime_close;
  green__at_close(process->runtime, &process->closer);
  return 0;
}

int green_process_spawn(green_process **out, const char *const *arguments,
                        const green_process_options *options) {
  static const green_process_options plain;
  struct green__task *self;
  *out = NULL;
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  if (!options) options = &plain;
  struct green__launch start = {.file = options->file || !arguments ? options->file : arguments[0],
                                .arguments = arguments,
                                .environment = options->environment,
                                .folder = options->folder,
                                .stdio = {options->input, options->output, options->errors},
                                .group = options->group};
  const char *lacks = start_lacks(arguments, &start);
  if (lacks) return green_fail(GREEN_EINVAL, "green_process_spawn: %s", lacks);
  green_process *process = process_new(options);
  if (!process) return green_fail(GREEN_ENOMEM, "%s: out of memory", start.file);
  rc = process_start(process, &start);
  if (rc == 0)
    *out = process;
  else
    process_unref(process);
  return rc;
}

/* ---- what it is ------------------------------------------------------------------------------ */

int green_process_id(const green_process *process) {
  return process->id;
}

green_stream *green_process_input(const green_process *process) {
  return process->pipes[0];
}

green_stream *green_process_output(const green_process *process) {
  return process->pipes[1];
}

green_stream *green_process_errors(const green_process *process) {
  return process->pipes[2];
}

green_future *green_process_ended(green_process *process) {
  green_future_retain(process->future);
  return process->future;
}

int green_process_wait(green_process *process, green_process_exit *out) {
  green__handle_used(process, __func__);
  if (out) memset(out, 0, sizeof *out);
  process->references++;
  int rc = green_wait(process->future);
  if (rc == 0 && out) *out = process->exit;
  process_unref(process);
  return rc;
}
