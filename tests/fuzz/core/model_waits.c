/* The model of waiting for time, for futures, and for several things. */
#include "model_parts.h"

#include <string.h>
#include <greenio/status.h>

/* ---- waiting for time ---- */

int model_yield(struct model *model) {
  int rc = model__may_wait(model);
  if (rc < 0) return rc;
  model__end_wait(model, model__self(model), 0, 0);
  model__self(model)->step = END_PLAIN;
  return PARKS;
}

int model_sleep(struct model *model, unsigned milliseconds) {
  if (!milliseconds) return model_yield(model);
  int rc = model__may_wait(model);
  if (rc < 0) return rc;
  struct model_task *task = model__self(model);
  task->sleeping = true;
  task->wakes_at = model->now + milliseconds * (uint64_t)MILLISECOND;
  task->sleep_order = ++model->orders;
  return model__parks(task, END_PLAIN);
}

static void set_deadline(struct model *model, struct model_task *task, uint64_t deadline) {
  task->deadline = deadline;
  task->deadline_set = deadline != FOREVER;
  task->deadline_order = ++model->orders;
}

void model_timeout(struct model *model, unsigned milliseconds, uint64_t *outer) {
  struct model_task *task = model__self(model);
  if (!task) return;
  *outer = task->deadline;
  uint64_t due = model->now + milliseconds * (uint64_t)MILLISECOND;
  if (due < task->deadline) set_deadline(model, task, due);
}

void model_shield(struct model *model, uint64_t *outer) {
  struct model_task *task = model__self(model);
  if (!task) return;
  *outer = task->deadline;
  task->shield++;
}

void model_leave(struct model *model, bool shield, uint64_t outer) {
  struct model_task *task = model__self(model);
  if (!task) return;
  if (shield) task->shield--;
  if (task->deadline != outer) set_deadline(model, task, outer);
}

/* The timer that is due first, of two the one set first. */
struct model_task *model__first_timer(struct model *model, bool *deadline, uint64_t *due) {
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

void model__fire_timers(struct model *model) {
  bool deadline;
  uint64_t due;
  for (;;) {
    struct model_task *task = model__first_timer(model, &deadline, &due);
    if (!task || due > model->now) return;
    if (!deadline) {
      model__end_wait(model, task, 0, 0);
      continue;
    }
    task->deadline_set = false;
    if (task->state == WAITING && !task->shield)
      model__end_wait(model, task, model__refuse(task, GREEN_ETIMEDOUT, SOME_MESSAGE), NONE);
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
int model__outcome(struct model *model, struct model_task *task, int future) {
  if (!done(model, future)) return task->woken;
  if (task->woken == GREEN_ECANCELED) task->cancel_pending = true; /* for the next wait */
  return model__carry(model, task, future);
}

static int wait_future(struct model *model, int future, enum model_step step) {
  if (done(model, future)) return model__carry(model, model__self(model), future);
  int rc = model__may_wait(model);
  if (rc < 0) return rc;
  struct model_task *task = model__self(model);
  if (future == task->future) return model__refuse(task, GREEN_EDEADLK, SOME_MESSAGE);
  model__lend(model, future);
  model__wait_for(model, task, A_FUTURE, future, 0, 0);
  return model__parks(task, step);
}

int model_wait(struct model *model, int future) {
  if (model__self(model)) model__self(model)->wanted[0] = future;
  return wait_future(model, future, END_WAIT);
}

/* An interrupted join cancels what it joins and waits for its end. */
int model__join_interrupted(struct model *model, int future, int rc) {
  struct model_task *task = model__self(model);
  if (done(model, future) || (rc != GREEN_ECANCELED && rc != GREEN_ETIMEDOUT)) return rc;
  model_cancel(model, future);
  task->failed = rc;
  task->shield++;
  if (wait_future(model, future, END_JOIN_SHIELDED) == PARKS) return PARKS;
  task->shield--;
  return model__refuse(task, rc, model__message_of(task, rc));
}

int model_join(struct model *model, int future) {
  if (model__self(model)) model__self(model)->wanted[0] = future;
  int rc = wait_future(model, future, END_JOIN);
  return rc == PARKS ? rc : model__join_interrupted(model, future, rc);
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
    if (futures[i] == model__self(model)->future)
      return model__refuse(model__self(model), GREEN_EDEADLK, SOME_MESSAGE);
    if (model__lend(model, futures[i])) return 0;
  }
  return 0;
}

int model_wait_any(struct model *model, const int *futures, int count) {
  int first = first_done(model, futures, count), present = 0;
  if (first != NONE) return first;
  for (int i = 0; i < count; i++) present += futures[i] != NONE;
  if (!present) return model__refuse(model__self(model), GREEN_EINVAL, SOME_MESSAGE);
  int rc = model__may_wait(model);
  if (rc == 0) rc = lend_one(model, futures, count);
  if (rc < 0) return rc;
  struct model_task *task = model__self(model);
  for (int i = 0; i < MODEL_CASES; i++) task->wanted[i] = i < count ? futures[i] : NONE;
  for (int i = 0; i < count; i++)
    if (futures[i] != NONE) model__wait_for(model, task, A_FUTURE, futures[i], i, 0);
  return model__parks(task, END_ANY);
}

int model__any_outcome(struct model *model, struct model_task *task) {
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
      struct model_task *task = model__self(model);
      task->position = position;
      task->failed_future = failed;
      for (int i = 0; i < MODEL_CASES; i++) task->wanted[i] = i < count ? futures[i] : NONE;
      return PARKS;
    }
    if (!done(model, futures[position])) return rc;
    if (rc < 0 && failed == NONE) failed = futures[position];
  }
  return failed == NONE ? 0 : model__carry(model, model__self(model), failed);
}

int model_wait_all(struct model *model, const int *futures, int count) {
  return wait_rest(model, futures, count, 0, NONE);
}

int model__all_outcome(struct model *model, struct model_task *task) {
  int future = task->wanted[task->position], rc = model__outcome(model, task, future);
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
  if (!model__self(model)) return GREEN_EMAIN;
  for (int i = 0; i < count; i++) {
    bool future = cases[i].operation == GREEN_SELECT_FUTURE;
    futures[i] = future ? cases[i].object : NONE;
    if (cases[i].object == NONE) continue;
    present++;
    if (take_case(model, &cases[i])) return i;
  }
  if (!present) return model__refuse(model__self(model), GREEN_EINVAL, SOME_MESSAGE);
  int rc = model__may_wait(model);
  if (rc == 0) rc = lend_one(model, futures, count);
  if (rc < 0) return rc;
  struct model_task *task = model__self(model);
  for (int i = 0; i < count; i++) {
    task->wanted[i] = futures[i];
    if (cases[i].object == NONE) continue;
    model__wait_for(model, task, things[cases[i].operation], cases[i].object, i, cases[i].value);
  }
  return model__parks(task, END_SELECT);
}

int model__select_outcome(struct model *model, struct model_task *task) {
  if (task->woken_index == NONE) return task->woken;
  int future = task->wanted[task->woken_index];
  task->case_status = future == NONE ? task->woken : status_of(model, future);
  return task->woken_index;
}
