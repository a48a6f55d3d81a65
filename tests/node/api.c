/* The C side of api.test.mjs: functions that JavaScript calls, each of which may wait. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <emscripten.h>
#include <greenio/greenio.h>
#include <greenio/js.h>

#define EXPORT EMSCRIPTEN_KEEPALIVE

/* ---- types ----------------------------------------------------------------------------------- */

EXPORT int add(int a, int b) {
  green_sleep(1);
  return a + b;
}

EXPORT double half(double x) {
  green_sleep(1);
  return x / 2;
}

EXPORT int is_even(int n) {
  return n % 2 == 0 ? 7 : 0;
}

EXPORT int64_t twice(int64_t n) {
  green_sleep(1);
  return 2 * n;
}

EXPORT const char *constant(void) {
  return "gr\303\274n";
}

EXPORT const char *nothing(void) {
  return NULL;
}

/* The argument must be there after the wait. */
EXPORT char *greet(const char *name) {
  green_sleep(2);
  char *text = malloc(strlen(name) + 8);
  sprintf(text, "hello %s", name);
  return text;
}

EXPORT int sum(const unsigned char *bytes, int count) {
  int total = 0;
  for (int i = 0; i < count; i++) {
    green_yield();
    total += bytes[i];
  }
  return total;
}

EXPORT int is_null(const char *text) {
  return text == NULL;
}

static int touched;
EXPORT void touch(int n) {
  green_yield();
  touched = n;
}
EXPORT int get_touched(void) {
  return touched;
}

/* clang-format off */
EM_JS(void, call_touch, (int n), { Module.green.call("touch", null, ["number"], [n]); });
/* clang-format on */
static int insides;

EXPORT int get_insides(void) {
  return insides;
}

EXPORT int touched_inside(int n) {
  insides++;
  touched = 0;
  call_touch(n);
  return touched == n;
}

/* ---- outcomes -------------------------------------------------------------------------------- */

EXPORT int status(int number) {
  green_sleep(1);
  return number;
}

EXPORT int failing(const char *what) {
  green_sleep(1);
  return green_fail(GREEN_ENOENT, "no such %s", what);
}

EXPORT const char *failing_text(void) {
  green_fail(GREEN_EPROTO, "not a number");
  return NULL;
}

/* Meets a failure, after so many waits, that leaves its status and a message. */
static int meet_failure(int waits) {
  for (int i = 0; i < waits; i++) green_yield();
  return green_fail(GREEN_ENOENT, "no such page");
}

/* What handles it, by type. `status` is what its last failure had, or a value of its own. */
EXPORT int handled_int(int waits, int value) {
  return meet_failure(waits) < 0 ? value : 1;
}
EXPORT double handled_double(int waits, double value) {
  return meet_failure(waits) < 0 ? value : 1;
}
EXPORT int64_t handled_int64(int waits, int64_t value) {
  return meet_failure(waits) < 0 ? value : 1;
}
EXPORT const char *handled_string(int waits, int there) {
  return meet_failure(waits) < 0 && there ? "another page" : NULL;
}
EXPORT char *handled_text(int waits, int there) {
  return meet_failure(waits) < 0 && there ? strdup("another page") : NULL;
}
EXPORT void handled_void(int waits, int value) {
  (void)value;
  meet_failure(waits);
}

/* Has handled one failure, and fails with another. */
EXPORT int fails_later(int waits) {
  meet_failure(waits);
  return green_fail(GREEN_EPROTO, "an odd page");
}

/* NULL is a good answer, and says so. */
EXPORT const char *forgets_failure(int waits) {
  meet_failure(waits);
  green_fail(GREEN_OK, "there is none");
  return NULL;
}

/* Whose wait is cancelled, and it handles that: from outside, and by itself. */
EXPORT int shrugs(int value) {
  int rc = green_sleep(1000000);
  return rc == GREEN_ECANCELED ? value : rc;
}
EXPORT int outlives_cancel(int value) {
  green_cancel(green_current());
  return shrugs(value);
}
EXPORT void outlives_cancel_void(void) {
  outlives_cancel(0);
}

static int stopped, running, most_running;
EXPORT int get_stopped(void) {
  return stopped;
}
EXPORT int get_most_running(void) {
  return most_running;
}

