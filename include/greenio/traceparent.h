/* Trace contexts (W3C Trace Context): which trace a task is at work for, so that what several
 * programs do for one request can be put together again.
 *
 * A context is the number of the trace, the number of the span that is under way (the standard's
 * parent-id, as those see it who are called from here), flags, and the `tracestate` of tracing
 * systems, which is carried along unread. A task has none unless it is given one. Tasks and jobs
 * that it then makes, of groups and pools too, begin with the one that it has at that moment;
 * afterwards each goes its own way, and a job's ends with the job. Where no task has one, a task
 * costs a few bytes and the making of another one test.
 *
 * Nothing is sent to others, nor taken from them, unless that is asked for: requests of the client
 * send it with their option `traceparent` (http.h), an application takes it with its option `trace`
 * (app.h), PostgreSQL's statements carry it behind green_pg_set_traceparent() (pg.h).
 *
 * While somebody observes, spans (observe.h) of a task that has a context get numbers of their own,
 * and are the parent of what is done within them. Numbers are random, from the system each time
 * (natively getrandom() and the like, in JavaScript crypto.getRandomValues()): a child of fork()
 * makes others than its parent.
 *
 * On every host. Nothing in here parks.
 */
#ifndef GREENIO_TRACEPARENT_H
#define GREENIO_TRACEPARENT_H

#include <greenio/base.h>

GREEN_BEGIN

#define GREEN_TRACE_SAMPLED    1   /* flag: the caller may have recorded it and asks for the same */
#define GREEN_TRACE_RANDOM     2   /* flag: the trace's number is random, all of it */
#define GREEN_TRACEPARENT_SIZE 56  /* bytes of a traceparent as text, with the 0 byte */
#define GREEN_TRACESTATE_MOST  512 /* bytes of a tracestate, which has at most 32 members */

/* Which trace something belongs to, and which span of it is its parent. */
typedef struct green_traceparent {
  unsigned char trace_id[16]; /* not all 0 */
  unsigned char span_id[8];   /* all 0: none yet, the next span is the first of its trace */
  unsigned char flags;        /* GREEN_TRACE_SAMPLED, GREEN_TRACE_RANDOM; others are not kept */
} green_traceparent;

/* Reads the value of a traceparent header as the standard says: lower case, neither number all 0,
 * version ff refused; of a version after 00 what is known of it, whatever comes behind that. Any
 * stack.
 *   0. GREEN_EINVAL: it is none, NULL, or several with commas between them; *out is all 0. */
GREEN_API int green_traceparent_parse(green_traceparent *out, const char *text);

/* Writes it as text, in version 00. Any stack. */
GREEN_API void green_traceparent_write(const green_traceparent *context,
                                       char text[GREEN_TRACEPARENT_SIZE]);

/* Makes random numbers: of a span within the trace of `parent`, with its flags; or, for NULL, of a
 * span in a new trace that is not sampled. `out` may be `parent`. Any stack.
 *   0. GREEN_EIO: the system gave none; *out is all 0. */
GREEN_API int green_traceparent_new(green_traceparent *out, const green_traceparent *parent);

/* Gives the running task or job a context, in the place of the one that it has; NULL: none. What it
 * has made before keeps what it has. `state` is copied, and may be NULL or "": none. Within a span
 * the next span's parent is the context's, and the end of the one under way changes nothing of it.
 *   0. GREEN_EMAIN: not in a task. GREEN_ENOMEM: it is as it was.
 *   GREEN_EINVAL: a trace's number of 0; or a `state` that is no list of members, or too long. */
GREEN_API int green_traceparent_set(const green_traceparent *context, const char *state);

/* The running task's. False: it has none, or this is no task; *out is all 0. */
GREEN_API bool green_traceparent_current(green_traceparent *out);

/* The same as it goes to others, who name their parent by it: where no span has a number yet, with
 * one that is made for this once.
 *   False: as above, or the system gave no number. */
GREEN_API bool green_traceparent_outgoing(green_traceparent *out);

/* The running task's tracestate; "" without one. Good until the task parks or gets another
 * context. */
GREEN_API const char *green_tracestate(void);

/* Whether that can be a tracestate: 1 to 512 bytes, at most 32 members, each with a name ("vendor"
 * or "tenant@vendor") and a value of at most 256 bytes each. Any stack. */
GREEN_API bool green_tracestate_is_valid(const char *state);

GREEN_END
#endif
