/* The model; see model.h. What each function must do is written in greenio's public headers. */
#include "model.h"

#include <stdlib.h>
#include <string.h>
#include <greenio/status.h>

#define CANCELLER_STATUS GREEN_ENOENT /* what the canceller of run.c completes with */

enum { TURN_RESUMES = 1024, MILLISECOND = 1000000 };

static struct model_task *self(struct model *model) {
  return model->running == NONE ? NULL : &model->tasks[model->running];
}

/* ---- lists ---- */

static void push(struct model_list *list, int item) {
  if (list->count == MODEL_LIST) abort();
  list->at[list->count++] = item;
}

static int take_at(struct model_list *list, int index) {
  int item = list->at[index];
  list->count--;
  memmove(list->at + index, list->at + index + 1, (size_t)(list->count - index) * sizeof(int));
  return item;
}

static void push_first(struct model_list *list, int item) {
  push(list, item);
  memmove(list->at + 1, list->at, (size_t)(list->count - 1) * sizeof(int));
  list->at[0] = item;
}

static void forget(struct model_list *list, int item) {
  for (int i = 0; i < list->count; i++)
    if (list->at[i] == item) {
      take_at(list, i);
      return;
    }
}

void model_begin(struct model *model) {
  memset(model, 0, sizeof *model);
  model->running = NONE;
  for (int i = 0; i < LOCKS; i++) model->locks[i].owner = NONE;
  for (int i = 0; i < SEMAPHORES; i++) model->semaphores[i] = i;
  for (int i = 0; i < CHANNELS; i++) model->channels[i].capacity = i;
  for (int i = 0; i < POOLS; i++)
    model->pools[i] = (struct model_pool){.max = i + 1, .shutdown = NONE};
}

/* ---- waiting: places in queues, and what ends a wait ---- */

static void wait_for(struct model *model, struct model_task *task, enum model_thing thing,
                     int object, int index, int value) {
  task->waits[task->wait_count++] =
      (struct model_wait){thing, object, index, value, ++model->tickets};
}

static int parks(struct model_task *task, enum model_step step) {
  task->state = WAITING;
  task->step = step;
  return PARKS;
}

/* The first in the queue of a thing; NULL if nobody waits. */
static struct model_wait *first_in(struct model *model, enum model_thing thing, int object,
                                   struct model_task **owner) {
  struct model_wait *first = NULL;
  for (int t = 0; t < model->task_count; t++) {
    struct model_task *task = &model->tasks[t];
    for (int i = 0; i < task->wait_count; i++) {
      struct model_wait *wait = &task->waits[i];
      if (wait->thing != thing || wait->object != object) continue;
      if (first && first->ticket < wait->ticket) continue;
      first = wait;
      *owner = task;
    }
  }
  return first;
}

static int index_of(const struct model *model, const struct model_task *task) {
  return (int)(task - model->tasks);
}

/* ---- messages ---- */

static int message_of(const struct model_task *task, int status) {
  for (int i = 0; i < task->left_count; i++)
    if (task->left[i].status == status) return task->left[i].message;
  return NONE;
}

static void message_remove(struct model_task *task, int which) {
  task->left_count--;
  for (int i = which; i < task->left_count; i++) task->left[i] = task->left[i + 1];
}

static void leave(struct model_task *task, int status, int message) {
  if (!task) return;
  if (task->left_count && task->left[0].status != status && task->left[0].message == NONE)
    message_remove(task, 0);
  for (int i = task->left_count - 1; i >= 0; i--)
    if (task->left[i].status == status) message_remove(task, i);
  if (task->left_count == MODEL_MESSAGES) task->left_count--;
  for (int i = task->left_count++; i > 0; i--) task->left[i] = task->left[i - 1];
  task->left[0].status = status;
  task->left[0].message = message;
}

static int refuse(struct model_task *task, int status, int message) {
  leave(task, status, message);
  return status;
}

/* A failed future was waited for. */
static int carry(struct model *model, struct model_task *task, int which) {
  const struct model_future *future = &model->futures[which];
  if (future->status < 0) leave(task, future->status, future->message);
  return future->status;
}

