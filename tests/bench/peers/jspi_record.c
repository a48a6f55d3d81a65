/* The floor of wasm.promise by JSPI with a future that C knows, the C part: a record, which C makes, completes and
 * looks at, and of which it says who goes on. jspi_record.mjs gives the imports. Built standalone, without Asyncify. */
#include <emscripten.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(#name)))

struct future {
  struct future *next; /* spare */
  int done, waiter;
  double number;
};

IMPORT(begin) struct future *begin(void);
IMPORT(suspend) void suspend(int stack);
IMPORT(resume) void resume(int stack);

enum { STACK = 1 };
static struct future one, *spare = &one;

EMSCRIPTEN_KEEPALIVE struct future *future_new(void) {
  struct future *future = spare;
  spare = future->next;
  future->done = future->waiter = 0;
  return future;
}

EMSCRIPTEN_KEEPALIVE void settle(struct future *future, double number) {
  future->number = number;
  future->done = 1;
  if (future->waiter) resume(future->waiter);
}

static double wait_for(struct future *future) {
  if (!future->done) {
    future->waiter = STACK;
    suspend(STACK);
  }
  future->next = spare;
  spare = future;
  return future->number;
}

EMSCRIPTEN_KEEPALIVE int wait_times(int count) {
  int sum = 0;
  for (int n = 0; n < count; n++) sum += (int)wait_for(begin());
  return sum;
}
