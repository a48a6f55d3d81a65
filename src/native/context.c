/* Native contexts: a stack, a switch, and what a debugger, a sanitizer and C++ must be told of it.
 *
 * From the top of a stack downwards: the context's record, the caller's room, then frames.
 * Exceptions being handled belong to the context: libstdc++ and libc++abi keep them in one record a
 * thread, which is swapped when one of them is linked in.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/status.h>
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

const size_t green__context_default_stack = (size_t)64 << 10;

struct exceptions { /* __cxa_eh_globals */
  void *caught;
  unsigned uncaught;
};
extern struct exceptions *__cxa_get_globals(void) __attribute__((weak));

struct green__context {
  void *state; /* for green__switch(), while parked */
  enum green__left left;
  struct green__start *start; /* the room */
  struct green__stack stack;
  size_t usable;
  struct exceptions exceptions;
#ifdef GREEN__ADDRESS_SANITIZER
  void *fake_stack;
#endif
#ifdef GREEN__THREAD_SANITIZER
  void *fiber;
#endif
};

static _Thread_local struct {
  struct green__context *running;
  void *host; /* the state of the host's own stack */
  struct exceptions *exceptions;
#ifdef GREEN__ADDRESS_SANITIZER
  void *fake_stack;
  const void *host_base;
  size_t host_size;
#endif
#ifdef GREEN__THREAD_SANITIZER
  void *fiber; /* the host's own stack */
#endif
} thread;

const struct green__stack *green__native_running_stack(void) {
  return thread.running ? &thread.running->stack : NULL;
}

/* Tell AddressSanitizer before and after a switch: which stack it is going to, and where it came
 * from. */
#ifdef GREEN__ADDRESS_SANITIZER
#define LEAVING(save, base, size)  __sanitizer_start_switch_fiber(save, base, size)
#define ARRIVED(saved, base, size) __sanitizer_finish_switch_fiber(saved, base, size)
#else
#define LEAVING(save, base, size)  ((void)0)
#define ARRIVED(saved, base, size) ((void)0)
#endif

/* ThreadSanitizer knows each context as a fiber, and is told just before a switch. */
#ifdef GREEN__THREAD_SANITIZER
#define FIBER_NEW(context)    ((context)->fiber = __tsan_create_fiber(0))
#define FIBER_DELETE(context) __tsan_destroy_fiber((context)->fiber)
#define FIBER_HOST()          (thread.fiber = __tsan_get_current_fiber())
#define FIBER_SWITCH(to)      __tsan_switch_to_fiber((to)->fiber, 0)
#else
#define FIBER_NEW(context)    ((void)0)
#define FIBER_DELETE(context) ((void)0)
#define FIBER_HOST()          ((void)0)
#define FIBER_SWITCH(to)      ((void)0)
#endif

static void begin(void) {
  struct green__context *context = thread.running;
  ARRIVED(NULL, &thread.host_base, &thread.host_size);
  context->start->status = context->start->function(context->start->arg);
  if (thread.running != context) green__fork_misused();
  context->left = GREEN__ENDED;
  LEAVING(NULL, thread.host_base, thread.host_size);
  FIBER_SWITCH(&thread);
  green__switch(&context->state, thread.host);
  abort(); /* an ended context was resumed */
}

static size_t round16(size_t size) {
  return (size + 15) & ~(size_t)15;
}

int green__context_new(struct green__context **out, size_t size, size_t room_size,
                       struct green__start **room) {
  struct green__stack stack;
  size_t above = round16(sizeof(struct green__context)) + round16(room_size);
  int rc = green__stack_take(&stack, size + above);
  if (rc < 0) return rc;
  char *top = stack.base + stack.size;
  struct green__context *context = (void *)(top - round16(sizeof *context));
  memset(context, 0, sizeof *context);
  context->stack = stack;
  context->usable = stack.size - above;
  char *bottom = stack.base + context->usable;
  context->start = *room = (void *)bottom;
  context->state = green__switch_prepare(stack.base, bottom, begin);
  FIBER_NEW(context);
  *out = context;
  return 0;
}

static inline void swap_exceptions(struct green__context *context) {
  struct exceptions other = *thread.exceptions;
  *thread.exceptions = context->exceptions;
  context->exceptions = other;
}

GREEN__HOT enum green__left green__context_resume(struct green__context *context) {
  if (!thread.exceptions && __cxa_get_globals) thread.exceptions = __cxa_get_globals();
  thread.running = context;
  if (thread.exceptions) swap_exceptions(context);
  FIBER_HOST();
  LEAVING(&thread.fake_stack, context->stack.base, context->usable);
  FIBER_SWITCH(context);
  green__switch(&thread.host, context->state);
  ARRIVED(thread.fake_stack, NULL, NULL);
  if (thread.exceptions) swap_exceptions(context);
  if (!context->stack.guarded && green__stack_broken(&context->stack)) {
    green__overflow_tell(&context->stack); /* and who knows what it wrote over */
    abort();
  }
  thread.running = NULL;
  return context->left;
}

GREEN__HOT int green__context_can_park(struct green__context *context) {
  (void)context;
  return 0;
}

GREEN__HOT void green__context_park(struct green__context *context) {
  context->left = GREEN__PARKED;
  LEAVING(&context->fake_stack, thread.host_base, thread.host_size);
  FIBER_SWITCH(&thread);
  green__switch(&context->state, thread.host);
  ARRIVED(context->fake_stack, &thread.host_base, &thread.host_size);
}

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
  use->used = (size_t)((char *)context->start - (char *)context->state);
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
  FIBER_DELETE(context);
  green__stack_give(&stack);
}

void green__context_forget(void) {
  thread.running = NULL;
}

void green__context_trim(void) {
  green__stacks_unmap();
}
