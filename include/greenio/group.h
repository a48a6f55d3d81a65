/* Groups: tasks that belong together, and are waited for together.
 *
 *   int rc;
 *   GREEN_GROUP(pages, NULL, &rc) {
 *     green_group_spawn(pages, fetch, &left);
 *     green_group_spawn(pages, fetch, &right);
 *   }
 *   if (rc < 0) ...            both have ended; one has failed, and the other was cancelled
 *
 * A group is made, tasks are spawned into it, and green_group_wait() waits for all of them, also
 * for those that its tasks spawn into it meanwhile. Behind it none of them runs any more, so what
 * they are given may lie on the stack of the task that waits. green_group_release() ends a group by
 * any other road.
 *
 * Failures. The first task that fails has the others cancelled (green_cancel()), the group takes no
 * more tasks, and green_group_wait() gives that one's status and message. What the others then fail
 * with is told in the log (see future.h), unless it is GREEN_ECANCELED, the same failure in the
 * same words, or somebody has looked at it. A task that green_cancel() was called on, and that ends
 * with GREEN_ECANCELED, has not failed. The mode of a group changes what decides it.
 *
 * Cancel and deadlines. A cancel or a deadline that ends green_group_wait() cancels the tasks; it
 * then waits until they have ended. Tasks have neither their group's deadlines nor its shields in
 * scope. A task of the group that waits for a group of its own hands the cancel on to that one.
 *
 * Whatever spawn has said 0 to runs, also if it is cancelled before its first wait, as every task
 * does: so what a task was given is the task's to give back. (Where max_tasks has queued it, and
 * there is no memory for its stack when its turn comes, it fails with GREEN_ENOMEM without having
 * run.)
 *
 * A group belongs to the thread of its runtime. On every host alike.
 */
#ifndef GREENIO_GROUP_H
#define GREENIO_GROUP_H

#include <greenio/task.h>

GREEN_BEGIN

/* A group; it belongs to who made it. */
typedef struct green_group green_group;

/* What decides how a group ends. */
typedef enum green_group_mode {
  GREEN_GROUP_FAIL_FAST, /* the first failure: the others are cancelled */
  GREEN_GROUP_ALL,       /* nothing: all run to their ends, and each has its result */
  GREEN_GROUP_FIRST,     /* the first success: the others are cancelled */
} green_group_mode;

/* What a group is to be; what is 0 has its default. */
typedef struct green_group_options {
  const char *name;      /* for reports and messages; copied, cut to 31 bytes; NULL: none */
  green_group_mode mode; /* GREEN_GROUP_FAIL_FAST */
  int max_tasks;         /* at most so many at once, see green_group_spawn(); 0: any number */
  size_t stack_size;     /* of each task, in bytes, as of green_spawn_options; 0: the default */
} green_group_options;

/* Makes a group, without a task yet. `options` may be NULL. Any stack; never parks.
 *   0, GREEN_ENOMEM, GREEN_EINVAL: max_tasks is negative, mode is none of them, stack_size is above
 *   1 GiB. */
GREEN_API int green_group_new(green_group **out, const green_group_options *options);

/* Starts a task in the group, as green_spawn() does: it never runs inside this call. `arg` has to
 * live until the group has ended. Any stack.
 *
 * With max_tasks of them at work: the task that made the group parks until there is room, so that a
 * loop over a million things has no more of them at hand than are worked on. For anybody else - a
 * task of the group or below it, a callback, JavaScript - the new task is queued, and begins when
 * it is its turn: so a task that spawns into its own group never waits for itself. Both stand in
 * one line, first come, first served. A task of the group, or below it, that waits for the future
 * of a queued one has that started at once, above the limit, as in a pool.
 *   0: it is a task of the group.
 *   GREEN_ECLOSED: the group takes no more tasks: it has ended, or is being cancelled. The message
 *     says why.
 *   GREEN_ENOMEM, GREEN_EINVAL: it could not begin, which also counts as the failure of a task: who
 *     looks at the outcome of green_group_wait() need not look here.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: interrupted while it waited for room; nothing was started. */
GREEN_API int green_group_spawn(green_group *group, green_function function, void *arg);

/* As green_group_spawn(), with a copy of `size` bytes at `args`, at most 64 KiB, that lives as long
 * as the task. */
GREEN_API int green_group_spawn_copy(green_group *group, green_function function, const void *args,
                                     size_t size);

/* As green_group_spawn(), with a name, a stack size, or a copy of the argument; `options` may be
 * NULL, and a stack size of 0 is the group's. If `out` is not NULL, *out is the task's future with
 * a reference of the caller's, to wait for this one or to cancel it; NULL where this fails. */
GREEN_API int green_group_spawn_with(green_group *group, green_future **out,
                                     green_function function, void *arg,
                                     const green_spawn_options *options);

