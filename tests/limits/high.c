/* WebAssembly above 2 GiB (-sMAXIMUM_MEMORY=4GB): stacks, strings and bytes whose addresses are
 * negative as signed numbers, which is what JavaScript is given. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <emscripten/emscripten.h>
#include <greenio/greenio.h>
#include <greenio/js.h>

enum { BLOCK = 64 << 20, SIZE = 4 << 20 };

GREEN_JS(echo, (const char *text, int times), {
  await null;
  return UTF8ToString(text).repeat(times);
})
GREEN_JS(bytes, (int size), {
  await null;
  return new Uint8Array(size).fill(7);
})
GREEN_JS(sum_of, (int size), {
  return await green.call("sum", "number", [ "array", "number" ],
                          [ new Uint8Array(size).fill(3), size ]);
})
GREEN_JS(greeted, (int length),
         { return await green.call("greet", "string", ["string"], ["x".repeat(length)]); })

EMSCRIPTEN_KEEPALIVE int sum(const uint8_t *of, int size) {
  int result = green_sleep(1);
  for (int i = 0; i < size && result >= 0; i++) result += of[i];
  return result;
}

EMSCRIPTEN_KEEPALIVE const char *greet(const char *name) {
  green_yield();
  return name + strlen(name) - 5;
}

static bool is_high(const void *address) {
  return (uintptr_t)address > (uintptr_t)INT32_MAX;
}

static int check(const char *what, bool holds) {
  if (!holds) printf("FAILED: %s\n", what);
  return holds ? 0 : GREEN_EINVAL;
}

static int exchange(void *arg) {
  char text[16] = "from a stack ";
  int rc = check("the stack is high", is_high(text));
  green_future *future = echo(text, SIZE / 16);
  rc |= green_wait(future);
  const char *string = green_js_string(future);
  rc |= check("a string", string && is_high(string) && strncmp(string, text, 13) == 0);
  green_future_release(future);

  size_t size = 0;
  future = bytes(SIZE);
  rc |= green_wait(future);
  const unsigned char *data = green_js_bytes(future, &size);
  rc |= check("bytes", data && is_high(data) && size == SIZE && data[SIZE - 1] == 7);
  green_future_release(future);

  future = sum_of(SIZE);
  rc |= green_wait(future);
  rc |= check("an array for C", green_js_number(future) == 3.0 * SIZE);
  green_future_release(future);

  future = greeted(SIZE);
  rc |= green_wait(future);
  string = green_js_string(future);
  rc |= check("a string for C and from it", string && strcmp(string, "xxxxx") == 0);
  green_future_release(future);
  (void)arg;
  return rc;
}

/* Takes what is below, the large blocks first. */
static bool fill(size_t size, size_t most) {
  static void *volatile taken;
  for (size_t i = 0; i < most && !is_high(taken); i++)
    if (!(taken = malloc(size))) return false;
  bool filled = is_high(taken);
  taken = NULL;
  return filled;
}

static int app(void *arg) {
  green_spawn_options options = {.stack_size = SIZE}; /* more than the frames' place gives back */
  (void)arg;
  if (!fill(BLOCK, 64) || !fill(SIZE / 2, 1000)) return check("memory above 2 GiB", false);
  return green_join(green_spawn_with(exchange, NULL, &options));
}

int main(void) {
  int rc = green_run(app, NULL);
  printf("%d passed, %d failed\n", rc == 0, rc != 0);
  return rc != 0;
}
