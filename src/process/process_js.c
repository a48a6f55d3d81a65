/* Processes in Node, by node:child_process: what JavaScript keeps of them is in process.mjs, by the record's
 * address. */
#include <stdlib.h>
#include <string.h>
#include <emscripten/emscripten.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"
#include "grammar/grammar.h"
#include "loop.h"
#include "net/net.h"
#include "process_js.h"

/* > 0: it runs, under that number. 0: green__js_process_failed() will say why not. A status; *folder: it is about
 * the folder. */
int green__js_process_spawn(green_process *process, const struct green__js_start *start);
/* Whether a failure is the folder's: a status, 0. */
int green__js_process_folder(const char *folder);
/* Of a group, the negative of its number. */
int green__js_process_kill(int id, int signal);
void green__js_process_leave(const green_process *process);
/* Nothing is told any more. */
void green__js_process_forget(const green_process *process);

/* From JavaScript, on the host's own stack.  enum green__entry_answer. */
EMSCRIPTEN_KEEPALIVE int green__js_process_failed(green_process *process, int status) {
  green__loop_entered();
  green__process_failed(process, status);
  return green__loop_left();
}

/* With its code, or the signal. */
EMSCRIPTEN_KEEPALIVE int green__js_process_ended(green_process *process, int code, int signal) {
  green__loop_entered();
  green__process_over(process, code, signal);
  return green__loop_left();
}

/* ---- strings --------------------------------------------------------------------------------- */

/* Copies them one behind the other into memory of the caller's. */
static int strings_join(const char *const *strings, char **out, uint32_t *count) {
  size_t size = 1, used = 0;
  for (*count = 0; strings && strings[*count]; ++*count) {
    size_t length = strlen(strings[*count]);
    if (!green__is_utf8(strings[*count], length)) return GREEN_EINVAL;
    size += length + 1;
  }
  char *joined = green__alloc(size);
  if (!joined) return GREEN_ENOMEM;
  for (uint32_t i = 0; i < *count; i++) {
    size_t length = strlen(strings[i]) + 1;
    memcpy(joined + used, strings[i], length);
    used += length;
  }
  *out = joined;
  return 0;
}

static bool text_is_utf8(const char *text) {
  return !text || green__is_utf8(text, strlen(text));
}

/* ---- start ----------------------------------------------------------------------------------- */

static int pipe_make(enum green_process_stdio stdio, enum green__side lacks, green_stream **out) {
  if (stdio != GREEN_PROCESS_PIPE) return 0;
  *out = (green_stream *)green__endpoint_new(sizeof **out);
  if (!*out) return GREEN_ENOMEM;
  (*out)->endpoint.local = (*out)->endpoint.lacks[lacks] = true;
  return 0;
}

static struct green__endpoint *endpoint_of(green_stream *stream) {
  return stream ? &stream->endpoint : NULL;
}

/* Waits for what is told within Node's next tick. The task may be lost with its stack meanwhile. */
static int await_failure(green_process *process) {
  int rc = 0;
  GREEN_SHIELD {
    rc = green_wait(process->future);
  }
  return rc < 0 ? rc : GREEN_EIO;
}

static int start_joined(green_process *process, const struct green__js_start *start) {
  int rc = green__js_process_spawn(process, start);
  if (rc < 0) return rc;
  process->references++; /* JavaScript's, until it has told */
  if (rc == 0) return await_failure(process);
  process->id = rc;
  for (int i = 0; i < 3; i++)
    if (process->pipes[i]) green__endpoint_opened(&process->pipes[i]->endpoint);
  return 0;
}

static int start_with(green_process *process, const struct green__launch *start,
                      struct green__js_start *joined) {
  char *arguments = NULL, *environment = NULL;
  int rc = 0;
  for (int i = 0; i < 3 && rc == 0; i++)
    rc = pipe_make(start->stdio[i], i ? GREEN__OUTPUT : GREEN__INPUT, &process->pipes[i]);
  if (rc == 0) rc = strings_join(start->arguments, &arguments, &joined->argument_count);
  if (rc == 0) rc = strings_join(start->environment, &environment, &joined->environment_count);
  joined->arguments = arguments;
  joined->environment = environment;
  joined->input_pipe = endpoint_of(process->pipes[0]);
  joined->output_pipe = endpoint_of(process->pipes[1]);
  joined->errors_pipe = endpoint_of(process->pipes[2]);
  if (rc == 0) rc = start_joined(process, joined);
  green__free(arguments);
  green__free(environment);
  return rc;
}

int green__process_start(green_process *process, const struct green__launch *start,
                         const char **where) {
  struct green__js_start joined = {.file = start->file,
                                   .folder = start->folder,
                                   .has_environment = start->environment != NULL,
                                   .group = start->group,
                                   .survives = process->survives,
                                   .input = start->stdio[0],
                                   .output = start->stdio[1],
                                   .errors = start->stdio[2]};
  if (!text_is_utf8(start->file) || !text_is_utf8(start->folder)) return GREEN_EINVAL;
  int rc = green__wait_possible(); /* it may have to */
  if (rc == 0) rc = start_with(process, start, &joined);
  int folder = rc < 0 && start->folder ? green__js_process_folder(start->folder) : 0;
  if (folder < 0) *where = start->folder;
  return folder < 0 ? folder : rc;
}

/* ---- the end --------------------------------------------------------------------------------- */

int green__process_signal(const green_process *process, int signal) {
  return green__js_process_kill(process->group ? -process->id : process->id, signal);
}

void green__process_sweep(const green_process *process) {
  green__js_process_kill(-process->id, SIGKILL);
}

void green__process_leave(green_process *process) {
  green__js_process_leave(process);
}

/* Node takes what has ended from the system, whoever hears of it. */
void green__process_forget(green_process *process, bool killed) {
  (void)killed;
  green__js_process_forget(process);
}
