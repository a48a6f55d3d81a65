/* Contexts of the WebAssembly host: their memory, their overflows, and what of the contract is the same
 * however they are switched, which a kind does in files of its own. See context.h; the core's contract
 * is src/host.h. */
#include "context.h"

#include <stdio.h>
#include <string.h>
#include <greenio/future.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "core/poison.h"

#define BLOCK_STEP 64
#define WARM_SIZES 16
#define WARM_BYTES ((size_t)16 << 20)

const size_t green__context_default_stack = (size_t)32 << 10;

int green__phase;
struct green__context *green__entered;
int green__import_depth;
int green__hooks;

/* Blocks that are kept for the next context of the same size. */
static struct warm {
  size_t total;
  struct green__context *first;
} warm[WARM_SIZES];
static size_t warm_bytes;

/* ---- memory ---------------------------------------------------------------------------------- */

static void *warm_take(size_t total) {
  for (struct warm *w = warm; w < warm + WARM_SIZES && w->total; w++) {
    if (w->total != total || !w->first) continue;
    struct green__context *context = w->first;
    w->first = context->next;
    warm_bytes -= total;
    void *memory = context->memory;
    green__unpoison(memory, total);
    return memory;
  }
  return NULL;
}

static bool warm_keep(struct green__context *context) {
  if (warm_bytes + context->total > WARM_BYTES) return false;
  for (struct warm *w = warm; w < warm + WARM_SIZES; w++) {
    if (w->total && w->total != context->total && w->first) continue;
    w->total = context->total;
    context->next = w->first;
    w->first = context;
    warm_bytes += context->total;
    return true;
  }
  return false;
}

static void warm_free(void) {
  for (struct warm *w = warm; w < warm + WARM_SIZES; w++) {
    while (w->first) {
      struct green__context *context = w->first;
      w->first = context->next;
      green__unpoison(context->memory, context->total);
      green__free(context->memory);
    }
    w->total = 0;
  }
  warm_bytes = 0;
}

void green__context_trim(void) {
  green__calls_trim();
  warm_free();
  green__switch_trim();
}

static void *block_new(size_t total) {
  void *memory = warm_take(total);
  if (!memory) memory = green__alloc(total);
  if (memory || !warm_bytes) return memory;
  warm_free();
  return green__alloc(total);
}

/* Lays a context out in `total` bytes of memory. */
struct green__context *green__block_lay(char *memory, size_t total, size_t room_size) {
  char *low = (char *)GREEN__ALIGN((uintptr_t)memory, 16);
  char *room = (char *)(((uintptr_t)memory + total - room_size) & ~(uintptr_t)15);
  char *record = room - GREEN__ALIGN(sizeof(struct green__context), 16);
  struct green__context *context = (struct green__context *)(void *)record;
  memset(context, 0, sizeof *context);
  context->low = low;
  context->saved = low + GREEN__GUARD;
  context->sp = context->top = (uintptr_t)record;
  context->start = (struct green__start *)(void *)room;
  context->memory = memory;
  context->total = total;
  green__guard_set(low);
  return context;
}

int green__context_new(struct green__context **out, size_t stack, size_t room_size,
                       struct green__start **room) {
  size_t total =
      GREEN__ALIGN(GREEN__ALIGN(sizeof(struct green__context), 16) + GREEN__ALIGN(stack, 16) +
                       GREEN__ALIGN(room_size, 16) + GREEN__GUARD + 16,
                   BLOCK_STEP);
  int rc = green__switch_fit(stack);
  if (rc < 0) return rc;
  char *memory = block_new(total);
  if (!memory) {
    green__switch_unfit();
    return GREEN_ENOMEM;
  }
  struct green__context *context = green__block_lay(memory, total, room_size);
  *room = context->start;
  *out = context;
  return 0;
}

/* A damaged guard means that the allocator's own records beside the block may be damaged as well,
 * so that block is not used again. */
static void block_release(struct green__context *context) {
  if (!green__guard_whole(context->low)) return;
#ifdef GREENIO_DEBUG
  memset(context->saved, 0xDD, green__block_stack(context));
#endif
  if (warm_keep(context))
    green__poison(context->saved, green__block_stack(context));
  else
    green__free(context->memory);
}

/* ---- frames that are lost --------------------------------------------------------------------- */

/* Written while the task still runs, so that it can be named; and how the first stack overflowed,
 * which may have overwritten memory of others. */
static char lost_message[256], first_overrun[256];

enum green__left green__context_fail(struct green__context *context, int status,
                                     const char *message) {
  context->lost = status;
  if (!message) message = green_strerror(status);
  if (message != lost_message) snprintf(lost_message, sizeof lost_message, "%s", message);
  return GREEN__OVERFLOWED;
}

