/* What the files of the model show each other; model.h is what run.c sees. */
#ifndef GREENIO_TESTS_FUZZ_MODEL_PARTS_H
#define GREENIO_TESTS_FUZZ_MODEL_PARTS_H

#include "model.h"

enum { MILLISECOND = 1000000 };

/* ---- model.c: lists, places in queues, what ends a wait, messages ---- */

struct model_task *model__self(struct model *model);
void model__push(struct model_list *list, int item);
int model__take_at(struct model_list *list, int index);
void model__push_first(struct model_list *list, int item);
void model__forget(struct model_list *list, int item);
void model__wait_for(struct model *model, struct model_task *task, enum model_thing thing,
                     int object, int index, int value);
int model__parks(struct model_task *task, enum model_step step);
struct model_wait *model__first_in(struct model *model, enum model_thing thing, int object,
                                   struct model_task **owner);
int model__index_of(const struct model *model, const struct model_task *task);
int model__message_of(const struct model_task *task, int status);
void model__leave(struct model_task *task, int status, int message);
int model__refuse(struct model_task *task, int status, int message);
int model__carry(struct model *model, struct model_task *task, int which);
void model__end_wait(struct model *model, struct model_task *task, int status, int index);
bool model__wake_first(struct model *model, enum model_thing thing, int object, int status);
int model__may_wait(struct model *model);
void model__cancel_task(struct model *model, struct model_task *task);
int model__new_future(struct model *model);

/* ---- model_things.c ---- */

void model__abandon_locks(struct model *model, int task);

/* ---- model_tasks.c ---- */

int model__new_task(struct model *model);
bool model__lend(struct model *model, int which);
void model__settle(struct model *model, struct model_task *task, int status);
void model__end_task(struct model *model, struct model_task *task, int status);
bool model__worker_goes_on(struct model *model, struct model_task *task);

/* ---- model_waits.c: what a wait gives once its task goes on ---- */

struct model_task *model__first_timer(struct model *model, bool *deadline, uint64_t *due);
void model__fire_timers(struct model *model);
int model__outcome(struct model *model, struct model_task *task, int future);
int model__join_interrupted(struct model *model, int future, int rc);
int model__any_outcome(struct model *model, struct model_task *task);
int model__all_outcome(struct model *model, struct model_task *task);
int model__select_outcome(struct model *model, struct model_task *task);

/* ---- model_groups.c ---- */

/* A task of a group has ended with that future. */
void model__member_ended(struct model *model, int task, int future);
/* Starts what is queued in a group of the running task, or in one above; false: it is none. */
bool model__group_lend(struct model *model, int future);
/* What a wait gives; false: the task parks again. */
bool model__group_waited(struct model *model, struct model_task *task);

#endif
