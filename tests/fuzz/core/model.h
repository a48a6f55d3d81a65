/* The model: what the core must do, written to be read and not to be fast.
 *
 * Tasks are records without stacks. Every operation is a function that says what it gives, or
 * PARKS; what ends a wait looks for the tasks that wait by going through all of them, the one that
 * began first has the lowest ticket. The model knows nothing of how the core keeps its queues,
 * timers and pools, and shares no code with it.
 *
 * It runs beside the core, step by step. It is told when a turn begins and what the running script
 * does, and says at any time what must happen next: which task goes on and with what result, which
 * callback is called, or that the turn is over (`expected`). Who sees something else calls
 * model_diverged().
 */
#ifndef GREENIO_TESTS_FUZZ_MODEL_H
#define GREENIO_TESTS_FUZZ_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <greenio/channel.h>

#include "sequence.h"

enum {
  MODEL_TASKS = 128,
  MODEL_FUTURES = 192,
  MODEL_LIST = 192,
  MODEL_CALLBACKS = 40, /* of one future */
  MODEL_CASES = 3,
  MODEL_GROUPS = 16,
  NONE = -1, /* no task, no future; the host's own stack runs */
  PARKS = INT32_MIN,
};

#define FOREVER UINT64_MAX

enum model_expected { NOTHING, A_TASK, A_POSTED_CALL, A_CALLBACK, THE_END_OF_THE_TURN };
enum model_state { UNUSED, READY, RUNNING, WAITING, ENDED };

/* What a task does when it goes on. */
enum model_step {
  BEGIN_TASK,
  BEGIN_LENT,
  BEGIN_WORKER,
  END_IDLING,
  END_PLAIN, /* the wait's outcome is the operation's result */
  END_WAIT,
  END_JOIN,
  END_JOIN_SHIELDED,
  END_ANY,
  END_ALL,
  END_SELECT,
  END_PLACE, /* in a group */
  END_GROUP,
  END_GROUP_SHIELDED,
  END_GROUP_RELEASE,
};

enum model_thing {
  A_FUTURE,
  A_LOCK,
  A_SEMAPHORE,
  A_SENDER,
  A_RECEIVER,
  AN_IDLER,
  A_PLACE,
  A_GROUP
};

struct model_wait { /* a place in one queue */
  enum model_thing thing;
  int object, index, value;
  unsigned long ticket;
};

/* Messages that a task keeps; what is not a number of model_fail(): the status's own is NONE. */
#define MODEL_MESSAGES  8
#define MESSAGE_OF_POOL (-2)
#define SOME_MESSAGE    (-3) /* greenio's own words, which are not looked at */

struct model_task {
  enum model_state state;
  enum model_step step;
  int future; /* its own or its job's */
  int pool;
  bool lent;
  int job;
  int group;
  bool asked; /* cancelled by its future or its group */

  struct model_wait waits[MODEL_CASES];
  int wait_count;
  bool sleeping;
  uint64_t wakes_at;
  unsigned long sleep_order;
  int woken, woken_index, received;

  int result, case_status; /* of the operation, once it goes on */
  int wanted[MODEL_CASES], position, failed;

  int shield;
  bool cancel_pending, cancelled;
  uint64_t deadline;
  bool deadline_set;
  unsigned long deadline_order;

  struct {
    int status, message;
  } left[MODEL_MESSAGES]; /* the newest first, one a status */
  int left_count, failed_future, value, locals[LOCALS];
};

struct model_future {
  bool used, done;
  enum { PLAIN, OF_TASK, OF_JOB } kind;
  bool asked, has_canceller;
  int task, pool;
  bool queued; /* a job */
  int group;   /* of a task that waits in line */
  bool waited; /* by the group's maker */
  bool cancelled;
  int status, value, message;
  int callbacks[MODEL_CALLBACKS], callback_count;
};

struct model_list {
  int at[MODEL_LIST], count;
};

struct model_lock {
  int owner;
  bool abandoned;
  unsigned long since;
};

struct model_channel {
  bool closed;
  int capacity, items[8], count;
};

struct model_pool {
  int max, workers, lent, shutdown;
  struct model_list queue;
};

