/* Other programs: started with their standard streams as pipes, waited for, ended. Natively and in
 * Node, and as far as they have node:child_process in Deno and Bun; elsewhere, also under Windows,
 * what starts one gives GREEN_ENOTSUP.
 *
 * What starts or waits is called in a task (GREEN_EMAIN outside one, GREEN_ENESTED where it cannot
 * park), and ends with GREEN_ECANCELED or GREEN_ETIMEDOUT when interrupted. An interrupted wait
 * leaves the process as it is: whoever has its handle ends it, at the latest by
 * green_process_release(), which kills. So a process lives no longer than the task that holds it,
 * unless it `survives`, and in Node no longer than the instance, though that ends by exit(),
 * abort() or a trap. What has ended is taken from the system at once, whether anybody waits or not:
 * there are no zombies, but for one that outlives its runtime natively, which is taken when the
 * next process is started, or a runtime ends with one.
 *
 * That it has ended does not wait for its pipes: what it wrote can still be read, and what it has
 * left behind running may hold a pipe open. A read then waits for that (see `group`).
 *
 * Natively libuv hears of ends by SIGCHLD: from the first process on it has that signal's handler,
 * and leaves SIG_DFL in the place of another one. In a thread where SIGCHLD is blocked nothing is
 * heard, and nothing of a process that other code has waited for, as by waitpid(-1): to wait for
 * such a one has no end but a deadline. */
#ifndef GREENIO_PROCESS_H
#define GREENIO_PROCESS_H

#include <signal.h>
#include <greenio/future.h>
#include <greenio/stream.h>

#if defined _WIN32 && !defined SIGKILL /* as libuv has it */
#define SIGKILL 9
#endif

GREEN_BEGIN

/* A process that this program has started. */
typedef struct green_process green_process;

/* What one of its standard streams is. */
enum green_process_stdio {
  GREEN_PROCESS_INHERIT, /* this program's own; if that is closed, or closes on exec: as
                            GREEN_PROCESS_NULL */
  GREEN_PROCESS_PIPE,    /* a stream of this program's: green_process_input() and its kin */
  GREEN_PROCESS_NULL     /* an input that is at its end, an output that goes nowhere */
};

/* Zeroed: this program's environment, folder and standard streams. Nothing is kept behind the
 * call. */
typedef struct green_process_options {
  const char *file;                /* what to run, if that is not the first argument */
  const char *const *environment;  /* all of it, as "NAME=value", NULL behind the last */
  const char *folder;              /* where it runs */
  enum green_process_stdio input;  /* its standard streams */
  enum green_process_stdio output; /* of them */
  enum green_process_stdio errors; /* of them */
  /* It leads a session of its own: a terminal's Ctrl-C is not for it, green_process_kill() reaches
   * all that it has begun, and what is left of that when it has ended is killed, unless it
   * `survives`. (What begins a session of its own in turn is not reached.) */
  bool group;
  /* It goes on when the handle is released, and when the runtime ends. */
  bool survives;
  size_t max_output; /* of green_process_run(): bytes of each output; 0: 16 MiB */
} green_process_options;

/* How a process has ended. Node does not tell that a real-time signal has ended it: both are 0
 * there. */
typedef struct green_process_exit {
  int code;   /* 0 to 255; -1: a signal has ended it */
  int signal; /* SIGTERM ..., by this program's <signal.h>; 0: none; -1: in Node, one that Linux
                 does not have */
} green_process_exit;

/* Starts a program with arguments, the first of which is its name, NULL behind the last. No shell
 * reads them. A name without a "/" is looked for in the PATH that the program will have, another
 * one from `folder` on. `options` may be NULL. It gets no descriptors of this library's but its
 * three, and signals as the system sets them first. What this program's stdio holds in buffers is
 * not written before: call fflush() where the order matters. In Node it parks for a moment if the
 * start fails, which a cancel does not hold up.
 *   0: *out is the caller's, green_process_release() it.
 *   GREEN_ENOENT: there is no such file, or it names an interpreter that is not there.
 *     GREEN_EACCES: it may not be run. Both, and GREEN_ENOTDIR, also of the folder: the message
 *     names what it is about.
 *   GREEN_EMSGSIZE: arguments and environment are larger than the system takes.
 *   GREEN_EAGAIN: too many processes. GREEN_EMFILE, GREEN_ENOMEM.
 *   GREEN_EINVAL: no argument, an empty file, a stream that is none of the three; in Node also what
 *     is not UTF-8.
 *   GREEN_ENOTSUP: a page, workerd, Windows.
 * A failure leaves a message (green_message()); *out is NULL then. */
