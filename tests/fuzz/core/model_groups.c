/* The model of groups. */
#include "model_parts.h"

#include <greenio/group.h>
#include <greenio/status.h>

static bool is_live(const struct model_group *group) {
  return group->members.count || group->line.count;
}

int model_group_new(struct model *model, int mode, int max) {
  if (model->group_count == MODEL_GROUPS) return NONE;
  const struct model_task *task = model__self(model);
  model->groups[model->group_count] = (struct model_group){
      .mode = mode,
      .max = max ? max : MODEL_TASKS,
      .maker = model->running,
      .outer = task ? task->group : NONE,
      .failed = NONE,
      .succeeded = NONE,
  };
  return model->group_count++;
}

bool model_group_inside(const struct model *model, int which) {
  int above = model->running == NONE ? NONE : model->tasks[model->running].group;
  while (above != NONE && above != which) above = model->groups[above].outer;
  return above == which;
}

/* The maker does not wait for this one any more. */
static bool is_given_up(struct model *model, int future) {
  struct model_task *maker;
  return model->futures[future].waited && !model__first_in(model, A_PLACE, future, &maker);
}

/* ---- outcomes ---- */

static void cancel_all(struct model *model, int which) {
  struct model_group *group = &model->groups[which];
  group->closed = true;
  if (group->cancelled) return;
  group->cancelled = true;
  for (int i = 0; i < group->members.count; i++) {
    struct model_task *task = &model->tasks[group->members.at[i]];
    task->asked = true;
    model__cancel_task(model, task);
  }
  for (int i = 0; i < group->line.count; i++)
    model__wake_first(model, A_PLACE, group->line.at[i], GREEN_ECLOSED);
}

static void note_outcome(struct model *model, int which, int future, bool asked) {
  struct model_group *group = &model->groups[which];
  int status = model->futures[future].status;
  bool success = status >= 0;
  if (asked && status == GREEN_ECANCELED) return;
  if (success && (group->mode != GREEN_GROUP_FIRST || group->succeeded != NONE)) return;
  if (!success && group->failed != NONE) return;
  *(success ? &group->succeeded : &group->failed) = future;
  if (success || group->mode == GREEN_GROUP_FAIL_FAST) cancel_all(model, which);
}

static int group_outcome(struct model *model, int which) {
  const struct model_group *group = &model->groups[which];
  struct model_task *task = model__self(model);
  if (group->released) return model__refuse(task, GREEN_ECANCELED, SOME_MESSAGE);
  if (group->succeeded != NONE) return model__carry(model, task, group->succeeded);
  if (group->failed != NONE) return model__carry(model, task, group->failed);
  if (group->mode != GREEN_GROUP_FIRST) return 0;
  return group->began ? model__refuse(task, GREEN_ECANCELED, NONE)
                      : model__refuse(task, GREEN_EINVAL, SOME_MESSAGE);
}

/* ---- tasks that begin and end ---- */

static void begin_member(struct model *model, int which, int future) {
  struct model_group *group = &model->groups[which];
  struct model_future *made = &model->futures[future];
  int index = model__new_task(model);
  struct model_task *task = &model->tasks[index];
  task->future = future;
  task->step = BEGIN_TASK;
  task->group = which;
  made->task = index;
  made->group = NONE;
  group->began = true;
  model__push(&group->members, index);
  model__push(&model->ready, index);
  if (group->mode != GREEN_GROUP_FAIL_FAST) model__push(&group->results, future);
  if (!group->cancelled && !made->cancelled) return;
  task->asked = true;
  model__cancel_task(model, task);
}

/* Room is given in the order of coming. */
static void begin_those_in_line(struct model *model, int which) {
  struct model_group *group = &model->groups[which];
  while (group->line.count && group->members.count < group->max) {
    int future = model__take_at(&group->line, 0);
    if (is_given_up(model, future)) continue;
    begin_member(model, which, future);
    model__wake_first(model, A_PLACE, future, 0);
  }
}

void model__member_ended(struct model *model, int task, int future) {
  int which = model->tasks[task].group;
  struct model_group *group = &model->groups[which];
  struct model_task *waiter;
  model__forget(&group->members, task);
  note_outcome(model, which, future, model->tasks[task].asked);
  begin_those_in_line(model, which);
  if (is_live(group) || !model__first_in(model, A_GROUP, which, &waiter)) return;
  group->closed = group->ended = true;
  while (model__wake_first(model, A_GROUP, which, 0)) continue;
}

