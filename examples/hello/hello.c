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
  int rc;
  GREEN_GROUP(greeters, NULL, &rc) {
    green_group_spawn(greeters, greet, "one");
    green_group_spawn(greeters, greet, "two");
    green_group_spawn(greeters, greet, "three");
  } /* waits for them */
  return rc;
}

int main(void) {
  return green_run(app, NULL) < 0;
}
