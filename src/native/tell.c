/* What the native host says by itself, without allocating and on little of a stack: from a handler of a
 * signal or of an exception. */
#include <string.h>
#include "host.h"
#include "native.h"

char *green__put(char *at, const char *text) {
  size_t length = strlen(text);
  return (char *)memcpy(at, text, length) + length;
}

char *green__put_number(char *at, size_t number) {
  char digits[24], *digit = digits + sizeof digits - 1;
  *digit = 0;
  do *--digit = (char)('0' + number % 10);
  while (number /= 10);
  return green__put(at, digit);
}

static char *put_task(char *at) {
  const char *name = green__running_name();
  return green__put(green__put(at, "greenio: "), name ? name : "a task");
}

void green__overflow_tell(const struct green__stack *stack) {
  char line[256], *end = put_task(line);
  end = green__put(end, " overflowed its stack of ");
  end = green__put_number(end, stack->size);
  end = green__put(end, " bytes; give it more with green_spawn_with() or green_set_stack_size()\n");
  green__tell(line, end);
}

void green__crash_tell(const char *text) {
  char line[256], *end = put_task(line);
  green__tell(line, green__put(end, text));
}
