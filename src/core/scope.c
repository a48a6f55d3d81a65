/* Deadlines and shields: scopes on the running task. */
#include "task.h"

green_scope green__scope_timeout(uint64_t milliseconds) {
  struct green__task *self = green__self();
  green_scope scope = {self, GREEN__NEVER, 0, 1};
  if (!self) return scope;
  scope.outer_deadline = self->deadline;
  uint64_t due = green__due_in(milliseconds);
  if (due < self->deadline) {
    self->deadline = due;
    green__timer_set(self->runtime, &self->deadline_timer, due);
  }
  return scope;
}

green_scope green__scope_shield(void) {
  struct green__task *self = green__self();
  green_scope scope = {self, GREEN__NEVER, 1, 1};
  if (self) {
    scope.outer_deadline = self->deadline;
    self->shield++;
  }
  return scope;
}

void green__scope_leave(green_scope *scope) {
  struct green__task *task = scope->task;
  if (!task) return;
  scope->task = NULL;
  if (scope->shield) task->shield--;
  if (task->deadline == scope->outer_deadline) return;
  task->deadline = scope->outer_deadline;
  if (task->deadline == GREEN__NEVER)
    green__timer_clear(task->runtime, &task->deadline_timer);
  else
    green__timer_set(task->runtime, &task->deadline_timer, task->deadline);
}

void green_timeout_begin(green_scope *scope, uint64_t milliseconds) {
  *scope = green__scope_timeout(milliseconds);
}

void green_shield_begin(green_scope *scope) {
  *scope = green__scope_shield();
}

void green_timeout_end(green_scope *scope) {
  green__scope_leave(scope);
}

void green_shield_end(green_scope *scope) {
  green__scope_leave(scope);
}
