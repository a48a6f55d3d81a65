/* Writes a trace as Chrome's trace events: https://ui.perfetto.dev opens it, and chrome://tracing.
 *
 * A thread of the format is a track: 1 is the loop's, with its turns; a task's is its number and 1. On
 * a task's lie slices for what it is at (it runs, it is ready, it waits for something), and its spans
 * and jobs around them. Slices of one track must be nested, so that where a span begins or ends, the
 * slice for what the task is at ends there too, and another begins. What had begun before the oldest
 * record is not known, and is left out.
 */
#include "text.h"
#include "trace.h"
#include "tracks.h"

#include <greenio/status.h>
#include <greenio/task.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "memory.h"

/* A job stands among the spans of its worker; no span has this number. */
#define JOB_ID 0

struct writer {
  struct green__trace_text text;
  const struct green__ring *ring;
  struct green__tracks tracks;
  uint64_t arrows;     /* that were drawn */
  uint64_t left_out;   /* spans */
  uint64_t turn_since; /* 0: no turn is under way */
  bool first;          /* no event was written yet */
  bool no_memory;
};

static unsigned long track_number(uint32_t task) {
  return (unsigned long)task + 1;
}

/* ---- events ---------------------------------------------------------------------------------- */

/* Begins an event: {"ph":"X","pid":1,"tid":2,"ts":1.000 */
static void event_begin(struct writer *writer, char phase, uint32_t task, uint64_t time) {
  green__trace_print(&writer->text,
                     "%s{\"ph\":\"%c\",\"pid\":1,\"tid\":%lu,\"ts\":%" PRIu64 ".%03u",
                     writer->first ? "\n" : ",\n", phase, track_number(task), time / 1000,
                     (unsigned)(time % 1000));
  writer->first = false;
}

static void event_end(struct writer *writer) {
  green__trace_print(&writer->text, "}");
}

static void event_name(struct writer *writer, const char *name) {
  green__trace_print(&writer->text, ",\"name\":");
  green__trace_string(&writer->text, name);
}

static void write_slice(struct writer *writer, uint32_t task, const char *name, const char *kind,
                        uint64_t since, uint64_t until) {
  uint64_t length = until - since;
  event_begin(writer, 'X', task, since);
  green__trace_print(&writer->text, ",\"dur\":%" PRIu64 ".%03u,\"cat\":\"%s\"", length / 1000,
                     (unsigned)(length % 1000), kind);
  event_name(writer, name);
  event_end(writer);
}

/* A track's name, or that of all. */
static void write_title(struct writer *writer, uint32_t task, const char *what, const char *prefix,
                        const char *name, const char *suffix) {
  char title[GREEN__RECORD_TEXT + 64];
  snprintf(title, sizeof title, "%s%s%s", prefix, name, suffix);
  event_begin(writer, 'M', task, 0);
  green__trace_print(&writer->text, ",\"name\":\"%s\",\"args\":{\"name\":", what);
  green__trace_string(&writer->text, title);
  green__trace_print(&writer->text, "}");
  event_end(writer);
}

/* "task 3 reader in pages" */
static void write_task_title(struct writer *writer, uint32_t task, const char *name,
                             const char *group) {
  char prefix[32], suffix[80];
  snprintf(prefix, sizeof prefix, "task %lu%s", (unsigned long)task, *name ? " " : "");
  snprintf(suffix, sizeof suffix, "%s%s", *group ? " in " : "", group);
  write_title(writer, task, "thread_name", prefix, name, suffix);
}

/* An arrow from what the one does at `time` to where the other goes on. */
static void arrow_begin(struct writer *writer, struct green__track *to, uint32_t from,
                        uint64_t time) {
  to->arrow = ++writer->arrows;
  event_begin(writer, 's', from, time);
  green__trace_print(&writer->text, ",\"id\":%" PRIu64 ",\"cat\":\"wake\",\"name\":\"wakes\"",
                     to->arrow);
  event_end(writer);
}

static void arrow_end(struct writer *writer, struct green__track *to, uint64_t time) {
  if (!to->arrow) return;
  event_begin(writer, 'f', to->task, time);
  green__trace_print(&writer->text,
                     ",\"bp\":\"e\",\"id\":%" PRIu64 ",\"cat\":\"wake\",\"name\":\"wakes\"",
                     to->arrow);
  event_end(writer);
  to->arrow = 0;
}

/* ---- what a task is at ----------------------------------------------------------------------- */

/* Ends the slice of what the task was at; it begins something else at `time`. */
static void track_change(struct writer *writer, struct green__track *track,
                         enum green__track_state state, uint64_t time) {
  if (track->state == GREEN__TRACK_RUNS) {
    write_slice(writer, track->task, "runs", "run", track->since, time);
  } else if (track->state == GREEN__TRACK_READY && time > track->since) {
    write_slice(writer, track->task, "is ready", "ready", track->since, time);
  } else if (track->state == GREEN__TRACK_WAITS) {
    char name[80];
    snprintf(name, sizeof name, "waits: %s", track->what);
    write_slice(writer, track->task, name, "wait", track->since, time);
  }
  track->state = state;
  track->since = time;
}

