/* Observers: who they are, and what they are told. observe.h says from where. */
#include "observe.h"

#include <string.h>
#include <greenio/status.h>
#include "group.h"
#include "host.h"
#include "log.h"
#include "memory.h"
#include "task.h"
#include "quiet.h"
#include "traceparent.h"
#include "wait.h"

struct green_observation {
  struct green_observation *next, *previous;
  struct green_runtime *runtime; /* NULL: it has ended */
  green_observer observer;
  void *data;
};

/* What observers know of a task. */
enum { UNTOLD, RUNS, PARKED, READY, ENDED };

/* Calls that function of each. An observer may itself do what is told, as begin a span. */
#define TELL(runtime, function, ...)                                                               \
  do {                                                                                             \
    bool outer = (runtime)->observing;                                                             \
    (runtime)->observing = true;                                                                   \
    for (const struct green_observation *to = (runtime)->observations; to; to = to->next)          \
      if (to->observer.function) to->observer.function(__VA_ARGS__, to->data);                     \
    (runtime)->observing = outer;                                                                  \
  } while (0)

/* The time, for what is told. To read it costs as much as all the rest, and it is not read again for what
 * comes at once behind the last: where one task goes on when another has stopped, around a worker's jobs,
 * and for all that one look at the loop's events wakes. */
static inline uint64_t tell_time(struct green_runtime *runtime) {
  if (!runtime->again) runtime->told = green__host_now_often();
  runtime->again = runtime->waking = false;
  return runtime->told;
}

/* The same; what is told next happens at once behind it. */
static inline uint64_t tell_time_before(struct green_runtime *runtime) {
  uint64_t now = tell_time(runtime);
  runtime->again = true;
  return now;
}

/* The task that wakes or cancels another: it runs, or is at its end. */
static unsigned long running_id(const struct green_runtime *runtime) {
  const struct green__task *self = green__self() ? green__self() : runtime->ending;
  return self ? self->id : 0;
}

/* ---- begun ----------------------------------------------------------------------------------- */

static const char *name_of(const struct green__task *task) {
  if (task->future && task->future->name) return task->future->name;
  return task->pool && !task->job ? "worker" : "";
}

static green_begun describe_begun(const struct green__task *task, char *buffer, size_t size) {
  const struct green_group *group = task->group;
  return (green_begun){
      .task = task->id,
      .maker = task->spawned_by,
      .name = name_of(task),
      .group = group ? green__group_label(group, buffer, size) : "",
  };
}

static void tell_begin(struct green__task *task, uint64_t now) {
  char group[32];
  green_begun begun = describe_begun(task, group, sizeof group);
  task->seen = READY;
  TELL(task->runtime, begin, &begun, now);
}

/* One that was there when the observation began, to this observer alone. */
static void tell_found(const struct green_observation *to, struct green__task *task, uint64_t now) {
  char group[32];
  green_begun begun = describe_begun(task, group, sizeof group);
  begun.before = true;
  if (to->observer.begin) to->observer.begin(&begun, now, to->data);
  task->seen_job = task->in_job;
  if (task->in_job && to->observer.job_begin) to->observer.job_begin(&begun, now, to->data);
  task->seen = READY;
  if (task->state == GREEN__WAITING) {
    task->seen = PARKED;
    if (to->observer.park) to->observer.park(task->id, task->what, task->object, now, to->data);
  } else if (task->state == GREEN__RUNNING) {
    task->seen = RUNS;
    if (to->observer.resume) to->observer.resume(task->id, now, to->data);
  }
}

/* ---- runs and turns -------------------------------------------------------------------------- */

static void tell_run(struct green__task *task, uint64_t now) {
  if (task->seen == RUNS) return; /* where a switch comes later, its run has begun twice */
  if (task->seen == UNTOLD) tell_begin(task, now);
  task->seen = RUNS;
  TELL(task->runtime, resume, task->id, now);
}

