/* A script is run by a real task (or job, or call of the host): each operation is first done on the
 * model, then on the core, and then the results are compared, and with them everything else that
 * can be read of the core. */
#include "run.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/greenio.h>

#include "harness.h" /* its counting allocator */
#include "model.h"
#include "virtual_host.h"

enum {
  MOST_RUNS = 32,
  MOST_OPERATIONS = 150,
  MOST_SCOPES = 8,
  HELD = 3,
};

/* One run of a script. It lives here and not on the task's stack, which may be lost. */
struct run {
  int script, call, future, task;
  bool first;
  green_future *held[HELD + 1]; /* references of the present operation */
  green_future *watched; /* a callback's: it is called some time, so this is done some time */
};

struct scope {
  green_scope real;
  uint64_t outer;
  bool shield;
};

static struct {
  struct sequence sequence;
  struct model model;
  bool verbose;
  struct run runs[MOST_RUNS];
  int run_count, operations;
  green_future *real[MODEL_FUTURES]; /* NULL: not to be had any more */
  int slots[SLOTS];
  green_lock locks[LOCKS];
  green_semaphore semaphores[SEMAPHORES];
  green_channel *channels[CHANNELS];
  green_pool *pools[POOLS];
  green_local locals[LOCALS];
  int values[MODEL_LIST]; /* what futures and locals hold points here */
  int value_count, given, dropped, destroyed;
  int items, messages;
  bool over;
} world;

static struct model *const model = &world.model;

void model_diverged(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("FAILED: ");
  vprintf(format, arguments);
  va_end(arguments);
  printf("\n");
  sequence_print(&world.sequence, stdout);
  run_failed();
}

static const int statuses[] = {0, 7, GREEN_ENOENT, GREEN_EIO, GREEN_ECANCELED, GREEN_ETIMEDOUT};

static int status_of(unsigned number) {
  return statuses[number % (sizeof statuses / sizeof *statuses)];
}

/* ---- values ---- */

static void dropped(void *value) {
  (void)value;
  world.dropped++;
}

static void destroyed(void *value) {
  (void)value;
  world.destroyed++;
}

static int new_value(void) {
  return 1 + world.value_count++ % (MODEL_LIST - 1);
}

static void *pointer(int value) {
  return value ? &world.values[value] : NULL;
}

/* ---- looking ---- */

static void look_at_future(int i) {
  const struct model_future *expected = &model->futures[i];
  green_future *real = world.real[i];
  if (!real) return;
  if (green_done(real) != expected->done)
    model_diverged("future %d: done is %d", i, green_done(real));
  if (!expected->done) return;
  if (green_future_status(real) != expected->status)
    model_diverged("future %d: status is %s, expected %s", i,
                   green_status_name(green_future_status(real)),
                   green_status_name(expected->status));
  if (green_future_value(real) != pointer(expected->value))
    model_diverged("future %d: another value than %d", i, expected->value);
  if (expected->status >= 0) return;
  char message[32];
  snprintf(message, sizeof message, "m%d", expected->message);
  const char *wanted = expected->message == NONE ? green_strerror(expected->status)
                       : expected->message < 0   ? "green_pool_submit: the pool was shut down"
                                                 : message;
  if (expected->message == SOME_MESSAGE) return;
  if (strcmp(green_future_message(real), wanted) != 0)
    model_diverged("future %d: message is %s, expected %s", i, green_future_message(real), wanted);
}

static void look_at_lock(int i) {
  int owner = model->locks[i].owner;
  if (green_lock_is_locked(&world.locks[i]) != (owner != NONE))
    model_diverged("lock %d: locked is %d", i, green_lock_is_locked(&world.locks[i]));
  int future = owner == NONE ? NONE : model->tasks[owner].future;
  if (future == NONE || !world.real[future]) return;
  if (green_lock_owner(&world.locks[i]) != world.real[future])
    model_diverged("lock %d: the owner is not task %d", i, owner);
}

static void look_at_channel(int i) {
  const struct model_channel *expected = &model->channels[i];
  size_t length = green_channel_length(world.channels[i]);
  bool closed = green_channel_is_closed(world.channels[i]);
  if (length != (size_t)expected->count || closed != expected->closed)
    model_diverged("channel %d: %zu items, closed %d; expected %d, %d", i, length, closed,
                   expected->count, expected->closed);
}

