/* The native event loop: libuv's, of greenio's own or lent by the program (uv.h).
 *
 * Handles: `check` runs a wanted turn when the loop has polled; `idle`, active only while a turn is
 * wanted, keeps the loop from blocking before that; `timer` is the core's one timer, which libuv
 * looks at before it polls, and `alarm` is that for its last two milliseconds, since libuv's time
 * is too coarse; `async` is for posts from other threads. `check` and `async` do not keep the loop
 * alive, and `alarm` does while it is set.
 *
 * So there is one turn a poll at most.
 */
#include <stdlib.h>
#include <greenio/status.h>
#include <greenio/uv.h>
#include "alarm.h"
#include "host.h"
#include "memory.h"
#include "native.h"
#include "trace/file.h"

#define ALARM_TIME ((uint64_t)2000000) /* ns */

struct green__host {
  struct green_runtime *runtime;
  uv_loop_t *loop, own;
  uv_check_t check;
  uv_idle_t idle;
  uv_timer_t timer;
  uv_poll_t alarm;
  uv_async_t async;
  int alarm_fd; /* -1: there is none */
  uint64_t due; /* what `timer` is for */
  int handles;  /* while it closes: that are not closed yet */
  bool wanted;
};

/* The loop that the next green__host_open() is to live on; NULL: one of its own. */
static _Thread_local uv_loop_t *green__native_attach_to;

/* A child of fork() has no runtime, or one of its own. */
static void check_process(const struct green__host *host) {
  if (host->runtime != green__runtime_own()) green__fork_misused();
}

static void loop_turn(struct green__host *host) {
  host->wanted = false;
  uv_idle_stop(&host->idle);
  check_process(host);
  green__turn(host->runtime, true);
  check_process(host);
}

static void timer_set(struct green__host *host, uint64_t now);

static void on_check(uv_check_t *check) {
  struct green__host *host = check->data;
  if (host->wanted)
    loop_turn(host);
  else if (host->runtime == green__runtime_own())
    green__turn_renew(host->runtime);
}

static void on_idle(uv_idle_t *idle) {
  (void)idle;
}

/* The turn itself waits for `check`: libuv calls timers that are due at once one after the other, and
 * would neither look for events nor close handles while each turn sets the next. */
static void on_timer(uv_timer_t *timer) {
  struct green__host *host = timer->data;
  uint64_t now = uv_hrtime();
  if (now < host->due)
    timer_set(host, now);
  else
    green__host_wake(host, true);
}

static void on_alarm(uv_poll_t *poll, int status, int events) {
  struct green__host *host = poll->data;
  (void)status;
  (void)events;
  if (!green__alarm_take(host->alarm_fd)) return;
  uv_unref((uv_handle_t *)poll);
  if (host->due != UINT64_MAX) on_timer(&host->timer);
}

static void on_async(uv_async_t *async) {
  struct green__host *host = async->data;
  host->wanted = true; /* `check` follows */
}

static void alarm_open(struct green__host *host) {
  host->alarm_fd = green__alarm_open();
  if (host->alarm_fd < 0) return;
  if (uv_poll_init(host->loop, &host->alarm, host->alarm_fd) < 0) {
    green__alarm_close(host->alarm_fd);
    host->alarm_fd = -1;
    return;
  }
  host->alarm.data = host;
  uv_poll_start(&host->alarm, UV_READABLE, on_alarm);
  uv_unref((uv_handle_t *)&host->alarm);
}

static void handles_open(struct green__host *host) {
  uv_check_init(host->loop, &host->check);
  uv_idle_init(host->loop, &host->idle);
  uv_timer_init(host->loop, &host->timer);
  host->check.data = host->idle.data = host->timer.data = host->async.data = host;
  alarm_open(host);
  uv_check_start(&host->check, on_check);
  uv_unref((uv_handle_t *)&host->check);
  uv_unref((uv_handle_t *)&host->async);
}

int green__host_open(struct green__host **out, struct green_runtime *runtime) {
  struct green__host *host = green__alloc(sizeof *host);
  if (!host) return GREEN_ENOMEM;
  *host = (struct green__host){.runtime = runtime, .loop = green__native_attach_to};
  bool own = !host->loop;
  if (own) {
    host->loop = &host->own;
    green__standard_open();
    if (uv_loop_init(host->loop) < 0) goto failed;
  }
  if (uv_async_init(host->loop, &host->async, on_async) < 0) {
    if (own) uv_loop_close(host->loop);
    goto failed;
  }
  handles_open(host);
  green__overflow_watch();
  green__fork_watch();
  *out = host;
  return 0;
failed:
  green__free(host);
  return GREEN_ENOMEM;
}