const char *green__context_running(const struct green__context *context) {
  static char call[64];
  if (!context->called || !green__running_is_whole() || green_future_name(context->called))
    return green__running_name();
  green__js_call_name(context->slot, call, sizeof call);
  return call;
}

__attribute__((noinline)) enum green__left green__context_overflow(struct green__context *context,
                                                                   const char *least, size_t need) {
  const char *name = green__context_running(context);
  context->lost = GREEN_EOVERFLOW;
  snprintf(lost_message, sizeof lost_message,
           "%s overflowed its stack of %zu bytes; ask for %s%zu (stack_size)",
           name ? name : "a task", green__block_stack(context), least, need);
  return GREEN__OVERFLOWED;
}

static void overrun_note(struct green__context *context) {
  if (!*first_overrun) memcpy(first_overrun, lost_message, sizeof first_overrun);
  green__guard_break(context->low); /* frames may have stepped over it */
}

enum green__left green__context_overrun(struct green__context *context) {
  enum green__left left = green__context_overflow(context, "", 2 * green__block_stack(context));
  overrun_note(context);
  return left;
}

/* The trap below: the message is there, and the stack pointer is not the context's. */
static bool trapped_here;

enum green__left green__context_overran(struct green__context *context) {
  enum green__left left = green__context_overrun(context);
  trapped_here = !green__running_is_whole();
  if (trapped_here) __builtin_trap();
  return left;
}

const char *green__context_overrun_before(void) {
  return *first_overrun ? first_overrun : NULL;
}

/* What overflows may overwrite this record too. */
static bool is_sane(const struct green__context *context) {
  uintptr_t low = (uintptr_t)context->low, top = (uintptr_t)context;
  return top % 16 == 0 && context->top == top && low < top && top - low <= context->total &&
         (uintptr_t)context->memory <= low && low - (uintptr_t)context->memory < 16;
}

bool green__context_intact(const struct green__context *context) {
  return is_sane(context) && green__guard_whole(context->low) && green__core_is_whole();
}

/* A stack pointer that has gone below 0 is a large one. */
const char *green__context_trapped(struct green__context *context, uintptr_t sp, size_t unwound) {
  if (trapped_here) return lost_message;
  if (!is_sane(context)) return NULL;
  uintptr_t floor = (uintptr_t)context->low + GREEN__GUARD;
  if (unwound)
    green__context_overflow(context, "at least ", context->top - context->sp + unwound);
  else if (sp < floor)
    green__context_overflow(context, "at least ", context->top - sp);
  else if (sp > context->top || !green__guard_whole(context->low))
    green__context_overflow(context, "", 2 * green__block_stack(context));
  else
    return green__context_overrun_before();
  overrun_note(context);
  return lost_message;
}

enum green__harm green__context_harm(const struct green__context *context, uintptr_t sp) {
  if (green__switch_overwrote() || !is_sane(context) || !green__core_is_whole())
    return GREEN__HARM_RECORDS;
  bool inside = sp >= (uintptr_t)context->low + GREEN__GUARD && sp <= context->top;
  if (!inside || !green__guard_whole(context->low) || green__switch_unwound())
    return GREEN__HARM_STACK;
  return *first_overrun ? GREEN__HARM_BEFORE : GREEN__HARM_TASK;
}

/* ---- the rest of the contract ---------------------------------------------------------------- */

#ifdef GREENIO_STACKS
const char *green__context_calls(const struct green__context *context) {
  static char calls[4096];
  green__js_calls(context, calls, sizeof calls);
  return calls;
}
#else
#define green__js_parking(context) ((void)(context))
#define green__js_forget(context)  ((void)(context))

const char *green__context_calls(const struct green__context *context) {
  (void)context;
  return "";
}
#endif

int green__context_can_park(struct green__context *context) {
  green__js_parking(context);
  return green__import_depth == context->depth ? 0 : GREEN_ENESTED;
}

void green__context_stack(const struct green__context *context, struct green__stack_use *use) {
  use->size = green__block_stack(context);
  use->used = context->top - context->sp + context->used;
  if (use->used > use->size) use->used = use->size;
}

int green__context_lost(const struct green__context *context, const char **message) {
  *message = lost_message;
  return context->lost;
}

void green__context_delete(struct green__context *context) {
  struct green_future *called = context->called;
  int slot = context->slot;
  green__js_forget(context);
  green__switch_forget(context);
  block_release(context);
  if (called) green__call_ended(called, slot); /* it may be left by an exception */
}