static void look_at_pool(int i) {
  const struct model_pool *expected = &model->pools[i];
  const green_pool *pool = world.pools[i];
  int workers = green_pool_worker_count(pool), idle = green_pool_idle_count(pool);
  int queued = (int)green_pool_queued_count(pool);
  if (workers != expected->workers || queued != expected->queue.count ||
      idle != model_idlers(model, i) || green_pool_max_workers(pool) != expected->max ||
      green_pool_is_shutdown(pool) != (expected->shutdown != NONE))
    model_diverged("pool %d: %d workers, %d idle, %d queued; expected %d, %d, %d", i, workers, idle,
                   queued, expected->workers, model_idlers(model, i), expected->queue.count);
}

static void look_at_task(void) {
  const struct model_task *task = model->running == NONE ? NULL : &model->tasks[model->running];
  if (green_cancelled() != (task && task->cancelled))
    model_diverged("task %d: cancelled is %d", model->running, green_cancelled());
  if (green_in_worker() != (task && task->job != NONE))
    model_diverged("task %d: in_worker is %d", model->running, green_in_worker());
  green_future *current = task && task->future != NONE ? world.real[task->future] : NULL;
  if ((current && green_current() != current) || (!task && green_current()))
    model_diverged("task %d: current is another future", model->running);
}

static void look(void) {
  for (int i = 0; i < model->future_count; i++) look_at_future(i);
  for (int i = 0; i < LOCKS; i++) look_at_lock(i);
  for (int i = 0; i < SEMAPHORES; i++)
    if (green_semaphore_count(&world.semaphores[i]) != (size_t)model->semaphores[i])
      model_diverged("semaphore %d: %zu, expected %d", i,
                     green_semaphore_count(&world.semaphores[i]), model->semaphores[i]);
  for (int i = 0; i < CHANNELS; i++) look_at_channel(i);
  for (int i = 0; i < POOLS; i++) look_at_pool(i);
  look_at_task();
}

/* ---- one operation ---- */

/* After the model's side: the status, or that the script will park now. */
static int plan(int predicted) {
  if (predicted == PARKS) model_parked(model);
  return predicted;
}

/* After the core's side. */
static void check(const struct run *run, int predicted, int got) {
  if (predicted == PARKS) predicted = model_goes_on(model, run->task);
  if (got != predicted)
    model_diverged("task %d: %s (%d), expected %s (%d)", model->running, green_status_name(got),
                   got, green_status_name(predicted), predicted);
}

static void check_number(const char *what, int got, int expected) {
  if (got != expected) model_diverged("%s: %d, expected %d", what, got, expected);
}

static int slot(unsigned number) {
  return world.slots[number % SLOTS];
}

static green_future *hold(struct run *run, int index, int future) {
  if (future == NONE) return NULL;
  return run->held[index] = green_future_retain(world.real[future]);
}

static void let_go(struct run *run) {
  for (int i = 0; i < HELD + 1; i++) green_future_release(run->held[i]);
  memset(run->held, 0, sizeof run->held);
}

static void keep_in(unsigned number, int future, green_future *real) {
  world.real[future] = real;
  world.slots[number % SLOTS] = future;
}

static void drop_future(int future) {
  for (int i = 0; i < SLOTS; i++)
    if (world.slots[i] == future) world.slots[i] = NONE;
  green_future_release(world.real[future]);
  world.real[future] = NULL;
}

static int run_task(void *arg);
static int run_job(void *arg);
static void run_posted(void *arg);
static void run_callback(green_future *future, void *arg);
static void run_event(void *arg);

static struct run *new_run(unsigned script) {
  if (world.run_count == MOST_RUNS) return NULL;
  struct run *run = &world.runs[world.run_count];
  *run = (struct run){.script = (int)(script % SCRIPTS), .call = world.run_count++, .task = NONE};
  return run;
}

static void cancel_by_rejecting(green_future *future, void *arg) {
  (void)arg;
  green_reject(future, GREEN_ENOENT, NULL);
}

/* a: the script, b: the slot */
static void do_spawn(const struct instruction *in) {
  struct run *run = new_run(in->a);
  if (!run) return;
  int future = model_spawn(model, &run->task);
  keep_in(in->b, future, green_spawn(run_task, run));
}