static void tell_turn(struct green_runtime *runtime, uint64_t now) {
  if (runtime->turning) runtime->turning = GREEN__TURN_OBSERVED;
  if (runtime->turn_told) return; /* one whose task was lost did not end */
  runtime->turn_told = true;
  TELL(runtime, turn_begin, now);
}

static void tell_turn_end(struct green_runtime *runtime, uint64_t now) {
  if (!runtime->turn_told) return;
  runtime->turn_told = false;
  TELL(runtime, turn_end, now);
}

GREEN__QUIET uint64_t green__seen_begin(struct green_runtime *runtime, enum green__seen seen) {
  GREEN__QUIETLY;
  if (seen != GREEN__SEEN_TASK) runtime->again = false;
  uint64_t now = tell_time(runtime);
  if (!runtime->observations) return now;
  if (seen == GREEN__SEEN_TASK)
    tell_run(green__self(), now);
  else if (seen == GREEN__SEEN_TURN)
    tell_turn(runtime, now);
  else if (seen == GREEN__SEEN_TURN_END)
    tell_turn_end(runtime, now);
  return now;
}

static void tell_park(struct green__task *task) {
  bool waits = task->state == GREEN__WAITING;
  if (task->seen != RUNS || (!waits && task->state != GREEN__READY)) return;
  task->seen = waits ? PARKED : READY;
  if (task->pool && !task->job) task->runtime->again = true; /* a worker, behind its job */
  uint64_t now = tell_time_before(task->runtime);
  TELL(task->runtime, park, task->id, waits ? task->what : "yield", waits ? task->object : NULL,
       now);
}

GREEN__QUIET void green__seen_end(struct green_runtime *runtime) {
  GREEN__QUIETLY;
  if (runtime->measured_limit) green__watchdog_measure(runtime);
  if (runtime->observations && green__self()) tell_park(green__self());
}

/* ---- what happens to tasks ------------------------------------------------------------------- */

static uint64_t wake_time(struct green_runtime *runtime) {
  if (runtime->waking) runtime->again = true;
  uint64_t now = tell_time(runtime);
  runtime->waking = !runtime->turning;
  return now;
}

/* One that yields makes itself ready, and parks next. */
GREEN__QUIET void green__seen_ready(struct green__task *task) {
  GREEN__QUIETLY;
  if (task->seen == UNTOLD) {
    tell_begin(task, tell_time(task->runtime));
  } else if (task->seen == PARKED) {
    task->seen = READY;
    uint64_t now = wake_time(task->runtime);
    TELL(task->runtime, wake, task->id, running_id(task->runtime), task->woken, now);
  }
}

GREEN__QUIET void green__seen_cancel(struct green__task *task) {
  GREEN__QUIETLY;
  uint64_t now = tell_time(task->runtime);
  TELL(task->runtime, cancel, task->id, running_id(task->runtime), now);
}

GREEN__QUIET void green__seen_task_end(struct green__task *task, int status) {
  GREEN__QUIETLY;
  if (task->seen == UNTOLD || task->seen == ENDED) return;
  uint64_t now = tell_time_before(task->runtime);
  if (task->seen_job) TELL(task->runtime, job_end, task->id, status, now);
  task->seen_job = false;
  task->seen = ENDED;
  TELL(task->runtime, end, task->id, status, now);
}

GREEN__QUIET void green__seen_job(struct green__task *worker) {
  GREEN__QUIETLY;
  char group[32];
  green_begun begun = describe_begun(worker, group, sizeof group);
  worker->seen_job = true;
  worker->runtime->again = true; /* behind the run's begin or the last job's end */
  uint64_t now = tell_time(worker->runtime);
  TELL(worker->runtime, job_begin, &begun, now);
}

GREEN__QUIET void green__seen_job_end(struct green__task *worker, int status) {
  GREEN__QUIETLY;
  if (!worker->seen_job) return;
  uint64_t now = tell_time_before(worker->runtime);
  worker->seen_job = false;
  TELL(worker->runtime, job_end, worker->id, status, now);
}

/* ---- spans ----------------------------------------------------------------------------------- */

bool green_observed(void) {
  const struct green_runtime *runtime = green__thread.runtime;
  return runtime && runtime->observations;
}

