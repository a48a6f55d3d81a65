/* Three tasks that sleep at the same time: the whole takes as long as the longest. */
#include <stdio.h>
#include <greenio/greenio.h>

static int greet(void *arg) {
  const char *name = arg;
  for (int i = 1; i <= 3; i++) {
    int rc = green_sleep(200); /* parks this task alone */
    if (rc < 0) return rc;
    printf("%d: hello from %s\n", i, name);
  }
  return 0;
}

static int app(void *arg) {
  (void)arg;
  green_future *greeters[] = {
      green_spawn(greet, "one"),
      green_spawn(greet, "two"),
      green_spawn(greet, "three"),
  };
  int status = 0;
  for (int i = 0; i < 3; i++) {
    int rc = green_join(greeters[i]);
    if (rc < 0) status = rc;
  }
  return status;
}

int main(void) {
  return green_run(app, NULL) < 0;
}