static void track_name(struct writer *writer, struct green__track *track, const char *name,
                       const char *group) {
  write_task_title(writer, track->task, name, group);
  track->named = true;
}

/* ---- spans ----------------------------------------------------------------------------------- */

/* The two texts that a span or a job has. */
static void span_texts(const struct writer *writer, size_t at, char *buffer, const char **name,
                       const char **detail) {
  struct green__record record;
  green__ring_read(writer->ring, at, &record, buffer);
  *name = buffer;
  *detail = buffer + strlen(buffer) + 1;
  if (record.kind != GREEN__RECORD_JOB) return;
  *detail = *name;
  *name = "job";
}

/* The begin or the end of a span, in two events of one name. */
static void span_event(struct writer *writer, char phase, uint32_t task, size_t at, uint64_t time) {
  char buffer[GREEN__RECORD_TEXT + 2], title[GREEN__RECORD_TEXT + 2];
  const char *name, *detail;
  span_texts(writer, at, buffer, &name, &detail);
  snprintf(title, sizeof title, "%s%s%s", name, *detail ? " " : "", detail);
  event_begin(writer, phase, task, time);
  green__trace_print(&writer->text, ",\"cat\":\"span\"");
  event_name(writer, title);
}

static void span_write_begin(struct writer *writer, uint32_t task, size_t at, uint64_t time) {
  span_event(writer, 'B', task, at, time);
  event_end(writer);
}

static void span_write_end(struct writer *writer, uint32_t task, size_t at, int status,
                           uint64_t time) {
  span_event(writer, 'E', task, at, time);
  if (status < 0)
    green__trace_print(&writer->text, ",\"args\":{\"status\":\"%s\"}", green_status_name(status));
  else if (status > 0)
    green__trace_print(&writer->text, ",\"args\":{\"status\":%d}", status);
  event_end(writer);
}

static void span_begin(struct writer *writer, struct green__track *track,
                       const struct green__record *record, size_t at) {
  if (track->open == GREEN__TRACK_SPANS) {
    writer->left_out++;
    return;
  }
  track_change(writer, track, track->state, record->time);
  span_write_begin(writer, track->task, at, record->time);
  track->spans[track->open].id = record->kind == GREEN__RECORD_JOB ? JOB_ID : record->other;
  track->spans[track->open++].record = at;
}

/* Those inside of it, which go on, begin once more behind it. */
static void span_end(struct writer *writer, struct green__track *track, uint32_t id, int status,
                     uint64_t time) {
  unsigned at = track->open;
  while (at && track->spans[at - 1].id != id) at--;
  if (!at) return;
  track_change(writer, track, track->state, time);
  for (unsigned inner = track->open; inner-- > at;)
    span_write_end(writer, track->task, track->spans[inner].record, 0, time);
  span_write_end(writer, track->task, track->spans[at - 1].record, status, time);
  track->open--;
  memmove(&track->spans[at - 1], &track->spans[at],
          (track->open - at + 1) * sizeof track->spans[0]);
  for (unsigned inner = at - 1; inner < track->open; inner++)
    span_write_begin(writer, track->task, track->spans[inner].record, time);
}

static void spans_end(struct writer *writer, struct green__track *track, uint64_t time) {
  while (track->open)
    span_write_end(writer, track->task, track->spans[--track->open].record, 0, time);
}

/* ---- records --------------------------------------------------------------------------------- */

static void write_begin(struct writer *writer, struct green__track *track,
                        const struct green__record *record, const char *text) {
  track_name(writer, track, text, text + strlen(text) + 1);
  track_change(writer, track, GREEN__TRACK_READY, record->time);
  if (record->kind == GREEN__RECORD_BEGIN) arrow_begin(writer, track, record->other, record->time);
}

static void write_end(struct writer *writer, struct green__track *track, int status,
                      uint64_t time) {
  track_change(writer, track, GREEN__TRACK_UNKNOWN, time);
  spans_end(writer, track, time);
  track->arrow = 0;
  if (status >= 0) return;
  event_begin(writer, 'i', track->task, time);
  green__trace_print(&writer->text, ",\"s\":\"t\",\"name\":\"ended with %s\"",
                     green_status_name(status));
  event_end(writer);
}

static void write_cancel(struct writer *writer, const struct green__record *record) {
  event_begin(writer, 'i', record->task, record->time);
  if (record->other)
    green__trace_print(&writer->text, ",\"s\":\"t\",\"name\":\"cancelled by task %lu\"",
                       (unsigned long)record->other);
  else
    green__trace_print(&writer->text, ",\"s\":\"t\",\"name\":\"cancelled\"");
  event_end(writer);
}

