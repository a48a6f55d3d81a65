/* Traces: an observer that takes notes in a ring. events.c writes them out. */
#include "trace.h"

#include <greenio/observe.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include <greenio/trace.h>
#include <inttypes.h>
#include <string.h>
#include "file.h"
#include "host.h"
#include "log.h"
#include "memory.h"
#include "tracks.h"
#include "wait.h"

#define DEFAULT_SIZE  ((size_t)8 << 20)
#define SMALLEST_SIZE ((size_t)64 << 10)

struct trace {
  struct green__closer closer;
  struct green_runtime *runtime;
  green_observation *observation;
  struct green__ring ring;
  struct green__trace_sink sink;
  void *file; /* or NULL */
};

/* That of the thread's runtime, or, in a child of fork(), of the parent's. */
static _Thread_local struct trace *current;

/* ---- notes ----------------------------------------------------------------------------------- */

static inline void note_put(struct green__ring *ring, enum green__record_kind kind,
                            unsigned long task, uint64_t other, int status, const char *what,
                            uint64_t now) {
  *green__ring_next(ring) = (struct green__record){.time = now,
                                                   .task = (uint32_t)task,
                                                   .other = (uint32_t)other,
                                                   .status = status,
                                                   .kind = (uint16_t)kind,
                                                   .what = what};
}

/* Apart, so that where there is room nothing has to be kept for the call. */
static __attribute__((noinline)) void note_when_full(struct trace *trace,
                                                     enum green__record_kind kind,
                                                     unsigned long task, uint64_t other, int status,
                                                     const char *what, uint64_t now) {
  green__ring_make_room(&trace->ring, GREEN__RING_DROP);
  note_put(&trace->ring, kind, task, other, status, what, now);
}

static inline void note(void *data, enum green__record_kind kind, unsigned long task,
                        uint64_t other, int status, const char *what, uint64_t now) {
  struct trace *trace = data;
  if (green__ring_is_full(&trace->ring))
    note_when_full(trace, kind, task, other, status, what, now);
  else
    note_put(&trace->ring, kind, task, other, status, what, now);
}

static void note_text(void *data, enum green__record_kind kind, unsigned long task, uint64_t other,
                      uint64_t now, const char *text, const char *second) {
  struct trace *trace = data;
  struct green__record record = {
      .time = now, .task = (uint32_t)task, .other = (uint32_t)other, .kind = (uint16_t)kind};
  green__ring_add(&trace->ring, record, text, second);
}

static void note_begin(const green_begun *begun, uint64_t now, void *data) {
  enum green__record_kind kind = begun->before ? GREEN__RECORD_FOUND : GREEN__RECORD_BEGIN;
  note_text(data, kind, begun->task, begun->maker, now, begun->name, begun->group);
}

static void note_park(unsigned long task, const char *what, const void *object, uint64_t now,
                      void *data) {
  (void)object;
  note(data, GREEN__RECORD_PARK, task, 0, 0, what, now);
}

static void note_wake(unsigned long task, unsigned long by, int status, uint64_t now, void *data) {
  note(data, GREEN__RECORD_WAKE, task, by, status, NULL, now);
}

static void note_resume(unsigned long task, uint64_t now, void *data) {
  note(data, GREEN__RECORD_RESUME, task, 0, 0, NULL, now);
}

static void note_end(unsigned long task, int status, uint64_t now, void *data) {
  note(data, GREEN__RECORD_END, task, 0, status, NULL, now);
}

static void note_cancel(unsigned long task, unsigned long by, uint64_t now, void *data) {
  note(data, GREEN__RECORD_CANCEL, task, by, 0, NULL, now);
}

static void note_job(const green_begun *begun, uint64_t now, void *data) {
  note_text(data, GREEN__RECORD_JOB, begun->task, begun->maker, now, begun->name, begun->group);
}

static void note_job_end(unsigned long task, int status, uint64_t now, void *data) {
  note(data, GREEN__RECORD_JOB_END, task, 0, status, NULL, now);
}

static void note_turn(uint64_t now, void *data) {
  note(data, GREEN__RECORD_TURN, 0, 0, 0, NULL, now);
}

static void note_turn_end(uint64_t now, void *data) {
  note(data, GREEN__RECORD_TURN_END, 0, 0, 0, NULL, now);
}

static void note_span(const green_span_begun *begun, uint64_t now, void *data) {
  note_text(data, GREEN__RECORD_SPAN, begun->task, begun->id, now, begun->name, begun->detail);
}

static void note_span_end(unsigned long task, uint64_t id, int status, uint64_t now, void *data) {
  note(data, GREEN__RECORD_SPAN_END, task, id, status, NULL, now);
}

