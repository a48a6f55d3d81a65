/* The model; see model.h. What each function must do is written in greenio's public headers. */
#include "model_parts.h"

#include <stdlib.h>
#include <string.h>
#include <greenio/status.h>

#define CANCELLER_STATUS GREEN_ENOENT /* what the canceller of run.c completes with */

enum { TURN_RESUMES = 1024 };

struct model_task *model__self(struct model *model) {
  return model->running == NONE ? NULL : &model->tasks[model->running];
}

/* ---- lists ---- */

void model__push(struct model_list *list, int item) {
  if (list->count == MODEL_LIST) abort();
  list->at[list->count++] = item;
}

int model__take_at(struct model_list *list, int index) {
  int item = list->at[index];
  list->count--;
  memmove(list->at + index, list->at + index + 1, (size_t)(list->count - index) * sizeof(int));
  return item;
}

void model__push_first(struct model_list *list, int item) {
  model__push(list, item);
  memmove(list->at + 1, list->at, (size_t)(list->count - 1) * sizeof(int));
  list->at[0] = item;
}

void model__forget(struct model_list *list, int item) {
  for (int i = 0; i < list->count; i++)
    if (list->at[i] == item) {
      model__take_at(list, i);
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

void model__wait_for(struct model *model, struct model_task *task, enum model_thing thing,
                     int object, int index, int value) {
  task->waits[task->wait_count++] =
      (struct model_wait){thing, object, index, value, ++model->tickets};
}

int model__parks(struct model_task *task, enum model_step step) {
  task->state = WAITING;
  task->step = step;
  return PARKS;
}

/* The first in the queue of a thing; NULL if nobody waits. */
struct model_wait *model__first_in(struct model *model, enum model_thing thing, int object,
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

int model__index_of(const struct model *model, const struct model_task *task) {
  return (int)(task - model->tasks);
}

/* ---- messages ---- */

int model__message_of(const struct model_task *task, int status) {
  for (int i = 0; i < task->left_count; i++)
    if (task->left[i].status == status) return task->left[i].message;
  return NONE;
}

static void message_remove(struct model_task *task, int which) {
  task->left_count--;
  for (int i = which; i < task->left_count; i++) task->left[i] = task->left[i + 1];
}

void model__leave(struct model_task *task, int status, int message) {
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

int model__refuse(struct model_task *task, int status, int message) {
  model__leave(task, status, message);
  return status;
}

/* A failed future was waited for. */
int model__carry(struct model *model, struct model_task *task, int which) {
  const struct model_future *future = &model->futures[which];
  if (future->status < 0) model__leave(task, future->status, future->message);
  return future->status;
}

void model__end_wait(struct model *model, struct model_task *task, int status, int index) {
  task->state = READY;
  task->wait_count = 0;
  task->sleeping = false;
  task->woken = status;
  task->woken_index = index;
  model__push(&model->ready, model__index_of(model, task));
}

/* Ends the wait of the first in a queue; false if nobody waits. */
bool model__wake_first(struct model *model, enum model_thing thing, int object, int status) {
  struct model_task *task;
  struct model_wait *wait = model__first_in(model, thing, object, &task);
  if (wait) model__end_wait(model, task, status, wait->index);
  return wait != NULL;
}

/* May the running script wait, or is it interrupted? */
int model__may_wait(struct model *model) {
  struct model_task *task = model__self(model);
  if (!task) return GREEN_EMAIN;
  if (task->shield) return 0;
  if (task->cancel_pending) {
    task->cancel_pending = false;
    return model__refuse(task, GREEN_ECANCELED, NONE);
  }
  return model->now >= task->deadline ? model__refuse(task, GREEN_ETIMEDOUT, NONE) : 0;
}

void model__cancel_task(struct model *model, struct model_task *task) {
  task->cancelled = true;
  if (task->state == WAITING && !task->shield)
    model__end_wait(model, task, model__refuse(task, GREEN_ECANCELED, NONE), NONE);
  else
    task->cancel_pending = true;
}

/* ---- futures ---- */

int model__new_future(struct model *model) {
  if (model->future_count == MODEL_FUTURES) abort();
  struct model_future *future = &model->futures[model->future_count];
  *future = (struct model_future){
      .used = true, .task = NONE, .pool = NONE, .group = NONE, .message = NONE};
  return model->future_count++;
}

int model_future(struct model *model) {
  return model__new_future(model);
}

int model_complete(struct model *model, int which, int status, int value, int message) {
  struct model_future *future = &model->futures[which];
  if (future->done) return GREEN_EALREADY;
  future->done = true;
  future->status = status;
  future->value = status < 0 ? 0 : value;
  future->message = message;
  while (model__wake_first(model, A_FUTURE, which, 0)) continue;
  for (int i = 0; i < future->callback_count; i++)
    model__push(&model->callbacks, future->callbacks[i]);
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
  } else if (future->group != NONE) {
    future->cancelled = true;
  } else if (future->queued) {
    model__forget(&model->pools[future->pool].queue, which);
    future->queued = false;
    model_complete(model, which, GREEN_ECANCELED, 0, NONE);
  } else {
    model->tasks[future->task].asked = true;
    model__cancel_task(model, &model->tasks[future->task]);
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
    model__push(&model->callbacks, call);
  else
    future->callbacks[future->callback_count++] = call;
}

void model_post(struct model *model, int call) {
  model__push(&model->posted, call);
}

/* ---- what belongs to a task ---- */

int model_set_local(struct model *model, int key, int value) {
  if (!model__self(model)) return GREEN_EMAIN;
  model__self(model)->locals[key] = value;
  return 0;
}

int model_get_local(const struct model *model, int key) {
  return model->running == NONE ? 0 : model->tasks[model->running].locals[key];
}

void model_fail(struct model *model, int status, int message) {
  struct model_task *task = model__self(model);
  if (!task) return;
  model__leave(task, status, message);
}

int model_return(struct model *model, int value) {
  if (!model__self(model)) return GREEN_EMAIN;
  model__self(model)->value = value;
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
    return model__worker_goes_on(model, task);
  case END_IDLING:
    if (task->woken == 0) return model__worker_goes_on(model, task);
    model__end_task(model, task, 0);
    return false;
  case END_PLAIN:
    task->result = task->woken;
    if (task->woken == GREEN_ECLOSED) model__leave(task, GREEN_ECLOSED, NONE); /* of a channel */
    return true;
  case END_WAIT:
    task->result = model__outcome(model, task, task->wanted[0]);
    return true;
  case END_JOIN:
    task->result = model__join_interrupted(model, task->wanted[0],
                                           model__outcome(model, task, task->wanted[0]));
    return task->result != PARKS;
  case END_JOIN_SHIELDED:
    task->shield--;
    model__outcome(model, task, task->wanted[0]);
    task->result = model__refuse(task, task->failed, model__message_of(task, task->failed));
    return true;
  case END_ANY:
    task->result = model__any_outcome(model, task);
    return true;
  case END_ALL:
    task->result = model__all_outcome(model, task);
    return task->result != PARKS;
  case END_SELECT:
    task->result = model__select_outcome(model, task);
    return true;
  case END_PLACE:
  case END_GROUP:
  case END_GROUP_SHIELDED:
  case END_GROUP_RELEASE:
    return model__group_waited(model, task);
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
      if (resume(model, model__take_at(&model->ready, 0))) return;
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
    model__fire_timers(model);
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
  model__first_timer(model, &deadline, &due);
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
      model__cancel_task(model, &model->tasks[t]);
    else if (model->tasks[t].state == WAITING)
      model__end_task(model, &model->tasks[t], GREEN_EDEADLK);
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

void model_member_begins(struct model *model, int future) {
  if (model->expected != A_TASK)
    model_diverged("a task of a group begins; expected %s", names[model->expected]);
  const struct model_task *task = &model->tasks[model->running];
  if (task->future != future || task->step != BEGIN_TASK)
    model_diverged("the task of future %d begins; expected that of %d", future, task->future);
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
  model__take_at(&model->posting, 0);
  model->calling = true;
}

void model_callback_begins(struct model *model, int call) {
  expect(model, A_CALLBACK, call, model->callbacks.count ? model->callbacks.at[0] : NONE);
  model__take_at(&model->callbacks, 0);
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
  struct model_task *task = model__self(model);
  bool worker = task->pool != NONE && !task->lent;
  if (worker) {
    model__settle(model, task, status);
    if (model__worker_goes_on(model, task)) return;
  } else {
    model__end_task(model, task, status);
  }
  next(model);
}
