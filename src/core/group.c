/* Groups: tasks that are waited for together.
 *
 * Invariants: a task is among the members from its making until it has ended, and its future was
 * completed before it leaves them; while somebody stands in line, as many tasks run as may, or more
 * (green__group_lend()). `ended` comes once, when a group that is waited for or released has neither
 * members nor a line, and nothing is added from then on; neither is behind `closed`, but for what
 * stood in line. The record lives as long as its handle, its members, the calls that wait in it, and
 * the groups that members have made.
 */
#include "group.h"

#include <stdlib.h>
#include <string.h>
#include <greenio/status.h>
#include "log.h"
#include "memory.h"
#include "traceparent.h"

/* What a task waits for, for reports. Each of the calls has a reference of the group meanwhile. */
static const char in_wait[] = "group", in_release[] = "group", in_spawn[] = "a place in group";

static bool is_live(const struct green_group *group) {
  return group->running || group->line;
}

static void group_unref(struct green_group *group) {
  while (group && !--group->references) {
    struct green_group *outer = group->outer;
    for (size_t i = 0; i < group->result_count; i++) green_future_release(group->results[i]);
    green_future_release(group->failed);
    green_future_release(group->succeeded);
    green__free(group->results);
    green__free(group->name);
    green__handle_released(group, "green_group_release");
    green__free(group);
    group = outer;
  }
}

static int check_options(const green_group_options *options) {
  if ((unsigned)options->mode > GREEN_GROUP_FIRST)
    return green_fail(GREEN_EINVAL, "green_group_new: there is no mode %d", (int)options->mode);
  if (options->max_tasks < 0)
    return green_fail(GREEN_EINVAL, "green_group_new: max_tasks is 0 or above, not %d",
                      options->max_tasks);
  if (options->stack_size > GREEN__STACK_MAX)
    return green_fail(GREEN_EINVAL, "green_group_new: stack_size is at most 1 GiB");
  return 0;
}

int green_group_new(green_group **out, const green_group_options *options) {
  static const green_group_options defaults;
  if (!options) options = &defaults;
  *out = NULL;
  int rc = check_options(options);
  if (rc < 0) return rc;
  struct green_runtime *runtime = green__runtime();
  struct green_group *group = runtime ? green__alloc(sizeof *group) : NULL;
  if (!group) return green_fail(GREEN_ENOMEM, NULL);
  memset(group, 0, sizeof *group);
  if (options->name && !(group->name = green__copy_string(options->name, 31))) {
    green__free(group);
    return green_fail(GREEN_ENOMEM, NULL);
  }
  struct green__task *self = green__self();
  group->references = 1;
  group->id = ++runtime->last_group;
  group->maker = self ? self->id : 0;
  group->outer = self ? self->group : NULL;
  if (group->outer) group->outer->references++;
  group->mode = options->mode;
  group->max_tasks = options->max_tasks ? (size_t)options->max_tasks : SIZE_MAX;
  group->stack_size = options->stack_size;
  *out = group;
  return 0;
}

/* ---- cancelling ------------------------------------------------------------------------------ */

/* A maker that stands in line is told; the others begin when it is their turn, and are cancelled
 * then. */
static void cancel_all(struct green_group *group) {
  group->closed = true;
  if (group->cancelled) return;
  group->cancelled = true;
  for (struct green__member *member = group->members; member; member = member->next) {
    member->asked = true;
    green__task_cancel(member->task);
  }
  for (struct green__ticket *ticket = group->line; ticket; ticket = ticket->next)
    if (ticket->maker.head) green__wake(ticket->maker.head, GREEN_ECLOSED);
}

static void cancel_member(struct green_future *future, void *arg) {
  struct green__member *member = arg;
  (void)future;
  member->asked = true;
  green__task_cancel(member->task);
}

static void cancel_ticket(struct green_future *future, void *arg) {
  (void)future;
  ((struct green__ticket *)arg)->asked = true;
}

int green_group_cancel(green_group *group) {
  green__handle_used(group, __func__);
  if (group->ended || group->cancelled) return GREEN_EALREADY;
  cancel_all(group);
  return 0;
}

/* ---- outcomes -------------------------------------------------------------------------------- */

/* A failure that says what the first one has said needs no words of its own. */
static bool says_the_same(const struct green_future *a, const struct green_future *b) {
  const char *one = a->message ? a->message : "", *other = b->message ? b->message : "";
  return a->status == b->status && strcmp(one, other) == 0;
}