/* Waits until all tasks of the group have ended, those included that are spawned into it meanwhile;
 * from then on it takes no more. Interrupted, it cancels them, waits until they have ended whatever
 * happens, and then returns the interruption. It may be called again, and by several tasks; once
 * the group has ended it returns at once, on any stack. Parks.
 *   By mode, once all have ended:
 *     GREEN_GROUP_FAIL_FAST, GREEN_GROUP_ALL: 0, or the status of the first that failed, whose
 *       message is the task's.
 *     GREEN_GROUP_FIRST: the status of the first that succeeded, 0 or above; if none has, that of
 *       the first that failed, with its message; GREEN_ECANCELED where all were cancelled;
 *       GREEN_EINVAL where there was no task.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: interrupted; all have ended. (Where the group was decided
 *     before that, the outcome is returned all the same, and a cancel is for the next wait.)
 *     GREEN_ECANCELED also where the group was released meanwhile.
 *   GREEN_EMAIN: tasks run, and this is not a task.
 *   GREEN_EDEADLK: by a task of the group, or of a group below it, which would wait for itself.
 *   GREEN_ENESTED: wasm, a JavaScript frame below. With these three nothing was cancelled. */
GREEN_API int green_group_wait(green_group *group);

/* Cancels the tasks of the group, each as green_cancel() does, once; it takes no more. What they
 * then end with decides what green_group_wait() returns: 0 where all end with GREEN_ECANCELED or
 * succeed. Does not wait. Any stack; never parks.
 *   0, GREEN_EALREADY: it has ended, or is being cancelled. */
GREEN_API int green_group_cancel(green_group *group);

/* Lets go of the group. Tasks that still run are cancelled and, other than most calls of that name,
 * this waits in a task until they have ended, whatever interrupts it; what they have failed with,
 * and nobody has looked at, is told in the log. Where it cannot wait - outside a task, in a task of
 * the group or below it, in wasm with a JavaScript frame below - they end by themselves, later, and
 * what they were lent has to be there until then. NULL is allowed. Parks. */
GREEN_API void green_group_release(green_group *group);

/* ---- reading it: any stack; never parks ------------------------------------------------------ */

/* The group of the running task, which it is good for as long as the task runs; NULL: it is in none
 * (a pool's job, a task of green_spawn()), or this is not a task. */
GREEN_API green_group *green_group_current(void);

/* How many tasks have begun and not ended; how many wait for room. */
GREEN_API size_t green_group_running_count(const green_group *group);
GREEN_API size_t green_group_queued_count(const green_group *group);

/* True as soon as its tasks are cancelled, by whatever. */
GREEN_API bool green_group_is_cancelled(const green_group *group);

/* The future that has decided the group, without a reference of its own, good until the group is
 * released: the first that failed, or with GREEN_GROUP_FIRST the first that succeeded, if one has.
 * NULL: none yet. */
GREEN_API green_future *green_group_first(const green_group *group);

/* The futures of the tasks that have begun, in that order, with GREEN_GROUP_ALL and
 * GREEN_GROUP_FIRST; none otherwise. They are without a reference of their own, and good until the
 * group is released. A failed one that nobody looks at is told in the log, but for those that a
 * success has made unimportant. NULL: there is none at that index. */
GREEN_API size_t green_group_result_count(const green_group *group);
GREEN_API green_future *green_group_result(const green_group *group, size_t index);

/* ---- the block form -------------------------------------------------------------------------- */

/* Makes a group under the name `group` for a block, with the options, or NULL. The block's end is
 * green_group_wait(), whose outcome goes to *status; `continue` leads there too, where the block
 * stands in a loop as well. Left by any other road - break, return, goto, in C++ an exception - the
 * group is released, and *status is GREEN_ECANCELED. If it could not be made the block is passed
 * over, and *status says why. `status` may be NULL. Parks, at its end. */
#define GREEN_GROUP(group, options, status)                                                        \
  for (green_group * group                                                                         \
           __attribute__((cleanup(green__group_leave))) = green__group_enter((options), (status)); \
       group; green__group_end(&group))

/* The macro's own. */
GREEN_API green_group *green__group_enter(const green_group_options *options, int *status);
GREEN_API void green__group_end(green_group **group);
GREEN_API void green__group_leave(green_group **group);

/* As green_group_spawn_with(); drop(arg) is called if there was no memory for the task when it was
 * its turn. For greenio.hpp. */
GREEN_API int green__group_spawn_owned(green_group *group, green_function function, void *arg,
                                       void (*drop)(void *), const green_spawn_options *options);

#ifdef GREENIO_PLACES /* task.h */
#define green_group_spawn(...)      GREEN__PLACED_STATUS(green_group_spawn(__VA_ARGS__))
#define green_group_spawn_copy(...) GREEN__PLACED_STATUS(green_group_spawn_copy(__VA_ARGS__))
#define green_group_spawn_with(...) GREEN__PLACED_STATUS(green_group_spawn_with(__VA_ARGS__))
#endif

GREEN_END
#endif
