/* Trace contexts of tasks, and their form as text. traceparent.h says how they are kept. */
#include "traceparent.h"

#include <string.h>
#include <greenio/status.h>
#include "host.h"
#include "memory.h"

#define MEMBERS_MOST 32
#define MEMBER_MOST  256 /* bytes of a member's name, and of its value */
#define KNOWN_FLAGS  (GREEN_TRACE_SAMPLED | GREEN_TRACE_RANDOM)

/* ---- text ------------------------------------------------------------------------------------ */

/* -1: no digit of lower case. */
static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex_read(const char *text, unsigned char *out, size_t size) {
  for (size_t i = 0; i < size; i++) {
    int high = hex_digit(text[2 * i]), low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);
    if (low < 0) return false;
    out[i] = (unsigned char)(high << 4 | low);
  }
  return true;
}

static char *hex_write(char *to, const unsigned char *bytes, size_t size) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < size; i++) {
    *to++ = digits[bytes[i] >> 4];
    *to++ = digits[bytes[i] & 15];
  }
  return to;
}

static bool is_zero(const unsigned char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (bytes[i]) return false;
  return true;
}

/* "00-<32 digits>-<16 digits>-<2 digits>", and what a later version has behind another "-". */
static bool traceparent_read(green_traceparent *out, const char *text) {
  enum { ID = 3, SPAN = 36, FLAGS = 53, END = 55 };
  unsigned char version, flags;
  if (!text || strnlen(text, END) < END) return false;
  if (text[ID - 1] != '-' || text[SPAN - 1] != '-' || text[FLAGS - 1] != '-') return false;
  if (!hex_read(text, &version, 1) || version == 0xff) return false;
  if (text[END] && (version == 0 || text[END] != '-')) return false;
  if (strchr(text, ',')) return false; /* several, joined */
  if (!hex_read(text + ID, out->trace_id, sizeof out->trace_id) ||
      !hex_read(text + SPAN, out->span_id, sizeof out->span_id) ||
      !hex_read(text + FLAGS, &flags, 1))
    return false;
  out->flags = flags & KNOWN_FLAGS;
  return !is_zero(out->trace_id, sizeof out->trace_id) &&
         !is_zero(out->span_id, sizeof out->span_id);
}

int green_traceparent_parse(green_traceparent *out, const char *text) {
  *out = (green_traceparent){0};
  if (traceparent_read(out, text)) return 0;
  *out = (green_traceparent){0};
  return GREEN_EINVAL;
}

void green_traceparent_write(const green_traceparent *context, char text[GREEN_TRACEPARENT_SIZE]) {
  memcpy(text, "00-", 3);
  unsigned char flags = context->flags & KNOWN_FLAGS;
  char *to = hex_write(text + 3, context->trace_id, sizeof context->trace_id);
  *to++ = '-';
  to = hex_write(to, context->span_id, sizeof context->span_id);
  *to++ = '-';
  *hex_write(to, &flags, 1) = '\0';
}

/* "vendor" or "tenant@vendor". */
static bool name_check(const char *name, size_t size) {
  const char *at = memchr(name, '@', size), *end = name + size;
  if (!size || size > MEMBER_MOST || strchr("_-*/@", *name)) return false;
  if (at && (at + 1 == end || memchr(at + 1, '@', (size_t)(end - at - 1)))) return false;
  for (const char *c = name; c < end; c++)
    if (!memchr("abcdefghijklmnopqrstuvwxyz0123456789_-*/@", *c, 41)) return false;
  return true;
}

/* One "name=value" or nothing but blanks, which the standard allows between commas.  -1: neither. */
static int member_check(const char *member, size_t size) {
  while (size && (*member == ' ' || *member == '\t')) member++, size--;
  while (size && (member[size - 1] == ' ' || member[size - 1] == '\t')) size--;
  if (!size) return 0;
  const char *equals = memchr(member, '=', size);
  if (!equals || !name_check(member, (size_t)(equals - member))) return -1;
  size_t value = size - (size_t)(equals + 1 - member);
  if (!value || value > MEMBER_MOST) return -1;
  for (const char *c = equals + 1; c < member + size; c++)
    if (*c < ' ' || *c > '~' || *c == '=') return -1;
  return 1;
}