bool model__group_lend(struct model *model, int future) {
  int which = model->futures[future].group;
  if (which == NONE || model->futures[future].waited || !model_group_inside(model, which))
    return false;
  model__forget(&model->groups[which].line, future);
  begin_member(model, which, future);
  return true;
}

int model_group_spawn(struct model *model, int which, int *future) {
  struct model_group *group = &model->groups[which];
  struct model_task *task = model__self(model);
  *future = NONE;
  if (group->closed) return model__refuse(task, GREEN_ECLOSED, SOME_MESSAGE);
  *future = model__new_future(model);
  struct model_future *made = &model->futures[*future];
  made->kind = OF_TASK;
  if (group->members.count < group->max && !group->line.count) {
    begin_member(model, which, *future);
    return 0;
  }
  bool waits = task && model->running == group->maker && !model_group_inside(model, which);
  int rc = waits ? model__may_wait(model) : 0;
  if (rc < 0) return rc;
  made->group = which;
  made->waited = waits;
  model__push(&group->line, *future);
  if (!waits) return 0;
  model__wait_for(model, task, A_PLACE, *future, 0, 0);
  return model__parks(task, END_PLACE);
}

/* ---- waiting ---- */

/* It has been decided before that, or ends by this. */
static int interrupted(struct model *model, struct model_task *task, int which, int rc) {
  task->wanted[0] = which;
  task->position = model->groups[which].cancelled;
  task->failed = rc;
  cancel_all(model, which);
  task->shield++;
  model__wait_for(model, task, A_GROUP, which, 0, 0);
  return model__parks(task, END_GROUP_SHIELDED);
}

static int over(struct model *model, int which) {
  model->groups[which].closed = model->groups[which].ended = true;
  return group_outcome(model, which);
}

int model_group_wait(struct model *model, int which) {
  struct model_task *task = model__self(model);
  if (!is_live(&model->groups[which])) return over(model, which);
  if (task && model_group_inside(model, which))
    return model__refuse(task, GREEN_EDEADLK, SOME_MESSAGE);
  int rc = model__may_wait(model);
  if (rc == GREEN_EMAIN) return rc;
  if (rc < 0) return interrupted(model, task, which, rc);
  task->wanted[0] = which;
  model__wait_for(model, task, A_GROUP, which, 0, 0);
  return model__parks(task, END_GROUP);
}

/* The group that was waited for under a shield has ended. */
static int shielded_outcome(struct model *model, struct model_task *task, int which) {
  task->shield--;
  if (!task->position || model->groups[which].released)
    return model__refuse(task, task->failed, model__message_of(task, task->failed));
  if (task->failed == GREEN_ECANCELED) task->cancel_pending = true;
  return group_outcome(model, which);
}

bool model__group_waited(struct model *model, struct model_task *task) {
  int which = task->wanted[0];
  task->result = task->woken;
  if (task->step == END_PLACE) {
    if (task->woken == GREEN_ECLOSED) model__leave(task, GREEN_ECLOSED, SOME_MESSAGE);
  } else if (task->step == END_GROUP_RELEASE) {
    task->shield--;
    task->result = 0;
  } else if (task->step == END_GROUP_SHIELDED) {
    task->result = shielded_outcome(model, task, which);
  } else if (task->woken < 0 && is_live(&model->groups[which])) {
    task->result = interrupted(model, task, which, task->woken);
  } else {
    if (task->woken == GREEN_ECANCELED) task->cancel_pending = true;
    task->result = over(model, which);
  }
  return task->result != PARKS;
}

int model_group_cancel(struct model *model, int which) {
  struct model_group *group = &model->groups[which];
  if (group->ended || group->cancelled) return GREEN_EALREADY;
  cancel_all(model, which);
  return 0;
}

int model_group_release(struct model *model, int which) {
  struct model_group *group = &model->groups[which];
  struct model_task *task = model__self(model);
  group->closed = group->released = true;
  if (!is_live(group)) return 0;
  cancel_all(model, which);
  if (!task || model_group_inside(model, which)) return 0;
  task->shield++;
  model__wait_for(model, task, A_GROUP, which, 0, 0);
  return model__parks(task, END_GROUP_RELEASE);
}

/* ---- reading ---- */

int model_group_first(const struct model *model, int which) {
  const struct model_group *group = &model->groups[which];
  return group->succeeded != NONE ? group->succeeded : group->failed;
}

int model_group_queued(struct model *model, int which) {
  const struct model_group *group = &model->groups[which];
  int count = 0;
  for (int i = 0; i < group->line.count; i++) count += !is_given_up(model, group->line.at[i]);
  return count;
}
