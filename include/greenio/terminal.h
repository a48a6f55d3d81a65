/* A terminal as a stream: keys one by one, what the window shows, its size. Natively, but for
 * Windows, and in Node, but for worker threads; elsewhere what opens one gives GREEN_ENOTSUP. (A
 * blocking program's terminal in WebAssembly is greenio::posix's, of a page too.)
 *
 * It is read and written as any stream is (stream.h), beside the others, and apart from stdin and
 * stdout, which may be redirected, and which then have what they would have. As long as it is not
 * raw, reading gives whole lines as the terminal edits them, and 0 for each Ctrl-D at a line's
 * begin, behind which more may come. When it has hung up, reading gives 0 or GREEN_EIO.
 * green_stream_shutdown() is GREEN_ENOTSUP, an address there is none.
 *
 * Of one that is raw the mode is given back when it is closed, at exit(), when greenio tells of a
 * crash, and before SIGINT, SIGTERM, SIGHUP and SIGQUIT end the program; where the program has a
 * handler of its own for one of these, that has to close the terminal. SIGKILL and _exit() leave it
 * raw. A program that is stopped and goes on says anew what it wants.
 *
 * In Node:
 *   - what is written to a terminal that is raw still has "\n" shown as "\r\n", by the terminal;
 *     "\r\n" shows the same;
 *   - these four signals are heard, as any of JavaScript's, when the program is back at the event
 *     loop, as long as a terminal is raw; the package signal-exit ends the program by them as
 *     before. process.abort() and a failure of Node itself, as where it is out of memory, leave it
 *     raw;
 *   - it is read while somebody waits alone, so that what is typed meanwhile is for others, as a
 *     child; what one read of the terminal has given, up to 64 KiB, is kept for who reads less;
 *   - up to 64 KiB that were written may be on their way yet, which process.exit() does not wait
 *     for;
 *   - it is opened several times, the last one behind each Ctrl-D, by the name that it had first,
 *     links followed; a serial line that waits for its carrier holds up the process meanwhile, and
 *     so does its mode until what was written has gone out; there is no TLS on it, GREEN_ENOTSOCK;
 *   - a program in the background leaves the mode alone when it closes the terminal and at its end;
 *     Node's own end sets that of the first terminal that was raw, which stops the program until it
 *     is in the foreground.
 */
#ifndef GREENIO_TERMINAL_H
#define GREENIO_TERMINAL_H

#include <greenio/stream.h>

GREEN_BEGIN

/* A window's size in characters; 0, 0: nobody knows. */
typedef struct green_terminal_window {
  unsigned columns; /* characters in a line */
  unsigned rows;    /* lines */
} green_terminal_window;

/* Opens the program's terminal, or that at `path`, unless it is NULL: a serial line, say. Never
 * parks.
 *   0: *out is the caller's, green_stream_release() it.
 *   GREEN_ENOENT: the program has no terminal (a service, a job of cron), or there is nothing at
 *     `path`.
 *   GREEN_EINVAL: what is there is no terminal.
 *   GREEN_EACCES, GREEN_EMFILE, GREEN_ENOMEM; what else the system says, as GREEN_EISDIR and
 *     GREEN_EIO.
 *   GREEN_ENOTSUP: Windows; WebAssembly but in Node's main thread.
 * A failure leaves a message; *out is NULL then. */
GREEN_API int green_terminal_open(green_stream **out, const char *path);

/* Raw: each key comes at once and is not shown, Ctrl-C as the byte 3, and what is written goes as
 * it is, so that a line's end is "\r\n". Off: as it was. Each stream has its own say, and the
 * terminal is raw until all of them have taken it back. Sixteen terminals may be raw at once. A
 * program in the background is stopped by it, as by any change of its terminal. Any stack; never
 * parks.
 *   0.
 *   GREEN_EINVAL: the stream is no terminal.
 *   GREEN_ECLOSED; GREEN_EMFILE, too many are; GREEN_EIO, what else the system says.
 *   GREEN_ENOTSUP: Windows. */
GREEN_API int green_terminal_set_raw(green_stream *terminal, bool on);

/* The size of its window. Any stack; never parks.
 *   0. GREEN_EINVAL, GREEN_ECLOSED, GREEN_EIO, GREEN_ENOTSUP: as green_terminal_set_raw(). */
GREEN_API int green_terminal_size(const green_stream *terminal, green_terminal_window *out);

/* Parks until the size is another one than *window, which is that one then: so none is missed
 * between two calls. The system tells of the program's own terminal alone. Closing it does not end
 * the wait.
 *   0.
 *   as green_terminal_size(); GREEN_ECANCELED, GREEN_ETIMEDOUT; GREEN_EMAIN, GREEN_ENESTED;
 *     GREEN_ENOMEM. */
GREEN_API int green_terminal_wait_size(green_stream *terminal, green_terminal_window *window);

GREEN_END
#endif
