/* Native contexts: a stack, a switch, and what a debugger, a sanitizer and C++ must be told of it.
 *
 * From the top of a stack downwards: the context's record, the caller's room, then frames.
 * Exceptions being handled belong to the context: libstdc++ and libc++abi keep them in one record a
 * thread, which is swapped when one of them is linked in.
 */
#include <stdint.h>
#include <stdlib.h>
#include <greenio/future.h>
#include <greenio/status.h>
#include "exceptions.h" /* of the system */
#include "host.h"
#include "native.h"
#include "poison.h"
#include "stack.h"
#include "switch.h" /* of the architecture */

#ifdef GREEN__ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef GREEN__THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

/* Contexts that are kept, and bytes that they may have touched; one is kept whatever its size. */
#define MOST_SPARE  256
#define SPARE_BYTES ((size_t)16 << 20)

const size_t green__context_default_stack = (size_t)64 << 10;

const char *green__context_kind(void) {
  return GREEN__SWITCH_KIND;
}

size_t green__context_most(void) {
  return SIZE_MAX;
}

struct exceptions { /* __cxa_eh_globals */
  void *caught;
  unsigned uncaught;
};

/* What is kept of a stack while another runs: a context's, or the host's own. */
struct side {
  void *state; /* for green__switch() */
  struct exceptions exceptions;
#ifdef GREEN__ADDRESS_SANITIZER
  void *fake_stack;
  const void *base;
  size_t size;
#endif
#ifdef GREEN__THREAD_SANITIZER
  void *fiber;
#endif
};

struct green__context {
  struct side side;
  struct green__start *start; /* the room */
  struct green__stack stack;
  size_t usable;
  size_t asked, room; /* bytes: which others are like it */
  struct green__context *next_spare;
};

static _Thread_local struct {
  struct green__context *running;
  struct side host;
  enum green__left left;         /* how the host's own stack was come back to */
  struct exceptions *exceptions; /* of what runs; NULL: the program has none */
  struct side *from;             /* for AddressSanitizer: what was left last */
} thread;

const struct green__stack *green__native_running_stack(void) {
  return thread.running ? &thread.running->stack : NULL;
}

/* ---- from one stack to another --------------------------------------------------------------- */

/* AddressSanitizer is told before a switch which stack it goes to, and behind it which one that was;
 * so it is that the host's own is known. What is `left` for good gives its fake stack back. */
#ifdef GREEN__ADDRESS_SANITIZER
static inline void tell_before(struct side *from, const struct side *to, bool for_good) {
  thread.from = from;
  __sanitizer_start_switch_fiber(for_good ? NULL : &from->fake_stack, to->base, to->size);
}
static inline void tell_behind(const struct side *here) {
  struct side *from = thread.from;
  __sanitizer_finish_switch_fiber(here ? here->fake_stack : NULL, &from->base, &from->size);
}
#elif defined GREEN__THREAD_SANITIZER
/* ThreadSanitizer knows each as a fiber. */
static inline void tell_before(struct side *from, const struct side *to, bool for_good) {
  (void)from, (void)for_good;
  __tsan_switch_to_fiber(to->fiber, 0);
}
#define tell_behind(here) ((void)(here))
#else
#define tell_before(from, to, for_good) ((void)0)
#define tell_behind(here)               ((void)0)
#endif

/* Returns when something switches to `from`. */
static inline __attribute__((always_inline)) void switch_sides(struct side *from, struct side *to) {
  if (thread.exceptions) {
    from->exceptions = *thread.exceptions;
    *thread.exceptions = to->exceptions;
  }
  tell_before(from, to, false);
  green__switch(&from->state, to->state);
  tell_behind(from);
}

/* A stack without a guard was left below, and who knows what was overwritten. The task still runs,
 * so that it is named. */
static inline void check_stack(const struct green__context *context) {
  if (context->stack.guarded || !green__stack_broken(&context->stack)) return;
  green__overflow_tell(&context->stack);
  abort();
}

static bool ends_here(const struct green__context *context);

static void context_begin(void) {
  struct green__context *context = thread.running;
  tell_behind(NULL);
  context->start->status = context->start->function(context->start->arg);
  if (thread.running != context) green__fork_misused();
  check_stack(context);
  struct side *to = &thread.host;
  thread.left = GREEN__ENDED;
  if (ends_here(context)) {
    struct green__context *next = green__turn_switch(GREEN__ENDED);
    thread.left = GREEN__SWITCHED;
    if (next) {
      green__turn_entered(green__task_of(next->start));
      thread.running = next;
      to = &next->side;
    }
  }
  if (thread.exceptions) *thread.exceptions = to->exceptions;
  tell_before(&context->side, to, true);
  void *gone;
  green__switch(&gone, to->state);
  abort(); /* an ended context was resumed */
}

GREEN__HOT enum green__left green__context_resume(struct green__context *context) {
  if (!thread.exceptions) thread.exceptions = green__exceptions();
#ifdef GREEN__THREAD_SANITIZER
  thread.host.fiber = __tsan_get_current_fiber();
#endif
  thread.running = context;
  switch_sides(&thread.host, &context->side);
  thread.running = NULL;
  return thread.left;
}

GREEN__HOT int green__context_can_park(struct green__context *context) {
  (void)context;
  return 0;
}