static void end_wait(struct model *model, struct model_task *task, int status, int index) {
  task->state = READY;
  task->wait_count = 0;
  task->sleeping = false;
  task->woken = status;
  task->woken_index = index;
  push(&model->ready, index_of(model, task));
}

/* Ends the wait of the first in a queue; false if nobody waits. */
static bool wake_first(struct model *model, enum model_thing thing, int object, int status) {
  struct model_task *task;
  struct model_wait *wait = first_in(model, thing, object, &task);
  if (wait) end_wait(model, task, status, wait->index);
  return wait != NULL;
}

/* May the running script wait, or is it interrupted? */
static int may_wait(struct model *model) {
  struct model_task *task = self(model);
  if (!task) return GREEN_EMAIN;
  if (task->shield) return 0;
  if (task->cancel_pending) {
    task->cancel_pending = false;
    return refuse(task, GREEN_ECANCELED, NONE);
  }
  return model->now >= task->deadline ? refuse(task, GREEN_ETIMEDOUT, NONE) : 0;
}

static void cancel_task(struct model *model, struct model_task *task) {
  task->cancelled = true;
  if (task->state == WAITING && !task->shield)
    end_wait(model, task, refuse(task, GREEN_ECANCELED, NONE), NONE);
  else
    task->cancel_pending = true;
}

/* ---- futures ---- */

static int new_future(struct model *model) {
  if (model->future_count == MODEL_FUTURES) abort();
  struct model_future *future = &model->futures[model->future_count];
  *future = (struct model_future){.used = true, .task = NONE, .pool = NONE, .message = NONE};
  return model->future_count++;
}

int model_future(struct model *model) {
  return new_future(model);
}

int model_complete(struct model *model, int which, int status, int value, int message) {
  struct model_future *future = &model->futures[which];
  if (future->done) return GREEN_EALREADY;
  future->done = true;
  future->status = status;
  future->value = status < 0 ? 0 : value;
  future->message = message;
  while (wake_first(model, A_FUTURE, which, 0)) continue;
  for (int i = 0; i < future->callback_count; i++) push(&model->callbacks, future->callbacks[i]);
  return 0;
}

int model_cancel(struct model *model, int which) {
  struct model_future *future = &model->futures[which];
  if (future->done) return GREEN_EALREADY;
  if (future->kind == PLAIN) {
    bool asked = future->asked;
    future->asked = true;
    if (!asked)
      model_complete(model, which, future->has_canceller ? CANCELLER_STATUS : GREEN_ECANCELED, 0,
                     NONE);
  } else if (future->queued) {
    forget(&model->pools[future->pool].queue, which);
    future->queued = false;
    model_complete(model, which, GREEN_ECANCELED, 0, NONE);
  } else {
    cancel_task(model, &model->tasks[future->task]);
  }
  return 0;
}

int model_on_cancel(struct model *model, int which) {
  struct model_future *future = &model->futures[which];
  if (future->done || future->asked) return GREEN_EALREADY;
  if (future->kind != PLAIN) return GREEN_EPERM;
  future->has_canceller = true;
  return 0;
}

void model_on_done(struct model *model, int which, int call) {
  struct model_future *future = &model->futures[which];
  if (future->done)
    push(&model->callbacks, call);
  else
    future->callbacks[future->callback_count++] = call;
}

void model_post(struct model *model, int call) {
  push(&model->posted, call);
}

/* ---- locks ---- */

static void own(struct model *model, int which, int task) {
  model->locks[which].owner = task;
  model->locks[which].since = ++model->tickets;
}

static void pass_on(struct model *model, int which, int status) {
  struct model_task *next;
  model->locks[which].owner = NONE;
  if (!first_in(model, A_LOCK, which, &next)) return;
  own(model, which, index_of(model, next));
  end_wait(model, next, status, 0);
}

/* Those acquired last are passed on first. */
static void abandon_locks(struct model *model, int task) {
  for (;;) {
    int last = NONE;
    for (int i = 0; i < LOCKS; i++)
      if (model->locks[i].owner == task &&
          (last == NONE || model->locks[i].since > model->locks[last].since))
        last = i;
    if (last == NONE) return;
    struct model_task *next;
    model->locks[last].abandoned = !first_in(model, A_LOCK, last, &next);
    pass_on(model, last, GREEN_EOWNERDEAD);
  }
}