static void note_success(struct green_group *group, struct green_future *future) {
  if (group->mode != GREEN_GROUP_FIRST || group->succeeded) return;
  group->succeeded = green_future_retain(future);
  cancel_all(group);
}

static void note_failure(struct green_group *group, struct green_future *future) {
  if (group->failed && says_the_same(group->failed, future)) green__future_look(future);
  if (group->failed) return;
  group->failed = green_future_retain(future);
  if (group->mode == GREEN_GROUP_FAIL_FAST) cancel_all(group);
}

/* `asked`: the task was cancelled, and has failed by that alone if it says so. */
static void note_outcome(struct green_group *group, struct green_future *future, bool asked) {
  if (future->status >= 0)
    note_success(group, future);
  else if (asked && future->status == GREEN_ECANCELED)
    green__future_look(future);
  else
    note_failure(group, future);
}

static int seen_outcome(struct green__task *self, struct green_future *future) {
  green__future_look(future);
  if (future->status < 0 && self) green__message_carry(self, future);
  return future->status;
}

static int without_outcome(const struct green_group *group) {
  if (group->mode != GREEN_GROUP_FIRST) return 0;
  if (group->began) return green_fail(GREEN_ECANCELED, NULL);
  return green_fail(GREEN_EINVAL, "green_group_wait: the first success of no task");
}

static int group_outcome(struct green_group *group) {
  struct green__task *self = green__self();
  if (group->released)
    return green_fail(GREEN_ECANCELED, "green_group_wait: the group was released meanwhile");
  if (group->succeeded) {
    for (size_t i = 0; i < group->result_count; i++) green__future_look(group->results[i]);
    if (group->failed) green__future_look(group->failed);
    return seen_outcome(self, group->succeeded);
  }
  return group->failed ? seen_outcome(self, group->failed) : without_outcome(group);
}

/* ---- tasks that begin and end ---------------------------------------------------------------- */

static void begin_those_in_line(struct green_group *group);

/* Nothing is left; who waits for that is woken. */
static void group_settle(struct green_group *group) {
  if (is_live(group) || !group->waiters.head) return;
  group->closed = group->ended = true;
  while (group->waiters.head) green__wake(group->waiters.head, 0);
}

static void member_ended(struct green__task *task) {
  struct green__member *member = green__task_beside(task);
  struct green_group *group = task->group;
  green__deque_remove(group->members, group->last_member, member, next, previous);
  group->running--;
  note_outcome(group, member->future, member->asked);
  begin_those_in_line(group);
  group_settle(group);
  group->leaving = member->future;
  task->runtime->left = group;
}

void green__group_left(struct green_runtime *runtime) {
  struct green_group *group = runtime->left;
  runtime->left = NULL;
  green_future_release(group->leaving);
  group_unref(group);
}

/* Room for one more result. */
static int reserve_result(struct green_group *group) {
  if (group->mode == GREEN_GROUP_FAIL_FAST || group->result_count < group->result_room) return 0;
  size_t room = group->result_room ? 2 * group->result_room : 8;
  struct green_future **results =
      room <= SIZE_MAX / sizeof *results / 2
          ? green__realloc(group->results, room * sizeof(struct green_future *))
          : NULL;
  if (!results) return GREEN_ENOMEM;
  group->results = results;
  group->result_room = room;
  return 0;
}

/* Makes the task of a pending future that has a reference to give to it. */
static int member_begin(struct green_group *group, struct green_future *future,
                        const struct green__ticket *how) {
  struct green__task *task;
  int rc = reserve_result(group);
  if (rc == 0)
    rc = green__task_new_beside(&task, how->function, how->arg, how->stack_size, how->copy_size,
                                sizeof(struct green__member));
  if (rc < 0) return rc;
  struct green__member *member = green__task_beside(task);
  *member = (struct green__member){.task = task, .future = green_future_retain(future)};
  future->owned = true;
  future->cancel = cancel_member;
  future->cancel_arg = member;
  task->future = future;
  task->spawned_by = how->spawned_by;
  task->place = how->place;
  if (how->trace.trace) green__trace_give(task, &how->trace);
  task->group = group;
  task->ended = member_ended;
  green__deque_add(group->members, group->last_member, member, next, previous);
  group->references++;
  group->running++;
  group->began = true;
  if (group->mode != GREEN_GROUP_FAIL_FAST)
    group->results[group->result_count++] = green_future_retain(future);
  green__task_ready(task);
  if (group->cancelled || how->asked) cancel_member(future, member);
  return 0;
}