/* a: the script, b: the slot, c: the pool */
static void do_submit(const struct instruction *in) {
  struct run *run = new_run(in->a);
  if (!run) return;
  run->future = model_submit(model, in->c % POOLS);
  keep_in(in->b, run->future, green_pool_submit(world.pools[in->c % POOLS], run_job, run));
}

static void shut_down(int pool, unsigned number) {
  int future = model_shutdown(model, pool);
  green_future *real = green_pool_shutdown(world.pools[pool]);
  if (world.real[future]) green_future_release(world.real[future]);
  keep_in(number, future, real);
}

/* a: the slot of the future, b: the script */
static void do_on_done(const struct instruction *in) {
  int future = slot(in->a);
  struct run *run = future == NONE ? NULL : new_run(in->b);
  if (!run) return;
  model_on_done(model, future, run->call);
  run->watched = green_future_retain(world.real[future]);
  check_number("on_done", green_future_on_done(world.real[future], run_callback, run), 0);
}

/* a: the script */
static void do_post(const struct instruction *in) {
  struct run *run = new_run(in->a);
  if (!run) return;
  model_post(model, run->call);
  check_number("post", green_post(green_runtime_current(), run_posted, run), 0);
}

/* a: the script, b: milliseconds */
static void do_later(const struct instruction *in) {
  struct run *run = new_run(in->a);
  if (!run) return;
  check_number("hold", green_hold(), 0);
  virtual_later(in->b % 5 * UINT64_C(1000000), run_event, run);
}

/* a: the slot of a future */
static void do_wait(struct run *run, const struct instruction *in, bool join) {
  int future = slot(in->a);
  if (future == NONE) return;
  green_future *real = hold(run, 0, future);
  if (join) {
    hold(run, 1, future); /* for the join to release */
    int predicted = plan(model_join(model, future));
    int got = green_join(real);
    run->held[1] = NULL;
    check(run, predicted, got);
  } else {
    int predicted = plan(model_wait(model, future));
    check(run, predicted, green_wait(real));
  }
  let_go(run);
}

/* a, b, c: the slots of futures */
static void do_wait_several(struct run *run, const struct instruction *in, bool all) {
  int futures[] = {slot(in->a), slot(in->b), slot(in->c)};
  green_future *real[HELD];
  for (int i = 0; i < HELD; i++) real[i] = hold(run, i, futures[i]);
  int predicted =
      plan(all ? model_wait_all(model, futures, HELD) : model_wait_any(model, futures, HELD));
  check(run, predicted, all ? green_wait_all(real, HELD) : green_wait_any(real, HELD));
  let_go(run);
}

/* a, b, c: a case each, by its remainder: receive, send, a future, nothing */
static void do_select(struct run *run, const struct instruction *in) {
  const uint8_t wanted[] = {in->a, in->b, in->c};
  int count = 1 + in->d % MODEL_CASES, items[MODEL_CASES];
  struct model_case expected[MODEL_CASES];
  green_select_case cases[MODEL_CASES];
  memset(cases, 0, sizeof cases);
  for (int i = 0; i < count; i++) {
    unsigned kind = wanted[i] % 4, object = wanted[i] / 4;
    expected[i] = (struct model_case){.object = NONE};
    items[i] = ++world.items;
    cases[i].item = &items[i];
    if (kind == 2) {
      expected[i].operation = cases[i].operation = GREEN_SELECT_FUTURE;
      expected[i].object = slot(object);
      cases[i].future = hold(run, i, expected[i].object);
    } else if (kind < 2) {
      expected[i].operation = cases[i].operation = kind ? GREEN_SELECT_SEND : GREEN_SELECT_RECEIVE;
      expected[i].object = (int)(object % CHANNELS);
      expected[i].value = items[i];
      cases[i].channel = world.channels[object % CHANNELS];
    }
  }
  int predicted = plan(model_select(model, expected, count));
  int got = green_select(cases, (size_t)count);
  check(run, predicted, got);
  if (got >= 0) {
    struct model_task *task = &model->tasks[model->running];
    int status = predicted == PARKS ? task->case_status : expected[got].status;
    check_number("the case's status", cases[got].status, status);
    bool received = cases[got].operation == GREEN_SELECT_RECEIVE && status == 0;
    if (received)
      check_number("the item", items[got],
                   predicted == PARKS ? task->received : expected[got].value);
  }
  let_go(run);
}