GREEN_API int green_process_spawn(green_process **out, const char *const *arguments,
                                  const green_process_options *options);

/* Its number, as the system knows it. Any stack; never parks. */
GREEN_API int green_process_id(const green_process *process);

/* This side of its pipes, each of one direction; NULL: it is no pipe. They are the process's and
 * good until its release: read, write and close them, and do not release them. Closing the input,
 * which green_stream_shutdown() does too, shows the process its end. Natively they are pipes, in
 * Node Unix-domain sockets, which programs cannot open by names such as /dev/stdin, and where who
 * writes to one that was closed here may get ECONNRESET in the place of SIGPIPE. Reading the input
 * gives GREEN_EBADF, as does writing to the others; they have no address (GREEN_ENOTSOCK). A
 * process that has gone gives GREEN_EPIPE to who writes to it. Any stack; never parks. */
GREEN_API green_stream *green_process_input(const green_process *process);
GREEN_API green_stream *green_process_output(const green_process *process);
GREEN_API green_stream *green_process_errors(const green_process *process);

/* Waits until it has ended. *out, unless `out` is NULL, says how, and is zeroed after a failure.
 * Parks; not if it has ended. Any number of tasks may wait.
 *   0: it has ended, in whatever way.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: this wait was interrupted, and the process runs. */
GREEN_API int green_process_wait(green_process *process, green_process_exit *out);

/* A future that is done, with 0, when it has ended: for green_wait_any() and the like.
 * green_cancel() on it kills the process as green_process_kill() with SIGKILL does, so that an
 * interrupted green_join() leaves nothing running. green_future_release() it. If the runtime ends
 * before, it fails with GREEN_ECLOSED. Any stack; never parks. */
GREEN_API green_future *green_process_ended(green_process *process);

/* Sends it a signal, or with `group` all of its group. Any stack; never parks.
 *   0: sent.
 *   GREEN_EALREADY: it has ended.
 *   GREEN_EPERM: it is another user's by now. GREEN_EINVAL: no such signal, or in Node one without
 *     a name. */
GREEN_API int green_process_kill(green_process *process, int signal);

/* Closes its pipes, kills it if it runs and does not survive, and lets go of it. One that survives
 * keeps the program's event loop alive no longer, unless somebody waits for it or has its future at
 * that time. NULL is allowed. Any stack; never parks. */
GREEN_API void green_process_release(green_process *process);

/* ---- all at once ----------------------------------------------------------------------------- */

/* What a program has written, with a 0 byte behind each that is not counted. */
typedef struct green_process_result {
  green_process_exit exit; /* how it has ended */
  char *output;            /* what it has written */
  char *errors;            /* to its errors */
  size_t output_size;      /* bytes */
  size_t errors_size;      /* bytes */
} green_process_result;

/* Starts a program, gives it `size` bytes of input and then its end, takes in its output and its
 * errors at the same time, and waits until it has ended. It need not read the input. `options` as
 * above, may be NULL; of its streams GREEN_PROCESS_NULL alone is heeded, and `survives` is not.
 * Parks.
 *   0: it has ended, in whatever way: *out is the caller's, green_process_result_release() it.
 *   GREEN_EMSGSIZE: it has written more than `max_output`. GREEN_ECANCELED, GREEN_ETIMEDOUT. In all
 *     these cases it was killed.
 *   as green_process_spawn().
 * A failure leaves a message; *out is NULL then. */
GREEN_API int green_process_run(green_process_result **out, const char *const *arguments,
                                const green_process_options *options, const void *input,
                                size_t size);

/* NULL is allowed. Any stack; never parks. */
GREEN_API void green_process_result_release(green_process_result *result);

GREEN_END
#endif
