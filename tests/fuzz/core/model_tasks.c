/* The model of tasks and pools: how they begin, and what ends with them. */
#include "model_parts.h"

#include <stdlib.h>
#include <greenio/status.h>

/* ---- tasks and pools ---- */

int model__new_task(struct model *model) {
  if (model->task_count == MODEL_TASKS) abort();
  model->tasks[model->task_count] = (struct model_task){
      .state = READY,
      .future = NONE,
      .pool = NONE,
      .job = NONE,
      .group = NONE,
      .deadline = FOREVER,
  };
  return model->task_count++;
}

int model_spawn(struct model *model, int *task) {
  int future = model__new_future(model);
  *task = model__new_task(model);
  model->tasks[*task].future = future;
  model->tasks[*task].step = BEGIN_TASK;
  model->futures[future].kind = OF_TASK;
  model->futures[future].task = *task;
  model__push(&model->ready, *task);
  return future;
}

int model_idlers(const struct model *model, int pool) {
  int count = 0;
  for (int t = 0; t < model->task_count; t++) {
    const struct model_task *task = &model->tasks[t];
    count += task->wait_count && task->waits[0].thing == AN_IDLER && task->waits[0].object == pool;
  }
  return count;
}

/* The one that was at work last. */
static bool wake_idler(struct model *model, int pool) {
  struct model_task *last = NULL;
  for (int t = 0; t < model->task_count; t++) {
    struct model_task *task = &model->tasks[t];
    if (!task->wait_count || task->waits[0].thing != AN_IDLER || task->waits[0].object != pool)
      continue;
    if (!last || last->waits[0].ticket < task->waits[0].ticket) last = task;
  }
  if (last) model__end_wait(model, last, 0, last->waits[0].index);
  return last != NULL;
}

static void new_worker(struct model *model, int pool) {
  int task = model__new_task(model);
  model->tasks[task].pool = pool;
  model->tasks[task].step = BEGIN_WORKER;
  model->pools[pool].workers++;
  model__push(&model->ready, task);
}

static void settle_pool(struct model *model, int which) {
  struct model_pool *pool = &model->pools[which];
  if (pool->workers || pool->lent || pool->queue.count || pool->shutdown == NONE) return;
  model_complete(model, pool->shutdown, 0, 0, NONE);
}

int model_submit(struct model *model, int which) {
  struct model_pool *pool = &model->pools[which];
  int index = model__new_future(model);
  struct model_future *future = &model->futures[index];
  if (pool->shutdown != NONE) {
    future->done = true;
    future->status = GREEN_ECLOSED;
    future->message = MESSAGE_OF_POOL;
    return index;
  }
  future->kind = OF_JOB;
  future->pool = which;
  future->queued = true;
  model__push(&pool->queue, index);
  if (!wake_idler(model, which) && pool->workers < pool->max)
    new_worker(model, which);
  return index;
}

void model_set_max(struct model *model, int which, int max) {
  struct model_pool *pool = &model->pools[which];
  pool->max = max;
  for (int surplus = pool->workers - max; surplus > 0; surplus--)
    if (!wake_idler(model, which)) break;
  for (int wanted = pool->queue.count; wanted > 0 && pool->workers < max; wanted--)
    new_worker(model, which);
}

int model_shutdown(struct model *model, int which) {
  struct model_pool *pool = &model->pools[which];
  if (pool->shutdown != NONE) return pool->shutdown;
  pool->shutdown = model__new_future(model);
  while (wake_idler(model, which)) continue;
  settle_pool(model, which);
  return pool->shutdown;
}

static void begin_job(struct model *model, struct model_task *task, int future) {
  task->job = task->future = future;
  model->futures[future].queued = false;
  model->futures[future].task = model__index_of(model, task);
}

/* A job that waits for one that is queued in its own pool has it started. */
bool model__lend(struct model *model, int which) {
  struct model_future *future = &model->futures[which];
  struct model_task *task = model__self(model);
  if (task->group != NONE) return model__group_lend(model, which);
  if (task->pool == NONE || !future->queued || future->pool != task->pool) return false;
  struct model_pool *pool = &model->pools[task->pool];
  int lent = model__new_task(model);
  model__forget(&pool->queue, which);
  pool->lent++;
  model->tasks[lent].pool = task->pool;
  model->tasks[lent].lent = true;
  model->tasks[lent].step = BEGIN_LENT;
  begin_job(model, &model->tasks[lent], which);
  model__push_first(&model->ready, lent);
  return true;
}

/* Ends what belonged to the task or its job, and completes the future. */
void model__settle(struct model *model, struct model_task *task, int status) {
  for (int i = 0; i < LOCALS; i++) {
    model->destroyed += task->locals[i] != 0;
    task->locals[i] = 0;
  }
  model__abandon_locks(model, model__index_of(model, task));
  int message = status < 0 ? model__message_of(task, status) : NONE;
  int future = task->future;
  task->future = task->job = NONE;
  task->deadline = FOREVER;
  task->deadline_set = false;
  if (future != NONE) model_complete(model, future, status, task->value, message);
  task->shield = 0;
  task->cancel_pending = task->cancelled = false;
  task->left_count = 0;
  task->value = 0;
}

void model__end_task(struct model *model, struct model_task *task, int status) {
  model__forget(&model->ready, model__index_of(model, task));
  task->wait_count = 0;
  task->sleeping = false;
  int future = task->future;
  model__settle(model, task, status);
  task->state = ENDED;
  if (task->group != NONE) model__member_ended(model, model__index_of(model, task), future);
  if (task->pool == NONE) return;
  struct model_pool *pool = &model->pools[task->pool];
  if (task->lent) {
    pool->lent--;
  } else {
    pool->workers--;
    if (pool->queue.count && pool->workers < pool->max) new_worker(model, task->pool);
  }
  settle_pool(model, task->pool);
}

/* A worker takes the next job, else idles or leaves; true: a job begins. */
bool model__worker_goes_on(struct model *model, struct model_task *task) {
  struct model_pool *pool = &model->pools[task->pool];
  if (pool->queue.count && pool->workers <= pool->max) {
    begin_job(model, task, model__take_at(&pool->queue, 0));
    return true;
  }
  if (pool->shutdown != NONE || pool->workers > pool->max || model__may_wait(model) < 0) {
    model__end_task(model, task, 0);
    return false;
  }
  model__wait_for(model, task, AN_IDLER, task->pool, 0, 0);
  model__parks(task, END_IDLING);
  return false;
}
