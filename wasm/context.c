/* Contexts of the WebAssembly host: their memory, and the switch. See context.h; the core's
 * contract is src/host.h. Relies on park.S, and on Binaryen's Asyncify pass having run over the
 * module. */
#include "context.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/future.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "core/poison.h"

#define GUARD         16 /* bytes */
#define GUARD_WORD    UINT64_C(0x21f09f8cb1677264)
#define OWN_FRAMES    1024 /* bytes, of copy_words() at -O0 and more */
#define BLOCK_STEP    64
#define SCRATCH_EXTRA ((size_t)1 << 20) /* as engines have of stack, which frames come from */
#define SCRATCH_MOST  ((size_t)16 << 20)
#define SCRATCH_SLACK ((size_t)16 << 10) /* what one frame may overrun */
#define WARM_SIZES    16
#define WARM_BYTES    ((size_t)16 << 20)
#define ALIGN(n, to)  (((n) + (to)-1) & ~(size_t)((to)-1))

_Static_assert(offsetof(struct green__context, sp) == 0, "park.S stores there");

const size_t green__context_default_stack = (size_t)32 << 10;

int green__phase;
struct green__scratch green__scratch, green__rewound;
char *green__scratch_start;
struct green__context *green__entered;
int green__import_depth;
int green__park_status; /* of park.S */
int green__hooks;

static size_t scratch_size;

/* Blocks that are kept for the next context of the same size. */
static struct warm {
  size_t total;
  struct green__context *first;
} warm[WARM_SIZES];
static size_t warm_bytes;

/* ---- memory ---------------------------------------------------------------------------------- */

int green__scratch_fit(size_t stack) {
  size_t size = 2 * stack + SCRATCH_EXTRA;
  if (size > SCRATCH_MOST) size = SCRATCH_MOST;
  if (size <= scratch_size) return 0;
  char *start = green__alloc(size);
  if (!start) return GREEN_ENOMEM;
  green__free(green__scratch_start);
  green__scratch_start = start;
  green__scratch.top = start;
  green__scratch.end = start + size - SCRATCH_SLACK;
  scratch_size = size;
  return 0;
}

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
  green__free(green__scratch_start);
  green__scratch_start = NULL;
  scratch_size = 0;
}

static void *block_new(size_t total) {
  void *memory = warm_take(total);
  if (!memory) memory = green__alloc(total);
  if (memory || !warm_bytes) return memory;
  warm_free();
  return green__alloc(total);
}

static void guard_set(char *low) {
  uint64_t *words = (uint64_t *)(void *)low;
  words[0] = words[1] = GUARD_WORD;
}

static bool guard_whole(const char *low) {
  const uint64_t *words = (const uint64_t *)(const void *)low;
  return words[0] == GUARD_WORD && words[1] == GUARD_WORD;
}

/* Lays a context out in `total` bytes of memory. */
static struct green__context *block_lay(char *memory, size_t total, size_t room_size) {
  char *low = (char *)ALIGN((uintptr_t)memory, 16);
  char *room = (char *)(((uintptr_t)memory + total - room_size) & ~(uintptr_t)15);
  char *record = room - ALIGN(sizeof(struct green__context), 16);
  struct green__context *context = (struct green__context *)(void *)record;
  memset(context, 0, sizeof *context);
  context->low = low;
  context->saved = low + GUARD;
  context->sp = context->top = (uintptr_t)record;
  context->start = (struct green__start *)(void *)room;
  context->memory = memory;
  context->total = total;
  guard_set(low);
  return context;
}

int green__context_new(struct green__context **out, size_t stack, size_t room_size,
                       struct green__start **room) {
  size_t total = ALIGN(ALIGN(sizeof(struct green__context), 16) + ALIGN(stack, 16) +
                           ALIGN(room_size, 16) + GUARD + 16,
                       BLOCK_STEP);
  int rc = green__scratch_fit(stack);
  if (rc < 0) return rc;
  char *memory = block_new(total);
  if (!memory) return GREEN_ENOMEM;
  struct green__context *context = block_lay(memory, total, room_size);
  *room = context->start;
  *out = context;
  return 0;
}

