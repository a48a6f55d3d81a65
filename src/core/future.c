/* Futures: made, completed once, looked at, let go. Waiting for them is in await.c. */
#include "future.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/status.h>
#include "log.h"
#include "memory.h"
#include "poison.h"
#include "task.h"
#include "quiet.h"

/* Recycled records that a runtime keeps at most. */
#define SPARE_FUTURES 1024

/* A record keeps its name until it is used again, so that one that is released once too often can
 * be named. A debug build uses it again only when so many others were released behind it. */
#ifdef GREENIO_DEBUG
#define RESTING_FUTURES 64
#else
#define RESTING_FUTURES 0
#endif

#define NAME_LENGTH 31

struct green__callback {
  struct green__callback *next;
  struct green_future *future;
  void (*done)(struct green_future *, void *);
  void *arg;
};

static struct green_future out_of_memory = {
    .references = 1,
    .status = GREEN_ENOMEM,
    .done = true,
    .looked = true,
    .lasting = true,
};

/* Recycled records are a stack, so that the one in the processor's cache is used first; in a debug
 * build they are a queue, so that a released one is used again as late as can be. */
static struct green_future *spare_take(struct green_runtime *runtime) {
  struct green_future *future = runtime->spare_futures;
  green__unpoison(future, sizeof *future);
  runtime->spare_futures = future->spare;
  runtime->spare_count--;
  if (future->name) green__free(future->name);
  return future;
}

static void spare_add(struct green_runtime *runtime, struct green_future *future) {
  if (!RESTING_FUTURES || !runtime->spare_count) {
    future->spare = runtime->spare_futures;
    runtime->spare_futures = future;
  } else {
    struct green_future *last = runtime->spare_last;
    green__unpoison(last, sizeof *last);
    last->spare = future;
    green__poison(last, sizeof *last);
    future->spare = NULL;
  }
  if (RESTING_FUTURES) runtime->spare_last = future;
  runtime->spare_count++;
  green__poison(future, sizeof *future);
}

struct green_future *green__future_make(unsigned references) {
  struct green_runtime *runtime = green__thread.runtime;
  struct green_future *future;
  if (runtime && runtime->spare_count > RESTING_FUTURES) {
    future = spare_take(runtime);
  } else {
    future = green__alloc(sizeof *future);
    if (!future) return NULL;
  }
  memset(future, 0, sizeof *future);
  future->references = references;
  return future;
}

struct green_future *green__future_failed(int status, const char *message) {
  struct green_future *future = green__future_make(1);
  if (!future) return &out_of_memory;
  future->done = true;
  future->status = status;
  if (message) future->message = green__copy_string(message, SIZE_MAX - 1);
  green__unseen_add(future);
  return future;
}

static void future_free(struct green_future *future) {
  struct green_runtime *runtime = green__thread.runtime;
  bool keep = runtime && runtime->spare_count < SPARE_FUTURES;
  if (keep) {
    spare_add(runtime, future);
  } else {
    green__free(future->name);
    green__free(future);
  }
}

void green__futures_trim(struct green_runtime *runtime) {
  while (runtime->spare_count) green__free(spare_take(runtime));
}

int green_future_new(green_future **out) {
  *out = green__future_make(1);
  return *out ? 0 : GREEN_ENOMEM;
}

/* ---- references ------------------------------------------------------------------------------ */

/* A handle is used after its reference was released. A debug build aborts; others do not do what
 * was asked, and go on. */
GREEN__QUIET void green__future_misused(const struct green_future *future, const char *what);
GREEN__QUIET void green__future_misused(const struct green_future *future, const char *what) {
  GREEN__QUIETLY;
  green__say("greenio: a future%s%s was %s", future->name ? " of " : "",
             future->name ? future->name : "", what);
#ifdef GREENIO_DEBUG
  abort();
#endif
}

green_future *green_future_retain(green_future *future) {
  if (!future || future->lasting) return future;
  if (!future->references)
    green__future_misused(future, "retained after its last reference had been released");
  else
    future->references++;
  return future;
}

/* Whether this release is one too many: there is no reference left, or just the one of a task or
 * job that is at work on the future, or of a task that waits for it, which is not the caller's. */
static inline bool released_too_often(const struct green_future *future) {
  bool in_use = !future->done && (future->owned || future->waiters.head);
  if (future->references && !in_use) return false;
  green__future_misused(
      future, "released once too often: each reference is released once, and green_join() "
              "releases too");
  return true;
}

static __attribute__((noinline)) void release_last(struct green_future *future) {
  if (released_too_often(future)) return;
  future->references = 0;
  if (future->listed) {
    green__unseen_report(future);
    green__unseen_remove(future);
  }
  void *value = future->value;
  void (*drop)(void *) = future->kind == GREEN__NUMBER ? NULL : future->drop;
  if (future->message) green__free(future->message);
  future_free(future);
  if (drop) drop(value);
}

GREEN__QUIET void green_future_release(green_future *future) {
  GREEN__QUIETLY;
  if (!future || future->lasting) return;
  if (future->references > 1)
    future->references--;
  else
    release_last(future);
}

/* ---- completed ------------------------------------------------------------------------------- */

static void callbacks_queue(struct green_runtime *runtime, struct green__callback *first,
                            struct green__callback *last) {
  green__fifo_add_all(runtime->callbacks_head, runtime->callbacks_tail, first, last, next);
  green__runtime_wake(runtime);
}