/* a: the channel */
static void do_send(struct run *run, const struct instruction *in, bool try) {
  int which = in->a % CHANNELS, item = ++world.items;
  int predicted = try ? model_try_send(model, which, item) : plan(model_send(model, which, item));
  green_channel *channel = world.channels[which];
  check(run, predicted,
        try ? green_channel_try_send(channel, &item) : green_channel_send(channel, &item));
}

static void do_receive(struct run *run, const struct instruction *in, bool try) {
  int which = in->a % CHANNELS, item = 0, expected = 0;
  int predicted = try ? model_try_receive(model, which, &expected)
                      : plan(model_receive(model, which, &expected));
  green_channel *channel = world.channels[which];
  int got = try ? green_channel_try_receive(channel, &item) : green_channel_receive(channel, &item);
  check(run, predicted, got);
  if (got < 0) return;
  if (predicted == PARKS) expected = model->tasks[run->task].received;
  check_number("the item", item, expected);
}

/* a: milliseconds; or a shield */
static void do_enter(struct scope *scope, const struct instruction *in, bool shield) {
  scope->shield = shield;
  scope->outer = FOREVER;
  if (shield) {
    model_shield(model, &scope->outer);
    green_shield_begin(&scope->real);
  } else {
    model_timeout(model, in->a % 4, &scope->outer);
    green_timeout_begin(&scope->real, in->a % 4);
  }
}

static void do_leave(struct scope *scope) {
  model_leave(model, scope->shield, scope->outer);
  green_timeout_end(&scope->real);
}

/* a: the slot; b: the status or the value's kind */
static void do_complete(const struct instruction *in, bool reject) {
  int future = slot(in->a);
  if (future == NONE) return;
  green_future *real = world.real[future];
  int status = status_of(in->b), message = ++world.messages, value = new_value();
  if (status >= 0) status = GREEN_EINVAL;
  if (reject) {
    int predicted = model_complete(model, future, status, 0, message);
    check_number("reject", green_reject(real, status_of(in->b), "m%d", message), predicted);
  } else {
    int predicted = model_complete(model, future, 0, value, NONE);
    world.given++;
    check_number("resolve", green_resolve(real, pointer(value), dropped), predicted);
  }
}

/* a: the key */
static void do_local(const struct instruction *in, bool set) {
  int key = in->a % LOCALS, value = set ? new_value() : 0;
  if (set)
    check_number("local_set", green_local_set(&world.locals[key], pointer(value)),
                 model_set_local(model, key, value));
  if (green_local_get(&world.locals[key]) != pointer(model_get_local(model, key)))
    model_diverged("local %d: another value than %d", key, model_get_local(model, key));
}

static void do_value(void) {
  int value = new_value(), predicted = model_return(model, value);
  world.given++;
  check_number("return", green_return(pointer(value), dropped), predicted);
}

/* a: the status */
static void do_fail(const struct instruction *in) {
  int message = ++world.messages, status = status_of(in->a);
  model_fail(model, status, message);
  check_number("fail", green_fail(status, "m%d", message), status);
}