static size_t stack_size(const struct green__context *context) {
  return context->top - (uintptr_t)context->low - GUARD;
}

/* A damaged guard means that the allocator's own records beside the block may be damaged as well,
 * so that block is not used again. */
static void block_release(struct green__context *context) {
  if (!guard_whole(context->low)) return;
#ifdef GREENIO_DEBUG
  memset(context->saved, 0xDD, stack_size(context));
#endif
  if (warm_keep(context))
    green__poison(context->saved, stack_size(context));
  else
    green__free(context->memory);
}

/* ---- what a switch must do besides ----------------------------------------------------------
 *
 * In builds that ask for it: tell STACK_OVERFLOW_CHECK=2 the bounds of the C stack, and change the
 * C++ exceptions being handled, which Emscripten keeps in JavaScript.
 *
 * The bounds are checked whenever a function sets the stack pointer, so they change at the very
 * place where that does (below, and in park.S), not in a function called from there. */

void green__hooks_enter(struct green__context *context) {
  if (green__hooks & GREEN__HOOK_EXCEPTIONS) green__js_exceptions_enter(context, !context->used);
}

void green__hooks_leave(struct green__context *context) {
  if (green__hooks & GREEN__HOOK_EXCEPTIONS) green__js_exceptions_leave(context);
}

void green__hooks_lost(void) {
  if (green__hooks & GREEN__HOOK_EXCEPTIONS) green__js_exceptions_leave(NULL);
}

/* ---- the switch ------------------------------------------------------------------------------ */

/* Copies in steps of 16 bytes, of which both sides have room for. The empty assembly keeps the
 * compiler from making it a call of memcpy(), which is slower for the few words of a shallow stack
 * and calls JavaScript for many. */
static inline void copy_words(char *to, const char *from, size_t size) {
  uint64_t *t = (uint64_t *)(void *)to;
  const uint64_t *f = (const uint64_t *)(const void *)from;
  for (size_t i = 0; i < (size + 7) / 8; i += 2) {
    t[i] = f[i];
    t[i + 1] = f[i + 1];
    __asm__ volatile("" : : : "memory");
  }
}

/* They are rewound from where they are kept: nothing writes there before the rewind has ended. */
static inline void load(struct green__context *context) {
  green__rewound.top = green__rewound.end = context->saved + context->used;
}

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
  if (!context->called || green_future_name(context->called)) return green__running_name();
  green__js_call_name(context->slot, call, sizeof call);
  return call;
}

static __attribute__((noinline)) enum green__left overflow(struct green__context *context,
                                                           const char *least, size_t need) {
  const char *name = green__context_running(context);
  context->lost = GREEN_EOVERFLOW;
  snprintf(lost_message, sizeof lost_message,
           "%s overflowed its stack of %zu bytes; ask for %s%zu (stack_size)",
           name ? name : "a task", stack_size(context), least, need);
  return GREEN__OVERFLOWED;
}

