/* The C side of host.test.mjs: a program, whose first argument says what it does. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <emscripten.h>
#include <greenio/greenio.h>
#include <greenio/js.h>

/* clang-format off */
GREEN_JS(never, (void), { await new Promise(() => {}); })
EM_JS(int, call_back, (void), { return _run_again(); });
EM_JS(void, throw_error, (void), { throw new Error("out of main"); });
EM_JS(void, exit_later, (void), { setTimeout(() => _leave(6), 5); });
EM_JS(void, meet_later, (void), { Promise.resolve().then(() => Module['met'](Module['green'])); });
EM_JS(void, wake_later, (green_future *future), { setTimeout(() => _wake(future), 20); });
/* clang-format on */

static void bye(void) {
  printf("bye");
}

static int sleeper(void *arg) {
  green_sleep(5);
  printf("%s slept\n", (const char *)arg);
  return 3;
}

static int wait_for_ever(void *arg) {
  (void)arg;
  green_future *future = never();
  return green_join(future);
}

/* What a deadlock leaves them: a cancel, and then nothing. */
static int gives_up(void *arg) {
  int rc = wait_for_ever(arg);
  printf("%s: %s\n", (const char *)arg, green_status_name(rc));
  GREEN_SHIELD {
    green_sleep(2);
  }
  printf("%s has cleaned up\n", (const char *)arg);
  return rc;
}
static int never_gives_up(void *arg) {
  for (;;) wait_for_ever(arg);
}

static int deadlocking(void *arg) {
  green_spawn_options options = {.name = "stubborn"};
  green_future *stubborn = green_spawn_with(never_gives_up, arg, &options);
  green_future *meek = green_spawn(gives_up, "meek");
  int rc = gives_up("first");
  green_future_release(stubborn);
  green_future_release(meek);
  return rc;
}

static int leaving(void *arg) {
  (void)arg;
  green_sleep(1);
  printf("leaving\n");
  exit(5);
}

static int trapping(void *arg) {
  (void)arg;
  green_yield();
  __builtin_trap();
}

static int aborting(void *arg) {
  (void)arg;
  green_yield();
  abort();
}

/* Through a pointer, so that no compiler makes it a loop. */
static int descend(void *arg);
static int (*volatile descend_pointer)(void *) = descend;
static int descend(void *arg) {
  return descend_pointer(arg) + 1;
}
static int dig(void *arg) {
  green_yield(); /* the others park meanwhile */
  return descend(arg);
}

/* A task that is parked while another ends by a trap, and goes on behind it. */
static int outlast(void *victim) {
  green_wait(victim);
  return sleeper("the other");
}

static int meet_end(const char *what, green_future *victim) {
  green_future *other = green_spawn(outlast, victim);
  printf("%s: %s\n", what, green_status_name(green_wait(victim)));
  int rc = green_join(other);
  green_future_release(victim);
  return rc;
}

static int overflowing(void *arg) {
  green_spawn_options roomy = {.name = "digger", .stack_size = 16 << 20};
  return meet_end(arg, green_spawn_with(dig, NULL, &roomy));
}

static int trapped(void *arg) {
  return meet_end(arg, green_spawn(trapping, NULL));
}

static int wait_signal(void *arg) {
  green_future *future;
  int rc = green_signal(&future, SIGTERM);
  if (rc < 0) return rc;
  if (strcmp(arg, "cancel") == 0) {
    green_cancel(future);
    if (green_wait(future) != GREEN_ECANCELED) return 1;
  }
  printf("ready\n");
  GREEN_TIMEOUT(20000) { /* a signal does not keep the program alive */
    rc = strcmp(arg, "cancel") == 0 ? green_sleep(20000) : green_wait(future);
  }
  green_future_release(future);
  printf("signal: %d\n", rc);
  return rc;
}

static int fail(void *arg) {
  return green_fail(GREEN_EIO, "%s", (const char *)arg);
}

/* Leaves a failed future behind that nobody looks at, and ends in one of three ways. */
static int leave_unseen(void *arg) {
  green_spawn_options options = {.name = "download"};
  green_future *never = NULL;
  green_spawn_with(fail, "half way", &options);
  int rc = green_sleep(1);
  if (rc == 0 && strcmp(arg, "exit") == 0) exit(5);
  if (rc == 0 && strcmp(arg, "wait") == 0) rc = green_future_new(&never);
  return never ? green_join(never) : rc;
}

EMSCRIPTEN_KEEPALIVE int spawn_unseen(void) {
  green_spawn_options options = {.name = "download"};
  green_spawn_with(fail, "half way", &options);
  return 0;
}

/* One that runs, and one that has ended; what is begun behind them is not theirs. */
static int release_twice(void *arg) {
  green_spawn_options running = {.name = "running"}, ended = {.name = "ended"};
  green_future *a = green_spawn_with(sleeper, arg, &running);
  green_future *b = green_spawn_with(sleeper, arg, &ended);
  green_join(green_future_retain(b));
  green_future_release(b);
  green_future_release(b);
  green_future_release(a);
  green_future_release(a);
  return green_join(green_spawn(sleeper, "the next"));
}

static int forget_pool(void *arg) {
  green_pool *pool;
  int rc = green_pool_new(&pool, &(green_pool_options){.max_workers = 1});
  return rc < 0 ? rc : green_join(green_pool_submit(pool, sleeper, arg));
}

