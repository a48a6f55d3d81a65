/* See virtual_host.h. Every function of the contract's event loop stands here once. */
#include "virtual_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

#define WRAPPED(name) __wrap_green__host_##name

int WRAPPED(open)(struct green__host **out, struct green_runtime *runtime);
uint64_t WRAPPED(now)(void);
void WRAPPED(wake)(struct green__host *host, bool after_loop);
void WRAPPED(post)(struct green__host *host);
void WRAPPED(timer)(struct green__host *host, uint64_t due);
void WRAPPED(keep)(struct green__host *host, bool keep);
int WRAPPED(can_run)(struct green__host *host);
void WRAPPED(run)(struct green__host *host);
void WRAPPED(stop)(struct green__host *host);
void WRAPPED(close)(struct green__host *host);

struct event {
  uint64_t due;
  void (*function)(void *);
  void *arg;
};

static struct {
  struct green_runtime *runtime;
  const struct virtual_observer *observer;
  uint64_t now, due;
  bool microtasks, soon, after_events, keep, stop;
  struct event events[VIRTUAL_EVENTS]; /* in the order of asking */
  unsigned event_count;
} loop = {.now = 1000000000, .due = UINT64_MAX};

void virtual_host_begin(bool microtasks, const struct virtual_observer *observer) {
  loop.microtasks = microtasks;
  loop.observer = observer;
  loop.event_count = 0;
}

uint64_t virtual_now(void) {
  return loop.now;
}

void virtual_lag(uint64_t nanoseconds) {
  loop.now += nanoseconds;
}

void virtual_later(uint64_t nanoseconds, void (*function)(void *), void *arg) {
  if (loop.event_count == VIRTUAL_EVENTS) abort();
  loop.events[loop.event_count++] = (struct event){loop.now + nanoseconds, function, arg};
}

int WRAPPED(open)(struct green__host **out, struct green_runtime *runtime) {
  int rc = virtual_contexts_open(runtime);
  if (rc < 0) return rc;
  loop.runtime = runtime;
  loop.due = UINT64_MAX;
  loop.soon = loop.after_events = loop.keep = false;
  *out = (struct green__host *)(void *)&loop;
  return 0;
}

void WRAPPED(close)(struct green__host *host) {
  (void)host;
  loop.runtime = NULL;
  virtual_contexts_close();
}

uint64_t WRAPPED(now)(void) {
  return loop.now;
}

void WRAPPED(wake)(struct green__host *host, bool after_loop) {
  (void)host;
  *(loop.microtasks && !after_loop ? &loop.soon : &loop.after_events) = true;
}

void WRAPPED(post)(struct green__host *host) {
  WRAPPED(wake)(host, false);
}

void WRAPPED(timer)(struct green__host *host, uint64_t due) {
  (void)host;
  loop.due = due;
}

void WRAPPED(keep)(struct green__host *host, bool keep) {
  (void)host;
  loop.keep = keep;
}

int WRAPPED(can_run)(struct green__host *host) {
  (void)host;
  return 0;
}

static void turn(bool fresh) {
  *(fresh ? &loop.after_events : &loop.soon) = false;
  loop.observer->turn(fresh);
  green__turn(loop.runtime, fresh);
  virtual_turn_end(loop.runtime);
  loop.observer->turned();
}

/* The first event that is due. */
static bool run_event(void) {
  for (unsigned i = 0; i < loop.event_count; i++) {
    struct event event = loop.events[i];
    if (event.due > loop.now) continue;
    loop.event_count--;
    memmove(loop.events + i, loop.events + i + 1, (loop.event_count - i) * sizeof event);
    event.function(event.arg);
    return true;
  }
  return false;
}

static uint64_t next_due(void) {
  uint64_t due = loop.due;
  for (unsigned i = 0; i < loop.event_count; i++)
    if (loop.events[i].due < due) due = loop.events[i].due;
  return due;
}

/* A round: what cannot wait, then an event, then a turn that is wanted or whose time has come. */
static bool run_something(void) {
  if (loop.soon) {
    turn(false);
    return true;
  }
  if (run_event()) return true;
  bool fired = loop.due <= loop.now;
  if (fired) loop.due = UINT64_MAX;
  if (!fired && !loop.after_events) return false;
  turn(true);
  return true;
}

void WRAPPED(run)(struct green__host *host) {
  (void)host;
  loop.stop = false;
  while (!loop.stop) {
    if (run_something()) continue;
    loop.observer->idle(loop.due);
    uint64_t due = next_due();
    if (due == UINT64_MAX && loop.keep) {
      fprintf(stdout, "virtual host: kept alive for nothing\n");
      abort();
    }
    if (due == UINT64_MAX) break;
    if (due > loop.now) loop.now = due;
  }
  if (!loop.stop) loop.observer->stuck();
}

void WRAPPED(stop)(struct green__host *host) {
  (void)host;
  loop.stop = true;
}
