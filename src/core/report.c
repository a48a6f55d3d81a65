/* The report: every task, what it does, what it waits for, and under whom it stands. */
#include "report.h"

#include <stdlib.h>
#include <string.h>
#include <greenio/status.h>
#include "group.h"
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

/* "group pages", or "a place in group 3". */
static const char *of_group(const struct green_group *group, const char *what, char *buffer,
                            size_t size) {
  if (group->name)
    snprintf(buffer, size, "%sgroup %s", what, group->name);
  else
    snprintf(buffer, size, "%sgroup %lu", what, group->id);
  return buffer;
}

const char *green__waits_for(const struct green__task *task, char *buffer, size_t size) {
  if (task->state != GREEN__WAITING) return "";
  if (strcmp(task->what, "descriptor") == 0) {
    snprintf(buffer, size, "descriptor %d", (int)(intptr_t)task->object);
    return buffer;
  }
  if (strcmp(task->what, "lock") == 0) return of_owner(task->object, buffer, size);
  if (strcmp(task->what, "group") == 0) return of_group(task->object, "", buffer, size);
  if (strcmp(task->what, "a place in group") == 0)
    return of_group(task->object, "a place in ", buffer, size);
  if (strcmp(task->what, "future") != 0) return task->what;
  const struct green_future *future = task->object;
  if (!future->name) return "future";
  snprintf(buffer, size, "future of %s", future->name);
  return buffer;
}

static bool is_idle_worker(const struct green__task *task) {
  return task->pool && !task->job;
}

/* The strings are good until `buffers` and the task's context are used again. */
struct buffers {
  char waits_for[64], group[32];
};

static void describe(green_report_entry *entry, const struct green__task *task,
                     struct buffers *buffers) {
  struct green__stack_use use;
  uint64_t now = green__host_now();
  const struct green_group *group = task->group;
  green__context_stack(task->context, &use);
  *entry = (green_report_entry){
      .id = task->id,
      .name = task->future && task->future->name ? task->future->name
              : is_idle_worker(task)             ? "idle worker"
                                                 : "",
      .state = state_name(task),
      .waits_for = green__waits_for(task, buffers->waits_for, sizeof buffers->waits_for),
      .since_ns = now > task->since ? now - task->since : 0,
      .stack_used = use.used,
      .stack_size = use.size,
      .calls = task->state == GREEN__RUNNING ? "" : green__context_calls(task->context),
      .spawned_by = task->spawned_by,
      .group = group ? green__group_label(group, buffers->group, sizeof buffers->group) : "",
      .group_made_by = group ? group->maker : 0,
      .made_in = task->place.file ? task->place.file : "",
      .made_at = task->place.line,
  };
}

GREEN__QUIET int green_report_each(void (*visit)(const green_report_entry *, void *), void *arg) {
  GREEN__QUIETLY;
  struct green_runtime *runtime = green__thread.runtime;
  int count = 0;
  if (!runtime) return 0;
  for (const struct green__task *task = runtime->all_head; task; task = task->all_next, count++) {
    struct buffers buffers;
    green_report_entry entry;
    describe(&entry, task, &buffers);
    visit(&entry, arg);
  }
  return count;
}

/* ---- the tree -------------------------------------------------------------------------------- */

/* A task in the tree, by its place among all, which are in the order of their ids. */
struct node {
  const struct green__task *task;
  size_t parent, child, last_child, next; /* NO_NODE: none */
};
#define NO_NODE SIZE_MAX

static size_t find_node(const struct node *nodes, size_t count, unsigned long id) {
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (nodes[middle].task->id < id)
      low = middle + 1;
    else
      high = middle;
  }
  return low < count && nodes[low].task->id == id ? low : NO_NODE;
}

/* That of the task which made its group; else of the one which has spawned it. Both are older. */
static size_t find_parent(const struct node *nodes, size_t count, const struct green__task *task) {
  size_t parent = task->group ? find_node(nodes, count, task->group->maker) : NO_NODE;
  return parent == NO_NODE ? find_node(nodes, count, task->spawned_by) : parent;
}

/* `roots` stands for what is above all. */
static void add_node(struct node *nodes, struct node *roots, size_t index,
                     const struct green__task *task) {
  size_t parent = find_parent(nodes, index, task);
  nodes[index] = (struct node){task, parent, NO_NODE, NO_NODE, NO_NODE};
  struct node *above = parent == NO_NODE ? roots : &nodes[parent];
  if (above->child == NO_NODE)
    above->child = index;
  else
    nodes[above->last_child].next = index;
  above->last_child = index;
}

static void visit_node(const struct node *node, unsigned depth,
                       const struct green__report_visitor *visitor) {
  struct buffers buffers;
  green_report_entry entry;
  describe(&entry, node->task, &buffers);
  visitor->begin(&entry, depth, visitor->arg);
}