struct model_group {
  int mode, max, maker, outer;
  bool began, closed, cancelled, released, ended;
  struct model_list members, line, results; /* tasks; futures */
  int failed, succeeded;
};

struct model {
  enum model_expected expected;
  int running; /* the task that is to run or runs */
  bool in_turn, calling;
  bool ready_phase; /* of the turn */
  int spent;

  struct model_task tasks[MODEL_TASKS];
  int task_count;
  struct model_future futures[MODEL_FUTURES];
  int future_count;
  struct model_list ready, posted, posting, callbacks;
  struct model_lock locks[LOCKS];
  int semaphores[SEMAPHORES];
  struct model_channel channels[CHANNELS];
  struct model_pool pools[POOLS];
  struct model_group groups[MODEL_GROUPS];
  int group_count;
  unsigned long tickets, orders;
  int destroyed; /* values of locals */
  int deadlocks;
  uint64_t now;
};

void model_begin(struct model *model);
_Noreturn void model_diverged(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- what happens ---- */

void model_turn(struct model *model, bool fresh);
void model_turned(struct model *model);
void model_idle(struct model *model, uint64_t armed);
void model_stuck(struct model *model);

/* A script begins: as a task, as a job, as a call of the host. */
void model_task_begins(struct model *model, int task);
void model_job_begins(struct model *model, int future);
void model_member_begins(struct model *model, int future);
void model_posted_begins(struct model *model, int call);
void model_callback_begins(struct model *model, int call);
void model_event_begins(struct model *model);
/* It ends; the operation that parked goes on: its result. */
void model_task_ends(struct model *model, int status);
void model_call_ends(struct model *model);
int model_goes_on(struct model *model, int task);

int model_idlers(const struct model *model, int pool);
int model_live(const struct model *model);

/* ---- operations of the running script: a status, or PARKS ----
 *
 * After PARKS the script stops, and model_parked() finds what comes next. */
void model_parked(struct model *model);

int model_yield(struct model *model);
int model_sleep(struct model *model, unsigned milliseconds);
int model_spawn(struct model *model, int *task); /* the future */
int model_wait(struct model *model, int future);
int model_join(struct model *model, int future);
int model_cancel(struct model *model, int future);
int model_wait_any(struct model *model, const int *futures, int count);
int model_wait_all(struct model *model, const int *futures, int count);
void model_timeout(struct model *model, unsigned milliseconds, uint64_t *outer);
void model_shield(struct model *model, uint64_t *outer);
void model_leave(struct model *model, bool shield, uint64_t outer);

int model_acquire(struct model *model, int lock);
int model_release(struct model *model, int lock);
int model_take(struct model *model, int semaphore);
int model_try_take(struct model *model, int semaphore);
void model_give(struct model *model, int semaphore);

int model_send(struct model *model, int channel, int value);
int model_receive(struct model *model, int channel, int *value);
int model_try_send(struct model *model, int channel, int value);
int model_try_receive(struct model *model, int channel, int *value);
void model_close(struct model *model, int channel);

struct model_case {
  enum green_select_operation operation;
  int object, value; /* object: NONE is never ready; value: to be sent, or received */
  int status;
};
int model_select(struct model *model, struct model_case *cases, int count);

int model_submit(struct model *model, int pool); /* the future */
void model_set_max(struct model *model, int pool, int max);
int model_shutdown(struct model *model, int pool); /* the future */

int model_group_new(struct model *model, int mode, int max); /* the group; NONE: no more of them */
int model_group_spawn(struct model *model, int group, int *future); /* *future: NONE, refused */
int model_group_wait(struct model *model, int group);
int model_group_cancel(struct model *model, int group);
int model_group_release(struct model *model, int group);
int model_group_first(const struct model *model, int group); /* a future */
int model_group_queued(struct model *model, int group);
bool model_group_inside(const struct model *model, int group); /* the running script */

int model_future(struct model *model);
int model_complete(struct model *model, int future, int status, int value, int message);
int model_on_cancel(struct model *model, int future);
void model_on_done(struct model *model, int future, int call);
void model_post(struct model *model, int call);

int model_set_local(struct model *model, int key, int value);
int model_get_local(const struct model *model, int key);
void model_fail(struct model *model, int status, int message);
int model_return(struct model *model, int value);

#endif