EXPORT int nap(int milliseconds) {
  if (++running > most_running) most_running = running;
  int rc = green_sleep((uint64_t)milliseconds);
  running--;
  if (rc == GREEN_ECANCELED) stopped++;
  return rc;
}

/* A cancelled call that takes its time. */
EXPORT int nap_and_clean(void) {
  int rc = green_sleep(1000000);
  GREEN_SHIELD {
    green_sleep(5);
  }
  stopped += 100;
  return rc;
}

/* ---- groups ---------------------------------------------------------------------------------- */

static int nap_in_group(void *arg) {
  return green_sleep((uintptr_t)arg);
}

/* Makes tasks by one of three ways until that fails, 4000 at most; what the failure says. */
EXPORT char *refused_by(int way) {
  static char what[512];
  green_group *group;
  green_pool *pool = NULL;
  if (green_group_new(&group, NULL) < 0) return NULL;
  strcpy(what, "nothing");
  int rc = 0;
  for (int i = 0; i < 4000 && rc == 0; i++)
    rc = green_group_spawn(group, nap_in_group, (void *)(intptr_t)1000000);
  if (way == 0) snprintf(what, sizeof what, "%s", green_message());
  green_future *future = NULL;
  if (way == 1) future = green_spawn(nap_in_group, NULL);
  if (way == 2 && green_pool_new(&pool, NULL) == 0)
    future = green_pool_submit(pool, nap_in_group, NULL);
  if (future) snprintf(what, sizeof what, "%s", green_future_message(future));
  green_future_release(future);
  if (way == 3) snprintf(what, sizeof what, "%d", green_group_wait(group));
  if (way == 3) snprintf(what, sizeof what, "%s", green_message());
  green_group_cancel(group);
  green_group_release(group);
  green_pool_release(pool);
  return strdup(what);
}

/* Waits for so many tasks of a group. */
EXPORT int nap_together(int count, int milliseconds) {
  int rc;
  GREEN_GROUP(naps, (&(green_group_options){.name = "naps"}), &rc) {
    for (int i = 0; i < count; i++)
      green_group_spawn(naps, nap_in_group, (void *)(intptr_t)milliseconds);
  }
  return rc;
}

EXPORT char *report_json(void) {
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  green_report_json(out);
  fclose(out);
  return text;
}

/* ---- JavaScript below, exceptions ------------------------------------------------------------ */

/* clang-format off */
EM_JS(int, through_js, (int milliseconds), { return _nap(milliseconds); });
/* clang-format on */
EXPORT int nested(void) {
  int rc = through_js(1);
  if (green_yield() != 0) return -1;
  return rc;
}

/* clang-format off */
EM_JS(void, throw_error, (void), { throw new Error("boom"); });
/* clang-format on */
EXPORT int throwing(int yields) {
  for (int i = 0; i < yields; i++) green_yield();
  throw_error();
  return 0;
}

static int throwing_task(void *arg) {
  (void)arg;
  return throwing(2);
}

/* The same in a task whose bottom is C; the message is the future's. */
EXPORT char *message_of_throwing_task(void) {
  green_future *future = green_spawn(throwing_task, NULL);
  int rc = green_wait(future);
  char *text = malloc(200);
  snprintf(text, 200, "%s: %s", green_status_name(rc), green_future_message(future));
  green_future_release(future);
  return text;
}

/* ---- destructors that throw ------------------------------------------------------------------ */

static int destroyed;
static void throwing_destroy(void *value) {
  (void)value;
  destroyed++;
  throw_error();
}
static green_local first_local = GREEN_LOCAL_INIT(throwing_destroy);
static green_local second_local = GREEN_LOCAL_INIT(throwing_destroy);

EXPORT int get_destroyed(void) {
  return destroyed;
}

static green_lock held_lock = GREEN_LOCK_INIT;

/* Two locals and a lock, whose next owner is told. */
EXPORT int with_locals(int status) {
  green_yield();
  if (green_local_set(&first_local, &destroyed) < 0) return GREEN_ENOMEM;
  if (green_local_set(&second_local, &destroyed) < 0) return GREEN_ENOMEM;
  if (green_lock_acquire(&held_lock) < 0) return GREEN_EBUSY;
  green_yield();
  return status;
}

