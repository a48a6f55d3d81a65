/* Ways to come to a wait, for programs that differ only in what Asyncify instruments. The functions
 * are exported, so that Binaryen does not inline them and lists can name them. */
#include <greenio/greenio.h>
#include <greenio/js.h>

#include <emscripten.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#define NAMED EMSCRIPTEN_KEEPALIVE __attribute__((noinline))

/* clang-format off */
GREEN_JS(js_double, (double x), {
  await null;
  return 2 * x;
})
/* clang-format on */

NAMED int waits(int x) {
  int rc = green_sleep(1);
  return rc < 0 ? rc : x + 1;
}

NAMED int yields(int x) {
  green_yield();
  return x + 1;
}

NAMED int asks_javascript(int x) {
  green_future *future = js_double(x);
  green_wait(future);
  int result = (int)green_js_number(future);
  green_future_release(future);
  return result;
}

NAMED int never_waits(int x) {
  return 3 * x;
}

static int (*volatile functions[])(int) = {waits, yields, asks_javascript, never_waits};

NAMED int by_pointer(int which, int x) {
  return functions[which](x) + 10;
}

/* The wait lies below one of Emscripten's invoke_*. */
NAMED int in_setjmp(int which, int x) {
  static jmp_buf place;
  if (setjmp(place)) return -1;
  int result = by_pointer(which, x);
  if (result < 0) longjmp(place, 1);
  return result + 100;
}

NAMED int directly(int x) {
  return waits(x) + 1000;
}

static int job(void *arg) {
  return directly(*(int *)arg);
}

NAMED int in_pool(int x) {
  green_pool *pool;
  int rc = green_pool_new(&pool, &(green_pool_options){.max_workers = 1});
  if (rc < 0) return rc;
  rc = green_join(green_pool_submit(pool, job, &x));
  green_join(green_pool_shutdown(pool));
  green_pool_release(pool);
  return rc;
}

static green_pool *pool_of_one;

static int waits_on_job(void *arg) {
  return green_join(green_pool_submit(pool_of_one, job, arg));
}

/* The inner job runs on a worker that the pool lends for it. */
NAMED int in_lent_worker(int x) {
  int rc = green_pool_new(&pool_of_one, &(green_pool_options){.max_workers = 1});
  if (rc < 0) return rc;
  rc = green_join(green_pool_submit(pool_of_one, waits_on_job, &x));
  green_join(green_pool_shutdown(pool_of_one));
  green_pool_release(pool_of_one);
  return rc;
}

/* Left out by the linker unless a flag exports them. */
int exported_by_flag(int x) {
  return x + 2;
}

int exported_by_configuration(int x) {
  return x + 3;
}

static const char *way;

static int app(void *arg) {
  (void)arg;
  int x = 1;
  if (!strcmp(way, "pointer"))
    printf("%d\n", by_pointer(0, x));
  else if (!strcmp(way, "yield"))
    printf("%d\n", by_pointer(1, x));
  else if (!strcmp(way, "setjmp"))
    printf("%d\n", in_setjmp(0, x));
  else if (!strcmp(way, "lent"))
    printf("%d\n", in_lent_worker(x));
  else
    printf("%d\n", in_pool(x));
  return 0;
}

int main(int argc, char **argv) {
  way = argc > 1 ? argv[1] : "";
  return green_run(app, NULL);
}