void green__host_opened(void) {
  static bool registered;
  if (!__atomic_exchange_n(&registered, true, __ATOMIC_RELAXED)) atexit(green__runtime_tell_unrun);
  green__trace_by_environment();
  green__report_by_environment();
}

uint64_t green__host_now(void) {
  return uv_hrtime();
}

void green__host_wake(struct green__host *host, bool after_loop) {
  (void)after_loop; /* a wanted turn always is */
  host->wanted = true;
  uv_idle_start(&host->idle, on_idle);
}

void green__host_post(struct green__host *host) {
  uv_async_send(&host->async);
}

/* libuv counts whole milliseconds from the loop's time, which is rounded down and lies in the past.
 * What is set here may fire before `due`, and is then set anew; without an alarm it may also fire a
 * millisecond past it. */
static void timer_set(struct green__host *host, uint64_t now) {
  uint64_t left = host->due > now ? host->due - now : 0;
  if (left && left <= ALARM_TIME && host->alarm_fd >= 0) {
    green__alarm_set(host->alarm_fd, host->due);
    uv_ref((uv_handle_t *)&host->alarm);
    uv_timer_stop(&host->timer);
    return;
  }
  if (host->alarm_fd < 0)
    left += 999999;
  else if (left)
    left -= ALARM_TIME / 2;
  uv_timer_start(&host->timer, on_timer, left / 1000000, 0);
}

void green__host_timer(struct green__host *host, uint64_t due) {
  host->due = due;
  if (host->alarm_fd >= 0) uv_unref((uv_handle_t *)&host->alarm); /* it may ring for nothing */
  if (due == UINT64_MAX)
    uv_timer_stop(&host->timer);
  else
    timer_set(host, uv_hrtime());
}

void green__host_keep(struct green__host *host, bool keep) {
  if (keep)
    uv_ref((uv_handle_t *)&host->async);
  else
    uv_unref((uv_handle_t *)&host->async);
}

int green__host_watch(struct green__host *host, uint64_t limit) {
  if (limit) return green__watch_start(host->runtime, limit);
  green__watch_stop();
  return 0;
}

int green__host_can_run(struct green__host *host) {
  (void)host;
  return 0;
}

void green__host_run(struct green__host *host) {
  check_process(host);
  uv_run(host->loop, UV_RUN_DEFAULT);
}

void green__host_stop(struct green__host *host) {
  uv_stop(host->loop);
}

static void host_free(struct green__host *host) {
  green__alarm_close(host->alarm_fd);
  green__free(host);
}

static void host_on_closed(uv_handle_t *handle) {
  struct green__host *host = handle->data;
  if (--host->handles == 0 && host->loop != &host->own) host_free(host);
}

static void close_left(uv_handle_t *handle, void *arg) {
  (void)arg;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

/* One that the program closed is gone, or nobody says when; then the host's memory stays. */
static void close_handle(uv_handle_t *handle, void *arg) {
  struct green__host *host = arg;
  void *mine[] = {&host->check, &host->idle, &host->timer, &host->alarm, &host->async};
  for (size_t i = 0; i < sizeof mine / sizeof *mine; i++) {
    if (handle != mine[i]) continue;
    host->handles++;
    if (!uv_is_closing(handle)) uv_close(handle, host_on_closed);
  }
}

void green__host_close(struct green__host *host) {
  green__watch_stop();
  green__overflow_unwatch();
  bool own = host->loop == &host->own;
  uv_walk(host->loop, close_handle, host);
  if (!own) { /* the program runs its loop until they are closed */
    if (!host->handles) host_free(host);
    return;
  }
  while (uv_loop_close(host->loop) == UV_EBUSY) { /* also handles that the program left */
    uv_walk(host->loop, close_left, NULL);
    uv_run(host->loop, UV_RUN_ONCE); /* waits for work that is under way */
  }
  host_free(host);
}

int green_uv_attach(uv_loop_t *loop) {
  green__native_attach_to = loop;
  int rc = green__runtime_attach();
  green__native_attach_to = NULL;
  return rc;
}

int green_uv_detach(void) {
  struct green_runtime *runtime = green__runtime_own();
  if (!runtime) return GREEN_EINVAL;
  const struct green__host *host = green__runtime_host(runtime);
  bool broken = uv_is_closing((const uv_handle_t *)&host->check);
  int rc = green__runtime_detach(runtime);
  if (rc == 0) return broken ? GREEN_ECLOSED : 0;
  check_process(host);
  return rc;
}

uv_loop_t *green_uv_loop(void) {
  struct green_runtime *runtime = green_runtime_current();
  return runtime ? green__runtime_host(runtime)->loop : NULL;
}