EXPORT int inherits_lock(void) {
  int rc = green_lock_acquire(&held_lock);
  green_lock_release(&held_lock);
  return rc;
}

/* Its value is dropped when it fails; a success keeps it. */
EXPORT int with_value(int status) {
  green_return(&destroyed, throwing_destroy);
  green_yield();
  return status;
}

static int locals_task(void *arg) {
  return with_locals((int)(intptr_t)arg);
}

static int value_task(void *arg) {
  return with_value((int)(intptr_t)arg);
}

static int nothing_task(void *arg) {
  (void)arg;
  return 0;
}

static char *outcome_of(green_future *future) {
  int rc = green_wait(future);
  char *text = malloc(200);
  snprintf(text, 200, "%s: %s", green_status_name(rc), green_future_message(future));
  green_future_release(future);
  return text;
}

EXPORT char *spawned_with_locals(int status) {
  return outcome_of(green_spawn(locals_task, (void *)(intptr_t)status));
}

EXPORT char *spawned_with_value(int status) {
  return outcome_of(green_spawn(value_task, (void *)(intptr_t)status));
}

/* A job's end, in the worker that ran it: the pool goes on, and shuts down. */
EXPORT char *job_with_locals(void) {
  green_pool *pool;
  if (green_pool_new(&pool, &(green_pool_options){.max_workers = 1}) < 0) return NULL;
  char *text = outcome_of(green_pool_submit(pool, locals_task, NULL));
  int next = green_join(green_pool_submit(pool, nothing_task, NULL));
  int shut = green_join(green_pool_shutdown(pool));
  bool left = green_pool_worker_count(pool) || green_pool_queued_count(pool);
  green_pool_release(pool);
  if (next == 0 && shut == 0 && !left) return text;
  free(text);
  return strdup("the pool did not go on");
}

/* ---- GREEN_JS -------------------------------------------------------------------------------- */

/* clang-format off */
GREEN_JS(js_number, (double x, double y), {
  await null;
  return x + y;
})
GREEN_JS(js_at_once, (int x), { return x; })
GREEN_JS(js_text, (const char *text), {
  const copy = UTF8ToString(text);
  await new Promise((resolve) => setTimeout(resolve, 1));
  return copy + " \u00fc, {" + 'x' + "}";
})
GREEN_JS(js_bytes, (int count), {
  const bytes = new Uint8Array(count);
  for (let i = 0; i < count; i++) bytes[i] = i;
  return bytes.subarray(1);
})
GREEN_JS(js_nothing, (void), {})
GREEN_JS(js_naps, (int milliseconds), { return _nap(milliseconds); })
GREEN_JS(js_throws_at_once, (void), { throw new Error("at once"); })
GREEN_JS(js_object, (void), { return {}; })
GREEN_JS(js_reject, (const char *code), {
  const error = new Error("told to");
  error.code = UTF8ToString(code);
  throw error;
})
GREEN_JS(js_abort, (void), { throw new DOMException("stopped", "AbortError"); })
GREEN_JS(js_never, (void), { await new Promise(() => {}); })
GREEN_JS(js_hears, (int how), {
  const signal = how & 1 ? null : this.signal;
  if (how & 2) await null;
  Module.heard(signal || this.signal, () => this.signal);
  await new Promise((resolve, reject) => this.signal.addEventListener("abort", () => setTimeout(() => reject(this.signal.reason), 1)));
})
GREEN_JS(js_big, (int64_t x), { return Number(x % BigInt(1000)); })
/* clang-format on */

/* The status of a wait of C's in a body, which is below a JavaScript frame; then it can wait again. */
EXPORT int nap_in_body(void) {
  green_future *naps = js_naps(1), *throws = js_throws_at_once();
  int rc = green_wait(naps), nested = rc < 0 ? rc : (int)green_js_number(naps);
  int thrown = green_wait(throws);
  green_future_release(naps);
  green_future_release(throws);
  if (thrown != GREEN_EEXCEPTION) return thrown;
  rc = green_sleep(1);
  return rc < 0 ? GREEN_EINVAL : nested;
}

/* A body that asks for its signal, cancelled as `how` says: 4: by the join of a wait whose time is over, 8: before the
 * body has asked, 16: and again once it is done.  What the future says. */