static void write_turn(struct writer *writer, bool begins, uint64_t time) {
  if (writer->turn_since) write_slice(writer, 0, "turn", "loop", writer->turn_since, time);
  writer->turn_since = begins ? time : 0;
}

static void write_record(struct writer *writer, struct green__track *track,
                         const struct green__record *record, const char *text, size_t at) {
  switch ((enum green__record_kind)record->kind) {
  case GREEN__RECORD_BEGIN:
  case GREEN__RECORD_FOUND:
    write_begin(writer, track, record, text);
    break;
  case GREEN__RECORD_PARK:
    track_change(writer, track,
                 strcmp(record->what, "yield") == 0 ? GREEN__TRACK_READY : GREEN__TRACK_WAITS,
                 record->time);
    track->what = record->what;
    break;
  case GREEN__RECORD_WAKE:
    track_change(writer, track, GREEN__TRACK_READY, record->time);
    arrow_begin(writer, track, record->other, record->time);
    break;
  case GREEN__RECORD_RESUME:
    track_change(writer, track, GREEN__TRACK_RUNS, record->time);
    arrow_end(writer, track, record->time);
    break;
  case GREEN__RECORD_END:
    write_end(writer, track, record->status, record->time);
    break;
  case GREEN__RECORD_CANCEL:
    write_cancel(writer, record);
    break;
  case GREEN__RECORD_JOB:
  case GREEN__RECORD_SPAN:
    span_begin(writer, track, record, at);
    break;
  case GREEN__RECORD_JOB_END:
    span_end(writer, track, JOB_ID, record->status, record->time);
    break;
  case GREEN__RECORD_SPAN_END:
    span_end(writer, track, record->other, record->status, record->time);
    break;
  case GREEN__RECORD_TURN:
  case GREEN__RECORD_TURN_END:
    break;
  }
}

static void write_records(struct writer *writer) {
  char text[GREEN__RECORD_TEXT + 2];
  struct green__record record;
  size_t at = 0, next;
  while ((next = green__ring_read(writer->ring, at, &record, text)) != 0) {
    if (record.kind == GREEN__RECORD_TURN || record.kind == GREEN__RECORD_TURN_END) {
      write_turn(writer, record.kind == GREEN__RECORD_TURN, record.time);
    } else {
      struct green__track *track = green__track_find(&writer->tracks, record.task);
      writer->no_memory = !track;
      if (!track) return;
      write_record(writer, track, &record, text, at);
    }
    at = next;
  }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void write_lost(struct writer *writer) {
  struct green__record record;
  char text[GREEN__RECORD_TEXT + 2];
  if (!writer->ring->lost || !green__ring_read(writer->ring, 0, &record, text)) return;
  event_begin(writer, 'i', 0, record.time);
  green__trace_print(&writer->text,
                     ",\"s\":\"g\",\"name\":\"%" PRIu64 " records before this are lost\"",
                     writer->ring->lost);
  event_end(writer);
}

/* What goes on when the trace ends, and tasks whose begin is lost. */
static void write_rest(struct writer *writer, uint64_t now) {
  write_turn(writer, false, now);
  for (size_t i = 0; i < writer->tracks.size; i++) {
    struct green__track *track = &writer->tracks.at[i];
    if (!track->used) continue;
    track_change(writer, track, GREEN__TRACK_UNKNOWN, now);
    spans_end(writer, track, now);
    if (!track->named) track_name(writer, track, "", "");
  }
}

static void write_left_out(struct writer *writer, uint64_t now) {
  if (!writer->left_out) return;
  event_begin(writer, 'i', 0, now);
  green__trace_print(&writer->text,
                     ",\"s\":\"g\",\"name\":\"%" PRIu64
                     " spans are left out, which were open beside %d others of their tasks\"",
                     writer->left_out, GREEN__TRACK_SPANS);
  event_end(writer);
}

int green__trace_write(const struct green__ring *ring, const struct green__trace_sink *sink,
                       uint64_t now, uint64_t *left_out) {
  struct writer *writer = green__alloc(sizeof *writer);
  if (!writer) return GREEN_ENOMEM;
  memset(writer, 0, sizeof *writer);
  writer->text.sink = sink;
  writer->ring = ring;
  writer->first = true;
  green__trace_print(&writer->text, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[");
  write_title(writer, 0, "process_name", "greenio", "", "");
  write_title(writer, 0, "thread_name", "loop", "", "");
  write_lost(writer);
  write_records(writer);
  write_rest(writer, now);
  write_left_out(writer, now);
  green__trace_print(&writer->text,
                     "\n],\"otherData\":{\"greenio\":\"" GREEN_VERSION "\",\"lost\":%" PRIu64
                     ",\"leftOut\":%" PRIu64 "}}\n",
                     ring->lost, writer->left_out);
  *left_out = writer->left_out;
  int rc = green__trace_flush(&writer->text);
  if (writer->no_memory) rc = GREEN_ENOMEM;
  green__tracks_close(&writer->tracks);
  green__free(writer);
  return rc;
}