static void visit_nodes(const struct node *nodes, size_t first,
                        const struct green__report_visitor *visitor) {
  unsigned depth = 0;
  size_t at = first;
  while (at != NO_NODE) {
    visit_node(&nodes[at], depth, visitor);
    if (nodes[at].child != NO_NODE) {
      at = nodes[at].child;
      depth++;
      continue;
    }
    visitor->end(depth, nodes[at].next != NO_NODE, visitor->arg);
    while (nodes[at].next == NO_NODE && nodes[at].parent != NO_NODE) {
      at = nodes[at].parent;
      visitor->end(--depth, nodes[at].next != NO_NODE, visitor->arg);
    }
    at = nodes[at].next;
  }
}

GREEN__QUIET int green__report_tree(const struct green__report_visitor *visitor) {
  GREEN__QUIETLY;
  const struct green_runtime *runtime = green__thread.runtime;
  size_t count = 0, live = runtime ? runtime->live : 0;
  if (!live) return 0;
  struct node *nodes = malloc(live * sizeof *nodes); /* no green__alloc(): see log.c */
  if (!nodes) return GREEN_ENOMEM;
  struct node roots = {NULL, NO_NODE, NO_NODE, NO_NODE, NO_NODE};
  for (const struct green__task *task = runtime->all_head; task; task = task->all_next)
    add_node(nodes, &roots, count++, task);
  visit_nodes(nodes, roots.child, visitor);
  free(nodes);
  return (int)count;
}

/* ---- the table ------------------------------------------------------------------------------- */

#define NAME_WIDTH 20
#define MOST_DEPTH 12 /* deeper ones stand there too */

/* The table goes to a file or, with NULL, where greenio's own lines go. */
static void put_line(FILE *out, const char *indent, const char *line, int length) {
  if (out)
    fprintf(out, "%s%.*s\n", indent, length, line);
  else
    green__say("%s%.*s", indent, length, line);
}

static void write_row(const green_report_entry *entry, unsigned depth, void *out) {
  char row[384], name[80];
  int indent = 2 * (int)(depth < MOST_DEPTH ? depth : MOST_DEPTH);
  snprintf(name, sizeof name, "%s%s%s", entry->name[0] ? entry->name : "-",
           *entry->group ? " in " : "", entry->group);
  int size =
      snprintf(row, sizeof row, "%6lu  %*s%-*s  %-7s  %-24s  %10.3f s  %7zu of %zu bytes of stack",
               entry->id, indent, "", NAME_WIDTH, name, entry->state, entry->waits_for,
               (double)entry->since_ns / 1e9, entry->stack_used, entry->stack_size);
  put_line(out, "", row, size);
  if (*entry->made_in) {
    size = snprintf(row, sizeof row, "%s:%d", entry->made_in, entry->made_at);
    put_line(out, "        made at ", row, size < (int)sizeof row ? size : (int)sizeof row - 1);
  }
  for (const char *call = entry->calls; *call; call += strspn(call, "\n")) {
    int length = (int)strcspn(call, "\n");
    put_line(out, "        in ", call, length);
    call += length;
  }
}

static void write_entry(const green_report_entry *entry, void *out) {
  write_row(entry, 0, out);
}

static void end_row(unsigned depth, bool more, void *out) {
  (void)depth, (void)more, (void)out;
}

/* Without memory for the tree, in the order of spawning. */
int green_report(FILE *out) {
  struct green__report_visitor table = {write_row, end_row, out};
  int count = green__report_tree(&table);
  return count < 0 ? green_report_each(write_entry, out) : count;
}

/* ---- what nothing can wake ------------------------------------------------------------------- */

/* The tasks are what green_run()'s function has left behind, when it had ended. */
static bool are_leaked(const struct green_runtime *runtime) {
  return runtime->first && green_done(runtime->first);
}

int green__deadlock_report(void) {
  const struct green_runtime *runtime = green__thread.runtime;
  int idle = 0, others = 0;
  const struct green__task *task = runtime ? runtime->all_head : NULL;
  for (; task; task = task->all_next) ++*(is_idle_worker(task) ? &idle : &others);
  if (!idle && !others) return 0;
  green__say("greenio: deadlock: nothing is left that could wake these tasks");
  green_report(NULL);
  if (are_leaked(runtime))
    green__say("greenio: leaked: green_run()'s function has ended and has not waited for these "
               "tasks; a group would have (<greenio/group.h>)");
  if (idle)
    green__say("greenio: an idle worker waits for jobs: call green_pool_shutdown() on its pool "
               "when there are no more");
  if (others)
    green__say("greenio: where something outside is to wake a task, as another thread or a "
               "callback, say so with green_hold()");
  return idle + others;
}
