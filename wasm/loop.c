/* The event loop of the WebAssembly host, which is JavaScript's; and main, which it parks.
 *
 * C asks for wake-ups through the imports below (greenio.js), each once; the JavaScript part enters
 * through the exports, always on the host's own stack. There is one host a module. */
#include "loop.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>
#include <emscripten/stack.h>
#include <emscripten/threading.h>
#include <greenio/runtime.h>
#include <greenio/status.h>
#include "context.h"

#define NEVER UINT64_MAX

/* By JSPI it comes a microtask after it was resumed, and until then other calls may begin and end. */
enum main_state { MAIN_NONE, MAIN_RUNS, MAIN_PARKED, MAIN_COMES };

struct green__host {
  struct green_runtime *runtime;
  uint64_t due;
};

static struct green__host host = {.due = NEVER};
static uint64_t armed = NEVER;    /* when JavaScript's timer fires */
static bool microtask, macrotask; /* JavaScript was asked to call green__js_turn() in one */
/* JavaScript is in a call of C that runs a turn itself when it ends; a turn is wanted then. */
static bool in_entry, turn_wanted;
static enum main_state main_state;
static bool main_due;
static struct green__context main_context;

extern char __heap_base; /* of the linker's */

/* ---- the contract ---------------------------------------------------------------------------- */

int green__host_open(struct green__host **out, struct green_runtime *runtime) {
  int rc = green__switch_open();
  if (rc < 0) return rc;
  green__hooks = green__js_open(&green__import_depth, emscripten_stack_get_base(),
                                emscripten_stack_get_end(), (uintptr_t)&__heap_base);
  green__context_self_test();
  host.runtime = runtime;
  *out = &host;
  return 0;
}

void green__host_close(struct green__host *closed) {
  green__host_timer(closed, NEVER);
  green__js_keep(false);
  closed->runtime = NULL;
}

uint64_t green__host_now(void) {
  return (uint64_t)(green__js_now() * 1e6);
}

uint64_t green__host_now_often(void) {
  return green__host_now();
}

void green__host_wake(struct green__host *woken, bool after_loop) {
  (void)woken;
  if (in_entry && !after_loop) {
    turn_wanted = true;
    return;
  }
  bool *asked = after_loop ? &macrotask : &microtask;
  if (*asked) return;
  *asked = true;
  green__js_wake(after_loop);
}

#ifdef __EMSCRIPTEN_PTHREADS__
static void wake_here(void) {
  green__host_wake(&host, false);
}

/* JavaScript's imports belong to a thread each. */
void green__host_post(struct green__host *posted) {
  if (emscripten_is_main_runtime_thread())
    green__host_wake(posted, false);
  else
    emscripten_async_run_in_main_runtime_thread(EM_FUNC_SIG_V, wake_here);
}
#else
void green__host_post(struct green__host *posted) {
  green__host_wake(posted, false);
}
#endif

static void arm(uint64_t due) {
  uint64_t now = green__host_now();
  armed = due;
  green__js_timer(due > now ? ceil((double)(due - now) / 1e6) : 0);
}

/* A timer that is armed for an earlier time stays: when it fires, it is armed again. */
void green__host_timer(struct green__host *timed, uint64_t due) {
  timed->due = due;
  if (due == NEVER) {
    if (armed != NEVER) green__js_timer(-1);
    armed = NEVER;
  } else if (due < armed) {
    arm(due);
  }
}

void green__host_keep(struct green__host *kept, bool keep) {
  (void)kept;
  green__js_keep(keep);
}

int green__host_watch(struct green__host *watched, uint64_t limit) {
  (void)watched, (void)limit;
  return GREEN_ENOTSUP;
}

int green__host_can_run(struct green__host *run) {
  (void)run;
  return main_state == MAIN_RUNS && green__import_depth == main_context.depth ? 0 : GREEN_ENESTED;
}

void green__host_run(struct green__host *run) {
  (void)run;
  main_state = MAIN_PARKED;
  green__context_park(&main_context);
  main_state = MAIN_RUNS;
}

void green__host_stop(struct green__host *stopped) {
  (void)stopped;
  main_due = main_state == MAIN_PARKED;
}

/* ---- entries from JavaScript ----------------------------------------------------------------- */

/* By JSPI a turn may be under way where nothing runs. */
static int nothing(void) {
  bool under_way = host.runtime && green__beat_in_turn(green__beat(host.runtime));
  return under_way ? GREEN__UNDER_WAY : GREEN__NOTHING;
}

int green__loop_answer(void) {
  if (!main_due) return nothing();
  main_due = false;
  main_state = MAIN_COMES;
  return GREEN__RESUME_MAIN;
}

int green__loop_go_on(void) {
  if (host.runtime) green__turn_go_on(host.runtime);
  return green__loop_answer();
}

static int turn(bool fresh) {
  if (!host.runtime) return GREEN__NOTHING;
  green__turn(host.runtime, fresh);
  return green__loop_answer();
}

int green__js_turn(bool after_loop) {
  *(after_loop ? &macrotask : &microtask) = false;
  return turn(after_loop);
}

int green__js_timer_fired(void) {
  armed = NEVER;
  if (host.due == NEVER) return GREEN__NOTHING;
  if (green__host_now() >= host.due) return turn(true);
  arm(host.due);
  return GREEN__NOTHING;
}

void green__loop_entered(void) {
  in_entry = true;
}

int green__loop_left(void) {
  in_entry = false;
  if (!turn_wanted) return nothing();
  turn_wanted = false;
  return turn(false);
}

int green__js_lost(int status, const char *message) {
  in_entry = turn_wanted = false;
  if (!host.runtime) return GREEN__NOBODY;
  bool told = green__task_lost(host.runtime, status, message);
  green__host_wake(&host, false);
  return told ? green__loop_answer() : GREEN__NOBODY;
}

static void find_newest(const green_report_entry *entry, void *newest) {
  if (entry->id > *(unsigned long *)newest) *(unsigned long *)newest = entry->id;
}

static unsigned long newest_task(void) {
  unsigned long newest = 0;
  if (host.runtime) green_report_each(find_newest, &newest);
  return newest;
}

int green__js_stuck(void) {
  if (!newest_task()) return GREEN__STUCK_NONE;
  return main_state == MAIN_PARKED ? GREEN__STUCK_IN_RUN : GREEN__STUCK_ALONE;
}

int green__js_end_deadlock(void) {
  static unsigned long cancelled; /* tasks up to this one */
  if (main_state == MAIN_PARKED) {
    main_due = true; /* green_run() goes on, and sees tasks */
  } else {
    unsigned long newest = newest_task();
    green__end_deadlock(host.runtime, newest <= cancelled);
    cancelled = newest;
  }
  return green__loop_answer();
}

void green__js_flush(bool has_files) {
  fflush(NULL);
  if (!has_files) return; /* -sFILESYSTEM=0, without which there is no fsync() */
  fsync(1);               /* Emscripten's terminal keeps a line until it ends */
  fsync(2);
}

/* ---- main ------------------------------------------------------------------------------------ */

struct green__context *green__main_context(void) {
  return &main_context;
}

void green__main_returned(void) {
  main_state = MAIN_NONE;
}

struct green__context *green__js_main(void) {
  main_context.depth = green__import_depth;
  main_context.low = main_context.saved = (char *)emscripten_stack_get_end();
  main_context.top = emscripten_stack_get_base();
  main_context.used = 0;
  main_state = MAIN_RUNS;
  return &main_context;
}
