/* An event loop on a virtual clock: src/host.h's second half, in the place of the host's own.
 *
 * Time stands still while anything runs and jumps to what is due next when nothing is left to do,
 * so that sleeps and deadlines cost nothing and a run is the same every time. It is put in by the
 * linker (--wrap), so the library under test is the one that programs get; its contexts stay.
 */
#ifndef GREENIO_TESTS_FUZZ_VIRTUAL_HOST_H
#define GREENIO_TESTS_FUZZ_VIRTUAL_HOST_H

#include <stdbool.h>
#include <stdint.h>

/* What is told of the loop's life. */
struct virtual_observer {
  void (*turn)(bool fresh);     /* green__turn() is about to be called */
  void (*turned)(void);         /* it has come back */
  void (*idle)(uint64_t armed); /* nothing is left to do now; when the timer is due */
  void (*stuck)(void);          /* nor will there be */
};

/* Before green_run(): how turns are taken, and who is told. */
void virtual_host_begin(bool microtasks, const struct virtual_observer *observer);

uint64_t virtual_now(void);

/* Time passes while the host does something else. */
void virtual_lag(uint64_t nanoseconds);

/* Has function(arg) called at a time to come, on the host's own stack and outside of a turn, as a
 * callback of a program's own handle is. It keeps the loop alive. At most VIRTUAL_EVENTS at once.
 */
enum { VIRTUAL_EVENTS = 64 };
void virtual_later(uint64_t nanoseconds, void (*function)(void *), void *arg);

/* The host's own part, in a file for each: what its contexts need of the loop that is replaced. */
int virtual_contexts_open(void *runtime);
void virtual_contexts_close(void);

/* Behind green__turn(): returns when it is over, which it may not be yet where contexts are resumed later. */
void virtual_turn_end(void *runtime);

/* Sends what the core writes to stderr nowhere. */
void virtual_quiet(void);

#endif