GREEN__HOT void green__context_park(struct green__context *context) {
  check_stack(context);
  struct green__context *next = green__turn_switch(GREEN__PARKED);
  if (!next) {
    thread.left = GREEN__SWITCHED;
    switch_sides(&context->side, &thread.host);
    return;
  }
  green__turn_entered(green__task_of(next->start));
  if (next == context) return;
  thread.running = next;
  switch_sides(&context->side, &next->side);
}

/* ---- their memory ---------------------------------------------------------------------------- */

static void side_open(struct side *side, const struct green__stack *stack, char *top) {
  side->state = green__switch_prepare(stack->base, top, context_begin);
#ifdef GREEN__ADDRESS_SANITIZER
  side->base = stack->base;
  side->size = (size_t)(top - stack->base);
#endif
#ifdef GREEN__THREAD_SANITIZER
  side->fiber = __tsan_create_fiber(0);
#endif
}

static void side_close(struct side *side) {
#ifdef GREEN__THREAD_SANITIZER
  __tsan_destroy_fiber(side->fiber);
#else
  (void)side;
#endif
}

static size_t round16(size_t size) {
  return (size + 15) & ~(size_t)15;
}

static struct green__context *context_new(size_t size, size_t room_size) {
  struct green__stack stack;
  size_t above = round16(sizeof(struct green__context)) + round16(room_size);
  if (green__stack_take(&stack, size + above) < 0) return NULL;
  char *top = stack.base + stack.size;
  struct green__context *context = (void *)(top - round16(sizeof *context));
  *context = (struct green__context){
      .stack = stack, .usable = stack.size - above, .asked = size, .room = room_size};
  context->start = (void *)(stack.base + context->usable);
  return context;
}

/* Those of one size that have ended are kept as they are, their stacks in use for the memory's
 * accounts. */
static _Thread_local struct {
  struct green__context *first;
  size_t asked, room, count, most;
} spare;

static bool spare_fits(const struct green__context *context) {
  return spare.count < spare.most && context->asked == spare.asked && context->room == spare.room;
}

/* Whether the context that runs can end on its own stack, which is then kept as it is. Where a sanitizer
 * is told that nobody has a stack any more, it must have been left. */
static bool ends_here(const struct green__context *context) {
#if defined GREEN__ADDRESS_SANITIZER || defined GREEN__THREAD_SANITIZER
  (void)context;
  return false;
#else
  return spare_fits(context) && green__task_ends_plainly(green__task_of(context->start));
#endif
}

static void spare_give(struct green__context *context) {
  context->next_spare = spare.first;
  spare.first = context;
  spare.count++;
  green__poison(context->stack.base, context->usable + context->room);
}

static struct green__context *spare_take(size_t size, size_t room_size) {
  struct green__context *context = spare.first;
  if (!context || size != spare.asked || room_size != spare.room) return NULL;
  spare.first = context->next_spare;
  spare.count--;
  green__unpoison(context->stack.base, context->usable + context->room);
  green__stack_mark(&context->stack);
  context->side.exceptions = (struct exceptions){NULL, 0};
  return context;
}

/* Back to where stacks come from, to make room for those of another size. */
static void spare_release(void) {
  while (spare.first) {
    struct green__stack stack = spare.first->stack;
    spare.first = spare.first->next_spare;
    green__stack_give(&stack);
  }
  spare.count = 0;
}

/* For contexts like this one from here on. */
static void spare_begin(const struct green__context *context) {
  size_t fit = SPARE_BYTES / context->stack.size;
  spare_release();
  spare.asked = context->asked;
  spare.room = context->room;
  spare.most = fit < 1 ? 1 : fit < MOST_SPARE ? fit : MOST_SPARE;
}

static void spare_forget(void) {
  spare.first = NULL;
  spare.count = 0;
}

int green__context_new(struct green__context **out, size_t size, size_t room_size,
                       struct green__start **room) {
  struct green__context *context = spare_take(size, room_size);
  if (!context) context = context_new(size, room_size);
  if (!context) return GREEN_ENOMEM;
  side_open(&context->side, &context->stack, (char *)context->start);
  *room = context->start;
  *out = context;
  return 0;
}

const char *green__context_refused(void) {
  return NULL;
}

/* ---- the rest of the contract ---------------------------------------------------------------- */

int green_yield(void) {
  int status;
  struct green__context *context = green__yield_begin(&status);
  if (context) green__context_park(context);
  return status;
}

int green_wait(green_future *future) {
  int status;
  struct green__context *context = green__wait_future_begin(future, &status);
  if (!context) return status;
  green__context_park(context);
  return green__wait_future_end();
}

void green__context_stack(const struct green__context *context, struct green__stack_use *use) {
  use->size = context->usable;
  use->used = (size_t)((char *)context->start - (char *)context->side.state);
}

/* A debugger shows them. */
const char *green__context_calls(const struct green__context *context) {
  (void)context;
  return "";
}

int green__context_lost(const struct green__context *context, const char **message) {
  (void)context;
  *message = green_strerror(GREEN_EOVERFLOW);
  return GREEN_EOVERFLOW;
}

void green__context_delete(struct green__context *context) {
  struct green__stack stack = context->stack;
  side_close(&context->side);
  if (spare_fits(context)) {
    spare_give(context);
  } else if (spare.most && spare.count == spare.most && context->asked == spare.asked) {
    green__stack_give(&stack);
  } else {
    spare_begin(context);
    spare_give(context);
  }
}

void green__context_forget(void) {
  thread.running = NULL;
  spare_forget();
}

void green__context_trim(void) {
  spare_forget();
  green__stacks_unmap();
}
