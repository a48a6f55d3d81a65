/* Processes inside: the record, and what a host owes.
 *
 * The portable part (process.c) decides what an outcome means and when a process is killed; the host's part
 * (process_uv.c, process_js.c) starts one and says by green__process_over() that it has ended.
 *
 * Invariants: a process is counted, by the program, by each call that waits, and by the host from a start that
 * has not failed at once until it has said that it is over, or has failed after all, or was told to forget it.
 * `over` is set once; from then on the number may be another process's, and no signal is sent.
 */
#ifndef GREENIO_SRC_PROCESS_PROCESS_H
#define GREENIO_SRC_PROCESS_PROCESS_H

#include <greenio/process.h>
#include "core/wait.h"

#ifndef SIGKILL
#define SIGKILL 9 /* libuv's number, where <signal.h> has none: Windows */
#endif

struct green__child; /* the host's */

struct green_process {
  unsigned references;
  int id;
  bool over, group, survives;
  green_process_exit exit;
  green_future *future;   /* done when it is over */
  green_stream *pipes[3]; /* input, output, errors; NULL: it has none */
  struct green__child *child;
  struct green_runtime *runtime;
  struct green__closer closer;
};

/* What to start: green_process_options without defaults. */
struct green__launch {
  const char *file;
  const char *const *arguments;
  const char *const *environment; /* NULL: this program's */
  const char *folder;             /* NULL: this program's */
  enum green_process_stdio stdio[3];
  bool group;
};

/* ---- the host's ------------------------------------------------------------------------------ */

/* Starts it: sets id, child and pipes, and has one reference more. Parks under a shield, if at all.
 *   0, a status; *where is the file or the folder that it is about. */
int green__process_start(green_process *process, const struct green__launch *start,
                         const char **where);

/* Sends a signal to the process, or to all of its group: 0, a status. */
int green__process_signal(const green_process *process, int signal);

/* What the group of one that is over has left running is killed. */
void green__process_sweep(const green_process *process);

/* The handle is released, and the process goes on: it is not to keep the host alive. */
void green__process_leave(green_process *process);

/* The runtime ends: nothing is told any more. `killed`: it was sent SIGKILL. Gives the host's reference back. */
void green__process_forget(green_process *process, bool killed);

/* ---- process.c ------------------------------------------------------------------------------- */

/* From the host, on its own stack: the start has failed after all, and whoever waits for the end of the process is
 * told so. Gives the host's reference back. */
void green__process_failed(green_process *process, int status);

/* From the host, on its own stack: it has ended, by the code or, unless it is 0, the signal. Gives the host's
 * reference back. */
void green__process_over(green_process *process, int code, int signal);

#endif