EXPORT int hear(int how) {
  green_future *future = js_hears(how & 3);
  if (how & 4) {
    int rc = 0;
    GREEN_TIMEOUT(1) rc = green_join(future);
    return rc;
  }
  if (!(how & 8)) green_join(js_nothing()); /* behind the microtask in which the body asks */
  int rc = green_cancel(future);
  if (rc == 0) rc = green_done(future) ? GREEN_EALREADY : green_wait(future);
  if (how & 16 && green_cancel(future) != GREEN_EALREADY) rc = GREEN_EIO;
  green_future_release(future);
  return rc;
}

EXPORT int hear_for_ever(void) {
  return green_join(js_hears(0));
}

EXPORT double wait_number(double x, double y) {
  green_future *future = js_number(x, y);
  green_wait(future);
  double number = green_js_number(future);
  green_future_release(future);
  return number;
}

EXPORT int wait_at_once(int times) {
  int total = 0;
  for (int i = 0; i < times; i++) {
    green_future *future = js_at_once(i);
    green_wait(future);
    total += (int)green_js_number(future);
    green_future_release(future);
  }
  return total;
}

static bool burning;

EXPORT void stop_burning(void) {
  burning = false;
}

/* Waits in microtasks alone, with work of a third of a millisecond each time; how often until it
 * was stopped. */
EXPORT int burn(int most) {
  int times = 0;
  for (burning = true; burning && times < most; times++) {
    for (uint64_t until = green_now() + 300000; green_now() < until;) {
    }
    green_future *future = js_at_once(1);
    green_wait(future);
    green_future_release(future);
  }
  return times;
}

static void burn_microseconds(int duration) {
  for (uint64_t until = green_now() + 1000 * (uint64_t)duration; green_now() < until;) continue;
}

/* Four runs, the second and the third of which take this long. */
EXPORT int run_four_times(int microseconds) {
  int rc = green_yield();
  burn_microseconds(microseconds);
  if (rc == 0) rc = green_yield();
  burn_microseconds(microseconds);
  return rc < 0 ? rc : green_yield();
}

/* Completes its own future before it returns. */
EXPORT int end_early(void) {
  return green_resolve(green_current(), NULL, NULL);
}

EXPORT char *wait_text(const char *text) {
  green_future *future = js_text(text);
  green_wait(future);
  char *copy = strdup(green_js_string(future));
  green_future_release(future);
  return copy;
}

EXPORT int wait_bytes(int count) {
  green_future *future = js_bytes(count);
  green_wait(future);
  size_t size;
  const unsigned char *bytes = green_js_bytes(future, &size);
  int ok = bytes && size == (size_t)count - 1 && !green_js_string(future);
  for (size_t i = 0; ok && i < size; i++) ok = bytes[i] == (unsigned char)(i + 1);
  green_future_release(future);
  return ok;
}

EXPORT int wait_big(void) {
  green_future *future = js_big(INT64_C(9007199254740993123));
  green_wait(future);
  int number = (int)green_js_number(future);
  green_future_release(future);
  return number;
}

/* The status and message of a promise that fails, or a kind of success. */
EXPORT char *wait_outcome(const char *which) {
  green_future *future = strcmp(which, "nothing") == 0  ? js_nothing()
                         : strcmp(which, "object") == 0 ? js_object()
                         : strcmp(which, "abort") == 0  ? js_abort()
                                                        : js_reject(which);
  int rc = green_wait(future);
  char *text = malloc(200);
  snprintf(text, 200, "%s: %s", green_status_name(rc), green_future_message(future));
  green_future_release(future);
  return text;
}

EXPORT int wait_deadline(void) {
  green_future *future = js_never();
  int rc = 0;
  GREEN_TIMEOUT(5) {
    rc = green_wait(future);
  }
  green_cancel(future);
  int cancelled = green_wait(future);
  green_future_release(future);
  return rc == GREEN_ETIMEDOUT && cancelled == GREEN_ECANCELED;
}

EXPORT int wait_for_ever(void) {
  green_future *future = js_never();
  green_future_set_name(future, "never");
  int rc = green_wait(future);
  green_future_release(future);
  return rc;
}
