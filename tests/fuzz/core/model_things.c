/* The model of locks, semaphores and channels. */
#include "model_parts.h"

#include <string.h>
#include <greenio/status.h>

/* ---- locks ---- */

static void own(struct model *model, int which, int task) {
  model->locks[which].owner = task;
  model->locks[which].since = ++model->tickets;
}

static void pass_on(struct model *model, int which, int status) {
  struct model_task *next;
  model->locks[which].owner = NONE;
  if (!model__first_in(model, A_LOCK, which, &next)) return;
  own(model, which, model__index_of(model, next));
  model__end_wait(model, next, status, 0);
}

/* Those acquired last are passed on first. */
void model__abandon_locks(struct model *model, int task) {
  for (;;) {
    int last = NONE;
    for (int i = 0; i < LOCKS; i++)
      if (model->locks[i].owner == task &&
          (last == NONE || model->locks[i].since > model->locks[last].since))
        last = i;
    if (last == NONE) return;
    struct model_task *next;
    model->locks[last].abandoned = !model__first_in(model, A_LOCK, last, &next);
    pass_on(model, last, GREEN_EOWNERDEAD);
  }
}

int model_acquire(struct model *model, int which) {
  struct model_lock *lock = &model->locks[which];
  if (!model__self(model)) return GREEN_EMAIN;
  if (lock->owner == model->running)
    return model__refuse(model__self(model), GREEN_EDEADLK, SOME_MESSAGE);
  if (lock->owner == NONE) {
    own(model, which, model->running);
    bool abandoned = lock->abandoned;
    lock->abandoned = false;
    return abandoned ? GREEN_EOWNERDEAD : 0;
  }
  int rc = model__may_wait(model);
  if (rc < 0) return rc;
  model__wait_for(model, model__self(model), A_LOCK, which, 0, 0);
  return model__parks(model__self(model), END_PLAIN);
}

int model_release(struct model *model, int which) {
  if (!model__self(model) || model->locks[which].owner != model->running)
    return model__refuse(model__self(model), GREEN_EPERM, SOME_MESSAGE);
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
  if (!model__self(model)) return GREEN_EMAIN;
  if (model_try_take(model, which) == 0) return 0;
  int rc = model__may_wait(model);
  if (rc < 0) return rc;
  model__wait_for(model, model__self(model), A_SEMAPHORE, which, 0, 0);
  return model__parks(model__self(model), END_PLAIN);
}

void model_give(struct model *model, int which) {
  if (!model__wake_first(model, A_SEMAPHORE, which, 0)) model->semaphores[which]++;
}

/* ---- channels ---- */

int model_try_send(struct model *model, int which, int value) {
  struct model_channel *channel = &model->channels[which];
  struct model_task *receiver;
  if (channel->closed) return GREEN_ECLOSED;
  if (model__first_in(model, A_RECEIVER, which, &receiver)) {
    receiver->received = value;
    model__wake_first(model, A_RECEIVER, which, 0);
    return 0;
  }
  if (channel->count == channel->capacity) return GREEN_EAGAIN;
  channel->items[channel->count++] = value;
  return 0;
}

int model_try_receive(struct model *model, int which, int *value) {
  struct model_channel *channel = &model->channels[which];
  struct model_task *task;
  struct model_wait *sender = model__first_in(model, A_SENDER, which, &task);
  if (!channel->count && !sender) return channel->closed ? GREEN_ECLOSED : GREEN_EAGAIN;
  if (sender) channel->items[channel->count++] = sender->value;
  *value = channel->items[0];
  channel->count--;
  memmove(channel->items, channel->items + 1, (size_t)channel->count * sizeof(int));
  model__wake_first(model, A_SENDER, which, 0);
  return 0;
}

int model_send(struct model *model, int which, int value) {
  if (!model__self(model)) return GREEN_EMAIN;
  int rc = model_try_send(model, which, value);
  if (rc == GREEN_EAGAIN)
    rc = model__may_wait(model);
  else
    return rc == GREEN_ECLOSED ? model__refuse(model__self(model), rc, NONE) : rc;
  if (rc < 0) return rc;
  model__wait_for(model, model__self(model), A_SENDER, which, 0, value);
  return model__parks(model__self(model), END_PLAIN);
}

int model_receive(struct model *model, int which, int *value) {
  if (!model__self(model)) return GREEN_EMAIN;
  int rc = model_try_receive(model, which, value);
  if (rc == GREEN_EAGAIN)
    rc = model__may_wait(model);
  else
    return rc == GREEN_ECLOSED ? model__refuse(model__self(model), rc, NONE) : rc;
  if (rc < 0) return rc;
  model__wait_for(model, model__self(model), A_RECEIVER, which, 0, 0);
  return model__parks(model__self(model), END_PLAIN);
}

void model_close(struct model *model, int which) {
  model->channels[which].closed = true;
  while (model__wake_first(model, A_SENDER, which, GREEN_ECLOSED)) continue;
  while (model__wake_first(model, A_RECEIVER, which, GREEN_ECLOSED)) continue;
}