/* What could not begin has failed. Gives the reference of its future away. */
static void member_fail(struct green_group *group, struct green_future *future, int status,
                        const char *why) {
  if (!why) why = green__task_refusal(status);
  future->owned = false;
  green_reject(future, status, why ? "%s" : NULL, why);
  note_outcome(group, future, false);
  green_future_release(future);
}

/* ---- those that wait for room ---------------------------------------------------------------- */

/* Its maker has been interrupted, or was told that the group is closed. */
static bool is_given_up(const struct green__ticket *ticket) {
  return ticket->waited && !ticket->maker.head;
}

static void ticket_free(struct green__ticket *ticket) {
  green__trace_drop(&ticket->trace);
  green__free(ticket);
}

/* Its turn has come. */
static void ticket_begin(struct green_group *group, struct green__ticket *ticket) {
  if (is_given_up(ticket)) {
    ticket->future->owned = false;
    green_future_release(ticket->future);
    return;
  }
  int rc = member_begin(group, ticket->future, ticket);
  if (ticket->waited && rc == 0) green_future_retain(ticket->future);
  if (ticket->waited) green__wake(ticket->maker.head, rc);
  if (rc == 0) return;
  if (ticket->drop) ticket->drop(ticket->arg);
  member_fail(group, ticket->future, rc, NULL);
}

static void begin_those_in_line(struct green_group *group) {
  while (group->line && group->running < group->max_tasks) {
    struct green__ticket *ticket = group->line;
    green__fifo_drop(group->line, group->last_in_line, next);
    ticket_begin(group, ticket);
    ticket_free(ticket);
  }
}

static void leave_line(struct green_group *group, struct green__ticket *ticket) {
  struct green__ticket **link = &group->line, *before = NULL;
  while (*link != ticket) {
    before = *link;
    link = &before->next;
  }
  *link = ticket->next;
  if (group->last_in_line == ticket) group->last_in_line = before;
}

/* Whether the running task is the group's, or of a group below it, and would wait for itself. */
static bool is_inside(const struct green__task *self, const struct green_group *group) {
  const struct green_group *above = self ? self->group : NULL;
  while (above && above != group) above = above->outer;
  return above != NULL;
}

int green__group_lend(struct green__task *self, struct green_future *future) {
  if (future->cancel != cancel_ticket) return 0;
  struct green__ticket *ticket = future->cancel_arg;
  if (ticket->waited || !is_inside(self, ticket->group)) return 0;
  int rc = member_begin(ticket->group, future, ticket);
  if (rc < 0) return green__task_refuse(rc);
  leave_line(ticket->group, ticket);
  ticket_free(ticket);
  return 1;
}

static bool maker_can_wait(const struct green__task *self, const struct green_group *group) {
  return self && self->id == group->maker && !is_inside(self, group) &&
         green__context_can_park(self->context) == 0;
}

/* Puts a copy of the ticket in line. */
static struct green__ticket *stand_in_line(struct green_group *group, struct green_future *future,
                                           const struct green__ticket *how, bool waited) {
  size_t copy_size = waited ? 0 : how->copy_size;
  struct green__ticket *ticket = green__alloc(sizeof *ticket + copy_size);
  if (!ticket) return NULL;
  *ticket = *how;
  green__trace_retain(ticket->trace);
  if (copy_size) ticket->arg = memcpy(ticket->copy, how->arg, copy_size);
  if (waited) ticket->drop = NULL;
  ticket->group = group;
  ticket->waited = waited;
  ticket->future = future;
  future->owned = true;
  future->cancel = cancel_ticket;
  future->cancel_arg = ticket;
  green__fifo_add(group->line, group->last_in_line, ticket, next);
  return ticket;
}

static int refuse_task(const struct green_group *group);

/* The maker's: parks until the task has begun, or returns why it has not. A maker may lose its stack
 * meanwhile, so the ticket alone has a reference of the future, and hands one over at the end. */
static int wait_for_room(struct green_group *group, struct green__task *self,
                         struct green_future *future, const struct green__ticket *how) {
  int rc = green__wait_begin(&self);
  struct green__ticket *ticket = rc == 0 ? stand_in_line(group, future, how, true) : NULL;
  green_future_release(future);
  if (rc < 0) green_future_release(future);
  if (rc < 0) return rc;
  if (!ticket) {
    member_fail(group, future, GREEN_ENOMEM, NULL);
    return green_fail(GREEN_ENOMEM, NULL);
  }
  group->references++; /* somebody may release it */
  green__queue_push(&ticket->maker, green__waiter(self));
  rc = green__wait_park(self, in_spawn, group);
  if (rc == GREEN_ENOMEM) green__task_refuse(rc);
  if (rc == GREEN_ECLOSED) refuse_task(group);
  group_unref(group);
  return rc;
}