int model_acquire(struct model *model, int which) {
  struct model_lock *lock = &model->locks[which];
  if (!self(model)) return GREEN_EMAIN;
  if (lock->owner == model->running) return refuse(self(model), GREEN_EDEADLK, SOME_MESSAGE);
  if (lock->owner == NONE) {
    own(model, which, model->running);
    bool abandoned = lock->abandoned;
    lock->abandoned = false;
    return abandoned ? GREEN_EOWNERDEAD : 0;
  }
  int rc = may_wait(model);
  if (rc < 0) return rc;
  wait_for(model, self(model), A_LOCK, which, 0, 0);
  return parks(self(model), END_PLAIN);
}

int model_release(struct model *model, int which) {
  if (!self(model) || model->locks[which].owner != model->running)
    return refuse(self(model), GREEN_EPERM, SOME_MESSAGE);
  pass_on(model, which, 0);
  return 0;
}

/* ---- semaphores ---- */

int model_try_take(struct model *model, int which) {
  if (!model->semaphores[which]) return GREEN_EAGAIN;
  model->semaphores[which]--;
  return 0;
}

int model_take(struct model *model, int which) {
  if (!self(model)) return GREEN_EMAIN;
  if (model_try_take(model, which) == 0) return 0;
  int rc = may_wait(model);
  if (rc < 0) return rc;
  wait_for(model, self(model), A_SEMAPHORE, which, 0, 0);
  return parks(self(model), END_PLAIN);
}

void model_give(struct model *model, int which) {
  if (!wake_first(model, A_SEMAPHORE, which, 0)) model->semaphores[which]++;
}

/* ---- channels ---- */

int model_try_send(struct model *model, int which, int value) {
  struct model_channel *channel = &model->channels[which];
  struct model_task *receiver;
  if (channel->closed) return GREEN_ECLOSED;
  if (first_in(model, A_RECEIVER, which, &receiver)) {
    receiver->received = value;
    wake_first(model, A_RECEIVER, which, 0);
    return 0;
  }
  if (channel->count == channel->capacity) return GREEN_EAGAIN;
  channel->items[channel->count++] = value;
  return 0;
}

int model_try_receive(struct model *model, int which, int *value) {
  struct model_channel *channel = &model->channels[which];
  struct model_task *task;
  struct model_wait *sender = first_in(model, A_SENDER, which, &task);
  if (!channel->count && !sender) return channel->closed ? GREEN_ECLOSED : GREEN_EAGAIN;
  if (sender) channel->items[channel->count++] = sender->value;
  *value = channel->items[0];
  channel->count--;
  memmove(channel->items, channel->items + 1, (size_t)channel->count * sizeof(int));
  wake_first(model, A_SENDER, which, 0);
  return 0;
}

int model_send(struct model *model, int which, int value) {
  if (!self(model)) return GREEN_EMAIN;
  int rc = model_try_send(model, which, value);
  if (rc == GREEN_EAGAIN)
    rc = may_wait(model);
  else
    return rc == GREEN_ECLOSED ? refuse(self(model), rc, NONE) : rc;
  if (rc < 0) return rc;
  wait_for(model, self(model), A_SENDER, which, 0, value);
  return parks(self(model), END_PLAIN);
}

int model_receive(struct model *model, int which, int *value) {
  if (!self(model)) return GREEN_EMAIN;
  int rc = model_try_receive(model, which, value);
  if (rc == GREEN_EAGAIN)
    rc = may_wait(model);
  else
    return rc == GREEN_ECLOSED ? refuse(self(model), rc, NONE) : rc;
  if (rc < 0) return rc;
  wait_for(model, self(model), A_RECEIVER, which, 0, 0);
  return parks(self(model), END_PLAIN);
}

void model_close(struct model *model, int which) {
  model->channels[which].closed = true;
  while (wake_first(model, A_SENDER, which, GREEN_ECLOSED)) continue;
  while (wake_first(model, A_RECEIVER, which, GREEN_ECLOSED)) continue;
}

/* ---- tasks and pools ---- */

static int new_task(struct model *model) {
  if (model->task_count == MODEL_TASKS) abort();
  model->tasks[model->task_count] = (struct model_task){
      .state = READY,
      .future = NONE,
      .pool = NONE,
      .job = NONE,
      .deadline = FOREVER,
  };
  return model->task_count++;
}