static const green_observer notes = {
    .begin = note_begin,
    .park = note_park,
    .wake = note_wake,
    .resume = note_resume,
    .end = note_end,
    .cancel = note_cancel,
    .job_begin = note_job,
    .job_end = note_job_end,
    .turn_begin = note_turn,
    .turn_end = note_turn_end,
    .span_begin = note_span,
    .span_end = note_span_end,
};

/* ---- begun and ended ------------------------------------------------------------------------- */

static void trace_free(struct trace *trace) {
  green_observation_release(trace->observation);
  green__ring_close(&trace->ring);
  if (trace->file) green__trace_file_close(trace->file);
  green__free(trace);
}

static int write_trace(struct trace *trace) {
  uint64_t now = green__host_now_often();
  green_observation_release(trace->observation);
  trace->observation = NULL;
  if (trace->ring.lost)
    green__say("greenio: the trace has lost its oldest %" PRIu64
               " records: its ring has room for %zu bytes",
               trace->ring.lost, trace->ring.count * sizeof *trace->ring.slots);
  int rc = trace->file ? green__trace_file_begin(trace->file) : 0;
  uint64_t left_out = 0;
  if (rc == 0) rc = green__trace_write(&trace->ring, &trace->sink, now, &left_out);
  if (left_out)
    green__say("greenio: the trace has left out %" PRIu64
               " spans: those of one task that are open at once are %d at most",
               left_out, GREEN__TRACK_SPANS);
  int rc_close = trace->file ? green__trace_file_close(trace->file) : 0;
  trace->file = NULL;
  return rc < 0 ? rc : rc_close;
}

static void runtime_closes(struct green__closer *closer) {
  struct trace *trace = green__container_of(closer, struct trace, closer);
  int rc = write_trace(trace);
  current = NULL;
  trace_free(trace);
  if (rc < 0) green__say("greenio: the trace could not be written: %s", green_strerror(rc));
}

/* In a child of fork() the parent's goes on in the parent alone. What is the runtime's stays with it. */
static void parents_forget(void) {
  if (!current || current->runtime == green__runtime_own()) return;
  current->observation = NULL;
  trace_free(current);
  current = NULL;
}

static int check_options(const green_trace_options *options) {
  bool path = options && options->path, write = options && options->write;
  if (path == write)
    return green_fail(GREEN_EINVAL,
                      "green_trace_start: give it a path or a function to write with");
  if (options->size && options->size < SMALLEST_SIZE)
    return green_fail(GREEN_EINVAL, "green_trace_start: its ring has 64 KiB or more");
  if (current) return green_fail(GREEN_EBUSY, "green_trace_start: a trace is under way");
  return 0;
}

static int trace_open(struct trace *trace, const green_trace_options *options) {
  trace->sink = (struct green__trace_sink){options->write, options->arg};
  if (options->path) {
    int rc = green__trace_file_open(&trace->file, options->path);
    if (rc < 0) return rc;
    trace->sink = (struct green__trace_sink){green__trace_file_write, trace->file};
  }
  int rc = green__ring_open(&trace->ring, options->size ? options->size : DEFAULT_SIZE);
  return rc < 0 ? rc : green_observe(&trace->observation, &notes, trace);
}

int green_trace_start(const green_trace_options *options) {
  parents_forget();
  int rc = check_options(options);
  if (rc < 0) return rc;
  struct green_runtime *runtime = green__runtime();
  struct trace *trace = runtime ? green__alloc(sizeof *trace) : NULL;
  if (!trace) return green_fail(GREEN_ENOMEM, NULL);
  memset(trace, 0, sizeof *trace);
  rc = trace_open(trace, options);
  if (rc < 0) {
    trace_free(trace);
    return rc == GREEN_ENOMEM ? green_fail(rc, NULL) : rc;
  }
  trace->closer.close = runtime_closes;
  trace->runtime = runtime;
  green__at_close(runtime, &trace->closer);
  current = trace;
  return 0;
}

int green_trace_stop(void) {
  struct trace *trace = current;
  if (!trace || trace->runtime != green__runtime_own())
    return green_fail(GREEN_EINVAL, "green_trace_stop: no trace is under way");
  if (green__observing()) return GREEN_EBUSY; /* without a message, which would be the task's */
  current = NULL;
  green__at_close_remove(trace->runtime, &trace->closer);
  int rc = write_trace(trace);
  trace_free(trace);
  if (rc == GREEN_ENOMEM) return green_fail(rc, NULL);
  return rc < 0 ? green_fail(rc, "the trace could not be written: %s", green_strerror(rc)) : 0;
}