/* ---- spawning -------------------------------------------------------------------------------- */

static int refuse_task(const struct green_group *group) {
  const struct green_future *failed = group->failed;
  const char *message = failed && failed->message ? failed->message : "";
  if (group->mode == GREEN_GROUP_FAIL_FAST && failed && group->cancelled)
    return green_fail(GREEN_ECLOSED,
                      "green_group_spawn: the group takes no more tasks: one has failed: %s%s%s",
                      green_status_name(failed->status), *message ? ": " : "", message);
  return green_fail(GREEN_ECLOSED, "green_group_spawn: the group takes no more tasks: %s",
                    group->succeeded   ? "one has succeeded"
                    : group->cancelled ? "it was cancelled"
                                       : "it has ended");
}

static bool has_room(const struct green_group *group) {
  return group->running < group->max_tasks && !group->line;
}

/* Why it cannot begin, as green_spawn_with() would refuse it, or NULL. */
static const char *ticket_unfit(const struct green__ticket *how) {
  if (!how->function) return "green_group_spawn: no function";
  bool fits = how->stack_size <= GREEN__STACK_MAX && how->copy_size <= ((size_t)64 << 10);
  return fits ? NULL : "green_group_spawn_with: stack_size is at most 1 GiB, copy_size 64 KiB";
}

/* With a future that has two references: one goes to the task, the other is the caller's if this gives
 * 0; else both are given back. */
static int group_spawn(struct green_group *group, struct green_future *future,
                       const struct green__ticket *how) {
  struct green__task *self = green__self();
  const char *why = ticket_unfit(how);
  int rc = why ? green_fail(GREEN_EINVAL, "%s", why) : 0;
  if (rc == 0 && !has_room(group) && maker_can_wait(self, group))
    return wait_for_room(group, self, future, how);
  if (rc == 0 && has_room(group))
    rc = member_begin(group, future, how);
  else if (rc == 0 && !stand_in_line(group, future, how, false))
    rc = GREEN_ENOMEM;
  if (rc == GREEN_ENOMEM) green__task_refuse(rc);
  if (rc == 0) return 0;
  member_fail(group, future, rc, why);
  green_future_release(future);
  return rc;
}

static int spawn_with(struct green_group *group, green_future **out, green_function function,
                      void *arg, void (*drop)(void *), const green_spawn_options *options) {
  const struct green__task *self = green__self();
  green__handle_used(group, "green_group_spawn");
  if (out) *out = NULL;
  if (group->closed) return refuse_task(group);
  struct green_future *future = green__future_make(2);
  if (!future) {
    future = green__future_failed(GREEN_ENOMEM, NULL);
    note_outcome(group, future, false);
    green_future_release(future);
    return green_fail(GREEN_ENOMEM, NULL);
  }
  if (options && options->name) green_future_set_name(future, options->name);
  struct green__ticket how = {
      .function = function,
      .arg = arg,
      .drop = drop,
      .stack_size = options && options->stack_size ? options->stack_size : group->stack_size,
      .copy_size = options ? options->copy_size : 0,
      .spawned_by = self ? self->id : 0,
      .place = green__place_take(),
      .trace = green__trace_here(self),
  };
  int rc = group_spawn(group, future, &how);
  if (rc == 0 && out)
    *out = future;
  else if (rc == 0)
    green_future_release(future);
  return rc;
}

int green_group_spawn_with(green_group *group, green_future **out, green_function function,
                           void *arg, const green_spawn_options *options) {
  return spawn_with(group, out, function, arg, NULL, options);
}

int green_group_spawn(green_group *group, green_function function, void *arg) {
  return spawn_with(group, NULL, function, arg, NULL, NULL);
}

int green_group_spawn_copy(green_group *group, green_function function, const void *args,
                           size_t size) {
  green_spawn_options options = {.copy_size = size};
  return spawn_with(group, NULL, function, (void *)args, NULL, &options);
}

int green__group_spawn_owned(green_group *group, green_function function, void *arg,
                             void (*drop)(void *), const green_spawn_options *options) {
  return spawn_with(group, NULL, function, arg, drop, options);
}

