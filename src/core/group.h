/* The group's record, for the core's reports beside group.c. */
#ifndef GREENIO_SRC_CORE_GROUP_H
#define GREENIO_SRC_CORE_GROUP_H

#include <greenio/group.h>
#include "task.h"

/* Stands behind the record of a task of a group. */
struct green__member {
  struct green__member *next, *previous;
  struct green__task *task;
  struct green_future *future; /* a reference: the outcome, once the task's own has gone */
  bool asked;                  /* the task was cancelled */
};

/* What is to become a task when there is room. A maker that waits for that is in the queue `maker`;
 * it owns what `arg` points to, and does not touch the record again once its wait has ended. */
struct green__ticket {
  struct green__ticket *next;
  struct green_group *group;
  struct green_future *future;
  green_function function;
  void *arg;
  void (*drop)(void *); /* or NULL */
  size_t stack_size, copy_size;
  unsigned long spawned_by;
  struct green__place place;
  struct green__trace_place trace; /* with a reference, of one that stands in line */
  struct green__queue maker;
  bool waited, asked;
  _Alignas(16) char copy[];
};

struct green_group {
  unsigned references; /* the handle, each task, each group that one of its tasks made */
  unsigned long id, maker;
  struct green_group *outer; /* the group of the task that made it, or NULL */
  char *name;
  green_group_mode mode;
  size_t max_tasks, stack_size, running;
  struct green__member *members, *last_member;
  struct green__ticket *line, *last_in_line;
  struct green__queue waiters;
  struct green_future *failed, *succeeded; /* the first of each that counts, or NULL */
  struct green_future **results;
  size_t result_count, result_room;
  int *status;                  /* of the block form */
  struct green_future *leaving; /* see green__group_left() */
  bool began;                   /* there was a task */
  bool closed;                  /* takes no more tasks */
  bool cancelled;               /* its tasks are */
  bool released, ended;
};

/* "pages", or for a group without a name "group 3". */
GREEN__IF_LINKED const char *green__group_label(const struct green_group *group, char *buffer,
                                                size_t size);

#endif
