/* Compares with the model all that can be read of the core. */
#include "run_parts.h"

#include <string.h>

void *run__pointer(int value) {
  return value ? &world.values[value] : NULL;
}

void run__check_number(const char *what, int got, int expected) {
  if (got != expected) model_diverged("%s: %d, expected %d", what, got, expected);
}

static void look_at_future(int i) {
  const struct model_future *expected = &model->futures[i];
  green_future *real = world.real[i];
  if (!real) return;
  if (green_done(real) != expected->done)
    model_diverged("future %d: done is %d", i, green_done(real));
  if (!expected->done) return;
  if (green_future_status(real) != expected->status)
    model_diverged("future %d: status is %s, expected %s", i,
                   green_status_name(green_future_status(real)),
                   green_status_name(expected->status));
  if (green_future_value(real) != run__pointer(expected->value))
    model_diverged("future %d: another value than %d", i, expected->value);
  if (expected->status >= 0) return;
  char message[32];
  snprintf(message, sizeof message, "m%d", expected->message);
  const char *wanted = expected->message == NONE ? green_strerror(expected->status)
                       : expected->message < 0   ? "green_pool_submit: the pool was shut down"
                                                 : message;
  if (expected->message == SOME_MESSAGE) return;
  if (strcmp(green_future_message(real), wanted) != 0)
    model_diverged("future %d: message is %s, expected %s", i, green_future_message(real), wanted);
}

static void look_at_lock(int i) {
  int owner = model->locks[i].owner;
  if (green_lock_is_locked(&world.locks[i]) != (owner != NONE))
    model_diverged("lock %d: locked is %d", i, green_lock_is_locked(&world.locks[i]));
  int future = owner == NONE ? NONE : model->tasks[owner].future;
  if (future == NONE || !world.real[future]) return;
  if (green_lock_owner(&world.locks[i]) != world.real[future])
    model_diverged("lock %d: the owner is not task %d", i, owner);
}

static void look_at_channel(int i) {
  const struct model_channel *expected = &model->channels[i];
  size_t length = green_channel_length(world.channels[i]);
  bool closed = green_channel_is_closed(world.channels[i]);
  if (length != (size_t)expected->count || closed != expected->closed)
    model_diverged("channel %d: %zu items, closed %d; expected %d, %d", i, length, closed,
                   expected->count, expected->closed);
}

static void look_at_pool(int i) {
  const struct model_pool *expected = &model->pools[i];
  const green_pool *pool = world.pools[i];
  int workers = green_pool_worker_count(pool), idle = green_pool_idle_count(pool);
  int queued = (int)green_pool_queued_count(pool);
  if (workers != expected->workers || queued != expected->queue.count ||
      idle != model_idlers(model, i) || green_pool_max_workers(pool) != expected->max ||
      green_pool_is_shutdown(pool) != (expected->shutdown != NONE))
    model_diverged("pool %d: %d workers, %d idle, %d queued; expected %d, %d, %d", i, workers, idle,
                   queued, expected->workers, model_idlers(model, i), expected->queue.count);
}

static void look_at_group(int i) {
  int which = world.groups[i].model;
  if (which == NONE) return;
  const struct model_group *expected = &model->groups[which];
  const green_group *real = world.groups[i].real;
  int running = (int)green_group_running_count(real), queued = (int)green_group_queued_count(real);
  if (running != expected->members.count || queued != model_group_queued(model, which) ||
      green_group_is_cancelled(real) != expected->cancelled)
    model_diverged("group %d: %d run, %d in line, cancelled %d; expected %d, %d, %d", which,
                   running, queued, green_group_is_cancelled(real), expected->members.count,
                   model_group_queued(model, which), expected->cancelled);
  int first = model_group_first(model, which);
  if (!green_group_first(real) != (first == NONE) ||
      (first != NONE && world.real[first] && green_group_first(real) != world.real[first]))
    model_diverged("group %d: what has decided it is not future %d", which, first);
  int results = (int)green_group_result_count(real);
  if (results != expected->results.count)
    model_diverged("group %d: %d results, expected %d", which, results, expected->results.count);
  for (int n = 0; n < results; n++) {
    const green_future *result = world.real[expected->results.at[n]];
    if (result && green_group_result(real, (size_t)n) != result)
      model_diverged("group %d: result %d is another future", which, n);
  }
}

static void look_at_task(void) {
  const struct model_task *task = model->running == NONE ? NULL : &model->tasks[model->running];
  if (green_cancelled() != (task && task->cancelled))
    model_diverged("task %d: cancelled is %d", model->running, green_cancelled());
  if (green_in_worker() != (task && task->job != NONE))
    model_diverged("task %d: in_worker is %d", model->running, green_in_worker());
  green_future *current = task && task->future != NONE ? world.real[task->future] : NULL;
  if ((current && green_current() != current) || (!task && green_current()))
    model_diverged("task %d: current is another future", model->running);
}

void run__look(void) {
  for (int i = 0; i < model->future_count; i++) look_at_future(i);
  for (int i = 0; i < LOCKS; i++) look_at_lock(i);
  for (int i = 0; i < SEMAPHORES; i++)
    if (green_semaphore_count(&world.semaphores[i]) != (size_t)model->semaphores[i])
      model_diverged("semaphore %d: %zu, expected %d", i,
                     green_semaphore_count(&world.semaphores[i]), model->semaphores[i]);
  for (int i = 0; i < CHANNELS; i++) look_at_channel(i);
  for (int i = 0; i < POOLS; i++) look_at_pool(i);
  for (int i = 0; i < GROUPS; i++) look_at_group(i);
  look_at_task();
}