enum green__left green__context_overrun(struct green__context *context) {
  enum green__left left = overflow(context, "", 2 * stack_size(context));
  if (!*first_overrun) memcpy(first_overrun, lost_message, sizeof first_overrun);
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

/* A stack pointer that has gone below 0 is a large one. */
const char *green__context_trapped(struct green__context *context, uintptr_t sp, size_t unwound) {
  if (!is_sane(context)) return NULL;
  uintptr_t floor = (uintptr_t)context->low + GUARD;
  if (unwound)
    overflow(context, "at least ", context->top - context->sp + unwound);
  else if (sp < floor)
    overflow(context, "at least ", context->top - sp);
  else if (sp > context->top || !guard_whole(context->low))
    green__context_overrun(context);
  else
    return green__context_overrun_before();
  return lost_message;
}

static inline enum green__left stack_keep(struct green__context *context) {
  size_t used = (size_t)(green__scratch.top - green__scratch_start);
  green__scratch.top = green__scratch_start;
  uintptr_t floor = (uintptr_t)context->saved;
  if (!guard_whole(context->low) || context->sp < floor) return green__context_overrun(context);
  if (context->sp - floor < ALIGN(used, 16))
    return overflow(context, "at least ", context->top - context->sp + used);
  context->used = used;
  copy_words(context->saved, green__scratch_start, used);
  return GREEN__PARKED;
}

static inline enum green__left ended(struct green__context *context) {
  return guard_whole(context->low) ? GREEN__ENDED : green__context_overrun(context);
}

/* This function's own frame and those of its callers lie below the stack pointer of the parked
 * stack, so the place is below them. */
void green__frames_keep_below(struct green__context *context) {
  size_t used = (size_t)(green__scratch.top - green__scratch_start);
  green__scratch.top = green__scratch_start;
  uintptr_t place = (green__sp() - OWN_FRAMES - ALIGN(used, 16)) & ~(uintptr_t)15;
  if (place < (uintptr_t)context->low + GUARD) {
    fprintf(stderr, "greenio: main overflowed its stack; link with a larger one\n");
    abort();
  }
  context->used = used;
  context->saved = (char *)place;
  copy_words(context->saved, green__scratch_start, used);
}

void green__frames_load(struct green__context *context) {
  load(context);
}
enum green__left green__frames_keep(struct green__context *context) {
  return stack_keep(context);
}
enum green__left green__frames_ended(struct green__context *context) {
  return ended(context);
}

/* One function holds the calls of Asyncify and, through a pointer, the call of the task: divided
 * into two, the pass would not see that the callee unwinds. It must not be inlined either. */
EMSCRIPTEN_KEEPALIVE __attribute__((noinline)) enum green__left
green__context_resume(struct green__context *context) {
  if (context->called) return (enum green__left)green__js_step(context, context->slot);
  uintptr_t host = green__sp();
  green__entered = context;
  context->depth = green__import_depth;
  if (green__hooks) green__hooks_enter(context);
  if (green__hooks & GREEN__HOOK_LIMITS) green__js_limits(context->top, (uintptr_t)context->saved);
  green__sp_set(context->sp);
  if (context->used) {
    load(context);
    green__phase = GREEN__REWINDING;
    green__asyncify_start_rewind(&green__rewound);
  }
  struct green__start *start = context->start;
  start->status = start->function(start->arg);
  bool parked = green__phase == GREEN__UNWINDING;
  if (parked) {
    green__phase = GREEN__RUNNING_FREE;
    green__asyncify_stop_unwind();
  }
  if (green__hooks & GREEN__HOOK_LIMITS) green__js_host_limits();
  green__sp_set(host);
  if (green__hooks) green__hooks_leave(context);
  return parked ? stack_keep(context) : ended(context);
}

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

/* ---- the rest of the contract ---------------------------------------------------------------- */

void green__context_stack(const struct green__context *context, struct green__stack_use *use) {
  use->size = stack_size(context);
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
  block_release(context);
  if (called) green__call_ended(called, slot); /* it may be left by an exception */
}

/* ---- debug builds ---------------------------------------------------------------------------- */

#ifdef GREENIO_DEBUG
static struct green__context *tested;

static int test_parks(void *arg) {
  (void)arg;
  for (int i = 0; i < 5; i++) green__context_park(tested);
  return 0;
}

void green__context_self_test(void) {
  static alignas(16) char block[8192];
  static bool done;
  if (done) return;
  done = true;
  tested = block_lay(block, sizeof block, sizeof(struct green__start));
  tested->start->function = test_parks;
  int resumes = 1;
  uintptr_t sp = green__sp();
  while (green__context_resume(tested) == GREEN__PARKED && resumes < 100) resumes++;
  if (resumes == 6 && green__sp() == sp) return;
  fprintf(stderr,
          "greenio: the switch is broken (%d resumes for 5 parks): has the toolchain inlined "
          "green__context_park or green__context_resume?\n",
          resumes);
  abort();
}
#else
void green__context_self_test(void) {}
#endif
