/* One operation: first on the model, then on the core, and then the results are compared. */
#include "run_parts.h"

#include <string.h>

#include "virtual_host.h"

static const int statuses[] = {0, 7, GREEN_ENOENT, GREEN_EIO, GREEN_ECANCELED, GREEN_ETIMEDOUT};

int run__status_of(unsigned number) {
  return statuses[number % (sizeof statuses / sizeof *statuses)];
}

static void dropped(void *value) {
  (void)value;
  world.dropped++;
}

static int new_value(void) {
  return 1 + world.value_count++ % (MODEL_LIST - 1);
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

static int slot(unsigned number) {
  return world.slots[number % SLOTS];
}

static green_future *hold(struct run *run, int index, int future) {
  if (future == NONE) return NULL;
  return run->held[index] = green_future_retain(world.real[future]);
}

void run__let_go(struct run *run) {
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

struct run *run__new(unsigned script) {
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
  struct run *run = run__new(in->a);
  if (!run) return;
  int future = model_spawn(model, &run->task);
  keep_in(in->b, future, green_spawn(run__task, run));
}

/* a: the script, b: the slot, c: the pool */
static void do_submit(const struct instruction *in) {
  struct run *run = run__new(in->a);
  if (!run) return;
  run->future = model_submit(model, in->c % POOLS);
  keep_in(in->b, run->future, green_pool_submit(world.pools[in->c % POOLS], run__job, run));
}

/* a: the slot of the group, b: its mode, c: how many at once */
static void do_open_group(const struct instruction *in) {
  int slot = in->a % GROUPS, mode = in->b % 3, max = in->c % 3;
  if (world.groups[slot].model != NONE) return;
  world.groups[slot].model = model_group_new(model, mode, max);
  if (world.groups[slot].model == NONE) return;
  green_group_options options = {.mode = (green_group_mode)mode, .max_tasks = max};
  run__check_number("group_new", green_group_new(&world.groups[slot].real, &options), 0);
}

/* a: the script, b: the slot of the future, c: that of the group */
static void do_group_spawn(struct run *run, const struct instruction *in) {
  int which = world.groups[in->c % GROUPS].model;
  struct run *member = which == NONE ? NULL : run__new(in->a);
  if (!member) return;
  green_group *group = world.groups[in->c % GROUPS].real;
  green_future *real;
  int predicted = plan(model_group_spawn(model, which, &member->future));
  int got = green_group_spawn_with(group, &real, run__member, member, NULL);
  check(run, predicted, got);
  if (got == 0) keep_in(in->b, member->future, real);
  if (got < 0 && real) model_diverged("a group that refuses gives a future");
}

/* a: the slot of the group */
static void do_group_wait(struct run *run, const struct instruction *in) {
  int which = world.groups[in->a % GROUPS].model;
  if (which == NONE) return;
  int predicted = plan(model_group_wait(model, which));
  check(run, predicted, green_group_wait(world.groups[in->a % GROUPS].real));
}

static void do_group_cancel(struct run *run, const struct instruction *in) {
  int which = world.groups[in->a % GROUPS].model;
  if (which == NONE) return;
  int predicted = model_group_cancel(model, which);
  check(run, predicted, green_group_cancel(world.groups[in->a % GROUPS].real));
}

static void do_group_release(struct run *run, const struct instruction *in) {
  int which = world.groups[in->a % GROUPS].model;
  if (which == NONE) return;
  green_group *real = world.groups[in->a % GROUPS].real;
  world.groups[in->a % GROUPS].model = NONE;
  int predicted = plan(model_group_release(model, which));
  green_group_release(real);
  check(run, predicted, 0);
}

void run__shut_down(int pool, unsigned number) {
  int future = model_shutdown(model, pool);
  green_future *real = green_pool_shutdown(world.pools[pool]);
  if (world.real[future]) green_future_release(world.real[future]);
  keep_in(number, future, real);
}

/* a: the slot of the future, b: the script */
static void do_on_done(const struct instruction *in) {
  int future = slot(in->a);
  struct run *run = future == NONE ? NULL : run__new(in->b);
  if (!run) return;
  model_on_done(model, future, run->call);
  run->watched = green_future_retain(world.real[future]);
  run__check_number("on_done", green_future_on_done(world.real[future], run__callback, run), 0);
}

/* a: the script */
static void do_post(const struct instruction *in) {
  struct run *run = run__new(in->a);
  if (!run) return;
  model_post(model, run->call);
  run__check_number("post", green_post(green_runtime_current(), run__posted, run), 0);
}

/* a: the script, b: milliseconds */
static void do_later(const struct instruction *in) {
  struct run *run = run__new(in->a);
  if (!run) return;
  run__check_number("hold", green_hold(), 0);
  virtual_later(in->b % 5 * UINT64_C(1000000), run__event, run);
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
  run__let_go(run);
}

/* a, b, c: the slots of futures */
static void do_wait_several(struct run *run, const struct instruction *in, bool all) {
  int futures[] = {slot(in->a), slot(in->b), slot(in->c)};
  green_future *real[HELD];
  for (int i = 0; i < HELD; i++) real[i] = hold(run, i, futures[i]);
  int predicted =
      plan(all ? model_wait_all(model, futures, HELD) : model_wait_any(model, futures, HELD));
  check(run, predicted, all ? green_wait_all(real, HELD) : green_wait_any(real, HELD));
  run__let_go(run);
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
    run__check_number("the case's status", cases[got].status, status);
    bool received = cases[got].operation == GREEN_SELECT_RECEIVE && status == 0;
    if (received)
      run__check_number("the item", items[got],
                        predicted == PARKS ? task->received : expected[got].value);
  }
  run__let_go(run);
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
  run__check_number("the item", item, expected);
}

/* a: milliseconds; or a shield */
void run__enter(struct scope *scope, const struct instruction *in, bool shield) {
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

void run__leave(struct scope *scope) {
  model_leave(model, scope->shield, scope->outer);
  green_timeout_end(&scope->real);
}

/* a: the slot; b: the status or the value's kind */
static void do_complete(const struct instruction *in, bool reject) {
  int future = slot(in->a);
  if (future == NONE) return;
  green_future *real = world.real[future];
  int status = run__status_of(in->b), message = ++world.messages, value = new_value();
  if (status >= 0) status = GREEN_EINVAL;
  if (reject) {
    int predicted = model_complete(model, future, status, 0, message);
    run__check_number("reject", green_reject(real, run__status_of(in->b), "m%d", message),
                      predicted);
  } else {
    int predicted = model_complete(model, future, 0, value, NONE);
    world.given++;
    run__check_number("resolve", green_resolve(real, run__pointer(value), dropped), predicted);
  }
}

/* a: the key */
static void do_local(const struct instruction *in, bool set) {
  int key = in->a % LOCALS, value = set ? new_value() : 0;
  if (set)
    run__check_number("local_set", green_local_set(&world.locals[key], run__pointer(value)),
                      model_set_local(model, key, value));
  if (green_local_get(&world.locals[key]) != run__pointer(model_get_local(model, key)))
    model_diverged("local %d: another value than %d", key, model_get_local(model, key));
}

static void do_value(void) {
  int value = new_value(), predicted = model_return(model, value);
  world.given++;
  run__check_number("return", green_return(run__pointer(value), dropped), predicted);
}

/* a: the status */
static void do_fail(const struct instruction *in) {
  int message = ++world.messages, status = run__status_of(in->a);
  model_fail(model, status, message);
  run__check_number("fail", green_fail(status, "m%d", message), status);
}

void run__do(struct run *run, const struct instruction *in) {
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
    run__check_number("set_max", green_pool_set_max_workers(world.pools[pool], 1 + in->b % 3), 0);
    break;
  case DO_shutdown: /* a: the pool, b: the slot */
    run__shut_down(pool, in->b);
    break;
  case DO_set_local:
  case DO_get_local:
    do_local(in, in->operation == DO_set_local);
    break;
  case DO_future: { /* a: the slot */
    green_future *made;
    run__check_number("future_new", green_future_new(&made), 0);
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
  case DO_open_group:
    do_open_group(in);
    break;
  case DO_group_spawn:
    do_group_spawn(run, in);
    break;
  case DO_group_wait:
    do_group_wait(run, in);
    break;
  case DO_group_cancel:
    do_group_cancel(run, in);
    break;
  case DO_group_release:
    do_group_release(run, in);
    break;
  case DO_timeout:
  case DO_shield:
  case DO_leave:
  case DO_end:
  case OPERATION_COUNT:
    break;
  }
}