static void do_something(struct run *run, const struct instruction *in) {
  int which = in->a % LOCKS, pool = in->a % POOLS, future = slot(in->a), predicted;
  switch ((enum operation)in->operation) {
  case DO_yield:
    predicted = plan(model_yield(model));
    check(run, predicted, green_yield());
    break;
  case DO_sleep: /* a: milliseconds */
    predicted = plan(model_sleep(model, in->a % 4));
    check(run, predicted, green_sleep(in->a % 4));
    break;
  case DO_spawn:
    do_spawn(in);
    break;
  case DO_wait:
    do_wait(run, in, false);
    break;
  case DO_join:
    do_wait(run, in, true);
    break;
  case DO_cancel: /* a: the slot */
    if (future == NONE) break;
    predicted = model_cancel(model, future);
    check(run, predicted, green_cancel(world.real[future]));
    break;
  case DO_wait_any:
    do_wait_several(run, in, false);
    break;
  case DO_wait_all:
    do_wait_several(run, in, true);
    break;
  case DO_acquire: /* a: the lock */
    predicted = plan(model_acquire(model, which));
    check(run, predicted, green_lock_acquire(&world.locks[which]));
    break;
  case DO_release:
    predicted = model_release(model, which);
    check(run, predicted, green_lock_release(&world.locks[which]));
    break;
  case DO_take: /* a: the semaphore */
    predicted = plan(model_take(model, in->a % SEMAPHORES));
    check(run, predicted, green_semaphore_acquire(&world.semaphores[in->a % SEMAPHORES]));
    break;
  case DO_try_take:
    predicted = model_try_take(model, in->a % SEMAPHORES);
    check(run, predicted, green_semaphore_try(&world.semaphores[in->a % SEMAPHORES]));
    break;
  case DO_give:
    model_give(model, in->a % SEMAPHORES);
    green_semaphore_release(&world.semaphores[in->a % SEMAPHORES]);
    break;
  case DO_send:
  case DO_try_send:
    do_send(run, in, in->operation == DO_try_send);
    break;
  case DO_receive:
  case DO_try_receive:
    do_receive(run, in, in->operation == DO_try_receive);
    break;
  case DO_close: /* a: the channel, now and then */
    if (in->b % 4) break;
    model_close(model, in->a % CHANNELS);
    green_channel_close(world.channels[in->a % CHANNELS]);
    break;
  case DO_select:
    do_select(run, in);
    break;
  case DO_submit:
    do_submit(in);
    break;
  case DO_set_max: /* a: the pool, b: the maximum */
    model_set_max(model, pool, 1 + in->b % 3);
    check_number("set_max", green_pool_set_max_workers(world.pools[pool], 1 + in->b % 3), 0);
    break;
  case DO_shutdown: /* a: the pool, b: the slot */
    shut_down(pool, in->b);
    break;
  case DO_set_local:
  case DO_get_local:
    do_local(in, in->operation == DO_set_local);
    break;
  case DO_future: { /* a: the slot */
    green_future *made;
    check_number("future_new", green_future_new(&made), 0);
    keep_in(in->a, model_future(model), made);
    break;
  }
  case DO_resolve:
  case DO_reject:
    do_complete(in, in->operation == DO_reject);
    break;
  case DO_on_cancel: /* a: the slot */
    if (future == NONE) break;
    predicted = model_on_cancel(model, future);
    check(run, predicted, green_future_on_cancel(world.real[future], cancel_by_rejecting, NULL));
    break;
  case DO_on_done:
    do_on_done(in);
    break;
  case DO_drop: /* a: the slot */
    if (future != NONE) drop_future(future);
    break;
  case DO_post:
    do_post(in);
    break;
  case DO_later:
    do_later(in);
    break;
  case DO_lag: /* a: milliseconds; between turns, so that no budget of one is spent */
    if (model->in_turn) break;
    virtual_lag(in->a % 5 * UINT64_C(1000000));
    model->now = virtual_now();
    break;
  case DO_fail:
    do_fail(in);
    break;
  case DO_value:
    do_value();
    break;
  case DO_timeout:
  case DO_shield:
  case DO_leave:
  case DO_end:
  case OPERATION_COUNT:
    break;
  }
}

/* ---- scripts ---- */

static void tell(const struct run *run, unsigned index) {
  const struct instruction *in = &world.sequence.instructions[index];
  printf("%8.3f ms  task %2d  script %d  %2u %s %u %u %u %u\n",
         (double)(virtual_now() % 1000000000) / 1e6, run->task, run->script, index,
         operation_name(in->operation), in->a, in->b, in->c, in->d);
  fflush(stdout);
}

/* Its status. Scopes are left by any road, the last one first. */
static int run_script(struct run *run) {
  struct scope scopes[MOST_SCOPES];
  int depth = 0, status = 0;
  look();
  for (unsigned i = 0; i < world.sequence.count; i++) {
    const struct instruction *in = &world.sequence.instructions[i];
    if (in->script != run->script) continue;
    if (world.operations++ >= MOST_OPERATIONS) break;
    if (world.verbose) tell(run, i);
    model->now = virtual_now();
    if (in->operation == DO_end) { /* a: the status */
      status = status_of(in->a);
      break;
    }
    if (in->operation == DO_timeout || in->operation == DO_shield) {
      if (depth < MOST_SCOPES) do_enter(&scopes[depth++], in, in->operation == DO_shield);
    } else if (in->operation == DO_leave) {
      if (depth) do_leave(&scopes[--depth]);
    } else {
      do_something(run, in);
    }
    look();
  }
  while (depth) do_leave(&scopes[--depth]);
  for (int i = 0; run->first && world.sequence.tidy && i < POOLS; i++) shut_down(i, (unsigned)i);
  return status;
}