GREEN__QUIET void green_span_begin(green_span *span, const char *name, const char *detail) {
  GREEN__QUIETLY;
  struct green__task *self = green__self();
  *span = (green_span){0};
  if (!self || !self->runtime->observations) return;
  span->task = self->id;
  span->id = ++self->runtime->last_span;
  green_span_begun begun = {
      .task = span->task, .id = span->id, .name = name, .detail = detail ? detail : ""};
  green_traceparent trace;
  if (self->locals && self->trace.value) green__trace_span_begin(self, span, &begun, &trace);
  uint64_t now = tell_time(self->runtime);
  TELL(self->runtime, span_begin, &begun, now);
}

void green__span_step_out(const green_span *span) {
  struct green__task *self = green__self();
  if (span->id && self && self->id == span->task && self->trace.value)
    green__trace_span_end(self, span);
}

GREEN__QUIET void green_span_end(green_span *span, int status) {
  GREEN__QUIETLY;
  struct green_runtime *runtime = green__thread.runtime;
  uint64_t id = span->id;
  green__span_step_out(span);
  span->id = 0;
  if (!id || !runtime || !runtime->observations) return;
  uint64_t now = tell_time(runtime);
  TELL(runtime, span_end, span->task, id, status, now);
}

/* ---- observations ---------------------------------------------------------------------------- */

void green__watched_changed(struct green_runtime *runtime) {
  runtime->watched = runtime->measured_limit || runtime->observations;
}

/* Behind those that are there, so that they are called in order. */
static void observations_add(struct green_runtime *runtime, struct green_observation *observation) {
  struct green_observation **link = &runtime->observations, *before = NULL;
  while (*link) {
    before = *link;
    link = &before->next;
  }
  observation->previous = before;
  *link = observation;
  green__watched_changed(runtime);
}

static void tell_what_is(struct green_observation *observation) {
  struct green_runtime *runtime = observation->runtime;
  uint64_t now = tell_time(runtime);
  runtime->observing = true;
  if (runtime->turning || runtime->turn_told) {
    if (observation->observer.turn_begin) observation->observer.turn_begin(now, observation->data);
    runtime->turn_told = true;
    runtime->held_since = now;
  }
  if (runtime->turning) runtime->turning = GREEN__TURN_OBSERVED;
  for (struct green__task *task = runtime->all_head; task; task = task->all_next)
    tell_found(observation, task, now);
  runtime->observing = false;
}

GREEN__QUIET int green_observe(green_observation **out, const green_observer *observer,
                               void *data) {
  GREEN__QUIETLY;
  *out = NULL;
  struct green_runtime *runtime = green__runtime();
  if (runtime && runtime->observing) return GREEN_EBUSY;
  struct green_observation *observation = runtime ? green__alloc(sizeof *observation) : NULL;
  if (!observation) return GREEN_ENOMEM;
  *observation =
      (struct green_observation){.runtime = runtime, .observer = *observer, .data = data};
  observations_add(runtime, observation);
  tell_what_is(observation);
  *out = observation;
  return 0;
}

/* Those that are there now are told of anew to who observes next, with what they do then. */
static void observation_end(struct green_observation *observation) {
  struct green_runtime *runtime = observation->runtime;
  green__list_remove(runtime->observations, observation, next, previous);
  observation->runtime = NULL;
  green__watched_changed(runtime);
  if (runtime->observations) return;
  runtime->turn_told = false;
  if (runtime->turning) runtime->turning = GREEN__TURN;
  for (struct green__task *task = runtime->all_head; task; task = task->all_next)
    task->seen = UNTOLD;
}

void green_observation_release(green_observation *observation) {
  if (!observation) return;
  if (observation->runtime && observation->runtime->observing) {
    green__say("greenio: green_observation_release: not while an observer is called");
    return;
  }
  if (observation->runtime) observation_end(observation);
  green__free(observation);
}

void green__observations_end(struct green_runtime *runtime) {
  while (runtime->observations) observation_end(runtime->observations);
}