/* It was cancelled, and has failed with just that. */
static inline bool is_as_asked(const struct green_future *future) {
  return future->cancelled && future->status == GREEN_ECANCELED;
}

/* Ends the pending state, with the status and value already set. */
static void future_finish(struct green_future *future) {
  future->done = true;
  future->cancel = NULL;
  while (future->waiters.head) green__wake(future->waiters.head, 0);
  if (future->status < 0 && !future->looked && !is_as_asked(future)) green__unseen_add(future);
  if (future->callbacks_head && green__runtime()) {
    callbacks_queue(green__thread.runtime, future->callbacks_head, future->callbacks_tail);
    future->callbacks_head = future->callbacks_tail = NULL;
  }
}

GREEN__QUIET int green__future_complete(struct green_future *future, int status, void *value,
                                        void (*drop)(void *), char *message) {
  GREEN__QUIETLY;
  if (future->done) {
    green__free(message);
    if (drop) drop(value);
    return GREEN_EALREADY;
  }
  future->status = status;
  future->value = value;
  future->drop = drop;
  future->message = message;
  future_finish(future);
  return 0;
}

int green__future_resolve_number(struct green_future *future, double number) {
  if (future->done) return GREEN_EALREADY;
  future->kind = GREEN__NUMBER;
  future->number = number;
  future_finish(future);
  return 0;
}

double green__future_number(const struct green_future *future) {
  return future->kind == GREEN__NUMBER ? future->number : 0;
}

void green__future_set_kind(struct green_future *future, uint8_t kind) {
  future->kind = kind;
}

uint8_t green__future_kind(const struct green_future *future) {
  return future->kind;
}

int green_resolve(green_future *future, void *value, void (*drop)(void *)) {
  return green__future_complete(future, 0, value, drop, NULL);
}

GREEN__QUIET char *green__format(const char *format, va_list arguments) {
  GREEN__QUIETLY;
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  char *text = length < 0 ? NULL : green__alloc((size_t)length + 1);
  if (text) vsnprintf(text, (size_t)length + 1, format, arguments);
  return text;
}

char *green__print(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *text = green__format(format, arguments);
  va_end(arguments);
  return text;
}

int green_reject(green_future *future, int status, const char *format, ...) {
  char *message = NULL;
  if (future->done) return GREEN_EALREADY;
  if (format) {
    va_list arguments;
    va_start(arguments, format);
    message = green__format(format, arguments);
    va_end(arguments);
  }
  return green__future_complete(future, status < 0 ? status : GREEN_EINVAL, NULL, NULL, message);
}

GREEN__QUIET int green_cancel(green_future *future) {
  GREEN__QUIETLY;
  if (future->done) return GREEN_EALREADY;
  void (*cancel)(struct green_future *, void *) = future->cancel;
  future->cancelled = true;
  if (!future->owned) {
    future->cancel = NULL;
    if (!cancel && !future->asked)
      green__future_complete(future, GREEN_ECANCELED, NULL, NULL, NULL);
    future->asked = true;
  }
  if (cancel) cancel(future, future->cancel_arg);
  return 0;
}

int green_future_on_cancel(green_future *future, void (*cancel)(green_future *, void *),
                           void *arg) {
  if (future->done || future->asked) return GREEN_EALREADY;
  if (future->owned) return GREEN_EPERM;
  future->cancel = cancel;
  future->cancel_arg = arg;
  return 0;
}

int green_future_on_done(green_future *future, void (*done)(green_future *, void *), void *arg) {
  struct green_runtime *runtime = green__runtime();
  struct green__callback *callback = runtime ? green__alloc(sizeof *callback) : NULL;
  if (!callback) return GREEN_ENOMEM;
  *callback = (struct green__callback){NULL, green_future_retain(future), done, arg};
  green__future_look(future);
  if (future->done) {
    callbacks_queue(runtime, callback, callback);
    return 0;
  }
  green__fifo_add(future->callbacks_head, future->callbacks_tail, callback, next);
  return 0;
}

GREEN__QUIET void green__callbacks_run(struct green_runtime *runtime) {
  GREEN__QUIETLY;
  while (runtime->callbacks_head) {
    struct green__callback *callback = runtime->callbacks_head;
    green__fifo_drop(runtime->callbacks_head, runtime->callbacks_tail, next);
    struct green__callback call = *callback;
    green__free(callback);
    green__callback_begin(runtime);
    call.done(call.future, call.arg);
    if (green__thread.runtime != runtime) return;
    green__callback_end(runtime);
    green_future_release(call.future);
  }
}

bool green_done(const green_future *future) {
  return future->done;
}

/* Notes that somebody has looked at a failed future. No caller can see that change, hence the cast.
 */
static void future_look(const struct green_future *future) {
  if (future->done) green__future_look((struct green_future *)future);
}

int green_future_status(const green_future *future) {
  future_look(future);
  return future->done ? future->status : GREEN_EAGAIN;
}

void *green_future_value(const green_future *future) {
  return future->done && future->kind != GREEN__NUMBER ? future->value : NULL;
}

const char *green_future_message(const green_future *future) {
  future_look(future);
  if (!future->done || future->status >= 0) return "";
  return future->message ? future->message : green_strerror(future->status);
}

void green_future_set_name(green_future *future, const char *name) {
  if (future->lasting) return;
  green__free(future->name);
  future->name = name ? green__copy_string(name, NAME_LENGTH) : NULL;
}

const char *green_future_name(const green_future *future) {
  return future->name;
}