/* ---- waiting --------------------------------------------------------------------------------- */

/* Parks until nothing of the group is left; how that wait ended. */
static int group_park(struct green_group *group, struct green__task *self, const char *what) {
  green__queue_push(&group->waiters, green__waiter(self));
  return green__wait_park(self, what, group);
}

/* The same, whatever comes. */
static void group_park_shielded(struct green_group *group, struct green__task *self,
                                const char *what) {
  self->shield++;
  group_park(group, self, what);
  self->shield--;
}

void green__group_wait_lost(struct green__task *task) {
  if (task->what != in_wait && task->what != in_release && task->what != in_spawn) return;
  group_unref((struct green_group *)task->object);
}

/* The wait was interrupted while there are tasks. A group that was decided before gives what has
 * decided it, and the next wait hears of the cancel. */
static int interrupted(struct green_group *group, struct green__task *self, int interruption) {
  bool decided = group->cancelled;
  cancel_all(group);
  group_park_shielded(group, self, in_wait);
  if (decided && !group->released) {
    green__wait_restore(self, interruption);
    return group_outcome(group);
  }
  green__message_again(self, interruption);
  return interruption;
}

int green_group_wait(green_group *group) {
  green__handle_used(group, __func__);
  if (!is_live(group)) {
    group->closed = group->ended = true;
    return group_outcome(group);
  }
  struct green__task *self = green__self();
  if (is_inside(self, group))
    return green_fail(GREEN_EDEADLK, "green_group_wait: a task waits for the group that it is in");
  int rc = green__wait_begin(&self);
  if (rc == GREEN_EMAIN || rc == GREEN_ENESTED) return rc;
  group->references++;
  if (rc == 0) rc = group_park(group, self, in_wait);
  if (rc < 0 && is_live(group)) {
    rc = interrupted(group, self, rc);
  } else {
    green__wait_restore(self, rc);
    group->closed = group->ended = true;
    rc = group_outcome(group);
  }
  group_unref(group);
  return rc;
}

/* Its tasks may use the handle until the last of them has ended, so that this is not told by
 * green__handle_released() alone. */
static bool released_twice(const struct green_group *group) {
  green__handle_used(group, "green_group_release");
  if (!group->released) return false;
  char label[32];
  green__say("greenio: green_group_release: %s was released before; each handle is released once",
             green__group_label(group, label, sizeof label));
#ifdef GREENIO_DEBUG
  abort();
#endif
  return true;
}

void green_group_release(green_group *group) {
  if (!group || released_twice(group)) return;
  struct green__task *self = green__self();
  group->closed = group->released = true;
  if (is_live(group)) {
    cancel_all(group);
    if (self && !is_inside(self, group) && green__context_can_park(self->context) == 0)
      group_park_shielded(group, self, in_release);
  }
  group_unref(group);
}

/* ---- reading --------------------------------------------------------------------------------- */

green_group *green_group_current(void) {
  const struct green__task *self = green__self();
  return self ? self->group : NULL;
}

size_t green_group_running_count(const green_group *group) {
  return group->running;
}

size_t green_group_queued_count(const green_group *group) {
  size_t count = 0;
  for (const struct green__ticket *ticket = group->line; ticket; ticket = ticket->next)
    count += !is_given_up(ticket);
  return count;
}

bool green_group_is_cancelled(const green_group *group) {
  return group->cancelled;
}

green_future *green_group_first(const green_group *group) {
  return group->succeeded ? group->succeeded : group->failed;
}

size_t green_group_result_count(const green_group *group) {
  return group->result_count;
}

green_future *green_group_result(const green_group *group, size_t index) {
  return index < group->result_count ? group->results[index] : NULL;
}

const char *green__group_label(const struct green_group *group, char *buffer, size_t size) {
  if (group->name) return group->name;
  snprintf(buffer, size, "group %lu", group->id);
  return buffer;
}

/* ---- the block form -------------------------------------------------------------------------- */

green_group *green__group_enter(const green_group_options *options, int *status) {
  green_group *group;
  int rc = green_group_new(&group, options);
  if (status) *status = rc < 0 ? rc : GREEN_ECANCELED;
  if (group) group->status = status;
  return group;
}

void green__group_end(green_group **group) {
  int *status = (*group)->status, rc = green_group_wait(*group);
  if (status) *status = rc;
  green_group_release(*group);
  *group = NULL;
}

void green__group_leave(green_group **group) {
  green_group_release(*group);
}
