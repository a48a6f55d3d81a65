/* The report: every task, what it does and what it waits for. */
#include <inttypes.h>
#include <string.h>
#include "host.h"
#include "log.h"
#include "task.h"
#include "quiet.h"

static const char *state_name(const struct green__task *task) {
  switch (task->state) {
  case GREEN__READY:
    return "ready";
  case GREEN__RUNNING:
    return "running";
  default:
    return "parked";
  }
}

/* "lock of writer", or of a task without a name "lock of task 7". */
static const char *of_owner(const green_lock *lock, char *buffer, size_t size) {
  const struct green__task *owner = lock->owner;
  if (!owner) return "lock";
  if (owner->future && owner->future->name)
    snprintf(buffer, size, "lock of %s", owner->future->name);
  else
    snprintf(buffer, size, "lock of task %lu", owner->id);
  return buffer;
}

const char *green__waits_for(const struct green__task *task, char *buffer, size_t size) {
  if (task->state != GREEN__WAITING) return "";
  if (strcmp(task->what, "descriptor") == 0) {
    snprintf(buffer, size, "descriptor %d", (int)(intptr_t)task->object);
    return buffer;
  }
  if (strcmp(task->what, "lock") == 0) return of_owner(task->object, buffer, size);
  if (strcmp(task->what, "future") != 0) return task->what;
  const struct green_future *future = task->object;
  if (!future->name) return "future";
  snprintf(buffer, size, "future of %s", future->name);
  return buffer;
}

static bool is_idle_worker(const struct green__task *task) {
  return task->pool && !task->job;
}

GREEN__QUIET int green_report_each(void (*visit)(const green_report_entry *, void *), void *arg) {
  GREEN__QUIETLY;
  struct green_runtime *runtime = green__thread.runtime;
  int count = 0;
  if (!runtime) return 0;
  uint64_t now = green__host_now();
  for (const struct green__task *task = runtime->all_head; task; task = task->all_next, count++) {
    char buffer[64];
    struct green__stack_use use;
    green__context_stack(task->context, &use);
    green_report_entry entry = {
        .id = task->id,
        .name = task->future && task->future->name ? task->future->name
                : is_idle_worker(task)             ? "idle worker"
                                                   : "",
        .state = state_name(task),
        .waits_for = green__waits_for(task, buffer, sizeof buffer),
        .since_ns = now > task->since ? now - task->since : 0,
        .stack_used = use.used,
        .stack_size = use.size,
        .calls = task->state == GREEN__RUNNING ? "" : green__context_calls(task->context),
    };
    visit(&entry, arg);
  }
  return count;
}

/* The table goes to a file or, with NULL, where greenio's own lines go. */
static void put_line(FILE *out, const char *indent, const char *line, int length) {
  if (out)
    fprintf(out, "%s%.*s\n", indent, length, line);
  else
    green__say("%s%.*s", indent, length, line);
}

static void write_entry(const green_report_entry *entry, void *out) {
  char row[256];
  int size =
      snprintf(row, sizeof row, "%6lu  %-20s  %-7s  %-24s  %10.3f s  %7zu of %zu bytes of stack",
               entry->id, entry->name[0] ? entry->name : "-", entry->state, entry->waits_for,
               (double)entry->since_ns / 1e9, entry->stack_used, entry->stack_size);
  put_line(out, "", row, size);
  for (const char *call = entry->calls; *call; call += strspn(call, "\n")) {
    int length = (int)strcspn(call, "\n");
    put_line(out, "        in ", call, length);
    call += length;
  }
}

int green_report(FILE *out) {
  return green_report_each(write_entry, out);
}

int green__deadlock_report(void) {
  const struct green_runtime *runtime = green__thread.runtime;
  int idle = 0, others = 0;
  const struct green__task *task = runtime ? runtime->all_head : NULL;
  for (; task; task = task->all_next) ++*(is_idle_worker(task) ? &idle : &others);
  if (!idle && !others) return 0;
  green__say("greenio: deadlock: nothing is left that could wake these tasks");
  green_report_each(write_entry, NULL);
  if (idle)
    green__say("greenio: an idle worker waits for jobs: call green_pool_shutdown() on its pool "
               "when there are no more");
  if (others)
    green__say("greenio: where something outside is to wake a task, as another thread or a "
               "callback, say so with green_hold()");
  return idle + others;
}
