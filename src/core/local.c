/* Green-local storage: a list of values on the task, since tasks have few. */
#include <greenio/local.h>
#include <greenio/status.h>
#include "memory.h"
#include "task.h"

static struct green__local_value *value_find(const struct green__task *self,
                                             const green_local *key) {
  struct green__local_value *value = self->locals;
  while (value && value->key != key) value = value->next;
  return value;
}

int green_local_set(green_local *key, void *value) {
  struct green__task *self = green__self();
  if (!self) return GREEN_EMAIN;
  struct green__local_value *local = value_find(self, key);
  if (!local) {
    local = green__alloc(sizeof *local);
    if (!local) return GREEN_ENOMEM;
    *local = (struct green__local_value){self->locals, key, NULL};
    self->locals = local;
  }
  local->value = value;
  return 0;
}

void *green_local_get(const green_local *key) {
  struct green__task *self = green__self();
  struct green__local_value *local = self ? value_find(self, key) : NULL;
  return local ? local->value : NULL;
}

void green__locals_destroy(struct green__task *task) {
  while (task->locals) {
    struct green__local_value *local = task->locals;
    task->locals = local->next;
    void *value = local->value;
    void (*destroy)(void *) = local->key->destroy;
    if (local == &task->trace)
      local->value = NULL;
    else
      green__free(local);
    if (value && destroy) destroy(value);
  }
}
