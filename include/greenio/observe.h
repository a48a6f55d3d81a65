/* Hooks: what tasks do, told as it happens, for tracers, metrics and viewers that a program brings
 * along. <greenio/trace.h> is made of them, and so can an exporter be.
 *
 * While nobody observes, they cost nothing on a switch: no instruction is there for them.
 *
 * The rules for each function of an observer. It is called on the runtime's own thread, in the
 * middle of what it tells: on the stack of the task that wakes, cancels or has a span, which may be
 * small (a kilobyte or two is what it may use), or on the host's, as where a task has parked or
 * ended. It may read (green_now(), what stands in this header), begin and end spans, write into
 * memory of its own, and release memory of malloc's. It must not park, spawn, wake, complete or
 * release anything of greenio's, nor leave by longjmp() or an exception; what would observe,
 * release an observation or stop a trace from there is refused. In WebAssembly a trap in it ends
 * the task on whose stack it is called, and on the host's stack the instance. NULL: not wanted.
 *
 * A task is known by its number, as in green_report(): it counts from 1 within a runtime and is not
 * used twice. 0 stands for no task: the host's loop, a callback, JavaScript. Times are
 * green_now()'s.
 *
 * On every host, Asyncify and JSPI alike.
 */
#ifndef GREENIO_OBSERVE_H
#define GREENIO_OBSERVE_H

#include <greenio/traceparent.h>

GREEN_BEGIN

/* What has begun: a task, or a job of a pool on one of its workers. The strings are good during the
 * call alone. */
typedef struct green_begun {
  unsigned long task;  /* of a job: the worker */
  unsigned long maker; /* who has spawned it or submitted the job; 0: no task did */
  const char *name;    /* or "" */
  const char *group;   /* that it belongs to (group.h): its name, or "group 3"; "": none */
  bool before;         /* it was there already when the observation began */
} green_begun;

/* Something that a task does over several waits, as a request or a statement, has begun. The
 * strings are good during the call alone. */
typedef struct green_span_begun {
  unsigned long task; /* whose it is */
  uint64_t id;        /* counts from 1 within the runtime */
  const char *name;   /* what kind of thing it is: "HTTP GET", "SQL" */
  const char *detail; /* or "": which one; nothing secret stands in what greenio itself tells */
  /* Its own numbers in its trace; NULL: the task has no context. The tracestate is
   * green_tracestate(). */
  const green_traceparent *trace;
  /* 8 bytes: the number of the span that it is in, here or at the caller's; NULL: it is the first
   * of its trace, or has none. */
  const unsigned char *parent_id;
} green_span_begun;

/* What is told. All may be NULL. */
typedef struct green_observer {
  /* Before anything else of that task is told. For those that are there already: at once, in
   * green_observe(). */
  void (*begin)(const green_begun *begun, uint64_t now, void *data);
  /* It stops running. `what`: a static string, as "sleep", "future", "lock", "stream", or "yield"
   * for one that goes on by itself, which no wake is told of; `object`: what it waits for, to
   * compare with others, or NULL. */
  void (*park)(unsigned long task, const char *what, const void *object, uint64_t now, void *data);
  /* Its wait has ended with `status` and it is ready; `by`: the task that ran then, or was about to
   * end. */
  void (*wake)(unsigned long task, unsigned long by, int status, uint64_t now, void *data);
  /* It goes on, or runs for the first time. */
  void (*resume)(unsigned long task, uint64_t now, void *data);
  /* Its function has returned that, or it was ended with it, and whoever waited for it is ready.
   * Nothing comes behind it. */
  void (*end)(unsigned long task, int status, uint64_t now, void *data);
  /* Somebody has asked for its end. Its present or next wait ends with GREEN_ECANCELED. */
  void (*cancel)(unsigned long task, unsigned long by, uint64_t now, void *data);
  /* A pool's worker runs a job; the job's name is the worker's meanwhile. */
  void (*job_begin)(const green_begun *begun, uint64_t now, void *data);
  void (*job_end)(unsigned long task, int status, uint64_t now, void *data); /* it has ended */
  /* Around the time in which the runtime's tasks and callbacks run. Between an end and the next
   * begin, the thread belongs to the host's loop: it looks for events, and waits for them. Both are
   * also told of an event in which callbacks of the program alone run. */
  void (*turn_begin)(uint64_t now, void *data);
  void (*turn_end)(uint64_t now, void *data); /* the end of it */
  /* A span of the task's has begun, or ended with a status (0 and above: well). Those of one task
   * need not be nested; those of a task or job that has ended are over. */
  void (*span_begin)(const green_span_begun *begun, uint64_t now, void *data);
  void (*span_end)(unsigned long task, uint64_t id, int status, uint64_t now,
                   void *data); /* it has ended */
} green_observer;

/* An observer at work. */
typedef struct green_observation green_observation;

/* Has an observer called from here on, for the tasks of the calling thread's runtime, which is made
 * if there is none; `data` is handed to each of its functions. The struct is copied. Several may
 * observe at once, and are called in the order in which they began. It ends when it is released,
 * and tells nothing any more once the runtime has ended. Any stack; never parks.
 *   0. GREEN_ENOMEM. GREEN_EBUSY: called by an observer. */
GREEN_API int green_observe(green_observation **out, const green_observer *observer, void *data);

/* Ends it; nothing is called any more. NULL is ignored. In an observer nothing happens, but for a
 * line on stderr that says so. On the thread that began it; never parks. */
GREEN_API void green_observation_release(green_observation *observation);

/* A span of the running task, told to observers. greenio tells of its own: requests of the HTTP
 * client ("HTTP GET", the URL without its query, fragment and user), requests that an application
 * answers ("GET", the path), and statements of PostgreSQL ("SQL", the text up to 200 bytes, without
 * comments, and with ? for each string and number that is written in it; what may be part of a
 * string, if a backslash were taken for an escape there, is left out; GREEN_ESQL: the server
 * refused it). A COPY's, and that of a cursor, lasts until its end, and is no parent of what is
 * begun between its calls. Outside a task, and where nobody observes, both do nothing but look; a
 * span that was begun then has no end to tell. `detail` may be NULL. Never park.
 *
 * In a task that has a trace context (traceparent.h) the span's number is that of the context until
 * the span ends, and so the parent of what is begun meanwhile, in tasks that are made then too. It
 * is ended by the task that began it: what another one ends stays the context's until the first one
 * ends or gets another context. */
typedef struct green_span {
  unsigned long task;      /* in which it was begun */
  uint64_t id;             /* 0: nobody was told */
  unsigned char number[8]; /* in its trace; or 0 */
  unsigned char before[8]; /* what was the context's before; or 0 */
} green_span;

/* As green_span says. Never park. */
GREEN_API void green_span_begin(green_span *span, const char *name, const char *detail);
GREEN_API void green_span_end(green_span *span, int status);

/* Whether somebody observes the calling thread's runtime, for who would have to put a detail
 * together. */
GREEN_API bool green_observed(void);

GREEN_END
#endif