static int run_in_task(void *arg) {
  printf("in a task: %s\n", green_status_name(green_run(sleeper, arg)));
  return 0;
}

EMSCRIPTEN_KEEPALIVE void wake(green_future *future) {
  green_resolve(future, NULL, NULL);
}

static int held(void *arg) {
  (void)arg;
  green_future *future;
  if (green_future_new(&future) < 0) return 1;
  green_hold();
  wake_later(future);
  int rc = green_join(future);
  green_unhold();
  printf("woken\n");
  return rc;
}

EMSCRIPTEN_KEEPALIVE int wait_in_vain(int kind) {
  if (kind == 0) return wait_for_ever(NULL);
  if (kind == 1) return never_gives_up(NULL);
  int rc = wait_for_ever(NULL);
  return rc == GREEN_ECANCELED ? 7 : rc;
}
/* A task that nobody waits for. */
EMSCRIPTEN_KEEPALIVE void spawn_waiter(void) {
  green_spawn_options options = {.name = "orphan"};
  green_future_release(green_spawn_with(wait_for_ever, NULL, &options));
}
EMSCRIPTEN_KEEPALIVE int run_again(void) {
  return green_run(sleeper, "again");
}
EMSCRIPTEN_KEEPALIVE void leave(int status) {
  exit(status);
}
EMSCRIPTEN_KEEPALIVE int add(int a, int b) {
  green_sleep(1);
  return a + b;
}

EMSCRIPTEN_KEEPALIVE int negate(int number) {
  return -number;
}

/* JavaScript is called back when this task has ended, and green_run() is about to return. */
static int end_before_calls(void *arg) {
  int rc = green_sleep(1);
  (void)arg;
  meet_later();
  return rc;
}

static void throw_in_callback(green_future *future, void *arg) {
  (void)future, (void)arg;
  throw_error();
}

static int callback(void *arg) {
  green_future *future;
  if (green_future_new(&future) < 0) return 1;
  green_future_on_done(future, throw_in_callback, arg);
  green_resolve(future, NULL, NULL);
  green_future_release(future);
  return green_sleep(20);
}

static int hog(void *arg) {
  uint64_t until = green_now() + *(const uint64_t *)arg;
  while (green_now() < until) continue;
  return 0;
}

static void hog_in_callback(green_future *future, void *arg) {
  (void)future;
  hog(arg);
}

static void hog_posted(void *arg) {
  hog(arg);
}

static int watched(void *arg) {
  uint64_t long_time = 30 * 1000000, no_time = 0;
  green_spawn_options slow = {.name = "hog"}, quick = {.name = "quick"};
  int rc = green_set_watchdog(10);
  (void)arg;
  green_join(green_spawn_with(hog, &long_time, &slow));
  green_future *future = green_spawn_with(hog, &no_time, &quick);
  green_future_on_done(future, hog_in_callback, &long_time);
  green_join(future);
  green_sleep(1);
  green_post(green_runtime_current(), hog_posted, &long_time);
  green_sleep(1);
  green_set_watchdog(0);
  hog(&long_time);
  green_sleep(1);
  return rc;
}

int main(int argc, char **argv) {
  char local[16] = "a local";
  const char *what = argc > 1 ? argv[1] : "nothing";
  atexit(bye);
  if (strcmp(what, "status") == 0) {
    int first = green_run(sleeper, local);
    int second = green_run(sleeper, "second");
    printf("%s of main: %d %d %s\n", local, first, second, argv[2]);
    return first + 1;
  }
  if (strcmp(what, "trap") == 0) return green_run(trapped, "trap");
  if (strcmp(what, "abort") == 0) return green_run(aborting, NULL);
  if (strcmp(what, "overflow") == 0) return green_run(overflowing, "overflow");
  if (strcmp(what, "unseen") == 0) return green_run(leave_unseen, argv[2]);
  if (strcmp(what, "twice") == 0) return green_run(release_twice, "twice");
  if (strcmp(what, "pool") == 0) return green_run(forget_pool, "a job");
  if (strcmp(what, "stuck") == 0) {
    printf("green_run: %s\n", green_status_name(green_run(wait_for_ever, NULL)));
    return green_run(sleeper, "after that") + 1; /* the runtime can be used again */
  }
  if (strcmp(what, "deadlock") == 0) {
    printf("green_run: %s\n", green_status_name(green_run(deadlocking, NULL)));
    return 5;
  }
  if (strcmp(what, "exit") == 0) return green_run(leaving, NULL);
  if (strcmp(what, "meet") == 0) {
    printf("green_run: %s\n", green_status_name(green_run(end_before_calls, NULL)));
    return green_run(sleeper, "after that");
  }
  if (strcmp(what, "signal") == 0) return green_run(wait_signal, argv[2]);
  if (strcmp(what, "hold") == 0) return green_run(held, NULL);
  if (strcmp(what, "watchdog") == 0) return green_run(watched, NULL);
  if (strcmp(what, "throw") == 0) throw_error();
  if (strcmp(what, "callback") == 0) return green_run(callback, NULL);
  if (strcmp(what, "exit-later") == 0) {
    exit_later();
    return green_run(wait_for_ever, NULL);
  }
  if (strcmp(what, "nested") == 0) {
    printf("below JavaScript: %s\n", green_status_name(call_back()));
    green_run(run_in_task, "x");
    return 0;
  }
  printf("done\n");
  return 2;
}