static int run_task(void *arg) {
  struct run *run = arg;
  model_task_begins(model, run->task);
  int status = run_script(run);
  model_task_ends(model, status);
  return status;
}

static int run_job(void *arg) {
  struct run *run = arg;
  model_job_begins(model, run->future);
  run->task = model->running;
  int status = run_script(run);
  model_task_ends(model, status);
  return status;
}

static void run_posted(void *arg) {
  struct run *run = arg;
  model_posted_begins(model, run->call);
  run_script(run);
  model_call_ends(model);
}

static void run_callback(green_future *future, void *arg) {
  struct run *run = arg;
  if (world.over) return;
  model_callback_begins(model, run->call);
  if (!green_done(future)) model_diverged("a callback of a future that is pending");
  run_script(run);
  model_call_ends(model);
}

static void run_event(void *arg) {
  struct run *run = arg;
  model_event_begins(model);
  run_script(run);
  model_call_ends(model);
  green_unhold();
}

/* ---- the whole ---- */

static void turn(bool fresh) {
  model->now = virtual_now();
  model_turn(model, fresh);
}

static void turned(void) {
  model_turned(model);
}

static void idle(uint64_t armed) {
  model->now = virtual_now();
  model_idle(model, armed);
}

static void stuck(void) {
  model_stuck(model);
}

static void open_world(const struct sequence *sequence, bool verbose) {
  memset(&world, 0, sizeof world);
  world.sequence = *sequence;
  world.verbose = verbose;
  model_begin(model);
  model->now = virtual_now();
  for (int i = 0; i < SLOTS; i++) world.slots[i] = NONE;
  for (int i = 0; i < SEMAPHORES; i++)
    world.semaphores[i] = (green_semaphore)GREEN_SEMAPHORE_INIT((size_t)i);
  for (int i = 0; i < CHANNELS; i++)
    check_number("channel_new", green_channel_new(&world.channels[i], sizeof(int), (size_t)i), 0);
  for (int i = 0; i < POOLS; i++)
    check_number("pool_new",
                 green_pool_new(&world.pools[i], &(green_pool_options){.max_workers = i + 1}), 0);
  for (int i = 0; i < LOCALS; i++) world.locals[i] = (green_local)GREEN_LOCAL_INIT(destroyed);
}

static void ignore_turn(bool fresh) {
  (void)fresh;
}
static void ignore_time(uint64_t armed) {
  (void)armed;
}
static void ignore(void) {}

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

/* A future with a callback lives until it is done. */
static void end_watched(void) {
  static const struct virtual_observer observer = {ignore_turn, ignore, ignore_time, ignore};
  virtual_host_begin(false, &observer);
  world.over = true;
  for (int i = 0; i < world.run_count; i++) {
    green_future *watched = world.runs[i].watched;
    if (watched && !green_done(watched)) green_reject(watched, GREEN_ECLOSED, NULL);
    green_future_release(watched);
  }
  green_run(nothing, NULL);
}

static void close_world(void) {
  end_watched();
  for (int i = 0; i < world.run_count; i++) let_go(&world.runs[i]);
  for (int i = 0; i < model->future_count; i++) green_future_release(world.real[i]);
  for (int i = 0; i < CHANNELS; i++) green_channel_release(world.channels[i]);
  for (int i = 0; i < POOLS; i++) green_pool_release(world.pools[i]);
}

static void check_end(int rc) {
  if (model_live(model)) model_diverged("green_run() is back with %d tasks", model_live(model));
  look();
  check_number("green_run()", rc, model->deadlocks ? GREEN_EDEADLK : model->futures[0].status);
  check_number("destroyed values of locals", world.destroyed, model->destroyed);
}

void run_sequence(const struct sequence *sequence, bool verbose) {
  static const struct virtual_observer observer = {turn, turned, idle, stuck};
  test_allocator_begin(0);
  open_world(sequence, verbose);
  virtual_host_begin(sequence->microtasks, &observer);
  struct run *first = new_run(0);
  first->first = true;
  model_spawn(model, &first->task);
  check_end(green_run(run_task, first));
  close_world();
  size_t bytes, blocks = test_allocator_outstanding(&bytes);
  if (blocks) model_diverged("%zu blocks of %zu bytes are left", blocks, bytes);
  check_number("dropped values", world.dropped, world.given);
}
