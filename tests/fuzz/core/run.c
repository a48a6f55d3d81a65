/* A script is run by a real task (or job, or call of the host): each operation is first done on the
 * model, then on the core, and then the results are compared, and with them everything else that
 * can be read of the core. */
#include "run_parts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h" /* its counting allocator */
#include "virtual_host.h"

struct world world;

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

static void destroyed(void *value) {
  (void)value;
  world.destroyed++;
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
  run__look();
  for (unsigned i = 0; i < world.sequence.count; i++) {
    const struct instruction *in = &world.sequence.instructions[i];
    if (in->script != run->script) continue;
    if (world.operations++ >= MOST_OPERATIONS) break;
    if (world.verbose) tell(run, i);
    model->now = virtual_now();
    if (in->operation == DO_end) { /* a: the status */
      status = run__status_of(in->a);
      break;
    }
    if (in->operation == DO_timeout || in->operation == DO_shield) {
      if (depth < MOST_SCOPES) run__enter(&scopes[depth++], in, in->operation == DO_shield);
    } else if (in->operation == DO_leave) {
      if (depth) run__leave(&scopes[--depth]);
    } else {
      run__do(run, in);
    }
    run__look();
  }
  while (depth) run__leave(&scopes[--depth]);
  for (int i = 0; run->first && world.sequence.tidy && i < POOLS; i++)
    run__shut_down(i, (unsigned)i);
  return status;
}

int run__task(void *arg) {
  struct run *run = arg;
  model_task_begins(model, run->task);
  int status = run_script(run);
  model_task_ends(model, status);
  return status;
}

int run__job(void *arg) {
  struct run *run = arg;
  model_job_begins(model, run->future);
  run->task = model->running;
  int status = run_script(run);
  model_task_ends(model, status);
  return status;
}

int run__member(void *arg) {
  struct run *run = arg;
  model_member_begins(model, run->future);
  run->task = model->running;
  int status = run_script(run);
  model_task_ends(model, status);
  return status;
}

void run__posted(void *arg) {
  struct run *run = arg;
  model_posted_begins(model, run->call);
  run_script(run);
  model_call_ends(model);
}

void run__callback(green_future *future, void *arg) {
  struct run *run = arg;
  if (world.over) return;
  model_callback_begins(model, run->call);
  if (!green_done(future)) model_diverged("a callback of a future that is pending");
  run_script(run);
  model_call_ends(model);
}

void run__event(void *arg) {
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
  for (int i = 0; i < GROUPS; i++) world.groups[i].model = NONE;
  for (int i = 0; i < SEMAPHORES; i++)
    world.semaphores[i] = (green_semaphore)GREEN_SEMAPHORE_INIT((size_t)i);
  for (int i = 0; i < CHANNELS; i++)
    run__check_number("channel_new", green_channel_new(&world.channels[i], sizeof(int), (size_t)i),
                      0);
  for (int i = 0; i < POOLS; i++)
    run__check_number("pool_new",
                      green_pool_new(&world.pools[i], &(green_pool_options){.max_workers = i + 1}),
                      0);
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
  for (int i = 0; i < world.run_count; i++) run__let_go(&world.runs[i]);
  for (int i = 0; i < model->future_count; i++) green_future_release(world.real[i]);
  for (int i = 0; i < CHANNELS; i++) green_channel_release(world.channels[i]);
  for (int i = 0; i < GROUPS; i++)
    if (world.groups[i].model != NONE) green_group_release(world.groups[i].real);
  for (int i = 0; i < POOLS; i++) green_pool_release(world.pools[i]);
}

static void check_end(int rc) {
  if (model_live(model)) model_diverged("green_run() is back with %d tasks", model_live(model));
  run__look();
  run__check_number("green_run()", rc, model->deadlocks ? GREEN_EDEADLK : model->futures[0].status);
  run__check_number("destroyed values of locals", world.destroyed, model->destroyed);
}

void run_sequence(const struct sequence *sequence, bool verbose) {
  static const struct virtual_observer observer = {turn, turned, idle, stuck};
  test_allocator_begin(0);
  open_world(sequence, verbose);
  virtual_host_begin(sequence->microtasks, &observer);
  struct run *first = run__new(0);
  first->first = true;
  model_spawn(model, &first->task);
  check_end(green_run(run__task, first));
  close_world();
  size_t bytes, blocks = test_allocator_outstanding(&bytes);
  if (blocks) model_diverged("%zu blocks of %zu bytes are left", blocks, bytes);
  run__check_number("dropped values", world.dropped, world.given);
}
