/* What the core tells observers (<greenio/observe.h>), and the watchdog where it measures. For the core
 * alone.
 *
 * On the way of a switch nothing is there for them: a run's beginning and end have one test, whether
 * anything watches (runtime->watched, runtime->held_since), and making a task ready has one, which is
 * false as well where a turn has to be asked for (runtime->turning). What is called behind those tests
 * finds out what there is to tell. Elsewhere runtime->observations is looked at.
 *
 * A program that nobody can observe, and that has no watchdog, has none of these functions linked: nothing
 * but what is in observe.c, or calls it, makes those tests true.
 *
 * A task's `seen` says what observers know of it, so that each is told of in the right order, whatever
 * it did before somebody observed.
 */
#ifndef GREENIO_SRC_CORE_OBSERVE_H
#define GREENIO_SRC_CORE_OBSERVE_H

#include <greenio/observe.h>
#include "host.h"
#include "runtime.h"

/* What begins to hold the thread. */
enum green__seen { GREEN__SEEN_TASK, GREEN__SEEN_CALLBACK, GREEN__SEEN_TURN, GREEN__SEEN_TURN_END };

/* When something watches: the time, for runtime->held_since. */
GREEN__IF_LINKED uint64_t green__seen_begin(struct green_runtime *runtime, enum green__seen seen);

/* What was begun lets go of the thread. */
GREEN__IF_LINKED void green__seen_end(struct green_runtime *runtime);

/* With observers: the task was made ready. */
GREEN__IF_LINKED void green__seen_ready(struct green__task *task);

/* With observers. Around a worker's job, behind whose begin its `job` is set. */
GREEN__IF_LINKED void green__seen_cancel(struct green__task *task);
GREEN__IF_LINKED void green__seen_task_end(struct green__task *task, int status);
GREEN__IF_LINKED void green__seen_job(struct green__task *worker);
GREEN__IF_LINKED void green__seen_job_end(struct green__task *worker, int status);

/* The runtime closes: its observations are nobody's. */
GREEN__IF_LINKED void green__observations_end(struct green_runtime *runtime);

#endif