bool green_tracestate_is_valid(const char *state) {
  size_t size = state ? strnlen(state, GREEN_TRACESTATE_MOST + 1) : 0;
  int members = 0;
  if (!size || size > GREEN_TRACESTATE_MOST) return false;
  for (const char *at = state;; at++) {
    size_t length = strcspn(at, ",");
    int found = member_check(at, length);
    if (found < 0) return false;
    members += found;
    at += length;
    if (!*at) break;
  }
  return members && members <= MEMBERS_MOST;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* Not all 0, which stands for none. */
static bool number_make(unsigned char *out, size_t size) {
  do {
    if (!green__host_random(out, size)) return false;
  } while (is_zero(out, size));
  return true;
}

int green_traceparent_new(green_traceparent *out, const green_traceparent *parent) {
  green_traceparent made = {0};
  if (parent)
    made = *parent;
  else
    made.flags = GREEN_TRACE_RANDOM;
  bool well = number_make(made.span_id, sizeof made.span_id) &&
              (parent || number_make(made.trace_id, sizeof made.trace_id));
  *out = well ? made : (green_traceparent){0};
  return well ? 0 : GREEN_EIO;
}

/* ---- the context of a task ------------------------------------------------------------------- */

void green__trace_release(struct green__trace *trace) {
  if (trace && --trace->references == 0) green__free(trace);
}

static void trace_destroy(void *trace) {
  green__trace_release(trace);
}

static green_local trace_key = GREEN_LOCAL_INIT(trace_destroy);

/* The spans of a task that are under way and have a number, the last one first. The context's number is that of the
 * first; `before` is what it is when the span has ended. */
struct open_span {
  struct open_span *next;
  struct green__span_id number, before;
};

static void spans_destroy(void *spans) {
  for (struct open_span *span = spans, *next; span; span = next) {
    next = span->next;
    green__free(span);
  }
}

static green_local spans_key = GREEN_LOCAL_INIT(spans_destroy);

/* Of the running task's. */
static void spans_forget(void) {
  struct open_span *spans = green_local_get(&spans_key);
  if (!spans) return;
  green_local_set(&spans_key, NULL); /* which is there, and takes no memory */
  spans_destroy(spans);
}

void green__trace_give(struct green__task *task, const struct green__trace_place *place) {
  task->trace = (struct green__local_value){task->locals, &trace_key, place->trace};
  task->locals = &task->trace;
  task->span = place->span;
  place->trace->references++;
}

/* Of the running task. */
static void trace_take_away(struct green__task *task) {
  struct green__local_value **link = &task->locals;
  struct green__trace *trace = task->trace.value;
  spans_forget();
  if (!trace) return;
  while (*link != &task->trace) link = &(*link)->next;
  *link = task->trace.next;
  task->trace.value = NULL;
  green__trace_release(trace);
}

/* The one that the task has, if only the span is another; or a new one, with a reference. */
static struct green__trace *trace_make(struct green__task *self, const green_traceparent *context,
                                       const char *state) {
  struct green__trace *trace = self->trace.value;
  size_t size = strlen(state) + 1;
  if (trace && trace->flags == (context->flags & KNOWN_FLAGS) && strcmp(trace->state, state) == 0 &&
      memcmp(trace->id, context->trace_id, sizeof trace->id) == 0) {
    trace->references++;
    return trace;
  }
  trace = green__alloc(sizeof *trace + size);
  if (!trace) return NULL;
  trace->references = 1;
  trace->flags = context->flags & KNOWN_FLAGS;
  memcpy(trace->id, context->trace_id, sizeof trace->id);
  memcpy(trace->state, state, size);
  return trace;
}

int green_traceparent_set(const green_traceparent *context, const char *state) {
  struct green__task *self = green__self();
  struct green__trace_place place;
  if (!self) return GREEN_EMAIN;
  if (!context) {
    trace_take_away(self);
    return 0;
  }
  if (!state) state = "";
  if (is_zero(context->trace_id, sizeof context->trace_id))
    return green_fail(GREEN_EINVAL, "green_traceparent_set: the number of the trace is 0");
  if (*state && !green_tracestate_is_valid(state))
    return green_fail(GREEN_EINVAL,
                      "green_traceparent_set: the state is no list of at most %d "
                      "name=value, and %d bytes",
                      MEMBERS_MOST, GREEN_TRACESTATE_MOST);
  place.trace = trace_make(self, context, state);
  if (!place.trace) return GREEN_ENOMEM;
  memcpy(place.span.bytes, context->span_id, sizeof place.span.bytes);
  trace_take_away(self);
  green__trace_give(self, &place);
  green__trace_release(place.trace);
  return 0;
}

static green_traceparent context_of(const struct green__task *task) {
  const struct green__trace *trace = task->trace.value;
  green_traceparent context = {.flags = trace->flags};
  memcpy(context.trace_id, trace->id, sizeof context.trace_id);
  memcpy(context.span_id, task->span.bytes, sizeof context.span_id);
  return context;
}

bool green_traceparent_current(green_traceparent *out) {
  const struct green__task *self = green__self();
  bool there = self && self->trace.value;
  *out = there ? context_of(self) : (green_traceparent){0};
  return there;
}

bool green_traceparent_outgoing(green_traceparent *out) {
  if (!green_traceparent_current(out)) return false;
  return !is_zero(out->span_id, sizeof out->span_id) || green_traceparent_new(out, out) == 0;
}

const char *green_tracestate(void) {
  const struct green__task *self = green__self();
  const struct green__trace *trace = self ? self->trace.value : NULL;
  return trace ? trace->state : "";
}

/* ---- spans ----------------------------------------------------------------------------------- */

/* Notes that the span is open, unless memory is short: then it still goes back by itself where spans are nested. */
static void span_note(struct green__task *self, const green_span *span) {
  struct open_span *open = green__alloc(sizeof *open);
  if (!open) return;
  open->next = green_local_get(&spans_key);
  open->before = self->span;
  memcpy(open->number.bytes, span->number, sizeof open->number.bytes);
  if (green_local_set(&spans_key, open) < 0) green__free(open);
}

/* Without a number, which the system owes, it is told of as one without a trace. */
void green__trace_span_begin(struct green__task *self, green_span *span, green_span_begun *begun,
                             green_traceparent *trace) {
  green_traceparent context = context_of(self);
  if (green_traceparent_new(trace, &context) < 0) return;
  memcpy(span->number, trace->span_id, sizeof span->number);
  memcpy(span->before, context.span_id, sizeof span->before);
  span_note(self, span);
  memcpy(self->span.bytes, span->number, sizeof span->number);
  begun->trace = trace;
  begun->parent_id = is_zero(span->before, sizeof span->before) ? NULL : span->before;
}

/* Of two that are not nested, the one that ends last goes back to what was before both. */
void green__trace_span_end(struct green__task *self, const green_span *span) {
  struct open_span *open = green_local_get(&spans_key), *later = NULL;
  const unsigned char *before = span->before;
  if (is_zero(span->number, sizeof span->number)) return;
  while (open && memcmp(open->number.bytes, span->number, sizeof span->number) != 0) {
    later = open;
    open = open->next;
  }
  if (open) before = open->before.bytes;
  if (later && open) {
    later->next = open->next;
    later->before = open->before;
  }
  if (memcmp(self->span.bytes, span->number, sizeof span->number) == 0)
    memcpy(self->span.bytes, before, sizeof self->span.bytes);
  if (open && !later)
    green_local_set(&spans_key, open->next); /* which is there, and takes no memory */
  green__free(open);
}