int model_spawn(struct model *model, int *task) {
  int future = new_future(model);
  *task = new_task(model);
  model->tasks[*task].future = future;
  model->tasks[*task].step = BEGIN_TASK;
  model->futures[future].kind = OF_TASK;
  model->futures[future].task = *task;
  push(&model->ready, *task);
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

static void new_worker(struct model *model, int pool) {
  int task = new_task(model);
  model->tasks[task].pool = pool;
  model->tasks[task].step = BEGIN_WORKER;
  model->pools[pool].workers++;
  push(&model->ready, task);
}

static void settle_pool(struct model *model, int which) {
  struct model_pool *pool = &model->pools[which];
  if (pool->workers || pool->lent || pool->queue.count || pool->shutdown == NONE) return;
  model_complete(model, pool->shutdown, 0, 0, NONE);
}

int model_submit(struct model *model, int which) {
  struct model_pool *pool = &model->pools[which];
  int index = new_future(model);
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
  push(&pool->queue, index);
  if (!wake_first(model, AN_IDLER, which, 0) && pool->workers < pool->max) new_worker(model, which);
  return index;
}

void model_set_max(struct model *model, int which, int max) {
  struct model_pool *pool = &model->pools[which];
  pool->max = max;
  for (int surplus = pool->workers - max; surplus > 0; surplus--)
    if (!wake_first(model, AN_IDLER, which, 0)) break;
  for (int wanted = pool->queue.count; wanted > 0 && pool->workers < max; wanted--)
    new_worker(model, which);
}

int model_shutdown(struct model *model, int which) {
  struct model_pool *pool = &model->pools[which];
  if (pool->shutdown != NONE) return pool->shutdown;
  pool->shutdown = new_future(model);
  while (wake_first(model, AN_IDLER, which, 0)) continue;
  settle_pool(model, which);
  return pool->shutdown;
}

static void begin_job(struct model *model, struct model_task *task, int future) {
  task->job = task->future = future;
  model->futures[future].queued = false;
  model->futures[future].task = index_of(model, task);
}

/* A job that waits for one that is queued in its own pool has it started. */
static bool lend(struct model *model, int which) {
  struct model_future *future = &model->futures[which];
  struct model_task *task = self(model);
  if (task->pool == NONE || !future->queued || future->pool != task->pool) return false;
  struct model_pool *pool = &model->pools[task->pool];
  int lent = new_task(model);
  forget(&pool->queue, which);
  pool->lent++;
  model->tasks[lent].pool = task->pool;
  model->tasks[lent].lent = true;
  model->tasks[lent].step = BEGIN_LENT;
  begin_job(model, &model->tasks[lent], which);
  push_first(&model->ready, lent);
  return true;
}

/* Ends what belonged to the task or its job, and completes the future. */
static void settle(struct model *model, struct model_task *task, int status) {
  for (int i = 0; i < LOCALS; i++) {
    model->destroyed += task->locals[i] != 0;
    task->locals[i] = 0;
  }
  abandon_locks(model, index_of(model, task));
  int message = status < 0 ? message_of(task, status) : NONE;
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

static void end_task(struct model *model, struct model_task *task, int status) {
  forget(&model->ready, index_of(model, task));
  task->wait_count = 0;
  task->sleeping = false;
  settle(model, task, status);
  task->state = ENDED;
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
static bool worker_goes_on(struct model *model, struct model_task *task) {
  struct model_pool *pool = &model->pools[task->pool];
  if (pool->queue.count && pool->workers <= pool->max) {
    begin_job(model, task, take_at(&pool->queue, 0));
    return true;
  }
  if (pool->shutdown != NONE || pool->workers > pool->max || may_wait(model) < 0) {
    end_task(model, task, 0);
    return false;
  }
  wait_for(model, task, AN_IDLER, task->pool, 0, 0);
  parks(task, END_IDLING);
  return false;
}

/* ---- waiting for time ---- */

int model_yield(struct model *model) {
  int rc = may_wait(model);
  if (rc < 0) return rc;
  end_wait(model, self(model), 0, 0);
  self(model)->step = END_PLAIN;
  return PARKS;
}

int model_sleep(struct model *model, unsigned milliseconds) {
  if (!milliseconds) return model_yield(model);
  int rc = may_wait(model);
  if (rc < 0) return rc;
  struct model_task *task = self(model);
  task->sleeping = true;
  task->wakes_at = model->now + milliseconds * (uint64_t)MILLISECOND;
  task->sleep_order = ++model->orders;
  return parks(task, END_PLAIN);
}

static void set_deadline(struct model *model, struct model_task *task, uint64_t deadline) {
  task->deadline = deadline;
  task->deadline_set = deadline != FOREVER;
  task->deadline_order = ++model->orders;
}

void model_timeout(struct model *model, unsigned milliseconds, uint64_t *outer) {
  struct model_task *task = self(model);
  if (!task) return;
  *outer = task->deadline;
  uint64_t due = model->now + milliseconds * (uint64_t)MILLISECOND;
  if (due < task->deadline) set_deadline(model, task, due);
}

void model_shield(struct model *model, uint64_t *outer) {
  struct model_task *task = self(model);
  if (!task) return;
  *outer = task->deadline;
  task->shield++;
}

void model_leave(struct model *model, bool shield, uint64_t outer) {
  struct model_task *task = self(model);
  if (!task) return;
  if (shield) task->shield--;
  if (task->deadline != outer) set_deadline(model, task, outer);
}

/* The timer that is due first, of two the one set first. */
static struct model_task *first_timer(struct model *model, bool *deadline, uint64_t *due) {
  struct model_task *first = NULL;
  unsigned long order = 0;
  *due = FOREVER;
  for (int t = 0; t < model->task_count; t++) {
    struct model_task *task = &model->tasks[t];
    for (int which = 0; which < 2; which++) {
      if (which ? !task->deadline_set : !task->sleeping) continue;
      uint64_t at = which ? task->deadline : task->wakes_at;
      unsigned long set = which ? task->deadline_order : task->sleep_order;
      if (first && (at > *due || (at == *due && set > order))) continue;
      first = task;
      *deadline = which;
      *due = at;
      order = set;
    }
  }
  return first;
}

static void fire_timers(struct model *model) {
  bool deadline;
  uint64_t due;
  for (;;) {
    struct model_task *task = first_timer(model, &deadline, &due);
    if (!task || due > model->now) return;
    if (!deadline) {
      end_wait(model, task, 0, 0);
      continue;
    }
    task->deadline_set = false;
    if (task->state == WAITING && !task->shield)
      end_wait(model, task, refuse(task, GREEN_ETIMEDOUT, SOME_MESSAGE), NONE);
  }
}

/* ---- waiting for futures ---- */

static bool done(const struct model *model, int future) {
  return model->futures[future].done;
}

static int status_of(const struct model *model, int future) {
  return model->futures[future].status;
}

/* The wait for a future is over: its status, or the interruption if it is still pending. */
static int outcome(struct model *model, struct model_task *task, int future) {
  if (!done(model, future)) return task->woken;
  if (task->woken == GREEN_ECANCELED) task->cancel_pending = true; /* for the next wait */
  return carry(model, task, future);
}

static int wait_future(struct model *model, int future, enum model_step step) {
  if (done(model, future)) return carry(model, self(model), future);
  int rc = may_wait(model);
  if (rc < 0) return rc;
  struct model_task *task = self(model);
  if (future == task->future) return refuse(task, GREEN_EDEADLK, SOME_MESSAGE);
  lend(model, future);
  wait_for(model, task, A_FUTURE, future, 0, 0);
  return parks(task, step);
}

int model_wait(struct model *model, int future) {
  if (self(model)) self(model)->wanted[0] = future;
  return wait_future(model, future, END_WAIT);
}

/* An interrupted join cancels what it joins and waits for its end. */
static int join_interrupted(struct model *model, int future, int rc) {
  struct model_task *task = self(model);
  if (done(model, future) || (rc != GREEN_ECANCELED && rc != GREEN_ETIMEDOUT)) return rc;
  model_cancel(model, future);
  task->failed = rc;
  task->shield++;
  if (wait_future(model, future, END_JOIN_SHIELDED) == PARKS) return PARKS;
  task->shield--;
  return refuse(task, rc, message_of(task, rc));
}

int model_join(struct model *model, int future) {
  if (self(model)) self(model)->wanted[0] = future;
  int rc = wait_future(model, future, END_JOIN);
  return rc == PARKS ? rc : join_interrupted(model, future, rc);
}

static int first_done(const struct model *model, const int *futures, int count) {
  for (int i = 0; i < count; i++)
    if (futures[i] != NONE && done(model, futures[i])) return i;
  return NONE;
}

/* One of those is the task's own; else the first that is queued in its own pool is started. */
static int lend_one(struct model *model, const int *futures, int count) {
  for (int i = 0; i < count; i++) {
    if (futures[i] == NONE) continue;
    if (futures[i] == self(model)->future) return refuse(self(model), GREEN_EDEADLK, SOME_MESSAGE);
    if (lend(model, futures[i])) return 0;
  }
  return 0;
}

int model_wait_any(struct model *model, const int *futures, int count) {
  int first = first_done(model, futures, count), present = 0;
  if (first != NONE) return first;
  for (int i = 0; i < count; i++) present += futures[i] != NONE;
  if (!present) return refuse(self(model), GREEN_EINVAL, SOME_MESSAGE);
  int rc = may_wait(model);
  if (rc == 0) rc = lend_one(model, futures, count);
  if (rc < 0) return rc;
  struct model_task *task = self(model);
  for (int i = 0; i < MODEL_CASES; i++) task->wanted[i] = i < count ? futures[i] : NONE;
  for (int i = 0; i < count; i++)
    if (futures[i] != NONE) wait_for(model, task, A_FUTURE, futures[i], i, 0);
  return parks(task, END_ANY);
}

static int any_outcome(struct model *model, struct model_task *task) {
  if (task->woken == 0) return task->woken_index;
  int first = first_done(model, task->wanted, MODEL_CASES);
  if (first == NONE) return task->woken;
  if (task->woken == GREEN_ECANCELED) task->cancel_pending = true;
  return first;
}

/* Goes on with the future at `position`, the outcome of which is rc. */
static int wait_rest(struct model *model, const int *futures, int count, int position, int failed) {
  for (; position < count; position++) {
    if (futures[position] == NONE) continue;
    int rc = wait_future(model, futures[position], END_ALL);
    if (rc == PARKS) {
      struct model_task *task = self(model);
      task->position = position;
      task->failed_future = failed;
      for (int i = 0; i < MODEL_CASES; i++) task->wanted[i] = i < count ? futures[i] : NONE;
      return PARKS;
    }
    if (!done(model, futures[position])) return rc;
    if (rc < 0 && failed == NONE) failed = futures[position];
  }
  return failed == NONE ? 0 : carry(model, self(model), failed);
}

int model_wait_all(struct model *model, const int *futures, int count) {
  return wait_rest(model, futures, count, 0, NONE);
}

static int all_outcome(struct model *model, struct model_task *task) {
  int future = task->wanted[task->position], rc = outcome(model, task, future);
  if (!done(model, future)) return rc;
  int failed = rc < 0 && task->failed_future == NONE ? future : task->failed_future;
  int wanted[MODEL_CASES];
  memcpy(wanted, task->wanted, sizeof wanted);
  return wait_rest(model, wanted, MODEL_CASES, task->position + 1, failed);
}

/* ---- select ---- */

static bool take_case(struct model *model, struct model_case *one) {
  switch (one->operation) {
  case GREEN_SELECT_RECEIVE:
    one->status = model_try_receive(model, one->object, &one->value);
    return one->status != GREEN_EAGAIN;
  case GREEN_SELECT_SEND:
    one->status = model_try_send(model, one->object, one->value);
    return one->status != GREEN_EAGAIN;
  default:
    one->status = status_of(model, one->object);
    return done(model, one->object);
  }
}

int model_select(struct model *model, struct model_case *cases, int count) {
  static const enum model_thing things[] = {A_RECEIVER, A_SENDER, A_FUTURE};
  int present = 0, futures[MODEL_CASES];
  if (!self(model)) return GREEN_EMAIN;
  for (int i = 0; i < count; i++) {
    bool future = cases[i].operation == GREEN_SELECT_FUTURE;
    futures[i] = future ? cases[i].object : NONE;
    if (cases[i].object == NONE) continue;
    present++;
    if (take_case(model, &cases[i])) return i;
  }
  if (!present) return refuse(self(model), GREEN_EINVAL, SOME_MESSAGE);
  int rc = may_wait(model);
  if (rc == 0) rc = lend_one(model, futures, count);
  if (rc < 0) return rc;
  struct model_task *task = self(model);
  for (int i = 0; i < count; i++) {
    task->wanted[i] = futures[i];
    if (cases[i].object == NONE) continue;
    wait_for(model, task, things[cases[i].operation], cases[i].object, i, cases[i].value);
  }
  return parks(task, END_SELECT);
}

static int select_outcome(struct model *model, struct model_task *task) {
  if (task->woken_index == NONE) return task->woken;
  int future = task->wanted[task->woken_index];
  task->case_status = future == NONE ? task->woken : status_of(model, future);
  return task->woken_index;
}

/* ---- what belongs to a task ---- */

int model_set_local(struct model *model, int key, int value) {
  if (!self(model)) return GREEN_EMAIN;
  self(model)->locals[key] = value;
  return 0;
}

int model_get_local(const struct model *model, int key) {
  return model->running == NONE ? 0 : model->tasks[model->running].locals[key];
}

void model_fail(struct model *model, int status, int message) {
  struct model_task *task = self(model);
  if (!task) return;
  leave(task, status, message);
}

int model_return(struct model *model, int value) {
  if (!self(model)) return GREEN_EMAIN;
  self(model)->value = value;
  return 0;
}

/* ---- turns ---- */

/* Lets a task go on; false when it parks or ends again before its script sees it. */
static bool resume(struct model *model, int index) {
  struct model_task *task = &model->tasks[index];
  model->running = index;
  model->spent++;
  task->state = RUNNING;
  switch (task->step) {
  case BEGIN_TASK:
  case BEGIN_LENT:
    return true;
  case BEGIN_WORKER:
    return worker_goes_on(model, task);
  case END_IDLING:
    if (task->woken == 0) return worker_goes_on(model, task);
    end_task(model, task, 0);
    return false;
  case END_PLAIN:
    task->result = task->woken;
    if (task->woken == GREEN_ECLOSED) leave(task, GREEN_ECLOSED, NONE); /* of a channel */
    return true;
  case END_WAIT:
    task->result = outcome(model, task, task->wanted[0]);
    return true;
  case END_JOIN:
    task->result = join_interrupted(model, task->wanted[0], outcome(model, task, task->wanted[0]));
    return task->result != PARKS;
  case END_JOIN_SHIELDED:
    task->shield--;
    outcome(model, task, task->wanted[0]);
    task->result = refuse(task, task->failed, message_of(task, task->failed));
    return true;
  case END_ANY:
    task->result = any_outcome(model, task);
    return true;
  case END_ALL:
    task->result = all_outcome(model, task);
    return task->result != PARKS;
  case END_SELECT:
    task->result = select_outcome(model, task);
    return true;
  }
  abort();
}

/* What is next in this turn: posted calls; then callbacks until there are none, tasks until none is
 * ready, and callbacks again. */
static void next(struct model *model) {
  model->running = NONE;
  model->calling = false;
  if (model->posting.count) {
    model->expected = A_POSTED_CALL;
    return;
  }
  for (;;) {
    if (!model->ready_phase && model->callbacks.count) {
      model->expected = A_CALLBACK;
      return;
    }
    model->ready_phase = true;
    while (model->ready.count && model->spent < TURN_RESUMES) {
      model->expected = A_TASK;
      if (resume(model, take_at(&model->ready, 0))) return;
      model->running = NONE;
    }
    if (!model->callbacks.count || model->spent >= TURN_RESUMES) break;
    model->ready_phase = false;
  }
  model->expected = THE_END_OF_THE_TURN;
}

void model_parked(struct model *model) {
  next(model);
}

static void take_posted(struct model *model) {
  if (model->posting.count) return;
  model->posting = model->posted;
  model->posted.count = 0;
}

void model_turn(struct model *model, bool fresh) {
  if (model->in_turn || model->calling) model_diverged("a turn within a turn");
  model->in_turn = true;
  model->ready_phase = false;
  if (fresh) {
    model->spent = 0;
    fire_timers(model);
  }
  if (model->spent >= TURN_RESUMES) {
    model->expected = THE_END_OF_THE_TURN;
    return;
  }
  take_posted(model);
  next(model);
}

static const char *const names[] = {"nothing", "task", "posted call", "callback",
                                    "the end of the turn"};

static void expect(const struct model *model, enum model_expected what, int which, int expected) {
  if (model->expected == what && which == expected) return;
  int wanted = model->expected == A_TASK ? model->running : expected;
  model_diverged("%s %d comes; expected %s %d", names[what], which, names[model->expected], wanted);
}

void model_turned(struct model *model) {
  expect(model, THE_END_OF_THE_TURN, 0, 0);
  model->in_turn = false;
  model->expected = NOTHING;
}

void model_idle(struct model *model, uint64_t armed) {
  bool deadline;
  uint64_t due;
  if (model->ready.count || model->posted.count || model->posting.count || model->callbacks.count)
    model_diverged("the loop idles with %d ready tasks, %d posted calls, %d callbacks",
                   model->ready.count, model->posted.count + model->posting.count,
                   model->callbacks.count);
  first_timer(model, &deadline, &due);
  if (armed != due && armed > model->now)
    model_diverged("the timer is armed for %lld us from now, expected %lld",
                   (long long)(armed - model->now) / 1000, (long long)(due - model->now) / 1000);
}

int model_live(const struct model *model) {
  int live = 0;
  for (int t = 0; t < model->task_count; t++) live += model->tasks[t].state != ENDED;
  return live;
}

static int live_from(const struct model *model, int task) {
  while (task < model->task_count && model->tasks[task].state == ENDED) task++;
  return task < model->task_count ? task : NONE;
}

/* Nothing can wake the tasks that are left: all are cancelled, the second time those that
 * wait are ended. */
void model_stuck(struct model *model) {
  if (!model_live(model)) return;
  bool again = model->deadlocks++ > 0;
  for (int t = live_from(model, 0), after; t != NONE; t = after) {
    after = live_from(model, t + 1);
    if (!again)
      cancel_task(model, &model->tasks[t]);
    else if (model->tasks[t].state == WAITING)
      end_task(model, &model->tasks[t], GREEN_EDEADLK);
  }
}

void model_task_begins(struct model *model, int task) {
  expect(model, A_TASK, task, model->running);
  if (model->tasks[task].step != BEGIN_TASK) model_diverged("task %d begins twice", task);
}

void model_job_begins(struct model *model, int future) {
  if (model->expected != A_TASK)
    model_diverged("a job begins; expected %s", names[model->expected]);
  int job = model->tasks[model->running].job;
  if (job != future) model_diverged("job %d begins; expected %d", future, job);
}

int model_goes_on(struct model *model, int task) {
  expect(model, A_TASK, task, model->running);
  return model->tasks[task].result;
}

void model_posted_begins(struct model *model, int call) {
  if (!model->in_turn) { /* a runtime that ends empties the list itself */
    take_posted(model);
    if (model->posting.count) model->expected = A_POSTED_CALL;
  }
  expect(model, A_POSTED_CALL, call, model->posting.count ? model->posting.at[0] : NONE);
  take_at(&model->posting, 0);
  model->calling = true;
}

void model_callback_begins(struct model *model, int call) {
  expect(model, A_CALLBACK, call, model->callbacks.count ? model->callbacks.at[0] : NONE);
  take_at(&model->callbacks, 0);
  model->calling = true;
}

void model_event_begins(struct model *model) {
  if (model->in_turn) model_diverged("an event of the host within a turn");
  model->calling = true;
}

void model_call_ends(struct model *model) {
  model->calling = false;
  if (model->in_turn)
    next(model);
  else
    model->expected = NOTHING;
}

void model_task_ends(struct model *model, int status) {
  struct model_task *task = self(model);
  bool worker = task->pool != NONE && !task->lent;
  if (worker) {
    settle(model, task, status);
    if (worker_goes_on(model, task)) return;
  } else {
    end_task(model, task, status);
  }
  next(model);
}
